//! From the header of a file to the columns the program knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout;
use super::personal::{
    Evidence, Finding, Purpose, Why, are_coordinates, identifies, sounds_personal,
};
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
    watched: Arc<Watched>,
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
        // A column that the study file gives a role has no other by its name.
        let is_claimed = |name: &str| expected.renamed.values().any(|of| of == name);
        let mut positions = vec![None; expected.columns.len()];
        let mut used = vec![false; file_columns.len()];
        let mut is_wide = false;
        for (slot, &column) in positions.iter_mut().zip(expected.columns) {
            let renamed = expected.renamed.get(column);
            let wanted = renamed.map_or(column, String::as_str);
            let matches: Vec<usize> = (0..file_columns.len())
                .filter(|&i| match renamed {
                    Some(name) => file_columns[i] == *name,
                    None => canonical(&file_columns[i]) == column && !is_claimed(&file_columns[i]),
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
                        && !sounds_personal(near)
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
        let is_allowed = |name: &String| expected.not_personal.contains(name);
        let mut unused = Vec::new();
        let mut watched = Vec::new();
        for (i, name) in file_columns.iter().enumerate() {
            let slot = positions.iter().position(|p| *p == Some(i));
            if !used[i] {
                unused.push((i, name.clone()));
            }
            let purpose = match slot.map(|slot| expected.columns[slot]) {
                _ if is_allowed(name) => Purpose::Allowed,
                None => Purpose::Unused,
                Some("client_id" | "therapist_id") => Purpose::Code,
                Some("site_id") => Purpose::Site,
                Some("treatment" | "diagnosis") => Purpose::Label,
                Some(_) => continue,
            };
            watched.push(Column {
                position: i,
                name: name.clone(),
                purpose,
            });
        }
        // Codes first: they are looked at when the client changes.
        watched.sort_by_key(|column| !column.is_code());
        Header {
            positions,
            names: expected.columns,
            width: file_columns.len(),
            unused,
            watched: Arc::new(Watched {
                header_line: line,
                not_personal: expected.not_personal.to_vec(),
                columns: watched,
            }),
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

    /// Is this position that of a canonical column?
    pub fn is_used(&self, position: usize) -> bool {
        self.positions.contains(&Some(position))
    }

    /// No evidence yet, to look at a part of the file with.
    pub fn watch(&self) -> Watch {
        let columns = &self.watched.columns;
        let codes = columns.iter().filter(|column| column.is_code()).count();
        let none = |columns: &[Column]| -> Vec<(usize, Evidence)> {
            let positions = columns.iter().map(|column| column.position);
            positions.map(|at| (at, Evidence::new())).collect()
        };
        Watch {
            watched: Arc::clone(&self.watched),
            codes: none(&columns[..codes]),
            others: none(&columns[codes..]),
        }
    }
}

/// The columns whose cells are looked at for personal data, codes first.
#[derive(Debug)]
struct Watched {
    header_line: u64,
    /// Columns that the study file says identify nobody.
    not_personal: Vec<String>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    position: usize,
    name: String,
    purpose: Purpose,
}

impl Column {
    fn is_code(&self) -> bool {
        matches!(self.purpose, Purpose::Code | Purpose::Site)
    }
}

/// Evidence of personal data in a part of a file, by the position of the column.
#[derive(Clone, Debug)]
pub struct Watch {
    watched: Arc<Watched>,
    codes: Vec<(usize, Evidence)>,
    others: Vec<(usize, Evidence)>,
}

impl Watch {
    /// Looks at the codes of a row; call it when the client changes.
    pub fn codes(&mut self, fields: &[&[u8]], line: u64) {
        for (position, evidence) in &mut self.codes {
            evidence.look(fields[*position], line);
        }
    }

    /// Looks at the other watched cells of a row.
    #[inline]
    pub fn others(&mut self, fields: &[&[u8]], line: u64) {
        for (position, evidence) in &mut self.others {
            evidence.look(fields[*position], line);
        }
    }

    /// Adds the evidence of a later part, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: Watch, first_line: u64) {
        let later = later.codes.into_iter().chain(later.others);
        let both = self.codes.iter_mut().chain(&mut self.others).zip(later);
        for ((_, evidence), (_, other)) in both {
            evidence.merge(other, first_line);
        }
    }

    /// Columns that hold personal data, as problems.
    pub fn report(&self, problems: &mut FileProblems) {
        let evidence = self.codes.iter().chain(&self.others).map(|(_, e)| e);
        let mut before: Option<(&Column, &Evidence)> = None;
        for (column, evidence) in self.watched.columns.iter().zip(evidence) {
            if let Some(found) = identifies(&column.name, column.purpose, evidence) {
                problems.push(self.refused(column, found));
                continue;
            }
            if let Some((left, of_left)) = before
                && left.position + 1 == column.position
                && [left, column].iter().all(|c| c.purpose == Purpose::Unused)
                && let Some(found) = are_coordinates(of_left, evidence)
            {
                problems.push(self.refused(left, found));
                problems.push(self.refused(column, found));
            }
            before = Some((column, evidence));
        }
    }

    fn refused(&self, column: &Column, found: Finding) -> Problem {
        let what = found.kind.in_words();
        let (line, why) = match found.why {
            Why::Header => (self.watched.header_line, format!("its name says {what}")),
            Why::Content => (found.line, format!("its content looks like {what}")),
            Why::Both => (
                found.line,
                format!("its name says {what} and its content looks like them"),
            ),
        };
        let known = self.watched.not_personal.iter();
        let names: Vec<String> = known
            .chain([&column.name])
            .map(|name| toml::Value::from(name.as_str()).to_string())
            .collect();
        let allow = format!(
            "if it identifies nobody, {} not_personal = [{}] under [policy] in the study file",
            if names.len() > 1 { "write" } else { "add" },
            names.join(", ")
        );
        let hint = match column.purpose {
            Purpose::Code | Purpose::Site => format!(
                "put a code in place of each, the same in every row and both files; {allow}"
            ),
            Purpose::Label | Purpose::Unused => {
                format!("remove the column from the export; {allow}")
            }
            Purpose::Allowed => {
                "the study file says that this column identifies nobody: remove these cells from the export".into()
            }
        };
        let message = format!("{why}; the file must be anonymized first");
        Problem::new(line, column.position + 1, &column.name, message).hint(hint)
    }
}
