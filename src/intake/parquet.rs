//! Parquet files, read by polars and validated like CSV; and CSV written as Parquet.
//!
//! The table is written out as CSV into a nameless temporary file, so that one set of rules holds
//! for both; row `i` of the table is line `i + 1` below the header.

use std::io::{self, Write};
use std::path::Path;

use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::ParquetWriter;
use tempfile::NamedTempFile;

use crate::study::iso_day;

/// Is this the name of a Parquet file?
pub fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("parquet"))
}

/// The table as a temporary CSV file.
///
/// # Errors
/// When the file is not Parquet or holds columns that are not flat.
pub fn to_csv(path: &Path) -> io::Result<NamedTempFile> {
    let table = ParquetReader::new(std::fs::File::open(path)?)
        .finish()
        .map_err(io::Error::other)?;
    let mut file = NamedTempFile::new()?;
    {
        let mut writer = csv::Writer::from_writer(io::BufWriter::new(&mut file));
        writer.write_record(
            table
                .get_column_names()
                .into_iter()
                .map(|name| name.as_str()),
        )?;
        let columns = table.columns();
        let mut record = csv::StringRecord::new();
        for row in 0..table.height() {
            record.clear();
            for column in columns {
                let value = column.get(row).map_err(io::Error::other)?;
                record.push_field(&text(&value)?);
            }
            writer.write_record(&record)?;
        }
        writer.flush()?;
    }
    file.flush()?;
    Ok(file)
}

/// Columns of numbers; all others are text.
const NUMBERS: [&str; 10] = [
    "session",
    "alliance",
    "empathy",
    "technique",
    "symptom",
    "heard",
    "safe",
    "seen",
    "pre",
    "post",
];

/// Writes a CSV file with canonical columns as Parquet.
///
/// # Errors
/// When a file cannot be read or written, or a column of numbers holds text.
pub fn csv_to_parquet(from: &Path, to: &Path) -> io::Result<()> {
    let mut reader = csv::Reader::from_path(from)?;
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut texts: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in texts.iter_mut().zip(record?.iter()) {
            column.push((!cell.is_empty()).then(|| cell.to_owned()));
        }
    }
    let columns = names
        .iter()
        .zip(texts)
        .map(|(name, cells)| {
            if NUMBERS.contains(&name.as_str()) {
                let number = |cell: &String| cell.parse::<f64>().map_err(io::Error::other);
                let numbers: Vec<Option<f64>> = cells
                    .iter()
                    .map(|cell| cell.as_ref().map(number).transpose())
                    .collect::<io::Result<_>>()?;
                Ok(Column::new(name.as_str().into(), numbers))
            } else {
                Ok(Column::new(name.as_str().into(), cells))
            }
        })
        .collect::<io::Result<Vec<Column>>>()?;
    let mut table = DataFrame::new_infer_height(columns).map_err(io::Error::other)?;
    ParquetWriter::new(std::fs::File::create(to)?)
        .finish(&mut table)
        .map_err(io::Error::other)?;
    Ok(())
}

fn text(value: &AnyValue) -> io::Result<String> {
    Ok(match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Boolean(b) => b.to_string(),
        AnyValue::Float64(x) => x.to_string(),
        AnyValue::Float32(x) => x.to_string(),
        AnyValue::Date(days) => iso_day(*days),
        other => match other.extract::<i64>() {
            Some(whole) => whole.to_string(),
            None => {
                return Err(io::Error::other(format!(
                    "a column of type {} cannot be used",
                    other.dtype()
                )));
            }
        },
    })
}
