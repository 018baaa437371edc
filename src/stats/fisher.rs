//! Fisher's z: how precise is a correlation, and could it be zero?
//! **Question.** Given the correlation of `n` clients, adjusted for `g` variables, which values are still plausible?
//! **Method.** `atanh r` is nearly normal with standard error `1/√(n − 3 − g)`; build the interval there, map it back. Test: t with n − 2 − g degrees of freedom.
//! **Not.** Clients who share a therapist are not independent: see [`crate::bootstrap`]. Ranks have their own error: [`crate::rank`].
//! **Sources.** Fisher (1921), Metron 1, 3–32; Fisher (1924), Metron 3, 329–332. Checked in `tests/reference/` against R `cor.test`.

use super::Undefined;
use super::correlation::Correlation;
use super::interval::{Interval, Level};
use super::numeric::distribution::student_t_two_sided_p;

/// A correlation on Fisher's scale: `z = atanh r` and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherZ {
    /// `atanh r`.
    pub z: f64,
    /// `1/√(n − 3 − g)`.
    pub std_error: f64,
}

/// Fisher's z of a correlation, with its standard error.
///
/// # Errors
/// [`Undefined::TooFew`] for fewer than 4 + g clients, [`Undefined::Perfect`] at ±1.
///
/// ```
/// use alliance_stats::{correlation::Correlation, fisher::fisher_z};
/// let z = fisher_z(&Correlation::new(0.5, 28, 0).unwrap()).unwrap();
/// assert!((z.z - 0.5493061443340548).abs() < 1e-15 && z.std_error == 0.2);
/// ```
pub fn fisher_z(correlation: &Correlation) -> Result<FisherZ, Undefined> {
    let effective = effective_clients(correlation)?;
    if correlation.r().abs() == 1.0 {
        return Err(Undefined::Perfect);
    }
    Ok(FisherZ {
        z: libm::atanh(correlation.r()),
        std_error: 1.0 / effective.sqrt(),
    })
}

/// `n − 3 − g`, at least 1.
pub(super) fn effective_clients(correlation: &Correlation) -> Result<f64, Undefined> {
    // METHOD: each variable held fixed costs one client (Fisher 1924).
    let (n, adjusted_for) = (correlation.n(), correlation.adjusted_for());
    match n.saturating_sub(adjusted_for) {
        0..4 => Err(Undefined::TooFew {
            found: n,
            needed: adjusted_for.saturating_add(4),
        }),
        left => Ok((left - 3) as f64),
    }
}

/// The interval of a correlation, on the scale of r.
///
/// # Errors
/// [`Undefined::TooFew`] for fewer than 4 + g clients, [`Undefined::Perfect`] at ±1.
///
/// ```
/// use alliance_stats::{correlation::Correlation, fisher::fisher_interval, interval::Level};
/// let r = Correlation::new(0.5, 28, 0).unwrap();
/// let interval = fisher_interval(&r, Level::NINETY_FIVE).unwrap();
/// assert!((interval.low() - 0.156028).abs() < 1e-6 && (interval.high() - 0.735818).abs() < 1e-6);
/// ```
pub fn fisher_interval(correlation: &Correlation, level: Level) -> Result<Interval, Undefined> {
    let FisherZ { z, std_error } = fisher_z(correlation)?;
    let margin = level.critical_z() * std_error;
    Interval::new(libm::tanh(z - margin), libm::tanh(z + margin), level)
}

/// A test statistic with its degrees of freedom and two-sided p value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// The statistic.
    pub t: f64,
    /// Degrees of freedom; may be fractional.
    pub df: f64,
    /// Probability of a statistic at least this far from 0 if there were no effect.
    pub p: f64,
}

impl TTest {
    /// The test that a correlation `r` with `df` degrees of freedom is zero.
    pub(super) fn of(r: f64, df: f64) -> Result<Self, Undefined> {
        if r.abs() == 1.0 {
            return Err(Undefined::Perfect);
        }
        let t = r * (df / ((1.0 - r) * (1.0 + r))).sqrt();
        Ok(Self {
            t,
            df,
            p: student_t_two_sided_p(t, df),
        })
    }
}

/// The test of no (partial) correlation: t with n − 2 − g degrees of freedom.
///
/// # Errors
/// [`Undefined::Perfect`] at ±1.
///
/// ```
/// use alliance_stats::{correlation::Correlation, fisher::t_test};
/// let test = t_test(&Correlation::new(0.6, 18, 0).unwrap()).unwrap();
/// assert!((test.t - 3.0).abs() < 1e-14 && test.df == 16.0 && (test.p - 0.008479).abs() < 1e-6);
/// ```
pub fn t_test(correlation: &Correlation) -> Result<TTest, Undefined> {
    // `Correlation` guarantees n ≥ 3 + g, hence at least one degree of freedom.
    let df = (correlation.n() - 2 - correlation.adjusted_for()) as f64;
    TTest::of(correlation.r(), df)
}
