//! `alliance check`: the same reading and validation as `analyze`, nothing analysed.

use super::{Failure, Talk};
use crate::cli::InputArgs;
use crate::features::ByClient;
use crate::intake::{self, Reduce};

pub fn run(args: &InputArgs, talk: &Talk) -> Result<(), Failure> {
    let study = super::study(args)?;
    let bytes = std::fs::metadata(&study.sources.sessions).map_or(0, |m| m.len());
    let progress = talk.progress(bytes, "reading sessions");
    let reduce = ByClient::new(&study.settings).without_series();
    let dataset = intake::read(&study, &reduce, &|bytes| progress.advance(bytes))?;
    drop(progress);
    let (sessions, outcomes) = (dataset.sessions.rows, dataset.outcomes.rows);
    let clients = reduce.clients(&dataset.sessions.part).count();
    talk.result(
        || format!("{sessions} sessions and {outcomes} outcomes of {clients} clients: no problem found.\n"),
        || serde_json::json!({ "status": "ok", "sessions": sessions, "outcomes": outcomes, "clients": clients }),
    )
}
