//! An export that is still being written while it is read: never a report of one file with the digest of another.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use alliance::features::{self, Clients};
use alliance::study::Study;

use crate::shared::Clinic;

const CHANGED: &str = "file: the file changed while it was read\n  hint: is it still being written? Wait until the export has finished, and run again";

fn sessions(clients: usize) -> String {
    let rows = (0..clients).flat_map(|client| {
        (1..=3).map(move |session| {
            format!(
                "K{client:07},{session},{}\n",
                30 + (client * 7 + session) % 25
            )
        })
    });
    format!("client_id,session,alliance\n{}", rows.collect::<String>())
}

fn outcomes(clients: usize) -> String {
    let rows = (0..clients).map(|client| {
        format!(
            "K{client:07},PHQ-9,{},{}\n",
            10 + client % 12,
            5 + client % 9
        )
    });
    format!("client_id,measure,pre,post\n{}", rows.collect::<String>())
}

/// What happens when `change` is done to the sessions after a part of them was read.
fn read_while(
    clinic: &Clinic,
    name: &str,
    change: impl Fn(&Path) + Sync,
) -> Result<Clients, String> {
    let path = clinic.path(name);
    let study = Study::of_files(&path, &clinic.path("outcomes.csv"));
    let changed = std::sync::Once::new();
    features::by_client(&study, &|_| changed.call_once(|| change(&path)))
        .map_err(|problems| problems.to_string())
}

fn append(path: &Path) {
    let mut file = OpenOptions::new()
        .append(true)
        .open(path)
        .expect("it is there");
    file.write_all(b"K9999999,1,40\n").expect("there is room");
}

/// Writes another score into the first row, and gives the file the time it had.
fn change_unseen(path: &Path) {
    let before = std::fs::metadata(path)
        .and_then(|m| m.modified())
        .expect("it is there");
    let mut text = std::fs::read(path).expect("it is there");
    let at = text
        .iter()
        .rposition(|b| b.is_ascii_digit())
        .expect("there are scores");
    text[at] = if text[at] == b'1' { b'2' } else { b'1' };
    // In place: the same file, the same length.
    let mut file = OpenOptions::new()
        .write(true)
        .open(path)
        .expect("it is there");
    file.write_all(&text).expect("there is room");
    file.set_modified(before).expect("it is ours");
}

fn replace(path: &Path) {
    let other = path.with_extension("new");
    std::fs::copy(path, &other).expect("there is room");
    std::fs::rename(other, path).expect("it is the same folder");
}

#[test]
fn a_file_that_grows_or_is_replaced_while_it_is_read_is_refused() {
    for change in [append, replace] {
        let clinic = Clinic::of(sessions(40), outcomes(40));
        let told = read_while(&clinic, "sessions.csv", change)
            .err()
            .expect("it changed");
        assert!(told.contains(CHANGED), "{told}");
        assert!(
            told.ends_with("1 problem in 1 file; nothing was analysed."),
            "{told}"
        );
    }
}

#[test]
fn another_score_in_the_same_length_and_time_is_refused_by_the_digest() {
    let clinic = Clinic::of(sessions(40), outcomes(40));
    let clients = read_while(&clinic, "sessions.csv", change_unseen).expect("nothing is seen yet");
    let told = clients
        .digests()
        .expect_err("it is not what was read")
        .to_string();
    assert!(told.contains(CHANGED), "{told}");
}

#[test]
fn a_file_that_changes_after_it_was_read_and_before_its_digest_is_refused() {
    for change in [append, replace, change_unseen] {
        let clinic = Clinic::of(sessions(40), outcomes(40));
        let clients = read_while(&clinic, "sessions.csv", |_| ()).expect("it is still");
        change(&clinic.path("outcomes.csv"));
        let told = clients
            .digests()
            .expect_err("the outcomes changed")
            .to_string();
        assert!(
            told.contains("outcomes.csv:1: ") && told.contains(CHANGED),
            "{told}"
        );
    }
}

#[test]
fn faults_of_half_a_file_are_not_told_beside_that_it_changed() {
    let half = format!("{}K0000040,1", sessions(40));
    let clinic = Clinic::of(half, outcomes(40));
    let told = read_while(&clinic, "sessions.csv", append)
        .err()
        .expect("it changed");
    assert!(
        told.contains(CHANGED) && told.contains("1 problem in 1 file"),
        "{told}"
    );
}

#[test]
fn a_large_file_of_many_parts_and_one_with_quotes_are_watched_too() {
    let clients = 140_000;
    let quoted = sessions(40).replace("K0000001,", "\"K0000001\",");
    for (text, outcomes) in [
        (sessions(clients), outcomes(clients)),
        (quoted, outcomes(40)),
    ] {
        let clinic = Clinic::of(&text, outcomes);
        let clients = read_while(&clinic, "sessions.csv", |_| ()).expect("it is still");
        let digests = clients.digests().expect("it is still");
        assert_eq!(digests[0], sha256(&clinic.path("sessions.csv")));
        change_unseen(&clinic.path("sessions.csv"));
        assert!(clients.digests().is_err());
    }
}

#[test]
fn a_parquet_file_is_digested_as_it_is_and_refused_when_it_changes() {
    let clinic = Clinic::of(sessions(40), outcomes(40));
    let parquet = clinic.path("sessions.parquet");
    alliance::intake::csv_to_parquet(&clinic.path("sessions.csv"), &parquet).expect("numbers");
    let clients = read_while(&clinic, "sessions.parquet", |_| ()).expect("it is still");
    assert_eq!(clients.digests().expect("it is still")[0], sha256(&parquet));
    for change in [append, replace] {
        let told = read_while(&clinic, "sessions.parquet", change)
            .err()
            .expect("it changed");
        assert!(told.contains(CHANGED), "{told}");
        alliance::intake::csv_to_parquet(&clinic.path("sessions.csv"), &parquet).expect("numbers");
    }
    let clients = read_while(&clinic, "sessions.parquet", |_| ()).expect("it is still");
    change_unseen(&parquet);
    assert!(clients.digests().is_err());
}

/// The digest by another way: all bytes at once.
fn sha256(path: &PathBuf) -> String {
    use sha2::{Digest, Sha256};
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut File::open(path).expect("it is there"), &mut bytes)
        .expect("it can be read");
    Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_findings_name_the_digests_of_the_files() {
    let clinic = Clinic::of(sessions(40), outcomes(40));
    clinic
        .run(&["analyze", "sessions.csv", "outcomes.csv", "--out", "report"])
        .ok();
    let findings: serde_json::Value =
        serde_json::from_str(&clinic.read("report/findings.json")).expect("it is JSON");
    for (at, file) in ["sessions.csv", "outcomes.csv"].into_iter().enumerate() {
        assert_eq!(findings["inputs"][at]["sha256"], sha256(&clinic.path(file)));
    }
}
