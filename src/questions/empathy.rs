//! Question 9: does empathy, as the client rates it, go with outcome?

use super::columns::named;
use super::sample::{Analysis, four_correlations, with_correlation_of};
use crate::features::Rating;
use crate::findings::{Answer, Estimate, Scale};
use crate::intake::Score;
use crate::stats::correlation::pearson;
use crate::study::Question;

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::Empathy,
        "Does the therapist's empathy go with a better outcome?",
    );
    if !analysis.clients.has.score(Score::Empathy) {
        answer.not_measured = Some("the sessions file has no column empathy".into());
        return answer;
    }
    let word = Question::Empathy.word();
    let empathy = analysis.clients.ratings(Rating::Empathy);
    let complete = analysis
        .complete(&empathy, &analysis.sample, &|_| true)
        .of("empathy");
    let correlations = four_correlations(
        word,
        analysis.everybody(),
        &complete,
        "empathy (mean of the same sessions)",
        analysis,
    );
    let suppressed = analysis.is_small(complete.n());
    answer.estimates.extend(correlations.into_iter().map(|e| {
        let id = format!("{word}.{}", e.term);
        let outcome = match e.term.as_str() {
            "partial" => "outcome, adjusted for intake",
            "post" => "post score",
            "change" => "change",
            _ => "change, in ranks",
        };
        let e = e.called(&id).labelled(&format!("Empathy and {outcome}"));
        if suppressed {
            e.suppressed(analysis.too_few())
        } else {
            e
        }
    }));
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (empathy, alliance) in empathy.iter().zip(&analysis.early) {
        if let (Some(empathy), Some(alliance)) = (empathy, alliance) {
            x.push(*empathy);
            y.push(*alliance);
        }
    }
    let shell = Estimate::new(
        word,
        "",
        "with_alliance",
        Scale::Correlation,
        "Pearson correlation of empathy and early alliance; Fisher z interval (std_error on that scale), t test",
    )
    .labelled("Empathy and early alliance");
    answer.estimates.push(with_correlation_of(
        shell,
        x.len(),
        named(pearson(&x, &y), ["empathy", "the alliance", ""]),
        analysis,
    ));
    answer.caveats = vec![
        "Empathy and alliance are rated by the same client in the same session; where they go together closely, one number cannot be told from the other.".into(),
    ];
    answer
}
