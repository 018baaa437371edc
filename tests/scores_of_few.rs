//! The scores of a few clients, against somebody who subtracts the printed means of nearly the same clients.

use std::collections::BTreeSet;
use std::path::Path;

use crate::shared::{Clinic, alliance_in};
use alliance::findings::{Estimate, Findings};
use serde_json::Value as Json;

fn read(folder: &Path) -> Findings {
    let text = std::fs::read_to_string(folder.join("findings.json")).expect("a report");
    Findings::from_json(&text).expect("findings")
}

/// Every mean of a figure that stands beside a rounded number of clients, with that number.
fn means_of_figures(findings: &Findings) -> Vec<(String, f64, u64)> {
    let json: Json = serde_json::from_str(&findings.to_json()).unwrap();
    let mut means = Vec::new();
    for answer in json["answers"].as_array().unwrap() {
        for d in answer["displays"].as_array().unwrap() {
            let mut add = |what: &str, points: &Json, value: &str| {
                for p in points.as_array().into_iter().flatten() {
                    if let (Some(mean), Some(n)) = (p[value].as_f64(), p["n"].as_u64()) {
                        means.push((format!("{what} {p}"), mean, n));
                    }
                }
            };
            match d["kind"].as_str().unwrap() {
                "control_chart" if d["limits"] == "xmr" => {
                    for phase in d["phases"].as_array().unwrap() {
                        add("chart", &phase["points"], "value");
                    }
                }
                "courses" => {
                    for course in d["courses"].as_array().unwrap() {
                        add("course", &course["points"], "mean");
                    }
                }
                "binned_scatter" => {
                    add("bin", &d["bins"], "x");
                    add("bin", &d["bins"], "y");
                }
                _ => {}
            }
        }
    }
    means
}

/// The exact mean of ratings, whole points each, gives their number and their sum away: n is the one near the rounded
/// number for which mean · n is whole. Two such sums differ by the rating of the client between them.
#[test]
fn the_digits_of_a_mean_tell_neither_of_how_many_it_is_nor_their_sum() {
    for (clients, seed) in [(60, 31), (100, 18), (400, 2)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clients, seed) = (clients.to_string(), seed.to_string());
        let made_up = ["--clients", &clients, "--seed", &seed, "--missing", "0.02"];
        let run = [&["simulate", "--out", "clinic"][..], &made_up].concat();
        alliance_in(folder.path(), &run).ok();
        let run = ["analyze", "clinic/study.toml", "--out", "report"];
        alliance_in(folder.path(), &run).ok();
        let findings = read(&folder.path().join("report"));
        let means = means_of_figures(&findings);
        assert!(means.len() > 10, "{clients}: {}", means.len());
        for (what, mean, n) in means {
            let written = mean.to_string();
            let decimals = written
                .split_once('.')
                .map_or(0, |(_, digits)| digits.len());
            let step = 10f64.powi(-(decimals as i32));
            // Half a step on either side, times n, holds a whole number for every n that may be meant.
            assert!(step * (n.saturating_sub(2)) as f64 >= 0.8, "{what}");
        }
    }
}

/// Of all but one to four clients a therapist is recorded: numbers without these few would tell of them.
#[test]
fn a_few_clients_without_a_therapist_are_not_told_by_what_is_left() {
    for few in [2, 4, 40] {
        let clinic = Clinic::reference();
        let sessions = clinic.read("sessions.csv");
        let mut without = BTreeSet::new();
        let blanked: Vec<String> = sessions
            .lines()
            .enumerate()
            .map(|(at, line)| {
                let mut cells: Vec<&str> = line.split(',').collect();
                let client = cells[0].to_owned();
                if at > 0 && (without.len() < few || without.contains(&client)) {
                    without.insert(client);
                    cells[1] = "";
                }
                cells.join(",")
            })
            .collect();
        clinic.write("sessions.csv", blanked.join("\n") + "\n");
        let findings = read(&clinic.analyze());
        let answer = findings.answer("therapists").unwrap();
        let complete = |e: &Estimate| e.estimate().is_some();
        let told = answer.estimates.iter().any(complete);
        assert_eq!(told, few == 40, "{few} without a therapist");
    }
}

/// With one client in a caseload too small to be pooled, the standard error of the pooled value, which is
/// `1/√(n − 4k)` where therapists do not differ, would give the number pooled away.
#[test]
fn the_pooled_value_does_not_tell_of_caseloads_too_small_to_be_pooled() {
    let clinic = Clinic::reference().study("name = \"x\"\n[meta]\npool_by = \"therapist\"\n");
    let sessions = clinic.read("sessions.csv");
    // Has a rating and both scores.
    let alone = "C79354";
    // Six large caseloads, and perhaps one of a single client.
    let assigned = |moves: bool| -> String {
        let assign = |(at, line): (usize, &str)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if at > 0 {
                let number: u32 = cells[0][1..].parse().expect("a client is C and a number");
                cells[1] = format!("T{}", number % 6);
                if moves && cells[0] == alone {
                    cells[1] = "T99".into();
                }
            }
            cells.join(",") + "\n"
        };
        sessions.lines().enumerate().map(assign).collect()
    };
    let pooled = |clinic: &Clinic| {
        let findings = read(&clinic.analyze());
        let e = findings.estimate("sites.pooled").expect("pooled");
        e.estimate().is_some()
    };
    clinic.write("sessions.csv", assigned(false));
    assert!(pooled(&clinic), "every therapist has enough");
    clinic.write("sessions.csv", assigned(true));
    assert!(!pooled(&clinic), "one client is left out");
}
