//! Fitting a mixed model and putting its answer together.
//! **Question.** Which coefficients and variances explain the rows best, how sure are they, and how were they found?
//! **Method.** [`super::search`] finds θ; everything else follows in closed form; t tests and intervals with [`super::satterthwaite`]'s degrees of freedom.
//! **Not.** Comparisons of REML fits with different predictors: use ML for those.
//! **Sources.** Bates, Mächler, Bolker & Walker (2015), J. Stat. Softw. 67(1); Laird & Ware (1982), Biometrics 38, 963–974.

use super::blocks::Blocks;
use super::satterthwaite::fixed_effects;
use super::search::{NO_OPTIMUM, optimum};
use super::{
    Boundary, Certificate, Coefficient, GroupSums, Likelihood, MixedModel, RandomEffects,
    SlopeVariance, VarianceComponents,
};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::student_t_two_sided_p;

impl MixedModel {
    /// Fits a model to sums per group.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for no more rows than coefficients (with a slope: than two per group), [`Undefined::TooFewClusters`] for fewer than two groups (or larger groups),
    /// [`Undefined::NoRepeatedGroup`] where every group has one row, [`Undefined::NoRepeatedParent`] where every larger group has one group,
    /// [`Undefined::NoParent`], [`Undefined::NoVariation`], [`Undefined::Collinear`], [`Undefined::NothingLeft`], [`Undefined::NoOptimum`].
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
    /// // Balanced: mean squares 18 between and .5 within; (18 − .5)/2 = 8.75.
    /// let sums = GroupSums::from_columns(&[], &[1.0, 2.0, 4.0, 5.0, 7.0, 8.0], &[0, 0, 1, 1, 2, 2]).unwrap();
    /// let fit = MixedModel::fit(&sums, RandomEffects::Intercept, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// assert!((fit.coefficients[0].estimate - 4.5).abs() < 1e-14 && (fit.coefficients[0].df - 2.0).abs() < 1e-9);
    /// assert!((fit.variances.intercept - 8.75).abs() < 1e-10);
    /// ```
    pub fn fit(
        sums: &GroupSums,
        random: RandomEffects,
        likelihood: Likelihood,
        level: Level,
    ) -> Result<Self, Undefined> {
        let blocks = Blocks::new(sums, random)?;
        let best = optimum(&blocks, likelihood)?;
        Self::at(
            blocks,
            random,
            likelihood,
            best.theta,
            best.certificate,
            level,
        )
    }

    /// The model at a given θ, without a search; its certificate counts one evaluation and claims no optimum.
    ///
    /// # Errors
    /// Those of [`Self::fit`]; [`Undefined::UnequalLengths`] for a wrong number of θ.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
    /// let sums = GroupSums::from_columns(&[], &[1.0, 2.0, 4.0, 5.0], &[0, 0, 1, 1]).unwrap();
    /// let fit = MixedModel::fit_at(&sums, RandomEffects::Intercept, Likelihood::Ml, &[0.0], Level::NINETY_FIVE).unwrap();
    /// assert!((fit.variances.residual - 2.5).abs() < 1e-15 && fit.certificate.evaluations == 1);
    /// ```
    pub fn fit_at(
        sums: &GroupSums,
        random: RandomEffects,
        likelihood: Likelihood,
        theta: &[f64],
        level: Level,
    ) -> Result<Self, Undefined> {
        let blocks = Blocks::new(sums, random)?;
        if theta.len() != blocks.thetas() {
            return Err(Undefined::UnequalLengths {
                first: blocks.thetas(),
                second: theta.len(),
            });
        }
        let certificate = Certificate {
            method: "θ given",
            evaluations: 1,
            converged: false,
            remaining: 0.0,
            boundary: Boundary::Interior,
            competing: None,
        };
        Self::at(
            blocks,
            random,
            likelihood,
            theta.to_vec(),
            certificate,
            level,
        )
    }

    fn at(
        blocks: Blocks,
        random: RandomEffects,
        likelihood: Likelihood,
        theta: Vec<f64>,
        certificate: Certificate,
        level: Level,
    ) -> Result<Self, Undefined> {
        let relative = blocks.relative(theta.as_slice());
        let deviance = blocks
            .profiled(likelihood, &relative)
            .filter(|value| value.is_finite())
            .ok_or(NO_OPTIMUM)?;
        let fixed = fixed_effects(&blocks, likelihood, &theta)?;
        let coefficients = (0..blocks.coefficients())
            .map(|c| {
                let (estimate, df) = (fixed.estimates[c], fixed.degrees[c]);
                let std_error = fixed.covariance[c][c].sqrt();
                let t = estimate / std_error;
                Ok(Coefficient {
                    estimate,
                    std_error,
                    df,
                    t,
                    p: student_t_two_sided_p(t, df).max(f64::MIN_POSITIVE),
                    interval: Interval::around(estimate, level.critical_t(df) * std_error, level)?,
                })
            })
            .collect::<Result<Vec<_>, Undefined>>()?;
        Ok(Self {
            level,
            likelihood,
            random,
            rows: blocks.rows,
            groups: blocks.groups,
            parents: blocks.parents,
            coefficients,
            covariance: fixed.covariance,
            variances: components(random, &theta, relative, fixed.residual_variance),
            theta,
            log_likelihood: -0.5 * deviance,
            certificate,
            blocks,
        })
    }
}

fn components(
    random: RandomEffects,
    theta: &[f64],
    relative: [f64; 3],
    residual: f64,
) -> VarianceComponents {
    let [first, second, third] = relative.map(|value| value * residual);
    let (mut parent, mut slope) = (None, None);
    match random {
        RandomEffects::Intercept => {}
        RandomEffects::NestedIntercepts => parent = Some(second),
        RandomEffects::Slope { .. } => {
            slope = Some(SlopeVariance {
                variance: third,
                covariance: second,
                correlation: correlation(theta),
            });
        }
    }
    VarianceComponents {
        intercept: first,
        parent,
        slope,
        residual,
    }
}

/// Exactly ±1 where the last θ is 0.
fn correlation(theta: &[f64]) -> Option<f64> {
    let &[a, b, c] = theta else { return None };
    if a == 0.0 || (b == 0.0 && c == 0.0) {
        None
    } else if c == 0.0 {
        Some(a.signum() * b.signum())
    } else {
        Some(a.signum() * b / (b * b + c * c).sqrt())
    }
}
