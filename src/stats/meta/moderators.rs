//! Moderators: is the relationship stronger in some studies than in others?
//! **Question.** Do two subgroups differ, are they the same for practical purposes, and is a moderator more than chance?
//! **Method.** Difference of independent pooled effects (Welch–Satterthwaite df when they have t tests); two one-sided tests on Fisher's scale; permutation of the moderators over the effects, τ² estimated anew each time.
//! **Not.** Subgroups that share studies; fitting the subgroups: the caller splits the effects.
//! **Sources.** Borenstein et al. (2009), chapter 19; Schuirmann (1987), J. Pharmacokin. Biopharm. 15, 657–680; Higgins & Thompson (2004), Stat. Med. 23, 1663–1682; Phipson & Smyth (2010), SAGMB 9, 39 (p is never 0).

use rayon::prelude::*;

use super::design::Design;
use super::effect_size::Effect;
use super::tau_squared::Estimator;
use super::two_level::{Coefficient, Test};
use super::wald::{at_least_smallest, moderator_statistic};
use crate::stats::Undefined;
use crate::stats::equivalence::Bound;
use crate::stats::interval::{Interval, Level};
use crate::stats::numeric::distribution::{
    normal_sf, normal_two_sided_p, student_t_sf, student_t_two_sided_p,
};
use crate::stats::numeric::random::{below, stream};

/// The difference of two independent pooled effects, first minus second, on Fisher's scale.
///
/// # Errors
/// [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance::stats::interval::Level;
/// use alliance::stats::meta::{design::Design, effect_size::Effect, moderators::difference, tau_squared::Estimator, two_level::{Test, TwoLevel}};
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
/// use alliance::stats::{equivalence::Bound, interval::{Interval, Level}};
/// use alliance::stats::meta::{moderators::equivalence, two_level::Coefficient};
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

/// A permutation test of all moderators together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Permutation {
    /// χ² or F of the data as they are.
    pub statistic: f64,
    /// Permutations with a statistic at least as large.
    pub hits: usize,
    /// Permutations tried.
    pub permutations: usize,
    /// Were all distinct permutations tried, the observed one among them?
    pub exact: bool,
    /// `hits/permutations` when exact, otherwise `(hits + 1)/(permutations + 1)`; never 0.
    pub p: f64,
}

/// Statistics that differ by less count as equal: τ² is searched anew and rounds differently.
const TIE: f64 = 1e-10;

/// How often would chance alone give moderators this much to say?
///
/// The rows of moderators are dealt out to the effects anew; when there are at most `replicates` distinct ways, all are tried.
///
/// # Errors
/// As [`super::two_level::TwoLevel::fit`]; [`Undefined::OutOfRange`] without moderators or replicates.
///
/// ```
/// use alliance::stats::meta::{design::Design, effect_size::Effect, moderators::permutation_test, tau_squared::Estimator, two_level::Test};
/// let effects = [0.1, 0.11, 0.12, 0.5, 0.51, 0.52].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
/// let design = Design::new(&[0., 0., 0., 1., 1., 1.].map(|x| [1.0, x])).unwrap();
/// let test = permutation_test(&effects, &design, Estimator::Reml, Test::Normal, 1000, 7).unwrap();
/// // 20 ways to choose 3 of 6; this one and its mirror image are the most extreme
/// assert_eq!((test.hits, test.permutations, test.exact, test.p), (2, 20, true, 0.1));
/// ```
pub fn permutation_test(
    effects: &[Effect],
    design: &Design,
    estimator: Estimator,
    test: Test,
    replicates: usize,
    seed: u64,
) -> Result<Permutation, Undefined> {
    if design.is_intercept() || replicates == 0 {
        return Err(Undefined::OutOfRange {
            what: "the number of moderators or of replicates",
            value: 0.0,
            allowed: "at least 1",
        });
    }
    let statistic = moderator_statistic(effects, design, estimator, test)?;
    let is_hit = |order: &[usize]| {
        let dealt: Vec<Effect> = order.iter().map(|&i| effects[i]).collect();
        match moderator_statistic(&dealt, design, estimator, test) {
            Ok(value) => Ok(value >= statistic * (1.0 - TIE)),
            // Moderators that leave nothing over are as extreme as can be.
            Err(Undefined::EqualEffects) => Ok(true),
            Err(reason) => Err(reason),
        }
    };
    let classes = classes(design);
    let exact = distinct(&classes, replicates);
    let outcomes: Vec<Result<bool, Undefined>> = match exact {
        Some(_) => arrangements(&classes)
            .par_iter()
            .map(|arrangement| is_hit(&order_of(&classes, arrangement)))
            .collect(),
        None => (0..replicates as u64)
            .into_par_iter()
            .map(|index| is_hit(&shuffled(effects.len(), seed, index)))
            .collect(),
    };
    let mut hits = 0;
    for outcome in &outcomes {
        hits += usize::from((*outcome)?);
    }
    let permutations = outcomes.len();
    let p = if exact.is_some() {
        hits as f64 / permutations as f64
    } else {
        (hits + 1) as f64 / (permutations + 1) as f64
    };
    Ok(Permutation {
        statistic,
        hits,
        permutations,
        exact: exact.is_some(),
        p,
    })
}

/// The number of the first row that is the same as this one, for every row.
fn classes(design: &Design) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    (0..design.rows())
        .map(|i| {
            let same = seen.iter().position(|&j| design.row(j) == design.row(i));
            same.unwrap_or_else(|| {
                seen.push(i);
                seen.len() - 1
            })
        })
        .collect()
}

/// The number of distinct arrangements `k!/∏ mᵢ!`, when it is at most `limit`.
fn distinct(classes: &[usize], limit: usize) -> Option<usize> {
    let mut sizes = vec![0_usize; classes.len()];
    let (mut ways, mut placed) = (1_u128, 0_u128);
    for &class in classes {
        // Place one after the other: multiply by the places so far, divide by the size of the class so far.
        sizes[class] += 1;
        placed += 1;
        ways = ways * placed / sizes[class] as u128;
        if ways > limit as u128 {
            return None;
        }
    }
    Some(ways as usize)
}

/// All distinct arrangements of the classes, in the order of the dictionary.
fn arrangements(classes: &[usize]) -> Vec<Vec<usize>> {
    let mut current = classes.to_vec();
    current.sort_unstable();
    let mut all = vec![current.clone()];
    while let Some(pivot) = (1..current.len())
        .rev()
        .find(|&i| current[i - 1] < current[i])
    {
        let next = (pivot..current.len())
            .rev()
            .find(|&i| current[i] > current[pivot - 1])
            .unwrap_or(pivot);
        current.swap(pivot - 1, next);
        current[pivot..].reverse();
        all.push(current.clone());
    }
    all
}

/// The effect that each row of the design gets, when effect `i` is to have class `arrangement[i]`.
fn order_of(classes: &[usize], arrangement: &[usize]) -> Vec<usize> {
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); classes.len()];
    for (effect, &class) in arrangement.iter().enumerate().rev() {
        waiting[class].push(effect);
    }
    classes
        .iter()
        .filter_map(|&class| waiting[class].pop())
        .collect()
}

/// Fisher–Yates, with a stream of its own.
fn shuffled(k: usize, seed: u64, index: u64) -> Vec<usize> {
    let mut rng = stream(seed, index);
    let mut order: Vec<usize> = (0..k).collect();
    for i in (1..k).rev() {
        order.swap(i, below(&mut rng, i + 1));
    }
    order
}
