//! Question 4: does the alliance go with outcome in psychosis as it does elsewhere?

use super::beside_others::{beside_others, nobody_in};
use super::sample::Analysis;
use crate::findings::Answer;
use crate::study::Question;

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::Psychosis,
        "Does the alliance go with outcome in psychosis as in other diagnoses?",
    );
    if !analysis.clients.has_diagnosis {
        answer.not_measured = Some("the outcomes file has no column diagnosis".into());
        return answer;
    }
    answer.not_measured = nobody_in(analysis, "psychosis");
    if answer.not_measured.is_some() {
        return answer;
    }
    beside_others(&mut answer, analysis, "psychosis", "Other diagnoses");
    answer.caveats = vec![
        "Published correlations in psychosis differ by who rated the alliance and which outcome was asked about; a client's rating and a symptom score are one pair of several.".into(),
        "Diagnoses come with other treatments, settings and lengths of treatment; a difference between them is not one of diagnosis alone.".into(),
    ];
    answer
}
