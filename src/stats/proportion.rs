//! A share of clients: how precise is a count out of a count?
//! **Question.** Seven of twenty clients recovered: which shares are still plausible?
//! **Method.** Wilson's score interval: the shares that a z test would not reject.
//! **Not.** Clients who share a therapist; a difference of two shares.
//! **Sources.** Wilson (1927), J. Am. Stat. Assoc. 22, 209–212; Brown, Cai & DasGupta (2001), Statistical Science 16, 101–133, for why. Checked against R `prop.test` in `tests/reference/questions/`.

use super::Undefined;
use super::interval::{Interval, Level};

/// A share with its interval; both lie from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// Count divided by all.
    pub share: f64,
    /// Wilson's interval; its lower limit is exactly 0 for a count of 0, its upper limit exactly 1 when all count.
    pub interval: Interval,
}

/// The share of `count` in `of` clients, with Wilson's interval at `level`.
///
/// # Errors
/// [`Undefined::TooFew`] for a share of nobody, [`Undefined::OutOfRange`] for a count above `of`.
///
/// ```
/// use alliance_stats::{interval::Level, proportion::wilson};
/// let recovered = wilson(7, 20, Level::NINETY_FIVE).unwrap();
/// assert_eq!(recovered.share, 0.35);
/// assert!((recovered.interval.low() - 0.1812).abs() < 1e-4 && (recovered.interval.high() - 0.5671).abs() < 1e-4);
/// let none = wilson(0, 12, Level::NINETY_FIVE).unwrap();
/// assert!(none.interval.low() == 0.0 && (none.interval.high() - 0.2425).abs() < 1e-4);
/// ```
pub fn wilson(count: u64, of: u64, level: Level) -> Result<Proportion, Undefined> {
    if of == 0 {
        return Err(Undefined::TooFew {
            found: 0,
            needed: 1,
        });
    }
    if count > of {
        return Err(Undefined::OutOfRange {
            what: "the count",
            value: count as f64,
            allowed: "at most the number it is a share of",
        });
    }
    let share = count as f64 / of as f64;
    let z = level.critical_z();
    let low = lower_limit(count as f64, of as f64, z);
    let high = 1.0 - lower_limit((of - count) as f64, of as f64, z);
    Ok(Proportion {
        share,
        interval: Interval::new(low.min(share), high.max(share), level)?,
    })
}

/// The smaller root of `n(x/n − q)² = z² q(1 − q)`, from the product of the roots, so that few among many lose no digits.
fn lower_limit(count: f64, of: f64, z: f64) -> f64 {
    let square = z * z;
    let upper = count + square / 2.0 + z * (count * ((of - count) / of) + square / 4.0).sqrt();
    if count == 0.0 {
        0.0
    } else {
        count * (count / of) / upper
    }
}
