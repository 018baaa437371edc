//! Writing a report so that nothing is lost: staged beside its place, then exchanged with the last.

use std::fs::FileType;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::staging::Staging;
use super::{figures, tables};

/// What a folder of the program's holds.
pub struct Kind {
    pub name: &'static str,
    /// The file by which such a folder is known.
    marker: &'static str,
    is_own: fn(&Path) -> bool,
}

/// A report of findings.
pub const REPORT: Kind = Kind {
    name: "report",
    marker: "findings.json",
    is_own,
};

/// A quality review.
pub const REVIEW: Kind = Kind {
    name: "review",
    marker: "review.json",
    is_own: |path| {
        let own = ["review.json", "review.html", "review.md", "junit.xml"];
        own.iter().any(|own| path == Path::new(own))
    },
};

/// Writes files that belong together: all into a staging folder beside `folder`, then one exchange of the
/// two. When anything fails, or the run is killed, what was there stands as it was; what the reader has
/// put beside it is kept.
///
/// # Errors
/// When the folder holds something else, or cannot be written.
pub fn publish(folder: &Path, kind: &Kind, files: &[(PathBuf, Vec<u8>)]) -> anyhow::Result<()> {
    // A link is followed, so that the report behind it is replaced and not the link.
    let behind = folder
        .is_symlink()
        .then(|| folder.canonicalize().ok())
        .flatten();
    let folder = behind.as_deref().unwrap_or(folder);
    if folder.is_dir() {
        let mut entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        let is_one = folder.join(kind.marker).is_file();
        if !is_one && entries.next().is_some() {
            bail!(
                "{} is not empty and holds no {}; choose another folder with --out",
                folder.display(),
                kind.name
            );
        }
    } else if folder.exists() {
        bail!("{} is a file, expected a folder", folder.display());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let cannot_write = || format!("cannot write in {}", parent.display());
    std::fs::create_dir_all(parent).with_context(cannot_write)?;
    let staging = Staging::inside(parent).with_context(cannot_write)?;
    let fresh = staging.fresh();
    for (path, content) in files {
        write(&fresh.join(path), content)
            .with_context(|| not_replaced("write", &folder.join(path)))?;
    }
    // The reader's own files are copied before anything is renamed, so that they cannot be lost; nor
    // are they when a drive cannot say at the moment whether they are there.
    let is_there = folder.try_exists();
    if is_there.with_context(|| not_replaced("read", folder))? {
        copy_foreign(kind, folder, &fresh, &PathBuf::new())?;
    }
    let aside = staging.aside(folder.file_name().unwrap_or_default());
    replace(folder, &fresh, &aside).with_context(|| {
        format!(
            "cannot replace {}; the last {} is {}",
            folder.display(),
            kind.name,
            if aside.exists() {
                format!("in {}", aside.display())
            } else {
                "untouched".into()
            }
        )
    })
}

fn not_replaced(what: &str, path: &Path) -> String {
    format!("cannot {what} {}, nothing was replaced", path.display())
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().expect("every file is inside the report"))?;
    std::fs::write(path, content)
}

/// The files of a report outside its folders.
const TOP: [&str; 6] = [
    "findings.json",
    "estimates.csv",
    "estimates.parquet",
    "report.md",
    "index.html",
    "verify.R",
];

/// Is this a file that the program writes, by its place in the report?
fn is_own(path: &Path) -> bool {
    let is_one_of = |ids: &[&str], endings: &[&str]| {
        let stem = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        ids.contains(&stem) && endings.contains(&ending)
    };
    match path.parent().and_then(Path::to_str) {
        Some("") => TOP.iter().any(|own| path == Path::new(own)),
        Some("tables") => is_one_of(&tables::IDS, &["csv"]),
        Some("figures") => is_one_of(&figures::IDS, &["svg", "png", "csv"]),
        _ => false,
    }
}

/// Copies what is not the program's from the last report into the fresh one.
fn copy_foreign(kind: &Kind, last: &Path, fresh: &Path, inside: &Path) -> anyhow::Result<()> {
    let folder = last.join(inside);
    let cannot_read = || not_replaced("read", &folder);
    for entry in std::fs::read_dir(&folder).with_context(cannot_read)? {
        let entry = entry.with_context(cannot_read)?;
        let path = inside.join(entry.file_name());
        let what = entry.file_type().with_context(cannot_read)?;
        if what.is_dir() {
            copy_foreign(kind, last, fresh, &path)?;
        } else if !(kind.is_own)(&path) {
            let (from, to) = (last.join(&path), fresh.join(&path));
            std::fs::create_dir_all(to.parent().expect("every file is inside the report"))
                .and_then(|()| copy(&from, what, &to))
                .with_context(|| not_replaced("copy", &from))?;
        }
    }
    Ok(())
}

/// Copies a file, or a link as a link: what is behind it lies outside the report. A pipe would keep the
/// reader waiting for ever.
fn copy(from: &Path, what: FileType, to: &Path) -> std::io::Result<()> {
    if what.is_symlink() {
        link(&std::fs::read_link(from)?, to)
    } else if what.is_file() {
        std::fs::copy(from, to).map(|_| ())
    } else {
        Err(std::io::Error::other(
            "it is neither a file nor a folder; move it elsewhere",
        ))
    }
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("it is a link; move it elsewhere"))
}

/// Puts `fresh` in the place of `folder`.
fn replace(folder: &Path, fresh: &Path, aside: &Path) -> std::io::Result<()> {
    if !folder.exists() {
        return std::fs::rename(fresh, folder);
    }
    match exchange(fresh, folder) {
        // Not every file system can: a network drive often cannot.
        Err(e) if matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            replace_in_two_steps(folder, fresh, aside)
        }
        done => done,
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Killed between the two steps, `folder` is away until the next run puts it back from `aside`.
fn replace_in_two_steps(folder: &Path, fresh: &Path, aside: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(aside.parent().expect("it is inside the staging folder"))?;
    std::fs::rename(folder, aside)?;
    std::fs::rename(fresh, folder).inspect_err(|_| {
        // Nothing else can be done when this fails too; the error says where the folder is.
        let _ = std::fs::rename(aside, folder);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Findings;

    #[test]
    fn every_file_of_a_report_is_the_programs_own() {
        let text = include_str!("../../reports/clinic/findings.json");
        let findings = Findings::from_json(text).expect("the committed findings read back");
        for (path, _) in crate::report::files(&findings).expect("it can be drawn") {
            assert!(is_own(&path), "{}", path.display());
        }
    }

    #[test]
    fn without_an_exchange_two_steps_replace_a_folder_or_leave_it_as_it_was() {
        let parent = tempfile::tempdir().expect("a temporary folder can be made");
        let [folder, fresh, aside] =
            ["report", "staging/fresh", "staging/aside/report"].map(|p| parent.path().join(p));
        let held = |folder: &Path| std::fs::read_to_string(folder.join("page")).ok();
        write(&folder.join("page"), b"last").expect("it can be written");
        replace_in_two_steps(&folder, &fresh, &aside).expect_err("there is nothing fresh");
        assert_eq!(
            (held(&folder).as_deref(), held(&aside)),
            (Some("last"), None)
        );
        write(&fresh.join("page"), b"new").expect("it can be written");
        replace_in_two_steps(&folder, &fresh, &aside).expect("it can be replaced");
        assert_eq!(held(&folder).as_deref(), Some("new"));
        assert_eq!(held(&aside).as_deref(), Some("last"));
    }

    #[test]
    fn only_what_the_program_writes_is_its_own() {
        for own in ["index.html", "tables/results.csv", "figures/forest.png"] {
            assert!(is_own(Path::new(own)), "{own}");
        }
        for foreign in [
            "notes.md",
            "tables/mine.txt",
            "tables/mine.csv",
            "figures/forest.xcf",
            "review/index.html",
        ] {
            assert!(!is_own(Path::new(foreign)), "{foreign}");
        }
    }
}
