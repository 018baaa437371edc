//! Quadratic forms as tests: heterogeneity, and several coefficients at once.
//! **Question.** Is the sum of squares larger than chance makes it?
//! **Method.** The upper tail of χ².
//! **Not.** Small samples: the joint test of [`crate::meta::robust`] has degrees of freedom for them.
//! **Sources.** Cochran (1954), Biometrics 10, 101–129; Wald (1943), Trans. AMS 54, 426–482. Checked against metafor's QE and QM.

use crate::Undefined;
use crate::meta::linear::cholesky;
use crate::numeric::distribution::chi_squared_sf;

/// A chi-squared statistic with its degrees of freedom and p value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquaredTest {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// Upper tail.
    pub p: f64,
}

impl ChiSquaredTest {
    pub(super) fn new(statistic: f64, df: usize) -> Result<Self, Undefined> {
        if !statistic.is_finite() {
            return Err(Undefined::NotFinite {
                variable: "a test statistic",
            });
        }
        Ok(Self {
            statistic,
            df,
            p: never_zero(chi_squared_sf(statistic, df as f64)),
        })
    }
}

/// The test that all coefficients but the intercept are 0.
pub(super) fn joint(
    estimates: &[f64],
    covariance: &[Vec<f64>],
) -> Result<ChiSquaredTest, Undefined> {
    let q = estimates.len() - 1;
    let block: Vec<f64> = covariance[1..]
        .iter()
        .flat_map(|row| row[1..].iter().copied())
        .collect();
    ChiSquaredTest::new(standardised(&estimates[1..], &block)?, q)
}

/// `bᵀ C⁻¹ b` for a positive definite covariance, row by row.
pub(in crate::meta) fn standardised(
    estimates: &[f64],
    covariance: &[f64],
) -> Result<f64, Undefined> {
    let q = estimates.len();
    let lower = cholesky(covariance, q).ok_or(Undefined::Collinear)?;
    let mut solved: Vec<f64> = Vec::with_capacity(q);
    for i in 0..q {
        let known: f64 = (0..i).map(|c| lower[i * q + c] * solved[c]).sum();
        solved.push((estimates[i] - known) / lower[i * q + i]);
    }
    Ok(solved.iter().map(|x| x * x).sum())
}

/// METHOD: a p value below the smallest double is reported as that double: no statistic makes an effect impossible.
pub(in crate::meta) fn never_zero(p: f64) -> f64 {
    p.max(f64::MIN_POSITIVE)
}
