//! The report as one self-contained HTML page: no outside request, no script, light and dark,
//! fit for print. Page one stands alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

mod clinic;
mod meta;

use super::figures::{Figure, REGULAR, SEMIBOLD};
use super::leads::lead;
use super::sections::{Part, Section, section_of};
use super::sentences::{about, key_message, of_when};
use super::tables::Table;
use super::tags::{tag, tags};
use super::words::{self, amount, level};
use crate::findings::{Answer, Findings, Subject};
use crate::study::text::readable;

/// The page as text.
pub fn page(findings: &Findings, figures: &[Figure], tables: &[Table]) -> String {
    let parts = Parts {
        findings,
        figures,
        tables,
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (findings.title()) }
                style { (style()) }
            }
            body {
                main {
                    (parts.first_page())
                    @match findings.subject {
                        Subject::Clinic(_) => (clinic::sections(&parts)),
                        Subject::Meta(_) => (meta::sections(&parts)),
                    }
                    (parts.limits())
                }
                footer {
                    p {
                        "alliance " (findings.program.version) ", findings " (findings.schema_version) ". "
                        @for input in &findings.inputs {
                            (input.role) ": " (amount(input.rows, "rows")) ", SHA-256 " code { (input.sha256) } ". "
                        }
                        "The same files and settings give the same report, byte for byte."
                    }
                }
            }
        }
    };
    readable(&words::unbroken(&page.into_string())).into_owned()
}

struct Parts<'a> {
    findings: &'a Findings,
    figures: &'a [Figure],
    tables: &'a [Table],
}

impl Parts<'_> {
    fn first_page(&self) -> Markup {
        let findings = self.findings;
        let eyebrow = match findings.subject {
            Subject::Clinic(_) => "Therapeutic alliance and outcome",
            Subject::Meta(_) => "Meta-analysis",
        };
        html! {
            header {
                p.eyebrow { (eyebrow) }
                h1 { (findings.title()) }
                p.meta {
                    (about(findings)) (of_when(findings))
                }
            }
            section #key-messages {
                h2 { "Key messages" }
                ol.messages {
                    @for message in &findings.key_messages {
                        li {
                            p.topic {
                                (message.topic) " "
                                @let tag = tag(message, findings);
                                span class={ "badge " (tag.class) } {
                                    span aria-hidden="true" { (tag.symbol) } " " (tag.words)
                                }
                            }
                            p { (key_message(message, findings)) }
                        }
                    }
                }
                p.reading {
                    "A positive r means: " (words::meaning(findings)) ". The interval holds the values that the data leave plausible at "
                    (level(findings.confidence_level())) " confidence. "
                    @for tag in tags(findings) { em { (words::capital(tag.words)) } ": " (tag.meaning) " " }
                }
            }
        }
    }

    fn limits(&self) -> Markup {
        html! {
            section #limits {
                h2 { "What this report cannot say" }
                ul { @for limit in &self.findings.limits { li { (limit) } } }
            }
        }
    }

    /// The contents: the sections of what was measured, between two lists of others (anchor, name).
    fn contents(&self, before: &[(&str, &str)], after: &[(&str, &str)]) -> Markup {
        let measured = self
            .findings
            .answers
            .iter()
            .filter(|answer| answer.not_measured.is_none())
            .filter_map(|answer| section_of(&answer.question))
            .map(|section| (section.anchor, section.short));
        let limits = [("limits", "What this report cannot say")];
        let all = before.iter().copied().chain(measured);
        let all = all.chain(after.iter().copied()).chain(limits);
        html! {
            nav aria-label="Contents" {
                @for (i, (anchor, name)) in all.enumerate() {
                    @if i > 0 { " · " }
                    a href={ "#" (anchor) } { (name) }
                }
            }
        }
    }

    /// A section per answer. What was not measured comes together at the end, so that it can be
    /// read past.
    fn answers(&self) -> Markup {
        let answers = || self.findings.answers.iter();
        html! {
            @for answer in answers().filter(|a| a.not_measured.is_none()) {
                @if let Some(section) = section_of(&answer.question) { (self.answer(answer, section)) }
            }
            @let not_measured: Vec<(&Answer, &String)> = answers()
                .filter_map(|a| Some((a, a.not_measured.as_ref()?)))
                .collect();
            @if !not_measured.is_empty() {
                section #not-measured {
                    h2 { "What these data cannot answer" }
                    dl {
                        @for (answer, reason) in not_measured {
                            dt { (answer.title) }
                            dd {
                                "Not measured: " (reason) "."
                                // What there is to see all the same, such as courses of the scores.
                                @for part in section_of(&answer.question).map_or(&[][..], |s| s.parts) {
                                    @if let Part::Figure(id) = part { (self.figure(id)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn answer(&self, answer: &Answer, section: &Section) -> Markup {
        html! {
            section id=(section.anchor) {
                h2 { (answer.title) }
                @if let Some(sentence) = lead(&answer.question, self.findings) { p { (sentence) } }
                @for part in section.parts {
                    @match part {
                        Part::Heading(text) => h3 { (text) },
                        Part::Figure(id) => (self.figure(id)),
                        Part::Table(id) => (self.table(id)),
                        Part::FoldedTable(id) => (self.table_folded(id)),
                    }
                }
                (self.caveats(answer))
            }
        }
    }

    fn caveats(&self, answer: &Answer) -> Markup {
        html! {
            @if !answer.caveats.is_empty() {
                aside {
                    p { strong { "What these numbers do not mean" } }
                    ul { @for caveat in &answer.caveats { li { (caveat) } } }
                }
            }
        }
    }

    fn figure(&self, id: &str) -> Markup {
        let Some(figure) = self.figures.iter().find(|f| f.id == id) else {
            return html! {};
        };
        html! {
            figure {
                (PreEscaped(figure.svg()))
                figcaption { a href={ "figures/" (figure.id) ".csv" } { "Data" } }
            }
        }
    }

    fn find_table(&self, id: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.id == id)
    }

    fn table(&self, id: &str) -> Markup {
        let Some(table) = self.find_table(id) else {
            return html! {};
        };
        html! {
            div.table {
                table {
                    caption { (table.title) " " a href={ "tables/" (table.id) ".csv" } { "Data" } }
                    thead { tr { @for name in &table.header { th scope="col" { (name) } } } }
                    tbody {
                        @for row in &table.rows {
                            tr {
                                @for (i, cell) in row.iter().enumerate() {
                                    @if i == 0 { th scope="row" { (cell) } } @else { td.short[cell.chars().count() <= 24] { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn table_folded(&self, id: &str) -> Markup {
        html! {
            @if self.find_table(id).is_some() {
                details { summary { "As a table" } (self.table(id)) }
            }
        }
    }
}

/// The style sheet of every page, fonts included.
pub fn style() -> Markup {
    let font = |bytes: &[u8], weight: &str| {
        format!(
            "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/otf;base64,{}) format(\"opentype\")}}\n",
            STANDARD.encode(bytes)
        )
    };
    PreEscaped(format!(
        "{}{}{}",
        font(REGULAR, "400"),
        font(SEMIBOLD, "600 700"),
        include_str!("page.css")
    ))
}
