//! Cluster-robust standard errors: effects of one study may err together in any way.
//! **Question.** How sure is a coefficient when the model of the dependence inside studies is only a guess?
//! **Method.** Sandwich over studies with inverse-variance weights of the fitted model: CR0, CR1 (m/(m − 1)), CR2 (unbiased where the model is right); Satterthwaite degrees of freedom, and Hotelling's T² (HTZ) for several coefficients.
//! **Not.** Few studies: below 4 degrees of freedom p values and intervals are not to be trusted, and the result says so.
//! **Sources.** Bell & McCaffrey (2002), Surv. Methodol. 28, 169–181; Tipton (2015), Psychol. Methods 20, 375–393; Tipton & Pustejovsky (2015), J. Educ. Behav. Stat. 40, 604–634; Pustejovsky & Tipton (2018), JBES 36, 672–683. Checked against clubSandwich 0.5.8.

mod cluster;

use nalgebra::{DMatrix, SymmetricEigen};

use super::linear::{cholesky, form};
use super::nested::{NestedEffects, Variances};
use super::three_level::{ThreeLevel, WithinStudies, never_zero, standardised};
use crate::stats::Undefined;
use crate::stats::interval::{Interval, Level};
use crate::stats::numeric::distribution::{f_sf, student_t_two_sided_p};
use cluster::Cluster;

/// Which correction for few clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RobustType {
    /// None.
    Cr0,
    /// The factor m/(m − 1), m the number of studies.
    Cr1,
    /// Bias-reduced linearisation: unbiased where the working model is right.
    Cr2,
}

/// Below this number of degrees of freedom a result is flagged (Tipton 2015).
pub const FEW_DF: f64 = 4.0;

/// One coefficient with its robust test and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RobustCoefficient {
    /// In units of Fisher's z (per unit of the moderator).
    pub estimate: f64,
    /// Robust.
    pub std_error: f64,
    /// Estimate over standard error.
    pub t: f64,
    /// Satterthwaite's degrees of freedom.
    pub df: f64,
    /// Two-sided.
    pub p: f64,
    /// By Student's t.
    pub interval: Interval,
    /// Fewer than 4 degrees of freedom: p and interval are not to be trusted.
    pub few_df: bool,
}

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

/// Robust covariance of the coefficients of one fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Robust {
    /// Which correction.
    pub robust_type: RobustType,
    /// Studies with at least one effect.
    pub clusters: usize,
    /// Intercept first; a coefficient without spread between studies has a reason instead.
    pub coefficients: Vec<Result<RobustCoefficient, Undefined>>,
    /// Covariance of the coefficients, p rows of p.
    pub covariance: Vec<Vec<f64>>,
    estimates: Vec<f64>,
    /// Per coefficient the p-vector that takes a cluster's score to the coefficient.
    directions: Vec<Vec<f64>>,
    parts: Vec<Cluster>,
    /// Lower factor of the model-based covariance in the basis, row by row.
    whitening: Vec<f64>,
}

impl ThreeLevel {
    /// Cluster-robust standard errors of this fit, studies as clusters.
    ///
    /// # Errors
    /// As [`Robust::fit`].
    ///
    /// ```
    /// use alliance::stats::interval::Level;
    /// use alliance::stats::meta::{design::Design, effect_size::Effect, robust::RobustType};
    /// use alliance::stats::meta::three_level::{Likelihood, ThreeLevel};
    /// let effects = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
    /// let design = Design::intercept(6);
    /// let fit = ThreeLevel::fit(&effects, &[1, 1, 2, 2, 3, 3], &design, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// let pooled = fit.robust(RobustType::Cr2).unwrap().coefficients[0].unwrap();
    /// // Balanced: the standard error of the mean of the studies' means .15, .35 and .55, with 2 degrees of freedom.
    /// assert!((pooled.std_error - (0.04f64 / 3.0).sqrt()).abs() < 1e-12 && (pooled.df - 2.0).abs() < 1e-9 && pooled.few_df);
    /// ```
    pub fn robust(&self, robust_type: RobustType) -> Result<Robust, Undefined> {
        Robust::fit(self.nested(), self.variances, robust_type, self.level())
    }
}

impl Robust {
    /// Robust standard errors under a working model with these variances; a two-level model has τ² as variance between effects and 0 between studies.
    ///
    /// # Errors
    /// [`Undefined::TooFewStudies`] with one study, [`Undefined::OutOfRange`] for a negative variance; with a single coefficient
    /// [`Undefined::NoSpreadBetweenClusters`] when all studies agree exactly.
    ///
    /// ```
    /// use alliance::stats::interval::Level;
    /// use alliance::stats::meta::nested::{NestedEffects, Variances};
    /// use alliance::stats::meta::{design::Design, effect_size::Effect, robust::{Robust, RobustType}};
    /// let effects = [0.1, 0.3, 0.8].map(|z| Effect::from_fisher_z(z, 0.02).unwrap());
    /// let nested = NestedEffects::new(&effects, &[1, 2, 3], &Design::intercept(3)).unwrap();
    /// let two_level = Variances { between_studies: 0.0, between_effects: 0.05 };
    /// let robust = Robust::fit(&nested, two_level, RobustType::Cr2, Level::NINETY_FIVE).unwrap();
    /// // HC2 of a plain mean is its usual standard error.
    /// assert!((robust.coefficients[0].unwrap().std_error - (0.13f64 / 3.0).sqrt()).abs() < 1e-12);
    /// ```
    pub fn fit(
        nested: &NestedEffects,
        variances: Variances,
        robust_type: RobustType,
        level: Level,
    ) -> Result<Self, Undefined> {
        let variances = variances.checked()?;
        let (p, clusters) = (nested.columns(), nested.studies());
        if clusters < 2 {
            return Err(Undefined::TooFewStudies {
                found: clusters,
                needed: 2,
            });
        }
        let (line, in_basis) = WithinStudies::new(nested, variances.between_effects)
            .line(variances.between_studies)
            .ok_or(Undefined::Collinear)?;
        let mut parts: Vec<Cluster> = (0..clusters)
            .map(|j| Cluster::of(nested, j, variances, robust_type, &line, &in_basis))
            .collect();
        if robust_type == RobustType::Cr1 {
            let m = clusters as f64;
            for part in &mut parts {
                part.scale((m / (m - 1.0)).sqrt());
            }
        }
        let to_moderators = nested.to_moderators();
        let directions: Vec<Vec<f64>> = to_moderators
            .iter()
            .map(|row| {
                (0..p)
                    .map(|b| (0..p).map(|a| row[a] * in_basis[a * p + b]).sum())
                    .collect()
            })
            .collect();
        let contributions: Vec<Vec<f64>> = directions
            .iter()
            .map(|direction| {
                parts
                    .iter()
                    .map(|part| dot(direction, &part.score))
                    .collect()
            })
            .collect();
        let covariance: Vec<Vec<f64>> = contributions
            .iter()
            .map(|a| contributions.iter().map(|b| dot(a, b)).collect())
            .collect();
        let mut robust = Self {
            robust_type,
            clusters,
            coefficients: Vec::new(),
            covariance,
            estimates: nested.coefficients(&line),
            directions,
            parts,
            whitening: cholesky(&in_basis, p).ok_or(Undefined::Collinear)?,
        };
        robust.coefficients = (0..p)
            .map(|c| {
                robust.coefficient(
                    c,
                    form(&to_moderators[c], &in_basis, &to_moderators[c]),
                    level,
                )
            })
            .collect();
        match robust.coefficients.as_slice() {
            [Err(reason)] => Err(*reason),
            _ => Ok(robust),
        }
    }

    /// Coefficient `c`, whose model-based variance tells rounding from spread.
    fn coefficient(
        &self,
        c: usize,
        model_based: f64,
        level: Level,
    ) -> Result<RobustCoefficient, Undefined> {
        let (estimate, variance) = (self.estimates[c], self.covariance[c][c]);
        let Agreement {
            trace,
            total_variance,
            ..
        } = self.agreement(&self.directions[c], &self.directions[c]);
        // METHOD: a standard error 1e-10 of the model's is rounding of an exact 0, and would give p = 0 from no evidence at all.
        if !(variance > 1e-20 * model_based) || !(trace > 1e-12 * model_based) {
            return Err(Undefined::NoSpreadBetweenClusters);
        }
        let std_error = variance.sqrt();
        let df = 2.0 * trace * trace / total_variance;
        if !(df > 0.0 && df.is_finite()) {
            return Err(Undefined::NoSpreadBetweenClusters);
        }
        let t = estimate / std_error;
        Ok(RobustCoefficient {
            estimate,
            std_error,
            t,
            df,
            p: never_zero(student_t_two_sided_p(t, df)),
            interval: Interval::around(estimate, level.critical_t(df) * std_error, level)?,
            few_df: df < FEW_DF,
        })
    }

    /// The joint test that the named coefficients (0 is the intercept) are 0: Hotelling's T² with Zhang's degrees of freedom (HTZ).
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for a coefficient that does not exist, [`Undefined::TooFew`] for none, [`Undefined::Collinear`] for one named
    /// twice, [`Undefined::NoSpreadBetweenClusters`], [`Undefined::JointTestTooLarge`] when no degree of freedom is left.
    ///
    /// ```
    /// use alliance::stats::interval::Level;
    /// use alliance::stats::meta::nested::{NestedEffects, Variances};
    /// use alliance::stats::meta::{design::Design, effect_size::Effect, robust::{Robust, RobustType}};
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
    fn agreement(&self, s: &[f64], t: &[f64]) -> Agreement {
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
struct Agreement {
    trace: f64,
    /// Sum over all pairs of clusters of `st·ts + ss·tt`; for s = t this is the variance of the robust variance.
    total_variance: f64,
}

/// The symmetric inverse root of a positive definite matrix.
fn inverse_root(matrix: DMatrix<f64>) -> Option<DMatrix<f64>> {
    let SymmetricEigen {
        eigenvalues,
        eigenvectors,
    } = SymmetricEigen::new(matrix);
    let largest = eigenvalues.max();
    if !(eigenvalues.min() > 1e-13 * largest) {
        return None;
    }
    let scaled = DMatrix::from_fn(eigenvectors.nrows(), eigenvectors.ncols(), |i, j| {
        eigenvectors[(i, j)] / eigenvalues[j].sqrt()
    });
    Some(scaled * eigenvectors.transpose())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
