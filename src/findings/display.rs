//! What a figure shows beyond the estimates: always summaries, never a client.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::Count;
use super::mixed::{Caterpillar, Growth, NextSession};
use super::monitoring::{ControlChart, UnitFunnel};
use super::pooled::{
    Baujat, Bubble, Certificates, Funnel, LeaveOneOut, Orchard, Placements, PooledForest, Profiles,
};

/// The data behind a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Display {
    BinnedScatter(BinnedScatter),
    Distributions(Distributions),
    Courses(Courses),
    PooledForest(PooledForest),
    Funnel(Funnel),
    Baujat(Baujat),
    LeaveOneOut(LeaveOneOut),
    Bubble(Bubble),
    Orchard(Orchard),
    Profiles(Profiles),
    Certificates(Certificates),
    Placements(Placements),
    Caterpillar(Caterpillar),
    NextSession(NextSession),
    Growth(Growth),
    Interaction(Interaction),
    RuptureCourses(RuptureCourses),
    PrePost(PrePost),
    ControlChart(ControlChart),
    UnitFunnel(UnitFunnel),
}

/// Early alliance against adjusted outcome, in bins of clients, with the fitted line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BinnedScatter {
    /// What is on the axes, with units.
    pub x_label: String,
    pub y_label: String,
    pub n: u64,
    /// Bins of about equally many clients, from the lowest alliance to the highest.
    pub bins: Vec<ScatterBin>,
    pub line: Line,
    /// Single clients as (x, y), jittered; only when the study's policy asks for raw points.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub points: Vec<(f64, f64)>,
}

/// One bin of clients: means of both axes and the interval of the mean of y, at the level of the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScatterBin {
    pub x: f64,
    pub y: f64,
    pub y_low: f64,
    pub y_high: f64,
    pub n: u64,
}

/// A straight line `y = intercept + slope·x` with its pointwise interval at some x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub intercept: f64,
    pub slope: f64,
    pub conf_level: f64,
    /// (x, low, high) of the mean of y, from left to right.
    pub band: Vec<(f64, f64, f64)>,
}

/// Histograms of one score in several groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distributions {
    pub x_label: String,
    pub groups: Vec<Distribution>,
}

/// The histogram of one group; bins hold at least the minimum cell each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    pub group: String,
    pub label: String,
    pub n: u64,
    pub mean: f64,
    pub sd: f64,
    pub bins: Vec<Bin>,
}

/// Clients with a score in `[low, high)`; the last bin holds its upper limit too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bin {
    pub low: f64,
    pub high: f64,
    pub n: u64,
}

/// Mean scores session by session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Courses {
    pub courses: Vec<Course>,
}

/// The course of one score in one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Course {
    /// `alliance` or `symptom`.
    pub score: String,
    /// The axis label with the unit and which direction is better.
    pub y_label: String,
    pub group: String,
    pub label: String,
    pub points: Vec<CoursePoint>,
}

/// Clients with a rating in one session. Where fewer than ten clients, or fewer than the minimum
/// cell, have one, there is no point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoursePoint {
    pub session: u32,
    pub mean: f64,
    /// Limits of the interval of the mean at the study's confidence level.
    pub conf_low: f64,
    pub conf_high: f64,
    /// Clients, to the nearest 5.
    pub n: u64,
}

/// The expected outcome along one score, at several values of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interaction {
    /// The score along the axis, with its unit.
    pub x_label: String,
    /// The expected post score as recorded, with its unit and which direction is better.
    pub y_label: String,
    /// The score whose values tell the lines apart.
    pub moderator: String,
    pub conf_level: f64,
    pub n: u64,
    /// From the lowest value of the moderator to the highest.
    pub lines: Vec<InteractionLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InteractionLine {
    /// `1 SD below the mean`, `mean`, `1 SD above the mean`.
    pub label: String,
    /// The value of the moderator, in its points.
    pub at: f64,
    /// (x, expected post score, low, high), from left to right.
    pub line: Vec<(f64, f64, f64, f64)>,
}

/// The mean rating around a rupture, by what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuptureCourses {
    /// The rating with its unit and which direction is better.
    pub y_label: String,
    /// What counts as a rupture and as a repair, in words.
    pub criterion: String,
    pub conf_level: f64,
    pub courses: Vec<RuptureCourse>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuptureCourse {
    /// `repaired`, `not repaired`.
    pub label: String,
    /// Ruptures, to the nearest 5.
    pub ruptures: u64,
    pub points: Vec<RupturePoint>,
}

/// The ratings so many ratings after the rupture. Where fewer than ten ruptures, or fewer than the
/// minimum cell of clients, have one, there is no point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RupturePoint {
    /// Ratings after the rupture; 0 is the fall itself, −1 the rating before it.
    pub offset: i32,
    pub mean: f64,
    pub conf_low: f64,
    pub conf_high: f64,
}

/// Scores before and after treatment in squares of clients, as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrePost {
    /// The measure with its unit and which direction is better.
    pub score: String,
    pub lower_is_better: bool,
    pub n: u64,
    /// The side of a square, in points.
    pub width: f64,
    pub squares: Vec<PrePostSquare>,
    /// Changes that count as reliable, by rule.
    pub reliable_changes: Vec<ReliableChangeRule>,
    /// The scores that divide clinical from non-clinical, by rule.
    pub cutoffs: Vec<CutoffRule>,
}

/// Clients whose scores lie from these values to less than a width more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrePostSquare {
    pub pre: f64,
    pub post: f64,
    pub n: Count,
}

/// How many points of change are reliable under a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReliableChangeRule {
    /// `NHS Talking Therapies`, `Jacobson–Truax`.
    pub rule: String,
    pub points: f64,
    /// Does a change of exactly so many points count?
    pub inclusive: bool,
}

/// The score that divides clinical from non-clinical under a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CutoffRule {
    pub rule: String,
    pub score: f64,
    /// Is the score itself clinical?
    pub inclusive: bool,
}
