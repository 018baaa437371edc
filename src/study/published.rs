//! Published results: what the literature found, as context beside the study's own numbers.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One published result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedResult {
    pub id: String,
    /// What was related or compared, e.g. `alliance_outcome`.
    pub topic: String,
    /// The group of this program it stands beside, or `none`.
    pub group: String,
    pub population: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub studies: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,
    /// `r`, `smd`, `d` or `proportion`.
    pub scale: String,
    pub estimate: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conf_low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conf_high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conf_level: Option<f64>,
    /// Where a new study's true value is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction_low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction_high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction_level: Option<f64>,
    pub year: u32,
    pub citation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    pub confidence: PublishedConfidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How sure the table is of a published number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublishedConfidence {
    /// Confirmed in a second source.
    Checked,
    /// Read in the abstract.
    Abstract,
    /// From memory: check before you cite it.
    Memory,
}

/// Every published result in `data/published.toml`, which is compiled in.
pub fn published() -> &'static [PublishedResult] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        result: Vec<PublishedResult>,
    }
    static PUBLISHED: OnceLock<Vec<PublishedResult>> = OnceLock::new();
    PUBLISHED.get_or_init(|| {
        let file: File = toml::from_str(include_str!("../../data/published.toml"))
            .expect("data/published.toml is valid: a test reads it");
        file.result
    })
}
