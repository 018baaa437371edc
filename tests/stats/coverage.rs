//! Truth comes back: 95 % intervals cover in 93 to 97 % of many seeds.

use alliance::stats::attenuation::{Reliability, corrected_partial};
use alliance::stats::bootstrap::cluster_bootstrap;
use alliance::stats::compare::{Dependent, dependent_difference, difference};
use alliance::stats::consistency::cronbach_alpha;
use alliance::stats::correlation::{Correlation, partial};
use alliance::stats::fisher::{fisher_interval, t_test};
use alliance::stats::interval::{Interval, Level};
use alliance::stats::means::{hedges_g, welch};
use alliance::stats::numeric::moments::{CrossProducts, Moments};
use alliance::stats::numeric::random::{Stream, standard_normal, stream};
use alliance::stats::power::{Plan, smallest_correlation};
use alliance::stats::rank::spearman;

const SEEDS: u64 = 2_000;

/// Share of seeds whose interval holds the truth.
fn coverage(seed: u64, seeds: u64, truth: f64, interval: impl Fn(&mut Stream) -> Interval) -> f64 {
    let hits = (0..seeds)
        .filter(|&index| interval(&mut stream(seed, index)).contains(truth))
        .count();
    hits as f64 / seeds as f64
}

#[track_caller]
fn nominal(share: f64) {
    assert!(
        (0.93..=0.97).contains(&share),
        "95 % intervals cover {share}"
    );
}

/// x, y, z with r(x, y | z) = `partial`: y and x both depend on z.
fn client(rng: &mut Stream, partial: f64) -> [f64; 3] {
    let [z, a, b] = std::array::from_fn(|_| standard_normal(rng));
    let left = partial * a + (1.0 - partial * partial).sqrt() * b;
    [0.4 * z + a, 0.8 * z + left, z]
}

fn clients(rng: &mut Stream, n: usize, partial: f64) -> CrossProducts<3> {
    let rows: Vec<_> = (0..n).map(|_| client(rng, partial)).collect();
    CrossProducts::from_rows(&rows).expect("finite")
}

fn correlation(rng: &mut Stream, n: usize, partial: f64) -> Correlation {
    Correlation::from_cross_products(&clients(rng, n, partial)).expect("defined")
}

#[test]
fn the_fisher_interval_of_a_partial_correlation_covers() {
    for (seed, n) in [(1, 12), (2, 60)] {
        nominal(coverage(seed, SEEDS, 0.30, |rng| {
            fisher_interval(&correlation(rng, n, 0.30), Level::NINETY_FIVE).expect("an interval")
        }));
    }
}

#[test]
fn the_test_of_no_partial_correlation_keeps_its_level() {
    let rejected = (0..SEEDS)
        .filter(|&index| {
            t_test(&correlation(&mut stream(3, index), 10, 0.0))
                .expect("a test")
                .p
                < 0.05
        })
        .count();
    assert!(
        (0.03..=0.07).contains(&(rejected as f64 / SEEDS as f64)),
        "{rejected} of {SEEDS}"
    );
}

#[test]
fn zous_interval_of_a_difference_covers() {
    nominal(coverage(4, SEEDS, 0.45 - 0.15, |rng| {
        let (first, second) = (correlation(rng, 50, 0.45), correlation(rng, 30, 0.15));
        difference(&first, &second, Level::NINETY_FIVE)
            .expect("comparable")
            .interval
    }));
}

#[test]
fn the_interval_of_a_difference_of_dependent_correlations_covers() {
    // x goes with y by 0.5 and with z by 0.2; y and z share what x does not explain.
    // Zou's interval is a little wide where they share nearly all and clients are few: 96.7 % for 30 clients sharing 0.9
    // (40,000 samples, simulated separately).
    for (seed, n, shared) in [(31, 30, 0.0), (32, 100, 0.6), (33, 100, 0.9)] {
        nominal(coverage(seed, SEEDS, 0.5 - 0.2, |rng| {
            let rows: Vec<[f64; 3]> = (0..n)
                .map(|_| {
                    let [x, a, b] = std::array::from_fn(|_| standard_normal(rng));
                    let other = shared * a + (1.0f64 - shared * shared).sqrt() * b;
                    [
                        x,
                        0.5 * x + 0.75f64.sqrt() * a,
                        0.2 * x + 0.96f64.sqrt() * other,
                    ]
                })
                .collect();
            let products = CrossProducts::from_rows(&rows).expect("finite");
            let r =
                |i, j| Correlation::from_cross_products(&products.pick([i, j])).expect("defined");
            let (first, second, between) = (r(0, 1), r(0, 2), r(1, 2));
            let of = Dependent {
                first: &first,
                second: &second,
                between: &between,
            };
            dependent_difference(of, Level::NINETY_FIVE)
                .expect("comparable")
                .interval
        }));
    }
}

#[test]
fn the_test_of_dependent_correlations_keeps_its_level() {
    let rejected = (0..SEEDS)
        .filter(|&index| {
            let rng = &mut stream(34, index);
            let rows: Vec<[f64; 3]> = (0..40)
                .map(|_| {
                    let [x, a, b, c] = std::array::from_fn(|_| standard_normal(rng));
                    [x, 0.5 * x + 0.6 * a + 0.6 * b, 0.5 * x + 0.6 * a + 0.6 * c]
                })
                .collect();
            let products = CrossProducts::from_rows(&rows).expect("finite");
            let r =
                |i, j| Correlation::from_cross_products(&products.pick([i, j])).expect("defined");
            let (first, second, between) = (r(0, 1), r(0, 2), r(1, 2));
            let of = Dependent {
                first: &first,
                second: &second,
                between: &between,
            };
            dependent_difference(of, Level::NINETY_FIVE)
                .expect("comparable")
                .p
                < 0.05
        })
        .count();
    assert!(
        (0.03..=0.07).contains(&(rejected as f64 / SEEDS as f64)),
        "{rejected} of {SEEDS}"
    );
}

#[test]
fn feldts_interval_covers() {
    // Three items of reliability 1/2 each: α = 3/4.
    nominal(coverage(35, SEEDS, 0.75, |rng| {
        let rows: Vec<[f64; 3]> = (0..25)
            .map(|_| {
                let truth = standard_normal(rng);
                std::array::from_fn(|_| truth + standard_normal(rng))
            })
            .collect();
        let items: [Vec<f64>; 3] = std::array::from_fn(|i| rows.iter().map(|row| row[i]).collect());
        cronbach_alpha(&items.each_ref().map(Vec::as_slice), Level::NINETY_FIVE)
            .expect("defined")
            .interval
    }));
}

#[test]
fn the_rank_interval_covers_for_normal_scores() {
    // Normal scores with correlation r have Spearman's (6/π)·asin(r/2).
    let truth = 6.0 / std::f64::consts::PI * (0.5f64 / 2.0).asin();
    nominal(coverage(5, SEEDS, truth, |rng| {
        let rows: Vec<[f64; 2]> = (0..60)
            .map(|_| {
                let (a, b) = (standard_normal(rng), standard_normal(rng));
                [a, 0.5 * a + 0.75f64.sqrt() * b]
            })
            .collect();
        let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().map(|[x, y]| (x, y)).unzip();
        spearman(&x, &y)
            .and_then(|rho| rho.interval(Level::NINETY_FIVE))
            .expect("an interval")
    }));
}

#[test]
fn welch_and_hedges_intervals_cover() {
    let group = |rng: &mut Stream, n: usize, mean: f64, sd: f64| {
        let values: Vec<f64> = (0..n).map(|_| mean + sd * standard_normal(rng)).collect();
        Moments::from_values(&values).expect("finite")
    };
    nominal(coverage(6, SEEDS, 1.0, |rng| {
        let (first, second) = (group(rng, 8, 1.0, 3.0), group(rng, 25, 0.0, 1.0));
        welch(&first, &second, Level::NINETY_FIVE)
            .expect("comparable")
            .interval
    }));
    nominal(coverage(7, SEEDS, 0.5, |rng| {
        let (first, second) = (group(rng, 20, 1.0, 2.0), group(rng, 30, 0.0, 2.0));
        hedges_g(&first, &second, Level::NINETY_FIVE)
            .expect("comparable")
            .interval
    }));
}

/// The clients' true scores seen through noise with the given reliabilities.
fn noisy(rng: &mut Stream, n: usize, partial: f64, reliabilities: [f64; 3]) -> CrossProducts<3> {
    // Variances of the true scores of `client`.
    let variance = [1.16, 1.64, 1.0];
    let rows: Vec<[f64; 3]> = (0..n)
        .map(|_| {
            let truth = client(rng, partial);
            std::array::from_fn(|i| {
                let noise = variance[i] * (1.0 / reliabilities[i] - 1.0);
                truth[i] + noise.sqrt() * standard_normal(rng)
            })
        })
        .collect();
    CrossProducts::from_rows(&rows).expect("finite")
}

#[test]
fn the_interval_corrected_for_attenuation_covers_the_true_scores() {
    let reliabilities = [0.9, 0.85, 0.8];
    let known = reliabilities.map(|value| Reliability::new(value).expect("in range"));
    for (seed, n, truth) in [(8, 150, 0.30), (9, 300, -0.10)] {
        nominal(coverage(seed, SEEDS, truth, |rng| {
            let observed = noisy(rng, n, truth, reliabilities);
            corrected_partial(&observed, known, Level::NINETY_FIVE)
                .expect("possible")
                .interval
        }));
    }
}

#[test]
fn the_standard_error_after_correction_is_the_spread_of_the_estimates() {
    let reliabilities = [0.9, 0.85, 0.8];
    let known = reliabilities.map(|value| Reliability::new(value).expect("in range"));
    let answers: Vec<_> = (0..SEEDS)
        .map(|index| {
            let observed = noisy(&mut stream(10, index), 400, 0.30, reliabilities);
            corrected_partial(&observed, known, Level::NINETY_FIVE).expect("possible")
        })
        .collect();
    let z: Vec<f64> = answers.iter().map(|a| a.r.atanh()).collect();
    let errors: Vec<f64> = answers.iter().map(|a| a.std_error_z).collect();
    let estimates = Moments::from_values(&z).expect("finite");
    let errors = Moments::from_values(&errors).expect("finite");
    let (mean, spread) = (
        estimates.mean(0).expect("answers").tanh(),
        estimates.variance(0).expect("answers").sqrt(),
    );
    assert!((mean - 0.30).abs() < 0.01, "the truth comes back: {mean}");
    assert!(
        (errors.mean(0).expect("answers") / spread - 1.0).abs() < 0.06,
        "spread {spread}"
    );
}

#[test]
fn the_smallest_detectable_correlation_is_found_in_80_percent() {
    let effect = smallest_correlation(Plan::USUAL, 60, 1).expect("enough");
    let found = (0..SEEDS)
        .filter(|&index| {
            t_test(&correlation(&mut stream(12, index), 60, effect))
                .expect("a test")
                .p
                < 0.05
        })
        .count();
    assert!(
        (0.77..=0.83).contains(&(found as f64 / SEEDS as f64)),
        "{found} of {SEEDS}"
    );
}

#[test]
fn shared_therapists_need_the_cluster_bootstrap() {
    // Therapists differ in alliance and, unrelated to it, in outcome: truth 0, clients of a therapist alike.
    let caseloads = |rng: &mut Stream| -> Vec<CrossProducts<3>> {
        (0..40)
            .map(|_| {
                let (x, y) = (standard_normal(rng), standard_normal(rng));
                let rows: Vec<[f64; 3]> = (0..10)
                    .map(|_| {
                        [
                            x + standard_normal(rng),
                            y + standard_normal(rng),
                            standard_normal(rng),
                        ]
                    })
                    .collect();
                CrossProducts::from_rows(&rows).expect("finite")
            })
            .collect()
    };
    let seeds = 400;
    let bootstrap = coverage(13, seeds, 0.0, |rng| {
        cluster_bootstrap(&caseloads(rng), 400, 99)
            .and_then(|b| b.percentile(Level::NINETY_FIVE))
            .expect("an interval")
    });
    let bca = coverage(13, seeds, 0.0, |rng| {
        cluster_bootstrap(&caseloads(rng), 400, 99)
            .and_then(|b| b.bca(Level::NINETY_FIVE))
            .expect("an interval")
    });
    let fisher = coverage(13, seeds, 0.0, |rng| {
        let whole = caseloads(rng)
            .iter()
            .fold(CrossProducts::empty(), |sum, cluster| sum.merge(cluster));
        fisher_interval(
            &Correlation::from_cross_products(&whole).expect("defined"),
            Level::NINETY_FIVE,
        )
        .expect("an interval")
    });
    assert!(
        bootstrap > 0.90 && bca > 0.90 && fisher < 0.80,
        "bootstrap {bootstrap}, BCa {bca}, Fisher {fisher}"
    );
}

#[test]
fn partial_from_columns_and_from_rows_is_the_same_number() {
    let rows: Vec<[f64; 3]> = (0..30).map(|i| client(&mut stream(14, i), 0.2)).collect();
    let [x, y, z] = [0, 1, 2].map(|i| rows.iter().map(|row| row[i]).collect::<Vec<f64>>());
    let from_rows =
        Correlation::from_cross_products(&CrossProducts::from_rows(&rows).expect("finite"));
    assert_eq!(partial(&x, &y, &z), from_rows);
}
