//! What only all sessions of a client together can tell: sessions that are there twice, treatments that begin
//! again, dates that run against the numbers, numbers that begin beyond the window of the early alliance.

use std::collections::BTreeMap;

use super::problem::{FileProblems, Problem};
use super::session_row::{Reading, Score, SessionRow};
use crate::study::Window;

/// Fewer clients whose dates run backwards may be typing errors.
const FEWEST_BACKWARDS: u64 = 3;

/// What was met in the clients so far.
#[derive(Clone, Debug, Default)]
pub(super) struct WholeClients {
    clients: u64,
    twice: FileProblems,
    /// Clients with a second treatment.
    again: Met,
    /// Clients with two dated sessions or more.
    dated: u64,
    /// Those of them with a day that lies before that of an earlier session.
    backwards: Met,
    /// Clients by the number of their first session: the numbers of all, and those beyond the window.
    first_numbers: BTreeMap<u32, Met>,
    highest: u32,
}

/// Clients met, and the first line of the first of them.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    clients: u64,
    line: Option<u64>,
}

impl Met {
    fn add(&mut self, line: u64) {
        self.merge(Met {
            clients: 1,
            line: Some(line),
        });
    }

    fn merge(&mut self, later: Met) {
        self.clients += later.clients;
        self.line = [self.line, later.line].into_iter().flatten().min();
    }

    fn moved(self, lines: u64) -> Met {
        Met {
            line: self.line.map(|line| line + lines),
            ..self
        }
    }
}

impl WholeClients {
    /// Sorts the rows of a client by session; keeps one of each, and none that was never filled in.
    pub fn order(&mut self, rows: &mut Vec<SessionRow>, reading: &Reading) {
        if !rows.is_sorted_by(|a, b| a.session < b.session) {
            rows.sort_by_key(|row| (row.session, row.line));
        }
        if rows
            .windows(2)
            .any(|pair| pair[0].session == pair[1].session)
        {
            match begins_again(rows) {
                Some(line) => {
                    self.again.add(line);
                    rows.dedup_by_key(|row| row.session);
                }
                None => self.drop_twins(rows, reading.field("session")),
            }
        }
        rows.retain(|row| !reading.is_placeholder(row));
        self.look(rows);
    }

    fn drop_twins(&mut self, rows: &mut Vec<SessionRow>, column: usize) {
        rows.dedup_by(|row, kept| {
            let is_twice = row.session == kept.session;
            if is_twice {
                let message = format!("session {} of this client is there twice", row.session);
                let above = row.line - kept.line;
                let plural = if above == 1 { "" } else { "s" };
                let hint = format!("the first is {above} line{plural} above");
                let problem = Problem::new(row.line, column, "session", message);
                self.twice.push(problem.hint(hint));
            }
            is_twice
        });
    }

    fn look(&mut self, rows: &[SessionRow]) {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return;
        };
        self.clients += 1;
        self.highest = self.highest.max(last.session);
        self.first_numbers
            .entry(first.session)
            .or_default()
            .add(first.line);
        let mut days = rows.iter().filter_map(|row| row.day);
        if let Some(mut before) = days.next() {
            let (mut is_dated, mut is_backwards) = (false, false);
            for day in days {
                is_dated = true;
                is_backwards |= day < before;
                before = day;
            }
            self.dated += u64::from(is_dated);
            if is_backwards {
                self.backwards.add(first.line);
            }
        }
    }

    /// Adds the clients of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: WholeClients, first_line: u64) {
        self.clients += later.clients;
        self.twice.append(later.twice, first_line);
        self.again.merge(later.again.moved(first_line));
        self.dated += later.dated;
        self.backwards.merge(later.backwards.moved(first_line));
        for (number, met) in later.first_numbers {
            let known = self.first_numbers.entry(number).or_default();
            known.merge(met.moved(first_line));
        }
        self.highest = self.highest.max(later.highest);
    }

    /// Clients with two dated sessions or more.
    pub fn dated(&self) -> u64 {
        self.dated
    }

    /// Says what is wrong; `session` and `date` are the columns.
    pub fn report(self, window: Window, session: usize, date: usize, problems: &mut FileProblems) {
        let again = &self.again;
        if let Some(line) = again.line {
            let who = match again.clients {
                1 => "1 client has".to_owned(),
                n => format!("{n} clients have"),
            };
            let message = format!(
                "treatments begin again: {who} a second one, whose sessions count from 1 anew; expected one treatment per client"
            );
            problems.push(Problem::new(line, session, "session", message).hint(TREATMENTS));
        }
        if let Some(line) = self.backwards.line
            && self.backwards.clients >= FEWEST_BACKWARDS
            && 2 * self.backwards.clients > self.dated
        {
            let message = format!(
                "found days that run against the numbers of the sessions in {} of {} clients: a later session has an earlier day",
                self.backwards.clients, self.dated
            );
            problems.push(Problem::new(line, date, "date", message).hint(
                "are sessions numbered from the last one back, or are day and month swapped in the export? Number the sessions of a client in their order, and say how days are written: [files] dates = \"dd.mm.yyyy\" or \"mm/dd/yyyy\"",
            ));
        }
        self.beyond_the_window(window, session, problems);
        problems.append(self.twice, 0);
    }

    /// Most clients begin with a session that lies beyond the window: they would be left out one by one.
    fn beyond_the_window(&self, window: Window, session: usize, problems: &mut FileProblems) {
        let mut beyond = Met::default();
        for (_, met) in self.first_numbers.range(window.last_session + 1..) {
            beyond.merge(*met);
        }
        let (Some(line), Some(lowest)) = (beyond.line, self.first_numbers.keys().next()) else {
            return;
        };
        if 2 * beyond.clients <= self.clients {
            return;
        }
        let Window {
            first_session,
            last_session,
            ..
        } = window;
        let who = if beyond.clients == self.clients {
            "no client has a session".to_owned()
        } else {
            format!(
                "{} of {} clients have no session",
                beyond.clients, self.clients
            )
        };
        let message = format!(
            "{who} up to number {last_session}, where the early alliance is rated (sessions {first_session} to {last_session}): the numbers run from {lowest} to {}",
            self.highest
        );
        problems.push(Problem::new(line, session, "session", message).hint(
            "number the sessions of each client from 1 (a running number of the whole file is not the session of a client); where the numbers are right, say which sessions count: [early_alliance] first_session = …, last_session = … in the study file",
        ));
    }
}

/// How to go on where a client has two treatments.
pub(super) const TREATMENTS: &str = "give each treatment a client code of its own in both files, such as 17-1 and 17-2 for the two of client 17; each is then analysed like a client";

/// The line on which a second treatment begins, where the rows of a client are those of several: put in the order
/// of their days, or else of the file, the numbers begin again at 1 or 2. Copies of the same rows are none.
fn begins_again(rows: &[SessionRow]) -> Option<u64> {
    let mut in_time = rows.to_vec();
    if in_time.iter().all(|row| row.day.is_some()) {
        in_time.sort_by_key(|row| (row.day, row.line));
    } else {
        in_time.sort_by_key(|row| row.line);
    }
    let treatments: Vec<&[SessionRow]> = in_time.chunk_by(|a, b| a.session < b.session).collect();
    let (first, others) = treatments.split_first()?;
    let scores = |row: &SessionRow| Score::ALL.map(|score| row.scores.of(score));
    let is_copy = |row: &SessionRow| {
        let mut known = first.iter();
        known.any(|other| {
            (other.session, other.day, scores(other)) == (row.session, row.day, scores(row))
        })
    };
    let is_treatment = |rows: &&[SessionRow]| rows[0].session <= 2 && !rows.iter().all(is_copy);
    let begins = others.first()?[0].line;
    (first.len() >= 2 && others.iter().all(is_treatment)).then_some(begins)
}
