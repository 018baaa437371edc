//! From a probability back to the value: a search that cannot hang.
//! **Question.** Which value has this much probability below (or above) it?
//! **Method.** Newton on the logarithm of the tail against the logarithm of the value, inside a bracket; after 40 steps only halving.
//! **Not.** Distributions with mass below zero: fold them first (Student is folded at 0).
//! **Sources.** Own; measured against mpmath in `tests/reference/distributions.csv`. Why not a library: FEASIBILITY.md section 4.1.

use super::tails::Tails;

/// The tail that is known; its probability lies strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Known {
    Below(f64),
    Above(f64),
}

/// The value `x > 0` with the known tail; infinite (or 0) when no representable value has it.
///
/// `start` is a guess of `ln x`; a bad one costs time, never the answer.
pub(super) fn value_with(known: Known, start: f64, tails: impl Fn(f64) -> Tails) -> f64 {
    // Bounds of the logarithm of every positive double.
    let (mut low, mut high) = (-744.0_f64, 709.7_f64);
    let mut at = if start > low && start < high {
        start
    } else {
        0.0
    };
    for step in 0..200 {
        let here = tails(libm::exp(at));
        let (tail, target, sign) = match known {
            Known::Below(p) => (here.lower, p, 1.0),
            Known::Above(p) => (here.upper, p, -1.0),
        };
        // Positive when `at` is too large.
        let excess = sign * (libm::log(tail) - libm::log(target));
        if excess == 0.0 {
            break;
        }
        if excess > 0.0 {
            high = at
        } else {
            low = at
        }
        let newton = at - excess * tail / here.slope;
        let next = if step < 40 && newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - at).abs() <= f64::EPSILON * at.abs().max(0.5) {
            at = next;
            break;
        }
        at = next;
    }
    if at >= 709.6 {
        f64::INFINITY
    } else if at <= -743.9 {
        0.0
    } else {
        libm::exp(at)
    }
}
