//! One row of an effects file: of the ways to report an effect, the one that has a cell.

use super::{EffectRow, FEWEST_CLIENTS, Size};
use crate::intake::cell::{self, trim};
use crate::intake::faults::{label_too_long, not_a_number, ragged};
use crate::intake::file::Rows;
use crate::intake::header::Header;
use crate::intake::problem::{FileProblems, Problem};
use crate::study::text::shortened;
use crate::study::{MetaStudy, moderator_name};

/// Collects the rows of the file; lines count from its first row.
pub(super) struct Reader<'a> {
    pub study: &'a MetaStudy,
    pub header: &'a Header,
    pub problems: FileProblems,
    pub rows: Vec<EffectRow>,
    pub others: Vec<Vec<Option<String>>>,
    pub read: u64,
    pub without_effect: u64,
}

impl Reader<'_> {
    fn is_missing(&self, text: &[u8]) -> bool {
        text.is_empty() || self.study.missing.iter().any(|m| m.as_bytes() == text)
    }

    /// Is this column, which the program does not know, asked for as a moderator?
    fn is_moderator(&self, column: usize) -> bool {
        let settings = &self.study.settings;
        let asked = settings.moderators.iter().chain(&settings.forest_by);
        let names: Vec<&str> = asked.map(|named| moderator_name(named)).collect();
        let unused = &self.header.unused;
        unused
            .iter()
            .any(|(at, name)| *at == column && names.contains(&name.as_str()))
    }

    /// The first label of a row that is too long to be one.
    fn too_long(&self, line: u64, fields: &[&[u8]]) -> Option<Problem> {
        let known = ["study", "effect"].map(|name| (name, self.header.position(name)));
        let unused = self.header.unused.iter();
        let moderators = unused
            .filter(|(at, _)| self.is_moderator(*at))
            .map(|(at, name)| (name.as_str(), Some(*at)));
        known
            .into_iter()
            .chain(moderators)
            .filter_map(|(field, at)| Some((field, at?)))
            .find_map(|(field, at)| label_too_long(line, at, field, fields[at]))
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
                    format!("found {}, expected {expected}", shortened(&found, 24)),
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
        if let Some(problem) = self.too_long(line, fields) {
            self.problems.push(problem);
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

    fn reads(&self, column: usize) -> bool {
        self.header.is_used(column) || self.is_moderator(column)
    }

    fn lost(&mut self, problem: Problem) {
        self.read += 1;
        self.problems.push(problem);
    }
}
