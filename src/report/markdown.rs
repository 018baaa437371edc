//! The report as Markdown, and its key messages as lines for a terminal.

use super::apa;
use super::figures::Figure;
use super::leads::lead;
use super::sections::{Part, section_of};
use super::sentences::{about, key_message, of_when};
use super::tables::Table;
use super::tags::tag;
use super::words;
use crate::findings::Findings;

/// The report in plain text with the same words, for an e-mail or a repository.
pub fn markdown(findings: &Findings, figures: &[Figure], tables: &[Table]) -> String {
    let mut text = format!(
        "# {}\n\n{}{}.\n\n## Key messages\n\n",
        findings.title(),
        about(findings),
        of_when(findings)
    );
    for (i, message) in findings.key_messages.iter().enumerate() {
        text.push_str(&format!(
            "{}. **{}** ({}). {}\n",
            i + 1,
            message.topic,
            tag(message, findings).words,
            key_message(message, findings)
        ));
    }
    text.push_str(&format!(
        "\nA positive r means: {}.\n",
        words::meaning(findings)
    ));
    for answer in &findings.answers {
        text.push_str(&format!("\n## {}\n", answer.title));
        if let Some(reason) = &answer.not_measured {
            text.push_str(&format!("\nNot measured: {reason}.\n"));
            continue;
        }
        if let Some(sentence) = lead(&answer.question, findings) {
            text.push_str(&format!("\n{sentence}\n"));
        }
        for part in section_of(&answer.question).map_or(&[][..], |s| s.parts) {
            match part {
                Part::Heading(heading) => text.push_str(&format!("\n### {heading}\n")),
                Part::Figure(id) => {
                    for figure in figures.iter().filter(|f| f.id == *id) {
                        text.push_str(&format!(
                            "\n![{}](figures/{}.png)\n",
                            figure.alt.replace('[', "\\[").replace(']', "\\]"),
                            figure.id
                        ));
                    }
                }
                Part::Table(id) | Part::FoldedTable(id) => {
                    for table in tables.iter().filter(|t| t.id == *id) {
                        text.push_str(&table_as_markdown(table));
                    }
                }
            }
        }
        if !answer.caveats.is_empty() {
            text.push_str("\nWhat these numbers do not mean:\n\n");
            for caveat in &answer.caveats {
                text.push_str(&format!("- {caveat}\n"));
            }
        }
    }
    if findings.meta().is_some() {
        text.push_str(&format!(
            "\n## Text for a paper\n\nMethods. {}\n\nResults. {}\n",
            apa::methods(findings),
            apa::results(findings)
        ));
    }
    text.push_str("\n## Rows and settings\n");
    for id in ["flow", "certificates", "published", "measures", "settings"] {
        for table in tables.iter().filter(|t| t.id == id) {
            text.push_str(&table_as_markdown(table));
        }
    }
    text.push_str("\n## What this report cannot say\n\n");
    for limit in &findings.limits {
        text.push_str(&format!("- {limit}\n"));
    }
    text
}

/// A line of a table; a bar within a cell does not end it.
pub fn table_row(cells: &[String]) -> String {
    let in_one_line = |cell: &String| cell.replace('|', "\\|").replace(['\n', '\r'], " ");
    let cells: Vec<String> = cells.iter().map(in_one_line).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn table_as_markdown(table: &Table) -> String {
    let mut text = format!("\n{}\n\n", table.title);
    text.push_str(&table_row(&table.header));
    text.push_str(&format!("|{}\n", " --- |".repeat(table.header.len())));
    for row in &table.rows {
        text.push_str(&table_row(row));
    }
    text
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
