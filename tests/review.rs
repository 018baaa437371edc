//! The quality review: what a scheduler and a meeting rely on.

use crate::shared::Clinic;
use alliance::findings::{Estimate, Findings, Subject, Value, Verdict as Shown};
use alliance::review::policy::{DEFAULT, Policy};
use alliance::review::{Outcome, Previous, Review, State, Verdict, review};

fn demo() -> Findings {
    Findings::from_json(include_str!("../reports/clinic/findings.json")).expect("it is committed")
}

const ON: Option<&str> = Some("2026-01-12");

fn judged(findings: &Findings, policy: &str) -> Review {
    let policy = Policy::from_toml(policy).expect("a policy");
    review(findings, &policy, ON, None, None).expect("a clinic's findings")
}

#[track_caller]
fn verdict(review: &Review, rule: &str) -> (Verdict, bool) {
    let found = review.judgements.iter().find(|j| j.rule == rule);
    let j = found.unwrap_or_else(|| panic!("{rule} was not judged"));
    (j.verdict, j.holds)
}

fn estimate<'a>(findings: &'a mut Findings, id: &str) -> &'a mut Estimate {
    findings
        .answers
        .iter_mut()
        .flat_map(|answer| &mut answer.estimates)
        .find(|e| e.id == id)
        .unwrap_or_else(|| panic!("there is no {id}"))
}

fn set(findings: &mut Findings, id: &str, x: f64, low: f64, high: f64) {
    let e = estimate(findings, id);
    // Of other clients: the same ones with another value would tell of those who changed.
    let n = e.n().map_or(0, |n| n as usize + 40);
    *e = e
        .clone()
        .with_estimate(x)
        .with_interval(low, high, 0.95)
        .with_n(n);
}

#[test]
fn the_shipped_policy_names_every_rule_with_a_reason_and_the_demo_passes() {
    let review = judged(&demo(), "");
    let shipped = DEFAULT
        .lines()
        .filter_map(|line| line.strip_prefix("[rules.")?.strip_suffix(']'));
    assert!(
        review
            .judgements
            .iter()
            .map(|j| j.rule.as_str())
            .eq(shipped)
    );
    assert_eq!(review.judgements.len(), 9);
    for j in &review.judgements {
        assert!(
            !j.reason.is_empty() && !j.threshold.is_empty() && !j.sentence.is_empty(),
            "{}",
            j.rule
        );
    }
    assert_eq!(review.outcome, Outcome::Pass, "{:?}", review.judgements);
    assert_eq!(Policy::from_toml(DEFAULT).unwrap(), Policy::shipped());
}

/// What each rule looks at.
const LOOKS_AT: [(&str, &str); 7] = [
    ("minimum_n", "alliance_outcome.overall.partial"),
    ("completeness", "change.completeness"),
    ("sessions_rated", "ratings.sessions_rated"),
    ("alliance_outcome", "alliance_outcome.overall.partial"),
    (
        "deterioration",
        "change.nhs_both.reliable_deterioration_rate",
    ),
    ("dropout", "dropout.overall.rate"),
    ("unrepaired_ruptures", "ruptures.k2.half.unrepaired_share"),
];

#[test]
fn an_unknown_number_never_passes() {
    for (rule, id) in LOOKS_AT {
        let ways: [fn(&Estimate) -> Estimate; 4] = [
            |e| e.clone().suppressed("hidden"),
            |e| e.clone().not_measured("no column"),
            |e| Estimate {
                value: Value::NotEstimable {
                    reason: "no variation".into(),
                    n: None,
                },
                ..e.clone()
            },
            // What NaN becomes when it is written.
            |e| {
                Estimate::new(&e.question, &e.group, &e.term, e.scale, &e.method)
                    .called(&e.id)
                    .with_estimate(f64::NAN)
                    .with_interval(f64::NAN, f64::NAN, 0.95)
            },
        ];
        for (at, way) in ways.iter().enumerate() {
            let mut findings = demo();
            let e = estimate(&mut findings, id);
            *e = way(e);
            // Deterioration may fall back on another counting.
            for other in [
                "change.nhs.reliable_deterioration_rate",
                "change.jacobson_truax.deterioration_rate",
            ] {
                if other != id {
                    let other = estimate(&mut findings, other);
                    *other = other.clone().suppressed("hidden");
                }
            }
            let found = verdict(&judged(&findings, ""), rule);
            assert_eq!(found.0, Verdict::CannotTell, "{rule}, way {at}");
            let strict = format!("[rules.{rule}]\ncannot_tell = \"hold\"\n");
            assert!(
                verdict(&judged(&findings, &strict), rule).1,
                "{rule} must hold"
            );
            let lenient = format!("[rules.{rule}]\ncannot_tell = \"pass\"\nreason = \"ours\"\n");
            let lenient = verdict(&judged(&findings, &lenient), rule);
            assert_eq!(
                lenient,
                (Verdict::CannotTell, false),
                "{rule}: said, not held"
            );
        }
        let mut findings = demo();
        for answer in &mut findings.answers {
            answer
                .estimates
                .retain(|e| e.id != id && !e.term.contains("deterioration"));
        }
        assert_eq!(
            verdict(&judged(&findings, ""), rule).0,
            Verdict::CannotTell,
            "{rule} missing"
        );
    }
    let mut findings = demo();
    findings
        .answers
        .retain(|a| a.question != "online_vs_in_person");
    assert_eq!(
        verdict(&judged(&findings, ""), "online_vs_in_person").0,
        Verdict::CannotTell
    );
}

#[test]
fn each_rule_holds_when_it_is_broken_by_more_than_chance() {
    let cases: [(&str, &str, [f64; 3], Verdict); 10] = [
        (
            "completeness",
            "change.completeness",
            [0.79, 0.7, 0.85],
            Verdict::Hold,
        ),
        (
            "sessions_rated",
            "ratings.sessions_rated",
            [0.5, 0.4, 0.6],
            Verdict::Hold,
        ),
        (
            "alliance_outcome",
            "alliance_outcome.overall.partial",
            [-0.3, -0.5, -0.1],
            Verdict::Hold,
        ),
        (
            "alliance_outcome",
            "alliance_outcome.overall.partial",
            [0.1, -0.1, 0.3],
            Verdict::CannotTell,
        ),
        (
            "deterioration",
            "change.nhs_both.reliable_deterioration_rate",
            [0.2, 0.15, 0.26],
            Verdict::Hold,
        ),
        (
            "deterioration",
            "change.nhs_both.reliable_deterioration_rate",
            [0.12, 0.08, 0.17],
            Verdict::CannotTell,
        ),
        (
            "dropout",
            "dropout.overall.rate",
            [0.4, 0.35, 0.46],
            Verdict::Hold,
        ),
        (
            "dropout",
            "dropout.overall.rate",
            [0.3, 0.2, 0.4],
            Verdict::Pass,
        ),
        (
            "unrepaired_ruptures",
            "ruptures.k2.half.unrepaired_share",
            [0.35, 0.26, 0.45],
            Verdict::Hold,
        ),
        (
            "unrepaired_ruptures",
            "ruptures.k2.half.unrepaired_share",
            [0.25, 0.2, 0.3],
            Verdict::Pass,
        ),
    ];
    for (rule, id, [x, low, high], expected) in cases {
        let mut findings = demo();
        set(&mut findings, id, x, low, high);
        let review = judged(&findings, "");
        assert_eq!(verdict(&review, rule).0, expected, "{rule} at {x}");
        assert_eq!(
            review.outcome == Outcome::Hold,
            expected != Verdict::Pass,
            "{rule} at {x}"
        );
    }
    let mut findings = demo();
    let answer = findings
        .answers
        .iter_mut()
        .find(|a| a.question == "online_vs_in_person")
        .unwrap();
    answer.verdicts[0].verdict = Shown::Different;
    assert_eq!(
        verdict(&judged(&findings, ""), "online_vs_in_person"),
        (Verdict::Hold, true)
    );
    let few = "[rules.minimum_n]\nat_least = 1000\nreason = \"ours\"\n";
    assert_eq!(verdict(&judged(&demo(), few), "minimum_n").0, Verdict::Hold);
    let ruptures = "[rules.unrepaired_ruptures]\nat_most = 0.01\nreason = \"ours\"\n";
    assert_eq!(
        verdict(&judged(&demo(), ruptures), "unrepaired_ruptures").0,
        Verdict::Hold
    );
}

#[test]
fn the_age_of_the_data_is_judged_by_the_day_that_is_given() {
    let policy = Policy::shipped();
    let at = |on: Option<&str>| {
        let found = review(&demo(), &policy, on, None, None).unwrap();
        verdict(&found, "data_age")
    };
    assert_eq!(at(Some("2026-04-02")), (Verdict::Pass, false), "92 days");
    assert_eq!(at(Some("2026-04-03")), (Verdict::Hold, true), "93 days");
    assert_eq!(
        at(Some("2025-12-30")).0,
        Verdict::CannotTell,
        "data of tomorrow"
    );
    assert_eq!(at(None), (Verdict::CannotTell, true));
}

#[test]
fn a_rule_that_is_switched_off_is_said_to_be() {
    let review = judged(
        &demo(),
        "[rules.dropout]\noff = true\nreason = \"no status is recorded\"\n",
    );
    assert_eq!(review.not_judged, ["dropout"]);
    assert!(review.judgements.iter().all(|j| j.rule != "dropout"));
}

#[test]
fn a_policy_with_mistakes_is_refused() {
    for (text, told) in [
        ("[rules.dropouts]\nat_most = 0.1\n", "did you mean dropout?"),
        (
            "[rules.dropout]\nat_least = 0.1\n",
            "rules.dropout.at_least: this rule has no such threshold",
        ),
        (
            "[rules.dropout]\nat_most = nan\n",
            "rules.dropout.at_most: found NaN, expected a share from 0 to 1",
        ),
        ("[rules.dropout]\nat_mots = 0.1\n", "unknown field"),
        (
            "[rules.dropout]\nat_most = 30\n",
            "rules.dropout.at_most: found 30, expected a share from 0 to 1, such as 0.3 for 30 %",
        ),
        (
            "[rules.minimum_n]\nat_least = -5\n",
            "found -5, expected a number of clients",
        ),
        (
            "[rules.alliance_outcome]\nlower_limit_at_least = 2\n",
            "expected a correlation from -1 to 1",
        ),
        (
            "[rules.dropout]\nat_most = 0.2\n",
            "rules.dropout: it is changed without a reason of its own",
        ),
        (
            "[rules.dropout]\noff = true\n",
            "rules.dropout: it is changed without a reason of its own",
        ),
        (
            "[rules.data_age]\nat_most_days = -1\n",
            "expected a number of days",
        ),
    ] {
        let problem = Policy::from_toml(text).unwrap_err();
        assert!(problem.contains(told), "{problem}");
    }
}

fn previous(findings: &Findings) -> Previous {
    Previous::from_json(&findings.to_json()).expect("findings")
}

fn beside(before: &Findings, now: &Findings) -> Review {
    review(now, &Policy::shipped(), ON, Some(&previous(before)), None).expect("a review")
}

#[test]
fn the_same_findings_have_not_moved() {
    let comparison = beside(&demo(), &demo()).comparison.expect("compared");
    assert!(comparison.compared > 30 && comparison.changed.is_empty());
    for m in &comparison.movements {
        assert_ne!(m.state, State::Moved, "{}", m.estimate_id);
        if m.state == State::WithinNoise {
            assert_eq!(m.difference, Some(0.0), "{}", m.estimate_id);
            assert!(m.conf_low < Some(0.0) && m.conf_high > Some(0.0));
        }
    }
}

#[test]
fn a_large_change_moved_and_a_small_one_did_not() {
    let mut now = demo();
    set(&mut now, "dropout.overall.rate", 0.45, 0.40, 0.50);
    set(&mut now, "empathy.partial", 0.14, 0.04, 0.24);
    let comparison = beside(&demo(), &now).comparison.expect("compared");
    let find = |id: &str| {
        comparison
            .movements
            .iter()
            .find(|m| m.estimate_id == id)
            .expect("watched")
    };
    let dropout = find("dropout.overall.rate");
    assert_eq!(dropout.state, State::Moved);
    // Zou and Donner by hand: .45 − .19; √((.45 − .40)² + (u − .19)²) below.
    let before = demo();
    let (x, (l, u, _)) = {
        let e = before.estimate("dropout.overall.rate").unwrap();
        (e.estimate().unwrap(), e.interval().unwrap())
    };
    let low = 0.45 - x - ((0.05f64).powi(2) + (u - x).powi(2)).sqrt();
    let high = 0.45 - x + ((0.05f64).powi(2) + (x - l).powi(2)).sqrt();
    assert!((dropout.conf_low.unwrap() - low).abs() < 1e-12);
    assert!((dropout.conf_high.unwrap() - high).abs() < 1e-12);
    assert_eq!(find("empathy.partial").state, State::WithinNoise);
}

/// Forty comparisons: a difference that is just significant alone is not among so many.
#[test]
fn the_number_of_comparisons_is_paid_for() {
    let mut now = demo();
    let before = now.estimate("dropout.overall.rate").unwrap().clone();
    let (x, (low, high, _)) = (before.estimate().unwrap(), before.interval().unwrap());
    let half = (high - low) / 2.0;
    let shift = 1.5 * half;
    set(
        &mut now,
        "dropout.overall.rate",
        x + shift,
        low + shift,
        high + shift,
    );
    let comparison = beside(&demo(), &now).comparison.expect("compared");
    let m = comparison
        .movements
        .iter()
        .find(|m| m.estimate_id == "dropout.overall.rate")
        .unwrap();
    assert!(m.conf_low > Some(0.0), "alone it would count: {m:?}");
    assert_eq!(m.state, State::WithinNoise);
}

#[test]
fn what_was_made_otherwise_is_not_compared_and_the_difference_is_named() {
    let mut before = demo();
    if let alliance::findings::Subject::Clinic(clinic) = &mut before.subject {
        clinic.settings.early_alliance.last_session = 3;
        clinic.settings.title = "Another title".into();
    }
    let comparison = beside(&before, &demo()).comparison.expect("compared");
    assert_eq!(comparison.changed.len(), 1);
    let told = &comparison.changed[0];
    assert!(
        told.starts_with("setting early_alliance, from {")
            && told.contains("\"last_session\":3} to {"),
        "{told}"
    );
    assert_eq!(comparison.compared, 0);
    assert!(
        comparison
            .movements
            .iter()
            .all(|m| m.now.is_none() && m.before.is_none())
    );
}

/// Last month's and this month's numbers of clients must not tell of a few new ones.
#[test]
fn two_reports_beside_each_other_do_not_tell_of_a_few_clients() {
    for (more, is_compared) in [(1, false), (4, false), (5, true), (0, true)] {
        let mut now = demo();
        let e = estimate(&mut now, "dropout.overall.rate");
        let n = e.n().unwrap() as usize;
        *e = e.clone().with_n(n + more);
        let review = beside(&demo(), &now);
        let m = review
            .comparison
            .as_ref()
            .unwrap()
            .movements
            .iter()
            .find(|m| m.estimate_id == "dropout.overall.rate")
            .unwrap();
        let hidden = matches!(m.state, State::NotComparable { .. });
        assert_eq!(hidden, !is_compared, "{more} more clients");
        assert_eq!(m.before.is_none(), hidden);
    }
}

#[test]
fn only_reports_of_one_study_in_their_order_stand_beside_each_other() {
    let refused = |last: &Findings| {
        review(&demo(), &Policy::shipped(), ON, Some(&previous(last)), None).unwrap_err()
    };
    let settings = |findings: &mut Findings, change: &dyn Fn(&mut alliance::study::Settings)| {
        let Subject::Clinic(clinic) = &mut findings.subject else {
            panic!("a clinic")
        };
        change(&mut clinic.settings);
    };
    let mut other = demo();
    settings(&mut other, &|s| s.name = "elsewhere".into());
    let told = refused(&other);
    assert!(
        told.contains("is of the study \"elsewhere\", this one is of \"clinic\""),
        "{told}"
    );
    let mut later = demo();
    settings(&mut later, &|s| s.data_lock = Some("2026-03-31".into()));
    assert!(refused(&later).contains("later data (2026-03-31)"));
}

#[test]
fn a_last_review_that_cannot_be_read_is_named_for_what_it_is() {
    let text = judged(&demo(), "").to_json();
    let told = |text: &str| Previous::from_json(text).unwrap_err();
    assert!(Previous::from_json(&format!("\u{feff}{text}")).is_ok());
    let damaged = text.replacen("\"owner\": \"\"", "\"owner\": 3", 1);
    assert!(
        told(&damaged).starts_with("a damaged review: "),
        "{}",
        told(&damaged)
    );
    let newer = text.replacen("\"schema_version\": \"1.", "\"schema_version\": \"3.", 1);
    assert!(
        told(&newer).starts_with("a review of version \"3."),
        "{}",
        told(&newer)
    );
    assert!(told("{}").starts_with("not a findings file"));
    let review_as_findings = Findings::from_json(&text).unwrap_err();
    assert!(review_as_findings.starts_with("this is a review, not findings"));
}

#[test]
fn actions_are_carried_over_until_they_are_done() {
    let first = judged(&demo(), "");
    let mut text: serde_json::Value = serde_json::from_str(&first.to_json()).unwrap();
    text["actions"][0] = serde_json::json!({ "text": "Call those who left", "owner": "A", "due": "2026-02-01", "state": "open" });
    text["actions"][1] = serde_json::json!({ "text": "Done already", "owner": "B", "due": "2026-01-20", "state": "done" });
    let last = Previous::from_json(&text.to_string()).expect("a review");
    let next = review(&demo(), &Policy::shipped(), ON, Some(&last), None).unwrap();
    let texts: Vec<&str> = next.actions.iter().map(|a| a.text.as_str()).collect();
    assert_eq!(texts, ["Call those who left", "", "", ""]);
    assert!(next.actions[0].carried_over && !next.actions[1].carried_over);
    assert!(
        alliance::review::markdown(&next)
            .contains("Call those who left (carried over) | A | 2026-02-01 | open")
    );
}

#[test]
fn the_clinics_file_says_what_is_agreed() {
    let clinic = Clinic::reference();
    clinic.write("findings.json", demo().to_json());
    let reviewed = |args: &[&str]| {
        let run =
            clinic.run(&[&["review", "findings.json", "--on", "2026-02-09"][..], args].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
    };
    let actions = |out: &str| -> Vec<(String, String, bool)> {
        let review: serde_json::Value =
            serde_json::from_str(&clinic.read(&format!("{out}/review.json"))).unwrap();
        let actions = review["actions"].as_array().unwrap().iter();
        actions
            .map(|a| {
                let text = |key: &str| a[key].as_str().unwrap().to_owned();
                (
                    text("text"),
                    text("state"),
                    a["carried_over"].as_bool().unwrap(),
                )
            })
            .filter(|a| !a.0.is_empty())
            .collect()
    };
    // As a spreadsheet saves it: a byte order mark, semicolons, rows without anything.
    clinic.write(
        "actions.csv",
        "\u{feff}Action;Owner;Due;State\r\n\
         \"Call those who left; first the | last ones\";Intake team;2026-02-01;\r\n\
         Rate every session;A. Lead;2026-03-01;begun\r\n\
         Print forms;;;done\r\n;;;\r\n",
    );
    reviewed(&["--actions", "actions.csv", "--out", "first"]);
    let call = "Call those who left; first the | last ones";
    let open = [
        (call.to_owned(), "open".to_owned(), false),
        ("Rate every session".to_owned(), "begun".to_owned(), false),
    ];
    assert_eq!(
        actions("first"),
        open,
        "what was done before is no action of this review"
    );
    let text = clinic.read("first/review.md");
    assert!(text.contains("| Call those who left; first the \\| last ones | Intake team | 2026-02-01 | open, overdue |"));
    assert!(text.contains("| Rate every session | A. Lead | 2026-03-01 | begun |"));

    clinic.write(
        "actions.csv",
        "action,state\nRate every session,Done\nTrain,open\nPrint forms,done\n",
    );
    reviewed(&[
        "--actions",
        "actions.csv",
        "--against",
        "first/review.json",
        "--out",
        "second",
    ]);
    let gone = (call.to_owned(), "no longer in the file".to_owned(), true);
    let next = [
        ("Rate every session".to_owned(), "Done".to_owned(), true),
        ("Train".to_owned(), "open".to_owned(), false),
        gone.clone(),
    ];
    assert_eq!(actions("second"), next);
    // Without the file, what the last review has open.
    reviewed(&["--against", "second/review.json", "--out", "third"]);
    assert_eq!(
        actions("third"),
        [("Train".to_owned(), "open".to_owned(), true), gone],
    );
    // With the file, what is gone is said once.
    reviewed(&[
        "--actions",
        "actions.csv",
        "--against",
        "second/review.json",
        "--out",
        "fourth",
    ]);
    assert_eq!(
        actions("fourth"),
        [("Train".to_owned(), "open".to_owned(), true)]
    );
}

#[test]
fn every_fault_of_the_actions_is_told_and_nothing_is_written() {
    let clinic = Clinic::reference();
    clinic.write("findings.json", demo().to_json());
    clinic.write(
        "actions.csv",
        "action,owner,due\n,A,2026-03-01\nTrain,B,1.3.2026\nCall,C,2026-02-30\nWrite, say,D,\n",
    );
    let run = clinic.run(&["review", "findings.json", "--actions", "actions.csv"]);
    assert_eq!(run.code, 3);
    assert_eq!(
        run.stderr,
        "actions.csv:2:1: action: found an empty cell, expected what is to be done\n\
         actions.csv:3:3: due: found \"1.3.2026\", expected a day as YYYY-MM-DD\n\
         actions.csv:4:3: due: found \"2026-02-30\", expected a day as YYYY-MM-DD\n\
         actions.csv:5: row: found 4 fields, expected 3 as in the header\n  \
         hint: a cell that holds the delimiter itself, such as a decimal comma or a remark, must stand in quotes\n\
         4 problems in 1 file; nothing was analysed.\n"
    );
    clinic.write("actions.csv", "topic,person\nTrain,B\n");
    let run = clinic.run(&["review", "findings.json", "--actions", "actions.csv"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr
            .starts_with("actions.csv:1: action: found no column that says what is to be done, expected a heading Action, Task or What\n")
    );
    let run = clinic.run(&["review", "findings.json", "--actions", "none.csv"]);
    assert_eq!(run.code, 1);
    assert!(!clinic.exists("reports"));
}

#[test]
fn the_command_ends_with_the_code_of_the_review() {
    let clinic = Clinic::reference();
    clinic.write("findings.json", demo().to_json());
    let run = |args: &[&str]| {
        clinic.run(&[&["review", "findings.json", "--out", "out"][..], args].concat())
    };
    assert_eq!(run(&["--on", "2026-01-12"]).code, 0);
    for file in ["review.html", "review.md", "review.json", "junit.xml"] {
        assert!(clinic.exists(&format!("out/{file}")), "{file}");
    }
    let passed = clinic.snapshot();
    assert_eq!(run(&["--on", "2026-01-12"]).code, 0);
    assert_eq!(clinic.snapshot(), passed, "the same bytes");
    let held = run(&["--on", "2027-01-12"]);
    assert_eq!(held.code, 4, "{held:?}");
    assert!(clinic.read("out/junit.xml").contains("failures=\"1\""));
    // Mistakes leave the last review as it is.
    let before = clinic.snapshot();
    for (args, code, told) in [
        (
            &["--on", "12.01.2026"][..],
            2,
            "expected a day as YYYY-MM-DD",
        ),
        (
            &["--against", "sessions.csv"],
            2,
            "neither a review.json nor a findings.json",
        ),
        (
            &["--against", "nothing.json"],
            1,
            "cannot read nothing.json",
        ),
        (&["--policy", "nothing.toml"], 2, "cannot be read"),
    ] {
        let run = run(args);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stderr.contains(told), "{run:?}");
    }
    assert_eq!(clinic.snapshot(), before);
    assert_eq!(clinic.run(&["review"]).code, 2);
    assert_eq!(clinic.run(&["review", "--print-policy"]).ok(), DEFAULT);
}

#[test]
fn analyze_reviews_in_one_go() {
    let clinic = Clinic::reference();
    let run = clinic.run(&[
        "analyze",
        "sessions.csv",
        "outcomes.csv",
        "--out",
        "report",
        "--review",
    ]);
    // The study does not say of which day the data are.
    assert_eq!(run.code, 4, "{run:?}");
    assert!(clinic.exists("report/index.html") && clinic.exists("report-review/review.json"));
    let page = clinic.read("report-review/review.html");
    for id in ["C64262", "T01"] {
        assert!(!page.contains(id));
    }
}

#[test]
fn a_folder_with_other_things_is_not_overwritten() {
    let clinic = Clinic::reference();
    clinic.write("findings.json", demo().to_json());
    clinic.write("mine/notes.txt", "keep");
    let run = clinic.run(&[
        "review",
        "findings.json",
        "--out",
        "mine",
        "--on",
        "2026-01-12",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("holds no review"), "{run:?}");
    assert_eq!(clinic.read("mine/notes.txt"), "keep");
}

#[test]
fn a_review_holds_to_the_committed_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/review.schema.json");
    let mut schema = serde_json::to_string_pretty(&Review::json_schema()).unwrap();
    schema.push('\n');
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    let is_committed = std::fs::read_to_string(path).unwrap() == schema;
    assert!(is_committed, "run the test with UPDATE_SCHEMA=1");
    let value: serde_json::Value =
        serde_json::from_str(&beside(&demo(), &demo()).to_json()).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    if let Err(problem) = validator.validate(&value) {
        panic!("{problem}");
    }
}

#[test]
fn findings_of_a_meta_analysis_are_refused() {
    let text = include_str!("../reports/relationship_outcome/findings.json");
    let findings = Findings::from_json(text).unwrap();
    let problem = review(&findings, &Policy::shipped(), ON, None, None).unwrap_err();
    assert!(problem.contains("meta-analysis"));
}

/// The script that the README gives for cron, with a `mail` that writes down what it is given.
#[cfg(unix)]
#[test]
fn the_monthly_script_of_the_readme_mails_what_happened() {
    use std::os::unix::fs::PermissionsExt;
    let readme = include_str!("../README.md");
    let script = readme
        .split("```sh\n")
        .find(|block| block.starts_with("#!/bin/sh"));
    let script = script
        .and_then(|block| block.split("```").next())
        .expect("a script");
    let clinic = Clinic::reference().study("name = \"study\"\ndata_lock = \"2025-12-31\"\n");
    clinic.write("actions.csv", "action,owner\nRate every session,All\n");
    let mut script = script.replace("cd /srv/review", "cd \"$(dirname \"$0\")\"");
    script = script.replace("$(date +%F)", "2026-01-12");
    clinic.write("monthly.sh", script);
    clinic.write(
        "bin/mail",
        "#!/bin/sh\necho \"$2 | $3\" > mailed.txt\ncat >> mailed.txt\n",
    );
    for file in ["monthly.sh", "bin/mail"] {
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(clinic.path(file), executable).expect("it can be made executable");
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_alliance"));
    let run = || {
        let ours = [
            clinic.path("bin"),
            program.parent().expect("a folder").to_owned(),
        ];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(ours.into_iter().chain(std::env::split_paths(&path)));
        let ended = std::process::Command::new(clinic.path("monthly.sh"))
            .env("PATH", path.expect("folders"))
            .env("HOME", clinic.path("nowhere"))
            .status()
            .expect("the script runs");
        (ended.code(), clinic.read("mailed.txt"))
    };
    let (code, mailed) = run();
    assert!([Some(0), Some(4)].contains(&code), "{mailed}");
    assert!(
        mailed.contains("alliance review: ") && mailed.contains("# Quality review"),
        "{mailed}"
    );
    // The next month's export is broken: the last review is not mailed as this month's.
    clinic.run(&["review", "reports/study/findings.json", "--out", "last"]);
    assert!(clinic.exists("last/review.json"));
    let sessions = clinic.read("sessions.csv").replacen(",50,", ",fifty,", 1);
    clinic.write("sessions.csv", sessions);
    let (code, mailed) = run();
    assert_eq!(code, Some(3), "{mailed}");
    assert!(
        mailed.starts_with("alliance review: not made, exit code 3 | quality@clinic.example\n")
    );
    assert!(mailed.contains("sessions.csv:2:7: alliance"), "{mailed}");
    assert!(!mailed.contains("# Quality review"));
}

#[test]
fn a_review_of_no_rule_is_no_review() {
    let names = DEFAULT
        .lines()
        .filter_map(|line| line.strip_prefix("[rules.")?.strip_suffix(']'));
    let off = names.map(|name| format!("[rules.{name}]\noff = true\nreason = \"not here\"\n"));
    let problem = Policy::from_toml(&off.collect::<String>()).unwrap_err();
    assert!(problem.contains("every rule is switched off"), "{problem}");
}

/// The chart of rated sessions of the demo with other limits, and a point outside them in one month.
fn with_chart(findings: &mut Findings, low: f64, high: f64, outside: &str) {
    use alliance::findings::Display;
    use alliance::findings::monitoring::RunRule;
    let displays = findings.answers.iter_mut().flat_map(|a| &mut a.displays);
    for display in displays {
        if let Display::ControlChart(chart) = display
            && chart.id == "sessions_rated"
        {
            for point in chart.phases.iter_mut().flat_map(|phase| &mut phase.points) {
                (point.low, point.high) = (Some(low), Some(high));
                point.signals.clear();
                if point.month == outside {
                    point.signals.push(RunRule::OutsideLimits);
                }
            }
        }
    }
}

#[test]
fn a_threshold_is_kept_missed_or_left_to_chance_by_the_limits() {
    use alliance::review::Assurance;
    for (low, high, expected) in [
        (0.82, 0.98, Assurance::Kept),
        (0.60, 0.79, Assurance::Missed),
        (0.75, 0.95, Assurance::NowAndThen),
        (f64::NAN, f64::NAN, Assurance::NowAndThen),
    ] {
        let mut findings = demo();
        with_chart(&mut findings, low, high, "");
        let review = judged(&findings, "");
        let watched = review
            .over_time
            .iter()
            .find(|w| w.chart == "sessions_rated");
        let watched = watched.expect("it is watched");
        assert_eq!(watched.threshold.as_deref(), Some("at least 80 %"));
        assert_eq!(watched.assurance, Some(expected), "{low} to {high}");
    }
    let off = "[rules.sessions_rated]\noff = true\nreason = \"not here\"\n";
    let review = judged(&demo(), off);
    let watched = review
        .over_time
        .iter()
        .find(|w| w.chart == "sessions_rated");
    assert_eq!(watched.expect("it is watched").assurance, None);
}

#[test]
fn a_signal_since_the_last_review_is_named_and_an_older_one_is_not() {
    for (month, alone, beside_november) in [
        ("2025-12", true, true),
        ("2025-11", true, false),
        ("2025-09", false, false),
    ] {
        let mut findings = demo();
        with_chart(&mut findings, 0.5, 1.0, month);
        let is_named = |review: &Review| {
            let named = |signal: &String| signal.starts_with("Sessions with an alliance rating: ");
            review.signals.iter().any(named)
        };
        assert_eq!(is_named(&judged(&findings, "")), alone, "{month}");
        let mut last = previous(&demo());
        last.data_lock = Some("2025-11-30".into());
        let review = review(&findings, &Policy::shipped(), ON, Some(&last), None).unwrap();
        assert_eq!(is_named(&review), beside_november, "{month}");
    }
}

#[test]
fn a_last_review_with_impossible_numbers_is_damaged() {
    let mut findings = demo();
    let e = estimate(&mut findings, "dropout.overall.rate");
    *e = e.clone().with_interval(0.5, 0.1, 0.95);
    let review = judged(&findings, "");
    let problem = Previous::from_json(&review.to_json()).unwrap_err();
    assert!(
        problem.starts_with("a damaged review: dropout.overall.rate"),
        "{problem}"
    );
}
