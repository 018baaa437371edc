//! Equivalence: close enough to be called the same, or merely not shown to differ?
//! **Question.** Is the difference between two groups smaller than anything a clinic would act on?
//! **Method.** Means: two one-sided Welch tests at ± bound. Correlations: the (1 − 2α) interval of the difference lies inside ± bound.
//! **Not.** The choice of the bound; it is set before looking, in the study file.
//! **Sources.** Schuirmann (1987), J. Pharmacokin. Biopharm. 15, 657–680; Lakens (2017), SPPS 8, 355–362. Checked in `tests/reference/` (`online_vs_in_person.alliance.tost`).

use super::Undefined;
use super::interval::Interval;
use super::means::{WelchError, pooled_sd, welch_error};
use super::numeric::distribution::student_t_sf;
use super::numeric::moments::Moments;

/// The largest difference that still counts as none; positive and finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Bound(f64);

impl Bound {
    /// A bound in the unit of the difference it is held against.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the value is positive and finite.
    ///
    /// ```
    /// use alliance_stats::equivalence::Bound;
    /// assert_eq!(Bound::new(0.10).unwrap().value(), 0.10);
    /// assert!(Bound::new(0.0).is_err() && Bound::new(f64::NAN).is_err());
    /// ```
    pub fn new(value: f64) -> Result<Self, Undefined> {
        if value > 0.0 && value.is_finite() {
            Ok(Self(value))
        } else {
            Err(Undefined::OutOfRange {
                what: "the equivalence bound",
                value,
                allowed: "positive",
            })
        }
    }

    /// The bound as a number.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// Two one-sided tests of a difference of means against ± bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoOneSidedTests {
    /// The bound in points of the measure: `bound · pooled SD`.
    pub bound: f64,
    /// Statistic of "the difference is above −bound".
    pub t_lower: f64,
    /// Its one-sided p.
    pub p_lower: f64,
    /// Statistic of "the difference is below bound".
    pub t_upper: f64,
    /// Its one-sided p.
    pub p_upper: f64,
    /// Welch's degrees of freedom of both.
    pub df: f64,
}

impl TwoOneSidedTests {
    /// The p of equivalence: the larger of the two, since both must succeed.
    pub fn p(&self) -> f64 {
        self.p_lower.max(self.p_upper)
    }
}

/// Tests whether two means differ by less than `bound` pooled standard deviations.
///
/// # Errors
/// [`Undefined::TooFew`] for a group of fewer than 2 clients, [`Undefined::NoVariation`] when neither group varies.
///
/// ```
/// use alliance_stats::{equivalence::{Bound, two_one_sided_tests}, numeric::moments::Moments};
/// let first = Moments::from_values(&[1.0, 2.0, 3.0]).unwrap();
/// let second = Moments::from_values(&[1.0, 2.0, 3.0]).unwrap();
/// let tests = two_one_sided_tests(&first, &second, Bound::new(1.0).unwrap()).unwrap();
/// // t = 1/√(2/3) with 4 degrees of freedom on both sides
/// assert!((tests.t_lower - 1.5f64.sqrt()).abs() < 1e-14 && tests.p_lower == tests.p_upper);
/// ```
pub fn two_one_sided_tests(
    first: &Moments,
    second: &Moments,
    bound: Bound,
) -> Result<TwoOneSidedTests, Undefined> {
    let WelchError {
        difference,
        std_error,
        df,
    } = welch_error(first, second)?;
    // METHOD: the bound is in pooled standard deviations, the test in points with Welch's error; the SD's own error is ignored.
    let points = bound.value() * pooled_sd(first, second)?;
    let (t_lower, t_upper) = (
        (difference + points) / std_error,
        (difference - points) / std_error,
    );
    Ok(TwoOneSidedTests {
        bound: points,
        t_lower,
        p_lower: student_t_sf(t_lower, df),
        t_upper,
        p_upper: student_t_sf(-t_upper, df),
        df,
    })
}

/// What two intervals of a difference say together; never "the same" from a large p.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Inside the bounds, and 0 is plausible.
    Equivalent,
    /// Not shown to be inside the bounds, and 0 is not plausible.
    Different,
    /// Not zero, yet too small to matter.
    Both,
    /// The data leave both open.
    NotDistinguishable,
}

impl Verdict {
    /// The verdict from the interval at the test level (95 % for α = .05) and the one at the equivalence level (90 %).
    ///
    /// Different when the first excludes 0; equivalent when the second lies strictly inside ± bound. All in one unit.
    ///
    /// ```
    /// use alliance_stats::{equivalence::{Bound, Verdict}, interval::{Interval, Level}};
    /// let test = Interval::new(-0.21, 0.12, Level::NINETY_FIVE).unwrap();
    /// let inside = Interval::new(-0.18, 0.09, Level::NINETY).unwrap();
    /// assert_eq!(Verdict::of(&test, &inside, Bound::new(0.10).unwrap()), Verdict::NotDistinguishable);
    /// assert_eq!(Verdict::of(&test, &inside, Bound::new(0.20).unwrap()), Verdict::Equivalent);
    /// ```
    pub fn of(test: &Interval, equivalence: &Interval, bound: Bound) -> Self {
        match (equivalence.lies_within(bound.value()), !test.contains(0.0)) {
            (true, false) => Self::Equivalent,
            (false, true) => Self::Different,
            (true, true) => Self::Both,
            (false, false) => Self::NotDistinguishable,
        }
    }
}
