//! Each kind of studies pooled on its own, and the kinds compared with one another.

use super::data::Pool;
use super::model::{with_coefficient, with_correlation};
use super::moderator::new;
use crate::findings::{Estimate, Scale, VerdictOn, ids};
use crate::questions::contrasts::{as_finding, of_family};
use crate::stats::Undefined;
use crate::stats::equivalence::{Bound, Verdict};
use crate::stats::interval::Level;
use crate::stats::meta::moderators::{difference, equivalence};
use crate::stats::meta::two_level::Coefficient;
use crate::stats::multiplicity::holm;

/// Pairs of levels that are shown: all of ten levels.
const MOST_PAIRS: usize = 45;

/// The subgroups of one moderator.
pub(super) struct Subgroups {
    pub estimates: Vec<Estimate>,
    pub verdicts: Vec<VerdictOn>,
    /// Which pairs are not shown, in a sentence.
    pub left_out: Option<String>,
}

/// A subgroup that could be pooled.
struct Pooled<'a> {
    level: &'a str,
    value: Coefficient,
    k: usize,
}

/// Two subgroups, and how they differ.
struct Pair<'a> {
    first: &'a Pooled<'a>,
    second: &'a Pooled<'a>,
    found: Result<(Coefficient, Verdict), Undefined>,
    /// p adjusted for all pairs.
    adjusted: Option<f64>,
}

impl Pair<'_> {
    fn p(&self) -> Option<f64> {
        self.found.as_ref().ok().map(|(c, _)| c.p)
    }
}

/// Each level pooled on its own, and every pair of levels compared.
pub(super) fn subgroups(
    pool: &Pool,
    moderator: &str,
    levels: &[String],
    of: &[Option<usize>],
) -> Subgroups {
    let mut pooled: Vec<Pooled> = Vec::new();
    let mut estimates = Vec::new();
    for (at, level) in levels.iter().enumerate() {
        let rows: Vec<usize> = (0..pool.k()).filter(|&i| of[i] == Some(at)).collect();
        let id = format!(
            "subgroup.{}.{}.r",
            ids::moderator(moderator),
            ids::last(level, &[])
        );
        let shell = new(
            id,
            "r",
            format!("{moderator}: {level}"),
            Scale::Correlation,
            "pooled on its own (std_error on Fisher's scale)",
            rows.len(),
        )
        .with_clients(pool.clients_in(&rows));
        estimates.push(match pool.fit(&rows, &[]) {
            Ok(fit) => {
                let (value, k) = (fit.headline(), rows.len());
                pooled.push(Pooled { level, value, k });
                with_correlation(shell, &value)
            }
            Err(reason) => shell.not_estimable(reason),
        });
    }
    let pairs = pairs(pool, &pooled);
    let family = pairs.iter().filter(|pair| pair.p().is_some()).count();
    let (shown, left_out) = shown(&pairs);
    let left_out = (!left_out.is_empty()).then(|| {
        said_of(
            pool,
            moderator,
            levels.len(),
            (shown.len(), family),
            &left_out,
        )
    });
    let mut verdicts = Vec::new();
    for pair in shown {
        let (found, verdict) = of_pair(pool, moderator, pair, family);
        estimates.extend(found);
        verdicts.extend(verdict);
    }
    Subgroups {
        estimates,
        verdicts,
        left_out,
    }
}

/// Every pair, with its p adjusted for all of them.
fn pairs<'a>(pool: &Pool, pooled: &'a [Pooled<'a>]) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair> = pooled
        .iter()
        .enumerate()
        .flat_map(|(i, first)| pooled[i + 1..].iter().map(move |second| (first, second)))
        .map(|(first, second)| Pair {
            first,
            second,
            found: compared(&first.value, &second.value, pool),
            adjusted: None,
        })
        .collect();
    let p_values: Vec<f64> = pairs.iter().filter_map(Pair::p).collect();
    let adjusted = holm(&p_values).unwrap_or_default();
    let tested = pairs.iter_mut().filter(|pair| pair.found.is_ok());
    for (pair, p) in tested.zip(adjusted) {
        pair.adjusted = Some(p);
    }
    pairs
}

/// The pairs that are shown, in the order of their levels, and those left out: of many pairs those
/// with the smallest p are shown.
fn shown<'a>(pairs: &'a [Pair<'a>]) -> (Vec<&'a Pair<'a>>, Vec<&'a Pair<'a>>) {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let p = |at: &usize| pairs[*at].p().unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| p(a).total_cmp(&p(b)));
    let mut is_shown = vec![false; pairs.len()];
    order
        .iter()
        .take(MOST_PAIRS)
        .for_each(|&at| is_shown[at] = true);
    let (shown, left_out): (Vec<_>, Vec<_>) = pairs
        .iter()
        .zip(is_shown)
        .partition(|(_, is_shown)| *is_shown);
    let pairs_of =
        |some: Vec<(&'a Pair<'a>, bool)>| some.into_iter().map(|(pair, _)| pair).collect();
    (pairs_of(shown), pairs_of(left_out))
}

/// What is said of the pairs left out.
fn said_of(
    pool: &Pool,
    moderator: &str,
    levels: usize,
    (shown, family): (usize, usize),
    left_out: &[&Pair],
) -> String {
    let alpha = 1.0 - pool.level.value();
    let alpha_in_words = format!("{alpha:.2}");
    let alpha_in_words = alpha_in_words.trim_start_matches('0');
    let is_below = |pair: &&&Pair| pair.adjusted.is_some_and(|p| p < alpha);
    let below = match left_out.iter().filter(is_below).count() {
        0 => "no pair left out has an adjusted p below".to_owned(),
        below => format!("of those left out {below} have an adjusted p below"),
    };
    format!(
        "{moderator} has {levels} levels, of which {family} pairs can be compared. The {shown} pairs with the smallest p are shown, {} are left out; every p is adjusted (Holm) for all {family}, and {below} {alpha_in_words}.",
        left_out.len(),
    )
}

/// The difference of a pair, its adjusted p where one of the family is below α, and its verdict.
fn of_pair(
    pool: &Pool,
    moderator: &str,
    pair: &Pair,
    family: usize,
) -> (Vec<Estimate>, Option<VerdictOn>) {
    let (first, second) = (pair.first, pair.second);
    let id = format!(
        "subgroup.{}.{}.difference",
        ids::moderator(moderator),
        ids::pair(first.level, second.level)
    );
    let label = format!(
        "{moderator}: {} − {}, difference on Fisher's scale",
        first.level, second.level
    );
    let shell = new(
        id.clone(),
        "difference",
        label.clone(),
        Scale::FisherZ,
        "difference of two subgroups, taken as independent; equivalence by the 90 % interval",
        first.k + second.k,
    );
    let (c, verdict) = match &pair.found {
        Ok(found) => found,
        Err(reason) => return (vec![shell.not_estimable(*reason)], None),
    };
    let alpha = 1.0 - pool.level.value();
    // METHOD: in a family of pairs a difference counts only when its p, adjusted for all of them, does.
    let is_seen = pair.adjusted.is_some_and(|p| p < alpha);
    let verdict = VerdictOn {
        estimate_id: id.clone(),
        verdict: of_family(as_finding(*verdict), is_seen),
        bound: pool.settings.equivalence_correlation,
    };
    let mut estimates = vec![with_coefficient(shell, c)];
    if family > 1
        && let Some(p) = pair.adjusted.filter(|_| c.p < alpha || family > MOST_PAIRS)
    {
        let method = format!("p adjusted by Holm over the {family} pairs of {moderator}");
        estimates.push(
            new(
                format!("{id}.holm"),
                "difference.holm",
                label,
                Scale::FisherZ,
                &method,
                family,
            )
            .with_p_value(p),
        );
    }
    (estimates, Some(verdict))
}

/// First minus second, and whether the two count as equal.
fn compared(
    first: &Coefficient,
    second: &Coefficient,
    pool: &Pool,
) -> Result<(Coefficient, Verdict), Undefined> {
    let c = difference(first, second, pool.level)?;
    // METHOD: the bound, stated for correlations, is taken to Fisher's scale, where the test is.
    let bound = Bound::new(libm::atanh(pool.settings.equivalence_correlation))?;
    let narrow = equivalence(&c, bound, Level::NINETY)?;
    Ok((c, Verdict::of(&c.interval, &narrow.interval, bound)))
}
