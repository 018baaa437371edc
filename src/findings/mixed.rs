//! What the figures of mixed models show: model curves and unnamed effects; no client, no name.
//!
//! Intervals are at the level of the display.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shrunken effects of therapists, from the lowest to the highest, without names: how much they
/// differ, not who is who.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Caterpillar {
    pub panels: Vec<CaterpillarPanel>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaterpillarPanel {
    /// What the effects are on, with its unit: `early alliance (WAI-SR, points)`.
    pub label: String,
    pub conf_level: f64,
    /// Share of the variance that lies between therapists, with its interval where there is one.
    pub icc: f64,
    pub icc_low: Option<f64>,
    pub icc_high: Option<f64>,
    /// Therapists in the model, and those of them with too few clients to be drawn.
    pub therapists: u64,
    pub not_drawn: u64,
    /// Deviation from the average therapist, sorted; higher is better.
    pub effects: Vec<CaterpillarEffect>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaterpillarEffect {
    pub effect: f64,
    pub low: f64,
    pub high: f64,
}

/// What follows a session rated better or worse than usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextSession {
    /// The rating against the client's own mean, with its unit.
    pub x_label: String,
    /// The next session's symptom score as recorded, with its unit and which direction is better.
    pub y_label: String,
    pub conf_level: f64,
    /// (rating − own mean, expected change of the next symptom score, low, high), left to right.
    pub line: Vec<(f64, f64, f64, f64)>,
    /// The effect of one point in each model: within-client and reverse, with their variants.
    pub effects: Vec<NextSessionEffect>,
    pub clients: u64,
    /// Pairs of consecutive sessions.
    pub pairs: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextSessionEffect {
    /// `alliance → next symptoms`, `clients within therapists`, `detrended`, `symptoms → next alliance`.
    pub label: String,
    /// Standardised by the within-client standard deviations, so that the rows can be compared.
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// How the alliance develops: the mean course and the spread of clients around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Growth {
    /// The rating with its unit and which direction is better.
    pub y_label: String,
    pub conf_level: f64,
    /// (session, expected mean, low, high).
    pub mean: Vec<(f64, f64, f64, f64)>,
    /// (session, low, high) between which the courses of `spread_share` of the clients lie.
    pub spread: Vec<(f64, f64, f64)>,
    pub spread_share: f64,
    pub clients: u64,
}
