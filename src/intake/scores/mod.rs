//! Columns of scores: what a cell of one is, and what the whole column tells that no cell can.
//!
//! A code for "missing" inside a questionnaire's range, items coded from 1 instead of 0, another form of
//! the questionnaire: each score is possible and all together are not. Every column is tallied while it
//! is read, and what looks wrong is asked about, never mended.

mod outside;
mod pairs;
mod placeholder;
mod shift;
mod tally;

use super::outcome_row::Status;
use super::problem::Problem;
use crate::study::{Catalogue, Measure, ScoresOf, Study, WhatIsRight};
pub(super) use pairs::Pairs;
pub(super) use tally::{Met, Tally};

/// A column of scores of one questionnaire, and what the study says of it.
pub(super) struct ScoreColumn<'a> {
    /// The field, counted from 1.
    column: usize,
    measure: Option<&'a Measure>,
    of: ScoresOf,
    study: &'a Study,
    /// Numbers that mean "missing" in every column.
    everywhere: Vec<f64>,
    /// Those of this column, some only for clients whose treatment ended in one way.
    codes: Vec<(f64, Option<&'static str>)>,
    right: Vec<WhatIsRight>,
    /// Is there no number that means "missing"? Most columns have none.
    has_no_code: bool,
}

impl<'a> ScoreColumn<'a> {
    /// A column of the sessions file, at a position counted from 0.
    pub fn of_sessions(
        study: &'a Study,
        field: &'static str,
        at: usize,
        measure: Option<&'a Measure>,
    ) -> ScoreColumn<'a> {
        ScoreColumn::new(study, ScoresOf::column(field), at, measure)
    }

    /// The scores of one questionnaire in a column of the outcomes file.
    pub fn of_outcomes(
        study: &'a Study,
        field: &'static str,
        at: usize,
        measure: &'a Measure,
    ) -> ScoreColumn<'a> {
        let of = ScoresOf::column(field).of(&measure.name);
        ScoreColumn::new(study, of, at, Some(measure))
    }

    fn new(
        study: &'a Study,
        of: ScoresOf,
        at: usize,
        measure: Option<&'a Measure>,
    ) -> ScoreColumn<'a> {
        let declared = &study.sources.declared;
        let name = measure.map(|measure| measure.name.as_str());
        let everywhere = study.sources.missing_numbers();
        let codes = declared.codes_in(of.column, name);
        ScoreColumn {
            column: at + 1,
            measure,
            study,
            has_no_code: everywhere.is_empty() && codes.is_empty(),
            everywhere,
            codes,
            right: declared.right_in(of.column, name),
            of,
        }
    }

    /// An empty tally of such scores.
    pub fn tally(&self) -> Tally {
        Tally::new(self.measure)
    }

    /// The position, counted from 0.
    pub fn at(&self) -> usize {
        self.column - 1
    }

    pub fn field(&self) -> &'static str {
        self.of.column
    }

    /// The score that a number in a row is, or `None` where it means "missing" or is impossible.
    #[inline]
    pub fn score(
        &self,
        tally: &mut Tally,
        number: f64,
        text: &[u8],
        line: u64,
        status: Option<Status>,
    ) -> Option<f64> {
        if !self.has_no_code && self.is_missing(tally, number, line, status) {
            return None;
        }
        if self.measure.is_some_and(|measure| !measure.admits(number)) {
            tally.outside(number, text, line);
            return None;
        }
        tally.add(number, line);
        Some(number)
    }

    fn is_missing(
        &self,
        tally: &mut Tally,
        number: f64,
        line: u64,
        status: Option<Status>,
    ) -> bool {
        if self.is_right(WhatIsRight::Score(number)) {
            return false;
        }
        let status = status.map(Status::as_str);
        let is_code = |code: &(f64, Option<&str>)| {
            code.0 == number && code.1.is_none_or(|when| status == Some(when))
        };
        if self.codes.iter().any(is_code) {
            return true;
        }
        let is_everywhere = self.everywhere.contains(&number);
        if is_everywhere {
            tally.left_out(number, line);
        }
        is_everywhere
    }

    fn is_right(&self, what: WhatIsRight) -> bool {
        self.right.contains(&what)
    }

    /// The lowest and the highest possible score, where they are known.
    fn range(&self) -> Option<(f64, f64)> {
        self.measure.and_then(Measure::range)
    }

    fn catalogue(&self) -> &'a Catalogue {
        &self.study.catalogue
    }

    fn problem(&self, line: u64, message: String) -> Problem {
        Problem::new(line, self.column, self.of.column, message)
    }

    /// What to do when a number means "missing" in this column.
    fn if_missing(&self, of: &ScoresOf, code: f64) -> String {
        let line = self.study.sources.declared.with_code(of, code);
        format!(
            "if {code} means \"missing\" here, say so in the study file, under [files.missing_in]: {line}"
        )
    }

    /// What to do when something that is asked about is right.
    fn if_right(&self, what: WhatIsRight) -> String {
        let line = self.study.sources.declared.with_right(&self.of, what);
        format!("in the study file, under [files.right]: {line}")
    }

    /// What all scores of the column together tell; `tally` is that of the whole file.
    pub fn problems(&self, tally: &Tally) -> Vec<Problem> {
        let mut problems = self.lost(tally);
        problems.extend(outside::problems(self, tally));
        let placeholders = placeholder::problems(self, tally, None);
        problems.extend(placeholders.into_iter().map(|(_, problem)| problem));
        problems.extend(shift::problem(self, tally, tally));
        problems.extend(shift::means(self, tally));
        problems
    }

    /// Possible scores that a number declared for every column takes away.
    fn lost(&self, tally: &Tally) -> Vec<Problem> {
        let mut lost: Vec<_> = tally.left_out_numbers().collect();
        lost.retain(|(number, _)| tally.may_be_score(*number, self.range()));
        let problem = |(number, met): (f64, Met)| {
            let range = match (self.measure, self.measure.and_then(Measure::range_in_words)) {
                (Some(measure), Some(range)) => {
                    format!("a possible score ({}, {range})", measure.name)
                }
                _ => "among the other scores of this column".into(),
            };
            let message = format!(
                "found {number} in {}, which [files] missing takes for \"missing\" in every column; here it is {range}",
                rows(met.count)
            );
            self.problem(met.first, message).hint(format!(
                "take {number} out of [files] missing and say for each column what it is: where it means \"missing\" here, under [files.missing_in]: {}; where it is a score here, it needs no word more",
                self.study.sources.declared.with_code(&self.of, number),
            ))
        };
        lost.into_iter().map(problem).collect()
    }
}

/// What the scores of one questionnaire in the outcomes tell, before and after treatment together.
pub(super) fn problems_of_outcomes(
    columns: &[ScoreColumn; 2],
    tallies: &[Tally; 2],
    pairs: &Pairs,
) -> Vec<Problem> {
    let [pre, post] = columns;
    let leavers = pairs.same_of_leavers(post);
    let mut problems = Vec::new();
    for (column, tally) in columns.iter().zip(tallies) {
        problems.extend(column.lost(tally));
        problems.extend(outside::problems(column, tally));
        problems.extend(shift::means(column, tally));
    }
    let before = placeholder::problems(pre, &tallies[0], None);
    let after = placeholder::problems(post, &tallies[1], leavers.as_ref());
    let is_asked = after.iter().any(|(number, _)| {
        let same = leavers.as_ref();
        same.is_some_and(|same| same.value == *number)
    });
    let placeholders = before.into_iter().chain(after);
    problems.extend(placeholders.map(|(_, problem)| problem));
    problems.extend(leavers.filter(|_| !is_asked).map(|same| same.problem(post)));
    problems.extend(pairs.equal(post));
    problems.extend(shift::of_outcomes(columns, tallies));
    problems
}

/// `1 row`, `12 rows`
fn rows(count: u64) -> String {
    if count == 1 {
        "1 row".into()
    } else {
        format!("{count} rows")
    }
}

/// `12 of 80 scores (15 %)`
fn share(count: u64, of: u64) -> String {
    let percent = 100.0 * count as f64 / of as f64;
    let percent = if percent < 1.0 {
        "less than 1 %".into()
    } else {
        format!("{percent:.0} %")
    };
    format!("{count} of {of} scores ({percent})")
}
