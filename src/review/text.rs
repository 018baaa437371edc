//! A review as Markdown: fit for an e-mail or a summary of a scheduled job.

use std::collections::BTreeMap;

use super::{Assurance, Comparison, Judgement, Movement, Outcome, Review, State, Verdict, Watched};
use crate::findings::Scale;
use crate::findings::monitoring::Variation;
use crate::report::marked::Marked;
use crate::report::words;

/// The rules that say how far the data carry.
const COMPLETENESS: [&str; 4] = ["minimum_n", "data_age", "completeness", "sessions_rated"];

/// The review as text: page one for the meeting, then what it rests on.
pub fn markdown(review: &Review) -> String {
    let mut text = Marked::default();
    first_page(&mut text, review);
    actions(&mut text, review);
    rules(&mut text, review);
    if !review.over_time.is_empty() {
        text.marks("\n## Over time\n\n").header(&OVER_TIME);
        for chart in &review.over_time {
            text.row(&over_time_row(chart));
        }
    }
    for sentence in not_watched(review) {
        text.marks("\n").words(&sentence).marks("\n");
    }
    if let Some(comparison) = &review.comparison {
        text.marks("\n## Since the last review\n\n")
            .words(&compared(review))
            .marks("\n");
        if comparison.changed.is_empty() {
            for (reason, named) in not_compared(comparison) {
                text.marks("\n")
                    .words(&words::capital(reason))
                    .marks(": ")
                    .words(&named.join("; "))
                    .marks(".\n");
            }
        }
    }
    text.text()
}

fn first_page(text: &mut Marked, review: &Review) {
    text.marks("# Quality review: ").words(&review.title);
    text.marks("\n\n**").words(&headline(review));
    text.marks("** ").words(&about(review)).marks("\n");
    let further = [let_pass(review), since_last(review)];
    for sentence in further.into_iter().flatten() {
        text.marks("\n").words(&sentence).marks("\n");
    }
    text.marks("\n## Key messages of the report\n\n");
    for message in &review.key_messages {
        text.marks("- ").words(message).marks("\n");
    }
    text.marks("\n## What to look at\n\n");
    let looks = to_look_at(review);
    if looks.is_empty() {
        text.marks(NOTHING).marks("\n");
    }
    for look in looks {
        text.marks("- ");
        if let Some(topic) = look.topic {
            text.marks("**").words(&topic).marks(".** ");
        }
        text.words(&look.sentence).marks("\n");
    }
    text.marks("\n## How far the data carry\n\n");
    for j in of_completeness(review) {
        text.marks("- **").words(&j.title).marks(" (");
        text.marks(verdict(j)).marks(").** ");
        text.words(&j.sentence).marks("\n");
    }
}

fn actions(text: &mut Marked, review: &Review) {
    text.marks("\n## Actions\n\n");
    text.header(&["Action", "owner", "due", "state"]);
    for a in &review.actions {
        let standing = a.standing(review.on.as_deref());
        text.row(&[&a.in_words(), &a.owner, &a.due, &standing]);
    }
    text.marks("\nRe-audit on: ");
    match &review.re_audit {
        Some(day) => text.words(day),
        None => text.marks("____________"),
    };
    text.marks("\n");
}

fn rules(text: &mut Marked, review: &Review) {
    text.marks("\n## Every rule\n\n");
    text.header(&["Rule", "verdict", "what was found", "why this threshold"]);
    for j in &review.judgements {
        text.row(&[j.title.as_str(), verdict(j), &j.sentence, &j.reason]);
    }
    if let Some(off) = switched_off(review) {
        text.marks("\n").words(&off).marks("\n");
    }
}

/// Something for the meeting to look at.
pub(super) struct Look<'a> {
    pub topic: Option<String>,
    /// The rule behind it, where there is one.
    pub judgement: Option<&'a Judgement>,
    pub sentence: String,
}

/// Stands where there is nothing to look at.
pub(super) const NOTHING: &str =
    "No rule holds the review, and nothing that is looked at moved by more than chance.";

/// Rules that hold, numbers that moved, and what charts and units say beyond chance.
pub(super) fn to_look_at(review: &Review) -> Vec<Look<'_>> {
    let held = review.judgements.iter().filter(|j| j.holds).map(|j| Look {
        topic: Some(format!("{} ({})", j.title, verdict(j))),
        judgement: Some(j),
        sentence: j.sentence.clone(),
    });
    let moved = moved(review).map(|m| Look {
        topic: Some(format!("{} ({})", what(m), direction(m))),
        judgement: None,
        sentence: format!("{}.", words::capital(&movement(m))),
    });
    let signals = review.signals.iter().map(|signal| Look {
        topic: None,
        judgement: None,
        sentence: signal.clone(),
    });
    held.chain(moved).chain(signals).collect()
}

fn moved(review: &Review) -> impl Iterator<Item = &Movement> {
    let movements = review.comparison.iter().flat_map(|c| &c.movements);
    movements.filter(|m| m.state == State::Moved)
}

/// The rules about the data themselves, of those that are judged.
pub(super) fn of_completeness(review: &Review) -> impl Iterator<Item = &Judgement> {
    let judgements = review.judgements.iter();
    judgements.filter(|j| COMPLETENESS.contains(&j.rule.as_str()))
}

/// The columns of the table of charts over time.
pub(super) const OVER_TIME: [&str; 5] = [
    "Chart",
    "latest",
    "more than chance?",
    "threshold",
    "will it be kept?",
];

/// A chart over time as a row of [`OVER_TIME`].
pub(super) fn over_time_row(chart: &Watched) -> [String; 5] {
    [
        chart.title.clone(),
        format!("{} ({})", chart.latest_in_words(), chart.period),
        format!(
            "{} {}",
            symbol(chart.variation),
            words::variation(chart.variation)
        ),
        chart.threshold.clone().unwrap_or_else(|| "none".into()),
        chart.assurance.map_or("–", Assurance::in_words).into(),
    ]
}

/// The shape of a variation in the charts, so that it is not told by words alone.
fn symbol(variation: Variation) -> char {
    match variation {
        Variation::CommonCause => '●',
        Variation::SpecialCauseImprovement => '▲',
        Variation::SpecialCauseConcern => '◆',
        Variation::SpecialCauseNeither => '■',
        Variation::CannotTell => '○',
    }
}

/// What is not looked at over time, or between units, and why.
pub(super) fn not_watched(review: &Review) -> impl Iterator<Item = String> {
    let named = review.not_watched.iter();
    named.map(|(what, reason)| format!("{what}: nothing is looked at, because {reason}."))
}

/// The numbers that were not compared, by the reason why.
pub(super) fn not_compared(comparison: &Comparison) -> BTreeMap<&str, Vec<String>> {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for m in &comparison.movements {
        if let State::NotComparable { reason } = &m.state {
            by_reason.entry(reason).or_default().push(what(m));
        }
    }
    by_reason
}

/// `▲ moved up`
pub(super) fn direction(m: &Movement) -> &'static str {
    if m.difference > Some(0.0) {
        "▲ moved up"
    } else {
        "▼ moved down"
    }
}

/// Which rules the policy does not ask, where there are any.
pub(super) fn switched_off(review: &Review) -> Option<String> {
    let off = review.not_judged.join(", ");
    (!off.is_empty()).then(|| format!("Switched off by the policy: {off}."))
}

/// How much moved since the last review, in one sentence.
pub(super) fn since_last(review: &Review) -> Option<String> {
    let comparison = review.comparison.as_ref()?;
    let since = match &comparison.previous_data_lock {
        Some(day) => format!("Since the data of {day}"),
        None => "Since the last review".into(),
    };
    if !comparison.changed.is_empty() {
        return Some(format!(
            "{since}: not compared, because the numbers are not made in the same way."
        ));
    }
    let moved = match moved(review).count() {
        0 => "none moved".to_owned(),
        n => format!("{n} moved"),
    };
    Some(format!(
        "{since}: of {} numbers compared, {moved} by more than chance.",
        comparison.compared
    ))
}

/// A verdict and what follows from it, in one phrase.
pub(super) fn verdict(judgement: &Judgement) -> &'static str {
    match (judgement.verdict, judgement.holds) {
        (Verdict::Pass, _) => "passes",
        (Verdict::Hold, _) => "holds the review",
        (Verdict::CannotTell, true) => "cannot tell, holds the review",
        (Verdict::CannotTell, false) => "cannot tell, let pass",
    }
}

/// Which rules could not be told and do not hold the review, where there are any.
pub(super) fn let_pass(review: &Review) -> Option<String> {
    let untold: Vec<&str> = review
        .judgements
        .iter()
        .filter(|j| j.verdict == Verdict::CannotTell && !j.holds)
        .map(|j| j.title.as_str())
        .collect();
    let number = match untold.len() {
        0 => return None,
        1 => "1 rule could not be judged, and the policy lets it pass".to_owned(),
        n => format!("{n} rules could not be judged, and the policy lets them pass"),
    };
    Some(format!("{number}: {}.", untold.join("; ")))
}

/// `The review is held: 2 of 9 rules hold it.`
pub(super) fn headline(review: &Review) -> String {
    let held = review.judgements.iter().filter(|j| j.holds).count();
    match review.outcome {
        Outcome::Pass => format!(
            "The review passes: none of {} rules holds it.",
            review.judgements.len()
        ),
        Outcome::Hold => format!(
            "The review is held: {held} of {} rules {} it.",
            review.judgements.len(),
            if held == 1 { "holds" } else { "hold" }
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
        "{} numbers were compared{since}: {moved} moved by more than chance, {} did not; {not} could not be compared. They are compared as if the two reports were of different clients: where most are in both, only a large move is told, and one month hardly shows; the charts over time look at each month for itself. Clients of one therapist are taken as independent. p is adjusted for the number of comparisons (Holm); the intervals are not.",
        comparison.compared,
        comparison.compared as usize - moved
    )
}

/// `from 17.3 % to 24.1 %, difference 6.8 percentage points [1.2, 12.0], p = .02`
fn movement(m: &Movement) -> String {
    match &m.state {
        State::NotComparable { reason } => format!("not comparable: {reason}"),
        _ => format!(
            "from {} to {}, difference {}, {}",
            shown(m.before, m.scale),
            shown(m.now, m.scale),
            difference(m),
            m.p_value.map(words::p_value).unwrap_or_default()
        ),
    }
}

/// A number as its scale is read, or a dash.
pub(super) fn shown(x: Option<f64>, scale: Scale) -> String {
    x.map_or_else(|| "–".into(), |x| words::on_scale(x, scale))
}

/// The difference with its interval; of two shares in percentage points, because "%" of a share may
/// mean a part of it.
pub(super) fn difference(m: &Movement) -> String {
    let is_share = m.scale == Scale::Proportion;
    let number = |x: f64| {
        if is_share {
            words::number(100.0 * x, 1)
        } else {
            words::on_scale(x, m.scale)
        }
    };
    let Some(x) = m.difference else {
        return "–".into();
    };
    let unit = if is_share { " percentage points" } else { "" };
    let limits = m.conf_low.zip(m.conf_high);
    let limits = limits.map(|(low, high)| format!(" [{}, {}]", number(low), number(high)));
    format!("{}{unit}{}", number(x), limits.unwrap_or_default())
}

/// What a number is: its group, and where several numbers of one group are watched, which it is.
pub(super) fn what(m: &Movement) -> String {
    let of = |question: &str| m.estimate_id.starts_with(question);
    let term = m.estimate_id.rsplit('.').next().unwrap_or_default();
    let which = match term {
        "partial" if of("alliance_outcome.") => "r, adjusted for intake",
        "post" if of("alliance_outcome.") => "r with post score",
        "change" if of("alliance_outcome.") => "r with change",
        "correlation" if of("online_vs_in_person.") => "difference of r",
        "alliance" if of("online_vs_in_person.") => "difference of mean early alliance, points",
        "rate" if of("dropout.") => "treatments broken off",
        _ if m.estimate_id == "sites.pooled" => "r over sites",
        _ => "",
    };
    let label = words::capital(&m.label);
    if which.is_empty() {
        label
    } else {
        format!("{label}: {which}")
    }
}
