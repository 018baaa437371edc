//! Files become validated tables, or every problem with its place.
//!
//! The sessions are read by our own scanner on the csv crate's rules, because a clinic needs the
//! exact line of every fault and the reduction must not hold all sessions; everything that is a
//! table from then on is polars.

mod actions;
mod cell;
mod codes;
mod days;
mod effects;
mod faults;
mod file;
mod header;
mod layout;
mod outcome_row;
mod outcomes;
mod parquet;
mod partition;
mod personal;
mod problem;
mod scores;
mod session_row;
mod sessions;
mod signature;
mod source;
mod suspects;
mod whole_clients;

use std::path::Path;

use rayon::prelude::*;
use tempfile::NamedTempFile;

pub use actions::{ActionRow, read_actions};
pub use effects::{EffectRow, Effects, OtherCells, OtherColumn, Size, read_effects};
pub use outcome_row::Status;
pub use outcomes::Outcomes;
pub use parquet::csv_to_parquet;
pub use problem::{FileProblems, Problem, Problems};
pub use session_row::{Delivery, Score, Scores, SessionRow};
pub use sessions::{ClientSessions, Has, Reduce, Sessions};
pub use source::{Input, parts_of};

use crate::study::{OUTCOME_COLUMNS, Orphans, SESSION_COLUMNS, Study};
use file::CsvFile;
use header::{Expected, Header};
use parquet::Form;

/// Both files of a study, validated; the sessions reduced.
pub struct Dataset<P> {
    pub sessions: Sessions<P>,
    pub outcomes: Outcomes,
    /// The two files as they were read.
    pub sources: [Input; 2],
}

/// Reads both files of a study. `progress` is told the bytes of sessions read.
///
/// # Errors
/// Every problem of both files.
pub fn read<R: Reduce>(
    study: &Study,
    reduce: &R,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Dataset<R::Part>, Problems> {
    let sources = &study.sources;
    let session_columns = Expected {
        table: "columns.sessions",
        columns: &SESSION_COLUMNS,
        required: &["client_id", "session", "alliance"],
        renamed: &sources.session_columns,
        not_personal: &sources.not_personal,
    };
    let outcome_columns = Expected {
        table: "columns.outcomes",
        columns: &OUTCOME_COLUMNS,
        required: &["client_id", "measure", "pre", "post"],
        renamed: &sources.outcome_columns,
        not_personal: &sources.not_personal,
    };
    let mut session_problems = FileProblems::new(&sources.sessions);
    let mut outcome_problems = FileProblems::new(&sources.outcomes);
    let outcomes = with_file(
        &sources.outcomes,
        &outcome_columns,
        Form::new(sources.decimal_outcomes, sources.dates),
        &mut outcome_problems,
        |file, header, problems| outcomes::read(study, file, header, problems),
    );
    let sessions = with_file(
        &sources.sessions,
        &session_columns,
        Form::new(sources.decimal, sources.dates),
        &mut session_problems,
        |file, header, problems| sessions::read(study, file, header, reduce, progress, problems),
    );
    if let (Some((sessions, _)), Some((outcomes, _)), Orphans::Refuse) =
        (&sessions, &outcomes, study.settings.orphans)
    {
        let keyed = reduce.clients(&sessions.part);
        let mut keyed: Vec<(u64, &str, u64)> = keyed
            .map(|(id, line)| (cell::start_of(id), id, line))
            .collect();
        keyed.par_sort_unstable();
        let in_sessions: Vec<(&str, u64)> =
            keyed.into_iter().map(|(_, id, line)| (id, line)).collect();
        let in_outcomes = outcomes.client_lines();
        let columns = [sessions.client_column, outcomes.client_column];
        let of_sessions = only_in_first(&in_sessions, &in_outcomes, &outcome_problems);
        if let Some((clients, line)) = codes::exponents_in_both(&in_sessions, &of_sessions) {
            let done = codes::Done::Exponent;
            let problem = Problem::new(line, columns[0], "client_id", done.message(clients));
            session_problems.push(problem.hint(done.hint()));
        }
        let orphans = codes::Orphans::of([
            of_sessions,
            only_in_first(&in_outcomes, &in_sessions, &session_problems),
        ]);
        report_orphans(
            &orphans,
            columns,
            [&mut session_problems, &mut outcome_problems],
        );
    }
    session_problems.sort();
    outcome_problems.sort();
    let problems = Problems {
        files: vec![session_problems, outcome_problems],
    };
    match (sessions, outcomes) {
        (Some((sessions, file)), Some((outcomes, other))) if problems.is_empty() => Ok(Dataset {
            sessions,
            outcomes,
            sources: [file, other],
        }),
        _ => Err(problems),
    }
}

/// The clients that the second list does not have, nor its file in a row that could not be read; both
/// lists are sorted by id.
fn only_in_first<'a>(
    first: &[(&'a str, u64)],
    second: &[(&str, u64)],
    of_second: &FileProblems,
) -> Vec<(&'a str, u64)> {
    let mut second = second.iter().map(|(id, _)| *id).peekable();
    let mut clients = Vec::new();
    for (id, line) in first {
        while second.next_if(|other| other < id).is_some() {}
        if second.peek() != Some(id) && !of_second.may_have_lost(sessions::hash_of(id.as_bytes())) {
            clients.push((*id, *line));
        }
    }
    clients
}

/// Clients in one file only, as problems of that file; what was done to their codes once for all of them.
fn report_orphans(orphans: &codes::Orphans, columns: [usize; 2], problems: [&mut FileProblems; 2]) {
    for (file, problems) in problems.into_iter().enumerate() {
        let column = columns[file];
        for (done, _, line, clients) in orphans.done.iter().filter(|done| done.1 == file) {
            let problem = Problem::new(*line, column, "client_id", done.message(*clients));
            problems.push(problem.hint(done.hint()));
        }
        let what = ["no outcome row", "no session"][file];
        let mut lines: Vec<u64> = orphans.of[file].iter().map(|(_, line)| *line).collect();
        lines.sort_unstable();
        for line in lines {
            let message = format!("this client has {what} in the other file");
            problems.push(Problem::new(line, column, "client_id", message).hint(
                "is the id spelled alike in both files? To leave such clients out and count them, set orphans = \"exclude\" under [policy] in the study file, or use --exclude-orphans",
            ));
        }
    }
}

/// Opens a file, reads its header, and hands both on; `None` when nothing could be read, or not of one
/// and the same file.
fn with_file<T>(
    path: &Path,
    expected: &Expected,
    form: Form,
    problems: &mut FileProblems,
    read: impl FnOnce(&CsvFile, &Header, &mut FileProblems) -> std::io::Result<T>,
) -> Option<(T, Input)> {
    let opened = Input::open(path).map_err(file::cannot_be_read);
    let table = opened.and_then(|input| Table::of(input, expected, form));
    let table = table.map_err(|problem| problems.push(problem)).ok()?;
    let file = &table.file;
    let header = Header::read(&file.columns, file.header_line, expected, problems);
    if expected
        .required
        .iter()
        .any(|column| header.position(column).is_none())
    {
        return None;
    }
    let rows = read(file, &header, problems);
    let input = table.into_input();
    if let Err(changed) = input.is_still() {
        // Half a file has faults that the whole one has not.
        problems.say_only(changed);
        return None;
    }
    match rows {
        Ok(rows) => Some((rows, input)),
        Err(e) => {
            problems.push(file::cannot_be_read(e));
            None
        }
    }
}

/// A file of rows: CSV, or Parquet that was turned into it.
struct Table {
    file: CsvFile,
    /// What the user named and the file made of it, where it was Parquet.
    original: Option<(Input, NamedTempFile)>,
}

impl Table {
    fn of(input: Input, expected: &Expected, form: Form) -> Result<Table, Problem> {
        let input = match input.into_file() {
            Ok(source) if !parquet::is_parquet(&source)? => {
                let (file, original) = (CsvFile::of(source)?, None);
                return Ok(Table { file, original });
            }
            Ok(source) => Input::of(source),
            Err(parts) => parts,
        };
        let csv = parquet::to_csv(input.parts(), expected, form);
        // What is half written seems damaged.
        input.is_still()?;
        let csv = csv?;
        Ok(Table {
            file: CsvFile::open(csv.path())?,
            original: Some((input, csv)),
        })
    }

    /// What the user named, as it was read.
    fn into_input(self) -> Input {
        let Table { file, original } = self;
        original.map_or_else(|| Input::of(file.into_source()), |(input, _)| input)
    }
}
