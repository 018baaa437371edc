//! Cluster-robust standard errors: effects of one study may err together in any way.
//! **Question.** How sure is a coefficient when the model of the dependence inside studies is only a guess?
//! **Method.** Sandwich over studies with inverse-variance weights of the fitted model: CR0, CR1 (m/(m − 1)), CR2 (unbiased where the model is right); Satterthwaite degrees of freedom, and Hotelling's T² (HTZ) for several coefficients.
//! **Not.** Few studies: below 4 degrees of freedom p values and intervals are not to be trusted, and the result says so.
//! **Sources.** Bell & McCaffrey (2002), Surv. Methodol. 28, 169–181; Tipton (2015), Psychol. Methods 20, 375–393; Tipton & Pustejovsky (2015), J. Educ. Behav. Stat. 40, 604–634; Pustejovsky & Tipton (2018), JBES 36, 672–683. Checked against clubSandwich 0.5.8.

mod cluster;
mod joint;

use super::linear::{cholesky, form};
use super::nested::{NestedEffects, Variances};
use super::three_level::{ThreeLevel, WithinStudies, never_zero};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::student_t_two_sided_p;
use cluster::Cluster;
use joint::Agreement;
pub use joint::JointTest;

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
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, robust::RobustType};
    /// use alliance_stats::meta::three_level::{Likelihood, ThreeLevel};
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
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::nested::{NestedEffects, Variances};
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, robust::{Robust, RobustType}};
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
        } = self.agreement(&self.directions[c]);
        // METHOD: a standard error 1e-10 of the model's is rounding of an exact 0, and would give p = 0 from no evidence at all.
        let spread = variance > 1e-20 * model_based && trace > 1e-12 * model_based;
        if !spread {
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
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
