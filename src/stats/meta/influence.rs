//! Influence: does the answer hang on one study?
//! **Question.** What is pooled without each effect (or without all effects of a study), and which effects pull hardest?
//! **Method.** Leave-one-out with τ² estimated anew; the grid of the global search is shared, since sums without an effect are sums minus its part. Diagnostics as metafor's `influence`.
//! **Not.** Models with moderators. A reason to drop a study: only to look at it.
//! **Sources.** Viechtbauer & Cheung (2010), Res. Synth. Meth. 1, 112–125; Baujat et al. (2002), Stat. Med. 21, 2641–2652. Checked against metafor.

use rayon::prelude::*;

use super::design::Design;
use super::effect_size::Effect;
use super::tau_squared::{self, Estimator};
use super::two_level::{Coefficient, Test};
use super::wald::pooled_of;
use super::weighting::{Centred, Lanes};
use crate::Undefined;
use crate::interval::Level;
use crate::numeric::search::{Brackets, Scale, brackets_of};

/// What is pooled without some of the effects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeftOut {
    /// The pooled z of the others.
    pub pooled: Coefficient,
    /// τ² of the others.
    pub tau_squared: f64,
    /// I² of the others, in percent.
    pub i_squared: f64,
    /// Q of the others.
    pub q: f64,
    /// What squared standard errors of the others are multiplied by; 1 in the normal test.
    scale: f64,
}

/// Pools without each effect in turn, in the order of the effects.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] for fewer than 3; inside: what a single omission makes impossible.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::meta::{effect_size::Effect, influence::leave_one_out, tau_squared::Estimator, two_level::Test};
/// let effects = [0.1, 0.3, 0.8].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let without = leave_one_out(&effects, Estimator::Reml, Test::Normal, Level::NINETY_FIVE).unwrap();
/// assert!((without[2].unwrap().pooled.estimate - 0.2).abs() < 1e-15);
/// ```
pub fn leave_one_out(
    effects: &[Effect],
    estimator: Estimator,
    test: Test,
    level: Level,
) -> Result<Vec<Result<LeftOut, Undefined>>, Undefined> {
    let single: Vec<[usize; 1]> = (0..effects.len()).map(|i| [i]).collect();
    leave_groups_out(effects, &single, estimator, test, level)
}

/// Pools without each group of effects in turn: `groups` holds the places of the effects of each study.
///
/// # Errors
/// As [`leave_one_out`]; [`Undefined::OutOfRange`] for a place that does not exist.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::meta::{effect_size::Effect, influence::leave_groups_out, tau_squared::Estimator, two_level::Test};
/// let effects = [0.1, 0.3, 0.8, 0.9].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let studies = [vec![0, 1], vec![2, 3]];
/// let without = leave_groups_out(&effects, &studies, Estimator::Reml, Test::Normal, Level::NINETY_FIVE).unwrap();
/// assert!((without[0].unwrap().pooled.estimate - 0.85).abs() < 1e-15);
/// ```
pub fn leave_groups_out<G: AsRef<[usize]> + Sync>(
    effects: &[Effect],
    groups: &[G],
    estimator: Estimator,
    test: Test,
    level: Level,
) -> Result<Vec<Result<LeftOut, Undefined>>, Undefined> {
    let k = effects.len();
    if k < 3 {
        return Err(match k {
            1 => Undefined::OneStudy,
            found => Undefined::TooFewStudies { found, needed: 3 },
        });
    }
    let places = groups.iter().flat_map(|group| group.as_ref());
    if let Some(&place) = places.clone().find(|&&place| place >= k) {
        return Err(Undefined::OutOfRange {
            what: "the place of an effect",
            value: place as f64,
            allowed: "below the number of effects",
        });
    }
    let design = Design::intercept(k);
    let all = Centred::new(effects, &design)?;
    let largest = groups.iter().map(|g| g.as_ref().len()).max().unwrap_or(0);
    let shared = match estimator {
        Estimator::Reml | Estimator::Ml if largest + 1 < k => {
            Some(SharedGrid::new(&all, largest, estimator == Estimator::Reml))
        }
        _ => None,
    };
    Ok(groups
        .par_iter()
        .map(|group| {
            without(
                &all,
                group.as_ref(),
                shared.as_ref(),
                estimator,
                test,
                level,
            )
        })
        .collect())
}

fn without(
    all: &Centred,
    group: &[usize],
    shared: Option<&SharedGrid>,
    estimator: Estimator,
    test: Test,
    level: Level,
) -> Result<LeftOut, Undefined> {
    let mut out = group.to_vec();
    out.sort_unstable();
    out.dedup();
    let rest = all.k() - out.len();
    if rest < 2 {
        return Err(match rest {
            1 => Undefined::OneStudy,
            found => Undefined::TooFewStudies { found, needed: 2 },
        });
    }
    let design = Design::intercept(rest);
    let data = all.omitting(&out, &design);
    let tau_squared = match shared.and_then(|grid| grid.brackets(all, &out)) {
        Some(brackets) => tau_squared::within(&data, &brackets, estimator == Estimator::Reml)?,
        None => tau_squared::estimate_only(&data, estimator)?,
    };
    let (pooled, scale) = pooled_of(&data, tau_squared, test, level)?;
    let (q, i_squared) = tau_squared::q_and_i_squared(&data, estimator, tau_squared)?;
    Ok(LeftOut {
        pooled,
        tau_squared,
        i_squared,
        q,
        scale,
    })
}

/// Sums over all effects at every grid point: without a few effects they are these minus a few terms.
struct SharedGrid {
    points: Vec<(f64, Lanes)>,
    restricted: bool,
}

impl SharedGrid {
    /// A grid that is fine and wide enough for every omission of at most `largest` effects.
    fn new(all: &Centred, largest: usize, restricted: bool) -> Self {
        let mean = all.left.iter().sum::<f64>() / all.k() as f64;
        let squares: f64 = all.left.iter().map(|e| (e - mean) * (e - mean)).sum();
        // Fewer effects have no more squares and no wider range of variances, but fewer degrees of freedom.
        let scale: Scale = all.scale_of(squares, all.df() - largest as f64);
        let mut points = Vec::new();
        for j in 0.. {
            let at = scale.point(j);
            points.push((at, all.lanes(at)));
            if at >= scale.farthest {
                break;
            }
        }
        Self { points, restricted }
    }

    /// Where the slope of the likelihood of the other effects changes sign; none when subtraction would lose too many digits.
    fn brackets(&self, all: &Centred, out: &[usize]) -> Option<Brackets> {
        let mut slopes = Vec::with_capacity(self.points.len());
        for (at, lanes) in &self.points {
            let rest = all.lanes_without(*lanes, out, *at);
            // METHOD: where hardly any weight is left, its digits are lost; that fit is searched from scratch.
            if rest.rest[1] < 1e-3 * lanes.rest[1] {
                return None;
            }
            let slope = tau_squared::slope(&rest.sums(), self.restricted);
            slopes.push((*at, slope));
        }
        brackets_of(&slopes)
    }
}

/// How hard an effect pulls; names as in metafor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Influence {
    /// Deviation from the pooled effect of the others, in its standard errors.
    pub rstudent: f64,
    /// Change of the pooled effect when it joins, in standard errors.
    pub dffits: f64,
    /// Cook's distance: squared change of the pooled effect over its variance.
    pub cook: f64,
    /// Variance of the pooled effect without it over the variance with it; above 1 when it adds precision.
    pub cov_r: f64,
    /// τ² without it.
    pub tau_squared_without: f64,
    /// Share of the weight, 0 to 1.
    pub hat: f64,
    /// Share of the weight in percent.
    pub weight: f64,
}

/// Influence of every effect on the pooled one, in the order of the effects.
///
/// # Errors
/// As [`leave_one_out`], outside and inside.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::meta::{effect_size::Effect, influence::influence, tau_squared::Estimator, two_level::Test};
/// let effects = [0.1, 0.3, 0.8].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let found = influence(&effects, Estimator::Reml, Test::Normal, Level::NINETY_FIVE).unwrap();
/// // without 0.8: pooled 0.2 with τ² = 0.01, variance 0.01; (0.8 − 0.2)/√(0.01 + 0.01 + 0.01)
/// assert!((found[2].unwrap().rstudent - 0.6 / 0.03f64.sqrt()).abs() < 1e-13);
/// ```
pub fn influence(
    effects: &[Effect],
    estimator: Estimator,
    test: Test,
    level: Level,
) -> Result<Vec<Result<Influence, Undefined>>, Undefined> {
    let without = leave_one_out(effects, estimator, test, level)?;
    let design = Design::intercept(effects.len());
    let all = Centred::new(effects, &design)?;
    let tau_squared = tau_squared::estimate_only(&all, estimator)?;
    let (pooled, _) = pooled_of(&all, tau_squared, test, level)?;
    let weight = all.at(tau_squared)?.weight;
    let variance = pooled.std_error * pooled.std_error;
    let measured = effects.iter().zip(without).map(|(effect, left)| {
        let left = left?;
        let others = left.pooled.std_error * left.pooled.std_error;
        let total = left.scale * (effect.variance() + left.tau_squared);
        let change = pooled.estimate - left.pooled.estimate;
        let hat = 1.0 / (effect.variance() + tau_squared) / weight;
        Ok(Influence {
            rstudent: (effect.z() - left.pooled.estimate) / (total + others).sqrt(),
            dffits: change / (hat * total).sqrt(),
            cook: change * change / variance,
            cov_r: others / variance,
            tau_squared_without: left.tau_squared,
            hat,
            weight: 100.0 * hat,
        })
    });
    Ok(measured.collect())
}

/// A point of Baujat's plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaujatPoint {
    /// Contribution to Q: squared deviation from the common effect over the sampling variance.
    pub heterogeneity: f64,
    /// Squared change of the common effect without this one, over the variance it then has.
    pub influence: f64,
}

/// Baujat's coordinates of every effect, with common-effect weights.
///
/// # Errors
/// As [`leave_one_out`], outside.
///
/// ```
/// use alliance_stats::meta::{effect_size::Effect, influence::baujat};
/// let effects = [0.1, 0.3, 0.8].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let points = baujat(&effects).unwrap();
/// // 0.8 against 0.4: 0.16/0.01; without it 0.2 with variance 0.005: 0.04/0.005
/// assert!((points[2].heterogeneity - 16.0).abs() < 1e-12 && (points[2].influence - 8.0).abs() < 1e-12);
/// ```
pub fn baujat(effects: &[Effect]) -> Result<Vec<BaujatPoint>, Undefined> {
    if effects.len() < 3 {
        return Err(match effects.len() {
            1 => Undefined::OneStudy,
            found => Undefined::TooFewStudies { found, needed: 3 },
        });
    }
    let design = Design::intercept(effects.len());
    let all = Centred::new(effects, &design)?;
    let weight: f64 = all.variance.iter().map(|v| 1.0 / v).sum();
    let mean = all.mean(0.0);
    let point = |(e, v): (&f64, &f64)| {
        let deviation = e - mean;
        let rest = weight - 1.0 / v;
        if rest <= 0.0 {
            return Err(Undefined::NotFinite {
                variable: "the weight without the one study that has all of it",
            });
        }
        // Without it the mean moves by w/(W − w) deviations.
        let change = deviation / v / rest;
        Ok(BaujatPoint {
            heterogeneity: deviation * deviation / v,
            influence: change * change * rest,
        })
    };
    all.left.iter().zip(&all.variance).map(point).collect()
}
