//! The clients under each criterion of a rupture: counts that make up a whole, or why not.

use super::effect::{Effect, Shown};
use crate::findings::{Answer, Scale, Value};
use crate::report::words;

pub(super) const CRITERIA: [(&str, &str); 5] = [
    ("k1.half", "1 SD, half regained"),
    ("k1.all", "1 SD, all regained"),
    ("k2.half", "2 SD, half regained"),
    ("k2.all", "2 SD, all regained"),
    ("control_chart", "Control chart"),
];

/// What happened to a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    None,
    Repaired,
    Unrepaired,
    Ruptured,
}

/// The parts of a client's bar for a criterion, by the end of their ids.
const FOLLOWED: [Kind; 3] = [Kind::None, Kind::Repaired, Kind::Unrepaired];
const CHARTED: [Kind; 2] = [Kind::None, Kind::Ruptured];

impl Kind {
    pub fn id(self) -> &'static str {
        match self {
            Kind::None => "none",
            Kind::Repaired => "repaired",
            Kind::Unrepaired => "unrepaired",
            Kind::Ruptured => "ruptured",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::None => "no rupture",
            Kind::Repaired => "repaired",
            Kind::Unrepaired => "not repaired",
            Kind::Ruptured => "ruptured, repair not asked",
        }
    }
}

/// The clients of one criterion.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub criterion: &'static str,
    pub label: &'static str,
    pub parts: Vec<(Kind, Effect)>,
}

/// Counts that make up a whole, or the word why they are not known.
pub(super) enum Whole {
    Counts { parts: Vec<(Kind, u64)>, of: u64 },
    Word(&'static str),
}

impl Bar {
    /// The bar of a criterion, unless a count of it is not there at all.
    pub fn of(answer: &Answer, criterion: &'static str, label: &'static str) -> Option<Bar> {
        let kinds: &[Kind] = if criterion == "control_chart" {
            &CHARTED
        } else {
            &FOLLOWED
        };
        let parts = kinds.iter().map(|&kind| {
            let id = format!("{}.{criterion}.{}", answer.question, kind.id());
            let estimate = answer.estimate(&id)?;
            let counted = estimate.scale == Scale::Count;
            let measured = !matches!(estimate.value, Value::NotMeasured { .. });
            (counted && measured).then(|| (kind, Effect::of(estimate)))
        });
        let parts: Vec<(Kind, Effect)> = parts.collect::<Option<_>>()?;
        Some(Bar {
            criterion,
            label,
            parts,
        })
    }

    pub fn whole(&self) -> Whole {
        let mut parts = Vec::new();
        for (kind, effect) in &self.parts {
            match effect.shown {
                Shown::Number { estimate, .. } => parts.push((*kind, estimate.round() as u64)),
                Shown::Word { word, .. } => return Whole::Word(word),
            }
        }
        match parts.iter().map(|part| part.1).sum() {
            0 => Whole::Word("no clients"),
            of => Whole::Counts { parts, of },
        }
    }

    /// The number of clients, where every part of it is known.
    pub fn n(&self) -> String {
        match self.whole() {
            Whole::Counts { of, .. } => words::count(of),
            Whole::Word(_) => String::new(),
        }
    }

    /// `no rupture 312 (57.8 %), …, n = 540`, or the word.
    pub fn in_words(&self) -> String {
        match self.whole() {
            Whole::Word(word) => word.into(),
            Whole::Counts { parts, of } => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|&(kind, count)| format!("{} {}", kind.name(), count_of(count, of)))
                    .collect();
                format!("{}, n = {}", parts.join(", "), words::count(of))
            }
        }
    }
}

/// `312 (57.8 %)`
pub(super) fn count_of(count: u64, of: u64) -> String {
    let share = words::share(count as f64 / of as f64);
    format!("{} ({share})", words::count(count))
}
