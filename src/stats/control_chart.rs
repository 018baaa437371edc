//! Control charts: does a clinic's number move over the months, or does it only vary as it always does?
//! **Question.** Between which limits would the months lie if nothing had changed, and which of them do not look like chance?
//! **Method.** Individuals charts from the mean moving range; charts of shares from the binomial spread, with Laney's correction when months vary by more than that; four rules; Anhøj's two tests of runs.
//! **Not.** Months that depend on each other, as when the same clients are counted in several; whether a change is good; why it came. Under some 12 points the limits are on trial.
//! **Sources.** Wheeler (2003), *Making Sense of Data*; Nelson (1982), J. Qual. Technol. 14, 172–173; Laney (2002), Quality Engineering 14, 531–537; Anhøj & Olesen (2014), PLoS ONE 9, e113825. Checked against the R packages qicharts2 0.8.1 and NHSRplotthedots 0.2.2 in `tests/reference/control_charts/`.

mod runs;
mod signals;

use super::Undefined;
use super::numeric::moments::Moments;

pub use runs::{Anhoej, anhoej};
pub use signals::{Rule, signals};

/// Three standard deviations in mean moving ranges, 3/1.128 as the charts' tables round it.
const RANGES_TO_THE_LIMIT: f64 = 2.66;
/// The upper limit of moving ranges in mean moving ranges, as the charts' tables round it.
const LARGE_RANGE: f64 = 3.267;
/// Mean moving range of two independent normal values, in their standard deviation, as the charts' tables round it.
const RANGE_PER_SD: f64 = 1.128;
/// A margin below this share of the largest value is rounding.
const ROUNDING: f64 = 1e-12;
/// Standard deviations from the center to a limit.
const SDS_TO_THE_LIMIT: f64 = 3.0;

/// The center line of a chart and its limits, one pair per point, in the unit of the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The mean of the values, or the share of all clients.
    pub center: f64,
    /// Lower limits, in the order of the points.
    pub low: Vec<f64>,
    /// Upper limits, in the order of the points.
    pub high: Vec<f64>,
}

/// How many of a month's clients show something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Month {
    /// Clients who do.
    pub count: u64,
    /// All clients of the month; 0 in a month without clients.
    pub of: u64,
}

/// An individuals chart: `mean ± 2.66 · mean moving range`, the same limits at each of n values.
///
/// A month may be without a value (`None`): it takes no part, and no moving range reaches across it.
///
/// # Errors
/// [`Undefined::TooFew`] below 2 values or where none stands beside another, [`Undefined::NotFinite`], [`Undefined::NoVariation`] when all values are equal: limits
/// without width would call every other value a signal.
///
/// ```
/// use alliance_stats::control_chart::xmr;
/// let months = [40.0, 42.0, 39.0, 45.0, 41.0, 38.0, 44.0, 43.0, 40.0, 42.0, 36.0, 41.0];
/// let limits = xmr(&months).unwrap();
/// assert!((limits.center - 40.9167).abs() < 1e-4 && limits.low.len() == 12);
/// assert!((limits.low[0] - 31.0021).abs() < 1e-4 && (limits.high[11] - 50.8312).abs() < 1e-4);
/// ```
pub fn xmr(values: &[impl Copy + Into<Option<f64>>]) -> Result<Limits, Undefined> {
    individuals(values, |_| f64::INFINITY)
}

/// An individuals chart whose moving ranges above 3.267 times their mean are left out once before the mean is taken again.
///
/// One leap then does not widen the limits that should show it.
///
/// # Errors
/// Those of [`xmr`]; [`Undefined::NoVariation`] also when the ranges left are all 0.
///
/// ```
/// use alliance_stats::control_chart::{xmr, xmr_without_large_ranges};
/// let leap = [5.0, 6.0, 5.0, 6.0, 5.0, 6.0, 5.0, 16.0, 15.0, 16.0, 15.0];
/// let (all, most) = (xmr(&leap).unwrap(), xmr_without_large_ranges(&leap).unwrap());
/// // The mean moving range is (9 + 11)/10 with the leap and 9/9 without it.
/// assert!((all.high[0] - all.center - 2.66 * 2.0).abs() < 1e-12);
/// assert!((most.high[0] - most.center - 2.66).abs() < 1e-12);
/// ```
pub fn xmr_without_large_ranges(
    values: &[impl Copy + Into<Option<f64>>],
) -> Result<Limits, Undefined> {
    individuals(values, |mean_range| LARGE_RANGE * mean_range)
}

fn individuals(
    values: &[impl Copy + Into<Option<f64>>],
    largest_kept: impl Fn(f64) -> f64,
) -> Result<Limits, Undefined> {
    let values: Vec<Option<f64>> = values.iter().map(|value| (*value).into()).collect();
    let flat = Undefined::NoVariation {
        variable: "the chart",
    };
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.len() < 2 {
        return Err(Undefined::TooFew {
            found: known.len(),
            needed: 2,
        });
    }
    let moments = Moments::from_values(&known)?;
    if moments.is_constant(0) {
        return Err(flat);
    }
    let [center] = *moments.means();
    let ranges: Vec<f64> = values
        .windows(2)
        .filter_map(|pair| Some((pair[1]? - pair[0]?).abs()))
        .collect();
    if ranges.is_empty() {
        return Err(Undefined::TooFew {
            found: 0,
            needed: 1,
        });
    }
    let all = mean(&ranges);
    let most = largest_kept(all);
    let kept: Vec<f64> = ranges.into_iter().filter(|&range| range <= most).collect();
    let margin = RANGES_TO_THE_LIMIT * mean(&kept);
    let (low, high) = (center - margin, center + margin);
    if !(low.is_finite() && high.is_finite()) {
        Err(Undefined::NotFinite {
            variable: "a limit of the chart",
        })
    } else if margin > ROUNDING * known.iter().fold(0.0, |most, value| value.abs().max(most)) {
        Ok(Limits {
            center,
            low: vec![low; values.len()],
            high: vec![high; values.len()],
        })
    } else {
        Err(flat)
    }
}

/// A chart of shares: the share p of all clients, and at each of the months `p ± 3 √(p(1 − p)/n)`, kept within 0 and 1.
///
/// A month without clients has the limits 0 and 1.
///
/// # Errors
/// [`Undefined::TooFew`] below 2 months with clients, [`Undefined::OutOfRange`] for a count above its number of clients,
/// [`Undefined::NoVariation`] when no client or every client shows it: limits without width would call every other share a signal.
///
/// ```
/// use alliance_stats::control_chart::{Month, p_chart};
/// let limits = p_chart(&[Month { count: 6, of: 20 }, Month { count: 24, of: 80 }]).unwrap();
/// assert_eq!(limits.center, 0.3);
/// assert_eq!(limits.low[0], 0.0);
/// assert!((limits.high[0] - 0.6074).abs() < 1e-4 && (limits.high[1] - 0.4537).abs() < 1e-4);
/// ```
pub fn p_chart(months: &[Month]) -> Result<Limits, Undefined> {
    let center = share_of_all(months)?;
    Ok(around_share(center, months, 1.0))
}

/// Laney's chart of shares: the margins of [`p_chart`] times σ_z, the mean moving range of the standardised shares over 1.128.
///
/// With many clients a month, shares vary by more than the binomial spread, and nearly every month would be outside.
/// A moving range needs two months in a row with clients.
///
/// # Errors
/// Those of [`p_chart`]; [`Undefined::TooFew`] also when no two months with clients follow each other, and
/// [`Undefined::NoVariation`] when nothing moves from month to month.
///
/// ```
/// use alliance_stats::control_chart::{Month, p_chart, p_prime};
/// let months = [500, 620, 480, 640].map(|count| Month { count, of: 1000 });
/// let (plain, wide) = (p_chart(&months).unwrap(), p_prime(&months).unwrap());
/// let margin = |of: &[f64]| of[0] - plain.center;
/// // (120 + 140 + 160)/3 clients between months, in standard deviations of 15.71 clients each
/// assert!((margin(&wide.high) / margin(&plain.high) - 140.0 / (1.128 * 1e3 * (0.56f64 * 0.44 / 1e3).sqrt())).abs() < 1e-12);
/// ```
pub fn p_prime(months: &[Month]) -> Result<Limits, Undefined> {
    let center = share_of_all(months)?;
    let standardised: Vec<Option<f64>> = months
        .iter()
        .map(|month| {
            let share = (month.of > 0).then(|| month.count as f64 / month.of as f64)?;
            Some((share - center) / sd_of_share(center, month.of))
        })
        .collect();
    let ranges: Vec<f64> = standardised
        .windows(2)
        .filter_map(|pair| Some((pair[1]? - pair[0]?).abs()))
        .collect();
    if ranges.is_empty() {
        return Err(Undefined::TooFew {
            found: 1,
            needed: 2,
        });
    }
    let spread = mean(&ranges) / RANGE_PER_SD;
    if spread == 0.0 {
        return Err(Undefined::NoVariation {
            variable: "the share",
        });
    }
    Ok(around_share(center, months, spread))
}

fn share_of_all(months: &[Month]) -> Result<f64, Undefined> {
    if let Some(month) = months.iter().find(|month| month.count > month.of) {
        return Err(Undefined::OutOfRange {
            what: "the count",
            value: month.count as f64,
            allowed: "at most the number it is a share of",
        });
    }
    let with_clients = months.iter().filter(|month| month.of > 0).count();
    if with_clients < 2 {
        return Err(Undefined::TooFew {
            found: with_clients,
            needed: 2,
        });
    }
    let sum = |part: fn(&Month) -> u64| months.iter().map(|month| part(month) as f64).sum::<f64>();
    let (count, of) = (sum(|month| month.count), sum(|month| month.of));
    if count == 0.0 || count == of {
        return Err(Undefined::NoVariation {
            variable: "the share",
        });
    }
    Ok(count / of)
}

fn around_share(center: f64, months: &[Month], spread: f64) -> Limits {
    let margins = months
        .iter()
        .map(|month| SDS_TO_THE_LIMIT * sd_of_share(center, month.of) * spread);
    let (low, high) = margins
        .map(|margin| ((center - margin).max(0.0), (center + margin).min(1.0)))
        .unzip();
    Limits { center, low, high }
}

/// Infinite for a share of nobody.
fn sd_of_share(share: f64, of: u64) -> f64 {
    (share * (1.0 - share) / of as f64).sqrt()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
