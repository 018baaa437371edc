//! Anhøj's rules: runs and crossings of the center.
//! **Question.** Do the points stay on one side of the center for longer, or cross it less often, than chance would?
//! **Method.** Longest run above `round(log₂ n) + 3`; crossings below the 5 % quantile of the binomial distribution of n − 1 coins.
//! **Not.** Where the change is: the rules speak about the whole chart, and need no limits. Of charts of 24 months without a change, about one in 25 is called changed.
//! **Sources.** Anhøj & Olesen (2014), PLoS ONE 9, e113825; Schilling (2012), Math. Mag. 85, 141–149; Chen (2010), Qual. Reliab. Eng. Int. 26, 519–525. Checked against qicharts2 0.8.1 and R `qbinom`.

/// A distance from the center this share of the largest one is rounding.
const ROUNDING: f64 = 1e-9;
/// Charts without a change that cross the center too rarely.
const TOO_RARELY: f64 = 0.05;

/// Runs and crossings of a chart, with what chance allows.
///
/// The chart shows a change when `longest_run > longest_allowed` or `crossings < fewest_crossings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Anhoej {
    /// Most points in a row on the same side of the center.
    pub longest_run: usize,
    /// The longest run that chance explains.
    pub longest_allowed: usize,
    /// How often the line of points crosses the center.
    pub crossings: usize,
    /// The fewest crossings that chance explains.
    pub fewest_crossings: usize,
}

/// Anhøj's two numbers about `values` in the order of time, with `center` in their unit, usually the median.
///
/// Points on the center and values that are NaN are left out, and n counts the others; without any, all numbers are 0 and nothing
/// is a change.
///
/// ```
/// use alliance_stats::control_chart::anhoej;
/// let months = [40.0, 42.0, 39.0, 45.0, 41.0, 38.0, 44.0, 43.0, 40.0, 42.0, 36.0, 41.0];
/// let found = anhoej(&months, 40.5);
/// assert_eq!((found.longest_run, found.longest_allowed), (2, 7));
/// assert_eq!((found.crossings, found.fewest_crossings), (9, 3));
/// ```
pub fn anhoej(values: &[f64], center: f64) -> Anhoej {
    let distances = values.iter().map(|value| value - center);
    let slack = ROUNDING * distances.clone().map(f64::abs).fold(0.0, f64::max);
    let above: Vec<bool> = distances
        .filter(|distance| distance.abs() > slack)
        .map(|distance| distance > 0.0)
        .collect();
    let runs: Vec<usize> = above.chunk_by(|a, b| a == b).map(<[bool]>::len).collect();
    let Some(&longest_run) = runs.iter().max() else {
        return Anhoej {
            longest_run: 0,
            longest_allowed: 0,
            crossings: 0,
            fewest_crossings: 0,
        };
    };
    Anhoej {
        longest_run,
        longest_allowed: libm::log2(above.len() as f64).round() as usize + 3,
        crossings: runs.len() - 1,
        fewest_crossings: least_heads(above.len() - 1),
    }
}

/// The fewest heads among `coins` that are not rarer than 5 %: R's `qbinom(0.05, coins, 0.5)`.
fn least_heads(coins: usize) -> usize {
    // Weights relative to the middle, which never overflow; those that vanish are far out in the tail.
    let middle = coins / 2;
    let mut weights = vec![1.0; coins + 1];
    for heads in (0..middle).rev() {
        weights[heads] = weights[heads + 1] * (heads + 1) as f64 / (coins - heads) as f64;
    }
    for heads in middle + 1..=coins {
        weights[heads] = weights[coins - heads];
    }
    let asked = TOO_RARELY * weights.iter().sum::<f64>();
    let mut below = 0.0;
    weights
        .iter()
        .position(|weight| {
            below += weight;
            below >= asked
        })
        .unwrap_or(coins)
}
