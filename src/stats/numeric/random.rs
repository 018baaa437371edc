//! Randomness on purpose: the seed is an argument, and every replicate has a stream of its own.
//! **Question.** How can a resampled number be the same on one thread and on many?
//! **Method.** Stream `index` of `seed` is xoshiro256++ started from both numbers mixed by SplitMix64; no stream is shared.
//! **Not.** Secrets: nothing here is unpredictable.
//! **Sources.** Blackman & Vigna (2021), ACM TOMS 47, 36; Steele, Lea & Flood (2014), OOPSLA, 453–472; Lemire (2019), ACM TOMACS 29, 3.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::distribution::normal_quantile;

/// The generator of every stream.
pub type Stream = Xoshiro256PlusPlus;

/// Stream number `index` of `seed`; two indices of one seed never share a starting point.
///
/// ```
/// use alliance_stats::numeric::random::{below, stream};
/// assert_eq!(below(&mut stream(7, 0), 100), below(&mut stream(7, 0), 100));
/// assert_ne!(stream(7, 0), stream(7, 1));
/// ```
pub fn stream(seed: u64, index: u64) -> Stream {
    // Both maps are one-to-one in `index`, so streams of one seed cannot collide.
    let start = mixed(mixed(seed).wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    Xoshiro256PlusPlus::seed_from_u64(start)
}

/// One step of SplitMix64.
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A whole number from 0 to `bound − 1`, each equally likely to the last bit; 0 when `bound` is 0.
///
/// ```
/// use alliance_stats::numeric::random::{below, stream};
/// let mut rng = stream(1, 0);
/// assert!((0..1000).all(|_| below(&mut rng, 6) < 6));
/// ```
pub fn below(rng: &mut Stream, bound: usize) -> usize {
    let bound = bound as u64;
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(bound);
        let (high, low) = ((product >> 64) as u64, product as u64);
        // Reject the few low halves that would favour some numbers; the costly remainder is rarely reached.
        if low >= bound || low >= bound.wrapping_neg() % bound.max(1) {
            return high as usize;
        }
    }
}

/// A number strictly between 0 and 1, on a grid of 2⁻⁵³.
///
/// ```
/// use alliance_stats::numeric::random::{stream, uniform};
/// let value = uniform(&mut stream(1, 0));
/// assert!(0.0 < value && value < 1.0);
/// ```
pub fn uniform(rng: &mut Stream) -> f64 {
    // The centre of one of 2⁵² cells, so that neither 0 nor 1 can occur.
    ((rng.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
}

/// A standard normal number: one draw, one quantile, so streams stay in step.
///
/// ```
/// use alliance_stats::numeric::random::{standard_normal, stream};
/// let mut rng = stream(1, 0);
/// let mean = (0..10_000).map(|_| standard_normal(&mut rng)).sum::<f64>() / 1e4;
/// assert!(mean.abs() < 0.04);
/// ```
pub fn standard_normal(rng: &mut Stream) -> f64 {
    normal_quantile(uniform(rng))
}
