//! The effects file of a meta-analysis: one correlation, or what can become one, per row.
//!
//! Every row must say of how many clients its effect is; a row without any effect is left out and
//! counted. Columns the program does not know can be moderators.

use std::collections::BTreeMap;

use super::cell::{self, trim};
use super::faults::{not_a_number, not_utf8, open_quote, ragged};
use super::file::{CsvFile, Rows};
use super::header::{Expected, Header};
use super::problem::{FileProblems, Problem, Problems};
use crate::study::{EFFECT_COLUMNS, MetaStudy};

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
    let file = CsvFile::open(&study.effects)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    let expected = Expected {
        table: "meta.columns",
        columns: &EFFECT_COLUMNS,
        required: &["study"],
        renamed: &study.settings.columns,
        // Studies are cited by their authors' names, and say so in public.
        not_personal: &file.columns,
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
    if let Err(e) = scanned {
        problems.push(Problem::new(1, 0, "file", format!("cannot be read: {e}")));
        return None;
    }
    duplicates(&rows, &header, problems);
    if !study.trust_variances {
        spread_mix_up(&rows, &header, problems);
    }
    if rows.is_empty() && problems.count() == 0 {
        problems.push(Problem::new(
            file.header_line,
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

/// Collects the rows of the file; lines count from its first row.
struct Reader<'a> {
    study: &'a MetaStudy,
    header: &'a Header,
    problems: FileProblems,
    rows: Vec<EffectRow>,
    others: Vec<Vec<Option<String>>>,
    read: u64,
    without_effect: u64,
}

impl Reader<'_> {
    fn is_missing(&self, text: &[u8]) -> bool {
        text.is_empty() || self.study.missing.iter().any(|m| m.as_bytes() == text)
    }

    /// The text of a cell, where there is one.
    fn text(&self, fields: &[&[u8]], column: &str) -> Option<String> {
        let text = trim(fields[self.header.position(column)?]);
        (!self.is_missing(text)).then(|| String::from_utf8_lossy(text).into_owned())
    }

    /// A number for which `holds`; anything else is a problem.
    fn number(
        &mut self,
        line: u64,
        fields: &[&[u8]],
        column: &'static str,
        expected: &str,
        holds: impl Fn(f64) -> bool,
    ) -> Option<f64> {
        let at = self.header.position(column)?;
        let text = trim(fields[at]);
        if self.is_missing(text) {
            return None;
        }
        match cell::number(text, self.study.decimal) {
            Ok(x) if holds(x) => Some(x),
            Ok(_) => {
                let found = String::from_utf8_lossy(text);
                self.problems.push(Problem::new(
                    line,
                    at + 1,
                    column,
                    format!("found {found}, expected {expected}"),
                ));
                None
            }
            Err(why) => {
                self.problems
                    .push(not_a_number(line, at, column, text, why));
                None
            }
        }
    }

    fn missing(&mut self, line: u64, column: &'static str, message: &str) {
        let at = self.header.position(column).map_or(0, |at| at + 1);
        self.problems.push(Problem::new(line, at, column, message));
    }

    /// Clients of a row: `n`, or the sum of the two groups.
    fn clients(&mut self, line: u64, fields: &[&[u8]]) -> (Option<u32>, Option<(u32, u32)>) {
        let whole = |least: f64| move |x: f64| x.fract() == 0.0 && x >= least && x < 4e9;
        let n = self.number(
            line,
            fields,
            "n",
            "a whole number of clients, at least 4",
            whole(FEWEST_CLIENTS),
        );
        let [n1, n2] = ["n1", "n2"].map(|column| {
            self.number(
                line,
                fields,
                column,
                "a whole number of clients, at least 1",
                whole(1.0),
            )
        });
        let groups = n1.zip(n2).map(|(a, b)| (a as u32, b as u32));
        let n = n.or_else(|| n1.zip(n2).map(|(a, b)| a + b));
        (n.map(|n| n as u32), groups)
    }

    fn sign(&mut self, line: u64, fields: &[&[u8]], of: &'static str) -> Option<f64> {
        let sign = match self.text(fields, "sign")?.as_str() {
            "+" | "1" | "+1" | "positive" => Some(1.0),
            "-" | "−" | "-1" | "negative" => Some(-1.0),
            _ => None,
        };
        if sign.is_none() {
            let message = format!(
                "expected + or − (positive: a better alliance goes with a better outcome), because {of} has no sign"
            );
            self.missing(line, "sign", &message);
        }
        sign
    }

    /// The effect of a row: the first kind that has a cell, r before all others.
    fn size(&mut self, line: u64, fields: &[&[u8]], n: Option<u32>) -> Result<Option<Size>, ()> {
        let before = self.problems.count();
        let r = self.number(
            line,
            fields,
            "r",
            "a correlation between −1 and 1, both excluded: r = ±1 has no interval",
            |r| r > -1.0 && r < 1.0,
        );
        let z = self.number(line, fields, "z", "Fisher's z", |_| true);
        let any = |_: f64| true;
        let t = self.number(line, fields, "t", "a t statistic", any);
        let f = self.number(
            line,
            fields,
            "f",
            "an F statistic (one numerator df), 0 or more",
            |x| x >= 0.0,
        );
        let largest = n.map_or(f64::INFINITY, f64::from);
        let chi = self.number(
            line,
            fields,
            "chi_squared",
            "a χ² statistic (one df), 0 or more and below n",
            |x| x >= 0.0 && x < largest,
        );
        let d = self.number(line, fields, "d", "a standardised mean difference", any);
        let g = self.number(line, fields, "g", "a standardised mean difference", any);
        let odds = self.number(line, fields, "odds_ratio", "an odds ratio above 0", |x| {
            x > 0.0
        });
        let p = self.number(
            line,
            fields,
            "p",
            "a two-sided p above 0 and at most 1",
            |x| x > 0.0 && x <= 1.0,
        );
        let variance = self.number(line, fields, "variance", "a variance above 0", |x| x > 0.0);
        let error = self.number(line, fields, "std_error", "a standard error above 0", |x| {
            x > 0.0
        });
        if self.problems.count() > before {
            return Err(());
        }
        let size = if let Some(r) = r {
            Size::R(r)
        } else if let Some(z) = z {
            let given = variance.or(error.map(|e| e * e));
            let Some(variance) = given.or(n.map(|n| 1.0 / (f64::from(n) - 3.0))) else {
                self.missing(line, "z", "a z needs its variance, its std_error, or n");
                return Err(());
            };
            return Ok(Some(Size::Z { z, variance }));
        } else if let Some(t) = t {
            Size::T(t)
        } else if let Some(f) = f {
            let sign = self.sign(line, fields, "an F");
            Size::F {
                f,
                sign: self.needed_sign(line, sign, before)?,
            }
        } else if let Some(chi_squared) = chi {
            let sign = self.sign(line, fields, "a χ²");
            Size::ChiSquared {
                chi_squared,
                sign: self.needed_sign(line, sign, before)?,
            }
        } else if let Some(d) = d {
            Size::D(d)
        } else if let Some(g) = g {
            Size::G(g)
        } else if let Some(odds) = odds {
            Size::OddsRatio(odds)
        } else if let Some(p) = p {
            let sign = self.sign(line, fields, "a p");
            Size::P {
                p,
                sign: self.needed_sign(line, sign, before)?,
            }
        } else {
            return Ok(None);
        };
        if n.is_none() {
            self.missing(
                line,
                "n",
                "the number of clients is missing, so the effect cannot be weighed",
            );
            return Err(());
        }
        Ok(Some(size))
    }

    fn needed_sign(&mut self, line: u64, sign: Option<f64>, before: u64) -> Result<f64, ()> {
        if sign.is_none() && self.problems.count() == before {
            self.missing(
                line,
                "sign",
                "missing: an F, χ² or p does not say in which direction the effect goes; add a column sign with + or −",
            );
        }
        sign.ok_or(())
    }

    fn reliability(
        &mut self,
        line: u64,
        fields: &[&[u8]],
        column: &'static str,
        error: &'static str,
    ) -> Option<(f64, Option<f64>)> {
        let value = self.number(
            line,
            fields,
            column,
            "a reliability above 0 and at most 1",
            |x| x > 0.0 && x <= 1.0,
        );
        let error = self.number(line, fields, error, "a standard error, 0 or more", |x| {
            x >= 0.0
        });
        value.map(|value| (value, error))
    }
}

impl Rows for Reader<'_> {
    fn row(&mut self, line: u64, fields: &[&[u8]]) {
        self.read += 1;
        if fields.len() != self.header.width {
            self.problems
                .push(ragged(line, fields.len(), self.header.width));
            return;
        }
        let study = self.text(fields, "study");
        if study.is_none() {
            self.missing(
                line,
                "study",
                "found an empty cell, expected the name of the study",
            );
        }
        let (n, groups) = self.clients(line, fields);
        let size = self.size(line, fields, n);
        let reliability = [
            self.reliability(
                line,
                fields,
                "reliability_alliance",
                "reliability_alliance_se",
            ),
            self.reliability(
                line,
                fields,
                "reliability_outcome",
                "reliability_outcome_se",
            ),
        ];
        let (Some(study), Ok(size)) = (study, size) else {
            return;
        };
        let Some(size) = size else {
            self.without_effect += 1;
            return;
        };
        let effect = self.text(fields, "effect");
        self.rows.push(EffectRow {
            line,
            study,
            effect,
            size,
            n,
            groups,
            reliability,
        });
        for (which, (at, _)) in self.header.unused.iter().enumerate() {
            let text = trim(fields[*at]);
            let cell = (!self.is_missing(text)).then(|| String::from_utf8_lossy(text).into_owned());
            self.others[which].push(cell);
        }
    }

    fn not_utf8(&mut self, line: u64, column: usize) {
        self.read += 1;
        self.problems.push(not_utf8(line, column));
    }

    fn open_quote(&mut self, line: u64) {
        self.read += 1;
        self.problems.push(open_quote(line));
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
