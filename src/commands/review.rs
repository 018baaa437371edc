//! `alliance review`: findings judged against the policy, and beside the last review.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

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
    let findings = Findings::from_json(&text_of(path)?)
        .map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
    let previous = previous(&args.settings)?;
    let kept = actions(&args.settings)?;
    let settings = &args.settings;
    of_findings(
        &findings,
        settings,
        previous.as_ref(),
        kept,
        args.out.as_deref(),
        talk,
    )
}

/// The clinic's actions, where a file of them is given.
pub fn actions(settings: &ReviewSettings) -> Result<Option<Vec<Action>>, Failure> {
    let Some(path) = &settings.actions else {
        return Ok(None);
    };
    super::all_readable([path.as_path()])?;
    let rows = read_actions(path)?;
    let kept = |row: ActionRow| Action::kept(row.action, row.owner, row.due, row.state);
    Ok(Some(rows.into_iter().map(kept).collect()))
}

/// The last review or report, where one is given.
pub fn previous(settings: &ReviewSettings) -> Result<Option<Previous>, Failure> {
    let Some(path) = &settings.against else {
        return Ok(None);
    };
    let previous = Previous::from_json(&text_of(path)?);
    Ok(Some(previous.map_err(|e| {
        Failure::Usage(format!("{}: {e}", path.display()))
    })?))
}

/// Reviews findings that are at hand, and publishes the review.
pub fn of_findings(
    findings: &Findings,
    settings: &ReviewSettings,
    previous: Option<&Previous>,
    kept: Option<Vec<Action>>,
    out: Option<&Path>,
    talk: &Talk,
) -> Result<ExitCode, Failure> {
    let policy = match &settings.policy {
        Some(path) => Policy::load(path).map_err(Failure::Usage)?,
        None => Policy::shipped(),
    };
    if let Some(on) = &settings.on
        && !is_iso_date(on.as_bytes())
    {
        return Err(Failure::Usage(format!(
            "--on: found {on:?}, expected a day as YYYY-MM-DD"
        )));
    }
    let review = review(findings, &policy, settings.on.as_deref(), previous, kept)
        .map_err(Failure::Usage)?;
    let out = match out {
        Some(out) => out.to_owned(),
        None if is_study_name(findings.name()) => default_folder(findings),
        None => {
            return Err(Failure::Usage(
                "the study's name cannot be that of a folder\n  hint: choose one with --out".into(),
            ));
        }
    };
    report::publish(&out, &report::REVIEW, &review.files(findings))?;
    talk.result(
        || lines(&review),
        || {
            serde_json::json!({
                "status": match review.outcome { Outcome::Pass => "pass", Outcome::Hold => "hold" },
                "review": out.display().to_string(),
                "judgements": review.judgements,
            })
        },
    )?;
    talk.say(&format!("Review in {}: open review.html", out.display()));
    Ok(match review.outcome {
        Outcome::Pass => ExitCode::SUCCESS,
        Outcome::Hold => ExitCode::from(4),
    })
}

fn default_folder(findings: &Findings) -> PathBuf {
    Path::new("reports").join(format!("{}-review", findings.name()))
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The rules as lines for a terminal.
fn lines(review: &Review) -> String {
    let mut text = String::new();
    for j in &review.judgements {
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
