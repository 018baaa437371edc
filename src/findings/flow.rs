//! Where every row went: read = used + left out, with a reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The way from rows to analysed clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flow {
    /// Session rows and the clients they belong to.
    pub sessions: Stage,
    /// Outcome rows of the primary measure and their clients.
    pub outcomes: Stage,
    /// Clients in either file, then those left out one reason at a time, then those analysed.
    pub clients: Stage,
    /// Clients of the outcomes file per measure, with complete scores, by measure key.
    pub complete_by_measure: Vec<(String, Count)>,
}

/// What was read, what was left out and why, what was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    pub read: Count,
    pub excluded: Vec<Exclusion>,
    pub used: Count,
}

/// Rows or clients left out for one reason; each is counted once, at the first reason that holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exclusion {
    pub reason: String,
    pub count: Count,
}

/// A count that may not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    Exactly(u64),
    /// Hidden: it, or one that could be computed from it, is below the minimum cell.
    Suppressed,
}

impl Count {
    pub fn exactly(self) -> Option<u64> {
        match self {
            Count::Exactly(n) => Some(n),
            Count::Suppressed => None,
        }
    }
}
