//! Egger's regression and its relatives: effects against their own imprecision.
//! **Question.** Do studies with larger errors report larger effects, and what would a study without error find?
//! **Method.** Meta-regression on the standard error (mixed: REML, normal test; or weighted least squares, t); PET and PEESE are the intercepts of weighted least squares on the standard error and on the variance.
//! **Not.** A correction to be believed: the intercept extrapolates beyond every study.
//! **Sources.** Egger et al. (1997), BMJ 315, 629–634; Sterne & Egger (2005); Stanley & Doucouliagos (2014), Res. Synth. Meth. 5, 60–78. Checked against metafor `regtest` and R `lm`.

use crate::Undefined;
use crate::interval::Level;
use crate::meta::design::Design;
use crate::meta::effect_size::Effect;
use crate::meta::tau_squared::Estimator;
use crate::meta::two_level::{Coefficient, Test, TwoLevel};

/// A regression of the effects on their imprecision.
#[derive(Debug, Clone, PartialEq)]
pub struct Asymmetry {
    /// The slope: its statistic and p are the test of asymmetry.
    pub slope: Coefficient,
    /// The intercept: the effect of a study without sampling error, on Fisher's scale.
    pub limit: Coefficient,
    /// τ² given the imprecision; 0 in weighted least squares, which has its own residual variance.
    pub tau_squared: f64,
}

/// What the effects are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Imprecision {
    StdError,
    Variance,
}

/// Egger's test as a mixed-effects regression on the standard error: REML, normal test.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] for fewer than 3, [`Undefined::Collinear`] when all standard errors are equal.
///
/// ```
/// use alliance_stats::{interval::Level, meta::{bias::egger::mixed, effect_size::Effect}};
/// // effects that are 0.1 plus their standard error: limit 0.1
/// let effects = [0.1, 0.2, 0.3, 0.4].map(|se| Effect::from_fisher_z(0.1 + se, se * se).unwrap());
/// let test = mixed(&effects, Level::NINETY_FIVE).unwrap();
/// assert!((test.limit.estimate - 0.1).abs() < 1e-14 && (test.slope.estimate - 1.0).abs() < 1e-13);
/// ```
pub fn mixed(effects: &[Effect], level: Level) -> Result<Asymmetry, Undefined> {
    fit(
        effects,
        Imprecision::StdError,
        Estimator::Reml,
        Test::Normal,
        level,
    )
}

/// Egger's test as published: least squares weighted by precision, t with k − 2 degrees of freedom.
///
/// # Errors
/// As [`mixed`]; [`Undefined::EqualEffects`] when the line leaves nothing over.
///
/// ```
/// use alliance_stats::{interval::Level, meta::{bias::egger::weighted, effect_size::Effect}};
/// let effects = [(0.1, 0.1), (0.5, 0.2), (0.3, 0.3)].map(|(z, se)| Effect::from_fisher_z(z, se * se).unwrap());
/// assert_eq!(weighted(&effects, Level::NINETY_FIVE).unwrap().slope.df, Some(1.0));
/// ```
pub fn weighted(effects: &[Effect], level: Level) -> Result<Asymmetry, Undefined> {
    least_squares(effects, Imprecision::StdError, level)
}

/// PET: the effect of a study without error, by the line in the standard error. It is the limit of [`weighted`].
///
/// # Errors
/// As [`weighted`].
pub fn pet(effects: &[Effect], level: Level) -> Result<Coefficient, Undefined> {
    Ok(least_squares(effects, Imprecision::StdError, level)?.limit)
}

/// PEESE: the effect of a study without error, by the line in the variance.
///
/// # Errors
/// As [`weighted`].
///
/// ```
/// use alliance_stats::{interval::Level, meta::{bias::egger::peese, effect_size::Effect}};
/// let effects = [(0.1, 0.1), (0.5, 0.2), (0.3, 0.3)].map(|(z, se)| Effect::from_fisher_z(z, se * se).unwrap());
/// assert!(peese(&effects, Level::NINETY_FIVE).unwrap().estimate < 0.2);
/// ```
pub fn peese(effects: &[Effect], level: Level) -> Result<Coefficient, Undefined> {
    Ok(least_squares(effects, Imprecision::Variance, level)?.limit)
}

fn least_squares(
    effects: &[Effect],
    imprecision: Imprecision,
    level: Level,
) -> Result<Asymmetry, Undefined> {
    // A common-effect fit with Knapp–Hartung errors is weighted least squares with its usual t tests.
    fit(
        effects,
        imprecision,
        Estimator::None,
        Test::KnappHartung,
        level,
    )
}

fn fit(
    effects: &[Effect],
    imprecision: Imprecision,
    estimator: Estimator,
    test: Test,
    level: Level,
) -> Result<Asymmetry, Undefined> {
    super::enough(effects)?;
    let fit = TwoLevel::fit(
        effects,
        &design(effects, imprecision)?,
        estimator,
        test,
        level,
    )?;
    Ok(Asymmetry {
        slope: fit.coefficients[1],
        limit: fit.coefficients[0],
        tau_squared: fit.tau_squared,
    })
}

fn design(effects: &[Effect], imprecision: Imprecision) -> Result<Design, Undefined> {
    let rows: Vec<[f64; 2]> = effects
        .iter()
        .map(|effect| match imprecision {
            Imprecision::StdError => [1.0, effect.std_error()],
            Imprecision::Variance => [1.0, effect.variance()],
        })
        .collect();
    Design::new(&rows)
}

/// The slope of the effects on their standard errors; none when those are all equal.
pub(super) fn slope(effects: &[Effect], estimator: Estimator) -> Result<Option<f64>, Undefined> {
    let design = match design(effects, Imprecision::StdError) {
        Ok(design) => design,
        Err(Undefined::Collinear) => return Ok(None),
        Err(reason) => return Err(reason),
    };
    let fit = TwoLevel::fit(
        effects,
        &design,
        estimator,
        Test::Normal,
        Level::NINETY_FIVE,
    )?;
    Ok(Some(fit.coefficients[1].estimate))
}
