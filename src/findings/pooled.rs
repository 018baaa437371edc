//! What the figures of a pooling show: the studies and the pooled values; no client has a row here.
//!
//! Correlations and their limits are on the scale of r unless a field says z (Fisher's). Intervals
//! are at the level of the display.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One correlation of one study (or one site of a clinic).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PooledEffect {
    pub study: String,
    /// Which effect of the study, where it has several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effect: Option<String>,
    pub r: f64,
    pub conf_low: f64,
    pub conf_high: f64,
    /// Clients; 0 where the file does not say.
    pub n: u64,
    /// Share of the pooled value, in percent.
    pub weight: f64,
    /// The level of the moderator that divides the forest, where one does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subgroup: Option<String>,
}

/// A pooled correlation with its interval and the range in which a new study's is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PooledValue {
    pub label: String,
    pub r: f64,
    pub conf_low: f64,
    pub conf_high: f64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prediction_low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prediction_high: Option<f64>,
    /// Effects pooled.
    pub k: u64,
    /// Studies they come from.
    pub studies: u64,
    /// Clients of these studies, each study counted once; 0 where the file does not say.
    pub n: u64,
}

/// Every effect with the pooled values below: a forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PooledForest {
    pub conf_level: f64,
    /// What is pooled: `study`, `site`, `therapist`, `year`.
    pub unit: String,
    /// In the order of the file; effects of one study stand together.
    pub effects: Vec<PooledEffect>,
    /// One per subgroup, its label that of the effects' `subgroup`; empty where there are none.
    pub subgroups: Vec<PooledValue>,
    pub overall: PooledValue,
    /// How it was pooled, e.g. `three-level REML, CR2`.
    pub method: String,
}

/// Effects against their standard errors: do small studies say something else?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Funnel {
    pub points: Vec<FunnelPoint>,
    /// The pooled value in z, in the middle of the funnel.
    pub pooled_z: f64,
    /// Multiples of the standard error at which p is .10, .05 and .01: the contours around zero.
    pub contours: Vec<(f64, f64)>,
    /// Egger's line `z = intercept + slope · standard error`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub egger: Option<EggerLine>,
    /// The pooled value in z with the filled studies, where any were filled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub filled_z: Option<f64>,
}

/// One effect in a funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelPoint {
    pub label: String,
    pub z: f64,
    pub std_error: f64,
    /// Was it added by trim and fill?
    pub filled: bool,
}

/// Egger's line and its test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EggerLine {
    pub intercept: f64,
    pub slope: f64,
    pub p_value: f64,
}

/// Which effects make the studies differ (x), and which move the pooled value (y).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baujat {
    pub points: Vec<BaujatPoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaujatPoint {
    pub label: String,
    /// Contribution to the heterogeneity Q.
    pub heterogeneity: f64,
    /// Squared standardised change of the pooled value without the effect.
    pub influence: f64,
}

/// The pooled correlation without each study in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeaveOneOut {
    pub conf_level: f64,
    /// What is left out: `study` or `effect`.
    pub unit: String,
    pub overall: PooledValue,
    pub rows: Vec<LeftOut>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// What was left out.
    pub label: String,
    pub r: f64,
    pub conf_low: f64,
    pub conf_high: f64,
}

/// Effects against a numeric moderator, with the fitted line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bubble {
    pub moderator: String,
    pub conf_level: f64,
    pub points: Vec<BubblePoint>,
    /// (moderator, r, low, high), from left to right.
    pub line: Vec<(f64, f64, f64, f64)>,
    /// Of the slope.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p_value: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BubblePoint {
    pub label: String,
    pub x: f64,
    pub r: f64,
    /// In percent.
    pub weight: f64,
}

/// Every effect of three-level data with the pooled value, its interval and prediction interval,
/// by subgroup where there are any: an orchard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Orchard {
    pub conf_level: f64,
    pub trunks: Vec<OrchardTrunk>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrchardTrunk {
    pub value: PooledValue,
    /// (r, precision 1/standard error of z) of each effect, in the order of the file.
    pub effects: Vec<(f64, f64)>,
}

/// The log-likelihood as one variance is held fixed: is the estimate well determined?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profiles {
    pub profiles: Vec<Profile>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// `between studies`, `between effects of a study` …
    pub component: String,
    pub estimate: f64,
    /// Limits of the profile interval, where it could be had.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interval: Option<(f64, f64)>,
    pub conf_level: f64,
    /// The log-likelihood below which a value is outside the interval.
    pub cutoff: f64,
    /// (variance, log-likelihood), from left to right.
    pub points: Vec<(f64, f64)>,
}

/// How the search for each model ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificates {
    pub fits: Vec<FitCertificate>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitCertificate {
    /// The model, e.g. `pooled`, `moderator.rater`.
    pub model: String,
    pub method: String,
    pub evaluations: u64,
    /// Is a variance exactly 0, the edge of what it may be?
    pub at_boundary: bool,
    /// A second local optimum, which is worse.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub competing_optimum: Option<f64>,
    /// Do the data tell the variances apart?
    pub identifiable: bool,
    /// The log-likelihood reached, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log_likelihood: Option<f64>,
}

/// A pooled correlation beside published ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Placements {
    pub placements: Vec<Placement>,
}

/// A pooled correlation beside a published one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// Id of the published result.
    pub published: String,
    pub citation: String,
    /// The published mean.
    pub r: f64,
    /// Where the literature expects the true value of a new study or clinic, where it says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prediction: Option<(f64, f64)>,
    /// Does the pooled value lie in there?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inside: Option<bool>,
}
