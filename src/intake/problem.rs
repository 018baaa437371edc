//! What is wrong with the data, where, and what to do about it.
//!
//! Every problem of every file is collected and printed like a compiler prints errors; a value
//! from a column that may identify a person is never repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;

use serde::Serialize;

/// Problems kept per file, the first by line; further ones are counted.
pub const KEPT_PER_FILE: usize = 1000;
/// Below a list of more problems their hints are said again.
const LONG: u64 = 20;
const MOST_HINTS: usize = 12;
/// More problems do not fit on a page: they are told by kind.
const A_PAGE: u64 = 40;
/// Kinds that are told on a page, and the places told of each where they are few and where they are many.
const MOST_KINDS: usize = 18;
const FEW_KINDS: usize = 8;
const PLACES: [usize; 2] = [3, 1];
/// Clients remembered whose rows could not be read.
const REMEMBERED: usize = 100_000;

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// The line of the file (or the row of a Parquet file), counted from 1.
    pub line: u64,
    /// The field within the line, counted from 1; 0 for the whole line.
    pub column: usize,
    /// The canonical name of the column.
    pub field: String,
    /// `found …, expected …`.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip)]
    kind: Kind,
}

/// What kind of fault it is: the place in the program that found it. What was found there in other cells is of the
/// same kind, however it is worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind(&'static Location<'static>);

impl Problem {
    #[track_caller]
    pub fn new(line: u64, column: usize, field: &str, message: impl Into<String>) -> Problem {
        Problem {
            line,
            column,
            field: field.into(),
            message: message.into(),
            hint: None,
            kind: Kind(Location::caller()),
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

/// The faults of one file, in its order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FileProblems {
    /// The path as the user gave it.
    pub file: String,
    pub problems: Vec<Problem>,
    /// Faults beyond those kept.
    pub not_shown: u64,
    /// The same by field and kind.
    #[serde(skip)]
    beyond: BTreeMap<(String, Kind), Beyond>,
    #[serde(skip)]
    lost: Lost,
}

/// Faults of a kind that were not kept: how many, and the last line.
#[derive(Clone, Copy, Debug, Default)]
struct Beyond {
    count: u64,
    last_line: u64,
}

impl Beyond {
    fn add(&mut self, count: u64, last_line: u64) {
        self.count += count;
        self.last_line = self.last_line.max(last_line);
    }
}

/// Rows that could not be read, so that their clients may seem absent.
#[derive(Clone, Debug, Default)]
struct Lost {
    /// Is there a row that could be anybody's?
    of_somebody: bool,
    /// Hashes of the ids of the others.
    clients: BTreeSet<u64>,
}

impl FileProblems {
    pub fn new(file: &std::path::Path) -> FileProblems {
        FileProblems {
            file: file.display().to_string(),
            ..FileProblems::default()
        }
    }

    pub fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
        if self.problems.len() >= 2 * KEPT_PER_FILE {
            self.keep_the_first();
        }
    }

    /// Drops all faults but this, which explains them.
    pub fn say_only(&mut self, problem: Problem) {
        self.problems = vec![problem];
        self.not_shown = 0;
        self.lose_row(None);
    }

    /// Faults come in several passes over the file, so the first by line are not the first pushed.
    fn keep_the_first(&mut self) {
        self.problems.sort_by_key(|p| (p.line, p.column));
        if self.problems.len() > KEPT_PER_FILE {
            for problem in self.problems.drain(KEPT_PER_FILE..) {
                self.not_shown += 1;
                let kind = (problem.field, problem.kind);
                self.beyond.entry(kind).or_default().add(1, problem.line);
            }
        }
    }

    /// Notes that nothing could be made of a row, whose client is known by its hash or not at all.
    pub fn lose_row(&mut self, client: Option<u64>) {
        match client {
            Some(client) if self.lost.clients.len() < REMEMBERED => {
                self.lost.clients.insert(client);
            }
            _ => self.lost.of_somebody = true,
        }
    }

    /// May a client who seems absent from this file have a row in it that could not be read?
    pub fn may_have_lost(&self, client: u64) -> bool {
        self.lost.of_somebody || self.lost.clients.contains(&client)
    }

    /// Adds the faults of a later part of the file, whose lines are counted from `first_line`.
    pub fn append(&mut self, part: FileProblems, first_line: u64) {
        for mut problem in part.problems {
            problem.line += first_line;
            self.push(problem);
        }
        self.not_shown += part.not_shown;
        for (kind, beyond) in part.beyond {
            let known = self.beyond.entry(kind).or_default();
            known.add(beyond.count, beyond.last_line + first_line);
        }
        self.lost.of_somebody |= part.lost.of_somebody;
        for client in part.lost.clients {
            self.lose_row(Some(client));
        }
    }

    /// Puts the faults in the order of the file.
    pub fn sort(&mut self) {
        self.keep_the_first();
    }

    pub fn count(&self) -> u64 {
        self.problems.len() as u64 + self.not_shown
    }
}

/// The faults of all files of a study.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Problems {
    pub files: Vec<FileProblems>,
}

impl Problems {
    pub fn count(&self) -> u64 {
        self.files.iter().map(FileProblems::count).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count() > A_PAGE {
            self.by_kind(f)?;
        } else {
            // A hint is given once, below the first problem it helps with.
            let mut given = BTreeSet::new();
            for file in &self.files {
                for problem in &file.problems {
                    file.tell(f, problem, &mut given)?;
                }
            }
            self.most_helpful(f)?;
        }
        let files = self.files.iter().filter(|p| p.count() > 0).count();
        let plural = |n: u64| if n == 1 { "" } else { "s" };
        let count = self.count();
        write!(
            f,
            "{count} problem{} in {files} file{}; nothing was analysed.",
            plural(count),
            plural(files as u64)
        )
    }
}

impl FileProblems {
    /// A problem with its place, and its hint where that was not given yet.
    fn tell<'a>(
        &self,
        f: &mut fmt::Formatter<'_>,
        problem: &'a Problem,
        given: &mut BTreeSet<&'a String>,
    ) -> fmt::Result {
        write!(f, "{}:{}", self.file, problem.line)?;
        if problem.column > 0 {
            write!(f, ":{}", problem.column)?;
        }
        writeln!(f, ": {}: {}", problem.field, problem.message)?;
        match &problem.hint {
            Some(hint) if given.insert(hint) => writeln!(f, "  hint: {hint}"),
            _ => Ok(()),
        }
    }

    /// Problems of the same field and kind, in the order of the file.
    fn alike(&self) -> Vec<Vec<&Problem>> {
        let mut place: BTreeMap<(&str, Kind), usize> = BTreeMap::new();
        let mut alike: Vec<Vec<&Problem>> = Vec::new();
        for problem in &self.problems {
            let at = *place
                .entry((&problem.field, problem.kind))
                .or_insert(alike.len());
            if at == alike.len() {
                alike.push(Vec::new());
            }
            alike[at].push(problem);
        }
        alike
    }
}

impl Problems {
    /// Each kind of problem with its first places, and how many there are like it: a page at most.
    fn by_kind(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<(&FileProblems, Vec<&Problem>)> = self
            .files
            .iter()
            .flat_map(|file| file.alike().into_iter().map(move |alike| (file, alike)))
            .collect();
        let places = PLACES[usize::from(kinds.len() > FEW_KINDS)];
        let mut given = BTreeSet::new();
        let mut told = 0;
        for (file, alike) in kinds.iter().take(MOST_KINDS) {
            for problem in alike.iter().take(places) {
                file.tell(f, problem, &mut given)?;
            }
            let first = alike[0];
            let beyond = file.beyond.get(&(first.field.clone(), first.kind));
            let beyond = beyond.copied().unwrap_or_default();
            let count = alike.len() as u64 + beyond.count;
            told += count;
            if count > places as u64 {
                let next = alike.get(places).or(alike.last());
                let next = next.map_or(first.line, |problem| problem.line);
                let last = alike[alike.len() - 1].line.max(beyond.last_line);
                let more = count - places as u64;
                let lines = if next == last {
                    format!("line {last}")
                } else {
                    format!("lines {next} to {last}")
                };
                writeln!(
                    f,
                    "{}: {}: and {more} more like it, in {lines}",
                    file.file, first.field
                )?;
            }
        }
        match self.count() - told {
            0 => Ok(()),
            1 => writeln!(f, "and 1 problem of another kind"),
            n => writeln!(f, "and {n} problems of other kinds"),
        }
    }
}

impl Problems {
    /// One fault of one file.
    pub fn of_file(file: &std::path::Path, problem: Problem) -> Problems {
        let mut problems = FileProblems::new(file);
        problems.push(problem);
        Problems {
            files: vec![problems],
        }
    }

    /// Below a long list, whose hints have gone by: each hint again, the one that helps most first.
    fn most_helpful(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count() <= LONG {
            return Ok(());
        }
        let mut helped: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for file in &self.files {
            for problem in &file.problems {
                if let Some(hint) = &problem.hint {
                    *helped
                        .entry((&file.file, &problem.field, hint))
                        .or_default() += 1;
                }
            }
        }
        let mut helped: Vec<_> = helped.into_iter().collect();
        helped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if !helped.is_empty() {
            writeln!(f, "What helps most:")?;
        }
        for ((file, field, hint), count) in helped.into_iter().take(MOST_HINTS) {
            let plural = if count == 1 { "" } else { "s" };
            writeln!(f, "  {count} problem{plural} of {file}, {field}: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A cell that should be a number, as it may be shown in a message: it must not be a name, a phone
/// number or a birth date that ended up in the wrong column. Otherwise only what kind of thing it is.
pub fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    const KNOWN: [&str; 10] = [
        "nan", "inf", "infinity", "null", "none", "nil", "true", "false", "n/a", "na",
    ];
    let unsigned = text.trim_start_matches(['+', '-']).to_lowercase();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    // 61.3333333 is a score; 17051984 and 17.05.1984 may be a person's.
    let is_decimal = unsigned
        .split_once(['.', ','])
        .is_some_and(|(whole, part)| {
            let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
            whole.len() <= 3 && all_digits(whole) && all_digits(part)
        });
    // AB12 may be a person's initials and year, 80331 where somebody lives; 99999 is a code.
    let begins_with_letter = text.starts_with(char::is_alphabetic);
    let is_short = text.chars().count() <= 12
        && letters <= 2
        && (1..=4).contains(&digits)
        && !begins_with_letter;
    let is_nines = unsigned.len() <= 6 && unsigned.bytes().all(|b| b == b'9');
    if text.is_empty() {
        "an empty cell".into()
    } else if KNOWN.contains(&unsigned.as_str())
        || text.chars().count() == 1
        || is_short
        || is_nines
        || (is_decimal && text.len() <= 24)
    {
        text.into_owned()
    } else if letters == 0 && digits > 0 {
        format!("something of {digits} digits")
    } else {
        "text".into()
    }
}

/// A score as a message may show it.
pub fn shown_number(score: f64) -> String {
    shown(score.to_string().as_bytes())
}

/// May a message repeat this score?
pub fn may_be_shown(score: f64) -> bool {
    shown_number(score) == score.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_may_identify_a_person_is_never_repeated() {
        for cell in [
            "Li",
            "Bo",
            "Mary",
            "07700900123",
            "9434765919",
            "17.05.1984",
            "1984-05-17",
            "170584",
            "078-05-1120",
            "x@y.org",
            "SW1A 1AA",
            "80331",
            "AB12",
            "Jo7",
        ] {
            assert!(!shown(cell.as_bytes()).contains(cell), "{cell}");
        }
        for cell in [
            "63",
            "-1",
            "4.x2",
            "1,5",
            "NaN",
            "-inf",
            "1e999",
            "-999",
            "99999",
            "61.333333333",
            ".",
        ] {
            assert_eq!(shown(cell.as_bytes()), cell);
        }
    }

    #[test]
    fn the_first_problems_by_line_are_kept_whatever_the_order_of_finding() {
        let mut problems = FileProblems::default();
        for line in (1..=5000).rev() {
            problems.push(Problem::new(line, 1, "alliance", "x"));
        }
        problems.sort();
        assert_eq!(problems.count(), 5000);
        assert_eq!(problems.problems.len(), KEPT_PER_FILE);
        assert!(problems.problems.iter().map(|p| p.line).eq(1..=1000));
    }
}
