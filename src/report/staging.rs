//! A folder to write in before anything is replaced, which no run leaves behind for good.
//!
//! A run that is killed cannot clear its folder away; the next one beside it does. The system gives a
//! lock back however a run ends, and so the lock tells an abandoned folder from one in use.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const PREFIX: &str = ".alliance-staging-";
const LOCK: &str = "in_use";

/// Another run takes a new folder away only if it looks just between its making and its locking.
const TRIES: usize = 20;

/// A folder beside the place of what is published; cleared away when dropped.
pub struct Staging {
    folder: PathBuf,
    /// None where the file system has no locks: then nobody else clears the folder away.
    lock: Option<File>,
}

impl Staging {
    /// A new folder in `parent`, after those that killed runs have left there are cleared away.
    ///
    /// # Errors
    /// When nothing can be made in `parent`.
    pub fn inside(parent: &Path) -> io::Result<Staging> {
        clear_abandoned(parent);
        for _ in 0..TRIES {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let path = folder.path().join(LOCK);
            let lock = match File::create_new(&path) {
                // Without a held lock the folder looked abandoned to another run, here and below.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                lock => lock?,
            };
            let lock = match lock.try_lock() {
                Ok(()) if path.try_exists()? => Some(lock),
                Ok(()) | Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(_)) => None,
            };
            return Ok(Staging {
                folder: folder.keep(),
                lock,
            });
        }
        Err(io::Error::other("other runs took every new folder away"))
    }

    /// Where the new files are put together.
    pub fn fresh(&self) -> PathBuf {
        self.folder.join("fresh")
    }

    /// Where the folder of this name may be put aside. When nothing has taken its place by the time
    /// the staging folder is cleared, it is put back.
    pub fn aside(&self, name: &OsStr) -> PathBuf {
        self.all_aside().join(name)
    }

    fn all_aside(&self) -> PathBuf {
        self.folder.join("aside")
    }

    fn put_back(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.all_aside()) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let place = self.folder.with_file_name(entry.file_name());
            if !place.exists() {
                fs::rename(entry.path(), place)?;
            }
        }
        Ok(())
    }

    /// Removes all that is inside; the lock last, so that a folder half cleared is still known.
    fn clear(&self) -> io::Result<()> {
        self.put_back()?;
        for inside in [self.fresh(), self.all_aside()] {
            match fs::remove_dir_all(inside) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        fs::remove_file(self.folder.join(LOCK))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be cleared now is left to the next run. A file is gone for certain only when it
        // is closed, and the folder can go only then.
        if self.clear().is_ok() {
            self.lock = None;
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

fn clear_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let folder = entry.path();
        match File::options().write(true).open(folder.join(LOCK)) {
            Ok(lock) if lock.try_lock().is_ok() => drop(Staging {
                folder,
                lock: Some(lock),
            }),
            // Killed before the lock was made, or after it was removed: only an empty folder goes.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let _ = fs::remove_dir(folder);
            }
            _ => {}
        }
    }
}
