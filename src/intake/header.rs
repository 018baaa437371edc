//! From the header of a file to the columns the program knows.

use std::collections::BTreeMap;

use super::layout;
use super::personal::{self, Evidence, Purpose};
use super::problem::{FileProblems, Problem};
use crate::study::nearest;

/// Where each canonical column is, and which columns are not used.
#[derive(Clone, Debug)]
pub struct Header {
    /// Position of each canonical column, in the order of the list given.
    positions: Vec<Option<usize>>,
    names: &'static [&'static str],
    /// All columns of the file.
    pub width: usize,
    /// Position and name of the columns not used.
    pub unused: Vec<(usize, String)>,
    /// Positions whose cells are looked at for personal data, with their evidence and name.
    watched: Vec<(usize, String, Evidence)>,
}

/// What a file is expected to hold.
pub struct Expected<'a> {
    /// The table of the study file that renames its columns, e.g. `columns.sessions`.
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub required: &'a [&'static str],
    /// Canonical name → name in the file.
    pub renamed: &'a BTreeMap<String, String>,
    /// Columns that look personal and are not.
    pub not_personal: &'a [String],
}

impl Header {
    /// Finds the columns; every problem of the header is pushed to `problems`.
    pub fn read(
        file_columns: &[String],
        line: u64,
        expected: &Expected,
        problems: &mut FileProblems,
    ) -> Header {
        let canonical = |name: &str| name.trim().to_lowercase().replace([' ', '-'], "_");
        let mut positions = vec![None; expected.columns.len()];
        let mut used = vec![false; file_columns.len()];
        let mut is_wide = false;
        for (slot, &column) in positions.iter_mut().zip(expected.columns) {
            let renamed = expected.renamed.get(column);
            let wanted = renamed.map_or(column, String::as_str);
            let matches: Vec<usize> = (0..file_columns.len())
                .filter(|&i| match renamed {
                    Some(name) => file_columns[i] == *name,
                    None => canonical(&file_columns[i]) == column,
                })
                .collect();
            match matches[..] {
                [] if is_wide => {}
                [] if expected.required.contains(&column) || renamed.is_some() => {
                    if let Some(wide) = layout::wide(file_columns, (line, column), expected.table) {
                        problems.push(wide);
                        is_wide = true;
                        continue;
                    }
                    let others: Vec<&str> = file_columns
                        .iter()
                        .map(String::as_str)
                        .filter(|name| !expected.columns.contains(&canonical(name).as_str()))
                        .collect();
                    let mut problem =
                        Problem::new(line, 0, column, format!("the column {wanted:?} is missing"));
                    if let Some(near) = nearest(wanted, &others)
                        && personal::by_header(near).is_none()
                    {
                        problem = problem.hint(format!(
                            "is it the column {near:?}? Then say so in the study file: [{}] {column} = {near:?}", expected.table
                        ));
                    } else {
                        problem = problem.hint(format!(
                            "if a column of the file is meant, say so in the study file: [{}] {column} = \"…\"; the first row must hold the names of the columns", expected.table
                        ));
                    }
                    problems.push(problem);
                }
                [] => {}
                [only] => {
                    *slot = Some(only);
                    used[only] = true;
                }
                [_, second, ..] => problems.push(Problem::new(
                    line,
                    second + 1,
                    column,
                    format!(
                        "the column {wanted:?} is there {} times, expected once",
                        matches.len()
                    ),
                )),
            }
        }
        let is_allowed = |name: &str| expected.not_personal.iter().any(|n| n == name);
        let mut unused = Vec::new();
        let mut watched = Vec::new();
        for (i, name) in file_columns.iter().enumerate() {
            let purpose = if !used[i] {
                unused.push((i, name.clone()));
                if let Some(kind) = personal::by_header(name)
                    && !is_allowed(name)
                {
                    problems.push(refused(
                        Purpose::Unused,
                        (line, i + 1),
                        name,
                        kind.in_words(),
                        "its name says",
                    ));
                }
                if personal::is_of_staff(name) {
                    Purpose::Code
                } else {
                    Purpose::Unused
                }
            } else {
                let slot = positions
                    .iter()
                    .position(|p| *p == Some(i))
                    .expect("a used column has a slot");
                match expected.columns[slot] {
                    "client_id" | "therapist_id" | "site_id" => Purpose::Code,
                    "treatment" | "diagnosis" => Purpose::Label,
                    _ => continue,
                }
            };
            let purpose = if is_allowed(name) {
                Purpose::Allowed
            } else {
                purpose
            };
            watched.push((i, name.clone(), Evidence::new(purpose)));
        }
        Header {
            positions,
            names: expected.columns,
            width: file_columns.len(),
            unused,
            watched,
        }
    }

    /// The position of a canonical column.
    pub fn position(&self, column: &str) -> Option<usize> {
        let slot = self
            .names
            .iter()
            .position(|n| *n == column)
            .expect("asked for a known column");
        self.positions[slot]
    }

    /// A fresh copy of the evidence, to look at a part of the file with.
    pub fn watch(&self) -> Watch {
        let (codes, others) = self.watched.iter().cloned().partition(|w| w.2.is_code());
        Watch { codes, others }
    }
}

/// Evidence of personal data in a part of a file.
#[derive(Clone, Debug)]
pub struct Watch {
    codes: Vec<(usize, String, Evidence)>,
    others: Vec<(usize, String, Evidence)>,
}

impl Watch {
    /// Looks at the codes of a row; call it when the client changes.
    pub fn codes(&mut self, fields: &[&[u8]], line: u64) {
        for (position, _, evidence) in &mut self.codes {
            evidence.look(fields[*position], line);
        }
    }

    /// Looks at the other watched cells of a row.
    #[inline]
    pub fn others(&mut self, fields: &[&[u8]], line: u64) {
        for (position, _, evidence) in &mut self.others {
            evidence.look(fields[*position], line);
        }
    }

    /// Adds the evidence of a later part, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: Watch, first_line: u64) {
        let both = self
            .codes
            .iter_mut()
            .zip(later.codes)
            .chain(self.others.iter_mut().zip(later.others));
        for ((_, _, evidence), (_, _, other)) in both {
            evidence.merge(other, first_line);
        }
    }

    /// Columns that hold personal data, as problems.
    pub fn report(&self, problems: &mut FileProblems) {
        for (position, name, evidence) in self.codes.iter().chain(&self.others) {
            if let Some((kind, line)) = evidence.verdict() {
                problems.push(refused(
                    evidence.purpose(),
                    (line, position + 1),
                    name,
                    kind.in_words(),
                    "its content looks like",
                ));
            }
        }
    }
}

fn refused(
    purpose: Purpose,
    (line, column): (u64, usize),
    name: &str,
    kind: &str,
    why: &str,
) -> Problem {
    let problem = Problem::new(
        line,
        column,
        name,
        format!("{why} {kind}; the file must be anonymized first"),
    );
    let allow = format!(
        "if it identifies nobody, add not_personal = [{name:?}] under [policy] in the study file"
    );
    problem.hint(match purpose {
        Purpose::Code => format!("put a code in place of each, the same in every row and both files; {allow}"),
        Purpose::Label | Purpose::Unused => format!("remove the column from the export; {allow}"),
        Purpose::Allowed => {
            "the study file says that this column identifies nobody: remove these cells from the export".into()
        }
    })
}
