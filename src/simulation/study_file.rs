//! The study file that fits a made-up clinic, with the truth as a comment.
//! **Question.** What would a clinic ask of these two files?
//! **Method.** Text with the keys of [`crate::study`]; a test loads it.
//! **Not.** The truth stands in comments: no analysis reads it.
//! **Sources.** None.

use super::calendar::DATA_LOCK;
use super::clinic::Clinic;

/// The `study.toml` of a made-up clinic, for files called `sessions.csv` and `outcomes.csv`.
pub fn study_toml(clinic: &Clinic) -> String {
    let truth = truth(clinic);
    let seed = clinic.seed;
    let clients = clinic.clients;
    format!(
        r#"# This clinic is made up: no row stands for a person. The truth it was drawn from:
{truth}
name = "made-up-clinic"
title = "A made-up clinic of {clients} clients"
data_lock = "{DATA_LOCK}"

[files]
sessions = "sessions.csv"
outcomes = "outcomes.csv"

[measures]
alliance = "WAI-SR"
empathy = "CARE"
symptom = "PHQ-9"
primary = "PHQ-9"

[groups]
trauma = "diagnosis in [ptsd]"
online_cbt = "treatment in [cbt, cbtp] and delivery = online"

[analysis]
seed = {seed}
"#
    )
}

fn truth(clinic: &Clinic) -> String {
    let percent = |share: f64| format!("{} %", (1000.0 * share).round() / 10.0);
    let lines = [
        format!(
            "correlation of early alliance and outcome given intake: online {}, in person {}, hybrid {}",
            clinic.r_online, clinic.r_in_person, clinic.r_hybrid
        ),
        format!(
            "higher by {} in CBT, by {} in psychosis, than elsewhere; the same at every site",
            clinic.cbt_shift, clinic.psychosis_shift
        ),
        format!(
            "CBT: slope on alliance steeper by {} with each SD of technique (outcome and alliance in SD)",
            clinic.technique_by_alliance
        ),
        format!(
            "symptoms lower by {} points after a session one point above the client's own mean",
            clinic.lagged_effect
        ),
        format!(
            "between therapists: {} of the variance of the early alliance, {} of the adjusted outcome",
            percent(clinic.therapist_share_alliance),
            percent(clinic.therapist_share_outcome)
        ),
        format!(
            "left early: {}; ongoing: {}; ruptures (5 or more sessions): {}",
            percent(clinic.dropout),
            percent(clinic.ongoing),
            percent(clinic.ruptures)
        ),
        format!(
            "missing: {} of the ratings, {} of the scores after treatment",
            percent(clinic.missing_rating),
            percent(clinic.missing_post)
        ),
    ];
    lines.iter().map(|line| format!("# - {line}\n")).collect()
}
