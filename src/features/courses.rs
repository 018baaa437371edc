//! What is added up over clients: scores session by session, and what happened in each month.

use crate::intake::{Delivery, Score, SessionRow};
use crate::stats::numeric::moments::Moments;

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

    /// Adds the scores of a client's first so many sessions.
    pub(super) fn add(&mut self, delivery: Option<Delivery>, rows: &[SessionRow], sessions: usize) {
        let cells = &mut self.cells[delivery_index(delivery)];
        let shown = |row: &&SessionRow| row.session as usize <= sessions;
        for row in rows.iter().take_while(shown) {
            let session = row.session as usize;
            let scores = [Score::Alliance, Score::Symptom].map(|s| row.scores.of(s));
            for (cell, score) in cells.iter_mut().zip(scores) {
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

    pub(super) fn merge(&mut self, later: &Courses) {
        let ours = self.cells.iter_mut().flatten();
        for (cell, other) in ours.zip(later.cells.iter().flatten()) {
            if cell.len() < other.len() {
                cell.resize(other.len(), Moments::empty());
            }
            for (moments, more) in cell.iter_mut().zip(other) {
                *moments = moments.merge(more);
            }
        }
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

/// The sessions of a month, and the clients behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthOfSessions {
    pub sessions: u64,
    pub rated: u64,
    /// Clients with a session that was rated, and with one that was not.
    pub clients: [u64; 2],
}

impl MonthOfSessions {
    pub(super) fn add(&mut self, other: &MonthOfSessions) {
        self.sessions += other.sessions;
        self.rated += other.rated;
        for (sum, more) in self.clients.iter_mut().zip(other.clients) {
            *sum += more;
        }
    }

    /// Those of one client in one month.
    pub(super) fn of(rows: &[SessionRow]) -> MonthOfSessions {
        let sessions = rows.len() as u64;
        let is_rated = |row: &&SessionRow| row.scores.of(Score::Alliance).is_some();
        let rated = rows.iter().filter(is_rated).count() as u64;
        let some = |n: u64| u64::from(n > 0);
        MonthOfSessions {
            sessions,
            rated,
            clients: [some(rated), some(sessions - rated)],
        }
    }
}
