//! A review as one self-contained HTML page; page one is for the meeting.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::text::{about, compared, difference, headline, let_pass, shown, verdict, what};
use super::{Judgement, Outcome, Review, State, Verdict};
use crate::findings::Findings;
use crate::report::figures::{Figure, figures};
use crate::report::{page_style, words};

/// The figures that show what a review watches.
const FIGURES: [&str; 2] = ["control_charts", "funnels"];

/// The page as text, with the charts of the findings.
pub fn page(review: &Review, findings: &Findings) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Quality review: " (review.title) }
                style { (page_style()) }
            }
            body {
                main {
                    header {
                        p.eyebrow { "Quality review" }
                        h1 { (review.title) }
                        p.meta { (about(review)) }
                    }
                    (outcome(review))
                    (rules(review))
                    (messages(review))
                    (actions(review))
                    (charts(findings))
                    (comparison(review))
                }
                footer { p { "The same findings and policy give the same review, byte for byte. Review format " (review.schema_version) "." } }
            }
        }
    };
    words::unbroken(&page.into_string())
}

fn charts(findings: &Findings) -> Markup {
    let figures = figures(findings);
    let shown: Vec<&Figure> = FIGURES
        .iter()
        .filter_map(|id| figures.iter().find(|figure| figure.id == *id))
        .collect();
    html! {
        @if !shown.is_empty() {
            section #charts {
                h2 { "Over time, and between units" }
                @for figure in shown { figure { (PreEscaped(figure.svg())) } }
            }
        }
    }
}

/// Shape and word, so that colour is never the only carrier.
fn badge(judgement: &Judgement) -> Markup {
    let (class, symbol) = match judgement.verdict {
        Verdict::Pass => ("more", "✓"),
        Verdict::Hold => ("hold", "■"),
        Verdict::CannotTell => ("open", "?"),
    };
    html! {
        span class={ "badge " (class) } {
            span aria-hidden="true" { (symbol) } " " (verdict(judgement))
        }
    }
}

fn outcome(review: &Review) -> Markup {
    let held: Vec<_> = review.judgements.iter().filter(|j| j.holds).collect();
    html! {
        section #outcome {
            h2 { (headline(review)) }
            @if let Some(untold) = let_pass(review) { p { (untold) } }
            @if !review.signals.is_empty() {
                h3 { "More than chance, over time or between units" }
                ul { @for signal in &review.signals { li { (signal) } } }
            }
            @if review.outcome == Outcome::Hold {
                h3 { "What to look at" }
                ol.messages {
                    @for j in held {
                        li {
                            p.topic { (j.title) " " (badge(j)) }
                            p { (j.sentence) }
                        }
                    }
                }
            }
        }
    }
}

fn rules(review: &Review) -> Markup {
    html! {
        section #rules {
            h2 { "Every rule" }
            div.table {
                table {
                    thead { tr { th scope="col" { "Rule" } th scope="col" { "verdict" } th scope="col" { "what was found" } th scope="col" { "why this threshold" } } }
                    tbody {
                        @for j in &review.judgements {
                            tr {
                                th scope="row" { (j.title) }
                                td { (badge(j)) }
                                td { (j.sentence) }
                                td { (j.reason) }
                            }
                        }
                    }
                }
            }
            @if !review.not_judged.is_empty() {
                p { "Switched off by the policy: " (review.not_judged.join(", ")) "." }
            }
        }
    }
}

fn messages(review: &Review) -> Markup {
    html! {
        section #key-messages {
            h2 { "Key messages of the report" }
            ul { @for message in &review.key_messages { li { (message) } } }
        }
    }
}

fn actions(review: &Review) -> Markup {
    html! {
        section #actions {
            h2 { "Actions" }
            div.table {
                table {
                    thead { tr { th scope="col" { "Action" } th scope="col" { "owner" } th scope="col" { "due" } th scope="col" { "state" } } }
                    tbody {
                        @for a in &review.actions {
                            tr {
                                td { (a.in_words()) @if a.text.is_empty() { "\u{a0}" } }
                                td { (a.owner) } td { (a.due) } td { (a.standing(review.on.as_deref())) }
                            }
                        }
                    }
                }
            }
            p { "Re-audit on: " (review.re_audit.as_deref().unwrap_or("____________")) }
            p.reading { "Keep what is agreed in a CSV file (columns action, owner, due, state) and give it to the next review with " code { "--actions" } "." }
        }
    }
}

fn comparison(review: &Review) -> Markup {
    let Some(comparison) = &review.comparison else {
        return html! {};
    };
    let mut beside_each_other = Vec::new();
    let mut not_compared: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for m in &comparison.movements {
        match &m.state {
            State::NotComparable { reason } => {
                let named = format!("{} ({})", what(m), m.estimate_id);
                not_compared.entry(reason).or_default().push(named);
            }
            State::Moved | State::WithinNoise => beside_each_other.push(m),
        }
    }
    html! {
        section #moved {
            h2 { "What moved since the last review" }
            p { (compared(review)) }
            @if comparison.changed.is_empty() {
                div.table {
                    table {
                        thead { tr { th scope="col" { "Number" } th scope="col" { "before" } th scope="col" { "now" } th scope="col" { "difference" } th scope="col" { "p, adjusted" } th scope="col" { "" } } }
                        tbody {
                            @for m in beside_each_other {
                                tr {
                                    th scope="row" { (what(m)) " " small { code { (m.estimate_id) } } }
                                    td.short { (shown(m.before, m.scale)) }
                                    td.short { (shown(m.now, m.scale)) }
                                    td { (difference(m)) }
                                    td.short { (m.p_value.map_or_else(|| "–".into(), words::p_in_column)) }
                                    td.short {
                                        @if m.state == State::Moved { strong { "▲ moved" } } @else { "within noise" }
                                    }
                                }
                            }
                        }
                    }
                }
                @if !not_compared.is_empty() {
                    details {
                        summary { "What could not be compared, and why" }
                        @for (reason, named) in &not_compared {
                            p { strong { (words::capital(reason)) ": " } (named.join("; ")) "." }
                        }
                    }
                }
            }
        }
    }
}
