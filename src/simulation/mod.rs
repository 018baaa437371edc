//! A made-up clinic with known truth, written as the files a real clinic would have.
//! **Question.** If the truth is known, does an analysis find it?
//! **Method.** One random stream per client, so that any client can be drawn alone; chunks in parallel, written in order.
//! **Not.** A made-up clinic proves that a method works where its assumptions hold; it says nothing about real clients.
//! **Sources.** See [`Clinic`] for the settings and `tests/simulation.rs` for the truth that comes back.

mod calendar;
mod calibration;
mod case_mix;
mod clinic;
mod course;
mod lengths;
mod population;
mod rows;
mod stream;
mod study_file;

use std::io::{self, Write};

use rayon::prelude::*;

pub use case_mix::{Delivery, Diagnosis, Treatment};
pub use clinic::Clinic;
pub use course::{Rating, Rupture, Status};
pub use population::{Client, Outcome, Population};
pub use study_file::study_toml;

use crate::study::{OUTCOME_COLUMNS, SESSION_COLUMNS};
use calendar::Calendar;
use stream::{Permutation, Purpose};

/// Clients drawn by one thread in one go.
const CHUNK: u64 = 2048;

/// Writes `sessions.csv`: client by client, or in a pseudo-random order if the clinic says so.
///
/// Memory stays bounded, but for the pseudo-random order, which holds all rows.
///
/// ```
/// use alliance::simulation::{Clinic, write_sessions};
/// let mut csv = Vec::new();
/// write_sessions(&Clinic { clients: 30, ..Clinic::default() }, &mut csv)?;
/// assert!(csv.starts_with(b"client_id,therapist_id,site_id,session,date,delivery,alliance"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// `InvalidInput` with every impossible setting; whatever `out` fails with.
pub fn write_sessions(clinic: &Clinic, mut out: impl Write) -> io::Result<()> {
    let population = population_of(clinic)?;
    let calendar = Calendar::new();
    let chunks = |sink: &mut dyn FnMut(&[u8]) -> io::Result<()>| {
        by_chunks(
            clinic.clients,
            |client, rows| rows::sessions(&population, &calendar, client, rows),
            sink,
        )
    };
    writeln!(out, "{}", SESSION_COLUMNS.join(","))?;
    if clinic.shuffle {
        let mut rows = Vec::new();
        chunks(&mut |chunk| {
            rows.extend_from_slice(chunk);
            Ok(())
        })?;
        write_shuffled(clinic.seed, &rows, &mut out)?;
    } else {
        chunks(&mut |chunk| out.write_all(chunk))?;
    }
    out.flush()
}

/// Writes `outcomes.csv`: one row per client and measure, in the order of the clients.
///
/// # Errors
/// As [`write_sessions`].
pub fn write_outcomes(clinic: &Clinic, mut out: impl Write) -> io::Result<()> {
    let population = population_of(clinic)?;
    writeln!(out, "{}", OUTCOME_COLUMNS.join(","))?;
    by_chunks(
        clinic.clients,
        |client, rows| rows::outcomes(&population, client, rows),
        &mut |chunk| out.write_all(chunk),
    )?;
    out.flush()
}

fn population_of(clinic: &Clinic) -> io::Result<Population> {
    Population::new(clinic)
        .map_err(|problems| io::Error::new(io::ErrorKind::InvalidInput, problems.join("\n")))
}

/// Draws chunks of clients in parallel and hands them on in order.
fn by_chunks(
    clients: u64,
    rows_of: impl Fn(u64, &mut Vec<u8>) + Sync,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let at_once = 4 * rayon::current_num_threads() as u64;
    let mut buffers = vec![Vec::new(); at_once as usize];
    for first in (0..clients).step_by((at_once * CHUNK) as usize) {
        buffers
            .par_iter_mut()
            .enumerate()
            .for_each(|(chunk, buffer)| {
                buffer.clear();
                let start = (first + chunk as u64 * CHUNK).min(clients);
                for client in start..(start + CHUNK).min(clients) {
                    rows_of(client, buffer);
                }
            });
        for buffer in &buffers {
            sink(buffer)?;
        }
    }
    Ok(())
}

/// Writes lines in a pseudo-random order that follows from the seed.
fn write_shuffled(seed: u64, rows: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut ends = Vec::new();
    ends.push(0);
    ends.extend(
        rows.iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1),
    );
    let count = ends.len() as u64 - 1;
    let order = Permutation::new(seed, Purpose::RowOrder, count);
    let mut block = Vec::with_capacity(1 << 20);
    for place in 0..count {
        let row = order.of(place) as usize;
        block.extend_from_slice(&rows[ends[row]..ends[row + 1]]);
        if block.len() >= (1 << 20) - 256 {
            out.write_all(&block)?;
            block.clear();
        }
    }
    out.write_all(&block)
}
