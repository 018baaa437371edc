//! Spearman's rank correlation: together in order, not necessarily in a straight line.
//! **Question.** Do clients with a better alliance rank higher in outcome, whatever the spacing of the scores?
//! **Method.** Pearson's r of average ranks; interval on Fisher's z with standard error `√((1 + ρ²/2)/(n − 3))`.
//! **Not.** Adjusted for anything, and not exact for small n with many ties.
//! **Sources.** Bonett & Wright (2000), Psychometrika 65, 23–28. Checked in `tests/reference/` against R `cor(method = "spearman")`.

use super::Undefined;
use super::correlation::pearson;
use super::fisher::TTest;
use super::interval::{Interval, Level};

/// A rank correlation of `n` clients; a type of its own, because Pearson's standard error does not fit it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankCorrelation {
    rho: f64,
    n: usize,
}

impl RankCorrelation {
    /// The rank correlation, −1 to 1.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// Complete clients.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Standard error on the scale of Fisher's z, `√((1 + ρ²/2)/(n − 3))`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 4 clients.
    pub fn std_error(&self) -> Result<f64, Undefined> {
        if self.n < 4 {
            return Err(Undefined::TooFew {
                found: self.n,
                needed: 4,
            });
        }
        // METHOD: Bonett & Wright (2000); Pearson's 1/√(n − 3) would be too short for ranks.
        Ok(((1.0 + self.rho * self.rho / 2.0) / (self.n - 3) as f64).sqrt())
    }

    /// The interval of Bonett and Wright.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 4 clients, [`Undefined::Perfect`] at ±1.
    ///
    /// ```
    /// use alliance_stats::{interval::Level, rank::spearman};
    /// let rho = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 5.0]).unwrap();
    /// let interval = rho.interval(Level::NINETY_FIVE).unwrap();
    /// assert!((interval.low() + 0.457124).abs() < 1e-6 && (interval.high() - 0.990843).abs() < 1e-6);
    /// ```
    pub fn interval(&self, level: Level) -> Result<Interval, Undefined> {
        let margin = level.critical_z() * self.std_error()?;
        if self.rho.abs() == 1.0 {
            return Err(Undefined::Perfect);
        }
        let z = libm::atanh(self.rho);
        Interval::new(libm::tanh(z - margin), libm::tanh(z + margin), level)
    }

    /// The usual approximate test of no rank correlation, t with n − 2 degrees of freedom.
    ///
    /// # Errors
    /// [`Undefined::Perfect`] at ±1.
    pub fn t_test(&self) -> Result<TTest, Undefined> {
        TTest::of(self.rho, (self.n - 2) as f64)
    }
}

/// Spearman's rank correlation of two columns of equal length; ties share their average rank.
///
/// # Errors
/// [`Undefined::TooFew`] for fewer than 3 pairs, [`Undefined::NoVariation`], [`Undefined::UnequalLengths`], [`Undefined::NotFinite`].
///
/// ```
/// use alliance_stats::rank::spearman;
/// let rho = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 50.0]).unwrap();
/// assert!((rho.rho() - 0.8).abs() < 1e-15);
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> Result<RankCorrelation, Undefined> {
    if !x.iter().chain(y).all(|value| value.is_finite()) {
        return Err(Undefined::NotFinite { variable: "a row" });
    }
    let correlation = pearson(&average_ranks(x), &average_ranks(y))?;
    Ok(RankCorrelation {
        rho: correlation.r(),
        n: correlation.n(),
    })
}

/// Ranks from 1 upwards; equal values share the mean of their ranks. Values must not be NaN.
///
/// ```
/// use alliance_stats::rank::average_ranks;
/// assert_eq!(average_ranks(&[30.0, 10.0, 30.0]), [2.5, 1.0, 2.5]);
/// ```
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|&i| ranks[i] = shared);
        before += tied.len();
    }
    ranks
}
