//! Reading the reference clinic, and how close is close: 1e-8 for estimates, 1e-6 for p values, relative.

use std::collections::{BTreeMap, HashMap};

use alliance::stats::interval::Interval;
use serde_json::Value;

pub const ESTIMATE: f64 = 1e-8;
pub const P_VALUE: f64 = 1e-6;

pub struct Table {
    columns: HashMap<String, usize>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn parse(text: &str) -> Self {
        let split = |line: &str| {
            line.split(',')
                .map(|cell| cell.trim_matches('"').to_string())
                .collect::<Vec<_>>()
        };
        let mut lines = text.lines();
        let header = split(lines.next().expect("a header"));
        Self {
            columns: header
                .into_iter()
                .enumerate()
                .map(|(i, name)| (name, i))
                .collect(),
            rows: lines.map(split).collect(),
        }
    }

    pub fn cell<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        &row[self.columns[column]]
    }

    pub fn number(&self, row: &[String], column: &str) -> Option<f64> {
        let cell = self.cell(row, column);
        (!cell.is_empty()).then(|| cell.parse().expect("a number"))
    }
}

pub fn sessions() -> Table {
    Table::parse(include_str!("../reference/clinic/sessions.csv"))
}

pub fn outcomes() -> Table {
    Table::parse(include_str!("../reference/clinic/outcomes.csv"))
}

/// The values of one column that are there, with their sessions, by client and in the order of sessions.
pub fn by_session(column: &str) -> BTreeMap<String, Vec<(u32, f64)>> {
    let sessions = sessions();
    let mut clients: BTreeMap<String, Vec<(u32, f64)>> = BTreeMap::new();
    for row in &sessions.rows {
        if let Some(value) = sessions.number(row, column) {
            let session = sessions.cell(row, "session").parse().expect("a number");
            let client = sessions.cell(row, "client_id").to_owned();
            clients.entry(client).or_default().push((session, value));
        }
    }
    for values in clients.values_mut() {
        values.sort_by_key(|(session, _)| *session);
    }
    clients
}

/// Scores before and after treatment by client, oriented: PHQ-9 is better when lower.
pub fn scores() -> BTreeMap<String, (Option<f64>, Option<f64>)> {
    let outcomes = outcomes();
    outcomes
        .rows
        .iter()
        .map(|row| {
            let oriented = |column| outcomes.number(row, column).map(|score| -score);
            (
                outcomes.cell(row, "client_id").to_owned(),
                (oriented("pre"), oriented("post")),
            )
        })
        .collect()
}

pub fn expected() -> Value {
    serde_json::from_str(include_str!("../reference/clinic/expected.json")).expect("valid JSON")
}

/// What R, psych and cocor have for the statistics of the remaining questions.
pub fn questions() -> Value {
    serde_json::from_str(include_str!("../reference/questions/reference.json")).expect("valid JSON")
}

/// What R, qicharts2, NHSRplotthedots and FunnelPlotR have for charts over time, funnels and case mix.
pub fn control_charts() -> Value {
    serde_json::from_str(include_str!("../reference/control_charts/reference.json"))
        .expect("valid JSON")
}

pub fn numbers(values: &Value) -> Vec<f64> {
    let values = values.as_array().expect("an array");
    values
        .iter()
        .map(|value| value.as_f64().expect("a number"))
        .collect()
}

#[track_caller]
pub fn close(what: &str, found: f64, expected: &Value, tolerance: f64) {
    let expected = expected
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: no reference value"));
    let error = if expected == 0.0 {
        found.abs()
    } else {
        ((found - expected) / expected).abs()
    };
    assert!(
        error <= tolerance,
        "{what}: found {found}, R has {expected}, relative error {error:.1e}"
    );
}

#[track_caller]
pub fn close_interval(what: &str, found: &Interval, expected: &Value) {
    close(&format!("{what} low"), found.low(), &expected[0], ESTIMATE);
    close(
        &format!("{what} high"),
        found.high(),
        &expected[1],
        ESTIMATE,
    );
}
