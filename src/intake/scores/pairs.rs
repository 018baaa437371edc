//! Scores before and after treatment of the same clients: what the export puts where nobody was asked a
//! second time.

use super::super::outcome_row::{OutcomeRow, Status};
use super::super::problem::Problem;
use super::{ScoreColumn, share};
use crate::study::{ScoresOf, WhatIsRight};

/// METHOD: fewer pairs, or fewer different scores, tell nothing; of questionnaires of a few steps many
/// clients have the same score twice.
const FEWEST_PAIRS: usize = 20;
const FEWEST_SCORES: usize = 8;
/// So large a share with the score before treatment once more, and so many times as many as have any
/// other change: of simulated files of eight questionnaires, .03 % at 30 clients and none at 100 or 300.
const EQUAL: f64 = 0.15;
const ABOVE_OTHER_CHANGES: u64 = 3;
/// Of those who left: so many, so large a share of them, and at most so large a share of the others.
const FEWEST_LEAVERS: u64 = 5;
const OF_LEAVERS: f64 = 0.7;
const OF_OTHERS: f64 = 0.35;

/// The rows of one questionnaire that have a score after treatment.
pub(in super::super) struct Pairs {
    rows: Vec<Pair>,
}

#[derive(Clone, Copy)]
struct Pair {
    line: u64,
    pre: Option<f64>,
    post: f64,
    has_left: bool,
}

/// The one score after treatment that nearly all have who left.
pub(super) struct SameOfLeavers {
    pub value: f64,
    count: u64,
    leavers: u64,
    first: u64,
}

impl SameOfLeavers {
    /// The scores of those who left.
    pub fn of(&self, post: &ScoreColumn) -> ScoresOf {
        post.of.clone().when(Status::DroppedOut.as_str())
    }

    pub fn problem(&self, post: &ScoreColumn) -> Problem {
        let message = format!(
            "found {} in {} of the {} rows of clients who left, as in few of the others",
            self.value, self.count, self.leavers
        );
        post.problem(self.first, message).hint(format!(
            "{}; if it is a score, {}",
            post.if_missing(&self.of(post), self.value),
            post.if_right(WhatIsRight::Score(self.value))
        ))
    }
}

impl Pairs {
    pub fn of<'a>(rows: impl Iterator<Item = &'a OutcomeRow>) -> Pairs {
        let pair = |row: &OutcomeRow| {
            Some(Pair {
                line: row.line,
                pre: row.pre,
                post: row.post?,
                has_left: row.status == Some(Status::DroppedOut),
            })
        };
        Pairs {
            rows: rows.filter_map(pair).collect(),
        }
    }

    /// Have so few different scores been given that many are alike by chance?
    fn is_coarse(&self) -> bool {
        let mut scores: Vec<f64> = self
            .rows
            .iter()
            .flat_map(|row| [Some(row.post), row.pre])
            .flatten()
            .collect();
        scores.sort_by(f64::total_cmp);
        scores.dedup();
        scores.len() < FEWEST_SCORES
    }

    /// How many of those who left, and of the others, does something hold for?
    fn split(&self, holds: impl Fn(&Pair) -> bool) -> [(u64, u64); 2] {
        [true, false].map(|has_left| {
            let those = self.rows.iter().filter(|row| row.has_left == has_left);
            let all = those.clone().count() as u64;
            (those.filter(|row| holds(row)).count() as u64, all)
        })
    }

    /// Does something hold for nearly all who left, and for few of the others?
    fn is_of_leavers([(left, leavers), (stayed, others)]: [(u64, u64); 2]) -> bool {
        let share = |n: u64, of: u64| n as f64 / of as f64;
        leavers >= FEWEST_LEAVERS
            && left >= FEWEST_LEAVERS
            && share(left, leavers) >= OF_LEAVERS
            && others >= FEWEST_LEAVERS
            && share(stayed, others) <= OF_OTHERS
    }

    /// The score that nearly all who left have after treatment, unless the study says that it is right.
    pub(super) fn same_of_leavers(&self, post: &ScoreColumn) -> Option<SameOfLeavers> {
        if self.is_coarse() {
            return None;
        }
        let mut scores: Vec<f64> = self
            .rows
            .iter()
            .filter(|row| row.has_left)
            .map(|row| row.post)
            .collect();
        scores.sort_by(f64::total_cmp);
        let most = scores
            .chunk_by(|a, b| a == b)
            .max_by_key(|same| same.len())?;
        let value = most[0];
        let counts = self.split(|row| row.post == value);
        if !Pairs::is_of_leavers(counts) || post.is_right(WhatIsRight::Score(value)) {
            return None;
        }
        let with = self
            .rows
            .iter()
            .filter(|row| row.has_left && row.post == value);
        Some(SameOfLeavers {
            value,
            count: counts[0].0,
            leavers: counts[0].1,
            first: with.map(|row| row.line).min()?,
        })
    }

    /// Asks about scores after treatment that are those before once more.
    pub(super) fn equal(&self, post: &ScoreColumn) -> Option<Problem> {
        let both: Vec<(f64, &Pair)> = self
            .rows
            .iter()
            .filter_map(|row| Some((row.post - row.pre?, row)))
            .collect();
        if both.len() < FEWEST_PAIRS || self.is_coarse() || post.is_right(WhatIsRight::EqualsPre) {
            return None;
        }
        let (lowest, highest) = post.range().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        // Who was at the end of the scale and stays there has no room to change.
        let is_equal =
            |change: f64, row: &Pair| change == 0.0 && row.post > lowest && row.post < highest;
        let equal = both
            .iter()
            .filter(|(change, row)| is_equal(*change, row))
            .count() as u64;
        let mut changes: Vec<f64> = both
            .iter()
            .map(|(change, _)| *change)
            .filter(|change| *change != 0.0)
            .collect();
        changes.sort_by(f64::total_cmp);
        let runs = changes.chunk_by(|a, b| (a - b).abs() < 1e-9);
        let usual = runs.map(|same| same.len() as u64).max().unwrap_or(0);
        let is_frequent = equal as f64 >= EQUAL * both.len() as f64
            && equal >= ABOVE_OTHER_CHANGES * usual.max(2);
        let of_leavers = self.split(|row| row.pre == Some(row.post));
        let is_of_leavers = Pairs::is_of_leavers(of_leavers);
        if !is_frequent && !is_of_leavers {
            return None;
        }
        let first = both
            .iter()
            .filter(|(change, _)| *change == 0.0)
            .map(|(_, row)| row.line)
            .min()?;
        let what = if is_frequent {
            format!(
                "found the score of before treatment once more in {}; no other change is there more than {usual} times",
                share(equal, both.len() as u64)
            )
        } else {
            let (left, leavers) = of_leavers[0];
            format!(
                "found the score of before treatment once more in {left} of the {leavers} rows of clients who left, as in few of the others"
            )
        };
        Some(post.problem(first, what).hint(format!(
            "where nobody was asked a second time, leave the cell empty in the export; if these clients were asked and did not change, say so {}",
            post.if_right(WhatIsRight::EqualsPre)
        )))
    }
}
