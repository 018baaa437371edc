//! Where the data are, and how they are written. None of it leaves this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

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
    /// Cells that mean "missing".
    pub missing: Vec<String>,
    /// Label in the file (as a level key) → the study's label, by column.
    pub labels: BTreeMap<&'static str, BTreeMap<String, String>>,
    pub not_personal: Vec<String>,
}

impl Sources {
    /// Does a number, such as -99, mean "missing"?
    pub fn missing_is_number(&self) -> bool {
        self.missing
            .iter()
            .any(|m| m.bytes().any(|b| b.is_ascii_digit()))
    }
}

/// Cells that mean "missing" unless the study file says otherwise.
pub(super) fn missing_words() -> Vec<String> {
    ["NA", "N/A", "na", "n/a", ".", "NULL", "null"]
        .into_iter()
        .map(str::to_owned)
        .collect()
}
