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
        let outcomes = with_rare.read("outcomes.csv").replace(label, rare);
        with_rare.write("outcomes.csv", outcomes);
    }
}

#[test]
fn what_nobody_can_see_is_refused_at_its_place() {
    for (file, from, to, place, shown) in [
        (
            "outcomes.csv",
            "c002,phq9,12,13,\"act\"",
            "c002,phq9,12,13,\"ac\u{1}t\"",
            "outcomes.csv:4:5: treatment",
            "U+0001",
        ),
        (
            "outcomes.csv",
            "c002,phq9,12,13,\"act\",\"anxiety\"",
            "c002,phq9,12,13,\"act\",\"\u{202e}anxiety\"",
            "outcomes.csv:4:6: diagnosis",
            "U+202E",
        ),
        (
            "sessions.csv",
            "c001,1,30,site1",
            "c001,1,30,si\u{200b}te1",
            "sessions.csv:5:4: site_id",
            "U+200B",
        ),
        (
            "sessions.csv",
            "c001,1,30,site1",
            "c001\u{7f},1,30,site1",
            "sessions.csv:5:1: client_id",
            "U+007F",
        ),
        (
            "sessions.csv",
            "c001,1,30,site1",
            "c001,1,30,\"site\u{fffe}1\"",
            "sessions.csv:5:4: site_id",
            "U+FFFE",
        ),
        (
            "outcomes.csv",
            "c002,phq9,12",
            "c002,phq\u{ad}9,12",
            "outcomes.csv:4:2: measure",
            "U+00AD",
        ),
        (
            "outcomes.csv",
            "\"anxiety\"",
            "\"angstst\u{f6}rung \u{92}\"",
            "outcomes.csv:3:6: diagnosis",
            "U+0092",
        ),
    ] {
        let clinic = plain();
        let text = clinic.read(file);
        assert!(text.contains(from), "{text}");
        clinic.write(file, text.replacen(from, to, 1));
        let run = clinic.check();
        assert_eq!(run.code, 3, "{run:?}");
        assert!(
            run.stderr.contains(&format!("{place}: found {shown},")),
            "{run:?}"
        );
        assert!(run.stderr.contains("hint: "), "{run:?}");
        assert!(!run.stderr.contains(to), "{run:?}");
    }
}

#[test]
fn what_nobody_can_see_is_no_matter_where_it_is_not_read() {
    let clinic = plain();
    let sessions = clinic.read("sessions.csv");
    let mut lines = sessions.lines();
    let header = lines
        .next()
        .expect("a header")
        .replace("session,", "session\u{200b},");
    let rows: String = lines
        .map(|line| format!("{line},a\u{200b}\u{1}b\n"))
        .collect();
    clinic.write(
        "sessions.csv",
        format!("\u{feff}{header},room\u{200b}\n{rows}"),
    );
    clinic.analyze();
    let findings = clinic.findings();
    assert_eq!(
        findings["inputs"][0]["columns_not_used"],
        serde_json::json!(["room"])
    );
}

#[test]
fn studies_moderators_and_actions_are_read_as_carefully() {
    let clinic = plain();
    let effects = |study: &str, rater: &str| {
        let rows = (0..12).map(|i| format!("s{i},0.{i:02},{},client\n", 30 + i));
        format!(
            "study,r,n,rater\n{}{study},0.2,50,{rater}\n",
            rows.collect::<String>()
        )
    };
    let pooled = |text: String, arguments: &[&str]| {
        clinic.write("effects.csv", text);
        clinic.run(&[&["meta", "effects.csv", "--out", "meta"], arguments].concat())
    };
    let run = pooled(effects("A\u{1b}[0", "client"), &[]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr.contains("effects.csv:14:1: study: found U+001B"),
        "{run:?}"
    );
    let run = pooled(effects("A", "cli\u{2067}ent"), &["--moderator", "rater"]);
    assert!(
        run.stderr.contains("effects.csv:14:4: rater: found U+2067"),
        "{run:?}"
    );
    // Nobody asked for this column.
    assert_eq!(pooled(effects("A", "cli\u{2067}ent"), &[]).code, 0);

    clinic.analyze();
    clinic.write("actions.csv", "action,owner\nCall,Mary\u{202e}\n");
    let run = clinic.run(&[
        "review",
        "report/findings.json",
        "--actions",
        "actions.csv",
        "--out",
        "r",
    ]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr.contains("actions.csv:2:2: owner: found U+202E"),
        "{run:?}"
    );
}

#[test]
fn texts_of_a_study_or_a_policy_are_refused_with_their_key() {
    let clinic = plain();
    let study = clinic.read("study.toml");
    for (top, tables, key) in [
        ("title = \"a\\u0001b\"\n", "", "title: found U+0001"),
        (
            "",
            "[labels.treatment]\nact = \"a\\u202Ect\"\n",
            "labels.treatment.act: found U+202E",
        ),
        (
            "",
            "[groups]\n\"o\\u200Bne\" = \"treatment = cbt\"\n",
            "groups.o\u{fffd}ne: found U+200B",
        ),
        (
            "",
            "[[rebases]]\nchart = \"dropout\"\nfrom = \"2025-01\"\nreason = \"\\uFFFE\"\n",
            "rebases[0].reason: found U+FFFE",
        ),
    ] {
        clinic.write("other.toml", format!("{top}{study}\n{tables}"));
        let run = clinic.run(&["check", "other.toml"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(key), "{key} in {run:?}");
    }
    clinic.analyze();
    clinic.write(
        "policy.toml",
        "[rules.dropout]\nat_most = 0.2\nreason = \"be\\u0007cause\"\n",
    );
    let run = clinic.run(&[
        "review",
        "report/findings.json",
        "--policy",
        "policy.toml",
        "--out",
        "r",
    ]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr
            .contains("policy.toml: rules.dropout.reason: found U+0007"),
        "{run:?}"
    );
}

#[test]
fn findings_and_reviews_are_refused_with_their_key() {
    let clinic = plain();
    clinic.analyze();
    assert!(
        [0, 4].contains(
            &clinic
                .run(&["review", "report/findings.json", "--out", "first"])
                .code
        )
    );
    let title = "\"title\": \"x\"";
    let findings =
        clinic
            .read("report/findings.json")
            .replacen(title, "\"title\": \"x\\u0000\"", 1);
    clinic.write("odd.json", findings);
    let review = clinic
        .read("first/review.json")
        .replacen(title, "\"title\": \"\\u2066x\"", 1);
    clinic.write("odd_review.json", review);
    for (arguments, key) in [
        (
            &["report", "odd.json", "--out", "r"][..],
            "odd.json: damaged findings: settings.title: found U+0000",
        ),
        (
            &["review", "odd.json", "--out", "r"],
            "odd.json: damaged findings: settings.title: found U+0000",
        ),
        (
            &[
                "review",
                "report/findings.json",
                "--against",
                "odd_review.json",
                "--out",
                "r",
            ],
            "odd_review.json: a damaged review: title: found U+2066",
        ),
    ] {
        let run = clinic.run(arguments);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(key), "{run:?}");
        assert!(!clinic.exists("r"));
    }
}

#[test]
fn bytes_that_are_no_text_are_a_fault_of_the_file_and_not_of_the_run() {
    let clinic = plain();
    clinic.analyze();
    clinic.write("latin1", b"{ \"title\":\n  \"\xc4ngste\" }");
    clinic.write("latin1.toml", b"name = \"x\"\ntitle = \"\xc4ngste\"\n");
    clinic.write("utf16.json", b"\xff\xfe{\0}\0");
    for (arguments, place) in [
        (
            &["report", "latin1"][..],
            "latin1: line 2, column 4: found bytes that are not UTF-8",
        ),
        (&["review", "latin1"], "latin1: line 2, column 4"),
        (
            &["review", "report/findings.json", "--against", "latin1"],
            "latin1: line 2, column 4",
        ),
        (
            &["review", "report/findings.json", "--policy", "latin1.toml"],
            "latin1.toml: line 2, column 10",
        ),
        (&["check", "latin1.toml"], "latin1.toml: line 2, column 10"),
        (&["meta", "latin1.toml"], "latin1.toml: line 2, column 10"),
        (&["report", "utf16.json"], "utf16.json: found UTF-16 text"),
    ] {
        let run = clinic.run(arguments);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(place), "{place} in {run:?}");
    }
}

#[test]
fn whatever_is_in_findings_every_file_of_the_report_can_be_written() {
    let clinic = plain();
    clinic.analyze();
    let text = clinic.read("report/findings.json");
    let mut findings = Findings::from_json(&text).expect("they read back");
    let odd = "\u{0}\u{1b}[31m<b>\u{202e}=x|\u{fffe}\u{85}";
    for answer in &mut findings.answers {
        answer.caveats.push(odd.into());
        for estimate in &mut answer.estimates {
            estimate.label = format!("{odd}{}", estimate.label);
        }
    }
    findings.key_messages[0].topic = odd.into();
    let review = review(&findings, &Policy::shipped(), None, None, None).expect("it is a clinic");
    let mut files = report::files(&findings).expect("it can be written");
    files.extend(review.files(&findings));
    let mut read = 0;
    for (path, bytes) in files {
        // JSON and Parquet say for themselves how they hold any text.
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if ["svg", "html", "md", "csv", "xml"].contains(&ending) {
            read += 1;
            let text = String::from_utf8(bytes).expect("it is text");
            for c in ['\u{0}', '\u{1b}', '\u{202e}', '\u{fffe}', '\u{85}'] {
                assert!(!text.contains(c), "{}: {c:?}", path.display());
            }
            if ending == "md" || ending == "html" {
                assert!(
                    !text.replace("\\<b>", "").contains("<b>"),
                    "{}",
                    path.display()
                );
            }
        }
    }
    assert!(read > 8, "{read} files");
}

#[test]
fn a_label_is_no_link_no_picture_and_no_formula() {
    let label = "=1+[x](y) <i>!";
    let clinic = plain();
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
    let run = clinic(["cbt", &long], ["depression", "anxiety"]).check();
    assert_eq!(run.code, 3, "{run:?}");
    let what = "outcomes.csv:3:5: treatment: found a text of 201 characters, expected at most 200";
    assert!(run.stderr.contains(what), "{run:?}");

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
    let what = "sessions.csv:61:4: site_id: found a text of 121 bytes, expected a code of at most 100 bytes";
    assert!(run.stderr.contains(what), "{run:?}");

    let endless = "x".repeat(200_000);
    let clinic = plain();
    clinic.analyze();
    clinic.write(
        "effects.csv",
        format!("study,r,n\nA,0.1,40\n{endless},0.2,50\nB,0.3,60\n"),
    );
    clinic.write("long.toml", format!("name = \"{endless}\"\n"));
    clinic.write("broken.toml", format!("name = \"{endless}\n"));
    clinic.write(
        "actions.csv",
        format!("action,due,state\nCall,{endless},{endless}\n{endless},,\n"),
    );
    let review = [
        "review",
        "report/findings.json",
        "--actions",
        "actions.csv",
        "--out",
        "r",
    ];
    for (arguments, code, what) in [
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
        (&review, 3, "actions.csv:2:2: due: found \"xxx"),
        (&review, 3, "actions.csv:2:3: state: found \"xxx"),
        (
            &review,
            3,
            "actions.csv:3:1: action: found a text of 200000 characters",
        ),
    ] {
        let run = clinic.run(arguments);
        assert_eq!(run.code, code, "{:.3000}", run.stderr);
        let is_short = run.stderr.len() < 2_000;
        assert!(
            run.stderr.contains(what) && is_short,
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
