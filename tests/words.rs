//! What a report says in words is true of the numbers beside it.

use alliance::findings::{Findings, Value};
use alliance::report::{files, key_messages_as_text};
use alliance::review::policy::Policy;
use alliance::review::{Previous, Review, Verdict, markdown, page, review};

use crate::shared::Clinic;

fn demo() -> Findings {
    Findings::from_json(include_str!("../reports/clinic/findings.json")).expect("it is committed")
}

fn written(findings: &Findings, name: &str) -> String {
    let files = files(findings).expect("a report can be written");
    let found = files.into_iter().find(|(path, _)| path.ends_with(name));
    let (_, bytes) = found.unwrap_or_else(|| panic!("there is no {name}"));
    String::from_utf8(bytes).expect("it is text")
}

#[track_caller]
fn row<'a>(text: &'a str, begins: &str) -> Vec<&'a str> {
    let line = text.lines().find(|line| line.starts_with(begins));
    let line = line.unwrap_or_else(|| panic!("no line begins with {begins}"));
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

/// A made-up clinic: every client has five rated sessions and both scores, unless `change` says
/// otherwise. A client is (delivery, alliance of a session, score before, score after).
fn clinic(clients: usize, client: impl Fn(usize) -> (&'static str, u32, u32, u32)) -> Clinic {
    let mut sessions = "client_id,session,alliance,delivery\n".to_owned();
    let mut outcomes = "client_id,measure,pre,post\n".to_owned();
    for at in 0..clients {
        let (delivery, alliance, pre, post) = client(at);
        for session in 1..=5 {
            sessions.push_str(&format!("c{at:03},{session},{alliance},{delivery}\n"));
        }
        outcomes.push_str(&format!("c{at:03},PHQ-9,{pre},{post}\n"));
    }
    Clinic::of(sessions, outcomes)
}

fn usual(at: usize) -> (&'static str, u32, u32, u32) {
    let at = at as u32;
    let delivery = if at.is_multiple_of(2) {
        "online"
    } else {
        "in_person"
    };
    (delivery, 20 + at * 7 % 30, 10 + at % 9, 3 + at * 5 % 12)
}

fn findings(clinic: &Clinic) -> Findings {
    clinic.analyze();
    Findings::from_json(&clinic.read("report/findings.json")).expect("they were just written")
}

#[test]
fn recovery_is_counted_among_those_who_could_recover() {
    let findings = demo();
    let text = written(&findings, "report.md");
    let number = |id: &str| {
        let e = findings.estimate(&format!("change.nhs.{id}")).unwrap();
        (e.estimate().unwrap(), e.n().unwrap() as f64)
    };
    let (cases, all) = number("cases");
    assert!(cases < all, "else the two cannot be told apart");
    for (label, id, rate) in [
        ("Recovered", "recovered", "recovery_rate"),
        (
            "Reliably recovered",
            "reliably_recovered",
            "reliable_recovery_rate",
        ),
    ] {
        let cells = row(&text, &format!("| {label} | "));
        let (hits, _) = number(id);
        assert_eq!(cells[1], format!("{hits} of {cases}"));
        let share = number(rate).0;
        assert!((hits / cases - share).abs() < 1e-12, "{label}");
    }
    assert_eq!(
        row(&text, "| Reliably improved | ")[1],
        format!("{} of {all}", number("reliably_improved").0)
    );
}

#[test]
fn online_and_in_person_are_left_out_for_the_reason_there_is() {
    let why = |clinic: Clinic| {
        let findings = findings(&clinic);
        let answer = findings.answer("online_vs_in_person").unwrap();
        let reason = answer.estimates[0].reason().unwrap_or("a number");
        (answer.not_measured.clone(), reason.to_owned())
    };
    let (not_measured, reason) = why(clinic(60, |at| {
        let (_, alliance, pre, post) = usual(at);
        let delivery = if at < 3 { "in_person" } else { "online" };
        (delivery, alliance, pre, post)
    }));
    assert_eq!(not_measured, None, "the column is there");
    assert_eq!(reason, "one of the two groups is suppressed");

    let all = |delivery: &'static str| {
        why(clinic(60, move |at| {
            let (_, alliance, pre, post) = usual(at);
            (delivery, alliance, pre, post)
        }))
        .0
        .unwrap()
    };
    assert_eq!(all(""), "no session has its delivery recorded");
    assert_eq!(all("online"), "no client was seen in person");
    assert_eq!(all("in_person"), "no client was seen online");

    let clinic = clinic(60, usual);
    let without = |text: String| text.replace(",delivery", "").replace(",online", "");
    let sessions = without(clinic.read("sessions.csv")).replace(",in_person", "");
    clinic.write("sessions.csv", sessions);
    assert_eq!(
        why(clinic).0.unwrap(),
        "the sessions file has no column delivery"
    );
}

#[test]
fn a_hidden_delivery_is_hidden_under_its_own_name_in_every_measure() {
    let clinic = clinic(60, |at| {
        let (_, alliance, pre, post) = usual(at);
        let delivery = if at < 8 { "in_person" } else { "online" };
        (delivery, alliance, pre, post)
    });
    // Four of the eight have no PHQ-9 after treatment; all have a GAD-7.
    let mut outcomes = String::new();
    for (at, line) in clinic.read("outcomes.csv").lines().enumerate() {
        let gad = line.replace("PHQ-9", "GAD-7") + "\n";
        let cut = (1..=4).contains(&at);
        let phq = line.rsplit_once(',').map_or("", |(first, _)| first);
        outcomes += &if cut {
            format!("{phq},\n")
        } else {
            format!("{line}\n")
        };
        outcomes += if at > 0 { &gad } else { "" };
    }
    clinic.write("outcomes.csv", outcomes);
    let clinic = clinic.study("name = \"x\"\n[measures]\nprimary = \"PHQ-9\"\n");
    let findings = findings(&clinic);
    for id in [
        "alliance_outcome.delivery.in_person.partial",
        "measure.gad7.delivery.in_person.partial",
    ] {
        let found = findings.estimates().find(|e| {
            e.id == id || e.id == id.replace("gad7", "gad_7") || e.id == id.replace("gad7", "gad-7")
        });
        let e = found.unwrap_or_else(|| panic!("there is no {id}"));
        assert!(matches!(e.value, Value::Suppressed { .. }), "{e:?}");
        assert!(e.label.ends_with("In person"), "{}", e.label);
    }
}

#[test]
fn a_label_hidden_for_one_measure_is_printed_for_none() {
    // Blue Door has four clients with a PHQ-9, too few, and eight with a GAD-7.
    let clinic = clinic(60, usual);
    let mut outcomes = "client_id,measure,pre,post,treatment\n".to_owned();
    for (at, line) in clinic.read("outcomes.csv").lines().enumerate().skip(1) {
        let treatment = if at <= 8 { "Blue Door" } else { "cbt" };
        let phq = line.rsplit_once(',').map_or("", |(first, _)| first);
        outcomes += &match at {
            1..=4 => format!("{phq},,{treatment}\n"),
            _ => format!("{line},{treatment}\n"),
        };
        outcomes += &format!("{},{treatment}\n", line.replace("PHQ-9", "GAD-7"));
    }
    clinic.write("outcomes.csv", outcomes);
    let clinic = clinic.study("name = \"x\"\n[measures]\nprimary = \"PHQ-9\"\n");
    clinic.analyze();
    for (path, bytes) in clinic.snapshot() {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let is_report = path.starts_with("report");
        let names = |name: &str| text.contains(name);
        assert!(
            !is_report || !(names("blue door") || names("blue_door")),
            "{}",
            path.display()
        );
    }
}

#[test]
fn too_few_is_said_of_few_only_and_the_column_without_variation_is_named() {
    let constant = findings(&clinic(60, |at| {
        let (delivery, _, pre, post) = usual(at);
        (delivery, 40, pre, post)
    }));
    let text = key_messages_as_text(&constant);
    assert!(
        text.starts_with(
            "All clients [not estimable]\n  No number for all clients (n\u{a0}=\u{a0}60): the alliance has the same value everywhere."
        ),
        "{text}"
    );
    let constant = findings(&clinic(60, |at| {
        let (delivery, alliance, pre, _) = usual(at);
        (delivery, alliance, pre, 4)
    }));
    let text = key_messages_as_text(&constant);
    assert!(
        text.contains(": the outcome (the score after treatment) has the same value everywhere."),
        "{text}"
    );
    assert!(!text.contains("too few"), "{text}");

    let few = findings(&clinic(12, usual));
    let text = key_messages_as_text(&few);
    assert!(text.starts_with("All clients [too few]"), "{text}");
    assert!(text.contains("n\u{a0}=\u{a0}12"), "{text}");
}

#[test]
fn where_no_session_lies_in_the_window_that_is_said() {
    let clinic = clinic(60, usual)
        .study("name = \"x\"\n[early_alliance]\nfirst_session = 20\nlast_session = 25\n");
    let findings = findings(&clinic);
    let reason = "no client has an alliance rating in sessions 20–25";
    let text = key_messages_as_text(&findings);
    assert!(
        text.starts_with(&format!(
            "All clients [not estimable]\n  No number for all clients: {reason}."
        )),
        "{text}"
    );
    let online = findings.answer("online_vs_in_person").unwrap();
    assert_eq!(online.not_measured.as_deref(), Some(reason));
}

#[test]
fn a_tag_says_what_was_shown() {
    let findings = demo();
    let text = key_messages_as_text(&findings);
    assert!(text.contains("how good it is [equivalent]"), "{text}");
    let markdown = written(&findings, "report.md");
    assert!(markdown.contains("how good it is** (equivalent). The early alliance"));
    let html = written(&findings, "index.html");
    let at = html.find("how good it is").expect("it is on page one");
    let item = &html[at..at + html[at..].find("</li>").unwrap()];
    assert!(item.contains("equivalent") && !item.contains("not distinguishable"));

    let mut hidden = demo();
    let id = hidden.key_messages[3].estimate_id.clone();
    let estimates = hidden.answers.iter_mut().flat_map(|a| &mut a.estimates);
    let e = estimates.into_iter().find(|e| e.id == id).unwrap();
    *e = e.clone().suppressed("one of the two groups is suppressed");
    let text = key_messages_as_text(&hidden);
    assert!(
        text.contains("CBT [suppressed]\n  No number for CBT: one of the two groups"),
        "{text}"
    );
}

#[test]
fn the_ruptures_named_are_the_fewest_and_the_most_of_the_table() {
    let text = written(&demo(), "report.md");
    let rules = ["1 SD, half", "1 SD, all", "2 SD, half", "2 SD, all"];
    let mut counts = rules.map(|rule| {
        let cells = row(&text, &format!("| {rule} regained | "));
        cells[4].parse::<u64>().expect("a count")
    });
    counts.sort_unstable();
    let told = format!("had between {} and {} of 317", counts[0], counts[3]);
    assert!(text.contains(&told), "{told}");
    assert!(text.contains("by which of four rules of repair"));
}

#[test]
fn a_planned_pair_stands_in_the_table_once() {
    let text = written(&demo(), "report.md");
    let table = text.split("Pairs of groups: difference").nth(1).unwrap();
    let table = table.split("What these numbers").next().unwrap();
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.contains("CBT − Psychodynamic"))
        .collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].starts_with("| planned: "), "{rows:?}");
}

#[test]
fn alternative_texts_keep_their_brackets_in_markdown() {
    let text = written(&demo(), "report.md");
    let image = text.lines().find(|line| line.starts_with("![")).unwrap();
    assert!(image.contains(r"r = .30 \[.20, .39\], n = 350"), "{image}");
}

#[test]
fn a_number_is_not_parted_from_its_sign_on_a_page() {
    let html = written(&demo(), "index.html");
    assert!(!html.contains(" %"), "a line may end before a percent sign");
    assert!(!html.contains("&lt; .") && html.contains("&lt;\u{a0}.001"));
}

fn of_policy(findings: &Findings, policy: &str) -> Review {
    let policy = Policy::from_toml(policy).expect("a policy");
    review(findings, &policy, Some("2026-01-12"), None, None).expect("a clinic")
}

#[test]
fn a_review_says_which_rules_hold_it_and_which_could_not_be_told() {
    let findings = demo();
    let held = of_policy(
        &findings,
        "[rules.dropout]\nat_most = 0.01\nreason = \"ours\"\n",
    );
    let text = markdown(&held);
    assert!(
        text.contains("**The review is held: 1 of 9 rules holds it.**"),
        "{text}"
    );
    assert_eq!(row(&text, "| Dropout |")[1], "holds the review");
    assert_eq!(row(&text, "| Enough clients |")[1], "passes");

    let mut untold = demo();
    let estimates = untold.answers.iter_mut().flat_map(|a| &mut a.estimates);
    let e = estimates
        .into_iter()
        .find(|e| e.id == "dropout.overall.rate");
    let e = e.unwrap();
    *e = e.clone().suppressed("fewer than 5 clients");
    for (policy, verdict, told) in [
        ("pass", "cannot tell, let pass", true),
        ("hold", "cannot tell, holds the review", false),
    ] {
        let policy = format!("[rules.dropout]\ncannot_tell = \"{policy}\"\nreason = \"ours\"\n");
        let review = of_policy(&untold, &policy);
        let found = review.judgements.iter().find(|j| j.rule == "dropout");
        assert_eq!(found.unwrap().verdict, Verdict::CannotTell);
        let text = markdown(&review);
        assert_eq!(row(&text, "| Dropout |")[1], verdict);
        let html = page(&review, &untold);
        let others: Vec<&str> = review
            .judgements
            .iter()
            .filter(|j| j.verdict == Verdict::CannotTell && !j.holds)
            .map(|j| j.title.as_str())
            .collect();
        assert_eq!(others.contains(&"Dropout"), told);
        let head = text.split("## ").next().unwrap();
        for title in others {
            assert!(head.contains(title), "{head}");
            assert!(html.contains("let pass"), "{title}");
        }
    }
}

#[test]
fn shares_differ_in_percentage_points_and_every_number_that_moved_is_told_apart() {
    let before = demo();
    let mut now = demo();
    for answer in &mut now.answers {
        for e in &mut answer.estimates {
            // Of other clients: the same ones with another value would tell of those who changed.
            let n = e.n().map_or(0, |n| n as usize + 40);
            if let (Some(x), Some((low, high, level))) = (e.estimate(), e.interval()) {
                *e = e.clone().with_estimate(x).with_interval(low, high, level);
                *e = e.clone().with_n(n);
            }
        }
    }
    let e = now.answers.iter_mut().flat_map(|a| &mut a.estimates);
    let e = e
        .into_iter()
        .find(|e| e.id == "dropout.overall.rate")
        .unwrap();
    *e = e
        .clone()
        .with_estimate(0.45)
        .with_interval(0.42, 0.48, 0.95);
    let last = Previous::from_json(&before.to_json()).expect("findings");
    let policy = Policy::from_toml("").expect("a policy");
    let review = review(&now, &policy, Some("2026-01-12"), Some(&last), None).expect("a clinic");
    let text = markdown(&review);
    let line = text
        .lines()
        .find(|line| {
            line.starts_with(
                "- **All clients: treatments broken off (▲ moved up).** From 19.0 % to 45.0 %",
            )
        })
        .unwrap_or_else(|| panic!("it moved: {text}"));
    assert!(
        line.contains("difference 26.0 percentage points ["),
        "{line}"
    );
    let html = page(&review, &now);
    for what in [
        "All clients: r, adjusted for intake",
        "All clients: r with post score",
        "All clients: r with change",
    ] {
        assert!(html.contains(what), "{what}");
    }
}
