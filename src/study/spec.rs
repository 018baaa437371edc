//! The study file as it is written. Every key is optional but the files; unknown keys are errors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::measure::{Construct, Cutoff, Direction, Rater, ReliabilityOf, ReliableChange};
use super::pooling::{Compat, Model, PoolBy, PoolingTest, Robust, TauSquared};
use super::text::{LONGEST_LABEL, LONGEST_TEXT, faults, text_of, toml_fault};
use super::{
    Dates, Decimal, HeadlineOutcome, LargeRanges, Orphans, PublishedResult, Rebase, ReferenceSd,
    StudyError,
};

/// `study.toml` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub name: Option<String>,
    pub title: Option<String>,
    /// The day the data were locked, e.g. 2025-12-31; printed, never computed.
    pub data_lock: Option<String>,
    #[serde(default)]
    pub files: Files,
    #[serde(default)]
    pub columns: Columns,
    #[serde(default)]
    pub measures: Measures,
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    #[serde(default)]
    pub early_alliance: EarlyAlliance,
    #[serde(default)]
    pub analysis: Analysis,
    #[serde(default)]
    pub equivalence: Equivalence,
    #[serde(default)]
    pub contrasts: Vec<Contrast>,
    #[serde(default)]
    pub policy: Policy,
    /// Where the limits of a chart over time begin anew.
    #[serde(default)]
    pub rebases: Vec<Rebase>,
    /// Questions switched on or off, by name.
    #[serde(default)]
    pub questions: BTreeMap<String, bool>,
    pub meta: Option<MetaSpec>,
    /// Published results of the study's own choice, besides those the program knows.
    #[serde(default)]
    pub published: Vec<PublishedResult>,
}

impl Spec {
    /// Reads a study file as it is written.
    ///
    /// # Errors
    /// When it cannot be read, or is not a study file.
    pub fn load(path: &Path) -> Result<Spec, StudyError> {
        let fail = |problems: Vec<String>| StudyError {
            file: path.into(),
            problems,
        };
        let text = text_of(path).map_err(|why| fail(vec![why.to_string()]))?;
        let spec = toml::from_str(&text).map_err(|e| fail(vec![toml_fault(&e)]))?;
        // Whatever is a study file is a document.
        let document = toml::from_str(&text).unwrap_or_default();
        match faults(&document, longest) {
            none if none.is_empty() => Ok(spec),
            found => Err(fail(found)),
        }
    }
}

/// The longest text at a place of a study file: what is a label in the report, or a text.
fn longest(place: &str) -> usize {
    let is_label = ["title", "labels.", "meta.moderators", "meta.forest_by"]
        .iter()
        .any(|label| place.starts_with(label));
    let named = ["predictor", "outcome", "population", "topic", "group", "id"];
    if is_label
        || place
            .rsplit('.')
            .next()
            .is_some_and(|key| named.contains(&key))
    {
        LONGEST_LABEL
    } else {
        LONGEST_TEXT
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    pub sessions: Option<PathBuf>,
    pub outcomes: Option<PathBuf>,
    pub decimal: Option<Decimal>,
    /// That of the outcomes file, where it differs.
    pub decimal_outcomes: Option<Decimal>,
    pub dates: Option<Dates>,
    /// Cells that mean "missing", besides the empty one and `NA`, `N/A`, `.`, `NULL`.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Column of scores → numbers that mean "missing" in it.
    #[serde(default)]
    pub missing_in: BTreeMap<String, Vec<String>>,
    /// Column of scores → what was asked about it and is right.
    #[serde(default)]
    pub right: BTreeMap<String, Vec<String>>,
}

/// Canonical column name = the name in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    #[serde(default)]
    pub sessions: BTreeMap<String, String>,
    #[serde(default)]
    pub outcomes: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    pub alliance: Option<String>,
    pub empathy: Option<String>,
    pub symptom: Option<String>,
    /// Describes the answers to `heard`, `safe` and `seen`.
    pub items: Option<String>,
    /// The measure of the outcomes file that the report is about.
    pub primary: Option<String>,
    /// The two that the rule of NHS Talking Therapies counts together: the first, and the one for the disorder.
    pub nhs: Option<[String; 2]>,
    /// Questionnaires of the study: new ones, or other values for known ones.
    #[serde(default)]
    pub define: BTreeMap<String, MeasureSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureSpec {
    pub construct: Option<Construct>,
    pub rater: Option<Rater>,
    pub items: Option<u32>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub direction: Option<Direction>,
    pub reliability: Option<ReliabilityOf>,
    pub sd: Option<f64>,
    pub cutoff: Option<Cutoff>,
    pub reliable_change: Option<ReliableChange>,
    pub source: Option<String>,
    pub note: Option<String>,
}

/// What the labels in the files mean.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    #[serde(default)]
    pub delivery: BTreeMap<String, String>,
    #[serde(default)]
    pub treatment: BTreeMap<String, String>,
    #[serde(default)]
    pub diagnosis: BTreeMap<String, String>,
    #[serde(default)]
    pub status: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyAlliance {
    pub first_session: Option<u32>,
    pub last_session: Option<u32>,
    pub fewest_ratings: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    pub outcome: Option<HeadlineOutcome>,
    pub confidence_level: Option<f64>,
    pub seed: Option<u64>,
    pub bootstrap_replicates: Option<u32>,
    pub delivery_share: Option<f64>,
    pub sessions_in_courses: Option<u32>,
    pub repair_window: Option<u32>,
    pub reference_sd: Option<ReferenceSd>,
    pub large_ranges: Option<LargeRanges>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalence {
    pub correlation: Option<f64>,
    pub alliance_sd: Option<f64>,
    pub change_sd: Option<f64>,
}

/// Two levels to compare, e.g. `treatment.cbt` and `treatment.act`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    pub first: String,
    pub second: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub minimum_cell: Option<u32>,
    pub orphans: Option<Orphans>,
    pub raw_points: Option<bool>,
    /// Columns and files whose content looks personal and is not.
    pub not_personal: Option<Vec<String>>,
}

/// Pooling correlations: of the studies of an effects file, or of a clinic's sites.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaSpec {
    pub effects: Option<PathBuf>,
    /// Canonical column name = the name in the file.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    pub predictor: Option<String>,
    pub outcome: Option<String>,
    pub model: Option<Model>,
    pub tau2: Option<TauSquared>,
    pub test: Option<PoolingTest>,
    pub robust: Option<Robust>,
    pub compat: Option<Compat>,
    #[serde(default)]
    pub moderators: Vec<String>,
    pub forest_by: Option<String>,
    pub permutations: Option<u32>,
    pub trust_variances: Option<bool>,
    pub pool_by: Option<PoolBy>,
}
