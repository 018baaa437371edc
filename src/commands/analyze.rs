//! `alliance analyze`: from the files of a study to its report.

use std::process::ExitCode;

use super::review::Meeting;
use super::{Failure, Talk, publish_report, report_as_json, say_where};
use crate::cli::AnalyzeArgs;
use crate::report::key_messages_as_text;
use crate::{features, questions};

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
    let meeting = Meeting::of(&args.settings)?;
    if let Some(last) = &meeting.previous {
        let settings = &study.settings;
        last.comes_before(&settings.name, settings.data_lock.as_deref())
            .map_err(Failure::Usage)?;
    }
    let bytes = std::fs::metadata(&study.sources.sessions).map_or(0, |m| m.len());
    let progress = talk.progress(bytes, "reading sessions");
    let clients = features::by_client(&study, &|bytes| progress.advance(bytes))?;
    drop(progress);
    let digests = clients.digests()?;
    let earlier = meeting.previous.as_ref();
    let earlier = earlier.map_or_else(Default::default, |last| last.basis.earlier.clone());
    let findings = questions::answer_beside(&study, &clients, digests, &earlier)
        .map_err(|e| super::in_study(&args.input, &e))?;
    // The review goes beside the report. Both are made before either is put in place.
    let beside = args.out.as_ref().map(|out| {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        out.with_file_name(format!("{name}-review"))
    });
    let reviewed = if args.review {
        Some(meeting.review(&findings, beside.as_deref())?)
    } else {
        None
    };
    let out = publish_report(&findings, args.out.as_deref())?;
    if let Some(reviewed) = &reviewed {
        reviewed.publish(&findings)?;
    }
    talk.result(
        || {
            let rules = reviewed.as_ref().map(|reviewed| reviewed.lines());
            key_messages_as_text(&findings) + &rules.unwrap_or_default()
        },
        || {
            let mut json = report_as_json(&findings, &out);
            if let Some(reviewed) = &reviewed {
                json["review"] = reviewed.as_json();
            }
            json
        },
    )?;
    say_where(&out, talk);
    super::say_what_was_not_checked(&study, &clients.has, talk);
    Ok(reviewed.map_or(ExitCode::SUCCESS, |reviewed| reviewed.end(talk)))
}
