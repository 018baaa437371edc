//! One file per verb. A command reads like the sentence that describes it; no mathematics here.

mod analyze;
mod check;
mod man;
mod measures;
mod meta;
mod our_fault;
mod report;
mod review;
mod simulate;
mod threads;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::CommandFactory;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::{Cli, Command, InputArgs};
use crate::findings::Findings;
use crate::intake::{Has, Problems, Score};
use crate::study::text::{self, NoText, readable, shortened};
use crate::study::{MeasureNames, Study, StudyError};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line or the study file.
    Usage(String),
    /// The data.
    Data(Problems),
    /// Anything else: a folder that cannot be written, a file that cannot be read.
    CouldNotRun(anyhow::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Failure::CouldNotRun(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Data(_) => 3,
        }
    }

    fn as_json(&self) -> serde_json::Value {
        match self {
            Failure::Data(problems) => {
                serde_json::json!({ "status": "data", "problems": problems.count(), "files": problems.files })
            }
            Failure::Usage(message) => {
                serde_json::json!({ "status": "usage", "message": said(message) })
            }
            Failure::CouldNotRun(e) => {
                serde_json::json!({ "status": "could_not_run", "message": said(&format!("{e:#}")) })
            }
        }
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Failure {
        Failure::Data(problems)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::CouldNotRun(error)
    }
}

/// Characters of a line that is said.
const OF_A_LINE: usize = 1_000;

/// Prints data on stdout. A reader who has seen enough (`alliance measures | head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out
        .write_all(readable(text).as_bytes())
        .and_then(|()| out.flush())
    {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(e).context("cannot print").into())
        }
        _ => Ok(()),
    }
}

/// Says something on stderr. Where that has no room, as in a scheduler's log on a full disk, the exit
/// code still tells.
fn tell(message: &str) {
    let _ = writeln!(std::io::stderr(), "{}", said(message));
}

/// A message as it can be read: a text of a file in it may be of any length.
fn said(message: &str) -> String {
    let message = readable(message);
    let lines = message.lines().map(|line| shortened(line, OF_A_LINE));
    lines.collect::<Vec<_>>().join("\n")
}

/// How a command talks: talk goes to stderr, data to stdout.
pub struct Talk {
    quiet: bool,
    json: bool,
}

impl Talk {
    /// Prints the result of a command: text for people, or JSON for machines.
    ///
    /// # Errors
    /// When it cannot be printed.
    fn result(
        &self,
        text: impl FnOnce() -> String,
        json: impl FnOnce() -> serde_json::Value,
    ) -> Result<(), Failure> {
        if self.json {
            print(&format!("{}\n", json()))
        } else if !self.quiet {
            print(&text())
        } else {
            Ok(())
        }
    }

    fn say(&self, message: &str) {
        if !self.quiet && !self.json {
            tell(message);
        }
    }

    /// A bar over `bytes` that appears when the work takes more than a second, on a terminal.
    fn progress(&self, bytes: u64, what: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
        bar.set_style(style.expect("the template is valid"));
        bar.set_message(what);
        Progress {
            bar,
            started: Instant::now(),
            silent: self.quiet || self.json,
        }
    }
}

/// A progress bar that keeps silent for a second.
struct Progress {
    bar: ProgressBar,
    started: Instant,
    silent: bool,
}

impl Progress {
    fn advance(&self, bytes: u64) {
        if !self.silent && self.bar.is_hidden() && self.started.elapsed() > Duration::from_secs(1) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Runs the program. Where it fails by a fault of its own it says so; nobody sees a panic.
pub fn guarded(run: impl FnOnce() -> ExitCode) -> ExitCode {
    our_fault::listen();
    our_fault::caught(run).unwrap_or_else(|fault| {
        if wants_json() {
            let _ = print(&format!("{}\n", fault.as_json()));
        } else {
            tell(&fault.to_string());
        }
        ExitCode::FAILURE
    })
}

/// Does the command line, which may not be understood, ask for JSON?
fn wants_json() -> bool {
    std::env::args_os().any(|arg| arg == "--json")
}

/// Runs a command and says how it ended.
pub fn run(cli: Cli) -> ExitCode {
    threads::limit();
    let talk = Talk {
        quiet: cli.quiet,
        json: cli.json,
    };
    let done = |result: Result<(), Failure>| result.map(|()| ExitCode::SUCCESS);
    let ended = match cli.command {
        Command::Analyze(args) => analyze::run(&args, &talk),
        Command::Review(args) => review::run(&args, &talk),
        Command::Meta(args) => done(meta::run(&args, &talk)),
        Command::Check(args) => done(check::run(&args, &talk)),
        Command::Report(args) => done(report::run(&args, &talk)),
        Command::Simulate(args) => done(simulate::run(&args, &talk)),
        Command::Measures(args) => done(measures::run(&args, &talk)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "alliance", &mut script);
            done(print(&String::from_utf8_lossy(&script)))
        }
        Command::Man => done(man::run()),
    };
    match ended {
        Ok(code) => code,
        Err(failure) => {
            if talk.json {
                // The exit code says it too, so a reader who has gone away loses nothing.
                let _ = print(&format!("{}\n", failure.as_json()));
            } else {
                tell(&match &failure {
                    Failure::Usage(message) => message.clone(),
                    Failure::Data(problems) => problems.to_string(),
                    Failure::CouldNotRun(error) => format!("alliance: {error:#}"),
                });
            }
            ExitCode::from(failure.code())
        }
    }
}

/// Says why the command line was not understood, or prints the help that was asked for.
pub fn not_run(message: &clap::Error) -> ExitCode {
    let is_failure = message.use_stderr();
    if is_failure && wants_json() {
        let usage = Failure::Usage(message.to_string().trim_end().into());
        let _ = print(&format!("{}\n", usage.as_json()));
    } else {
        let _ = message.print();
    }
    ExitCode::from(if is_failure { 2 } else { 0 })
}

/// Publishes the report of these findings and says where it is.
fn report_of(findings: &Findings, out: Option<&Path>, talk: &Talk) -> Result<(), Failure> {
    let out = publish_report(findings, out)?;
    talk.result(
        || crate::report::key_messages_as_text(findings),
        || report_as_json(findings, &out),
    )?;
    say_where(&out, talk);
    Ok(())
}

/// Publishes the report of these findings; returns its folder.
fn publish_report(findings: &Findings, out: Option<&Path>) -> Result<PathBuf, Failure> {
    let out = out.map_or_else(|| crate::report::default_folder(findings), Path::to_owned);
    crate::report::publish(
        &out,
        &crate::report::REPORT,
        &crate::report::files(findings)?,
    )?;
    Ok(out)
}

fn report_as_json(findings: &Findings, out: &Path) -> serde_json::Value {
    serde_json::json!({
        "status": "ok",
        "report": out.display().to_string(),
        "key_messages": findings.key_messages,
    })
}

fn say_where(out: &Path, talk: &Talk) {
    talk.say(&format!("Report in {}: open index.html", out.display()));
}

/// What nobody can check unless the study says more.
fn say_what_was_not_checked(study: &Study, has: &Has, talk: &Talk) {
    let settings = &study.settings;
    if settings.alliance_measure.is_none() {
        talk.say("Not checked: whether the alliance scores lie in the range of their questionnaire, which is not named. That higher ratings are better is assumed.\n  hint: --alliance WAI-SR, or [measures] alliance = \"WAI-SR\" in a study file; `alliance measures` lists those known");
    }
    if has.score(Score::Symptom) && settings.symptom_measure.is_none() {
        talk.say("Not measured: what depends on which symptom scores are better, because the questionnaire of the column symptom is not named. Lower scores of PHQ-9 are better, higher ones of ORS.\n  hint: --symptom NAME, or [measures] symptom = \"NAME\" in a study file; `alliance measures` lists those known");
    }
    let ratings = [
        (Score::Empathy, &settings.empathy_measure),
        (Score::Heard, &settings.items_measure),
        (Score::Safe, &settings.items_measure),
        (Score::Seen, &settings.items_measure),
    ];
    let not_named = ratings
        .iter()
        .filter(|(score, name)| has.score(*score) && name.is_none());
    let columns: Vec<&str> = not_named.map(|(score, _)| score.column()).collect();
    if !columns.is_empty() {
        talk.say(&format!("Not checked: the range of {}, whose questionnaire is not named. That higher ratings are better is assumed.\n  hint: --empathy CARE, or [measures] empathy = \"CARE\" and items = … in a study file; data/clinic/study.toml shows how", columns.join(", ")));
    }
}

/// The findings in a file.
fn findings(path: &Path) -> Result<Findings, Failure> {
    Findings::from_json(&text_of(path)?)
        .map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))
}

/// The text of findings or of a review.
fn text_of(path: &Path) -> Result<String, Failure> {
    if path.is_dir() {
        return Err(anyhow::anyhow!(
            "cannot read {}: it is a folder\n  hint: name the findings.json or review.json in it",
            path.display()
        )
        .into());
    }
    all_readable([path])?;
    text::text_of(path).map_err(|why| match why {
        NoText::CannotRead(e) => anyhow::Error::new(e)
            .context(format!("cannot read {}", path.display()))
            .into(),
        NoText::NotText(what) => Failure::Usage(format!("{}: {what}", path.display())),
    })
}

const A_FOLDER: &str = "it is a folder\n  hint: a folder is read where it holds the part files of one table, whose names end in .parquet, and nothing else; folders in it, as in site_id=…/, are not";
const A_PIPE: &str = "it is a pipe or a device, and a pipe cannot be read twice\n  hint: save it to a file, and name the file";

/// Are all these files there, and may they be read?
fn all_readable<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let why_not = |path: &Path| match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            // The part files of a cluster are read as one.
            let is_read = crate::intake::parts_of(path).is_some();
            (!is_read).then(|| A_FOLDER.to_owned())
        }
        Ok(there) if !there.is_file() => Some(A_PIPE.to_owned()),
        Ok(_) => std::fs::File::open(path).err().map(|e| e.to_string()),
        Err(e) => Some(e.to_string()),
    };
    let cannot: Vec<String> = paths
        .into_iter()
        .filter_map(|path| {
            Some(format!(
                "cannot read {}: {}",
                path.display(),
                why_not(path)?
            ))
        })
        .collect();
    if cannot.is_empty() {
        Ok(())
    } else {
        Err(anyhow::anyhow!(cannot.join("\nalliance: ")).into())
    }
}

/// What is wrong with the study beside its data, with the study file where there is one.
fn in_study(args: &InputArgs, problem: &str) -> Failure {
    Failure::Usage(match &args.inputs[..] {
        [study] => format!("{}: {problem}", study.display()),
        _ => problem.to_owned(),
    })
}

/// The study that the command line names: a study file, or two data files.
fn study(args: &InputArgs) -> Result<Study, Failure> {
    let is_study_file = |path: &Path| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    };
    let mut study = match &args.inputs[..] {
        [study] if is_study_file(study) => {
            all_readable([study.as_path()])?;
            Study::load(study)?
        }
        [sessions, outcomes] if !is_study_file(sessions) && !is_study_file(outcomes) => {
            Study::of_files(sessions, outcomes)
        }
        [_] => {
            return Err(Failure::Usage(
                "expected a study file (STUDY.toml), or two files: SESSIONS.csv OUTCOMES.csv"
                    .into(),
            ));
        }
        _ => {
            return Err(Failure::Usage(
                "expected either one study file, or two data files: SESSIONS.csv OUTCOMES.csv"
                    .into(),
            ));
        }
    };
    all_readable([study.sources.sessions.as_path(), &study.sources.outcomes])?;
    study
        .name_measures(&MeasureNames {
            alliance: args.alliance.as_deref(),
            symptom: args.symptom.as_deref(),
            empathy: args.empathy.as_deref(),
            primary: args.primary.as_deref(),
        })
        .map_err(Failure::Usage)?;
    if args.exclude_orphans {
        study.settings.orphans = crate::study::Orphans::Exclude;
    }
    Ok(study)
}
