//! Do other outcome measures say the same?
//!
//! Question 1 again for every further questionnaire of the outcomes file.

use super::sample::{Analysis, ShownGroup, four_correlations, shown_groups};
use crate::findings::Answer;

pub const QUESTION: &str = "measure";

pub fn answer(analysis: &Analysis) -> Answer {
    let others: Vec<&String> = analysis
        .clients
        .measures
        .keys()
        .filter(|key| **key != analysis.primary)
        .collect();
    let mut estimates = Vec::new();
    for key in &others {
        let sample = analysis.clients.sample(key);
        let complete = analysis.is_complete(&sample);
        let name = &analysis.clients.measures[*key].name;
        let (groups, _) = shown_groups(analysis.clients, analysis.settings, &complete, &complete);
        for shown in groups {
            // What is hidden for the primary measure is hidden for all.
            let primary = analysis.group(&shown.group.key).and_then(|g| g.hidden);
            let shown = ShownGroup {
                hidden: shown.hidden.or(primary),
                ..shown
            };
            let of_group = analysis.complete(&analysis.early, &sample, &|i| shown.group.holds[i]);
            let question = format!("{QUESTION}.{key}");
            for mut estimate in
                four_correlations(&question, &shown, &of_group, "early alliance", analysis)
            {
                estimate.question = QUESTION.into();
                estimate.label = format!("{name}: {}", estimate.label);
                estimates.push(estimate);
            }
        }
    }
    Answer {
        question: QUESTION.into(),
        title: "Do other outcome measures say the same?".into(),
        not_measured: others
            .is_empty()
            .then(|| "the outcomes file holds one measure only".into()),
        estimates,
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: vec![
            "Measures filled in by the same clients are not independent evidence.".into(),
        ],
    }
}
