//! How strongly does the alliance go with outcome, in each modality? A forest plot.
//!
//! The groups of one clinic beside each other, and beside what the literature found.

use super::axis::Axis;
use super::effect::Effect;
use super::forest_plot::ForestPlot;
use super::forest_rows::{PublishedRow, Reference, Row};
use super::phrases;
use super::{Drawing, Figure};
use crate::findings::{Estimate, Findings};
use crate::report::words;
use crate::study::{PublishedConfidence, PublishedResult};

/// Published results drawn below one row; the table has them all.
const PUBLISHED_PER_ROW: usize = 2;

const QUESTION: &str = "alliance_outcome";
const SECTIONS: [(&str, &str); 3] = [
    ("delivery.", "Delivery"),
    ("treatment.", "Treatment"),
    ("diagnosis.", "Diagnosis"),
];

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let term = findings.clinic()?.settings.outcome.term();
    let answer = findings.answer(QUESTION)?;
    let estimates: Vec<&Estimate> = answer.estimates.iter().filter(|e| e.term == term).collect();
    let rows = in_sections(&estimates, |estimate, headline| {
        let mut rows = vec![group_row(estimate, headline)];
        if !headline {
            let published = published_for(findings, &estimate.group);
            rows.extend(published.take(PUBLISHED_PER_ROW).map(published_row));
        }
        rows
    });
    if rows.is_empty() {
        return None;
    }
    let reference = published_for(findings, "overall").next();
    let band = reference.map(reference_band);
    let band_values = band.iter().flat_map(|band| {
        let (low, high) = band.interval.unzip();
        [Some(band.estimate), low, high].into_iter().flatten()
    });
    let values: Vec<f64> = rows
        .iter()
        .flat_map(Row::values)
        .chain(band_values)
        .collect();
    let level = words::level(findings.confidence_level());
    Some(Figure {
        id: "forest",
        title: "How strongly does the alliance go with outcome, in each modality?".into(),
        subtitle: format!(
            "Correlation of early alliance with {}, with {level} intervals.",
            phrases::outcome(findings)
        ),
        alt: alt(&estimates, findings),
        notes: notes(&rows, reference, &level),
        drawing: Drawing::Forest(ForestPlot {
            axis: Axis::of_correlations(
                "correlation r (positive: a better alliance goes with a better outcome)",
                &values,
            ),
            number_heading: format!("r [{level} interval]"),
            reference: band,
            rows,
        }),
    })
}

/// All clients, then the modalities, then the named groups; each in the order of the findings.
///
/// `rows_of` is told whether it makes the rows of all clients.
pub(super) fn in_sections(
    estimates: &[&Estimate],
    rows_of: impl Fn(&Estimate, bool) -> Vec<Row>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for estimate in estimates.iter().filter(|e| e.group == "overall") {
        rows.extend(rows_of(estimate, true));
    }
    let in_a_modality = |e: &Estimate| {
        SECTIONS
            .iter()
            .any(|(prefix, _)| e.group.starts_with(prefix))
    };
    let mut section = |name: &str, of_section: &dyn Fn(&Estimate) -> bool| {
        let mut members = estimates.iter().filter(|e| of_section(e)).peekable();
        if members.peek().is_some() {
            rows.push(Row::Section(name.into()));
        }
        for estimate in members {
            rows.extend(rows_of(estimate, false));
        }
    };
    for (prefix, name) in SECTIONS {
        section(name, &|e| e.group.starts_with(prefix));
    }
    section("Groups", &|e| e.group != "overall" && !in_a_modality(e));
    rows
}

pub(super) fn group_row(estimate: &Estimate, headline: bool) -> Row {
    Row::Group {
        group: estimate.group.clone(),
        label: phrases::capitalised(&estimate.label),
        effect: Effect::of(estimate),
        headline,
    }
}

pub(super) fn published_for<'a>(
    findings: &'a Findings,
    group: &'a str,
) -> impl Iterator<Item = &'a PublishedResult> {
    findings
        .published
        .iter()
        .filter(move |p| p.topic == QUESTION && p.group == group && p.scale == "r")
}

pub(super) fn published_row(published: &PublishedResult) -> Row {
    let doubt = match published.confidence {
        PublishedConfidence::Memory => "; not checked",
        PublishedConfidence::Checked | PublishedConfidence::Abstract => "",
    };
    let (citation, population) = (phrases::short_citation(published), &published.population);
    Row::Published(PublishedRow {
        group: published.group.clone(),
        label: format!("{citation} ({population}{doubt})"),
        clients: published.clients.map(u64::from),
        estimate: published.estimate,
        interval: published.conf_low.zip(published.conf_high),
        level: published.conf_level,
        prediction: published.prediction_low.zip(published.prediction_high),
    })
}

fn reference_band(published: &PublishedResult) -> Reference {
    let interval = published.conf_low.zip(published.conf_high);
    let numbers = super::effect::words_of(
        published.estimate,
        interval,
        crate::findings::Scale::Correlation,
    );
    Reference {
        label: format!(
            "published: {}, r = {numbers}",
            phrases::short_citation(published)
        ),
        estimate: published.estimate,
        interval,
    }
}

fn alt(estimates: &[&Estimate], findings: &Findings) -> String {
    let told = estimates
        .iter()
        .filter(|e| e.group == "overall" || e.group.starts_with("delivery."));
    let parts: Vec<String> = told.map(|e| phrases::spoken(e)).collect();
    let parts = if parts.is_empty() {
        estimates.iter().map(|e| phrases::spoken(e)).collect()
    } else {
        parts
    };
    format!(
        "Forest plot of the correlation of early alliance with {} in {} groups of clients: {}.",
        phrases::outcome(findings),
        estimates.len(),
        parts.join("; ")
    )
}

fn notes(rows: &[Row], reference: Option<&PublishedResult>, level: &str) -> Vec<String> {
    let sections = rows
        .iter()
        .filter(|row| matches!(row, Row::Section(_)))
        .count();
    let overlap = if sections > 1 {
        " Rows of different sections share clients."
    } else {
        ""
    };
    let mut notes = vec![format!(
        "Squares: this study, area by number of clients n; lines: {level} intervals.{overlap}"
    )];
    let is_published = |row: &Row| matches!(row, Row::Published(_));
    if rows.iter().any(is_published) {
        let predicted = |row: &Row| matches!(row, Row::Published(p) if p.prediction.is_some());
        let dashes = if rows.iter().any(predicted) {
            "; dashes: where the true value of a new study is expected"
        } else {
            ""
        };
        notes.push(format!(
            "Open diamonds: published results, with their intervals where given{dashes}."
        ));
    }
    notes.extend(reference.map(band_note));
    notes
}

fn band_note(published: &PublishedResult) -> String {
    let of = match (published.studies, published.clients) {
        (Some(k), Some(n)) => {
            format!(
                ": {} studies, {} clients",
                words::count(k.into()),
                words::count(n.into())
            )
        }
        (Some(k), None) => format!(": {} studies", words::count(k.into())),
        _ => String::new(),
    };
    let doubt = match published.confidence {
        PublishedConfidence::Memory => " (from memory: check before you cite it)",
        PublishedConfidence::Checked | PublishedConfidence::Abstract => "",
    };
    format!("Dashed line and band: {}{of}{doubt}.", published.citation)
}
