//! Downhill from one start to the local optimum, exact to rounding.
//! **Question.** Where does the deviance's descent from a point end, boundary included?
//! **Method.** Newton's method with the curvature's eigenvalues taken without sign, halved until the deviance falls enough; a variance at 0 stays there exactly when the slope points below 0.
//! **Not.** Other optima: see [`super::search`].
//! **Sources.** Bertsekas (1982), SIAM J. Control Optim. 20, 221–246 (projection); Dauphin et al. (2014), NeurIPS 27 (curvature without sign); Armijo (1966), Pacific J. Math. 16, 1–3.

use super::Likelihood;
use super::objective::{Surface, surface};
use super::search::Free;
use crate::meta::nested::{NestedEffects, Variances};

const MOST_STEPS: usize = 200;
/// Longest step, in units of the grid.
const LONGEST: f64 = 2.0;
/// Newton steps after the deviance no longer shows a difference.
const ENOUGH: usize = 3;

/// What a descent needs to know.
pub(super) struct Descent<'a> {
    pub nested: &'a NestedEffects,
    pub likelihood: Likelihood,
    pub free: Free,
    /// Below this variance the deviance bends no more.
    pub finest: [f64; 2],
}

impl Descent<'_> {
    /// The local optimum below a start, and its deviance; none where the descent did not end.
    pub fn from(&self, start: [f64; 2], evaluations: &mut usize) -> Option<(Variances, f64)> {
        let mut at = start;
        let mut here = self.look(at, evaluations)?;
        let mut arrived = 0;
        for _ in 0..MOST_STEPS {
            let moving: [bool; 2] = std::array::from_fn(|i| {
                self.free.held(i).is_none() && (at[i] > 0.0 || here.slope[i] < 0.0)
            });
            let unit: [f64; 2] = std::array::from_fn(|i| self.finest[i] + at[i]);
            let step = downhill(&here, at, moving, unit);
            let promised = -(here.slope[0] * step.by[0] + here.slope[1] * step.by[1]);
            if promised <= 0.0 {
                arrived = ENOUGH;
                break;
            }
            // Below the noise of the deviance the slope still leads on: a few whole steps give the last digits.
            let size = self.nested.effects() as f64 + here.deviance.abs();
            let near = promised <= if step.is_newton { 1e-8 } else { 1e-11 } * size;
            let (next, there) = if near {
                arrived += 1;
                let next = moved(at, step.by, 1.0);
                (next, self.look(next, evaluations)?)
            } else {
                self.shortened(at, &here, step.by, promised, evaluations)?
            };
            let close = (0..2).all(|i| (next[i] - at[i]).abs() <= 1e-14 * next[i]);
            (at, here) = (next, there);
            if near && (close || arrived >= ENOUGH) {
                arrived = ENOUGH;
                break;
            }
        }
        if arrived < ENOUGH {
            return None;
        }
        // METHOD: a variance below 1e-12 of the smallest sampling variance is what rounding makes of 0 where the slope is 0 at the boundary.
        let rounded: [f64; 2] = std::array::from_fn(|i| {
            let is_zero = self.free.held(i).is_none() && at[i] <= 1e-12 * self.finest[i];
            if is_zero { 0.0 } else { at[i] }
        });
        if rounded != at {
            at = rounded;
            here = self.look(at, evaluations)?;
        }
        let variances = Variances {
            between_studies: at[0],
            between_effects: at[1],
        };
        here.deviance
            .is_finite()
            .then_some((variances, here.deviance))
    }

    /// The step, halved until the deviance falls by a fair share of the promise.
    fn shortened(
        &self,
        at: [f64; 2],
        here: &Surface,
        by: [f64; 2],
        promised: f64,
        evaluations: &mut usize,
    ) -> Option<([f64; 2], Surface)> {
        let mut share = 1.0;
        for _ in 0..60 {
            let next = moved(at, by, share);
            let there = self.look(next, evaluations)?;
            if here.deviance - there.deviance >= 1e-4 * share * promised {
                return Some((next, there));
            }
            share /= 2.0;
        }
        None
    }

    fn look(&self, at: [f64; 2], evaluations: &mut usize) -> Option<Surface> {
        *evaluations += 1;
        let at = Variances {
            between_studies: at[0],
            between_effects: at[1],
        };
        surface(self.nested, self.likelihood, at)
    }
}

/// A step that goes downhill and ends at the boundary at the latest.
struct Step {
    by: [f64; 2],
    /// Is it the whole step of Newton's method in a bowl?
    is_newton: bool,
}

/// Newton's step in units of the grid, with the curvature's eigenvalues taken without sign: in a valley that bends downwards it follows the floor.
fn downhill(here: &Surface, at: [f64; 2], moving: [bool; 2], unit: [f64; 2]) -> Step {
    let slope: [f64; 2] = std::array::from_fn(|i| {
        if moving[i] {
            here.slope[i] * unit[i]
        } else {
            0.0
        }
    });
    let bend = |i: usize, j: usize| here.curvature[i][j] * unit[i] * unit[j];
    let (a, b, c) = match moving {
        [true, true] => (bend(0, 0), bend(0, 1), bend(1, 1)),
        [true, false] => (bend(0, 0), 0.0, 1.0),
        _ => (1.0, 0.0, bend(1, 1)),
    };
    // Eigenvectors (cos, sin) and (−sin, cos) of [[a, b], [b, c]].
    let angle = 0.5 * libm::atan2(2.0 * b, a - c);
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let first = a * cos * cos + 2.0 * b * sin * cos + c * sin * sin;
    let second = a * sin * sin - 2.0 * b * sin * cos + c * cos * cos;
    let least = 1e-10 * first.abs().max(second.abs()).max(1e-10);
    let along = -(cos * slope[0] + sin * slope[1]) / first.abs().max(least);
    let across = -(cos * slope[1] - sin * slope[0]) / second.abs().max(least);
    let mut step = [cos * along - sin * across, sin * along + cos * across];
    let mut is_newton = first > least && second > least;
    // Not further than a few grid cells at once.
    let length = (step[0] * step[0] + step[1] * step[1]).sqrt();
    if length > LONGEST {
        step = step.map(|s| s * LONGEST / length);
        is_newton = false;
    }
    let mut by: [f64; 2] = std::array::from_fn(|i| if moving[i] { step[i] * unit[i] } else { 0.0 });
    let outside = |by: [f64; 2], i: usize| at[i] + by[i] < 0.0;
    if let Some(i) = (0..2).find(|&i| outside(by, i)) {
        // The bowl's lowest point on the boundary; the straight way there where that is not downhill.
        let j = 1 - i;
        let diagonal = if j == 0 { a } else { c };
        let alone = -(slope[j] - b * at[i] / unit[i]) / diagonal.abs().max(least);
        let mut bent = by;
        bent[i] = -at[i];
        bent[j] = if moving[j] {
            alone.clamp(-LONGEST, LONGEST) * unit[j]
        } else {
            0.0
        };
        bent[j] = bent[j].max(-at[j]);
        let downhill = here.slope[0] * bent[0] + here.slope[1] * bent[1] < 0.0;
        is_newton = at[i] == 0.0 && diagonal > least && alone.abs() < LONGEST && bent[j] > -at[j];
        if downhill {
            by = bent;
        } else {
            is_newton = false;
            let share = (0..2)
                .filter(|&i| outside(by, i))
                .map(|i| at[i] / -by[i])
                .fold(1.0, f64::min);
            by = by.map(|b| b * share);
        }
    }
    for i in 0..2 {
        // What rounding leaves of a variance that the whole step takes to the boundary.
        if at[i] + by[i] <= 1e-15 * at[i] {
            by[i] = -at[i];
        }
    }
    Step { by, is_newton }
}

fn moved(at: [f64; 2], by: [f64; 2], share: f64) -> [f64; 2] {
    std::array::from_fn(|i| (at[i] + share * by[i]).max(0.0))
}
