//! Does one study decide? The pooled correlation without each in turn.

use super::pooled_words::{extent, first, numbers};
use super::studies_forest::{drawn, left_undrawn, pooled_row};
use super::study_plot::StudyPlot;
use super::study_rows::{Kind, StudyRow};
use super::{Drawing, Figure, phrases};
use crate::findings::pooled::{LeaveOneOut, LeftOut};
use crate::findings::{Display, Findings};
use crate::report::words;

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let data = first(findings, |display| match display {
        Display::LeaveOneOut(data) if !data.rows.is_empty() => Some(data),
        _ => None,
    })?;
    let (unit, overall) = (&data.unit, &data.overall);
    let level = words::level(data.conf_level);
    let change = |row: &LeftOut| (row.r - overall.r).abs();
    let mut rows: Vec<StudyRow> = drawn(&data.rows, change)
        .into_iter()
        .map(left_out)
        .collect();
    rows.push(StudyRow {
        n: None,
        prediction: None,
        ..pooled_row(
            Kind::Overall,
            &phrases::capitalised(&overall.label),
            overall,
        )
    });
    Some(Figure {
        id: "leave_one_out",
        title: format!("Does one {unit} decide the pooled correlation?"),
        subtitle: format!(
            "Pooled r without each {unit} in turn, with {level} intervals. All together: {}.",
            extent(overall, "study")
        ),
        alt: alt(data),
        notes: vec![
            format!(
                "Each row: everything pooled but the {unit} it names; line: {level} interval. The rows share nearly all their data, so their intervals say nothing about their differences."
            ),
            format!("Dotted line and band: the r of all, with its {level} interval."),
        ]
        .into_iter()
        .chain(left_undrawn(
            data.rows.len(),
            "rows",
            "that move the pooled r most",
        ))
        .collect(),
        drawing: Drawing::Studies(StudyPlot {
            axis: StudyPlot::axis_of(&rows, &words::meaning(findings)),
            number_heading: format!("r [{level} interval]"),
            pooled: overall.r,
            band: Some((overall.conf_low, overall.conf_high)),
            rows,
        }),
    })
}

fn left_out(row: &LeftOut) -> StudyRow {
    StudyRow {
        r: Some(row.r),
        interval: Some((row.conf_low, row.conf_high)),
        ..StudyRow::named(Kind::LeftOut, &row.label)
    }
}

/// Where the pooled value goes at most, and whether zero enters or leaves its interval.
fn alt(data: &LeaveOneOut) -> String {
    let by_r = |a: &&LeftOut, b: &&LeftOut| a.r.total_cmp(&b.r);
    let end = |row: Option<&LeftOut>| {
        row.map(|row| format!("{} (without {})", words::correlation(row.r), row.label))
            .unwrap_or_default()
    };
    let (low, high) = (data.rows.iter().min_by(by_r), data.rows.iter().max_by(by_r));
    let holds_zero = |low: f64, high: f64| low <= 0.0 && 0.0 <= high;
    let overall = &data.overall;
    let of_all = holds_zero(overall.conf_low, overall.conf_high);
    let turning = data
        .rows
        .iter()
        .filter(|row| holds_zero(row.conf_low, row.conf_high) != of_all)
        .count();
    let (unit, state) = (&data.unit, if of_all { "includes" } else { "excludes" });
    let turning = match turning {
        0 => format!("without any one {unit} it still {state} 0"),
        1 => format!("without 1 of them it no longer {state} 0"),
        turning => format!("without any of {turning} of them it no longer {state} 0"),
    };
    format!(
        "The pooled correlation without each {unit} lies between r = {} and {}; of all, {}, it is {}; this interval {state} 0, and {turning}.",
        end(low),
        end(high),
        extent(overall, "study"),
        numbers(overall)
    )
}
