//! CSV with canonical columns, written as Parquet.

use std::io;
use std::path::Path;

use polars::prelude::*;
use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};
use polars_parquet::write::schema_to_metadata_key;

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
    // Older readers do not know the kind of text that is the newest.
    let schema = table.schema().to_arrow(CompatLevel::oldest());
    ParquetWriter::new(std::fs::File::create(to)?)
        .with_key_value_metadata(Some(KeyValueMetadata::Static(vec![
            schema_to_metadata_key(&schema),
        ])))
        .finish(&mut table)
        .map_err(io::Error::other)?;
    Ok(())
}
