//! Bare-bones psychometric pooling: how much of the spread of correlations is sampling error?
//! **Question.** What is the mean correlation, and how much do correlations vary beyond what their sample sizes explain?
//! **Method.** Mean and variance of r weighted by n; error variance `(1 − r̄²)²/(n̄ − 1)`; what is left is the variance of ρ.
//! **Not.** Fisher's z, a test or an interval; corrections for unreliability: see [`super::effect_size`].
//! **Sources.** Schmidt & Hunter (2015), *Methods of Meta-Analysis*, 3rd ed., chapter 3. Checked in `tests/reference/meta`.

use crate::Undefined;

/// A bare-bones meta-analysis of correlations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BareBones {
    /// Mean of r, weighted by n.
    pub mean_r: f64,
    /// Variance of r, weighted by n.
    pub variance_r: f64,
    /// Variance that sampling error alone would make.
    pub variance_error: f64,
    /// `variance_r − variance_error`; negative when correlations differ by less than sampling error.
    pub variance_rho: f64,
}

/// Pools correlations with their numbers of clients.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFew`] for none or fewer than 4 clients in a study, [`Undefined::OutOfRange`] for |r| > 1.
///
/// ```
/// use alliance_stats::meta::hunter_schmidt::bare_bones;
/// let pooled = bare_bones(&[(0.2, 101), (0.4, 101)]).unwrap();
/// assert!((pooled.mean_r - 0.3).abs() < 1e-15 && (pooled.variance_r - 0.01).abs() < 1e-15);
/// // (1 − .09)²/100
/// assert!((pooled.variance_error - 0.008281).abs() < 1e-15);
/// ```
pub fn bare_bones(studies: &[(f64, usize)]) -> Result<BareBones, Undefined> {
    if studies.len() == 1 {
        return Err(Undefined::OneStudy);
    }
    let (mut clients, mut sum) = (0.0, 0.0);
    for &(r, n) in studies {
        if r.is_nan() || r.abs() > 1.0 {
            return Err(Undefined::OutOfRange {
                what: "the correlation",
                value: r,
                allowed: "from -1 to 1",
            });
        }
        if n < 4 {
            return Err(Undefined::TooFew {
                found: n,
                needed: 4,
            });
        }
        clients += n as f64;
        sum += n as f64 * r;
    }
    if studies.is_empty() {
        return Err(Undefined::TooFewStudies {
            found: 0,
            needed: 2,
        });
    }
    let mean_r = sum / clients;
    let mut squares = 0.0;
    for &(r, n) in studies {
        squares += n as f64 * (r - mean_r) * (r - mean_r);
    }
    let variance_r = squares / clients;
    let left = (1.0 - mean_r) * (1.0 + mean_r);
    // METHOD: the mean number of clients stands for each study's; studies of unequal size then bias it little.
    let variance_error = left * left / (clients / studies.len() as f64 - 1.0);
    Ok(BareBones {
        mean_r,
        variance_r,
        variance_error,
        variance_rho: variance_r - variance_error,
    })
}
