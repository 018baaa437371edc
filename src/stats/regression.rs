//! Ordinary least squares: what goes with the outcome when several things are held fixed at once?
//! **Question.** By how many points does the outcome differ per point of a predictor, the others held fixed, and what does the model expect for a given client?
//! **Method.** Orthonormal basis of the deviations from the means (Gram–Schmidt, twice), triangular solves, t intervals with n − p − 1 degrees of freedom.
//! **Not.** Clients who share a therapist: see [`crate::mixed`] and [`crate::bootstrap`]. Predictors that nearly repeat each other have wide intervals, not an error.
//! **Sources.** Björck (1996), *Numerical Methods for Least Squares Problems*, section 2.4. Checked against NIST's certified Longley data and R `lm`, `confint`, `predict` in `tests/reference/questions/`.

use super::Undefined;
use super::basis::{Basis, Centred, Triangle, dot, norm};
use super::interval::{Interval, Level};
use super::numeric::distribution::student_t_two_sided_p;

/// Less than this share of the outcome's variance left over is rounding.
const ROUNDING: f64 = 1e-12;

/// One coefficient, or one weighted sum of coefficients, with its t test of being 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// Points of the outcome per point of the predictor; for the intercept, points of the outcome.
    pub estimate: f64,
    /// Standard error, in the same unit.
    pub std_error: f64,
    /// `estimate / std_error`.
    pub t: f64,
    /// Two-sided p with [`Regression::df`] degrees of freedom.
    pub p: f64,
    /// t interval at the level of the regression.
    pub interval: Interval,
}

/// A fitted regression of one outcome on p predictors.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// The intercept, then one per predictor in the order given: p + 1.
    pub coefficients: Vec<Coefficient>,
    /// Residual degrees of freedom, n − p − 1.
    pub df: f64,
    /// Residual sum of squares over `df`.
    pub residual_variance: f64,
    /// Complete clients.
    pub n: usize,
    level: Level,
    mean: f64,
    /// Means of the predictors.
    means: Vec<f64>,
    slopes: Vec<f64>,
    triangle: Triangle,
}

/// Least squares of `outcome` (n values) on a constant and `predictors` (p columns of n values), intervals at `level`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::TooFew`] below p + 2 clients, [`Undefined::NotFinite`],
/// [`Undefined::NoVariation`] of a predictor or the outcome, [`Undefined::Collinear`] when a predictor is determined by the others,
/// [`Undefined::NothingLeft`] when the outcome is.
///
/// ```
/// use alliance_stats::{interval::Level, regression::regression};
/// let (pre, alliance) = ([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 0.0, 1.0, 0.0, 1.0]);
/// let fit = regression(&[&pre, &alliance], &[1.0, 3.0, 2.0, 5.0, 4.0], Level::NINETY_FIVE).unwrap();
/// assert_eq!((fit.n, fit.df), (5, 2.0));
/// // coef(lm(post ~ pre + alliance))
/// let expected = [1.6, 0.8, -5.0 / 3.0];
/// for (coefficient, expected) in fit.coefficients.iter().zip(expected) {
///     assert!((coefficient.estimate - expected).abs() < 1e-14);
/// }
/// ```
pub fn regression(
    predictors: &[&[f64]],
    outcome: &[f64],
    level: Level,
) -> Result<Regression, Undefined> {
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
    let outcome = Centred::new(outcome, "the outcome")?;
    let (columns, basis) = Basis::of(predictors)?;
    let total = norm(&outcome.deviations);
    let (mut slopes, left) = basis.project(outcome.deviations);
    let share_left = norm(&left) / total;
    if share_left * share_left <= ROUNDING {
        return Err(Undefined::NothingLeft);
    }
    basis.triangle.solve(&mut slopes);
    let df = (n - p - 1) as f64;
    let mut fit = Regression {
        coefficients: Vec::with_capacity(p + 1),
        df,
        residual_variance: norm(&left).powi(2) / df,
        n,
        level,
        mean: outcome.mean,
        means: columns.iter().map(|column| column.mean).collect(),
        slopes,
        triangle: basis.triangle,
    };
    let mut only = vec![0.0; p + 1];
    for j in 0..=p {
        only[j] = 1.0;
        fit.coefficients.push(fit.combination(&only)?);
        only[j] = 0.0;
    }
    Ok(fit)
}

impl Regression {
    /// The weighted sum of the coefficients, one weight per coefficient and the intercept's first.
    ///
    /// `[1, x₁, …]` is the outcome expected at x; `[0, 1, m]` is the slope of the first predictor where a moderator,
    /// whose product with it is the second predictor, is m.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] unless there is one weight per coefficient, [`Undefined::NotFinite`],
    /// [`Undefined::OutOfRange`] when all weights are 0.
    ///
    /// ```
    /// use alliance_stats::{interval::Level, regression::regression};
    /// let fit = regression(&[&[1.0, 2.0, 3.0]], &[1.0, 3.0, 2.0], Level::NINETY_FIVE).unwrap();
    /// // At the mean of the predictor the model expects the mean of the outcome, with √(s²/n) around it.
    /// let middle = fit.combination(&[1.0, 2.0]).unwrap();
    /// assert!((middle.estimate - 2.0).abs() < 1e-15 && (middle.std_error - 0.5f64.sqrt()).abs() < 1e-15);
    /// ```
    pub fn combination(&self, weights: &[f64]) -> Result<Coefficient, Undefined> {
        let Some((&constant, others)) = weights
            .split_first()
            .filter(|(_, others)| others.len() == self.slopes.len())
        else {
            return Err(Undefined::UnequalLengths {
                first: self.slopes.len() + 1,
                second: weights.len(),
            });
        };
        if !weights.iter().all(|weight| weight.is_finite()) {
            return Err(Undefined::NotFinite {
                variable: "a weight",
            });
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(Undefined::OutOfRange {
                what: "the largest weight",
                value: 0.0,
                allowed: "other than 0",
            });
        }
        // METHOD: in deviations from the means the constant and the slopes are uncorrelated, so their errors add without cancelling.
        let mut apart: Vec<f64> = others
            .iter()
            .zip(&self.means)
            .map(|(weight, mean)| weight - constant * mean)
            .collect();
        let estimate = constant * self.mean + dot(&apart, &self.slopes);
        self.triangle.solve_transposed(&mut apart);
        let spread = libm::hypot(constant / (self.n as f64).sqrt(), norm(&apart));
        let std_error = self.residual_variance.sqrt() * spread;
        let t = estimate / std_error;
        Ok(Coefficient {
            estimate,
            std_error,
            t,
            p: student_t_two_sided_p(t, self.df),
            interval: Interval::around(
                estimate,
                self.level.critical_t(self.df) * std_error,
                self.level,
            )?,
        })
    }
}
