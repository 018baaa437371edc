//! Intervals and their levels: a range never travels without its confidence.
//! **Question.** Which values are still plausible, and how sure is that statement?
//! **Method.** Two closed types: a level lies strictly between 0 and 1, an interval is finite and ordered.
//! **Not.** How an interval is computed: see [`crate::fisher`], [`crate::means`], [`crate::bootstrap`].
//! **Sources.** Cumming & Finch (2005), American Psychologist 60, 170–180, for reading intervals.

use super::Undefined;
use super::numeric::distribution::{normal_quantile, student_t_quantile};

/// A confidence level, strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Level(f64);

impl Level {
    /// 95 %: the level of a report.
    pub const NINETY_FIVE: Self = Self(0.95);
    /// 90 %: the level at which an interval inside the bounds means equivalence at α = .05.
    pub const NINETY: Self = Self(0.90);

    /// A level from a proportion.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the value lies strictly between 0 and 1; 95 is refused, 0.95 is meant.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// assert_eq!(Level::new(0.95).unwrap(), Level::NINETY_FIVE);
    /// assert!(Level::new(95.0).is_err());
    /// ```
    pub fn new(proportion: f64) -> Result<Self, Undefined> {
        if proportion > 0.0 && proportion < 1.0 {
            Ok(Self(proportion))
        } else {
            Err(Undefined::OutOfRange {
                what: "the confidence level",
                value: proportion,
                allowed: "strictly between 0 and 1",
            })
        }
    }

    /// The level as a proportion.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The probability left out at each end, `(1 − level)/2`.
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }

    /// How many standard errors reach from the estimate to a limit, normal case.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// assert!((Level::NINETY_FIVE.critical_z() - 1.959963984540054).abs() < 1e-14);
    /// ```
    pub fn critical_z(self) -> f64 {
        -normal_quantile(self.tail())
    }

    /// How many standard errors reach from the estimate to a limit, Student's t with `df > 0` degrees of freedom.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// assert!((Level::NINETY_FIVE.critical_t(30.0) - 2.042272456301238).abs() < 1e-13);
    /// ```
    pub fn critical_t(self, df: f64) -> f64 {
        -student_t_quantile(self.tail(), df)
    }
}

/// A finite interval with its level; `low` is never above `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
    level: Level,
}

impl Interval {
    /// An interval from its limits, in the unit of the estimate.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`] unless both limits are finite, [`Undefined::OutOfRange`] unless `low <= high`.
    ///
    /// ```
    /// use alliance_stats::interval::{Interval, Level};
    /// let interval = Interval::new(0.15, 0.31, Level::NINETY_FIVE).unwrap();
    /// assert!(interval.contains(0.2) && !interval.contains(0.0));
    /// assert!(Interval::new(0.31, 0.15, Level::NINETY_FIVE).is_err());
    /// ```
    pub fn new(low: f64, high: f64, level: Level) -> Result<Self, Undefined> {
        if !(low.is_finite() && high.is_finite()) {
            return Err(Undefined::NotFinite {
                variable: "a limit of the interval",
            });
        }
        if low <= high {
            Ok(Self { low, high, level })
        } else {
            Err(Undefined::OutOfRange {
                what: "the lower limit of the interval",
                value: low,
                allowed: "at most the upper limit",
            })
        }
    }

    /// The estimate and the same `margin ≥ 0` on both sides.
    pub(crate) fn around(estimate: f64, margin: f64, level: Level) -> Result<Self, Undefined> {
        Self::new(estimate - margin, estimate + margin, level)
    }

    /// The lower limit.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper limit.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The confidence level of the interval.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Is the value inside, limits included?
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Does the interval lie strictly between `−bound` and `bound`?
    pub fn lies_within(&self, bound: f64) -> bool {
        -bound < self.low && self.high < bound
    }
}
