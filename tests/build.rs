//! The first report and the tests share one build.

use std::collections::BTreeSet;
use std::process::Command;

/// Every crate of these kinds of dependency, with the features it is built with.
fn crates(kinds: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none"])
        .args(["--format", "{p} {f}", "--edges", kinds])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs the tests");
    assert!(tree.status.success(), "{tree:?}");
    let text = String::from_utf8(tree.stdout).expect("it is text");
    // A crate that was listed before has a star.
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_tests_ask_no_crate_of_the_program_for_more_features() {
    let of_program = crates("normal,build");
    let of_tests = crates("normal,build,dev");
    assert!(of_program.iter().any(|line| line.starts_with("polars ")));
    let built_again: Vec<&String> = of_program.difference(&of_tests).collect();
    assert!(
        built_again.is_empty(),
        "built a second time for the tests, with other features: {built_again:#?}"
    );
}
