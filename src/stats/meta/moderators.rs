//! Moderators: is the relationship stronger in some studies than in others?
//! **Question.** Do two subgroups differ, and are they the same for practical purposes?
//! **Method.** Difference of independent pooled effects (Welch–Satterthwaite df when they have t tests); two one-sided tests on Fisher's scale.
//! **Not.** Subgroups that share studies; fitting the subgroups: the caller splits the effects. Whether a moderator is more than chance: [`super::permutation`].
//! **Sources.** Borenstein et al. (2009), chapter 19; Schuirmann (1987), J. Pharmacokin. Biopharm. 15, 657–680.

use super::two_level::Coefficient;
use super::wald::at_least_smallest;
use crate::Undefined;
use crate::equivalence::Bound;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::{
    normal_sf, normal_two_sided_p, student_t_sf, student_t_two_sided_p,
};

/// The difference of two independent pooled effects, first minus second, on Fisher's scale.
///
/// # Errors
/// [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::meta::{design::Design, effect_size::Effect, moderators::difference, tau_squared::Estimator, two_level::{Test, TwoLevel}};
/// let pooled = |z: f64| {
///     let effects = [z, z].map(|z| Effect::from_fisher_z(z, 0.02).unwrap());
///     *TwoLevel::fit(&effects, &Design::intercept(2), Estimator::Reml, Test::Normal, Level::NINETY_FIVE).unwrap().pooled()
/// };
/// let found = difference(&pooled(0.5), &pooled(0.3), Level::NINETY_FIVE).unwrap();
/// // each has variance 0.01
/// assert!((found.statistic - 0.2 / 0.02f64.sqrt()).abs() < 1e-14);
/// ```
pub fn difference(
    first: &Coefficient,
    second: &Coefficient,
    level: Level,
) -> Result<Coefficient, Undefined> {
    let estimate = first.estimate - second.estimate;
    let std_error = libm::hypot(first.std_error, second.std_error);
    // METHOD: a normal test counts as infinitely many degrees of freedom; two of them stay normal.
    let wobble = |one: &Coefficient| {
        let share = one.std_error / std_error;
        one.df.map_or(0.0, |df| share.powi(4) / df)
    };
    let unsure = wobble(first) + wobble(second);
    let df = (unsure > 0.0).then(|| 1.0 / unsure);
    let statistic = estimate / std_error;
    let (p, critical) = match df {
        Some(df) => (student_t_two_sided_p(statistic, df), level.critical_t(df)),
        None => (normal_two_sided_p(statistic), level.critical_z()),
    };
    Ok(Coefficient {
        estimate,
        std_error,
        statistic,
        df,
        p: at_least_smallest(p),
        interval: Interval::around(estimate, critical * std_error, level)?,
    })
}

/// Two one-sided tests of a pooled effect, or of a difference, against ± bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equivalence {
    /// Statistic of "above −bound".
    pub lower: f64,
    /// Its one-sided p.
    pub p_lower: f64,
    /// Statistic of "below bound".
    pub upper: f64,
    /// Its one-sided p.
    pub p_upper: f64,
    /// Degrees of freedom of t; none in the normal test.
    pub df: Option<f64>,
    /// The `1 − 2α` interval: inside ± bound exactly when both tests succeed at α.
    pub interval: Interval,
}

impl Equivalence {
    /// The p of equivalence: the larger of the two, since both must succeed.
    pub fn p(&self) -> f64 {
        self.p_lower.max(self.p_upper)
    }
}

/// Is a pooled effect or a difference of two closer to zero than `bound` (on Fisher's scale)? `level` is `1 − 2α`, 90 % for α = .05.
///
/// # Errors
/// [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::{equivalence::Bound, interval::{Interval, Level}};
/// use alliance_stats::meta::{moderators::equivalence, two_level::Coefficient};
/// let difference = Coefficient {
///     estimate: 0.0, std_error: 0.05, statistic: 0.0, df: None, p: 1.0,
///     interval: Interval::new(-0.098, 0.098, Level::NINETY_FIVE).unwrap(),
/// };
/// let found = equivalence(&difference, Bound::new(0.1).unwrap(), Level::NINETY).unwrap();
/// // 2 standard errors on both sides: 1 − Φ(2)
/// assert!((found.p() - 0.022750131948179195).abs() < 1e-15 && found.interval.lies_within(0.1));
/// ```
pub fn equivalence(
    effect: &Coefficient,
    bound: Bound,
    level: Level,
) -> Result<Equivalence, Undefined> {
    let Coefficient {
        estimate,
        std_error,
        df,
        ..
    } = *effect;
    let beyond = |statistic: f64| {
        at_least_smallest(match df {
            Some(df) => student_t_sf(statistic, df),
            None => normal_sf(statistic),
        })
    };
    let critical = df.map_or_else(|| level.critical_z(), |df| level.critical_t(df));
    let lower = (estimate + bound.value()) / std_error;
    let upper = (estimate - bound.value()) / std_error;
    Ok(Equivalence {
        lower,
        p_lower: beyond(lower),
        upper,
        p_upper: beyond(-upper),
        df,
        interval: Interval::around(estimate, critical * std_error, level)?,
    })
}
