//! Begg's rank test: do effects and their variances rank alike?
//! **Question.** Do less precise studies tend to lie on one side of the pooled effect?
//! **Method.** Kendall's τ between standardised deviations from the common effect and the variances; exact p without ties, otherwise normal with the variance corrected for ties.
//! **Not.** A powerful test: with few studies it rarely sees anything. No continuity correction, as R.
//! **Sources.** Begg & Mazumdar (1994), Biometrics 50, 1088–1101; Knight (1966), JASA 61, 436–439 (counting); Kendall (1970), *Rank Correlation Methods*. Checked against metafor `ranktest`.

use crate::Undefined;
use crate::meta::effect_size::Effect;
use crate::meta::wald::at_least_smallest;
use crate::numeric::distribution::normal_two_sided_p;

/// The rank test of asymmetry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankTest {
    /// Kendall's τ-b.
    pub tau: f64,
    /// Two-sided p.
    pub p: f64,
    /// Is p exact?
    pub exact: bool,
}

// METHOD: beyond this many studies p is normal: at 300 the two differ by 0.2 % where p is .05 to .6, by 2 % at p = .003.
/// Most studies for which the exact distribution, whose cost grows with their cube, is computed.
const MOST_EXACT: usize = 300;

/// Begg's test.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] for fewer than 3, [`Undefined::NoVariation`] when all variances or all deviations are equal.
///
/// ```
/// use alliance_stats::meta::{bias::rank::begg, effect_size::Effect};
/// let effects = [0.1, 0.2, 0.3, 0.4].map(|se| Effect::from_fisher_z(se, se * se).unwrap());
/// // four ranks in the same order: 2/4!
/// let test = begg(&effects).unwrap();
/// assert!((test.tau, test.exact) == (1.0, true) && (test.p - 2.0 / 24.0).abs() < 1e-15);
/// ```
pub fn begg(effects: &[Effect]) -> Result<RankTest, Undefined> {
    super::enough(effects)?;
    let first = effects[0].z();
    let (mut weight, mut sum) = (0.0, 0.0);
    for effect in effects {
        weight += 1.0 / effect.variance();
        sum += (effect.z() - first) / effect.variance();
    }
    let pooled = first + sum / weight;
    let mut pairs = Vec::with_capacity(effects.len());
    for effect in effects {
        // Variance of the deviation from a mean of which the effect itself is a part.
        let left = effect.variance() - 1.0 / weight;
        if left <= 0.0 {
            return Err(Undefined::NotFinite {
                variable: "the deviation of the one study that has all the weight",
            });
        }
        // Adding 0 turns −0 into 0, which sorts beside it.
        let deviation = (effect.z() - pooled) / left.sqrt() + 0.0;
        pairs.push((deviation, effect.variance()));
    }
    kendall(&mut pairs)
}

/// Kendall's τ-b of pairs, with its p.
fn kendall(pairs: &mut [(f64, f64)]) -> Result<RankTest, Undefined> {
    let n = pairs.len();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let both = ties(pairs.iter().map(|pair| pair.to_owned()));
    let first = ties(pairs.iter().map(|pair| pair.0));
    let mut second: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let swaps = sort_counting(&mut second);
    let second = ties(second.into_iter());
    let all = (n * (n - 1) / 2) as f64;
    if first.pairs == all || second.pairs == all {
        return Err(Undefined::NoVariation {
            variable: if second.pairs == all {
                "the sampling variance"
            } else {
                "the deviation from the pooled effect"
            },
        });
    }
    // Knight: pairs in order minus pairs out of order.
    let score = all - first.pairs - second.pairs + both.pairs - 2.0 * swaps as f64;
    let tau = score / ((all - first.pairs) * (all - second.pairs)).sqrt();
    let exact = first.pairs == 0.0 && second.pairs == 0.0 && n <= MOST_EXACT;
    let p = if exact {
        let agreeing = n * (n - 1) / 2 - swaps;
        (2.0 * at_most(n, swaps.min(agreeing))).min(1.0)
    } else {
        normal_two_sided_p(score / score_variance(n as f64, &first, &second).sqrt())
    };
    Ok(RankTest {
        tau,
        p: at_least_smallest(p),
        exact,
    })
}

/// Sums over groups of t tied values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ties {
    /// Σ t(t − 1)/2.
    pairs: f64,
    /// Σ t(t − 1)(t − 2).
    triples: f64,
    /// Σ t(t − 1)(2t + 5).
    spread: f64,
}

fn ties<T: PartialEq>(sorted: impl Iterator<Item = T>) -> Ties {
    let mut found = Ties {
        pairs: 0.0,
        triples: 0.0,
        spread: 0.0,
    };
    let mut close = |t: f64| {
        found.pairs += t * (t - 1.0) / 2.0;
        found.triples += t * (t - 1.0) * (t - 2.0);
        found.spread += t * (t - 1.0) * (2.0 * t + 5.0);
    };
    let (mut previous, mut run) = (None, 0.0);
    for value in sorted {
        if previous.as_ref() == Some(&value) {
            run += 1.0;
        } else {
            close(run);
            run = 1.0;
        }
        previous = Some(value);
    }
    close(run);
    found
}

/// Variance of the score if ranks were unrelated, with ties (Kendall 1970).
fn score_variance(n: f64, x: &Ties, y: &Ties) -> f64 {
    (n * (n - 1.0) * (2.0 * n + 5.0) - x.spread - y.spread) / 18.0
        + 4.0 * x.pairs * y.pairs / (2.0 * n * (n - 1.0))
        + x.triples * y.triples / (9.0 * n * (n - 1.0) * (n - 2.0))
}

/// Sorts by merging and counts the pairs that were out of order.
fn sort_counting(values: &mut [f64]) -> usize {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let (left, right) = values.split_at_mut(n / 2);
    let mut swaps = sort_counting(left) + sort_counting(right);
    let mut merged = Vec::with_capacity(n);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if right[j] < left[i] {
            swaps += left.len() - i;
            merged.push(right[j]);
            j += 1;
        } else {
            merged.push(left[i]);
            i += 1;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    values.copy_from_slice(&merged);
    swaps
}

/// Probability that a random order of `n` has at most `swaps` pairs out of order; `swaps` is at most half of all pairs.
fn at_most(n: usize, swaps: usize) -> f64 {
    // Adding the m-th item moves it past 0..m−1 others with equal probability: a moving average of the distribution so far.
    let mut chance = vec![0.0; swaps + 1];
    chance[0] = 1.0;
    for m in 2..=n {
        let before = chance.clone();
        let mut window = 0.0;
        for j in 0..=swaps {
            window += before[j];
            if j >= m {
                window -= before[j - m];
            }
            chance[j] = window / m as f64;
        }
    }
    chance.iter().sum()
}
