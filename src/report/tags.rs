//! The tag of a key message: in a word or two, what may be said of its number.

use super::words::{self, NOT_ESTIMABLE, SUPPRESSED};
use crate::findings::{Findings, Judgement, KeyMessage, Value, Verdict};

/// Word, shape and class of a tag: the shape is there so that colour is never the only carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub words: &'static str,
    pub symbol: &'static str,
    /// The class of the style sheet.
    pub class: &'static str,
    /// What it means, where page one explains it.
    pub meaning: &'static str,
}

/// The tag of a message. Only of a number of few clients is "too few" said; where there is no number,
/// the tag is the reason, and where equivalence was shown, it is that.
pub fn tag(message: &KeyMessage, findings: &Findings) -> Tag {
    let value = findings.estimate(&message.estimate_id).map(|e| &e.value);
    match (value, message.verdict, message.judgement) {
        (Some(Value::Suppressed { .. }), _, _) => Tag {
            words: SUPPRESSED,
            symbol: "–",
            class: "few",
            meaning: "shown, the number would tell of too few clients; how many clients there are says nothing about it.",
        },
        (Some(Value::NotEstimable { .. }), _, _) => Tag {
            words: NOT_ESTIMABLE,
            symbol: "–",
            class: "few",
            meaning: "no number follows from the data, for the reason given.",
        },
        (_, Some(Verdict::Equivalent), _) => Tag {
            words: words::verdict(Verdict::Equivalent),
            symbol: "=",
            class: "same",
            meaning: "a difference, or a link, as large as the bounds is ruled out.",
        },
        (_, _, judgement) => of_judgement(judgement),
    }
}

fn of_judgement(judgement: Judgement) -> Tag {
    let (symbol, class, meaning) = match judgement {
        Judgement::MoreThanChance => ("●", "more", "the interval leaves out zero."),
        Judgement::NotDistinguishable => (
            "◐",
            "open",
            "zero is among the plausible values; this does not show that there is no link.",
        ),
        Judgement::TooFew => ("○", "few", "no statement is possible."),
    };
    Tag {
        words: words::judgement(judgement),
        symbol,
        class,
        meaning,
    }
}

/// The tags of all messages, each once, in the order they are met.
pub fn tags(findings: &Findings) -> Vec<Tag> {
    let mut tags = Vec::new();
    for message in &findings.key_messages {
        let tag = tag(message, findings);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}
