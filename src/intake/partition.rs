//! Rows of an unsorted file, regrouped by client through partitions on disk.
//!
//! Each client belongs to one of 64 partitions by the hash of its id. A partition is a nameless
//! temporary file (kept in memory while it is small) that disappears with the process, so a file
//! of any size is regrouped in bounded memory.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use rayon::prelude::*;
use tempfile::SpooledTempFile;

use super::problem::FileProblems;
use super::sessions::{ClientSessions, Delivery, LONGEST_CODE, Reduce, SessionRow, hash_of};

const PARTITIONS: usize = 64;
/// A partition up to this size stays in memory.
const IN_MEMORY: usize = 1 << 20;
/// Bytes a thread gathers for a partition before it writes them.
const BUFFER: usize = 64 << 10;
/// Bytes of a stored row besides the id and the codes.
const ROW: usize = 8 + 4 + 1 + 8 + 8;

/// The partitions of a file.
pub struct Partitions(Vec<Mutex<SpooledTempFile>>);

/// Rows a thread has gathered, by partition.
pub struct Buffers<'a> {
    partitions: &'a Partitions,
    buffers: Vec<Vec<u8>>,
    failed: Option<io::Error>,
}

impl<'a> Buffers<'a> {
    pub fn new(partitions: &'a Partitions) -> Buffers<'a> {
        Buffers {
            partitions,
            buffers: vec![Vec::new(); PARTITIONS],
            failed: None,
        }
    }

    /// Adds a row of a client with its therapist and site.
    pub fn push(&mut self, id: &[u8], codes: [&[u8]; 2], row: &SessionRow) {
        let at = (hash_of(id) % PARTITIONS as u64) as usize;
        let buffer = &mut self.buffers[at];
        for text in [id, codes[0], codes[1]] {
            // Longer codes were a problem of the first pass.
            let text = &text[..text.len().min(LONGEST_CODE)];
            buffer.push(text.len() as u8);
            buffer.extend_from_slice(text);
        }
        buffer.extend_from_slice(&row.line.to_le_bytes());
        buffer.extend_from_slice(&row.session.to_le_bytes());
        buffer.push(match row.delivery {
            None => 0,
            Some(Delivery::Online) => 1,
            Some(Delivery::InPerson) => 2,
            Some(Delivery::Hybrid) => 3,
        });
        for score in [row.alliance, row.symptom] {
            buffer.extend_from_slice(&score.unwrap_or(f64::NAN).to_le_bytes());
        }
        if buffer.len() >= BUFFER
            && let Err(e) = self.partitions.write(at, buffer)
        {
            self.failed.get_or_insert(e);
        }
    }
}

impl Partitions {
    pub fn new() -> io::Result<Partitions> {
        Ok(Partitions(
            (0..PARTITIONS)
                .map(|_| Mutex::new(SpooledTempFile::new(IN_MEMORY)))
                .collect(),
        ))
    }

    fn write(&self, at: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut file = self.0[at].lock().expect("no thread panics while it writes");
        file.write_all(buffer)?;
        buffer.clear();
        Ok(())
    }

    /// Writes what a thread has left.
    pub fn append(&self, mut rows: Buffers) -> io::Result<()> {
        for (at, buffer) in rows.buffers.iter_mut().enumerate() {
            if !buffer.is_empty() {
                self.write(at, buffer)?;
            }
        }
        rows.failed.map_or(Ok(()), Err)
    }

    /// Gives each client's rows to the reducer, after `order` has put them in order.
    pub fn for_each_client<R: Reduce>(
        self,
        reduce: &R,
        is_missing: impl Fn(&[u8]) -> bool + Sync,
        order: impl Fn(&mut Vec<SessionRow>, &mut FileProblems) + Sync,
    ) -> io::Result<(R::Part, FileProblems)> {
        let parts: Vec<(R::Part, FileProblems)> = self
            .0
            .into_par_iter()
            .map(|file| {
                let mut file = file.into_inner().expect("no thread panics while it writes");
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(0))?;
                file.read_to_end(&mut bytes)?;
                drop(file);
                Ok(one_partition(&bytes, reduce, &is_missing, &order))
            })
            .collect::<io::Result<_>>()?;
        let mut whole = reduce.start();
        let mut problems = FileProblems::default();
        for (part, found) in parts {
            reduce.merge(&mut whole, part, 0);
            problems.append(found, 0);
        }
        Ok((whole, problems))
    }
}

/// A row as it was stored.
struct Stored<'a> {
    id: &'a [u8],
    codes: [&'a [u8]; 2],
    row: SessionRow,
}

fn one_partition<R: Reduce>(
    bytes: &[u8],
    reduce: &R,
    is_missing: &impl Fn(&[u8]) -> bool,
    order: &impl Fn(&mut Vec<SessionRow>, &mut FileProblems),
) -> (R::Part, FileProblems) {
    let mut stored: Vec<Stored> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut text = || {
            let (text, after) = rest[1..].split_at(usize::from(rest[0]));
            rest = after;
            text
        };
        let (id, codes) = (text(), [text(), text()]);
        let (row, after) = rest.split_at(ROW);
        rest = after;
        stored.push(Stored {
            id,
            codes,
            row: decode(row),
        });
    }
    stored.sort_unstable_by(|a, b| (a.id, a.row.line).cmp(&(b.id, b.row.line)));
    let text = |bytes| std::str::from_utf8(bytes).expect("rows are UTF-8");
    let code = |bytes: &'_ [u8]| !is_missing(bytes);
    let mut part = reduce.start();
    let mut problems = FileProblems::default();
    let mut rows = Vec::new();
    for client in stored.chunk_by(|a, b| a.id == b.id) {
        rows.clear();
        rows.extend(client.iter().map(|stored| stored.row));
        let first = client
            .iter()
            .min_by_key(|stored| (stored.row.session, stored.row.line));
        let [therapist, site] = first.expect("a client has a row").codes;
        order(&mut rows, &mut problems);
        let client = ClientSessions {
            id: text(client[0].id),
            first_line: client[0].row.line,
            therapist: Some(therapist).filter(|c| code(c)).map(text),
            site: Some(site).filter(|c| code(c)).map(text),
            rows: &rows,
        };
        reduce.client(&mut part, client);
    }
    (part, problems)
}

fn decode(row: &[u8]) -> SessionRow {
    let long = |at: usize| u64::from_le_bytes(row[at..at + 8].try_into().expect("eight bytes"));
    let score = |at: usize| Some(f64::from_bits(long(at))).filter(|x| !x.is_nan());
    SessionRow {
        line: long(0),
        session: u32::from_le_bytes(row[8..12].try_into().expect("four bytes")),
        delivery: match row[12] {
            1 => Some(Delivery::Online),
            2 => Some(Delivery::InPerson),
            3 => Some(Delivery::Hybrid),
            _ => None,
        },
        alliance: score(13),
        symptom: score(21),
    }
}
