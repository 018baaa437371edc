//! Sessions and outcomes become one row per client, and clients become groups.
//!
//! polars joins and sorts the tables; what leaves this floor are plain columns, oriented so that
//! higher is better, in the order of client ids, so that the order of rows in the files changes
//! nothing.

mod reduce;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use polars_ops::frame::join::{DataFrameJoinOps, JoinArgs, JoinCoalesce, JoinType};

pub use reduce::{
    ByClient, Chunk, CourseScore, Courses, MonthOfSessions, Rating, Reduced, ScoredSession,
};

use crate::intake::{self, Dataset, Delivery, Has, Status};
use crate::study::{Group, Levels, Measure, Modality, Month, Settings, Study};

/// Every client of either file, by id, with what the sessions say and the levels of the client.
pub struct Clients {
    table: DataFrame,
    scores: DataFrame,
    /// The distinct combinations of levels, and which of them each client has.
    combinations: Vec<Levels>,
    combination_of: Vec<u32>,
    labels: BTreeMap<(Modality, String), String>,
    /// The clients of the sessions file in the order of that file, and which of them each client is.
    chunks: Vec<Chunk>,
    place: Vec<Option<(u32, u32)>>,
    pub courses: Courses,
    /// What happened in each month.
    pub months: BTreeMap<Month, MonthOfSessions>,
    pub has: Has,
    pub has_treatment: bool,
    pub has_diagnosis: bool,
    pub has_status: bool,
    /// Questionnaires of the outcomes file, by key.
    pub measures: BTreeMap<String, Measure>,
    pub session_rows: u64,
    pub outcome_rows: u64,
    /// Columns not used, of the sessions and of the outcomes file.
    pub unused_columns: [Vec<String>; 2],
}

/// What is known of each client with regard to one outcome measure; scores are oriented.
pub struct Sample {
    pub pre: Vec<Option<f64>>,
    pub post: Vec<Option<f64>>,
    pub has_outcome_row: Vec<bool>,
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
}

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

/// Reads a study's files and makes the table of clients.
///
/// # Errors
/// Every problem of both files.
pub fn by_client(
    study: &Study,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Clients, intake::Problems> {
    let dataset = intake::read(study, &ByClient::new(&study.settings), progress)?;
    Ok(Clients::new(dataset).expect("tables made by intake fit together"))
}

impl Clients {
    fn new(dataset: Dataset<Reduced>) -> PolarsResult<Clients> {
        let Dataset { sessions, outcomes } = dataset;
        let from_sessions = session_table(&sessions)?;
        let from_outcomes = outcomes.clients.drop("line")?;
        let table = from_sessions
            .join(
                &from_outcomes,
                ["client_id"],
                ["client_id"],
                JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns),
                None,
            )?
            .sort(["client_id"], SortMultipleOptions::default())?;
        let (combinations, combination_of) = combinations(&table)?;
        let mut places = Vec::new();
        for (at, chunk) in sessions.part.chunks.iter().enumerate() {
            places.extend((0..chunk.clients()).map(|i| (at as u32, i as u32)));
        }
        let place = table
            .column("place")?
            .u32()?
            .iter()
            .map(|place| Some(places[place? as usize]))
            .collect();
        let mut labels = BTreeMap::new();
        for (key, label) in outcomes.treatment_labels {
            labels.insert((Modality::Treatment, key), label);
        }
        for (key, label) in outcomes.diagnosis_labels {
            labels.insert((Modality::Diagnosis, key), label);
        }
        for (key, label) in [
            ("online", "Online"),
            ("in_person", "In person"),
            ("hybrid", "Hybrid"),
        ] {
            labels.insert((Modality::Delivery, key.into()), label.into());
        }
        Ok(Clients {
            table,
            scores: outcomes.scores,
            combinations,
            combination_of,
            labels,
            chunks: sessions.part.chunks,
            place,
            courses: sessions.part.courses,
            months: sessions.part.months,
            has: sessions.has,
            has_treatment: outcomes.has_treatment,
            has_diagnosis: outcomes.has_diagnosis,
            has_status: outcomes.has_status,
            measures: outcomes.measures,
            session_rows: sessions.rows,
            outcome_rows: outcomes.rows,
            unused_columns: [sessions.unused_columns, outcomes.unused_columns],
        })
    }

    pub fn len(&self) -> usize {
        self.table.height()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One number of each client, as recorded; of the alliance, empathy and the items, higher is better.
    pub fn ratings(&self, which: Rating) -> Vec<Option<f64>> {
        self.of_sessions(|chunk, at| chunk.rating(which, at))
    }

    /// The ordinal number of each client's therapist, by name.
    pub fn therapists(&self) -> Vec<Option<u32>> {
        let column = self
            .table
            .column("therapist")
            .and_then(|c| c.str())
            .expect("names are text");
        let names: BTreeSet<&str> = column.iter().flatten().collect();
        let rank: HashMap<&str, u32> = names.into_iter().zip(0..).collect();
        column.iter().map(|name| Some(rank[name?])).collect()
    }

    /// The sessions of a client that have a score, by number.
    pub fn series(&self, client: usize) -> impl Iterator<Item = ScoredSession> {
        self.place[client]
            .into_iter()
            .flat_map(|(chunk, at)| self.chunks[chunk as usize].series(at as usize))
    }

    /// Sessions of each client; `None` for clients without any.
    pub fn sessions(&self) -> Vec<Option<u32>> {
        self.of_sessions(|chunk, at| Some(chunk.sessions[at]))
    }

    /// Sessions of each client inside the window of the early alliance.
    pub fn sessions_in_window(&self) -> Vec<Option<u32>> {
        self.of_sessions(|chunk, at| Some(chunk.in_window[at]))
    }

    /// Those of them that have a rating.
    pub fn rated_in_window(&self) -> Vec<Option<u32>> {
        self.of_sessions(|chunk, at| Some(chunk.rated_in_window[at]))
    }

    /// The number of each client's last session.
    pub fn last_sessions(&self) -> Vec<Option<u32>> {
        self.of_sessions(|chunk, at| Some(chunk.last_session[at]))
    }

    /// The month of each client's first session.
    pub fn first_months(&self) -> Vec<Option<Month>> {
        self.of_sessions(|chunk, at| chunk.first_month[at])
    }

    /// The month of each client's last session.
    pub fn last_months(&self) -> Vec<Option<Month>> {
        self.of_sessions(|chunk, at| chunk.last_month[at])
    }

    /// The outcome of each client on a measure, turned so that higher is better.
    pub fn sample(&self, measure: &str) -> Sample {
        let of_measure = self.scores_of(measure).expect("scores have a measure");
        let joined = self
            .table
            .select(["client_id"])
            .and_then(|ids| {
                ids.join(
                    &of_measure,
                    ["client_id"],
                    ["client_id"],
                    JoinArgs::new(JoinType::Left),
                    None,
                )
            })
            .and_then(|table| table.sort(["client_id"], SortMultipleOptions::default()))
            .expect("both tables have client ids");
        let direction = self.measures[measure]
            .direction
            .expect("intake refuses unknown directions");
        let oriented = |name: &str| -> Vec<Option<f64>> {
            let column = joined
                .column(name)
                .and_then(|c| c.f64())
                .expect("scores are numbers");
            column
                .iter()
                .map(|x| x.map(|x| direction.orient(x)))
                .collect()
        };
        let rows = joined
            .column("there")
            .and_then(|c| c.bool())
            .expect("marks are booleans");
        Sample {
            pre: oriented("pre"),
            post: oriented("post"),
            has_outcome_row: rows.iter().map(|there| there.unwrap_or(false)).collect(),
        }
    }

    fn scores_of(&self, measure: &str) -> PolarsResult<DataFrame> {
        let is_measure: BooleanChunked = self
            .scores
            .column("measure")?
            .str()?
            .iter()
            .map(|m| m == Some(measure))
            .collect();
        let mut table = self
            .scores
            .filter(&is_measure)?
            .select(["client_id", "pre", "post"])?;
        let there = Column::new("there".into(), vec![true; table.height()]);
        table.with_column(there)?;
        Ok(table)
    }

    /// Clients with both scores of each measure, by key.
    pub fn complete_pairs(&self) -> BTreeMap<String, usize> {
        self.measures
            .keys()
            .map(|key| {
                let table = self.scores_of(key).expect("scores have a measure");
                let column = |name: &str| {
                    table
                        .column(name)
                        .and_then(|c| c.f64())
                        .expect("scores are numbers")
                        .clone()
                };
                let complete = column("pre")
                    .iter()
                    .zip(column("post").iter())
                    .filter(|(a, b)| a.is_some() && b.is_some())
                    .count();
                (key.clone(), complete)
            })
            .collect()
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

    /// How each client's treatment ended, where it is recorded.
    pub fn statuses(&self) -> Vec<Option<Status>> {
        let column = self
            .table
            .column("status")
            .and_then(|c| c.str())
            .expect("words are text");
        let status = |word| Status::ALL.into_iter().find(|s| s.as_str() == word);
        column.iter().map(|word| word.and_then(status)).collect()
    }

    /// What the sessions file says of each client.
    fn of_sessions<T>(&self, of: impl Fn(&Chunk, usize) -> Option<T>) -> Vec<Option<T>> {
        self.place
            .iter()
            .map(|place| {
                place.and_then(|(chunk, at)| of(&self.chunks[chunk as usize], at as usize))
            })
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

/// The clients of the sessions file as a table: what they are joined and grouped by. Their numbers
/// stay where they are, at `place`.
fn session_table(sessions: &intake::Sessions<Reduced>) -> PolarsResult<DataFrame> {
    let chunks = &sessions.part.chunks;
    let delivery = |d: &Option<Delivery>| {
        d.map(|d| match d {
            Delivery::Online => "online",
            Delivery::InPerson => "in_person",
            Delivery::Hybrid => "hybrid",
        })
    };
    let ids: StringChunked = chunks
        .iter()
        .flat_map(|c| c.ids())
        .map(Some)
        .collect_ca("client_id".into());
    let delivery: StringChunked = chunks
        .iter()
        .flat_map(|c| c.delivery.iter().map(delivery))
        .collect_ca("delivery".into());
    let therapist: StringChunked = chunks
        .iter()
        .flat_map(|c| c.therapists())
        .collect_ca("therapist".into());
    let unit: StringChunked = chunks
        .iter()
        .flat_map(|c| c.units())
        .collect_ca("unit".into());
    let place: UInt32Chunked = (0..ids.len() as u32).map(Some).collect_ca("place".into());
    DataFrame::new_infer_height(vec![
        place.into_column(),
        ids.into_column(),
        delivery.into_column(),
        therapist.into_column(),
        unit.into_column(),
    ])
}

/// The distinct combinations of levels, in the order they are met, and which one each client has.
fn combinations(table: &DataFrame) -> PolarsResult<(Vec<Levels>, Vec<u32>)> {
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
