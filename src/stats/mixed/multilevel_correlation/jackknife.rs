//! Jackknife of whole clients for correlations on both levels.
//! **Question.** The same as of the bootstrap, where clients are so many that drawing them thousands of times is waste.
//! **Method.** Leave out one client at a time, in closed form from the sums; standard error on Fisher's scale, normal interval mapped back.
//! **Not.** A few clients: the limits are symmetric on Fisher's scale, those of [`super::multilevel_bootstrap`] need not be.
//! **Sources.** Efron & Tibshirani (1993), *An Introduction to the Bootstrap*, chapter 11. Checked against leaving clients out one by one, and against the bootstrap.

use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::moments::CrossProducts;

/// Intervals of the three correlations.
#[derive(Debug, Clone, PartialEq)]
pub struct MultilevelJackknife {
    /// Within clients.
    pub within: Result<Jackknifed, Undefined>,
    /// Of the clients' means.
    pub between: Result<Jackknifed, Undefined>,
    /// Of all rows.
    pub total: Result<Jackknifed, Undefined>,
}

/// One correlation with its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jackknifed {
    pub r: f64,
    /// On Fisher's scale.
    pub std_error: f64,
    pub interval: Interval,
}

/// Sums of products xx, xy, yy.
type Sums = [f64; 3];

/// Correlations within and between clients with intervals by leaving out one client at a time; empty clients are ignored.
///
/// # Errors
/// [`Undefined::TooFewClusters`] for fewer than 3 clients with rows; what a level cannot say stands in its own place.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::{mixed::multilevel_correlation::multilevel_jackknife, numeric::moments::CrossProducts};
/// let clients: Vec<_> = (0..30).map(|c| {
///     let c = f64::from(c);
///     let rows = [[c, (c * 7.0) % 5.0], [c + 1.0, (c * 3.0) % 4.0 + 1.0]];
///     CrossProducts::from_rows(&rows).unwrap()
/// }).collect();
/// let found = multilevel_jackknife(&clients, Level::NINETY_FIVE).unwrap();
/// let between = found.between.unwrap();
/// assert!(between.interval.contains(between.r) && between.std_error > 0.0);
/// ```
pub fn multilevel_jackknife(
    clients: &[CrossProducts<2>],
    level: Level,
) -> Result<MultilevelJackknife, Undefined> {
    let used: Vec<&CrossProducts<2>> = clients.iter().filter(|c| c.count() > 0).collect();
    let k = used.len();
    if k < 3 {
        return Err(Undefined::TooFewClusters {
            found: k,
            needed: 3,
        });
    }
    let whole = used
        .iter()
        .fold(CrossProducts::empty(), |sum, client| sum.merge(client));
    let rows = whole.count() as f64;
    let grand = *whole.means();
    let count = k as f64;
    let mean_of_means = used.iter().fold([0.0; 2], |sum, client| {
        [
            sum[0] + client.means()[0] / count,
            sum[1] + client.means()[1] / count,
        ]
    });
    let about = |client: &CrossProducts<2>, center: [f64; 2], weight: f64| -> Sums {
        let d = [client.means()[0] - center[0], client.means()[1] - center[1]];
        [
            weight * d[0] * d[0],
            weight * d[0] * d[1],
            weight * d[1] * d[1],
        ]
    };
    let inside = |client: &CrossProducts<2>| -> Sums {
        let p = client.products();
        [p[0][0], p[0][1], p[1][1]]
    };
    let sum = |of: &dyn Fn(&CrossProducts<2>) -> Sums| {
        used.iter()
            .fold([0.0; 3], |sum, client| plus(sum, of(client)))
    };
    let within = sum(&inside);
    let between = sum(&|client| about(client, mean_of_means, 1.0));
    let total = plus(within, sum(&|c| about(c, grand, c.count() as f64)));
    // Without a client the center moves too; the weights allow for it.
    let moved = |n: f64, of: f64| n * of / (of - n);
    Ok(MultilevelJackknife {
        within: jackknife(within, used.iter().map(|c| inside(c)), level),
        between: jackknife(
            between,
            used.iter()
                .map(|c| about(c, mean_of_means, moved(1.0, count))),
            level,
        ),
        total: jackknife(
            total,
            used.iter()
                .map(|c| plus(inside(c), about(c, grand, moved(c.count() as f64, rows)))),
            level,
        ),
    })
}

fn plus(a: Sums, b: Sums) -> Sums {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Fisher's z of sums of products.
fn fisher(sums: Sums) -> Result<f64, Undefined> {
    if !(sums[0] > 0.0 && sums[2] > 0.0) {
        return Err(Undefined::NoVariation {
            variable: "one of the measures",
        });
    }
    let r = sums[1] / (sums[0].sqrt() * sums[2].sqrt());
    if r.abs() >= 1.0 - 1e-12 {
        return Err(Undefined::Perfect);
    }
    Ok(libm::atanh(r))
}

/// The correlation of `all`, its error from what each client adds to the sums.
fn jackknife(
    all: Sums,
    of_clients: impl Iterator<Item = Sums> + Clone,
    level: Level,
) -> Result<Jackknifed, Undefined> {
    let z = fisher(all)?;
    let without = |of: Sums| fisher([all[0] - of[0], all[1] - of[1], all[2] - of[2]]);
    let (mut mean, mut k) = (0.0, 0.0);
    for of in of_clients.clone() {
        mean += without(of)? - z;
        k += 1.0;
    }
    mean /= k;
    let mut squares = 0.0;
    for of in of_clients {
        let gap = without(of)? - z - mean;
        squares += gap * gap;
    }
    let std_error = ((k - 1.0) / k * squares).sqrt();
    let half = level.critical_z() * std_error;
    Ok(Jackknifed {
        r: libm::tanh(z),
        std_error,
        interval: Interval::new(libm::tanh(z - half), libm::tanh(z + half), level)?,
    })
}
