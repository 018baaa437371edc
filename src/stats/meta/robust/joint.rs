//! What the working model expects of robust variances: degrees of freedom, and tests of several coefficients.
//! **Question.** How many independent pieces of information stand behind a robust variance?
//! **Method.** Satterthwaite: twice the squared mean over the variance, both under the working model; for several coefficients Hotelling's T² with Zhang's degrees of freedom (HTZ).
//! **Not.** Any claim where a single study carries a coefficient: the degrees of freedom then fall towards 1 and are flagged.
//! **Sources.** Satterthwaite (1946), Biometrics Bull. 2, 110–114; Zhang (2012), J. Stat. Plan. Inference; Tipton & Pustejovsky (2015), J. Educ. Behav. Stat. 40, 604–634. Checked against clubSandwich's `coef_test` and `Wald_test`.

use nalgebra::{DMatrix, SymmetricEigen};

use super::cluster::Cluster;
use super::{FEW_DF, Robust, dot};
use crate::Undefined;
use crate::meta::linear::form;
use crate::meta::three_level::{never_zero, standardised};
use crate::numeric::distribution::f_sf;

/// A joint test of several coefficients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointTest {
    /// The statistic, on the scale of F.
    pub f: f64,
    /// Coefficients tested.
    pub df1: usize,
    /// Degrees of freedom of the denominator.
    pub df2: f64,
    /// Upper tail.
    pub p: f64,
    /// Fewer than 4 degrees of freedom of the denominator.
    pub few_df: bool,
}

impl Robust {
    /// The joint test that the named coefficients (0 is the intercept) are 0: Hotelling's T² with Zhang's degrees of freedom (HTZ).
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for a coefficient that does not exist, [`Undefined::TooFew`] for none, [`Undefined::Collinear`] for one named
    /// twice, [`Undefined::NoSpreadBetweenClusters`], [`Undefined::JointTestTooLarge`] when no degree of freedom is left.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::nested::{NestedEffects, Variances};
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, robust::{Robust, RobustType}};
    /// let effects = [0.1, 0.3, 0.8, 0.4].map(|z| Effect::from_fisher_z(z, 0.02).unwrap());
    /// let design = Design::new(&[[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]).unwrap();
    /// let nested = NestedEffects::new(&effects, &[1, 2, 3, 4], &design).unwrap();
    /// let two_level = Variances { between_studies: 0.0, between_effects: 0.05 };
    /// let robust = Robust::fit(&nested, two_level, RobustType::Cr2, Level::NINETY_FIVE).unwrap();
    /// // One coefficient: the square of its t, with its degrees of freedom.
    /// let (joint, alone) = (robust.joint_test(&[1]).unwrap(), robust.coefficients[1].unwrap());
    /// assert!((joint.f - alone.t * alone.t).abs() < 1e-12 && (joint.df2 - alone.df).abs() < 1e-12);
    /// ```
    pub fn joint_test(&self, coefficients: &[usize]) -> Result<JointTest, Undefined> {
        let (p, q) = (self.estimates.len(), coefficients.len());
        if q == 0 {
            return Err(Undefined::TooFew {
                found: 0,
                needed: 1,
            });
        }
        if let Some(&missing) = coefficients.iter().find(|&&c| c >= p) {
            return Err(Undefined::OutOfRange {
                what: "the number of a coefficient",
                value: missing as f64,
                allowed: "below the number of coefficients",
            });
        }
        for &c in coefficients {
            self.coefficients[c]?;
        }
        let tested: Vec<f64> = coefficients.iter().map(|&c| self.estimates[c]).collect();
        let covariance: Vec<f64> = coefficients
            .iter()
            .flat_map(|&a| coefficients.iter().map(move |&b| self.covariance[a][b]))
            .collect();
        let statistic = standardised(&tested, &covariance)?;

        let expected = DMatrix::from_fn(q, q, |s, t| {
            let (s, t) = (coefficients[s], coefficients[t]);
            self.agreement(&self.directions[s], &self.directions[t])
                .trace
        });
        let root = inverse_root(expected).ok_or(Undefined::Collinear)?;
        let turned: Vec<Vec<f64>> = (0..q)
            .map(|s| {
                (0..p)
                    .map(|a| {
                        (0..q)
                            .map(|t| root[(s, t)] * self.directions[coefficients[t]][a])
                            .sum()
                    })
                    .collect()
            })
            .collect();
        let mut total = 0.0;
        for s in 0..q {
            for t in 0..q {
                total += self.agreement(&turned[s], &turned[t]).total_variance;
            }
        }
        let q_real = q as f64;
        let degrees = q_real * (q_real + 1.0) / total;
        let df2 = degrees - q_real + 1.0;
        if !(df2 > 0.0 && df2.is_finite()) {
            return Err(Undefined::JointTestTooLarge { coefficients: q });
        }
        let f = df2 / degrees * statistic / q_real;
        if !f.is_finite() {
            return Err(Undefined::NotFinite {
                variable: "a test statistic",
            });
        }
        Ok(JointTest {
            f,
            df1: q,
            df2,
            p: never_zero(f_sf(f, q_real, df2)),
            few_df: df2 < FEW_DF,
        })
    }

    /// What the working model expects of the robust covariance of two directions s and t.
    ///
    /// Contributions of clusters j and k have covariance `δ d(j) − g(j)·g(k)` with p-vectors g, so that sums over all pairs of
    /// clusters are traces of p × p matrices.
    pub(super) fn agreement(&self, s: &[f64], t: &[f64]) -> Agreement {
        let p = s.len();
        let same = s == t;
        let (mut trace, mut own) = (0.0, 0.0);
        // Σ g(t) g(s)ᵀ over clusters.
        let mut outer = vec![0.0; p * p];
        let (mut gs, mut gt) = (vec![0.0; p], vec![0.0; p]);
        for part in &self.parts {
            self.whitened(part, s, &mut gs);
            let d_st = form(s, &part.spread, t);
            let (d_ss, d_tt);
            if same {
                gt.copy_from_slice(&gs);
                (d_ss, d_tt) = (d_st, d_st);
            } else {
                self.whitened(part, t, &mut gt);
                d_ss = form(s, &part.spread, s);
                d_tt = form(t, &part.spread, t);
            }
            let (ss, st, tt) = (dot(&gs, &gs), dot(&gs, &gt), dot(&gt, &gt));
            trace += d_st - st;
            own += d_st * (d_st - 2.0 * st) + d_ss * d_tt - d_ss * tt - d_tt * ss;
            for a in 0..p {
                for b in 0..p {
                    outer[a * p + b] += gt[a] * gs[b];
                }
            }
        }
        let pairs: f64 = (0..p)
            .flat_map(|a| (0..p).map(move |b| (a, b)))
            .map(|(a, b)| outer[a * p + b] * (outer[b * p + a] + outer[a * p + b]))
            .sum();
        Agreement {
            trace,
            total_variance: own + pairs,
        }
    }

    /// `Lᵀ (E X)ᵀ direction`, where `LLᵀ` is the model-based covariance.
    fn whitened(&self, part: &Cluster, direction: &[f64], result: &mut [f64]) {
        let p = direction.len();
        result.fill(0.0);
        for b in 0..p {
            let reached: f64 = (0..p).map(|a| direction[a] * part.reach[a * p + b]).sum();
            for (c, value) in result.iter_mut().enumerate().take(b + 1) {
                *value += self.whitening[b * p + c] * reached;
            }
        }
    }
}

/// Expectation of the robust covariance of two directions, and the variance of its parts that HTZ sums.
pub(super) struct Agreement {
    pub trace: f64,
    /// Sum over all pairs of clusters of `st·ts + ss·tt`; for s = t this is the variance of the robust variance.
    pub total_variance: f64,
}

/// The symmetric inverse root of a positive definite matrix.
fn inverse_root(matrix: DMatrix<f64>) -> Option<DMatrix<f64>> {
    let SymmetricEigen {
        eigenvalues,
        eigenvectors,
    } = SymmetricEigen::new(matrix);
    let largest = eigenvalues.max();
    let smallest = eigenvalues.min();
    if smallest.is_nan() || smallest <= 1e-13 * largest {
        return None;
    }
    let scaled = DMatrix::from_fn(eigenvectors.nrows(), eigenvectors.ncols(), |i, j| {
        eigenvectors[(i, j)] / eigenvalues[j].sqrt()
    });
    Some(scaled * eigenvectors.transpose())
}
