//! The estimates as a Parquet table, for those who go on in R, Python or a database.

use polars::prelude::*;
use polars_io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter};
use polars_parquet::write::schema_to_metadata_key;

use crate::findings::{Estimate, Findings, Value};

/// `estimates.parquet`: the columns of `estimates.csv` with their types; numbers that are not there
/// are null, and `status` says why (`estimated`, `suppressed`, `not_estimable`, `not_measured`).
///
/// # Errors
/// When the table cannot be written, which does not happen.
pub fn estimates(findings: &Findings) -> anyhow::Result<Vec<u8>> {
    let all: Vec<&Estimate> = findings.estimates().collect();
    let rows: Vec<_> = all.iter().map(|estimate| estimate.row()).collect();
    macro_rules! column {
        ($name:literal, $value:expr) => {
            Column::new($name.into(), rows.iter().map($value).collect::<Vec<_>>())
        };
    }
    let mut table = DataFrame::new_infer_height(vec![
        column!("id", |r| r.id),
        column!("question", |r| r.question),
        column!("group", |r| r.group),
        column!("term", |r| r.term),
        Column::new(
            "status".into(),
            all.iter().map(|e| status(e)).collect::<Vec<_>>(),
        ),
        Column::new(
            "estimate".into(),
            all.iter().map(|e| e.estimate()).collect::<Vec<_>>(),
        ),
        column!("std_error", |r| r.std_error),
        column!("conf_low", |r| r.conf_low),
        column!("conf_high", |r| r.conf_high),
        column!("conf_level", |r| r.conf_level),
        column!("statistic", |r| r.statistic),
        column!("df", |r| r.df),
        column!("p_value", |r| r.p_value),
        column!("n", |r| r.n),
        column!("k", |r| r.k),
        column!("scale", |r| r.scale),
        column!("method", |r| r.method.as_str()),
    ])?;
    // Older readers do not know the kind of text that is the newest, and would not open the file.
    let schema = table.schema().to_arrow(CompatLevel::oldest());
    let known = KeyValueMetadata::Static(vec![schema_to_metadata_key(&schema)]);
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Uncompressed)
        .with_key_value_metadata(Some(known))
        .finish(&mut table)?;
    Ok(bytes)
}

fn status(estimate: &Estimate) -> &'static str {
    match estimate.value {
        Value::Estimated { .. } => "estimated",
        Value::NotEstimable { .. } => "not_estimable",
        Value::Suppressed { .. } => "suppressed",
        Value::NotMeasured { .. } => "not_measured",
    }
}
