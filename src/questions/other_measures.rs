//! Do other outcome measures say the same?
//!
//! Question 1 again for every further questionnaire of the outcomes file.

use super::sample::{Analysis, four_correlations, shown_groups};
use crate::findings::Answer;
use crate::findings::disclosure::Hidden;

pub const QUESTION: &str = "measure";

pub fn answer(analysis: &Analysis) -> Answer {
    let others: Vec<&String> = analysis
        .clients
        .measures
        .keys()
        .filter(|key| **key != analysis.primary)
        .collect();
    // What is hidden for the primary measure is hidden for all; its name may be hidden there, so it is
    // known by its place.
    let decided = analysis.groups.iter().chain(&analysis.units);
    let hidden: Vec<Option<Hidden>> = decided.map(|shown| shown.hidden).collect();
    let mut estimates = Vec::new();
    for key in &others {
        let sample = analysis.clients.sample(key);
        let complete = analysis.is_complete(&sample);
        let name = &analysis.clients.measures[*key].name;
        let clients = analysis.clients;
        let (groups, _) = shown_groups(clients, analysis.settings, &complete, &complete, &hidden);
        for shown in groups {
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
