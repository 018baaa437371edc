//! Every number that R can compute too agrees with R, from the files to the estimates.

use std::path::Path;

use alliance::findings::{Estimate, Findings};
use alliance::study::Study;
use alliance::{features, questions};
use serde_json::Value;

/// Relative tolerances by kind of number.
const ESTIMATE: f64 = 1e-8;
const P_VALUE: f64 = 1e-6;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/clinic")
}

fn study() -> Study {
    Study::of_files(
        &folder().join("sessions.csv"),
        &folder().join("outcomes.csv"),
    )
}

fn findings() -> Findings {
    findings_of(&study())
}

fn findings_of(study: &Study) -> Findings {
    let clients = features::by_client(study, &|_| ()).expect("the reference clinic has no fault");
    questions::answer(study, &clients, [String::new(), String::new()])
        .expect("the study asks for nothing odd")
}

fn expected() -> Value {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("it is committed");
    serde_json::from_str(&text).expect("it is JSON")
}

#[track_caller]
fn close(found: Option<f64>, expected: &Value, tolerance: f64, what: &str) {
    let expected = expected
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: no expected value"));
    let found = found.unwrap_or_else(|| panic!("{what}: no value found"));
    let gap = (found - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
    assert!(
        gap <= tolerance,
        "{what}: found {found:e}, expected {expected:e}, relative gap {gap:e}"
    );
}

/// The parts of an estimate, by their column name.
fn part(estimate: &Estimate, name: &str) -> Option<f64> {
    serde_json::to_value(estimate.row())
        .expect("a row is plain data")
        .get(name)?
        .as_f64()
}

#[track_caller]
fn estimate<'a>(findings: &'a Findings, id: &str) -> &'a Estimate {
    findings
        .estimate(id)
        .unwrap_or_else(|| panic!("there is no estimate {id}"))
}

/// The partial, post, change and Spearman correlations of one group.
fn four_correlations(findings: &Findings, group: &str, expected: &Value) {
    let id = |term: &str| format!("alliance_outcome.{group}.{term}");
    for (term, key) in [
        ("partial", "partial"),
        ("post", "post"),
        ("change", "change"),
    ] {
        let found = estimate(findings, &id(term));
        let e = &expected[key];
        let what = |name: &str| format!("{} {name}", found.id);
        close(part(found, "estimate"), &e["r"], ESTIMATE, &what("r"));
        close(part(found, "conf_low"), &e["ci"][0], ESTIMATE, &what("low"));
        close(
            part(found, "conf_high"),
            &e["ci"][1],
            ESTIMATE,
            &what("high"),
        );
        close(part(found, "p_value"), &e["p"], P_VALUE, &what("p"));
        assert_eq!(found.n(), e["n"].as_u64(), "{}", what("n"));
        if term == "partial" {
            close(part(found, "std_error"), &e["se"], ESTIMATE, &what("se"));
            close(part(found, "statistic"), &e["t"], ESTIMATE, &what("t"));
            assert_eq!(part(found, "df"), e["df"].as_f64(), "{}", what("df"));
        }
    }
    let spearman = estimate(findings, &id("spearman"));
    let e = &expected["spearman_change"];
    close(part(spearman, "estimate"), &e["r"], ESTIMATE, &spearman.id);
    assert_eq!(spearman.n(), e["n"].as_u64());
}

#[test]
fn correlations_of_every_group_agree_with_r() {
    let (findings, expected) = (findings(), expected());
    let mut groups = vec![
        ("overall".to_owned(), &expected["overall"]),
        ("cbt".to_owned(), &expected["cbt"]),
        ("psychosis".to_owned(), &expected["psychosis"]),
    ];
    for modality in ["delivery", "treatment", "diagnosis"] {
        let levels = expected[modality].as_object().expect("levels by name");
        groups.extend(
            levels
                .iter()
                .map(|(level, e)| (format!("{modality}.{level}"), e)),
        );
    }
    assert_eq!(
        groups.len(),
        3 + 3 + 6 + 4,
        "every group of the reference is compared"
    );
    for (group, e) in groups {
        four_correlations(&findings, &group, e);
    }
}

#[test]
fn online_against_in_person_agrees_with_r() {
    let (findings, expected) = (findings(), expected());
    let e = &expected["online_vs_in_person"];
    let id = |term: &str| format!("online_vs_in_person.{term}");

    let difference = estimate(&findings, &id("correlation"));
    close(
        part(difference, "estimate"),
        &e["correlation"]["difference"],
        ESTIMATE,
        "difference of r",
    );
    close(
        part(difference, "statistic"),
        &e["correlation"]["z"],
        ESTIMATE,
        "z",
    );
    close(
        part(difference, "p_value"),
        &e["correlation"]["p"],
        P_VALUE,
        "p of z",
    );
    close(
        part(difference, "conf_low"),
        &e["correlation"]["ci95"][0],
        ESTIMATE,
        "Zou, low",
    );
    close(
        part(difference, "conf_high"),
        &e["correlation"]["ci95"][1],
        ESTIMATE,
        "Zou, high",
    );
    let ninety = estimate(&findings, &id("correlation.ci90"));
    close(
        part(ninety, "conf_low"),
        &e["correlation"]["ci90"][0],
        ESTIMATE,
        "Zou 90, low",
    );
    close(
        part(ninety, "conf_high"),
        &e["correlation"]["ci90"][1],
        ESTIMATE,
        "Zou 90, high",
    );

    let e = &e["alliance"];
    let welch = estimate(&findings, &id("alliance"));
    close(
        part(welch, "estimate"),
        &e["difference"],
        ESTIMATE,
        "difference of means",
    );
    close(part(welch, "statistic"), &e["welch_t"], ESTIMATE, "t");
    close(part(welch, "df"), &e["df"], ESTIMATE, "df");
    close(part(welch, "p_value"), &e["p"], P_VALUE, "p of t");
    close(
        part(welch, "conf_low"),
        &e["ci95"][0],
        ESTIMATE,
        "Welch, low",
    );
    close(
        part(welch, "conf_high"),
        &e["ci95"][1],
        ESTIMATE,
        "Welch, high",
    );
    let n: u64 = e["n"]
        .as_array()
        .expect("two groups")
        .iter()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(welch.n(), Some(n));
    let ninety = estimate(&findings, &id("alliance.ci90"));
    close(
        part(ninety, "conf_low"),
        &e["ci90"][0],
        ESTIMATE,
        "Welch 90, low",
    );
    close(
        part(ninety, "conf_high"),
        &e["ci90"][1],
        ESTIMATE,
        "Welch 90, high",
    );
    let g = estimate(&findings, &id("alliance.g"));
    close(part(g, "estimate"), &e["hedges_g"], ESTIMATE, "Hedges g");
    let variance = part(g, "std_error").map(|se| se * se);
    close(variance, &e["hedges_g_var"], ESTIMATE, "variance of g");
    for side in ["lower", "upper"] {
        let test = estimate(&findings, &id(&format!("alliance.tost_{side}")));
        close(
            part(test, "p_value"),
            &e["tost"][format!("p_{side}")],
            P_VALUE,
            side,
        );
    }
}

#[test]
fn the_rating_of_session_three_agrees_with_r() {
    let (findings, expected) = (findings(), expected());
    let found = estimate(&findings, "sensitivity.session_3.partial");
    let e = &expected["by_session"]["s3"];
    close(part(found, "estimate"), &e["r"], ESTIMATE, "r of session 3");
    close(part(found, "conf_low"), &e["ci"][0], ESTIMATE, "low");
    close(part(found, "conf_high"), &e["ci"][1], ESTIMATE, "high");
    close(part(found, "p_value"), &e["p"], P_VALUE, "p");
    assert_eq!(found.n(), e["n"].as_u64());
}

#[test]
fn rows_and_clients_are_all_accounted_for() {
    let expected = expected();
    let mut study = study();
    // Every count is shown, so that the sums can be checked.
    study.settings.minimum_cell = 1;
    let findings = findings_of(&study);
    let flow = &findings.clinic().expect("it is a clinic").flow;
    assert_eq!(flow.sessions.read.exactly(), expected["rows"].as_u64());
    assert_eq!(flow.clients.read.exactly(), expected["clients"].as_u64());
    assert_eq!(flow.clients.used.exactly(), expected["analysed"].as_u64());
    for stage in [&flow.sessions, &flow.outcomes, &flow.clients] {
        let count = |n: alliance::findings::Count| n.exactly().expect("nothing is hidden");
        let excluded: u64 = stage.excluded.iter().map(|e| count(e.count)).sum();
        assert_eq!(count(stage.used) + excluded, count(stage.read), "{stage:?}");
    }
}

#[test]
fn the_sites_and_their_pooled_correlation_agree_with_r() {
    let (findings, expected) = (findings(), expected());
    let e = &expected["sites"];
    for (site, theirs) in e["r"].as_object().expect("the sites") {
        let found = estimate(&findings, &format!("sites.{site}.partial"));
        close(part(found, "estimate"), &theirs["r"], ESTIMATE, site);
        assert_eq!(found.n(), theirs["n"].as_u64(), "{site}");
    }
    let e = &e["pooled"];
    let pooled = estimate(&findings, "sites.pooled");
    close(part(pooled, "estimate"), &e["r"], ESTIMATE, "pooled r");
    close(part(pooled, "conf_low"), &e["ci"][0], ESTIMATE, "low");
    close(part(pooled, "conf_high"), &e["ci"][1], ESTIMATE, "high");
    let prediction = estimate(&findings, "sites.pooled.prediction");
    close(
        part(prediction, "conf_low"),
        &e["prediction"][0],
        ESTIMATE,
        "low",
    );
    close(
        part(prediction, "conf_high"),
        &e["prediction"][1],
        ESTIMATE,
        "high",
    );
    let q = estimate(&findings, "sites.q");
    close(part(q, "statistic"), &e["q"], ESTIMATE, "Q");
    // R says 0 as well: exactly.
    for id in ["sites.tau2", "sites.i2"] {
        assert_eq!(part(estimate(&findings, id), "estimate"), Some(0.0), "{id}");
    }
    assert_eq!(
        (e["tau2"].as_f64(), e["i2"].as_f64()),
        (Some(0.0), Some(0.0))
    );
}

#[test]
fn the_pooled_r_is_placed_beside_a_published_prediction_interval() {
    let mut study = study();
    let known = study.published[0].clone();
    for (id, low, high) in [("narrow", 0.5, 0.6), ("wide", 0.0, 0.5)] {
        study.published.push(alliance::study::PublishedResult {
            id: id.into(),
            prediction_low: Some(low),
            prediction_high: Some(high),
            ..known.clone()
        });
    }
    let findings = findings_of(&study);
    let answer = findings.answer("sites").expect("the question is asked");
    let placements: Vec<(String, Option<bool>)> = answer
        .displays
        .iter()
        .find_map(|display| match display {
            alliance::findings::Display::Placements(beside) => Some(&beside.placements),
            _ => None,
        })
        .expect("there are published results")
        .iter()
        .map(|p| (p.published.clone(), p.inside))
        .collect();
    assert!(
        placements.contains(&("narrow".into(), Some(false))),
        "{placements:?}"
    );
    assert!(
        placements.contains(&("wide".into(), Some(true))),
        "{placements:?}"
    );
    assert!(
        placements.contains(&("flueckiger_2018".into(), None)),
        "{placements:?}"
    );
}

#[test]
fn years_are_pooled_by_the_day_of_the_first_session() {
    let mut study = study();
    study.settings.pool_by = alliance::study::PoolBy::Year;
    let findings = findings_of(&study);
    let answer = findings.answer("sites").expect("the question is asked");
    let years: Vec<&str> = answer
        .estimates
        .iter()
        .filter(|e| e.term == "partial")
        .map(|e| e.label.as_str())
        .collect();
    assert!(!years.is_empty());
    assert!(
        years
            .iter()
            .all(|year| year.parse::<u16>().is_ok_and(|y| y > 2000)),
        "{years:?}"
    );
}
