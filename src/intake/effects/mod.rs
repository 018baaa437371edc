//! The effects file of a meta-analysis: one correlation, or what can become one, per row.
//!
//! Every row must say of how many clients its effect is; a row without any effect is left out and
//! counted. Columns the program does not know can be moderators.

mod row;

use std::collections::BTreeMap;

use super::Table;
use super::cell;
use super::file::cannot_be_read;
use super::header::{Expected, Header};
use super::parquet::Form;
use super::problem::{FileProblems, Problem, Problems};
use super::source::Input;
use crate::study::{Dates, EFFECT_COLUMNS, MetaStudy};
use row::Reader;

/// Fewest clients of an effect: Fisher's z has the variance 1/(n − 3).
const FEWEST_CLIENTS: f64 = 4.0;

/// The rows of an effects file.
#[derive(Clone, Debug)]
pub struct Effects {
    /// In the order of the file.
    pub rows: Vec<EffectRow>,
    /// The columns the program does not know, by name; a cell per row, `None` where it is missing.
    pub others: Vec<OtherColumn>,
    /// Rows read.
    pub read: u64,
    /// Rows without any effect.
    pub without_effect: u64,
    /// The SHA-256 digest of the file that was read, in hexadecimal.
    pub sha256: String,
}

/// One row of an effects file.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectRow {
    pub line: u64,
    pub study: String,
    pub effect: Option<String>,
    pub size: Size,
    /// Clients; `None` only beside a z with its variance.
    pub n: Option<u32>,
    /// Clients of the two groups, where a difference of groups is given with both.
    pub groups: Option<(u32, u32)>,
    /// Reliability and its standard error of the alliance and of the outcome measure.
    pub reliability: [Option<(f64, Option<f64>)>; 2],
}

/// What a row reports. `sign` is −1 or 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    R(f64),
    Z { z: f64, variance: f64 },
    T(f64),
    F { f: f64, sign: f64 },
    ChiSquared { chi_squared: f64, sign: f64 },
    D(f64),
    G(f64),
    OddsRatio(f64),
    P { p: f64, sign: f64 },
}

/// A column that can be a moderator.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherColumn {
    pub name: String,
    pub cells: OtherCells,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OtherCells {
    /// Every cell that is there is a number.
    Numbers(Vec<Option<f64>>),
    Labels(Vec<Option<String>>),
}

impl OtherCells {
    /// The cells as labels, numbers as they were written.
    pub fn labels(&self) -> Vec<Option<String>> {
        match self {
            OtherCells::Numbers(cells) => cells.iter().map(|c| c.map(|x| x.to_string())).collect(),
            OtherCells::Labels(cells) => cells.clone(),
        }
    }
}

impl Effects {
    pub fn other(&self, name: &str) -> Option<&OtherColumn> {
        self.others.iter().find(|column| column.name == name)
    }
}

/// Reads and validates an effects file.
///
/// # Errors
/// Every problem of the file.
pub fn read_effects(study: &MetaStudy) -> Result<Effects, Problems> {
    let mut problems = FileProblems::new(&study.effects);
    let effects = read(study, &mut problems);
    problems.sort();
    match effects {
        Some(effects) if problems.count() == 0 => Ok(effects),
        _ => Err(Problems {
            files: vec![problems],
        }),
    }
}

fn read(study: &MetaStudy, problems: &mut FileProblems) -> Option<Effects> {
    let expected = Expected {
        table: "meta.columns",
        columns: &EFFECT_COLUMNS,
        required: &["study"],
        renamed: &study.settings.columns,
        not_personal: &[],
    };
    let opened = Input::open(&study.effects).map_err(cannot_be_read);
    let form = Form::new(study.decimal, Dates::default());
    let table = opened
        .and_then(|input| Table::of(input, &expected, form))
        .map_err(|problem| problems.push(problem))
        .ok()?;
    let file = &table.file;
    let expected = Expected {
        // Studies are cited by their authors' names, and say so in public.
        not_personal: &file.columns,
        ..expected
    };
    let header = Header::read(&file.columns, file.header_line, &expected, problems);
    header.position("study")?;
    let sizes = [
        "r",
        "z",
        "t",
        "f",
        "chi_squared",
        "d",
        "g",
        "odds_ratio",
        "p",
    ];
    if sizes.iter().all(|size| header.position(size).is_none()) {
        problems.push(
            Problem::new(file.header_line, 0, "r", "there is no effect in this file").hint(
                format!(
                    "a column {} is needed",
                    sizes.join(", ").replace(", p", " or p")
                ),
            ),
        );
        return None;
    }
    let mut reader = Reader {
        study,
        header: &header,
        problems: FileProblems::default(),
        rows: Vec::new(),
        others: vec![Vec::new(); header.unused.len()],
        read: 0,
        without_effect: 0,
    };
    let scanned = file.scan_quoted(&mut reader);
    let Reader {
        problems: found,
        mut rows,
        others,
        read,
        without_effect,
        ..
    } = reader;
    let first_line = file.header_lines() + 1;
    problems.append(found, first_line);
    for row in &mut rows {
        row.line += first_line;
    }
    let header_line = file.header_line;
    let sha256 = table.into_input().digest();
    let sha256 = sha256.map_err(|e| problems.say_only(e)).ok()?;
    if let Err(e) = scanned {
        problems.push(cannot_be_read(e));
        return None;
    }
    duplicates(&rows, &header, problems);
    if !study.trust_variances {
        spread_mix_up(&rows, &header, problems);
    }
    if rows.is_empty() && problems.count() == 0 {
        problems.push(Problem::new(
            header_line,
            0,
            "file",
            "found a header but no row with an effect",
        ));
    }
    let others = header
        .unused
        .iter()
        .zip(others)
        .map(|((_, name), cells)| OtherColumn {
            name: name.clone(),
            cells: typed(cells, study),
        })
        .collect();
    Some(Effects {
        rows,
        others,
        read,
        without_effect,
        sha256,
    })
}

/// Numbers when every cell that is there is one, labels otherwise.
fn typed(cells: Vec<Option<String>>, study: &MetaStudy) -> OtherCells {
    let number = |text: &String| cell::number(text.as_bytes(), study.decimal).ok();
    let there = cells.iter().flatten().count();
    if there > 0 && cells.iter().flatten().all(|text| number(text).is_some()) {
        OtherCells::Numbers(cells.iter().map(|c| c.as_ref().and_then(number)).collect())
    } else {
        OtherCells::Labels(cells)
    }
}

/// A study and effect that are there twice cannot be told apart.
fn duplicates(rows: &[EffectRow], header: &Header, problems: &mut FileProblems) {
    let mut first: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
    let mut per_study: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for row in rows {
        let entry = per_study.entry(&row.study).or_default();
        entry.0 += 1;
        entry.1 |= row.effect.is_none();
    }
    for row in rows {
        let column = if row.effect.is_some() {
            "effect"
        } else {
            "study"
        };
        let at = header.position(column).map_or(0, |at| at + 1);
        match first.insert((&row.study, row.effect.as_deref()), row.line) {
            Some(line) => {
                first.insert((&row.study, row.effect.as_deref()), line);
                problems.push(
                    Problem::new(
                        row.line,
                        at,
                        column,
                        format!("this study and effect are there twice: line {line} has them too"),
                    )
                    .hint("give each effect of a study its own name or number in the column effect; if one row is a copy, remove it"),
                );
            }
            None if row.effect.is_none() && per_study[row.study.as_str()].0 > 1 => {
                problems.push(
                    Problem::new(
                        row.line,
                        header.position("effect").map_or(0, |at| at + 1),
                        "effect",
                        "found an empty cell, expected a name or number: this study has several effects",
                    )
                    .hint("give each effect of a study its own name or number in the column effect; if one row is a copy, remove it"),
                );
            }
            None => {}
        }
    }
}

/// Has somebody given standard errors as variances, or the other way round?
///
/// The variance of a Fisher z of n clients is 1/(n − 3). With n the two are told apart at once;
/// without it, one reading gives whole numbers of clients and the other does not.
fn spread_mix_up(rows: &[EffectRow], header: &Header, problems: &mut FileProblems) {
    let (column, other) = match (header.position("variance"), header.position("std_error")) {
        (Some(_), None) => ("variance", "std_error"),
        (None, Some(_)) => ("std_error", "variance"),
        _ => return,
    };
    // The number that was in the cell, had the other column been meant: v = e² was read as e.
    let as_meant = |variance: f64| {
        if column == "variance" {
            variance * variance
        } else {
            variance.sqrt()
        }
    };
    let (mut suspicious, mut fine) = (Vec::new(), 0);
    for row in rows {
        let Size::Z { variance, .. } = row.size else {
            continue;
        };
        let fits = |variance: f64| {
            let clients = 1.0 / variance + 3.0;
            match row.n {
                Some(n) => (clients / f64::from(n) - 1.0).abs() < 0.05,
                None => {
                    clients >= FEWEST_CLIENTS && (clients - clients.round()).abs() < 1e-3 * clients
                }
            }
        };
        if fits(as_meant(variance)) && !fits(variance) {
            suspicious.push(row.line);
        } else {
            fine += 1;
        }
    }
    if suspicious.len() > fine {
        let count = suspicious.len();
        let (found, meant) = if column == "variance" {
            ("a standard error", "a variance")
        } else {
            ("a variance", "a standard error")
        };
        for line in suspicious {
            let at = header.position(column).map_or(0, |at| at + 1);
            problems.push(
                Problem::new(
                    line,
                    at,
                    column,
                    format!("this looks like {found}, expected {meant}: read the other way it is 1/(n − 3) of a whole number of clients"),
                )
                .hint(format!(
                    "in {count} rows; if they are what the header says, add trust_variances = true under [meta] in the study file; otherwise call the column {other}"
                )),
            );
        }
    }
}
