//! A review as one self-contained HTML page; page one is for the meeting.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::text::{
    NOTHING, OVER_TIME, about, compared, difference, direction, headline, let_pass, not_compared,
    not_watched, of_completeness, over_time_row, shown, since_last, switched_off, to_look_at,
    verdict, what,
};
use super::{Judgement, Movement, Review, State, Verdict};
use crate::findings::Findings;
use crate::report::figures::of_monitoring;
use crate::report::{page_style, words};
use crate::study::text::readable;

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
                    (messages(review))
                    (looks(review))
                    (completeness(review))
                    (actions(review))
                    (rules(review))
                    (over_time(review, findings))
                    (comparison(review))
                }
                footer { p { "The same findings and policy give the same review, byte for byte. Review format " (review.schema_version) "." } }
            }
        }
    };
    readable(&words::unbroken(&page.into_string())).into_owned()
}

fn over_time(review: &Review, findings: &Findings) -> Markup {
    let figures = of_monitoring(findings);
    html! {
        @if !review.over_time.is_empty() || !figures.is_empty() || !review.not_watched.is_empty() {
            section #over-time {
                h2 { "Over time, and between units" }
                @if !review.over_time.is_empty() {
                    div.table {
                        table {
                            thead { tr { @for name in OVER_TIME { th scope="col" { (name) } } } }
                            tbody {
                                @for chart in &review.over_time {
                                    @let [title, cells @ ..] = over_time_row(chart);
                                    tr { th scope="row" { (title) } @for cell in cells { td { (cell) } } }
                                }
                            }
                        }
                    }
                }
                @for sentence in not_watched(review) { p { (sentence) } }
                @for figure in figures { figure { (PreEscaped(figure.svg())) } }
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
            span aria-hidden="true" { (symbol) } "\u{a0}" (verdict(judgement))
        }
    }
}

fn outcome(review: &Review) -> Markup {
    html! {
        section #outcome {
            h2 { (headline(review)) }
            @for sentence in [let_pass(review), since_last(review)].into_iter().flatten() { p { (sentence) } }
        }
    }
}

fn looks(review: &Review) -> Markup {
    let looks = to_look_at(review);
    html! {
        section #look {
            h2 { "What to look at" }
            @if looks.is_empty() { p { (NOTHING) } }
            ol.messages {
                @for look in looks {
                    li {
                        @if let Some(j) = look.judgement {
                            p.topic { (j.title) " " (badge(j)) }
                        } @else if let Some(topic) = look.topic {
                            p.topic { (topic) }
                        }
                        p { (look.sentence) }
                    }
                }
            }
        }
    }
}

fn completeness(review: &Review) -> Markup {
    html! {
        section #completeness {
            h2 { "How far the data carry" }
            ul.plain { @for j in of_completeness(review) { li { (j.sentence) " " (badge(j)) } } }
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
            @if let Some(off) = switched_off(review) { p { (off) } }
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
    let is_compared = |m: &&Movement| !matches!(m.state, State::NotComparable { .. });
    let beside_each_other = comparison.movements.iter().filter(is_compared);
    let not_compared = not_compared(comparison);
    html! {
        section #moved {
            h2 { "What moved since the last review" }
            p { (compared(review)) }
            @if comparison.changed.is_empty() {
                div.table {
                    table {
                        thead { tr { th scope="col" { "Number" } th scope="col" { "before" } th scope="col" { "now" } th scope="col" { "difference, with its own interval" } th scope="col" { "p, adjusted" } th scope="col" { "" } } }
                        tbody {
                            @for m in beside_each_other {
                                tr {
                                    th scope="row" { (what(m)) " " small { code { (m.estimate_id) } } }
                                    td.short { (shown(m.before, m.scale)) }
                                    td.short { (shown(m.now, m.scale)) }
                                    td { (difference(m)) }
                                    td.short { (m.p_value.map_or_else(|| "–".into(), words::p_in_column)) }
                                    td.short {
                                        @if m.state == State::Moved { strong { (direction(m)) } } @else { "within noise" }
                                    }
                                }
                            }
                        }
                    }
                }
                @if !not_compared.is_empty() {
                    h3 { "What could not be compared, and why" }
                    @for (reason, named) in not_compared {
                        p.reading { strong { (words::capital(reason)) ": " } (named.join("; ")) "." }
                    }
                }
            }
        }
    }
}
