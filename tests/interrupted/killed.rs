//! Runs killed at many moments.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Publication;

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
    /// The staging folder is there, and then this long.
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
    killed_at_any_moment(&Publication::report(), 3);
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
