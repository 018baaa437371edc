//! A review as Markdown: fit for an e-mail or a summary of a scheduled job.

use super::{Outcome, Review, State};
use crate::report::{table_row, words};

/// The review as text.
pub fn markdown(review: &Review) -> String {
    let mut text = format!("# Quality review: {}\n\n", review.title);
    text.push_str(&format!("**{}** {}\n", headline(review), about(review)));
    text.push_str("\n## What to look at\n\n");
    let held: Vec<_> = review.judgements.iter().filter(|j| j.holds).collect();
    if held.is_empty() {
        text.push_str("No rule holds this review.\n");
    }
    for j in held {
        text.push_str(&format!(
            "- **{}** ({}). {}\n",
            j.title,
            j.verdict.in_words(),
            j.sentence
        ));
    }
    if !review.signals.is_empty() {
        text.push_str("\nMore than chance, over time or between units:\n\n");
        for signal in &review.signals {
            text.push_str(&format!("- {signal}\n"));
        }
    }
    text.push_str("\n## Every rule\n\n| Rule | verdict | what was found | why this threshold |\n| --- | --- | --- | --- |\n");
    for j in &review.judgements {
        let holds = if j.holds { ", holds" } else { "" };
        let verdict = format!("{}{holds}", j.verdict.in_words());
        text.push_str(&table_row(&[
            j.title.clone(),
            verdict,
            j.sentence.clone(),
            j.reason.clone(),
        ]));
    }
    if !review.not_judged.is_empty() {
        text.push_str(&format!(
            "\nSwitched off by the policy: {}.\n",
            review.not_judged.join(", ")
        ));
    }
    text.push_str("\n## Key messages of the report\n\n");
    for message in &review.key_messages {
        text.push_str(&format!("- {message}\n"));
    }
    if let Some(comparison) = &review.comparison {
        text.push_str(&format!(
            "\n## Since the last review\n\n{}\n",
            compared(review)
        ));
        let moved: Vec<_> = comparison
            .movements
            .iter()
            .filter(|m| m.state == State::Moved)
            .collect();
        for m in moved {
            text.push_str(&format!("- {}: {}\n", m.label, movement(m)));
        }
    }
    text.push_str("\n## Actions\n\n| Action | owner | due | state |\n| --- | --- | --- | --- |\n");
    for a in &review.actions {
        let standing = a.standing(review.on.as_deref());
        text.push_str(&table_row(&[
            a.in_words(),
            a.owner.clone(),
            a.due.clone(),
            standing,
        ]));
    }
    text.push_str(&format!(
        "\nRe-audit on: {}\n",
        review.re_audit.as_deref().unwrap_or("____________")
    ));
    text
}

/// `The review holds: 2 of 9 rules.`
pub(super) fn headline(review: &Review) -> String {
    let held = review.judgements.iter().filter(|j| j.holds).count();
    match review.outcome {
        Outcome::Pass => format!(
            "The review passes: none of {} rules holds it.",
            review.judgements.len()
        ),
        Outcome::Hold => format!(
            "The review holds: {held} of {} rules.",
            review.judgements.len()
        ),
    }
}

pub(super) fn about(review: &Review) -> String {
    let mut parts = Vec::new();
    if let Some(on) = &review.on {
        parts.push(format!("review of {on}"));
    }
    if let Some(lock) = &review.data_lock {
        parts.push(format!("data of {lock}"));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}.", words::capital(&parts.join(", ")))
    }
}

/// What the comparison is of, in words.
pub(super) fn compared(review: &Review) -> String {
    let Some(comparison) = &review.comparison else {
        return String::new();
    };
    let since = comparison
        .previous_data_lock
        .as_ref()
        .map(|day| format!(" with the data of {day}"))
        .unwrap_or_default();
    if !comparison.changed.is_empty() {
        return format!(
            "Nothing is compared{since}: the numbers are not made in the same way ({}).",
            comparison.changed.join(", ")
        );
    }
    let count =
        |is: &dyn Fn(&State) -> bool| comparison.movements.iter().filter(|m| is(&m.state)).count();
    let moved = count(&|s| *s == State::Moved);
    let not = count(&|s| matches!(s, State::NotComparable { .. }));
    format!(
        "{} numbers were compared{since}: {moved} moved by more than chance, {} did not; {not} could not be compared. The two reports share clients and are compared as if they did not, and p is adjusted for the number of comparisons (Holm): \"moved\" is said too rarely rather than too often.",
        comparison.compared,
        comparison.compared as usize - moved
    )
}

/// `from 17.3 % to 24.1 %, difference 6.8 % [1.2 %, 12.0 %], p = .02`
pub(super) fn movement(m: &super::Movement) -> String {
    let show = |x: Option<f64>| x.map_or_else(|| "–".into(), |x| words::on_scale(x, m.scale));
    match &m.state {
        State::NotComparable { reason } => format!("not comparable: {reason}"),
        _ => format!(
            "from {} to {}, difference {} [{}, {}], {}",
            show(m.before),
            show(m.now),
            show(m.difference),
            show(m.conf_low),
            show(m.conf_high),
            m.p_value.map(words::p_value).unwrap_or_default()
        ),
    }
}
