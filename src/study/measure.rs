//! Questionnaires: range, direction, cutoff, reliability, and where each number comes from.
//!
//! The catalogue `data/measures.toml` is compiled in. A study overrides and adds. A score whose
//! direction is unknown is refused: a guess could turn a clinic's result upside down.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A questionnaire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub name: String,
    /// Other names it is met under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub construct: Option<Construct>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rater: Option<Rater>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    /// Lowest and highest possible score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<ReliabilityOf>,
    /// Standard deviation of a clinical reference sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<Cutoff>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliable_change: Option<ReliableChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a questionnaire measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Construct {
    Alliance,
    Empathy,
    Symptom,
    Functioning,
}

/// Who fills it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rater {
    Client,
    Therapist,
    Observer,
    Clinician,
}

/// Which scores are good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    HigherIsBetter,
    LowerIsBetter,
}

impl Direction {
    /// The score turned so that higher is better.
    pub fn orient(self, score: f64) -> f64 {
        match self {
            Direction::HigherIsBetter => score,
            // Not `-score`: a symptom score of 0 must not become −0.
            Direction::LowerIsBetter => 0.0 - score,
        }
    }

    pub fn in_words(self) -> &'static str {
        match self {
            Direction::HigherIsBetter => "higher is better",
            Direction::LowerIsBetter => "lower is better",
        }
    }
}

/// A reliability and what kind it is: the kinds are not interchangeable.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReliabilityOf {
    pub value: f64,
    pub kind: ReliabilityKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReliabilityKind {
    Alpha,
    Retest,
}

impl ReliabilityKind {
    pub fn in_words(self) -> &'static str {
        match self {
            ReliabilityKind::Alpha => "Cronbach's α",
            ReliabilityKind::Retest => "retest",
        }
    }
}

/// A clinical cutoff and the side of it on which a person counts as a case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cutoff {
    pub value: f64,
    pub clinical: Side,
}

impl Cutoff {
    /// Is a score on the clinical side?
    pub fn is_clinical(self, score: f64) -> bool {
        match self.clinical {
            Side::AtOrAbove => score >= self.value,
            Side::Above => score > self.value,
            Side::AtOrBelow => score <= self.value,
            Side::Below => score < self.value,
        }
    }
}

/// A side of a boundary, and whether the boundary belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    AtOrAbove,
    Above,
    AtOrBelow,
    Below,
}

impl Side {
    pub fn symbol(self) -> &'static str {
        match self {
            Side::AtOrAbove => "≥",
            Side::Above => ">",
            Side::AtOrBelow => "≤",
            Side::Below => "<",
        }
    }
}

/// How many points of change are more than measurement error, by the questionnaire's own rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReliableChange {
    pub points: f64,
    pub boundary: Boundary,
    /// The confidence at which the points hold, where the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
}

impl ReliableChange {
    /// Is a change of so many points, whichever way, reliable?
    pub fn is_met_by(self, points: f64) -> bool {
        match self.boundary {
            Boundary::AtLeast => points >= self.points,
            Boundary::MoreThan => points > self.points,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    AtLeast,
    MoreThan,
}

impl Boundary {
    pub fn symbol(self) -> &'static str {
        match self {
            Boundary::AtLeast => "≥",
            Boundary::MoreThan => ">",
        }
    }
}

/// How sure the catalogue is of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Confirmed in the source named.
    Checked,
    /// Read in the source named.
    Read,
    /// Some of it read, some from memory.
    Mixed,
    /// From memory: check before you rely on it.
    Memory,
    /// Stated by the study.
    Study,
}

impl Measure {
    /// The lowest and the highest possible score, where both are known.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.minimum.zip(self.maximum)
    }

    /// A measure of which only the name is known.
    pub fn named(name: &str) -> Measure {
        Measure {
            name: name.into(),
            aliases: Vec::new(),
            construct: None,
            rater: None,
            items: None,
            minimum: None,
            maximum: None,
            direction: None,
            reliability: None,
            sd: None,
            cutoff: None,
            reliable_change: None,
            source: None,
            confidence: None,
            note: None,
        }
    }

    /// The identifier of the measure in estimate ids: lower-case letters and digits of its name.
    pub fn key(&self) -> String {
        measure_key(&self.name)
    }

    /// The range in words, e.g. `0 to 27`.
    pub fn range_in_words(&self) -> Option<String> {
        match (self.minimum, self.maximum) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            _ => None,
        }
    }

    /// Are the lowest and the highest score known?
    pub fn has_range(&self) -> bool {
        self.minimum.is_some() && self.maximum.is_some()
    }

    /// True unless the score is known to be impossible.
    pub fn admits(&self, score: f64) -> bool {
        self.minimum.is_none_or(|low| score >= low) && self.maximum.is_none_or(|high| score <= high)
    }
}

/// The form of a name under which `PHQ-9`, `phq9` and `Phq 9` are the same.
pub fn measure_key(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The questionnaires a study knows: the catalogue with the study's own entries laid over it.
#[derive(Clone, Debug)]
pub struct Catalogue {
    measures: Vec<Measure>,
    by_key: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    measure: Vec<Measure>,
}

impl Catalogue {
    /// The catalogue that is compiled in.
    pub fn built_in() -> &'static Catalogue {
        static BUILT_IN: OnceLock<Catalogue> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            let file: CatalogueFile = toml::from_str(include_str!("../../data/measures.toml"))
                .expect("data/measures.toml is valid: a test reads it");
            Catalogue::new(file.measure)
        })
    }

    fn new(measures: Vec<Measure>) -> Catalogue {
        let mut catalogue = Catalogue {
            measures: Vec::new(),
            by_key: BTreeMap::new(),
        };
        for measure in measures {
            catalogue.insert(measure);
        }
        catalogue
    }

    /// Adds a measure, or replaces the one of the same name.
    pub fn insert(&mut self, measure: Measure) {
        let key = measure.key();
        let aliases: Vec<String> = measure.aliases.iter().map(|a| measure_key(a)).collect();
        let at = match self.by_key.get(&key) {
            Some(&at) if self.measures[at].key() == key => {
                self.measures[at] = measure;
                at
            }
            _ => {
                self.measures.push(measure);
                self.measures.len() - 1
            }
        };
        self.by_key.insert(key, at);
        for alias in aliases {
            self.by_key.entry(alias).or_insert(at);
        }
    }

    /// The measure of this name or alias, however it is spelled.
    pub fn find(&self, name: &str) -> Option<&Measure> {
        self.by_key
            .get(&measure_key(name))
            .map(|&at| &self.measures[at])
    }

    /// The name in the catalogue that looks most like `name`, if any does.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let wanted = measure_key(name);
        self.by_key
            .iter()
            .map(|(key, &at)| {
                (
                    strsim::jaro_winkler(key, &wanted),
                    self.measures[at].name.as_str(),
                )
            })
            .filter(|(likeness, _)| *likeness >= 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Measure> {
        self.measures.iter()
    }
}
