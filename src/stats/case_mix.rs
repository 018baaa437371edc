//! Case mix: which result would a clinic's clients let expect?
//! **Question.** Clients differ at intake: how likely was the outcome for each of them, and what share is left when a unit's clients are allowed for?
//! **Method.** A logistic model of the outcome, by maximum likelihood (Newton's steps, halved where the likelihood would fall, which is iteratively reweighted least squares); indirect standardisation, overall · O/E.
//! **Not.** Differences that no predictor measures; whether the model fits. A unit that is much of the data pulls its own expectation.
//! **Sources.** McCullagh & Nelder (1989), *Generalized Linear Models*, section 4.4; Albert & Anderson (1984), Biometrika 71, 1–10, on separation. Checked against R `glm` in `tests/reference/control_charts/`.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::Undefined;
use super::basis::{Basis, dot};

/// Newton's steps before the search is given up; from afar a step moves the log odds by about 1.
const MOST_STEPS: usize = 100;
/// Halvings of one step.
const MOST_HALVINGS: usize = 30;
/// The search has ended when no log odds move by more than this.
const SETTLED: f64 = 1e-10;
/// A likelihood that falls by less than this share of itself falls by rounding.
const ROUNDING: f64 = 1e-12;
/// Less than this share of the information about one direction left beside the others counts as none.
const NO_INFORMATION: f64 = 1e-13;

/// The probability of the outcome expected for each of n clients, from `predictors` (p columns of n values).
///
/// Maximum likelihood of a logistic model with an intercept; the probabilities add up to the outcomes that occurred.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::TooFew`] below p + 2 clients, [`Undefined::NotFinite`],
/// [`Undefined::NoVariation`] of a predictor or the outcome, [`Undefined::Collinear`] when a predictor is determined by the others,
/// [`Undefined::Separated`] when the predictors tell some of the outcomes apart without error,
/// [`Undefined::NoOptimum`] when the search does not end.
///
/// ```
/// use alliance_stats::case_mix::expected;
/// // With one predictor of two values the model expects the share among the clients who have the same.
/// let severe = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let found = expected(&[true, true, true, false, true, false, false], &[&severe]).unwrap();
/// assert!((found[0] - 0.75).abs() < 1e-12 && (found[6] - 1.0 / 3.0).abs() < 1e-12);
/// ```
pub fn expected(outcome: &[bool], predictors: &[&[f64]]) -> Result<Vec<f64>, Undefined> {
    let (n, p) = (outcome.len(), predictors.len());
    if let Some(other) = predictors.iter().find(|column| column.len() != n) {
        return Err(Undefined::UnequalLengths {
            first: n,
            second: other.len(),
        });
    }
    if n < p + 2 {
        return Err(Undefined::TooFew {
            found: n,
            needed: p + 2,
        });
    }
    let occurred = outcome.iter().filter(|occurred| **occurred).count();
    if occurred == 0 || occurred == n {
        return Err(Undefined::NoVariation {
            variable: "the outcome",
        });
    }
    // METHOD: fitted in an orthonormal basis of the centred predictors: the same probabilities, without the rounding of nearly equal predictors.
    let (_, basis) = Basis::of(predictors)?;
    let mut directions = vec![vec![1.0 / (n as f64).sqrt(); n]];
    directions.extend(basis.columns);
    Search {
        outcome,
        directions,
        start: libm::log(occurred as f64 / (n - occurred) as f64),
    }
    .log_odds()
    .map(|log_odds| log_odds.into_iter().map(probability).collect())
}

/// A unit's share with its clients allowed for: `overall · observed / expected`, kept from 0 to 1.
///
/// `observed` and `expected` are counts of the unit's clients, `expected` the sum of their probabilities; `overall` is the share of all
/// clients together. None unless `expected` is above 0, `observed` is 0 or more, `overall` lies from 0 to 1, and all are finite.
///
/// ```
/// use alliance_stats::case_mix::standardised_share;
/// assert_eq!(standardised_share(12.0, 16.0, 0.5), Some(0.375));
/// assert_eq!(standardised_share(30.0, 10.0, 0.5), Some(1.0));
/// assert_eq!(standardised_share(0.0, 0.0, 0.5), None);
/// ```
pub fn standardised_share(observed: f64, expected: f64, overall: f64) -> Option<f64> {
    let counts = observed >= 0.0 && observed.is_finite() && expected > 0.0 && expected.is_finite();
    (counts && (0.0..=1.0).contains(&overall))
        .then(|| (overall * (observed / expected)).clamp(0.0, 1.0))
        .filter(|share| share.is_finite())
}

/// As many clients without a case mix as would let chance move their share as much as it moves a unit's standardised share.
///
/// The variance of overall · O/E is `overall² · Σ pᵢ(1 − pᵢ)/E²`, with E = Σ pᵢ over the unit's clients; that of a share of m clients is
/// `overall (1 − overall)/m`. Where every client is expected as all are, m is their number; it is smaller where the unit's clients were
/// expected to show the outcome rarely. To the nearest client, at least 1; none where E is 0 or `overall` is not between 0 and 1.
///
/// ```
/// use alliance_stats::case_mix::effective_number;
/// assert_eq!(effective_number(&[0.4; 60], 0.4), Some(60));
/// // Half as likely: (1 − .4)/.4 · .2/(1 − .2) = .375 of them.
/// assert_eq!(effective_number(&[0.2; 80], 0.4), Some(30));
/// assert_eq!(effective_number(&[], 0.4), None);
/// ```
pub fn effective_number(expected: &[f64], overall: f64) -> Option<u64> {
    let sum: f64 = expected.iter().sum();
    let by_chance: f64 = expected.iter().map(|p| p * (1.0 - p)).sum();
    let number = (1.0 - overall) / overall * (sum / by_chance) * sum;
    (number.is_finite() && number > 0.0).then(|| (number.round() as u64).max(1))
}

/// The search for the most likely log odds within the span of orthonormal directions.
struct Search<'a> {
    outcome: &'a [bool],
    directions: Vec<Vec<f64>>,
    /// The log odds of the share of all clients, where the search starts.
    start: f64,
}

impl Search<'_> {
    fn log_odds(&self) -> Result<Vec<f64>, Undefined> {
        let mut at = vec![self.start; self.outcome.len()];
        let mut likelihood = self.likelihood(&at);
        for _ in 0..MOST_STEPS {
            let step = self.step(&at)?;
            let moved = |share: f64| -> Vec<f64> {
                at.iter()
                    .zip(&step)
                    .map(|(at, step)| at + share * step)
                    .collect()
            };
            let (mut share, mut next) = (1.0, moved(1.0));
            // A likelihood that is no number must not pass.
            let rises = |next: &[f64]| self.likelihood(next) >= likelihood * (1.0 + ROUNDING);
            for _ in 0..MOST_HALVINGS {
                if rises(&next) {
                    break;
                }
                share /= 2.0;
                next = moved(share);
            }
            let largest =
                |values: &[f64]| values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
            let settled = largest(&step) <= SETTLED * (1.0 + largest(&at));
            if !rises(&next) {
                break;
            }
            likelihood = self.likelihood(&next);
            at = next;
            if settled {
                return Ok(at);
            }
        }
        // Without a maximum every step moves on; log odds of 30 are certain to 13 digits.
        if at.iter().any(|odds| odds.abs() > 30.0) {
            Err(Undefined::Separated)
        } else {
            Err(Undefined::NoOptimum {
                what: "the probabilities expected",
            })
        }
    }

    /// Newton's step, as the change of each client's log odds.
    fn step(&self, at: &[f64]) -> Result<Vec<f64>, Undefined> {
        let surprise: Vec<f64> = at
            .iter()
            .zip(self.outcome)
            .map(|(&odds, &occurred)| {
                if occurred {
                    probability(-odds)
                } else {
                    -probability(odds)
                }
            })
            .collect();
        let weighted: Vec<Vec<f64>> = self
            .directions
            .iter()
            .map(|direction| {
                let weights = at
                    .iter()
                    .map(|&odds| probability(odds) * probability(-odds));
                direction.iter().zip(weights).map(|(x, w)| x * w).collect()
            })
            .collect();
        let k = self.directions.len();
        let information = DMatrix::from_fn(k, k, |i, j| {
            dot(&weighted[i.max(j)], &self.directions[i.min(j)])
        });
        let score = DVector::from_fn(k, |i, _| dot(&self.directions[i], &surprise));
        let factor = Cholesky::new(information.clone()).ok_or(Undefined::Separated)?;
        // METHOD: certain clients carry no information; where nobody else carries any about a direction, its coefficient has run away.
        let left = |i: usize| factor.l_dirty()[(i, i)].powi(2) / information[(i, i)];
        if !(0..k).all(|i| left(i) > NO_INFORMATION) {
            return Err(Undefined::Separated);
        }
        let along = factor.solve(&score);
        let mut step = vec![0.0; at.len()];
        for (direction, along) in self.directions.iter().zip(along.iter()) {
            step.iter_mut()
                .zip(direction)
                .for_each(|(step, x)| *step += along * x);
        }
        Ok(step)
    }

    fn likelihood(&self, at: &[f64]) -> f64 {
        at.iter()
            .zip(self.outcome)
            .map(|(&odds, &occurred)| log_probability(if occurred { odds } else { -odds }))
            .sum()
    }
}

/// Without cancelling at either end.
fn probability(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + libm::exp(-log_odds))
    } else {
        let odds = libm::exp(log_odds);
        odds / (1.0 + odds)
    }
}

fn log_probability(log_odds: f64) -> f64 {
    log_odds.min(0.0) - libm::log1p(libm::exp(-log_odds.abs()))
}
