//! The sessions of a client become one row: early alliance, delivery, therapist, site.
//!
//! Runs inside the reading of the file, client by client, so that sessions are never held.

use std::collections::BTreeMap;

use crate::intake::{ClientSessions, Delivery, Reduce, Score, SessionRow};
use crate::stats::numeric::moments::Moments;
use crate::study::{Month, PoolBy, Settings, Window};

/// One number of a client, made of what was rated in sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rating {
    /// The alliance: the mean of the study's window.
    Early,
    /// The alliance in other sessions.
    Session3,
    Sessions1To3,
    Sessions3To5,
    Last,
    /// Other scores: the mean of the study's window.
    Empathy,
    Technique,
    Heard,
    Safe,
    Seen,
    HeardInSession3,
    SafeInSession3,
    SeenInSession3,
}

impl Rating {
    pub const ALL: [Rating; 13] = [
        Rating::Early,
        Rating::Session3,
        Rating::Sessions1To3,
        Rating::Sessions3To5,
        Rating::Last,
        Rating::Empathy,
        Rating::Technique,
        Rating::Heard,
        Rating::Safe,
        Rating::Seen,
        Rating::HeardInSession3,
        Rating::SafeInSession3,
        Rating::SeenInSession3,
    ];
}

/// Reduces sessions by the settings of a study.
#[derive(Clone, Debug)]
pub struct ByClient {
    window: Window,
    delivery_share: f64,
    sessions_in_courses: usize,
    pool_by: PoolBy,
    keeps_series: bool,
}

impl ByClient {
    pub fn new(settings: &Settings) -> ByClient {
        ByClient {
            window: settings.early_alliance,
            delivery_share: settings.delivery_share,
            sessions_in_courses: settings.sessions_in_courses as usize,
            pool_by: settings.pool_by,
            keeps_series: true,
        }
    }

    /// The same without the scores session by session, for those who only count.
    pub fn without_series(self) -> ByClient {
        ByClient {
            keeps_series: false,
            ..self
        }
    }
}

/// The clients of a file, reduced: one chunk per part of the file.
#[derive(Default)]
pub struct Reduced {
    pub chunks: Vec<Chunk>,
    pub courses: Courses,
    /// What happened in each month.
    pub months: BTreeMap<Month, MonthOfSessions>,
}

/// The sessions of a month, and the clients behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthOfSessions {
    pub sessions: u64,
    pub rated: u64,
    /// Sessions with a recorded delivery, and those of them that were online.
    pub delivered: u64,
    pub online: u64,
    /// Clients with a session that was rated, not rated, online, not online.
    pub clients: [u64; 4],
}

impl MonthOfSessions {
    fn add(&mut self, other: &MonthOfSessions) {
        self.sessions += other.sessions;
        self.rated += other.rated;
        self.delivered += other.delivered;
        self.online += other.online;
        for (sum, more) in self.clients.iter_mut().zip(other.clients) {
            *sum += more;
        }
    }

    /// Those of one client in one month.
    fn of(rows: &[SessionRow]) -> MonthOfSessions {
        let count =
            |is: &dyn Fn(&SessionRow) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
        let sessions = rows.len() as u64;
        let rated = count(&|row| row.scores.of(Score::Alliance).is_some());
        let delivered = count(&|row| row.delivery.is_some());
        let online = count(&|row| row.delivery == Some(Delivery::Online));
        let some = |n: u64| u64::from(n > 0);
        MonthOfSessions {
            sessions,
            rated,
            delivered,
            online,
            clients: [
                some(rated),
                some(sessions - rated),
                some(online),
                some(delivered - online),
            ],
        }
    }
}

/// Clients in columns; a missing score is NaN and never leaves this module.
#[derive(Default)]
pub struct Chunk {
    ids: Texts,
    first_lines: Vec<u64>,
    pub sessions: Vec<u32>,
    /// Sessions inside the window of the early alliance, and those of them with a rating.
    pub in_window: Vec<u32>,
    pub rated_in_window: Vec<u32>,
    pub last_session: Vec<u32>,
    pub delivery: Vec<Option<Delivery>>,
    /// The months of each client's first and last session.
    pub first_month: Vec<Option<Month>>,
    pub last_month: Vec<Option<Month>>,
    therapists: Texts,
    units: Texts,
    ratings: [Vec<f64>; Rating::ALL.len()],
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
struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) {
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

/// Mean scores session by session, by the client's delivery.
#[derive(Clone, Debug, Default)]
pub struct Courses {
    /// `[delivery][score][session − 1]`; delivery 0 is "not recorded".
    cells: [[Vec<Moments>; 2]; 4],
}

/// The scores that have a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CourseScore {
    Alliance,
    Symptom,
}

impl Courses {
    /// The clients with a rating in each session, from session 1.
    pub fn of(&self, delivery: Option<Delivery>, score: CourseScore) -> &[Moments] {
        &self.cells[delivery_index(delivery)][score as usize]
    }
}

fn delivery_index(delivery: Option<Delivery>) -> usize {
    match delivery {
        None => 0,
        Some(Delivery::Online) => 1,
        Some(Delivery::InPerson) => 2,
        Some(Delivery::Hybrid) => 3,
    }
}

impl Reduce for ByClient {
    type Part = Reduced;

    fn start(&self) -> Reduced {
        Reduced::default()
    }

    fn client(&self, part: &mut Reduced, client: ClientSessions) {
        let rows = client.rows;
        if part.chunks.is_empty() {
            part.chunks.push(Chunk::default());
        }
        let chunk = &mut part.chunks[0];
        chunk.ids.push(client.id);
        chunk.first_lines.push(client.first_line);
        chunk.sessions.push(rows.len() as u32);
        let window = &self.window;
        let inside = || {
            rows.iter()
                .filter(|row| (window.first_session..=window.last_session).contains(&row.session))
        };
        chunk.in_window.push(inside().count() as u32);
        chunk.rated_in_window.push(
            inside()
                .filter(|row| row.scores.of(Score::Alliance).is_some())
                .count() as u32,
        );
        chunk
            .last_session
            .push(rows.last().map_or(0, |row| row.session));
        chunk
            .first_month
            .push(rows.first().and_then(|row| row.month));
        chunk.last_month.push(rows.last().and_then(|row| row.month));
        for in_month in rows.chunk_by(|a, b| a.month == b.month) {
            if let Some(month) = in_month[0].month {
                let known = part.months.entry(month).or_default();
                known.add(&MonthOfSessions::of(in_month));
            }
        }
        let delivery = self.delivery(rows);
        chunk.delivery.push(delivery);
        // METHOD: therapist and site are those of the client's first session.
        chunk.therapists.push(client.therapist.unwrap_or_default());
        match self.pool_by {
            PoolBy::Site => chunk.units.push(client.site.unwrap_or_default()),
            PoolBy::Year => {
                let year = rows.first().and_then(|row| row.month).map(Month::year);
                chunk
                    .units
                    .push(&year.map_or_else(String::new, |year| year.to_string()));
            }
            // Therapists are never told apart in a report.
            PoolBy::Therapist => chunk.units.push(""),
        }
        for (column, value) in chunk.ratings.iter_mut().zip(ratings(rows, window)) {
            column.push(value);
        }
        let scores = |row: &SessionRow| [Score::Alliance, Score::Symptom].map(|s| row.scores.of(s));
        if self.keeps_series {
            chunk.series.extend(rows.iter().filter_map(|row| {
                let [alliance, symptom] = scores(row);
                (alliance.is_some() || symptom.is_some()).then(|| Scored {
                    session: row.session,
                    alliance: alliance.unwrap_or(f64::NAN),
                    symptom: symptom.unwrap_or(f64::NAN),
                })
            }));
            chunk.series_ends.push(chunk.series.len() as u32);
        }
        let cells = &mut part.courses.cells[delivery_index(delivery)];
        for row in rows
            .iter()
            .take_while(|row| row.session as usize <= self.sessions_in_courses)
        {
            let session = row.session as usize;
            for (cell, score) in cells.iter_mut().zip(scores(row)) {
                if let Some(score) = score {
                    if cell.len() < session {
                        cell.resize(session, Moments::empty());
                    }
                    cell[session - 1]
                        .insert(&[score])
                        .expect("scores are finite");
                }
            }
        }
    }

    fn merge(&self, whole: &mut Reduced, later: Reduced, first_line: u64) {
        for mut chunk in later.chunks {
            for line in &mut chunk.first_lines {
                *line += first_line;
            }
            whole.chunks.push(chunk);
        }
        for (month, more) in later.months {
            whole.months.entry(month).or_default().add(&more);
        }
        let cells = whole
            .courses
            .cells
            .iter_mut()
            .zip(later.courses.cells)
            .flat_map(|(a, b)| a.iter_mut().zip(b));
        for (cell, other) in cells {
            if cell.len() < other.len() {
                cell.resize(other.len(), Moments::empty());
            }
            for (moments, more) in cell.iter_mut().zip(&other) {
                *moments = moments.merge(more);
            }
        }
    }

    fn clients<'a>(&self, part: &'a Reduced) -> impl Iterator<Item = (&'a str, u64)> {
        part.chunks
            .iter()
            .flat_map(|chunk| chunk.ids().zip(chunk.first_lines.iter().copied()))
    }
}

impl ByClient {
    /// Online or in person when at least the study's share of the sessions was; otherwise hybrid.
    fn delivery(&self, rows: &[SessionRow]) -> Option<Delivery> {
        let known: usize = rows.iter().filter(|row| row.delivery.is_some()).count();
        if known == 0 {
            return None;
        }
        // METHOD: the share is of the sessions whose delivery is recorded; 4 of 5 reach 80 %.
        let needed = self.delivery_share * known as f64 - 1e-9;
        let is_mostly = |delivery| {
            rows.iter()
                .filter(|row| row.delivery == Some(delivery))
                .count() as f64
                >= needed
        };
        Some(if is_mostly(Delivery::Online) {
            Delivery::Online
        } else if is_mostly(Delivery::InPerson) {
            Delivery::InPerson
        } else {
            Delivery::Hybrid
        })
    }
}

/// Sums up the scores of some sessions.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    n: u32,
}

impl Mean {
    fn add(&mut self, score: Option<f64>) {
        if let Some(x) = score {
            self.sum += x;
            self.n += 1;
        }
    }

    /// NaN where fewer than so many sessions have a score.
    fn of_at_least(self, fewest: u32) -> f64 {
        if self.n >= fewest.max(1) {
            self.sum / f64::from(self.n)
        } else {
            f64::NAN
        }
    }
}

/// Every rating of a client, in the order of [`Rating::ALL`]; NaN where there is none. One pass over
/// the sessions, which are in order.
fn ratings(rows: &[SessionRow], window: &Window) -> [f64; Rating::ALL.len()] {
    let mut means = [Mean::default(); Rating::ALL.len()];
    let mut last = f64::NAN;
    for row in rows {
        let alliance = row.scores.of(Score::Alliance);
        last = alliance.unwrap_or(last);
        let mut add = |rating: Rating, score| means[rating as usize].add(score);
        let session = row.session;
        if (window.first_session..=window.last_session).contains(&session) {
            add(Rating::Early, alliance);
            for (rating, score) in [
                (Rating::Empathy, Score::Empathy),
                (Rating::Technique, Score::Technique),
                (Rating::Heard, Score::Heard),
                (Rating::Safe, Score::Safe),
                (Rating::Seen, Score::Seen),
            ] {
                add(rating, row.scores.of(score));
            }
        }
        if session == 3 {
            for (rating, score) in [
                (Rating::Session3, Score::Alliance),
                (Rating::HeardInSession3, Score::Heard),
                (Rating::SafeInSession3, Score::Safe),
                (Rating::SeenInSession3, Score::Seen),
            ] {
                add(rating, row.scores.of(score));
            }
        }
        if (1..=3).contains(&session) {
            add(Rating::Sessions1To3, alliance);
        }
        if (3..=5).contains(&session) {
            add(Rating::Sessions3To5, alliance);
        }
    }
    Rating::ALL.map(|rating| {
        let mean = means[rating as usize];
        match rating {
            Rating::Last => last,
            Rating::Early
            | Rating::Empathy
            | Rating::Technique
            | Rating::Heard
            | Rating::Safe
            | Rating::Seen => mean.of_at_least(window.fewest_ratings),
            _ => mean.of_at_least(1),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Scores;

    fn row(session: u32, alliance: Option<f64>, delivery: Delivery) -> SessionRow {
        SessionRow {
            line: 0,
            session,
            month: None,
            delivery: Some(delivery),
            scores: Scores::default().with(Score::Alliance, alliance),
        }
    }

    #[test]
    fn early_alliance_is_the_mean_of_the_ratings_there_are() {
        let rows = [
            row(1, Some(40.0), Delivery::Online),
            row(2, None, Delivery::Online),
            row(5, Some(50.0), Delivery::Online),
            row(6, Some(10.0), Delivery::Online),
        ];
        let early = |fewest_ratings| {
            let window = Window {
                first_session: 1,
                last_session: 5,
                fewest_ratings,
            };
            ratings(&rows, &window)
        };
        let of = |ratings: [f64; 13], rating: Rating| ratings[rating as usize];
        assert_eq!(of(early(1), Rating::Early), 45.0);
        assert!(of(early(3), Rating::Early).is_nan());
        assert!(of(early(1), Rating::Session3).is_nan());
        assert_eq!(of(early(1), Rating::Last), 10.0);
        assert!(of(early(1), Rating::Empathy).is_nan());
    }

    #[test]
    fn four_of_five_sessions_make_a_client_online() {
        let by_client = ByClient {
            window: Window {
                first_session: 1,
                last_session: 5,
                fewest_ratings: 1,
            },
            delivery_share: 0.8,
            sessions_in_courses: 3,
            pool_by: PoolBy::Site,
            keeps_series: true,
        };
        let mut rows: Vec<SessionRow> = (1..=5).map(|s| row(s, None, Delivery::Online)).collect();
        rows[4].delivery = Some(Delivery::InPerson);
        assert_eq!(by_client.delivery(&rows), Some(Delivery::Online));
        rows[3].delivery = Some(Delivery::InPerson);
        assert_eq!(by_client.delivery(&rows), Some(Delivery::Hybrid));
        rows.iter_mut().for_each(|row| row.delivery = None);
        assert_eq!(by_client.delivery(&rows), None);
    }
}
