//! The same estimate in two reports: has it moved?
//! **Question.** A number was one thing in the last report and is another in this one, and many clients are in both: is the difference more than noise?
//! **Method.** The difference with the standard error of two independent estimates, `√(a² + b²)`, and the normal distribution.
//! **Not.** A sharp test. Clients counted in both reports make the two estimates positively dependent, so the true error is smaller: "moved" is said too rarely, never too often. Several estimates looked at together need [`crate::stats::multiplicity`].
//! **Sources.** The variance of a difference, `a² + b² − 2·cov`, with a covariance of 0 or more left out. Checked against R `pnorm`, and by simulation of reports that share clients.

use super::Undefined;
use super::interval::{Interval, Level};
use super::numeric::distribution::normal_two_sided_p;

/// How far an estimate moved, on the scale it was given on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// After minus before.
    pub difference: f64,
    /// Its interval, too wide when the reports share clients.
    pub interval: Interval,
    /// Two-sided p of no change, too large when the reports share clients.
    pub p: f64,
}

/// The change from `before` to `after`, each a value and its standard error on a scale where errors are nearly normal (Fisher's z, not r).
///
/// Conservative: as if the two were independent. Clients in both reports make them positively dependent, so the true error is smaller,
/// and "moved" is said too rarely, never too often.
///
/// # Errors
/// [`Undefined::NotFinite`], [`Undefined::OutOfRange`] for a standard error that is not above 0.
///
/// ```
/// use alliance::stats::{dependent_change::change, interval::Level};
/// let moved = change((0.25, 0.06), (0.40, 0.08), Level::NINETY_FIVE).unwrap();
/// assert!((moved.difference - 0.15).abs() < 1e-15 && (moved.p - 0.133614).abs() < 1e-6);
/// assert!((moved.interval.low() + 0.0459964).abs() < 1e-7 && (moved.interval.high() - 0.3459964).abs() < 1e-7);
/// ```
pub fn change(before: (f64, f64), after: (f64, f64), level: Level) -> Result<Change, Undefined> {
    let ((old, old_error), (new, new_error)) = (before, after);
    if [old, old_error, new, new_error]
        .iter()
        .any(|value| !value.is_finite())
    {
        return Err(Undefined::NotFinite {
            variable: "an estimate or its standard error",
        });
    }
    if let Some(&value) = [old_error, new_error].iter().find(|error| **error <= 0.0) {
        return Err(Undefined::OutOfRange {
            what: "a standard error",
            value,
            allowed: "above 0",
        });
    }
    let difference = new - old;
    // METHOD: the covariance of reports that share clients is not known, is not below 0, and is left out.
    let std_error = libm::hypot(old_error, new_error);
    Ok(Change {
        difference,
        interval: Interval::around(difference, level.critical_z() * std_error, level)?,
        p: normal_two_sided_p(difference / std_error),
    })
}
