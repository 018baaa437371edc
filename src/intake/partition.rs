//! Rows of an unsorted file, regrouped by client through partitions on disk.
//!
//! Each client belongs to one of 256 partitions by the hash of its id. A partition is a nameless
//! temporary file (kept in memory while it is small) that disappears with the process, so a file
//! of any size is regrouped in bounded memory.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use rayon::prelude::*;
use tempfile::SpooledTempFile;

use super::session_row::{Delivery, LONGEST_CODE, Reading, Score, Scores, SessionRow};
use super::sessions::{ClientSessions, Reduce, hash_of};
use super::whole_clients::WholeClients;
use crate::study::{Day, Month};

const PARTITIONS: usize = 256;
/// A partition up to this size stays in memory.
const IN_MEMORY: usize = 256 << 10;
/// Bytes a thread gathers for a partition before it writes them.
const BUFFER: usize = 32 << 10;
/// Bytes before the id: how long the stored row is, and the hash of the id.
const HEAD: usize = 2 + 8;
/// Bytes of a stored row besides that, the id and the codes; each score that is there adds eight.
const ROW: usize = 8 + 4 + 1 + 3 + 1;

/// The partitions of a file.
pub struct Partitions(Vec<Mutex<SpooledTempFile>>);

/// A line of a part of the file as one number; the line within the file is known only when all
/// parts have been read.
pub fn place(part: usize, line: u64) -> u64 {
    ((part as u64) << 40) | line
}

fn line_of(place: u64, first_lines: &[u64]) -> u64 {
    first_lines[(place >> 40) as usize] + (place & ((1 << 40) - 1))
}

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
        let hash = hash_of(id);
        let at = (hash % PARTITIONS as u64) as usize;
        // Longer codes were a problem when the row was read.
        let texts = [id, codes[0], codes[1]].map(|text| &text[..text.len().min(LONGEST_CODE)]);
        let scores = Score::ALL.map(|score| row.scores.of(score));
        let length = HEAD
            + texts.iter().map(|text| 1 + text.len()).sum::<usize>()
            + ROW
            + 8 * scores.iter().flatten().count();
        let buffer = &mut self.buffers[at];
        buffer.extend_from_slice(&(length as u16).to_le_bytes());
        buffer.extend_from_slice(&hash.to_le_bytes());
        for text in texts {
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
        let month = row.month().map_or(0, Month::number);
        buffer.extend_from_slice(&month.to_le_bytes());
        buffer.push(row.day.map_or(0, |day| day.of_month));
        let there = (0..).zip(&scores).filter(|(_, score)| score.is_some());
        buffer.push(there.map(|(at, _)| 1u8 << at).sum());
        for score in scores.iter().flatten() {
            buffer.extend_from_slice(&score.to_le_bytes());
        }
        if buffer.len() >= BUFFER
            && let Err(e) = self.partitions.write(at, buffer)
        {
            self.failed.get_or_insert(e);
        }
    }
}

impl Partitions {
    pub fn new() -> Partitions {
        Partitions(
            (0..PARTITIONS)
                .map(|_| Mutex::new(SpooledTempFile::new(IN_MEMORY)))
                .collect(),
        )
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

    /// Gives each client's rows to the reducer, in order.
    pub fn for_each_client<R: Reduce>(
        self,
        reduce: &R,
        first_lines: &[u64],
        reading: &Reading,
    ) -> io::Result<(R::Part, WholeClients)> {
        let parts: Vec<(R::Part, WholeClients)> = self
            .0
            .into_par_iter()
            .map(|file| {
                let mut file = file.into_inner().expect("no thread panics while it writes");
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(0))?;
                file.read_to_end(&mut bytes)?;
                drop(file);
                Ok(one_partition(&bytes, reduce, first_lines, reading))
            })
            .collect::<io::Result<_>>()?;
        let mut whole = reduce.start();
        let mut together = WholeClients::default();
        for (part, found) in parts {
            reduce.merge(&mut whole, part, 0);
            together.merge(found, 0);
        }
        Ok((whole, together))
    }
}

/// A row as it was stored.
struct Stored<'a> {
    id: &'a [u8],
    codes: [&'a [u8]; 2],
    row: SessionRow,
}

/// The row at the start of `bytes`.
fn stored(bytes: &[u8]) -> Stored<'_> {
    let mut at = HEAD;
    let mut text = || {
        let start = at + 1;
        at = start + usize::from(bytes[start - 1]);
        &bytes[start..at]
    };
    let (id, codes) = (text(), [text(), text()]);
    Stored {
        id,
        codes,
        row: decode(&bytes[at..]),
    }
}

fn one_partition<R: Reduce>(
    bytes: &[u8],
    reduce: &R,
    first_lines: &[u64],
    reading: &Reading,
) -> (R::Part, WholeClients) {
    // Sorting keys instead of rows: the hash of the client, and where the row begins.
    let mut keys: Vec<(u64, usize)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let hash = bytes[at + 2..at + HEAD].try_into().expect("eight bytes");
        keys.push((u64::from_le_bytes(hash), at));
        at += usize::from(length);
    }
    keys.sort_unstable();
    let mut part = reduce.start();
    let mut together = WholeClients::default();
    let mut client: Vec<Stored> = Vec::new();
    let mut rows = Vec::new();
    for same_hash in keys.chunk_by(|a, b| a.0 == b.0) {
        client.clear();
        client.extend(same_hash.iter().map(|(_, at)| stored(&bytes[*at..])));
        // Two clients may share a hash, once in a very long while.
        if client.iter().any(|stored| stored.id != client[0].id) {
            client.sort_by(|a, b| a.id.cmp(b.id));
        }
        for client in client.chunk_by_mut(|a, b| a.id == b.id) {
            client.sort_unstable_by_key(|stored| (stored.row.session, stored.row.line));
            rows.clear();
            rows.extend(client.iter().map(|stored| SessionRow {
                line: line_of(stored.row.line, first_lines),
                ..stored.row
            }));
            let first_line = rows
                .iter()
                .map(|row| row.line)
                .min()
                .expect("a client has a row");
            together.order(&mut rows, reading);
            let text = |bytes| std::str::from_utf8(bytes).expect("rows are UTF-8");
            let code = |bytes| {
                Some(bytes)
                    .filter(|code: &&[u8]| !reading.is_missing(code))
                    .map(text)
            };
            // By session, so the first is that of the first session.
            let [therapist, site] = client[0].codes.map(code);
            let client = ClientSessions {
                id: text(client[0].id),
                first_line,
                therapist,
                site,
                rows: &rows,
            };
            reduce.client(&mut part, client);
        }
    }
    (part, together)
}

fn decode(row: &[u8]) -> SessionRow {
    let long = |at: usize| u64::from_le_bytes(row[at..at + 8].try_into().expect("eight bytes"));
    let mut scores = Scores::default();
    let mut next = ROW;
    for (at, score) in Score::ALL.into_iter().enumerate() {
        if row[ROW - 1] & (1 << at) != 0 {
            scores = scores.with(score, Some(f64::from_bits(long(next))));
            next += 8;
        }
    }
    SessionRow {
        line: long(0),
        session: u32::from_le_bytes(row[8..12].try_into().expect("four bytes")),
        delivery: match row[12] {
            1 => Some(Delivery::Online),
            2 => Some(Delivery::InPerson),
            3 => Some(Delivery::Hybrid),
            _ => None,
        },
        day: Some(u16::from_le_bytes(
            row[13..15].try_into().expect("two bytes"),
        ))
        .filter(|_| row[15] > 0)
        .map(|month| Day {
            month: Month::from_number(month),
            of_month: row[15],
        }),
        scores,
    }
}
