//! `alliance review`: findings judged against the policy, and beside the last review.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Failure, Talk};
use crate::cli::{ReviewArgs, ReviewSettings};
use crate::findings::Findings;
use crate::intake::{ActionRow, read_actions};
use crate::report;
use crate::review::policy::{DEFAULT, Policy};
use crate::review::{Action, Outcome, Previous, Review, review};
use crate::study::{is_iso_date, is_study_name};

pub fn run(args: &ReviewArgs, talk: &Talk) -> Result<ExitCode, Failure> {
    if args.print_policy {
        super::print(DEFAULT)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(path) = &args.findings else {
        return Err(Failure::Usage(
            "expected a findings.json that `alliance analyze` wrote\n  hint: alliance review reports/clinic/findings.json".into(),
        ));
    };
    let findings = super::findings(path)?;
    let meeting = Meeting::of(&args.settings)?;
    let reviewed = meeting.review(&findings, args.out.as_deref())?;
    reviewed.publish(&findings)?;
    talk.result(|| reviewed.lines(), || reviewed.as_json())?;
    Ok(reviewed.end(talk))
}

/// What a review is made with, besides the findings.
pub struct Meeting {
    policy: Policy,
    on: Option<String>,
    pub previous: Option<Previous>,
    actions: Option<Vec<Action>>,
}

impl Meeting {
    /// Reads what the command line names; nothing is written before all of it is right.
    pub fn of(settings: &ReviewSettings) -> Result<Meeting, Failure> {
        if let Some(on) = &settings.on
            && !is_iso_date(on.as_bytes())
        {
            return Err(Failure::Usage(format!(
                "--on: found {on:?}, expected a day as YYYY-MM-DD"
            )));
        }
        Ok(Meeting {
            policy: match &settings.policy {
                Some(path) => {
                    // A policy that is not there is a fault of the command line.
                    if path.exists() {
                        super::all_readable([path.as_path()])?;
                    }
                    Policy::load(path).map_err(Failure::Usage)?
                }
                None => Policy::shipped(),
            },
            on: settings.on.clone(),
            previous: settings.against.as_deref().map(previous).transpose()?,
            actions: settings.actions.as_deref().map(actions).transpose()?,
        })
    }

    /// Reviews findings, for the folder that is named or the usual one. Nothing is written yet.
    pub fn review(&self, findings: &Findings, out: Option<&Path>) -> Result<Reviewed, Failure> {
        let review = review(
            findings,
            &self.policy,
            self.on.as_deref(),
            self.previous.as_ref(),
            self.actions.clone(),
        )
        .map_err(Failure::Usage)?;
        let folder = match out {
            Some(out) => out.to_owned(),
            None if is_study_name(findings.name()) => {
                Path::new("reports").join(format!("{}-review", findings.name()))
            }
            None => {
                return Err(Failure::Usage(
                    "the study's name cannot be that of a folder\n  hint: choose one with --out"
                        .into(),
                ));
            }
        };
        Ok(Reviewed { review, folder })
    }
}

/// A review and the folder it goes to.
pub struct Reviewed {
    review: Review,
    folder: PathBuf,
}

impl Reviewed {
    /// Puts the review of these findings in place.
    pub fn publish(&self, findings: &Findings) -> anyhow::Result<()> {
        report::publish(&self.folder, &report::REVIEW, &self.review.files(findings))
    }

    pub fn as_json(&self) -> serde_json::Value {
        serde_json::json!({
            "status": match self.review.outcome { Outcome::Pass => "pass", Outcome::Hold => "hold" },
            "review": self.folder.display().to_string(),
            "judgements": self.review.judgements,
        })
    }

    /// The rules as lines for a terminal.
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for j in &self.review.judgements {
            let holds = if j.holds { ", holds" } else { "" };
            text.push_str(&format!(
                "{} [{}{holds}]\n  {}\n",
                j.title,
                j.verdict.in_words(),
                j.sentence
            ));
        }
        text
    }

    /// Says where the review is; the exit code says how it ended.
    pub fn end(&self, talk: &Talk) -> ExitCode {
        talk.say(&format!(
            "Review in {}: open review.html",
            self.folder.display()
        ));
        match self.review.outcome {
            Outcome::Pass => ExitCode::SUCCESS,
            Outcome::Hold => ExitCode::from(4),
        }
    }
}

/// The last review or report.
fn previous(path: &Path) -> Result<Previous, Failure> {
    Previous::from_json(&super::text_of(path)?)
        .map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))
}

/// The clinic's actions.
fn actions(path: &Path) -> Result<Vec<Action>, Failure> {
    super::all_readable([path])?;
    let kept = |row: ActionRow| Action::kept(row.action, row.owner, row.due, row.state);
    Ok(read_actions(path)?.into_iter().map(kept).collect())
}
