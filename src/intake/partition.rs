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
use super::sessions::{Delivery, Reduce, SessionRow, hash_of};

const PARTITIONS: usize = 64;
/// A partition up to this size stays in memory.
const IN_MEMORY: usize = 1 << 20;
/// Bytes a thread gathers for a partition before it writes them.
const BUFFER: usize = 64 << 10;
const NONE: u32 = u32::MAX;
/// Bytes of a stored row besides the id.
const ROW: usize = 8 + 4 + 4 + 4 + 1 + 8 + 8;

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

    /// Adds a row of a client.
    pub fn push(&mut self, id: &[u8], row: &SessionRow) {
        let at = (hash_of(id) % PARTITIONS as u64) as usize;
        let buffer = &mut self.buffers[at];
        buffer.push(u8::try_from(id.len()).expect("codes are at most 100 bytes long"));
        buffer.extend_from_slice(id);
        buffer.extend_from_slice(&row.line.to_le_bytes());
        for code in [Some(row.session), row.therapist, row.site] {
            buffer.extend_from_slice(&code.unwrap_or(NONE).to_le_bytes());
        }
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
                Ok(one_partition(&bytes, reduce, &order))
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

fn one_partition<R: Reduce>(
    bytes: &[u8],
    reduce: &R,
    order: &impl Fn(&mut Vec<SessionRow>, &mut FileProblems),
) -> (R::Part, FileProblems) {
    let mut stored: Vec<(&[u8], SessionRow)> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = usize::from(rest[0]);
        let (id, row) = rest[1..1 + length + ROW].split_at(length);
        stored.push((id, decode(row)));
        rest = &rest[1 + length + ROW..];
    }
    stored.sort_unstable_by(|a, b| (a.0, a.1.line).cmp(&(b.0, b.1.line)));
    let mut part = reduce.start();
    let mut problems = FileProblems::default();
    let mut rows = Vec::new();
    for client in stored.chunk_by(|a, b| a.0 == b.0) {
        rows.clear();
        rows.extend(client.iter().map(|(_, row)| *row));
        let first_line = rows[0].line;
        order(&mut rows, &mut problems);
        let id = std::str::from_utf8(client[0].0).expect("rows are UTF-8");
        reduce.client(&mut part, id, first_line, &rows);
    }
    (part, problems)
}

fn decode(row: &[u8]) -> SessionRow {
    let word = |at: usize| u32::from_le_bytes(row[at..at + 4].try_into().expect("four bytes"));
    let long = |at: usize| u64::from_le_bytes(row[at..at + 8].try_into().expect("eight bytes"));
    let code = |at: usize| Some(word(at)).filter(|code| *code != NONE);
    let score = |at: usize| Some(f64::from_bits(long(at))).filter(|x| !x.is_nan());
    SessionRow {
        line: long(0),
        session: word(8),
        therapist: code(12),
        site: code(16),
        delivery: match row[20] {
            1 => Some(Delivery::Online),
            2 => Some(Delivery::InPerson),
            3 => Some(Delivery::Hybrid),
            _ => None,
        },
        alliance: score(21),
        symptom: score(29),
    }
}
