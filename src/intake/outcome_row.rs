//! One row of the outcomes file: cells become scores and labels, or problems with their place.

use std::collections::HashMap;

use super::cell;
use super::faults::{code_too_long, label_shown, label_too_long, not_a_number, ragged};
use super::file::Rows;
use super::header::{Header, Watch};
use super::problem::{FileProblems, Problem};
use super::scores::{ScoreColumn, Tally};
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

/// One row, validated. Names are numbers: positions in the lists of the reader that met them.
pub(super) struct OutcomeRow {
    pub line: u64,
    pub client: String,
    /// The first bytes of the client, to sort by.
    pub client_start: u64,
    pub measure: u32,
    pub pre: Option<f64>,
    pub post: Option<f64>,
    pub treatment: Option<u32>,
    pub diagnosis: Option<u32>,
    pub status: Option<Status>,
}

/// The labels of a column: each text met, as written, and the label it means.
#[derive(Default)]
pub(super) struct Labels {
    /// Key and the spelling met first.
    pub met: Vec<(String, String)>,
    of_text: HashMap<Vec<u8>, Option<u32>>,
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

/// Reads rows one after the other, on one thread.
pub(super) struct RowReader<'a> {
    study: &'a Study,
    header: &'a Header,
    columns: Columns,
    pub watch: Watch,
    pub rows: Vec<OutcomeRow>,
    pub count: u64,
    /// Of treatments and of diagnoses.
    pub labels: [Labels; 2],
    /// The measures met, with their keys.
    pub measures: Vec<(String, Measure)>,
    /// The scores of each measure before and after treatment.
    scores: Vec<[ScoreColumn<'a>; 2]>,
    pub tallies: Vec<[Tally; 2]>,
    /// Names of measures met; `None` where one cannot be used.
    of_name: HashMap<Vec<u8>, Option<u32>>,
    statuses: HashMap<Vec<u8>, Option<Status>>,
    pub problems: FileProblems,
}

/// Positions of the columns.
struct Columns {
    client: usize,
    measure: usize,
    pre: usize,
    post: usize,
    labels: [Option<usize>; 2],
    status: Option<usize>,
}

const LABEL_COLUMNS: [&str; 2] = ["treatment", "diagnosis"];
const SCORE_COLUMNS: [&str; 2] = ["pre", "post"];

/// The scores of a measure before and after treatment.
pub(super) fn score_columns<'a>(
    study: &'a Study,
    header: &Header,
    measure: &'a Measure,
) -> [ScoreColumn<'a>; 2] {
    let at = |field| header.position(field).expect("a required column was found");
    SCORE_COLUMNS.map(|field| ScoreColumn::of_outcomes(study, field, at(field), measure))
}

impl<'a> RowReader<'a> {
    pub fn new(study: &'a Study, header: &'a Header) -> RowReader<'a> {
        let required = |name: &str| header.position(name).expect("a required column was found");
        RowReader {
            study,
            header,
            columns: Columns {
                client: required("client_id"),
                measure: required("measure"),
                pre: required("pre"),
                post: required("post"),
                labels: LABEL_COLUMNS.map(|column| header.position(column)),
                status: header.position("status"),
            },
            watch: header.watch(),
            rows: Vec::new(),
            count: 0,
            labels: Default::default(),
            measures: Vec::new(),
            scores: Vec::new(),
            tallies: Vec::new(),
            of_name: HashMap::new(),
            statuses: HashMap::new(),
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

    /// The first label of a row that is too long to be one.
    fn too_long(&self, line: u64, fields: &[&[u8]]) -> Option<Problem> {
        let [treatment, diagnosis] = self.columns.labels;
        let labels = [
            ("measure", Some(self.columns.measure)),
            ("treatment", treatment),
            ("diagnosis", diagnosis),
        ];
        labels
            .into_iter()
            .filter_map(|(field, at)| Some((field, at?)))
            .find_map(|(field, at)| label_too_long(line, at, field, fields[at]))
    }

    /// The questionnaire of a row. One whose direction is unknown is refused, never guessed.
    fn measure(&mut self, line: u64, text: &[u8]) -> Option<u32> {
        if let Some(known) = self.of_name.get(text) {
            return *known;
        }
        let at = self.columns.measure;
        let name = String::from_utf8_lossy(text).into_owned();
        let catalogue = &self.study.catalogue;
        let found = catalogue.find(&name);
        let usable = found.filter(|m| m.direction.is_some());
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
        let number = usable.map(|measure| {
            let key = measure.key();
            let known = self.measures.iter().position(|(other, _)| *other == key);
            let at = known.unwrap_or_else(|| {
                let scores = score_columns(self.study, self.header, measure);
                self.tallies.push(scores.each_ref().map(ScoreColumn::tally));
                self.scores.push(scores);
                self.measures.push((key, measure.clone()));
                self.measures.len() - 1
            });
            at as u32
        });
        self.of_name.insert(text.to_vec(), number);
        number
    }

    /// The score before treatment (0) or after it (1).
    fn score(
        &mut self,
        line: u64,
        which: usize,
        text: &[u8],
        measure: Option<u32>,
        status: Option<Status>,
    ) -> Option<f64> {
        if text.is_empty() {
            return None;
        }
        match cell::number(text, self.study.sources.decimal_outcomes) {
            Ok(number) => {
                // A row whose questionnaire is not known is a problem already.
                let measure = measure? as usize;
                let (column, tally) = (
                    &self.scores[measure][which],
                    &mut self.tallies[measure][which],
                );
                column.score(tally, number, text, line, status)
            }
            Err(_) if self.is_missing(text) => None,
            Err(why) => {
                let at = [self.columns.pre, self.columns.post][which];
                let field = SCORE_COLUMNS[which];
                self.problems.push(not_a_number(line, at, field, text, why));
                None
            }
        }
    }

    /// The label of a treatment or diagnosis.
    fn label(&mut self, which: usize, fields: &[&[u8]]) -> Option<u32> {
        let text = fields[self.columns.labels[which]?];
        if let Some(known) = self.labels[which].of_text.get(text) {
            return *known;
        }
        let number = self.new_label(which, text);
        self.labels[which].of_text.insert(text.to_vec(), number);
        number
    }

    fn new_label(&mut self, which: usize, text: &[u8]) -> Option<u32> {
        if self.is_missing(text) {
            return None;
        }
        let written = String::from_utf8_lossy(text);
        let mapped = self
            .study
            .sources
            .labels
            .get(LABEL_COLUMNS[which])
            .and_then(|map| map.get(&level_key(&written)));
        let label = mapped.map_or(written.as_ref(), String::as_str);
        let key = level_key(label);
        if key.is_empty() {
            return None;
        }
        let met = &mut self.labels[which].met;
        let known = met.iter().position(|(other, _)| *other == key);
        let at = known.unwrap_or_else(|| {
            met.push((key, label.to_owned()));
            met.len() - 1
        });
        Some(at as u32)
    }

    fn status(&mut self, line: u64, fields: &[&[u8]]) -> Option<Status> {
        let at = self.columns.status?;
        if let Some(known) = self.statuses.get(fields[at]) {
            return *known;
        }
        let status = self.new_status(line, at, fields[at]);
        // A word that means nothing is a problem in every row that has it.
        if status.is_some() || self.is_missing(fields[at]) {
            self.statuses.insert(fields[at].to_vec(), status);
        }
        status
    }

    fn new_status(&mut self, line: u64, at: usize, text: &[u8]) -> Option<Status> {
        if self.is_missing(text) {
            return None;
        }
        let label = String::from_utf8_lossy(text).into_owned();
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
                    None => "say what it means in the study file: [labels.status], then e.g. \"finished\" = \"completed\"".into(),
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
        let client = fields[self.columns.client];
        let at = self.columns.client;
        if let Some(problem) = code_too_long(line, at, "client_id", client) {
            self.problems.push(problem);
            self.problems.lose_row(None);
        } else if client.is_empty() {
            let message =
                format!("found an empty cell, expected a code of at most {LONGEST_CODE} bytes");
            self.problems
                .push(Problem::new(line, at + 1, "client_id", message));
            self.problems.lose_row(None);
        }
        if let Some(problem) = self.too_long(line, fields) {
            self.problems.push(problem);
            self.problems.lose_row(Some(hash_of(client)));
            return;
        }
        let measure = self.measure(line, fields[self.columns.measure]);
        let status = self.status(line, fields);
        let cells = [fields[self.columns.pre], fields[self.columns.post]];
        let [pre, post] =
            [0, 1].map(|which| self.score(line, which, cells[which], measure, status));
        let [treatment, diagnosis] = [0, 1].map(|which| self.label(which, fields));
        if measure.is_none() {
            self.problems.lose_row(Some(hash_of(client)));
        }
        if let Some(measure) = measure
            && !client.is_empty()
        {
            let client = String::from_utf8_lossy(client).into_owned();
            self.rows.push(OutcomeRow {
                line,
                client_start: cell::start_of(&client),
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

    fn reads(&self, column: usize) -> bool {
        self.header.is_used(column)
    }

    fn lost(&mut self, problem: Problem) {
        self.count += 1;
        self.problems.push(problem);
        self.problems.lose_row(None);
    }
}
