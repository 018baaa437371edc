//! Does the answer depend on how early alliance is measured? The headline under other choices.

use super::axis::Axis;
use super::effect::Effect;
use super::forest::group_row;
use super::forest_plot::ForestPlot;
use super::forest_rows::{Reference, Row};
use super::phrases;
use super::{Drawing, Figure};
use crate::findings::{Estimate, Findings, Scale};
use crate::report::words;

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer("sensitivity")?;
    let variants: Vec<&Estimate> = answer
        .estimates
        .iter()
        .filter(|e| e.scale == Scale::Correlation)
        .collect();
    if variants.is_empty() {
        return None;
    }
    let headline = findings.headline();
    let mut rows: Vec<Row> = headline.iter().map(|e| headline_row(e)).collect();
    rows.push(Row::Section("Other choices".into()));
    rows.extend(variants.iter().map(|e| group_row(e, false)));
    let level = words::level(findings.confidence_level());
    let values: Vec<f64> = rows.iter().flat_map(Row::values).collect();
    Some(Figure {
        id: "sensitivity",
        title: "Does the answer depend on choices made in the analysis?".into(),
        subtitle: format!(
            "Correlation of alliance with {}, under other choices, with {level} intervals.",
            phrases::outcome(findings)
        ),
        alt: alt(headline, &variants),
        notes: vec![format!(
            "Squares: area by number of clients n; lines: {level} intervals; dashed line: the headline. All rows are of the same clients or a part of them, so they differ less by chance than their intervals suggest."
        )],
        drawing: Drawing::Forest(ForestPlot {
            axis: Axis::of_correlations(
                "correlation r (positive: a better alliance goes with a better outcome)",
                &values,
            ),
            number_heading: format!("r [{level} interval]"),
            reference: headline.and_then(reference_line),
            rows,
        }),
    })
}

fn headline_row(headline: &Estimate) -> Row {
    Row::Group {
        group: headline.group.clone(),
        label: format!("Headline: {}", headline.label),
        effect: Effect::of(headline),
        headline: true,
    }
}

fn reference_line(headline: &Estimate) -> Option<Reference> {
    let estimate = headline.estimate()?;
    let label = format!("headline: r = {}", words::correlation(estimate));
    Some(Reference {
        label,
        estimate,
        interval: None,
    })
}

fn alt(headline: Option<&Estimate>, variants: &[&Estimate]) -> String {
    let told: Vec<String> = headline
        .into_iter()
        .chain(variants.iter().copied())
        .map(phrases::spoken)
        .collect();
    format!(
        "The headline correlation and {} variants: {}.",
        variants.len(),
        told.join("; ")
    )
}
