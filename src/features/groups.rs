//! The groups of clients that estimates are made for: everybody, levels of a modality, named groups,
//! sites and years.
//!
//! Every group is a union of classes, the clients of one combination of levels.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::*;

use super::Clients;
use crate::study::{Group, Levels, Modality, Settings};

/// A group of clients that estimates are made for.
#[derive(Clone, Debug)]
pub struct ClientGroup {
    /// The group part of estimate ids, e.g. `delivery.online`.
    pub key: String,
    /// As the clinic spells it.
    pub label: String,
    pub kind: GroupKind,
    /// One entry per client.
    pub holds: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Overall,
    Level(Modality),
    Named,
    /// A site or a year, which are pooled.
    Unit,
}

impl Clients {
    /// The numbers of the clients in the classes that groups are unions of: those of one
    /// combination of levels. A group holds all of a class or none.
    pub fn classes(&self, count: &[bool]) -> Vec<u64> {
        let mut sizes = vec![0; self.combinations.len()];
        for (class, counted) in self.combination_of.iter().zip(count) {
            sizes[*class as usize] += u64::from(*counted);
        }
        sizes
    }

    /// The classes that a group holds.
    pub fn classes_of(&self, group: &ClientGroup) -> Vec<bool> {
        let mut holds = vec![false; self.combinations.len()];
        for (class, held) in self.combination_of.iter().zip(&group.holds) {
            holds[*class as usize] |= *held;
        }
        holds
    }

    /// All clients, every level of every modality, and every named group, in the order of the
    /// report. Levels of a modality come by name, so that the order is the same every month.
    pub fn groups(&self, settings: &Settings) -> Vec<ClientGroup> {
        let mut groups = vec![ClientGroup {
            key: "overall".into(),
            label: "All clients".into(),
            kind: GroupKind::Overall,
            holds: vec![true; self.len()],
        }];
        for modality in Modality::ALL {
            groups.extend(self.levels(modality));
        }
        for group in &settings.groups {
            groups.push(self.named(group));
        }
        groups
    }

    /// The levels of a modality that occur.
    fn levels(&self, modality: Modality) -> Vec<ClientGroup> {
        let mut keys: Vec<&str> = match modality {
            Modality::Delivery => vec!["online", "in_person", "hybrid"],
            _ => self
                .combinations
                .iter()
                .filter_map(|levels| levels.of(modality))
                .collect(),
        };
        if modality != Modality::Delivery {
            keys.sort_unstable();
            keys.dedup();
        } else if !self.has.delivery {
            keys.clear();
        }
        keys.into_iter()
            .map(|key| ClientGroup {
                key: format!("{}.{key}", modality.as_str()),
                label: spelled(
                    self.labels
                        .get(&(modality, key.to_owned()))
                        .map_or(key, String::as_str),
                ),
                kind: GroupKind::Level(modality),
                holds: self.where_levels(|levels| levels.of(modality) == Some(key)),
            })
            .collect()
    }

    /// The sites or years that the study pools, by name.
    pub fn units(&self) -> Vec<ClientGroup> {
        let names: BTreeSet<&str> = self
            .combinations
            .iter()
            .filter_map(|levels| levels.unit.as_deref())
            .collect();
        names
            .into_iter()
            .map(|name| ClientGroup {
                key: name.to_owned(),
                label: name.to_owned(),
                kind: GroupKind::Unit,
                holds: self.where_levels(|levels| levels.unit.as_deref() == Some(name)),
            })
            .collect()
    }

    fn named(&self, group: &Group) -> ClientGroup {
        let label = match group.key.as_str() {
            "cbt" => "CBT, all forms".into(),
            "psychosis" => "Psychosis spectrum".into(),
            key => spelled(key),
        };
        ClientGroup {
            key: group.key.clone(),
            label,
            kind: GroupKind::Named,
            holds: self.where_levels(|levels| group.holds(levels)),
        }
    }

    fn where_levels(&self, holds: impl Fn(&Levels) -> bool) -> Vec<bool> {
        let of_combination: Vec<bool> = self.combinations.iter().map(holds).collect();
        self.combination_of
            .iter()
            .map(|c| of_combination[*c as usize])
            .collect()
    }
}

/// A label as a reader expects it: as the clinic writes it if it uses capitals, otherwise with a
/// capital and with abbreviations as the field writes them.
fn spelled(label: &str) -> String {
    const ABBREVIATIONS: [&str; 14] = [
        "CBT", "CBTp", "iCBT", "ACT", "DBT", "EMDR", "IPT", "MBCT", "CFT", "PTSD", "OCD", "GAD",
        "ADHD", "BPD",
    ];
    if label.chars().any(char::is_uppercase) {
        return label.to_owned();
    }
    let label = label.replace('_', " ");
    let known = |word: &str| ABBREVIATIONS.iter().find(|a| a.eq_ignore_ascii_case(word));
    let text = label
        .split(' ')
        .map(|word| known(word).map_or_else(|| word.to_owned(), |a| (*a).to_owned()))
        .collect::<Vec<_>>()
        .join(" ");
    if known(label.split(' ').next().unwrap_or_default()).is_some() {
        return text;
    }
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The distinct combinations of levels, in the order they are met, and which one each client has.
pub(super) fn combinations(table: &DataFrame) -> PolarsResult<(Vec<Levels>, Vec<u32>)> {
    let column = |name: &str| table.column(name).and_then(|c| c.str()).cloned();
    let (delivery, treatment) = (column("delivery")?, column("treatment")?);
    let (diagnosis, unit) = (column("diagnosis")?, column("unit")?);
    let mut index: HashMap<[Option<&str>; 4], u32> = HashMap::new();
    let mut combinations = Vec::new();
    let mut of_client = Vec::with_capacity(table.height());
    let of_clients = delivery
        .iter()
        .zip(treatment.iter())
        .zip(diagnosis.iter().zip(unit.iter()));
    for ((delivery, treatment), (diagnosis, unit)) in of_clients {
        let next = combinations.len() as u32;
        let at = *index
            .entry([delivery, treatment, diagnosis, unit])
            .or_insert_with(|| {
                let owned = |level: Option<&str>| level.map(str::to_owned);
                combinations.push(Levels {
                    delivery: owned(delivery),
                    treatment: owned(treatment),
                    diagnosis: owned(diagnosis),
                    unit: owned(unit),
                });
                next
            });
        of_client.push(at);
    }
    Ok((combinations, of_client))
}
