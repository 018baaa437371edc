//! One clinical question per file: features and statistics in, an answer out.

mod alliance_outcome;
mod contrasts;
mod flow;
mod key_messages;
mod limits;
mod mixed;
mod online_vs_in_person;
mod other_measures;
mod pooling;
mod sample;
mod sensitivity;
mod sites;

pub use pooling::pool;

use crate::features::Clients;
use crate::findings::{
    Answer, ClinicAnalysis, Findings, Input, MeasureInUse, Program, Role, SCHEMA_VERSION, Subject,
};
use crate::study::Study;
use mixed::counts::PrintedCounts;
use sample::Analysis;

/// Answers every question of a study. `digests` are those of the sessions and the outcomes file.
///
/// # Errors
/// In plain words, when the study asks for a measure or a group that the data do not have.
pub fn answer(study: &Study, clients: &Clients, digests: [String; 2]) -> Result<Findings, String> {
    let analysis = Analysis::new(study, clients)?;
    let mut printed = PrintedCounts::of(&analysis);
    let answers: Vec<Answer> = Question::ALL
        .iter()
        .map(|question| question.answer(&analysis, &mut printed))
        .collect::<Result<_, String>>()?;
    let [sessions_digest, outcomes_digest] = digests;
    let input = |role: &str, rows, sha256, columns: &[String]| Input {
        role: role.into(),
        rows,
        sha256,
        columns_not_used: columns.to_vec(),
    };
    let flow = flow::flow(&analysis);
    let groups: Vec<&str> = analysis
        .groups
        .iter()
        .map(|g| g.group.key.as_str())
        .collect();
    let mut findings = Findings {
        schema_version: SCHEMA_VERSION.into(),
        program: Program {
            name: "alliance".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
        subject: Subject::Clinic(ClinicAnalysis {
            settings: study.settings.clone(),
            measures: measures_in_use(&analysis),
            flow: flow.clone(),
        }),
        inputs: vec![
            input(
                "sessions",
                flow.sessions.read,
                sessions_digest,
                &clients.unused_columns[0],
            ),
            input(
                "outcomes",
                flow.outcomes.read,
                outcomes_digest,
                &clients.unused_columns[1],
            ),
        ],
        key_messages: Vec::new(),
        answers,
        published: study
            .published
            .iter()
            .filter(|result| match result.topic.as_str() {
                "alliance_outcome" => groups.contains(&result.group.as_str()),
                "alliance_level_online_minus_in_person" => clients.has.delivery,
                _ => false,
            })
            .cloned()
            .collect(),
        limits: limits::limits(&analysis),
    };
    findings.key_messages = key_messages::key_messages(&findings);
    Ok(findings)
}

/// The questions, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    AllianceOutcome,
    OnlineVsInPerson,
    Contrasts,
    Sensitivity,
    OtherMeasures,
    Therapists,
    SessionToSession,
    AllianceGrowth,
    MultilevelCorrelation,
    Sites,
}

impl Question {
    const ALL: [Question; 10] = [
        Question::AllianceOutcome,
        Question::OnlineVsInPerson,
        Question::Contrasts,
        Question::Sensitivity,
        Question::OtherMeasures,
        Question::Therapists,
        Question::SessionToSession,
        Question::AllianceGrowth,
        Question::MultilevelCorrelation,
        Question::Sites,
    ];

    fn answer(self, analysis: &Analysis, printed: &mut PrintedCounts) -> Result<Answer, String> {
        match self {
            Question::AllianceOutcome => Ok(alliance_outcome::answer(analysis)),
            Question::OnlineVsInPerson => Ok(online_vs_in_person::answer(analysis)),
            Question::Contrasts => contrasts::answer(analysis),
            Question::Sensitivity => Ok(sensitivity::answer(analysis)),
            Question::OtherMeasures => Ok(other_measures::answer(analysis)),
            Question::Therapists => Ok(mixed::therapists::answer(analysis, printed)),
            Question::SessionToSession => Ok(mixed::session_to_session::answer(analysis, printed)),
            Question::AllianceGrowth => Ok(mixed::growth::answer(analysis, printed)),
            Question::MultilevelCorrelation => {
                Ok(mixed::multilevel_correlation::answer(analysis, printed))
            }
            Question::Sites => Ok(sites::answer(analysis)),
        }
    }
}

fn measures_in_use(analysis: &Analysis) -> Vec<MeasureInUse> {
    let study = analysis.study;
    let mut measures = Vec::new();
    for (role, name) in [
        (Role::Alliance, &study.settings.alliance_measure),
        (Role::Empathy, &study.settings.empathy_measure),
        (Role::Symptom, &study.settings.symptom_measure),
    ] {
        if let Some(measure) = name.as_ref().and_then(|name| study.catalogue.find(name)) {
            measures.push(MeasureInUse {
                role,
                key: measure.key(),
                measure: measure.clone(),
            });
        }
    }
    for (key, measure) in &analysis.clients.measures {
        let role = if *key == analysis.primary {
            Role::PrimaryOutcome
        } else {
            Role::OtherOutcome
        };
        measures.push(MeasureInUse {
            role,
            key: key.clone(),
            measure: measure.clone(),
        });
    }
    measures
}
