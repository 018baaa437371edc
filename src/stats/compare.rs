//! Comparing two correlations: is the relationship stronger here than there?
//! **Question.** Does the alliance matter more online than in person?
//! **Method.** Difference r₁ − r₂ of independent groups: z test on Fisher's scale, interval by Zou from the two Fisher intervals.
//! **Not.** Correlations measured on the same clients, and "no difference" from a large p: see [`crate::stats::equivalence`].
//! **Sources.** Zou (2007), Psychological Methods 12, 399–413. Checked in `tests/reference/` (`online_vs_in_person.correlation`); coverage by simulation.

use super::Undefined;
use super::correlation::Correlation;
use super::fisher::{fisher_interval, fisher_z};
use super::interval::{Interval, Level};
use super::numeric::distribution::normal_two_sided_p;

/// The difference of two independent correlations, first minus second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// r₁ − r₂, from −2 to 2.
    pub estimate: f64,
    /// `(z₁ − z₂)/√(1/(n₁ − 3 − g₁) + 1/(n₂ − 3 − g₂))`.
    pub z: f64,
    /// Two-sided p of the z test.
    pub p: f64,
    /// Zou's interval of r₁ − r₂.
    pub interval: Interval,
}

/// Compares the correlations of two groups that share no client.
///
/// # Errors
/// [`Undefined::TooFew`] for a group of fewer than 4 + g clients, [`Undefined::Perfect`] for a correlation of ±1.
///
/// ```
/// use alliance::stats::{compare::difference, correlation::Correlation, interval::Level};
/// let first = Correlation::new(0.49, 145, 0).unwrap();
/// let second = Correlation::new(0.36, 87, 0).unwrap();
/// let difference = difference(&first, &second, Level::NINETY_FIVE).unwrap();
/// assert!((difference.estimate - 0.13).abs() < 1e-15);
/// assert!((difference.z - 1.156386).abs() < 1e-6);
/// ```
pub fn difference(
    first: &Correlation,
    second: &Correlation,
    level: Level,
) -> Result<Difference, Undefined> {
    let (a, b) = (fisher_z(first)?, fisher_z(second)?);
    let z = (a.z - b.z) / libm::hypot(a.std_error, b.std_error);
    let (inner, outer) = (
        fisher_interval(first, level)?,
        fisher_interval(second, level)?,
    );
    let (r1, r2) = (first.r(), second.r());
    let estimate = r1 - r2;
    // METHOD: Zou keeps the asymmetry of each interval; a z interval mapped back would not be one of r₁ − r₂.
    let low = estimate - libm::hypot(r1 - inner.low(), outer.high() - r2);
    let high = estimate + libm::hypot(inner.high() - r1, r2 - outer.low());
    Ok(Difference {
        estimate,
        z,
        p: normal_two_sided_p(z),
        interval: Interval::new(low, high, level)?,
    })
}
