//! Power: what could this many clients have shown at all?
//! **Question.** How large would a correlation or a difference have to be for this clinic to notice it?
//! **Method.** Normal approximation: the effect whose distance from 0 is `z(1 − α/2) + z(power)` standard errors; correlations on Fisher's scale.
//! **Not.** Power "after the fact" at the observed effect, the far tail of the two-sided test, and shared therapists (they lower the power).
//! **Sources.** Cohen (1992), Psychological Bulletin 112, 155–159 (d, r, q). Checked against his table 2 and by simulation.

use super::Undefined;
use super::correlation::Correlation;
use super::fisher::effective_clients;
use super::numeric::distribution::normal_quantile;

/// How strict the two-sided test is and how often it should succeed; `0 < α < power < 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    alpha: f64,
    power: f64,
}

impl Plan {
    /// The usual plan: α = .05, power = .80.
    pub const USUAL: Self = Self {
        alpha: 0.05,
        power: 0.80,
    };

    /// A plan from α and power.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `0 < α < power < 1`.
    ///
    /// ```
    /// use alliance_stats::power::Plan;
    /// assert_eq!(Plan::new(0.05, 0.80).unwrap(), Plan::USUAL);
    /// assert!(Plan::new(0.05, 1.0).is_err());
    /// ```
    pub fn new(alpha: f64, power: f64) -> Result<Self, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Undefined::OutOfRange {
                what: "alpha",
                value: alpha,
                allowed: "strictly between 0 and 1",
            });
        }
        if !(power > alpha && power < 1.0) {
            return Err(Undefined::OutOfRange {
                what: "the power",
                value: power,
                allowed: "above alpha and below 1",
            });
        }
        Ok(Self { alpha, power })
    }

    /// Probability of a false alarm, both sides together.
    pub fn alpha(self) -> f64 {
        self.alpha
    }

    /// Probability of noticing the effect if it is there.
    pub fn power(self) -> f64 {
        self.power
    }

    /// Standard errors between 0 and the smallest effect the plan can notice.
    fn distance(self) -> f64 {
        normal_quantile(self.power) - normal_quantile(self.alpha / 2.0)
    }
}

/// The smallest correlation (its size) that `n` clients, adjusted for `adjusted_for` variables, can show.
///
/// # Errors
/// [`Undefined::TooFew`] for fewer than 4 + g clients.
///
/// ```
/// use alliance_stats::power::{Plan, smallest_correlation};
/// // Cohen (1992): 85 clients for r = .30 at α = .05 and power .80
/// assert!((smallest_correlation(Plan::USUAL, 85, 0).unwrap() - 0.300).abs() < 5e-4);
/// ```
pub fn smallest_correlation(plan: Plan, n: usize, adjusted_for: usize) -> Result<f64, Undefined> {
    Ok(libm::tanh(
        plan.distance() / effective(n, adjusted_for)?.sqrt(),
    ))
}

fn effective(n: usize, adjusted_for: usize) -> Result<f64, Undefined> {
    effective_clients(&Correlation::new(0.0, n, adjusted_for)?)
}

/// The smallest difference of two independent correlations that can be shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallestDifference {
    /// Cohen's q: the difference on Fisher's scale, the same wherever the correlations lie.
    pub q: f64,
    /// The difference r₁ − r₂ when the two lie half of q above and below the reference correlation.
    pub r: f64,
}

/// The smallest difference that two groups can show; each group is `(clients, variables held fixed)`.
///
/// `around` is the correlation about which the two would lie, strictly between −1 and 1.
///
/// # Errors
/// [`Undefined::TooFew`] for a group of fewer than 4 + g clients, [`Undefined::OutOfRange`] for the reference.
///
/// ```
/// use alliance_stats::power::{Plan, smallest_correlation_difference};
/// let smallest = smallest_correlation_difference(Plan::USUAL, (100, 1), (100, 1), 0.28).unwrap();
/// assert!((smallest.q - 0.4044).abs() < 1e-4 && smallest.r < smallest.q);
/// ```
pub fn smallest_correlation_difference(
    plan: Plan,
    first: (usize, usize),
    second: (usize, usize),
    around: f64,
) -> Result<SmallestDifference, Undefined> {
    if !(around > -1.0 && around < 1.0) {
        return Err(Undefined::OutOfRange {
            what: "the reference correlation",
            value: around,
            allowed: "strictly between -1 and 1",
        });
    }
    let information = [effective(first.0, first.1)?, effective(second.0, second.1)?];
    let q = plan.distance() * (1.0 / information[0] + 1.0 / information[1]).sqrt();
    let centre = libm::atanh(around);
    Ok(SmallestDifference {
        q,
        r: libm::tanh(centre + q / 2.0) - libm::tanh(centre - q / 2.0),
    })
}

/// The smallest difference of two means, in pooled standard deviations, that groups of `n1` and `n2` clients can show.
///
/// A normal approximation: for fewer than about 20 clients per group the true value is a little larger.
///
/// # Errors
/// [`Undefined::TooFew`] for a group of fewer than 2 clients.
///
/// ```
/// use alliance_stats::power::{Plan, smallest_mean_difference};
/// // Cohen (1992): 64 per group for d = .50 (by t; 63 by the normal approximation)
/// assert!((smallest_mean_difference(Plan::USUAL, 63, 63).unwrap() - 0.499).abs() < 5e-4);
/// ```
pub fn smallest_mean_difference(plan: Plan, n1: usize, n2: usize) -> Result<f64, Undefined> {
    let found = n1.min(n2);
    if found < 2 {
        return Err(Undefined::TooFew { found, needed: 2 });
    }
    Ok(plan.distance() * (1.0 / n1 as f64 + 1.0 / n2 as f64).sqrt())
}
