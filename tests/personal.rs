//! Which columns are refused because they identify people, and which are not: by name and content.
//!
//! Five pairs of lists, in files beside this one. Each was written before the program had seen it;
//! what the program missed in one gave it words and forms before the next was written, except for the
//! last, of which it has learned nothing. Refused, and refused falsely, when first seen: 78 of 78 and
//! 0 of 83; 119 of 141 and 4 of 142; 95 of 106 and 3 of 146; 116 of 126 and 1 of 157; 86 of 88 and 3
//! of 102. The headers of the second and third come from public code.

use alliance::intake::read_effects;
use alliance::study::{MetaOverrides, MetaStudy};

use crate::shared::Clinic;

const CLIENTS: usize = 12;
const SESSIONS: usize = 3;

/// The columns of a list: header and cells of different people.
fn columns(list: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.split('|').map(str::trim);
            let header = parts.next().expect("a line has a header");
            (header, parts.collect())
        })
        .collect()
}

/// A clinic whose sessions have these columns as well, each client a cell of theirs.
fn with_columns(columns: &[(&str, Vec<&str>)]) -> Clinic {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut sessions = "client_id,session,alliance".to_owned();
    for (header, _) in columns {
        sessions += &format!(",{}", quoted(header));
    }
    sessions.push('\n');
    let mut outcomes = "client_id,measure,pre,post\n".to_owned();
    for client in 0..CLIENTS {
        for session in 1..=SESSIONS {
            sessions += &format!(
                "C{client:02},{session},{}",
                30 + (client * 7 + session * 3) % 25
            );
            for (_, cells) in columns {
                sessions += &format!(",{}", quoted(cells[client % cells.len()]));
            }
            sessions.push('\n');
        }
        outcomes += &format!(
            "C{client:02},PHQ-9,{},{}\n",
            10 + client,
            3 + client * 5 % 11
        );
    }
    Clinic::of(sessions, outcomes)
}

/// The columns of a list that are refused, and everything that was said.
fn refused(columns: &[(&'static str, Vec<&str>)]) -> (Vec<&'static str>, String) {
    let clinic = with_columns(columns);
    let text = clinic.run(&["check", "sessions.csv", "outcomes.csv"]);
    let told = clinic.run(&["check", "sessions.csv", "outcomes.csv", "--json"]);
    let files = told.json()["files"].as_array().cloned().unwrap_or_default();
    let is_refused = |at: usize| {
        let problems = files.iter().flat_map(|file| file["problems"].as_array());
        problems.flatten().any(|problem| {
            let message = problem["message"].as_str().expect("a sentence");
            message.contains("must be anonymized") && problem["column"] == at + 4
        })
    };
    let refused = (0..columns.len())
        .filter(|at| is_refused(*at))
        .map(|at| columns[at].0)
        .collect();
    (refused, text.stdout + &text.stderr + &told.stdout)
}

/// What of the first is not in the second.
fn without(columns: &[(&'static str, Vec<&str>)], refused: &[&str]) -> Vec<&'static str> {
    let headers = columns.iter().map(|(header, _)| *header);
    headers.filter(|header| !refused.contains(header)).collect()
}

/// Lists of columns that identify people, and of columns that only sound so.
const LISTS: [(&str, &str); 5] = [
    (
        include_str!("personal/first_refused.txt"),
        include_str!("personal/first_passed.txt"),
    ),
    (
        include_str!("personal/second_refused.txt"),
        include_str!("personal/second_passed.txt"),
    ),
    (
        include_str!("personal/third_refused.txt"),
        include_str!("personal/third_passed.txt"),
    ),
    (
        include_str!("personal/fourth_refused.txt"),
        include_str!("personal/fourth_passed.txt"),
    ),
    (
        include_str!("personal/fifth_refused.txt"),
        include_str!("personal/fifth_passed.txt"),
    ),
];

#[test]
fn columns_that_identify_people_are_refused_in_many_languages_and_never_repeated() {
    for (list, _) in LISTS {
        let columns = columns(list);
        assert!(columns.len() >= 60);
        let (refused, said) = refused(&columns);
        let missed = without(&columns, &refused);
        assert!(missed.len() * 20 <= columns.len(), "{missed:?}");
        for (header, cells) in &columns {
            for cell in cells.iter().filter(|cell| cell.len() > 5) {
                // A header may hold the word: "Portable" is no number.
                assert!(
                    header.contains(cell) || !said.contains(cell),
                    "{header}: {cell}"
                );
            }
        }
    }
}

#[test]
fn columns_that_only_sound_personal_pass() {
    for (_, list) in LISTS {
        let columns = columns(list);
        assert!(columns.len() >= 60);
        let (refused, said) = refused(&columns);
        assert!(refused.len() * 20 <= columns.len(), "{refused:?}: {said}");
    }
}

#[test]
fn a_false_refusal_is_one_line_in_the_study_file_away() {
    let columns = [("mother", vec!["Anna", "Karin", "Petra"])];
    let clinic = with_columns(&columns);
    let run = clinic.run(&["check", "sessions.csv", "outcomes.csv"]);
    assert_eq!(run.code, 3);
    let hint = run
        .stderr
        .lines()
        .find(|line| line.contains("not_personal"));
    let hint = hint.expect("the hint names the line");
    let (_, line) = hint.split_once("add ").expect("the line to add");
    let (line, _) = line.split_once(" under [policy]").expect("and where");
    let clinic = clinic.study(&format!("[policy]\n{line}\n"));
    clinic.run(&["check", "study.toml"]).ok();
}

#[test]
fn published_studies_are_cited_by_their_authors_who_are_nobodys_clients() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("effects.csv");
    let effects = "study,first_author,name,country,city,citation,notes,url,r,n\n\
        Moreau 2011,Moreau,Claire Moreau,France,Lyon,Moreau C. (2011). Alliance,Was a trial,https://example.org/1,.21,80\n\
        Weber 2015,Weber,Hans Weber,Germany,Ulm,Weber H. (2015). Bond,She rated it,https://example.org/2,.34,61\n";
    std::fs::write(&path, effects).expect("it can be written");
    let study =
        MetaStudy::of_file(&path, MetaOverrides::default()).expect("the settings are valid");
    let effects = read_effects(&study).expect("nothing is refused");
    assert_eq!(effects.others.len(), 7);
}
