//! The rules of control charts: what breaks a run, what is near a limit, how often chance breaks them.

use alliance::stats::control_chart::{Limits, Month, Rule, anhoej, p_chart, signals, xmr};
use alliance::stats::numeric::quantile::median;
use alliance::stats::numeric::random::{standard_normal, stream};
use proptest::prelude::*;

use super::control_chart::{around_zero, marked, months};

#[test]
fn a_point_on_the_center_breaks_a_run_and_an_equal_point_a_trend() {
    let side = |values: &[f64]| {
        marked(
            &signals(values, &around_zero(values.len())),
            Rule::SevenOnOneSide,
        )
    };
    let seven = [0.5, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5];
    assert_eq!(side(&seven), [true; 7]);
    assert_eq!(
        side(&[&seven[..], &[-1.0]].concat()),
        [[true; 7].as_slice(), &[false]].concat()
    );
    assert_eq!(side(&[&seven[..6], &[0.0, 1.0]].concat()), [false; 8]);
    // A center that is off by rounding is still the center: each of these lies on it.
    let limits = Limits {
        center: 0.1 + 0.2,
        low: vec![0.0; 8],
        high: vec![0.6; 8],
    };
    assert!(limits.center > 0.3 && signals(&[0.3; 8], &limits).iter().all(Vec::is_empty));
    let trend = |values: &[f64]| {
        marked(
            &signals(values, &around_zero(values.len())),
            Rule::SevenTrending,
        )
    };
    let rise = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
    assert_eq!(trend(&rise), [true; 7]);
    assert_eq!(trend(&rise.map(|x| -x)), [true; 7]);
    assert_eq!(trend(&rise[..6]), [false; 6]);
    assert_eq!(
        trend(&[-3.0, -2.0, -1.0, -1.0, 1.0, 2.0, 3.0, 3.5]),
        [false; 8]
    );
    // Down again: the top belongs to the rise.
    assert_eq!(
        trend(&[&rise[..], &[2.0]].concat()),
        [[true; 7].as_slice(), &[false]].concat()
    );
}

#[test]
fn two_of_three_must_be_near_the_same_limit() {
    let near = |values: &[f64]| {
        marked(
            &signals(values, &around_zero(values.len())),
            Rule::TwoOfThreeNearLimit,
        )
    };
    assert_eq!(near(&[5.0, -5.0, 1.0]), [false; 3]);
    assert_eq!(near(&[5.0, 0.0, 5.0]), [true, false, true]);
    assert_eq!(near(&[5.0, -5.0, 5.0]), [true, false, true]);
    assert_eq!(near(&[5.0, 1.0, 1.0, 5.0]), [false; 4]);
    assert_eq!(near(&[-4.5, -4.1, 0.0]), [true, true, false]);
    // Two thirds of the way is not beyond; outside the limit is.
    assert_eq!(near(&[4.0, 4.0, 4.0]), [false; 3]);
    assert_eq!(near(&[7.0, 1.0, 5.0]), [true, false, true]);
}

#[test]
fn a_limit_cut_off_at_zero_is_not_near_the_center() {
    // p = .1, three standard deviations .15: 2/36 and 1/36 are 0.9 and 1.4 of them below.
    let months = months(&[
        (2, 36),
        (1, 36),
        (1, 36),
        (9, 36),
        (5, 36),
        (4, 36),
        (5, 41),
        (2, 33),
    ]);
    let limits = p_chart(&months).expect("a chart");
    assert_eq!(limits.low[0], 0.0);
    let shares: Vec<f64> = months
        .iter()
        .map(|month| month.count as f64 / month.of as f64)
        .collect();
    let found = signals(&shares, &limits);
    assert!(found[..3].iter().all(Vec::is_empty), "{found:?}");
    // With a client or two a month, 0 and 1 are the only shares there are.
    let tiny: Vec<Month> = (0..12)
        .map(|i| Month {
            count: u64::from(i % 3 == 0),
            of: 1,
        })
        .collect();
    let shares: Vec<f64> = tiny.iter().map(|month| month.count as f64).collect();
    let limits = p_chart(&tiny).expect("a chart");
    assert!(signals(&shares, &limits).iter().all(Vec::is_empty));
}

#[test]
fn charts_without_a_change_are_marked_as_often_as_said() {
    let mut rng = stream(7, 0);
    let (mut by_rules, mut by_runs) = (0, 0);
    const CHARTS: usize = 4000;
    for _ in 0..CHARTS {
        let values: Vec<f64> = (0..24).map(|_| standard_normal(&mut rng)).collect();
        let limits = xmr(&values).expect("a chart");
        by_rules += usize::from(
            signals(&values, &limits)
                .iter()
                .any(|rules| !rules.is_empty()),
        );
        let runs = anhoej(&values, median(&values).expect("a median"));
        by_runs += usize::from(
            runs.longest_run > runs.longest_allowed || runs.crossings < runs.fewest_crossings,
        );
    }
    // R: .156 with the stricter two of three, and .037.
    let (by_rules, by_runs) = (
        by_rules as f64 / CHARTS as f64,
        by_runs as f64 / CHARTS as f64,
    );
    assert!((0.15..0.21).contains(&by_rules), "{by_rules}");
    assert!((0.025..0.05).contains(&by_runs), "{by_runs}");
}

proptest! {
    #[test]
    fn signals_ignore_unit_and_origin_and_mirror(values in prop::collection::vec(12..=60i32, 8..40), scale in 0.01..50.0f64, shift in -100.0..100.0f64) {
        let plain: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        prop_assume!(xmr(&plain).is_ok());
        let of = |values: &[f64]| signals(values, &xmr(values).expect("a chart"));
        let moved: Vec<f64> = plain.iter().map(|value| shift + scale * value).collect();
        let mirrored: Vec<f64> = plain.iter().map(|value| -value).collect();
        let found = of(&plain);
        prop_assert_eq!(&found, &of(&moved));
        prop_assert_eq!(&found, &of(&mirrored));
        let backwards: Vec<f64> = plain.iter().rev().copied().collect();
        prop_assert_eq!(found.into_iter().rev().collect::<Vec<_>>(), of(&backwards));
    }

    #[test]
    fn runs_are_marked_whole(values in prop::collection::vec(-3..=3i32, 1..40)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let found = signals(&values, &around_zero(values.len()));
        // The definition, every stretch of seven on its own.
        let by_hand = |holds: &dyn Fn(&[f64]) -> bool| -> Vec<bool> {
            (0..values.len()).map(|i| values.windows(7).enumerate().any(|(start, seven)| (start..start + 7).contains(&i) && holds(seven))).collect()
        };
        let side = by_hand(&|seven| seven.iter().all(|v| *v > 0.0) || seven.iter().all(|v| *v < 0.0));
        let trend = by_hand(&|seven| seven.windows(2).all(|p| p[1] > p[0]) || seven.windows(2).all(|p| p[1] < p[0]));
        prop_assert_eq!(marked(&found, Rule::SevenOnOneSide), side);
        prop_assert_eq!(marked(&found, Rule::SevenTrending), trend);
    }
}
