//! Sessions and outcomes become one row per client, and clients become groups.
//!
//! polars joins and sorts the tables; what leaves this floor are plain columns, oriented so that
//! higher is better, in the order of client ids, so that the order of rows in the files changes
//! nothing.

mod chunk;
mod courses;
mod groups;
mod rating;
mod reduce;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use polars_ops::frame::join::{DataFrameJoinOps, JoinArgs, JoinCoalesce, JoinType};

pub use chunk::{Chunk, ScoredSession};
pub use courses::{CourseScore, Courses, MonthOfSessions};
pub use groups::{ClientGroup, GroupKind};
pub use rating::Rating;
pub use reduce::{ByClient, Reduced};

use crate::intake::{self, Dataset, Delivery, Has, Status};
use crate::study::{Levels, Measure, Modality, Month, Study};

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
    /// Rows of the sessions file that were never filled in, and are no sessions.
    pub placeholder_rows: u64,
    pub outcome_rows: u64,
    /// Clients of the outcomes file.
    with_outcomes: usize,
    /// Columns not used, of the sessions and of the outcomes file.
    pub unused_columns: [Vec<String>; 2],
    /// The two files as they were read.
    sources: [intake::Input; 2],
}

/// What is known of each client with regard to one outcome measure; scores are oriented.
pub struct Sample {
    pub pre: Vec<Option<f64>>,
    pub post: Vec<Option<f64>>,
    pub has_outcome_row: Vec<bool>,
}

/// Reads a study's files and makes the table of clients.
///
/// # Errors
/// Every problem of both files.
pub fn by_client(
    study: &Study,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Clients, intake::Problems> {
    clients(study, &ByClient::new(&study.settings), progress)
}

/// The same without the scores session by session, for those who only look whether all is there.
///
/// # Errors
/// Those of [`by_client`].
pub fn without_series(
    study: &Study,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Clients, intake::Problems> {
    let reduce = ByClient::new(&study.settings).without_series();
    clients(study, &reduce, progress)
}

fn clients(
    study: &Study,
    reduce: &ByClient,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Clients, intake::Problems> {
    let dataset = intake::read(study, reduce, progress)?;
    Ok(Clients::new(dataset).expect("tables made by intake fit together"))
}

impl Clients {
    fn new(dataset: Dataset<Reduced>) -> PolarsResult<Clients> {
        let Dataset {
            sessions,
            outcomes,
            sources,
        } = dataset;
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
        let (combinations, combination_of) = groups::combinations(&table)?;
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
            placeholder_rows: sessions.placeholders,
            outcome_rows: outcomes.rows,
            with_outcomes: from_outcomes.height(),
            unused_columns: [sessions.unused_columns, outcomes.unused_columns],
            sources,
        })
    }

    /// The SHA-256 digests of the sessions and of the outcomes file that were read, in hexadecimal.
    ///
    /// # Errors
    /// When a file is not what it was when it was read.
    pub fn digests(&self) -> Result<[String; 2], intake::Problems> {
        let digest = |input: &intake::Input| {
            let refused = |problem| intake::Problems::of_file(input.path(), problem);
            input.digest().map_err(refused)
        };
        let [sessions, outcomes] = &self.sources;
        Ok([digest(sessions)?, digest(outcomes)?])
    }

    pub fn len(&self) -> usize {
        self.table.height()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Clients in both files, and in one of them only.
    pub fn in_both_files(&self) -> (usize, usize) {
        let with_sessions = self.place.iter().flatten().count();
        let both = with_sessions + self.with_outcomes - self.len();
        (both, self.len() - both)
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
