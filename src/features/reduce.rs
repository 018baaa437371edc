//! The sessions of a client become one row: early alliance, delivery, therapist, site.
//!
//! Runs inside the reading of the file, client by client, so that sessions are never held.

use std::collections::BTreeMap;

use super::chunk::Chunk;
use super::courses::{Courses, MonthOfSessions};
use super::rating::ratings;
use crate::intake::{ClientSessions, Delivery, Reduce, Score, SessionRow};
use crate::study::{Month, PoolBy, Settings, Window};

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
            .push(rows.first().and_then(SessionRow::month));
        chunk
            .last_month
            .push(rows.last().and_then(SessionRow::month));
        for in_month in rows.chunk_by(|a, b| a.month() == b.month()) {
            if let Some(month) = in_month[0].month() {
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
                let year = rows.first().and_then(SessionRow::month).map(Month::year);
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
        if self.keeps_series {
            chunk.push_series(rows);
        }
        part.courses.add(delivery, rows, self.sessions_in_courses);
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
        whole.courses.merge(&later.courses);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Scores;

    fn row(session: u32, alliance: Option<f64>, delivery: Delivery) -> SessionRow {
        SessionRow {
            line: 0,
            session,
            day: None,
            delivery: Some(delivery),
            scores: Scores::default().with(Score::Alliance, alliance),
        }
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
