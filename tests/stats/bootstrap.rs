//! The bootstrap of whole therapists against a slow version that copies rows.

use alliance::stats::Undefined;
use alliance::stats::bootstrap::{ClusterBootstrap, REPLICATES, cluster_bootstrap};
use alliance::stats::correlation::partial;
use alliance::stats::interval::Level;
use alliance::stats::numeric::distribution::{normal_cdf, normal_quantile};
use alliance::stats::numeric::moments::CrossProducts;
use alliance::stats::numeric::random::{below, standard_normal, stream};

type Caseload = Vec<[f64; 3]>;

/// Therapists with 1 to 12 clients, raw scores far from 0.
fn clinic(therapists: usize, seed: u64) -> Vec<Caseload> {
    (0..therapists as u64)
        .map(|index| {
            let mut rng = stream(seed, index);
            let bond = standard_normal(&mut rng);
            (0..=below(&mut rng, 12))
                .map(|_| {
                    let [a, b, pre] = std::array::from_fn(|_| standard_normal(&mut rng));
                    [
                        44.0 + 3.0 * bond + 5.0 * a,
                        -11.0 + 4.0 * b + 1.5 * a + 2.0 * pre + 0.5 * bond * bond,
                        -15.0 + 4.0 * pre,
                    ]
                })
                .collect()
        })
        .collect()
}

fn products(clinic: &[Caseload]) -> Vec<CrossProducts<3>> {
    clinic
        .iter()
        .map(|rows| CrossProducts::from_rows(rows).expect("finite"))
        .collect()
}

fn partial_of(rows: &[[f64; 3]]) -> f64 {
    let [x, y, z] = [0, 1, 2].map(|i| rows.iter().map(|row| row[i]).collect::<Vec<f64>>());
    partial(&x, &y, &z).expect("defined").r()
}

/// The same draws, but rows are copied, and every formula is written out anew.
fn slow_replicates(clinic: &[Caseload], replicates: u64, seed: u64) -> Vec<f64> {
    (0..replicates)
        .map(|index| {
            let mut rng = stream(seed, index);
            let rows: Caseload = (0..clinic.len())
                .flat_map(|_| clinic[below(&mut rng, clinic.len())].clone())
                .collect();
            partial_of(&rows)
        })
        .collect()
}

fn slow_quantile(sorted: &[f64], share: f64) -> f64 {
    let h = (sorted.len() as f64 - 1.0) * share;
    let (below, above) = (sorted[h.floor() as usize], sorted[h.ceil() as usize]);
    below + (h - h.floor()) * (above - below)
}

#[test]
fn replicates_and_limits_equal_those_of_copied_rows() {
    let clinic = clinic(25, 3);
    let bootstrap = cluster_bootstrap(&products(&clinic), REPLICATES, 20_251).expect("estimable");
    let slow = slow_replicates(&clinic, REPLICATES as u64, 20_251);
    assert_eq!(
        (
            bootstrap.clusters(),
            bootstrap.undefined(),
            bootstrap.replicates().len()
        ),
        (25, 0, REPLICATES)
    );
    for (fast, slow) in bootstrap.replicates().iter().zip(&slow) {
        assert!((fast - slow).abs() < 1e-12, "{fast} {slow}");
    }

    let estimate = partial_of(&clinic.concat());
    assert!((bootstrap.estimate().r() - estimate).abs() < 1e-13);
    let mut sorted = slow.clone();
    sorted.sort_by(f64::total_cmp);
    let percentile = bootstrap.percentile(Level::NINETY_FIVE).expect("limits");
    assert!((percentile.low() - slow_quantile(&sorted, 0.025)).abs() < 1e-12);
    assert!((percentile.high() - slow_quantile(&sorted, 0.975)).abs() < 1e-12);

    let left_out: Vec<f64> = (0..clinic.len())
        .map(|omitted| {
            let rest: Vec<Caseload> = clinic
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != omitted)
                .map(|(_, c)| c.clone())
                .collect();
            partial_of(&rest.concat())
        })
        .collect();
    let mean = left_out.iter().sum::<f64>() / 25.0;
    let cubes: f64 = left_out.iter().map(|value| (mean - value).powi(3)).sum();
    let squares: f64 = left_out.iter().map(|value| (mean - value).powi(2)).sum();
    let acceleration = cubes / (6.0 * squares.powf(1.5));
    let bias = normal_quantile(
        slow.iter().filter(|value| **value < estimate).count() as f64 / slow.len() as f64,
    );
    assert!(
        acceleration.abs() > 1e-3 && bias.abs() > 1e-3,
        "the example must exercise both corrections"
    );
    let limit = |z: f64| {
        slow_quantile(
            &sorted,
            normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z))),
        )
    };
    let bca = bootstrap.bca(Level::NINETY_FIVE).expect("limits");
    assert!(
        (bca.low() - limit(-1.959963984540054)).abs() < 1e-10,
        "{} {}",
        bca.low(),
        limit(-1.959963984540054)
    );
    assert!((bca.high() - limit(1.959963984540054)).abs() < 1e-10);

    let average = slow.iter().sum::<f64>() / 2000.0;
    let spread = (slow
        .iter()
        .map(|value| (value - average).powi(2))
        .sum::<f64>()
        / 1999.0)
        .sqrt();
    assert!((bootstrap.std_error() - spread).abs() < 1e-12);
}

#[test]
fn the_number_of_threads_never_changes_a_bit() {
    let therapists = products(&clinic(30, 4));
    let on = |threads: usize| -> ClusterBootstrap {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| cluster_bootstrap(&therapists, REPLICATES, 7))
            .expect("estimable")
    };
    let bits = |bootstrap: &ClusterBootstrap| -> Vec<u64> {
        let (percentile, bca) = (
            bootstrap.percentile(Level::NINETY_FIVE).unwrap(),
            bootstrap.bca(Level::NINETY_FIVE).unwrap(),
        );
        let limits = [
            percentile.low(),
            percentile.high(),
            bca.low(),
            bca.high(),
            bootstrap.std_error(),
        ];
        bootstrap
            .replicates()
            .iter()
            .chain(&limits)
            .map(|value| value.to_bits())
            .collect()
    };
    let (one, two, three) = (on(1), on(2), on(3));
    assert_eq!(bits(&one), bits(&two));
    assert_eq!(bits(&one), bits(&three));
}

#[test]
fn another_seed_moves_the_limits_only_within_monte_carlo_error() {
    let therapists = products(&clinic(40, 5));
    let limits = |seed| {
        cluster_bootstrap(&therapists, REPLICATES, seed)
            .and_then(|b| b.percentile(Level::NINETY_FIVE))
            .expect("limits")
    };
    let (first, second) = (limits(1), limits(2));
    assert_ne!(first, second);
    // Error of a 2.5 % quantile: √(.025 · .975/2000)/density ≈ 0.06 standard errors each.
    let error = cluster_bootstrap(&therapists, REPLICATES, 1)
        .expect("estimable")
        .std_error();
    assert!(
        (first.low() - second.low()).abs() < 0.35 * error
            && (first.high() - second.high()).abs() < 0.35 * error
    );
}

#[test]
fn one_client_per_therapist_gives_about_the_fisher_error() {
    let rows: Caseload = clinic(400, 6)
        .into_iter()
        .map(|caseload| caseload[0])
        .collect();
    let singles: Vec<CrossProducts<3>> = rows
        .iter()
        .map(|row| CrossProducts::from_rows([row]).expect("finite"))
        .collect();
    let bootstrap = cluster_bootstrap(&singles, REPLICATES, 8).expect("estimable");
    let r = bootstrap.estimate().r();
    let ratio = bootstrap.std_error() / ((1.0 - r * r) / 396f64.sqrt());
    assert!((0.85..1.2).contains(&ratio), "{ratio}");
}

#[test]
fn too_few_therapists_or_replicates_are_refused() {
    let therapists = products(&clinic(3, 9));
    assert_eq!(
        cluster_bootstrap::<3>(&[], 500, 1),
        Err(Undefined::TooFewClusters {
            found: 0,
            needed: 2
        })
    );
    assert_eq!(
        cluster_bootstrap(&[therapists[0], CrossProducts::empty()], 500, 1),
        Err(Undefined::TooFewClusters {
            found: 1,
            needed: 2
        })
    );
    assert!(matches!(
        cluster_bootstrap(&therapists, 99, 1),
        Err(Undefined::OutOfRange { .. })
    ));
}

#[test]
fn therapists_without_clients_change_nothing() {
    let mut therapists = products(&clinic(12, 10));
    let plain = cluster_bootstrap(&therapists, 200, 1);
    therapists.insert(5, CrossProducts::empty());
    assert_eq!(cluster_bootstrap(&therapists, 200, 1), plain);
}

#[test]
fn replicates_without_variation_are_counted_and_too_many_are_refused() {
    // Only one of the therapists has clients who differ in the alliance: it is missed with probability (1 − 1/J)^J ≈ 1/3.
    let lively: Caseload = (0..6)
        .map(|i| [40.1 + f64::from(i), f64::from(i % 3), f64::from(i % 2)])
        .collect();
    let flat: Caseload = (0..6)
        .map(|i| [40.1, f64::from(i % 4), f64::from(i % 3)])
        .collect();
    let mut few = vec![flat.clone(); 7];
    few.push(lively.clone());
    let refused = cluster_bootstrap(&products(&few), 1000, 1);
    assert!(
        matches!(
            refused,
            Err(Undefined::UnstableResampling {
                undefined: 250..450,
                replicates: 1000
            })
        ),
        "{refused:?}"
    );
    // With several such therapists an undefined replicate is rare (about 1 in 300) and is counted, never replaced by 0.
    let mut enough = vec![flat; 5];
    enough.extend(vec![lively; 4]);
    let bootstrap = cluster_bootstrap(&products(&enough), 4000, 1).expect("estimable");
    assert!(
        bootstrap.undefined() > 0 && bootstrap.undefined() + bootstrap.replicates().len() == 4000
    );
    assert!(
        bootstrap
            .replicates()
            .iter()
            .all(|value| (-1.0..=1.0).contains(value))
    );
}

#[test]
fn equal_therapists_leave_no_doubt_and_ties_count_half() {
    let caseload: Caseload = clinic(1, 11)
        .remove(0)
        .into_iter()
        .chain(clinic(1, 12).remove(0))
        .chain(clinic(1, 13).remove(0))
        .collect();
    let bootstrap = cluster_bootstrap(&products(&vec![caseload; 10]), 300, 1).expect("estimable");
    let r = bootstrap.estimate().r();
    let (percentile, bca) = (
        bootstrap.percentile(Level::NINETY_FIVE).expect("limits"),
        bootstrap.bca(Level::NINETY_FIVE).expect("limits"),
    );
    for limit in [percentile.low(), percentile.high(), bca.low(), bca.high()] {
        assert!((limit - r).abs() < 1e-12, "{limit} {r}");
    }
}

#[test]
fn every_replicate_without_variation_is_recognised_whatever_the_caseloads() {
    let flat = |size: usize| -> Caseload {
        (0..size)
            .map(|i| [43.3, (i % 4) as f64 - 11.7, (i * i % 5) as f64])
            .collect()
    };
    let lively: Caseload = clinic(1, 14)
        .into_iter()
        .chain(clinic(1, 15))
        .flatten()
        .collect();
    let mut caseloads: Vec<Caseload> = (3..12).map(flat).collect();
    caseloads.extend(vec![lively; 5]);
    let bootstrap = cluster_bootstrap(&products(&caseloads), 4000, 2).expect("estimable");
    let missed = (0..4000)
        .filter(|&index| {
            let mut rng = stream(2, index);
            (0..caseloads.len()).all(|_| below(&mut rng, caseloads.len()) < 9)
        })
        .count();
    assert!(missed > 2);
    assert_eq!(bootstrap.undefined(), missed);
}

#[test]
fn ties_keep_the_bias_finite_when_no_replicate_lies_below_the_estimate() {
    // Every therapist alone shows r near 1, only all of them in equal parts show less.
    let caseload = |shift: f64| -> Caseload {
        (0..5)
            .map(|i| {
                let i = f64::from(i);
                [
                    shift + i,
                    10.0 * i - 4.0 * shift * shift,
                    [1.0, -1.0, 0.5, 2.0, -0.3][i as usize],
                ]
            })
            .collect()
    };
    let bootstrap =
        cluster_bootstrap(&products(&[caseload(0.0), caseload(7.0)]), 500, 1).expect("estimable");
    // Two therapists: a replicate is one of them twice (r near 1) or the whole clinic (a tie, counted half).
    let r = bootstrap.estimate().r();
    assert!(
        bootstrap
            .replicates()
            .iter()
            .all(|value| *value >= r - 1e-12)
    );
    let bca = bootstrap
        .bca(Level::NINETY_FIVE)
        .expect("ties keep the bias finite");
    assert!(bca.low() >= r - 1e-12 && bootstrap.percentile(Level::NINETY_FIVE).is_ok());
}
