//! The outcomes file: one row per client and measure, validated, as polars tables.

use std::collections::BTreeMap;

use polars::prelude::*;
use rayon::prelude::*;

use super::file::{CsvFile, Stop};
use super::header::Header;
use super::outcome_row::{OutcomeRow, RowReader, Status, score_columns};
use super::problem::{FileProblems, Problem};
use super::scores::{Pairs, Tally, problems_of_outcomes};
use super::whole_clients::TREATMENTS;
use crate::study::{Measure, Study};

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
    let mut measures: BTreeMap<String, Measure> = BTreeMap::new();
    let mut tallies: BTreeMap<String, [Tally; 2]> = BTreeMap::new();
    let mut unknown = std::collections::BTreeSet::new();
    let mut count = 0;
    let mut first_line = file.header_lines() + 1;
    let mut numbered = Vec::new();
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
        let names = Names {
            measures: part.measures.iter().map(|(key, _)| key.clone()).collect(),
            labels: part
                .labels
                .each_ref()
                .map(|labels| labels.met.iter().map(|(key, _)| key.clone()).collect()),
        };
        for (known, labels) in labels.iter_mut().zip(part.labels) {
            for (key, label) in labels.met {
                known.entry(key).or_insert(label);
            }
        }
        for ((key, measure), of_part) in part.measures.iter().zip(&part.tallies) {
            let of_file = tallies.entry(key.clone());
            let of_file = of_file.or_insert_with(|| [(); 2].map(|()| Tally::new(Some(measure))));
            for (ours, theirs) in of_file.iter_mut().zip(of_part) {
                ours.merge(theirs, first_line);
            }
        }
        measures.extend(part.measures);
        numbered.push((part.rows, names));
        count += part.count;
        first_line += lines;
    }
    let names = Names {
        measures: measures.keys().cloned().collect(),
        labels: labels
            .each_ref()
            .map(|known| known.keys().cloned().collect()),
    };
    for (mut of_part, names_of_part) in numbered {
        names.renumber(&mut of_part, &names_of_part);
        rows.append(&mut of_part);
    }
    rows.par_sort_unstable_by(|a, b| {
        (a.client_start, &a.client, a.measure, a.line).cmp(&(
            b.client_start,
            &b.client,
            b.measure,
            b.line,
        ))
    });
    check_clients(&rows, header, problems);
    for (number, (key, measure)) in measures.iter().enumerate() {
        let pairs = Pairs::of(rows.iter().filter(|row| row.measure as usize == number));
        let columns = score_columns(study, header, measure);
        for problem in problems_of_outcomes(&columns, &tallies[key], &pairs) {
            problems.push(problem);
        }
    }
    watch.report(problems);
    if count == 0 {
        problems.push(Problem::new(1, 0, "file", "found a header but no rows"));
        problems.lose_row(None);
    }
    let (scores, clients) = tables(&rows, &names).expect("columns of one table have one length");
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

/// What the numbers in rows stand for; those of a file are sorted.
struct Names {
    measures: Vec<String>,
    labels: [Vec<String>; 2],
}

impl Names {
    /// Turns numbers that stand for the names of a part into those of the file.
    fn renumber(&self, rows: &mut [OutcomeRow], of_part: &Names) {
        let map = |all: &[String], part: &[String]| -> Vec<u32> {
            let at = |name| all.binary_search(name).expect("the file has every name");
            part.iter().map(|name| at(name) as u32).collect()
        };
        let measures = map(&self.measures, &of_part.measures);
        let treatments = map(&self.labels[0], &of_part.labels[0]);
        let diagnoses = map(&self.labels[1], &of_part.labels[1]);
        for row in rows {
            row.measure = measures[row.measure as usize];
            row.treatment = row.treatment.map(|at| treatments[at as usize]);
            row.diagnosis = row.diagnosis.map(|at| diagnoses[at as usize]);
        }
    }

    fn treatment(&self, row: &OutcomeRow) -> Option<&str> {
        row.treatment.map(|at| self.labels[0][at as usize].as_str())
    }

    fn diagnosis(&self, row: &OutcomeRow) -> Option<&str> {
        row.diagnosis.map(|at| self.labels[1][at as usize].as_str())
    }
}

/// Duplicates, and rows of one client that contradict each other.
fn check_clients(rows: &[OutcomeRow], header: &Header, problems: &mut FileProblems) {
    let column = |name: &str| header.position(name).map_or(0, |at| at + 1);
    let mut again: Option<(u64, u64)> = None;
    for client in rows.chunk_by(|a, b| a.client == b.client) {
        if let Some(line) = second_treatment(client) {
            let (clients, first) = again.unwrap_or((0, line));
            again = Some((clients + 1, first.min(line)));
            continue;
        }
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
                (|row| row.treatment) as fn(&OutcomeRow) -> Option<u32>,
            ),
            ("diagnosis", |row| row.diagnosis),
            ("status", |row| row.status.map(|status| status as u32)),
        ] {
            let mut first: Option<(u32, u64)> = None;
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
    if let Some(again) = again {
        problems.push(treatments_begin_again(again, column("measure")));
    }
}

/// So many clients have a second treatment, the first of them on this line.
fn treatments_begin_again((clients, line): (u64, u64), column: usize) -> Problem {
    let who = match clients {
        1 => "1 client has".to_owned(),
        n => format!("{n} clients have"),
    };
    let message = format!(
        "{who} two rows of the same questionnaire with other scores, as of a second treatment; expected one treatment per client"
    );
    let hint = format!("{TREATMENTS}; where it is a mistake, keep the row that is right");
    Problem::new(line, column, "measure", message).hint(hint)
}

/// The line on which a second treatment of a client seems to begin: a questionnaire is there twice, with other scores.
fn second_treatment(client: &[OutcomeRow]) -> Option<u64> {
    let differ = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| a != b);
    let mut pairs = client.windows(2);
    let second = pairs.find(|pair| {
        let [one, other] = pair else { return false };
        one.measure == other.measure
            && differ(one.pre, other.pre)
            && (differ(one.post, other.post) || one.post.is_none() || other.post.is_none())
    })?;
    Some(second[1].line)
}

/// The two tables, from rows sorted by client and measure.
fn tables(rows: &[OutcomeRow], names: &Names) -> PolarsResult<(DataFrame, DataFrame)> {
    let ids: Vec<&str> = rows.iter().map(|row| row.client.as_str()).collect();
    let measures: Vec<&str> = rows
        .iter()
        .map(|row| names.measures[row.measure as usize].as_str())
        .collect();
    let score = |of: fn(&OutcomeRow) -> Option<f64>| rows.iter().map(of).collect::<Vec<_>>();
    let scores = DataFrame::new_infer_height(vec![
        Column::new("client_id".into(), ids),
        Column::new("measure".into(), measures),
        Column::new("pre".into(), score(|row| row.pre)),
        Column::new("post".into(), score(|row| row.post)),
    ])?;
    let clients: Vec<&[OutcomeRow]> = rows.chunk_by(|a, b| a.client == b.client).collect();
    let ids: Vec<&str> = clients.iter().map(|rows| rows[0].client.as_str()).collect();
    let treatments: Vec<Option<&str>> = clients
        .iter()
        .map(|rows| rows.iter().find_map(|row| names.treatment(row)))
        .collect();
    let diagnoses: Vec<Option<&str>> = clients
        .iter()
        .map(|rows| rows.iter().find_map(|row| names.diagnosis(row)))
        .collect();
    let statuses: Vec<Option<&str>> = clients
        .iter()
        .map(|rows| rows.iter().find_map(|row| row.status).map(Status::as_str))
        .collect();
    let lines: Vec<u64> = clients
        .iter()
        .map(|rows| rows.iter().map(|r| r.line).min().unwrap_or_default())
        .collect();
    let clients_table = DataFrame::new_infer_height(vec![
        Column::new("client_id".into(), ids),
        Column::new("treatment".into(), treatments),
        Column::new("diagnosis".into(), diagnoses),
        Column::new("status".into(), statuses),
        Column::new("line".into(), lines),
    ])?;
    Ok((scores, clients_table))
}
