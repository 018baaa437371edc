//! Whatever is in a file, the program ends with an answer or with a reason, and never by a fault of its own.
//!
//! Small valid inputs are changed at random: bytes, cells, rows, keys, odd characters, huge numbers. Every run
//! tries the same few; `ALLIANCE_FUZZ_CASES=20000 cargo test fuzz::` tries so many of each kind.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use alliance::features;
use alliance::findings::Findings;
use alliance::intake;
use alliance::questions;
use alliance::report;
use alliance::review::policy::Policy;
use alliance::review::{Previous, review};
use alliance::study::text::text_of;
use alliance::study::{MetaOverrides, MetaStudy, Study};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::Value;

use crate::shared::first_question_only;

/// One change; the numbers choose where and what.
#[derive(Clone, Copy, Debug)]
struct Change {
    kind: u8,
    at: u32,
    to: u32,
    what: u32,
}

/// Texts that have broken readers.
const ODD: [&str; 48] = [
    "",
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e999",
    "NaN",
    "-inf",
    "99999999999999999999",
    "0.1",
    "4.0",
    "9999",
    "1,5",
    "\"",
    "\"\"",
    "'",
    ";",
    ",",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u{1}",
    "\u{85}",
    "\u{202e}",
    "\u{200d}",
    "\u{fffe}",
    "é",
    "İ",
    "ß",
    "Ängste",
    "うつ",
    "𝒳",
    "\u{feff}",
    "=1+1",
    "[",
    "]",
    "{",
    "}",
    "\\",
    "<b>",
    "null",
    "true",
    "2025-13-45",
    "9999-12-31",
    "NA",
    "F20",
];

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (0..9u8, any::<u32>(), any::<u32>(), any::<u32>());
    let change = change.prop_map(|(kind, at, to, what)| Change { kind, at, to, what });
    prop::collection::vec(change, 1..5)
}

fn place(number: u32, of: usize) -> usize {
    number as usize % of.max(1)
}

fn odd(number: u32) -> &'static str {
    ODD[place(number, ODD.len())]
}

/// A table or any other text with the changes made.
fn changed(base: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for change in changes {
        let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
            bytes
                .split_inclusive(|b| *b == b'\n')
                .map(<[u8]>::to_vec)
                .collect()
        };
        let (from, to) = (place(change.at, bytes.len()), place(change.to, bytes.len()));
        match change.kind {
            0 if !bytes.is_empty() => bytes[from] ^= 1 << (change.what % 8),
            1 => drop(bytes.splice(from..from, odd(change.what).bytes())),
            2 => drop(bytes.drain(from.min(to)..from.max(to).min(from.min(to) + 40))),
            3 => bytes.truncate(from),
            4..=6 => {
                let mut rows = lines(&bytes);
                let (row, other) = (place(change.at, rows.len()), place(change.to, rows.len()));
                match (change.kind, rows.is_empty()) {
                    (_, true) => {}
                    (4, _) => rows.insert(row, rows[other].clone()),
                    (5, _) => drop(rows.remove(row)),
                    _ => rows.swap(row, other),
                }
                bytes = rows.concat();
            }
            _ => {
                let mut rows = lines(&bytes);
                let row = place(change.at, rows.len());
                if let Some(text) = rows.get_mut(row) {
                    let mut cells: Vec<Vec<u8>> =
                        text.split(|b| *b == b',').map(<[u8]>::to_vec).collect();
                    let cell = place(change.to, cells.len());
                    cells[cell] = odd(change.what).into();
                    if change.kind == 8 {
                        // The same in every row: a whole column.
                        let column = cells[cell].clone();
                        for text in rows.iter_mut().skip(1) {
                            let mut cells: Vec<&[u8]> = text.split(|b| *b == b',').collect();
                            if cell + 1 < cells.len() {
                                cells[cell] = &column;
                                *text = cells.join(&b','.clone());
                            }
                        }
                    } else {
                        *text = cells.join(&b',');
                    }
                }
                bytes = rows.concat();
            }
        }
    }
    bytes
}

/// A document with values replaced, removed and doubled.
fn changed_document(base: &Value, changes: &[Change]) -> Value {
    let mut document = base.clone();
    for change in changes {
        let nodes = count(&document);
        let mut at = place(change.at, nodes);
        if let Some(node) = node(&mut document, &mut at) {
            change_node(node, change);
        }
    }
    document
}

fn change_node(node: &mut Value, change: &Change) {
    match (change.kind, node) {
        (0, Value::Object(entries)) => {
            let key = entries.keys().nth(place(change.to, entries.len())).cloned();
            key.and_then(|key| entries.remove(&key));
        }
        (0, Value::Array(items)) if !items.is_empty() => {
            items.remove(place(change.to, items.len()));
        }
        (1, Value::Array(items)) if !items.is_empty() => {
            items.push(items[place(change.to, items.len())].clone());
        }
        (1, Value::Object(entries)) => {
            entries.insert(odd(change.what).into(), Value::Null);
        }
        (_, node @ Value::Number(_)) => {
            *node = match change.what % 8 {
                0 => 0.into(),
                1 => (-1).into(),
                2 => u64::MAX.into(),
                3 => i64::MIN.into(),
                4 => 1e308.into(),
                5 => (-1e308).into(),
                6 => 1e-320.into(),
                _ => 4_000_000_000u32.into(),
            };
        }
        (_, node @ Value::String(_)) => *node = odd(change.what).into(),
        (_, node) => {
            *node = match change.what % 4 {
                0 => Value::Null,
                1 => Value::Array(Vec::new()),
                2 => serde_json::json!({}),
                _ => odd(change.what).into(),
            };
        }
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(entries) => entries.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The node with so many before it.
fn node<'a>(value: &'a mut Value, before: &mut usize) -> Option<&'a mut Value> {
    if *before == 0 {
        return Some(value);
    }
    *before -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, before)),
        Value::Object(entries) => entries.values_mut().find_map(|entry| node(entry, before)),
        _ => None,
    }
}

/// Tries a property on many changes; `share` of the usual number, because some take longer.
#[track_caller]
fn never_panics(share: f64, property: impl Fn(&[Change])) {
    let asked = std::env::var("ALLIANCE_FUZZ_CASES").ok();
    let cases = asked.and_then(|cases| cases.parse().ok()).unwrap_or(400.0);
    let mut runner = TestRunner::new(Config {
        cases: (cases * share).ceil() as u32,
        max_shrink_iters: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_180_917),
        ..Config::default()
    });
    let tried = runner.run(&changes(), |changes| {
        property(&changes);
        Ok::<(), TestCaseError>(())
    });
    tried.unwrap_or_else(|e| panic!("{e}"));
}

/// A small clinic on disk, and what the program makes of it.
struct Ground {
    _folder: tempfile::TempDir,
    folder: PathBuf,
}

impl Ground {
    fn new() -> Ground {
        let made = tempfile::tempdir().expect("a temporary folder can be made");
        let ground = Ground {
            folder: made.path().into(),
            _folder: made,
        };
        ground.write("sessions.csv", sessions());
        ground.write("outcomes.csv", outcomes());
        ground.write("study.toml", study());
        ground
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, content).expect("it can be written");
        path
    }

    /// Checks the study; where it is one, every few times analyses it and writes the report.
    fn study_is_read(&self, study: &Path, analysed: &Cell<u32>) {
        let Ok(study) = Study::load(study) else {
            return;
        };
        let Ok(clients) = features::by_client(&study, &|_| ()) else {
            return;
        };
        if questions::check(&study, &clients).is_err() {
            return;
        }
        analysed.set(analysed.get() + 1);
        let digests = ["0", "1"].map(str::to_owned);
        let answered = questions::answer(&study, &clients, digests);
        if let Ok(findings) = answered
            && analysed.get() % 16 == 1
        {
            is_written(&findings);
        }
    }
}

fn is_written(findings: &Findings) {
    report::files(findings).expect("findings can be written");
    if let Ok(review) = review(findings, &Policy::shipped(), None, None, None) {
        review.files(findings);
    }
}

fn sessions() -> String {
    let mut text =
        String::from("client_id,therapist_id,site_id,session,date,delivery,alliance,symptom\n");
    for c in 0..24 {
        for s in 1..=4 {
            let delivery = ["online", "in_person", "hybrid"][c % 3];
            let (alliance, symptom) = (30 + (c * 7 + s * 3) % 25, 5 + (c * 3 + s) % 15);
            text += &format!(
                "c{c:02},t{},s{},{s},2025-0{}-1{},{delivery},{alliance},{symptom}\n",
                c % 4,
                c % 3,
                1 + c % 9,
                s
            );
        }
    }
    text
}

fn outcomes() -> String {
    let mut text = String::from("client_id,measure,pre,post,diagnosis,treatment,status\n");
    for c in 0..24 {
        let (diagnosis, treatment) = (
            ["depression", "anxiety", "F20.1"][c % 3],
            ["cbt", "act"][c % 2],
        );
        let status = ["completed", "dropped_out", "ongoing"][c % 7 % 3];
        text += &format!(
            "c{c:02},PHQ-9,{},{},{diagnosis},{treatment},{status}\n",
            10 + c % 9,
            3 + c * 5 % 12
        );
    }
    text
}

fn study() -> String {
    format!(
        "name = \"x\"\ntitle = \"A clinic\"\ndata_lock = \"2025-12-31\"\n[files]\nsessions = \"sessions.csv\"\noutcomes = \"outcomes.csv\"\nmissing = [\"-99\"]\n[measures]\nalliance = \"WAI-SR\"\nsymptom = \"PHQ-9\"\n[labels.treatment]\nact = \"ACT\"\n[groups]\nonline_cbt = \"treatment in [cbt] and delivery = online\"\n[early_alliance]\nlast_session = 5\n[analysis]\nconfidence_level = 0.95\nseed = 7\nbootstrap_replicates = 100\ndelivery_share = 0.8\n[policy]\nminimum_cell = 3\n[[contrasts]]\nfirst = \"treatment.cbt\"\nsecond = \"treatment.act\"\n[[rebases]]\nchart = \"dropout\"\nfrom = \"2025-03\"\nreason = \"moved\"\n{}",
        first_question_only()
    )
}

fn effects() -> String {
    let mut text = String::from("study,effect,n,r,z,variance,t,d,p,sign,rater\n");
    for i in 0..12 {
        let r = 0.1 + 0.03 * f64::from(i % 7);
        let cells = match i % 5 {
            0 | 1 => format!("{r:.2},,,,,,"),
            2 => format!(",{r:.2},0.02,,,,"),
            3 => ",,,1.9,,,".into(),
            _ => ",,,,,0.03,+".into(),
        };
        text += &format!(
            "S{},{},{},{cells},{}\n",
            i % 6,
            1 + i / 6,
            40 + i,
            ["client", "observer"][i as usize % 2]
        );
    }
    text
}

/// Findings of one question, whose report is drawn quickly, and their review.
fn documents(ground: &Ground) -> (Value, Value) {
    let study = Study::load(&ground.folder.join("study.toml")).expect("it is a study");
    let clients = features::by_client(&study, &|_| ()).expect("it is a clinic");
    let digests = ["0", "1"].map(str::to_owned);
    let findings = questions::answer(&study, &clients, digests).expect("it is analysed");
    let review = review(&findings, &Policy::shipped(), None, None, None).expect("it is reviewed");
    let read = |text: String| serde_json::from_str(&text).expect("it is JSON");
    (read(findings.to_json()), read(review.to_json()))
}

#[test]
fn any_sessions_file_is_read_or_refused() {
    let (ground, analysed) = (Ground::new(), Cell::new(0));
    never_panics(0.5, |changes| {
        ground.write("sessions.csv", changed(sessions().as_bytes(), changes));
        ground.study_is_read(&ground.folder.join("study.toml"), &analysed);
    });
}

#[test]
fn any_outcomes_file_is_read_or_refused() {
    let (ground, analysed) = (Ground::new(), Cell::new(0));
    never_panics(0.5, |changes| {
        ground.write("outcomes.csv", changed(outcomes().as_bytes(), changes));
        ground.study_is_read(&ground.folder.join("study.toml"), &analysed);
    });
}

#[test]
fn any_parquet_file_is_read_or_refused() {
    let (ground, analysed) = (Ground::new(), Cell::new(0));
    let [from, to] = ["sessions.csv", "sessions.parquet"].map(|name| ground.folder.join(name));
    intake::csv_to_parquet(&from, &to).expect("it can be written");
    let whole = std::fs::read(&to).expect("it is there");
    let study = study().replace("sessions.csv", "sessions.parquet");
    let study = ground.write("parquet.toml", study);
    never_panics(0.5, |changes| {
        ground.write("sessions.parquet", changed(&whole, changes));
        ground.study_is_read(&study, &analysed);
    });
}

#[test]
fn any_study_file_is_read_or_refused() {
    let (ground, analysed) = (Ground::new(), Cell::new(0));
    let document: Value = toml::from_str(&study()).expect("it is TOML");
    never_panics(1.0, |changes| {
        let as_bytes = changed(study().as_bytes(), changes);
        let as_document = toml::to_string(&changed_document(&document, changes));
        for text in [as_bytes, as_document.unwrap_or_default().into_bytes()] {
            // A study may ask for a million resamplings.
            if !String::from_utf8_lossy(&text).contains("bootstrap_replicates = 100\n") {
                let _ = Study::load(&ground.write("other.toml", text));
                continue;
            }
            let path = ground.write("other.toml", text);
            ground.study_is_read(&path, &analysed);
            let _ = MetaStudy::load(&path, MetaOverrides::default());
        }
    });
}

#[test]
fn any_effects_file_is_pooled_or_refused() {
    let ground = Ground::new();
    let written = Cell::new(0u32);
    never_panics(1.0, |changes| {
        let path = ground.write("effects.csv", changed(effects().as_bytes(), changes));
        let overrides = MetaOverrides {
            moderators: vec!["rater".into()],
            ..MetaOverrides::default()
        };
        let study = MetaStudy::of_file(&path, overrides).expect("the defaults are a study");
        let Ok(rows) = intake::read_effects(&study) else {
            return;
        };
        if let Ok(findings) = questions::pool(&study, &rows, "0".into()) {
            written.set(written.get() + 1);
            if written.get() % 16 == 1 {
                is_written(&findings);
            }
        }
    });
}

#[test]
fn any_actions_file_and_policy_is_read_or_refused() {
    let ground = Ground::new();
    let actions = "action,owner,due,state\nCall,Mary,2026-02-01,open\n\"Two\nlines\",Team,,done\n";
    let policy = "[rules.dropout]\nat_most = 0.2\nreason = \"because\"\n[rules.minimum_n]\noff = true\nreason = \"few\"\n[rules.data_age]\nat_most_days = 30\nreason = \"x\"\ncannot_tell = \"pass\"\n";
    let document: Value = toml::from_str(policy).expect("it is TOML");
    never_panics(2.0, |changes| {
        let _ = intake::read_actions(
            &ground.write("actions.csv", changed(actions.as_bytes(), changes)),
        );
        let _ = Policy::load(&ground.write("policy.toml", changed(policy.as_bytes(), changes)));
        if let Ok(text) = toml::to_string(&changed_document(&document, changes)) {
            let _ = Policy::from_toml(&text);
        }
    });
}

#[test]
fn any_findings_and_reviews_are_drawn_or_refused() {
    let ground = Ground::new();
    let (findings, last) = documents(&ground);
    let written = Cell::new(0u32);
    let read = Findings::from_json(&findings.to_string()).expect("they read back");
    never_panics(1.0, |changes| {
        let bytes = changed(findings.to_string().as_bytes(), changes);
        if let Ok(text) = text_of(&ground.write("findings.json", bytes)) {
            let _ = Findings::from_json(&text);
        }
        let text = changed_document(&findings, changes).to_string();
        if let Ok(findings) = Findings::from_json(&text) {
            written.set(written.get() + 1);
            if written.get() % 8 == 1 {
                is_written(&findings);
            }
        }
        let text = changed_document(&last, changes).to_string();
        if let Ok(previous) = Previous::from_json(&text) {
            let day = Some("2026-01-31");
            if let Ok(review) = review(&read, &Policy::shipped(), day, Some(&previous), None) {
                alliance::review::markdown(&review);
                alliance::review::junit(&review);
            }
        }
    });
}
