//! Was a difference shown between online and in person?

use super::{Found, look, shown};
use crate::findings::{Findings, Verdict as Shown};
use crate::review::Verdict;

pub(super) fn judge(findings: &Findings) -> Found<'_> {
    const IDS: [(&str, &str); 2] = [
        (
            "online_vs_in_person.correlation",
            "how much the alliance matters",
        ),
        ("online_vs_in_person.alliance", "how good it is"),
    ];
    let answer = findings.answer("online_vs_in_person");
    let verdicts: Vec<(&str, &str, Option<Shown>)> = IDS
        .into_iter()
        .map(|(id, what)| {
            (
                id,
                what,
                answer.and_then(|a| a.verdict(id)).map(|v| v.verdict),
            )
        })
        .collect();
    let different = verdicts.iter().find(|(.., v)| *v == Some(Shown::Different));
    let verdict = if different.is_some() {
        Verdict::Hold
    } else if verdicts.iter().all(|(.., v)| v.is_some()) {
        Verdict::Pass
    } else {
        Verdict::CannotTell
    };
    let told: Vec<String> = verdicts
        .iter()
        .map(|(id, what, verdict)| match verdict {
            Some(v) => format!("{what}: {}", crate::report::words::verdict(*v)),
            None => format!(
                "{what}: {}",
                shown(&look(findings, "online_vs_in_person", id))
            ),
        })
        .collect();
    Found {
        title: "Online against in person",
        threshold: "not shown to be different".into(),
        sentence: format!("Online against in person, {}.", told.join("; ")),
        estimate: findings.estimate(different.map_or(IDS[0].0, |(id, ..)| id)),
        observed: None,
        verdict,
    }
}
