//! One row of an effects file: of the ways to report an effect, the first that has a cell; the others
//! must not contradict it.

use super::statistic::{Given, Statistic};
use super::written::Written;
use super::{EffectRow, FEWEST_CLIENTS};
use crate::intake::cell::{self, NotANumber, trim};
use crate::intake::faults::{label_too_long, not_a_number, ragged};
use crate::intake::file::Rows;
use crate::intake::header::Header;
use crate::intake::problem::{FileProblems, Problem, shown};
use crate::study::{MetaStudy, moderator_name};

const WITHOUT_THOUSANDS: &str =
    "write the number alone, without decimals or a mark between thousands: 1200";

/// A problem was told; the row is not read.
pub(super) struct Told;

/// A reliability and its standard error.
type ReliabilityOf = (f64, Option<f64>);

/// Collects the rows of the file; lines count from its first row.
pub(super) struct Reader<'a> {
    pub study: &'a MetaStudy,
    pub header: &'a Header,
    pub problems: FileProblems,
    pub rows: Vec<EffectRow>,
    /// What each row says beyond its effect; as many as there are rows.
    pub beside: Vec<Beside>,
    pub others: Vec<Vec<Option<String>>>,
    pub read: u64,
    pub without_effect: u64,
}

/// What a row says beyond its effect, for what is asked of the file as a whole.
pub(super) struct Beside {
    pub statistic: Statistic,
    /// The value of the cell, before a sign of the column `sign`.
    pub value: f64,
    pub sign: Option<f64>,
    /// The variance in a cell of its own, from the least to the most that rounds to it.
    pub variance: Option<(f64, f64)>,
    /// Every cell of the row but the name of the effect, numbers written alike.
    pub cells: Vec<String>,
}

/// Of whom a row is.
pub(super) struct Clients {
    pub n: Option<u32>,
    pub groups: Option<(u32, u32)>,
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

    /// What is wrong in a column, at its place.
    pub fn problem(&self, line: u64, column: &str, message: impl Into<String>) -> Problem {
        let at = self.header.position(column).map_or(0, |at| at + 1);
        Problem::new(line, at, column, message)
    }

    /// Tells a problem, after which the row is not read.
    pub fn tell<T>(&mut self, problem: Problem) -> Result<T, Told> {
        self.problems.push(problem);
        Err(Told)
    }

    /// A number for which `holds`; anything else is a problem.
    pub fn written(
        &mut self,
        line: u64,
        fields: &[&[u8]],
        column: &'static str,
        expected: &str,
        holds: impl Fn(&Written) -> bool,
    ) -> Result<Option<Written>, Told> {
        let Some(at) = self.header.position(column) else {
            return Ok(None);
        };
        let text = trim(fields[at]);
        if self.is_missing(text) {
            return Ok(None);
        }
        let written = if column == "p" {
            Written::number_or_bound(text, self.study.decimal)
        } else {
            Written::number(text, self.study.decimal)
        };
        let problem = match written {
            Ok(written) if holds(&written) => return Ok(Some(written)),
            Ok(written) => {
                let message = format!("found {}, expected {expected}", shown(text));
                let problem = Problem::new(line, at + 1, column, message);
                match hint_of_value(column, &written) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                }
            }
            Err(why) => {
                let problem = not_a_number(line, at, column, text, why);
                match hint_of_text(column, text, why) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                }
            }
        };
        self.tell(problem)
    }

    pub fn number(
        &mut self,
        line: u64,
        fields: &[&[u8]],
        column: &'static str,
        expected: &str,
        holds: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>, Told> {
        let written = self.written(line, fields, column, expected, |w| holds(w.value))?;
        Ok(written.map(|written| written.value))
    }

    /// Clients of a row: `n`, or the sum of the two groups.
    fn clients(&mut self, line: u64, fields: &[&[u8]]) -> Result<Clients, Told> {
        let whole = |least: f64| {
            move |w: &Written| {
                let x = w.value;
                x.fract() == 0.0 && x >= least && x < 4e9 && !w.may_have_thousands()
            }
        };
        let [n, n1, n2] =
            [("n", FEWEST_CLIENTS), ("n1", 1.0), ("n2", 1.0)].map(|(column, least)| {
                let expected = format!("a whole number of clients, at least {least}");
                self.written(line, fields, column, &expected, whole(least))
                    .map(|written| written.map(|written| written.value))
            });
        let (n, groups) = (n?, n1?.zip(n2?));
        let both = groups.map(|(n1, n2)| n1 + n2);
        match (n, both) {
            (Some(n), Some(both)) if n != both => {
                let message = format!("found {n}, but n1 and n2 together are {both}");
                self.tell(
                    self.problem(line, "n", message)
                        .hint("give the clients who were analysed, in n or in n1 and n2"),
                )
            }
            (None, Some(both)) if both < FEWEST_CLIENTS => {
                let message = format!("n1 and n2 together are {both}, expected at least 4 clients");
                self.tell(self.problem(line, "n1", message))
            }
            _ => Ok(Clients {
                n: n.or(both).map(|n| n as u32),
                groups: groups.map(|(n1, n2)| (n1 as u32, n2 as u32)),
            }),
        }
    }

    /// The direction in the column `sign`: −1 or 1.
    fn sign(&mut self, line: u64, fields: &[&[u8]]) -> Result<Option<f64>, Told> {
        let Some(text) = self.text(fields, "sign") else {
            return Ok(None);
        };
        match text.to_lowercase().as_str() {
            "+" | "＋" | "1" | "+1" | "positive" | "plus" => Ok(Some(1.0)),
            "-" | "−" | "–" | "—" | "‐" | "-1" | "−1" | "negative" | "minus" => {
                Ok(Some(-1.0))
            }
            _ => {
                let found = shown(text.as_bytes());
                let message = format!(
                    "found {found}, expected + or − (positive: a better alliance goes with a better outcome)"
                );
                self.tell(
                    self.problem(line, "sign", message)
                        .hint("if the column is about something else, give it another name"),
                )
            }
        }
    }

    /// Does a column beside say that the F of a row compares more than two groups, or the like?
    fn has_several_df(&self, fields: &[&[u8]]) -> bool {
        const NAMES: [&str; 4] = ["df1", "df_1", "df_between", "numerator_df"];
        let unused = self.header.unused.iter();
        let mut df = unused.filter(|(_, name)| NAMES.contains(&name.to_lowercase().as_str()));
        df.any(|(at, _)| {
            cell::number(trim(fields[*at]), self.study.decimal).is_ok_and(|df| df != 1.0)
        })
    }

    /// Every statistic of a row, as its cells have them.
    fn given(
        &mut self,
        line: u64,
        fields: &[&[u8]],
        clients: Option<f64>,
    ) -> Result<Vec<Given>, Told> {
        let mut given: Vec<Given> = Vec::new();
        let mut is_told = false;
        for statistic in Statistic::ALL {
            // Beside another statistic a p is held against it, for which a bound will do.
            let is_beside = !given.is_empty();
            let holds = |w: &Written| {
                statistic.allows(w.value, clients) && !w.is_bound()
                    || is_beside && statistic == Statistic::P && (0.0..=1.0).contains(&w.value)
            };
            let column = statistic.column();
            match self.written(line, fields, column, statistic.expected(), holds) {
                Ok(Some(_)) if statistic == Statistic::F && self.has_several_df(fields) => {
                    is_told = true;
                    self.problems.push(self.problem(
                        line,
                        column,
                        "found an F with more than one numerator df, expected one: of several differences at once no correlation follows",
                    ).hint("leave the cell of F empty where the study reports no other effect"));
                }
                Ok(Some(written)) => given.push(Given { statistic, written }),
                Ok(None) => {}
                Err(Told) => is_told = true,
            }
        }
        if is_told { Err(Told) } else { Ok(given) }
    }

    /// Gives each statistic the direction of the column `sign`.
    ///
    /// METHOD: beside a size, the sign is its direction; beside a negative number it must agree. What is
    /// negative where the sign is + is a contradiction, never guessed.
    fn directed(
        &mut self,
        line: u64,
        given: Vec<Given>,
        sign: Option<f64>,
    ) -> Result<Vec<Given>, Told> {
        let Some(sign) = sign else { return Ok(given) };
        let mut directed = Vec::with_capacity(given.len());
        for Given { statistic, written } in given {
            let own = if statistic.has_sign() {
                statistic.direction(written.value)
            } else {
                0.0
            };
            if own < 0.0 && sign > 0.0 {
                let found = shown(written.text.as_bytes());
                let column = statistic.column();
                let message =
                    format!("found +, but {column} is {found}: the two contradict each other");
                return self.tell(self.problem(line, "sign", message).hint(
                    "the sign is the direction of the effect (+: a better alliance goes with a better outcome); give it in the number, or beside its size",
                ));
            }
            let written = if own > 0.0 && sign < 0.0 {
                let turned = statistic.turned(written.value);
                written.with_value(turned)
            } else {
                written
            };
            directed.push(Given { statistic, written });
        }
        Ok(directed)
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
        if let Ok(is_read) = self.effect(line, fields)
            && !is_read
        {
            self.without_effect += 1;
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

impl Reader<'_> {
    /// Reads the effect of a row; false where there is none. Every problem of the row is told.
    fn effect(&mut self, line: u64, fields: &[&[u8]]) -> Result<bool, Told> {
        let study = match self.text(fields, "study") {
            Some(study) => Ok(study),
            None => self.tell(self.problem(
                line,
                "study",
                "found an empty cell, expected the name of the study",
            )),
        };
        let clients = self.clients(line, fields);
        let n = clients.as_ref().ok().and_then(|clients| clients.n);
        let given = self.given(line, fields, n.map(f64::from));
        let variance = self.own_variance(line, fields);
        let reliability = self.reliabilities(line, fields);
        let (clients, given, variance) = (clients?, given?, variance?);
        let Some(first) = given.first() else {
            study?;
            reliability?;
            return Ok(false);
        };
        let (statistic, value) = (first.statistic, first.written.value);
        let sign = self.sign(line, fields)?;
        let given = self.directed(line, given, sign)?;
        let size = self.size(line, &given, &clients, variance, sign)?;
        self.rows.push(EffectRow {
            line,
            study: study?,
            effect: self.text(fields, "effect"),
            size,
            n: clients.n,
            groups: clients.groups,
            reliability: reliability?,
        });
        self.beside.push(Beside {
            statistic,
            value,
            sign,
            variance: variance.map(|v| (v.low, v.high)),
            cells: self.cells(fields),
        });
        for (which, (at, _)) in self.header.unused.iter().enumerate() {
            let text = trim(fields[*at]);
            let cell = (!self.is_missing(text)).then(|| String::from_utf8_lossy(text).into_owned());
            self.others[which].push(cell);
        }
        Ok(true)
    }

    /// Every cell but the name of the effect, with numbers written alike.
    fn cells(&self, fields: &[&[u8]]) -> Vec<String> {
        let effect = self.header.position("effect");
        let cell = |(_, cell): (usize, &&[u8])| match cell::number(trim(cell), self.study.decimal) {
            Ok(x) => x.to_string(),
            Err(_) if self.is_missing(trim(cell)) => String::new(),
            Err(_) => String::from_utf8_lossy(trim(cell)).into_owned(),
        };
        let others = fields
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != effect);
        others.map(cell).collect()
    }

    /// Reliability and its standard error of both measures.
    fn reliabilities(
        &mut self,
        line: u64,
        fields: &[&[u8]],
    ) -> Result<[Option<ReliabilityOf>; 2], Told> {
        let mut of = |column: &'static str, error: &'static str| {
            let above_zero = "a reliability above 0 and at most 1";
            let value = self.number(line, fields, column, above_zero, |x| x > 0.0 && x <= 1.0);
            let error = self.number(line, fields, error, "a standard error, 0 or more", |x| {
                x >= 0.0
            });
            let (value, error) = (value?, error?);
            Ok(value.map(|value| (value, error)))
        };
        let alliance = of("reliability_alliance", "reliability_alliance_se");
        let outcome = of("reliability_outcome", "reliability_outcome_se");
        Ok([alliance?, outcome?])
    }
}

/// What may be meant by a number that cannot be one of its column.
fn hint_of_value(column: &str, written: &Written) -> Option<&'static str> {
    let size = written.value.abs();
    match column {
        "r" if size >= 2.0 => Some("a correlation in percent is divided by 100: 27 is .27"),
        "r" if size > 1.0 => Some("Fisher's z = atanh(r) goes into a column fisher_z"),
        "p" if written.is_bound() => Some(
            "a bound is no value, so no effect follows from it alone; beside r, t or another statistic it may stand as it is",
        ),
        "p" if size == 0.0 => Some(
            "software prints .000 for a p below .0005, from which no effect follows; give r, t or another statistic",
        ),
        "n" | "n1" | "n2" if written.may_have_thousands() => Some(WITHOUT_THOUSANDS),
        "n" if written.value.fract() != 0.0 => Some(
            "the clients of this effect are meant; where the study reports a mean or a weighted number, round it down",
        ),
        _ => None,
    }
}

/// What to do with a cell that holds more than a number.
fn hint_of_text(column: &str, text: &[u8], why: NotANumber) -> Option<&'static str> {
    let has = |mark: u8| text.contains(&mark);
    match (column, why) {
        ("n" | "n1" | "n2", NotANumber::DecimalComma | NotANumber::DecimalPoint) => {
            Some(WITHOUT_THOUSANDS)
        }
        (_, NotANumber::Text) if has(b'<') || has(b'>') => Some(
            "a bound is no value: beside another statistic a bound of p may stand in the column p; otherwise ask the authors for the number",
        ),
        (_, NotANumber::Text) if text.iter().any(u8::is_ascii_digit) => Some(
            "write the number alone; stars, signs of percent and remarks go into a column of their own",
        ),
        _ => None,
    }
}
