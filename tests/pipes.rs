//! Pipes, links and other things that are no files: nothing waits for them, nothing behind them is copied.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shared::{Clinic, first_question_only};

fn clinic() -> Clinic {
    let mut sessions = String::from("client_id,session,alliance\n");
    let mut outcomes = String::from("client_id,measure,pre,post\n");
    for c in 0..30 {
        sessions += &format!("c{c:03},1,{}\n", 20 + c * 7 % 30);
        outcomes += &format!("c{c:03},phq9,{},{}\n", 10 + c % 9, 3 + c * 5 % 12);
    }
    Clinic::of(sessions, outcomes).study(&format!("name = \"x\"\n{}", first_question_only()))
}

fn pipe(at: &Path) {
    let made = Command::new("mkfifo").arg(at).status();
    assert!(made.expect("mkfifo is there").success());
}

/// Runs the binary; a run that waits for a pipe is ended and fails the test.
fn run(clinic: &Clinic, arguments: &[&str]) -> (Option<i32>, String) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_alliance"))
        .args(arguments)
        .current_dir(clinic.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let started = Instant::now();
    while run.try_wait().expect("it can be asked").is_none() {
        if started.elapsed() > Duration::from_secs(120) {
            run.kill().expect("it can be ended");
            panic!("{arguments:?} waits");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = run.wait_with_output().expect("it has ended");
    let said = String::from_utf8(output.stderr).expect("it is UTF-8");
    (output.status.code(), said)
}

#[test]
fn a_pipe_is_refused_in_one_sentence_wherever_a_file_is_named() {
    let clinic = clinic();
    clinic.analyze();
    pipe(&clinic.path("pipe.csv"));
    pipe(&clinic.path("pipe.toml"));
    clinic.write(
        "of_pipe.toml",
        "[files]\nsessions = \"pipe.csv\"\noutcomes = \"outcomes.csv\"\n",
    );
    clinic.write("meta_of_pipe.toml", "[meta]\neffects = \"pipe.csv\"\n");
    let review = ["review", "report/findings.json", "--out", "r"];
    for arguments in [
        &["check", "pipe.csv", "outcomes.csv"][..],
        &["check", "/dev/stdin", "outcomes.csv"],
        &["analyze", "sessions.csv", "pipe.csv"],
        &["analyze", "pipe.toml"],
        &["check", "of_pipe.toml"],
        &["meta", "pipe.csv"],
        &["meta", "pipe.toml"],
        &["meta", "meta_of_pipe.toml"],
        &["report", "pipe.csv"],
        &["review", "pipe.csv"],
        &[&review[..], &["--policy", "pipe.toml"]].concat(),
        &[&review[..], &["--against", "pipe.csv"]].concat(),
        &[&review[..], &["--actions", "pipe.csv"]].concat(),
    ] {
        let (code, said) = run(&clinic, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains("a pipe cannot be read twice"),
            "{arguments:?}: {said}"
        );
        assert!(said.contains("save it to a file"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_link_in_the_report_stays_a_link() {
    let clinic = clinic();
    clinic.write("elsewhere/notes.txt", "of another");
    clinic.analyze();
    symlink("../elsewhere/notes.txt", clinic.path("report/notes.txt")).expect("a link");
    symlink("../elsewhere", clinic.path("report/folder")).expect("a link");
    symlink("../gone", clinic.path("report/broken")).expect("a link");
    // What the program writes is a file again, and what was behind it stays.
    std::fs::remove_file(clinic.path("report/report.md")).expect("it is there");
    symlink("../elsewhere/notes.txt", clinic.path("report/report.md")).expect("a link");
    clinic.analyze();
    for name in ["notes.txt", "folder", "broken"] {
        assert!(clinic.path("report").join(name).is_symlink(), "{name}");
    }
    assert_eq!(clinic.read("report/notes.txt"), "of another");
    assert!(!clinic.path("report/report.md").is_symlink());
    assert_eq!(clinic.read("elsewhere/notes.txt"), "of another");
}

#[test]
fn a_pipe_in_the_report_is_told_and_the_report_stands() {
    let clinic = clinic();
    clinic.analyze();
    let last = clinic.read("report/findings.json");
    std::fs::create_dir(clinic.path("report/mine")).expect("a folder");
    pipe(&clinic.path("report/mine/pipe"));
    let (code, said) = run(&clinic, &["analyze", "study.toml", "--out", "report"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("mine/pipe, nothing was replaced"), "{said}");
    assert!(said.contains("neither a file nor a folder"), "{said}");
    assert_eq!(clinic.read("report/findings.json"), last);
    // A pipe where the program writes a file of its own is replaced with the rest.
    std::fs::remove_file(clinic.path("report/mine/pipe")).expect("it is there");
    std::fs::remove_file(clinic.path("report/estimates.csv")).expect("it is there");
    pipe(&clinic.path("report/estimates.csv"));
    let (code, said) = run(&clinic, &["analyze", "study.toml", "--out", "report"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(clinic.read("report/estimates.csv").starts_with("id,"));
}
