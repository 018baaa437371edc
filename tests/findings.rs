//! The archived format: its schema is committed and holds, and what is written reads back.

use std::path::Path;

use alliance::findings::{Findings, SCHEMA_VERSION};
use alliance::study::Study;
use alliance::{features, questions};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn findings_of_the_demo_clinic() -> Findings {
    let study = Study::load(&root().join("data/clinic/study.toml")).expect("the study is valid");
    let clients = features::by_client(&study, &|_| ()).expect("the demo clinic has no fault");
    questions::answer(&study, &clients, ["0".repeat(64), "0".repeat(64)])
        .expect("nothing odd is asked")
}

fn committed_schema() -> serde_json::Value {
    let path = root().join("data/findings.schema.json");
    let made = Findings::json_schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("a schema is JSON") + "\n";
        std::fs::write(&path, text).expect("the schema can be written");
    }
    serde_json::from_str(&std::fs::read_to_string(path).expect("the schema is committed"))
        .expect("it is JSON")
}

#[test]
fn the_committed_schema_is_that_of_the_program() {
    // Not `assert_eq`, which would print both.
    assert!(
        committed_schema() == Findings::json_schema(),
        "run the test with UPDATE_SCHEMA=1"
    );
}

#[test]
fn the_findings_of_the_demo_clinic_hold_to_the_committed_schema() {
    let schema = jsonschema::validator_for(&committed_schema()).expect("the schema is a schema");
    let made = serde_json::to_value(findings_of_the_demo_clinic()).expect("findings are JSON");
    let committed = std::fs::read_to_string(root().join("reports/clinic/findings.json"))
        .expect("it is committed");
    for findings in [made, serde_json::from_str(&committed).expect("it is JSON")] {
        let problems: Vec<String> = schema
            .iter_errors(&findings)
            .map(|e| e.to_string())
            .collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
    let broken = serde_json::json!({ "schema_version": 1 });
    assert!(
        !schema.is_valid(&broken),
        "the schema refuses what is not findings"
    );
}

#[test]
fn what_is_written_reads_back_to_the_last_bit() {
    let findings = findings_of_the_demo_clinic();
    let text = findings.to_json();
    let again = Findings::from_json(&text).expect("findings read back");
    assert_eq!(again, findings);
    assert_eq!(again.to_json(), text);
}

#[test]
fn findings_of_another_major_version_are_refused_with_advice() {
    let text = findings_of_the_demo_clinic().to_json();
    let newer = text.replacen(&format!("\"{SCHEMA_VERSION}\""), "\"3.0\"", 1);
    let refusal = Findings::from_json(&newer).expect_err("version 3 is refused");
    assert!(
        refusal.contains("version 3.0") && refusal.contains("analyze again"),
        "{refusal}"
    );
    assert!(Findings::from_json("{}").is_err());
    assert!(Findings::from_json("client_id,session").is_err());
}

#[test]
fn estimate_ids_are_unique() {
    let findings = findings_of_the_demo_clinic();
    let mut ids: Vec<&str> = findings.estimates().map(|e| e.id.as_str()).collect();
    ids.sort_unstable();
    let twice: Vec<&[&str]> = ids.windows(2).filter(|w| w[0] == w[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn every_interval_holds_its_estimate() {
    for estimate in findings_of_the_demo_clinic().estimates() {
        if let (Some(x), Some((low, high, level))) = (estimate.estimate(), estimate.interval()) {
            assert!(
                low <= x && x <= high && level > 0.5,
                "{}: {x} in [{low}, {high}]",
                estimate.id
            );
        }
    }
}
