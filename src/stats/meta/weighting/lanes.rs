//! Six sums over effects without moderators, in vector registers.
//! **Question.** What do weights, weighted effects and their squares add up to, quickly and always to the same bits?
//! **Method.** Four interleaved sums in a fixed order; the effect of largest weight is kept apart.
//! **Not.** Models with moderators.
//! **Sources.** Own; checked against exact fractions with weights of 1e12 against 1.

use super::Sums;

const LANES: usize = 4;

/// Σw, Σw², Σwe, Σw²e, Σwe², Σw²e².
pub(super) type Powers = [f64; 6];

/// Sums over effects without moderators; the one of largest weight stays apart, since it may be nearly all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::meta) struct Lanes {
    pub rest: Powers,
    pub pivot: Powers,
}

impl Lanes {
    pub fn weight(&self) -> f64 {
        self.rest[0] + self.pivot[0]
    }

    pub fn mean(&self) -> f64 {
        (self.rest[2] + self.pivot[2]) / self.weight()
    }

    pub fn sums(&self) -> Sums {
        let (weight, mean) = (self.weight(), self.mean());
        let both = |i: usize| self.rest[i] + self.pivot[i];
        // Σw − Σw²/Σw without the cancellation of the largest weight.
        let trace = self.rest[0] * (1.0 + self.pivot[0] / weight) - self.rest[1] / weight;
        Sums {
            weight,
            trace,
            quadratic: (both(4) - mean * both(2)).max(0.0),
            squared: (both(5) - mean * (2.0 * both(3) - mean * both(1))).max(0.0),
        }
    }
}

/// One pass; four interleaved sums let the compiler use vector registers without changing any result.
pub(super) fn lanes(left: &[f64], variance: &[f64], tau_squared: f64) -> Powers {
    let mut sums = [[0.0_f64; LANES]; 6];
    let whole = left.len() - left.len() % LANES;
    for (e, v) in left[..whole]
        .chunks_exact(LANES)
        .zip(variance[..whole].chunks_exact(LANES))
    {
        for lane in 0..LANES {
            let w = 1.0 / (v[lane] + tau_squared);
            let we = w * e[lane];
            sums[0][lane] += w;
            sums[1][lane] += w * w;
            sums[2][lane] += we;
            sums[3][lane] += w * we;
            sums[4][lane] += we * e[lane];
            sums[5][lane] += we * we;
        }
    }
    let mut total = sums.map(|lane| (lane[0] + lane[1]) + (lane[2] + lane[3]));
    for i in whole..left.len() {
        let part = one(left[i], variance[i], tau_squared);
        for (sum, part) in total.iter_mut().zip(part) {
            *sum += part;
        }
    }
    total
}

/// What one effect adds.
pub(super) fn one(e: f64, v: f64, tau_squared: f64) -> Powers {
    let w = 1.0 / (v + tau_squared);
    let we = w * e;
    [w, w * w, we, w * we, we * e, we * we]
}
