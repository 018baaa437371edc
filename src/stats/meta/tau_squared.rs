//! τ²: how much do the studies truly differ?
//! **Question.** How large is the variance of the true effects between studies, and which values of it are plausible?
//! **Method.** Nine estimators. The likelihoods are searched globally on `[0, ∞)` by their slope and compared with 0; moment equations are solved as roots or in closed form. Interval: Q-profile.
//! **Not.** Several effects per study; a claim that studies agree when τ² is 0: that may only be imprecise.
//! **Sources.** Viechtbauer (2005), J. Educ. Behav. Stat. 30, 261–293; Viechtbauer (2007), Stat. Med. 26, 37–52 (Q-profile); Veroniki et al. (2016), Res. Synth. Meth. 7, 55–79; constants and standard errors as metafor.

use std::cell::Cell;
use std::f64::consts::TAU;

use super::certificate::Certificate;
use super::design::Design;
use super::effect_size::Effect;
use super::weighting::{Centred, Sums};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::chi_squared_quantile;
use crate::numeric::search::{
    Brackets, minimum_by_slope, minimum_within, root_above, root_between,
};

const NO_OPTIMUM: Undefined = Undefined::NoOptimum {
    what: "the variance between studies",
};

/// How τ² is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Estimator {
    /// Restricted maximum likelihood.
    Reml,
    /// Maximum likelihood; biased downwards with few studies.
    Ml,
    /// DerSimonian & Laird (1986): moments with common-effect weights.
    DerSimonianLaird,
    /// Paule & Mandel (1982): the τ² at which the generalised Q equals its degrees of freedom.
    PauleMandel,
    /// Empirical Bayes (Morris 1983): another name of the same equation.
    EmpiricalBayes,
    /// Hedges & Olkin (1985): moments with equal weights.
    Hedges,
    /// Hunter & Schmidt: moments, biased downwards.
    HunterSchmidt,
    /// Sidik & Jonkman (2005): one step from the variance of the effects; never 0 unless they are all equal.
    SidikJonkman,
    /// A common effect: τ² is 0 by assumption.
    None,
}

/// An estimate of τ².
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TauSquared {
    /// In squared units of Fisher's z; exactly 0.0 at the boundary.
    pub estimate: f64,
    /// Large-sample standard error; none for a common effect, and where rounding leaves nothing of it.
    pub std_error: Option<f64>,
    /// How it was found.
    pub certificate: Certificate,
}

/// Estimates τ².
///
/// The certificate's objective is metafor's log-likelihood:
/// `−½[(k − p) ln 2π − ln|XᵀX| + Σ ln(vᵢ + τ²) + ln|XᵀWX| + yᵀPy]`, for ML and a common effect `−½[k ln 2π + Σ ln(vᵢ + τ²) + yᵀPy]`.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] unless there are more effects than columns, [`Undefined::UnequalLengths`].
///
/// ```
/// use alliance_stats::meta::{design::Design, effect_size::Effect, tau_squared::{Estimator, tau_squared}};
/// // equal variances: REML is the variance of the effects minus the sampling variance
/// let effects = [0.1, 0.3, 0.5].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let found = tau_squared(&effects, &Design::intercept(3), Estimator::Reml).unwrap();
/// assert!((found.estimate - 0.03).abs() < 1e-15);
/// ```
pub fn tau_squared(
    effects: &[Effect],
    design: &Design,
    estimator: Estimator,
) -> Result<TauSquared, Undefined> {
    of(&Centred::new(effects, design)?, estimator)
}

pub(super) fn of(data: &Centred, estimator: Estimator) -> Result<TauSquared, Undefined> {
    let (estimate, certificate) = certified(data, estimator)?;
    Ok(TauSquared {
        estimate,
        std_error: std_error(data, estimator, estimate)?,
        certificate,
    })
}

/// τ² without its standard error, where many fits are needed.
pub(super) fn estimate_only(data: &Centred, estimator: Estimator) -> Result<f64, Undefined> {
    Ok(certified(data, estimator)?.0)
}

fn certified(data: &Centred, estimator: Estimator) -> Result<(f64, Certificate), Undefined> {
    let (estimate, certificate) = match estimator {
        Estimator::Reml | Estimator::Ml => by_likelihood(data, estimator == Estimator::Reml)?,
        Estimator::PauleMandel | Estimator::EmpiricalBayes => by_root(data)?,
        _ => {
            let raw = closed_form(data, estimator)?;
            let restricted = estimator != Estimator::None;
            let estimate = raw.max(0.0);
            let certificate = Certificate {
                method: "closed form",
                evaluations: 1,
                at_boundary: estimate == 0.0,
                competing_optimum: None,
                identifiable: true,
                objective: log_likelihood(data, estimate, restricted)?,
            };
            (estimate, certificate)
        }
    };
    if estimate.is_finite() && certificate.objective.is_finite() {
        Ok((estimate, certificate))
    } else {
        Err(NO_OPTIMUM)
    }
}

/// The slope of −log-likelihood in τ².
pub(super) fn slope(sums: &Sums, restricted: bool) -> f64 {
    let trace = if restricted { sums.trace } else { sums.weight };
    0.5 * (trace - sums.squared)
}

fn by_likelihood(data: &Centred, restricted: bool) -> Result<(f64, Certificate), Undefined> {
    let found = minimum_by_slope(
        |t| data.at(t).map_or(f64::NAN, |sums| slope(&sums, restricted)),
        |t| log_likelihood(data, t, restricted).map_or(f64::NAN, |value| -value),
        data.scale(),
    )
    .ok_or(NO_OPTIMUM)?;
    let certificate = Certificate {
        method: if restricted {
            "global search of the restricted likelihood"
        } else {
            "global search of the likelihood"
        },
        evaluations: found.evaluations,
        at_boundary: found.at_boundary,
        competing_optimum: found.competing,
        identifiable: true,
        objective: -found.value,
    };
    Ok((found.at, certificate))
}

/// The best τ² in brackets found elsewhere, by likelihood.
pub(super) fn within(
    data: &Centred,
    brackets: &Brackets,
    restricted: bool,
) -> Result<f64, Undefined> {
    let slope_at = |t: f64| data.at(t).map_or(f64::NAN, |sums| slope(&sums, restricted));
    // Alone, a minimum needs no comparison.
    match (brackets.at_zero, brackets.inside.as_slice()) {
        (true, []) => return Ok(0.0),
        (false, &[[low, high]]) => return root_between(slope_at, low, high).ok_or(NO_OPTIMUM),
        _ => {}
    }
    let found = minimum_within(brackets, slope_at, |t| {
        log_likelihood(data, t, restricted).map_or(f64::NAN, |value| -value)
    });
    Ok(found.ok_or(NO_OPTIMUM)?.at)
}

fn by_root(data: &Centred) -> Result<(f64, Certificate), Undefined> {
    let evaluations = Cell::new(0);
    let estimate = where_q_is(data, data.df(), &evaluations)?.unwrap_or(0.0);
    let certificate = Certificate {
        method: "root of the generalised Q",
        evaluations: evaluations.get(),
        at_boundary: estimate == 0.0,
        competing_optimum: None,
        identifiable: true,
        objective: log_likelihood(data, estimate, true)?,
    };
    Ok((estimate, certificate))
}

/// The τ² at which the generalised Q, which falls from its value at 0 towards 0, equals `target`; none when it starts below.
fn where_q_is(
    data: &Centred,
    target: f64,
    evaluations: &Cell<usize>,
) -> Result<Option<f64>, Undefined> {
    let excess = |t: f64| {
        evaluations.set(evaluations.get() + 1);
        data.at(t).map_or(f64::NAN, |sums| sums.quadratic - target)
    };
    let at_zero = excess(0.0);
    if at_zero < 0.0 {
        return Ok(None);
    }
    let scale = data.scale();
    root_above(excess, 0.0, scale.farthest.max(scale.finest))
        .map(Some)
        .ok_or(NO_OPTIMUM)
}

/// Moment estimators before they are cut off at 0.
fn closed_form(data: &Centred, estimator: Estimator) -> Result<f64, Undefined> {
    let common = data.at(0.0)?;
    let k = data.k() as f64;
    Ok(match estimator {
        Estimator::DerSimonianLaird => (common.quadratic - data.df()) / common.trace,
        Estimator::HunterSchmidt => (common.quadratic - k) / common.weight,
        Estimator::Hedges => {
            let squares = unweighted_squares(data);
            (squares - data.traces(|_| 1.0)?.pv) / data.df()
        }
        Estimator::SidikJonkman => {
            let first = variance_of_effects(data);
            first * data.at(first)?.quadratic / data.df()
        }
        _ => 0.0,
    })
}

/// Squares left over by the fit with equal weights.
fn unweighted_squares(data: &Centred) -> f64 {
    let mut fitted = vec![0.0; data.p()];
    for (i, e) in data.left.iter().enumerate() {
        for (sum, q) in fitted.iter_mut().zip(data.design.basis_row(i)) {
            *sum += q * e;
        }
    }
    let mut squares = 0.0;
    for (i, e) in data.left.iter().enumerate() {
        let rest = e - super::weighting::dot(data.design.basis_row(i), &fitted);
        squares += rest * rest;
    }
    squares
}

/// `Σ(z − z̄)²/k`, from which Sidik and Jonkman start.
fn variance_of_effects(data: &Centred) -> f64 {
    let effects: Vec<f64> = (0..data.k())
        .map(|i| data.left[i] + super::weighting::dot(data.design.basis_row(i), &data.start))
        .collect();
    let k = data.k() as f64;
    let mean = effects.iter().sum::<f64>() / k;
    effects.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / k
}

/// metafor's standard errors, each at the estimate cut off at 0.
fn std_error(data: &Centred, estimator: Estimator, tau: f64) -> Result<Option<f64>, Undefined> {
    let (k, df) = (data.k() as f64, data.df());
    let weights = |t: f64| move |v: f64| 1.0 / (v + t);
    let variance = match estimator {
        Estimator::None => return Ok(None),
        Estimator::Reml => 2.0 / data.traces(weights(tau))?.pp,
        Estimator::Ml => {
            let squares = data.variance.iter().map(|&v| weights(tau)(v));
            2.0 / squares.map(|w| w * w).sum::<f64>()
        }
        Estimator::PauleMandel | Estimator::EmpiricalBayes => {
            let weight = data.variance.iter().map(|&v| weights(tau)(v)).sum::<f64>();
            2.0 * k * k / df / (weight * weight)
        }
        Estimator::DerSimonianLaird | Estimator::HunterSchmidt => {
            let traces = data.traces(weights(0.0))?;
            let spread = 2.0 * df + 4.0 * tau * traces.p + 2.0 * tau * tau * traces.pp;
            let unit = if estimator == Estimator::DerSimonianLaird {
                traces.p
            } else {
                data.variance.iter().map(|v| 1.0 / v).sum()
            };
            spread / (unit * unit)
        }
        Estimator::Hedges => {
            let traces = data.traces(|_| 1.0)?;
            (2.0 * traces.pvpv + 4.0 * tau * traces.pv + 2.0 * tau * tau * df) / (df * df)
        }
        Estimator::SidikJonkman => {
            let first = variance_of_effects(data);
            let traces = data.traces(weights(first))?;
            let spread = 2.0 * traces.pvpv + 4.0 * tau * traces.ppv + 2.0 * tau * tau * traces.pp;
            first * first / (df * df) * spread
        }
    };
    // With one study far more precise than the others rounding can leave nothing of the traces of a meta-regression.
    Ok(Some(variance.sqrt()).filter(|error| error.is_finite()))
}

/// The log-likelihood at any τ², restricted or full, with metafor's constant.
pub(super) fn log_likelihood(
    data: &Centred,
    tau_squared: f64,
    restricted: bool,
) -> Result<f64, Undefined> {
    let mut sum = data.log_variances(tau_squared) + data.at(tau_squared)?.quadratic;
    sum += if restricted {
        data.df() * libm::log(TAU) + data.log_information(tau_squared)?
    } else {
        data.k() as f64 * libm::log(TAU)
    };
    Ok(-0.5 * sum)
}

/// Plausible values of τ² and of what follows from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum QProfile {
    /// The values that the generalised Q test does not refuse.
    Interval {
        /// τ²; the lower limit may be exactly 0.
        tau_squared: Interval,
        /// I² at both limits, in percent.
        i_squared: Interval,
        /// H² at both limits.
        h_squared: Interval,
    },
    /// Even τ² = 0 is refused, because the effects differ by less than sampling error would make them: no interval exists.
    NullSet,
}

/// The Q-profile interval of τ²; its limits are roots, never the end of a search.
///
/// # Errors
/// As [`tau_squared`].
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::meta::{design::Design, effect_size::Effect, tau_squared::{QProfile, q_profile}};
/// // equal variances: Q(τ²) = SS/(v + τ²) with SS = 0.08, so the upper limit is SS/χ²(.025; 2) − v
/// let effects = [0.1, 0.3, 0.5].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let profile = q_profile(&effects, &Design::intercept(3), Level::NINETY_FIVE).unwrap();
/// let QProfile::Interval { tau_squared, .. } = profile else { panic!() };
/// assert!((tau_squared.high() - (0.08 / 0.05063561596857975 - 0.01)).abs() < 1e-13);
/// ```
pub fn q_profile(effects: &[Effect], design: &Design, level: Level) -> Result<QProfile, Undefined> {
    let data = Centred::new(effects, design)?;
    let evaluations = Cell::new(0);
    let upper = chi_squared_quantile(1.0 - level.tail(), data.df());
    let lower = chi_squared_quantile(level.tail(), data.df());
    let Some(high) = where_q_is(&data, lower, &evaluations)? else {
        return Ok(QProfile::NullSet);
    };
    let low = where_q_is(&data, upper, &evaluations)?.unwrap_or(0.0);
    let typical = typical_variance(&data)?;
    Ok(QProfile::Interval {
        tau_squared: Interval::new(low, high, level)?,
        i_squared: Interval::new(i_squared(low, typical), i_squared(high, typical), level)?,
        h_squared: Interval::new(low / typical + 1.0, high / typical + 1.0, level)?,
    })
}

/// The "typical" sampling variance `(k − p)/tr P` of Higgins & Thompson (2002).
pub(super) fn typical_variance(data: &Centred) -> Result<f64, Undefined> {
    Ok(data.df() / data.at(0.0)?.trace)
}

/// `100 τ²/(typical + τ²)`.
pub(super) fn i_squared(tau_squared: f64, typical: f64) -> f64 {
    100.0 * tau_squared / (typical + tau_squared)
}

/// Q and I² (percent).
///
/// METHOD: I² comes from τ² and the typical variance, as in metafor; a common effect has no τ² and takes it from Q.
pub(super) fn q_and_i_squared(
    data: &Centred,
    estimator: Estimator,
    tau_squared: f64,
) -> Result<(f64, f64), Undefined> {
    let common = data.at(0.0)?;
    let (q, df) = (common.quadratic, data.df());
    let i_squared = if estimator == Estimator::None {
        if q > df { 100.0 * (q - df) / q } else { 0.0 }
    } else {
        i_squared(tau_squared, df / common.trace)
    };
    if q.is_finite() && i_squared.is_finite() {
        Ok((q, i_squared))
    } else {
        Err(Undefined::NotFinite {
            variable: "a sum of squares",
        })
    }
}
