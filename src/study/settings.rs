//! Everything that shapes a number. It is stored with the findings, defaults and all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::group::Group;
use super::pooling::{PoolBy, Pooling};
use super::question::Question;

/// Everything that shapes a number, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// Short name; the report folder is called after it.
    pub name: String,
    pub title: String,
    /// The day the data were locked, as the study states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_lock: Option<String>,
    /// Name of the alliance questionnaire, where the study names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alliance_measure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empathy_measure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symptom_measure: Option<String>,
    /// Describes the answers to `heard`, `safe` and `seen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_measure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_measure: Option<String>,
    /// The two questionnaires that NHS Talking Therapies counts together.
    #[serde(default = "nhs_measures")]
    pub nhs_measures: [String; 2],
    pub groups: Vec<Group>,
    pub early_alliance: Window,
    /// The outcome that headlines are about.
    pub outcome: HeadlineOutcome,
    pub confidence_level: f64,
    pub seed: u64,
    pub bootstrap_replicates: u32,
    /// The share of sessions from which a client counts as online or in person.
    pub delivery_share: f64,
    /// The number of sessions that course figures show.
    pub sessions_in_courses: u32,
    /// Half the width of the range in which two correlations count as equal.
    pub equivalence_correlation: f64,
    /// Half the width, in pooled SD, of the range in which two mean alliances count as equal.
    pub equivalence_alliance_sd: f64,
    /// Contrasts the study planned, besides online against in person.
    pub contrasts: Vec<(String, String)>,
    pub minimum_cell: u32,
    pub orphans: Orphans,
    /// Are single clients drawn as points?
    pub raw_points: bool,
    /// What is pooled within the clinic, and how.
    pub pool_by: PoolBy,
    pub pooling: Pooling,
    /// Half the width, in SD, of the range in which a change from one session to the next counts as
    /// none.
    #[serde(default = "equivalence_change_sd")]
    pub equivalence_change_sd: f64,
    /// Ratings after a rupture in which it can be repaired.
    #[serde(default = "repair_window")]
    pub repair_window: u32,
    /// Whose standard deviation the reliable change of Jacobson and Truax is measured by.
    #[serde(default)]
    pub reference_sd: ReferenceSd,
    /// What individuals charts do with moving ranges above their own limit.
    #[serde(default)]
    pub large_ranges: LargeRanges,
    /// Where the limits of a chart over time begin anew, as the study declares.
    #[serde(default)]
    pub rebases: Vec<Rebase>,
    /// The questions asked, in the order of the report.
    #[serde(default = "every_question")]
    pub questions: Vec<Question>,
}

/// A new beginning of the limits of a chart, with its reason; never made by the program itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rebase {
    /// The chart, e.g. `dropout`.
    pub chart: String,
    /// The month the new limits begin with: `2025-03`.
    pub from: String,
    pub reason: String,
}

/// The charts over time that there can be.
pub const CHARTS: [&str; 6] = [
    "early_alliance",
    "sessions_rated",
    "online",
    "reliable_improvement",
    "reliable_deterioration",
    "dropout",
];

pub(super) fn nhs_measures() -> [String; 2] {
    ["PHQ-9", "GAD-7"].map(str::to_owned)
}

pub(super) fn equivalence_change_sd() -> f64 {
    0.2
}

pub(super) fn repair_window() -> u32 {
    3
}

fn every_question() -> Vec<Question> {
    Question::ALL.to_vec()
}

/// The sessions whose ratings make up the early alliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    pub first_session: u32,
    pub last_session: u32,
    pub fewest_ratings: u32,
}

/// Which form of the outcome a headline uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadlineOutcome {
    /// The score after treatment, adjusted for the score before.
    #[default]
    Adjusted,
    Post,
    Change,
}

impl HeadlineOutcome {
    /// The term of the estimate id.
    pub fn term(self) -> &'static str {
        match self {
            HeadlineOutcome::Adjusted => "partial",
            HeadlineOutcome::Post => "post",
            HeadlineOutcome::Change => "change",
        }
    }
}

/// Whose standard deviation a reliable change is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceSd {
    /// That of this clinic's intake scores.
    #[default]
    Clinic,
    /// That of the questionnaire's reference sample, from the catalogue.
    Catalogue,
}

/// What an individuals chart does with moving ranges above their own limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LargeRanges {
    /// They count: one leap widens the limits.
    #[default]
    Kept,
    /// They are left out before the mean is taken, once.
    LeftOut,
}

/// What to do with clients who are in one file only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Orphans {
    /// An error: a mistyped id must not pass as a missing client.
    #[default]
    Refuse,
    /// Left out and counted.
    Exclude,
}

/// The seed of every random draw, unless the study file names another.
pub(super) const SEED: u64 = 20_180_917;
