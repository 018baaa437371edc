//! Random streams and permutations: the same seed, the same clinic, on any number of threads.
//! **Question.** Which random numbers belong to client 17?
//! **Method.** Each client has a stream of its own, started from the mixed seed and index; orders are keyed bijections.
//! **Not.** Nothing here hides an identity: the permutation is for variety, not for secrecy.
//! **Sources.** Blackman & Vigna (2021), ACM TOMS 47, 36 (xoshiro256++); Steele, Lea & Flood (2014), OOPSLA (splitmix64).

use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What a stream is for; no two purposes share random numbers.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Client = 1,
    Therapist = 2,
    Rehearsal = 3,
    ClientId = 4,
    RowOrder = 5,
    Roster = 6,
}

/// A stream of random numbers.
pub(super) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of one client, therapist … of the clinic with this seed.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u64) -> Stream {
        Stream(Xoshiro256PlusPlus::seed_from_u64(mix(
            key(seed, purpose) ^ mix(index)
        )))
    }

    /// Uniform on [0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A whole number below `bound`, each equally likely.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u32
    }

    /// A draw from any distribution.
    pub(super) fn draw(&mut self, distribution: impl Distribution<f64>) -> f64 {
        distribution.sample(&mut self.0)
    }
}

/// A bijection of `0..length` that looks random: a Feistel network, walked until it lands inside.
pub(super) struct Permutation {
    length: u64,
    half_bits: u32,
    key: u64,
}

impl Permutation {
    pub(super) fn new(seed: u64, purpose: Purpose, length: u64) -> Permutation {
        let bits = 64 - length.saturating_sub(1).leading_zeros();
        Permutation {
            length,
            half_bits: bits.div_ceil(2).max(1),
            key: key(seed, purpose),
        }
    }

    /// Where `place` goes; `place` must be below the length.
    pub(super) fn of(&self, place: u64) -> u64 {
        let mask = (1u64 << self.half_bits) - 1;
        let mut walked = place;
        loop {
            let (mut left, mut right) = (walked >> self.half_bits, walked & mask);
            for round in 0..4u64 {
                let scrambled = mix(self.key ^ (round << 56) ^ right) & mask;
                (left, right) = (right, left ^ scrambled);
            }
            walked = (left << self.half_bits) | right;
            if walked < self.length {
                return walked;
            }
        }
    }
}

fn key(seed: u64, purpose: Purpose) -> u64 {
    mix(mix(seed).wrapping_add(purpose as u64))
}

/// One step of splitmix64.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_reaches_every_place_once() {
        for length in [1, 2, 3, 10, 1000, 4097] {
            let permutation = Permutation::new(7, Purpose::RowOrder, length);
            let mut reached: Vec<u64> = (0..length).map(|place| permutation.of(place)).collect();
            assert!(length < 10 || !reached.is_sorted());
            reached.sort_unstable();
            assert_eq!(reached, (0..length).collect::<Vec<_>>());
        }
    }

    #[test]
    fn neighbouring_clients_have_unrelated_streams() {
        let first = |index| Stream::new(1, Purpose::Client, index).normal();
        let n = 20_000u64;
        let product: f64 = (0..n).map(|i| first(i) * first(i + 1)).sum::<f64>() / n as f64;
        assert!(product.abs() < 4.0 / (n as f64).sqrt(), "{product}");
    }
}
