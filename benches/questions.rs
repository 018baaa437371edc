//! Every question on a million sessions, one by one: `cargo bench --bench questions`.
//!
//! The clients are read once; what a question takes includes finding the groups that may be shown,
//! which the first row of all, `nothing_but_groups`, takes alone.

use std::sync::OnceLock;

use alliance::features::{self, Clients};
use alliance::report;
use alliance::simulation::{Clinic, write_outcomes, write_sessions};
use alliance::study::{Question, Study};
use alliance::{findings::Findings, questions};
use divan::Bencher;

fn main() {
    divan::main();
}

struct Files {
    _folder: tempfile::TempDir,
    study: Study,
}

/// 125,000 clients of 6,000 therapists at 100 sites, with two outcome measures.
fn files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clinic = Clinic {
            clients: 125_000,
            therapists: 6_000,
            sites: 100,
            ..Clinic::default()
        };
        let path = |name: &str| folder.path().join(name);
        let file = |name: &str| std::fs::File::create(path(name)).expect("a file");
        write_sessions(&clinic, file("sessions.csv")).expect("sessions");
        write_outcomes(&clinic, file("outcomes.csv")).expect("outcomes");
        let study = Study::of_files(&path("sessions.csv"), &path("outcomes.csv"));
        Files {
            _folder: folder,
            study,
        }
    })
}

fn clients() -> &'static Clients {
    static CLIENTS: OnceLock<Clients> = OnceLock::new();
    CLIENTS.get_or_init(|| features::by_client(&files().study, &|_| ()).expect("no fault"))
}

fn answer(asked: &[Question]) -> Findings {
    let mut study = files().study.clone();
    study.settings.questions = asked.to_vec();
    questions::answer(&study, clients(), [String::new(), String::new()]).expect("nothing odd")
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn read(bencher: Bencher) {
    let study = &files().study;
    bencher.bench_local(|| features::by_client(study, &|_| ()).expect("no fault").len());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn nothing_but_groups(bencher: Bencher) {
    clients();
    bencher.bench_local(|| answer(&[]));
}

#[divan::bench(args = Question::ALL.map(Question::word), sample_count = 3, sample_size = 1)]
fn question(bencher: Bencher, word: &str) {
    clients();
    let asked: Vec<Question> = Question::ALL
        .into_iter()
        .filter(|question| question.word() == word)
        .collect();
    bencher.bench_local(|| answer(&asked));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn all_questions(bencher: Bencher) {
    clients();
    bencher.bench_local(|| answer(&Question::ALL));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn report_and_figures(bencher: Bencher) {
    let findings = answer(&Question::ALL);
    bencher.bench_local(|| report::files(&findings).expect("it can be written").len());
}
