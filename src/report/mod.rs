//! Findings become pages, tables, charts and files. Renderers format; they do not compute.

mod apa;
pub mod figures;
mod leads;
mod markdown;
pub(crate) mod marked;
mod page;
mod publish;
mod sections;
mod sentences;
mod spreadsheet;
mod staging;
mod tables;
mod tags;
mod tidy;
mod verify;
pub mod words;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::findings::Findings;
use figures::Figure;
use spreadsheet::csv_of;
use tables::Table;

pub use markdown::messages_as_text as key_messages_as_text;
pub use page::style as page_style;
pub use publish::{REPORT, REVIEW, publish};
pub use sentences::{key_message, no_number};

/// The folder a report goes to unless the user says otherwise.
pub fn default_folder(findings: &Findings) -> PathBuf {
    Path::new("reports").join(findings.name())
}

/// Every file of the report: path within the folder, and content. The same findings give the same
/// bytes.
///
/// # Errors
/// When a table cannot be written as CSV, which does not happen.
pub fn files(findings: &Findings) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let figures = figures::figures(findings);
    let tables = tables::tables(findings);
    let mut files: Vec<(PathBuf, Vec<u8>)> = vec![
        ("findings.json".into(), findings.to_json().into_bytes()),
        ("estimates.csv".into(), estimates(findings)?),
        ("estimates.parquet".into(), tidy::estimates(findings)?),
        (
            "report.md".into(),
            markdown::markdown(findings, &figures, &tables).into_bytes(),
        ),
        (
            "index.html".into(),
            page::page(findings, &figures, &tables).into_bytes(),
        ),
    ];
    if let Some(script) = verify::script(findings) {
        files.push(("verify.R".into(), script.into_bytes()));
    }
    for Table {
        id,
        data_header,
        data_rows,
        ..
    } in &tables
    {
        files.push((
            format!("tables/{id}.csv").into(),
            csv_of(data_header, data_rows)?,
        ));
    }
    let drawn: Vec<[(PathBuf, Vec<u8>); 2]> = figures.par_iter().map(draw).collect();
    files.extend(drawn.into_iter().flatten());
    for figure in &figures {
        let data = figure.data_table();
        files.push((
            format!("figures/{}.csv", figure.id).into(),
            csv_of(&data.columns, &data.rows)?,
        ));
    }
    Ok(files)
}

fn draw(figure: &Figure) -> [(PathBuf, Vec<u8>); 2] {
    let path = |ending: &str| PathBuf::from(format!("figures/{}.{ending}", figure.id));
    [
        (path("svg"), figure.svg().into_bytes()),
        (path("png"), figure.png()),
    ]
}

/// `estimates.csv`: every estimate, one row each.
fn estimates(findings: &Findings) -> anyhow::Result<Vec<u8>> {
    let rows: Vec<Vec<String>> = findings.estimates().map(tables::estimate_fields).collect();
    csv_of(&tables::ESTIMATE_COLUMNS.map(str::to_owned), &rows)
}
