//! What a killed run has left is cleared away by the next, and nothing else is.

use std::fs::{self, File};
use std::path::Path;

use super::Publication;

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
