//! Truth comes back: what `simulate` puts into a clinic, the whole program finds again.

use std::fs::File;
use std::path::Path;

use alliance::findings::{Findings, Verdict};
use alliance::simulation::{Clinic, study_toml, write_outcomes, write_sessions};
use alliance::study::Study;
use alliance::{features, questions};

fn findings_of(clinic: &Clinic) -> Findings {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    write_sessions(clinic, File::create(path("sessions.csv")).expect("a file")).expect("sessions");
    write_outcomes(clinic, File::create(path("outcomes.csv")).expect("a file")).expect("outcomes");
    std::fs::write(path("study.toml"), study_toml(clinic)).expect("a study file");
    let study = Study::load(&path("study.toml")).expect("the study is valid");
    let clients = features::by_client(&study, &|_| ()).expect("a made-up clinic has no fault");
    questions::answer(&study, &clients, Default::default()).expect("nothing odd is asked")
}

/// The interval of an estimate, a little wider: scores are rounded and bounded, which moves the
/// correlation by up to .02.
#[track_caller]
fn assert_holds(findings: &Findings, id: &str, truth: f64) {
    let estimate = findings
        .estimate(id)
        .unwrap_or_else(|| panic!("there is no {id}"));
    let (low, high, _) = estimate
        .interval()
        .unwrap_or_else(|| panic!("{id}: {estimate:?}"));
    assert!(
        low - 0.02 <= truth && truth <= high + 0.02,
        "{id}: [{low}, {high}] misses {truth}"
    );
}

#[test]
fn the_correlation_of_each_delivery_is_found_again() {
    let clinic = Clinic {
        clients: 20_000,
        therapists: 400,
        sites: 20,
        r_online: 0.40,
        r_in_person: 0.0,
        r_hybrid: 0.20,
        seed: 7,
        ..Clinic::default()
    };
    let findings = findings_of(&clinic);
    assert_holds(&findings, "alliance_outcome.delivery.online.partial", 0.40);
    assert_holds(
        &findings,
        "alliance_outcome.delivery.in_person.partial",
        0.0,
    );
    assert_holds(&findings, "alliance_outcome.delivery.hybrid.partial", 0.20);
    assert_holds(&findings, "online_vs_in_person.correlation", 0.40);
    let online = findings
        .answer("online_vs_in_person")
        .expect("it was asked");
    let verdict = online
        .verdict("online_vs_in_person.correlation")
        .expect("it was reached");
    assert_eq!(verdict.verdict, Verdict::Different);
}

#[test]
fn equal_correlations_of_many_clients_are_called_equivalent() {
    let clinic = Clinic {
        clients: 20_000,
        therapists: 400,
        sites: 20,
        r_online: 0.28,
        r_in_person: 0.28,
        seed: 11,
        ..Clinic::default()
    };
    let findings = findings_of(&clinic);
    let online = findings
        .answer("online_vs_in_person")
        .expect("it was asked");
    let verdict = online
        .verdict("online_vs_in_person.correlation")
        .expect("it was reached");
    assert_eq!(verdict.verdict, Verdict::Equivalent);
}

#[test]
fn a_negative_truth_comes_back_negative() {
    let clinic = Clinic {
        clients: 5_000,
        therapists: 100,
        sites: 5,
        r_online: -0.30,
        r_in_person: -0.30,
        r_hybrid: -0.30,
        seed: 3,
        ..Clinic::default()
    };
    assert_holds(
        &findings_of(&clinic),
        "alliance_outcome.overall.partial",
        -0.30,
    );
}

#[test]
fn the_committed_demo_clinic_is_the_one_that_simulate_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/clinic");
    let (mut sessions, mut outcomes) = (Vec::new(), Vec::new());
    write_sessions(&Clinic::default(), &mut sessions).expect("sessions");
    write_outcomes(&Clinic::default(), &mut outcomes).expect("outcomes");
    assert!(std::fs::read(folder.join("sessions.csv")).expect("it is committed") == sessions);
    assert!(std::fs::read(folder.join("outcomes.csv")).expect("it is committed") == outcomes);
}
