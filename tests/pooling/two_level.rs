//! The pooled effect against metafor: nine estimators, three tests, and with τ² given.

use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::mean_correlation::mean_correlation;
use alliance::stats::meta::tau_squared::Estimator;
use alliance::stats::meta::two_level::{Test, TwoLevel};
use alliance::stats::numeric::random::stream;
use serde_json::Value;

use super::dataset::*;

const LEVEL: Level = Level::NINETY_FIVE;

const ESTIMATORS: [(&str, Estimator); 9] = [
    ("FE", Estimator::None),
    ("DL", Estimator::DerSimonianLaird),
    ("HE", Estimator::Hedges),
    ("HS", Estimator::HunterSchmidt),
    ("SJ", Estimator::SidikJonkman),
    ("ML", Estimator::Ml),
    ("REML", Estimator::Reml),
    ("EB", Estimator::EmpiricalBayes),
    // metafor's Paule–Mandel root is only good to 1e-4; empirical Bayes is the same equation, re-converged.
    ("EB", Estimator::PauleMandel),
];

pub const TESTS: [(&str, Test); 3] = [
    ("z", Test::Normal),
    ("knha", Test::KnappHartung),
    ("adhoc", Test::AdHoc),
];

pub fn agrees(label: &str, effects: &[Effect], fit: &TwoLevel, expected: &Value) {
    let n = |key: &str| number(&expected[key]);
    let pooled = fit.pooled();
    assert_eq!(fit.k as f64, n("k"), "{label}");
    close(label, pooled.estimate, n("z"), ESTIMATE);
    close(label, pooled.std_error, n("se"), ESTIMATE);
    close(label, pooled.statistic, n("statistic"), ESTIMATE);
    assert_eq!(pooled.df, expected["df"].as_f64(), "{label}");
    close_p(label, pooled.p, n("p"));
    let ci = numbers(&expected["ci"]);
    close(label, pooled.interval.low(), ci[0], ESTIMATE);
    close(label, pooled.interval.high(), ci[1], ESTIMATE);
    close(label, fit.pooled_r(), n("r"), ESTIMATE);
    let (ours, theirs) = (fit.pooled_r_interval().unwrap(), numbers(&expected["r_ci"]));
    close(label, ours.low(), theirs[0], ESTIMATE);
    close(label, ours.high(), theirs[1], ESTIMATE);
    if expected["r_prediction"][0].is_null() {
        assert!(
            fit.prediction_r().is_err(),
            "{label}: a common effect predicts nothing"
        );
    } else {
        let (ours, theirs) = (
            fit.prediction_r().unwrap(),
            numbers(&expected["r_prediction"]),
        );
        // R's τ² of 1e-14 for 0 widens its interval by 1e-11.
        close(label, ours.low(), theirs[0], ESTIMATE);
        close(label, ours.high(), theirs[1], ESTIMATE);
    }
    let design = Design::intercept(effects.len());
    close_tau(label, effects, &design, fit.tau_squared, n("tau2"));
    match expected["tau2_se"].as_f64() {
        None => assert_eq!(fit.tau_squared_se, None, "{label}"),
        Some(theirs) => close(label, fit.tau_squared_se.unwrap(), theirs, VARIANCE),
    }
    let found = &fit.heterogeneity;
    if fit.tau_squared == 0.0 && n("tau2") > 0.0 {
        assert!(n("i2") < 1e-8, "{label}");
    } else {
        close(label, found.i_squared, n("i2"), VARIANCE);
    }
    close(label, found.h_squared, n("h2"), VARIANCE);
    close(label, found.q, n("q"), ESTIMATE);
    assert_eq!(found.df, n("q_df"), "{label}");
    close_p(label, found.p, n("q_p"));
}

#[test]
fn nine_estimators_and_three_tests_agree_with_metafor_on_seven_data_sets() {
    let mut compared = 0;
    for data in Dataset::all() {
        for (name, estimator) in ESTIMATORS {
            for (key, test) in TESTS {
                let expected = &data.expected["random_effects"][name][key];
                if expected.is_null() {
                    assert!(name == "FE" && key != "z");
                    continue;
                }
                let fit = TwoLevel::fit(&data.effects, &data.intercept(), estimator, test, LEVEL);
                let label = format!("{} {estimator:?} {key}", data.name);
                agrees(&label, &data.effects, &fit.unwrap(), expected);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 7 * (8 * 3 + 1));
}

#[test]
fn every_subgroup_agrees_with_metafor() {
    let mut compared = 0;
    for data in Dataset::all() {
        let Some(moderators) = data.expected["subgroups"].as_object() else {
            continue;
        };
        for (moderator, levels) in moderators {
            let (effects, values) = data.with(moderator);
            for (level, expected) in levels.as_object().unwrap() {
                let chosen: Vec<Effect> = (0..effects.len())
                    .filter(|&i| &values[i] == level)
                    .map(|i| effects[i])
                    .collect();
                let design = Design::intercept(chosen.len());
                let fit = TwoLevel::fit(&chosen, &design, Estimator::Reml, Test::Normal, LEVEL);
                let label = format!("{} {moderator} {level}", data.name);
                agrees(&label, &chosen, &fit.unwrap(), expected);
                compared += 1;
            }
        }
    }
    assert!(compared >= 19, "{compared}");
}

/// With τ² given nothing is searched, so rounding is all that may differ.
#[test]
fn with_tau_squared_given_every_number_agrees_to_1e_11() {
    const CLOSE: f64 = 1e-11;
    let text = std::fs::read_to_string(path("injected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let moderators = [
        ("craft2003", "pair", true),
        ("crede2010", "year", false),
        ("mcdaniel1994", "struct", true),
        ("molloy2014", "age", false),
    ];
    let mut compared = (0, 0);
    for data in Dataset::all() {
        for expected in all[data.name]["fits"].as_array().unwrap() {
            let n = |key: &str| number(&expected[key]);
            let key = expected["test"].as_str().unwrap();
            let test = TESTS.iter().find(|t| t.0 == key).unwrap().1;
            let label = format!("{} {key} {}", data.name, n("tau2"));
            let fit =
                TwoLevel::fit_at(&data.effects, &data.intercept(), n("tau2"), test, LEVEL).unwrap();
            let pooled = fit.pooled();
            close(&label, pooled.estimate, n("z"), CLOSE);
            close(&label, pooled.std_error, n("se"), CLOSE);
            close(&label, pooled.statistic, n("statistic"), CLOSE);
            close_p(&label, pooled.p, n("p"));
            close(&label, pooled.interval.low(), n("low"), CLOSE);
            close(&label, pooled.interval.high(), n("high"), CLOSE);
            let prediction = fit.prediction().unwrap();
            close(&label, prediction.low(), n("pi_low"), CLOSE);
            close(&label, prediction.high(), n("pi_high"), CLOSE);
            close(&label, fit.heterogeneity.q, n("q"), CLOSE);
            close(&label, fit.heterogeneity.i_squared, n("i2"), CLOSE);
            close(&label, fit.heterogeneity.h_squared, n("h2"), CLOSE);
            close(&label, fit.log_likelihood, n("ll"), CLOSE);
            close(&label, fit.restricted_log_likelihood, n("rell"), CLOSE);
            close(
                &label,
                fit.mean_correlation().unwrap().estimate,
                n("mean_rho"),
                CLOSE,
            );
            compared.0 += 1;
            let mods = &expected["mods"];
            if mods.is_null() {
                continue;
            }
            let (_, moderator, categorical) =
                *moderators.iter().find(|m| m.0 == data.name).unwrap();
            let (effects, values) = data.with(moderator);
            let (design, _) = design(&values, categorical);
            let fit = TwoLevel::fit_at(&effects, &design, n("tau2"), test, LEVEL).unwrap();
            for (j, ours) in fit.coefficients.iter().enumerate() {
                close(&label, ours.estimate, number(&mods["coef"][j]), CLOSE);
                close(&label, ours.std_error, number(&mods["se"][j]), CLOSE);
                close_p(&label, ours.p, number(&mods["p"][j]));
            }
            let omnibus = fit.moderation.unwrap();
            close(&label, omnibus.statistic, number(&mods["qm"]), CLOSE);
            close_p(&label, omnibus.p, number(&mods["qm_p"]));
            close(&label, fit.heterogeneity.q, number(&mods["qe"]), CLOSE);
            close(
                &label,
                fit.heterogeneity.i_squared,
                number(&mods["i2"]),
                CLOSE,
            );
            close(&label, fit.log_likelihood, number(&mods["ll"]), CLOSE);
            close(
                &label,
                fit.restricted_log_likelihood,
                number(&mods["rell"]),
                CLOSE,
            );
            compared.1 += 1;
        }
    }
    assert_eq!(compared, (7 * 15, 4 * 15));
}

#[test]
fn the_order_of_the_effects_changes_nothing() {
    for data in Dataset::all() {
        let mut turned = data.effects.clone();
        turned.reverse();
        turned.rotate_left(3);
        for (_, estimator) in ESTIMATORS {
            let fit = |effects: &[Effect]| {
                TwoLevel::fit(effects, &data.intercept(), estimator, Test::AdHoc, LEVEL).unwrap()
            };
            let (a, b) = (fit(&data.effects), fit(&turned));
            close("z", a.pooled().estimate, b.pooled().estimate, 1e-12);
            close("se", a.pooled().std_error, b.pooled().std_error, 1e-12);
            close("tau", a.tau_squared, b.tau_squared, 1e-11);
        }
    }
}

#[test]
fn effects_in_other_units_scale_everything() {
    for data in Dataset::all() {
        let tenfold: Vec<Effect> = data
            .effects
            .iter()
            .map(|e| Effect::from_fisher_z(10.0 * e.z(), 100.0 * e.variance()).unwrap())
            .collect();
        for (_, estimator) in ESTIMATORS {
            let fit = |effects: &[Effect]| {
                TwoLevel::fit(
                    effects,
                    &data.intercept(),
                    estimator,
                    Test::KnappHartung,
                    LEVEL,
                )
                .unwrap()
            };
            let (a, b) = (fit(&data.effects), fit(&tenfold));
            close("z", b.pooled().estimate, 10.0 * a.pooled().estimate, 1e-12);
            close("tau", b.tau_squared, 100.0 * a.tau_squared, 1e-11);
            close(
                "statistic",
                b.pooled().statistic,
                a.pooled().statistic,
                1e-11,
            );
            close(
                "i2",
                b.heterogeneity.i_squared,
                a.heterogeneity.i_squared,
                1e-10,
            );
        }
    }
}

/// A shift of all effects moves the pooled one and nothing else; a straight line in a moderator moves its coefficients.
#[test]
fn a_shift_moves_only_the_intercept() {
    for data in Dataset::all() {
        let rows: Vec<[f64; 2]> = (0..data.effects.len())
            .map(|i| [1.0, (i * i % 7) as f64])
            .collect();
        let design = Design::new(&rows).unwrap();
        let moved: Vec<Effect> = data
            .effects
            .iter()
            .zip(&rows)
            .map(|(e, row)| {
                Effect::from_fisher_z(e.z() + 2.0 - 0.3 * row[1], e.variance()).unwrap()
            })
            .collect();
        let fit = |effects: &[Effect]| {
            TwoLevel::fit(effects, &design, Estimator::Reml, Test::AdHoc, LEVEL).unwrap()
        };
        let (a, b) = (fit(&data.effects), fit(&moved));
        close(
            "intercept",
            b.coefficients[0].estimate,
            a.coefficients[0].estimate + 2.0,
            1e-12,
        );
        close(
            "slope",
            b.coefficients[1].estimate,
            a.coefficients[1].estimate - 0.3,
            1e-12,
        );
        close("tau", b.tau_squared, a.tau_squared, 1e-11);
        close("q", b.heterogeneity.q, a.heterogeneity.q, 1e-11);
    }
}

/// A design that only splits the effects into groups gives each group its own mean.
#[test]
fn a_categorical_moderator_of_a_common_effect_gives_the_subgroups() {
    let data = Dataset::read("mcdaniel1994");
    let (effects, values) = data.with("struct");
    let (design, levels) = design(&values, true);
    let fit = TwoLevel::fit(&effects, &design, Estimator::None, Test::Normal, LEVEL).unwrap();
    let mut sum = 0.0;
    for (j, level) in levels.iter().enumerate() {
        let group: Vec<Effect> = (0..effects.len())
            .filter(|&i| &values[i] == level)
            .map(|i| effects[i])
            .collect();
        let alone = TwoLevel::fit(
            &group,
            &Design::intercept(group.len()),
            Estimator::None,
            Test::Normal,
            LEVEL,
        )
        .unwrap();
        let here = fit.coefficients[0].estimate
            + if j == 0 {
                0.0
            } else {
                fit.coefficients[j].estimate
            };
        close(level, here, alone.pooled().estimate, 1e-12);
        sum += alone.heterogeneity.q;
    }
    close("Q within", fit.heterogeneity.q, sum, 1e-12);
    // The total splits into within and between.
    let whole = TwoLevel::fit(
        &effects,
        &Design::intercept(effects.len()),
        Estimator::None,
        Test::Normal,
        LEVEL,
    )
    .unwrap();
    close(
        "Q",
        whole.heterogeneity.q,
        sum + fit.moderation.unwrap().statistic,
        1e-12,
    );
}

#[test]
fn the_certificate_states_the_log_likelihood_of_the_fit() {
    for data in Dataset::all() {
        let fit = |estimator| {
            TwoLevel::fit(
                &data.effects,
                &data.intercept(),
                estimator,
                Test::Normal,
                LEVEL,
            )
            .unwrap()
        };
        let (restricted, full) = (fit(Estimator::Reml), fit(Estimator::Ml));
        close(
            "REML",
            restricted.certificate.objective,
            restricted.restricted_log_likelihood,
            1e-12,
        );
        close("ML", full.certificate.objective, full.log_likelihood, 1e-12);
        assert!(restricted.certificate.identifiable && restricted.certificate.evaluations > 5);
    }
}

/// The integral transform against Simpson's rule on a fine grid, and its limits.
#[test]
fn the_mean_correlation_is_the_integral() {
    let mut rng = stream(24, 0);
    for _ in 0..40 {
        let (z, tau) = (between(&mut rng, -2.5, 2.5), between(&mut rng, 0.001, 3.0));
        let (panels, reach) = (40_000, 12.0);
        let step = 2.0 * reach / panels as f64;
        let mut sum = 0.0;
        for i in 0..=panels {
            let x = -reach + i as f64 * step;
            let weight = if i == 0 || i == panels {
                1.0
            } else {
                [2.0, 4.0][i % 2]
            };
            sum += weight * (-0.5 * x * x).exp() * (z + tau * x).tanh();
        }
        let integral = sum * step / 3.0 / std::f64::consts::TAU.sqrt();
        close(
            &format!("{z} {tau}"),
            mean_correlation(z, tau * tau),
            integral,
            1e-12,
        );
    }
    assert_eq!(mean_correlation(0.3, 0.0), libm::tanh(0.3));
    assert_eq!(mean_correlation(0.0, 0.5), 0.0);
}
