//! The mixed models of the reference clinic against R (lme4, lmerTest), from the files to the findings.

use std::path::Path;

use alliance::findings::{Estimate, Findings};
use alliance::study::Study;
use alliance::{features, questions};
use serde_json::Value;

fn findings() -> Findings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/clinic");
    let study = Study::of_files(&folder.join("sessions.csv"), &folder.join("outcomes.csv"));
    let clients = features::by_client(&study, &|_| ()).expect("the reference clinic has no fault");
    questions::answer(&study, &clients, [String::new(), String::new()])
        .expect("the study asks for nothing odd")
}

fn expected() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/clinic/expected.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("it is committed"))
        .expect("it is JSON")
}

#[track_caller]
fn close(found: Option<f64>, theirs: &Value, tolerance: f64, what: &str) {
    let theirs = theirs
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: R has nothing"));
    let found = found.unwrap_or_else(|| panic!("{what}: ours is missing"));
    // R gives p = 0 below the smallest double; ours is never 0.
    if theirs == 0.0 {
        assert!(found > 0.0 && found < 1e-300, "{what}: {found}");
        return;
    }
    let gap = ((found - theirs) / theirs).abs();
    assert!(
        gap <= tolerance,
        "{what}: ours {found}, R {theirs}, gap {gap:e}"
    );
}

fn part(e: &Estimate, name: &str) -> Option<f64> {
    serde_json::to_value(e.row())
        .expect("plain data")
        .get(name)?
        .as_f64()
}

/// Compares every coefficient, variance and the log-likelihood of one model.
fn compare(
    findings: &Findings,
    model: &Value,
    prefix: &str,
    terms: &[(&str, &str)],
    variances: &[(&str, &str)],
) {
    let of = |id: &str| {
        findings
            .estimate(&format!("{prefix}.{id}"))
            .unwrap_or_else(|| panic!("{prefix}.{id} is not there"))
    };
    for (ours, theirs) in terms {
        let e = of(ours);
        let c = &model["coef"][theirs];
        let what = |part: &str| format!("{prefix}.{ours} {part}");
        close(part(e, "estimate"), &c["estimate"], 1e-8, &what("estimate"));
        close(part(e, "std_error"), &c["se"], 1e-8, &what("se"));
        close(part(e, "df"), &c["df"], 1e-3, &what("df"));
        close(part(e, "statistic"), &c["t"], 1e-8, &what("t"));
        close(part(e, "p_value"), &c["p"], 1e-6, &what("p"));
    }
    for (ours, theirs) in variances {
        let e = of(&format!("variance.{ours}"));
        close(
            part(e, "estimate"),
            &model["variance"][theirs],
            1e-6,
            &format!("{prefix}.variance.{ours}"),
        );
    }
    close(
        part(of("loglik"), "estimate"),
        &model["loglik"],
        1e-6,
        &format!("{prefix}.loglik"),
    );
}

#[test]
fn between_and_within_therapists_agree_with_lmer() {
    let (findings, expected) = (findings(), expected());
    let e = &expected["therapists"];
    let groups = [
        ("therapist", "therapist_id|(Intercept)|"),
        ("residual", "Residual||"),
    ];
    let terms = [
        ("intercept", "(Intercept)"),
        ("pre", "opre"),
        ("between", "ab"),
        ("within", "aw"),
    ];
    compare(
        &findings,
        &e["between_within"],
        "therapists.between_within",
        &terms,
        &groups,
    );
    compare(
        &findings,
        &e["icc_alliance"],
        "therapists.icc_alliance",
        &terms[..1],
        &groups,
    );
    compare(
        &findings,
        &e["icc_outcome"],
        "therapists.icc_outcome",
        &terms[..2],
        &groups,
    );
}

#[test]
fn session_to_session_and_growth_agree_with_lmer() {
    let (findings, expected) = (findings(), expected());
    let e = &expected["within_client"];
    let terms = [
        ("intercept", "(Intercept)"),
        ("symptom_before", "ylag"),
        ("alliance_within", "adev"),
        ("alliance_mean", "amean"),
        ("session", "session"),
    ];
    compare(
        &findings,
        &e["lagged"],
        "session_to_session.lagged",
        &terms,
        &[
            ("client", "client_id|(Intercept)|"),
            ("residual", "Residual||"),
        ],
    );
    compare(
        &findings,
        &e["nested"],
        "session_to_session.nested",
        &terms,
        &[
            ("client", "client_id:therapist_id|(Intercept)|"),
            ("therapist", "therapist_id|(Intercept)|"),
            ("residual", "Residual||"),
        ],
    );
    compare(
        &findings,
        &e["growth"],
        "alliance_growth",
        &[("intercept", "(Intercept)"), ("session", "session")],
        &[
            ("intercept", "client_id|(Intercept)|"),
            ("session", "client_id|session|"),
            ("covariance", "client_id|(Intercept)|session"),
            ("residual", "Residual||"),
        ],
    );
}
