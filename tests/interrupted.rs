//! A run that is killed, has no room or may not write loses nothing: the last report and review stand.

#![cfg(unix)]

mod shared;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use shared::{Clinic, snapshot};

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Two sets of findings about few questions, so that a report of them is drawn quickly.
fn clinic() -> Clinic {
    let clients = 0..40;
    let sessions = clients
        .clone()
        .flat_map(|c| (1..=3).map(move |s| format!("c{c:03},{s},{}\n", 20 + (c * 7 + s * 3) % 30)));
    let outcomes = clients.map(|c| format!("c{c:03},phq9,{},{}\n", 10 + c % 9, 3 + c * 5 % 12));
    let outcomes: String = ["client_id,measure,pre,post\n".to_owned()]
        .into_iter()
        .chain(outcomes)
        .collect();
    let off = [
        "sensitivity",
        "measure",
        "cbt_technique",
        "psychosis",
        "three_sessions",
        "ruptures",
        "empathy",
        "items",
        "change",
        "dropout",
        "therapists",
        "session_to_session",
        "alliance_growth",
        "multilevel_correlation",
        "sites",
        "monitoring",
        "units",
    ]
    .map(|question| format!("{question} = false\n"))
    .concat();
    let clinic = Clinic::of(
        "client_id,session,alliance\n".to_owned() + &sessions.collect::<String>(),
        &outcomes,
    )
    .study(&format!(
        "name = \"x\"\n[analysis]\nbootstrap_replicates = 100\n[questions]\n{off}"
    ));
    for name in ["old.json", "new.json"] {
        clinic.analyze();
        clinic.write(name, clinic.read("report/findings.json"));
        clinic.write("outcomes.csv", outcomes.replacen(",3\n", ",4\n", 1));
    }
    fs::remove_dir_all(clinic.path("report")).expect("it can be removed");
    clinic
}

/// What is published into the folder `published`, from either findings, and the exit code of it.
struct Publication {
    clinic: Clinic,
    verb: &'static str,
    code: i32,
}

impl Publication {
    fn report() -> Publication {
        Publication {
            clinic: clinic(),
            verb: "report",
            code: 0,
        }
    }

    /// So few clients never pass a review.
    fn review() -> Publication {
        Publication {
            clinic: clinic(),
            verb: "review",
            code: 4,
        }
    }

    fn of(&self, findings: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alliance"));
        command
            .args([self.verb, findings, "--out", "published"])
            .current_dir(self.clinic.path(""));
        command
    }

    #[track_caller]
    fn publish(&self, findings: &str) -> Files {
        let run = self
            .clinic
            .run(&[self.verb, findings, "--out", "published"]);
        assert_eq!(run.code, self.code, "{run:?}");
        assert_eq!(self.left(), Vec::<PathBuf>::new());
        self.published()
    }

    fn published(&self) -> Files {
        snapshot(&self.clinic.path("published"))
    }

    /// The staging folders beside it.
    fn left(&self) -> Vec<PathBuf> {
        let beside = fs::read_dir(self.clinic.path("")).expect("the folder is there");
        beside
            .map(|entry| entry.expect("it can be read"))
            .filter(|entry| entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .collect()
    }

    /// How many files are in staging folders.
    fn staged(&self) -> usize {
        fn files(folder: &Path) -> usize {
            // Folders come and go while they are counted.
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries
                .map(|entry| match entry.file_type() {
                    Ok(kind) if kind.is_dir() => files(&entry.path()),
                    _ => 1,
                })
                .sum()
        }
        self.left().iter().map(|folder| files(folder)).sum()
    }

    /// The folder itself, whatever its name leads to: it changes when the folder is replaced.
    fn inode(&self) -> u64 {
        let published = fs::metadata(self.clinic.path("published"));
        published.expect("it is never away").ino()
    }
}

/// Waits for something, or for the end of the run.
fn wait_until(run: &mut Child, mut happened: impl FnMut() -> bool) {
    while !happened() && run.try_wait().expect("it can be asked").is_none() {
        std::hint::spin_loop();
    }
}

/// When a run is killed.
#[derive(Debug)]
enum Moment {
    After(Duration),
    /// The first file is in the staging folder, and then this long.
    Staging(Duration),
    /// So many files are in the staging folder.
    Staged(usize),
    /// The folder was replaced, and the last one is being deleted.
    Replaced(Duration),
}

/// Kills runs at many moments: what is published is the last or the new, byte for byte, and the next run
/// ends well and clears up.
fn killed_at_any_moment(publication: &Publication, moments: u32) {
    publication.publish("old.json");
    // So many files of the reader's own that staging and deleting take a while.
    for slide in 0..40 {
        let name = format!("published/slides/{slide}.md");
        publication.clinic.write(&name, format!("# {slide}"));
    }
    let started = Instant::now();
    let mut next = ("new.json", publication.publish("new.json"));
    let whole = started.elapsed();
    let mut last = ("old.json", publication.publish("old.json"));
    assert!(last.1 != next.1);
    let all_files = next.1.len();
    let (mut kept, mut replaced, mut abandoned) = (0, 0, 0);
    for i in 0..moments {
        for moment in [
            Moment::After(whole * i / moments),
            Moment::Staging(Duration::from_micros(u64::from(i) * 200)),
            Moment::Staged(1 + all_files * i as usize / moments as usize),
            Moment::Replaced(Duration::from_micros(u64::from(i) * 100)),
        ] {
            let inode = publication.inode();
            let mut run = publication
                .of(next.0)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the binary was built");
            match moment {
                Moment::After(delay) => sleep(delay),
                Moment::Staged(files) => wait_until(&mut run, || publication.staged() >= files),
                Moment::Staging(delay) => {
                    wait_until(&mut run, || !publication.left().is_empty());
                    sleep(delay);
                }
                Moment::Replaced(delay) => {
                    wait_until(&mut run, || publication.inode() != inode);
                    sleep(delay);
                }
            }
            run.kill().expect("it can be killed");
            run.wait().expect("it ended");
            abandoned += publication.left().len();
            let found = publication.published();
            if found == last.1 {
                kept += 1;
            } else {
                assert!(found == next.1, "a mixture after {moment:?}");
                replaced += 1;
            }
            assert!(publication.publish(next.0) == next.1, "after {moment:?}");
            std::mem::swap(&mut last, &mut next);
        }
    }
    // The moments were the right ones.
    assert!(
        kept > 0 && replaced > 0 && abandoned > 0,
        "{kept} kept, {replaced} replaced, {abandoned} abandoned"
    );
}

#[test]
fn a_report_killed_at_any_moment_leaves_the_last_one_or_the_new_one() {
    killed_at_any_moment(&Publication::report(), 4);
}

#[test]
fn a_review_killed_at_any_moment_leaves_the_last_one_or_the_new_one() {
    killed_at_any_moment(&Publication::review(), 12);
}

#[test]
fn at_no_moment_is_there_no_review() {
    let publication = Publication::review();
    publication.publish("old.json");
    let mut looks = 0_u64;
    let mut replaced = 0;
    for i in 0..40 {
        let inode = publication.inode();
        let mut run = publication
            .of(["new.json", "old.json"][i % 2])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary was built");
        // Asked without a pause: whatever could be seen could be what a kill leaves.
        wait_until(&mut run, || {
            (0..1000).for_each(|_| _ = publication.inode());
            looks += 1000;
            false
        });
        replaced += usize::from(publication.inode() != inode);
    }
    assert_eq!(replaced, 40);
    assert!(looks > 40_000, "{looks}");
}

// ------------------------------------------------------------------------- what a killed run left

#[test]
fn only_what_a_killed_run_left_is_cleared_away() {
    let publication = Publication::review();
    let old = publication.publish("old.json");
    let clinic = &publication.clinic;
    clinic.write(".alliance-staging-killed/in_use", "");
    clinic.write(".alliance-staging-killed/fresh/review.json", "{}");
    clinic.write(".alliance-staging-killed/aside/published/review.json", "{}");
    fs::create_dir(clinic.path(".alliance-staging-at-once")).expect("it can be made");
    // Of a run that is still going, and of somebody else.
    clinic.write(".alliance-staging-running/fresh/review.json", "{}");
    clinic.write(".alliance-staging-foreign/thesis.txt", "my own words");
    clinic.write(".alliance-notes/in_use", "my own words");
    let in_use = File::create(clinic.path(".alliance-staging-running/in_use"));
    let in_use = in_use.expect("it can be made");
    in_use.lock().expect("it can be locked");
    let run = clinic.run(&["review", "new.json", "--out", "published"]);
    assert_eq!(run.code, publication.code, "{run:?}");
    assert!(publication.published() != old);
    let left = |names: &[&str]| {
        let mut left = publication.left();
        left.sort();
        assert_eq!(
            left,
            names
                .iter()
                .map(|name| clinic.path(name))
                .collect::<Vec<_>>()
        );
    };
    left(&[
        ".alliance-notes",
        ".alliance-staging-foreign",
        ".alliance-staging-running",
    ]);
    assert!(clinic.exists(".alliance-staging-running/fresh/review.json"));
    drop(in_use);
    clinic.run(&["review", "new.json", "--out", "published"]);
    left(&[".alliance-notes", ".alliance-staging-foreign"]);
}

#[test]
fn a_review_put_aside_by_a_killed_run_is_put_back() {
    let publication = Publication::review();
    publication.publish("old.json");
    let clinic = &publication.clinic;
    clinic.write("published/minutes.txt", "we decided to look again");
    let last = publication.published();
    // Where two folders cannot be exchanged, a run can be killed between two renames.
    clinic.write(".alliance-staging-killed/in_use", "");
    let aside = clinic.path(".alliance-staging-killed/aside");
    fs::create_dir(&aside).expect("it can be made");
    fs::rename(clinic.path("published"), aside.join("published")).expect("it can be moved");
    // A run beside it that fails puts it back already.
    let run = clinic.run(&["review", "new.json", "--out", &"x".repeat(300)]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(publication.published() == last);
    let new = publication.publish("new.json");
    assert_eq!(
        new[Path::new("minutes.txt")],
        last[Path::new("minutes.txt")]
    );
}

// --------------------------------------------------------------------------------- no room, no right

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
    let mut named = std::collections::BTreeSet::new();
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
