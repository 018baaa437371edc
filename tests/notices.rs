//! What a binary owes to others: `THIRD-PARTY.md` is what the dependency tree says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A crate that is in the binary.
struct Part {
    name: String,
    version: String,
    licence: String,
    /// As its manifest names them.
    authors: String,
    /// Does it bring a library in C?
    brings_c: bool,
    folder: PathBuf,
}

/// The crates of the normal dependency tree, without our own, by name and version.
fn parts() -> Vec<Part> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs this test");
    let said = String::from_utf8_lossy(&output.stderr);
    let tree: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = list(&tree["resolve"]["nodes"]);
    let nodes: BTreeMap<String, Value> = nodes
        .into_iter()
        .map(|node| (text(&node["id"]), node))
        .collect();
    let mut open = vec![text(&tree["resolve"]["root"])];
    let mut inside = BTreeSet::new();
    while let Some(id) = open.pop() {
        let is_normal = |of: &Value| {
            list(&of["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null())
        };
        let needed = list(&nodes[&id]["deps"]);
        if inside.insert(id) {
            open.extend(
                needed
                    .iter()
                    .filter(|of| is_normal(of))
                    .map(|of| text(&of["pkg"])),
            );
        }
    }
    let mut parts: Vec<Part> = list(&tree["packages"])
        .into_iter()
        .filter(|package| inside.contains(&text(&package["id"])) && !package["source"].is_null())
        .map(|package| Part {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
            authors: list(&package["authors"])
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join("; "),
            brings_c: !package["links"].is_null(),
            folder: Path::new(&text(&package["manifest_path"]))
                .parent()
                .expect("a folder")
                .into(),
        })
        .collect();
    parts.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    parts
}

impl Part {
    /// Its licence files, and those of the C sources it brings.
    fn texts(&self) -> Vec<String> {
        let is_licence = |path: &Path| {
            let name = path
                .file_name()
                .and_then(|n| n.to_str())
                .unwrap_or_default();
            let name = name.to_lowercase();
            path.is_file() && (name.starts_with("licen") || name.starts_with("copying"))
        };
        let files = |folder: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let mut found = files(&self.folder);
        if self.brings_c {
            let below: Vec<PathBuf> = found
                .iter()
                .filter(|path| path.is_dir())
                .flat_map(|path| files(path))
                .collect();
            found.extend(below);
        }
        found.retain(|path| is_licence(path));
        found.sort();
        let texts = found
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok());
        let texts = texts.map(|text| text.replace('\r', ""));
        // Where there is a choice, it is not this one.
        texts
            .filter(|text| !text.contains("GNU GENERAL PUBLIC LICENSE"))
            .collect()
    }

    /// Whose it is, as its licence files or its manifest say.
    fn copyright(&self) -> String {
        let is_notice = |line: &&str| {
            let line = line.to_lowercase();
            let of_somebody = line.contains("(c)")
                || line.contains('©')
                || line.bytes().any(|b| b.is_ascii_digit());
            line.starts_with("copyright") && of_somebody
        };
        let texts = self.texts();
        let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim);
        let lines: BTreeSet<&str> = lines.filter(is_notice).collect();
        let lines: Vec<&str> = lines.into_iter().collect();
        let named = if lines.is_empty() {
            self.authors.clone()
        } else {
            lines.join("; ")
        };
        named.replace('|', "/").replace('<', "(").replace('>', ")")
    }

    /// Can it be used under the MIT or the Apache licence, whose texts are in `LICENSE`?
    fn is_under_ours(&self) -> bool {
        let licence = self.licence.replace('/', " OR ").replace(['(', ')'], "");
        let ours = |one: &str| ["MIT", "Apache-2.0"].contains(&one.trim());
        !self.brings_c
            && licence
                .split(" OR ")
                .any(|choice| choice.split(" AND ").all(ours))
    }
}

fn notices() -> String {
    let parts = parts();
    let mut text = String::from(
        "# Third-party notices\n\nWhat a binary of `alliance` holds besides its own source: the crates of its normal dependency tree (x86-64 Linux) and\ntwo fonts. Where a crate leaves the choice, it is used under the MIT or the Apache-2.0 licence, whose texts are in\n`LICENSE`; the texts of the others follow the table. The test `notices::` keeps this file.\n\n| crate | version | licence | copyright |\n| --- | --- | --- | --- |\n",
    );
    for part in &parts {
        text += &format!(
            "| {} | {} | {} | {} |\n",
            part.name,
            part.version,
            part.licence,
            part.copyright()
        );
    }
    let mut by_text: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for part in parts.iter().filter(|part| !part.is_under_ours()) {
        for licence in part.texts() {
            by_text
                .entry(licence.trim().to_owned())
                .or_default()
                .push(&part.name);
        }
    }
    let mut by_name: Vec<(Vec<&str>, String)> = by_text
        .into_iter()
        .map(|(text, names)| (names, text))
        .collect();
    by_name.sort();
    let fonts = include_str!("../data/fonts/OFL.txt").trim().to_owned();
    by_name.push((vec!["Fonts in `data/fonts`"], fonts));
    for (names, licence) in by_name {
        text += &format!("\n## {}\n\n```text\n{licence}\n```\n", names.join(", "));
    }
    text
}

#[test]
fn the_notices_are_those_of_the_dependency_tree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("THIRD-PARTY.md");
    let now = notices();
    if std::env::var_os("UPDATE_NOTICES").is_some() {
        fs::write(&path, &now).expect("it can be written");
    }
    let is_committed = fs::read_to_string(&path).is_ok_and(|committed| committed == now);
    assert!(is_committed, "run the test with UPDATE_NOTICES=1");
}

#[test]
fn every_crate_says_its_licence() {
    let parts = parts();
    // A crate may leave the text to its sister.
    let has_text = |licence: &str| {
        let mut alike = parts.iter().filter(|part| part.licence == licence);
        alike.any(|part| !part.texts().is_empty())
    };
    for part in &parts {
        assert!(!part.licence.is_empty(), "{} {}", part.name, part.version);
        assert!(
            part.is_under_ours() || has_text(&part.licence),
            "{}",
            part.name
        );
        assert!(
            !part.licence.contains("GPL"),
            "{}: {}",
            part.name,
            part.licence
        );
    }
}
