//! Tests of asymmetry, trim and fill, and fail-safe N against metafor and R.

use alliance::stats::interval::Level;
use alliance::stats::meta::bias::egger::{mixed, peese, pet, weighted};
use alliance::stats::meta::bias::failsafe::rosenthal;
use alliance::stats::meta::bias::rank::begg;
use alliance::stats::meta::bias::trim_fill::{Count, Side, trim_and_fill};
use alliance::stats::meta::hunter_schmidt::bare_bones;
use alliance::stats::meta::tau_squared::Estimator;
use alliance::stats::meta::two_level::Test;
use alliance::stats::numeric::random::{Stream, below, stream};
use serde_json::Value;

use super::dataset::*;

const LEVEL: Level = Level::NINETY_FIVE;

#[test]
fn egger_pet_and_peese_agree_with_metafor_and_lm() {
    for data in Dataset::all() {
        let expected = &data.expected;
        let ours = mixed(&data.effects, LEVEL).unwrap();
        let theirs = &expected["egger_mixed"];
        close(
            data.name,
            ours.slope.statistic,
            number(&theirs["z"]),
            ESTIMATE,
        );
        close_p(data.name, ours.slope.p, number(&theirs["p"]));
        close(
            data.name,
            ours.limit.estimate,
            number(&theirs["limit"]),
            ESTIMATE,
        );
        let ci = numbers(&theirs["limit_ci"]);
        close(data.name, ours.limit.interval.low(), ci[0], ESTIMATE);
        close(data.name, ours.limit.interval.high(), ci[1], ESTIMATE);

        let ours = weighted(&data.effects, LEVEL).unwrap();
        let theirs = &expected["egger_lm"];
        close(
            data.name,
            ours.slope.statistic,
            number(&theirs["t"]),
            ESTIMATE,
        );
        assert_eq!(ours.slope.df, theirs["df"].as_f64());
        close_p(data.name, ours.slope.p, number(&theirs["p"]));
        close(
            data.name,
            ours.limit.estimate,
            number(&theirs["limit"]),
            ESTIMATE,
        );
        let ci = numbers(&theirs["limit_ci"]);
        close(data.name, ours.limit.interval.low(), ci[0], ESTIMATE);
        close(data.name, ours.limit.interval.high(), ci[1], ESTIMATE);

        for (ours, theirs) in [
            (pet(&data.effects, LEVEL).unwrap(), &expected["pet"]),
            (peese(&data.effects, LEVEL).unwrap(), &expected["peese"]),
        ] {
            close(
                data.name,
                ours.estimate,
                number(&theirs["intercept"]),
                ESTIMATE,
            );
            close(data.name, ours.std_error, number(&theirs["se"]), ESTIMATE);
            close_p(data.name, ours.p, number(&theirs["p"]));
        }
    }
}

#[test]
fn begg_agrees_with_metafor_with_ties_and_without() {
    let text = std::fs::read_to_string(path("injected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    for data in Dataset::all() {
        let ours = begg(&data.effects).unwrap();
        close(
            data.name,
            ours.tau,
            number(&data.expected["begg"]["tau"]),
            ESTIMATE,
        );
        close_p(data.name, ours.p, number(&data.expected["begg"]["p"]));
        close(
            data.name,
            rosenthal(&data.effects, 0.01).unwrap() as f64,
            number(&all[data.name]["failsafe_01"]),
            0.0,
        );
    }
    for case in all["ranks"].as_array().unwrap() {
        let ours = begg(&effects(&numbers(&case["z"]), &numbers(&case["v"]))).unwrap();
        assert!(ours.exact);
        close("tau", ours.tau, number(&case["tau"]), ESTIMATE);
        close_p("exact", ours.p, number(&case["p"]));
    }
}

/// Kendall's score by comparing all pairs, on samples with many ties.
#[test]
fn counting_by_merging_is_counting_all_pairs() {
    for seed in 0..200 {
        let mut rng: Stream = stream(11, seed);
        let k = 4 + below(&mut rng, 30);
        let z: Vec<f64> = (0..k).map(|_| 0.1 * below(&mut rng, 5) as f64).collect();
        let v: Vec<f64> = (0..k)
            .map(|_| 0.01 * (1 + below(&mut rng, 4)) as f64)
            .collect();
        let all = effects(&z, &v);
        let weight: f64 = v.iter().map(|v| 1.0 / v).sum();
        let mean = z[0] + z.iter().zip(&v).map(|(y, v)| (y - z[0]) / v).sum::<f64>() / weight;
        let x: Vec<f64> = z
            .iter()
            .zip(&v)
            .map(|(y, v)| (y - mean) / (v - 1.0 / weight).sqrt())
            .collect();
        let (mut score, mut apart) = (0.0, [0.0, 0.0]);
        for i in 0..k {
            for j in 0..i {
                let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
                let (a, b) = (sign(x[i] - x[j]), sign(v[i] - v[j]));
                score += a * b;
                apart[0] += a * a;
                apart[1] += b * b;
            }
        }
        match begg(&all) {
            Ok(ours) => close("tau", ours.tau, score / (apart[0] * apart[1]).sqrt(), 1e-12),
            Err(_) => assert!(apart[0] == 0.0 || apart[1] == 0.0),
        }
    }
}

/// The refits inside metafor's `trimfill` stop at 1e-5, so its first values are compared to that; re-converged ones closely.
#[test]
fn trim_and_fill_agrees_with_metafor() {
    let text = std::fs::read_to_string(path("injected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    for data in Dataset::all() {
        for (name, count) in [("L0", Count::L0), ("R0", Count::R0)] {
            let ours =
                trim_and_fill(&data.effects, count, Estimator::Reml, Test::Normal, LEVEL).unwrap();
            let side = if ours.side == Side::Left {
                "left"
            } else {
                "right"
            };
            let label = format!("{} {name}", data.name);
            let first = &data.expected["trim_fill"][name];
            let closer = &all[data.name]["trim_fill"][name];
            for theirs in [first, closer] {
                assert_eq!(ours.filled.len() as f64, number(&theirs["k0"]), "{label}");
                assert_eq!(side, theirs["side"].as_str().unwrap(), "{label}");
            }
            close(
                &label,
                ours.fit.pooled().estimate,
                number(&first["z"]),
                1e-5,
            );
            assert!(
                (ours.fit.tau_squared - number(&first["tau2"])).abs() < 1e-5,
                "{label}"
            );
            close(
                &label,
                ours.fit.pooled().estimate,
                number(&closer["z"]),
                ESTIMATE,
            );
            close(
                &label,
                ours.fit.pooled().std_error,
                number(&closer["se"]),
                ESTIMATE,
            );
            let ci = numbers(&closer["ci"]);
            close(&label, ours.fit.pooled().interval.low(), ci[0], ESTIMATE);
            close(&label, ours.fit.pooled().interval.high(), ci[1], ESTIMATE);
            close(
                &label,
                ours.fit.tau_squared,
                number(&closer["tau2"]),
                VARIANCE,
            );
            // metafor lists them from the centre outwards, as we do.
            let (z, v) = (numbers(&closer["filled_z"]), numbers(&closer["filled_v"]));
            for (i, filled) in ours.filled.iter().enumerate() {
                close(&label, filled.z(), z[i], ESTIMATE);
                close(&label, filled.variance(), v[i], ESTIMATE);
            }
        }
    }
}

/// Turning all signs turns the side and nothing else; filled studies lie on the side said.
#[test]
fn trim_and_fill_is_symmetric() {
    for data in Dataset::all() {
        let turned: Vec<_> = data
            .effects
            .iter()
            .map(|e| (-e.z(), e.variance()))
            .collect();
        let turned = effects(
            &turned.iter().map(|e| e.0).collect::<Vec<_>>(),
            &turned.iter().map(|e| e.1).collect::<Vec<_>>(),
        );
        let run = |all: &[_]| {
            trim_and_fill(all, Count::L0, Estimator::Reml, Test::Normal, LEVEL).unwrap()
        };
        let (a, b) = (run(&data.effects), run(&turned));
        assert_ne!(a.side, b.side);
        assert_eq!(a.filled.len(), b.filled.len());
        close(
            data.name,
            a.fit.pooled().estimate,
            -b.fit.pooled().estimate,
            1e-11,
        );
        for filled in &a.filled {
            assert_eq!(filled.z() < a.fit.pooled().estimate, a.side == Side::Left);
        }
    }
}

#[test]
fn failsafe_and_hunter_schmidt_agree() {
    for data in Dataset::all() {
        let theirs = number(&data.expected["failsafe_rosenthal"]);
        assert_eq!(
            rosenthal(&data.effects, 0.05).unwrap() as f64,
            theirs,
            "{}",
            data.name
        );
        let studies: Vec<(f64, usize)> = data
            .rows
            .iter()
            .map(|row| (row["r"].parse().unwrap(), row["n"].parse().unwrap()))
            .collect();
        let ours = bare_bones(&studies).unwrap();
        let theirs = &data.expected["hunter_schmidt"];
        close(data.name, ours.mean_r, number(&theirs["mean_r"]), ESTIMATE);
        close(
            data.name,
            ours.variance_r,
            number(&theirs["var_r"]),
            ESTIMATE,
        );
        close(
            data.name,
            ours.variance_error,
            number(&theirs["var_error"]),
            ESTIMATE,
        );
        close(
            data.name,
            ours.variance_rho,
            number(&theirs["var_rho"]),
            ESTIMATE,
        );
    }
}
