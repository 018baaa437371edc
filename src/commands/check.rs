//! `alliance check`: the same reading and validation as `analyze`, nothing analysed.

use super::{Failure, Talk};
use crate::cli::InputArgs;
use crate::{features, questions};

pub fn run(args: &InputArgs, talk: &Talk) -> Result<(), Failure> {
    let study = super::study(args)?;
    let bytes = std::fs::metadata(&study.sources.sessions).map_or(0, |m| m.len());
    let progress = talk.progress(bytes, "reading sessions");
    let clients = features::without_series(&study, &|bytes| progress.advance(bytes))?;
    drop(progress);
    questions::check(&study, &clients).map_err(|e| super::in_study(args, &e))?;
    let not_held = clients.placeholder_rows;
    let (sessions, outcomes) = (clients.session_rows - not_held, clients.outcome_rows);
    let (in_both, in_one) = clients.in_both_files();
    let left_out = match in_one {
        0 => String::new(),
        n => format!(" ({n} more are in one file only and left out)"),
    };
    talk.result(
        || format!("{sessions} sessions and {outcomes} outcomes of {in_both} clients{left_out}: no problem found.\n"),
        || serde_json::json!({ "status": "ok", "sessions": sessions, "outcomes": outcomes, "never_filled_in": not_held, "clients": in_both, "in_one_file_only": in_one }),
    )?;
    if not_held > 0 {
        let rows = if not_held == 1 { "row" } else { "rows" };
        talk.say(&format!("{not_held} {rows} of the sessions file without a day, a delivery and a score were never filled in, and are no sessions."));
    }
    super::say_what_was_not_checked(&study, &clients.has, talk);
    Ok(())
}
