//! A damaged Parquet file, caught where it is read.
//!
//! The reader trusts what a file says of itself: a turned bit makes it panic, or ask for so much memory that
//! the program ends. What could ask for memory is therefore held against the file first, and a panic ends
//! here, silently, as "damaged".

use std::cell::Cell;
use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use polars_parquet::read::ColumnChunkMetadata;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::thrift::{Error, ProtocolErrorKind};
use polars_parquet_format::{FileMetaData, PageHeader};

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does some work that may panic: `None` where it did. Nothing is printed, and other threads' panics are
/// told as ever.
pub fn unless_it_panics<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            if !IS_QUIET.get() {
                usual(what);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    // What the work leaves behind is dropped with it.
    let done = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    IS_QUIET.set(before);
    done
}

/// Could the lists of a footer be as long as it says?
pub fn is_sound_footer(footer: &[u8]) -> bool {
    // An element takes a byte at least; the protocol counts eight for it.
    let most = footer.len().saturating_mul(8);
    let mut protocol = TCompactInputProtocol::new(Cursor::new(footer), most);
    !matches!(
        FileMetaData::read_from_in_protocol(&mut protocol),
        Err(Error::Protocol(error)) if error.kind == ProtocolErrorKind::SizeLimit
    )
}

/// A page may hold so many bytes when it is unpacked, whatever the column says.
const PAGE: usize = 64 << 20;

/// Do the pages of a flat column hold as many rows as they should, in as much room as it says?
pub fn are_sound_pages(bytes: &[u8], column: &ColumnChunkMetadata, rows: usize) -> bool {
    let unpacked = usize::try_from(column.uncompressed_size()).unwrap_or(0);
    let mut rest = bytes;
    let mut found = 0;
    while found < rows && !rest.is_empty() {
        let Some(page) = next_page(&mut rest) else {
            return false;
        };
        if page.bytes > unpacked.max(PAGE) {
            return false;
        }
        match page.values {
            // A value takes a byte at least where each stands once.
            Values::OfDictionary(values) if values > page.bytes => return false,
            Values::OfDictionary(_) => {}
            Values::OfRows(values) => found += values,
        }
    }
    found == rows
}

struct PageSize {
    /// Unpacked.
    bytes: usize,
    values: Values,
}

enum Values {
    OfDictionary(usize),
    OfRows(usize),
}

/// What the next page says of itself; `rest` then begins behind it.
fn next_page(rest: &mut &[u8]) -> Option<PageSize> {
    let mut cursor = Cursor::new(*rest);
    let mut protocol = TCompactInputProtocol::new(&mut cursor, rest.len());
    let header = PageHeader::read_from_in_protocol(&mut protocol).ok()?;
    let start = usize::try_from(cursor.position()).ok()?;
    let packed = usize::try_from(header.compressed_page_size).ok()?;
    *rest = rest.get(start.checked_add(packed)?..)?;
    let of_rows = header
        .data_page_header
        .map(|page| page.num_values)
        .or(header.data_page_header_v2.map(|page| page.num_values));
    let of_dictionary = header.dictionary_page_header.map(|page| page.num_values);
    let values = match (of_rows, of_dictionary) {
        (Some(values), None) => Values::OfRows(usize::try_from(values).ok()?),
        (None, Some(values)) => Values::OfDictionary(usize::try_from(values).ok()?),
        _ => return None,
    };
    Some(PageSize {
        bytes: usize::try_from(header.uncompressed_page_size).ok()?,
        values,
    })
}
