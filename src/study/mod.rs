//! What is asked: the study file as written (`spec`) becomes a complete, validated `Study`.
//!
//! `Settings` is the part that shapes numbers; it is stored with the findings, defaults and all.
//! `Sources` says where the data are; it never leaves this machine.

mod day;
mod group;
mod measure;
mod meta;
mod published;
mod question;
mod spec;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use day::{Month, day_number, is_iso_date, iso_day};
pub use group::{Group, Levels, Modality, is_known_label, level_key};
pub use measure::{
    Boundary, Catalogue, Confidence, Construct, Cutoff, Direction, Measure, Rater, ReliabilityKind,
    ReliabilityOf, ReliableChange, Side, measure_key,
};
pub use meta::{
    Compat, DEFAULT_PREDICTOR, EFFECT_COLUMNS, MetaOverrides, MetaSettings, MetaStudy, Model,
    PoolBy, Pooling, PoolingTest, Robust, TauSquared, moderator_name,
};
pub use published::{PublishedConfidence, PublishedResult, published};
pub use question::Question;
use spec::Spec;

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

/// A study: what is asked, of which files.
#[derive(Clone, Debug)]
pub struct Study {
    pub settings: Settings,
    /// Published results to stand beside the study's own: those the program knows, then those of
    /// the study file.
    pub published: Vec<PublishedResult>,
    pub sources: Sources,
    pub catalogue: Catalogue,
}

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

fn equivalence_change_sd() -> f64 {
    0.2
}

fn repair_window() -> u32 {
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

/// Everything that is wrong with a study file.
#[derive(Debug)]
pub struct StudyError {
    pub file: PathBuf,
    pub problems: Vec<String>,
}

impl fmt::Display for StudyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {problem}", self.file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for StudyError {}

impl Study {
    /// Reads a study file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(path: &Path) -> Result<Study, StudyError> {
        let spec = Spec::load(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Study::resolve(spec, folder).map_err(|problems| StudyError {
            file: path.into(),
            problems,
        })
    }

    /// The study of two files with canonical columns and every default.
    pub fn of_files(sessions: &Path, outcomes: &Path) -> Study {
        let spec = Spec {
            files: spec::Files {
                sessions: Some(sessions.into()),
                outcomes: Some(outcomes.into()),
                ..Default::default()
            },
            ..Default::default()
        };
        Study::resolve(spec, Path::new("")).expect("the defaults are a valid study")
    }

    /// Names the questionnaires from outside the study file; a name given here wins.
    ///
    /// # Errors
    /// In plain words, when a name is not in the catalogue or its direction is unknown.
    pub fn name_measures(
        &mut self,
        alliance: Option<&str>,
        primary: Option<&str>,
    ) -> Result<(), String> {
        for (role, name, setting) in [
            ("alliance", alliance, &mut self.settings.alliance_measure),
            ("primary", primary, &mut self.settings.primary_measure),
        ] {
            if let Some(name) = name {
                let measure = self
                    .catalogue
                    .find(name)
                    .ok_or_else(|| unknown_measure(&self.catalogue, role, name))?;
                if let Some(problem) = wrong_direction(role, measure) {
                    return Err(problem);
                }
                *setting = Some(measure.name.clone());
            }
        }
        Ok(())
    }

    fn resolve(spec: Spec, folder: &Path) -> Result<Study, Vec<String>> {
        let mut problems = Vec::new();
        let is_meta = spec.meta.as_ref().is_some_and(|m| m.effects.is_some());
        if is_meta && spec.files.sessions.is_none() && spec.files.outcomes.is_none() {
            return Err(vec![
                "this study file describes a meta-analysis and names no sessions and outcomes\n  hint: use `alliance meta`".into(),
            ]);
        }
        let catalogue = catalogue_of(&spec, &mut problems);
        let known = |role: &str, name: &Option<String>, problems: &mut Vec<String>| {
            let name = name.as_ref()?;
            match catalogue.find(name) {
                Some(measure) => Some(measure.name.clone()),
                None => {
                    problems.push(unknown_measure(&catalogue, role, name));
                    None
                }
            }
        };
        let alliance_measure = known("alliance", &spec.measures.alliance, &mut problems);
        let empathy_measure = known("empathy", &spec.measures.empathy, &mut problems);
        let symptom_measure = known("symptom", &spec.measures.symptom, &mut problems);
        let items_measure = known("items", &spec.measures.items, &mut problems);
        let primary_measure = known("primary", &spec.measures.primary, &mut problems);
        for (role, name) in [
            ("alliance", &alliance_measure),
            ("empathy", &empathy_measure),
            ("symptom", &symptom_measure),
            ("items", &items_measure),
            ("primary", &primary_measure),
        ] {
            if let Some(measure) = name.as_ref().and_then(|n| catalogue.find(n)) {
                problems.extend(wrong_direction(role, measure));
            }
        }

        let mut groups = vec![Group::cbt(), Group::psychosis()];
        for (key, rule) in &spec.groups {
            match Group::parse(key, rule) {
                Ok(group) => {
                    groups.retain(|g| g.key != group.key);
                    groups.push(group);
                }
                Err(problem) => problems.push(problem),
            }
        }
        for group in &groups {
            if group.key == "overall" || Modality::ALL.iter().any(|m| m.as_str() == group.key) {
                problems.push(format!(
                    "groups.{}: the name is taken; choose another",
                    group.key
                ));
            }
        }

        let early = &spec.early_alliance;
        let first_session = early.first_session.unwrap_or(1);
        let early_alliance = Window {
            first_session,
            last_session: early.last_session.unwrap_or(first_session.max(5)),
            fewest_ratings: early.fewest_ratings.unwrap_or(1),
        };
        if first_session < 1 || early_alliance.last_session < first_session {
            problems.push("early_alliance: sessions count from 1, and last_session must not lie before first_session".into());
        }
        let width = (early_alliance.last_session + 1).saturating_sub(first_session);
        if !(1..=width.max(1)).contains(&early_alliance.fewest_ratings) {
            problems.push(format!(
                "early_alliance.fewest_ratings: found {}, expected 1 to {width} (the sessions of the window)",
                early_alliance.fewest_ratings
            ));
        }

        let analysis = &spec.analysis;
        let delivery_share = analysis.delivery_share.unwrap_or(0.8);
        if !(delivery_share > 0.5 && delivery_share <= 1.0) {
            problems.push(format!(
                "analysis.delivery_share: found {delivery_share}, expected more than 0.5 and at most 1"
            ));
        }
        let mut between = |name: &str, value: f64, low: f64, high: f64| {
            if !(value > low && value < high) {
                problems.push(format!(
                    "{name}: found {value}, expected a number between {low} and {high}"
                ));
            }
            value
        };
        let confidence_level = between(
            "analysis.confidence_level",
            analysis.confidence_level.unwrap_or(0.95),
            0.5,
            1.0,
        );
        let equivalence_correlation = between(
            "equivalence.correlation",
            spec.equivalence.correlation.unwrap_or(0.10),
            0.0,
            1.0,
        );
        let equivalence_alliance_sd = between(
            "equivalence.alliance_sd",
            spec.equivalence.alliance_sd.unwrap_or(0.30),
            0.0,
            10.0,
        );
        let equivalence_change_sd = between(
            "equivalence.change_sd",
            spec.equivalence
                .change_sd
                .unwrap_or_else(equivalence_change_sd),
            0.0,
            5.0,
        );
        let bootstrap_replicates = analysis.bootstrap_replicates.unwrap_or(2000);
        if !(100..=1_000_000).contains(&bootstrap_replicates) {
            problems.push(format!(
                "analysis.bootstrap_replicates: found {bootstrap_replicates}, expected 100 to 1000000"
            ));
        }
        let minimum_cell = spec.policy.minimum_cell.unwrap_or(5);
        if !(3..=100).contains(&minimum_cell) {
            problems.push(format!(
                "policy.minimum_cell: found {minimum_cell}, expected 3 to 100\n  hint: groups smaller than 3 can always be recognised"
            ));
        }
        if let Some(lock) = &spec.data_lock
            && !is_iso_date(lock.as_bytes())
        {
            problems.push(format!(
                "data_lock: found {lock:?}, expected a day as YYYY-MM-DD"
            ));
        }

        let labels = [
            ("delivery", &spec.labels.delivery),
            ("treatment", &spec.labels.treatment),
            ("diagnosis", &spec.labels.diagnosis),
            ("status", &spec.labels.status),
        ]
        .into_iter()
        .map(|(column, map)| {
            (
                column,
                map.iter()
                    .map(|(from, to)| (level_key(from), to.clone()))
                    .collect(),
            )
        })
        .collect();

        let deliveries: Vec<&str> = DELIVERY_WORDS.iter().map(|(word, _)| *word).collect();
        for (column, map, words, expected) in [
            (
                "delivery",
                &spec.labels.delivery,
                &deliveries[..],
                "online, in_person or hybrid",
            ),
            (
                "status",
                &spec.labels.status,
                &STATUS_WORDS[..],
                "completed, dropped_out or ongoing",
            ),
        ] {
            for (from, to) in map {
                if !words.contains(&level_key(to).as_str()) {
                    problems.push(format!(
                        "labels.{column}.{from:?}: found {to:?}, expected {expected}"
                    ));
                }
            }
        }

        for (table, map, columns) in [
            ("sessions", &spec.columns.sessions, &SESSION_COLUMNS[..]),
            ("outcomes", &spec.columns.outcomes, &OUTCOME_COLUMNS[..]),
        ] {
            for name in map.keys().filter(|n| !columns.contains(&n.as_str())) {
                let hint = nearest(name, columns)
                    .map(|n| format!("; did you mean {n}?"))
                    .unwrap_or_default();
                problems.push(format!(
                    "columns.{table}.{name}: there is no such column{hint}"
                ));
            }
            let mut met = BTreeMap::new();
            for (column, in_file) in map {
                if let Some(other) = met.insert(in_file, column) {
                    problems.push(format!(
                        "columns.{table}: {other} and {column} are both {in_file:?} in the file\n  hint: two columns cannot be one; which of them is it?"
                    ));
                }
            }
        }

        // Never the name of a folder: it may be that of a person.
        let name = spec.name.clone().unwrap_or_else(|| "study".into());
        if !is_study_name(&name) {
            problems.push(format!(
                "name: found {name:?}, expected letters, digits, `-`, `_` (the report folder is called after it)"
            ));
        }

        let repair_window = analysis.repair_window.unwrap_or_else(repair_window);
        if !(1..=20).contains(&repair_window) {
            problems.push(format!(
                "analysis.repair_window: found {repair_window}, expected 1 to 20 ratings"
            ));
        }
        for rebase in spec
            .rebases
            .iter()
            .filter(|r| !CHARTS.contains(&r.chart.as_str()))
        {
            let hint = nearest(&rebase.chart, &CHARTS)
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            problems.push(format!(
                "rebases: there is no chart {:?}{hint}",
                rebase.chart
            ));
        }
        let is_month = |text: &str| is_iso_date(format!("{text}-01").as_bytes());
        for rebase in spec.rebases.iter().filter(|r| !is_month(&r.from)) {
            problems.push(format!(
                "rebases: {}: found from = {:?}, expected a month as YYYY-MM",
                rebase.chart, rebase.from
            ));
        }
        let questions = Question::asked(&spec.questions, &mut problems);

        let mut file = |key: &str, path: &Option<PathBuf>| match path {
            Some(path) => folder.join(path),
            None => {
                problems.push(format!(
                    "files.{key}: missing\n  hint: [files]\n        {key} = \"{key}.csv\""
                ));
                PathBuf::new()
            }
        };
        let sessions = file("sessions", &spec.files.sessions);
        let outcomes = file("outcomes", &spec.files.outcomes);

        if !problems.is_empty() {
            return Err(problems);
        }
        let mut literature = published().to_vec();
        literature.extend(spec.published);
        let missing = spec.files.missing.unwrap_or_else(missing_words);
        let meta = spec.meta.unwrap_or_default();
        Ok(Study {
            settings: Settings {
                title: spec.title.unwrap_or_else(|| name.clone()),
                name,
                data_lock: spec.data_lock,
                alliance_measure,
                empathy_measure,
                symptom_measure,
                items_measure,
                primary_measure,
                groups,
                early_alliance,
                outcome: analysis.outcome.unwrap_or_default(),
                confidence_level,
                seed: analysis.seed.unwrap_or(SEED),
                bootstrap_replicates,
                delivery_share,
                sessions_in_courses: analysis.sessions_in_courses.unwrap_or(12),
                equivalence_correlation,
                equivalence_alliance_sd,
                contrasts: spec
                    .contrasts
                    .into_iter()
                    .map(|c| (c.first, c.second))
                    .collect(),
                minimum_cell,
                orphans: spec.policy.orphans.unwrap_or_default(),
                raw_points: spec.policy.raw_points.unwrap_or(false),
                pool_by: meta.pool_by.unwrap_or_default(),
                pooling: Pooling::resolve(&meta),
                equivalence_change_sd,
                repair_window,
                reference_sd: analysis.reference_sd.unwrap_or_default(),
                large_ranges: analysis.large_ranges.unwrap_or_default(),
                rebases: spec.rebases,
                questions,
            },
            published: literature,
            sources: Sources {
                sessions,
                outcomes,
                session_columns: spec.columns.sessions,
                outcome_columns: spec.columns.outcomes,
                decimal: spec.files.decimal.unwrap_or_default(),
                missing,
                labels,
                not_personal: spec.policy.not_personal.unwrap_or_default(),
            },
            catalogue,
        })
    }
}

/// The seed of every random draw, unless the study file names another.
const SEED: u64 = 20_180_917;

/// Cells that mean "missing" unless the study file says otherwise.
fn missing_words() -> Vec<String> {
    ["NA", "N/A", "na", "n/a", ".", "NULL", "null"]
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// May a report folder be called this? Nothing that could lead out of `reports/`.
pub fn is_study_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('.')
}

/// The catalogue with the study's own questionnaires laid over it.
fn catalogue_of(spec: &Spec, problems: &mut Vec<String>) -> Catalogue {
    let mut catalogue = Catalogue::built_in().clone();
    for (name, own) in &spec.measures.define {
        let known = catalogue.find(name).cloned();
        let base = known.unwrap_or_else(|| Measure::named(name));
        let measure = Measure {
            construct: own.construct.or(base.construct),
            rater: own.rater.or(base.rater),
            items: own.items.or(base.items),
            minimum: own.minimum.or(base.minimum),
            maximum: own.maximum.or(base.maximum),
            direction: own.direction.or(base.direction),
            reliability: own.reliability.or(base.reliability),
            sd: own.sd.or(base.sd),
            cutoff: own.cutoff.or(base.cutoff),
            reliable_change: own.reliable_change.or(base.reliable_change),
            source: own.source.clone().or(base.source.clone()),
            confidence: Some(Confidence::Study),
            note: own.note.clone().or(base.note.clone()),
            ..base
        };
        if let (Some(low), Some(high)) = (measure.minimum, measure.maximum)
            && low.partial_cmp(&high) != Some(std::cmp::Ordering::Less)
        {
            problems.push(format!(
                "measures.define.{name:?}: the minimum {low} must lie below the maximum {high}"
            ));
        }
        if let Some(reliability) = measure.reliability
            && !(reliability.value > 0.0 && reliability.value <= 1.0)
        {
            problems.push(format!(
                "measures.define.{name:?}: found reliability {}, expected more than 0 and at most 1",
                reliability.value
            ));
        }
        catalogue.insert(measure);
    }
    catalogue
}

/// Why a measure cannot be used in a role, if its direction forbids it.
fn wrong_direction(role: &str, measure: &Measure) -> Option<String> {
    let name = &measure.name;
    match measure.direction {
        None => Some(format!(
            "measures.{role}: the direction of {name} is unknown, and a wrong one would turn the result upside down\n  hint: add direction = \"higher_is_better\" or \"lower_is_better\" under [measures.define.{name:?}]"
        )),
        Some(Direction::LowerIsBetter) if matches!(role, "alliance" | "empathy" | "items") => {
            Some(format!(
                "measures.{role}: lower scores of {name} are better; a rating of the relationship is expected to rise as it gets better\n  hint: turn the scores around in the export (highest possible score minus the score), and name the turned measure"
            ))
        }
        Some(_) => None,
    }
}

fn unknown_measure(catalogue: &Catalogue, role: &str, name: &str) -> String {
    let hint = match catalogue.nearest(name) {
        Some(nearest) => {
            format!("did you mean {nearest:?}? Or describe it under [measures.define.{name:?}]")
        }
        None => format!("describe it under [measures.define.{name:?}], or see `alliance measures`"),
    };
    format!("measures.{role}: {name:?} is not in the catalogue\n  hint: {hint}")
}

/// The candidate that looks most like `name`, if any does.
pub fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .iter()
        .map(|c| (strsim::jaro_winkler(&name, &c.to_lowercase()), *c))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}
