//! Reliable change and the clinical cutoff: when is a change more than noise, and when is a score that of a healthy person?
//! **Question.** By how many points must a client change before measurement error is an unlikely explanation, and which score lies between the two populations?
//! **Method.** Jacobson and Truax: `S_diff = √2 · SD · √(1 − reliability)`, `points = z · S_diff`; cutoff c weighs the two means by the other population's SD.
//! **Not.** Regression to the mean, practice effects, and whether the client feels better. The SD, the reliability and its kind, and z each move the number: report them with it.
//! **Sources.** Jacobson & Truax (1991), J. Consult. Clin. Psychol. 59, 12–19. Checked against published values of PHQ-9, GAD-7 and CORE-10.

use super::Undefined;

/// How far a score must move before the change is reliable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliableChange {
    /// Standard error of the difference of two scores of one client who did not change, in points.
    pub standard_error_of_difference: f64,
    /// `z` times that; a change is reliable when it is larger (strictly, in Jacobson and Truax).
    pub points: f64,
}

/// Reliable change from the standard deviation `sd` (points) of a reference group, the `reliability` of the measure and `z` (1.96 by convention).
///
/// # Errors
/// [`Undefined::OutOfRange`] unless `sd > 0`, `0 < reliability < 1` and `z > 0`, all finite; [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::reliable_change::jacobson_truax;
/// let gad7 = jacobson_truax(4.50, 0.92, 1.96).unwrap();
/// assert!((gad7.standard_error_of_difference - 1.8).abs() < 1e-12 && (gad7.points - 3.528).abs() < 1e-12);
/// ```
pub fn jacobson_truax(sd: f64, reliability: f64, z: f64) -> Result<ReliableChange, Undefined> {
    let sd = positive("the standard deviation", sd)?;
    let z = positive("the number of standard errors", z)?;
    // METHOD: a reliability of exactly 1 would call every change reliable, so it is refused.
    if !(reliability > 0.0 && reliability < 1.0) {
        return Err(Undefined::OutOfRange {
            what: "the reliability",
            value: reliability,
            allowed: "strictly between 0 and 1",
        });
    }
    let standard_error_of_difference = sd * (2.0 * (1.0 - reliability)).sqrt();
    let points = z * standard_error_of_difference;
    if points.is_finite() {
        Ok(ReliableChange {
            standard_error_of_difference,
            points,
        })
    } else {
        Err(Undefined::NotFinite {
            variable: "the reliable change",
        })
    }
}

/// Mean and standard deviation of a population's scores, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, above 0.
    pub sd: f64,
}

/// Cutoff c: the score that is equally many standard deviations away from both means, in points.
///
/// # Errors
/// [`Undefined::OutOfRange`] unless both standard deviations are positive and finite, [`Undefined::NotFinite`] for a mean that is not.
///
/// ```
/// use alliance_stats::reliable_change::{Norm, cutoff_c};
/// let (clinical, functional) = (Norm { mean: 19.7, sd: 7.7 }, Norm { mean: 4.7, sd: 4.8 });
/// assert!((cutoff_c(clinical, functional).unwrap() - 10.46).abs() < 1e-12);
/// ```
pub fn cutoff_c(clinical: Norm, functional: Norm) -> Result<f64, Undefined> {
    let a = positive("the standard deviation", clinical.sd)?;
    let b = positive("the standard deviation", functional.sd)?;
    let apart = functional.mean - clinical.mean;
    let share = 1.0 / (1.0 + b / a);
    let cutoff = clinical.mean + share * apart;
    if cutoff.is_finite() {
        Ok(cutoff)
    } else {
        Err(Undefined::NotFinite {
            variable: "the mean of a population",
        })
    }
}

fn positive(what: &'static str, value: f64) -> Result<f64, Undefined> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Undefined::OutOfRange {
            what,
            value,
            allowed: "above 0",
        })
    }
}
