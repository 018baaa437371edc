//! Does empathy go with outcome as the alliance does? Both beside published results.

use super::axis::Axis;
use super::effect::Effect;
use super::forest::published_row;
use super::forest_plot::ForestPlot;
use super::forest_rows::Row;
use super::{Drawing, Figure, phrases};
use crate::findings::{Estimate, Findings};
use crate::report::words;

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let term = findings.clinic()?.settings.outcome.term();
    let empathy = findings.estimate(&format!("empathy.{term}"))?;
    let alliance = findings.headline();
    let own: Vec<(&str, &Estimate)> = std::iter::once(("Empathy", empathy))
        .chain(alliance.map(|e| ("Early alliance", e)))
        .collect();
    let mut rows: Vec<Row> = own
        .iter()
        .map(|(label, estimate)| Row::Group {
            group: estimate.id.clone(),
            label: (*label).into(),
            effect: Effect::of(estimate),
            headline: false,
        })
        .collect();
    let published: Vec<Row> = findings
        .published
        .iter()
        .filter(|p| p.topic == "empathy_outcome" && p.scale == "r")
        .map(published_row)
        .collect();
    let with_published = !published.is_empty();
    if with_published {
        rows.push(Row::Section("Published, empathy".into()));
    }
    rows.extend(published);
    let values: Vec<f64> = rows.iter().flat_map(Row::values).collect();
    let level = words::level(findings.confidence_level());
    let outcome = phrases::outcome(findings);
    let told: Vec<String> = own
        .iter()
        .map(|(label, estimate)| format!("{label} {}", Effect::of(estimate).in_words()))
        .collect();
    let mut notes = vec![format!(
        "Squares: this study, area by number of clients n; lines: {level} intervals. Both ratings are of the same clients: the intervals do not say whether the two differ."
    )];
    if with_published {
        notes.push("Open diamonds: published results, with their intervals where given. They are of other clients, measures and raters: context, not a standard.".into());
    }
    Some(Figure {
        id: "empathy",
        title: "Does the therapist's empathy go with a better outcome?".into(),
        subtitle: format!("Correlation of each rating with {outcome}, with {level} intervals."),
        alt: format!(
            "Forest plot of correlations with {outcome}: {}.",
            told.join("; ")
        ),
        notes,
        drawing: Drawing::Forest(ForestPlot {
            axis: Axis::of_correlations(
                "correlation r (positive: a higher rating goes with a better outcome)",
                &values,
            ),
            number_heading: format!("r [{level} interval]"),
            reference: None,
            rows,
        }),
    })
}
