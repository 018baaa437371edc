//! The commands as a person or a machine meets them: exit codes, streams, folders, bytes.

use std::path::Path;

use crate::shared::{Clinic, alliance_in, first_question_only, snapshot};

const NAMED: &str = "name = \"spring\"\ntitle = \"Spring\"\n";

/// The reference clinic as a study of a fixed name.
fn study() -> Clinic {
    Clinic::reference().study(&format!("{NAMED}{}", first_question_only()))
}

/// A clinic whose sessions have one fault.
fn faulty() -> Clinic {
    let clinic = study();
    let sessions = clinic.read("sessions.csv").replacen(",50,", ",5x0,", 1);
    clinic.write("sessions.csv", sessions);
    clinic
}

/// What is said where the study does not name the questionnaire of the alliance.
const NOT_CHECKED: &str = "\
Not checked: whether the alliance scores lie in the range of their questionnaire, which is not named. That higher ratings are better is assumed.
  hint: --alliance WAI-SR, or [measures] alliance = \"WAI-SR\" in a study file; `alliance measures` lists those known
Not measured: what depends on which symptom scores are better, because the questionnaire of the column symptom is not named. Lower scores of PHQ-9 are better, higher ones of ORS.
  hint: --symptom NAME, or [measures] symptom = \"NAME\" in a study file; `alliance measures` lists those known
Not checked: the range of empathy, heard, safe, seen, whose questionnaire is not named. That higher ratings are better is assumed.
  hint: --empathy CARE, or [measures] empathy = \"CARE\" and items = … in a study file; data/clinic/study.toml shows how
";

// ------------------------------------------------------------------------------ codes and streams

#[test]
fn success_is_0_with_data_on_stdout_and_talk_on_stderr() {
    let clinic = study();
    let run = clinic.run(&["analyze", "study.toml"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("All clients ["), "{}", run.stdout);
    let said = format!("Report in reports/spring: open index.html\n{NOT_CHECKED}");
    assert_eq!(run.stderr, said);
    let run = clinic.check();
    assert_eq!((run.code, &*run.stderr), (0, NOT_CHECKED));
    assert_eq!(
        run.stdout,
        "5174 sessions and 600 outcomes of 600 clients: no problem found.\n"
    );
    let run = clinic.run(&["report", "reports/spring/findings.json", "--out", "again"]);
    assert_eq!(
        (run.code, &*run.stdout, &*run.stderr),
        (0, "", "Report in again\n")
    );
}

#[test]
fn what_cannot_be_read_or_written_is_1_and_says_what() {
    let clinic = study();
    let no_file = "No such file or directory (os error 2)";
    for (args, message) in [
        (
            &["check", "nosuch.csv", "outcomes.csv"][..],
            format!("alliance: cannot read nosuch.csv: {no_file}\n"),
        ),
        (
            &["analyze", "no1.csv", "no2.csv"],
            format!(
                "alliance: cannot read no1.csv: {no_file}\nalliance: cannot read no2.csv: {no_file}\n"
            ),
        ),
        (
            &["analyze", "nosuch.toml"],
            format!("alliance: cannot read nosuch.toml: {no_file}\n"),
        ),
        (
            &["check", ".", "outcomes.csv"],
            "alliance: cannot read .: it is a folder\n  hint: a folder is read where it holds the part files of one table, whose names end in .parquet, and nothing else; folders in it, as in site_id=…/, are not\n".into(),
        ),
        (
            &["report", "nosuch.json"],
            format!("alliance: cannot read nosuch.json: {no_file}\n"),
        ),
        (
            &["analyze", "study.toml", "--out", "outcomes.csv"],
            "alliance: outcomes.csv is a file, expected a folder\n".into(),
        ),
    ] {
        let before = clinic.snapshot();
        let run = clinic.run(args);
        assert_eq!((run.code, &*run.stdout), (1, ""), "{run:?}");
        assert_eq!(run.stderr, message);
        assert!(clinic.snapshot() == before);
    }
    let below_a_file = clinic.run(&["analyze", "study.toml", "--out", "outcomes.csv/report"]);
    assert_eq!((below_a_file.code, &*below_a_file.stdout), (1, ""));
    assert!(
        below_a_file
            .stderr
            .starts_with("alliance: cannot write in outcomes.csv: "),
        "{below_a_file:?}"
    );
}

#[test]
fn a_wrong_command_line_is_2_and_points_to_help() {
    let clinic = study();
    for args in [
        &[][..],
        &["analyse"],
        &["analyze"],
        &["analyze", "study.toml", "--colour"],
        &["analyze", "a.csv", "b.csv", "c.csv"],
        &["analyze", "sessions.csv"],
        &["analyze", "study.toml", "outcomes.csv"],
        &["check", "study.toml", "--alliance", "WAI-SRR"],
        &["check", "study.toml", "--primary", "PHQ9000"],
        &["measures", "PHQ-10"],
        &["completions", "tcsh"],
        &["simulate", "--out", "x", "--r-online", "2"],
        &["report", "study.toml"],
    ] {
        let run = clinic.run(args);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{args:?} {run:?}");
        assert!(!run.stderr.is_empty());
    }
    assert!(!clinic.exists("reports") && !clinic.exists("x"));
    let run = clinic.run(&["check", "study.toml", "--alliance", "WAI-SRR"]);
    assert_eq!(
        run.stderr,
        "measures.alliance: \"WAI-SRR\" is not in the catalogue\n  hint: did you mean \"WAI-SR\"? Or describe it under [measures.define.\"WAI-SRR\"]\n"
    );
    let run = clinic.run(&["analyze", "study.toml", "--primary", "GAD-7"]);
    assert_eq!(run.code, 2);
    assert_eq!(
        run.stderr,
        "study.toml: measures.primary: the outcomes hold no row of GAD-7; they hold PHQ-9\n"
    );
}

#[test]
fn wrong_data_are_3() {
    let clinic = faulty();
    for command in ["check", "analyze"] {
        let run = clinic.run(&[command, "study.toml"]);
        assert_eq!((run.code, &*run.stdout), (3, ""));
        assert_eq!(
            run.stderr,
            "sessions.csv:2:7: alliance: found 5x0, expected a number\n1 problem in 1 file; nothing was analysed.\n"
        );
    }
    assert!(!clinic.exists("reports"));
}

#[test]
fn quiet_says_nothing_but_errors() {
    let clinic = study();
    for args in [
        &["analyze", "study.toml", "--quiet"][..],
        &["check", "study.toml", "-q"],
        &[
            "report",
            "reports/spring/findings.json",
            "--quiet",
            "--out",
            "again",
        ],
        &["--quiet", "simulate", "--clients", "30", "--out", "made-up"],
    ] {
        let run = clinic.run(args);
        assert_eq!(
            (run.code, &*run.stdout, &*run.stderr),
            (0, "", ""),
            "{args:?}"
        );
    }
    assert!(clinic.exists("reports/spring/index.html"));
    let run = faulty().run(&["check", "study.toml", "--quiet"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.starts_with("sessions.csv:2:7: alliance: "));
}

#[test]
fn json_is_valid_on_success_and_on_each_kind_of_failure() {
    let clinic = study();
    for (args, status) in [
        (&["analyze", "study.toml"][..], "ok"),
        (&["check", "study.toml"], "ok"),
        (
            &["report", "reports/spring/findings.json", "--out", "again"],
            "ok",
        ),
        (&["simulate", "--clients", "30", "--out", "made-up"], "ok"),
        (
            &["analyze", "study.toml", "--out", "outcomes.csv/x"],
            "could_not_run",
        ),
        (&["analyze", "nosuch.toml"], "could_not_run"),
        (&["analyze", "study.toml", "--colour"], "usage"),
        (&["analyze"], "usage"),
        (&["analyze", "sessions.csv"], "usage"),
        (&["measures", "PHQ-10"], "usage"),
    ] {
        let run = clinic.run(&[args, &["--json"]].concat());
        let json = run.json();
        assert_eq!(json["status"], status, "{run:?}");
        assert_eq!(run.stderr, "");
        let code = ["ok", "could_not_run", "usage"]
            .iter()
            .position(|s| *s == status);
        assert_eq!(Some(run.code as usize), code);
        assert_eq!(json["message"].is_string(), status != "ok");
    }
    let analyzed = clinic.run(&["analyze", "study.toml", "--json"]).json();
    assert_eq!(analyzed["report"], "reports/spring");
    assert_eq!(analyzed["key_messages"].as_array().unwrap().len(), 5);
    let checked = clinic.run(&["--json", "check", "study.toml"]).json();
    assert_eq!(
        checked,
        serde_json::json!({ "status": "ok", "sessions": 5174, "outcomes": 600, "clients": 600, "in_one_file_only": 0, "never_filled_in": 0 })
    );
    let all = clinic.run(&["measures", "--json"]).json();
    assert!(all.as_array().unwrap().len() > 20);
    assert_eq!(
        clinic.run(&["measures", "phq9", "--json"]).json()["name"],
        "PHQ-9"
    );
    let run = faulty().run(&["check", "study.toml", "--json"]);
    assert_eq!((run.code, &*run.stderr), (3, ""));
    assert_eq!(
        run.json(),
        serde_json::json!({
            "status": "data",
            "problems": 1,
            "files": [
                {
                    "file": "sessions.csv",
                    "problems": [{
                        "line": 2,
                        "column": 7,
                        "field": "alliance",
                        "message": "found 5x0, expected a number",
                    }],
                    "not_shown": 0,
                },
                { "file": "outcomes.csv", "problems": [], "not_shown": 0 },
            ],
        })
    );
}

// ------------------------------------------------------------------------------------------ folders

#[test]
fn both_forms_of_analyze_say_the_same() {
    let clinic = Clinic::reference().study(NAMED);
    assert_eq!(clinic.run(&["analyze", "study.toml", "--out", "a"]).code, 0);
    let args = ["analyze", "sessions.csv", "outcomes.csv", "--out", "b"];
    assert_eq!(clinic.run(&args).code, 0);
    assert_eq!(
        clinic.read("a/estimates.csv"),
        clinic.read("b/estimates.csv")
    );
    // Without a study file the report is called "study", never after a folder, which may bear the
    // name of a person.
    let run = clinic.run(&["analyze", "sessions.csv", "outcomes.csv"]);
    let said = format!("Report in reports/study: open index.html\n{NOT_CHECKED}");
    assert_eq!(run.stderr, said);
    assert!(clinic.exists("reports/study/index.html"));
}

#[test]
fn any_name_of_a_folder_will_do() {
    for folder in [".qhiddenz", "Q1 & Q2 (new)", "Klinik Süd", "Mary Smith"] {
        let clinic = study();
        let inside = clinic.path(folder);
        clinic.write(
            &format!("{folder}/sessions.csv"),
            clinic.read("sessions.csv"),
        );
        clinic.write(
            &format!("{folder}/outcomes.csv"),
            clinic.read("outcomes.csv"),
        );
        let run = alliance_in(&inside, &["analyze", "sessions.csv", "outcomes.csv"]);
        assert_eq!(run.code, 0, "{run:?}");
        let page = std::fs::read_to_string(inside.join("reports/study/index.html")).unwrap();
        assert!(
            !page.contains(folder.trim_start_matches('.')),
            "{folder} is in the report"
        );
    }
}

#[test]
fn the_paths_of_a_study_file_are_relative_to_it() {
    let clinic = study();
    clinic.write("elsewhere/.keep", "");
    let elsewhere = clinic.path("elsewhere");
    let run = alliance_in(&elsewhere, &["check", "../study.toml"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn check_writes_nothing() {
    for clinic in [study(), faulty()] {
        let before = clinic.snapshot();
        clinic.check();
        clinic.run(&["check", "sessions.csv", "outcomes.csv", "--json"]);
        assert!(clinic.snapshot() == before);
    }
}

#[test]
fn a_report_is_drawn_again_from_its_findings_alone_byte_for_byte() {
    let clinic = study();
    let report = clinic.analyze();
    let first = snapshot(&report);
    for gone in ["sessions.csv", "outcomes.csv", "study.toml"] {
        std::fs::remove_file(clinic.path(gone)).unwrap();
    }
    std::fs::rename(&report, clinic.path("moved")).unwrap();
    let run = clinic.run(&["report", "moved/findings.json", "--out", "again"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(snapshot(&clinic.path("again")) == first);
    // By default it goes where `analyze` would have put it; and over itself.
    assert_eq!(clinic.run(&["report", "moved/findings.json"]).code, 0);
    assert!(snapshot(&clinic.path("reports/spring")) == first);
    assert_eq!(
        clinic
            .run(&["report", "again/findings.json", "--out", "again"])
            .code,
        0
    );
    assert!(snapshot(&clinic.path("again")) == first);
}

#[test]
fn findings_cannot_lead_out_of_the_folder_of_reports() {
    let clinic = study();
    clinic.analyze();
    let findings = clinic.read("report/findings.json");
    for name in ["../escaped", "/escaped", "..", ".hidden", ""] {
        let named = format!("\"name\": \"{name}\"");
        clinic.write(
            "some.json",
            findings.replacen("\"name\": \"spring\"", &named, 1),
        );
        let before = clinic.snapshot();
        let run = clinic.run(&["report", "some.json"]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{run:?}");
        assert_eq!(
            run.stderr,
            "some.json: the study's name cannot be that of a folder\n  hint: choose one with --out\n"
        );
        assert!(clinic.snapshot() == before && !clinic.exists("../escaped"));
        let run = clinic.run(&["report", "some.json", "--out", "again"]);
        assert_eq!(run.code, 0, "{run:?}");
        std::fs::remove_dir_all(clinic.path("again")).unwrap();
    }
}

#[test]
fn findings_that_are_none_are_refused() {
    let clinic = study();
    clinic.analyze();
    let findings = clinic.read("report/findings.json");
    for (text, message) in [
        (String::new(), "not a findings file: "),
        ("{}".into(), "not a findings file: it has no schema_version"),
        (
            findings.replacen("\"schema_version\": \"2.", "\"schema_version\": \"9.", 1),
            "findings of version 9.3 cannot be read by this program",
        ),
        (
            findings.replacen("\"flow\"", "\"float\"", 1),
            "damaged findings: ",
        ),
    ] {
        clinic.write("some.json", text);
        let run = clinic.run(&["report", "some.json", "--out", "again"]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{run:?}");
        assert!(
            run.stderr.starts_with(&format!("some.json: {message}")),
            "{run:?}"
        );
        assert!(!clinic.exists("again"));
    }
}

#[test]
fn the_bytes_are_the_same_on_one_thread_on_two_and_on_every_run() {
    let clinic = study();
    let with_threads = |threads: &str, out: &str| {
        let run = clinic.run_with(
            &["analyze", "study.toml", "--out", out],
            &[("RAYON_NUM_THREADS", threads)],
        );
        assert_eq!(run.code, 0, "{run:?}");
        snapshot(&clinic.path(out))
    };
    let one = with_threads("1", "a");
    assert!(one.len() > 10);
    assert!(with_threads("2", "b") == one);
    assert!(with_threads("2", "b") == one);
    assert!(with_threads("5", "deep/er/c") == one);
}

#[test]
fn the_output_knows_nothing_of_the_computer_the_user_or_the_hour() {
    let clinic = study();
    let run = clinic.run_with(
        &["analyze", "study.toml", "--out", "report"],
        &[
            ("USER", "mary-the-auditor"),
            ("LOGNAME", "mary-the-auditor"),
            ("HOSTNAME", "ward-seven-pc"),
            ("HOME", "/home/mary-the-auditor"),
            ("TZ", "Asia/Kathmandu"),
            ("LANG", "de_CH.UTF-8"),
        ],
    );
    assert_eq!(run.code, 0);
    let folder = clinic.path("");
    let mut forbidden = vec![
        folder.display().to_string(),
        std::env::temp_dir().display().to_string(),
        "mary-the-auditor".into(),
        "ward-seven-pc".into(),
        "sessions.csv:".into(),
        env!("CARGO_MANIFEST_DIR").into(),
    ];
    if let Ok(host) = std::fs::read_to_string("/etc/hostname") {
        forbidden.extend(Some(host.trim().to_owned()).filter(|h| h.len() >= 8));
    }
    let seconds = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    // The year of today, unless the study or a published result names it.
    forbidden.push((seconds / 1000).to_string());
    for (path, bytes) in snapshot(&clinic.path("report")) {
        let text = String::from_utf8_lossy(&bytes);
        for word in &forbidden {
            assert!(!text.contains(&**word), "{} holds {word}", path.display());
        }
    }
    // And it is the same bytes as anywhere else.
    let other = study();
    other.analyze();
    assert!(snapshot(&clinic.path("report")) == snapshot(&other.path("report")));
}

#[test]
fn a_foreign_folder_is_refused_and_nothing_in_it_is_touched() {
    let clinic = study();
    clinic.write("mine/thesis.txt", "my own words");
    clinic.write("mine/deep/figure.svg", "<svg/>");
    let before = clinic.snapshot();
    let run = clinic.run(&["analyze", "study.toml", "--out", "mine"]);
    assert_eq!((run.code, &*run.stdout), (1, ""));
    assert_eq!(
        run.stderr,
        "alliance: mine is not empty and holds no report; choose another folder with --out\n"
    );
    // The folder of the data is foreign as well.
    assert_eq!(clinic.run(&["analyze", "study.toml", "--out", "."]).code, 1);
    let run = clinic.run(&["simulate", "--out", "mine", "--clients", "30"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.stderr,
        "alliance: mine is not empty; choose a new folder\n"
    );
    assert!(clinic.snapshot() == before);
    // An empty folder will do.
    std::fs::create_dir(clinic.path("empty")).unwrap();
    assert_eq!(
        clinic
            .run(&["analyze", "study.toml", "--out", "empty"])
            .code,
        0
    );
    assert!(clinic.exists("empty/index.html"));
}

#[test]
fn a_file_of_the_readers_own_survives_a_new_report() {
    let clinic = study();
    clinic.analyze();
    let first = snapshot(&clinic.path("report"));
    clinic.write(
        "report/minutes of the meeting.txt",
        "we decided to look again",
    );
    clinic.write("report/slides/one.md", "# One");
    clinic.write("report/estimates.csv", "spoilt");
    clinic.analyze();
    assert_eq!(
        clinic.read("report/minutes of the meeting.txt"),
        "we decided to look again"
    );
    assert_eq!(clinic.read("report/slides/one.md"), "# One");
    let mut now = snapshot(&clinic.path("report"));
    now.remove(Path::new("minutes of the meeting.txt"));
    now.remove(Path::new("slides/one.md"));
    assert!(now == first);
    // Nothing is left lying about.
    let left: Vec<String> = std::fs::read_dir(clinic.path(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn when_the_report_cannot_be_written_the_last_one_stands() {
    let clinic = study();
    clinic.analyze();
    // A file of the same settings, but other numbers.
    let sessions = clinic.read("sessions.csv").replacen(",50,", ",12,", 1);
    clinic.write("sessions.csv", sessions);
    // Nothing can be made below a file; a link to the report cannot be replaced by a folder.
    let before = clinic.snapshot();
    let run = clinic.run(&["analyze", "study.toml", "--out", "study.toml/report"]);
    assert_eq!((run.code, &*run.stdout), (1, ""), "{run:?}");
    assert!(
        run.stderr
            .starts_with("alliance: cannot write in study.toml: "),
        "{run:?}"
    );
    // A name longer than the file system allows.
    let long = "x".repeat(300);
    let run = clinic.run(&["analyze", "study.toml", "--out", &long]);
    assert_eq!((run.code, &*run.stdout), (1, ""), "{run:?}");
    assert!(clinic.snapshot() == before);
}

// ------------------------------------------------------------------------------------- other commands

#[test]
fn parquet_gives_the_same_estimates_as_csv() {
    let clinic = study();
    let settings = ["--clients", "150", "--therapists", "15", "--seed", "7"];
    for (out, more) in [
        ("csv", &[][..]),
        ("parquet", &["--parquet"]),
        ("shuffled", &["--shuffle", "--parquet"]),
    ] {
        let run = clinic.run(&[&["simulate", "--out", out], &settings[..], more].concat());
        assert_eq!(run.code, 0, "{run:?}");
        let study = format!("{out}/study.toml");
        let report = format!("{out}/report");
        let run = clinic.run(&["analyze", &study, "--out", &report]);
        assert_eq!(run.code, 0, "{run:?}");
    }
    assert!(clinic.exists("parquet/sessions.parquet") && !clinic.exists("parquet/sessions.csv"));
    let csv = clinic.read("csv/report/estimates.csv");
    assert!(csv.lines().count() > 50);
    assert_eq!(clinic.read("parquet/report/estimates.csv"), csv);
    assert_eq!(clinic.read("shuffled/report/estimates.csv"), csv);
    // Without a study file too.
    let args = [
        "check",
        "parquet/sessions.parquet",
        "parquet/outcomes.parquet",
    ];
    assert_eq!(clinic.run(&args).code, 0);
    clinic.write("not.parquet", "client_id,session,alliance\nK1,1,40\n");
    let run = clinic.run(&["check", "not.parquet", "outcomes.csv"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr
            .starts_with("not.parquet:1: file: cannot be read as Parquet: "),
        "{run:?}"
    );
}

#[test]
fn a_made_up_clinic_is_the_same_for_the_same_seed() {
    let clinic = study();
    for (out, seed) in [("a", "3"), ("b", "3"), ("c", "4")] {
        let run = clinic.run(&["simulate", "--out", out, "--clients", "40", "--seed", seed]);
        assert_eq!(
            run.stdout,
            format!("A made-up clinic of 40 clients in {out}\n")
        );
    }
    assert!(snapshot(&clinic.path("a")) == snapshot(&clinic.path("b")));
    assert_ne!(clinic.read("a/outcomes.csv"), clinic.read("c/outcomes.csv"));
    let run = clinic.run(&[
        "simulate",
        "--out",
        "d",
        "--r-online",
        "2",
        "--dropout",
        "-1",
    ]);
    assert_eq!(run.code, 2);
    assert!(!clinic.exists("d"));
}

#[test]
fn the_catalogue_is_listed_and_one_questionnaire_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let all = alliance_in(folder.path(), &["measures"]).ok();
    let mut lines = all.lines();
    assert!(lines.next().unwrap().starts_with("measure"));
    for name in ["WAI-SR", "PHQ-9", "GAD-7", "SRS", "CORE-10"] {
        assert!(all.contains(&format!("\n{name} ")), "{name}");
    }
    for spelling in ["PHQ-9", "phq9", "phq 9"] {
        let one = alliance_in(folder.path(), &["measures", spelling]).ok();
        assert!(
            one.starts_with(
                "# As a study file would state it, under [measures.define.\"PHQ-9\"].\n"
            )
        );
        assert!(
            one.contains("\nmaximum = 27.0\n")
                && one.contains("\ndirection = \"lower_is_better\"\n")
        );
    }
    let run = alliance_in(folder.path(), &["measures", "PHQ-10"]);
    assert_eq!(
        run.stderr,
        "\"PHQ-10\" is not in the catalogue\n  hint: did you mean \"PHQ-9\"?\n"
    );
    let run = alliance_in(folder.path(), &["measures", "tea leaves"]);
    assert_eq!(
        run.stderr,
        "\"tea leaves\" is not in the catalogue\n  hint: `alliance measures` lists them all\n"
    );
}

#[test]
fn completions_and_the_manual_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, sign) in [
        ("bash", "_alliance()"),
        ("zsh", "#compdef alliance"),
        ("fish", "complete -c alliance"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = alliance_in(folder.path(), &["completions", shell]).ok();
        assert!(script.contains(sign), "{shell}");
        for command in ["analyze", "check", "report", "simulate", "measures"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    let man = alliance_in(folder.path(), &["man"]).ok();
    assert!(man.contains(".TH alliance 1") && man.contains("Exit codes"));
}

#[test]
fn the_help_of_every_command_explains_gives_an_example_and_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        None,
        Some("analyze"),
        Some("check"),
        Some("report"),
        Some("simulate"),
        Some("measures"),
        Some("completions"),
        Some("man"),
    ] {
        let args: Vec<&str> = command.into_iter().chain(["--help"]).collect();
        let help = alliance_in(folder.path(), &args).ok();
        assert!(help.contains("Example"), "{command:?}");
        for code in [
            "\n  0  done",
            "\n  1  could not run",
            "\n  2  ",
            "\n  3  the data are wrong",
        ] {
            assert!(help.contains(code), "{command:?}: {code}");
        }
        assert!(help.contains(&format!("alliance {}", command.unwrap_or("check"))));
        assert!(
            help.lines().all(|line| line.chars().count() <= 110),
            "{command:?}"
        );
    }
    let version = alliance_in(folder.path(), &["--version"]).ok();
    assert_eq!(version, format!("alliance {}\n", env!("CARGO_PKG_VERSION")));
}

// ------------------------------------------------------------------------------------- study files

/// What `analyze` says of a study file; it must be refused with exit code 2 and write nothing.
#[track_caller]
fn study_refused(settings: &str) -> String {
    let clinic = Clinic::reference().study(settings);
    let before = clinic.snapshot();
    let run = clinic.run(&["analyze", "study.toml"]);
    assert_eq!((run.code, &*run.stdout), (2, ""), "{run:?}");
    assert!(clinic.snapshot() == before);
    run.stderr
}

#[test]
fn faults_of_a_study_file_are_told_all_at_once() {
    let said = study_refused(
        "name = \"a/b\"\ndata_lock = \"31.12.2025\"\n\
         [measures]\nalliance = \"WAI-SRR\"\nprimary = \"PHQQ\"\n\
         [groups]\nyoung = \"age < 30\"\nempty = \"treatment in []\"\nother = \"therapy in [cbt]\"\n\
         [early_alliance]\nfirst_session = 3\nlast_session = 2\n\
         [analysis]\nconfidence_level = 95.0\nbootstrap_replicates = 3\ndelivery_share = 0.2\n\
         [equivalence]\ncorrelation = 2.0\n\
         [columns.sessions]\nallianc = \"wai\"\nalliance = \"wai\"\nsymptom = \"wai\"\n\
         [policy]\nminimum_cell = 2\n",
    );
    for problem in [
        "measures.alliance: \"WAI-SRR\" is not in the catalogue\n  hint: did you mean \"WAI-SR\"?",
        "measures.primary: \"PHQQ\" is not in the catalogue\n  hint: did you mean \"PHQ-9\"?",
        "group young: neither `in` nor `=` in the rule \"age < 30\"; expected e.g. ",
        "group empty: an empty level in the rule \"treatment in []\"; expected e.g. ",
        "group other: a modality other than delivery, treatment or diagnosis in the rule",
        "early_alliance: sessions count from 1, and last_session must not lie before first_session",
        "analysis.delivery_share: found 0.2, expected more than 0.5 and at most 1",
        "analysis.confidence_level: found 95, expected a number between 0.5 and 1",
        "equivalence.correlation: found 2, expected a number between 0 and 1",
        "analysis.bootstrap_replicates: found 3, expected 100 to 1000000",
        "policy.minimum_cell: found 2, expected 3 to 100\n  hint: groups smaller than 3 can always be recognised",
        "data_lock: found \"31.12.2025\", expected a day as YYYY-MM-DD",
        "columns.sessions.allianc: there is no such column; did you mean alliance?",
        "columns.sessions: alliance and symptom are both \"wai\" in the file\n  hint: two columns cannot be one",
        "name: found \"a/b\", expected letters, digits, `-`, `_`",
    ] {
        assert!(
            said.contains(&format!("study.toml: {problem}")),
            "{problem}\n---\n{said}"
        );
    }
}

#[test]
fn unknown_keys_and_wrong_types_are_shown_in_their_line() {
    for (settings, key, known) in [
        ("nam = \"x\"\n", "nam", "`name`"),
        (
            "[analysis]\nconfidence = 0.9\n",
            "confidence",
            "`confidence_level`",
        ),
        (
            "[policy]\nminimumcell = 5\n",
            "minimumcell",
            "`minimum_cell`",
        ),
        (
            "[measures.define.X]\ndirections = \"x\"\n",
            "directions",
            "`direction`",
        ),
    ] {
        let said = study_refused(settings);
        assert!(
            said.starts_with("study.toml: TOML parse error at line "),
            "{said}"
        );
        assert!(
            said.contains(&format!("unknown field `{key}`")) && said.contains(known),
            "{said}"
        );
    }
    for settings in [
        "[analysis]\nseed = \"x\"\n",
        "[analysis\n",
        "[policy]\norphans = \"ignore\"\n",
        "[measures.define.X]\ndirection = \"up\"\n",
        "[analysis]\noutcome = \"before\"\n",
    ] {
        let said = study_refused(settings);
        assert!(
            said.starts_with("study.toml: TOML parse error at line "),
            "{said}"
        );
    }
}

#[test]
fn a_study_file_must_name_its_files() {
    let clinic = Clinic::reference();
    clinic.write("study.toml", "name = \"x\"\n");
    let run = clinic.check();
    assert_eq!(run.code, 2);
    assert_eq!(
        run.stderr,
        "study.toml: files.sessions: missing\n  hint: [files]\n        sessions = \"sessions.csv\"\n\
         study.toml: files.outcomes: missing\n  hint: [files]\n        outcomes = \"outcomes.csv\"\n"
    );
}

#[test]
fn a_direction_that_is_not_known_is_a_fault_of_the_study() {
    let said = study_refused(
        "[measures]\nalliance = \"Own\"\n[measures.define.Own]\nminimum = 0\nmaximum = 60\n",
    );
    assert_eq!(
        said,
        "study.toml: measures.alliance: the direction of Own is unknown, and a wrong one would turn the result upside down\n  \
         hint: add direction = \"higher_is_better\" or \"lower_is_better\" under [measures.define.\"Own\"]\n"
    );
}

#[test]
fn contrasts_of_unknown_or_overlapping_groups_are_refused_with_the_groups_there_are() {
    let contrast = |first: &str, second: &str| {
        study_refused(&format!(
            "[[contrasts]]\nfirst = \"{first}\"\nsecond = \"{second}\"\n"
        ))
    };
    let said = contrast("treatment.cbtt", "treatment.act");
    assert!(
        said.starts_with("study.toml: contrasts: there is no group \"treatment.cbtt\"; did you mean \"treatment.cbt\"?\n  hint: the groups are overall, delivery.online, "),
        "{said}"
    );
    assert_eq!(
        contrast("treatment.cbt", "cbt"),
        "study.toml: contrasts: \"treatment.cbt\" and \"cbt\" share clients and cannot be compared as two groups\n"
    );
}

#[test]
fn every_setting_of_a_study_reaches_the_findings() {
    let clinic = Clinic::reference().study(
        "name = \"autumn\"\ntitle = \"Autumn\"\ndata_lock = \"2025-12-31\"\n\
         [measures]\nalliance = \"WAI-SR\"\nprimary = \"PHQ-9\"\n\
         [groups]\n\"Online CBT\" = \"treatment in [cbt, cbtp] and delivery = online\"\n\
         [early_alliance]\nfirst_session = 2\nlast_session = 4\nfewest_ratings = 2\n\
         [analysis]\noutcome = \"change\"\nconfidence_level = 0.9\nseed = 11\nbootstrap_replicates = 500\ndelivery_share = 0.9\nlarge_ranges = \"left_out\"\n\
         [equivalence]\ncorrelation = 0.2\nalliance_sd = 0.5\n\
         [[contrasts]]\nfirst = \"cbt\"\nsecond = \"treatment.act\"\n\
         [policy]\nminimum_cell = 7\n",
    );
    clinic.analyze();
    let findings = clinic.findings();
    let settings = &findings["settings"];
    for (key, value) in [
        ("name", serde_json::json!("autumn")),
        ("title", serde_json::json!("Autumn")),
        ("data_lock", serde_json::json!("2025-12-31")),
        ("alliance_measure", serde_json::json!("WAI-SR")),
        ("outcome", serde_json::json!("change")),
        ("confidence_level", serde_json::json!(0.9)),
        ("seed", serde_json::json!(11)),
        ("bootstrap_replicates", serde_json::json!(500)),
        ("delivery_share", serde_json::json!(0.9)),
        ("large_ranges", serde_json::json!("left_out")),
        ("equivalence_correlation", serde_json::json!(0.2)),
        ("equivalence_alliance_sd", serde_json::json!(0.5)),
        ("minimum_cell", serde_json::json!(7)),
        (
            "early_alliance",
            serde_json::json!({ "first_session": 2, "last_session": 4, "fewest_ratings": 2 }),
        ),
    ] {
        assert_eq!(settings[key], value, "{key}");
    }
    let estimates = clinic.read("report/estimates.csv");
    for id in [
        "alliance_outcome.online_cbt.change,",
        "contrast.planned.cbt_vs_treatment.act.correlation,",
    ] {
        assert!(estimates.contains(&format!("\n{id}")), "{id}");
    }
}

#[test]
fn what_the_reader_keeps_beside_tables_and_figures_survives() {
    let clinic = study();
    assert_eq!(clinic.run(&["analyze", "study.toml", "--out", "r"]).code, 0);
    for kept in [
        "r/tables/mine.csv",
        "r/figures/photo.png",
        "r/minutes/march.txt",
    ] {
        clinic.write(kept, "mine");
    }
    clinic.write("r/tables/results.csv", "stale");
    assert_eq!(clinic.run(&["analyze", "study.toml", "--out", "r"]).code, 0);
    for kept in [
        "r/tables/mine.csv",
        "r/figures/photo.png",
        "r/minutes/march.txt",
    ] {
        assert_eq!(clinic.read(kept), "mine", "{kept}");
    }
    assert_ne!(clinic.read("r/tables/results.csv"), "stale");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_report_stays_a_link() {
    let clinic = study();
    assert_eq!(
        clinic.run(&["analyze", "study.toml", "--out", "real"]).code,
        0
    );
    std::os::unix::fs::symlink("real", clinic.path("link")).unwrap();
    clinic.write("real/findings.json", "old");
    assert_eq!(
        clinic.run(&["analyze", "study.toml", "--out", "link"]).code,
        0
    );
    assert!(clinic.path("link").is_symlink());
    assert_ne!(clinic.read("real/findings.json"), "old");
}
