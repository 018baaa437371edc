//! Cluster-robust variances: every number against clubSandwich, and the identities they must obey.

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::nested::{NestedEffects, Variances};
use alliance::stats::meta::robust::{Robust, RobustCoefficient, RobustType};
use alliance::stats::meta::three_level::{Likelihood, ThreeLevel};
use alliance::stats::numeric::random::{standard_normal, stream, uniform};
use serde_json::Value;

use super::three_level_reference::{
    ESTIMATE, INJECTED, P_VALUE, all_close, close, models, numbers, reference,
};

const TYPES: [(&str, RobustType); 3] = [
    ("CR0", RobustType::Cr0),
    ("CR1", RobustType::Cr1),
    ("CR2", RobustType::Cr2),
];
const DF: f64 = 1e-3;

fn given(between_studies: f64, between_effects: f64) -> Variances {
    Variances {
        between_studies,
        between_effects,
    }
}

fn check(what: &str, robust: &Robust, expected: &Value, relative: f64) {
    let each = |of: fn(&RobustCoefficient) -> f64| {
        robust
            .coefficients
            .iter()
            .map(|c| of(c.as_ref().expect("a coefficient")))
            .collect::<Vec<_>>()
    };
    all_close(
        &format!("{what} b"),
        each(|c| c.estimate),
        &expected["b"],
        relative,
    );
    all_close(
        &format!("{what} se"),
        each(|c| c.std_error),
        &expected["se"],
        relative,
    );
    all_close(
        &format!("{what} t"),
        each(|c| c.t),
        &expected["t"],
        relative,
    );
    all_close(
        &format!("{what} df"),
        each(|c| c.df),
        &expected["df"],
        DF.min(1e3 * relative),
    );
    all_close(&format!("{what} p"), each(|c| c.p), &expected["p"], P_VALUE);
    all_close(
        &format!("{what} low"),
        each(|c| c.interval.low()),
        &expected["ci_low"],
        1e2 * relative,
    );
    all_close(
        &format!("{what} high"),
        each(|c| c.interval.high()),
        &expected["ci_high"],
        1e2 * relative,
    );
    for (found, expected) in robust
        .covariance
        .concat()
        .into_iter()
        .zip(numbers(&expected["vcov"]))
    {
        // Covariances near 0 are compared on the scale of the variances.
        let scale = robust
            .covariance
            .iter()
            .enumerate()
            .map(|(i, row)| row[i])
            .fold(0.0, f64::max);
        assert!(
            (found - expected).abs() <= relative * expected.abs() + 1e-13 * scale,
            "{what} vcov: {found} {expected}"
        );
    }
    if let Some(htz) = expected.get("htz") {
        let all: Vec<usize> = (1..robust.coefficients.len()).collect();
        let test = robust.joint_test(&all).expect("a joint test");
        close(
            &format!("{what} HTZ F"),
            test.f,
            numbers(&htz["f"])[0],
            1e2 * relative,
        );
        close(
            &format!("{what} HTZ df"),
            test.df2,
            numbers(&htz["df2"])[0],
            DF.min(1e3 * relative),
        );
        close(
            &format!("{what} HTZ p"),
            test.p,
            numbers(&htz["p"])[0],
            P_VALUE,
        );
        assert_eq!(test.df1 as f64, numbers(&htz["df1"])[0]);
    }
}

#[test]
fn every_number_of_the_reference_fits_is_clubsandwichs() {
    for (name, term) in models() {
        let reference = reference(name);
        for (method, likelihood) in [("REML", Likelihood::Reml), ("ML", Likelihood::Ml)] {
            let design = reference.design(term);
            let fit = ThreeLevel::fit(
                &reference.effects,
                &reference.studies,
                &design,
                likelihood,
                Level::NINETY_FIVE,
            )
            .unwrap();
            for (label, robust_type) in TYPES {
                let expected = &reference.expected[term][method]["robust"][label];
                let robust = fit.robust(robust_type).unwrap();
                check(
                    &format!("{name} {term} {method} {label}"),
                    &robust,
                    expected,
                    ESTIMATE,
                );
            }
        }
    }
}

#[test]
fn with_variances_given_every_number_is_clubsandwichs_to_rounding() {
    for (name, term) in models() {
        let reference = reference(name);
        let nested = NestedEffects::new(
            &reference.effects,
            &reference.studies,
            &reference.design(term),
        )
        .unwrap();
        for expected in reference.expected[term]["injected"].as_array().unwrap() {
            let pair = numbers(&expected["sigma2"]);
            for (label, robust_type) in TYPES {
                let robust = Robust::fit(
                    &nested,
                    given(pair[0], pair[1]),
                    robust_type,
                    Level::NINETY_FIVE,
                )
                .unwrap();
                check(
                    &format!("{name} {term} {pair:?} {label}"),
                    &robust,
                    &expected["robust"][label],
                    INJECTED,
                );
                // Without variance between studies this is the two-level model (rma.uni), studies as clusters.
                if let Some(two_level) = expected.get("robust_two_level") {
                    check(
                        &format!("{name} {term} two-level {label}"),
                        &robust,
                        &two_level[label],
                        INJECTED,
                    );
                }
            }
        }
    }
}

#[test]
fn a_moderator_that_singles_out_one_study_keeps_clubsandwichs_numbers() {
    for name in ["relationship_outcome", "crede2010"] {
        let reference = reference(name);
        for expected in reference.expected["alone"].as_array().unwrap() {
            let alone = numbers(&expected["study"])[0] as usize;
            let rows: Vec<[f64; 2]> = reference
                .studies
                .iter()
                .map(|&j| [1.0, f64::from(u8::from(j == alone))])
                .collect();
            let nested = NestedEffects::new(
                &reference.effects,
                &reference.studies,
                &Design::new(&rows).unwrap(),
            )
            .unwrap();
            let robust = Robust::fit(
                &nested,
                given(0.013, 0.021),
                RobustType::Cr2,
                Level::NINETY_FIVE,
            )
            .unwrap();
            for c in 0..2 {
                let found = robust.coefficients[c].unwrap();
                let of = |key: &str| numbers(&expected[key])[c];
                close(
                    &format!("{name} study {alone} se {c}"),
                    found.std_error,
                    of("se"),
                    INJECTED,
                );
                close(
                    &format!("{name} study {alone} df {c}"),
                    found.df,
                    of("df"),
                    1e-8,
                );
            }
        }
    }
}

#[test]
fn with_one_effect_per_study_cr2_is_hc2() {
    for name in ["molloy2014", "mcdaniel1994"] {
        let reference = reference(name);
        let k = reference.k();
        let nested = NestedEffects::new(
            &reference.effects,
            &reference.studies,
            &Design::intercept(k),
        )
        .unwrap();
        assert_eq!(nested.studies(), k);
        let tau_squared = numbers(&reference.expected["tau2"])[0];
        for (label, robust_type) in TYPES {
            let robust = Robust::fit(
                &nested,
                given(0.0, tau_squared),
                robust_type,
                Level::NINETY_FIVE,
            )
            .unwrap();
            check(
                &format!("{name} {label}"),
                &robust,
                &reference.expected["robust"][label],
                INJECTED,
            );
        }
        // HC2: squared residuals over 1 − leverage.
        let weight = |e: &Effect| 1.0 / (e.variance() + tau_squared);
        let total: f64 = reference.effects.iter().map(weight).sum();
        let mean = reference
            .effects
            .iter()
            .map(|e| weight(e) * e.z())
            .sum::<f64>()
            / total;
        let meat: f64 = reference
            .effects
            .iter()
            .map(|e| (weight(e) * (e.z() - mean)).powi(2) / (1.0 - weight(e) / total))
            .sum();
        let robust = Robust::fit(
            &nested,
            given(0.0, tau_squared),
            RobustType::Cr2,
            Level::NINETY_FIVE,
        )
        .unwrap();
        close(
            name,
            robust.coefficients[0].unwrap().std_error,
            meat.sqrt() / total,
            1e-12,
        );
    }
}

#[test]
fn balanced_clusters_give_the_t_test_of_their_means() {
    let (studies, n) = (9, 3);
    let mut rng = stream(11, 0);
    let z: Vec<f64> = (0..studies * n)
        .map(|_| standard_normal(&mut rng))
        .collect();
    let effects: Vec<Effect> = z
        .iter()
        .map(|&z| Effect::from_fisher_z(z, 0.02).unwrap())
        .collect();
    let owners: Vec<usize> = (0..studies * n).map(|i| i / n).collect();
    let nested = NestedEffects::new(&effects, &owners, &Design::intercept(z.len())).unwrap();
    let robust = Robust::fit(
        &nested,
        given(0.3, 0.1),
        RobustType::Cr2,
        Level::NINETY_FIVE,
    )
    .unwrap();
    let means: Vec<f64> = z
        .chunks(n)
        .map(|c| c.iter().sum::<f64>() / n as f64)
        .collect();
    let grand = means.iter().sum::<f64>() / studies as f64;
    let spread =
        means.iter().map(|m| (m - grand).powi(2)).sum::<f64>() / (studies * (studies - 1)) as f64;
    let pooled = robust.coefficients[0].unwrap();
    close("error", pooled.std_error, spread.sqrt(), 1e-12);
    close("df", pooled.df, (studies - 1) as f64, 1e-10);
}

#[test]
fn cr2_is_unbiased_where_the_working_model_is_right() {
    // The mean of the robust variance over data from the model is the model's variance: 20,000 draws, so 3 % is far outside chance.
    let (studies, variances) = (6, given(0.05, 0.02));
    let mut rng = stream(12, 0);
    let sizes: Vec<f64> = (0..20).map(|_| 0.01 + 0.1 * uniform(&mut rng)).collect();
    let owners: Vec<usize> = (0..20).map(|i| (i * i) % studies).collect();
    let (mut cr0, mut cr2, mut model) = (0.0, 0.0, 0.0);
    let draws = 20_000;
    for draw in 0..draws {
        let mut rng = stream(13, draw);
        let means: Vec<f64> = (0..studies)
            .map(|_| variances.between_studies.sqrt() * standard_normal(&mut rng))
            .collect();
        let effects: Vec<Effect> = (0..20)
            .map(|i| {
                let spread = (variances.between_effects + sizes[i]).sqrt();
                Effect::from_fisher_z(
                    means[owners[i]] + spread * standard_normal(&mut rng),
                    sizes[i],
                )
                .unwrap()
            })
            .collect();
        let nested = NestedEffects::new(&effects, &owners, &Design::intercept(20)).unwrap();
        let variance = |robust_type| {
            Robust::fit(&nested, variances, robust_type, Level::NINETY_FIVE)
                .unwrap()
                .covariance[0][0]
        };
        cr0 += variance(RobustType::Cr0) / draws as f64;
        cr2 += variance(RobustType::Cr2) / draws as f64;
        let fit = ThreeLevel::fit_at(
            &effects,
            &owners,
            &Design::intercept(20),
            Likelihood::Reml,
            variances,
            Level::NINETY_FIVE,
        );
        model = fit.unwrap().covariance[0][0];
    }
    assert!((cr2 / model - 1.0).abs() < 0.03, "{}", cr2 / model);
    assert!(
        cr0 / model < 0.9,
        "the uncorrected one is too small: {}",
        cr0 / model
    );
}

#[test]
fn the_order_of_rows_changes_nothing() {
    for (name, term) in models() {
        let reference = reference(name);
        let k = reference.k();
        let order: Vec<usize> = (0..k).map(|i| (7 * i + 3) % k).collect();
        let effects: Vec<Effect> = order.iter().map(|&i| reference.effects[i]).collect();
        let studies: Vec<usize> = order.iter().map(|&i| 90 - reference.studies[i]).collect();
        let design = reference.design(term);
        let fit = |effects: &[Effect], studies: &[usize], design: &Design| {
            let nested = NestedEffects::new(effects, studies, design).unwrap();
            Robust::fit(
                &nested,
                given(0.013, 0.021),
                RobustType::Cr2,
                Level::NINETY_FIVE,
            )
            .unwrap()
        };
        let plain = fit(&reference.effects, &reference.studies, &design);
        let mixed = fit(&effects, &studies, &design.select(&order).unwrap());
        for (a, b) in mixed.coefficients.iter().zip(&plain.coefficients) {
            let (a, b) = (a.unwrap(), b.unwrap());
            close(
                &format!("{name} {term} se"),
                a.std_error,
                b.std_error,
                1e-12,
            );
            close(&format!("{name} {term} df"), a.df, b.df, 1e-10);
        }
    }
}

#[test]
fn a_joint_test_does_not_depend_on_which_level_is_the_first() {
    let reference = reference("craft2003");
    let plain = reference.design("pair");
    // The level of study 1's third effect changes places with the first one.
    let p = plain.columns();
    let rows: Vec<Vec<f64>> = (0..plain.rows())
        .map(|i| {
            let row = plain.row(i);
            let first = 1.0 - row[1..].iter().sum::<f64>();
            let mut turned = row.to_vec();
            turned[p - 1] = first;
            turned
        })
        .collect();
    let fit = |design: &Design| {
        let nested = NestedEffects::new(&reference.effects, &reference.studies, design).unwrap();
        let robust = Robust::fit(
            &nested,
            given(0.01, 0.05),
            RobustType::Cr2,
            Level::NINETY_FIVE,
        )
        .unwrap();
        robust.joint_test(&(1..p).collect::<Vec<_>>()).unwrap()
    };
    let (a, b) = (fit(&plain), fit(&Design::new(&rows).unwrap()));
    close("F", a.f, b.f, 1e-10);
    close("df", a.df2, b.df2, 1e-9);
}

#[test]
fn a_joint_test_of_nothing_of_too_much_or_of_the_unknown_is_refused() {
    let reference = reference("craft2003");
    let nested = NestedEffects::new(
        &reference.effects,
        &reference.studies,
        &reference.design("pair"),
    )
    .unwrap();
    let robust = Robust::fit(
        &nested,
        given(0.01, 0.05),
        RobustType::Cr2,
        Level::NINETY_FIVE,
    )
    .unwrap();
    assert_eq!(
        robust.joint_test(&[]),
        Err(Undefined::TooFew {
            found: 0,
            needed: 1
        })
    );
    assert!(matches!(
        robust.joint_test(&[9]),
        Err(Undefined::OutOfRange { .. })
    ));
    assert_eq!(robust.joint_test(&[1, 1]), Err(Undefined::Collinear));
}

#[test]
fn units_scale_the_robust_error_and_nothing_else() {
    // clubSandwich 0.5.8 compares eigenvalues with an absolute 1e-12: in thousandths it reports SE 0 and no p for these studies.
    let reference = reference("crede2010");
    let fit = |unit: f64| {
        let effects: Vec<Effect> = reference
            .effects
            .iter()
            .map(|e| Effect::from_fisher_z(unit * e.z(), unit * unit * e.variance()).unwrap())
            .collect();
        let design = Design::intercept(effects.len());
        let nested = NestedEffects::new(&effects, &reference.studies, &design).unwrap();
        let variances = given(0.013 * unit * unit, 0.021 * unit * unit);
        let robust = Robust::fit(&nested, variances, RobustType::Cr2, Level::NINETY_FIVE).unwrap();
        robust.coefficients[0].unwrap()
    };
    let plain = fit(1.0);
    for unit in [1e-6, 1e-3, 1e4] {
        let scaled = fit(unit);
        close("error", scaled.std_error, unit * plain.std_error, 1e-11);
        close("df", scaled.df, plain.df, 1e-11);
        close("p", scaled.p, plain.p, 1e-9);
    }
}
