//! Newton's method for a smooth function of a few parameters, from exact derivatives.
//! **Question.** Where does a dip end, and is that place really a minimum?
//! **Method.** Newton steps with the curvature's eigenvalues made positive, shortened until the function falls; at the end plain Newton steps as long as they still help.
//! **Not.** Global search: the caller chooses the starts. Parameters may be held fixed.
//! **Sources.** Nocedal & Wright (2006), *Numerical Optimization*, section 3.4.

use nalgebra::{DMatrix, DVector};

use super::derivative::Jet;

/// Where the search ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<const N: usize> {
    pub at: [f64; N],
    pub value: f64,
    pub evaluations: usize,
    /// What another Newton step would gain.
    pub remaining: f64,
    /// Is the curvature nowhere clearly negative and nothing left to gain?
    pub converged: bool,
}

const MOST_STEPS: usize = 200;

/// The direction of Newton's method, what it promises to gain, and whether the curvature is that of a minimum.
fn newton_step<const N: usize>(jet: &Jet<N>, free: &[usize]) -> Option<([f64; N], f64, bool)> {
    let k = free.len();
    if k == 0 {
        return Some(([0.0; N], 0.0, true));
    }
    let curvature = DMatrix::from_fn(k, k, |i, j| jet.curvature[free[i]][free[j]]);
    if curvature.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let slope = DVector::from_fn(k, |i, _| jet.slope[free[i]]);
    let eigen = curvature.symmetric_eigen();
    let largest = eigen.eigenvalues.amax();
    let mut step = DVector::zeros(k);
    let (mut gain, mut minimum) = (0.0, true);
    for (value, vector) in eigen
        .eigenvalues
        .iter()
        .zip(eigen.eigenvectors.column_iter())
    {
        let along = vector.dot(&slope);
        // A flat direction is followed only as far as the slope along it is real.
        let positive = value.abs().max(1e-10 * largest).max(1e-300);
        minimum &= *value >= -1e-8 * largest;
        gain += 0.5 * along * along / positive;
        step -= vector * (along / positive);
    }
    let mut whole = [0.0; N];
    for (i, &parameter) in free.iter().enumerate() {
        whole[parameter] = step[i];
    }
    Some((whole, gain, minimum))
}

/// The minimum that `start` leads to; `free` says which parameters may move. None where the function has no value.
pub(super) fn minimise<const N: usize>(
    function: impl Fn(&[Jet<N>; N]) -> Option<Jet<N>>,
    start: [f64; N],
    free: [bool; N],
) -> Option<Found<N>> {
    let free: Vec<usize> = (0..N).filter(|&i| free[i]).collect();
    let mut evaluations = 0;
    let mut evaluate = |at: [f64; N]| {
        evaluations += 1;
        function(&Jet::variables(at)).filter(|jet| jet.value.is_finite())
    };
    let mut at = start;
    let mut here = evaluate(at)?;
    let (mut remaining, mut minimum) = (f64::INFINITY, false);
    for _ in 0..MOST_STEPS {
        let (step, gain, is_minimum) = newton_step(&here, &free)?;
        (remaining, minimum) = (gain, is_minimum);
        // Below this the values differ by rounding only, and only the slope can tell.
        let noise = 1e-11 * (1.0 + here.value.abs());
        let size = at.iter().fold(1.0, |sum, value| sum + value * value).sqrt();
        let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
        let mut share = (size / length).min(1.0);
        let mut moved = false;
        while share > 1e-10 {
            let there: [f64; N] = std::array::from_fn(|i| at[i] + share * step[i]);
            if let Some(next) = evaluate(there) {
                let falls = next.value < here.value - 1e-4 * share * gain;
                let left = newton_step(&next, &free).map_or(f64::INFINITY, |s| s.1);
                let closer =
                    gain <= noise && left < 0.25 * gain && next.value <= here.value + noise;
                if (gain > noise && falls) || closer {
                    (at, here, moved) = (there, next, true);
                    break;
                }
            }
            if gain <= noise {
                break;
            }
            share *= 0.5;
        }
        if !moved {
            break;
        }
    }
    Some(Found {
        at,
        value: here.value,
        evaluations,
        remaining,
        converged: minimum && remaining <= 1e-9 * (1.0 + here.value.abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixed::derivative::Number;

    #[test]
    fn rosenbrocks_valley_ends_at_one_and_one() {
        let valley = |x: &[Jet<2>; 2]| {
            let a = Jet::constant(1.0) - x[0];
            let b = x[1] - x[0] * x[0];
            Some(a * a + (b * b).times(100.0))
        };
        let found = minimise(valley, [-1.2, 1.0], [true; 2]).expect("smooth");
        assert!(found.converged && found.at.iter().all(|x| (x - 1.0).abs() < 1e-12));
        let held = minimise(valley, [-1.0, 0.0], [false, true]).expect("smooth");
        assert!(held.at[0] == -1.0 && (held.at[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_saddle_is_not_called_a_minimum() {
        let saddle = |x: &[Jet<1>; 1]| Some(x[0] * x[0] * x[0] * x[0] - x[0] * x[0]);
        let stuck = minimise(saddle, [0.0], [true]).expect("smooth");
        assert!(!stuck.converged);
        let found = minimise(saddle, [0.1], [true]).expect("smooth");
        assert!(found.converged && (found.at[0] - 0.5f64.sqrt()).abs() < 1e-12);
    }
}
