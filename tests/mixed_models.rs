//! The mixed models of the reference clinic, from the files to the findings, against R.
//!
//! `reference/mixed/expected.json` holds lme4's and lmerTest's values with the search carried to its end; those of
//! `reference/clinic/expected.json` end a little before, and are met as closely as they are good.

use std::path::{Path, PathBuf};

use alliance::findings::{Estimate, Findings};
use alliance::stats::numeric::distribution::student_t_two_sided_p;
use alliance::study::{MeasureNames, Study};
use alliance::{features, questions};
use serde_json::Value;

const ESTIMATE: f64 = 1e-8;
const VARIANCE: f64 = 1e-6;
const DF: f64 = 1e-3;
const P_VALUE: f64 = 1e-6;
/// Below this p differs by more than the tolerance for degrees of freedom that agree within theirs.
const FAR_TAIL: f64 = 1e-20;

fn reference(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(path)
}

fn json(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(reference(path)).expect("it is committed"))
        .expect("it is JSON")
}

/// The study with the questionnaire of its symptoms, without which their sign is not known.
fn named(mut study: Study) -> Study {
    let names = MeasureNames {
        symptom: Some("PHQ-9"),
        ..MeasureNames::default()
    };
    study.name_measures(&names).expect("the catalogue has it");
    study
}

fn findings() -> Findings {
    let study = named(Study::of_files(
        &reference("clinic/sessions.csv"),
        &reference("clinic/outcomes.csv"),
    ));
    let clients = features::by_client(&study, &|_| ()).expect("the reference clinic has no fault");
    questions::answer(&study, &clients, [String::new(), String::new()])
        .expect("the study asks for nothing odd")
}

#[track_caller]
fn close(found: Option<f64>, theirs: &Value, tolerance: f64, what: &str) {
    let theirs = theirs
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: R has nothing"));
    let found = found.unwrap_or_else(|| panic!("{what}: ours is missing"));
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

/// One model: where its estimates are, what its parts are called here and in R.
struct Model<'a> {
    key: &'a str,
    prefix: &'a str,
    /// In the order of R's formula.
    terms: &'a [&'a str],
    /// Ours and R's.
    variances: &'a [(&'a str, &'a str)],
}

const MODELS: [Model; 6] = [
    Model {
        key: "between_within",
        prefix: "therapists.between_within",
        terms: &["intercept", "pre", "between", "within"],
        variances: &THERAPIST,
    },
    Model {
        key: "icc_alliance",
        prefix: "therapists.icc_alliance",
        terms: &["intercept"],
        variances: &THERAPIST,
    },
    Model {
        key: "icc_outcome",
        prefix: "therapists.icc_outcome",
        terms: &["intercept", "pre"],
        variances: &THERAPIST,
    },
    Model {
        key: "lagged",
        prefix: "session_to_session.lagged",
        terms: &LAGGED,
        variances: &[
            ("client", "client_id|(Intercept)|"),
            ("residual", "Residual||"),
        ],
    },
    Model {
        key: "nested",
        prefix: "session_to_session.nested",
        terms: &LAGGED,
        variances: &[
            ("client", "client_id:therapist_id|(Intercept)|"),
            ("therapist", "therapist_id|(Intercept)|"),
            ("residual", "Residual||"),
        ],
    },
    Model {
        key: "growth",
        prefix: "alliance_growth",
        terms: &["intercept", "session"],
        variances: &[
            ("intercept", "client_id|(Intercept)|"),
            ("session", "client_id|session|"),
            ("covariance", "client_id|(Intercept)|session"),
            ("residual", "Residual||"),
        ],
    },
];

const THERAPIST: [(&str, &str); 2] = [
    ("therapist", "therapist_id|(Intercept)|"),
    ("residual", "Residual||"),
];

const LAGGED: [&str; 5] = [
    "intercept",
    "symptom_before",
    "alliance_within",
    "alliance_mean",
    "session",
];

/// The lists of R; a list of one is a number there.
fn at(list: &Value, i: usize) -> &Value {
    if list.is_array() { &list[i] } else { list }
}

/// R writes the missing parts of a name as NA.
fn variance_of<'a>(variances: &'a Value, name: &str) -> &'a Value {
    let parts: Vec<&str> = name
        .split('|')
        .map(|part| if part.is_empty() { "NA" } else { part })
        .collect();
    &variances[parts.join("|")]
}

#[test]
fn every_mixed_model_of_the_reference_clinic_agrees_with_lmer() {
    let (findings, expected) = (findings(), json("mixed/expected.json"));
    for model in &MODELS {
        let theirs = &expected["clinic"][model.key]["reml"];
        let of = |term: &str| {
            let id = format!("{}.{term}", model.prefix);
            findings
                .estimate(&id)
                .unwrap_or_else(|| panic!("{id} is not there"))
        };
        for (i, term) in model.terms.iter().enumerate() {
            let e = of(term);
            let what = |part: &str| format!("{} {part}", e.id);
            close(
                part(e, "estimate"),
                at(&theirs["estimate"], i),
                ESTIMATE,
                &what("estimate"),
            );
            close(
                part(e, "std_error"),
                at(&theirs["se"], i),
                ESTIMATE,
                &what("se"),
            );
            close(part(e, "df"), at(&theirs["df"], i), DF, &what("df"));
            close(
                part(e, "statistic"),
                at(&theirs["t"], i),
                ESTIMATE,
                &what("t"),
            );
            let (t, df) = e.statistic().expect("it is tested");
            let p = e.p_value().expect("it has a p");
            if p > FAR_TAIL {
                close(Some(p), at(&theirs["p"], i), P_VALUE, &what("p"));
            } else {
                let at_its_df = student_t_two_sided_p(t, df.expect("it has df"));
                assert_eq!(p, at_its_df.max(f64::MIN_POSITIVE), "{}", what("p"));
            }
        }
        for (ours, name) in model.variances {
            let e = of(&format!("variance.{ours}"));
            let theirs = variance_of(&theirs["variance"], name);
            close(e.estimate(), theirs, VARIANCE, &e.id);
        }
        close(
            of("loglik").estimate(),
            &theirs["loglik"],
            VARIANCE,
            model.prefix,
        );
    }
}

#[test]
fn the_given_reference_values_are_met_as_closely_as_their_search_ended() {
    let (findings, expected) = (findings(), json("clinic/expected.json"));
    for (model, part_of) in MODELS
        .iter()
        .zip(["therapists"; 3].into_iter().chain(["within_client"; 3]))
    {
        let theirs = &expected[part_of][model.key];
        // Its likelihood is not above ours.
        let ours = findings
            .estimate(&format!("{}.loglik", model.prefix))
            .and_then(Estimate::estimate)
            .expect("a log-likelihood");
        let loglik = theirs["loglik"].as_f64().expect("a log-likelihood");
        assert!(
            ours >= loglik - 1e-9 * loglik.abs(),
            "{}: {ours} {loglik}",
            model.key
        );
        for (ours, name) in model.variances {
            let id = format!("{}.variance.{ours}", model.prefix);
            let e = findings.estimate(&id).expect("it is there");
            close(e.estimate(), &theirs["variance"][name], VARIANCE, &id);
        }
    }
}

#[test]
fn correlations_within_and_between_clients_agree_with_r() {
    let (findings, expected) = (findings(), json("mixed/expected.json"));
    let theirs = &expected["correlation"];
    let of = |term: &str| {
        findings
            .estimate(&format!("multilevel_correlation.{term}"))
            .unwrap_or_else(|| panic!("{term} is not there"))
    };
    for (term, key) in [
        ("repeated_measures", "repeated"),
        ("between", "between"),
        ("total", "total"),
    ] {
        close(of(term).estimate(), &theirs[key], ESTIMATE, term);
    }
    let repeated = of("repeated_measures");
    close(part(repeated, "df"), &theirs["df"], 0.0, "df");
    close(repeated.p_value(), &theirs["p"], P_VALUE, "p");
    for measure in ["alliance", "symptom"] {
        for (term, key) in [
            ("icc1", "icc1"),
            ("icc2", "icc2"),
            ("reliability", "lambda"),
        ] {
            let e = of(&format!("{term}.{measure}"));
            close(e.estimate(), &theirs[measure][key], ESTIMATE, &e.id);
        }
    }
}

/// A clinic of 40 clients with scores in the given sessions.
fn clinic_with(sessions: &[u32]) -> Findings {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut rows, mut outcomes) = (
        String::from("client_id,therapist_id,session,alliance,symptom\n"),
        String::from("client_id,measure,pre,post\n"),
    );
    for client in 0..40u32 {
        for (i, session) in sessions.iter().enumerate() {
            let i = i as u32;
            let alliance = 30 + (client * 7 + i * i * 5 + client * i * 3) % 25;
            let symptom = 4 + (client * 5 + i * 7 + client * i) % 17;
            rows.push_str(&format!(
                "c{client},t{},{session},{alliance},{symptom}\n",
                client % 8
            ));
        }
        let (pre, post) = (8 + client * 3 % 15, 2 + client * 11 % 16);
        outcomes.push_str(&format!("c{client},PHQ-9,{pre},{post}\n"));
    }
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("sessions.csv"), rows).expect("written");
    std::fs::write(path("outcomes.csv"), outcomes).expect("written");
    let study = named(Study::of_files(
        &path("sessions.csv"),
        &path("outcomes.csv"),
    ));
    let clients = features::by_client(&study, &|_| ()).expect("no fault");
    questions::answer(&study, &clients, [String::new(), String::new()]).expect("nothing odd")
}

#[test]
fn a_gap_in_the_sessions_makes_no_pair() {
    let pairs = |sessions: &[u32]| {
        let findings = clinic_with(sessions);
        findings
            .estimate("session_to_session.lagged.alliance_within")
            .expect("it is asked")
            .k()
    };
    assert_eq!(pairs(&[1, 2, 3, 4, 5]), Some(160));
    // 1→2 and 5→6 of each client; 2→5 is no next session.
    assert_eq!(pairs(&[1, 2, 5, 6]), Some(80));
}

#[test]
fn one_pair_of_sessions_per_client_is_a_plain_answer() {
    let findings = clinic_with(&[1, 2]);
    let answer = findings.answer("session_to_session").expect("it is asked");
    let said = answer
        .not_measured
        .as_deref()
        .expect("it cannot be answered");
    assert!(said.contains("one row"), "{said}");
}
