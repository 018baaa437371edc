//! The house keeps its floors apart, and the tree keeps its habits.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).expect("it is text");
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} holds no Rust file");
    files
}

/// The modules after `crate::` in a line, one by one or in braces.
fn floors_named_in(line: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    line.match_indices("crate::")
        .flat_map(|(at, found)| {
            let rest = &line[at + found.len()..];
            match rest.strip_prefix('{') {
                Some(list) => list
                    .split(',')
                    .map(name)
                    .filter(|n| !n.is_empty())
                    .collect(),
                None => vec![name(rest)],
            }
        })
        .collect()
}

#[test]
fn the_floors_of_a_line_are_found() {
    assert_eq!(
        floors_named_in("use crate::{features, study};"),
        ["features", "study"]
    );
    assert_eq!(
        floors_named_in("let x = crate::stats::y(crate::study::z);"),
        ["stats", "study"]
    );
}

#[test]
fn a_floor_uses_only_floors_below_it() {
    // `stats` is a crate of its own: it can use no floor.
    let may_use: [(&str, &[&str]); 9] = [
        ("study", &["study"]),
        ("findings", &["findings", "study"]),
        ("intake", &["intake", "study", "stats"]),
        ("features", &["features", "intake", "study", "stats"]),
        ("simulation", &["simulation", "study"]),
        (
            "questions",
            &[
                "questions",
                "features",
                "intake",
                "findings",
                "study",
                "stats",
            ],
        ),
        ("report", &["report", "findings", "study"]),
        (
            "review",
            &["review", "report", "findings", "study", "stats"],
        ),
        (
            "commands",
            &[
                "commands",
                "cli",
                "features",
                "findings",
                "intake",
                "questions",
                "report",
                "review",
                "simulation",
                "study",
            ],
        ),
    ];
    for (floor, allowed) in may_use {
        for (path, text) in rust_files(&format!("src/{floor}")) {
            for line in text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                for used in floors_named_in(line) {
                    assert!(
                        allowed.contains(&used.as_str()),
                        "{}: {floor} may not use {used}: {line}",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn pure_floors_know_no_files_no_clock_and_no_tables() {
    for floor in ["stats", "questions", "findings"] {
        for (path, text) in rust_files(&format!("src/{floor}")) {
            for word in [
                "std::fs",
                "std::env",
                "Instant::now",
                "SystemTime",
                "polars",
                "println!",
                "thread_rng",
            ] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, text) in rust_files("src") {
        assert!(
            text.starts_with("//!"),
            "{} has no module head",
            path.display()
        );
    }
}

#[test]
fn nothing_unfinished_is_in_the_tree() {
    for folder in ["src", "tests", "benches"] {
        for (path, text) in rust_files(folder) {
            if path.ends_with("floors.rs") {
                continue;
            }
            for word in [
                "TODO",
                "FIXME",
                "todo!(",
                "unimplemented!(",
                "dbg!(",
                "#[ignore",
            ] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}

#[test]
fn there_is_no_network_code_in_the_dependency_tree() {
    let lock =
        std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock file is committed");
    let names: Vec<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect();
    assert!(names.contains(&"polars"), "the lock file is read");
    for network in [
        "reqwest",
        "hyper",
        "hyper-util",
        "rustls",
        "native-tls",
        "openssl",
        "ring",
        "object_store",
        "ureq",
        "curl",
        "h2",
        "quinn",
        "tokio-rustls",
        "isahc",
        "surf",
        "attohttpc",
    ] {
        assert!(
            !names.contains(&network),
            "{network} is in the dependency tree"
        );
    }
}

#[test]
fn the_project_needs_nothing_outside_itself() {
    for folder in ["src", "tests", "benches"] {
        for (path, text) in rust_files(folder) {
            let outside = ["..", "/shared"].concat();
            assert!(
                !text.contains(&outside),
                "{} points outside the project",
                path.display()
            );
        }
    }
}
