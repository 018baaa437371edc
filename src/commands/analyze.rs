//! `alliance analyze`: from the files of a study to its report.

use std::process::ExitCode;

use anyhow::Context;

use super::{Failure, Talk};
use crate::cli::AnalyzeArgs;
use crate::{features, intake, questions};

pub fn run(args: &AnalyzeArgs, talk: &Talk) -> Result<ExitCode, Failure> {
    let of_a_review = [
        args.settings.policy.is_some(),
        args.settings.on.is_some(),
        args.settings.actions.is_some(),
    ];
    if !args.review && of_a_review.contains(&true) {
        return Err(Failure::Usage(
            "--policy, --on and --actions are about a review\n  hint: add --review, or review the findings afterwards".into(),
        ));
    }
    let study = super::study(&args.input)?;
    let previous = super::review::previous(&args.settings)?;
    let kept = super::review::actions(&args.settings)?;
    let bytes = std::fs::metadata(&study.sources.sessions).map_or(0, |m| m.len());
    let progress = talk.progress(bytes, "reading sessions");
    let clients = features::by_client(&study, &|bytes| progress.advance(bytes))?;
    drop(progress);
    let digests = intake::digests(&study)
        .context("cannot read the files a second time, for their digests")?;
    let earlier = previous
        .as_ref()
        .map(|last| last.basis.earlier.clone())
        .unwrap_or_default();
    let findings =
        questions::answer_beside(&study, &clients, digests, &earlier).map_err(Failure::Usage)?;
    super::report_of(&findings, args.out.as_deref(), talk)?;
    if !args.review {
        return Ok(ExitCode::SUCCESS);
    }
    // The review goes beside the report.
    let beside = args.out.as_ref().map(|out| {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        out.with_file_name(format!("{name}-review"))
    });
    super::review::of_findings(
        &findings,
        &args.settings,
        previous.as_ref(),
        kept,
        beside.as_deref(),
        talk,
    )
}
