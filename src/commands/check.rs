//! `alliance check`: the same reading and validation as `analyze`, nothing analysed.

use super::{Failure, Talk};
use crate::cli::InputArgs;
use crate::features;

pub fn run(args: &InputArgs, talk: &Talk) -> Result<(), Failure> {
    let study = super::study(args)?;
    let bytes = std::fs::metadata(&study.sources.sessions).map_or(0, |m| m.len());
    let progress = talk.progress(bytes, "reading sessions");
    let clients = features::by_client(&study, &|bytes| progress.advance(bytes))?;
    drop(progress);
    let (sessions, outcomes, n) = (clients.session_rows, clients.outcome_rows, clients.len());
    talk.result(
        || format!("{sessions} sessions and {outcomes} outcomes of {n} clients: no problem found.\n"),
        || serde_json::json!({ "status": "ok", "sessions": sessions, "outcomes": outcomes, "clients": n }),
    )
}
