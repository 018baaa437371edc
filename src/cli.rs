//! The command line: names and help, no logic.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::study::{Compat, Model, PoolingTest, Robust, TauSquared};

/// What follows the options in a command's help: its own text, then the exit codes.
macro_rules! with_exit_codes {
    ($text:literal) => {
        concat!(
            $text,
            "

Exit codes:
  0  done
  1  could not run (a folder that cannot be written, a file that cannot be read)
  2  the command line or the study file is wrong
  3  the data are wrong: every problem is listed with file, line and column, and nothing is written
  4  the review holds (review, analyze --review)"
        )
    };
}

const AFTER_HELP: &str = with_exit_codes!(
    "\
Examples:
  alliance check sessions.csv outcomes.csv       is the export fit to be analysed?
  alliance analyze sessions.csv outcomes.csv     a report in reports/study
  alliance analyze data/clinic/study.toml        the same for a study file
  alliance meta effects.csv                      pool published correlations, in reports/meta
  alliance report reports/clinic/findings.json   the report again, from the findings alone
  alliance review reports/clinic/findings.json   what should the quality review look at?
  alliance measures PHQ-9                        what is known of a questionnaire

Client data never leave this computer: the program has no network code."
);

/// How strongly does the therapeutic alliance go with outcome, by modality?
///
/// Reads anonymized session and outcome files and writes a report that a quality review can act
/// on: correlations with honest intervals, online against in person, by treatment and diagnosis.
#[derive(Debug, Parser)]
#[command(name = "alliance", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,

    /// Print the result as JSON, for machines
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Analyse a study and write its report
    Analyze(AnalyzeArgs),
    /// Pool the correlations of studies: a meta-analysis with its report
    Meta(MetaArgs),
    /// Read and validate the files of a study; nothing is analysed
    Check(InputArgs),
    /// Draw the report again from its findings; the data are not needed
    Report(ReportArgs),
    /// Judge findings against a policy and compare them with the last review; the data are not needed
    Review(ReviewArgs),
    /// Make up a clinic with known truth
    Simulate(Box<SimulateArgs>),
    /// List the questionnaires the program knows
    Measures(MeasuresArgs),
    /// Print shell completions
    #[command(after_long_help = COMPLETIONS_HELP)]
    Completions { shell: Shell },
    /// Print the manual page
    #[command(after_long_help = MAN_HELP)]
    Man,
}

const INPUT_HELP: &str = with_exit_codes!(
    "\
The sessions file has one row per session:
  client_id, session, alliance            required
  therapist_id, site_id, date, delivery (online, in_person, hybrid), empathy, technique, symptom,
  heard, safe, seen                       used where they are there

The outcomes file has one row per client and questionnaire:
  client_id, measure, pre, post           required
  diagnosis, treatment, status (completed, dropped_out, ongoing)

An empty cell is missing. Other column names, questionnaires, groups and settings are described in
a study file (TOML); data/clinic/study.toml shows every key. Both files may be Parquet.

Examples:
  alliance check sessions.csv outcomes.csv --alliance WAI-SR
  alliance analyze sessions.csv outcomes.csv --alliance WAI-SR --out reports/spring
  alliance analyze study.toml"
);

const META_HELP: &str = with_exit_codes!(
    "\
The effects file has one row per correlation:
  study                                   required
  effect                                  tells the effects of one study apart; where it is empty, they
                                          are numbered
  r, n                                    the correlation and its number of clients, or instead of r:
  fisher_z or z (with variance, std_error or n), t, z_statistic (of a test), f, chi_squared, odds_ratio,
  p (two-sided), d or g (with n, or n1 and n2, or else with its variance or std_error);
  sign (+ or -)                           the direction: needed beside f, chi_squared and p; beside the
                                          size of another it is given to it, and must agree with a
                                          negative one
Of several statistics of a row the first of these is pooled, and those that contradict it are asked about.
  reliability_alliance, reliability_outcome, each with _se
                                          for the correction for attenuation
Every other column can be a moderator; factor(NAME) takes a numeric column as categories.

Defaults, and why: REML, because it is nearly unbiased; Knapp-Hartung intervals that are never
narrower than the normal ones (adhoc), because the normal ones are too narrow with few studies;
three levels with CR2 robust errors where a study has several effects, because these are not
independent; always a prediction interval. --compat metafor gives metafor's defaults.

Examples:
  alliance meta effects.csv
  alliance meta effects.csv --moderator rater --moderator year --out reports/positive-regard
  alliance meta data/relationship_outcome/study.toml"
);

#[derive(Debug, Args)]
#[command(after_long_help = META_HELP)]
pub struct MetaArgs {
    /// EFFECTS.csv, or a STUDY.toml with a [meta] table
    #[arg(value_name = "FILE")]
    pub input: PathBuf,

    /// The folder of the report [default: reports/<study name>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Levels of the model [default: auto, three-level when a study has several effects]
    #[arg(long, value_parser = words(Model::WORDS, Model::of_word))]
    pub model: Option<Model>,

    /// Estimator of the variance between studies [default: reml]
    #[arg(long, value_parser = words(TauSquared::WORDS, TauSquared::of_word))]
    pub tau2: Option<TauSquared>,

    /// Test and interval of the two-level model [default: adhoc]
    #[arg(long, value_parser = words(PoolingTest::WORDS, PoolingTest::of_word))]
    pub test: Option<PoolingTest>,

    /// Cluster-robust errors of the three-level model [default: cr2]
    #[arg(long, value_parser = words(Robust::WORDS, Robust::of_word))]
    pub robust: Option<Robust>,

    /// A column that may explain why the studies differ; may be repeated
    #[arg(long = "moderator", value_name = "NAME")]
    pub moderators: Vec<String>,

    /// Confidence level [default: 0.95]
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<f64>,

    /// Whose defaults hold where nothing else is said
    #[arg(long, value_parser = words(Compat::WORDS, Compat::of_word))]
    pub compat: Option<Compat>,
}

/// One of a few words, listed in the help.
fn words<T: Clone + Send + Sync + 'static>(
    words: &'static [&'static str],
    of_word: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words).map(move |word| of_word(&word).expect("the word is listed"))
}

const REPORT_HELP: &str = with_exit_codes!(
    "\
The same findings give the same bytes, whichever computer draws them.

Example:
  alliance report reports/clinic/findings.json --out again"
);

const MEASURES_HELP: &str = with_exit_codes!(
    "\
Examples:
  alliance measures           all of them, one a line
  alliance measures PHQ-9     one in full, as a study file would state it
  alliance measures --json    all of them, for machines"
);

const COMPLETIONS_HELP: &str = with_exit_codes!(
    "\
Example:
  alliance completions bash > ~/.local/share/bash-completion/completions/alliance"
);

const MAN_HELP: &str = with_exit_codes!(
    "\
Example:
  alliance man > alliance.1 && man ./alliance.1"
);

/// Which files a study is made of.
#[derive(Debug, Args)]
#[command(after_long_help = INPUT_HELP)]
pub struct InputArgs {
    /// STUDY.toml, or SESSIONS.csv and OUTCOMES.csv
    #[arg(required = true, num_args = 1..=2, value_name = "FILE")]
    pub inputs: Vec<PathBuf>,

    /// Leave out clients who are in one file only, and count them, instead of refusing the files
    #[arg(long)]
    pub exclude_orphans: bool,

    /// The alliance questionnaire, e.g. WAI-SR: its range is checked, its reliability used
    #[arg(long, value_name = "NAME")]
    pub alliance: Option<String>,

    /// The questionnaire of the column symptom, e.g. PHQ-9 or ORS: says which scores are better
    #[arg(long, value_name = "NAME")]
    pub symptom: Option<String>,

    /// The questionnaire of the column empathy, e.g. CARE
    #[arg(long, value_name = "NAME")]
    pub empathy: Option<String>,

    /// The outcome questionnaire the report is about [default: the one with most complete pairs]
    #[arg(long, value_name = "NAME")]
    pub primary: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = INPUT_HELP)]
pub struct AnalyzeArgs {
    #[command(flatten)]
    pub input: InputArgs,

    /// The folder of the report [default: reports/<study name>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Review the findings as well; the review goes beside the report
    #[arg(long)]
    pub review: bool,

    #[command(flatten)]
    pub settings: ReviewSettings,
}

const REVIEW_HELP: &str = "\
Writes review.html (for the meeting), review.md (for an e-mail or the summary of a job), review.json
(for the next review) and junit.xml (for CI systems).

A rule ends in pass, hold or cannot tell. What is missing, suppressed, not measured or not estimable
is never a pass; whether it holds is the policy's choice, by default it does.

Examples:
  alliance review reports/clinic/findings.json --on 2026-01-12
  alliance review reports/clinic/findings.json --against last/review.json --policy policy.toml
  alliance review --print-policy > policy.toml

Exit codes:
  0  pass
  1  could not run (a folder that cannot be written, a file that cannot be read)
  2  the command line, the policy, the findings or the last review is wrong
  3  the actions file is wrong
  4  hold: a rule is broken, or cannot tell and the policy holds then";

#[derive(Debug, Args)]
#[command(after_long_help = REVIEW_HELP)]
pub struct ReviewArgs {
    /// A findings.json that `alliance analyze` wrote
    pub findings: Option<PathBuf>,

    /// The folder of the review [default: reports/<study name>-review]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Print the policy that is shipped, each threshold with its reason
    #[arg(long)]
    pub print_policy: bool,

    #[command(flatten)]
    pub settings: ReviewSettings,
}

/// How a review is made.
#[derive(Debug, Args)]
pub struct ReviewSettings {
    /// The last review.json, or the findings.json it was made of: a review says what moved since, a
    /// report leaves out what the two together would tell of a few clients
    #[arg(long, value_name = "PREVIOUS.json")]
    pub against: Option<PathBuf>,

    /// Thresholds other than those shipped; what the file does not name keeps its default
    #[arg(long, value_name = "FILE.toml")]
    pub policy: Option<PathBuf>,

    /// What was agreed: a CSV file with the columns action, owner, due, state. Without it, what the
    /// last review says is not done
    #[arg(long, value_name = "FILE.csv")]
    pub actions: Option<PathBuf>,

    /// The day of the review, YYYY-MM-DD; the program does not look at the clock
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = REPORT_HELP)]
pub struct ReportArgs {
    /// A findings.json that `alliance analyze` wrote
    pub findings: PathBuf,

    /// The folder of the report [default: reports/<study name>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = MEASURES_HELP)]
pub struct MeasuresArgs {
    /// One questionnaire, in full
    pub name: Option<String>,
}

const SIMULATE_HELP: &str = with_exit_codes!(
    "\
Writes sessions.csv, outcomes.csv and study.toml. The same settings and seed give the same bytes.
The clinic is made up: use it to try the program, to learn what a report can show, and to see
whether a truth you set is found again.

Example: a clinic where the alliance matters online and not in person
  alliance simulate --out made-up --clients 2000 --r-online 0.4 --r-in-person 0.0
  alliance analyze made-up/study.toml"
);

#[derive(Debug, Args)]
#[command(after_long_help = SIMULATE_HELP)]
pub struct SimulateArgs {
    /// The folder for the files; it must be new or empty
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// Decides every draw
    #[arg(long)]
    pub seed: Option<u64>,

    #[arg(long)]
    pub clients: Option<u64>,

    #[arg(long)]
    pub therapists: Option<u32>,

    #[arg(long)]
    pub sites: Option<u32>,

    /// True correlation of early alliance and outcome, adjusted for intake, of online clients
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub r_online: Option<f64>,

    /// The same of clients seen in person
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub r_in_person: Option<f64>,

    /// The same of clients seen both ways
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub r_hybrid: Option<f64>,

    /// How much larger the correlation is in CBT than in other treatments
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub cbt_shift: Option<f64>,

    /// How much larger the correlation is in psychosis than in other diagnoses
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub psychosis_shift: Option<f64>,

    /// Share of the variance of alliance and of outcome that lies between therapists
    #[arg(long, value_name = "SHARE")]
    pub therapist_share: Option<f64>,

    /// Share of ended treatments that were broken off
    #[arg(long, value_name = "SHARE")]
    pub dropout: Option<f64>,

    /// Share of sessions without a rating, and of ended treatments without a second score
    #[arg(long, value_name = "SHARE")]
    pub missing: Option<f64>,

    /// Share of clients with a rupture
    #[arg(long, value_name = "SHARE")]
    pub ruptures: Option<f64>,

    /// Share of clients seen online
    #[arg(long, value_name = "SHARE")]
    pub share_online: Option<f64>,

    /// Share of clients seen both ways; the others are seen in person
    #[arg(long, value_name = "SHARE")]
    pub share_hybrid: Option<f64>,

    /// Mean number of sessions
    #[arg(long, value_name = "MEAN")]
    pub sessions_per_client: Option<f64>,

    /// Write the sessions in a random order
    #[arg(long)]
    pub shuffle: bool,

    /// Write Parquet files instead of CSV
    #[arg(long)]
    pub parquet: bool,
}
