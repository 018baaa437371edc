//! Three-level pooling: several effects per study.
//! **Question.** How large is the effect across studies that report several, and how much of its variation lies between studies, how much inside them?
//! **Method.** `z = Xβ + u(study) + w(effect) + error` with known error variances; REML (or ML) over both variances, the whole quarter plane searched; normal tests as in metafor's `rma.mv`.
//! **Not.** Correlated sampling errors inside a study: the standard errors here trust the model, those of [`super::robust`] do not. With few repeated studies the split is weak: look at the profile intervals.
//! **Sources.** Konstantopoulos (2011), Res. Synth. Methods 2, 61–76; Van den Noortgate et al. (2013), Behav. Res. Methods 45, 576–594; Cheung (2014), Psychol. Methods 19, 211–229. Checked against metafor 3.8-1, its search redone.

mod chi_squared;
mod descent;
mod objective;
mod prediction;
mod profile;
mod search;
mod within;

pub use chi_squared::ChiSquaredTest;
pub(super) use chi_squared::{never_zero, standardised};
pub use objective::{Surface, deviance, surface};
pub use profile::{LikelihoodRatio, ProfilePoint};
pub(super) use within::WithinStudies;

use super::certificate::Certificate;
use super::design::Design;
use super::effect_size::Effect;
use super::linear::form;
use super::nested::{NestedEffects, Variances};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::normal_two_sided_p;
use chi_squared::joint;
use search::{Free, NO_OPTIMUM, optimum};

/// Which likelihood the variances maximise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Likelihood {
    /// Restricted: of the error contrasts, so that estimating the coefficients costs no bias of the variances.
    Reml,
    /// Full.
    Ml,
}

/// One of the two variances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Component {
    /// Of the studies' means.
    BetweenStudies,
    /// Of the effects inside a study.
    BetweenEffects,
}

impl Component {
    fn index(self) -> usize {
        match self {
            Self::BetweenStudies => 0,
            Self::BetweenEffects => 1,
        }
    }

    fn of(self, variances: Variances) -> f64 {
        match self {
            Self::BetweenStudies => variances.between_studies,
            Self::BetweenEffects => variances.between_effects,
        }
    }
}

/// One coefficient with its normal test and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// In units of Fisher's z (per unit of the moderator).
    pub estimate: f64,
    /// Model-based.
    pub std_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided.
    pub p: f64,
    /// Normal.
    pub interval: Interval,
}

/// Shares of the total variance in percent; the rest is sampling error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ISquared {
    /// Between studies.
    pub between_studies: f64,
    /// Between effects of a study.
    pub between_effects: f64,
}

/// A fitted three-level model.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreeLevel {
    nested: NestedEffects,
    level: Level,
    /// What was maximised.
    pub likelihood: Likelihood,
    /// Intercept first, then the moderators.
    pub coefficients: Vec<Coefficient>,
    /// Covariance of the coefficients, p rows of p.
    pub covariance: Vec<Vec<f64>>,
    /// Both variances.
    pub variances: Variances,
    /// Shares of both.
    pub i_squared: ISquared,
    /// Cochran's Q of what the moderators leave.
    pub q: ChiSquaredTest,
    /// All moderators together; none without moderators.
    pub moderators: Option<ChiSquaredTest>,
    /// metafor's constants: see [`deviance`].
    pub log_likelihood: f64,
    /// How the variances were found; `identifiable` is false only where they were given.
    pub certificate: Certificate,
}

impl ThreeLevel {
    /// Fits effects in studies; `studies` holds a number per effect, equal for effects of one study.
    ///
    /// Studies with one effect are welcome: they speak of the sum of both variances. With a single repeated study among them the
    /// variance between effects is that study's alone, and every other study takes its word for it.
    ///
    /// # Errors
    /// Those of [`NestedEffects::new`] and [`NestedEffects::identifiable`]; [`Undefined::NoOptimum`] where no variance is finite.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::three_level::{Likelihood, ThreeLevel};
    /// use alliance_stats::meta::{design::Design, effect_size::Effect};
    /// // Balanced, equal variances: the mean of the studies' means .15, .35 and .55.
    /// let effects = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
    /// let design = Design::intercept(6);
    /// let fit = ThreeLevel::fit(&effects, &[1, 1, 2, 2, 3, 3], &design, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// assert!((fit.coefficients[0].estimate - 0.35).abs() < 1e-12);
    /// // Mean squares .08 between and .005 within: (.08 − .005)/2 and .005 − .001.
    /// assert!((fit.variances.between_studies - 0.0375).abs() < 1e-12);
    /// assert!((fit.variances.between_effects - 0.004).abs() < 1e-12);
    /// ```
    pub fn fit(
        effects: &[Effect],
        studies: &[usize],
        design: &Design,
        likelihood: Likelihood,
        level: Level,
    ) -> Result<Self, Undefined> {
        let nested = NestedEffects::new(effects, studies, design)?;
        nested.identifiable()?;
        let best = optimum(&nested, likelihood, Free::Both)?;
        let certificate = Certificate {
            method: "grid over both variances, then Newton from every dip",
            evaluations: best.evaluations,
            at_boundary: best.variances.between_studies == 0.0
                || best.variances.between_effects == 0.0,
            competing_optimum: best.competing.map(|other| other.between_studies),
            identifiable: true,
            objective: -0.5 * best.deviance,
        };
        Self::at(nested, best.variances, likelihood, certificate, level)
    }

    /// The model at given variances, without a search; the variances need not be identifiable.
    ///
    /// # Errors
    /// Those of [`NestedEffects::new`]; [`Undefined::OutOfRange`] for a negative variance.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::nested::Variances;
    /// use alliance_stats::meta::three_level::{Likelihood, ThreeLevel};
    /// use alliance_stats::meta::{design::Design, effect_size::Effect};
    /// let effects = [0.1, 0.5].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
    /// let variances = Variances { between_studies: 0.01, between_effects: 0.02 };
    /// let fit = ThreeLevel::fit_at(&effects, &[1, 2], &Design::intercept(2), Likelihood::Ml, variances, Level::NINETY_FIVE);
    /// assert!((fit.unwrap().coefficients[0].std_error - 0.02f64.sqrt()).abs() < 1e-15);
    /// ```
    pub fn fit_at(
        effects: &[Effect],
        studies: &[usize],
        design: &Design,
        likelihood: Likelihood,
        variances: Variances,
        level: Level,
    ) -> Result<Self, Undefined> {
        let nested = NestedEffects::new(effects, studies, design)?;
        let variances = variances.checked()?;
        let certificate = Certificate {
            method: "variances given",
            evaluations: 1,
            at_boundary: false,
            competing_optimum: None,
            identifiable: nested.identifiable().is_ok(),
            objective: -0.5 * deviance(&nested, likelihood, variances),
        };
        Self::at(nested, variances, likelihood, certificate, level)
    }

    fn at(
        nested: NestedEffects,
        variances: Variances,
        likelihood: Likelihood,
        certificate: Certificate,
        level: Level,
    ) -> Result<Self, Undefined> {
        if !certificate.objective.is_finite() {
            return Err(NO_OPTIMUM);
        }
        let (k, p) = (nested.effects(), nested.columns());
        let within = WithinStudies::new(&nested, variances.between_effects);
        let (fit, in_basis) = within
            .line(variances.between_studies)
            .ok_or(Undefined::Collinear)?;
        let to_moderators = nested.to_moderators();
        let covariance: Vec<Vec<f64>> = to_moderators
            .iter()
            .map(|a| {
                to_moderators
                    .iter()
                    .map(|b| form(a, &in_basis, b))
                    .collect()
            })
            .collect();
        let estimates = nested.coefficients(&fit);
        let coefficients = estimates
            .iter()
            .enumerate()
            .map(|(c, &estimate)| {
                let std_error = covariance[c][c].sqrt();
                let z = estimate / std_error;
                Ok(Coefficient {
                    estimate,
                    std_error,
                    z,
                    p: never_zero(normal_two_sided_p(z)),
                    interval: Interval::around(estimate, level.critical_z() * std_error, level)?,
                })
            })
            .collect::<Result<Vec<_>, Undefined>>()?;
        let fixed = WithinStudies::new(&nested, 0.0);
        let q = ChiSquaredTest::new(fixed.residual(0.0), k - p)?;
        let moderators = (p > 1)
            .then(|| joint(&estimates, &covariance))
            .transpose()?;
        let typical = typical_variance(&nested).ok_or(Undefined::Collinear)?;
        let share = |variance: f64| 100.0 * variance / (variances.total() + typical);
        Ok(Self {
            likelihood,
            coefficients,
            covariance,
            variances,
            i_squared: ISquared {
                between_studies: share(variances.between_studies),
                between_effects: share(variances.between_effects),
            },
            q,
            moderators,
            log_likelihood: certificate.objective,
            certificate,
            nested,
            level,
        })
    }

    /// The effects as the fit saw them; what [`super::robust::Robust::fit`] needs.
    pub fn nested(&self) -> &NestedEffects {
        &self.nested
    }

    /// The confidence level of the intervals.
    pub fn level(&self) -> Level {
        self.level
    }
}

/// The sampling variance of a typical effect, `(k − p)/tr(P)` with P the projection without heterogeneity (Higgins & Thompson 2002).
fn typical_variance(nested: &NestedEffects) -> Option<f64> {
    let p = nested.columns();
    let (_, covariance) = WithinStudies::new(nested, 0.0).line(0.0)?;
    let mut trace = 0.0;
    for (i, variance) in nested.variances.iter().enumerate() {
        let weight = 1.0 / variance;
        let row = nested.basis(i);
        trace += weight * (1.0 - weight * form(row, &covariance, row));
    }
    (trace > 0.0).then(|| (nested.effects() - p) as f64 / trace)
}
