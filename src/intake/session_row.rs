//! One row of the sessions file: cells become a session, or problems with their place.

use super::cell;
use super::days::Days;
use super::faults::{code_too_long, label_shown, not_a_number, ragged};
use super::header::Header;
use super::problem::{FileProblems, Problem, shown};
use super::scores::{ScoreColumn, Tally};
use super::sessions::hash_of;
use crate::study::{DELIVERY_WORDS, Dates, Day, Decimal, Month, Study, level_key, nearest};

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
    pub day: Option<Day>,
    pub delivery: Option<Delivery>,
    pub scores: Scores,
}

impl SessionRow {
    /// The month of the session's day.
    pub fn month(&self) -> Option<Month> {
        self.day.map(|day| day.month)
    }

    /// Does anything say that the session was held: a day, a delivery or a score?
    pub fn is_filled_in(&self) -> bool {
        self.day.is_some() || self.delivery.is_some() || self.scores.0.iter().any(Option::is_some)
    }
}

/// The scores of a session, as recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores([Option<f64>; 7]);

impl Scores {
    pub fn of(&self, score: Score) -> Option<f64> {
        self.0[score as usize]
    }

    /// The same with another value for one of them.
    pub fn with(mut self, score: Score, value: Option<f64>) -> Scores {
        self.0[score as usize] = value;
        self
    }
}

/// What is asked in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    Alliance,
    Symptom,
    Empathy,
    /// How much of the treatment's technique was used.
    Technique,
    /// Do I feel heard, safe, seen?
    Heard,
    Safe,
    Seen,
}

impl Score {
    pub const ALL: [Score; 7] = [
        Score::Alliance,
        Score::Symptom,
        Score::Empathy,
        Score::Technique,
        Score::Heard,
        Score::Safe,
        Score::Seen,
    ];

    /// The column of the sessions file.
    pub fn column(self) -> &'static str {
        match self {
            Score::Alliance => "alliance",
            Score::Symptom => "symptom",
            Score::Empathy => "empathy",
            Score::Technique => "technique",
            Score::Heard => "heard",
            Score::Safe => "safe",
            Score::Seen => "seen",
        }
    }
}

/// What every thread needs to know to read a row.
pub(super) struct Reading<'a> {
    pub header: &'a Header,
    columns: Columns,
    decimal: Decimal,
    missing: &'a [String],
    scores: [Option<ScoreColumn<'a>>; 7],
    dates: Dates,
    /// The day the data were locked: no session is later.
    data_lock: Option<&'a str>,
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

const DATES: &str = "03/04/2024 could be two days: export days as YYYY-MM-DD, or say how all are written in the study file: [files] dates = \"dd.mm.yyyy\" or \"mm/dd/yyyy\"";

/// The longest code of a client, a therapist or a site, in bytes.
pub(super) const LONGEST_CODE: usize = 100;

impl<'a> Reading<'a> {
    pub fn new(study: &'a Study, header: &'a Header) -> Option<Reading<'a>> {
        let settings = &study.settings;
        let score = |score: Score| {
            let name = match score {
                Score::Alliance => &settings.alliance_measure,
                Score::Symptom => &settings.symptom_measure,
                Score::Empathy => &settings.empathy_measure,
                Score::Heard | Score::Safe | Score::Seen => &settings.items_measure,
                Score::Technique => &None,
            };
            let measure = name.as_ref().and_then(|name| study.catalogue.find(name));
            let at = header.position(score.column())?;
            Some(ScoreColumn::of_sessions(study, score.column(), at, measure))
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
            scores: Score::ALL.map(score),
            dates: study.sources.dates,
            data_lock: settings.data_lock.as_deref(),
            delivery_labels: study.sources.labels.get("delivery"),
        })
    }

    /// The field, counted from 1, that holds a column; 0 where there is none.
    pub fn field(&self, column: &str) -> usize {
        self.header.position(column).map_or(0, |at| at + 1)
    }

    pub fn data_lock(&self) -> Option<&str> {
        self.data_lock
    }

    /// Was such a row made by the export for a session that never was? Only a file that has days or
    /// deliveries tells: where there are none, a session that nobody rated looks the same.
    pub fn is_placeholder(&self, row: &SessionRow) -> bool {
        (self.columns.date.is_some() || self.columns.delivery.is_some()) && !row.is_filled_in()
    }

    pub fn client_column(&self) -> usize {
        self.columns.client
    }

    pub fn is_missing(&self, cell: &[u8]) -> bool {
        cell.is_empty() || self.missing.iter().any(|m| m.as_bytes() == cell)
    }
}

/// What the columns of scores look like.
pub(super) struct ScoreTallies([Option<Tally>; 7]);

impl ScoreTallies {
    pub fn new(reading: &Reading) -> ScoreTallies {
        let columns = reading.scores.each_ref();
        ScoreTallies(columns.map(|column| column.as_ref().map(ScoreColumn::tally)))
    }

    /// Adds those of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: &ScoreTallies, first_line: u64) {
        for (ours, theirs) in self.0.iter_mut().zip(&later.0) {
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                ours.merge(theirs, first_line);
            }
        }
    }

    pub fn report(&self, reading: &Reading, problems: &mut FileProblems) {
        for (column, tally) in reading.scores.iter().zip(&self.0) {
            if let (Some(column), Some(tally)) = (column, tally) {
                for problem in column.problems(tally) {
                    problems.push(problem);
                }
            }
        }
    }
}

/// Reads rows one after the other, on one thread.
pub(super) struct RowReader<'a> {
    pub reading: &'a Reading<'a>,
    /// The delivery labels met, as written.
    deliveries: Vec<(Vec<u8>, Delivery)>,
    pub tallies: ScoreTallies,
    pub days: Days,
    /// Rows that were never filled in.
    pub placeholders: u64,
    pub problems: FileProblems,
}

impl<'a> RowReader<'a> {
    pub fn new(reading: &'a Reading<'a>) -> RowReader<'a> {
        RowReader {
            reading,
            deliveries: Vec::new(),
            tallies: ScoreTallies::new(reading),
            days: Days::default(),
            placeholders: 0,
            problems: FileProblems::default(),
        }
    }

    pub fn is_missing(&self, cell: &[u8]) -> bool {
        self.reading.is_missing(cell)
    }

    #[track_caller]
    fn problem(&mut self, line: u64, position: usize, field: &str, message: String) {
        self.problems
            .push(Problem::new(line, position + 1, field, message));
    }

    /// The row, or `None` when nothing can be made of it.
    #[inline]
    pub fn row(&mut self, line: u64, fields: &[&[u8]]) -> Option<SessionRow> {
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
        }
        // A longer code does not fit the partitions.
        let codes = [
            ("client_id", Some(columns.client)),
            ("therapist_id", columns.therapist),
            ("site_id", columns.site),
        ];
        for (field, at) in codes
            .into_iter()
            .filter_map(|(field, at)| Some((field, at?)))
        {
            if let Some(problem) = code_too_long(line, at, field, fields[at]) {
                self.lost(problem);
                return None;
            }
        }
        let session = cell::session_number(fields[columns.session]);
        if session.is_none() {
            let found = shown(fields[columns.session]);
            let message = format!("found {found}, expected a whole number from 1 to 9999");
            let problem = Problem::new(line, columns.session + 1, "session", message);
            self.problems.push(if found == "0" {
                problem.hint(
                    "sessions count from 1; where the export counts from 0, add 1 to every session",
                )
            } else {
                problem
            });
            self.problems.lose_row(Some(hash_of(client)));
        }
        let day = columns
            .date
            .and_then(|date| self.day(line, date, fields[date]));
        let delivery = columns
            .delivery
            .and_then(|at| self.delivery(line, at, fields[at]));
        let mut scores = [None; 7];
        for (which, value) in scores.iter_mut().enumerate() {
            if let Some(column) = &reading.scores[which] {
                *value = self.score(line, which, column, fields[column.at()]);
            }
        }
        if client.is_empty() {
            return None;
        }
        let row = SessionRow {
            line,
            session: session?,
            day,
            delivery,
            scores: Scores(scores),
        };
        self.placeholders += u64::from(reading.is_placeholder(&row));
        Some(row)
    }

    /// A row of which nothing can be made.
    pub fn lost(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.problems.lose_row(None);
    }

    /// The therapist and the site of a row; empty where there is none.
    #[inline]
    pub fn codes<'f>(&self, fields: &[&'f [u8]]) -> [&'f [u8]; 2] {
        let columns = &self.reading.columns;
        [columns.therapist, columns.site].map(|at| at.map_or(&b""[..], |at| fields[at]))
    }

    #[inline]
    fn score(&mut self, line: u64, which: usize, column: &ScoreColumn, text: &[u8]) -> Option<f64> {
        if text.is_empty() {
            return None;
        }
        match cell::number(text, self.reading.decimal) {
            Ok(number) => {
                let tally = self.tallies.0[which].as_mut()?;
                column.score(tally, number, text, line, None)
            }
            Err(_) if self.is_missing(text) => None,
            Err(why) => {
                let (at, field) = (column.at(), column.field());
                self.problems.push(not_a_number(line, at, field, text, why));
                None
            }
        }
    }

    #[inline]
    fn day(&mut self, line: u64, at: usize, text: &[u8]) -> Option<Day> {
        let reading = self.reading;
        let Some(day) = reading.dates.iso(text) else {
            if !self.is_missing(text) {
                let expected = reading.dates.word();
                let message = format!("found something else, expected a day as {expected}");
                self.problems
                    .push(Problem::new(line, at + 1, "date", message).hint(DATES));
            }
            return None;
        };
        let lock = reading.data_lock;
        let is_late = lock.is_some_and(|lock| day[..] > *lock.as_bytes());
        let day = Day::of_iso(&day)?;
        self.days.look(day, is_late, line);
        Some(day)
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
                None => "say what it means in the study file: [labels.delivery], then e.g. \"telephone\" = \"online\"".into(),
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
