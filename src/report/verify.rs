//! The script that proves it: the headline numbers once more, by metafor and clubSandwich.

use crate::findings::{Findings, MetaAnalysis};
use crate::study::{PoolingTest, TauSquared};

/// `verify.R` for these findings; none for a clinic, whose rows R may not see.
pub fn script(findings: &Findings) -> Option<String> {
    let meta = findings.meta()?;
    let fields = [
        ("VERSION", findings.program.version.clone()),
        (
            "THREE_LEVEL",
            logical(findings.estimate("sigma2.study").is_some()),
        ),
        ("METHOD", method(meta).into()),
        ("TEST", test(meta).into()),
        ("ROBUST", meta.settings.pooling.robust.word().into()),
        ("LEVEL", meta.settings.confidence_level.to_string()),
        (
            "MODERATORS",
            listed(meta.settings.moderators.iter().map(|name| text(name))),
        ),
        (
            "COLUMNS",
            listed(
                meta.settings
                    .columns
                    .iter()
                    .map(|(ours, theirs)| format!("{ours} = {}", text(theirs))),
            ),
        ),
    ];
    // Every second part is the name of a field; a value that looks like one is none.
    let parts = include_str!("verify.R").split("@@").enumerate();
    let filled = parts.map(|(at, part)| {
        let field = fields.iter().find(|(name, _)| at % 2 == 1 && *name == part);
        field.map_or(part, |(_, value)| value.as_str())
    });
    Some(filled.collect())
}

fn logical(is: bool) -> String {
    if is { "TRUE" } else { "FALSE" }.into()
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// A text as R reads it.
fn text(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

fn method(meta: &MetaAnalysis) -> &'static str {
    match meta.settings.pooling.tau_squared {
        TauSquared::Reml => "REML",
        TauSquared::Ml => "ML",
        TauSquared::DerSimonianLaird => "DL",
        TauSquared::PauleMandel => "PM",
        TauSquared::EmpiricalBayes => "EB",
        TauSquared::Hedges => "HE",
        TauSquared::HunterSchmidt => "HS",
        TauSquared::SidikJonkman => "SJ",
        TauSquared::None => "FE",
    }
}

fn test(meta: &MetaAnalysis) -> &'static str {
    match meta.settings.pooling.test {
        PoolingTest::AdHoc => "adhoc",
        PoolingTest::KnappHartung => "knha",
        PoolingTest::Normal => "z",
    }
}
