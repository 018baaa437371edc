//! Labels that hold what nobody can see, what a page or a spreadsheet would run, or more than can be read.

use alliance::findings::Findings;
use alliance::report;
use alliance::review::policy::Policy;
use alliance::review::review;

use crate::shared::{Clinic, first_question_only};

/// Forty clients in two sites; the labels of the first and of the second three.
fn clinic(treatments: [&str; 2], diagnoses: [&str; 2]) -> Clinic {
    let quoted = |label: &str| format!("\"{}\"", label.replace('"', "\"\""));
    let mut sessions = String::from("client_id,session,alliance,site_id\n");
    let mut outcomes = String::from("client_id,measure,pre,post,treatment,diagnosis\n");
    for c in 0..40 {
        let which = usize::from((1..4).contains(&c));
        for s in 1..=3 {
            sessions += &format!("c{c:03},{s},{},site{}\n", 20 + (c * 7 + s * 3) % 30, c % 2);
        }
        outcomes += &format!(
            "c{c:03},phq9,{},{},{},{}\n",
            10 + c % 9,
            3 + c * 5 % 12,
            quoted(treatments[which]),
            quoted(diagnoses[which])
        );
    }
    Clinic::of(sessions, outcomes).study(&format!(
        "name = \"x\"\n[analysis]\nbootstrap_replicates = 100\n{}",
        first_question_only()
    ))
}

fn plain() -> Clinic {
    clinic(["cbt", "act"], ["depression", "anxiety"])
}

#[test]
fn a_rare_diagnosis_in_any_alphabet_is_analysed() {
    let rare = "Ängste";
    let with_rare = clinic(["cbt", "éducation"], ["depression", rare]);
    with_rare.analyze();
    for label in [
        "Übergewicht",
        "épisode dépressif",
        "İç sıkıntısı",
        "うつ病",
        "депрессия",
    ] {
        let outcomes = with_rare.read("outcomes.csv").replace(rare, label);
        with_rare.write("outcomes.csv", outcomes);
        let run = with_rare.run(&["analyze", "study.toml", "--out", "report"]);
        assert_eq!(run.code, 0, "{label}: {run:?}");
        let results = with_rare.read("report/tables/results.csv");
        assert!(
            !results.contains(label),
            "a rare label may be anything that was typed"
        );
        let outcomes = clinic.read("outcomes.csv").replace("\"act\"", "\"cbt\"");
    let half = outcomes.lines().enumerate().map(|(i, line)| match i % 2 {
        0 => format!("{}\n", line.replace("\"cbt\"", &format!("\"{label}\""))),
        _ => format!("{line}\n"),
    });
    let outcomes: String = half.collect();
    clinic.write("outcomes.csv", outcomes);
    clinic.analyze();
    let markdown = clinic.read("report/report.md");
    assert!(markdown.contains(r"=1+[x\](y) \<i>!"), "{markdown}");
    let table = clinic.read("report/tables/results.csv");
    assert!(table.contains("'=1+[x](y) <i>!"), "{table}");
    assert!(
        table.lines().any(|line| line.contains(",-0.")),
        "numbers stay numbers: {table}"
    );
    let page = clinic.read("report/index.html");
    assert!(page.contains("=1+[x](y) &lt;i&gt;!") && !page.contains("<i>!"));
}

#[test]
fn what_is_too_long_to_be_a_label_is_refused_and_not_repeated() {
    let long = "ä".repeat(201);
    let clinic = clinic(["cbt", &long], ["depression", "anxiety"]);
    let run = clinic.check();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr.contains(
            "outcomes.csv:3:5: treatment: found a text of 201 characters, expected at most 200"
        ),
        "{run:?}"
    );

    // The 100th byte of this code is in the middle of a letter; the rows of a client stand apart.
    let clinic = plain();
    let mut rows: Vec<String> = clinic
        .read("sessions.csv")
        .lines()
        .map(str::to_owned)
        .collect();
    rows[1] = rows[1].replace("site0", &format!("x{}", "é".repeat(60)));
    rows.swap(1, 60);
    clinic.write("sessions.csv", rows.join("\n"));
    let run = clinic.check();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("sessions.csv:61:4: site_id: found a text of 121 bytes, expected a code of at most 100 bytes"), "{run:?}");

    let endless = "x".repeat(200_000);
    let effects = format!("study,r,n\nA,0.1,40\n{endless},0.2,50\nB,0.3,60\n");
    clinic.write("effects.csv", effects);
    clinic.write(
        "long.toml",
        format!(
            "name = \"{endless}\"\n{}",
            "[files]\nsessions = \"s\"\noutcomes = \"o\"\n"
        ),
    );
    clinic.write("broken.toml", format!("name = \"{endless}\n"));
    clinic.write(
        "actions.csv",
        format!("action,due,state\nCall,{endless},{endless}\n{endless},,\n"),
    );
    for (arguments, code, message) in [
        (
            &["meta", "effects.csv"][..],
            3,
            "effects.csv:3:1: study: found a text of 200000 characters",
        ),
        (
            &["check", "long.toml"],
            2,
            "name: found a text of 200000 characters",
        ),
        (
            &["check", "broken.toml"],
            2,
            "broken.toml: TOML parse error at line 1",
        ),
    ] {
        let run = clinic.run(arguments);
        assert_eq!(run.code, code, "{:.3000}", run.stderr);
        assert!(
            run.stderr.contains(message) && run.stderr.len() < 2_000,
            "{:.3000}",
            run.stderr
        );
    }
    let clinic = plain();
    clinic.analyze();
    clinic.write(
        "actions.csv",
        format!("action,due,state\nCall,{endless},{endless}\n{endless},,\n"),
    );
    let run = clinic.run(&[
        "review",
        "report/findings.json",
        "--actions",
        "actions.csv",
        "--out",
        "r",
    ]);
    assert_eq!(run.code, 3, "{:.3000}", run.stderr);
    for part in [
        "actions.csv:2:2: due: found",
        "actions.csv:2:3: state: found",
        "actions.csv:3:1: action: found a text of 200000",
    ] {
        assert!(
            run.stderr.contains(part) && run.stderr.len() < 2_000,
            "{:.3000}",
            run.stderr
        );
    }
}

#[test]
fn any_number_of_threads_gives_the_same_findings() {
    let clinic = plain();
    clinic.analyze();
    let findings = clinic.read("report/findings.json");
    for threads in ["1000000", "0", "many"] {
        let run = clinic.run_with(
            &["analyze", "study.toml", "--out", "other"],
            &[("RAYON_NUM_THREADS", threads)],
        );
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(clinic.read("other/findings.json"), findings);
    }
}
