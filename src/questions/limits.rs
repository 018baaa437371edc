//! What this report cannot say.

use super::sample::Analysis;

pub fn limits(analysis: &Analysis) -> Vec<String> {
    let groups = analysis.groups.len();
    let mut limits = vec![
        "It cannot show that a better alliance causes a better outcome. Sessions, ratings and outcomes were observed, not assigned.".to_owned(),
        "It cannot tell therapist from client: part of any correlation may lie between therapists, part between the clients of one therapist.".into(),
        "It speaks of clients with an early rating and both scores. Those who left no rating or no second score may differ.".into(),
        "A score that was high at intake tends to be lower later whatever is done (regression to the mean). Adjusting for intake allows for it in correlations; it does not show that treatment worked.".into(),
        format!("It looks at {groups} groups at once. At 95 % confidence, about one interval in twenty misses the truth by chance alone."),
        "Published results stand beside the clinic's own as context: other clients, other questionnaires, other times of rating. They are not a target.".into(),
        "It says nothing about single clients or single therapists, and must not be used to rank them.".into(),
    ];
    if analysis.alliance_measure().is_none() {
        limits.push("The alliance questionnaire is not named in the study: range and reliability of the ratings could not be checked.".into());
    }
    limits
}
