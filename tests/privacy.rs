//! The report against somebody who wants to know too much.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::shared::{Clinic, first_question_only, snapshot};
use alliance::findings::{Findings, Value::Suppressed};
use alliance::study::Study;
use serde_json::Value;

/// One made-up client.
#[derive(Clone, Debug)]
struct Client {
    id: String,
    therapist: String,
    site: String,
    delivery: &'static str,
    treatment: String,
    diagnosis: String,
    /// The sessions with an alliance rating, of [`SESSIONS`].
    rated: Vec<u32>,
    /// Scores before and after, by measure; a client without an entry has no row.
    scores: BTreeMap<&'static str, [Option<u32>; 2]>,
}

const SESSIONS: u32 = 7;

/// The levels of a group of clients: delivery, treatment, diagnosis, and how many.
type Cell = (&'static str, &'static str, &'static str, usize);

/// Clients with unlikely ids, all complete on the PHQ-9.
fn clients(cells: &[Cell]) -> Vec<Client> {
    let mut clients = Vec::new();
    for &(delivery, treatment, diagnosis, n) in cells {
        for _ in 0..n {
            let i = clients.len() as u32;
            let (pre, post) = (8 + i * 7 % 19, i * 11 % 23);
            clients.push(Client {
                id: format!("kq7x{:05}zw", i * 7919 % 99_991),
                therapist: format!("vjh9{:03}qx", i % 17),
                site: format!("wyk3{}pqz", i % 4),
                delivery,
                treatment: treatment.into(),
                diagnosis: diagnosis.into(),
                rated: (1..=SESSIONS).collect(),
                scores: BTreeMap::from([("PHQ-9", [Some(pre), Some(post)])]),
            });
        }
    }
    clients
}

fn clinic(clients: &[Client]) -> Clinic {
    let mut sessions =
        String::from("client_id,therapist_id,site_id,session,delivery,alliance,symptom\n");
    let mut outcomes = String::from("client_id,measure,pre,post,treatment,diagnosis\n");
    let cell = |x: Option<u32>| x.map_or(String::new(), |x| x.to_string());
    for (i, c) in clients.iter().enumerate() {
        for session in 1..=SESSIONS {
            let rating = 15 + (i as u32 * 13 + session * 5 + i as u32 / 7) % 44;
            let rating = c.rated.contains(&session).then_some(rating);
            let symptom = (i as u32 * 5 + session) % 26;
            let (id, therapist, site, delivery) = (&c.id, &c.therapist, &c.site, c.delivery);
            writeln!(
                sessions,
                "{id},{therapist},{site},{session},{delivery},{},{symptom}",
                cell(rating)
            )
            .unwrap();
        }
        for (measure, [pre, post]) in &c.scores {
            writeln!(
                outcomes,
                "{},{measure},{},{},{},{}",
                c.id,
                cell(*pre),
                cell(*post),
                c.treatment,
                c.diagnosis
            )
            .unwrap();
        }
    }
    // Without its name nothing would be said of the symptoms.
    Clinic::of(sessions, outcomes).study("[measures]\nsymptom = \"PHQ-9\"\n")
}

/// A clinic in which one treatment has three clients.
const ONE_SMALL: [Cell; 6] = [
    ("online", "cbt", "depression", 40),
    ("online", "act", "anxiety", 20),
    ("in_person", "cbt", "anxiety", 30),
    ("in_person", "act", "depression", 15),
    ("in_person", "emdr", "depression", 3),
    ("in_person", "family", "anxiety", 12),
];

/// The estimates of a report: id → (mark or number, n).
fn estimates(clinic: &Clinic) -> BTreeMap<String, (String, Option<u64>)> {
    let text = clinic.read("report/estimates.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = |headers: &csv::StringRecord, name: &str| {
        headers
            .iter()
            .position(|h| h == name)
            .expect("the column is there")
    };
    let headers = reader.headers().unwrap().clone();
    let (id, estimate, n) = (
        column(&headers, "id"),
        column(&headers, "estimate"),
        column(&headers, "n"),
    );
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            (
                record[id].to_owned(),
                (record[estimate].to_owned(), record[n].parse().ok()),
            )
        })
        .collect()
}

/// The findings of a clinic without the drawing of a report, for attacks on many clinics: a report
/// is made from them alone.
fn findings_of(clinic: &Clinic) -> Findings {
    let path = |name: &str| clinic.path(name);
    let study = if clinic.exists("study.toml") {
        Study::load(&path("study.toml")).expect("the study is sound")
    } else {
        Study::of_files(&path("sessions.csv"), &path("outcomes.csv"))
    };
    let clients = alliance::features::by_client(&study, &|_| ()).expect("the files are sound");
    alliance::questions::answer(&study, &clients, Default::default()).expect("it can be answered")
}

/// The shown number of clients of every group, and the groups that are suppressed.
fn groups(clinic: &Clinic, question: &str) -> (BTreeMap<String, u64>, BTreeSet<String>) {
    let (mut shown, mut hidden) = (BTreeMap::new(), BTreeSet::new());
    for estimate in findings_of(clinic).estimates() {
        let (id, n) = (&estimate.id, estimate.n());
        let mark = match estimate.value {
            Suppressed { .. } => "suppressed",
            _ => "",
        };
        let Some(group) = id
            .strip_prefix(&format!("{question}."))
            .and_then(|rest| rest.strip_suffix(".partial"))
        else {
            continue;
        };
        match n {
            Some(n) => {
                shown.insert(group.to_owned(), n);
            }
            None => {
                assert_eq!(mark, "suppressed", "{id}");
                hidden.insert(group.to_owned());
            }
        }
    }
    (shown, hidden)
}

/// Which atoms (delivery, treatment, diagnosis) a group of the report holds.
fn holds(group: &str, named: &[(&str, &[&str])], atom: (&str, &str, &str)) -> bool {
    let (delivery, treatment, diagnosis) = atom;
    match group.split_once('.') {
        Some(("delivery", level)) => delivery == level,
        Some(("treatment", level)) => treatment == level,
        Some(("diagnosis", level)) => diagnosis == level,
        _ if group == "overall" => true,
        _ if group == "cbt" => treatment.contains("cbt"),
        _ if group == "psychosis" => diagnosis.contains("psychosis"),
        _ => named
            .iter()
            .find(|(key, _)| *key == group)
            .is_some_and(|(_, treatments)| treatments.contains(&treatment)),
    }
}

/// Does the target follow from the rows by adding and subtracting? Gauss on small whole numbers.
pub fn follows(rows: &[Vec<f64>], target: &[f64]) -> bool {
    let mut rows = rows.to_vec();
    let mut target = target.to_vec();
    for column in 0..target.len() {
        let Some(pivot) = rows.iter().position(|r| r[column].abs() > 1e-9) else {
            continue;
        };
        let pivot = rows.swap_remove(pivot);
        let reduce = |row: &mut Vec<f64>| {
            let factor = row[column] / pivot[column];
            for (x, p) in row.iter_mut().zip(&pivot) {
                *x -= factor * p;
            }
        };
        rows.iter_mut().for_each(reduce);
        reduce(&mut target);
    }
    target.iter().all(|x| x.abs() < 1e-9)
}

/// Everything that somebody can add and subtract: no group of one to `minimum − 1` clients, shown
/// or suppressed, may follow from the counts that are shown.
#[track_caller]
fn no_small_group_follows(cells: &[Cell], named: &[(&str, &[&str])], minimum: u64) {
    let mut settings = format!("name = \"x\"\n[policy]\nminimum_cell = {minimum}\n[groups]\n");
    for (key, treatments) in named {
        writeln!(
            settings,
            "{key} = \"treatment in [{}]\"",
            treatments.join(", ")
        )
        .unwrap();
    }
    settings += &first_question_only();
    let clinic = clinic(&clients(cells)).study(&settings);
    let (shown, hidden) = groups(&clinic, "alliance_outcome");
    // Every combination of levels, met or not: who attacks does not know which are empty.
    let levels =
        |level: fn(&Cell) -> &'static str| -> BTreeSet<&str> { cells.iter().map(level).collect() };
    let mut atoms = Vec::new();
    for delivery in levels(|c| c.0) {
        for treatment in levels(|c| c.1) {
            for diagnosis in levels(|c| c.2) {
                atoms.push((delivery, treatment, diagnosis));
            }
        }
    }
    let vector = |group: &str| -> Vec<f64> {
        atoms
            .iter()
            .map(|a| f64::from(u8::from(holds(group, named, *a))))
            .collect()
    };
    let clients_in = |atom: &(&str, &str, &str)| -> u64 {
        let there = cells.iter().filter(|c| (c.0, c.1, c.2) == *atom);
        there.map(|c| c.3 as u64).sum()
    };
    let size = |v: &[f64]| -> u64 {
        let held = v.iter().zip(&atoms).filter(|(x, _)| **x > 0.0);
        held.map(|(_, atom)| clients_in(atom)).sum()
    };
    let released: Vec<Vec<f64>> = shown.keys().map(|g| vector(g)).collect();
    for (group, n) in &shown {
        assert_eq!(size(&vector(group)), *n, "{group}");
        assert!(*n == 0 || *n >= minimum, "{group}: {n}");
    }
    for group in &hidden {
        let n = size(&vector(group));
        if (1..minimum).contains(&n) {
            assert!(
                !follows(&released, &vector(group)),
                "{group} ({n}) follows: {cells:?}"
            );
        }
    }
    // Levels crossed with nothing: pairs of groups, their difference and their overlap.
    let all: Vec<&String> = shown.keys().chain(&hidden).collect();
    for a in &all {
        for b in &all {
            let (a, b) = (vector(a), vector(b));
            let minus: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * (1.0 - b)).collect();
            let both: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
            for part in [minus, both] {
                if (1..minimum).contains(&size(&part)) {
                    assert!(
                        !follows(&released, &part),
                        "{part:?} follows: {cells:?} {named:?}"
                    );
                }
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------- ids

#[test]
fn no_id_of_a_client_or_a_therapist_is_in_any_output() {
    let people = clients(&ONE_SMALL);
    for settings in [
        "name = \"x\"\n",
        "name = \"x\"\n[policy]\nraw_points = true\n",
    ] {
        let clinic = clinic(&people).study(settings);
        let report = clinic.analyze();
        let files = snapshot(&report);
        assert!(files.len() > 10);
        let ids: BTreeSet<&str> = people
            .iter()
            .flat_map(|c| [&*c.id, &*c.therapist])
            .collect();
        assert!(ids.len() > 130);
        for (path, bytes) in &files {
            let text = String::from_utf8_lossy(bytes);
            for id in &ids {
                assert!(!text.contains(id), "{} holds {id}", path.display());
            }
        }
    }
    let clinic = clinic(&people);
    for args in [
        &["check", "sessions.csv", "outcomes.csv"][..],
        &["analyze", "sessions.csv", "outcomes.csv"],
        &["analyze", "sessions.csv", "outcomes.csv", "--json"],
    ] {
        let run = clinic.run(args);
        assert_eq!(run.code, 0);
        for c in &people {
            assert!(!run.stdout.contains(&c.id) && !run.stderr.contains(&c.id));
        }
    }
}

#[test]
fn a_site_below_the_minimum_is_neither_named_nor_does_it_follow() {
    let mut people = clients(&ONE_SMALL);
    for client in people.iter_mut().take(3) {
        client.site = "wyk39pqz".into();
    }
    let clinic = clinic(&people);
    let report = clinic.analyze();
    for (path, bytes) in snapshot(&report) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("wyk39pqz"), "{}", path.display());
    }
    let all = estimates(&clinic);
    let sites: Vec<(&String, &(String, Option<u64>))> = all
        .iter()
        .filter(|(id, _)| id.starts_with("sites.") && id.ends_with(".partial"))
        .collect();
    assert_eq!(sites.len(), 5);
    let hidden: Vec<_> = sites
        .iter()
        .filter(|(_, (x, _))| x == "suppressed")
        .collect();
    assert_eq!(hidden.len(), 2, "the small one and one more: {sites:?}");
    assert!(
        hidden
            .iter()
            .all(|(id, (_, n))| id.contains("unnamed") && n.is_none())
    );
    // What is left over when the sites shown are taken from all clients is not a small group.
    let shown: u64 = sites.iter().filter_map(|(_, (_, n))| *n).sum();
    let everybody = all["alliance_outcome.overall.partial"]
        .1
        .expect("n is shown");
    assert!(everybody - shown >= 5 + 3, "{everybody} {shown}");
    assert_eq!(all["sites.pooled"].1, Some(shown));
}

#[test]
fn numbers_of_clients_of_the_session_questions_do_not_differ_by_a_few() {
    let mut people = clients(&ONE_SMALL);
    // Two clients with one rating, one with ratings that never follow each other, one with none.
    people[0].rated = vec![1];
    people[1].rated = vec![1];
    people[2].rated = vec![1, 3, 5];
    people[3].rated = vec![];
    let clinic = clinic(&people);
    clinic.analyze();
    let all = estimates(&clinic);
    let about_sessions = [
        "session_to_session.",
        "alliance_growth.",
        "multilevel_correlation.",
        "therapists.",
        "alliance_outcome.overall.",
    ];
    let printed: BTreeSet<u64> = all
        .iter()
        .filter(|(id, _)| about_sessions.iter().any(|start| id.starts_with(start)))
        .filter_map(|(_, (_, n))| *n)
        .collect();
    let printed: Vec<u64> = printed.into_iter().collect();
    assert!(all.contains_key("session_to_session.lagged.alliance_within"));
    assert!(!printed.is_empty());
    for pair in printed.windows(2) {
        assert!(pair[1] - pair[0] >= 5, "{printed:?}");
    }
}

#[test]
fn therapists_are_drawn_without_names_or_numbers_and_only_with_enough_clients() {
    let people = clients(&ONE_SMALL);
    let clinic = clinic(&people);
    clinic.analyze();
    let findings = clinic.findings();
    for panel in
        displays(&findings, "caterpillar").flat_map(|d| d["panels"].as_array().expect("panels"))
    {
        let effects = panel["effects"].as_array().expect("effects");
        assert!(effects.len() >= 5);
        for effect in effects {
            let keys: Vec<&String> = effect.as_object().expect("an effect").keys().collect();
            assert_eq!(keys, ["effect", "high", "low"]);
        }
    }
}

#[test]
fn therapists_are_pooled_without_being_told_apart() {
    let people = clients(&ONE_SMALL);
    let clinic = clinic(&people).study("[meta]\npool_by = \"therapist\"\n");
    clinic.analyze();
    let all = estimates(&clinic);
    let ids: Vec<&String> = all.keys().filter(|id| id.starts_with("sites.")).collect();
    assert_eq!(
        ids,
        [
            "sites.i2",
            "sites.pooled",
            "sites.pooled.prediction",
            "sites.q",
            "sites.tau2"
        ]
    );
    let text = clinic.read("report/findings.json");
    assert!(people.iter().all(|c| !text.contains(&c.therapist)));
}

#[test]
fn single_clients_are_drawn_only_when_the_study_asks_for_it() {
    let points = |settings: &str| -> usize {
        let clinic = clinic(&clients(&ONE_SMALL)).study(settings);
        clinic.analyze();
        let findings = clinic.findings();
        displays(&findings, "binned_scatter")
            .map(|d| d["points"].as_array().map_or(0, Vec::len))
            .sum()
    };
    assert_eq!(points("name = \"x\"\n"), 0);
    assert_eq!(points("name = \"x\"\n[policy]\nraw_points = true\n"), 120);
}

/// The displays of one kind.
fn displays<'a>(findings: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    findings["answers"]
        .as_array()
        .expect("answers are a list")
        .iter()
        .flat_map(|answer| answer["displays"].as_array().expect("displays are a list"))
        .filter(move |display| display["kind"] == kind)
}

// -------------------------------------------------------------------------------------------- marks

#[test]
fn a_group_below_the_minimum_is_marked_suppressed_in_every_format() {
    let clinic = clinic(&clients(&ONE_SMALL));
    clinic.analyze();
    let all = estimates(&clinic);
    for term in ["partial", "post", "change", "spearman"] {
        let (mark, n) = &all[&format!("alliance_outcome.treatment.emdr.{term}")];
        assert_eq!((&**mark, *n), ("suppressed", None));
    }
    assert!(!all.contains_key("alliance_outcome.treatment.emdr.detectable"));
    let findings = clinic.findings();
    let of_emdr: Vec<&Value> = findings["answers"][0]["estimates"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["group"] == "treatment.emdr")
        .collect();
    assert_eq!(of_emdr.len(), 4);
    for estimate in of_emdr {
        assert_eq!(estimate["status"], "suppressed");
        assert_eq!(estimate["reason"], "fewer than 5 clients");
        for number in ["n", "estimate", "std_error", "p_value", "conf_low"] {
            assert!(estimate.get(number).is_none(), "{number}");
        }
    }
    let table = clinic.read("report/tables/results.csv");
    for line in table.lines().filter(|l| l.contains("treatment.emdr")) {
        assert!(line.contains(",suppressed,,,,,,,,,,"), "{line}");
    }
    let markdown = clinic.read("report/report.md");
    let row = markdown
        .lines()
        .find(|l| l.starts_with("| EMDR |"))
        .unwrap();
    assert!(
        row.starts_with("| EMDR | suppressed | suppressed |"),
        "{row}"
    );
    let html = clinic.read("report/index.html");
    let at = html.find(">EMDR<").expect("the level is in the page");
    let row = &html[at..at + html[at..].find("</tr>").expect("the row ends")];
    assert!(
        row.contains("suppressed") && !row.chars().any(|c| c.is_ascii_digit()),
        "{row}"
    );
}

#[test]
fn nobody_suppressed_not_measured_and_not_estimable_are_four_marks() {
    // No hybrid client; no column of therapists; three in emdr; one score for all after family.
    let mut people = clients(&ONE_SMALL);
    for c in people.iter_mut().filter(|c| c.treatment == "family") {
        c.scores.insert("PHQ-9", [Some(9), Some(4)]);
    }
    let whole = clinic(&people);
    let sessions: String = whole
        .read("sessions.csv")
        .lines()
        .map(|line| {
            let (id, rest) = line.split_once(',').unwrap();
            format!("{id},{}\n", rest.split_once(',').unwrap().1)
        })
        .collect();
    let clinic = Clinic::of(sessions, whole.read("outcomes.csv"));
    clinic.analyze();
    let all = estimates(&clinic);
    let mark = |id: &str| {
        let (mark, n) = &all[&format!("alliance_outcome.{id}")];
        (mark.clone(), *n)
    };
    assert_eq!(
        mark("delivery.hybrid.partial"),
        ("not_estimable".into(), Some(0))
    );
    assert_eq!(mark("treatment.emdr.partial"), ("suppressed".into(), None));
    assert_eq!(
        mark("overall.partial.bootstrap"),
        ("not_measured".into(), None)
    );
    let (found, n) = mark("overall.partial");
    assert!(found.parse::<f64>().is_ok() && n == Some(120));
    let markdown = clinic.read("report/report.md");
    let cell = |label: &str, at: usize| {
        let row = markdown
            .lines()
            .find(|l| l.starts_with(&format!("| {label} |")))
            .unwrap();
        row.split('|').nth(at + 1).unwrap().trim().to_owned()
    };
    assert_eq!(cell("Hybrid", 1), "0");
    assert_eq!(cell("EMDR", 1), "suppressed");
    let marks: BTreeSet<String> = [
        cell("Hybrid", 2),
        cell("EMDR", 2),
        cell("adjusted, whole therapists resampled (percentile)", 3),
        cell("All clients", 2),
    ]
    .into();
    assert_eq!(marks.len(), 4, "{marks:?}");
}

// ------------------------------------------------------------------------------------------- attacks

#[test]
fn the_total_less_the_other_levels_does_not_give_a_small_level() {
    for small in 1..5 {
        for second in [5, 6, 7, 8, 12, 30] {
            let cells = [
                ("online", "cbt", "depression", 40),
                ("online", "act", "depression", 31),
                ("online", "emdr", "depression", small),
                ("online", "family", "depression", second),
            ];
            let clinic = clinic(&clients(&cells)).study("name = \"x\"\n");
            let (shown, hidden) = groups(&clinic, "alliance_outcome");
            assert!(hidden.contains("treatment.emdr"));
            let levels: u64 = shown
                .iter()
                .filter(|(group, _)| group.starts_with("treatment."))
                .map(|(_, n)| n)
                .sum();
            let others = hidden
                .iter()
                .filter(|g| g.starts_with("treatment."))
                .count();
            let left = shown["overall"] - levels;
            // Two unknowns at least, and every number below five stays possible for the small one.
            assert!(
                others >= 2 && left >= 9,
                "{small} {second}: {left} in {others}"
            );
        }
    }
}

#[test]
fn clients_without_a_label_are_protected_like_a_level() {
    let mut people = clients(&[
        ("online", "cbt", "depression", 40),
        ("online", "act", "anxiety", 25),
        ("in_person", "family", "anxiety", 12),
    ]);
    for c in &mut people[..3] {
        c.treatment.clear();
    }
    let clinic = clinic(&people);
    let (shown, _) = groups(&clinic, "alliance_outcome");
    let levels: u64 = shown
        .iter()
        .filter(|(group, _)| group.starts_with("treatment."))
        .map(|(_, n)| n)
        .sum();
    assert!(shown["overall"] - levels >= 9, "{shown:?}");
}

#[test]
fn no_small_group_follows_from_levels_named_groups_and_totals() {
    let four: &[(&str, &[&str])] = &[("talking", &["cbt", "act", "emdr"])];
    let pair: &[(&str, &[&str])] = &[("trauma", &["emdr", "cbt"])];
    let rest: &[(&str, &[&str])] = &[("most", &["cbt", "act", "family"])];
    let same: &[(&str, &[&str])] = &[("families", &["family"])];
    for named in [&[][..], four, pair, rest, same] {
        no_small_group_follows(&ONE_SMALL, named, 5);
    }
    // The built-in groups: CBT of all forms, and psychosis.
    no_small_group_follows(
        &[
            ("online", "cbt", "depression", 40),
            ("online", "cbtp", "psychosis", 3),
            ("in_person", "act", "psychosis", 25),
            ("in_person", "act", "depression", 25),
            ("in_person", "family", "depression", 9),
        ],
        &[],
        5,
    );
    // All but a few are in CBT; all but a few have psychosis; all but a few come online.
    no_small_group_follows(
        &[
            ("online", "cbt", "psychosis", 60),
            ("online", "act", "psychosis", 2),
            ("in_person", "cbt", "depression", 3),
        ],
        &[],
        5,
    );
    // A delivery that (nearly) is a treatment.
    no_small_group_follows(
        &[
            ("online", "cbt", "depression", 40),
            ("online", "act", "depression", 3),
            ("in_person", "act", "anxiety", 30),
            ("hybrid", "family", "anxiety", 20),
        ],
        &[],
        5,
    );
}

#[test]
fn no_small_group_follows_in_clinics_of_any_mix() {
    // A fixed sequence of mixes; no seed of the day.
    let mut state = 12_345u64;
    let mut draw = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for _ in 0..60 {
        let mut cells: Vec<Cell> = Vec::new();
        for delivery in ["online", "in_person"] {
            for treatment in ["cbt", "cbtp", "act", "family"] {
                for diagnosis in ["depression", "psychosis"] {
                    let n = match draw(6) {
                        0 | 1 => 0,
                        2 => 1 + draw(4),
                        3 => 5 + draw(6),
                        _ => 10 + draw(20),
                    };
                    if n > 0 {
                        cells.push((delivery, treatment, diagnosis, n as usize));
                    }
                }
            }
        }
        cells.push(("hybrid", "cbt", "anxiety", 6 + draw(20) as usize));
        let treatments = ["cbt", "cbtp", "act", "family"];
        let first = draw(4) as usize;
        let second = (first + 1 + draw(3) as usize) % 4;
        let pair = [treatments[first], treatments[second]];
        let three: Vec<&str> = (0..4)
            .filter(|i| *i != first)
            .map(|i| treatments[i])
            .collect();
        no_small_group_follows(&cells, &[], 5);
        no_small_group_follows(&cells, &[("pair", &pair)], 5);
        no_small_group_follows(&cells, &[("pair", &pair), ("three", &three)], 5);
    }
}

#[test]
fn a_larger_minimum_hides_more() {
    for minimum in [3, 8, 11] {
        no_small_group_follows(&ONE_SMALL, &[], minimum);
    }
    no_small_group_follows(&ONE_SMALL, &[("trauma", &["emdr", "cbt"])], 20);
    let at = |minimum: u32| {
        let clinic = clinic(&clients(&[
            ("online", "cbt", "depression", 60),
            ("online", "act", "anxiety", 30),
            ("in_person", "family", "anxiety", 8),
            ("in_person", "emdr", "anxiety", 14),
        ]))
        .study(&format!(
            "name = \"x\"\n[policy]\nminimum_cell = {minimum}\n"
        ));
        groups(&clinic, "alliance_outcome").1
    };
    assert!(!at(5).contains("treatment.family"));
    assert!(at(10).contains("treatment.family") && at(10).contains("treatment.emdr"));
    assert!(at(20).contains("treatment.emdr"));
}

#[test]
fn a_clinic_below_the_minimum_shows_no_number_of_clients_at_all() {
    let clinic = clinic(&clients(&[("online", "cbt", "depression", 4)]));
    clinic.analyze();
    for (id, (mark, n)) in estimates(&clinic) {
        assert!(n.is_none_or(|n| n == 0), "{id}: {n:?}");
        assert!(
            mark.is_empty() || mark.parse::<f64>().is_err(),
            "{id}: {mark}"
        );
    }
}

#[test]
fn levels_with_small_numbers_do_not_appear_in_contrasts() {
    let clinic = clinic(&clients(&ONE_SMALL));
    clinic.analyze();
    let (_, hidden) = groups(&clinic, "alliance_outcome");
    assert_eq!(hidden.len(), 2, "{hidden:?}");
    for id in estimates(&clinic)
        .keys()
        .filter(|id| id.starts_with("contrast."))
    {
        for group in &hidden {
            let level = group.split_once('.').unwrap().1;
            assert!(!id.contains(level), "{id}");
        }
    }
}

#[test]
fn steps_of_the_flow_with_few_clients_are_hidden_and_do_not_follow() {
    // `without`: how many clients lack a rating in the window, a first score, a last score.
    for without in [
        [3, 0, 0],
        [0, 2, 0],
        [0, 0, 1],
        [3, 20, 0],
        [2, 6, 7],
        [4, 4, 4],
        [1, 30, 40],
        [9, 0, 0],
    ] {
        let mut people = clients(&[
            ("online", "cbt", "depression", 90),
            ("in_person", "act", "anxiety", 90),
        ]);
        let mut next = people.iter_mut().step_by(2);
        for _ in 0..without[0] {
            next.next().unwrap().rated.clear();
        }
        for _ in 0..without[1] {
            next.next().unwrap().scores.get_mut("PHQ-9").unwrap()[0] = None;
        }
        for _ in 0..without[2] {
            next.next().unwrap().scores.get_mut("PHQ-9").unwrap()[1] = None;
        }
        let clinic = clinic(&people);
        let findings = serde_json::to_value(findings_of(&clinic)).expect("findings are JSON");
        let stage = &findings["flow"]["clients"];
        let exactly = |count: &Value| count["exactly"].as_u64();
        let steps: Vec<Option<u64>> = stage["excluded"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| exactly(&step["count"]))
            .collect();
        assert!(
            steps.iter().flatten().all(|n| *n >= 5),
            "{without:?}: {steps:?}"
        );
        let (read, used) = (exactly(&stage["read"]), exactly(&stage["used"]).unwrap());
        if let Some(read) = read {
            let left = read - used - steps.iter().flatten().sum::<u64>();
            let hidden = steps.iter().filter(|n| n.is_none()).count();
            assert!(
                left == 0 || (hidden >= 2 && left >= 9),
                "{without:?}: {left} in {hidden}"
            );
        }
        let total: usize = without.iter().sum();
        if total < 5 {
            assert_eq!(read, None, "{without:?}");
        }
    }
}

const TWO: [Cell; 2] = [
    ("online", "cbt", "depression", 90),
    ("in_person", "act", "anxiety", 90),
];

#[test]
fn a_named_group_beside_a_shown_level_gives_no_hidden_level() {
    // talk = psy + act; act is shown, so psy = talk − act, and emdr = all − cbt − act − psy.
    no_small_group_follows(
        &[
            ("online", "cbt", "depression", 40),
            ("online", "act", "depression", 20),
            ("online", "emdr", "depression", 3),
            ("online", "psy", "depression", 8),
        ],
        &[("talk", &["psy", "act"])],
        5,
    );
}

#[test]
fn variants_of_the_sensitivity_table_do_not_differ_by_a_few_clients() {
    let mut people = clients(&TWO);
    for c in &mut people[..3] {
        c.rated = vec![1, 2, 4, 5, 6];
    }
    for c in &mut people[3..13] {
        c.rated = vec![1, 2, 6];
    }
    let clinic = clinic(&people);
    clinic.analyze();
    let ns: Vec<(String, u64)> = estimates(&clinic)
        .into_iter()
        .filter(|(id, _)| id.starts_with("sensitivity."))
        .filter_map(|(id, (_, n))| Some((id, n?)))
        .collect();
    for (a, n) in &ns {
        for (b, m) in &ns {
            assert!(!(1..5).contains(&n.abs_diff(*m)), "{a} {n}, {b} {m}");
        }
    }
}

#[test]
fn the_alliance_of_a_delivery_does_not_give_its_few_clients_without_an_outcome() {
    // Two online clients and twenty in person have a rating and no last score.
    let mut people = clients(&TWO);
    for c in people[..2].iter_mut() {
        c.scores.get_mut("PHQ-9").unwrap()[1] = None;
    }
    for c in people[100..120].iter_mut() {
        c.scores.get_mut("PHQ-9").unwrap()[1] = None;
    }
    let clinic = clinic(&people).study("name = \"x\"\n[measures]\nalliance = \"WAI-SR\"\n");
    clinic.analyze();
    let findings = clinic.findings();
    let (shown, _) = groups(&clinic, "alliance_outcome");
    for display in displays(&findings, "distributions") {
        for group in display["groups"].as_array().unwrap() {
            let n = group["n"].as_u64().unwrap();
            let complete = shown[group["group"].as_str().unwrap()];
            assert!(
                !(1..5).contains(&(n - complete)),
                "{}: {n} rated, {complete} complete",
                group["group"]
            );
        }
    }
}

#[test]
fn the_bootstrap_does_not_give_the_few_clients_without_a_therapist() {
    let mut people = clients(&TWO);
    for c in &mut people[..2] {
        c.therapist.clear();
    }
    let clinic = clinic(&people);
    clinic.analyze();
    let all = estimates(&clinic);
    let n = |id: &str| all[&format!("alliance_outcome.overall.{id}")].1.unwrap();
    assert_eq!(n("partial"), 180);
    assert_ne!(n("partial.bootstrap"), 178);
}

#[test]
fn other_measures_do_not_give_what_the_first_hides() {
    // emdr: 4 complete on the PHQ-9, 6 on the GAD-7; family, hidden beside it, is the same on both.
    let mut people = clients(&[
        ("online", "cbt", "depression", 60),
        ("online", "act", "depression", 40),
        ("online", "emdr", "depression", 6),
        ("online", "family", "depression", 10),
    ]);
    for c in people.iter_mut() {
        let scores = c.scores["PHQ-9"];
        c.scores
            .insert("GAD-7", scores.map(|x| x.map(|x| x.min(21))));
    }
    for c in &mut people[100..102] {
        c.scores.get_mut("PHQ-9").unwrap()[1] = None;
    }
    let clinic = clinic(&people).study("[measures]\nprimary = \"PHQ-9\"\n");
    clinic.analyze();
    let (first, _) = groups(&clinic, "alliance_outcome");
    let (other, _) = groups(&clinic, "measure.gad7");
    // All of family have both scores on the GAD-7; if so on the PHQ-9 too, emdr follows.
    if let Some(family) = other.get("treatment.family") {
        assert_ne!(
            first["overall"] - first["treatment.cbt"] - first["treatment.act"] - family,
            4
        );
    }
}

// --------------------------------------------------------------------------- every number, everywhere

/// Every `n` in the findings, with its path.
fn every_n(value: &Value, path: &str, found: &mut Vec<(String, u64)>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = format!("{path}/{key}");
                match (key.as_str(), inner.as_u64()) {
                    ("n", Some(n)) => found.push((path, n)),
                    _ => every_n(inner, &path, found),
                }
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                every_n(inner, &format!("{path}/{i}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_number_of_clients_below_the_minimum_is_in_any_file() {
    for minimum in [5, 10] {
        let mut people = clients(&ONE_SMALL);
        // Some who came a few times only, so that late sessions have few ratings.
        for (i, c) in people.iter_mut().enumerate() {
            c.rated
                .retain(|session| *session <= 7 - (i as u32 % 4) || i < 3);
        }
        let clinic = clinic(&people).study(&format!(
            "name = \"x\"\n[policy]\nminimum_cell = {minimum}\n"
        ));
        let report = clinic.analyze();
        let mut found = Vec::new();
        every_n(&clinic.findings(), "", &mut found);
        assert!(found.len() > 100);
        for (path, n) in found {
            assert!(n == 0 || n >= minimum, "{path}: {n}");
        }
        for (path, bytes) in snapshot(&report) {
            if path.extension().is_none_or(|e| e != "csv") {
                continue;
            }
            let mut reader = csv::Reader::from_reader(&bytes[..]);
            let headers = reader.headers().unwrap().clone();
            for record in reader.records() {
                let record = record.unwrap();
                for (header, cell) in headers.iter().zip(&record) {
                    if header == "n"
                        && let Ok(n) = cell.parse::<u64>()
                    {
                        assert!(n == 0 || n >= minimum, "{}: {record:?}", path.display());
                    }
                }
            }
        }
    }
}

#[test]
fn bins_of_histograms_and_of_the_scatter_hold_nobody_or_at_least_the_minimum() {
    for minimum in [5, 10] {
        for n in [12, 40, 150] {
            let people = clients(&[
                ("online", "cbt", "depression", n),
                ("in_person", "act", "anxiety", n + 3),
            ]);
            let clinic = clinic(&people).study(&format!(
                "name = \"x\"\n[measures]\nalliance = \"WAI-SR\"\n[policy]\nminimum_cell = {minimum}\n"
            ));
            let findings = serde_json::to_value(findings_of(&clinic)).expect("findings are JSON");
            let mut counts: Vec<u64> = Vec::new();
            let bins = |owner: &Value| -> Vec<u64> {
                let bins = owner["bins"].as_array().unwrap();
                bins.iter().map(|bin| bin["n"].as_u64().unwrap()).collect()
            };
            for display in displays(&findings, "distributions") {
                for group in display["groups"].as_array().unwrap() {
                    let of_group = bins(group);
                    assert_eq!(of_group.iter().sum::<u64>(), group["n"].as_u64().unwrap());
                    counts.extend(of_group);
                }
            }
            assert!(!counts.is_empty());
            for display in displays(&findings, "binned_scatter") {
                let of_all = bins(display);
                assert_eq!(of_all.iter().sum::<u64>(), display["n"].as_u64().unwrap());
                counts.extend(of_all);
            }
            assert!(
                counts.iter().all(|n| *n == 0 || *n >= minimum),
                "{counts:?}"
            );
            for display in displays(&findings, "courses") {
                for course in display["courses"].as_array().unwrap() {
                    for point in course["points"].as_array().unwrap() {
                        assert!(point["n"].as_u64().unwrap() >= minimum);
                    }
                }
            }
        }
    }
}

/// The number of a count that is shown.
fn exactly(count: &Value) -> Option<u64> {
    count["exactly"].as_u64()
}

#[test]
fn rows_read_do_not_give_a_hidden_number_of_clients() {
    // Three clients without a last score.
    let mut people = clients(&TWO);
    for c in &mut people[..3] {
        c.scores.get_mut("PHQ-9").unwrap()[1] = None;
    }
    let clinic = clinic(&people);
    clinic.analyze();
    let findings = clinic.findings();
    let used = exactly(&findings["flow"]["clients"]["used"]).unwrap();
    assert_eq!(exactly(&findings["flow"]["clients"]["read"]), None);
    // One measure, one row a client.
    assert_eq!(exactly(&findings["inputs"][1]["rows"]), None);
    assert_eq!(exactly(&findings["flow"]["outcomes"]["read"]), None);
    assert!(used > 0);
}

#[test]
fn rows_of_the_measure_do_not_give_the_clients_without_one() {
    // Three clients have no row in the outcomes, and 20 no last score.
    let mut people = clients(&TWO);
    for c in &mut people[..3] {
        c.scores.clear();
    }
    for c in &mut people[100..120] {
        c.scores.get_mut("PHQ-9").unwrap()[1] = None;
    }
    let clinic = clinic(&people).study("[policy]\norphans = \"exclude\"\n");
    clinic.analyze();
    let flow = &clinic.findings()["flow"];
    let clients = exactly(&flow["clients"]["read"]);
    let outcomes = exactly(&flow["outcomes"]["read"]);
    assert!(clients.is_none() || outcomes.is_none() || clients.unwrap() - outcomes.unwrap() != 3);
}

#[test]
fn a_label_of_a_single_client_is_not_printed() {
    let mut people = clients(&TWO);
    people[5].treatment = "mary smith".into();
    let clinic = clinic(&people);
    clinic.analyze();
    assert!(!clinic.read("report/estimates.csv").contains("mary"));
}

#[test]
fn few_session_rows_are_not_shown() {
    let mut people = clients(&TWO);
    people[5].rated.retain(|s| *s != 2);
    let clinic = clinic(&people);
    clinic.analyze();
    let flow = clinic.read("report/tables/flow.csv");
    assert!(!flow.contains("without an alliance rating,1\n"), "{flow}");
}

/// Estimates of the reference clinic, some of whose clients are changed, by id.
fn changed_reference(outcomes: impl Fn(usize, &mut Vec<String>)) -> Clinic {
    let text = std::fs::read_to_string(crate::shared::reference("outcomes.csv")).unwrap();
    let mut lines = text.lines();
    let mut changed = vec![lines.next().unwrap().to_owned()];
    for (i, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        outcomes(i, &mut cells);
        changed.push(cells.join(","));
    }
    let sessions = std::fs::read(crate::shared::reference("sessions.csv")).unwrap();
    Clinic::of(sessions, changed.join("\n") + "\n")
}

/// The number under an id, where there is one.
fn number(all: &BTreeMap<String, (String, Option<u64>)>, id: &str) -> Option<f64> {
    all.get(id)?.0.parse().ok()
}

/// Few enough deteriorate that their number must not follow from those who improved or did not
/// change, nor from the other rule.
#[test]
fn a_class_of_few_clients_does_not_follow_from_the_other_classes() {
    let worse = std::cell::Cell::new(0);
    let clinic = changed_reference(|_, cells| {
        let scores = cells[2]
            .parse::<f64>()
            .ok()
            .zip(cells[3].parse::<f64>().ok());
        if let Some((pre, post)) = scores
            && post - pre > 4.0
        {
            worse.set(worse.get() + 1);
            if worse.get() > 3 {
                cells[3] = cells[2].clone();
            }
        }
    });
    assert!(worse.get() > 10);
    let report = clinic.analyze();
    let all = estimates(&clinic);
    for id in [
        "change.jacobson_truax.deteriorated",
        "change.nhs.reliably_deteriorated",
        "change.jacobson_truax.deterioration_rate",
        "change.nhs.reliable_deterioration_rate",
    ] {
        assert_eq!(number(&all, id), None, "{id}: {:?}", all[id]);
    }
    let known = ["improved", "unchanged"]
        .map(|term| number(&all, &format!("change.jacobson_truax.{term}")));
    assert!(
        known.iter().flatten().count() < 2,
        "{known:?} and n give the third"
    );
    let page = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(page.contains("suppressed"));
}

/// Counts of classes, of ruptures and of change.
#[test]
fn no_class_of_the_same_clients_counts_fewer_than_the_minimum() {
    let clinic = Clinic::reference();
    clinic.analyze();
    let all = estimates(&clinic);
    for prefix in [
        "change.nhs",
        "ruptures.k1.half",
        "ruptures.k1.all",
        "ruptures.k2.half",
        "ruptures.k2.all",
    ] {
        let counts: Vec<f64> = all
            .iter()
            .filter(|(id, _)| {
                id.starts_with(prefix)
                    && !id.contains("rate")
                    && !id.contains("time")
                    && !id.contains("_vs_")
                    && !id.ends_with("_share")
            })
            .filter_map(|(_, (value, _))| value.parse().ok())
            .collect();
        assert!(counts.len() >= 3, "{prefix}");
        for a in &counts {
            assert!(*a == 0.0 || *a >= 5.0, "{prefix}: {a}");
        }
    }
}

#[test]
fn dropouts_of_a_small_level_do_not_follow_from_the_total() {
    // In one delivery all but three completed; in the others many dropped out.
    let clinic = clinic(&clients(&[
        ("online", "cbt", "depression", 60),
        ("in_person", "cbt", "depression", 60),
        ("hybrid", "cbt", "depression", 40),
    ]));
    let outcomes = clinic.read("outcomes.csv");
    let mut lines = outcomes.lines();
    let header = lines.next().unwrap().to_owned();
    let has_status = header.split(',').any(|name| name == "status");
    let rows: Vec<String> = lines
        .enumerate()
        .map(|(i, line)| {
            let dropped = if i < 120 { i % 4 == 0 } else { i < 123 };
            let word = if dropped { "dropped_out" } else { "completed" };
            if has_status {
                let mut cells: Vec<&str> = line.split(',').collect();
                let at = header.split(',').position(|name| name == "status").unwrap();
                cells[at] = word;
                cells.join(",")
            } else {
                format!("{line},{word}")
            }
        })
        .collect();
    let header = if has_status {
        header
    } else {
        header + ",status"
    };
    clinic.write("outcomes.csv", format!("{header}\n{}\n", rows.join("\n")));
    clinic.analyze();
    let all = estimates(&clinic);
    let shown = |level: &str| number(&all, &format!("dropout.{level}.rate"));
    assert!(shown("overall").is_some());
    let levels = ["online", "in_person", "hybrid"].map(|d| shown(&format!("delivery.{d}")));
    assert_eq!(levels[2], None, "three dropped out");
    assert!(
        levels.iter().flatten().count() < 2,
        "total less the others: {levels:?}"
    );
}

/// A square of fewer clients than the minimum is marked, and the marked ones do not follow.
#[test]
fn squares_of_scores_before_and_after_hold_enough_clients() {
    let clinic = Clinic::reference();
    clinic.analyze();
    let findings = clinic.findings();
    let squares = displays(&findings, "pre_post")
        .next()
        .expect("there is one")["squares"]
        .as_array()
        .unwrap()
        .clone();
    let shown: Vec<u64> = squares.iter().filter_map(|s| exactly(&s["n"])).collect();
    assert!(
        shown.len() > 5 && shown.iter().all(|n| *n >= 5),
        "{shown:?}"
    );
    let hidden = squares.len() - shown.len();
    assert!(hidden == 0 || (hidden >= 2 && 544 - shown.iter().sum::<u64>() >= 9));
}

/// Who knows the mean and the number of all, and of every period but one, knows that one.
#[test]
fn a_period_of_few_clients_is_never_the_only_one_that_a_chart_hides() {
    let mut sessions = String::from("client_id,session,date,delivery,alliance\n");
    let mut outcomes = String::from("client_id,measure,pre,post,status\n");
    for month in 1..=9 {
        // Three clients in April, all of them online.
        let clients = if month == 4 { 3 } else { 22 };
        for client in 0..clients {
            for (session, day) in [(1, 1), (2, 8), (3, 15), (4, 22)] {
                let rating = 30 + (client * 7 + session * 5 + month * 3) % 25;
                let is_rated = (client * month + session) % 5 != 0;
                writeln!(
                    sessions,
                    "k{month}q{client},{session},2024-{month:02}-{day:02},{},{}",
                    if (client + month * month) % 5 < 2 || month == 4 {
                        "online"
                    } else {
                        "in_person"
                    },
                    if is_rated {
                        rating.to_string()
                    } else {
                        String::new()
                    },
                )
                .unwrap();
            }
            writeln!(
                outcomes,
                "k{month}q{client},PHQ-9,{},{},{}",
                12 + client % 9,
                (client * 5 + month) % 20,
                if client % 3 == 0 {
                    "dropped_out"
                } else {
                    "completed"
                },
            )
            .unwrap();
        }
    }
    let clinic =
        Clinic::of(sessions, outcomes).study("name = \"x\"\n[measures]\nprimary = \"PHQ-9\"\n");
    let findings: Value =
        serde_json::from_str(&findings_of(&clinic).to_json()).expect("it is JSON");
    let charts: Vec<&Value> = displays(&findings, "control_chart").collect();
    let ids: Vec<&str> = charts.iter().filter_map(|c| c["id"].as_str()).collect();
    for expected in ["early_alliance", "sessions_rated", "online", "dropout"] {
        assert!(ids.contains(&expected), "{ids:?}");
    }
    for chart in charts {
        let points = chart["phases"][0]["points"].as_array().expect("points");
        let april = points.iter().find(|p| p["month"] == "2024-04");
        let by_month = points.iter().any(|p| p["month"] == "2024-05");
        let hidden = points.iter().filter(|p| p["value"].is_null()).count();
        if by_month {
            assert!(
                april.is_none_or(|p| p["value"].is_null()),
                "{}",
                chart["id"]
            );
            // The first and the last of the year may be missing at the ends.
            let missing = 9 - points.len() + hidden;
            assert!(missing >= 2, "{}: {missing}", chart["id"]);
        }
    }
}
