//! The reference data sets, and how close is close.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::two_level::{Test, TwoLevel};
use alliance::stats::numeric::random;
use serde_json::Value;

pub const NAMES: [&str; 7] = [
    "cohen1981",
    "craft2003",
    "crede2010",
    "mcdaniel1994",
    "molloy2014",
    "relationship_outcome",
    "relationship_studies",
];

/// Estimates, standard errors, statistics.
pub const ESTIMATE: f64 = 1e-8;
/// Variance components and log-likelihoods.
pub const VARIANCE: f64 = 1e-6;
/// p values.
pub const P: f64 = 1e-6;

pub fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/reference/meta", file]
        .iter()
        .collect()
}

/// One data set: rows of the CSV, effects from r and n, and what R says.
pub struct Dataset {
    pub name: &'static str,
    pub rows: Vec<BTreeMap<String, String>>,
    pub effects: Vec<Effect>,
    pub expected: Value,
}

impl Dataset {
    pub fn read(name: &'static str) -> Self {
        let mut reader = csv::Reader::from_path(path(&format!("{name}.csv"))).unwrap();
        let rows: Vec<BTreeMap<String, String>> =
            reader.deserialize().map(Result::unwrap).collect();
        let effects = rows.iter().map(effect).collect();
        let text = std::fs::read_to_string(path(&format!("{name}.json"))).unwrap();
        Self {
            name,
            rows,
            effects,
            expected: serde_json::from_str(&text).unwrap(),
        }
    }

    pub fn all() -> Vec<Self> {
        NAMES.into_iter().map(Self::read).collect()
    }

    pub fn intercept(&self) -> Design {
        Design::intercept(self.effects.len())
    }

    /// Effects and levels (or values) of the rows that have the moderator.
    pub fn with(&self, moderator: &str) -> (Vec<Effect>, Vec<String>) {
        let present = |row: &&BTreeMap<String, String>| {
            let text = row[moderator].as_str();
            !text.is_empty() && text != "NA"
        };
        let rows: Vec<_> = self.rows.iter().filter(present).collect();
        (
            rows.iter().map(|row| effect(row)).collect(),
            rows.iter().map(|row| row[moderator].clone()).collect(),
        )
    }
}

fn effect(row: &BTreeMap<String, String>) -> Effect {
    let number = |name: &str| row[name].parse::<f64>().unwrap();
    Effect::from_correlation(number("r"), number("n") as usize).unwrap()
}

/// Treatment coding, first level in the order of the alphabet; numbers as they are.
pub fn design(values: &[String], categorical: bool) -> (Design, Vec<String>) {
    let mut levels: Vec<String> = values.to_vec();
    levels.sort();
    levels.dedup();
    let rows: Vec<Vec<f64>> = values
        .iter()
        .map(|value| {
            let mut row = vec![1.0];
            if categorical {
                row.extend(levels[1..].iter().map(|level| f64::from(level == value)));
            } else {
                row.push(value.parse().unwrap());
            }
            row
        })
        .collect();
    (Design::new(&rows).unwrap(), levels)
}

pub fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("a number, not {value}"))
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// Relative where the value is not tiny, so that 1e-17 for 0 passes.
#[track_caller]
pub fn close(label: &str, ours: f64, theirs: f64, tolerance: f64) {
    let gap = (ours - theirs).abs();
    assert!(
        gap <= tolerance * theirs.abs().max(1e-9),
        "{label}: {ours:e} is not {theirs:e} (off by {:.2e})",
        gap / theirs.abs()
    );
}

/// p values are relative down to 1e-300; below, R may say 0 and we never do.
#[track_caller]
pub fn close_p(label: &str, ours: f64, theirs: f64) {
    if theirs < 1e-300 {
        assert!(
            ours > 0.0 && ours < 1e-300,
            "{label}: p {ours:e} is not {theirs:e}"
        );
        return;
    }
    assert!(
        (ours / theirs - 1.0).abs() <= P,
        "{label}: p {ours:e} is not {theirs:e}"
    );
}

/// Fisher z and variances as effects.
pub fn effects(z: &[f64], variances: &[f64]) -> Vec<Effect> {
    z.iter()
        .zip(variances)
        .map(|(&z, &v)| Effect::from_fisher_z(z, v).unwrap())
        .collect()
}

/// τ² agrees, or R's search stopped beside 0 and the restricted likelihood at exactly 0 is at least as high.
#[track_caller]
pub fn close_tau(label: &str, effects: &[Effect], design: &Design, ours: f64, theirs: f64) {
    if ours == 0.0 && theirs > 0.0 {
        assert!(theirs < 1e-11, "{label}: 0 is not {theirs:e}");
        let at = |tau_squared: f64| {
            TwoLevel::fit_at(
                effects,
                design,
                tau_squared,
                Test::Normal,
                Level::NINETY_FIVE,
            )
            .unwrap()
            .restricted_log_likelihood
        };
        assert!(
            at(0.0) >= at(theirs),
            "{label}: R's {theirs:e} is better than 0"
        );
        assert!(at(0.0) > at(1e-5), "{label}: 0 is no local optimum");
    } else {
        close(label, ours, theirs, VARIANCE);
    }
}

/// A uniform number between two bounds from a stream.
pub fn between(rng: &mut random::Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * random::uniform(rng)
}
