//! The effects file of a meta-analysis: one correlation, or what can become one, per row.
//!
//! Every row must say of how many clients its effect is; a row without any effect is left out and
//! counted. Columns the program does not know can be moderators.

mod agreement;
mod naming;
mod row;
mod size;
mod statistic;
mod suspects;
mod written;

use super::Table;
use super::cell;
use super::file::cannot_be_read;
use super::header::{Expected, Header};
use super::parquet::Form;
use super::problem::{FileProblems, Problem, Problems};
use super::source::Input;
use crate::study::{Dates, EFFECT_COLUMNS, MetaStudy};
use row::Reader;
use statistic::Statistic;
use suspects::Columns;

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
    /// Effects without a name, of studies that have several: they were numbered in the order of the file.
    pub numbered: u64,
}

/// One row of an effects file.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectRow {
    pub line: u64,
    pub study: String,
    pub effect: Option<String>,
    pub size: Size,
    /// Clients; `None` only beside a z, d or g with its variance.
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
    Z {
        z: f64,
        variance: f64,
    },
    T(f64),
    /// The z of a test.
    ZStatistic(f64),
    F {
        f: f64,
        sign: f64,
    },
    ChiSquared {
        chi_squared: f64,
        sign: f64,
    },
    /// With its variance where the clients are not known.
    D {
        d: f64,
        variance: Option<f64>,
    },
    G {
        g: f64,
        variance: Option<f64>,
    },
    OddsRatio(f64),
    P {
        p: f64,
        sign: f64,
    },
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
    /// What was done with the rows that a reader should know.
    pub fn note(&self) -> Option<String> {
        (self.numbered > 0).then(|| {
            format!(
                "{} effects have no name in the column effect, though their studies have several; they are numbered in the order of the file.",
                self.numbered
            )
        })
    }

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
    let sizes = Statistic::ALL.map(Statistic::column);
    if sizes.iter().all(|size| header.position(size).is_none()) {
        problems.push(
            Problem::new(file.header_line, 0, "r", "there is no effect in this file").hint(
                format!(
                    "a column {} is needed; if the file has one under another name, say so in the study file, as in [meta.columns] d = \"Cohens_D\"",
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
        beside: Vec::new(),
        others: vec![Vec::new(); header.unused.len()],
        read: 0,
        without_effect: 0,
    };
    let scanned = file.scan_quoted(&mut reader);
    let Reader {
        problems: found,
        mut rows,
        beside,
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
    let columns = Columns {
        rows: &rows,
        beside: &beside,
        header: &header,
    };
    columns.test_statistics(problems);
    columns.signs(problems);
    if !study.trust_variances {
        columns.spread_mix_up(problems);
        columns.plain_correlations(problems);
    }
    let numbered = naming::name_effects(&mut rows, &beside, &header, problems);
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
        numbered,
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
