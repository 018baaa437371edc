//! The files: deterministic, complete, and such as a clinic could have.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use alliance::simulation::{Clinic, study_toml, write_outcomes, write_sessions};
use alliance::study::{OUTCOME_COLUMNS, SESSION_COLUMNS, Study, is_iso_date};

use super::analysis::{Row, cells, clients, outcomes, sessions};

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let clinic = Clinic {
        clients: 20_000,
        therapists: 300,
        shuffle: true,
        ..Clinic::default()
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| (sessions(&clinic), outcomes(&clinic)))
    };
    let one = on(1);
    assert!(one == on(2) && one == on(3));
    let other = Clinic {
        seed: 2019,
        ..clinic.clone()
    };
    assert!(one.0 != sessions(&other) && one.1 != outcomes(&other));
}

#[test]
fn a_client_does_not_depend_on_how_many_follow() {
    let few = Clinic {
        clients: 400,
        ..Clinic::default()
    };
    let many = Clinic {
        clients: 4_000,
        ..Clinic::default()
    };
    assert!(sessions(&many).starts_with(&sessions(&few)));
    assert!(outcomes(&many).starts_with(&outcomes(&few)));
}

#[test]
fn shuffled_rows_are_the_same_rows_in_another_order() {
    let clinic = Clinic::default();
    let shuffled = Clinic {
        shuffle: true,
        ..clinic.clone()
    };
    let (in_order, in_disorder) = (sessions(&clinic), sessions(&shuffled));
    assert_ne!(in_order, in_disorder);
    assert_eq!(in_order.lines().next(), in_disorder.lines().next());
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted(&in_order), sorted(&in_disorder));
    assert_eq!(outcomes(&clinic), outcomes(&shuffled));
}

#[test]
fn every_row_of_the_sessions_is_one_a_clinic_could_have() {
    let text = sessions(&Clinic {
        clients: 3_000,
        ..Clinic::default()
    });
    assert_eq!(text.lines().next().unwrap(), SESSION_COLUMNS.join(","));
    let treatment: HashMap<String, String> = outcomes(&Clinic {
        clients: 3_000,
        ..Clinic::default()
    })
    .lines()
    .skip(1)
    .map(|line| (cells(line)[0].into(), cells(line)[5].into()))
    .collect();
    let within = |cell: &str, low: u32, high: u32| {
        cell.is_empty() || (low..=high).contains(&cell.parse().expect("a whole number"))
    };
    let mut before: Option<(String, u32, String)> = None;
    let mut met = HashSet::new();
    for line in text.lines().skip(1) {
        let cell = cells(line);
        let session: u32 = cell[3].parse().unwrap();
        assert!(
            is_iso_date(cell[4].as_bytes()) && cell[4] >= "2024-01-01",
            "{line}"
        );
        assert!(cell[4] <= "2025-12-31", "{line}");
        match before.take().filter(|(client, ..)| client == cell[0]) {
            Some((_, last, date)) => assert!(session == last + 1 && *cell[4] > *date, "{line}"),
            None => assert!(session == 1 && met.insert(cell[0].to_owned()), "{line}"),
        }
        before = Some((cell[0].into(), session, cell[4].into()));
        assert!(cell[0].len() == 7 && cell[0].starts_with('C'), "{line}");
        assert!(
            cell[1].len() == 3 && cell[1].starts_with('T') && cell[2].len() == 2,
            "{line}"
        );
        assert!(matches!(cell[5], "online" | "in_person"), "{line}");
        assert!(within(cell[6], 12, 60) && within(cell[7], 10, 50), "{line}");
        assert!(within(cell[9], 0, 27), "{line}");
        assert!(cell[10..13].iter().all(|item| within(item, 1, 5)), "{line}");
        assert_eq!(
            cell[8].is_empty(),
            !treatment[cell[0]].starts_with("cbt"),
            "{line}"
        );
        let technique: f64 = if cell[8].is_empty() {
            0.0
        } else {
            cell[8].parse().unwrap()
        };
        assert!((0.0..=6.0).contains(&technique), "{line}");
    }
}

#[test]
fn every_client_is_in_both_files_once_and_in_no_order() {
    let clinic = Clinic {
        clients: 5_000,
        ..Clinic::default()
    };
    let text = outcomes(&clinic);
    assert_eq!(text.lines().next().unwrap(), OUTCOME_COLUMNS.join(","));
    let mut in_order = Vec::new();
    let mut rows = HashSet::new();
    for line in text.lines().skip(1) {
        let cell = cells(line);
        assert!(rows.insert((cell[0], cell[1])), "twice: {line}");
        assert!(cell[6] != "ongoing" || cell[3].is_empty(), "{line}");
        let most = if cell[1] == "PHQ-9" { 27 } else { 21 };
        for score in [cell[2], cell[3]].iter().filter(|score| !score.is_empty()) {
            assert!(score.parse::<u32>().unwrap() <= most, "{line}");
        }
        if cell[1] == "PHQ-9" {
            in_order.push(cell[0]);
        }
    }
    assert_eq!(in_order.len(), 5_000);
    assert!(!in_order.is_sorted());
    let sessions = sessions(&clinic);
    let in_sessions: HashSet<&str> = sessions
        .lines()
        .skip(1)
        .map(|line| cells(line)[0])
        .collect();
    assert_eq!(in_sessions, in_order.into_iter().collect());
}

#[test]
fn the_demo_clinic_shows_every_case_a_report_must_handle() {
    let rows = clients(&Clinic::default());
    let count = |holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count();
    assert_eq!(rows.len(), 400);
    assert!(
        (3..=4).contains(&count(&|row| row.treatment == "emdr")),
        "a level to suppress"
    );
    assert!((20..=50).contains(&count(&|row| row.delivery() == "hybrid")));
    assert!((35..=75).contains(&count(&|row| row.diagnosis == "psychosis")));
    assert!((2..=20).contains(&count(&|row| row.alliance.iter().all(Option::is_none))));
    assert!((5..=40).contains(&count(&|row| row.status != "ongoing" && row.post.is_none())));
    assert!((5..=30).contains(&count(&|row| row.status == "ongoing")));
    let therapists: HashSet<&str> = rows.iter().map(|row| row.therapist.as_str()).collect();
    assert_eq!(therapists.len(), 24);
    assert!(rows.iter().all(|row| (1..=20).contains(&row.sessions)));
}

#[test]
fn the_study_file_fits_the_data() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("made-up-clinic");
    std::fs::create_dir_all(&folder).unwrap();
    let clinic = Clinic::default();
    let file = |name: &str| std::fs::File::create(folder.join(name)).unwrap();
    write_sessions(&clinic, file("sessions.csv")).unwrap();
    write_outcomes(&clinic, file("outcomes.csv")).unwrap();
    let path = folder.join("study.toml");
    std::fs::write(&path, study_toml(&clinic)).unwrap();
    let study = Study::load(&path).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(study.sources.sessions.exists() && study.sources.outcomes.exists());
    assert_eq!(study.settings.seed, 2018);
    assert_eq!(study.settings.primary_measure.as_deref(), Some("PHQ-9"));
    assert!(
        study
            .settings
            .groups
            .iter()
            .any(|group| group.key == "trauma")
    );
    for measure in ["WAI-SR", "CARE", "PHQ-9", "GAD-7"] {
        assert!(study.catalogue.find(measure).is_some(), "{measure}");
    }
    assert!(std::fs::read_to_string(&path).unwrap().contains("made up"));
}
