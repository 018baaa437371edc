//! Trim and fill: what if the missing mirror images were added?
//! **Question.** How many studies seem missing on one side of the funnel, and what is pooled once their mirror images are added?
//! **Method.** Trim the most extreme studies, pool the rest, count the missing by the signed ranks around it (L0 or R0), until the count stays; then add mirror images.
//! **Not.** An estimate of the truth: it is a sensitivity analysis, misled by real heterogeneity.
//! **Sources.** Duval & Tweedie (2000), Biometrics 56, 455–463, and JASA 95, 89–98. Checked against metafor `trimfill`.

use super::egger;
use crate::Undefined;
use crate::interval::Level;
use crate::meta::design::Design;
use crate::meta::effect_size::Effect;
use crate::meta::tau_squared::Estimator;
use crate::meta::two_level::{Test, TwoLevel};
use crate::meta::wald::pooled_only;

/// How the missing studies are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// From the sum of the positive ranks.
    L0,
    /// From the length of the run of largest ranks on one side.
    R0,
}

/// The side of the funnel on which studies seem missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Small effects are missing.
    Left,
    /// Large effects are missing.
    Right,
}

/// A funnel made symmetric.
#[derive(Debug, Clone, PartialEq)]
pub struct TrimFill {
    /// Where studies seem missing: opposite to the slope of Egger's mixed regression.
    pub side: Side,
    /// The mirror images added; their number is the number of studies missing.
    pub filled: Vec<Effect>,
    /// The fit of all effects, filled ones included.
    pub fit: TwoLevel,
}

/// The count settles within a few rounds, or never.
const MOST_ROUNDS: usize = 100;

/// Trims and fills.
///
/// # Errors
/// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] for fewer than 3, [`Undefined::NoOptimum`] when the count does not settle, and as [`TwoLevel::fit`].
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::meta::bias::trim_fill::{Count, Side, trim_and_fill};
/// use alliance_stats::meta::{effect_size::Effect, tau_squared::Estimator, two_level::Test};
/// let effects = [(0.1, 0.1), (0.12, 0.12), (0.08, 0.12), (0.5, 0.3), (0.6, 0.35), (0.7, 0.4)]
///     .map(|(z, se)| Effect::from_fisher_z(z, se * se).unwrap());
/// let found = trim_and_fill(&effects, Count::L0, Estimator::Reml, Test::Normal, Level::NINETY_FIVE).unwrap();
/// assert_eq!((found.side, found.filled.len()), (Side::Left, 2));
/// ```
pub fn trim_and_fill(
    effects: &[Effect],
    count: Count,
    estimator: Estimator,
    test: Test,
    level: Level,
) -> Result<TrimFill, Undefined> {
    super::enough(effects)?;
    // METHOD: studies are missing opposite to the slope; with equal standard errors there is none, and small effects are taken to be missing.
    let side = match egger::slope(effects, estimator)? {
        Some(slope) if slope < 0.0 => Side::Right,
        _ => Side::Left,
    };
    let mut sorted = effects.to_vec();
    match side {
        Side::Left => sorted.sort_by(|a, b| a.z().total_cmp(&b.z())),
        Side::Right => sorted.sort_by(|a, b| b.z().total_cmp(&a.z())),
    }
    let (missing, centre) = settled(&sorted, count, estimator, side)?;
    let filled: Vec<Effect> = sorted[sorted.len() - missing..]
        .iter()
        .map(|e| Effect::from_fisher_z(2.0 * centre - e.z(), e.variance()))
        .collect::<Result<_, _>>()?;
    let mut all = effects.to_vec();
    all.extend_from_slice(&filled);
    let fit = TwoLevel::fit(&all, &Design::intercept(all.len()), estimator, test, level)?;
    Ok(TrimFill { side, filled, fit })
}

/// The number of missing studies and the centre of the trimmed funnel, once the number stays.
fn settled(
    sorted: &[Effect],
    count: Count,
    estimator: Estimator,
    side: Side,
) -> Result<(usize, f64), Undefined> {
    let k = sorted.len();
    let mut missing = 0;
    for _ in 0..MOST_ROUNDS {
        let centre = pooled_only(&sorted[..k - missing], estimator)?;
        let deviations: Vec<f64> = sorted
            .iter()
            .map(|e| match side {
                Side::Left => e.z() - centre,
                Side::Right => centre - e.z(),
            })
            .collect();
        let next = missing_by(count, &deviations);
        if next == missing {
            return Ok((missing, centre));
        }
        missing = next;
    }
    Err(Undefined::NoOptimum {
        what: "the number of missing studies",
    })
}

/// Duval and Tweedie's counts, from deviations in ascending order.
fn missing_by(count: Count, deviations: &[f64]) -> usize {
    let k = deviations.len();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| deviations[a].abs().total_cmp(&deviations[b].abs()));
    let (mut positive, mut largest_negative) = (0_usize, None);
    for (rank, &i) in order.iter().enumerate() {
        if deviations[i] > 0.0 {
            positive += rank + 1;
        } else if deviations[i] < 0.0 {
            largest_negative = Some(rank + 1);
        }
    }
    match (count, largest_negative) {
        // Without a deviation to the left all are 0.
        (_, None) => 0,
        (Count::R0, Some(largest)) => (k - largest).saturating_sub(1),
        (Count::L0, Some(_)) => {
            let k = k as f64;
            let raw = (4.0 * positive as f64 - k * (k + 1.0)) / (2.0 * k - 1.0);
            raw.round().max(0.0) as usize
        }
    }
}
