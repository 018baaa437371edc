//! Tables: each is shown rounded to people and written in full precision as CSV.

mod background;
mod change;
mod clinic;
mod contrasts;
mod listed;
mod pooled;
mod relationship;

use super::words::{self, NOT_ESTIMABLE, NOT_MEASURED, SUPPRESSED, count};
use crate::findings::{Estimate, Findings, Value};

/// A table of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// File name without ending.
    pub id: &'static str,
    pub title: String,
    /// As people read it.
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// As machines read it.
    pub data_header: Vec<String>,
    pub data_rows: Vec<Vec<String>>,
}

/// The tables there can be.
pub const IDS: [&str; 32] = [
    "results",
    "robustness",
    "online_vs_in_person",
    "contrasts",
    "sensitivity",
    "other_measures",
    "ratings",
    "cbt_technique",
    "psychosis",
    "three_sessions",
    "ruptures",
    "empathy",
    "items",
    "change",
    "dropout",
    "therapists",
    "session_to_session",
    "alliance_growth",
    "multilevel_correlation",
    "sites",
    "pooled",
    "heterogeneity",
    "moderators",
    "subgroups",
    "bias",
    "influence",
    "specification",
    "published",
    "flow",
    "certificates",
    "measures",
    "settings",
];

/// Every table.
pub fn tables(findings: &Findings) -> Vec<Table> {
    [
        clinic::results(findings),
        clinic::robustness(findings),
        clinic::online_vs_in_person(findings),
        contrasts::contrasts(findings),
        clinic::sensitivity(findings),
        clinic::other_measures(findings),
        relationship::three_sessions(findings),
        relationship::ruptures(findings),
        relationship::items(findings),
        change::change(findings),
        change::dropout(findings),
        pooled::sites(findings),
        pooled::pooled(findings),
        pooled::heterogeneity(findings),
        pooled::moderators(findings),
        pooled::subgroups(findings),
        pooled::bias(findings),
        pooled::influence(findings),
        pooled::specification(findings),
        background::published(findings),
        background::flow(findings),
        background::certificates(findings),
        background::measures(findings),
        background::settings(findings),
    ]
    .into_iter()
    .flatten()
    .chain(listed::of_questions(findings))
    .collect()
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}

/// `.23 [.15, .31]`, or the mark of what there is instead of a number.
fn value(estimate: &Estimate) -> String {
    match (&estimate.value, estimate.estimate()) {
        (Value::Suppressed { .. }, _) => SUPPRESSED.into(),
        (Value::NotEstimable { .. }, _) => NOT_ESTIMABLE.into(),
        (Value::NotMeasured { .. }, _) => NOT_MEASURED.into(),
        (_, Some(x)) => {
            let x = words::on_scale(x, estimate.scale);
            words::interval(estimate).map_or(x.clone(), |interval| format!("{x} {interval}"))
        }
        _ => "–".into(),
    }
}

fn clients(estimate: &Estimate) -> String {
    match (&estimate.value, estimate.n()) {
        (Value::Suppressed { .. }, _) => SUPPRESSED.into(),
        (_, Some(n)) => count(n),
        (_, None) => "–".into(),
    }
}

/// The rows of `estimates.csv` for some estimates, after their label.
fn data(estimates: &[&Estimate]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut header = vec!["label".to_owned()];
    header.extend(ESTIMATE_COLUMNS.map(str::to_owned));
    let rows = estimates
        .iter()
        .map(|estimate| {
            let mut row = vec![estimate.label.clone()];
            row.extend(estimate_fields(estimate));
            row
        })
        .collect();
    (header, rows)
}

/// The columns of `estimates.csv`.
pub const ESTIMATE_COLUMNS: [&str; 16] = [
    "id",
    "question",
    "group",
    "term",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "conf_level",
    "statistic",
    "df",
    "p_value",
    "n",
    "k",
    "scale",
    "method",
];

/// An estimate as text fields; numbers in the shortest form that reads back exactly.
pub fn estimate_fields(estimate: &Estimate) -> Vec<String> {
    let row = serde_json::to_value(estimate.row()).expect("a row is plain data");
    ESTIMATE_COLUMNS
        .iter()
        .map(|column| match &row[column] {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}
