//! `alliance meta` as its users meet it: good files of every kind, bad files with line and column.

use std::path::Path;

use crate::shared::{Run, alliance_in, snapshot};
use serde_json::Value;

/// Runs `alliance meta` on a file of effects and gives the run and its folder.
fn meta(effects: &str, args: &[&str]) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("effects.csv"), effects).expect("it can be written");
    let all = [&["meta", "effects.csv", "--out", "report"], args].concat();
    (alliance_in(folder.path(), &all), folder)
}

/// What the program says of a file it refuses; nothing may be written.
#[track_caller]
fn refused(effects: &str, args: &[&str], code: i32) -> String {
    let (run, folder) = meta(effects, args);
    assert_eq!(run.code, code, "{run:?}");
    assert!(!folder.path().join("report").exists(), "nothing is written");
    run.stderr
}

#[track_caller]
fn findings(effects: &str, args: &[&str]) -> Value {
    let (run, folder) = meta(effects, args);
    assert_eq!(run.code, 0, "{run:?}");
    let text = std::fs::read_to_string(folder.path().join("report/findings.json"))
        .expect("the findings are there");
    serde_json::from_str(&text).expect("they are JSON")
}

fn estimate<'a>(findings: &'a Value, id: &str) -> &'a Value {
    findings["answers"]
        .as_array()
        .expect("answers")
        .iter()
        .flat_map(|answer| answer["estimates"].as_array().expect("estimates"))
        .find(|e| e["id"] == id)
        .unwrap_or_else(|| panic!("there is no {id}"))
}

const THREE: &str = "study,r,n\nA,0.2,40\nB,0.3,60\nC,0.4,50\n";

#[test]
fn a_perfect_correlation_is_refused_with_its_line() {
    let said = refused("study,r,n\nA,0.2,40\nB,1,60\nC,-1,50\n", &[], 3);
    assert!(
        said.contains("effects.csv:3:2: r: found 1, expected"),
        "{said}"
    );
    assert!(
        said.contains("effects.csv:4:2: r: found -1, expected"),
        "{said}"
    );
    assert!(said.contains("2 problems in 1 file"), "{said}");
}

#[test]
fn a_correlation_beyond_one_is_refused_with_its_line() {
    let said = refused("study,r,n\nA,0.2,40\nB,27,60\nC,-1.5,50\n", &[], 3);
    assert!(said.contains("effects.csv:3:2: r: found 27"), "{said}");
    assert!(said.contains("effects.csv:4:2: r: found -1.5"), "{said}");
}

#[test]
fn fewer_than_four_clients_are_refused() {
    let said = refused("study,r,n\nA,0.2,3\nB,0.3,60.5\nC,0.4,50\nD,0.1,\n", &[], 3);
    assert!(
        said.contains(
            "effects.csv:2:3: n: found 3, expected a whole number of clients, at least 4"
        ),
        "{said}"
    );
    assert!(said.contains("effects.csv:3:3: n: found 60.5"), "{said}");
    assert!(
        said.contains("effects.csv:5:3: n: the number of clients is missing"),
        "{said}"
    );
}

#[test]
fn a_study_or_effect_that_is_missing_or_there_twice_is_refused() {
    let said = refused(
        "study,effect,r,n\nA,1,0.2,40\n,2,0.3,60\nA,1,0.4,50\nB,1,0.1,30\n",
        &[],
        3,
    );
    assert!(
        said.contains("effects.csv:3:1: study: found an empty cell"),
        "{said}"
    );
    assert!(
        said.contains(
            "effects.csv:4:2: effect: this study and effect are there twice: line 2 has them too"
        ),
        "{said}"
    );
}

#[test]
fn a_standard_error_given_as_a_variance_is_asked_about() {
    // 1/√(n − 3) of 30, 55 and 100 clients.
    let with_n = "study,z,variance,n\nA,0.2,0.192450,30\nB,0.3,0.138675,55\nC,0.4,0.101535,100\n";
    let without = "study,z,variance\nA,0.2,0.192450\nB,0.3,0.138675\nC,0.4,0.101535\n";
    for file in [with_n, without] {
        let said = refused(file, &[], 3);
        assert!(
            said.contains("effects.csv:2:3: variance: this looks like a standard error"),
            "{said}"
        );
        assert!(said.contains("trust_variances = true"), "{said}");
    }
    let turned = "study,z,std_error,n\nA,0.2,0.04,28\nB,0.3,0.020408,52\nC,0.4,0.01,103\n";
    let said = refused(turned, &[], 3);
    assert!(
        said.contains("std_error: this looks like a variance"),
        "{said}"
    );
    // What is meant as it is named passes, and so does what the study insists on.
    let right = "study,z,variance,n\nA,0.2,0.04,28\nB,0.3,0.020408,52\nC,0.4,0.01,103\n";
    findings(right, &[]);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("effects.csv"), without).expect("it can be written");
    let study = "[meta]\neffects = \"effects.csv\"\ntrust_variances = true\n";
    std::fs::write(folder.path().join("study.toml"), study).expect("it can be written");
    assert_eq!(alliance_in(folder.path(), &["meta", "study.toml"]).code, 0);
}

#[test]
fn what_is_no_number_or_no_variance_is_refused() {
    let said = refused(
        "study,z,variance\nA,inf,0.1\nB,0.2,0\nC,0.3,-0.1\nD,NaN,0.1\n",
        &[],
        3,
    );
    for place in [
        "2:2: z: found inf",
        "3:3: variance: found 0",
        "4:3: variance: found -0.1",
        "5:2: z: found NaN",
    ] {
        assert!(
            said.contains(&format!("effects.csv:{place}")),
            "{place} in {said}"
        );
    }
}

#[test]
fn one_study_only_is_a_plain_answer() {
    let said = refused("study,r,n\nA,0.2,40\n", &[], 2);
    assert!(
        said.contains("nothing can be pooled") && said.contains("one study"),
        "{said}"
    );
}

#[test]
fn rows_without_an_effect_are_left_out_and_counted() {
    let found = findings("study,r,n\nA,0.2,40\nB,NA,60\nC,0.4,50\nD,0.1,44\n", &[]);
    assert_eq!(found["effects"]["read"]["exactly"], 4);
    assert_eq!(found["effects"]["used"]["exactly"], 3);
    assert_eq!(found["effects"]["excluded"][0]["count"]["exactly"], 1);
}

#[test]
fn every_way_to_report_an_effect_becomes_the_same_correlation() {
    // r = .6 of 18 clients in eight ways; the odds ratio is that of d = 1.5.
    let odds = (1.5 * std::f64::consts::PI / 3f64.sqrt()).exp();
    let file = format!(
        "study,r,z,variance,t,f,chi_squared,d,odds_ratio,sign,n\n\
         r,0.6,,,,,,,,,18\n\
         z,,0.6931471805599453,0.06666666666666667,,,,,,,18\n\
         t,,,,3,,,,,,18\n\
         f,,,,,9,,,,+,18\n\
         chi,,,,,,6.48,,,1,18\n\
         d,,,,,,,1.5,,,18\n\
         or,,,,,,,,{odds},,18\n\
         f2,,,,,9,,,,-,18\n"
    );
    let found = findings(&file, &[]);
    let effects = found["answers"][0]["displays"][0]["effects"]
        .as_array()
        .expect("a forest");
    let sizes: Vec<f64> = effects
        .iter()
        .map(|e| e["r"].as_f64().expect("r"))
        .collect();
    for r in &sizes[..7] {
        assert!((r - 0.6).abs() < 1e-12, "{sizes:?}");
    }
    assert!((sizes[7] + 0.6).abs() < 1e-12, "{sizes:?}");
    let kinds = found["conversions"].as_array().expect("conversions");
    assert_eq!(
        kinds.len(),
        7,
        "which conversion was used is in the findings: {kinds:?}"
    );
    let said = refused("study,f,n\nA,9,40\nB,4,60\n", &[], 3);
    assert!(said.contains("sign: missing"), "{said}");
}

#[test]
fn a_semicolon_file_with_decimal_commas_is_read_when_it_is_declared() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let effects = "Autor;Korrelation;n\nA;0,2;40\nB;0,3;60\nC;0,4;50\n";
    std::fs::write(folder.path().join("e.csv"), effects).expect("it can be written");
    let study = "[meta]\neffects = \"e.csv\"\n[meta.columns]\nstudy = \"Autor\"\nr = \"Korrelation\"\n[files]\ndecimal = \"comma\"\n";
    std::fs::write(folder.path().join("study.toml"), study).expect("it can be written");
    let run = alliance_in(folder.path(), &["meta", "study.toml", "--out", "a"]);
    assert_eq!(run.code, 0, "{run:?}");
    std::fs::write(folder.path().join("plain.csv"), THREE).expect("it can be written");
    alliance_in(folder.path(), &["meta", "plain.csv", "--out", "b"]).ok();
    let read = |name: &str| {
        std::fs::read_to_string(folder.path().join(name).join("estimates.csv"))
            .expect("it is there")
    };
    assert_eq!(read("a"), read("b"));
}

#[test]
fn an_unknown_moderator_is_named_with_the_nearest_column() {
    let file = "study,r,n,rater\nA,0.2,40,client\nB,0.3,60,client\nC,0.4,50,observer\n";
    let said = refused(file, &["--moderator", "ratr"], 2);
    assert!(said.contains("did you mean \"rater\"?"), "{said}");
}

#[test]
fn a_model_that_does_not_fit_the_data_is_refused_with_advice() {
    let said = refused(THREE, &["--model", "three-level"], 2);
    assert!(said.contains("no study has two effects"), "{said}");
    let several = "study,effect,r,n\nA,1,0.2,40\nA,2,0.3,40\nB,1,0.4,50\n";
    let said = refused(several, &["--model", "three-level", "--tau2", "dl"], 2);
    assert!(said.contains("reml or ml, not by dl"), "{said}");
}

#[test]
fn effects_corrected_for_unreliability_stand_beside_the_observed() {
    let file = "study,effect,r,n,reliability_alliance,reliability_outcome,reliability_outcome_se\n\
                A,1,0.2,40,0.9,0.8,0.03\nA,2,0.3,40,0.9,0.8,0.03\nB,1,0.4,50,0.8,0.85,0.02\n\
                C,1,0.25,80,0.85,0.9,0.02\nD,1,0.1,60,0.9,0.7,0.05\n";
    for (model, id) in [
        ("three-level", "corrected.robust.r"),
        ("two-level", "corrected.pooled.r"),
    ] {
        let found = findings(file, &["--model", model]);
        let observed = estimate(&found, &id.replace("corrected.", ""))["estimate"]
            .as_f64()
            .expect("observed");
        let corrected = estimate(&found, id)["estimate"]
            .as_f64()
            .expect("corrected");
        assert!(
            corrected > observed * 1.1,
            "{model}: {corrected} against {observed}"
        );
    }
    // Uncertain reliabilities widen the interval.
    let known = file
        .replace("0.03\n", "\n")
        .replace("0.02\n", "\n")
        .replace("0.05\n", "\n");
    let width = |text: &str| {
        let found = findings(text, &["--model", "two-level", "--test", "z"]);
        estimate(&found, "corrected.pooled.z")["std_error"]
            .as_f64()
            .expect("an error")
    };
    assert!(
        width(file) > width(&known),
        "{} {}",
        width(file),
        width(&known)
    );
    // A correction that makes a correlation impossible is said, never capped.
    let impossible = file.replace("0.4,50,0.8,0.85", "0.9,50,0.6,0.5");
    let found = findings(&impossible, &[]);
    let corrected = estimate(&found, "corrected.pooled.r");
    assert_eq!(corrected["status"], "not_estimable");
    assert!(
        corrected["reason"]
            .as_str()
            .expect("a reason")
            .contains("line 4"),
        "{corrected}"
    );
}

#[test]
fn the_defaults_of_metafor_can_be_asked_for() {
    let found = findings(THREE, &["--compat", "metafor"]);
    assert_eq!(found["settings"]["pooling"]["test"], "z");
    assert!(estimate(&found, "pooled.z")["df"].is_null());
    // What is said otherwise wins.
    let found = findings(THREE, &["--compat", "metafor", "--test", "knha"]);
    assert_eq!(found["settings"]["pooling"]["test"], "knha");
}

#[test]
fn the_report_is_drawn_again_from_its_findings_on_any_number_of_threads() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/relationship_outcome/study.toml");
    let demo = demo.to_str().expect("a path");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let run = |args: &[&str], threads: &str| {
        crate::shared::alliance_with(folder.path(), args, &[("RAYON_NUM_THREADS", threads)]).ok();
    };
    run(&["meta", demo, "--out", "one"], "1");
    run(&["meta", demo, "--out", "two"], "2");
    run(&["report", "one/findings.json", "--out", "again"], "2");
    let one = snapshot(&folder.path().join("one"));
    assert!(one.contains_key(Path::new("verify.R")));
    assert_eq!(one, snapshot(&folder.path().join("two")));
    assert_eq!(one, snapshot(&folder.path().join("again")));
}

#[test]
fn a_study_file_of_a_meta_analysis_is_not_a_clinics() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("effects.csv"), THREE).expect("it can be written");
    std::fs::write(
        folder.path().join("study.toml"),
        "[meta]\neffects = \"effects.csv\"\n",
    )
    .expect("it can be written");
    let run = alliance_in(folder.path(), &["analyze", "study.toml"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("alliance meta"), "{run:?}");
}
