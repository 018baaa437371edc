//! `alliance report`: every chart, table and page again, from the findings alone.

use super::{Failure, Talk};
use crate::cli::ReportArgs;
use crate::report;
use crate::study::is_study_name;

pub fn run(args: &ReportArgs, talk: &Talk) -> Result<(), Failure> {
    let findings = super::findings(&args.findings)?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None if is_study_name(findings.name()) => report::default_folder(&findings),
        None => {
            return Err(Failure::Usage(format!(
                "{}: the study's name cannot be that of a folder\n  hint: choose one with --out",
                args.findings.display()
            )));
        }
    };
    report::publish(&out, &report::REPORT, &report::files(&findings)?)?;
    talk.result(
        String::new,
        || serde_json::json!({ "status": "ok", "report": out.display().to_string() }),
    )?;
    talk.say(&format!("Report in {}", out.display()));
    Ok(())
}
