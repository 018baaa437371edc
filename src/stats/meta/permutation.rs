//! Permutation: is a moderator more than chance, without trusting a distribution?
//! **Question.** How often would dealing the moderators out anew give them this much to say?
//! **Method.** Moderators are exchanged between effects, or between whole studies where these have several, and the model is fitted anew each time; all ways where they are few, random ones otherwise.
//! **Not.** Moderators that differ within a study of several effects; one moderator while others are held fixed.
//! **Sources.** Higgins & Thompson (2004), Stat. Med. 23, 1663–1682; Phipson & Smyth (2010), SAGMB 9, 39 (p is never 0).

use rayon::prelude::*;

use super::design::Design;
use super::effect_size::Effect;
use super::tau_squared::Estimator;
use super::three_level::{Likelihood, ThreeLevel};
use super::two_level::Test;
use super::wald::moderator_statistic;
use crate::Undefined;
use crate::interval::Level;
use crate::numeric::random::{below, stream};

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
/// The same where two variances are searched.
const TIE_OF_TWO: f64 = 1e-7;

/// How often would chance alone give moderators this much to say?
///
/// The rows of moderators are dealt out to the effects anew; when there are at most `replicates` distinct ways, all are tried.
///
/// # Errors
/// As [`super::two_level::TwoLevel::fit`]; [`Undefined::OutOfRange`] without moderators or replicates.
///
/// ```
/// use alliance_stats::meta::{design::Design, effect_size::Effect, permutation::permutation_test, tau_squared::Estimator, two_level::Test};
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
    dealt_out(&classes(design), statistic, replicates, seed, is_hit)
}

/// The same for effects in studies: whole studies exchange their moderators, both variances are estimated anew.
///
/// # Errors
/// [`Undefined::VariesWithinStudies`] when effects of one study differ in a moderator, [`Undefined::OutOfRange`] without moderators
/// or replicates; as [`super::three_level::ThreeLevel::fit`].
///
/// ```
/// use alliance_stats::meta::{design::Design, effect_size::Effect, permutation::permutation_test_of_studies, three_level::Likelihood};
/// let effects = [0.1, 0.14, 0.11, 0.12, 0.5, 0.53, 0.51, 0.52].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
/// let design = Design::new(&[0., 0., 0., 0., 1., 1., 1., 1.].map(|x| [1.0, x])).unwrap();
/// let test = permutation_test_of_studies(&effects, &[0, 0, 1, 1, 2, 2, 3, 3], &design, Likelihood::Reml, 1000, 7).unwrap();
/// // 6 ways to choose 2 of 4 studies
/// assert_eq!((test.hits, test.permutations, test.exact), (2, 6, true));
/// ```
pub fn permutation_test_of_studies(
    effects: &[Effect],
    studies: &[usize],
    design: &Design,
    likelihood: Likelihood,
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
    // The first effect of each study, and the study of each effect as a position among them.
    let mut first: Vec<usize> = Vec::new();
    let mut at = Vec::with_capacity(studies.len());
    for (i, study) in studies.iter().enumerate() {
        let known = first.iter().position(|&j| studies[j] == *study);
        if known.is_some_and(|s| design.row(first[s]) != design.row(i)) {
            return Err(Undefined::VariesWithinStudies);
        }
        at.push(known.unwrap_or(first.len()));
        if known.is_none() {
            first.push(i);
        }
    }
    let statistic_of = |order: &[usize]| {
        let rows: Vec<&[f64]> = at.iter().map(|&s| design.row(first[order[s]])).collect();
        let fit = ThreeLevel::fit(
            effects,
            studies,
            &Design::new(&rows)?,
            likelihood,
            Level::NINETY_FIVE,
        )?;
        Ok(fit.moderators.map_or(0.0, |test| test.statistic))
    };
    let as_it_is: Vec<usize> = (0..first.len()).collect();
    let statistic = statistic_of(&as_it_is)?;
    let is_hit = |order: &[usize]| match statistic_of(order) {
        Ok(value) => Ok(value >= statistic * (1.0 - TIE_OF_TWO)),
        // Moderators that leave nothing over are as extreme as can be.
        Err(Undefined::StudiesExplained) => Ok(true),
        Err(reason) => Err(reason),
    };
    let of_studies = Design::new(&first.iter().map(|&i| design.row(i)).collect::<Vec<_>>())?;
    dealt_out(&classes(&of_studies), statistic, replicates, seed, is_hit)
}

/// Deals the classes out to the units in every way, or at random; `is_hit` is told the unit whose place each takes.
fn dealt_out(
    classes: &[usize],
    statistic: f64,
    replicates: usize,
    seed: u64,
    is_hit: impl Fn(&[usize]) -> Result<bool, Undefined> + Sync,
) -> Result<Permutation, Undefined> {
    let exact = distinct(classes, replicates);
    let outcomes: Vec<Result<bool, Undefined>> = match exact {
        Some(_) => arrangements(classes)
            .par_iter()
            .map(|arrangement| is_hit(&order_of(classes, arrangement)))
            .collect(),
        None => (0..replicates as u64)
            .into_par_iter()
            .map(|index| is_hit(&shuffled(classes.len(), seed, index)))
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
