//! Internal consistency: do the items of a short scale measure one thing?
//! **Question.** Do clients who feel heard also feel safe and seen, and how reliable is the sum of such items?
//! **Method.** Cronbach's α from the variances of items and sum; Feldt's exact interval from F with n − 1 and (n − 1)(k − 1) degrees of freedom. Each item against the sum of the others.
//! **Not.** That there is only one factor, or stability over time. A negative item-rest correlation often means an item scored the wrong way round.
//! **Sources.** Cronbach (1951), Psychometrika 16, 297–334; Feldt (1965), Psychometrika 30, 357–370. Checked against R psych `alpha` and `alpha.ci` in `tests/reference/questions/`.

use super::Undefined;
use super::correlation::{Correlation, pearson};
use super::interval::{Interval, Level};
use super::numeric::distribution::f_quantile;
use super::numeric::moments::Moments;

/// What is left of a sum's variance, or between 1 and α, when it is smaller than this share is rounding.
const ROUNDING: f64 = 1e-12;

/// Cronbach's α of k items answered by n clients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alpha {
    /// `k/(k − 1) · (1 − Σ item variances / variance of the sum)`; below 1, negative when items contradict each other.
    pub alpha: f64,
    /// Feldt's interval; its upper limit is below 1.
    pub interval: Interval,
    /// Clients who answered every item.
    pub n: usize,
}

/// Cronbach's α of `items` (k columns of n answers, all turned the same way), with Feldt's interval at `level`.
///
/// # Errors
/// [`Undefined::OutOfRange`] for fewer than 2 items, [`Undefined::UnequalLengths`], [`Undefined::NotFinite`],
/// [`Undefined::TooFew`] below 3 clients, [`Undefined::NoVariation`] when an item or the sum is the same for everybody,
/// [`Undefined::Perfect`] when the items repeat each other exactly.
///
/// ```
/// use alliance_stats::{consistency::cronbach_alpha, interval::Level};
/// let (heard, safe) = ([1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 4.0, 3.0]);
/// let alpha = cronbach_alpha(&[&heard, &safe], Level::NINETY_FIVE).unwrap();
/// // Each item varies by 5/3, the sum by 16/3.
/// assert!((alpha.alpha - 0.75).abs() < 1e-15 && alpha.n == 4);
/// ```
pub fn cronbach_alpha(items: &[&[f64]], level: Level) -> Result<Alpha, Undefined> {
    let n = clients(items)?;
    if n < 3 {
        return Err(Undefined::TooFew {
            found: n,
            needed: 3,
        });
    }
    let mut parts = 0.0;
    for item in items {
        // METHOD: psych leaves such an item out, and then α is that of another scale.
        parts += variation(&Moments::from_values(item)?, "an item")?;
    }
    let whole = variation(
        &Moments::from_values(&sum(items, n, None))?,
        "the sum of the items",
    )?;
    let more_than_rounding = whole > ROUNDING * parts;
    if !more_than_rounding {
        return Err(Undefined::NoVariation {
            variable: "the sum of the items",
        });
    }
    let (k, n_clients) = (items.len() as f64, n as f64);
    let alpha = k / (k - 1.0) * (1.0 - parts / whole);
    let error = 1.0 - alpha;
    if error <= ROUNDING {
        return Err(Undefined::Perfect);
    }
    let (clients, within) = (n_clients - 1.0, (n_clients - 1.0) * (k - 1.0));
    let limit = |probability| 1.0 - error * f_quantile(probability, clients, within);
    Ok(Alpha {
        alpha,
        interval: Interval::new(limit(1.0 - level.tail()), limit(level.tail()), level)?,
        n,
    })
}

/// The correlation of one item (from 0) with the sum of the others.
///
/// # Errors
/// [`Undefined::OutOfRange`] for fewer than 2 items or an item that is not there, [`Undefined::UnequalLengths`],
/// and those of [`pearson`].
///
/// ```
/// use alliance_stats::consistency::item_rest;
/// let (heard, safe, seen) = ([1.0, 2.0, 3.0], [1.0, 1.0, 4.0], [1.0, 3.0, 5.0]);
/// assert!((item_rest(&[&heard, &safe, &seen], 0).unwrap().r() - 7.0 / 52f64.sqrt()).abs() < 1e-15);
/// ```
pub fn item_rest(items: &[&[f64]], item: usize) -> Result<Correlation, Undefined> {
    let n = clients(items)?;
    let Some(own) = items.get(item) else {
        return Err(Undefined::OutOfRange {
            what: "the item",
            value: item as f64,
            allowed: "below the number of items",
        });
    };
    pearson(own, &sum(items, n, Some(item)))
}

/// Clients of a scale of at least two items.
fn clients(items: &[&[f64]]) -> Result<usize, Undefined> {
    let [first, others @ ..] = items else {
        return Err(too_few_items(0));
    };
    if others.is_empty() {
        return Err(too_few_items(1));
    }
    match others.iter().find(|item| item.len() != first.len()) {
        Some(other) => Err(Undefined::UnequalLengths {
            first: first.len(),
            second: other.len(),
        }),
        None => Ok(first.len()),
    }
}

fn too_few_items(found: usize) -> Undefined {
    Undefined::OutOfRange {
        what: "the number of items",
        value: found as f64,
        allowed: "at least 2",
    }
}

/// Each client's sum of the items, one of them perhaps left out.
fn sum(items: &[&[f64]], n: usize, without: Option<usize>) -> Vec<f64> {
    (0..n)
        .map(|client| {
            items
                .iter()
                .enumerate()
                .filter(|(item, _)| Some(*item) != without)
                .map(|(_, answers)| answers[client])
                .sum()
        })
        .collect()
}

/// The variance, if there is any.
fn variation(moments: &Moments, variable: &'static str) -> Result<f64, Undefined> {
    match moments.variance(0) {
        Some(variance) if !variance.is_finite() => Err(Undefined::NotFinite { variable }),
        Some(variance) if !moments.is_constant(0) => Ok(variance),
        _ => Err(Undefined::NoVariation { variable }),
    }
}
