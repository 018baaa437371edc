//! The report as one self-contained HTML page: no outside request, no script, light and dark,
//! fit for print. Page one stands alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::{Figure, REGULAR, SEMIBOLD};
use super::sentences::key_message;
use super::tables::{Table, caveats};
use super::words::{self, level, shown_count};
use crate::findings::{Findings, Judgement, Role, Verdict};

/// The page as text.
pub fn page(findings: &Findings, figures: &[Figure], tables: &[Table]) -> String {
    let parts = Parts {
        findings,
        figures,
        tables,
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (findings.settings.title) " – alliance and outcome" }
                style { (PreEscaped(style())) }
            }
            body {
                main {
                    (parts.first_page())
                    (parts.contents())
                    (parts.flow())
                    (parts.results())
                    (parts.online())
                    (parts.contrasts())
                    (parts.sensitivity())
                    (parts.other_measures())
                    (parts.published())
                    (parts.definitions())
                    (parts.limits())
                }
                footer {
                    p {
                        "alliance " (findings.program.version) ", findings " (findings.schema_version) ". "
                        @for input in &findings.inputs {
                            (input.role) ": " (shown_count(input.rows)) " rows, SHA-256 " code { (input.sha256) } ". "
                        }
                        "The same files and settings give the same report, byte for byte."
                    }
                }
            }
        }
    }
    .into_string()
}

struct Parts<'a> {
    findings: &'a Findings,
    figures: &'a [Figure],
    tables: &'a [Table],
}

impl Parts<'_> {
    fn first_page(&self) -> Markup {
        let findings = self.findings;
        let outcome = findings.measure(Role::PrimaryOutcome);
        html! {
            header {
                p.eyebrow { "Therapeutic alliance and outcome" }
                h1 { (findings.settings.title) }
                p.meta {
                    (shown_count(findings.flow.clients.used)) " clients analysed"
                    @if let Some(outcome) = outcome { ", outcome " (outcome.measure.name) }
                    @if let Some(alliance) = findings.measure(Role::Alliance) { ", alliance " (alliance.measure.name) }
                    @if let Some(day) = &findings.settings.data_lock { ", data of " (day) }
                }
            }
            section #key-messages {
                h2 { "Key messages" }
                ol.messages {
                    @for message in &findings.key_messages {
                        li {
                            p.topic {
                                (message.topic) " "
                                span class={ "badge " (badge(message.judgement)) } {
                                    span aria-hidden="true" { (symbol(message.judgement)) } " " (words::judgement(message.judgement))
                                }
                                @if message.verdict == Some(Verdict::Equivalent) {
                                    span.badge.same { span aria-hidden="true" { "=" } " equivalent" }
                                }
                            }
                            p { (key_message(message, findings)) }
                        }
                    }
                }
                p.reading {
                    "A positive r means: a better alliance goes with a better outcome. The interval holds the values that the data leave plausible at "
                    (level(findings.settings.confidence_level)) " confidence. "
                    em { "More than chance" } ": the interval leaves out zero. "
                    em { "Not distinguishable" } ": zero is among the plausible values; this does not show that there is no link. "
                    em { "Too few" } ": no statement is possible."
                }
            }
        }
    }

    fn contents(&self) -> Markup {
        html! {
            nav aria-label="Contents" {
                a href="#flow" { "Rows and clients" } " · "
                a href="#results" { "Results" } " · "
                a href="#online" { "Online and in person" } " · "
                a href="#sensitivity" { "Sensitivity" } " · "
                a href="#published" { "Published results" } " · "
                a href="#definitions" { "Definitions" } " · "
                a href="#limits" { "What this report cannot say" }
            }
        }
    }

    fn flow(&self) -> Markup {
        html! {
            section #flow {
                h2 { "Which rows and clients are in it" }
                (self.figure("flow"))
                (self.table_folded("flow"))
            }
        }
    }

    fn results(&self) -> Markup {
        html! {
            section #results {
                h2 { (self.title("alliance_outcome")) }
                (self.figure("forest"))
                (self.table("results"))
                (self.figure("alliance_and_outcome"))
                h3 { "Seen in other ways" }
                (self.table("robustness"))
                (self.caveats("alliance_outcome"))
            }
        }
    }

    fn online(&self) -> Markup {
        let answer = self.findings.answer("online_vs_in_person");
        let not_measured = answer.and_then(|a| a.not_measured.as_ref());
        html! {
            section #online {
                h2 { (self.title("online_vs_in_person")) }
                @if let Some(reason) = not_measured {
                    p { "Not measured: " (reason) "." }
                } @else {
                    (self.figure("online_vs_in_person"))
                    (self.table("online_vs_in_person"))
                    (self.figure("early_alliance"))
                }
                (self.figure("courses"))
                (self.caveats("online_vs_in_person"))
            }
        }
    }

    fn contrasts(&self) -> Markup {
        self.of_answer("contrast", "contrasts", |parts| parts.table("contrasts"))
    }

    fn sensitivity(&self) -> Markup {
        self.of_answer("sensitivity", "sensitivity", |parts| {
            html! {
                (parts.figure("sensitivity"))
                (parts.table("sensitivity"))
            }
        })
    }

    fn other_measures(&self) -> Markup {
        self.of_answer("measure", "other-measures", |parts| {
            parts.table("other_measures")
        })
    }

    fn published(&self) -> Markup {
        html! {
            section #published {
                h2 { "Published results, as context" }
                p { "Other clients, other questionnaires, other times of rating: the literature is a landmark, not a target." }
                (self.table("published"))
            }
        }
    }

    fn definitions(&self) -> Markup {
        html! {
            section #definitions {
                h2 { "Definitions" }
                dl {
                    dt { "Early alliance" }
                    dd { "The mean of a client's alliance ratings in the first sessions (see settings). One rating is less dependable than the mean of several." }
                    dt { "r, adjusted for intake" }
                    dd { "Partial correlation of early alliance and the score after treatment, given the score before. Scores are turned so that higher is better; a positive r means that a better alliance goes with a better outcome. Interval by Fisher's z." }
                    dt { "r with post score, r with change, Spearman" }
                    dd { "The same without adjustment, with the change from before to after, and in ranks." }
                    dt { "detectable" }
                    dd { "The smallest true value that this many clients would have shown, with 80 % power at α = .05. A smaller true link would usually be missed." }
                    dt { "Verdict" }
                    dd { "Different: the interval of the difference leaves out zero. Equivalent: its 90 % interval lies inside the bounds. Both: different, but by less than the bounds. Not distinguishable: neither could be shown." }
                    dt { "p, Holm" }
                    dd { "p adjusted for the number of pairs compared within one modality." }
                    dt { (words::SUPPRESSED) ", 0, " (words::NOT_MEASURED) ", " (words::NOT_ESTIMABLE) }
                    dd { "Suppressed: shown, it would point at fewer clients than the minimum cell. 0: nobody. Not measured: the column is not there. Not estimable: the data are there, but no number follows from them." }
                }
                (self.table("measures"))
                (self.table("settings"))
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

    /// A section for an answer, or why there is none.
    fn of_answer(&self, question: &str, id: &str, show: impl Fn(&Self) -> Markup) -> Markup {
        let Some(answer) = self.findings.answer(question) else {
            return html! {};
        };
        html! {
            section id=(id) {
                h2 { (answer.title) }
                @match &answer.not_measured {
                    Some(reason) => p { "Not measured: " (reason) "." },
                    None => { (show(self)) (self.caveats(question)) }
                }
            }
        }
    }

    fn title(&self, question: &str) -> String {
        self.findings
            .answer(question)
            .map(|a| a.title.clone())
            .unwrap_or_default()
    }

    fn caveats(&self, question: &str) -> Markup {
        let caveats = self
            .findings
            .answer(question)
            .map(caveats)
            .unwrap_or_default();
        html! {
            @if !caveats.is_empty() {
                aside {
                    p { strong { "What these numbers do not mean" } }
                    ul { @for caveat in caveats { li { (caveat) } } }
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

fn badge(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::MoreThanChance => "more",
        Judgement::NotDistinguishable => "open",
        Judgement::TooFew => "few",
    }
}

/// Shape, so that colour is never the only carrier.
fn symbol(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::MoreThanChance => "●",
        Judgement::NotDistinguishable => "◐",
        Judgement::TooFew => "○",
    }
}

fn style() -> String {
    let font = |bytes: &[u8], weight: &str| {
        format!(
            "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/otf;base64,{}) format(\"opentype\")}}\n",
            STANDARD.encode(bytes)
        )
    };
    format!(
        "{}{}{}",
        font(REGULAR, "400"),
        font(SEMIBOLD, "600 700"),
        include_str!("page.css")
    )
}
