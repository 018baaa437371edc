//! Reading the reference tables and comparing with them.

use std::collections::HashMap;
use std::path::Path;

use alliance::stats::interval::Level;
use alliance::stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
use serde_json::Value;

/// A table as columns of text.
pub struct Table(HashMap<String, Vec<String>>);

impl Table {
    pub fn read(path: &str) -> Self {
        let path = Path::new("tests/reference").join(path);
        let mut reader = csv::Reader::from_path(&path).expect("the table is there");
        let names: Vec<String> = reader
            .headers()
            .expect("a header")
            .iter()
            .map(str::to_owned)
            .collect();
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            for (column, cell) in columns.iter_mut().zip(record.expect("a row").iter()) {
                column.push(cell.to_owned());
            }
        }
        Self(names.into_iter().zip(columns).collect())
    }

    pub fn text(&self, name: &str) -> &[String] {
        &self.0[name]
    }

    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.text(name)
            .iter()
            .map(|cell| cell.parse().unwrap_or(f64::NAN))
            .collect()
    }

    /// Numbers from 0 in the order of first appearance.
    pub fn codes(&self, name: &str) -> Vec<usize> {
        codes(self.text(name))
    }
}

pub fn codes(labels: &[String]) -> Vec<usize> {
    let mut seen = HashMap::new();
    labels
        .iter()
        .map(|label| {
            let next = seen.len();
            *seen.entry(label.as_str()).or_insert(next)
        })
        .collect()
}

pub fn json(path: &str) -> Value {
    let text = std::fs::read_to_string(Path::new("tests/reference").join(path)).expect("there");
    serde_json::from_str(&text).expect("valid")
}

/// A vector that R wrote, also when it had one element.
pub fn list(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(list).collect(),
        other => vec![other.as_f64().unwrap_or(f64::NAN)],
    }
}

/// Groups of groups: the larger group of each group number.
pub fn parents(groups: &[usize], parents: &[usize]) -> Vec<usize> {
    let mut of = vec![0; groups.iter().max().map_or(0, |last| last + 1)];
    for (&group, &parent) in groups.iter().zip(parents) {
        of[group] = parent;
    }
    of
}

pub fn sums(predictors: &[&[f64]], outcome: &[f64], groups: &[usize]) -> GroupSums {
    GroupSums::from_columns(predictors, outcome, groups).expect("complete rows")
}

/// The same sums, each group in its larger group.
pub fn nested_in(mut sums: GroupSums, parents: &[usize]) -> GroupSums {
    for (group, &parent) in parents.iter().enumerate() {
        sums.nest(group, parent).expect("one larger group each");
    }
    sums
}

pub fn fit(sums: &GroupSums, random: RandomEffects, likelihood: Likelihood) -> MixedModel {
    MixedModel::fit(sums, random, likelihood, Level::NINETY_FIVE).expect("fits")
}

#[track_caller]
pub fn close(what: &str, value: f64, expected: f64, tolerance: f64) {
    let bound = tolerance * expected.abs();
    assert!(
        (value - expected).abs() <= bound,
        "{what}: {value:e} is not {expected:e} (relative difference {:e})",
        (value - expected).abs() / expected.abs()
    );
}
