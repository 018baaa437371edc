//! Bootstrap of whole clients for correlations on both levels.
//! **Question.** How precise are the correlations within and between clients, when a client's rows belong together?
//! **Method.** Draw clients with replacement and add up their sums, two thousand times; percentile limits. Every replicate has a stream of its own.
//! **Not.** Clients who share a therapist: draw therapists then, see [`crate::bootstrap`].
//! **Sources.** Davison & Hinkley (1997), *Bootstrap Methods*, section 3.8. Checked against a slow version that copies rows.

use rayon::prelude::*;

use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::moments::CrossProducts;
use crate::numeric::quantile::quantile_of_sorted;
use crate::numeric::random::{below, stream};

/// Fewest replicates from which a limit is read.
const FEWEST_REPLICATES: usize = 100;
/// Within: xx, xy, yy. Means: x, y, xx, xy, yy. Rows: count and the same five.
const SUMS: usize = 14;

/// Replicates of the three correlations, drawn together.
#[derive(Debug, Clone, PartialEq)]
pub struct MultilevelBootstrap {
    /// Within clients.
    pub within: Result<Replicates, Undefined>,
    /// Of the clients' means.
    pub between: Result<Replicates, Undefined>,
    /// Of all rows.
    pub total: Result<Replicates, Undefined>,
}

/// Replicates of one correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates {
    sorted: Vec<f64>,
    undefined: usize,
}

impl Replicates {
    fn new(values: Vec<Option<f64>>) -> Result<Self, Undefined> {
        let replicates = values.len();
        let mut sorted: Vec<f64> = values.into_iter().flatten().collect();
        let undefined = replicates - sorted.len();
        // METHOD: a few replicates without variation may be dropped; more than 1 in 100 would bend the limits.
        if undefined * 100 > replicates {
            return Err(Undefined::UnstableResampling {
                undefined,
                replicates,
            });
        }
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(Self { sorted, undefined })
    }

    /// The replicates that have a value, ascending.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// Replicates without a value; at most 1 % of those drawn.
    pub fn undefined(&self) -> usize {
        self.undefined
    }

    /// The middle `level` of the replicates (type 7 quantiles).
    ///
    /// # Errors
    /// None in practice: the replicates are finite and ordered.
    pub fn percentile(&self, level: Level) -> Result<Interval, Undefined> {
        let limit =
            |share| quantile_of_sorted(&self.sorted, share).ok_or(Undefined::OneSidedResampling);
        Interval::new(limit(level.tail())?, limit(1.0 - level.tail())?, level)
    }
}

/// Resamples whole clients, one [`CrossProducts`] each; clients without rows are not drawn.
///
/// Replicate `i` uses stream `i` of `seed`, so the number of threads never changes a bit.
///
/// # Errors
/// [`Undefined::TooFewClusters`] below 2; [`Undefined::OutOfRange`] for fewer than 100 replicates;
/// a correlation of which more than 1 % of the replicates are undefined says so in its place.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::{mixed::multilevel_correlation::multilevel_bootstrap, numeric::moments::CrossProducts};
/// let clients: Vec<_> = (0..20)
///     .map(|c| [[0.0, 0.1], [1.0, 0.3], [2.0, 2.2]].map(|[x, y]| [x + f64::from(c % 4), y - f64::from(c % 3)]))
///     .map(|rows| CrossProducts::from_rows(&rows).unwrap())
///     .collect();
/// let bootstrap = multilevel_bootstrap(&clients, 500, 7).unwrap();
/// assert!(bootstrap.between.unwrap().percentile(Level::NINETY_FIVE).unwrap().low() < 0.0);
/// ```
pub fn multilevel_bootstrap(
    clients: &[CrossProducts<2>],
    replicates: usize,
    seed: u64,
) -> Result<MultilevelBootstrap, Undefined> {
    let used: Vec<&CrossProducts<2>> = clients.iter().filter(|c| c.count() > 0).collect();
    if used.len() < 2 {
        return Err(Undefined::TooFewClusters {
            found: used.len(),
            needed: 2,
        });
    }
    if replicates < FEWEST_REPLICATES {
        return Err(Undefined::OutOfRange {
            what: "the number of bootstrap replicates",
            value: replicates as f64,
            allowed: "at least 100",
        });
    }
    let whole = used
        .iter()
        .fold(CrossProducts::empty(), |sum, c| sum.merge(c));
    let sums: Vec<[f64; SUMS]> = used.iter().map(|c| about(whole.means(), c)).collect();
    let draws: Vec<[Option<f64>; 3]> = (0..replicates)
        .into_par_iter()
        .with_min_len(32)
        .map(|index| {
            let mut rng = stream(seed, index as u64);
            let mut drawn = [0.0; SUMS];
            for _ in 0..sums.len() {
                let client = &sums[below(&mut rng, sums.len())];
                for (sum, value) in drawn.iter_mut().zip(client) {
                    *sum += value;
                }
            }
            correlations(&drawn, sums.len() as f64)
        })
        .collect();
    let column = |i: usize| Replicates::new(draws.iter().map(|draw| draw[i]).collect());
    Ok(MultilevelBootstrap {
        within: column(0),
        between: column(1),
        total: column(2),
    })
}

/// Plain sums about the grand mean, so that a replicate is nothing but additions.
fn about(centre: &[f64; 2], client: &CrossProducts<2>) -> [f64; SUMS] {
    let n = client.count() as f64;
    let (x, y) = (client.means()[0] - centre[0], client.means()[1] - centre[1]);
    let [[xx, xy], [_, yy]] = *client.products();
    let means = [x, y, x * x, x * y, y * y];
    let mut sums = [0.0; SUMS];
    sums[..3].copy_from_slice(&[xx, xy, yy]);
    sums[3..8].copy_from_slice(&means);
    sums[8] = n;
    for (sum, value) in sums[9..].iter_mut().zip(means) {
        *sum = n * value;
    }
    sums
}

/// Within, between, total.
fn correlations(sums: &[f64; SUMS], clients: f64) -> [Option<f64>; 3] {
    let [xx, xy, yy] = [sums[0], sums[1], sums[2]];
    let n = sums[8];
    let between = centred(&sums[3..8], clients, [0.0; 3]);
    let total = centred(&sums[9..], n, [xx, xy, yy]);
    // Squares of means about the same centre tell what counts as rounding within clients.
    let moves = xx > 1e-24 * sums[11] && yy > 1e-24 * sums[13];
    let within = if moves { correlation(xx, xy, yy) } else { None };
    [within, between, total]
}

/// From sums and sums of products about a distant centre, plus what lies inside.
fn centred(sums: &[f64], n: f64, inside: [f64; 3]) -> Option<f64> {
    let [x, y, xx, xy, yy] = [sums[0], sums[1], sums[2], sums[3], sums[4]];
    // A subtraction leaves rounding where a constant should leave nothing.
    let left = |whole: f64, taken: f64| {
        let rest = whole - taken;
        if rest <= 1e-12 * whole { 0.0 } else { rest }
    };
    correlation(
        inside[0] + left(xx, x * x / n),
        inside[1] + (xy - x * y / n),
        inside[2] + left(yy, y * y / n),
    )
}

fn correlation(xx: f64, xy: f64, yy: f64) -> Option<f64> {
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
}
