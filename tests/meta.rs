//! From an effects file to the findings, against R: every number of `reference/meta/*.json`.

use std::path::{Path, PathBuf};

use alliance::findings::{Estimate, Findings};
use alliance::intake::read_effects;
use alliance::questions::pool;
use alliance::study::{MetaOverrides, MetaStudy, Model, PoolingTest, Robust, TauSquared};
use serde_json::Value;

const ESTIMATE: f64 = 1e-8;
const VARIANCE: f64 = 1e-6;
const P_VALUE: f64 = 1e-6;

const DATASETS: [&str; 7] = [
    "molloy2014",
    "cohen1981",
    "mcdaniel1994",
    "crede2010",
    "craft2003",
    "relationship_outcome",
    "relationship_studies",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/meta")
}

fn reference(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("it is committed"))
        .expect("it is JSON")
}

fn pooled(name: &str, overrides: MetaOverrides) -> Findings {
    let study = MetaStudy::of_file(&folder().join(format!("{name}.csv")), overrides)
        .expect("the settings are valid");
    let effects = read_effects(&study).expect("the file has no fault");
    pool(&study, &effects, "0".repeat(64)).expect("it can be pooled")
}

fn two_level(tau: TauSquared, test: PoolingTest) -> MetaOverrides {
    MetaOverrides {
        model: Some(Model::TwoLevel),
        tau_squared: Some(tau),
        test: Some(test),
        robust: Some(Robust::None),
        ..MetaOverrides::default()
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

/// Compares where R has a number; `tolerance` is relative.
#[track_caller]
fn same(what: &str, ours: Option<f64>, theirs: &Value, tolerance: f64) {
    let Some(theirs) = number(theirs) else { return };
    let ours = ours.unwrap_or_else(|| panic!("{what}: ours is missing, R has {theirs}"));
    let scale = theirs.abs().max(1e-300);
    assert!(
        (ours - theirs).abs() <= tolerance * scale,
        "{what}: ours {ours}, R {theirs}, relative difference {:e}",
        (ours - theirs) / scale
    );
}

#[track_caller]
fn of<'a>(findings: &'a Findings, id: &str) -> &'a Estimate {
    findings
        .estimate(id)
        .unwrap_or_else(|| panic!("{id} is not among the estimates"))
}

fn low(e: &Estimate) -> Option<f64> {
    e.interval().map(|i| i.0)
}

fn high(e: &Estimate) -> Option<f64> {
    e.interval().map(|i| i.1)
}

fn statistic(e: &Estimate) -> Option<f64> {
    e.statistic().map(|s| s.0)
}

/// R's own search ended a hair's breadth above 0, where the optimum is exactly 0.
fn is_zero_in_r(tau: &Value) -> bool {
    number(tau).is_some_and(|tau| tau.abs() < 1e-9)
}

#[test]
fn every_estimator_and_test_gives_what_r_gives() {
    let estimators = [
        ("FE", TauSquared::None),
        ("DL", TauSquared::DerSimonianLaird),
        ("HE", TauSquared::Hedges),
        ("HS", TauSquared::HunterSchmidt),
        ("SJ", TauSquared::SidikJonkman),
        ("ML", TauSquared::Ml),
        ("REML", TauSquared::Reml),
        ("EB", TauSquared::EmpiricalBayes),
        ("PM", TauSquared::PauleMandel),
    ];
    let tests = [
        ("z", PoolingTest::Normal),
        ("knha", PoolingTest::KnappHartung),
        ("adhoc", PoolingTest::AdHoc),
    ];
    let mut compared = 0;
    let reconverged = reference("reconverged");
    for name in DATASETS {
        let r = reference(name);
        for (estimator, tau) in estimators {
            for (test_name, test) in tests {
                let theirs = match estimator {
                    // metafor solves for this one to four digits only.
                    "PM" => &reconverged[name]["PM"][test_name],
                    _ => &r["random_effects"][estimator][test_name],
                };
                if theirs.is_null() {
                    continue;
                }
                let findings = pooled(name, two_level(tau, test));
                let what = |part: &str| format!("{name} {estimator} {test_name} {part}");
                let z = of(&findings, "pooled.z");
                same(&what("z"), z.estimate(), &theirs["z"], ESTIMATE);
                same(&what("se"), z.std_error(), &theirs["se"], ESTIMATE);
                same(
                    &what("statistic"),
                    statistic(z),
                    &theirs["statistic"],
                    ESTIMATE,
                );
                same(&what("p"), z.p_value(), &theirs["p"], P_VALUE);
                same(&what("low"), low(z), &theirs["ci"][0], ESTIMATE);
                same(&what("high"), high(z), &theirs["ci"][1], ESTIMATE);
                let df = z.statistic().and_then(|s| s.1);
                same(&what("df"), df, &theirs["df"], 0.0);
                let pooled_r = of(&findings, "pooled.r");
                same(&what("r"), pooled_r.estimate(), &theirs["r"], ESTIMATE);
                same(&what("r low"), low(pooled_r), &theirs["r_ci"][0], ESTIMATE);
                same(
                    &what("r high"),
                    high(pooled_r),
                    &theirs["r_ci"][1],
                    ESTIMATE,
                );
                let prediction = of(&findings, "prediction.r");
                same(
                    &what("prediction"),
                    low(prediction),
                    &theirs["r_prediction"][0],
                    1e-7,
                );
                same(
                    &what("prediction"),
                    high(prediction),
                    &theirs["r_prediction"][1],
                    1e-7,
                );
                let tau2 = of(&findings, "tau2");
                if is_zero_in_r(&theirs["tau2"]) {
                    assert_eq!(tau2.estimate(), Some(0.0), "{}", what("tau2"));
                } else {
                    same(&what("tau2"), tau2.estimate(), &theirs["tau2"], VARIANCE);
                    same(
                        &what("i2"),
                        of(&findings, "i2").estimate(),
                        &theirs["i2"],
                        VARIANCE,
                    );
                    same(
                        &what("h2"),
                        of(&findings, "h2").estimate(),
                        &theirs["h2"],
                        VARIANCE,
                    );
                }
                same(
                    &what("tau2 se"),
                    tau2.std_error(),
                    &theirs["tau2_se"],
                    VARIANCE,
                );
                let q = of(&findings, "q");
                same(&what("q"), statistic(q), &theirs["q"], ESTIMATE);
                same(&what("q p"), q.p_value(), &theirs["q_p"], P_VALUE);
                compared += 1;
            }
        }
    }
    assert!(compared >= 7 * 20, "{compared} fits were compared");
}

#[test]
fn heterogeneity_bias_and_influence_are_what_r_gives() {
    let reconverged = reference("reconverged");
    for name in DATASETS {
        let r = reference(name);
        let findings = pooled(name, two_level(TauSquared::Reml, PoolingTest::Normal));
        let what = |part: &str| format!("{name} {part}");
        let profile = &r["tau2_profile_ci"];
        for (id, key) in [("tau2", "tau2"), ("i2", "i2"), ("h2", "h2")] {
            let e = of(&findings, id);
            same(&what(key), low(e), &profile[key][0], VARIANCE);
            same(&what(key), high(e), &profile[key][1], VARIANCE);
        }
        let mixed = of(&findings, "egger.mixed");
        same(
            &what("egger"),
            statistic(mixed),
            &r["egger_mixed"]["z"],
            ESTIMATE,
        );
        same(
            &what("egger p"),
            mixed.p_value(),
            &r["egger_mixed"]["p"],
            P_VALUE,
        );
        let limit = of(&findings, "egger.mixed.limit");
        same(
            &what("limit"),
            limit.estimate(),
            &r["egger_mixed"]["limit"],
            ESTIMATE,
        );
        same(
            &what("limit"),
            low(limit),
            &r["egger_mixed"]["limit_ci"][0],
            ESTIMATE,
        );
        same(
            &what("limit"),
            high(limit),
            &r["egger_mixed"]["limit_ci"][1],
            ESTIMATE,
        );
        let lm = of(&findings, "egger.lm");
        same(
            &what("egger lm"),
            statistic(lm),
            &r["egger_lm"]["t"],
            ESTIMATE,
        );
        same(
            &what("egger lm p"),
            lm.p_value(),
            &r["egger_lm"]["p"],
            P_VALUE,
        );
        let begg = of(&findings, "begg");
        same(&what("begg"), begg.estimate(), &r["begg"]["tau"], ESTIMATE);
        same(&what("begg p"), begg.p_value(), &r["begg"]["p"], P_VALUE);
        for (id, key) in [("trim_fill.l0", "L0"), ("trim_fill.r0", "R0")] {
            // metafor refits the filled data with its loose stop.
            let theirs = &reconverged[name]["trim_fill"][key];
            same(
                &what(id),
                number(&theirs["z"]),
                &r["trim_fill"][key]["z"],
                1e-4,
            );
            let e = of(&findings, id);
            same(&what(id), e.estimate(), &theirs["z"], ESTIMATE);
            same(&what(id), e.std_error(), &theirs["se"], ESTIMATE);
            same(&what(id), low(e), &theirs["ci"][0], ESTIMATE);
            let k0 = of(&findings, &format!("{id}.k0"));
            same(&what(id), k0.estimate(), &theirs["k0"], 0.0);
        }
        for id in ["pet", "peese"] {
            let e = of(&findings, id);
            same(&what(id), e.estimate(), &r[id]["intercept"], ESTIMATE);
            same(&what(id), e.std_error(), &r[id]["se"], ESTIMATE);
            same(&what(id), e.p_value(), &r[id]["p"], P_VALUE);
        }
        let safe = of(&findings, "failsafe.rosenthal");
        same(
            &what("failsafe"),
            safe.estimate(),
            &r["failsafe_rosenthal"],
            0.0,
        );
        for (id, key) in [
            ("mean_r", "mean_r"),
            ("var_r", "var_r"),
            ("var_error", "var_error"),
            ("var_rho", "var_rho"),
        ] {
            let e = of(&findings, &format!("hunter_schmidt.{id}"));
            same(&what(id), e.estimate(), &r["hunter_schmidt"][key], ESTIMATE);
        }
        influence(name, &r, &findings);
    }
}

/// Leave-one-out and diagnostics come in the order of the rows.
fn influence(name: &str, r: &Value, findings: &Findings) {
    let k = r["k"].as_u64().expect("k is a count") as usize;
    let left_out: Vec<&Estimate> = findings
        .estimates()
        .filter(|e| e.id.starts_with("leave_one_out."))
        .take(k)
        .collect();
    for (i, e) in left_out.iter().enumerate() {
        let what = format!("{name} {}", e.id);
        same(&what, e.estimate(), &r["leave_one_out"]["z"][i], ESTIMATE);
        same(&what, e.std_error(), &r["leave_one_out"]["se"][i], ESTIMATE);
    }
    for term in ["rstudent", "dffits", "cook", "hat"] {
        let ours: Vec<&Estimate> = findings
            .estimates()
            .filter(|e| e.id.starts_with("influence.") && e.term == term)
            .collect();
        assert_eq!(ours.len(), k, "{name} {term}");
        for (i, e) in ours.iter().enumerate() {
            same(
                &format!("{name} {}", e.id),
                e.estimate(),
                &r["influence"][term][i],
                VARIANCE,
            );
        }
    }
}

#[test]
fn moderators_and_subgroups_are_what_r_gives() {
    let mut compared = 0;
    for name in DATASETS {
        let r = reference(name);
        let Some(moderators) = r["moderators"].as_object() else {
            continue;
        };
        for (moderator, by_test) in moderators {
            for (test_name, test) in [
                ("z", PoolingTest::Normal),
                ("knha", PoolingTest::KnappHartung),
            ] {
                let theirs = &by_test[test_name];
                let findings = pooled(
                    name,
                    MetaOverrides {
                        moderators: vec![moderator.clone()],
                        ..two_level(TauSquared::Reml, test)
                    },
                );
                let what = |part: &str| format!("{name} {moderator} {test_name} {part}");
                let prefix = format!("moderator.{moderator}.");
                for (i, term) in theirs["terms"]
                    .as_array()
                    .expect("terms")
                    .iter()
                    .enumerate()
                {
                    let term = term.as_str().expect("a name");
                    let term = match term.strip_prefix(&format!("factor({moderator})")) {
                        Some(level) => level,
                        None if term == "intrcpt" => "intercept",
                        None => term,
                    };
                    let e = of(&findings, &format!("{prefix}{term}"));
                    same(&what(term), e.estimate(), &theirs["coef"][i], ESTIMATE);
                    same(&what(term), e.std_error(), &theirs["se"][i], ESTIMATE);
                    same(&what(term), e.p_value(), &theirs["p"][i], P_VALUE);
                }
                let qm = of(&findings, &format!("{prefix}qm"));
                same(&what("qm"), statistic(qm), &theirs["qm"], ESTIMATE);
                same(&what("qm p"), qm.p_value(), &theirs["qm_p"], P_VALUE);
                let qe = of(&findings, &format!("{prefix}qe"));
                same(&what("qe"), statistic(qe), &theirs["qe"], ESTIMATE);
                let tau2 = of(&findings, &format!("{prefix}tau2")).estimate();
                let r2 = of(&findings, &format!("{prefix}r2")).estimate();
                if is_zero_in_r(&theirs["tau2"]) {
                    assert_eq!((tau2, r2), (Some(0.0), Some(100.0)), "{}", what("tau2"));
                } else {
                    same(&what("tau2"), tau2, &theirs["tau2"], VARIANCE);
                    same(&what("r2"), r2, &theirs["r2"], VARIANCE);
                }
                compared += 1;
            }
            if let Some(levels) = r["subgroups"][moderator].as_object() {
                let findings = pooled(
                    name,
                    MetaOverrides {
                        moderators: vec![moderator.clone()],
                        ..two_level(TauSquared::Reml, PoolingTest::Normal)
                    },
                );
                for (level, theirs) in levels {
                    let id = format!("subgroup.{moderator}.{level}.r");
                    let e = of(&findings, &id);
                    let what = format!("{name} {id}");
                    same(&what, e.estimate(), &theirs["r"], ESTIMATE);
                    same(&what, e.std_error(), &theirs["se"], ESTIMATE);
                    same(&what, e.p_value(), &theirs["p"], P_VALUE);
                    same(&what, low(e), &theirs["r_ci"][0], ESTIMATE);
                }
            }
        }
    }
    assert!(compared >= 14, "{compared} models were compared");
}
