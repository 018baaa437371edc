//! The sessions file: read, validated and reduced in one pass.
//!
//! Rows of a client that stand together (the usual, sorted export) are handed to the reducer as
//! soon as the next client begins, so memory holds clients, not sessions. When some client's rows
//! stand apart, the rows go through partitions by client instead (`partition`).

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::cell::{self, NotANumber};
use super::file::{CsvFile, Rows, Stop};
use super::header::{Header, Watch};
use super::partition::{self, Partitions};
use super::problem::{FileProblems, Problem, shown};
use crate::study::{DELIVERY_WORDS, Decimal, Measure, Study, is_iso_date, level_key, nearest};

/// Where a session took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Online,
    InPerson,
    Hybrid,
}

/// One session of one client, validated. Scores are as recorded, not oriented.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionRow {
    /// Lines after the first row of the file, or of its part.
    pub line: u64,
    pub session: u32,
    pub delivery: Option<Delivery>,
    pub alliance: Option<f64>,
    pub symptom: Option<f64>,
}

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
    pub site: bool,
    pub delivery: bool,
    pub symptom: bool,
}

/// What every thread needs to know to read a row.
struct Reading<'a> {
    header: &'a Header,
    columns: Columns,
    decimal: Decimal,
    missing: &'a [String],
    /// Does a number mean "missing"?
    missing_is_number: bool,
    scores: [Score<'a>; 7],
    delivery_labels: Option<&'a std::collections::BTreeMap<String, String>>,
}

/// Positions of the columns.
struct Columns {
    client: usize,
    session: usize,
    therapist: Option<usize>,
    site: Option<usize>,
    date: Option<usize>,
    delivery: Option<usize>,
}

/// A score column and the range it must keep.
struct Score<'a> {
    field: &'static str,
    position: Option<usize>,
    measure: Option<&'a Measure>,
}

/// The longest code of a client.
pub(super) const LONGEST_CODE: usize = 100;

const ALLIANCE: usize = 0;
const SYMPTOM: usize = 1;

impl<'a> Reading<'a> {
    fn new(study: &'a Study, header: &'a Header) -> Option<Reading<'a>> {
        let settings = &study.settings;
        let measure = |name: &Option<String>| name.as_ref().and_then(|n| study.catalogue.find(n));
        let score = |field, measure| Score {
            field,
            position: header.position(field),
            measure,
        };
        Some(Reading {
            header,
            columns: Columns {
                client: header.position("client_id")?,
                session: header.position("session")?,
                therapist: header.position("therapist_id"),
                site: header.position("site_id"),
                date: header.position("date"),
                delivery: header.position("delivery"),
            },
            decimal: study.sources.decimal,
            missing: &study.sources.missing,
            missing_is_number: study.sources.missing_is_number(),
            scores: [
                score("alliance", measure(&settings.alliance_measure)),
                score("symptom", measure(&settings.symptom_measure)),
                score("empathy", measure(&settings.empathy_measure)),
                score("technique", None),
                score("heard", None),
                score("safe", None),
                score("seen", None),
            ],
            delivery_labels: study.sources.labels.get("delivery"),
        })
    }

    fn is_missing(&self, cell: &[u8]) -> bool {
        cell.is_empty() || self.missing.iter().any(|m| m.as_bytes() == cell)
    }
}

/// Reads rows one after the other, on one thread.
struct RowReader<'a> {
    reading: &'a Reading<'a>,
    /// The delivery labels met, as written.
    deliveries: Vec<(Vec<u8>, Delivery)>,
    problems: FileProblems,
}

impl<'a> RowReader<'a> {
    fn new(reading: &'a Reading<'a>) -> RowReader<'a> {
        RowReader {
            reading,
            deliveries: Vec::new(),
            problems: FileProblems::default(),
        }
    }

    fn is_missing(&self, cell: &[u8]) -> bool {
        self.reading.is_missing(cell)
    }

    fn problem(&mut self, line: u64, position: usize, field: &str, message: String) {
        self.problems
            .push(Problem::new(line, position + 1, field, message));
    }

    /// The row, or `None` when nothing can be made of it.
    #[inline]
    fn row(&mut self, line: u64, fields: &[&[u8]]) -> Option<SessionRow> {
        let reading = self.reading;
        if fields.len() != reading.header.width {
            self.problems
                .push(ragged(line, fields.len(), reading.header.width));
            self.problems.lose_row(None);
            return None;
        }
        let columns = &reading.columns;
        let client = fields[columns.client];
        if client.is_empty() {
            self.problem(
                line,
                columns.client,
                "client_id",
                "found an empty cell, expected a code".into(),
            );
            self.problems.lose_row(None);
        } else if client.len() > LONGEST_CODE {
            let message = format!(
                "found a text of {} bytes, expected a code of at most {LONGEST_CODE}",
                client.len()
            );
            self.problem(line, columns.client, "client_id", message);
            self.problems.lose_row(None);
            return None;
        }
        let session = cell::session_number(fields[columns.session]);
        if session.is_none() {
            let found = shown(fields[columns.session]);
            let message = format!("found {found}, expected a whole number from 1 to 9999");
            self.problem(line, columns.session, "session", message);
            self.problems.lose_row(Some(hash_of(client)));
        }
        if let Some(date) = columns.date {
            self.date(line, date, fields[date]);
        }
        let delivery = columns
            .delivery
            .and_then(|at| self.delivery(line, at, fields[at]));
        let mut scores = [None; 7];
        for (score, value) in reading.scores.iter().zip(&mut scores) {
            if let Some(at) = score.position {
                *value = self.score(line, at, score, fields[at]);
            }
        }
        if client.is_empty() {
            return None;
        }
        Some(SessionRow {
            line,
            session: session?,
            delivery,
            alliance: scores[ALLIANCE],
            symptom: scores[SYMPTOM],
        })
    }

    /// The therapist and the site of a row; empty where there is none.
    #[inline]
    fn codes<'f>(&self, fields: &[&'f [u8]]) -> [&'f [u8]; 2] {
        let columns = &self.reading.columns;
        [columns.therapist, columns.site].map(|at| at.map_or(&b""[..], |at| fields[at]))
    }

    #[inline]
    fn score(&mut self, line: u64, at: usize, score: &Score, text: &[u8]) -> Option<f64> {
        if text.is_empty() {
            return None;
        }
        // A code such as 99 may lie in the range of the questionnaire and still mean "missing".
        if self.reading.missing_is_number && self.is_missing(text) {
            return None;
        }
        match cell::number(text, self.reading.decimal) {
            Ok(x) if score.measure.is_none_or(|m| m.admits(x)) => Some(x),
            Ok(_) => {
                let measure = score
                    .measure
                    .expect("a score without a measure has no range");
                self.problems
                    .push(out_of_range(line, at, score.field, text, measure));
                None
            }
            Err(_) if self.is_missing(text) => None,
            Err(why) => {
                self.problems
                    .push(not_a_number(line, at, score.field, text, why));
                None
            }
        }
    }

    #[inline]
    fn date(&mut self, line: u64, at: usize, text: &[u8]) {
        if is_iso_date(text) || self.is_missing(text) {
            return;
        }
        self.problems.push(
            Problem::new(
                line,
                at + 1,
                "date",
                "found something else, expected a day as YYYY-MM-DD",
            )
            .hint("export dates in ISO form; 03/04/2024 could be two days"),
        );
    }

    #[inline]
    fn delivery(&mut self, line: u64, at: usize, text: &[u8]) -> Option<Delivery> {
        if let Some((_, delivery)) = self.deliveries.iter().find(|(label, _)| label == text) {
            return Some(*delivery);
        }
        if self.is_missing(text) {
            return None;
        }
        let delivery = self.new_delivery(line, at, text)?;
        self.deliveries.push((text.to_vec(), delivery));
        Some(delivery)
    }

    fn new_delivery(&mut self, line: u64, at: usize, text: &[u8]) -> Option<Delivery> {
        let label = String::from_utf8_lossy(text);
        let key = level_key(&label);
        let mapped = self
            .reading
            .delivery_labels
            .and_then(|labels| labels.get(&key));
        let key = mapped.map_or(key, |label| level_key(label));
        let known = DELIVERY_WORDS.iter().find(|(word, _)| *word == key);
        let delivery = known.map(|(_, means)| match *means {
            "online" => Delivery::Online,
            "in_person" => Delivery::InPerson,
            _ => Delivery::Hybrid,
        });
        if delivery.is_none() {
            let hint = match nearest(&key, &["online", "in_person", "hybrid"]) {
                Some(near) => format!("did you mean {near}? Otherwise say what it means under [labels.delivery] in the study file"),
                None => "say what it means in the study file: [labels.delivery], then e.g. telephone = \"online\"".into(),
            };
            let found = label_shown(&label, &["online", "in_person", "hybrid"]);
            self.problems.push(
                Problem::new(
                    line,
                    at + 1,
                    "delivery",
                    format!("found {found}, expected online, in_person or hybrid"),
                )
                .hint(hint),
            );
        }
        delivery
    }
}

/// A label as a message may show it: a number, a word of the trade or nearly one of those
/// expected. Any other word could be a name that slipped into the wrong column.
pub(super) fn label_shown(label: &str, expected: &[&str]) -> String {
    const OF_THE_TRADE: [&str; 67] = [
        "telephone",
        "phone",
        "mobile",
        "video",
        "videocall",
        "call",
        "zoom",
        "teams",
        "skype",
        "webex",
        "chat",
        "text",
        "email",
        "mail",
        "remote",
        "virtual",
        "web",
        "digital",
        "internet",
        "app",
        "live",
        "mixed",
        "both",
        "blended",
        "home",
        "clinic",
        "office",
        "onsite",
        "on",
        "site",
        "in",
        "person",
        "group",
        "face",
        "to",
        "ftf",
        "f2f",
        "finished",
        "complete",
        "done",
        "end",
        "ended",
        "closed",
        "open",
        "active",
        "current",
        "waiting",
        "started",
        "dropout",
        "dropped",
        "drop",
        "out",
        "lost",
        "withdrawn",
        "withdrew",
        "discharged",
        "discharge",
        "transferred",
        "referred",
        "terminated",
        "died",
        "unknown",
        "other",
        "none",
        "yes",
        "no",
        "not",
    ];
    let key = level_key(label);
    let is_code = (1..=2).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_digit());
    let is_word = |word: &str| OF_THE_TRADE.contains(&word);
    let is_near = |wanted: &&str| key.len() >= 5 && strsim::osa_distance(&key, wanted) <= 1;
    let is_known = !key.is_empty() && key.split('_').all(is_word);
    if is_code || is_known || expected.iter().any(is_near) {
        format!("{label:?}")
    } else {
        "a label that is not known".into()
    }
}

/// A score outside its questionnaire's range.
pub(super) fn out_of_range(
    line: u64,
    at: usize,
    field: &str,
    text: &[u8],
    measure: &Measure,
) -> Problem {
    let range = measure.range_in_words().unwrap_or_default();
    let found = shown(text);
    let problem = Problem::new(
        line,
        at + 1,
        field,
        format!("found {found}, expected {range} ({})", measure.name),
    );
    let form = "if another form of the questionnaire was used, name it under [measures]";
    if found.as_bytes() == text {
        problem.hint(format!(
            "if {found} means \"missing\", say so in the study file: [files] missing = [{found:?}]; {form}"
        ))
    } else {
        problem.hint(form)
    }
}

/// A cell that should be a number and is not.
pub(super) fn not_a_number(
    line: u64,
    at: usize,
    field: &str,
    text: &[u8],
    why: NotANumber,
) -> Problem {
    let problem = Problem::new(
        line,
        at + 1,
        field,
        format!("found {}, expected a number", shown(text)),
    );
    match why {
        NotANumber::NotFinite => problem.hint("leave the cell empty when the score is missing"),
        NotANumber::DecimalComma => {
            problem.hint("if the comma is the decimal mark, say so in the study file: [files] decimal = \"comma\"")
        }
        NotANumber::DecimalPoint => {
            problem.hint("the study file says decimal = \"comma\"; one mark must hold for the whole file")
        }
        NotANumber::Text => problem,
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

/// Sorts the rows of a client by session; sessions that are there twice become problems.
fn order(rows: &mut Vec<SessionRow>, header: &Header, duplicates: &mut FileProblems) {
    if !rows.is_sorted_by(|a, b| a.session < b.session) {
        rows.sort_by_key(|row| (row.session, row.line));
    }
    let column = header.position("session").map_or(0, |at| at + 1);
    rows.dedup_by(|row, kept| {
        let is_twice = row.session == kept.session;
        if is_twice {
            let message = format!("session {} of this client is there twice", row.session);
            let above = row.line - kept.line;
            let plural = if above == 1 { "" } else { "s" };
            let hint = format!("the first is {above} line{plural} above");
            duplicates.push(Problem::new(row.line, column, "session", message).hint(hint));
        }
        is_twice
    });
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
    /// Sessions that are there twice; only the whole client can tell.
    duplicates: FileProblems,
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
            duplicates: FileProblems::default(),
            runs: Vec::new(),
            count: 0,
        }
    }

    fn finish_client(&mut self) {
        if !self.rows.is_empty() {
            let first_line = self.rows[0].line;
            order(
                &mut self.rows,
                self.reader.reading.header,
                &mut self.duplicates,
            );
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
        let client = fields[self.reader.reading.columns.client];
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

    fn not_utf8(&mut self, line: u64, column: usize) {
        self.count += 1;
        self.reader.problems.push(not_utf8(line, column));
        self.reader.problems.lose_row(None);
    }

    fn open_quote(&mut self, line: u64) {
        self.count += 1;
        self.reader.problems.push(open_quote(line));
        self.reader.problems.lose_row(None);
    }
}

pub(super) fn not_utf8(line: u64, column: usize) -> Problem {
    Problem::new(line, column, "text", "found bytes that are not UTF-8")
        .hint("in a spreadsheet, save as \"CSV UTF-8\"")
}

/// A row with more or fewer cells than the header.
pub(super) fn ragged(line: u64, found: usize, expected: usize) -> Problem {
    let plural = if found == 1 { "" } else { "s" };
    let message = format!("found {found} field{plural}, expected {expected} as in the header");
    let problem = Problem::new(line, 0, "row", message);
    if found > expected {
        problem.hint("a cell that holds the delimiter itself, such as a decimal comma or a remark, must stand in quotes")
    } else {
        problem
    }
}

pub(super) fn open_quote(line: u64) -> Problem {
    Problem::new(
        line,
        0,
        "row",
        "found a quote that is never closed, expected another before the file ends",
    )
    .hint("every row from here on was inside the quote")
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
            let client = fields[self.reader.reading.columns.client];
            self.buffers.push(client, self.reader.codes(fields), &row);
        }
    }

    fn not_utf8(&mut self, line: u64, column: usize) {
        self.count += 1;
        self.reader.problems.push(not_utf8(line, column));
        self.reader.problems.lose_row(None);
    }

    fn open_quote(&mut self, line: u64) {
        self.count += 1;
        self.reader.problems.push(open_quote(line));
        self.reader.problems.lose_row(None);
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
    duplicates: FileProblems,
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
    let mut layout = Layout::Ranges(file.ranges(reading.columns.client)?);
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

    let mut duplicates = FileProblems::default();
    let mut whole = reduce.start();
    let mut watch = header.watch();
    let mut runs = Vec::new();
    let mut first_lines = Vec::new();
    let mut grouped = Vec::new();
    let mut line = file.header_lines() + 1;
    let mut rows = 0;
    for (at, part) in scanned.into_iter().enumerate() {
        first_lines.push(line);
        problems.append(part.problems, line);
        duplicates.append(part.duplicates, line);
        watch.merge(part.watch, line);
        if let Some(clients) = part.part {
            grouped.push(at);
            reduce.merge(&mut whole, clients, line);
        }
        runs.extend(part.runs);
        line += part.lines;
        rows += part.rows;
    }
    runs.par_sort_unstable();
    let is_contiguous = grouped.len() == first_lines.len() && has_no_twins(&runs);
    drop(runs);
    if !is_contiguous {
        // Some client's rows stand apart: all rows go to the partitions, those of the parts that
        // were grouped in a second reading.
        drop(whole);
        spill(file, &layout, &reading, &partitions, &grouped)?;
        let is_missing = |code: &[u8]| reading.is_missing(code);
        (whole, duplicates) =
            partitions.for_each_client(reduce, &first_lines, is_missing, |rows, found| {
                order(rows, header, found);
            })?;
    }
    problems.append(duplicates, 0);
    watch.report(problems);
    if rows == 0 {
        problems.push(Problem::new(1, 0, "file", "found a header but no rows"));
        problems.lose_row(None);
    }
    let has = Has {
        therapist: reading.columns.therapist.is_some(),
        site: reading.columns.site.is_some(),
        delivery: reading.columns.delivery.is_some(),
        symptom: reading.scores[SYMPTOM].position.is_some(),
    };
    let client_column = reading.columns.client + 1;
    Ok(Sessions {
        part: whole,
        rows,
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
            duplicates: grouping.duplicates,
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
            duplicates: FileProblems::default(),
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
