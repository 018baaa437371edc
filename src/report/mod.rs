//! Findings become pages, tables, charts and files. Renderers format; they do not compute.

pub mod figures;
mod page;
mod sentences;
mod tables;
pub mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rayon::prelude::*;

use crate::findings::Findings;
use figures::Figure;
use tables::Table;

pub use page::messages_as_text as key_messages_as_text;

/// What a report folder holds; anything else in it is the reader's own and is kept.
const OWN: [&str; 6] = [
    "findings.json",
    "estimates.csv",
    "report.md",
    "index.html",
    "figures",
    "tables",
];

/// The folder a report goes to unless the user says otherwise.
pub fn default_folder(findings: &Findings) -> PathBuf {
    Path::new("reports").join(&findings.settings.name)
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
        (
            "report.md".into(),
            page::markdown(findings, &figures, &tables).into_bytes(),
        ),
        (
            "index.html".into(),
            page::page(findings, &figures, &tables).into_bytes(),
        ),
    ];
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

fn csv_of(header: &[String], rows: &[Vec<String>]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}

/// Writes the report: all files into a staging folder beside `folder`, then one rename. When
/// anything fails, the last report stands as it was.
///
/// # Errors
/// When the folder holds something that is not a report, or cannot be written.
pub fn publish(folder: &Path, findings: &Findings) -> anyhow::Result<()> {
    if folder.is_dir() {
        let mut entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        let is_report = folder.join("findings.json").is_file();
        if !is_report && entries.next().is_some() {
            bail!(
                "{} is not empty and holds no report; choose another folder with --out",
                folder.display()
            );
        }
    } else if folder.exists() {
        bail!("{} is a file, expected a folder", folder.display());
    }
    let files = files(findings)?;
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let cannot_write = || format!("cannot write in {}", parent.display());
    std::fs::create_dir_all(parent).with_context(cannot_write)?;
    let staging = tempfile::Builder::new()
        .prefix(".alliance-")
        .tempdir_in(parent)
        .with_context(cannot_write)?;
    let fresh = staging.path().join("report");
    for (path, content) in &files {
        let path = fresh.join(path);
        let folder = path.parent().expect("every file is inside the report");
        std::fs::create_dir_all(folder).with_context(cannot_write)?;
        std::fs::write(&path, content)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    replace(folder, &fresh, &staging.path().join("last")).with_context(|| {
        format!(
            "cannot replace {}; the last report is untouched",
            folder.display()
        )
    })
}

/// Puts `fresh` in the place of `folder`; what in `folder` is not the program's moves along.
fn replace(folder: &Path, fresh: &Path, last: &Path) -> std::io::Result<()> {
    if !folder.exists() {
        return std::fs::rename(fresh, folder);
    }
    std::fs::rename(folder, last)?;
    if let Err(e) = std::fs::rename(fresh, folder) {
        std::fs::rename(last, folder)?;
        return Err(e);
    }
    for entry in std::fs::read_dir(last)? {
        let name = entry?.file_name();
        if !OWN.iter().any(|own| name == *own) {
            std::fs::rename(last.join(&name), folder.join(&name))?;
        }
    }
    Ok(())
}
