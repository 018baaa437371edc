//! The questions that can be asked of a clinic's data, each under the name the study file uses.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::{Faults, did_you_mean};

/// A question; its word is also the first part of its estimates' ids, or what they have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    AllianceOutcome,
    Ratings,
    OnlineVsInPerson,
    Contrast,
    Sensitivity,
    Measure,
    CbtTechnique,
    Psychosis,
    ThreeSessions,
    Ruptures,
    Empathy,
    Items,
    Change,
    Dropout,
    Therapists,
    SessionToSession,
    AllianceGrowth,
    MultilevelCorrelation,
    Sites,
    Monitoring,
    Units,
}

impl Question {
    /// In the order of the report.
    pub const ALL: [Question; 21] = [
        Question::AllianceOutcome,
        Question::Ratings,
        Question::OnlineVsInPerson,
        Question::Contrast,
        Question::Sensitivity,
        Question::Measure,
        Question::CbtTechnique,
        Question::Psychosis,
        Question::ThreeSessions,
        Question::Ruptures,
        Question::Empathy,
        Question::Items,
        Question::Change,
        Question::Dropout,
        Question::Therapists,
        Question::SessionToSession,
        Question::AllianceGrowth,
        Question::MultilevelCorrelation,
        Question::Sites,
        Question::Monitoring,
        Question::Units,
    ];

    /// The name in the study file and in the findings.
    pub fn word(self) -> &'static str {
        match self {
            Question::AllianceOutcome => "alliance_outcome",
            Question::Ratings => "ratings",
            Question::OnlineVsInPerson => "online_vs_in_person",
            Question::Contrast => "contrast",
            Question::Sensitivity => "sensitivity",
            Question::Measure => "measure",
            Question::CbtTechnique => "cbt_technique",
            Question::Psychosis => "psychosis",
            Question::ThreeSessions => "three_sessions",
            Question::Ruptures => "ruptures",
            Question::Empathy => "empathy",
            Question::Items => "items",
            Question::Change => "change",
            Question::Dropout => "dropout",
            Question::Therapists => "therapists",
            Question::SessionToSession => "session_to_session",
            Question::AllianceGrowth => "alliance_growth",
            Question::MultilevelCorrelation => "multilevel_correlation",
            Question::Sites => "sites",
            Question::Monitoring => "monitoring",
            Question::Units => "units",
        }
    }

    /// The questions left when some are switched on or off by name; each is on unless switched off.
    pub(super) fn asked(switches: &BTreeMap<String, bool>, faults: &mut Faults) -> Vec<Question> {
        let words = Question::ALL.map(Question::word);
        for name in switches.keys().filter(|n| !words.contains(&n.as_str())) {
            let hint = did_you_mean(name, &words);
            faults.push(format!(
                "questions.{name}: there is no such question{hint}\n  hint: the questions are {}",
                words.join(", ")
            ));
        }
        let is_off = |question: &Question| switches.get(question.word()) == Some(&false);
        if is_off(&Question::AllianceOutcome) {
            faults.push("questions.alliance_outcome: the report is about this question; it cannot be switched off");
        }
        Question::ALL.into_iter().filter(|q| !is_off(q)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_written_in_findings_as_in_the_study_file() {
        for question in Question::ALL {
            let written = serde_json::to_value(question).expect("a word");
            assert_eq!(written, question.word());
        }
    }
}
