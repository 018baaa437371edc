//! Two reports side by side against somebody who subtracts one from the other.

use std::collections::BTreeMap;

use alliance::findings::earlier::Earlier;
use alliance::findings::{Findings, Scale, Value};
use alliance::study::Study;
use serde_json::Value as Json;

use crate::privacy::follows;
use crate::shared::{Clinic, reference};

/// The minimum cell where a test does not say another.
const MINIMUM: u64 = 5;

/// The reference clinic's files, cut after so many clients in the order of the outcomes file.
fn clinic_of(clients: usize) -> Clinic {
    clinic_with(clients, |line| line.to_owned())
}

fn clinic_with(clients: usize, change: impl Fn(&str) -> String) -> Clinic {
    clinic_at(MINIMUM, clients, change)
}

fn clinic_at(minimum: u64, clients: usize, change: impl Fn(&str) -> String) -> Clinic {
    let read = |file| std::fs::read_to_string(reference(file)).expect("the reference is there");
    let (sessions, outcomes) = (read("sessions.csv"), read("outcomes.csv"));
    let id = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    let mut kept = std::collections::BTreeSet::from([id(&outcomes)]);
    for line in outcomes.lines().skip(1) {
        if kept.len() <= clients {
            kept.insert(id(line));
        }
    }
    let cut = |text: &str| -> String {
        let lines = text.lines().filter(|line| kept.contains(&id(line)));
        lines.map(|line| change(line) + "\n").collect()
    };
    Clinic::of(cut(&sessions), cut(&outcomes)).study(&format!(
        "name = \"x\"\ndata_lock = \"2026-01-31\"\n[groups]\nonline_cbt = \"treatment in [cbt, cbtp] and delivery = online\"\n[analysis]\nbootstrap_replicates = 100\n[policy]\nminimum_cell = {minimum}\n",
    ))
}

fn findings(clinic: &Clinic, earlier: &Earlier) -> Findings {
    let study = Study::load(&clinic.path("study.toml")).expect("the study is sound");
    let clients = alliance::features::by_client(&study, &|_| ()).expect("the files are sound");
    alliance::questions::answer_beside(&study, &clients, Default::default(), earlier)
        .expect("it can be answered")
}

fn alone(clinic: &Clinic) -> Findings {
    findings(clinic, &Earlier::default())
}

fn is_few(before: u64, now: u64, minimum: u64) -> bool {
    before != now && before.abs_diff(now) < minimum
}

/// The number of clients, those of whom it is so, and the value of every estimate.
type Numbers = BTreeMap<String, (Option<u64>, Option<u64>, Option<f64>)>;

fn numbers(findings: &Findings) -> Numbers {
    findings
        .estimates()
        .filter(|e| matches!(e.value, Value::Estimated { .. }))
        .map(|e| {
            let share = |k: u64| {
                let (x, n) = (e.estimate()?, e.n()?);
                ((x - k as f64 / n as f64).abs() < 1e-12).then_some(k)
            };
            let of_whom = match e.scale {
                Scale::Count => e.estimate().map(|x| x as u64),
                Scale::Proportion => e.k().and_then(share),
                _ => None,
            };
            (e.id.clone(), (e.n(), of_whom, e.estimate()))
        })
        .collect()
}

/// Everything that follows about a few clients from two reports; nothing when they are safe.
fn leaks(before: &Findings, now: &Findings, truth: &Findings) -> Vec<String> {
    let minimum = u64::from(now.clinic().expect("a clinic").settings.minimum_cell);
    let mut leaks = Vec::new();
    let (a, b) = (numbers(before), numbers(now));
    for (id, (n, of_whom, x)) in &b {
        let Some((n_before, of_whom_before, x_before)) = a.get(id) else {
            continue;
        };
        if (n, of_whom, x) == (n_before, of_whom_before, x_before) {
            continue;
        }
        let mut check = |what: &str, before: u64, now: u64| {
            if is_few(before, now, minimum) || (what == "clients" && before == now) {
                leaks.push(format!("{id}: {before} {what}, then {now}"));
            }
        };
        if let (Some(n), Some(n_before)) = (n, n_before) {
            check("clients", *n_before, *n);
            // How many scores are missing follows from the numbers of clients of other shares, and is no secret.
            if id == "change.completeness" {
                continue;
            }
            if let (Some(k), Some(k_before)) = (of_whom, of_whom_before) {
                check("of whom it is so", *k_before, *k);
                check("of whom it is not", n_before - k_before, n - k);
            }
        }
    }
    for (outer, inner) in [
        ("cases", "recovered"),
        ("recovered", "reliably_recovered"),
        ("reliably_improved", "reliably_recovered"),
    ] {
        let of = |numbers: &Numbers, class: &str| {
            numbers
                .get(&format!("change.nhs.{class}"))
                .and_then(|n| n.1)
        };
        let beyond = |numbers: &Numbers| Some(of(numbers, outer)? - of(numbers, inner)?);
        if let (Some(before), Some(now)) = (beyond(&a), beyond(&b))
            && is_few(before, now, minimum)
        {
            leaks.push(format!("{outer} beyond {inner}: {before}, then {now}"));
        }
    }
    leaks.extend(groups_that_follow(before, now, truth, minimum));
    leaks.extend(in_figures(before, now, minimum));
    leaks.extend(in_the_flow(before, now, minimum));
    leaks
}

/// Groups that grew by a few and whose growth follows from the growth of others.
fn groups_that_follow(
    before: &Findings,
    now: &Findings,
    truth: &Findings,
    minimum: u64,
) -> Vec<String> {
    let (a, b, truth) = (numbers(before), numbers(now), numbers(truth));
    let mut leaks = Vec::new();
    for (family, of) in [
        ("alliance_outcome.*.partial", 0),
        ("measure.gad7.*.partial", 0),
        ("dropout.*.rate", 0),
        ("dropout.*.rate", 1),
        ("dropout.*.rate", 2),
        ("ruptures.*.k1.ruptured", 1),
    ] {
        let (start, end) = family.split_once('*').expect("a family");
        let group = |id: &str| -> Option<String> {
            let rest = id.strip_prefix(start)?.strip_suffix(end)?;
            Some(rest.to_owned())
        };
        let count = |numbers: &Numbers, id: &str| -> Option<i64> {
            let (n, k, _) = numbers.get(id)?;
            Some(match of {
                0 => (*n)? as i64,
                1 => (*k)? as i64,
                _ => (*n)? as i64 - (*k)? as i64,
            })
        };
        let groups: Vec<String> = truth.keys().filter_map(|id| group(id)).collect();
        let atoms = atoms(&groups);
        let vector = |group: &str| -> Vec<f64> {
            atoms
                .iter()
                .map(|atom| f64::from(u8::from(holds(group, atom))))
                .collect()
        };
        let id = |group: &str| format!("{start}{group}{end}");
        let known: Vec<Vec<f64>> = groups
            .iter()
            .filter(|g| count(&a, &id(g)).is_some() && count(&b, &id(g)).is_some())
            .map(|g| vector(g))
            .collect();
        let growth = |g: &str| Some(count(&truth, &id(g))? - count(&a, &id(g))?);
        for g in &groups {
            let few = growth(g).is_some_and(|d| d != 0 && d.unsigned_abs() < minimum);
            if few && follows(&known, &vector(g)) {
                leaks.push(format!("{family}: the growth of {g} follows"));
            }
            // What one group has beyond another that it holds.
            for inner in &groups {
                let (outer_set, inner_set) = (vector(g), vector(inner));
                let is_nested = outer_set.iter().zip(&inner_set).all(|(o, i)| i <= o);
                let (Some(outer), Some(within)) = (growth(g), growth(inner)) else {
                    continue;
                };
                let beyond = outer - within;
                let few = beyond != 0 && beyond.unsigned_abs() < minimum;
                let difference: Vec<f64> = outer_set
                    .iter()
                    .zip(&inner_set)
                    .map(|(o, i)| o - i)
                    .collect();
                if g != inner && is_nested && few && follows(&known, &difference) {
                    leaks.push(format!(
                        "{family}: the growth of {g} beyond {inner} follows"
                    ));
                }
            }
        }
    }
    leaks
}

/// Every combination of the levels that are named, with one more for what is not recorded.
fn atoms(groups: &[String]) -> Vec<[String; 3]> {
    let levels = |modality: &str| -> Vec<String> {
        let own = groups.iter().filter_map(|g| g.strip_prefix(modality));
        own.map(str::to_owned).chain([String::new()]).collect()
    };
    let mut atoms = Vec::new();
    for delivery in levels("delivery.") {
        for treatment in levels("treatment.") {
            for diagnosis in levels("diagnosis.") {
                atoms.push([delivery.clone(), treatment.clone(), diagnosis]);
            }
        }
    }
    atoms
}

fn holds(group: &str, [delivery, treatment, diagnosis]: &[String; 3]) -> bool {
    match group.split_once('.') {
        Some(("delivery", level)) => delivery == level,
        Some(("treatment", level)) => treatment == level,
        Some(("diagnosis", level)) => diagnosis == level,
        _ => match group {
            "overall" => true,
            "cbt" => treatment.contains("cbt"),
            "psychosis" => diagnosis.contains("psychosis"),
            "online_cbt" => treatment.contains("cbt") && delivery == "online",
            other => panic!("{other} is not known here"),
        },
    }
}

/// What is drawn at the same place in both reports, with its number of clients.
fn in_figures(before: &Findings, now: &Findings, minimum: u64) -> Vec<String> {
    let (a, b) = (places(before), places(now));
    let mut leaks = Vec::new();
    for (place, (n, drawn, is_rounded)) in &b {
        let Some((n_before, drawn_before, _)) = a.get(place) else {
            continue;
        };
        // Rounded numbers that differ by 5 may be of clients who differ by one.
        let least = if *is_rounded { minimum + 4 } else { minimum };
        let is_same = n == n_before && drawn == drawn_before;
        if !is_same && n.abs_diff(*n_before) < least {
            leaks.push(format!("{place}: n = {n_before}, then {n}"));
        }
    }
    leaks
}

type Place = (u64, Json, bool);

fn places(findings: &Findings) -> BTreeMap<String, Place> {
    let json: Json = serde_json::from_str(&findings.to_json()).expect("JSON");
    let mut places = BTreeMap::new();
    let list = |value: &Json, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let n = |value: &Json| value["n"].as_u64();
    for answer in list(&json, "answers") {
        for d in list(&answer, "displays") {
            let kind = d["kind"].as_str().expect("a kind").to_owned();
            let mut add = |place: String, n: Option<u64>, drawn: Json, is_rounded: bool| {
                if let Some(n) = n {
                    places.insert(format!("{kind} {place}"), (n, drawn, is_rounded));
                }
            };
            match kind.as_str() {
                "control_chart" => {
                    for phase in list(&d, "phases") {
                        for p in list(&phase, "points") {
                            let place = format!("{} {} {}", d["id"], d["title"], p["month"]);
                            let (of, value) = (n(&p), &p["value"]);
                            match (d["limits"].as_str(), of, value.as_f64()) {
                                // A share: those of whom it is so, and the others.
                                (Some("p"), Some(of), Some(share)) => {
                                    let yes = (share * of as f64).round() as u64;
                                    add(place.clone() + " yes", Some(yes), Json::Null, false);
                                    add(place + " no", Some(of - yes), Json::Null, false);
                                }
                                // How many sessions were not rated is no secret.
                                (Some("p_prime"), ..) => {}
                                _ => add(place, of, value.clone(), true),
                            }
                        }
                    }
                }
                "courses" => {
                    for course in list(&d, "courses") {
                        for p in list(&course, "points") {
                            let place =
                                format!("{} {} {}", course["score"], course["group"], p["session"]);
                            add(place, n(&p), p["mean"].clone(), true);
                        }
                    }
                }
                "distributions" => {
                    for group in list(&d, "groups") {
                        add(
                            group["group"].to_string(),
                            n(&group),
                            group["mean"].clone(),
                            false,
                        );
                        for bin in list(&group, "bins") {
                            let place =
                                format!("{} {} {}", group["group"], bin["low"], bin["high"]);
                            add(place, n(&bin), Json::Null, false);
                        }
                    }
                }
                "pre_post" => {
                    for square in list(&d, "squares") {
                        let place = format!("{} {}", square["pre"], square["post"]);
                        add(place, square["n"]["exactly"].as_u64(), Json::Null, false);
                    }
                }
                "unit_funnel" => {
                    for unit in list(&d, "units") {
                        let place = format!("{} {}", d["id"], unit["label"]);
                        let number = |value: &Json| value.as_f64();
                        let raw = number(&unit["expected"]).zip(number(&d["target"]));
                        let share = number(&unit["share"]).expect("a share");
                        let of = n(&unit).expect("n");
                        // An adjusted share is overall · observed / expected.
                        let yes = raw.map_or(share * of as f64, |(e, overall)| share * e / overall);
                        let yes = yes.round() as u64;
                        add(place.clone() + " yes", Some(yes), Json::Null, false);
                        add(place.clone() + " no", Some(of - yes), Json::Null, false);
                        add(place, Some(of), Json::Null, false);
                    }
                }
                "binned_scatter" => {
                    add(String::new(), n(&d), d.clone(), false);
                    let bins = list(&d, "bins");
                    for (at, bin) in bins.iter().enumerate() {
                        let place = format!("{at} of {}", bins.len());
                        add(place, n(bin), bin.clone(), false);
                    }
                }
                "interaction" => {
                    add(String::new(), n(&d), d.clone(), false);
                }
                "growth" | "next_session" => {
                    add(String::new(), d["clients"].as_u64(), d.clone(), false);
                }
                _ => {}
            }
        }
    }
    places
}

fn in_the_flow(before: &Findings, now: &Findings, minimum: u64) -> Vec<String> {
    let counts = |findings: &Findings| -> BTreeMap<String, u64> {
        let flow = &findings.clinic().expect("a clinic").flow;
        let mut counts = BTreeMap::new();
        for (name, stage) in [
            ("sessions", &flow.sessions),
            ("outcomes", &flow.outcomes),
            ("clients", &flow.clients),
        ] {
            let mut add = |what: &str, n: alliance::findings::Count| {
                counts.extend(n.exactly().map(|n| (format!("{name}: {what}"), n)));
            };
            add("read", stage.read);
            add("used", stage.used);
            for exclusion in &stage.excluded {
                add(&exclusion.reason, exclusion.count);
            }
        }
        counts
    };
    let (a, b) = (counts(before), counts(now));
    let few = b.iter().filter(|(what, n)| {
        a.get(*what)
            .is_some_and(|before| is_few(*before, **n, minimum))
    });
    few.map(|(what, n)| format!("flow, {what}: {} then {n}", a[what]))
        .collect()
}

#[test]
fn no_few_clients_follow_from_two_reports() {
    for (before, more) in [
        (560, 1),
        (560, 4),
        (540, 7),
        (520, 12),
        (480, 30),
        (420, 80),
        (300, 250),
    ] {
        let (first, second) = (clinic_of(before), clinic_of(before + more));
        let last = alone(&first);
        let truth = alone(&second);
        let now = findings(&second, &Earlier::of(&last));
        let found = leaks(&last, &now, &truth);
        assert!(found.is_empty(), "{before} + {more}: {found:#?}");
        assert!(
            more > 100 || !leaks(&last, &truth, &truth).is_empty(),
            "{before} + {more}: the attack finds nothing to attack"
        );
        let (a, b) = (numbers(&last), numbers(&now));
        let is_renewed = |id: &&String| a.get(*id).is_some_and(|before| *before != b[*id]);
        let renewed: Vec<&String> = b.keys().filter(is_renewed).collect();
        match more {
            0..5 => assert!(renewed.is_empty(), "{before} + {more}: {renewed:?}"),
            80.. => assert!(renewed.len() > 200, "{before} + {more}: {renewed:?}"),
            _ => {}
        }
    }
}

#[test]
fn the_same_data_give_the_same_report_beside_itself() {
    let clinic = clinic_of(500);
    let last = alone(&clinic);
    let now = findings(&clinic, &Earlier::of(&last));
    assert_eq!(now.answers, last.answers);
    assert_eq!(now.clinic(), last.clinic());
    assert!(now.last_shown.is_empty());
}

/// One rating of one client is put right: nothing that rests on it may be shown again.
#[test]
fn a_corrected_rating_does_not_show() {
    let first = clinic_of(500);
    let second = clinic_with(500, |line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        let is_one = cells[0] == "C64262" && cells[3] == "2";
        if is_one {
            cells[6] = "12";
        }
        cells.join(",")
    });
    assert_ne!(first.read("sessions.csv"), second.read("sessions.csv"));
    let last = alone(&first);
    let truth = alone(&second);
    assert_ne!(
        numbers(&truth)["alliance_outcome.overall.partial"],
        numbers(&last)["alliance_outcome.overall.partial"]
    );
    let now = findings(&second, &Earlier::of(&last));
    for (id, x) in numbers(&now) {
        assert_eq!(numbers(&last).get(&id), Some(&x), "{id}");
    }
}

/// Two more in February and two more in March are four since January.
#[test]
fn what_was_hidden_is_held_against_what_was_shown_last() {
    let id = "alliance_outcome.overall.partial";
    let january = alone(&clinic_of(500));
    let february = findings(&clinic_of(502), &Earlier::of(&january));
    assert!(!numbers(&february).contains_key(id));
    assert_eq!(february.last_shown[id].n, numbers(&january)[id].0);
    let march_clinic = clinic_of(504);
    let march = findings(&march_clinic, &Earlier::of(&february));
    assert!(leaks(&january, &march, &alone(&march_clinic)).is_empty());
    assert!(!numbers(&march).contains_key(id));
    let april_clinic = clinic_of(560);
    let april = findings(&april_clinic, &Earlier::of(&march));
    assert!(
        numbers(&april).contains_key(id),
        "enough came since January"
    );
    for earlier in [&january, &february, &march] {
        let found = leaks(earlier, &april, &alone(&april_clinic));
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// Month after month, each held against the one before: no two of them tell of a few.
#[test]
fn a_chain_of_reports_tells_no_more_than_two() {
    let mut chain: Vec<Findings> = Vec::new();
    for clients in [420, 432, 436, 446, 451, 463, 470, 500] {
        let clinic = clinic_of(clients);
        let earlier = chain.last().map(Earlier::of).unwrap_or_default();
        let now = findings(&clinic, &earlier);
        let truth = alone(&clinic);
        for (at, before) in chain.iter().enumerate() {
            let found = leaks(before, &now, &truth);
            assert!(found.is_empty(), "{clients} beside report {at}: {found:#?}");
        }
        chain.push(now);
    }
}

#[test]
fn the_command_takes_the_last_report_or_the_last_review() {
    let clinic = clinic_of(503);
    let last = alone(&clinic_of(500));
    clinic.write("last.json", last.to_json());
    let run = clinic.run(&["review", "last.json", "--out", "last-review"]);
    assert!([0, 4].contains(&run.code), "{run:?}");
    for against in ["last.json", "last-review/review.json"] {
        clinic
            .run(&[
                "analyze",
                "study.toml",
                "--out",
                "report",
                "--against",
                against,
            ])
            .ok();
        let now = Findings::from_json(&clinic.read("report/findings.json")).unwrap();
        assert!(!numbers(&now).contains_key("alliance_outcome.overall.partial"));
        let page = clinic.read("report/index.html");
        assert!(page.contains("beside the last report, it would tell of fewer than 5 clients"));
        let found = leaks(&last, &now, &alone(&clinic));
        assert!(found.is_empty(), "{against}: {found:#?}");
    }
    let run = clinic.run(&[
        "analyze",
        "study.toml",
        "--out",
        "report",
        "--on",
        "2026-01-12",
    ]);
    assert!(
        run.code == 2 && run.stderr.contains("add --review"),
        "{run:?}"
    );
}

/// The minimum cells that are in use elsewhere.
#[test]
fn no_few_clients_follow_under_any_of_the_usual_minimums() {
    for minimum in [3, 8, 11] {
        let same = |line: &str| line.to_owned();
        let first = clinic_at(minimum, 440, same);
        let second = clinic_at(minimum, 480, same);
        let last = alone(&first);
        let truth = alone(&second);
        let now = findings(&second, &Earlier::of(&last));
        let found = leaks(&last, &now, &truth);
        assert!(found.is_empty(), "{minimum}: {found:#?}");
        assert!(!leaks(&last, &truth, &truth).is_empty(), "{minimum}");
    }
}
