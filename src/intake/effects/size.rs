//! From the statistics of a row to its effect: which of them is taken, and what it still needs.

use super::Size;
use super::agreement::contradiction;
use super::row::{Clients, Reader, Told};
use super::statistic::{Given, Statistic, Whom};
use super::written::Written;
use crate::intake::problem::{Problem, shown};

/// A correlation that is printed as ±1.000.
const LARGEST_R: f64 = 0.9995;
/// How many times as many clients as the row says its variance may be of: groups may be unequal, the same
/// clients measured twice, clients share therapists.
const OF_SO_MANY: (f64, f64) = (0.15, 10.0);

/// A variance that a row gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variance {
    pub value: f64,
    /// The least and the most that rounds to it.
    pub low: f64,
    pub high: f64,
}

impl Variance {
    fn of(written: &Written) -> Variance {
        let (low, high) = written.range();
        Variance {
            value: written.value,
            low: low.max(0.0),
            high,
        }
    }

    fn of_error(written: &Written) -> Variance {
        let error = Variance::of(written);
        Variance {
            value: error.value * error.value,
            low: error.low * error.low,
            high: error.high * error.high,
        }
    }
}

impl Reader<'_> {
    /// The variance in the row: as such, or as its root.
    pub fn own_variance(&mut self, line: u64, fields: &[&[u8]]) -> Result<Option<Variance>, Told> {
        let is_positive = |w: &Written| w.value > 0.0;
        let variance = self.written(line, fields, "variance", "a variance above 0", is_positive);
        let error = self.written(
            line,
            fields,
            "std_error",
            "a standard error above 0",
            is_positive,
        );
        match (variance?, error?) {
            (Some(variance), Some(error)) => {
                let (one, other) = (Variance::of(&variance), Variance::of_error(&error));
                // The roundings of two numbers, and a little for what they were computed from.
                if one.low > 1.02 * other.high || other.low > 1.02 * one.high {
                    let found = shown(error.text.as_bytes());
                    let message = format!(
                        "found {found}, expected the root of the variance {}: they contradict each other",
                        shown(variance.text.as_bytes())
                    );
                    return self.tell(self.problem(line, "std_error", message));
                }
                Ok(Some(one))
            }
            (Some(variance), None) => Ok(Some(Variance::of(&variance))),
            (None, error) => Ok(error.as_ref().map(Variance::of_error)),
        }
    }

    /// The effect of the first statistic of a row, after the others were held against it.
    pub fn size(
        &mut self,
        line: u64,
        given: &[Given],
        clients: &Clients,
        variance: Option<Variance>,
        sign: Option<f64>,
    ) -> Result<Size, Told> {
        let [first, ..] = given else {
            unreachable!("a row without a statistic has no size");
        };
        let whom = whom(first, clients, variance);
        if let Some(whom) = &whom {
            self.check(line, given, whom)?;
        }
        if let (Some(n), Some(variance)) = (clients.n, variance) {
            self.check_variance(line, first, variance, f64::from(n))?;
        }
        let sign = sign.or_else(|| direction(given));
        let own = variance.map(|v| v.value);
        let size = self.taken(line, first, clients.n, own, sign)?;
        let has_variance = matches!(
            size,
            Size::Z { .. }
                | Size::D {
                    variance: Some(_),
                    ..
                }
                | Size::G {
                    variance: Some(_),
                    ..
                }
        );
        if clients.n.is_none() && !has_variance {
            let problem = self.problem(
                line,
                "n",
                "the number of clients is missing, so the effect cannot be weighed",
            );
            return self.tell(with_what_to_give(problem, first.statistic, own.is_some()));
        }
        Ok(size)
    }

    /// The effect that a statistic is, with its own variance where the clients are not known.
    fn taken(
        &mut self,
        line: u64,
        first: &Given,
        n: Option<u32>,
        own: Option<f64>,
        sign: Option<f64>,
    ) -> Result<Size, Told> {
        let x = first.written.value;
        let without_n = own.filter(|_| n.is_none());
        Ok(match first.statistic {
            Statistic::FisherZ | Statistic::Z => {
                let from_n = n.map(|n| 1.0 / (f64::from(n) - 3.0));
                let Some(variance) = own.or(from_n) else {
                    let message = "a z needs its variance, its std_error, or n";
                    return self.tell(self.problem(line, first.statistic.column(), message));
                };
                Size::Z { z: x, variance }
            }
            Statistic::D => Size::D {
                d: x,
                variance: without_n,
            },
            Statistic::G => Size::G {
                g: x,
                variance: without_n,
            },
            Statistic::R => Size::R(x),
            Statistic::T => Size::T(x),
            Statistic::TestZ => Size::ZStatistic(x),
            Statistic::OddsRatio => Size::OddsRatio(x),
            Statistic::F => Size::F {
                f: x,
                sign: self.needed(line, sign)?,
            },
            Statistic::ChiSquared => Size::ChiSquared {
                chi_squared: x,
                sign: self.needed(line, sign)?,
            },
            Statistic::P => Size::P {
                p: x,
                sign: self.needed(line, sign)?,
            },
        })
    }

    fn needed(&mut self, line: u64, sign: Option<f64>) -> Result<f64, Told> {
        match sign {
            Some(sign) => Ok(sign),
            None => self.tell(self.problem(
                line,
                "sign",
                "missing: an F, χ² or p does not say in which direction the effect goes; add a column sign with + or −",
            )),
        }
    }

    /// Do the statistics say the same, and something that a correlation can be?
    fn check(&mut self, line: u64, given: &[Given], whom: &Whom) -> Result<(), Told> {
        if let Some(found) = contradiction(given, whom) {
            let problem = self.problem(line, found.column, found.message);
            return self.tell(problem.hint(found.hint));
        }
        let first = &given[0];
        if libm::tanh(whom.z(first.statistic, first.written.value).abs()) >= LARGEST_R {
            let message = format!(
                "found {}, which is a correlation of ±1.000, expected one that has an interval",
                shown(first.written.text.as_bytes())
            );
            let problem = self.problem(line, first.statistic.column(), message);
            return self.tell(
                problem.hint("is it another statistic than its column says, or of other clients?"),
            );
        }
        Ok(())
    }

    /// Is a variance beside n one of about so many clients? That of r may be given on either scale.
    fn check_variance(
        &mut self,
        line: u64,
        first: &Given,
        variance: Variance,
        n: f64,
    ) -> Result<(), Told> {
        let x = first.written.value;
        let of = match first.statistic {
            Statistic::D | Statistic::G => vec![4.0 + x * x / 2.0],
            Statistic::R => vec![1.0, (1.0 - x * x) * (1.0 - x * x)],
            _ => return Ok(()),
        };
        let (least, most) = OF_SO_MANY;
        let is_near = |clients: f64| clients >= n * least && clients <= n * most;
        if of
            .iter()
            .any(|numerator| is_near(numerator / variance.value))
        {
            return Ok(());
        }
        let column = if self.header.position("variance").is_some() {
            "variance"
        } else {
            "std_error"
        };
        let message = format!(
            "found the variance of about {} clients, expected one of {n}: they contradict each other",
            (of[0] / variance.value).round()
        );
        self.tell(self.problem(line, column, message).hint(
            "a variance is the square of a standard error; if the column is about something else, give it another name",
        ))
    }
}

/// The direction that a statistic of the row has of its own.
fn direction(given: &[Given]) -> Option<f64> {
    let directed = given.iter().filter(|given| given.statistic.has_sign());
    directed
        .map(|given| given.statistic.direction(given.written.value))
        .find(|direction| *direction != 0.0)
        .map(f64::signum)
}

/// Of whom the statistics of a row are: of n, or of as many as the variance of a z says.
fn whom(first: &Given, clients: &Clients, variance: Option<Variance>) -> Option<Whom> {
    let is_z = matches!(first.statistic, Statistic::Z | Statistic::FisherZ);
    let from_variance = variance
        .filter(|_| is_z)
        .map(|v| 1.0 / v.value + 3.0)
        .filter(|n| *n >= 4.0);
    let of = clients.n.map(f64::from).or(from_variance)?;
    Some(Whom {
        clients: of,
        groups: clients.groups.map(|(a, b)| (f64::from(a), f64::from(b))),
    })
}

/// What an effect without clients needs.
fn with_what_to_give(problem: Problem, statistic: Statistic, has_variance: bool) -> Problem {
    match statistic {
        Statistic::D | Statistic::G => problem
            .hint("give n, or n1 and n2; or the variance of this difference in a column variance, or its standard error in a column std_error; a column under another name is named in the study file, as in [meta.columns] variance = \"var_d\""),
        Statistic::R if has_variance => problem.hint(
            "give n; or where only the variance V of r is known, z = atanh(r) in a column fisher_z, with the variance V/(1 − r²)²",
        ),
        Statistic::OddsRatio if has_variance => problem.hint(
            "give n; or d = ln(odds ratio) · √3/π in a column d, with the variance of the logarithm times 3/π²",
        ),
        _ => problem,
    }
}
