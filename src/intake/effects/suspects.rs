//! What a column as a whole seems to be, where that is not what its name says: asked, never guessed.

use super::agreement::TEST_Z;
use super::row::Beside;
use super::statistic::Statistic;
use super::{EffectRow, FEWEST_CLIENTS, Size};
use crate::intake::header::Header;
use crate::intake::problem::{FileProblems, Problem};

/// Fisher's z that no row is believed to be above (r = .94), though it be by two standard errors.
const NEVER: f64 = 1.75;
/// Fisher's z that not every fourth row is above (r = .66), by one standard error.
const SELDOM: f64 = 0.8;

/// The rows of a file with what stands beside each.
pub(super) struct Columns<'a> {
    pub rows: &'a [EffectRow],
    pub beside: &'a [Beside],
    pub header: &'a Header,
}

impl Columns<'_> {
    fn each(&self) -> impl Iterator<Item = (&EffectRow, &Beside)> {
        self.rows.iter().zip(self.beside)
    }

    fn problem(&self, line: u64, column: &str, message: impl Into<String>) -> Problem {
        let at = self.header.position(column).map_or(0, |at| at + 1);
        Problem::new(line, at, column, message)
    }

    /// Is the column z the z of tests?
    pub fn test_statistics(&self, problems: &mut FileProblems) {
        let of_z: Vec<(u64, f64, f64)> = self
            .each()
            .filter(|(_, beside)| beside.statistic == Statistic::Z)
            .filter_map(|(row, beside)| match (row.n, row.size) {
                (Some(n), _) => Some((row.line, beside.value.abs(), 1.0 / (f64::from(n) - 3.0))),
                (None, Size::Z { variance, .. }) => Some((row.line, beside.value.abs(), variance)),
                _ => None,
            })
            .map(|(line, z, variance)| (line, z, variance.sqrt()))
            .collect();
        let is_large = |(_, z, error): &(u64, f64, f64)| z - error > SELDOM;
        let large = of_z.iter().filter(|one| is_large(one)).count();
        let are_many = large >= 2 && 4 * large >= of_z.len();
        let is_asked = |one: &(u64, f64, f64)| {
            let (_, z, error) = *one;
            z - 2.0 * error > NEVER || (are_many && is_large(one))
        };
        for (line, z, _) in of_z.into_iter().filter(is_asked) {
            let message = format!(
                "found a z of {z}, expected Fisher's z: it would be a correlation of {:.2}; is it the z of a test?",
                libm::tanh(z)
            );
            problems.push(self.problem(line, "z", message).hint(TEST_Z));
        }
    }

    /// Are the numbers of the column z correlations, with the variance of a correlation?
    ///
    /// The variance of r is (1 − r²)²/(n − 1), that of Fisher's z 1/(n − 3). Without n, one of the two
    /// gives whole numbers of clients.
    pub fn plain_correlations(&self, problems: &mut FileProblems) {
        let (mut plain, mut of_z) = (Vec::new(), 0);
        for (row, beside) in self.each() {
            let is_z = matches!(beside.statistic, Statistic::Z | Statistic::FisherZ);
            let Some((low, high)) = beside.variance.filter(|_| is_z && beside.value.abs() < 1.0)
            else {
                continue;
            };
            let left = 1.0 - beside.value * beside.value;
            let clients =
                |numerator: f64, plus: f64| (numerator / high + plus, numerator / low + plus);
            let as_r = fits(clients(left * left, 1.0), row.n);
            match (as_r, fits(clients(1.0, 3.0), row.n)) {
                (true, false) => plain.push((row.line, beside.statistic.column())),
                (false, true) => of_z += 1,
                _ => {}
            }
        }
        if plain.len() <= of_z || plain.len() < 2 {
            return;
        }
        for (line, column) in plain {
            problems.push(
                self.problem(line, column, "found a number with the variance of a correlation, (1 − r²)²/(n − 1), expected Fisher's z and 1/(n − 3)")
                    .hint(format!("if the column holds correlations, call it r and give n; in the study file: [meta.columns] r = \"{column}\". If it holds Fisher's z, correct the variance, or leave it out and give n; if both are what the header says, add trust_variances = true under [meta]")),
            );
        }
    }

    /// Is the column sign the direction of sizes, or what numbers with a sign are multiplied by?
    pub fn signs(&self, problems: &mut FileProblems) {
        for statistic in Statistic::ALL.into_iter().filter(|s| s.has_sign()) {
            let negated = |is_negative: bool| {
                self.each()
                    .filter(|(_, b)| b.statistic == statistic && b.sign == Some(-1.0))
                    .filter(|(_, b)| statistic.direction(b.value) != 0.0)
                    .filter(|(_, b)| (statistic.direction(b.value) < 0.0) == is_negative)
                    .map(|(row, _)| row.line)
                    .collect::<Vec<u64>>()
            };
            let (negative, positive) = (negated(true), negated(false));
            let Some(first) = negative.first() else {
                continue;
            };
            let column = statistic.column();
            let (above, below) = if statistic == Statistic::OddsRatio {
                ("an odds ratio above 1", "one below 1")
            } else {
                ("a positive number", "a negative one")
            };
            for line in positive {
                problems.push(
                    self.problem(line, "sign", format!("found − beside {above}, but line {first} has it beside {below}: is it the direction of a size, or does it turn the number round?"))
                        .hint(format!("give all of {column} with their own signs and leave the column sign empty, or all as sizes with the direction in sign")),
                );
            }
        }
    }

    /// Has somebody given standard errors as variances, or the other way round?
    ///
    /// The variance of a Fisher z of n clients is 1/(n − 3). With n the two are told apart at once;
    /// without it, one reading gives whole numbers of clients and the other does not.
    pub fn spread_mix_up(&self, problems: &mut FileProblems) {
        let position = |column| self.header.position(column);
        let (column, other) = match (position("variance"), position("std_error")) {
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
        for row in self.rows {
            let Size::Z { variance, .. } = row.size else {
                continue;
            };
            let is_of_clients = |variance: f64| {
                let clients = 1.0 / variance + 3.0;
                match row.n {
                    Some(n) => (clients / f64::from(n) - 1.0).abs() < 0.05,
                    None => {
                        clients >= FEWEST_CLIENTS
                            && (clients - clients.round()).abs() < 1e-3 * clients
                    }
                }
            };
            if is_of_clients(as_meant(variance)) && !is_of_clients(variance) {
                suspicious.push(row.line);
            } else {
                fine += 1;
            }
        }
        if suspicious.len() <= fine {
            return;
        }
        let count = suspicious.len();
        let (found, meant) = if column == "variance" {
            ("a standard error", "a variance")
        } else {
            ("a variance", "a standard error")
        };
        for line in suspicious {
            problems.push(
                self.problem(
                    line,
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

/// Can a variance be of so many clients, which it gives from the least to the most; or, where they are
/// not known, of a whole number that its digits tell?
fn fits((least, most): (f64, f64), n: Option<u32>) -> bool {
    // What was computed from rounded numbers is a little beside.
    let (below, above) = (least * (1.0 - 1e-4), most * (1.0 + 1e-4));
    match n {
        Some(n) => (least * 0.999..=most * 1.001).contains(&f64::from(n)),
        None => above - below < 0.5 && above.floor() >= below && below >= FEWEST_CLIENTS,
    }
}
