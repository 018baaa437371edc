//! Does the alliance go with outcome within clients, or between them? Correlations on each level.

use super::axis::Axis;
use super::effect::Effect;
use super::forest_plot::ForestPlot;
use super::forest_rows::Row;
use super::{Drawing, Figure, phrases};
use crate::findings::{Estimate, Findings, Scale};
use crate::report::words;

const QUESTION: &str = "multilevel_correlation";
/// The rows by the end of their id, with what each of them compares.
const LEVELS: [(&str, &str); 4] = [
    (
        "within",
        "Within: sessions of the same client with each other, so that what clients bring with them plays no part.",
    ),
    ("between", "Between: the means of clients with each other."),
    ("total", "Total: both mixed."),
    (
        "repeated_measures",
        "Repeated measures: the link within clients when it is taken to be equally strong in all of them.",
    ),
];

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer(QUESTION)?;
    let found: Vec<(&str, &Estimate)> = LEVELS
        .into_iter()
        .filter_map(|(level, told)| {
            let estimate = answer.estimate(&format!("{QUESTION}.{level}"))?;
            (estimate.scale == Scale::Correlation).then_some((told, estimate))
        })
        .collect();
    if found.is_empty() {
        return None;
    }
    let estimates: Vec<&Estimate> = found.iter().map(|&(_, estimate)| estimate).collect();
    let rows: Vec<Row> = estimates.iter().map(|e| row(e)).collect();
    let values: Vec<f64> = rows.iter().flat_map(Row::values).collect();
    let level = words::level(findings.confidence_level());
    let told: Vec<String> = estimates.iter().map(|e| phrases::spoken(e)).collect();
    let marks = if rows.iter().any(|row| row.n().is_some()) {
        "Squares: area by number of clients n"
    } else {
        "Dots: correlations"
    };
    let counts = if rows.iter().any(|row| row.k().is_some()) {
        " Sessions: those with both scores."
    } else {
        ""
    };
    Some(Figure {
        id: "within_between",
        title: "Is the link within clients or between them?".into(),
        subtitle: format!(
            "Correlations on each level, with {level} intervals{}.",
            clients(&estimates)
        ),
        alt: format!(
            "Forest plot of correlations on each level: {}.",
            told.join("; ")
        ),
        notes: vec![
            format!("{marks}; lines: {level} intervals.{counts}"),
            found
                .iter()
                .map(|(told, _)| *told)
                .collect::<Vec<_>>()
                .join(" "),
        ],
        drawing: Drawing::Forest(ForestPlot {
            axis: Axis::of_correlations(
                "correlation r (positive: a better alliance goes with better symptom scores in the same session)",
                &values,
            ),
            number_heading: format!("r [{level} interval]"),
            reference: None,
            rows,
        }),
    })
}

fn row(estimate: &Estimate) -> Row {
    Row::Group {
        group: estimate.id.replacen(&format!("{QUESTION}."), "", 1),
        label: phrases::capitalised(&estimate.label),
        effect: Effect::of(estimate).with_k(estimate.k()),
        headline: false,
    }
}

/// `: 312 clients`, or from how few to how many.
fn clients(estimates: &[&Estimate]) -> String {
    let n = estimates.iter().filter_map(|e| e.n());
    match (n.clone().min(), n.max()) {
        (Some(fewest), Some(most)) if fewest < most => format!(
            ": {} to {} clients",
            words::count(fewest),
            words::count(most)
        ),
        (Some(n), _) => format!(": {}", super::pooled_words::counted(n, "client")),
        _ => String::new(),
    }
}
