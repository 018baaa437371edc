//! A disk without room, and folders that may not be written in.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Files, Publication};

/// The last publication stands, nothing is left beside it, and the reason is said.
#[track_caller]
fn failed(publication: &Publication, run: &mut Command, last: &Files) -> String {
    let output = run.output().expect("it can be run");
    let said = String::from_utf8(output.stderr).expect("stderr is UTF-8");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(output.stdout, b"", "{said}");
    assert!(publication.published() == *last);
    assert_eq!(publication.left(), Vec::<PathBuf>::new());
    said
}

/// No file may grow beyond a limit: writing fails just there, as it does on a full disk.
fn without_room(publication: &Publication) {
    let last = publication.publish("old.json");
    let fresh = publication.publish("new.json");
    let largest = fresh.values().map(Vec::len).max().expect("it has files");
    publication.publish("old.json");
    let mut named = BTreeSet::new();
    // In blocks of 512 bytes.
    for limit in [
        0,
        1,
        2,
        4,
        8,
        16,
        24,
        32,
        48,
        64,
        96,
        128,
        largest / 512 - 2,
    ] {
        let mut run = Command::new("sh");
        run.arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\""))
            .args(["sh", env!("CARGO_BIN_EXE_alliance"), publication.verb])
            .args(["new.json", "--out", "published"])
            .current_dir(publication.clinic.path(""));
        let said = failed(publication, &mut run, &last);
        let file = said
            .strip_prefix("alliance: cannot write published/")
            .and_then(|rest| rest.split_once(", nothing was replaced: File too large (os error "))
            .unwrap_or_else(|| panic!("{said}"))
            .0;
        let bytes = fresh[Path::new(file)].len();
        assert!(bytes > limit * 512, "{limit}: {file} has {bytes}");
        named.insert(file.to_owned());
    }
    assert!(named.len() > 1, "{named:?}");
    assert!(publication.publish("new.json") == fresh);
}

#[test]
fn without_room_the_last_report_stands() {
    without_room(&Publication::report());
}

#[test]
fn without_room_the_last_review_stands() {
    without_room(&Publication::review());
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is the test's own");
}

#[test]
fn in_a_read_only_folder_the_last_review_stands() {
    for publication in [Publication::review(), Publication::report()] {
        let last = publication.publish("old.json");
        let folder = publication.clinic.path("");
        let mut run = publication.of("new.json");
        allow(&folder, 0o555);
        // Such a folder does not stop root, so root runs it as somebody else.
        let probe = folder.join("probe");
        let is_root = fs::write(&probe, "").is_ok();
        if is_root {
            fs::remove_file(&probe).expect("root may");
            allow(&folder.join(".."), 0o755);
            let binary = folder.join("../alliance");
            fs::copy(env!("CARGO_BIN_EXE_alliance"), &binary).expect("root may");
            run = Command::new(binary);
            run.args([publication.verb, "new.json", "--out", "published"])
                .current_dir(&folder)
                .gid(65534)
                .uid(65534);
        }
        let said = failed(&publication, &mut run, &last);
        let reason = "alliance: cannot write in .: Permission denied (os error 13)";
        assert!(said.starts_with(reason), "{said}");
        allow(&folder, 0o755);
        publication.publish("new.json");
    }
}

#[test]
fn where_nobody_may_write_the_reason_is_said() {
    let publication = Publication::review();
    let last = publication.publish("old.json");
    // Not even root.
    let nobodys = if cfg!(target_os = "macos") {
        "/System"
    } else {
        "/sys"
    };
    for (out, parent) in [
        (format!("{nobodys}/review"), nobodys.to_owned()),
        (format!("{nobodys}/a/b/review"), format!("{nobodys}/a/b")),
        ("new.json/review".into(), "new.json".into()),
        ("new.json/a/review".into(), "new.json/a".into()),
    ] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_alliance"));
        run.args(["review", "new.json", "--out", &out])
            .current_dir(publication.clinic.path(""));
        let said = failed(&publication, &mut run, &last);
        assert!(
            said.starts_with(&format!("alliance: cannot write in {parent}: "))
                && said.contains(" (os error "),
            "{said}"
        );
        assert!(!Path::new(&out).exists());
    }
}
