//! Is the link the same in one group as in all others? Both beside published results.

use super::axis::Axis;
use super::forest::{group_row, published_for, published_row};
use super::forest_plot::ForestPlot;
use super::forest_rows::Row;
use super::{Drawing, Figure, phrases};
use crate::findings::{Answer, Estimate, Findings, Value};
use crate::report::words;

/// A group that is compared with all others.
struct Compared {
    /// The figure, and the group in ids.
    group: &'static str,
    question: &'static str,
    title: &'static str,
}

const CBT: Compared = Compared {
    group: "cbt",
    question: "cbt_technique",
    title: "Does the alliance go with outcome in CBT as in other treatments?",
};

const PSYCHOSIS: Compared = Compared {
    group: "psychosis",
    question: "psychosis",
    title: "Does the alliance go with outcome in psychosis as in other diagnoses?",
};

pub(super) fn cbt(findings: &Findings) -> Option<Figure> {
    figure(findings, &CBT)
}

pub(super) fn psychosis(findings: &Findings) -> Option<Figure> {
    figure(findings, &PSYCHOSIS)
}

fn figure(findings: &Findings, compared: &Compared) -> Option<Figure> {
    let answer = findings.answer(compared.question)?;
    let own = own(findings, answer, compared);
    if own
        .iter()
        .all(|e| matches!(e.value, Value::NotMeasured { .. }))
    {
        return None;
    }
    let mut rows: Vec<Row> = own.iter().map(|e| group_row(e, false)).collect();
    let published: Vec<Row> = published_for(findings, compared.group)
        .map(published_row)
        .collect();
    if !published.is_empty() {
        rows.push(Row::Section("Published".into()));
    }
    let notes = notes(!published.is_empty(), findings);
    rows.extend(published);
    let values: Vec<f64> = rows.iter().flat_map(Row::values).collect();
    let level = words::level(findings.confidence_level());
    let outcome = phrases::outcome(findings);
    let difference = difference(answer);
    let told: Vec<String> = own.iter().map(|e| phrases::spoken(e)).collect();
    let apart = difference.as_ref().map(|words| format!("; {words}"));
    let below = difference.map(|words| format!(" {}.", phrases::capitalised(&words)));
    Some(Figure {
        id: compared.group,
        title: compared.title.into(),
        subtitle: format!(
            "Correlation of early alliance with {outcome}, with {level} intervals.{}",
            below.unwrap_or_default()
        ),
        alt: format!(
            "Forest plot of the correlation of early alliance with {outcome}: {}{}.",
            told.join("; "),
            apart.unwrap_or_default()
        ),
        notes,
        drawing: Drawing::Forest(ForestPlot {
            axis: Axis::of_correlations(
                "correlation r (positive: a better alliance goes with a better outcome)",
                &values,
            ),
            number_heading: format!("r [{level} interval]"),
            reference: None,
            rows,
        }),
    })
}

/// The group and all others, both of the headline outcome.
fn own<'a>(findings: &'a Findings, answer: &'a Answer, of: &Compared) -> Vec<&'a Estimate> {
    let Some(clinic) = findings.clinic() else {
        return Vec::new();
    };
    let term = clinic.settings.outcome.term();
    let group = findings.estimate(&format!("alliance_outcome.{}.{term}", of.group));
    let others = answer.estimate(&format!("{}.others.{term}", of.question));
    group.into_iter().chain(others).collect()
}

/// `difference (CBT − others): −.04 [−.21, .12], n = 542 (not distinguishable)`
fn difference(answer: &Answer) -> Option<String> {
    let id = format!("{}.correlation", answer.question);
    let estimate = answer.estimate(&id)?;
    let effect = super::effect::Effect::of(estimate);
    let of = if estimate.label == estimate.group {
        String::new()
    } else {
        format!(" ({})", estimate.label)
    };
    let n = effect.n.map(|n| format!(", n = {}", words::count(n)));
    let verdict = answer.verdict(&id).filter(|_| effect.estimate().is_some());
    let verdict = verdict.map(|v| format!(" ({})", words::verdict(v.verdict)));
    Some(format!(
        "difference{of}: {}{}{}",
        effect.in_words(),
        n.unwrap_or_default(),
        verdict.unwrap_or_default()
    ))
}

fn notes(with_published: bool, findings: &Findings) -> Vec<String> {
    let level = words::level(findings.confidence_level());
    let mut notes = vec![format!(
        "Squares: this study, area by number of clients n; lines: {level} intervals. Whether the two rows differ is told by the interval of their difference, not by the overlap of their own."
    )];
    if with_published {
        notes.push("Open diamonds: published results, with their intervals where given. They are of other clients, measures and raters: context, not a standard.".into());
    }
    notes
}
