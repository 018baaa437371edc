//! One number per client of what was rated in sessions: the early alliance, and others.

use crate::intake::{Score, SessionRow};
use crate::study::Window;

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
pub(super) fn ratings(rows: &[SessionRow], window: &Window) -> [f64; Rating::ALL.len()] {
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

    fn row(session: u32, alliance: Option<f64>) -> SessionRow {
        SessionRow {
            line: 0,
            session,
            day: None,
            delivery: None,
            scores: Scores::default().with(Score::Alliance, alliance),
        }
    }

    #[test]
    fn early_alliance_is_the_mean_of_the_ratings_there_are() {
        let rows = [
            row(1, Some(40.0)),
            row(2, None),
            row(5, Some(50.0)),
            row(6, Some(10.0)),
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
}
