//! From when the data are: the day that is typed, the newest sessions, and days that cannot be right.

use std::fmt::Write;

use crate::shared::Clinic;
use alliance::findings::{Findings, Subject};
use alliance::review::policy::Policy;
use alliance::review::{Verdict, review};

/// Clients with four weekly sessions each, the first on this day of this month.
fn clinic(begins: &[(&str, u32)], lock: Option<&str>) -> Clinic {
    let mut sessions = String::from("client_id,session,date,alliance\n");
    let mut outcomes = String::from("client_id,measure,pre,post\n");
    for (i, (month, day)) in begins.iter().enumerate() {
        for week in 0..4u32 {
            let rating = 30 + (i as u32 * 7 + week * 3) % 25;
            writeln!(
                sessions,
                "K{i},{},{month}-{:02},{rating}",
                week + 1,
                day + 7 * week
            )
            .unwrap();
        }
        writeln!(outcomes, "K{i},PHQ-9,{},{}", 12 + i % 9, i * 5 % 14).unwrap();
    }
    let lock = lock.map_or(String::new(), |day| format!("data_lock = \"{day}\"\n"));
    Clinic::of(sessions, outcomes).study(&format!("name = \"x\"\n{lock}"))
}

fn months<'a>(of: &[(&'a str, usize)]) -> Vec<(&'a str, u32)> {
    let one = |(month, n): &(&'a str, usize)| {
        (0..*n)
            .map(|i| (*month, 1 + i as u32 % 6))
            .collect::<Vec<_>>()
    };
    of.iter().flat_map(one).collect()
}

fn findings(clinic: &Clinic) -> Findings {
    clinic.analyze();
    Findings::from_json(&clinic.read("report/findings.json")).expect("they were just written")
}

fn age(findings: &Findings, on: &str) -> (Verdict, String) {
    let review = review(findings, &Policy::shipped(), Some(on), None, None).expect("a clinic");
    let found = review.judgements.into_iter().find(|j| j.rule == "data_age");
    let j = found.expect("it is judged");
    (j.verdict, j.sentence)
}

#[test]
fn a_renewed_day_does_not_make_old_sessions_new() {
    let old = findings(&clinic(
        &months(&[("2023-03", 20), ("2023-05", 20)]),
        Some("2026-11-15"),
    ));
    let (verdict, sentence) = age(&old, "2026-11-16");
    assert_eq!(verdict, Verdict::Hold, "{sentence}");
    assert_eq!(
        sentence,
        "Age of the data: 1 day; the newest sessions, of May 2023, are 1265 days old (at most 92 days)."
    );
    let new = findings(&clinic(
        &months(&[("2026-08", 20), ("2026-10", 20)]),
        Some("2026-11-02"),
    ));
    assert_eq!(age(&new, "2026-11-16").0, Verdict::Pass);
    // 92 days from the end of the month, and one more.
    assert_eq!(age(&new, "2027-01-31").0, Verdict::Pass);
    assert_eq!(age(&new, "2027-02-01").0, Verdict::Hold, "by the sessions");
    // Without a day that is typed, old sessions are old and new ones cannot be told.
    let old = findings(&clinic(&months(&[("2023-03", 40)]), None));
    assert_eq!(age(&old, "2026-11-16").0, Verdict::Hold);
    let new = findings(&clinic(&months(&[("2026-10", 40)]), None));
    assert_eq!(age(&new, "2026-11-16").0, Verdict::CannotTell);
    // Sessions of tomorrow are a mistake somewhere.
    let ahead = findings(&clinic(
        &months(&[("2026-10", 20), ("2027-02", 20)]),
        Some("2027-03-01"),
    ));
    assert_eq!(age(&ahead, "2026-11-16").0, Verdict::CannotTell);
}

#[test]
fn one_mistyped_day_neither_renews_old_data_nor_is_told() {
    let mut begins = months(&[("2023-03", 20), ("2023-05", 20)]);
    begins.push(("2026-10", 3));
    begins.push(("1999-01", 3));
    let findings = findings(&clinic(&begins, Some("2026-11-15")));
    let period = findings.period().expect("the sessions have days");
    assert_eq!(
        (period.first.as_str(), period.last.as_str()),
        ("2023-03", "2023-05")
    );
    assert_eq!(age(&findings, "2026-11-16").0, Verdict::Hold);
}

#[test]
fn the_period_is_that_of_as_many_clients_as_the_minimum_cell() {
    let of = |begins: &[(&str, usize)]| {
        let period = findings(&clinic(&months(begins), None)).period().cloned();
        period.map(|p| (p.first, p.last))
    };
    let told = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
    assert_eq!(
        of(&[("2024-01", 5), ("2024-06", 30), ("2024-09", 5)]),
        told("2024-01", "2024-09")
    );
    assert_eq!(
        of(&[("2024-01", 4), ("2024-06", 30), ("2024-09", 4)]),
        told("2024-06", "2024-06")
    );
    // Two in August and three in September: five since August.
    assert_eq!(
        of(&[("2024-06", 30), ("2024-08", 2), ("2024-09", 3)]),
        told("2024-06", "2024-08")
    );
}

#[test]
fn the_report_says_from_when_to_when_its_sessions_are() {
    let clinic = clinic(
        &months(&[("2024-01", 20), ("2025-02", 20)]),
        Some("2025-03-31"),
    );
    clinic.analyze();
    let markdown = clinic.read("report/report.md");
    let line = markdown.lines().nth(2).expect("what the report is about");
    assert!(
        line.ends_with(", data of 2025-03-31, sessions of Jan 2024 to Feb 2025."),
        "{line}"
    );
    let page = clinic.read("report/index.html");
    assert!(page.contains("sessions of Jan 2024 to Feb 2025"));
    assert!(page.contains(
        "The sessions are of Jan 2024 to Feb 2025: by the end of the first of these months"
    ));
}

#[test]
fn findings_without_a_period_are_judged_by_the_day_alone_and_that_is_said() {
    let mut findings = findings(&clinic(&months(&[("2024-01", 40)]), Some("2024-02-15")));
    if let Subject::Clinic(clinic) = &mut findings.subject {
        clinic.period = None;
    }
    let (verdict, sentence) = age(&findings, "2024-03-01");
    assert_eq!(verdict, Verdict::Pass);
    assert_eq!(
        sentence,
        "Age of the data: 15 days, by the day that the study states alone (at most 92 days)."
    );
}

/// What is wrong with a sessions file, hints aside.
fn told(sessions: &str, study: &str) -> (Vec<String>, String) {
    let clients: std::collections::BTreeSet<&str> = sessions
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    let rows = clients.iter().map(|id| format!("{id},PHQ-9,15,8\n"));
    let outcomes = format!("client_id,measure,pre,post\n{}", rows.collect::<String>());
    let run = Clinic::of(sessions, outcomes).study(study).check();
    let lines = run.stderr.lines().filter(|line| line.contains(".csv:"));
    let hints = run
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("  hint: "));
    (
        lines.map(str::to_owned).collect(),
        hints.collect::<Vec<_>>().join("\n"),
    )
}

/// Sessions of so many clients, on the day that is given for each.
fn sessions(clients: usize, numbers: u32, day: impl Fn(usize, u32) -> String) -> String {
    let mut text = String::from("client_id,session,date,alliance\n");
    for client in 0..clients {
        for session in 1..=numbers {
            let rating = 30 + (client as u32 * 7 + session * 3) % 25;
            writeln!(
                text,
                "K{client},{session},{},{rating}",
                day(client, session)
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn the_same_day_in_every_session_is_asked_about() {
    let (problems, hint) = told(&sessions(8, 4, |_, _| "2026-11-02".into()), "");
    assert_eq!(
        problems,
        ["sessions.csv:2:3: date: found the same day in all 32 sessions, expected the day of each"]
    );
    assert!(hint.contains("day of the export"), "{hint}");
    // One other day, or one session of each client, is none of our business.
    let one_other = |client, session| {
        format!(
            "2026-11-0{}",
            if (client, session) == (7, 4) { 3 } else { 2 }
        )
    };
    assert_eq!(told(&sessions(8, 4, one_other), "").0, [""; 0]);
    assert_eq!(
        told(&sessions(32, 1, |_, _| "2026-11-02".into()), "").0,
        [""; 0]
    );
}

#[test]
fn days_that_run_against_the_numbers_are_asked_about_where_most_do() {
    let backwards = |_: usize, session: u32| format!("2026-03-{:02}", 29 - 7 * (session - 1));
    let (problems, hint) = told(&sessions(6, 4, backwards), "");
    assert_eq!(
        problems,
        [
            "sessions.csv:2:3: date: found days that run against the numbers of the sessions in 6 of 6 clients: a later session has an earlier day"
        ]
    );
    assert!(hint.contains("numbered from the last"), "{hint}");
    // The rows of the clients stand apart: the same.
    let text = sessions(6, 4, backwards);
    let mut rows: Vec<&str> = text.lines().collect();
    rows[1..].sort_by_key(|row| row.split(',').nth(1).map(str::to_owned));
    let (apart, _) = told(&(rows.join("\n") + "\n"), "");
    assert!(apart[0].contains("in 6 of 6 clients"), "{apart:?}");
    // Two of six may be mistyped.
    let some = |client: usize, session: u32| {
        if client < 2 {
            backwards(client, session)
        } else {
            format!("2026-03-{:02}", 1 + 7 * (session - 1))
        }
    };
    assert_eq!(told(&sessions(6, 4, some), "").0, [""; 0]);
}

#[test]
fn sessions_after_the_lock_are_one_problem_with_their_share() {
    let weekly = |client: usize, session: u32| {
        format!("2026-{:02}-{:02}", 1 + client % 6, 1 + 7 * (session - 1))
    };
    let (problems, hint) = told(&sessions(60, 4, weekly), "data_lock = \"2026-04-30\"\n");
    assert_eq!(
        problems,
        [
            "sessions.csv:18:3: date: found 80 of 240 sessions (33 %) later than the data lock, 2026-04-30; the last is of 2026-06"
        ]
    );
    assert!(
        hint.contains("Set it to the day these data were exported"),
        "{hint}"
    );
    assert_eq!(
        told(&sessions(60, 4, weekly), "data_lock = \"2026-06-30\"\n").0,
        [""; 0]
    );
}
