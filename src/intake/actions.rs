//! The actions file of a quality review: what was agreed, who does it, until when, and how it stands.
//!
//! People keep it in a spreadsheet; the program reads it and never writes it.

use std::collections::BTreeMap;
use std::path::Path;

use super::cell::trim;
use super::faults::ragged;
use super::file::{CsvFile, Rows};
use super::header::{Expected, Header};
use super::problem::{FileProblems, Problem, Problems};
use crate::study::is_iso_date;
use crate::study::text::{LONGEST_LABEL, LONGEST_TEXT, shortened, too_long};

const COLUMNS: [&str; 4] = ["action", "owner", "due", "state"];
/// What planners call them.
const HEADINGS: [&[&str]; 4] = [
    &[
        "action",
        "actions",
        "task",
        "task name",
        "what",
        "to do",
        "todo",
    ],
    &[
        "owner",
        "who",
        "responsible",
        "person responsible",
        "assigned to",
        "lead",
    ],
    &[
        "due",
        "due date",
        "by",
        "by when",
        "when",
        "deadline",
        "target date",
        "until",
    ],
    &["state", "status", "progress"],
];

/// What is to be done stands so; an empty cell is `open`.
const STATES: [&str; 3] = ["open", "begun", "done"];
/// What planners call that.
const STANDINGS: [&[&str]; 3] = [
    &["open", "not started", "to do", "planned", "new"],
    &["begun", "in progress", "started", "ongoing", "doing"],
    &["done", "completed", "complete", "finished", "closed"],
];

/// The word that these ways to write it stand for.
fn meant(written: &str, words: &[&'static str], ways: &[&[&str]]) -> Option<&'static str> {
    let written = written.trim().to_lowercase().replace(['_', '-'], " ");
    let at = ways
        .iter()
        .position(|ways| ways.contains(&written.as_str()))?;
    words.get(at).copied()
}

/// The columns of the file under the names they have here.
fn named(columns: &[String]) -> Vec<String> {
    let name = |written: &String| meant(written, &COLUMNS, &HEADINGS);
    let known: Vec<_> = columns.iter().map(name).collect();
    // A heading of the file's own wins over another way to write it.
    let has_own = |word: &str| columns.iter().any(|c| c.trim().eq_ignore_ascii_case(word));
    let is_own = |written: &str, word: &str| written.trim().eq_ignore_ascii_case(word);
    let pairs = columns.iter().zip(known);
    let named = pairs.map(|(written, known)| match known {
        Some(word) if is_own(written, word) || !has_own(word) => word.to_owned(),
        _ => written.clone(),
    });
    named.collect()
}

/// One row of an actions file. An empty cell is an empty text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionRow {
    pub action: String,
    pub owner: String,
    /// `YYYY-MM-DD`, or empty.
    pub due: String,
    pub state: String,
}

/// Reads and validates an actions file: a column `action`, and `owner`, `due`, `state` where they are
/// there. Rows without any of the four are not actions.
///
/// # Errors
/// Every problem of the file.
pub fn read_actions(path: &Path) -> Result<Vec<ActionRow>, Problems> {
    let mut problems = FileProblems::new(path);
    let rows = read(path, &mut problems).unwrap_or_default();
    problems.sort();
    if problems.count() == 0 {
        Ok(rows)
    } else {
        Err(Problems {
            files: vec![problems],
        })
    }
}

fn read(path: &Path, problems: &mut FileProblems) -> Option<Vec<ActionRow>> {
    let file = CsvFile::open(path)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    let columns = named(&file.columns);
    if !columns.iter().any(|name| name == "action") {
        let message =
            "found no column that says what is to be done, expected a heading Action, Task or What";
        problems.push(Problem::new(file.header_line, 0, "action", message).hint(
            "name the columns Action, Owner, Due and State in the first row; those called Task, Assigned To, Due Date, Progress and the like are known too",
        ));
        return None;
    }
    let expected = Expected {
        table: "actions",
        columns: &COLUMNS,
        required: &["action"],
        renamed: &BTreeMap::new(),
        // Owners are staff, and named on purpose.
        not_personal: &columns,
    };
    let header = Header::read(&columns, file.header_line, &expected, problems);
    header.position("action")?;
    let mut reader = Reader {
        header: &header,
        problems: FileProblems::default(),
        rows: Vec::new(),
    };
    let scanned = file.scan_quoted(&mut reader);
    let Reader {
        problems: found,
        rows,
        ..
    } = reader;
    problems.append(found, file.header_lines() + 1);
    if let Err(e) = scanned {
        problems.push(Problem::new(1, 0, "file", format!("cannot be read: {e}")));
    }
    Some(rows)
}

struct Reader<'a> {
    header: &'a Header,
    problems: FileProblems,
    rows: Vec<ActionRow>,
}

impl Reader<'_> {
    #[track_caller]
    fn wrong(&mut self, line: u64, column: &str, message: String) {
        let at = self.header.position(column).map_or(0, |at| at + 1);
        self.problems.push(Problem::new(line, at, column, message));
    }
}

/// As much of a cell as tells what is wrong with it; it may be a remark that slipped into the wrong column.
fn shown(cell: &str) -> String {
    const OF_A_CELL: usize = 24;
    format!("{:?}", shortened(cell, OF_A_CELL))
}

impl Rows for Reader<'_> {
    fn row(&mut self, line: u64, fields: &[&[u8]]) {
        if fields.len() != self.header.width {
            let problem = ragged(line, fields.len(), self.header.width);
            self.problems.push(problem);
            return;
        }
        // Cells of more than one line become one: they stand in tables.
        let text = |column| {
            let cell = self
                .header
                .position(column)
                .map_or(&b""[..], |at| fields[at]);
            let words: Vec<_> = String::from_utf8_lossy(trim(cell))
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            words.join(" ")
        };
        let [action, owner, due, state] = COLUMNS.map(text);
        // The clinic's own way to write a word is kept.
        let state = match meant(&state, &STATES, &STANDINGS) {
            Some(word) if !word.eq_ignore_ascii_case(&state) => word.to_owned(),
            _ => state,
        };
        let row = ActionRow {
            action,
            owner,
            due,
            state,
        };
        if row == ActionRow::default() {
            return;
        }
        if row.action.is_empty() {
            self.wrong(
                line,
                "action",
                "found an empty cell, expected what is to be done".into(),
            );
        }
        if !row.due.is_empty() && !is_iso_date(row.due.as_bytes()) {
            self.wrong(
                line,
                "due",
                format!("found {}, expected a day as YYYY-MM-DD", shown(&row.due)),
            );
        }
        if !row.state.is_empty()
            && !STATES
                .iter()
                .any(|state| row.state.eq_ignore_ascii_case(state))
        {
            self.wrong(
                line,
                "state",
                format!(
                    "found {}, expected {}",
                    shown(&row.state),
                    STATES.join(", ")
                ),
            );
        }
        for (column, text, most) in [
            ("action", &row.action, LONGEST_TEXT),
            ("owner", &row.owner, LONGEST_LABEL),
        ] {
            if let Some(what) = too_long(text, most) {
                self.wrong(line, column, what);
            }
        }
        self.rows.push(row);
    }

    fn reads(&self, column: usize) -> bool {
        self.header.is_used(column)
    }

    fn lost(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
