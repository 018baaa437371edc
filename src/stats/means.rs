//! Comparing two means: is the alliance itself higher in one group, or later in treatment?
//! **Question.** How far apart are two groups on average, in points and in standard deviations, and how far do the same clients move?
//! **Method.** Welch's t for the difference in points; Hedges' g with the exact small-sample factor, normal interval; paired t for two scores of each client.
//! **Not.** Groups that share clients or therapists; "no difference" from a large p: see [`crate::equivalence`].
//! **Sources.** Welch (1947), Biometrika 34, 28–35; Hedges (1981), J. Educ. Stat. 6, 107–128. Checked in `tests/reference/` against R `t.test` and metafor.

use super::Undefined;
use super::interval::{Interval, Level};
use super::numeric::distribution::student_t_two_sided_p;
use super::numeric::moments::Moments;
use super::numeric::tails::gamma_ratio;

/// Welch's test of the difference of two means, first minus second, in points of the measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    /// Mean of the first group minus mean of the second.
    pub difference: f64,
    /// Standard error of the difference; groups may vary differently.
    pub std_error: f64,
    /// `difference / std_error`.
    pub t: f64,
    /// Satterthwaite's degrees of freedom, usually fractional.
    pub df: f64,
    /// Two-sided p.
    pub p: f64,
    /// Interval of the difference.
    pub interval: Interval,
}

/// Welch's test, with the interval of the difference at `level`.
///
/// # Errors
/// [`Undefined::TooFew`] for a group of fewer than 2 clients, [`Undefined::NoVariation`] when neither group varies,
/// [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::{interval::Level, means::welch, numeric::moments::Moments};
/// let first = Moments::from_values(&[1.0, 2.0, 3.0, 4.0]).unwrap();
/// let second = Moments::from_values(&[4.0, 6.0, 8.0, 10.0]).unwrap();
/// let test = welch(&first, &second, Level::NINETY_FIVE).unwrap();
/// assert!((test.t + 3.117691).abs() < 1e-6 && (test.df - 4.411765).abs() < 1e-6);
/// ```
pub fn welch(first: &Moments, second: &Moments, level: Level) -> Result<Welch, Undefined> {
    let WelchError {
        difference,
        std_error,
        df,
    } = welch_error(first, second)?;
    let t = difference / std_error;
    let interval = Interval::around(difference, level.critical_t(df) * std_error, level)?;
    Ok(Welch {
        difference,
        std_error,
        t,
        df,
        p: student_t_two_sided_p(t, df),
        interval,
    })
}

/// A difference of means with Welch's standard error and degrees of freedom.
pub(super) struct WelchError {
    pub difference: f64,
    pub std_error: f64,
    pub df: f64,
}

pub(super) fn welch_error(first: &Moments, second: &Moments) -> Result<WelchError, Undefined> {
    let (a, b) = (Group::of(first)?, Group::of(second)?);
    if first.is_constant(0) && second.is_constant(0) {
        return Err(Undefined::NoVariation {
            variable: "the measure in both groups",
        });
    }
    let (va, vb) = (a.variance / a.n, b.variance / b.n);
    let (share_a, share_b) = (va / (va + vb), vb / (va + vb));
    let df = 1.0 / (share_a * share_a / (a.n - 1.0) + share_b * share_b / (b.n - 1.0));
    let (difference, std_error) = (a.mean - b.mean, (va + vb).sqrt());
    if !(df.is_finite() && difference.is_finite() && std_error.is_finite() && std_error > 0.0) {
        return Err(Undefined::NotFinite {
            variable: "a sum of squares",
        });
    }
    Ok(WelchError {
        difference,
        std_error,
        df,
    })
}

/// What Welch and Hedges need of a group, once it has at least two clients.
struct Group {
    n: f64,
    mean: f64,
    variance: f64,
}

impl Group {
    fn of(moments: &Moments) -> Result<Self, Undefined> {
        match (moments.mean(0), moments.variance(0)) {
            (Some(mean), Some(variance)) => Ok(Self {
                n: moments.count() as f64,
                mean,
                variance,
            }),
            _ => Err(Undefined::TooFew {
                found: moments.count(),
                needed: 2,
            }),
        }
    }
}

/// The standard deviation inside both groups, weighted by degrees of freedom, in points of the measure.
///
/// # Errors
/// [`Undefined::TooFew`] for a group of fewer than 2 clients, [`Undefined::NoVariation`] when neither group varies,
/// [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::{means::pooled_sd, numeric::moments::Moments};
/// let first = Moments::from_values(&[1.0, 2.0, 3.0]).unwrap();
/// let second = Moments::from_values(&[4.0, 6.0, 8.0]).unwrap();
/// assert!((pooled_sd(&first, &second).unwrap() - 2.5f64.sqrt()).abs() < 1e-15);
/// ```
pub fn pooled_sd(first: &Moments, second: &Moments) -> Result<f64, Undefined> {
    let (a, b) = (Group::of(first)?, Group::of(second)?);
    if first.is_constant(0) && second.is_constant(0) {
        return Err(Undefined::NoVariation {
            variable: "the measure in both groups",
        });
    }
    let df = a.n + b.n - 2.0;
    let sd = ((a.n - 1.0) / df * a.variance + (b.n - 1.0) / df * b.variance).sqrt();
    if sd.is_finite() && sd > 0.0 {
        Ok(sd)
    } else {
        Err(Undefined::NotFinite {
            variable: "a sum of squares",
        })
    }
}

/// The mean change of clients measured twice, in points of the measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Mean difference.
    pub mean: f64,
    /// Standard deviation of the differences.
    pub sd: f64,
    /// `sd / √n`.
    pub std_error: f64,
    /// `mean / std_error`.
    pub t: f64,
    /// n − 1.
    pub df: f64,
    /// Two-sided p.
    pub p: f64,
    /// t interval of the mean difference.
    pub interval: Interval,
    /// Clients with both scores.
    pub n: usize,
}

/// The paired t test from the moments of the clients' `differences`, with the interval of their mean at `level`.
///
/// # Errors
/// [`Undefined::TooFew`] below 2 clients, [`Undefined::NoVariation`] when all change alike, [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::{interval::Level, means::paired, numeric::moments::Moments};
/// let differences = Moments::from_values(&[1.0, 2.0, 3.0]).unwrap();
/// let change = paired(&differences, Level::NINETY_FIVE).unwrap();
/// assert!((change.t - 2.0 * 3f64.sqrt()).abs() < 1e-14 && change.df == 2.0 && change.n == 3);
/// ```
pub fn paired(differences: &Moments, level: Level) -> Result<Paired, Undefined> {
    let Group { n, mean, variance } = Group::of(differences)?;
    if differences.is_constant(0) {
        return Err(Undefined::NoVariation {
            variable: "the difference",
        });
    }
    let sd = variance.sqrt();
    let (std_error, df) = (sd / n.sqrt(), n - 1.0);
    let t = mean / std_error;
    if !(t.is_finite() && std_error.is_finite()) {
        return Err(Undefined::NotFinite {
            variable: "a sum of squares",
        });
    }
    Ok(Paired {
        mean,
        sd,
        std_error,
        t,
        df,
        p: student_t_two_sided_p(t, df),
        interval: Interval::around(mean, level.critical_t(df) * std_error, level)?,
        n: differences.count(),
    })
}

/// Hedges' g: a difference of means in pooled standard deviations, without small-sample bias.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HedgesG {
    /// `J · (mean₁ − mean₂)/SD`.
    pub g: f64,
    /// `J² · (1/n₁ + 1/n₂ + d²/(2(n₁ + n₂)))`, d the uncorrected difference.
    pub variance: f64,
    /// `g ± z · √variance`.
    pub interval: Interval,
}

/// Hedges' g of first minus second, with the normal interval at `level`.
///
/// # Errors
/// As [`pooled_sd`].
///
/// ```
/// use alliance_stats::{interval::Level, means::hedges_g, numeric::moments::Moments};
/// let first = Moments::from_values(&[1.0, 2.0, 3.0]).unwrap();
/// let second = Moments::from_values(&[2.0, 3.0, 4.0]).unwrap();
/// // d = −1; J(4) = Γ(2)/(√2 · Γ(1.5)) = √(2/π)
/// let g = hedges_g(&first, &second, Level::NINETY_FIVE).unwrap();
/// assert!((g.g + (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-14);
/// ```
pub fn hedges_g(first: &Moments, second: &Moments, level: Level) -> Result<HedgesG, Undefined> {
    let sd = pooled_sd(first, second)?;
    let (a, b) = (Group::of(first)?, Group::of(second)?);
    let d = (a.mean - b.mean) / sd;
    let factor = small_sample_factor(a.n + b.n - 2.0);
    // METHOD: the factor multiplies the whole large-sample variance (metafor's `vtype = "LS2"`), not g² inside it.
    let variance = factor * factor * (1.0 / a.n + 1.0 / b.n + d * d / (2.0 * (a.n + b.n)));
    let g = factor * d;
    Ok(HedgesG {
        g,
        variance,
        interval: Interval::around(g, level.critical_z() * variance.sqrt(), level)?,
    })
}

/// Hedges' exact `J(m) = Γ(m/2)/(√(m/2) · Γ((m − 1)/2))` for `m ≥ 2` degrees of freedom.
pub(crate) fn small_sample_factor(m: f64) -> f64 {
    gamma_ratio((m - 1.0) / 2.0) / (m / 2.0).sqrt()
}
