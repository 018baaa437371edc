//! A meta-analysis: the correlations of studies, pooled. One file per answer.

mod bias;
mod data;
mod heterogeneity;
mod influence;
mod key_messages;
mod model;
mod moderator;
mod pooled;
mod specification;
mod subgroups;
mod weights;

use crate::findings::{
    Count, Exclusion, Findings, Input, MetaAnalysis, Program, SCHEMA_VERSION, Stage, Subject,
};
use crate::intake::Effects;
use crate::study::MetaStudy;
use data::Pool;

pub use heterogeneity::with_q_profile;
pub use model::{estimator, test, with_correlation as with_coefficient_as_r};

/// Pools the effects of a file and answers every question about them.
///
/// # Errors
/// In plain words, when the study asks for what the file does not have.
pub fn pool(study: &MetaStudy, file: &Effects, digest: String) -> Result<Findings, String> {
    let pool = Pool::new(study, file)?;
    let rows = pool.all();
    let fit = pool.fit(&rows, &[]).map_err(|reason| {
        format!(
            "{}: nothing can be pooled: {reason}",
            study.effects.display()
        )
    })?;
    let (moderation, certificates) = moderator::answer(&pool);
    let mut pooled = pooled::answer(&pool, &fit);
    pooled.caveats.extend(file.note());
    let answers = vec![
        pooled,
        heterogeneity::answer(&pool, &fit, certificates),
        moderation,
        bias::answer(&pool, &fit),
        influence::answer(&pool, &fit),
        specification::answer(&pool),
    ];
    let mut conversions: Vec<(String, u64)> = Vec::new();
    for effect in &pool.effects {
        let how = effect.conversion().to_string();
        match conversions.iter_mut().find(|(known, _)| *known == how) {
            Some((_, count)) => *count += 1,
            None => conversions.push((how, 1)),
        }
    }
    let used = pool.k() as u64;
    let named: Vec<&str> = pool.moderators.iter().map(|m| m.name.as_str()).collect();
    let mut findings = Findings {
        schema_version: SCHEMA_VERSION.into(),
        program: Program {
            name: "alliance".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
        subject: Subject::Meta(Box::new(MetaAnalysis {
            settings: study.settings.clone(),
            effects: Stage {
                read: Count::Exactly(file.read),
                excluded: vec![Exclusion {
                    reason: "the row has no effect".into(),
                    count: Count::Exactly(file.without_effect),
                }],
                used: Count::Exactly(used),
            },
            studies: pool.studies_in(&rows) as u64,
            clients: pool.clients_in(&rows),
            conversions,
        })),
        inputs: vec![Input {
            role: "effects".into(),
            rows: Count::Exactly(file.read),
            sha256: digest,
            columns_not_used: file
                .others
                .iter()
                .map(|column| column.name.clone())
                .filter(|name| !named.contains(&name.as_str()))
                .collect(),
        }],
        key_messages: Vec::new(),
        answers,
        published: Vec::new(),
        limits: limits(),
        last_shown: Default::default(),
    };
    findings.key_messages = key_messages::key_messages(&findings);
    Ok(findings)
}

fn limits() -> Vec<String> {
    [
        "It does not say that one thing causes the other: the studies correlate what was rated.",
        "It pools what was published or handed in; what stayed in a drawer is missing, and the tests for that see little with few studies.",
        "It does not judge the quality of the studies, the questionnaires or the raters.",
        "Sampling errors of effects of one study are taken as independent within the model; the robust errors allow for that they are not.",
        "Many tests are printed. The headline is the pooled correlation; what else is below .05 among many may be chance.",
    ]
    .map(str::to_owned)
    .into()
}
