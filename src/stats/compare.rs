//! Comparing two correlations: is the relationship stronger here than there?
//! **Question.** Does the alliance matter more online than in person? Does feeling heard matter more than feeling safe?
//! **Method.** Difference r₁ − r₂: z test on Fisher's scale, interval by Zou from the two Fisher intervals. For the same clients both take account of
//! the correlation of the two correlations (Pearson and Filon), the test with their mean in its place (Steiger).
//! **Not.** Correlations of the same clients without a common variable, and "no difference" from a large p: see [`crate::equivalence`].
//! **Sources.** Zou (2007), Psychological Methods 12, 399–413; Steiger (1980), Psychological Bulletin 87, 245–251; Dunn & Clark (1969), J. Am. Stat. Assoc. 64, 366–377.
//! Checked in `tests/reference/` (`online_vs_in_person.correlation`, R cocor 1.1-4); coverage by simulation.

use super::Undefined;
use super::correlation::Correlation;
use super::fisher::{fisher_interval, fisher_z};
use super::interval::{Interval, Level};
use super::numeric::distribution::normal_two_sided_p;

/// A determinant this little below 0 is 0.
const ROUNDING: f64 = 1e-12;

/// The difference of two correlations, first minus second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// r₁ − r₂, from −2 to 2.
    pub estimate: f64,
    /// `(z₁ − z₂)/√(1/(n₁ − 3 − g₁) + 1/(n₂ − 3 − g₂))`; of the same clients `(z₁ − z₂)/√((2 − 2c)/(n − 3 − g))`.
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
/// use alliance_stats::{compare::difference, correlation::Correlation, interval::Level};
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
    Ok(Difference {
        estimate: first.r() - second.r(),
        z,
        p: normal_two_sided_p(z),
        interval: zou(first, second, 0.0, level)?,
    })
}

/// Two correlations of the same clients that share variable 1, all three adjusted for the same variables.
#[derive(Debug, Clone, Copy)]
pub struct Dependent<'a> {
    /// r₁₂.
    pub first: &'a Correlation,
    /// r₁₃.
    pub second: &'a Correlation,
    /// r₂₃, of the two variables that are not shared.
    pub between: &'a Correlation,
}

/// Compares the correlations r₁₂ and r₁₃ of one and the same group of clients.
///
/// The interval is a little wide for few clients and variables 2 and 3 that nearly repeat each other
/// (96.7 % instead of 95 % for 30 clients and r₂₃ near .9).
///
/// # Errors
/// [`Undefined::UnequalLengths`] and [`Undefined::OutOfRange`] unless all three have the same n and the same number of variables held fixed,
/// [`Undefined::TooFew`] below 4 + g clients, [`Undefined::Perfect`] for a correlation of ±1,
/// [`Undefined::OutOfRange`] when no three variables can correlate like this.
///
/// ```
/// use alliance_stats::{compare::{Dependent, dependent_difference}, correlation::Correlation, interval::Level};
/// let r = |value| Correlation::new(value, 66, 0).unwrap();
/// let (first, second, between) = (r(0.396), r(0.179), r(0.088));
/// let of = Dependent { first: &first, second: &second, between: &between };
/// let interval = dependent_difference(of, Level::NINETY_FIVE).unwrap().interval;
/// // Zou (2007), p. 409
/// assert!((interval.low() + 0.093).abs() < 5e-4 && (interval.high() - 0.517).abs() < 5e-4);
/// ```
pub fn dependent_difference(of: Dependent, level: Level) -> Result<Difference, Undefined> {
    let Dependent {
        first,
        second,
        between,
    } = of;
    for other in [second, between] {
        if other.n() != first.n() {
            return Err(Undefined::UnequalLengths {
                first: first.n(),
                second: other.n(),
            });
        }
        if other.adjusted_for() != first.adjusted_for() {
            return Err(Undefined::OutOfRange {
                what: "the number of variables held fixed",
                value: other.adjusted_for() as f64,
                allowed: "the same for all three correlations",
            });
        }
    }
    let (a, b) = (fisher_z(first)?, fisher_z(second)?);
    if between.r().abs() == 1.0 {
        return Err(Undefined::Perfect);
    }
    let (r12, r13, r23) = (first.r(), second.r(), between.r());
    let determinant = 1.0 + 2.0 * r12 * r13 * r23 - r12 * r12 - r13 * r13 - r23 * r23;
    if determinant < -ROUNDING {
        return Err(Undefined::OutOfRange {
            what: "the determinant of the three correlations",
            value: determinant,
            allowed: "at least 0",
        });
    }
    // METHOD: under the hypothesis tested both are estimates of one correlation, so the test takes their mean for each.
    let mean = (r12 + r13) / 2.0;
    let shared = correlation_of_correlations(mean, mean, r23);
    let z = (a.z - b.z) / (a.std_error * (2.0 * (1.0 - shared)).sqrt());
    if !z.is_finite() {
        return Err(Undefined::NotFinite {
            variable: "the test of the difference",
        });
    }
    Ok(Difference {
        estimate: r12 - r13,
        z,
        p: normal_two_sided_p(z),
        interval: zou(
            first,
            second,
            correlation_of_correlations(r12, r13, r23),
            level,
        )?,
    })
}

/// Large-sample correlation of the estimates of r₁₂ and r₁₃ (Pearson and Filon 1898; Dunn and Clark 1969, formula 8), the same for r and for Fisher's z.
fn correlation_of_correlations(r12: f64, r13: f64, r23: f64) -> f64 {
    let (a, b, c) = (r12 * r12, r13 * r13, r23 * r23);
    let covariance = r23 * (1.0 - a - b) - 0.5 * r12 * r13 * (1.0 - a - b - c);
    covariance / ((1.0 - a) * (1.0 - b))
}

/// Zou's interval of r₁ − r₂ when their estimates correlate by `shared`.
fn zou(
    first: &Correlation,
    second: &Correlation,
    shared: f64,
    level: Level,
) -> Result<Interval, Undefined> {
    let (one, two) = (
        fisher_interval(first, level)?,
        fisher_interval(second, level)?,
    );
    let (r1, r2) = (first.r(), second.r());
    // METHOD: Zou keeps the asymmetry of each interval; a z interval mapped back would not be one of r₁ − r₂.
    // x² + y² − 2cxy without its cancellation.
    let apart = ((1.0 - shared) * (1.0 + shared)).max(0.0).sqrt();
    let reach = |x: f64, y: f64| libm::hypot(x - shared * y, apart * y);
    let estimate = r1 - r2;
    Interval::new(
        estimate - reach(r1 - one.low(), two.high() - r2),
        estimate + reach(one.high() - r1, r2 - two.low()),
        level,
    )
}
