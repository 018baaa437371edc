//! Change itself: reliable change, shares with their intervals, and the paired test.

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::means::paired;
use alliance::stats::numeric::moments::Moments;
use alliance::stats::proportion::wilson;
use alliance::stats::reliable_change::{Norm, cutoff_c, jacobson_truax};
use proptest::prelude::*;

use super::read::{
    ESTIMATE, P_VALUE, by_session, close, close_interval, expected, numbers, questions, scores,
};

#[test]
fn reliable_change_is_that_of_the_published_measures() {
    // SD, reliability, z, points, digits printed
    for (sd, reliability, z, points, digits) in [
        (7.5, 0.80, 1.959_963_985, 9.2969, 4),
        (5.66, 0.89, 1.96, 5.20, 2),
        (4.50, 0.92, 1.96, 3.53, 2),
        (7.7, 0.90, 1.96, 6.75, 2),
        (7.7, 0.90, 1.644_853_627, 5.66, 2),
    ] {
        let found = jacobson_truax(sd, reliability, z).expect("defined").points;
        let half = 0.5 * 10f64.powi(-digits);
        assert!(
            (found - points).abs() <= half * 1.000_001,
            "{sd} {reliability} {z}: {found}"
        );
    }
}

#[test]
fn reliable_change_of_the_clinic_matches_r() {
    let expected = &expected()["change"]["jacobson_truax"];
    let intake: Vec<f64> = scores()
        .values()
        .filter_map(|(pre, post)| pre.filter(|_| post.is_some()))
        .collect();
    let sd = Moments::from_values(&intake)
        .expect("finite")
        .variance(0)
        .expect("clients")
        .sqrt();
    close("sd", sd, &expected["sd"], ESTIMATE);
    let alpha = expected["alpha"].as_f64().expect("a number");
    let change = jacobson_truax(sd, alpha, 1.96).expect("defined");
    close(
        "S_diff",
        change.standard_error_of_difference,
        &expected["s_diff"],
        ESTIMATE,
    );
    close("points", change.points, &expected["points"], ESTIMATE);
}

#[test]
fn the_cutoff_of_core_10_is_the_published_one() {
    let (clinical, functional) = (
        Norm {
            mean: 19.7,
            sd: 7.7,
        },
        Norm { mean: 4.7, sd: 4.8 },
    );
    assert!((cutoff_c(clinical, functional).expect("defined") - 10.46).abs() < 1e-12);
}

#[test]
fn an_impossible_reliability_sd_or_norm_is_refused() {
    for (sd, reliability, z) in [
        (f64::NAN, 0.9, 1.96),
        (0.0, 0.9, 1.96),
        (-5.0, 0.9, 1.96),
        (5.0, f64::NAN, 1.96),
        (5.0, 1.0, 1.96),
        (5.0, 0.0, 1.96),
        (5.0, 90.0, 1.96),
        (5.0, 0.9, f64::NAN),
        (5.0, 0.9, -1.96),
        (f64::INFINITY, 0.9, 1.96),
    ] {
        assert!(
            matches!(
                jacobson_truax(sd, reliability, z),
                Err(Undefined::OutOfRange { .. })
            ),
            "{sd} {reliability} {z}"
        );
    }
    let norm = |mean, sd| Norm { mean, sd };
    assert!(cutoff_c(norm(f64::NAN, 7.7), norm(4.7, 4.8)).is_err());
    assert!(cutoff_c(norm(19.7, 0.0), norm(4.7, 4.8)).is_err());
    assert!(cutoff_c(norm(19.7, 7.7), norm(4.7, f64::NAN)).is_err());
}

#[test]
fn wilson_matches_prop_test() {
    let reference = questions();
    let rows = reference["wilson"].as_array().expect("rows");
    assert_eq!(rows.len(), 14);
    for row in rows {
        let count = |name: &str| row[name].as_u64().expect("a count");
        let level = Level::new(row["level"].as_f64().expect("a level")).expect("in range");
        let found = wilson(count("count"), count("of"), level).expect("defined");
        let what = row.to_string();
        // prop.test loses digits to cancellation where the limit is nearly 0 or 1.
        let limits = [
            (found.interval.low(), &row["low"]),
            (found.interval.high(), &row["high"]),
        ];
        for (limit, expected) in limits {
            let expected = expected.as_f64().expect("a limit");
            assert!(
                (limit - expected).abs() <= 1e-14 + ESTIMATE * expected,
                "{what}: {limit}"
            );
        }
    }
}

#[test]
fn a_share_of_nobody_or_of_more_than_all_is_refused() {
    assert!(matches!(
        wilson(0, 0, Level::NINETY_FIVE),
        Err(Undefined::TooFew { .. })
    ));
    assert!(matches!(
        wilson(13, 12, Level::NINETY_FIVE),
        Err(Undefined::OutOfRange { .. })
    ));
}

proptest! {
    #[test]
    fn wilsons_limits_stay_inside_and_rise_with_the_count(of in 1..5_000u64, part in 0.0..=1.0f64, level in 0.01..0.999f64) {
        let level = Level::new(level).expect("in range");
        let count = ((of as f64 * part) as u64).min(of - 1);
        let (less, more) = (wilson(count, of, level).expect("defined"), wilson(count + 1, of, level).expect("defined"));
        for one in [less, more] {
            prop_assert!(one.interval.low() >= 0.0 && one.interval.high() <= 1.0);
            prop_assert!(one.interval.contains(one.share));
        }
        prop_assert!(less.interval.low() < more.interval.low() && less.interval.high() < more.interval.high());
        // Counting the others turns the interval round.
        let others = wilson(of - count, of, level).expect("defined");
        prop_assert!((others.interval.low() - (1.0 - less.interval.high())).abs() < 1e-15);
        // The limits are the shares that the z test just does not reject.
        let z = level.critical_z();
        for limit in [less.interval.low(), less.interval.high()] {
            let distance = (less.share - limit).abs() - z * (limit * (1.0 - limit) / of as f64).sqrt();
            prop_assert!(distance.abs() < 1e-9, "{distance}");
        }
    }

    #[test]
    fn a_paired_test_turns_round_with_its_differences(values in prop::collection::vec(-50.0..50.0f64, 3..40)) {
        let turned: Vec<f64> = values.iter().map(|value| -value).collect();
        let [there, back] = [values, turned].map(|v| paired(&Moments::from_values(&v).expect("finite"), Level::NINETY).expect("varies"));
        prop_assert!((there.t + back.t).abs() <= 1e-12 * there.t.abs());
        prop_assert!((there.interval.low() + back.interval.high()).abs() < 1e-10);
        prop_assert_eq!(there.interval.contains(0.0), there.p > 0.1);
    }
}

#[test]
fn the_paired_test_matches_r() {
    let reference = questions();
    let expected = &reference["paired"];
    let differences = Moments::from_values(&numbers(&expected["differences"])).expect("finite");
    let found = paired(&differences, Level::NINETY_FIVE).expect("varies");
    for (what, value) in [
        ("mean", found.mean),
        ("sd", found.sd),
        ("se", found.std_error),
        ("t", found.t),
        ("df", found.df),
    ] {
        close(what, value, &expected[what], ESTIMATE);
    }
    close("p", found.p, &expected["p"], P_VALUE);
    close_interval("interval", &found.interval, &expected["ci95"]);
    assert_eq!(found.n as u64, expected["n"]);
}

#[test]
fn the_change_from_session_to_session_matches_r() {
    let ratings = by_session("alliance");
    let expected = &expected()["first_sessions"];
    for session in 1..=6u32 {
        let at = |values: &[(u32, f64)], s| {
            values
                .iter()
                .find(|(session, _)| *session == s)
                .map(|(_, rating)| *rating)
        };
        let differences: Vec<f64> = ratings
            .values()
            .filter_map(|values| Some(at(values, session + 1)? - at(values, session)?))
            .collect();
        let moments = Moments::from_values(&differences).expect("finite");
        let found = paired(&moments, Level::NINETY_FIVE).expect("varies");
        let expected = &expected[format!("s{session}_s{}", session + 1)];
        assert_eq!(found.n as u64, expected["n"]);
        close("mean", found.mean, &expected["mean"], ESTIMATE);
        close("sd", found.sd, &expected["sd"], ESTIMATE);
        close("t", found.t, &expected["t"], ESTIMATE);
        close("p", found.p, &expected["p"], P_VALUE);
    }
}

#[test]
fn clients_who_all_change_alike_have_no_paired_test() {
    let test = |values: &[f64]| {
        paired(
            &Moments::from_values(values).expect("finite"),
            Level::NINETY,
        )
    };
    assert!(matches!(
        test(&[0.3, 0.3, 0.30000000000000004]),
        Err(Undefined::NoVariation { .. })
    ));
    assert_eq!(
        test(&[1.0]),
        Err(Undefined::TooFew {
            found: 1,
            needed: 2
        })
    );
    assert!(test(&[]).is_err());
    assert!(Moments::from_values(&[1.0, f64::NAN]).is_err());
}
