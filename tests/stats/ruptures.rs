//! Ruptures and repairs against an independent count, their laws, and what must never be a rupture.

use std::collections::BTreeMap;

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::numeric::moments::Moments;
use alliance::stats::regression::regression;
use alliance::stats::rupture::{
    Course, Criterion, Repair, below_control_limit, course, pooled_within_sd, ruptures, yardstick,
};
use proptest::prelude::*;

use super::read::{ESTIMATE, P_VALUE, by_session, close, expected, scores};

/// Ratings of the clients with at least 4, in the order of sessions.
fn ratings() -> BTreeMap<String, Vec<f64>> {
    by_session("alliance")
        .into_iter()
        .map(|(client, values)| {
            (
                client,
                values.into_iter().map(|(_, rating)| rating).collect(),
            )
        })
        .filter(|(_, ratings): &(_, Vec<f64>)| ratings.len() >= 4)
        .collect()
}

fn moments(ratings: &[f64]) -> Moments {
    Moments::from_values(ratings).expect("finite ratings")
}

fn pooled<'a>(clients: impl IntoIterator<Item = &'a Vec<f64>>) -> f64 {
    pooled_within_sd(clients.into_iter().map(|one| moments(one))).expect("ratings vary")
}

const HALF: Criterion = Criterion {
    falls: 1.0,
    repair: Repair::Half,
    window: 3,
};

#[test]
fn ruptures_courses_and_their_outcomes_match_the_independent_count() {
    let (ratings, scores) = (ratings(), scores());
    let expected = &expected()["ruptures"];
    assert_eq!(ratings.len() as u64, expected["clients"]);
    let within = pooled(ratings.values());
    close("pooled SD", within, &expected["pooled_within_sd"], ESTIMATE);
    for (name, falls, repair) in [
        ("k1_half", 1.0, Repair::Half),
        ("k1_full", 1.0, Repair::All),
        ("k2_half", 2.0, Repair::Half),
        ("k2_full", 2.0, Repair::All),
    ] {
        let criterion = Criterion {
            falls,
            repair,
            window: 3,
        };
        let expected = &expected[name];
        let (mut counts, mut episodes) = ([0u64; 3], 0);
        let [mut pre, mut post, mut repaired, mut unrepaired] = [const { Vec::new() }; 4];
        for (client, ratings) in &ratings {
            let found = ruptures(ratings, yardstick(ratings, within), &criterion);
            let class = course(&found);
            episodes += found.len() as u64;
            counts[class as usize] += 1;
            if let Some((Some(before), Some(after))) = scores.get(client) {
                pre.push(*before);
                post.push(*after);
                repaired.push(f64::from(class == Course::Repaired));
                unrepaired.push(f64::from(class == Course::Unrepaired));
            }
        }
        for (count, course) in counts.iter().zip(["none", "repaired", "unrepaired"]) {
            assert_eq!(*count, expected["counts"][course], "{name} {course}");
        }
        assert_eq!(episodes, expected["episodes"], "{name}");
        let fit = regression(&[&pre, &repaired, &unrepaired], &post, Level::NINETY_FIVE)
            .expect("estimable");
        assert_eq!(fit.n as u64, expected["n"]);
        for (coefficient, course) in [(2, "repaired_vs_none"), (3, "unrepaired_vs_none")] {
            let (found, expected) = (&fit.coefficients[coefficient], &expected[course]);
            let what = format!("{name} {course}");
            close(&what, found.estimate, &expected["estimate"], ESTIMATE);
            close(&what, found.std_error, &expected["se"], ESTIMATE);
            close(&what, found.t, &expected["t"], ESTIMATE);
            close(&what, found.p, &expected["p"], P_VALUE);
        }
    }
}

#[test]
fn ratings_that_never_change_are_never_a_rupture() {
    let flat = [43.3; 12];
    // The pooled SD of a clinic where only others vary.
    let within = pooled([&flat.to_vec(), &vec![40.0, 41.0, 40.0]]);
    assert!(within > 0.0);
    assert!(ruptures(&flat, yardstick(&flat, within), &HALF).is_empty());
    // 43.3 computed in two ways differs in the last bit.
    let nearly = [
        43.300000000000004,
        43.3,
        43.300000000000004,
        43.3,
        43.3,
        43.3,
    ];
    assert!(ruptures(&nearly, yardstick(&nearly, within), &HALF).is_empty());
    assert_eq!(below_control_limit(&nearly), Some(vec![]));
    assert_eq!(below_control_limit(&flat), Some(vec![]));
    assert!(matches!(
        pooled_within_sd([moments(&flat), moments(&nearly)]),
        Err(Undefined::NoVariation { .. })
    ));
}

#[test]
fn a_client_with_one_rating_has_no_spread_within() {
    assert_eq!(
        pooled_within_sd([moments(&[40.0]), moments(&[])]),
        Err(Undefined::TooFew {
            found: 1,
            needed: 2
        })
    );
    assert!(pooled_within_sd([]).is_err());
    assert_eq!(yardstick(&[40.0], 3.0), 3.0);
}

#[test]
fn a_fall_of_exactly_the_yardstick_is_a_rupture_and_exactly_half_of_it_a_repair() {
    let found = ruptures(&[50.0, 47.0, 48.5], 3.0, &HALF);
    assert_eq!((found.len(), found[0].repaired_after), (1, Some(1)));
    assert!(ruptures(&[50.0, 47.1, 48.5], 3.0, &HALF).is_empty());
    assert_eq!(
        ruptures(&[50.0, 47.0, 48.4], 3.0, &HALF)[0].repaired_after,
        None
    );
    // 0.7 − 0.4 is a little less than 0.3 in doubles, and still a fall of 0.3.
    let (before, after, fall) = (0.7, 0.4, 0.3);
    assert!(before - after < fall);
    assert_eq!(ruptures(&[before, after], fall, &HALF).len(), 1);
}

#[test]
fn a_repair_after_the_window_comes_too_late() {
    let all = Criterion {
        repair: Repair::All,
        ..HALF
    };
    let course_of = |ratings: &[f64], criterion: &Criterion| {
        let found = ruptures(ratings, 3.0, criterion);
        (found[0].repaired_after, course(&found))
    };
    let late = [50.0, 40.0, 41.0, 42.0, 43.0, 50.0];
    assert_eq!(course_of(&late, &HALF), (None, Course::Unrepaired));
    let just = [50.0, 40.0, 41.0, 42.0, 50.0];
    assert_eq!(course_of(&just, &all), (Some(3), Course::Repaired));
    let half = [50.0, 40.0, 45.0];
    assert_eq!(course_of(&half, &HALF), (Some(1), Course::Repaired));
    assert_eq!(course_of(&half, &all), (None, Course::Unrepaired));
    let none = Criterion { window: 0, ..HALF };
    assert_eq!(course_of(&half, &none), (None, Course::Unrepaired));
}

#[test]
fn a_fall_at_the_last_rating_is_unrepaired_and_one_unrepaired_rupture_decides() {
    let last = ruptures(&[50.0, 51.0, 52.0, 40.0], 3.0, &HALF);
    assert_eq!(course(&last), Course::Unrepaired);
    let mixed = ruptures(&[50.0, 45.0, 50.0, 51.0, 40.0], 3.0, &HALF);
    assert_eq!((mixed.len(), course(&mixed)), (2, Course::Unrepaired));
    // Two steps down are two ruptures when each is deep enough.
    let stairs = ruptures(&[50.0, 45.0, 40.0, 50.0], 3.0, &HALF);
    assert_eq!(
        stairs
            .iter()
            .map(|one| one.repaired_after)
            .collect::<Vec<_>>(),
        [Some(2), Some(1)]
    );
    assert!(ruptures(&[], 3.0, &HALF).is_empty() && ruptures(&[50.0], 3.0, &HALF).is_empty());
}

#[test]
fn an_unknown_rating_is_never_a_course_without_ruptures() {
    let refused = |ratings: &'static [f64], yardstick: f64, falls: f64| {
        std::panic::catch_unwind(move || ruptures(ratings, yardstick, &Criterion { falls, ..HALF }))
            .is_err()
    };
    assert!(yardstick(&[40.0, f64::NAN], 3.0).is_nan());
    assert!(yardstick(&[40.0, 41.0], f64::NAN).is_nan());
    assert!(refused(&[50.0, f64::NAN, 49.0], 3.0, 1.0));
    assert!(refused(&[50.0, 40.0], f64::NAN, 1.0));
    assert!(refused(&[50.0, 40.0], 0.0, 1.0));
    assert!(refused(&[50.0, 40.0], 3.0, -1.0));
    assert!(refused(&[50.0, 40.0], 3.0, f64::NAN));
    assert!(!refused(&[50.0, 40.0], 3.0, 1.0));
    assert_eq!(
        below_control_limit(&[1.0, 2.0, 1.0, 2.0, 1.0, f64::NAN]),
        None
    );
}

#[test]
fn the_control_chart_finds_what_lies_strictly_below_its_limit() {
    // Mean 40.9167, mean moving range 3.72727, limit 31.0021: nothing below.
    let calm = [
        40.0, 42.0, 39.0, 45.0, 41.0, 38.0, 44.0, 43.0, 40.0, 42.0, 36.0, 41.0,
    ];
    assert_eq!(below_control_limit(&calm), Some(vec![]));
    let with = |last: f64| below_control_limit(&[&calm[..], &[last]].concat());
    // A thirteenth rating moves the limit: to 27.356 with 26, which lies below, and to 27.953 with 28, which does not.
    assert_eq!(with(26.0), Some(vec![12]));
    assert_eq!(with(28.0), Some(vec![]));
    assert_eq!(below_control_limit(&calm[..5]), None);
    assert!(below_control_limit(&calm[..6]).is_some());
}

proptest! {
    #[test]
    fn ruptures_ignore_unit_and_origin(ratings in prop::collection::vec(12..=60i32, 4..25), scale in 0.01..50.0f64, shift in -100.0..100.0f64, falls in 1..=2u8, all in any::<bool>()) {
        let plain: Vec<f64> = ratings.iter().map(|&rating| f64::from(rating)).collect();
        let moved: Vec<f64> = plain.iter().map(|rating| shift + scale * rating).collect();
        let criterion = Criterion { falls: f64::from(falls), repair: if all { Repair::All } else { Repair::Half }, window: 3 };
        let found = ruptures(&plain, yardstick(&plain, 3.0), &criterion);
        let again = ruptures(&moved, yardstick(&moved, 3.0 * scale), &criterion);
        prop_assert_eq!(found.len(), again.len());
        for (one, other) in found.iter().zip(&again) {
            prop_assert_eq!((one.at, one.repaired_after), (other.at, other.repaired_after));
            prop_assert!((other.fall - scale * one.fall).abs() < 1e-9 * (scale * 60.0 + shift.abs()));
        }
        prop_assert_eq!(below_control_limit(&plain), below_control_limit(&moved));
    }

    #[test]
    fn a_stricter_criterion_finds_no_more_and_repairs_no_more(ratings in prop::collection::vec(12.0..60.0f64, 2..25)) {
        let find = |falls, repair| ruptures(&ratings, yardstick(&ratings, 3.0), &Criterion { falls, repair, window: 3 });
        let (loose, strict) = (find(1.0, Repair::Half), find(2.0, Repair::Half));
        prop_assert!(strict.iter().all(|one| loose.contains(one)));
        let all = find(1.0, Repair::All);
        prop_assert_eq!(all.len(), loose.len());
        for (half, whole) in loose.iter().zip(&all) {
            prop_assert!(half.at == whole.at && (whole.repaired_after.is_none() || half.repaired_after <= whole.repaired_after));
            prop_assert!(whole.repaired_after.is_none() || half.repaired_after.is_some());
        }
        prop_assert!(course(&loose) <= course(&all));
    }

    #[test]
    fn the_pooled_spread_ignores_each_clients_level(clients in prop::collection::vec(prop::collection::vec(12.0..60.0f64, 2..8), 2..10), shift in -20.0..20.0f64) {
        let moved: Vec<Vec<f64>> = clients.iter().enumerate().map(|(i, one)| one.iter().map(|rating| rating + shift * i as f64).collect()).collect();
        prop_assert!((pooled(&clients) - pooled(&moved)).abs() < 1e-9);
        // The definition, two passes.
        let squares: f64 = clients.iter().map(|one| {
            let mean = one.iter().sum::<f64>() / one.len() as f64;
            one.iter().map(|rating| (rating - mean).powi(2)).sum::<f64>()
        }).sum();
        let df: usize = clients.iter().map(|one| one.len() - 1).sum();
        prop_assert!((pooled(&clients) - (squares / df as f64).sqrt()).abs() < 1e-10);
    }
}
