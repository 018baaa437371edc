//! Bootstrap of whole clusters: clients who share a therapist are not independent.
//! **Question.** How precise is a correlation when clients come in therapists' caseloads?
//! **Method.** Draw therapists with replacement, add up their cross-products, correlate; percentile and BCa limits from the replicates.
//! **Not.** Few therapists: below about 10 the limits are too narrow, and the caller should not show them. Clients inside a therapist are not redrawn.
//! **Sources.** Efron (1987), JASA 82, 171–185 (BCa); Davison & Hinkley (1997), *Bootstrap Methods*, section 3.8. Checked against a slow version that copies rows.

mod sums;

use rayon::prelude::*;

use super::Undefined;
use super::correlation::Correlation;
use super::interval::{Interval, Level};
use super::numeric::distribution::{normal_cdf, normal_quantile};
use super::numeric::moments::{CrossProducts, Moments};
use super::numeric::quantile::quantile_of_sorted;
use super::numeric::random::{below, stream};
use sums::{Sums, acceleration};

/// The number of replicates of a report.
pub const REPLICATES: usize = 2_000;
/// Fewest replicates from which a limit is read.
const FEWEST_REPLICATES: usize = 100;

/// The replicates of a correlation, with all that its limits need.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterBootstrap {
    estimate: Correlation,
    clusters: usize,
    replicates: Vec<f64>,
    sorted: Vec<f64>,
    undefined: usize,
    acceleration: Result<f64, Undefined>,
}

/// Resamples whole clusters, one [`CrossProducts`] each, and correlates variables 0 and 1 holding the others fixed.
///
/// With `K = 3` and variables (alliance, post, pre) this is r(alliance, post | pre). Replicate `i` uses stream `i` of `seed`,
/// so the number of threads never changes a bit. Clusters without a client are not resampled.
///
/// # Errors
/// Those of [`Correlation::from_cross_products`] for the whole; [`Undefined::TooFewClusters`] below 2;
/// [`Undefined::OutOfRange`] for fewer than 100 replicates; [`Undefined::UnstableResampling`] when more than 1 % have no correlation.
///
/// ```
/// use alliance_stats::{bootstrap::cluster_bootstrap, interval::Level, numeric::moments::CrossProducts};
/// let therapists: Vec<_> = (0..12)
///     .map(|t| [[0.0, 0.1], [1.0, 0.3], [2.0, 2.2], [3.0, 2.4]].map(|[x, y]| [x + f64::from(t % 4), y + f64::from(t % 3)]))
///     .map(|rows| CrossProducts::from_rows(&rows).unwrap())
///     .collect();
/// let bootstrap = cluster_bootstrap(&therapists, 500, 20_240_101).unwrap();
/// let interval = bootstrap.percentile(Level::NINETY_FIVE).unwrap();
/// assert!(interval.contains(bootstrap.estimate().r()) && interval.low() > 0.0);
/// ```
pub fn cluster_bootstrap<const K: usize>(
    clusters: &[CrossProducts<K>],
    replicates: usize,
    seed: u64,
) -> Result<ClusterBootstrap, Undefined> {
    let clusters: Vec<&CrossProducts<K>> = clusters
        .iter()
        .filter(|cluster| cluster.count() > 0)
        .collect();
    if clusters.len() < 2 {
        return Err(Undefined::TooFewClusters {
            found: clusters.len(),
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
    let whole = clusters
        .iter()
        .fold(CrossProducts::empty(), |sum, cluster| sum.merge(cluster));
    let estimate = Correlation::from_cross_products(&whole)?;
    let sums: Vec<Sums<K>> = clusters
        .iter()
        .map(|cluster| Sums::about(whole.means(), cluster))
        .collect();

    let draws: Vec<Option<f64>> = (0..replicates)
        .into_par_iter()
        .with_min_len(32)
        .map(|index| {
            let mut rng = stream(seed, index as u64);
            let mut drawn = Sums::NONE;
            for _ in 0..sums.len() {
                drawn.add(&sums[below(&mut rng, sums.len())]);
            }
            drawn.correlation().ok()
        })
        .collect();

    let values: Vec<f64> = draws.iter().copied().flatten().collect();
    let undefined = replicates - values.len();
    // METHOD: a few replicates without variation may be dropped; more than 1 in 100 would bend the limits.
    if undefined * 100 > replicates {
        return Err(Undefined::UnstableResampling {
            undefined,
            replicates,
        });
    }
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let acceleration = acceleration(&sums);
    Ok(ClusterBootstrap {
        estimate,
        clusters: sums.len(),
        replicates: values,
        sorted,
        undefined,
        acceleration,
    })
}

impl ClusterBootstrap {
    /// The correlation of all clients.
    pub fn estimate(&self) -> &Correlation {
        &self.estimate
    }

    /// Clusters with at least one client.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// The replicates that have a value, in the order of their streams.
    pub fn replicates(&self) -> &[f64] {
        &self.replicates
    }

    /// Replicates without a value; at most 1 % of those drawn.
    pub fn undefined(&self) -> usize {
        self.undefined
    }

    /// Standard deviation of the replicates (divisor one less than their number).
    pub fn std_error(&self) -> f64 {
        Moments::from_values(&self.replicates)
            .ok()
            .and_then(|moments| moments.variance(0))
            .expect("at least 99 replicates are left and each is a correlation")
            .sqrt()
    }

    /// The middle `level` of the replicates (type 7 quantiles).
    ///
    /// # Errors
    /// None in practice: the replicates are finite and ordered.
    pub fn percentile(&self, level: Level) -> Result<Interval, Undefined> {
        self.between(level.tail(), 1.0 - level.tail(), level)
    }

    /// The bias-corrected and accelerated limits of Efron.
    ///
    /// # Errors
    /// [`Undefined::OneSidedResampling`] when all replicates lie on one side of the estimate or the correction diverges;
    /// the reason why leaving out a cluster leaves no correlation, if it does.
    pub fn bca(&self, level: Level) -> Result<Interval, Undefined> {
        let acceleration = self.acceleration?;
        let bias = normal_quantile(self.share_below());
        let share = |z: f64| {
            let shifted = bias + z;
            let room = 1.0 - acceleration * shifted;
            (shifted.is_finite() && room > 0.0).then(|| normal_cdf(bias + shifted / room))
        };
        match (share(-level.critical_z()), share(level.critical_z())) {
            (Some(low), Some(high)) => self.between(low, high, level),
            _ => Err(Undefined::OneSidedResampling),
        }
    }

    /// Share of replicates below the estimate; those equal to it up to rounding count half.
    fn share_below(&self) -> f64 {
        let r = self.estimate.r();
        let twice: usize = self
            .replicates
            .iter()
            .map(|value| {
                if (value - r).abs() <= 1e-12 {
                    1
                } else {
                    2 * usize::from(*value < r)
                }
            })
            .sum();
        twice as f64 / (2 * self.replicates.len()) as f64
    }

    fn between(&self, low: f64, high: f64, level: Level) -> Result<Interval, Undefined> {
        let limit =
            |share| quantile_of_sorted(&self.sorted, share).ok_or(Undefined::OneSidedResampling);
        Interval::new(limit(low)?, limit(high)?, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicates_all_on_one_side_leave_a_percentile_but_no_bca_interval() {
        let values: Vec<f64> = (0..200).map(|i| 0.4 + f64::from(i) * 1e-3).collect();
        let with = |r: f64, acceleration| ClusterBootstrap {
            estimate: Correlation::new(r, 50, 1).expect("in range"),
            clusters: 10,
            replicates: values.clone(),
            sorted: values.clone(),
            undefined: 0,
            acceleration,
        };
        for bootstrap in [with(0.3, Ok(0.0)), with(0.7, Ok(0.0)), with(0.5, Ok(0.6))] {
            assert!(bootstrap.percentile(Level::NINETY_FIVE).is_ok());
            assert_eq!(
                bootstrap.bca(Level::NINETY_FIVE),
                Err(Undefined::OneSidedResampling)
            );
        }
        let reason = with(0.5, Err(Undefined::Collinear)).bca(Level::NINETY_FIVE);
        assert_eq!(reason, Err(Undefined::Collinear));
    }
}
