//! A CSV file on disk: its delimiter, its header, and its rows by byte range.
//!
//! A file without quotes is cut into ranges at line ends, and the ranges are scanned in parallel.
//! A quote may hide a line end, so a file with any quote is read by the csv crate on one thread.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;

use super::cell::trim;
use super::faults::{not_utf8, open_quote, unseen_character};
use super::layout;
use super::problem::Problem;
use super::signature;
use super::source::{FromStart, Source};
use crate::study::text::{LONGEST_TEXT, readable, shortened, unseen};

/// Bytes one thread reads at a time.
const RANGE: u64 = 4 << 20;
/// Bytes read to find the header.
const HEAD: u64 = 1 << 20;

/// A CSV file whose header has been read.
#[derive(Debug)]
pub struct CsvFile {
    source: Source,
    delimiter: u8,
    /// Where the first row after the header begins.
    rows_start: u64,
    /// Lines before that row.
    header_lines: u64,
    /// The line of the header.
    pub header_line: u64,
    pub columns: Vec<String>,
}

/// Receives the rows of a file.
pub trait Rows {
    /// Is anything made of this column, counted from 0?
    fn reads(&self, column: usize) -> bool;
    /// One row; `line` counts from 0 at the start of the range.
    fn row(&mut self, line: u64, fields: &[&[u8]]);
    /// A row of which nothing can be made: it is no text, or a quote in it is never closed and has
    /// swallowed the rest of the file.
    fn lost(&mut self, problem: Problem);
}

/// Why a range could not be scanned.
#[derive(Debug)]
pub enum Stop {
    /// There is a quote: line ends cannot be trusted.
    Quote,
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

impl CsvFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// What is wrong with the file as a whole: not readable, not text, empty, not UTF-8, one column only.
    pub fn open(path: &Path) -> Result<CsvFile, Problem> {
        CsvFile::of(Source::open(path).map_err(cannot_be_read)?)
    }

    /// Reads the header of a file that is open.
    ///
    /// # Errors
    /// Those of [`CsvFile::open`].
    pub fn of(source: Source) -> Result<CsvFile, Problem> {
        let mut head = Vec::new();
        let head = source
            .read(0..source.length().min(HEAD), &mut head)
            .map_err(cannot_be_read)?;
        signature::is_text(head)?;
        let (start, blank_lines) = start_of_header(head);
        if head[start..].iter().all(u8::is_ascii_whitespace) {
            return Err(whole("found an empty file, expected a header and rows"));
        }
        if memchr::memchr(b'\n', &head[start..]).is_none()
            && memchr::memchr(b'\r', &head[start..]).is_some()
        {
            return Err(
                whole("found lines that end in CR alone, expected LF or CR LF")
                    .hint("in a spreadsheet, save as \"CSV UTF-8\", not as Macintosh text"),
            );
        }

        let first_line = head[start..]
            .split(|b| *b == b'\n')
            .next()
            .unwrap_or_default();
        let delimiter = delimiter_of(first_line);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(&head[start..]);
        let mut record = csv::ByteRecord::new();
        reader
            .read_byte_record(&mut record)
            .map_err(|e| whole(format!("the header cannot be read: {e}")))?;
        let columns = names(&record, 1 + blank_lines)?;
        let used = (reader.position().byte() as usize).min(head.len() - start);
        // The csv crate leaves the line end of the header for the next record.
        let mut rows_start = start + used;
        let mut header_lines =
            blank_lines + memchr::memchr_iter(b'\n', &head[start..rows_start]).count() as u64;
        while let Some(b'\n' | b'\r') = head.get(rows_start) {
            header_lines += u64::from(head[rows_start] == b'\n');
            rows_start += 1;
        }
        let (bytes, lines) = layout::described(&head[rows_start..], delimiter);
        rows_start += bytes as usize;
        header_lines += lines;
        Ok(CsvFile {
            delimiter,
            rows_start: rows_start as u64,
            header_lines,
            header_line: 1 + blank_lines,
            columns,
            source,
        })
    }

    /// The file that was read.
    pub fn into_source(self) -> Source {
        self.source
    }

    /// Lines before the first row.
    pub fn header_lines(&self) -> u64 {
        self.header_lines
    }

    /// Ranges that cover all rows. Each begins at the first line of a run of equal cells in
    /// `key_column`, so that the rows of a client in a sorted file are in one range.
    pub fn ranges(&self, key_column: usize) -> io::Result<Vec<Range<u64>>> {
        let length = self.source.length();
        let mut cuts = vec![self.rows_start];
        let mut at = self.rows_start + RANGE;
        while at < length {
            let cut = self.next_run(at, key_column)?;
            if cut > *cuts.last().expect("it starts with one cut") && cut < length {
                cuts.push(cut);
            }
            at = (at + RANGE).max(cut);
        }
        cuts.push(length.max(self.rows_start));
        Ok(cuts.windows(2).map(|w| w[0]..w[1]).collect())
    }

    /// The start of the first line after `at` whose key differs from that of the line before.
    fn next_run(&self, at: u64, key_column: usize) -> io::Result<u64> {
        let length = self.source.length();
        let mut window = 64 << 10;
        let mut buffer = Vec::new();
        loop {
            let end = (at + window).min(length);
            let buffer = self.source.read(at..end, &mut buffer)?;
            let mut ends = memchr::memchr_iter(b'\n', buffer);
            let mut key: Option<&[u8]> = None;
            let mut start = ends.next().map(|end| end + 1);
            for end in ends {
                let Some(line_start) = start else { break };
                let line = &buffer[line_start..end];
                let this = line
                    .split(|b| *b == self.delimiter)
                    .nth(key_column)
                    .unwrap_or_default();
                if key.is_some_and(|key| trim(key) != trim(this)) {
                    return Ok(at + line_start as u64);
                }
                key = Some(this);
                start = Some(end + 1);
            }
            if end == length {
                return Ok(length);
            }
            window *= 2;
        }
    }

    /// Gives every row of a range to `rows` and returns the number of lines; `buffer` is scratch.
    ///
    /// # Errors
    /// [`Stop::Quote`] when the range holds a quote: use [`CsvFile::scan_quoted`] for the file.
    pub fn scan(
        &self,
        range: Range<u64>,
        buffer: &mut Vec<u8>,
        rows: &mut impl Rows,
    ) -> Result<u64, Stop> {
        let buffer = self.source.read(range, buffer)?;
        if memchr::memchr(b'"', buffer).is_some() {
            return Err(Stop::Quote);
        }
        let is_plain = is_plain(buffer);
        let mut fields: Vec<&[u8]> = Vec::with_capacity(self.columns.len());
        let mut line = 0;
        let mut rest = buffer;
        while !rest.is_empty() {
            let (record, end) = self.split(rest, &mut fields);
            rest = &rest[end..];
            // Spreadsheets like to end with rows of nothing but delimiters.
            if !trim(record).is_empty() && !fields.iter().all(|f| f.is_empty()) {
                match (!is_plain)
                    .then(|| self.not_text(line, &fields, rows))
                    .flatten()
                {
                    Some(problem) => rows.lost(problem),
                    None => rows.row(line, &fields),
                }
            }
            line += 1;
        }
        Ok(line)
    }

    /// Splits the first line of `text` into trimmed fields; returns the line and where it ends.
    #[inline]
    fn split<'a>(&self, text: &'a [u8], fields: &mut Vec<&'a [u8]>) -> (&'a [u8], usize) {
        fields.clear();
        let mut field_start = 0;
        let (delimiters, ends) = (every_byte(self.delimiter), every_byte(b'\n'));
        let mut words = text.chunks_exact(8);
        for (i, word) in (&mut words).enumerate() {
            let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
            let mut marks = equal_bytes(word, delimiters) | equal_bytes(word, ends);
            while marks != 0 {
                let at = 8 * i + (marks.trailing_zeros() / 8) as usize;
                fields.push(trim_cheaply(&text[field_start..at]));
                if text[at] == b'\n' {
                    return (&text[..at], at + 1);
                }
                field_start = at + 1;
                marks &= marks - 1;
            }
        }
        let tail = text.len() - words.remainder().len();
        for at in tail..text.len() {
            if text[at] == self.delimiter || text[at] == b'\n' {
                fields.push(trim_cheaply(&text[field_start..at]));
                if text[at] == b'\n' {
                    return (&text[..at], at + 1);
                }
                field_start = at + 1;
            }
        }
        fields.push(trim_cheaply(&text[field_start..]));
        (text, text.len())
    }

    /// Gives every row of the file to `rows`, quotes understood, on one thread.
    pub fn scan_quoted(&self, rows: &mut impl Rows) -> io::Result<u64> {
        let from_first_row =
            || BufReader::with_capacity(1 << 20, self.source.from(self.rows_start));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(from_first_row());
        let mut lines = LineCount::new(from_first_row());
        let mut record = csv::ByteRecord::new();
        while reader
            .read_byte_record(&mut record)
            .map_err(io::Error::other)?
        {
            let start = record.position().map_or(0, csv::Position::byte);
            let line = lines.of_record(start)?;
            let fields: Vec<&[u8]> = record.iter().map(trim).collect();
            let is_last = self.rows_start + reader.position().byte() >= self.source.length();
            if fields.iter().all(|f| f.is_empty()) {
                continue;
            }
            if is_last && self.ends_in_quotes(lines.rest()?) {
                rows.lost(open_quote(line));
                break;
            }
            match self.not_text(line, &fields, rows) {
                Some(problem) => rows.lost(problem),
                None => rows.row(line, &fields),
            }
        }
        Ok(lines.line + 1)
    }

    /// The first cell that is no text, or that holds what nobody can see and is read.
    fn not_text(&self, line: u64, fields: &[&[u8]], rows: &impl Rows) -> Option<Problem> {
        fields.iter().enumerate().find_map(|(at, field)| {
            let Ok(text) = std::str::from_utf8(field) else {
                return Some(not_utf8(line, at + 1));
            };
            let found = unseen(text).filter(|_| rows.reads(at))?;
            let column = self.columns.get(at).map_or("row", String::as_str);
            Some(unseen_character(line, at + 1, column, found))
        })
    }

    /// Is a quote still open at the end of the text, which begins with a field?
    fn ends_in_quotes(&self, text: Vec<u8>) -> bool {
        let (mut is_quoted, mut is_start) = (false, true);
        for byte in text {
            match byte {
                // A doubled quote closes and opens again.
                b'"' if is_quoted => is_quoted = false,
                b'"' if is_start => is_quoted = true,
                _ => {}
            }
            is_start = byte == self.delimiter || matches!(byte, b'\n' | b'\r' | b'"');
        }
        is_quoted
    }
}

fn whole(message: impl Into<String>) -> Problem {
    Problem::new(1, 0, "file", message)
}

/// A file that cannot be read, by the system's word.
pub(super) fn cannot_be_read(error: io::Error) -> Problem {
    whole(format!("cannot be read: {error}"))
}

/// Where the header begins, and the lines before it: blank ones, and a spreadsheet's note to itself.
fn start_of_header(head: &[u8]) -> (usize, u64) {
    let bom = if head.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let is_blank = |b: &&u8| matches!(b, b'\n' | b'\r');
    let blank = head[bom..].iter().take_while(is_blank).count();
    let start = bom + blank;
    let lines = memchr::memchr_iter(b'\n', &head[bom..start]).count() as u64;
    match memchr::memchr(b'\n', &head[start..]) {
        // sep=;
        Some(end) if head[start..].starts_with(b"sep=") => (start + end + 1, lines + 1),
        _ => (start, lines),
    }
}

/// The names of the columns.
fn names(record: &csv::ByteRecord, line: u64) -> Result<Vec<String>, Problem> {
    let mut columns = Vec::new();
    for (i, name) in record.iter().enumerate() {
        let Ok(name) = std::str::from_utf8(trim(name)) else {
            return Err(
                Problem::new(line, i + 1, "header", "found text that is not UTF-8")
                    .hint("in a spreadsheet, save as \"CSV UTF-8\""),
            );
        };
        columns.push(name_of(name));
    }
    if columns.len() < 2 {
        return Err(Problem::new(
            line,
            1,
            "header",
            "found one column, expected several separated by a comma, semicolon, tab or bar",
        ));
    }
    Ok(columns)
}

/// Counts lines beside the csv crate, whose own count is short by the line ends that it leaves for
/// the next record: blank lines, and the LF of a CR LF.
struct LineCount<'a> {
    reader: BufReader<FromStart<'a>>,
    at: u64,
    line: u64,
}

impl<'a> LineCount<'a> {
    fn new(reader: BufReader<FromStart<'a>>) -> LineCount<'a> {
        LineCount {
            reader,
            at: 0,
            line: 0,
        }
    }

    /// The line, counted from 0, of the record that the csv crate began to read at byte `start`.
    fn of_record(&mut self, start: u64) -> io::Result<u64> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let n = if self.at < start {
                buffer.len().min((start - self.at) as usize)
            } else {
                buffer
                    .iter()
                    .take_while(|b| matches!(b, b'\n' | b'\r'))
                    .count()
            };
            if n == 0 {
                return Ok(self.line);
            }
            self.line += memchr::memchr_iter(b'\n', &buffer[..n]).count() as u64;
            self.at += n as u64;
            self.reader.consume(n);
        }
    }

    /// The bytes from the record last asked for to the end of the file.
    fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest)?;
        self.at += rest.len() as u64;
        Ok(rest)
    }
}

/// The name of a column without what nobody can see, which spreadsheets and web forms leave in
/// headers; a survey may put a page of text there.
fn name_of(column: &str) -> String {
    let name = match unseen(column) {
        None => Cow::Borrowed(column),
        Some(_) => readable(column)
            .replace(char::REPLACEMENT_CHARACTER, "")
            .into(),
    };
    shortened(&name, LONGEST_TEXT).into_owned()
}

/// Are all bytes white space or characters of ASCII that can be seen, as they are in most files?
fn is_plain(bytes: &[u8]) -> bool {
    let seen = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    // Without an early end the bytes of a chunk are looked at together.
    bytes
        .chunks(64)
        .all(|chunk| chunk.iter().fold(true, |all, b| all & seen(b)))
}

fn every_byte(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of every byte of `word` that equals the one of `wanted`, without carries from its
/// neighbours (Hacker's Delight, section 6-1).
#[inline]
fn equal_bytes(word: u64, wanted: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let gap = word ^ wanted;
    !(((gap & LOW) + LOW) | gap | LOW)
}

/// Trims only when there is something to trim, which is rare.
#[inline]
fn trim_cheaply(field: &[u8]) -> &[u8] {
    match (field.first(), field.last()) {
        (Some(first), Some(last)) if *first <= b' ' || *last <= b' ' => trim(field),
        _ => field,
    }
}

/// The delimiter that occurs most often in the header, outside quotes.
fn delimiter_of(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        if !quoted {
            for (delimiter, count) in &mut counts {
                *count += usize::from(byte == delimiter);
            }
        }
    }
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| *delimiter)
}
