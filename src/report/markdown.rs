//! The report as Markdown, and its key messages as lines for a terminal.

use super::apa;
use super::figures::Figure;
use super::leads::lead;
use super::marked::Marked;
use super::sections::{Part, section_of};
use super::sentences::{about, key_message, of_when};
use super::tables::Table;
use super::tags::tag;
use super::words;
use crate::findings::Findings;

/// The report in plain text with the same words, for an e-mail or a repository.
pub fn markdown(findings: &Findings, figures: &[Figure], tables: &[Table]) -> String {
    let mut text = Marked::default();
    first_page(&mut text, findings);
    for answer in &findings.answers {
        text.marks("\n## ").words(&answer.title).marks("\n");
        if let Some(reason) = &answer.not_measured {
            text.marks("\nNot measured: ").words(reason).marks(".\n");
            continue;
        }
        if let Some(sentence) = lead(&answer.question, findings) {
            text.marks("\n").words(&sentence).marks("\n");
        }
        for part in section_of(&answer.question).map_or(&[][..], |s| s.parts) {
            match part {
                Part::Heading(heading) => {
                    text.marks("\n### ").marks(heading).marks("\n");
                }
                Part::Figure(id) => {
                    for figure in figures.iter().filter(|f| f.id == *id) {
                        text.marks("\n").picture(&figure.alt, figure.id).marks("\n");
                    }
                }
                Part::Table(id) | Part::FoldedTable(id) => table(&mut text, tables, id),
            }
        }
        if !answer.caveats.is_empty() {
            text.marks("\nWhat these numbers do not mean:\n\n");
            list(&mut text, &answer.caveats);
        }
    }
    if findings.meta().is_some() {
        text.marks("\n## Text for a paper\n\nMethods. ")
            .words(&apa::methods(findings))
            .marks("\n\nResults. ")
            .words(&apa::results(findings))
            .marks("\n");
    }
    text.marks("\n## Rows and settings\n");
    for id in ["flow", "certificates", "published", "measures", "settings"] {
        table(&mut text, tables, id);
    }
    text.marks("\n## What this report cannot say\n\n");
    list(&mut text, &findings.limits);
    text.text()
}

fn first_page(text: &mut Marked, findings: &Findings) {
    text.marks("# ").words(findings.title());
    text.marks("\n\n").words(&about(findings));
    text.words(&of_when(findings))
        .marks(".\n\n## Key messages\n\n");
    for (i, message) in findings.key_messages.iter().enumerate() {
        text.words(&(i + 1).to_string())
            .marks(". **")
            .words(&message.topic)
            .marks("** (")
            .words(tag(message, findings).words)
            .marks("). ")
            .words(&key_message(message, findings))
            .marks("\n");
    }
    text.marks("\nA positive r means: ")
        .words(&words::meaning(findings))
        .marks(".\n");
}

fn list(text: &mut Marked, items: &[String]) {
    for item in items {
        text.marks("- ").words(item).marks("\n");
    }
}

fn table(text: &mut Marked, tables: &[Table], id: &str) {
    for table in tables.iter().filter(|t| t.id == id) {
        text.marks("\n").words(&table.title).marks("\n\n");
        text.header(&table.header);
        for row in &table.rows {
            text.row(row);
        }
    }
}

/// The key messages as lines for a terminal.
pub fn messages_as_text(findings: &Findings) -> String {
    findings
        .key_messages
        .iter()
        .map(|m| {
            format!(
                "{} [{}]\n  {}\n",
                m.topic,
                tag(m, findings).words,
                key_message(m, findings)
            )
        })
        .collect()
}
