//! A folder with the two files of a clinic, and the real binary run inside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use alliance::study::Question;

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the binary in `folder`.
pub fn alliance_in(folder: &Path, args: &[&str]) -> Run {
    alliance_with(folder, args, &[])
}

/// Runs the binary in `folder` with some environment variables.
pub fn alliance_with(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_alliance"))
        .args(args)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .expect("the binary was built");
    Run {
        code: output.status.code().expect("the binary was not killed"),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

impl Run {
    /// The JSON on stdout.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in {self:?}"))
    }

    /// What the command printed on stdout; it must have ended well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }
}

/// A part of a study file that asks the first question only, for tests of something else: a report of
/// every question takes longer to draw.
pub fn first_question_only() -> String {
    let off = Question::ALL
        .iter()
        .filter(|question| **question != Question::AllianceOutcome)
        .map(|question| format!("{} = false\n", question.word()));
    format!("[questions]\n{}", off.collect::<String>())
}

/// The reference clinic: 600 clients.
pub fn reference(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference/clinic")
        .join(file)
}

/// Every file below a folder with its bytes, by path.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("the folder is there") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("it is below the folder");
                files.insert(
                    inside.to_path_buf(),
                    std::fs::read(&path).expect("the file can be read"),
                );
            }
        }
    }
    files
}

/// A temporary folder with `sessions.csv`, `outcomes.csv` and perhaps `study.toml`.
pub struct Clinic {
    _parent: tempfile::TempDir,
    folder: PathBuf,
}

impl Clinic {
    pub fn of(sessions: impl AsRef<[u8]>, outcomes: impl AsRef<[u8]>) -> Clinic {
        let parent = tempfile::tempdir().expect("a temporary folder can be made");
        // A study without a name is called after its folder.
        let folder = parent.path().join("clinic");
        let clinic = Clinic {
            _parent: parent,
            folder,
        };
        clinic.write("sessions.csv", sessions);
        clinic.write("outcomes.csv", outcomes);
        clinic
    }

    /// The reference clinic in a folder of its own.
    pub fn reference() -> Clinic {
        let read = |file| std::fs::read(reference(file)).expect("the reference is there");
        Clinic::of(read("sessions.csv"), read("outcomes.csv"))
    }

    /// Adds `study.toml` that names both files; `settings` may have tables and a `[files]` part.
    pub fn study(self, settings: &str) -> Clinic {
        let files = "sessions = \"sessions.csv\"\noutcomes = \"outcomes.csv\"\n";
        let text = if settings.contains("[files]\n") {
            settings.replace("[files]\n", &format!("[files]\n{files}"))
        } else {
            format!("{settings}\n[files]\n{files}")
        };
        self.write("study.toml", text);
        self
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is inside the folder"))
            .expect("a folder can be made");
        std::fs::write(path, content).expect("a file can be written");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        snapshot(&self.folder)
    }

    pub fn run(&self, args: &[&str]) -> Run {
        alliance_in(&self.folder, args)
    }

    pub fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Run {
        alliance_with(&self.folder, args, environment)
    }

    /// The arguments that name the input: the study file where there is one.
    pub fn input(&self) -> Vec<&'static str> {
        if self.exists("study.toml") {
            vec!["study.toml"]
        } else {
            vec!["sessions.csv", "outcomes.csv"]
        }
    }

    /// `alliance check`.
    pub fn check(&self) -> Run {
        self.run(&[&["check"][..], &self.input()].concat())
    }

    /// `alliance analyze --out report`, which must end well; the folder of the report. Tests that bring
    /// the same files share one run.
    #[track_caller]
    pub fn analyze(&self) -> PathBuf {
        type Report = Arc<OnceLock<BTreeMap<PathBuf, Vec<u8>>>>;
        static ANALYZED: Mutex<BTreeMap<BTreeMap<PathBuf, Vec<u8>>, Report>> =
            Mutex::new(BTreeMap::new());
        let report = self.path("report");
        let run = || {
            let run = self.run(&[&["analyze", "--out", "report"][..], &self.input()].concat());
            assert_eq!(run.code, 0, "{run:?}");
        };
        // What a second run does to a report that is there is often what is tested.
        if report.exists() {
            run();
            return report;
        }
        let inputs = self.snapshot();
        let mut analyzed = ANALYZED.lock().expect("no test panics while it looks");
        let shared = Arc::clone(analyzed.entry(inputs).or_default());
        drop(analyzed);
        let files = shared.get_or_init(|| {
            run();
            snapshot(&report)
        });
        for (name, bytes) in files {
            self.write(&format!("report/{}", name.display()), bytes);
        }
        report
    }

    /// The findings of the report in `report`.
    pub fn findings(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("report/findings.json")).expect("findings are JSON")
    }
}
