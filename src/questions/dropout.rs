//! Who leaves early? The share of ended treatments that the client broke off, by modality.

use super::sample::Analysis;
use super::shares::by_level;
use crate::findings::{Answer, Estimate, Scale};
use crate::intake::Status;
use crate::study::{Modality, Question};

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(Question::Dropout, "Who leaves early?");
    if !analysis.clients.has_status {
        answer.not_measured = Some("the outcomes file has no column status".into());
        return answer;
    }
    let dropped_out: Vec<Option<bool>> = analysis
        .clients
        .statuses()
        .into_iter()
        .map(|status| match status? {
            Status::DroppedOut => Some(true),
            Status::Completed => Some(false),
            Status::Ongoing => None,
        })
        .collect();
    answer.estimates = by_level(analysis, &Modality::ALL, &dropped_out, |shown| {
        Estimate::new(
            Question::Dropout.word(),
            &shown.group.key,
            "rate",
            Scale::Proportion,
            "share of ended treatments recorded as dropped out; Wilson interval; k: dropped out",
        )
        .labelled(&shown.group.label)
    });
    answer.caveats = vec![
        "A treatment counts as broken off when the clinic recorded it so; other definitions of dropout give other shares of the same clients.".into(),
        "The intervals take clients as independent; where therapists differ, they are too narrow.".into(),
        "Treatments that go on are not counted. Shorter treatments have had less time to be broken off.".into(),
    ];
    answer
}
