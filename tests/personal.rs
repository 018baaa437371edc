//! Which columns are refused because they identify people, and which are not: by name and content.
//!
//! Two pairs of lists, in files beside this one: the words and forms of the program were found with
//! the first, the second was written before the program had seen it.

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
    let run = with_columns(columns).run(&["check", "sessions.csv", "outcomes.csv"]);
    let is_refused = |at: usize| {
        let place = format!(":{}: ", at + 4);
        run.stderr
            .lines()
            .chain(run.stdout.lines())
            .any(|line| line.contains("must be anonymized") && line.contains(&place))
    };
    let refused = (0..columns.len())
        .filter(|at| is_refused(*at))
        .map(|at| columns[at].0)
        .collect();
    (refused, run.stdout + &run.stderr)
}

/// What of the first is not in the second.
fn without(columns: &[(&'static str, Vec<&str>)], refused: &[&str]) -> Vec<&'static str> {
    let headers = columns.iter().map(|(header, _)| *header);
    headers.filter(|header| !refused.contains(header)).collect()
}

#[test]
fn columns_that_identify_people_are_refused_in_many_languages_and_never_repeated() {
    let columns = columns(include_str!("personal/first_refused.txt"));
    assert!(columns.len() >= 60);
    let (refused, said) = refused(&columns);
    assert_eq!(without(&columns, &refused), [""; 0]);
    for (header, cells) in &columns {
        for cell in cells.iter().filter(|cell| cell.len() > 3) {
            assert!(!said.contains(cell), "{header}: {said}");
        }
    }
}

#[test]
fn columns_that_only_sound_personal_pass() {
    let columns = columns(include_str!("personal/first_passed.txt"));
    assert!(columns.len() >= 60);
    let (refused, said) = refused(&columns);
    assert_eq!(refused, [""; 0], "{said}");
}
