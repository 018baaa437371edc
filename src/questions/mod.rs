//! One clinical question per file: features and statistics in, an answer out.

mod alliance_outcome;
mod beside_last;
mod beside_others;
mod cbt_technique;
mod change;
mod columns;
mod contrasts;
mod counts;
mod dropout;
mod empathy;
mod flow;
mod items;
mod key_messages;
mod limits;
mod mixed;
mod monitoring;
mod online_vs_in_person;
mod other_measures;
mod pooling;
mod psychosis;
mod ratings;
mod ruptures;
mod sample;
mod sensitivity;
mod shares;
mod sites;
mod three_sessions;
mod units;

use std::collections::BTreeMap;

pub use pooling::pool;

use crate::features::Clients;
use crate::findings::earlier::Earlier;
use crate::findings::{
    Answer, ClinicAnalysis, Findings, Input, MeasureInUse, Program, Role, SCHEMA_VERSION, Subject,
    Value,
};
use crate::intake::Score;
use crate::study::{PublishedResult, Question, Study};
use counts::PrintedCounts;
use sample::Analysis;

/// Can every question of a study be asked of these data?
///
/// # Errors
/// Those of [`answer`].
pub fn check(study: &Study, clients: &Clients) -> Result<(), String> {
    let none = Earlier::default();
    let analysis = Analysis::new(study, clients, &none)?;
    contrasts::planned(&analysis).map(drop)
}

/// Answers every question of a study. `digests` are those of the sessions and the outcomes file.
///
/// # Errors
/// In plain words, when the study asks for a measure or a group that the data do not have.
pub fn answer(study: &Study, clients: &Clients, digests: [String; 2]) -> Result<Findings, String> {
    answer_beside(study, clients, digests, &Earlier::default())
}

/// The same beside the reports before it: what would tell of a few clients together with them is
/// left out.
///
/// # Errors
/// Those of [`answer`].
pub fn answer_beside(
    study: &Study,
    clients: &Clients,
    digests: [String; 2],
    earlier: &Earlier,
) -> Result<Findings, String> {
    let analysis = Analysis::new(study, clients, earlier)?;
    let mut printed = PrintedCounts::of(&analysis);
    let mut answers: Vec<Answer> = study
        .settings
        .questions
        .iter()
        .map(|question| answer_to(*question, &analysis, &mut printed))
        .collect::<Result<_, String>>()?;
    if let Some(reason) = analysis.no_early_rating() {
        say_why(&mut answers, &reason);
    }
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
        subject: Subject::Clinic(Box::new(ClinicAnalysis {
            settings: study.settings.clone(),
            measures: measures_in_use(&analysis),
            flow: flow.clone(),
            period: flow::period(&analysis),
        })),
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
            .filter(|result| stands_beside(result, &analysis, &groups))
            .cloned()
            .collect(),
        limits: limits::limits(&analysis),
        last_shown: BTreeMap::new(),
    };
    beside_last::protect(&mut findings, &analysis);
    findings.key_messages = key_messages::key_messages(&findings);
    Ok(findings)
}

/// Is a published result about something these data can say?
fn stands_beside(result: &PublishedResult, analysis: &Analysis, groups: &[&str]) -> bool {
    let clients = analysis.clients;
    let asked = |question: Question| analysis.settings.questions.contains(&question);
    match result.topic.as_str() {
        "alliance_outcome" => groups.contains(&result.group.as_str()),
        "alliance_level_online_minus_in_person" => {
            clients.has.delivery && asked(Question::OnlineVsInPerson)
        }
        "empathy_outcome" => clients.has.score(Score::Empathy) && asked(Question::Empathy),
        "rupture_repair_outcome" | "rupture_rate" => asked(Question::Ruptures),
        "alliance_dropout" => clients.has_status && asked(Question::ThreeSessions),
        _ => false,
    }
}

/// Why therapists cannot be told apart, where none is recorded.
fn no_therapist(analysis: &sample::Analysis) -> &'static str {
    if analysis.clients.has.therapist {
        "no client has a therapist recorded"
    } else {
        "the sessions file has no column therapist_id"
    }
}

/// Why the early alliance has no number: nobody has one. That there are no complete clients says
/// less, and not what to do.
fn say_why(answers: &mut [Answer], reason: &str) {
    let of_early_alliance = [
        Question::AllianceOutcome,
        Question::Contrast,
        Question::Measure,
        Question::Sites,
    ];
    let of_early_alliance = of_early_alliance.map(Question::word);
    for answer in answers {
        if !of_early_alliance.contains(&answer.question.as_str()) {
            continue;
        }
        for e in &mut answer.estimates {
            if matches!(e.value, Value::NotEstimable { .. }) {
                *e = e.clone().not_estimable(reason);
            }
        }
    }
}

fn answer_to(
    question: Question,
    analysis: &Analysis,
    printed: &mut PrintedCounts,
) -> Result<Answer, String> {
    Ok(match question {
        Question::AllianceOutcome => alliance_outcome::answer(analysis),
        Question::Ratings => ratings::answer(analysis, printed),
        Question::OnlineVsInPerson => online_vs_in_person::answer(analysis),
        Question::Contrast => contrasts::answer(analysis)?,
        Question::Sensitivity => sensitivity::answer(analysis),
        Question::Measure => other_measures::answer(analysis),
        Question::CbtTechnique => cbt_technique::answer(analysis),
        Question::Psychosis => psychosis::answer(analysis),
        Question::ThreeSessions => three_sessions::answer(analysis),
        Question::Ruptures => ruptures::answer(analysis),
        Question::Empathy => empathy::answer(analysis),
        Question::Items => items::answer(analysis),
        Question::Change => change::answer(analysis, printed),
        Question::Dropout => dropout::answer(analysis),
        Question::Therapists => mixed::therapists::answer(analysis, printed),
        Question::SessionToSession => mixed::session_to_session::answer(analysis, printed),
        Question::AllianceGrowth => mixed::growth::answer(analysis, printed),
        Question::MultilevelCorrelation => mixed::multilevel_correlation::answer(analysis, printed),
        Question::Sites => sites::answer(analysis),
        Question::Monitoring => monitoring::answer(analysis),
        Question::Units => units::answer(analysis),
    })
}

fn measures_in_use(analysis: &Analysis) -> Vec<MeasureInUse> {
    let study = analysis.study;
    let mut measures = Vec::new();
    for (role, name) in [
        (Role::Alliance, &study.settings.alliance_measure),
        (Role::Empathy, &study.settings.empathy_measure),
        (Role::Symptom, &study.settings.symptom_measure),
        (Role::Items, &study.settings.items_measure),
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
