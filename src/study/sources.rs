//! Where the data are, and how they are written. None of it leaves this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::day::Dates;
use super::declared::{Declared, number_of};

/// The columns of `sessions.csv`.
pub const SESSION_COLUMNS: [&str; 13] = [
    "client_id",
    "therapist_id",
    "site_id",
    "session",
    "date",
    "delivery",
    "alliance",
    "empathy",
    "technique",
    "symptom",
    "heard",
    "safe",
    "seen",
];

/// The columns of `outcomes.csv`.
pub const OUTCOME_COLUMNS: [&str; 7] = [
    "client_id",
    "measure",
    "pre",
    "post",
    "diagnosis",
    "treatment",
    "status",
];

/// Words for where a session took place, and which of the three each means.
pub const DELIVERY_WORDS: [(&str, &str); 9] = [
    ("online", "online"),
    ("video", "online"),
    ("videoconference", "online"),
    ("telehealth", "online"),
    ("in_person", "in_person"),
    ("inperson", "in_person"),
    ("face_to_face", "in_person"),
    ("f2f", "in_person"),
    ("hybrid", "hybrid"),
];

/// How a treatment ended, in the words of the outcomes file.
pub const STATUS_WORDS: [&str; 3] = ["completed", "dropped_out", "ongoing"];

/// The decimal mark of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    #[default]
    Point,
    Comma,
}

/// Where the data are and how they are written.
#[derive(Clone, Debug)]
pub struct Sources {
    pub sessions: PathBuf,
    pub outcomes: PathBuf,
    /// Canonical column name → name in the file, where they differ.
    pub session_columns: BTreeMap<String, String>,
    pub outcome_columns: BTreeMap<String, String>,
    pub decimal: Decimal,
    pub decimal_outcomes: Decimal,
    pub dates: Dates,
    /// Cells that mean "missing".
    pub missing: Vec<String>,
    /// What is said of single columns of scores.
    pub declared: Declared,
    /// Label in the file (as a level key) → the study's label, by column.
    pub labels: BTreeMap<&'static str, BTreeMap<String, String>>,
    pub not_personal: Vec<String>,
}

impl Sources {
    /// The numbers among the cells that mean "missing" in every column.
    pub fn missing_numbers(&self) -> Vec<f64> {
        self.missing.iter().filter_map(|m| number_of(m)).collect()
    }
}

/// Cells that always mean "missing".
const MISSING: [&str; 7] = ["NA", "N/A", "na", "n/a", ".", "NULL", "null"];

/// Cells that mean "missing": the common words, then those of the study file.
pub(super) fn missing_words(own: &[String]) -> Vec<String> {
    let common = MISSING.into_iter().map(str::to_owned);
    common.chain(own.iter().cloned()).collect()
}
