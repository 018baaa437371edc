//! The clients of a part of the sessions file, in columns.

use super::rating::Rating;
use crate::intake::{Delivery, Score, SessionRow};
use crate::study::Month;

/// Clients in columns; a missing score is NaN and never leaves this floor.
#[derive(Default)]
pub struct Chunk {
    pub(super) ids: Texts,
    pub(super) first_lines: Vec<u64>,
    pub sessions: Vec<u32>,
    /// Sessions inside the window of the early alliance, and those of them with a rating.
    pub in_window: Vec<u32>,
    pub rated_in_window: Vec<u32>,
    pub last_session: Vec<u32>,
    pub delivery: Vec<Option<Delivery>>,
    /// The months of each client's first and last session.
    pub first_month: Vec<Option<Month>>,
    pub last_month: Vec<Option<Month>>,
    pub(super) therapists: Texts,
    pub(super) units: Texts,
    pub(super) ratings: [Vec<f64>; Rating::ALL.len()],
    /// The scored sessions of all clients, one after the other, and where those of each end.
    series: Vec<Scored>,
    series_ends: Vec<u32>,
}

/// A session with a score; a missing one is NaN.
#[derive(Clone, Copy, Debug)]
struct Scored {
    session: u32,
    alliance: f64,
    symptom: f64,
}

/// A session of a client with at least one score, as recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredSession {
    pub session: u32,
    pub alliance: Option<f64>,
    pub symptom: Option<f64>,
}

impl Chunk {
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter()
    }

    /// Clients in this chunk.
    pub fn clients(&self) -> usize {
        self.sessions.len()
    }

    /// The scored sessions of a client of this chunk, by number.
    pub fn series(&self, client: usize) -> impl Iterator<Item = ScoredSession> {
        let end = |i: usize| self.series_ends.get(i).map_or(0, |end| *end as usize);
        let start = client.checked_sub(1).map_or(0, end);
        let score = |x: f64| Some(x).filter(|x| !x.is_nan());
        self.series[start..end(client)]
            .iter()
            .map(move |row| ScoredSession {
                session: row.session,
                alliance: score(row.alliance),
                symptom: score(row.symptom),
            })
    }

    /// The scored sessions of the next client.
    pub(super) fn push_series(&mut self, rows: &[SessionRow]) {
        self.series.extend(rows.iter().filter_map(|row| {
            let [alliance, symptom] =
                [Score::Alliance, Score::Symptom].map(|score| row.scores.of(score));
            (alliance.is_some() || symptom.is_some()).then(|| Scored {
                session: row.session,
                alliance: alliance.unwrap_or(f64::NAN),
                symptom: symptom.unwrap_or(f64::NAN),
            })
        }));
        self.series_ends.push(self.series.len() as u32);
    }

    /// The therapist of each client's first session, where one is recorded.
    pub fn therapists(&self) -> impl Iterator<Item = Option<&str>> {
        self.therapists
            .iter()
            .map(|name| Some(name).filter(|name| !name.is_empty()))
    }

    /// The site or the year of each client's first session, whichever the study pools by.
    pub fn units(&self) -> impl Iterator<Item = Option<&str>> {
        self.units
            .iter()
            .map(|name| Some(name).filter(|name| !name.is_empty()))
    }

    /// One number of a client.
    pub fn rating(&self, which: Rating, client: usize) -> Option<f64> {
        Some(self.ratings[which as usize][client]).filter(|x| !x.is_nan())
    }
}

/// Many short texts in one, so that a million clients need no million allocations.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.all[start as usize..*end as usize])
    }
}
