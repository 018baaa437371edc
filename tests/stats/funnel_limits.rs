//! Funnels against FunnelPlotR, and the law that a flag and the limits drawn never disagree.

use alliance::stats::Undefined;
use alliance::stats::funnel_limits::{Flag, Funnel, Unit, Winsorise, Z_95, Z_998, funnel};
use proptest::prelude::*;

use super::read::{ESTIMATE, close, control_charts, numbers};

fn units(counts: &[(f64, u64)]) -> Vec<Unit> {
    counts
        .iter()
        .map(|&(count, of)| Unit { count, of })
        .collect()
}

fn even(target: f64, tau_squared: f64) -> Funnel {
    Funnel {
        target,
        phi: 1.0,
        tau_squared,
        z: vec![],
        flags: vec![],
    }
}

#[track_caller]
fn flags_agree_with_limits(units: &[Unit], found: &Funnel) {
    for (unit, flag) in units.iter().zip(&found.flags) {
        let share = unit.count / unit.of as f64;
        let (low, high) = found.limits(unit.of, Z_95);
        let (lowest, highest) = found.limits(unit.of, Z_998);
        assert!(
            lowest <= low && low <= found.target && found.target <= high && high <= highest,
            "{found:?}"
        );
        let outside = (
            share < low || share > high,
            share < lowest || share > highest,
            share > found.target,
        );
        let expected = match outside {
            (false, ..) => Flag::Inside,
            (true, false, true) => Flag::Above95,
            (true, false, false) => Flag::Below95,
            (true, true, true) => Flag::Above998,
            (true, true, false) => Flag::Below998,
        };
        assert_eq!(*flag, expected, "{unit:?} in {found:?}");
    }
}

#[test]
fn funnels_match_funnelplotr() {
    for case in control_charts()["funnels"].as_array().expect("cases") {
        for (winsorise, name) in [(Winsorise::No, "none"), (Winsorise::TenPercent, "ten")] {
            let expected = &case[name];
            let units: Vec<Unit> = numbers(&expected["count"])
                .into_iter()
                .zip(numbers(&expected["of"]))
                .map(|(count, of)| Unit {
                    count,
                    of: of as u64,
                })
                .collect();
            let found = funnel(&units, winsorise).expect("a funnel");
            close("target", found.target, &expected["target"], ESTIMATE);
            close("phi", found.phi, &expected["phi"], ESTIMATE);
            close(
                "tau squared",
                found.tau_squared,
                &expected["tau_squared"],
                ESTIMATE,
            );
            for (i, unit) in units.iter().enumerate() {
                close("z", found.z[i], &expected["z"][i], ESTIMATE);
                let (low, high) = found.limits(unit.of, Z_95);
                close("low 95", low, &expected["low95"][i], ESTIMATE);
                close("high 95", high, &expected["high95"][i], ESTIMATE);
                let (low, high) = found.limits(unit.of, Z_998);
                close("low 99.8", low, &expected["low998"][i], ESTIMATE);
                close("high 99.8", high, &expected["high998"][i], ESTIMATE);
            }
            flags_agree_with_limits(&units, &found);
        }
    }
}

#[test]
fn limits_worked_by_hand_come_out() {
    let near = |found: (f64, f64), low: f64, high: f64| {
        assert!(
            (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
            "{found:?}"
        );
    };
    near(even(0.5, 0.0).limits(50, Z_95), 0.3632, 0.6368);
    near(even(0.5, 0.0).limits(50, Z_998), 0.2884, 0.7116);
    near(even(0.5, 0.0).limits(200, Z_95), 0.4309, 0.5691);
    near(even(0.5, 0.0).limits(200, Z_998), 0.3916, 0.6084);
    near(even(111.2 / 210.0, 0.0).limits(60, Z_95), 0.4036, 0.6535);
}

#[test]
fn an_angle_beyond_the_quarter_circle_is_clipped_not_folded() {
    // Unclipped, sin² would come back from 1: an upper limit below the target's own neighbourhood.
    let (low, high) = even(0.95, 0.0).limits(5, Z_998);
    assert!(low < 0.5 && high == 1.0);
    let (low, high) = even(0.05, 0.0).limits(5, Z_998);
    assert!(low == 0.0 && high > 0.5);
    assert_eq!(even(0.5, 0.0).limits(0, Z_95), (0.0, 1.0));
}

#[test]
fn shares_of_all_or_nobody_are_inside() {
    for share in [0.0, 1.0] {
        let units = units(&[(share * 20.0, 20), (share * 35.0, 35), (share * 8.0, 8)]);
        for winsorise in [Winsorise::No, Winsorise::TenPercent] {
            let found = funnel(&units, winsorise).expect("a funnel");
            assert_eq!(
                (found.target, found.phi, found.tau_squared),
                (share, 0.0, 0.0)
            );
            assert_eq!(found.flags, [Flag::Inside; 3]);
            let (low, high) = found.limits(20, Z_95);
            // Of 20 clients without any who recovered, a few could have.
            assert!(if share == 0.0 {
                low == 0.0 && high > 0.04
            } else {
                high == 1.0 && low < 0.96
            });
        }
    }
}

#[test]
fn one_unit_is_no_funnel_and_two_are() {
    let two = units(&[(11.0, 20), (13.0, 20)]);
    assert_eq!(
        funnel(&two[..1], Winsorise::No),
        Err(Undefined::TooFew {
            found: 1,
            needed: 2
        })
    );
    assert_eq!(
        funnel(&[], Winsorise::No),
        Err(Undefined::TooFew {
            found: 0,
            needed: 2
        })
    );
    let found = funnel(&two, Winsorise::No).expect("a funnel");
    assert!((found.target - 0.6).abs() < 1e-15 && found.tau_squared == 0.0);
    assert!(found.z[0] < 0.0 && found.z[1] > 0.0);
}

#[test]
fn a_unit_without_clients_or_with_an_impossible_count_is_refused() {
    for broken in [
        (0.0, 0),
        (-0.5, 20),
        (20.5, 20),
        (f64::NAN, 20),
        (f64::INFINITY, 20),
    ] {
        let refused = funnel(&units(&[(10.0, 20), broken, (9.0, 20)]), Winsorise::No);
        assert!(
            matches!(refused, Err(Undefined::OutOfRange { .. })),
            "{broken:?}"
        );
    }
}

#[test]
fn one_unit_far_out_is_flagged_on_the_side_it_lies_on() {
    let mut clinics: Vec<(f64, u64)> = (0..20).map(|i| (48.0 + f64::from(i % 5), 100)).collect();
    clinics[3] = (90.0, 100);
    clinics[8] = (10.0, 100);
    clinics[11] = (62.0, 100);
    let units = units(&clinics);
    let found = funnel(&units, Winsorise::TenPercent).expect("a funnel");
    assert_eq!(
        (
            found.tau_squared,
            found.flags[3],
            found.flags[8],
            found.flags[11]
        ),
        (0.0, Flag::Above998, Flag::Below998, Flag::Above95)
    );
    assert_eq!(
        found
            .flags
            .iter()
            .filter(|flag| **flag == Flag::Inside)
            .count(),
        17
    );
    // Without winsorising, the two widen the limits that should show them.
    assert!(funnel(&units, Winsorise::No).expect("a funnel").tau_squared > 0.0);
}

proptest! {
    #[test]
    fn a_unit_is_flagged_exactly_when_it_lies_outside_the_limits_drawn(clinics in prop::collection::vec((0.0..=1.0f64, 1..400u64), 2..30), ten in any::<bool>(), whole in any::<bool>()) {
        let clinics: Vec<(f64, u64)> = clinics.into_iter().map(|(share, of)| {
            let count = share * of as f64;
            (if whole { count.round() } else { count }.min(of as f64), of)
        }).collect();
        let units = units(&clinics);
        let found = funnel(&units, if ten { Winsorise::TenPercent } else { Winsorise::No }).expect("a funnel");
        flags_agree_with_limits(&units, &found);
        prop_assert!(found.tau_squared >= 0.0 && found.phi >= 0.0);
    }

    #[test]
    fn failures_mirror_successes_and_order_does_not_matter(clinics in prop::collection::vec((0..=40u32, 40..90u64), 2..15)) {
        let plain = units(&clinics.iter().map(|&(count, of)| (f64::from(count), of)).collect::<Vec<_>>());
        let failures: Vec<Unit> = plain.iter().map(|unit| Unit { count: unit.of as f64 - unit.count, of: unit.of }).collect();
        let backwards: Vec<Unit> = plain.iter().rev().copied().collect();
        let [one, other, turned] = [&plain, &failures, &backwards].map(|units| funnel(units, Winsorise::TenPercent).expect("a funnel"));
        prop_assert!((one.target + other.target - 1.0).abs() < 1e-12 && (one.tau_squared - other.tau_squared).abs() < 1e-10);
        let (low, high) = one.limits(50, Z_95);
        let (failing_low, failing_high) = other.limits(50, Z_95);
        prop_assert!((low + failing_high - 1.0).abs() < 1e-9 && (high + failing_low - 1.0).abs() < 1e-9);
        prop_assert!((one.phi - turned.phi).abs() < 1e-10 * (1.0 + one.phi));
    }

    #[test]
    fn limits_narrow_with_clients_and_widen_with_z_and_tau(target in 0.0..=1.0f64, tau in 0.0..0.1f64, n in 1..500u64) {
        let inside = |inner: (f64, f64), outer: (f64, f64)| outer.0 <= inner.0 + 1e-15 && inner.1 <= outer.1 + 1e-15;
        let (plain, wide) = (even(target, 0.0), even(target, tau));
        prop_assert!(inside(plain.limits(n + 1, Z_95), plain.limits(n, Z_95)));
        prop_assert!(inside(plain.limits(n, Z_95), plain.limits(n, Z_998)));
        prop_assert!(inside(plain.limits(n, Z_95), wide.limits(n, Z_95)));
    }
}
