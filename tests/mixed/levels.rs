//! Correlations on two levels and detrending: against R, and against slow versions.

use alliance::stats::Undefined;
use alliance::stats::correlation::Correlation;
use alliance::stats::interval::Level;
use alliance::stats::mixed::detrend::detrend;
use alliance::stats::mixed::multilevel_correlation::{
    GroupReliability, MultilevelCorrelation, multilevel_bootstrap, multilevel_correlation,
    multilevel_jackknife, repeated_measures,
};
use alliance::stats::numeric::moments::CrossProducts;
use alliance::stats::numeric::random::{below, standard_normal, stream};
use serde_json::Value;

use super::clinic::{Session, sessions};
use super::read::{close, codes, json, list};

/// Sessions with both measures, and their clients' numbers.
fn rows() -> (Vec<Session>, Vec<usize>) {
    let rows: Vec<Session> = sessions()
        .into_iter()
        .filter(|row| row.alliance.is_finite() && row.outcome.is_finite())
        .collect();
    let names: Vec<String> = rows.iter().map(|row| row.client.clone()).collect();
    (rows, codes(&names))
}

/// Alliance and outcome, client by client.
fn pairs() -> Vec<CrossProducts<2>> {
    let (rows, clients) = rows();
    let mut all = vec![CrossProducts::empty(); clients.iter().max().map_or(0, |last| last + 1)];
    for (row, client) in rows.iter().zip(clients) {
        let pair = [row.alliance, row.outcome];
        all[client].insert(&pair).expect("finite");
    }
    all
}

#[test]
fn both_levels_equal_r() {
    let expected = &json("mixed/expected.json")["correlation"];
    let number = |key: &str| expected[key].as_f64().expect("a number");
    let r = multilevel_correlation(&pairs()).expect("clients");
    assert_eq!(r.rows as f64, number("rows"));
    assert_eq!(r.clients as f64, number("clients"));
    assert_eq!(r.single_row_clients as f64, number("dropped"));
    close(
        "within",
        r.within.expect("moves"),
        number("repeated"),
        1e-10,
    );
    close(
        "between",
        r.between.expect("moves"),
        number("between"),
        1e-11,
    );
    close("total", r.total.expect("moves"), number("total"), 1e-11);
    let check = |ours: GroupReliability, theirs: &Value| {
        let theirs = |key: &str| theirs[key].as_f64().expect("a number");
        close("icc1", ours.icc1, theirs("icc1"), 1e-10);
        close("icc2", ours.icc2, theirs("icc2"), 1e-10);
        close("n0", ours.typical_size, theirs("n0"), 1e-12);
        close("lambda", ours.reliability, theirs("lambda"), 1e-10);
        close(
            "harmonic",
            ours.reliability_harmonic,
            theirs("lambda_harmonic"),
            1e-10,
        );
    };
    check(r.first.expect("moves"), &expected["alliance"]);
    check(r.second.expect("moves"), &expected["symptom"]);
}

#[test]
fn the_repeated_measures_correlation_is_the_common_slope_of_an_analysis_of_covariance() {
    let expected = &json("mixed/expected.json")["correlation"];
    let number = |key: &str| expected[key].as_f64().expect("a number");
    let r = repeated_measures(&pairs(), Level::NINETY_FIVE).expect("moves");
    close("r", r.r, number("repeated"), 1e-10);
    close("p", r.p, number("p"), 1e-6);
    assert_eq!(r.df, number("df"));
    assert_eq!(r.left_out as f64, number("dropped"));
    let (z, margin) = (libm::atanh(r.r), 1.959963984540054 / (r.df - 1.0).sqrt());
    close("low", r.interval.low(), libm::tanh(z - margin), 1e-12);
    close("high", r.interval.high(), libm::tanh(z + margin), 1e-12);
}

#[test]
fn detrended_residuals_are_those_of_a_line_per_client() {
    let expected = &json("mixed/expected.json")["detrended"];
    let number = |key: &str| expected[key].as_f64().expect("a number");
    let (rows, groups) = rows();
    let ratings: Vec<f64> = rows.iter().map(|row| row.alliance).collect();
    let times: Vec<f64> = rows.iter().map(|row| row.session).collect();
    let lines = detrend(&ratings, &times, &groups).expect("complete");
    assert_eq!(lines.clients as f64, number("clients"));
    let clients: std::collections::BTreeSet<usize> = groups.iter().copied().collect();
    assert_eq!(lines.clients + lines.too_short, clients.len());

    // Both measures' residuals sum to 0 within each client.
    let outcomes: Vec<f64> = rows.iter().map(|row| row.outcome).collect();
    let others = detrend(&outcomes, &times, &groups).expect("complete");
    let both: Vec<(f64, f64)> = (lines.residuals.iter().zip(&others.residuals))
        .filter_map(|(a, b)| a.zip(*b))
        .collect();
    assert_eq!(both.len() as f64, number("rows"));
    let sum = |of: fn(&(f64, f64)) -> f64| both.iter().map(of).sum::<f64>();
    let r = sum(|(a, b)| a * b) / (sum(|(a, _)| a * a) * sum(|(_, b)| b * b)).sqrt();
    close("within", r, number("within"), 1e-9);
    let first: Vec<f64> = rows
        .iter()
        .zip(&lines.residuals)
        .filter(|(row, _)| row.client == expected["client"].as_str().expect("text"))
        .map(|(_, residual)| residual.expect("a line"))
        .collect();
    for (ours, theirs) in first.iter().zip(list(&expected["first"])) {
        assert!((ours - theirs).abs() < 1e-12);
    }
}

/// Rows of made-up clients, 1 to 6 each.
fn few() -> Vec<Vec<[f64; 2]>> {
    (0..30)
        .map(|c: u32| {
            (0..=(c % 6))
                .map(|s| {
                    let (c, s) = (f64::from(c), f64::from(s));
                    let x = (c * 0.7).sin() * 3.0 + (s * 1.3 + c).cos();
                    [x, 0.5 * x + (c * 1.9).cos() - (s + c * 0.3).sin()]
                })
                .collect()
        })
        .collect()
}

#[test]
fn replicates_equal_those_of_copied_rows() {
    let clients = few();
    let sums: Vec<_> = clients
        .iter()
        .map(|rows| CrossProducts::from_rows(rows).expect("finite"))
        .collect();
    let fast = multilevel_bootstrap(&sums, 200, 11).expect("replicates");
    let mut slow: [Vec<f64>; 3] = Default::default();
    for index in 0..200 {
        let mut rng = stream(11, index);
        let drawn: Vec<CrossProducts<2>> = (0..clients.len())
            .map(|_| {
                CrossProducts::from_rows(&clients[below(&mut rng, clients.len())]).expect("finite")
            })
            .collect();
        let r = multilevel_correlation(&drawn).expect("clients");
        slow[0].push(r.within.expect("moves"));
        slow[1].push(r.between.expect("moves"));
        slow[2].push(r.total.expect("moves"));
    }
    for (slow, fast) in slow.iter_mut().zip([fast.within, fast.between, fast.total]) {
        slow.sort_by(f64::total_cmp);
        for (a, b) in slow.iter().zip(fast.expect("stable").sorted()) {
            assert!((a - b).abs() < 1e-12);
        }
    }
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let clients = pairs();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| multilevel_bootstrap(&clients, 300, 5).expect("replicates"))
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn clients_with_one_row_are_left_out_within_and_counted() {
    let mut clients: Vec<_> = few()
        .iter()
        .map(|rows| CrossProducts::from_rows(rows).expect("finite"))
        .collect();
    let r = repeated_measures(&clients, Level::NINETY_FIVE).expect("moves");
    assert_eq!((r.clients, r.left_out), (25, 5));
    clients.retain(|client| client.count() > 1);
    let without = repeated_measures(&clients, Level::NINETY_FIVE).expect("moves");
    assert_eq!((without.r, without.df, without.p), (r.r, r.df, r.p));
}

#[test]
fn what_cannot_be_said_says_why() {
    let single: Vec<_> = (0..10)
        .map(|c| CrossProducts::from_rows(&[[f64::from(c), f64::from(c * c)]]).expect("finite"))
        .collect();
    let r = multilevel_correlation(&single).expect("clients");
    assert!(matches!(r.within, Err(Undefined::NoVariation { .. })));
    assert!(r.between.is_ok() && r.total == r.between);
    assert_eq!(r.first, Err(Undefined::NoRepeatedGroup { groups: 10 }));
    assert!(matches!(
        repeated_measures(&single, Level::NINETY_FIVE),
        Err(Undefined::TooFew { .. })
    ));
    let bootstrap = multilevel_bootstrap(&single, 100, 1).expect("replicates");
    assert!(matches!(
        bootstrap.within,
        Err(Undefined::UnstableResampling { .. })
    ));

    let equal: Vec<_> = (0..4)
        .map(|_| CrossProducts::from_rows(&[[45.1, 3.0], [45.1, 4.0]]).expect("finite"))
        .collect();
    let r = multilevel_correlation(&equal).expect("clients");
    assert!(r.within.is_err() && r.between.is_err() && r.total.is_err());
    assert!(r.first.is_err());
    assert!(multilevel_correlation(&equal[..1]).is_err());

    let perfect: Vec<_> = (0..4)
        .map(|c| {
            CrossProducts::from_rows(&[
                [0.0, f64::from(c)],
                [1.0, 1.0 + f64::from(c)],
                [2.0, 2.0 + f64::from(c)],
            ])
            .expect("finite")
        })
        .collect();
    assert_eq!(
        repeated_measures(&perfect, Level::NINETY_FIVE),
        Err(Undefined::Perfect)
    );
}

#[test]
fn two_clients_who_differ_less_than_chance_have_a_negative_icc_and_no_reliability() {
    let clients = [[[1.0, 1.0], [5.0, 2.0]], [[5.0, 1.0], [2.0, 4.0]]]
        .map(|rows| CrossProducts::from_rows(&rows).expect("finite"));
    let first = multilevel_correlation(&clients)
        .expect("clients")
        .first
        .expect("moves");
    assert!(first.icc1 < 0.0 && first.reliability == 0.0 && first.reliability_harmonic == 0.0);
}

#[test]
fn within_equals_the_correlation_of_deviations() {
    let clients = few();
    let mut deviations = Vec::new();
    for rows in clients.iter().filter(|rows| rows.len() > 1) {
        let n = rows.len() as f64;
        let mean = rows
            .iter()
            .fold([0.0; 2], |m, r| [m[0] + r[0] / n, m[1] + r[1] / n]);
        deviations.extend(rows.iter().map(|r| [r[0] - mean[0], r[1] - mean[1]]));
    }
    let direct =
        Correlation::from_cross_products(&CrossProducts::from_rows(&deviations).expect("finite"));
    let sums: Vec<_> = clients
        .iter()
        .map(|rows| CrossProducts::from_rows(rows).expect("finite"))
        .collect();
    let r = multilevel_correlation(&sums)
        .expect("clients")
        .within
        .expect("moves");
    close("within", r, direct.expect("moves").r(), 1e-13);
}

/// Clients whose sessions have both a link within and one between.
fn many_clients(count: u64) -> Vec<CrossProducts<2>> {
    (0..count)
        .map(|client| {
            let mut rng = stream(17, client);
            let level = standard_normal(&mut rng);
            let rows: Vec<[f64; 2]> = (0..1 + client % 7)
                .map(|_| {
                    let x = standard_normal(&mut rng);
                    let noise = standard_normal(&mut rng);
                    [level + x, 0.5 * level + 0.3 * x + noise]
                })
                .collect();
            CrossProducts::from_rows(&rows).expect("finite")
        })
        .collect()
}

#[test]
fn the_jackknife_is_what_leaving_out_client_by_client_gives() {
    let clients = many_clients(60);
    let found = multilevel_jackknife(&clients, Level::NINETY_FIVE).expect("three levels");
    let without = |at: usize| {
        let mut rest = clients.clone();
        rest.remove(at);
        multilevel_correlation(&rest).expect("enough clients")
    };
    let rest: Vec<_> = (0..clients.len()).map(without).collect();
    for (name, ours, of) in [
        (
            "within",
            found.within,
            (|r| r.within) as fn(&MultilevelCorrelation) -> Result<f64, Undefined>,
        ),
        ("between", found.between, |r| r.between),
        ("total", found.total, |r| r.total),
    ] {
        let z: Vec<f64> = rest
            .iter()
            .map(|r| of(r).expect("a number").atanh())
            .collect();
        let n = z.len() as f64;
        let mean = z.iter().sum::<f64>() / n;
        let slow = ((n - 1.0) / n * z.iter().map(|z| (z - mean).powi(2)).sum::<f64>()).sqrt();
        let ours = ours.expect("a number");
        assert!(
            ((ours.std_error - slow) / slow).abs() < 1e-9,
            "{name}: {} and {slow}",
            ours.std_error
        );
    }
}

#[test]
fn jackknife_and_bootstrap_agree_on_many_clients() {
    let clients = many_clients(4_000);
    let quick = multilevel_jackknife(&clients, Level::NINETY_FIVE).expect("three levels");
    let drawn = multilevel_bootstrap(&clients, 4_000, 3).expect("three levels");
    for (name, quick, drawn) in [
        ("within", quick.within, drawn.within),
        ("between", quick.between, drawn.between),
        ("total", quick.total, drawn.total),
    ] {
        let (quick, drawn) = (quick.expect("a number"), drawn.expect("replicates"));
        let limits = drawn.percentile(Level::NINETY_FIVE).expect("limits");
        let width = limits.high() - limits.low();
        let gap = |a: f64, b: f64| (a - b).abs() / width;
        // Monte-Carlo error of a 2.5 % quantile of 4,000 replicates: about 1 % of the width.
        assert!(
            gap(quick.interval.low(), limits.low()) < 0.04
                && gap(quick.interval.high(), limits.high()) < 0.04,
            "{name}: {:?} and {limits:?}",
            quick.interval
        );
    }
}
