//! What the working model expects of robust variances: degrees of freedom, and tests of several coefficients.
//! **Question.** How many independent pieces of information stand behind a robust variance?
//! **Method.** Satterthwaite: twice the squared mean over the variance, both under the working model; for several coefficients Hotelling's T² with Zhang's degrees of freedom (HTZ).
//! **Not.** Any claim where a single study carries a coefficient: the degrees of freedom then fall towards 1 and are flagged.
//! **Sources.** Satterthwaite (1946), Biometrics Bull. 2, 110–114; Zhang (2012), J. Stat. Plan. Inference; Tipton & Pustejovsky (2015), J. Educ. Behav. Stat. 40, 604–634. Checked against clubSandwich's `coef_test` and `Wald_test`.

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use super::cluster::Cluster;
use super::{FEW_DF, Robust, dot};
use crate::Undefined;
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

        let reached: Vec<Reached> = coefficients
            .iter()
            .map(|&c| self.reached(&self.directions[c]))
            .collect();
        let expected = DMatrix::from_fn(q, q, |s, t| reached[s].trace(&reached[t]));
        let root = inverse_root(expected).ok_or(Undefined::Collinear)?;
        let turned: Vec<Reached> = (0..q)
            .map(|s| {
                let direction: Vec<f64> = (0..p)
                    .map(|a| {
                        (0..q)
                            .map(|t| root[(s, t)] * self.directions[coefficients[t]][a])
                            .sum()
                    })
                    .collect();
                self.reached(&direction)
            })
            .collect();
        let total = total_variance(&turned);
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

    /// What the working model expects of the robust variance of a direction.
    pub(super) fn agreement(&self, direction: &[f64]) -> Agreement {
        let reached = self.reached(direction);
        Agreement {
            trace: reached.trace(&reached),
            total_variance: reached.total_variances(&reached)[0],
        }
    }

    fn reached(&self, direction: &[f64]) -> Reached {
        let p = direction.len();
        let spread = |part: &Cluster| {
            let rows = part.spread.chunks_exact(p);
            rows.map(|row| dot(row, direction)).collect()
        };
        Reached {
            direction: direction.to_vec(),
            whitened: self
                .parts
                .iter()
                .map(|part| self.whitened(part, direction))
                .collect(),
            spread: self.parts.iter().map(spread).collect(),
        }
    }

    /// `Lᵀ (E X)ᵀ direction`, where `LLᵀ` is the model-based covariance.
    fn whitened(&self, part: &Cluster, direction: &[f64]) -> Vec<f64> {
        let p = direction.len();
        let mut reached = vec![0.0; p];
        for (row, share) in part.reach.chunks_exact(p).zip(direction) {
            add_scaled(&mut reached, *share, row);
        }
        let mut result = vec![0.0; p];
        for (b, (row, share)) in self.whitening.chunks_exact(p).zip(&reached).enumerate() {
            add_scaled(&mut result[..=b], *share, &row[..=b]);
        }
        result
    }
}

/// Expectation of the robust variance of a direction, and the variance of its parts that HTZ sums.
pub(super) struct Agreement {
    pub trace: f64,
    /// Sum over all pairs of clusters of `st·ts + ss·tt`; for s = t this is the variance of the robust variance.
    pub total_variance: f64,
}

/// A direction and what each cluster makes of it.
///
/// Contributions of clusters j and k to the directions s and t have covariance `δ d(j) − g(j)·g(k)` with
/// p-vectors g, so that sums over all pairs of clusters are traces of p × p matrices.
struct Reached {
    direction: Vec<f64>,
    /// g, one per cluster.
    whitened: Vec<Vec<f64>>,
    /// `E V Eᵀ direction`, one per cluster: `d(j)` is its product with the other direction.
    spread: Vec<Vec<f64>>,
}

impl Reached {
    fn trace(&self, other: &Reached) -> f64 {
        let mut trace = 0.0;
        for (j, (gs, gt)) in self.whitened.iter().zip(&other.whitened).enumerate() {
            trace += dot(&self.direction, &other.spread[j]) - dot(gs, gt);
        }
        trace
    }

    /// The total variance of this and the other direction, and the other way round.
    fn total_variances(&self, other: &Reached) -> [f64; 2] {
        let p = self.direction.len();
        let mut own = [0.0; 2];
        // Σ g(other) g(self)ᵀ over clusters.
        let mut outer = vec![0.0; p * p];
        for (j, (gs, gt)) in self.whitened.iter().zip(&other.whitened).enumerate() {
            let d_ss = dot(&self.direction, &self.spread[j]);
            let d_tt = dot(&other.direction, &other.spread[j]);
            let d_st = dot(&self.direction, &other.spread[j]);
            let d_ts = dot(&other.direction, &self.spread[j]);
            let (ss, st, tt) = (dot(gs, gs), dot(gs, gt), dot(gt, gt));
            own[0] += d_st * (d_st - 2.0 * st) + d_ss * d_tt - d_ss * tt - d_tt * ss;
            own[1] += d_ts * (d_ts - 2.0 * st) + d_tt * d_ss - d_tt * ss - d_ss * tt;
            for (row, share) in outer.chunks_exact_mut(p).zip(gt) {
                add_scaled(row, *share, gs);
            }
        }
        let mut pairs = [0.0; 2];
        for (a, row) in outer.chunks_exact(p).enumerate() {
            for (b, here) in row.iter().enumerate() {
                let there = outer[b * p + a];
                pairs[0] += here * (there + here);
                pairs[1] += there * (here + there);
            }
        }
        [own[0] + pairs[0], own[1] + pairs[1]]
    }
}

/// The total variances of all pairs of directions.
fn total_variance(turned: &[Reached]) -> f64 {
    let q = turned.len();
    // Of s and t, and of t and s, from the same products.
    let pairs: Vec<Vec<[f64; 2]>> = (0..q)
        .into_par_iter()
        .map(|s| {
            (s..q)
                .map(|t| turned[s].total_variances(&turned[t]))
                .collect()
        })
        .collect();
    let mut total = 0.0;
    for s in 0..q {
        for t in 0..q {
            total += if s <= t {
                pairs[s][t - s][0]
            } else {
                pairs[t][s - t][1]
            };
        }
    }
    total
}

fn add_scaled(sum: &mut [f64], share: f64, values: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += share * value;
    }
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
