//! The rows of a forest plot: sections, groups of clients, and published results beside them.

use std::fmt;

use super::chart::{digits, full};
use super::effect::{Effect, count_or_blank, words_of};
use super::lettering::Type;
use crate::findings::Scale;
use crate::report::words;

/// The columns of counts, each there where a row has one.
pub(super) const COUNTS: [&str; 3] = ["n", "sessions", "clients"];

const INDENT: f64 = 12.0;
const ROW: f64 = 22.0;
const SECTION: f64 = 28.0;
const PUBLISHED: f64 = 19.0;
const NAME: Type = Type::BODY;
const PUBLISHED_NAME: Type = Type::SMALL;

/// A value that every row is seen against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub label: String,
    pub estimate: f64,
    pub interval: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    Section(String),
    Group {
        group: String,
        label: String,
        effect: Effect,
        headline: bool,
    },
    Published(PublishedRow),
}

/// A published result beside the group it is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PublishedRow {
    pub group: String,
    pub label: String,
    pub clients: Option<u64>,
    pub estimate: f64,
    pub interval: Option<(f64, f64)>,
    pub level: Option<f64>,
    pub prediction: Option<(f64, f64)>,
}

impl Row {
    /// Every value the axis must hold.
    pub fn values(&self) -> Vec<f64> {
        match self {
            Row::Section(_) => Vec::new(),
            Row::Group { effect, .. } => effect.values().collect(),
            Row::Published(p) => {
                let ends = [p.interval, p.prediction].into_iter().flatten();
                ends.flat_map(|(low, high)| [low, high])
                    .chain([p.estimate])
                    .collect()
            }
        }
    }

    /// The name, how it is written, and how far it is indented.
    pub fn name(&self) -> (&str, Type, f64) {
        match self {
            Row::Section(name) => (name, NAME.bold(), 0.0),
            Row::Group {
                label,
                headline: true,
                ..
            } => (label, NAME.bold(), 0.0),
            Row::Group { label, .. } => (label, NAME, INDENT),
            Row::Published(p) => (&p.label, PUBLISHED_NAME, 2.0 * INDENT),
        }
    }

    /// The number with its interval, or the word why there is none.
    pub fn number(&self) -> String {
        match self {
            Row::Section(_) => String::new(),
            Row::Group { effect, .. } => effect.in_words(),
            Row::Published(p) => words_of(p.estimate, p.interval, Scale::Correlation),
        }
    }

    /// Clients.
    pub fn n(&self) -> Option<u64> {
        match self {
            Row::Section(_) => None,
            Row::Group { effect, .. } => effect.n,
            Row::Published(p) => p.clients,
        }
    }

    /// Clusters, levels or tests.
    pub fn k(&self) -> Option<u64> {
        match self {
            Row::Group { effect, .. } => effect.k,
            Row::Section(_) | Row::Published(_) => None,
        }
    }

    /// What stands in the columns of counts.
    pub fn counts(&self) -> [String; COUNTS.len()] {
        match self {
            Row::Group { effect, .. } if effect.is_share() => {
                [String::new(), String::new(), effect.k_of_n()]
            }
            _ => [
                count_or_blank(self.n()),
                count_or_blank(self.k()),
                String::new(),
            ],
        }
    }

    /// Height with a name of this many lines.
    pub fn height(&self, lines: usize) -> f64 {
        let (base, face) = match self {
            Row::Section(_) => (SECTION, NAME),
            Row::Group { .. } => (ROW, NAME),
            Row::Published(_) => (PUBLISHED, PUBLISHED_NAME),
        };
        base + lines.saturating_sub(1) as f64 * face.leading()
    }

    /// The row of the data table; sections have none.
    pub fn cells(&self) -> Option<Vec<String>> {
        match self {
            Row::Section(_) => None,
            Row::Group {
                group,
                label,
                effect,
                ..
            } => {
                let [estimate, low, high, level] = effect.cells();
                let start = [
                    "study".into(),
                    group.clone(),
                    label.clone(),
                    digits(effect.n),
                ];
                let end = [estimate, low, high, level, String::new(), String::new()];
                Some(start.into_iter().chain(end).collect())
            }
            Row::Published(published) => Some(published.cells("published")),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, n) = (self.number(), count_or_blank(self.n()));
        match self {
            Row::Section(name) => write!(f, "section  {name}"),
            Row::Group { label, effect, .. } if effect.is_share() => {
                write!(f, "row      {label} | {} | {number}", effect.k_of_n())
            }
            Row::Group { label, .. } => {
                let k = self.k().map(|k| format!(" | k {}", words::count(k)));
                let k = k.unwrap_or_default();
                write!(f, "row      {label} | {n}{k} | {number}")
            }
            Row::Published(p) => {
                write!(f, "open     {} | {n} | {number}", p.label)?;
                let Some((low, high)) = p.prediction else {
                    return Ok(());
                };
                let (low, high) = (words::correlation(low), words::correlation(high));
                write!(f, " | new studies [{low}, {high}]")
            }
        }
    }
}

impl PublishedRow {
    fn cells(&self, kind: &str) -> Vec<String> {
        let (low, high) = self.interval.unzip();
        let (prediction_low, prediction_high) = self.prediction.unzip();
        vec![
            kind.into(),
            self.group.clone(),
            self.label.clone(),
            digits(self.clients),
            full(self.estimate),
            full(low),
            full(high),
            full(self.level),
            full(prediction_low),
            full(prediction_high),
        ]
    }
}

impl Reference {
    /// The row of the data table.
    pub fn cells(&self) -> Vec<String> {
        let row = PublishedRow {
            group: String::new(),
            label: self.label.clone(),
            clients: None,
            estimate: self.estimate,
            interval: self.interval,
            level: None,
            prediction: None,
        };
        row.cells("reference")
    }
}
