//! The outcomes file: one row per client and measure, validated, as polars tables.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;
use rayon::prelude::*;

use super::cell;
use super::faults::{label_shown, not_a_number, not_utf8, open_quote, out_of_range, ragged};
use super::file::{CsvFile, Rows, Stop};
use super::header::{Header, Watch};
use super::problem::{FileProblems, Problem};
use super::session_row::LONGEST_CODE;
use super::sessions::hash_of;
use crate::study::{Measure, STATUS_WORDS, Study, level_key, nearest};

/// How a treatment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Completed,
    DroppedOut,
    Ongoing,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Completed, Status::DroppedOut, Status::Ongoing];

    /// The word of the outcomes file.
    pub fn as_str(self) -> &'static str {
        STATUS_WORDS[self as usize]
    }
}

/// The outcomes file.
pub struct Outcomes {
    /// One row per client and measure: `client_id`, `measure` (key), `pre`, `post` (as recorded),
    /// `line`; sorted by client, then measure.
    pub scores: DataFrame,
    /// One row per client: `client_id`, `treatment`, `diagnosis` (keys), `status` (its word), `line`;
    /// sorted by client.
    pub clients: DataFrame,
    /// The questionnaires met, by key.
    pub measures: BTreeMap<String, Measure>,
    /// Level key → the spelling met first, for treatment and diagnosis.
    pub treatment_labels: BTreeMap<String, String>,
    pub diagnosis_labels: BTreeMap<String, String>,
    pub rows: u64,
    pub unused_columns: Vec<String>,
    pub has_treatment: bool,
    pub has_diagnosis: bool,
    pub has_status: bool,
    /// The field, counted from 1, that holds the client.
    pub client_column: usize,
}

impl Outcomes {
    /// The id and first line of every client.
    pub fn client_lines(&self) -> Vec<(&str, u64)> {
        let column = |name: &str| {
            self.clients
                .column(name)
                .expect("the table has this column")
        };
        let ids = column("client_id").str().expect("ids are text");
        let lines = column("line").u64().expect("lines are counts");
        ids.iter()
            .zip(lines.iter())
            .filter_map(|(id, line)| Some((id?, line?)))
            .collect()
    }
}

/// One row, validated.
struct OutcomeRow {
    line: u64,
    client: String,
    measure: String,
    pre: Option<f64>,
    post: Option<f64>,
    treatment: Option<String>,
    diagnosis: Option<String>,
    status: Option<Status>,
}

/// Is it like OQ-30 or CORE10, and therefore nobody's name?
fn is_abbreviation(name: &str) -> bool {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = &name[letters..];
    let number = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
    (2..=5).contains(&letters)
        && (1..=3).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

struct RowReader<'a> {
    study: &'a Study,
    header: &'a Header,
    watch: Watch,
    rows: Vec<OutcomeRow>,
    count: u64,
    /// Spelling of each label met, as written, by key.
    labels: [Vec<(String, String)>; 2],
    /// Names of measures met → key and measure; `None` where it cannot be used.
    measures: HashMap<Vec<u8>, Option<(String, Measure)>>,
    problems: FileProblems,
}

impl<'a> RowReader<'a> {
    fn new(study: &'a Study, header: &'a Header) -> RowReader<'a> {
        RowReader {
            study,
            header,
            watch: header.watch(),
            rows: Vec::new(),
            count: 0,
            labels: [Vec::new(), Vec::new()],
            measures: HashMap::new(),
            problems: FileProblems::default(),
        }
    }

    fn is_missing(&self, cell: &[u8]) -> bool {
        cell.is_empty()
            || self
                .study
                .sources
                .missing
                .iter()
                .any(|m| m.as_bytes() == cell)
    }

    /// The questionnaire of a row. One whose direction is unknown is refused, never guessed.
    fn measure(&mut self, line: u64, at: usize, text: &[u8]) -> Option<(String, Measure)> {
        if let Some(known) = self.measures.get(text) {
            return known.clone();
        }
        let name = String::from_utf8_lossy(text).into_owned();
        let catalogue = &self.study.catalogue;
        let found = catalogue.find(&name);
        let usable = found.filter(|m| m.direction.is_some()).cloned();
        if usable.is_none() {
            let is_plain = found.is_some() || is_abbreviation(&name);
            let (spelled, key) = if is_plain {
                (format!("{name:?}"), format!("{name:?}"))
            } else {
                ("this name".into(), "\"its name\"".into())
            };
            let (message, start) = match (text.is_empty(), found) {
                (true, _) => (
                    "found an empty cell, expected the name of a questionnaire".into(),
                    String::new(),
                ),
                (_, Some(_)) => (
                    format!(
                        "whether a higher or a lower score of {spelled} is better is not known"
                    ),
                    String::new(),
                ),
                (_, None) => (
                    format!(
                        "{spelled} is not in the catalogue, so which scores are better is not known"
                    ),
                    catalogue
                        .nearest(&name)
                        .map(|near| format!("did you mean {near:?}? Otherwise "))
                        .unwrap_or_default(),
                ),
            };
            let mut problem = Problem::new(line, at + 1, "measure", message);
            if !text.is_empty() {
                problem = problem.hint(format!(
                    "{start}describe it in the study file: [measures.define.{key}], direction = \"lower_is_better\" or \"higher_is_better\", minimum, maximum"
                ));
            }
            self.problems.push(problem);
        }
        let answer = usable.map(|m| (m.key(), m));
        self.measures.insert(text.to_vec(), answer.clone());
        answer
    }

    fn score(
        &mut self,
        line: u64,
        field: &'static str,
        text: &[u8],
        measure: Option<&Measure>,
    ) -> Option<f64> {
        let at = self.header.position(field)?;
        // A code such as 99 may lie in the range of the questionnaire and still mean "missing".
        if self.is_missing(text) {
            return None;
        }
        match cell::number(text, self.study.sources.decimal) {
            Ok(x) if measure.is_none_or(|m| m.admits(x)) => Some(x),
            Ok(_) => {
                let measure = measure.expect("a score without a measure has no range");
                self.problems
                    .push(out_of_range(line, at, field, text, measure));
                None
            }
            Err(why) => {
                self.problems.push(not_a_number(line, at, field, text, why));
                None
            }
        }
    }

    /// The key of a treatment or diagnosis.
    fn level(&mut self, field: &'static str, which: usize, fields: &[&[u8]]) -> Option<String> {
        let text = fields[self.header.position(field)?];
        if self.is_missing(text) {
            return None;
        }
        let written = String::from_utf8_lossy(text);
        let mapped = self
            .study
            .sources
            .labels
            .get(field)
            .and_then(|map| map.get(&level_key(&written)));
        let label = mapped.map_or(written.as_ref(), String::as_str);
        let key = level_key(label);
        if key.is_empty() {
            return None;
        }
        if !self.labels[which].iter().any(|(known, _)| *known == key) {
            self.labels[which].push((key.clone(), label.to_owned()));
        }
        Some(key)
    }

    fn status(&mut self, line: u64, fields: &[&[u8]]) -> Option<Status> {
        let at = self.header.position("status")?;
        if self.is_missing(fields[at]) {
            return None;
        }
        let label = String::from_utf8_lossy(fields[at]).into_owned();
        let key = level_key(&label);
        let mapped = self
            .study
            .sources
            .labels
            .get("status")
            .and_then(|map| map.get(&key));
        let key = mapped.map_or(key, |label| level_key(label));
        match key.as_str() {
            "completed" => Some(Status::Completed),
            "dropped_out" => Some(Status::DroppedOut),
            "ongoing" => Some(Status::Ongoing),
            _ => {
                let hint = match nearest(&key, &STATUS_WORDS) {
                    Some(near) => format!("did you mean {near}? Otherwise say what it means under [labels.status] in the study file"),
                    None => "say what it means in the study file: [labels.status], then e.g. finished = \"completed\"".into(),
                };
                let message = format!(
                    "found {}, expected completed, dropped_out or ongoing",
                    label_shown(&label, &STATUS_WORDS)
                );
                self.problems
                    .push(Problem::new(line, at + 1, "status", message).hint(hint));
                None
            }
        }
    }
}

impl Rows for RowReader<'_> {
    fn row(&mut self, line: u64, fields: &[&[u8]]) {
        self.count += 1;
        if fields.len() != self.header.width {
            self.problems
                .push(ragged(line, fields.len(), self.header.width));
            self.problems.lose_row(None);
            return;
        }
        self.watch.codes(fields, line);
        self.watch.others(fields, line);
        let column = |name: &str| {
            self.header
                .position(name)
                .expect("a required column was found")
        };
        let (client_at, measure_at, pre_at, post_at) = (
            column("client_id"),
            column("measure"),
            column("pre"),
            column("post"),
        );
        let client = fields[client_at];
        if client.is_empty() || client.len() > LONGEST_CODE {
            let found = if client.is_empty() {
                "an empty cell".into()
            } else {
                format!("a text of {} bytes", client.len())
            };
            let message = format!("found {found}, expected a code of at most {LONGEST_CODE} bytes");
            self.problems
                .push(Problem::new(line, client_at + 1, "client_id", message));
            self.problems.lose_row(None);
        }
        let measure = self.measure(line, measure_at, fields[measure_at]);
        let known = measure.as_ref().map(|(_, m)| m);
        let pre = self.score(line, "pre", fields[pre_at], known);
        let post = self.score(line, "post", fields[post_at], known);
        let treatment = self.level("treatment", 0, fields);
        let diagnosis = self.level("diagnosis", 1, fields);
        let status = self.status(line, fields);
        if measure.is_none() {
            self.problems.lose_row(Some(hash_of(client)));
        }
        if let Some((measure, _)) = measure
            && !client.is_empty()
        {
            let client = String::from_utf8_lossy(client).into_owned();
            self.rows.push(OutcomeRow {
                line,
                client,
                measure,
                pre,
                post,
                treatment,
                diagnosis,
                status,
            });
        }
    }

    fn not_utf8(&mut self, line: u64, column: usize) {
        self.count += 1;
        self.problems.push(not_utf8(line, column));
        self.problems.lose_row(None);
    }

    fn open_quote(&mut self, line: u64) {
        self.count += 1;
        self.problems.push(open_quote(line));
        self.problems.lose_row(None);
    }
}

/// Reads and validates the outcomes; every problem of the file goes to `problems`.
///
/// # Errors
/// When the file cannot be read on.
pub fn read(
    study: &Study,
    file: &CsvFile,
    header: &Header,
    problems: &mut FileProblems,
) -> std::io::Result<Outcomes> {
    let client = header
        .position("client_id")
        .expect("the required columns were found");
    let ranges = file.ranges(client)?;
    let scanned: Result<Vec<(RowReader, u64)>, Stop> = ranges
        .into_par_iter()
        .map_init(Vec::new, |buffer, range| {
            let mut reader = RowReader::new(study, header);
            let lines = file.scan(range, buffer, &mut reader)?;
            Ok((reader, lines))
        })
        .collect();
    let parts = match scanned {
        Ok(parts) => parts,
        Err(Stop::Quote) => {
            let mut reader = RowReader::new(study, header);
            let lines = file.scan_quoted(&mut reader)?;
            vec![(reader, lines)]
        }
        Err(Stop::Io(e)) => return Err(e),
    };
    let mut watch = header.watch();
    let mut rows: Vec<OutcomeRow> = Vec::new();
    let mut labels: [BTreeMap<String, String>; 2] = Default::default();
    let mut measures = BTreeMap::new();
    let mut unknown = std::collections::BTreeSet::new();
    let mut count = 0;
    let mut first_line = file.header_lines() + 1;
    for (mut part, lines) in parts {
        // Each part met an unknown measure on its own; one report is enough.
        part.problems.problems.retain(|p| {
            p.field != "measure"
                || p.message.starts_with("found")
                || unknown.insert(p.message.clone())
        });
        problems.append(part.problems, first_line);
        watch.merge(part.watch, first_line);
        for row in &mut part.rows {
            row.line += first_line;
        }
        rows.append(&mut part.rows);
        for (known, met) in labels.iter_mut().zip(part.labels) {
            for (key, label) in met {
                known.entry(key).or_insert(label);
            }
        }
        measures.extend(part.measures.into_values().flatten());
        count += part.count;
        first_line += lines;
    }
    rows.par_sort_by(|a, b| (&a.client, &a.measure, a.line).cmp(&(&b.client, &b.measure, b.line)));
    check_clients(&rows, header, problems);
    watch.report(problems);
    if count == 0 {
        problems.push(Problem::new(1, 0, "file", "found a header but no rows"));
        problems.lose_row(None);
    }
    let (scores, clients) = tables(&rows).expect("columns of one table have one length");
    let [treatment_labels, diagnosis_labels] = labels;
    Ok(Outcomes {
        scores,
        clients,
        measures,
        treatment_labels,
        diagnosis_labels,
        rows: count,
        unused_columns: header.unused.iter().map(|(_, name)| name.clone()).collect(),
        has_treatment: header.position("treatment").is_some(),
        has_diagnosis: header.position("diagnosis").is_some(),
        has_status: header.position("status").is_some(),
        client_column: client + 1,
    })
}

/// Duplicates, and rows of one client that contradict each other.
fn check_clients(rows: &[OutcomeRow], header: &Header, problems: &mut FileProblems) {
    let column = |name: &str| header.position(name).map_or(0, |at| at + 1);
    for client in rows.chunk_by(|a, b| a.client == b.client) {
        for pair in client.windows(2) {
            if pair[0].measure == pair[1].measure {
                problems.push(
                    Problem::new(
                        pair[1].line,
                        column("measure"),
                        "measure",
                        "this client and measure are there twice",
                    )
                    .hint(format!("the other row is line {}", pair[0].line)),
                );
            }
        }
        if client.len() < 2 {
            continue;
        }
        let mut by_line: Vec<&OutcomeRow> = client.iter().collect();
        by_line.sort_by_key(|row| row.line);
        for (field, value) in [
            (
                "treatment",
                (|row| row.treatment.as_deref()) as fn(&OutcomeRow) -> Option<&str>,
            ),
            ("diagnosis", |row| row.diagnosis.as_deref()),
        ] {
            let mut first: Option<(&str, u64)> = None;
            for row in &by_line {
                match (value(row), first) {
                    (Some(level), None) => first = Some((level, row.line)),
                    (Some(level), Some((other, line))) if level != other => {
                        problems.push(
                            Problem::new(
                                row.line,
                                column(field),
                                field,
                                "found another label than in an earlier row of this client",
                            )
                            .hint(format!("compare line {line}; a client has one {field}")),
                        );
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The two tables, from rows sorted by client and measure.
fn tables(rows: &[OutcomeRow]) -> PolarsResult<(DataFrame, DataFrame)> {
    let text =
        |f: fn(&OutcomeRow) -> Option<&str>| rows.iter().map(f).collect::<Vec<Option<&str>>>();
    let scores = DataFrame::new_infer_height(vec![
        Column::new("client_id".into(), text(|r| Some(&r.client))),
        Column::new("measure".into(), text(|r| Some(&r.measure))),
        Column::new("pre".into(), rows.iter().map(|r| r.pre).collect::<Vec<_>>()),
        Column::new(
            "post".into(),
            rows.iter().map(|r| r.post).collect::<Vec<_>>(),
        ),
    ])?;
    let clients: Vec<&[OutcomeRow]> = rows.chunk_by(|a, b| a.client == b.client).collect();
    let first = |f: fn(&OutcomeRow) -> Option<&str>| {
        clients
            .iter()
            .map(|rows| rows.iter().find_map(f))
            .collect::<Vec<Option<&str>>>()
    };
    let clients_table = DataFrame::new_infer_height(vec![
        Column::new("client_id".into(), first(|r| Some(&r.client))),
        Column::new("treatment".into(), first(|r| r.treatment.as_deref())),
        Column::new("diagnosis".into(), first(|r| r.diagnosis.as_deref())),
        Column::new("status".into(), first(|r| r.status.map(Status::as_str))),
        Column::new(
            "line".into(),
            clients
                .iter()
                .map(|rows| rows.iter().map(|r| r.line).min().unwrap_or_default())
                .collect::<Vec<u64>>(),
        ),
    ])?;
    Ok((scores, clients_table))
}
