//! Parquet files, read column by column and validated like CSV; and CSV written as Parquet.
//!
//! The schema is read first. Columns that are needed are read, and every other that can be looked at for
//! personal data; lists, maps, durations and the like in a column nobody asked for are not. The table is
//! written out as CSV into a nameless temporary file, so that one set of rules holds for both; row `i` of
//! the table is line `i + 1` below the header.

mod cells;
mod column;
mod damage;
mod hours;
mod write;

use std::io::{self, Write};

use polars_arrow::array::Array;
use polars_arrow::compute::concatenate::concatenate;
use polars_buffer::Buffer;
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::parquet::read::deserialize_metadata;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, RowGroupMetadata,
    column_iter_to_arrays,
};
use rayon::prelude::*;
use tempfile::NamedTempFile;

use super::file::{CsvFile, cannot_be_read};
use super::header::{Expected, Header};
use super::problem::{FileProblems, Problem};
use super::signature;
use super::source::Source;
use crate::study::{Dates, Decimal};
use cells::{Purpose, cells};
use column::{Column, Kind, columns};
use damage::unless_it_panics;
use hours::Hours;
pub use write::csv_to_parquet;

/// How a file writes what Parquet has types for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    pub decimal: Decimal,
    pub dates: Dates,
    /// Is a number that is none an empty cell?
    is_nan_missing: bool,
}

impl Form {
    pub fn new(decimal: Decimal, dates: Dates) -> Form {
        Form {
            decimal,
            dates,
            is_nan_missing: false,
        }
    }
}

/// Why a file was not read.
enum Unread {
    Damaged,
    /// Sound, as far as is known, but not understood.
    Unknown(String),
    Wrong(Problem),
    Io(io::Error),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Unread {
        match error.kind() {
            // Its own words lead beyond its end.
            io::ErrorKind::UnexpectedEof => Unread::Damaged,
            _ => Unread::Io(error),
        }
    }
}

impl From<Unread> for Problem {
    fn from(why: Unread) -> Problem {
        let whole = |message: String| Problem::new(1, 0, "file", message);
        match why {
            Unread::Damaged => whole(
                "the file is damaged: it begins as Parquet does, but what follows cannot be read"
                    .into(),
            )
            .hint(
                "export it again; if it was copied or is being written, wait until it is complete",
            ),
            Unread::Unknown(what) => whole(format!("cannot be read as Parquet: {what}"))
                .hint("write it with another compression, such as snappy or zstd, or as CSV"),
            Unread::Wrong(problem) => problem,
            Unread::Io(e) => cannot_be_read(e),
        }
    }
}

/// Is this a Parquet file, by its first bytes or by its name?
///
/// # Errors
/// When it is one by its name alone.
pub fn is_parquet(source: &Source) -> Result<bool, Problem> {
    let mut head = Vec::new();
    let head = source
        .read(0..source.length().min(4096), &mut head)
        .map_err(cannot_be_read)?;
    if signature::is_parquet(head) {
        return Ok(true);
    }
    let extension = source.path().extension();
    if extension.is_none_or(|e| !e.eq_ignore_ascii_case("parquet")) {
        return Ok(false);
    }
    let problem = "cannot be read as Parquet: it does not begin as a Parquet file does";
    let hint = match signature::is_text(head) {
        Ok(()) => "if it is a CSV file, call it .csv".into(),
        Err(kind) => format!("{}; {}", kind.message, kind.hint.unwrap_or_default()),
    };
    Err(Problem::new(1, 0, "file", problem).hint(hint))
}

/// The table of one file, or of the parts of one, as a temporary CSV file.
///
/// # Errors
/// When a file is damaged or in a form that is not known, or a column that is needed holds what cannot
/// be used.
pub fn to_csv(parts: &[Source], expected: &Expected, form: Form) -> Result<NamedTempFile, Problem> {
    Ok(table(parts, expected, form)?)
}

fn table(parts: &[Source], expected: &Expected, form: Form) -> Result<NamedTempFile, Unread> {
    let mut file = NamedTempFile::new()?;
    let mut first: Option<Vec<String>> = None;
    for part in parts {
        let metadata = metadata(part)?;
        let columns = unless_it_panics(|| columns(&metadata)).ok_or(Unread::Damaged)?;
        let columns = match &first {
            Some(first) => in_order(columns, first, part)?,
            None => {
                first = Some(columns.iter().map(|column| column.name.clone()).collect());
                header(&columns, &mut file)?;
                columns
            }
        };
        // By the names that are read below, which no blanks surround.
        let names = CsvFile::open(file.path()).map_err(Unread::Wrong)?.columns;
        let part = Part {
            source: part,
            purposes: purposes(&columns, &names, expected)?,
            columns,
            form: Form {
                is_nan_missing: column::is_of_pandas(&metadata),
                ..form
            },
        };
        part.write(&metadata, &mut file)?;
    }
    file.flush()?;
    Ok(file)
}

/// A file, and what is read of it.
struct Part<'a> {
    source: &'a Source,
    columns: Vec<Column>,
    purposes: Vec<Purpose>,
    form: Form,
}

impl Part<'_> {
    fn write(&self, metadata: &FileMetadata, to: &mut impl Write) -> Result<(), Unread> {
        let mut writer = csv::Writer::from_writer(io::BufWriter::new(to));
        let day = self.purposes.iter().position(|p| *p == Purpose::Day);
        let mut hours = Hours::default();
        // Of an empty group some writers keep no page.
        let is_some = |group: &&RowGroupMetadata| group.num_rows() > 0;
        for group in metadata.row_groups.iter().filter(is_some) {
            let arrays = self.arrays(group)?;
            if let Some((at, array)) = day.and_then(|at| Some((at, arrays[at].as_deref()?))) {
                hours.look(&self.columns[at].kind, array);
            }
            self.rows(&arrays, group.num_rows(), &mut writer)?;
        }
        if let Some(at) = day.filter(|_| hours.are_midnights_elsewhere()) {
            let name = &self.columns[at].name;
            return Err(Unread::Wrong(hours::elsewhere(at, name)));
        }
        Ok(writer.flush()?)
    }

    /// The values of a row group; none of a column that is not read.
    fn arrays(&self, group: &RowGroupMetadata) -> Result<Vec<Option<Box<dyn Array>>>, Unread> {
        self.columns
            .par_iter()
            .map(|column| match &column.kind {
                Kind::Other(_) => Ok(None),
                kind => {
                    let chunk = group.parquet_columns().get(column.leaf);
                    let chunk = chunk.ok_or(Unread::Damaged)?;
                    values(self.source, kind, chunk, group.num_rows()).map(Some)
                }
            })
            .collect()
    }

    fn rows<W: Write>(
        &self,
        arrays: &[Option<Box<dyn Array>>],
        height: usize,
        writer: &mut csv::Writer<W>,
    ) -> Result<(), Unread> {
        let mut all = Vec::new();
        for ((column, array), purpose) in self.columns.iter().zip(arrays).zip(&self.purposes) {
            let cells = array
                .as_ref()
                .map(|array| cells(&column.kind, &**array, *purpose, &self.form));
            all.push(match cells {
                Some(cells) => Some(cells.ok_or(Unread::Damaged)?),
                None => None,
            });
        }
        let mut record = csv::StringRecord::new();
        let mut text = String::new();
        for row in 0..height {
            record.clear();
            for cell in &all {
                text.clear();
                if let Some(cell) = cell {
                    cell(row, &mut text);
                }
                record.push_field(&text);
            }
            writer.write_record(&record).map_err(io::Error::other)?;
        }
        Ok(())
    }
}

/// The columns of a later part in the order of the first.
fn in_order(
    mut columns: Vec<Column>,
    first: &[String],
    part: &Source,
) -> Result<Vec<Column>, Unread> {
    let place = |column: &Column| first.iter().position(|name| *name == column.name);
    if columns.len() != first.len() || columns.iter().any(|column| place(column).is_none()) {
        let name = part.path().file_name().unwrap_or_default();
        let message = format!("the part {name:?} has other columns than the first");
        let hint = "export all parts anew, into an empty folder";
        return Err(Unread::Wrong(
            Problem::new(1, 0, "file", message).hint(hint),
        ));
    }
    columns.sort_by_key(place);
    Ok(columns)
}

fn metadata(source: &Source) -> Result<FileMetadata, Unread> {
    const MARK: u64 = 4;
    const END: u64 = 8;
    let length = source.length();
    let mut buffer = Vec::new();
    let end = length.checked_sub(END).filter(|at| *at >= MARK);
    let end = end.ok_or(Unread::Damaged)?;
    let (size, mark) = source.read(end..length, &mut buffer)?.split_at(4);
    if mark != b"PAR1" {
        return Err(Unread::Damaged);
    }
    let size = u32::from_le_bytes(size.try_into().expect("four bytes"));
    let start = end.checked_sub(u64::from(size)).ok_or(Unread::Damaged)?;
    let footer = source.read(start..end, &mut buffer)?.to_vec();
    if !unless_it_panics(|| damage::is_sound_footer(&footer)).unwrap_or_default() {
        return Err(Unread::Damaged);
    }
    unless_it_panics(|| deserialize_metadata(Buffer::from_vec(footer)))
        .ok_or(Unread::Damaged)?
        .map_err(|e| match e {
            ParquetError::FeatureNotSupported(what) | ParquetError::FeatureNotActive(_, what) => {
                Unread::Unknown(what)
            }
            _ => Unread::Damaged,
        })
}

/// What each column is read for; a needed one must be of use.
fn purposes(
    columns: &[Column],
    names: &[String],
    expected: &Expected,
) -> Result<Vec<Purpose>, Unread> {
    // What is wrong with the header is said when the table is read.
    let header = Header::read(names, 1, expected, &mut FileProblems::default());
    let mut purposes = vec![Purpose::Watched; columns.len()];
    for &canonical in expected.columns {
        let Some(at) = header.position(canonical) else {
            continue;
        };
        if let Kind::Other(what) = &columns[at].kind {
            let message = format!("found {what}, expected text, numbers or days");
            let problem = Problem::new(1, at + 1, canonical, message).hint(format!(
                "write the column as one of these; if another column is meant, name it in the study file: [{}] {canonical} = \"…\"",
                expected.table
            ));
            return Err(Unread::Wrong(problem));
        }
        purposes[at] = match canonical {
            "date" => Purpose::Day,
            _ => Purpose::Used,
        };
    }
    Ok(purposes)
}

/// The header, in quotes: a name may hold any delimiter.
fn header(columns: &[Column], to: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(to);
    writer.write_record(columns.iter().map(|column| &column.name))?;
    writer.flush()
}

fn values(
    source: &Source,
    kind: &Kind,
    chunk: &ColumnChunkMetadata,
    rows: usize,
) -> Result<Box<dyn Array>, Unread> {
    let field = match kind {
        Kind::Plain(field)
        | Kind::Bytes(field)
        | Kind::Decimal(field, _)
        | Kind::Uuid(field)
        | Kind::Day(field)
        | Kind::Moment(field, _) => field.clone(),
        Kind::Other(_) => return Err(Unread::Damaged),
    };
    let number = |n: i64| u64::try_from(n).map_err(|_| Unread::Damaged);
    let data = number(chunk.data_page_offset())?;
    // Some writers give 0 for "there is none".
    let dictionary = chunk
        .dictionary_page_offset()
        .and_then(|at| u64::try_from(at).ok());
    let start = dictionary
        .filter(|at| (4..data).contains(at))
        .unwrap_or(data);
    let end = start.checked_add(number(chunk.compressed_size())?);
    let mut buffer = Vec::new();
    let bytes = source.read(start..end.ok_or(Unread::Damaged)?, &mut buffer)?;
    let bytes = Buffer::from_vec(bytes.to_vec());
    let decoded = unless_it_panics(|| {
        if !damage::are_sound_pages(&bytes, chunk, rows) {
            return None;
        }
        let most = bytes.len();
        let pages = PageReader::new(io::Cursor::new(bytes), chunk, Vec::new(), most);
        let primitive = &chunk.descriptor().descriptor.primitive_type;
        let pages = vec![BasicDecompressor::new(pages, Vec::new())];
        Some(
            column_iter_to_arrays(pages, vec![primitive], field, None).and_then(|(arrays, _)| {
                let arrays: Vec<&dyn Array> = arrays.iter().map(|array| &**array).collect();
                concatenate(&arrays)
            }),
        )
    });
    match decoded.flatten().ok_or(Unread::Damaged)? {
        Ok(array) if array.len() == rows => Ok(array),
        Ok(_) => Err(Unread::Damaged),
        Err(e) if e.to_string().contains("not supported") => Err(Unread::Unknown(e.to_string())),
        Err(_) => Err(Unread::Damaged),
    }
}
