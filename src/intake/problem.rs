//! What is wrong with the data, where, and what to do about it.
//!
//! Every problem of every file is collected and printed like a compiler prints errors; a value
//! from a column that may identify a person is never repeated.

use std::fmt;

use serde::Serialize;

/// Problems kept per file; further ones are counted.
pub const KEPT_PER_FILE: usize = 1000;

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
}

impl Problem {
    pub fn new(line: u64, column: usize, field: &str, message: impl Into<String>) -> Problem {
        Problem {
            line,
            column,
            field: field.into(),
            message: message.into(),
            hint: None,
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
}

impl FileProblems {
    pub fn new(file: &std::path::Path) -> FileProblems {
        FileProblems {
            file: file.display().to_string(),
            problems: Vec::new(),
            not_shown: 0,
        }
    }

    pub fn push(&mut self, problem: Problem) {
        if self.problems.len() < KEPT_PER_FILE {
            self.problems.push(problem);
        } else {
            self.not_shown += 1;
        }
    }

    /// Adds the faults of a later part of the file, whose lines are counted from `first_line`.
    pub fn append(&mut self, part: FileProblems, first_line: u64) {
        for mut problem in part.problems {
            problem.line += first_line;
            self.push(problem);
        }
        self.not_shown += part.not_shown;
    }

    pub fn sort(&mut self) {
        self.problems.sort_by_key(|p| (p.line, p.column));
    }

    /// Was any row so faulty that it could not be read, so that its client may seem absent?
    pub fn lost_rows(&self) -> bool {
        const LOSING: [&str; 6] = ["row", "client_id", "session", "measure", "text", "file"];
        self.not_shown > 0
            || self
                .problems
                .iter()
                .any(|p| LOSING.contains(&p.field.as_str()))
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
        for file in &self.files {
            for problem in &file.problems {
                write!(f, "{}:{}", file.file, problem.line)?;
                if problem.column > 0 {
                    write!(f, ":{}", problem.column)?;
                }
                writeln!(f, ": {}: {}", problem.field, problem.message)?;
                if let Some(hint) = &problem.hint {
                    writeln!(f, "  hint: {hint}")?;
                }
            }
            if file.not_shown > 0 {
                writeln!(f, "{}: and {} more problems", file.file, file.not_shown)?;
            }
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

impl std::error::Error for Problems {}

/// A cell as it may be shown in a message: short and without a run of letters that could be a
/// name; otherwise only what kind of thing it is.
pub fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let is_known_word = [
        "nan",
        "inf",
        "-inf",
        "+inf",
        "infinity",
        "-infinity",
        "null",
        "none",
        "true",
        "false",
        "n/a",
        "na",
    ]
    .contains(&text.to_lowercase().as_str());
    if text.is_empty() {
        "an empty cell".into()
    } else if is_known_word || (text.chars().count() <= 12 && letters <= 2) {
        text.into_owned()
    } else {
        "text".into()
    }
}
