//! The sessions file: read, validated and reduced in one pass.
//!
//! Rows of a client that stand together (the usual, sorted export) are handed to the reducer as
//! soon as the next client begins, so memory holds clients, not sessions. When some client's rows
//! stand apart, the rows go through partitions by client instead (`partition`).

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::days::Days;
use super::file::{CsvFile, Rows, Stop};
use super::header::{Header, Watch};
use super::partition::{self, Partitions};
use super::problem::{FileProblems, Problem};
use super::session_row::{Reading, RowReader, Score, ScoreTallies, SessionRow};
use super::whole_clients::WholeClients;
use crate::study::Study;

/// All sessions of one client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClientSessions<'a> {
    pub id: &'a str,
    /// The line of the first row, counted as in the rows.
    pub first_line: u64,
    /// Those of the first session.
    pub therapist: Option<&'a str>,
    pub site: Option<&'a str>,
    /// By session.
    pub rows: &'a [SessionRow],
}

/// Makes something of the sessions of each client. What it makes of two parts of a file can be
/// merged, in the order of the file.
pub trait Reduce: Sync {
    type Part: Send;
    fn start(&self) -> Self::Part;
    fn client(&self, part: &mut Self::Part, client: ClientSessions);
    /// Adds a later part, whose lines are counted from `first_line`.
    fn merge(&self, whole: &mut Self::Part, later: Self::Part, first_line: u64);
    /// The id and first line of every client.
    fn clients<'a>(&self, part: &'a Self::Part) -> impl Iterator<Item = (&'a str, u64)>;
}

/// The sessions file, reduced.
pub struct Sessions<P> {
    pub part: P,
    pub rows: u64,
    /// Those that were never filled in, and are no sessions.
    pub placeholders: u64,
    /// Columns of the file that were not used.
    pub unused_columns: Vec<String>,
    pub has: Has,
    /// The field, counted from 1, that holds the client.
    pub client_column: usize,
}

/// Which optional columns the file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Has {
    pub therapist: bool,
    pub delivery: bool,
    pub date: bool,
    scores: [bool; Score::ALL.len()],
}

impl Has {
    pub fn score(&self, score: Score) -> bool {
        self.scores[score as usize]
    }
}

/// A hash of an id that is the same in every run. Two ids may share it: whoever relies on it
/// compares the ids too.
pub(super) fn hash_of(id: &[u8]) -> u64 {
    // The mixing steps of MurmurHash3's 64-bit finalizer, eight bytes at a time.
    let mix = |hash: u64| {
        let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53)
    };
    let mut hash = id.len() as u64;
    for chunk in id.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(bytes));
    }
    hash ^ (hash >> 33)
}

/// Groups rows that stand together and hands each client to the reducer.
struct Grouping<'a, R: Reduce> {
    reader: RowReader<'a>,
    reduce: &'a R,
    watch: Watch,
    part: R::Part,
    client: Vec<u8>,
    rows: Vec<SessionRow>,
    /// The number of the first session met, with its therapist and site.
    first_session: u32,
    codes: [Vec<u8>; 2],
    together: WholeClients,
    /// The hash of each client met, once per run of rows.
    runs: Vec<u64>,
    count: u64,
}

impl<'a, R: Reduce> Grouping<'a, R> {
    fn new(reading: &'a Reading<'a>, reduce: &'a R) -> Grouping<'a, R> {
        Grouping {
            reader: RowReader::new(reading),
            reduce,
            watch: reading.header.watch(),
            part: reduce.start(),
            client: Vec::new(),
            rows: Vec::new(),
            first_session: u32::MAX,
            codes: [Vec::new(), Vec::new()],
            together: WholeClients::default(),
            runs: Vec::new(),
            count: 0,
        }
    }

    fn finish_client(&mut self) {
        if !self.rows.is_empty() {
            let first_line = self.rows[0].line;
            self.together.order(&mut self.rows, self.reader.reading);
            let text = |bytes| std::str::from_utf8(bytes).expect("rows are UTF-8");
            let code =
                |bytes| Some(text(bytes)).filter(|code| !self.reader.is_missing(code.as_bytes()));
            let client = ClientSessions {
                id: text(&self.client),
                first_line,
                therapist: code(&self.codes[0]),
                site: code(&self.codes[1]),
                rows: &self.rows,
            };
            self.reduce.client(&mut self.part, client);
            self.runs.push(hash_of(&self.client));
            self.rows.clear();
        }
        self.first_session = u32::MAX;
    }
}

impl<R: Reduce> Rows for Grouping<'_, R> {
    #[inline]
    fn row(&mut self, line: u64, fields: &[&[u8]]) {
        self.count += 1;
        let Some(row) = self.reader.row(line, fields) else {
            return;
        };
        let client = fields[self.reader.reading.client_column()];
        let codes = self.reader.codes(fields);
        if client != self.client {
            self.finish_client();
            self.client.clear();
            self.client.extend_from_slice(client);
            self.watch.codes(fields, line);
        } else if codes[0] != self.codes[0] || codes[1] != self.codes[1] {
            self.watch.codes(fields, line);
        }
        if row.session < self.first_session {
            self.first_session = row.session;
            for (kept, code) in self.codes.iter_mut().zip(codes) {
                kept.clear();
                kept.extend_from_slice(code);
            }
        }
        self.watch.others(fields, line);
        self.rows.push(row);
    }

    fn reads(&self, column: usize) -> bool {
        self.reader.reading.header.is_used(column)
    }

    fn lost(&mut self, problem: Problem) {
        self.count += 1;
        self.reader.lost(problem);
    }
}

/// Sends every row to the partition of its client.
struct Spilling<'a> {
    reader: RowReader<'a>,
    watch: Watch,
    buffers: partition::Buffers<'a>,
    /// The part of the file, counted from 0.
    part: usize,
    count: u64,
}

impl<'a> Spilling<'a> {
    fn new(reading: &'a Reading<'a>, partitions: &'a Partitions, part: usize) -> Spilling<'a> {
        Spilling {
            reader: RowReader::new(reading),
            watch: reading.header.watch(),
            buffers: partition::Buffers::new(partitions),
            part,
            count: 0,
        }
    }
}

impl Rows for Spilling<'_> {
    #[inline]
    fn row(&mut self, line: u64, fields: &[&[u8]]) {
        self.count += 1;
        if let Some(mut row) = self.reader.row(line, fields) {
            self.watch.codes(fields, line);
            self.watch.others(fields, line);
            row.line = partition::place(self.part, line);
            let client = fields[self.reader.reading.client_column()];
            self.buffers.push(client, self.reader.codes(fields), &row);
        }
    }

    fn reads(&self, column: usize) -> bool {
        self.reader.reading.header.is_used(column)
    }

    fn lost(&mut self, problem: Problem) {
        self.count += 1;
        self.reader.lost(problem);
    }
}

/// One part of the file, scanned.
struct Scanned<P> {
    /// Its clients, unless its rows went to the partitions.
    part: Option<P>,
    lines: u64,
    rows: u64,
    /// The hashes of its clients, sorted.
    runs: Vec<u64>,
    problems: FileProblems,
    tallies: ScoreTallies,
    days: Days,
    together: WholeClients,
    placeholders: u64,
    watch: Watch,
}

/// How the file is read: by ranges in parallel, or from start to end because of quotes.
enum Layout {
    Ranges(Vec<Range<u64>>),
    Whole,
}

/// Reads, validates and reduces the sessions; every problem of the file goes to `problems`.
///
/// # Errors
/// When the file cannot be read on.
pub fn read<R: Reduce>(
    study: &Study,
    file: &CsvFile,
    header: &Header,
    reduce: &R,
    progress: &(dyn Fn(u64) + Sync),
    problems: &mut FileProblems,
) -> std::io::Result<Sessions<R::Part>> {
    let reading = Reading::new(study, header).expect("the required columns were found");
    let mut partitions = Partitions::new();
    let mut layout = Layout::Ranges(file.ranges(reading.client_column())?);
    let mut scanned = first_pass(file, &layout, &reading, reduce, &partitions, progress);
    if let Err(Stop::Quote) = scanned {
        layout = Layout::Whole;
        partitions = Partitions::new();
        scanned = first_pass(file, &layout, &reading, reduce, &partitions, progress);
    }
    let scanned = scanned.map_err(|stop| match stop {
        Stop::Io(e) => e,
        Stop::Quote => unreachable!("the csv crate understands quotes"),
    })?;

    let mut together = WholeClients::default();
    let mut days = Days::default();
    let mut whole = reduce.start();
    let mut watch = header.watch();
    let mut tallies = ScoreTallies::new(&reading);
    let mut runs = Vec::new();
    let mut first_lines = Vec::new();
    let mut grouped = Vec::new();
    let mut line = file.header_lines() + 1;
    let (mut rows, mut placeholders) = (0, 0);
    for (at, part) in scanned.into_iter().enumerate() {
        first_lines.push(line);
        problems.append(part.problems, line);
        together.merge(part.together, line);
        days.merge(&part.days, line);
        watch.merge(part.watch, line);
        tallies.merge(&part.tallies, line);
        if let Some(clients) = part.part {
            grouped.push(at);
            reduce.merge(&mut whole, clients, line);
        }
        runs.extend(part.runs);
        line += part.lines;
        rows += part.rows;
        placeholders += part.placeholders;
    }
    runs.par_sort_unstable();
    let is_contiguous = grouped.len() == first_lines.len() && has_no_twins(&runs);
    drop(runs);
    if !is_contiguous {
        // Some client's rows stand apart: all rows go to the partitions, those of the parts that
        // were grouped in a second reading.
        drop(whole);
        spill(file, &layout, &reading, &partitions, &grouped)?;
        (whole, together) = partitions.for_each_client(reduce, &first_lines, &reading)?;
    }
    let date = reading.field("date");
    days.report(reading.data_lock(), together.dated(), date, problems);
    let window = study.settings.early_alliance;
    together.report(window, reading.field("session"), date, problems);
    watch.report(problems);
    tallies.report(&reading, problems);
    if rows == 0 {
        problems.push(Problem::new(1, 0, "file", "found a header but no rows"));
        problems.lose_row(None);
    }
    let has = Has {
        therapist: header.position("therapist_id").is_some(),
        delivery: header.position("delivery").is_some(),
        date: header.position("date").is_some(),
        scores: Score::ALL.map(|score| header.position(score.column()).is_some()),
    };
    let client_column = reading.client_column() + 1;
    Ok(Sessions {
        part: whole,
        rows,
        placeholders,
        unused_columns: header.unused.iter().map(|(_, name)| name.clone()).collect(),
        has,
        client_column,
    })
}

fn has_no_twins(sorted: &[u64]) -> bool {
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// Scans every part of the file. As soon as one holds a client whose rows stand apart, the rows of
/// this and all later parts go to the partitions.
fn first_pass<R: Reduce>(
    file: &CsvFile,
    layout: &Layout,
    reading: &Reading,
    reduce: &R,
    partitions: &Partitions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Scanned<R::Part>>, Stop> {
    let is_scattered = AtomicBool::new(false);
    let finish = |mut grouping: Grouping<R>, lines: u64| {
        grouping.finish_client();
        grouping.runs.sort_unstable();
        Scanned {
            part: Some(grouping.part),
            lines,
            rows: grouping.count,
            runs: grouping.runs,
            problems: grouping.reader.problems,
            tallies: grouping.reader.tallies,
            days: grouping.reader.days,
            together: grouping.together,
            placeholders: grouping.reader.placeholders,
            watch: grouping.watch,
        }
    };
    let one_range = |at: usize, range: &Range<u64>, buffer: &mut Vec<u8>| {
        if !is_scattered.load(Ordering::Relaxed) {
            let mut grouping = Grouping::new(reading, reduce);
            let lines = file.scan(range.clone(), buffer, &mut grouping)?;
            let scanned = finish(grouping, lines);
            if has_no_twins(&scanned.runs) {
                return Ok(scanned);
            }
            is_scattered.store(true, Ordering::Relaxed);
        }
        let mut spilling = Spilling::new(reading, partitions, at);
        let lines = file.scan(range.clone(), buffer, &mut spilling)?;
        partitions.append(spilling.buffers)?;
        Ok(Scanned {
            part: None,
            lines,
            rows: spilling.count,
            runs: Vec::new(),
            problems: spilling.reader.problems,
            tallies: spilling.reader.tallies,
            days: spilling.reader.days,
            together: WholeClients::default(),
            placeholders: spilling.reader.placeholders,
            watch: spilling.watch,
        })
    };
    match layout {
        Layout::Ranges(ranges) => ranges
            .par_iter()
            .enumerate()
            .map_init(Vec::new, |buffer, (at, range)| {
                let scanned = one_range(at, range, buffer);
                progress(range.end - range.start);
                scanned
            })
            .collect(),
        Layout::Whole => {
            let mut grouping = Grouping::new(reading, reduce);
            let lines = file.scan_quoted(&mut grouping)?;
            Ok(vec![finish(grouping, lines)])
        }
    }
}

/// Sends the rows of some parts of the file to the partitions.
fn spill(
    file: &CsvFile,
    layout: &Layout,
    reading: &Reading,
    partitions: &Partitions,
    parts: &[usize],
) -> std::io::Result<()> {
    match layout {
        Layout::Ranges(ranges) => parts.par_iter().try_for_each_init(Vec::new, |buffer, &at| {
            let mut rows = Spilling::new(reading, partitions, at);
            file.scan(ranges[at].clone(), buffer, &mut rows)
                .map_err(|stop| match stop {
                    Stop::Io(e) => e,
                    Stop::Quote => std::io::Error::other("the file changed while it was read"),
                })?;
            partitions.append(rows.buffers)
        }),
        Layout::Whole => {
            let mut rows = Spilling::new(reading, partitions, 0);
            file.scan_quoted(&mut rows)?;
            partitions.append(rows.buffers)
        }
    }
}
