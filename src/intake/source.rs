//! An input, opened once: what is read of it, twice or in parallel, is of one and the same file.
//!
//! An export may still be written while it is read. The file is therefore never opened by name again,
//! nothing beyond the length it had is read, and a checksum of every block that was read is kept: when a
//! block is read again, for the digest at the latest, it must be what it was. A time of change alone would
//! not do, which a network drive may tell late.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::file::cannot_be_read;
use super::problem::Problem;

/// Bytes that share a checksum.
const BLOCK: u64 = 16 << 10;
/// Bytes read at a time from start to end.
const STRIDE: u64 = 1 << 20;

/// An input file that is open.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    stamp: Stamp,
    /// The checksum of each block as it was read first; 0 where it was not.
    blocks: Vec<AtomicU64>,
    is_other: AtomicBool,
}

/// By what a file is known to be another or to have been written to.
#[derive(Clone, Debug, PartialEq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
        }
    }
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> io::Result<Source> {
        let file = File::open(path)?;
        let stamp = Stamp::of(&file.metadata()?);
        let blocks = stamp.length.div_ceil(BLOCK);
        Ok(Source {
            path: path.into(),
            file,
            blocks: (0..blocks).map(|_| AtomicU64::new(0)).collect(),
            stamp,
            is_other: AtomicBool::new(false),
        })
    }

    /// As the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes it had when it was opened; later ones are not read.
    pub fn length(&self) -> u64 {
        self.stamp.length
    }

    /// The bytes of a range, read into `buffer`.
    ///
    /// # Errors
    /// When they cannot be read, or are not those that were there before.
    pub fn read<'a>(&self, range: Range<u64>, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let beyond = || io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter");
        if range.start > range.end || range.end > self.length() {
            return Err(beyond());
        }
        let first = range.start / BLOCK;
        let start = first * BLOCK;
        let end = range.end.next_multiple_of(BLOCK).min(self.length());
        buffer.resize((end - start) as usize, 0);
        let mut done = 0;
        while done < buffer.len() {
            match read_at(&self.file, &mut buffer[done..], start + done as u64) {
                Ok(0) => return Err(self.changed()),
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        for (known, block) in self.blocks[first as usize..]
            .iter()
            .zip(buffer.chunks(BLOCK as usize))
        {
            let sum = checksum(block);
            let before = known.swap(sum, Ordering::Relaxed);
            if before != 0 && before != sum {
                return Err(self.changed());
            }
        }
        Ok(&buffer[(range.start - start) as usize..(range.end - start) as usize])
    }

    fn changed(&self) -> io::Error {
        self.is_other.store(true, Ordering::Relaxed);
        io::Error::other("the file changed while it was read")
    }

    /// The bytes from `start` to the end, one after the other.
    pub fn from(&self, start: u64) -> FromStart<'_> {
        FromStart {
            source: self,
            at: start,
            buffer: Vec::new(),
        }
    }

    /// Is this still the file that was opened, as it was?
    ///
    /// # Errors
    /// When it is not, or was not while it was read.
    pub fn is_still(&self) -> Result<(), Problem> {
        let is_same = |metadata: io::Result<Metadata>| {
            metadata.is_ok_and(|metadata| Stamp::of(&metadata) == self.stamp)
        };
        if self.is_other.load(Ordering::Relaxed)
            || !is_same(self.file.metadata())
            || !is_same(std::fs::metadata(&self.path))
        {
            return Err(changed());
        }
        Ok(())
    }

    /// Adds all bytes to a digest; each must be what it was.
    fn add_to(&self, digest: &mut Sha256) -> io::Result<()> {
        let mut buffer = Vec::new();
        let mut at = 0;
        while at < self.length() {
            let end = (at + STRIDE).min(self.length());
            digest.update(self.read(at..end, &mut buffer)?);
            at = end;
        }
        Ok(())
    }
}

/// What is read as one file: a file, or the parts that a cluster writes into a folder.
#[derive(Debug)]
pub struct Input {
    path: PathBuf,
    parts: Vec<Source>,
}

impl Input {
    /// Opens a file, or the Parquet files of a folder.
    ///
    /// # Errors
    /// When it cannot be read, or is a folder without such files.
    pub fn open(path: &Path) -> io::Result<Input> {
        let paths = match parts_of(path) {
            Some(parts) => parts,
            None => vec![path.to_owned()],
        };
        let parts = paths.iter().map(|part| Source::open(part));
        Ok(Input {
            path: path.into(),
            parts: parts.collect::<io::Result<_>>()?,
        })
    }

    pub fn of(source: Source) -> Input {
        Input {
            path: source.path.clone(),
            parts: vec![source],
        }
    }

    /// As the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn parts(&self) -> &[Source] {
        &self.parts
    }

    /// The file, where it is a single one that was named itself.
    pub fn into_file(mut self) -> Result<Source, Input> {
        match self.parts.pop() {
            Some(file) if self.parts.is_empty() && file.path == self.path => Ok(file),
            last => {
                self.parts.extend(last);
                Err(self)
            }
        }
    }

    /// Is this still what was opened, as it was?
    ///
    /// # Errors
    /// When it is not, or was not while it was read.
    pub fn is_still(&self) -> Result<(), Problem> {
        let known = self.parts.iter().map(|part| part.path.as_path());
        if parts_of(&self.path).is_some_and(|parts| !known.eq(parts.iter())) {
            return Err(changed());
        }
        self.parts.iter().try_for_each(Source::is_still)
    }

    /// The SHA-256 digest of the bytes that were read, in hexadecimal; those of parts one after the other,
    /// by their names.
    ///
    /// # Errors
    /// When it cannot be read again, or is not what it was.
    pub fn digest(&self) -> Result<String, Problem> {
        let mut digest = Sha256::new();
        let mut parts = self.parts.iter();
        let all = parts.try_for_each(|part| part.add_to(&mut digest));
        self.is_still()?;
        all.map_err(cannot_be_read)?;
        let bytes = digest.finalize();
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn changed() -> Problem {
    Problem::new(1, 0, "file", "the file changed while it was read")
        .hint("is it still being written? Wait until the export has finished, and run again")
}

/// The Parquet files of a folder by name, where it holds nothing else. Notes of those who wrote them begin
/// with a point or a line.
pub fn parts_of(path: &Path) -> Option<Vec<PathBuf>> {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase()
    };
    // A cluster's marks and checksums are no parts.
    let is_mark = |path: &PathBuf| name(path).starts_with(['.', '_']);
    let entries = std::fs::read_dir(path).ok()?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut parts: Vec<PathBuf> = paths
        .ok()?
        .into_iter()
        .filter(|path| !is_mark(path))
        .collect();
    parts.sort();
    // What is not understood may be a part too, and clients would be lost without a word.
    let all_are_parts = parts
        .iter()
        .all(|path| name(path).ends_with(".parquet") && path.is_file());
    (!parts.is_empty() && all_are_parts).then_some(parts)
}

/// Reads a file from start to end.
pub struct FromStart<'a> {
    source: &'a Source,
    at: u64,
    buffer: Vec<u8>,
}

impl Read for FromStart<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.source.length().saturating_sub(self.at);
        let n = left.min(out.len() as u64).min(STRIDE);
        if n > 0 {
            let bytes = self.source.read(self.at..self.at + n, &mut self.buffer)?;
            out[..bytes.len()].copy_from_slice(bytes);
            self.at += n;
        }
        Ok(n as usize)
    }
}

impl Seek for FromStart<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

/// Tells one block from another, never 0; against accidents, not against forgery.
fn checksum(block: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| {
        let sum = (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^ (sum >> 32)
    };
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    // Four at a time, which do not wait for each other.
    let mut lanes = [1, 2, 3, 4];
    let mut fours = block.chunks_exact(32);
    for four in &mut fours {
        for (lane, bytes) in lanes.iter_mut().zip(four.chunks_exact(8)) {
            *lane = step(
                *lane,
                u64::from_le_bytes(bytes.try_into().expect("eight bytes")),
            );
        }
    }
    let rest = fours.remainder().chunks(8).map(word);
    let sum = lanes.into_iter().chain(rest).fold(block.len() as u64, step);
    sum.max(1)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("there is room");
        file.write_all(bytes).expect("there is room");
        file
    }

    #[test]
    fn any_range_and_the_whole_are_read_as_they_are() {
        let bytes: Vec<u8> = (0..100_000u32).map(|i| (i * 31 % 251) as u8).collect();
        let file = file_of(&bytes);
        let source = Source::open(file.path()).expect("it is there");
        let mut buffer = Vec::new();
        for range in [0..0, 0..5, 16_383..16_385, 40_000..99_999, 99_999..100_000] {
            let read = source.read(range.start as u64..range.end as u64, &mut buffer);
            assert_eq!(read.expect("it is there"), &bytes[range]);
        }
        assert!(source.read(99_999..100_001, &mut buffer).is_err());
        let mut all = Vec::new();
        source.from(7).read_to_end(&mut all).expect("it is there");
        assert_eq!(all, &bytes[7..]);
    }

    #[test]
    fn the_digest_is_that_of_the_whole_file() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for (bytes, expected) in [(&b""[..], of_nothing), (b"abc", of_abc)] {
            let file = file_of(bytes);
            let input = Input::open(file.path()).expect("it is there");
            assert_eq!(input.digest().expect("it is what it was"), expected);
        }
    }

    #[test]
    fn one_changed_byte_changes_the_checksum_of_its_block() {
        let block: Vec<u8> = (0..1000u32).map(|i| (i % 7) as u8).collect();
        for at in 0..block.len() {
            let mut other = block.clone();
            other[at] ^= 1;
            assert_ne!(checksum(&block), checksum(&other), "{at}");
        }
        assert_ne!(checksum(&[0; 8]), checksum(&[0; 16]));
    }
}
