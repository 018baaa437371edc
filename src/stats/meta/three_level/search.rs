//! The best pair of variances on the quarter plane, with nothing overlooked.
//! **Question.** Which variances, zeros included, make the effects most likely?
//! **Method.** A grid even in the logarithm, and a descent from every point of it that may lie above the best optimum; the lowest end wins.
//! **Not.** Dips narrower than a factor of two in a variance: two grid points of a dip are needed to see it.
//! **Sources.** Own; measured on more than 50,000 random problems against dense grids, where no better point was found.

use super::descent::Descent;
use super::within::WithinStudies;
use super::{Component, Likelihood};
use crate::Undefined;
use crate::meta::nested::{NestedEffects, Variances};

/// The reason where a search ends without variances.
pub(super) const NO_OPTIMUM: Undefined = Undefined::NoOptimum {
    what: "the variances between and within studies",
};

/// Which variances are searched; the other one keeps its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Free {
    Both,
    /// One component keeps its value.
    Holding(Component, f64),
}

impl Free {
    /// The value at which component `i` is held.
    pub fn held(self, i: usize) -> Option<f64> {
        match self {
            Self::Holding(component, value) if component.index() == i => Some(value),
            _ => None,
        }
    }
}

/// The end of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Optimum {
    pub variances: Variances,
    /// −2 log-likelihood.
    pub deviance: f64,
    pub evaluations: usize,
    /// The next best local optimum.
    pub competing: Option<Variances>,
}

/// Distance of grid points in `ln(finest + variance)`: a factor of two.
const STEP: f64 = std::f64::consts::LN_2;
/// Points of an axis; 60 orders of magnitude with the step above, beyond which it is stretched.
const MOST_POINTS: usize = 200;

/// Below this variance the deviance bends no more: between studies, between effects.
pub(super) fn finest(nested: &NestedEffects) -> [f64; 2] {
    let mut finest = [f64::INFINITY; 2];
    for j in 0..nested.studies() {
        let variances = &nested.variances[nested.study(j)];
        let precision: f64 = variances.iter().map(|v| 1.0 / v).sum();
        finest[0] = finest[0].min(1.0 / precision);
        finest[1] = variances.iter().copied().fold(finest[1], f64::min);
    }
    finest
}

/// The global minimum of the deviance over the free variances.
pub(super) fn optimum(
    nested: &NestedEffects,
    likelihood: Likelihood,
    free: Free,
) -> Result<Optimum, Undefined> {
    let finest = finest(nested);
    let mut evaluations = 0;
    let starts: Vec<[f64; 2]> =
        starts_of_descents(nested, likelihood, free, finest, &mut evaluations)?;
    let mut found: Vec<(Variances, f64)> = Vec::new();
    for start in starts {
        let descent = Descent {
            nested,
            likelihood,
            free,
            finest,
        };
        if let Some((at, deviance)) = descent.from(start, &mut evaluations) {
            let same = |(b, _): &(Variances, f64)| {
                let (a, b) = (pair(at), pair(*b));
                (0..2).all(|i| (a[i] - b[i]).abs() <= 1e-5 * (finest[i] + a[i].max(b[i])))
            };
            if !found.iter().any(same) {
                found.push((at, deviance));
            }
        }
    }
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (variances, deviance) = *found.first().ok_or(NO_OPTIMUM)?;
    Ok(Optimum {
        variances,
        deviance,
        evaluations,
        competing: found.get(1).map(|second| second.0),
    })
}

/// The points of the grid from which a descent could end in an optimum of its own.
fn starts_of_descents(
    nested: &NestedEffects,
    likelihood: Likelihood,
    free: Free,
    finest: [f64; 2],
    evaluations: &mut usize,
) -> Result<Vec<[f64; 2]>, Undefined> {
    let p = nested.columns();
    let largest = (0..nested.effects())
        .map(|i| nested.centred(i).abs())
        .fold(0.0, f64::max);
    // Beyond the largest square, stretched by the share of the restricted likelihood, V no longer grows to fit residuals.
    let studies = nested.studies().max(p + 1);
    let farthest = 2.0 * largest * largest * studies as f64 / (studies - p) as f64;
    if !farthest.is_finite() {
        return Err(NO_OPTIMUM);
    }
    let axis = |i: usize, more: usize| -> Vec<f64> {
        if let Some(value) = free.held(i) {
            return vec![value];
        }
        let reach = libm::log1p(farthest / finest[i]);
        let step = STEP.max(reach / MOST_POINTS as f64);
        let points = 2 + more + (reach / step).ceil() as usize;
        (0..points)
            .map(|j| finest[i] * libm::expm1(step * j as f64))
            .collect()
    };
    let mut more = [0, 0];
    loop {
        let (studies, effects) = (axis(0, more[0]), axis(1, more[1]));
        let grid: Vec<Vec<f64>> = effects
            .iter()
            .map(|&e| {
                let within = WithinStudies::new(nested, e);
                studies
                    .iter()
                    .map(|&s| within.deviance(likelihood, s))
                    .collect()
            })
            .collect();
        *evaluations += studies.len() * effects.len();
        let value = |s: usize, e: usize| grid[e][s];
        let around = |at: usize, end: usize| at.saturating_sub(1)..=(at + 1).min(end - 1);
        let lowest = grid.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        if !lowest.is_finite() {
            return Err(NO_OPTIMUM);
        }
        // METHOD: where few studies are repeated, the deviance is a valley along a constant sum of both variances, and what the grid
        // sees of its floor depends on how near the points lie. So a start is also every point lower than its neighbours along both
        // axes, and the lowest point of each edge and of the inside, unless no refinement could make it the best.
        let tolerance = 5.0 + 0.1 * nested.effects() as f64;
        let mut best_of_kind = [(f64::INFINITY, [0, 0]); 4];
        let mut starts = Vec::new();
        let mut grow = [false, false];
        for e in 0..effects.len() {
            for s in 0..studies.len() {
                let here = value(s, e);
                let along = around(s, studies.len()).all(|s| here <= value(s, e))
                    && around(e, effects.len()).all(|e| here <= value(s, e));
                let everywhere = along
                    && around(e, effects.len())
                        .all(|e| around(s, studies.len()).all(|s| here <= value(s, e)));
                if everywhere {
                    grow[0] |= studies.len() > 1 && s + 1 == studies.len();
                    grow[1] |= effects.len() > 1 && e + 1 == effects.len();
                }
                if everywhere || (along && here <= lowest + tolerance) {
                    starts.push([s, e]);
                }
                let kind = &mut best_of_kind[2 * usize::from(s == 0) + usize::from(e == 0)];
                if here < kind.0 {
                    *kind = (here, [s, e]);
                }
            }
        }
        for (value, place) in best_of_kind {
            if value <= lowest + tolerance && !starts.contains(&place) {
                starts.push(place);
            }
        }
        let starts = starts
            .into_iter()
            .map(|[s, e]| [studies[s], effects[e]])
            .collect();
        if grow == [false, false] || more.iter().any(|&extra| extra > MOST_POINTS) {
            return Ok(starts);
        }
        // METHOD: a dip at the far end means the grid was too short, not that the end is the answer.
        for i in 0..2 {
            more[i] += if grow[i] { 4 } else { 0 };
        }
    }
}

fn pair(variances: Variances) -> [f64; 2] {
    [variances.between_studies, variances.between_effects]
}
