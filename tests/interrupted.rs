//! A run that is killed, has no room or may not write loses nothing: the last report and review stand.

mod abandoned;
mod killed;
mod unwritable;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::shared::{Clinic, snapshot};
use alliance::study::Question;

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Two sets of findings about few questions, so that a report of them is drawn quickly.
static FINDINGS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let mut sessions = String::from("client_id,session,alliance\n");
    let mut outcomes = String::from("client_id,measure,pre,post\n");
    for c in 0..40 {
        for s in 1..=3 {
            sessions += &format!("c{c:03},{s},{}\n", 20 + (c * 7 + s * 3) % 30);
        }
        outcomes += &format!("c{c:03},phq9,{},{}\n", 10 + c % 9, 3 + c * 5 % 12);
    }
    let off = Question::ALL
        .iter()
        .filter(|question| **question != Question::AllianceOutcome)
        .map(|question| format!("{} = false\n", question.word()));
    let clinic = Clinic::of(sessions, &outcomes).study(&format!(
        "name = \"x\"\n[analysis]\nbootstrap_replicates = 100\n[questions]\n{}",
        off.collect::<String>()
    ));
    [&outcomes, &outcomes.replacen(",3\n", ",4\n", 1)].map(|outcomes| {
        clinic.write("outcomes.csv", outcomes);
        clinic.analyze();
        clinic.read("report/findings.json")
    })
});

/// What is published into the folder `published`, from either findings, and the exit code of it.
struct Publication {
    clinic: Clinic,
    verb: &'static str,
    code: i32,
}

impl Publication {
    fn report() -> Publication {
        Publication::by("report", 0)
    }

    /// So few clients never pass a review.
    fn review() -> Publication {
        Publication::by("review", 4)
    }

    fn by(verb: &'static str, code: i32) -> Publication {
        let clinic = Clinic::of("", "");
        clinic.write("old.json", &FINDINGS[0]);
        clinic.write("new.json", &FINDINGS[1]);
        Publication { clinic, verb, code }
    }

    fn of(&self, findings: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alliance"));
        command
            .args([self.verb, findings, "--out", "published"])
            .current_dir(self.clinic.path(""));
        command
    }

    #[track_caller]
    fn publish(&self, findings: &str) -> Files {
        let run = self
            .clinic
            .run(&[self.verb, findings, "--out", "published"]);
        assert_eq!(run.code, self.code, "{run:?}");
        assert_eq!(self.left(), Vec::<PathBuf>::new());
        self.published()
    }

    fn published(&self) -> Files {
        snapshot(&self.clinic.path("published"))
    }

    /// The staging folders beside it.
    fn left(&self) -> Vec<PathBuf> {
        let beside = fs::read_dir(self.clinic.path("")).expect("the folder is there");
        beside
            .map(|entry| entry.expect("it can be read"))
            .filter(|entry| entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .collect()
    }

    /// How many files are in staging folders.
    fn staged(&self) -> usize {
        fn files(folder: &Path) -> usize {
            // Folders come and go while they are counted.
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries
                .map(|entry| match entry.file_type() {
                    Ok(kind) if kind.is_dir() => files(&entry.path()),
                    _ => 1,
                })
                .sum()
        }
        self.left().iter().map(|folder| files(folder)).sum()
    }

    /// The folder itself, whatever its name leads to: it changes when the folder is replaced.
    fn inode(&self) -> u64 {
        let published = fs::metadata(self.clinic.path("published"));
        published.expect("it is never away").ino()
    }
}
