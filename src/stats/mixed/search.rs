//! The θ at which the deviance is lowest, and proof that it is.
//! **Question.** Which variances explain the rows best, and are some of them exactly 0?
//! **Method.** One θ: all of `[0, ∞)` by a grid and the roots of the slope. Two or three: a grid, Newton from every dip of it; a vanishing θ is set to 0 where the deviance is no higher there and curves upwards.
//! **Not.** A proof of globality in two and three dimensions: a dip between grid points could be missed.
//! **Sources.** Bates et al. (2015), J. Stat. Softw. 67(1), section 2; boundary as in `MixedModels.jl`, `rectify!`.

use super::blocks::{Blocks, Structure};
use super::derivative::{Jet, Number};
use super::newton::{Found, minimise};
use super::{Boundary, Certificate, Likelihood};
use crate::Undefined;
use crate::numeric::search::{Scale, minimum_by_slope};

pub(super) const NO_OPTIMUM: Undefined = Undefined::NoOptimum {
    what: "the variances",
};

/// The lowest deviance and where it is.
#[derive(Debug, Clone)]
pub(super) struct Optimum {
    pub theta: Vec<f64>,
    pub certificate: Certificate,
}

/// Searches all θ of the model.
pub(super) fn optimum(blocks: &Blocks, likelihood: Likelihood) -> Result<Optimum, Undefined> {
    match &blocks.structure {
        Structure::Intercepts(_) => intercept(blocks, likelihood),
        Structure::Nested(_) => nested(blocks, likelihood),
        Structure::Slopes(_) => slope(blocks, likelihood),
    }
    .ok_or(NO_OPTIMUM)
}

/// The lowest deviance along `γ ↦ relative(γ)`, on all of `[0, ∞)`.
pub(super) fn along(
    blocks: &Blocks,
    likelihood: Likelihood,
    relative: impl Fn(Jet<1>) -> [Jet<1>; 3],
    finest: f64,
) -> Option<crate::numeric::search::Minimum> {
    let jet = |gamma: f64| {
        let [variable] = Jet::variables([gamma]);
        blocks.profiled(likelihood, &relative(variable))
    };
    // The deviance rises once γ outweighs what lies between groups: about the ratio of all squares to those within.
    let squares = |gamma: f64| {
        let at = relative(Jet::constant(gamma));
        super::objective::parts(blocks, &at).map(|parts| parts.squares.value)
    };
    let farthest = 4.0 * squares(0.0)? / squares(1e6 * finest)?;
    minimum_by_slope(
        |gamma| jet(gamma).map_or(f64::NAN, |j| j.slope[0]),
        |gamma| jet(gamma).map_or(f64::NAN, |j| j.value),
        Scale { finest, farthest },
    )
}

fn intercept(blocks: &Blocks, likelihood: Likelihood) -> Option<Optimum> {
    let finest = 1.0 / blocks.largest_group();
    let zero = Jet::constant(0.0);
    let found = along(blocks, likelihood, |gamma| [gamma, zero, zero], finest)?;
    let [variable] = Jet::variables([found.at]);
    let jet = blocks.profiled(likelihood, &[variable, zero, zero])?;
    let remaining = if found.at_boundary {
        0.0
    } else {
        0.5 * jet.slope[0] * jet.slope[0] / jet.curvature[0][0].abs()
    };
    let competing = match found.competing {
        Some(other) => Some(blocks.profiled(likelihood, &[other, 0.0, 0.0])?),
        None => None,
    };
    Some(Optimum {
        theta: vec![found.at.sqrt()],
        certificate: Certificate {
            method: "all variance ratios from 0 on: grid, then the root of the slope",
            evaluations: found.evaluations + 4,
            converged: found.at_boundary && jet.slope[0] >= 0.0 || remaining <= 1e-9,
            remaining,
            boundary: if found.at_boundary {
                Boundary::NoGroupVariance
            } else {
                Boundary::Interior
            },
            competing,
        },
    })
}

/// Newton from a start; a parameter that vanishes is held at 0 where that costs nothing and the curvature says minimum.
pub(super) fn settle<const N: usize>(
    deviance: &impl Fn(&[Jet<N>; N]) -> Option<Jet<N>>,
    start: [f64; N],
    may_vanish: [bool; N],
) -> Option<Found<N>> {
    // A start at 0 is a ridge for an even function: step aside, the search will come back if 0 is right.
    let aside = std::array::from_fn(|i| {
        if may_vanish[i] && start[i] == 0.0 {
            0.05
        } else {
            start[i]
        }
    });
    let mut found = minimise(deviance, aside, [true; N])?;
    let mut free = [true; N];
    for i in 0..N {
        if !may_vanish[i] || found.at[i].abs() > 0.05 {
            continue;
        }
        let mut at = found.at;
        at[i] = 0.0;
        let mut held = free;
        held[i] = false;
        let Some(without) = minimise(deviance, at, held) else {
            continue;
        };
        let curvature = deviance(&Jet::variables(without.at))?.curvature[i][i];
        let evaluations = found.evaluations + without.evaluations + 1;
        if curvature >= 0.0 && without.value <= found.value + 1e-10 * (1.0 + found.value.abs()) {
            found = without;
            free = held;
        }
        found.evaluations = evaluations;
    }
    Some(found)
}

/// The settled optimum of every dip of a grid, best first.
fn from_dips<const N: usize>(
    grid: &[([f64; N], [usize; N])],
    deviance: impl Fn(&[Jet<N>; N]) -> Option<Jet<N>>,
    plain: impl Fn([f64; N]) -> Option<f64>,
    may_vanish: [bool; N],
) -> Option<(Found<N>, Option<f64>)> {
    let values: Vec<f64> = grid
        .iter()
        .map(|(at, _)| {
            plain(*at)
                .filter(|v| v.is_finite())
                .unwrap_or(f64::INFINITY)
        })
        .collect();
    let mut ends: Vec<Found<N>> = Vec::new();
    let mut evaluations = grid.len();
    for (i, (at, place)) in grid.iter().enumerate() {
        let is_dip = values[i].is_finite()
            && grid.iter().zip(&values).all(|((_, other), value)| {
                let near = place.iter().zip(other).all(|(a, b)| a.abs_diff(*b) <= 1);
                !near || *value >= values[i]
            });
        if is_dip && let Some(end) = settle(&deviance, *at, may_vanish) {
            evaluations += end.evaluations;
            ends.push(end);
        }
    }
    ends.sort_by(|a, b| a.value.total_cmp(&b.value));
    let mut best = *ends.first()?;
    best.evaluations = evaluations;
    let competing = ends
        .iter()
        .map(|end| end.value)
        .find(|value| *value > best.value + 1e-7 * (1.0 + best.value.abs()));
    Some((best, competing))
}

/// Places of a grid over relative standard deviations: 0 and steps of a factor, from `least` to `most`.
fn ladder(least: f64, most: f64, factor: f64) -> Vec<f64> {
    let mut steps = vec![0.0, least];
    while let Some(&last) = steps.last().filter(|last| **last < most) {
        steps.push(last * factor);
    }
    steps
}

fn nested(blocks: &Blocks, likelihood: Likelihood) -> Option<Optimum> {
    let finest = 1.0 / blocks.largest_group();
    let zero = Jet::constant(0.0);
    let groups_alone = along(blocks, likelihood, |gamma| [gamma, zero, zero], finest)?;
    let most = 2.0 * groups_alone.at.max(finest).sqrt();
    let steps = ladder(0.5 * finest.sqrt(), most, 2.5);
    let grid: Vec<_> = (0..steps.len() * steps.len())
        .map(|index| [index / steps.len(), index % steps.len()])
        .map(|place| (place.map(|i| steps[i]), place))
        .collect();
    let (found, competing) = from_dips(
        &grid,
        |theta| blocks.profiled(likelihood, &blocks.relative(theta)),
        |theta| blocks.profiled(likelihood, &blocks.relative(&theta)),
        [true; 2],
    )?;
    let theta = found.at.map(f64::abs);
    let boundary = match theta.map(|t| t == 0.0) {
        [false, false] => Boundary::Interior,
        [true, false] => Boundary::NoGroupVariance,
        [false, true] => Boundary::NoParentVariance,
        [true, true] => Boundary::NoVariance,
    };
    Some(Optimum {
        theta: theta.to_vec(),
        certificate: certificate(&found, groups_alone.evaluations, boundary, competing),
    })
}

fn certificate<const N: usize>(
    found: &Found<N>,
    before: usize,
    boundary: Boundary,
    competing: Option<f64>,
) -> Certificate {
    Certificate {
        method: "grid over all relative standard deviations, then Newton from every dip",
        evaluations: found.evaluations + before,
        converged: found.converged,
        remaining: found.remaining,
        boundary,
        competing,
    }
}

/// From the scale of the search (predictor about its mean, in units of its spread within groups) to the predictor as given.
pub(super) fn from_search_scale<T: Number>(d: [T; 3], centre: f64, unit: f64) -> [T; 3] {
    let [level, both, slope] = d;
    let shift = centre / unit;
    [
        level - both.times(2.0 * shift) + slope.times(shift * shift),
        (both - slope.times(shift)).times(1.0 / unit),
        slope.times(1.0 / (unit * unit)),
    ]
}

fn slope(blocks: &Blocks, likelihood: Likelihood) -> Option<Optimum> {
    let Structure::Slopes(slopes) = &blocks.structure else {
        return None;
    };
    let (centre, unit) = (slopes.centre, slopes.unit);
    let finest = 1.0 / blocks.largest_group();
    let zero = Jet::constant(0.0);
    let on_scale = |gamma: Jet<1>| from_search_scale([gamma, zero, zero], centre, unit);
    let level_alone = along(blocks, likelihood, on_scale, finest)?;
    let level = level_alone.at.max(finest).sqrt();
    let levels = [0.3 * level, level, 3.0 * level];
    let slopes_grid = ladder(0.5 * finest.sqrt(), 4.0 * level.max(1.0), 3.0);
    let grid: Vec<_> = (0..levels.len() * slopes_grid.len())
        .map(|index| [index % levels.len(), 0, index / levels.len()])
        .map(|place| ([levels[place[0]], 0.0, slopes_grid[place[2]]], place))
        .collect();
    let (found, competing) = from_dips(
        &grid,
        |theta| {
            let d = from_search_scale(blocks.relative(theta), centre, unit);
            blocks.profiled(likelihood, &d)
        },
        |theta| {
            let d = from_search_scale(blocks.relative(&theta), centre, unit);
            blocks.profiled(likelihood, &d)
        },
        [true, false, true],
    )?;
    let singular = found.at[0] == 0.0 || found.at[2] == 0.0;
    let theta = as_given(found.at, centre, unit);
    let boundary = match (singular, theta == [0.0; 3]) {
        (_, true) => Boundary::NoVariance,
        (true, false) => Boundary::SingularCovariance,
        (false, false) => Boundary::Interior,
    };
    Some(Optimum {
        theta: theta.to_vec(),
        certificate: certificate(&found, level_alone.evaluations, boundary, competing),
    })
}

/// lme4's θ, diagonal not negative, from the θ of the search.
fn as_given(theta: [f64; 3], centre: f64, unit: f64) -> [f64; 3] {
    let [a, b, c] = theta;
    let [level, both, slope] = from_search_scale([a * a, a * b, b * b + c * c], centre, unit);
    if level <= 0.0 {
        return [0.0, 0.0, slope.max(0.0).sqrt()];
    }
    let first = level.sqrt();
    // The determinant keeps its digits only as a product.
    [first, both / first, (a * c).abs() / (unit * first)]
}
