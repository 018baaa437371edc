//! The figures of a pooling.

use alliance::findings::pooled::PooledForest;
use alliance::findings::{Display, Findings};
use alliance::report::figures::{Figure, IDS, figures};

use super::drawing::{texts, tree};
use super::{axis, column, figure_of, pooled_sample as pooled};

const ALL: [&str; 7] = [
    "forest",
    "orchard",
    "bubble",
    "funnel",
    "baujat",
    "leave_one_out",
    "profiles",
];

fn ids(findings: &Findings) -> Vec<&'static str> {
    figures(findings).iter().map(|figure| figure.id).collect()
}

fn forest_of(findings: &mut Findings) -> &mut PooledForest {
    match &mut findings.answers[0].displays[0] {
        Display::PooledForest(forest) => forest,
        other => panic!("{other:?} is no forest"),
    }
}

fn height(figure: &Figure) -> f64 {
    tree(&figure.svg()).size().height().into()
}

#[test]
fn a_pooling_has_its_seven_figures_and_none_of_a_clinic() {
    assert_eq!(ids(&pooled::common()), ALL);
    let without_moderators = ALL.into_iter().filter(|id| *id != "bubble");
    let without_moderators: Vec<&str> = without_moderators.collect();
    assert_eq!(ids(&pooled::two()), without_moderators);
}

#[test]
fn a_clinic_with_sites_has_its_own_forest_and_that_of_the_sites() {
    let ids = ids(&pooled::clinic_with_sites());
    assert_eq!(ids.iter().filter(|id| **id == "forest").count(), 1);
    assert_eq!(ids.last(), Some(&"sites"));
    let sites = figure_of(&pooled::sites(), "sites");
    assert!(sites.title.ends_with("site by site?"), "{}", sites.title);
    assert!(
        sites.subtitle.contains("4 sites, 320 clients"),
        "{}",
        sites.subtitle
    );
}

#[test]
fn every_figure_is_one_of_the_known_ones() {
    let mut known = IDS.to_vec();
    known.sort_unstable();
    known.dedup();
    assert_eq!(known.len(), IDS.len());
    for findings in [pooled::common(), pooled::clinic_with_sites()] {
        assert!(ids(&findings).iter().all(|id| IDS.contains(id)));
    }
}

#[test]
fn a_display_without_rows_makes_no_figure() {
    let mut findings = pooled::common();
    forest_of(&mut findings).effects.clear();
    for display in &mut findings.answers[1].displays {
        match display {
            Display::Orchard(data) => data.trunks.clear(),
            Display::Funnel(data) => data.points.clear(),
            Display::Baujat(data) => data.points.clear(),
            Display::LeaveOneOut(data) => data.rows.clear(),
            Display::Bubble(data) => data.points.clear(),
            Display::Profiles(data) => data.profiles.iter_mut().for_each(|p| p.points.clear()),
            _ => {}
        }
    }
    assert_eq!(ids(&findings), [""; 0]);
}

#[test]
fn every_interval_lies_inside_the_axis() {
    for findings in [
        pooled::common(),
        pooled::two(),
        pooled::huge_intervals(),
        pooled::three_hundred(),
    ] {
        for id in ["forest", "leave_one_out", "orchard"] {
            let figure = figure_of(&findings, id);
            let (low, high) = axis(&figure, "x axis");
            assert!((-1.0..=1.0).contains(&low) && (-1.0..=1.0).contains(&high));
            let table = figure.data_table();
            for name in ["conf_low", "conf_high", "prediction_low", "prediction_high"] {
                let told = column(&table, name)
                    .into_iter()
                    .filter_map(|cell| cell.parse().ok());
                for value in told {
                    let value: f64 = value;
                    assert!(
                        low <= value && value <= high,
                        "{id}: {value} in {low} to {high}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_correlation_beyond_one_is_not_cut_off() {
    let mut findings = pooled::common();
    let effect = &mut forest_of(&mut findings).effects[0];
    (effect.r, effect.conf_high) = (0.98, 1.21);
    assert!(axis(&figure_of(&findings, "forest"), "x axis").1 >= 1.21);
}

#[test]
fn the_height_grows_with_the_rows() {
    let heights =
        [5, 15, 102, 300].map(|rows| height(&figure_of(&pooled::with_rows(rows), "forest")));
    assert!(
        heights.windows(2).all(|pair| pair[0] < pair[1]),
        "{heights:?}"
    );
    let per_row = (heights[3] - heights[2]) / 198.0;
    assert!(per_row >= 12.0, "{per_row} pixels to a row");
}

#[test]
fn every_study_is_named_and_the_table_has_its_full_name() {
    let findings = pooled::three_hundred();
    let figure = figure_of(&findings, "forest");
    let mut words = Vec::new();
    texts(tree(&figure.svg()).root(), &mut words);
    let table = figure.data_table();
    let names = column(&table, "study");
    assert_eq!(names.len(), 301);
    for name in &names[..300] {
        let year = name.rsplit(' ').next().expect("a year");
        let shown = words
            .iter()
            .any(|(text, _)| text == name || text.contains('…') && text.ends_with(year));
        assert!(shown, "{name}");
    }
    let drawn: Vec<&String> = words
        .iter()
        .map(|(text, _)| text)
        .filter(|text| text.contains("…"))
        .collect();
    let mut different = drawn.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(
        drawn.len(),
        different.len(),
        "shortened names stay different"
    );
}

#[test]
fn effects_of_one_study_stand_under_its_name() {
    let text = figure_of(&pooled::common(), "forest").to_string();
    let lines: Vec<&str> = text.lines().collect();
    let study = lines.iter().position(|line| line.starts_with("study "));
    let study = study.expect("a study with several effects");
    assert!(
        lines[study + 1].starts_with("effect    WAI"),
        "{}",
        lines[study + 1]
    );
    assert!(
        lines[study + 2].starts_with("effect    WAI"),
        "{}",
        lines[study + 2]
    );
}

#[test]
fn subgroups_come_in_their_order_and_those_without_a_level_last() {
    let text = figure_of(&pooled::common(), "forest").to_string();
    let of = |start: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(start));
        lines
            .map(|line| {
                line.split([':', '|'])
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(
        of("section  "),
        ["Client", "Therapist", "Observer", "Not reported"]
    );
    assert_eq!(of("subgroup "), ["Client", "Therapist", "Observer"]);
}

#[test]
fn a_figure_says_what_was_found_and_of_how_many() {
    let findings = pooled::common();
    let alt = |id| figure_of(&findings, id).alt;
    let found = "16 effects of 10 studies, 797 clients";
    let forest = alt("forest");
    assert!(forest.contains(found), "{forest}");
    assert!(
        forest.contains("r = .27 [.15, .38], prediction interval [−.16, .61]"),
        "{forest}"
    );
    assert!(alt("funnel").contains("larger correlations in small studies, p = .034"));
    assert!(alt("leave_one_out").contains("this interval excludes 0"));
    for figure in figures(&findings) {
        let k = figure.subtitle.contains("16 ") || figure.subtitle.contains(found);
        assert!(k, "{}: {}", figure.id, figure.subtitle);
    }
}

#[test]
fn a_study_that_decides_is_told() {
    let mut findings = pooled::common();
    for display in &mut findings.answers[1].displays {
        if let Display::LeaveOneOut(data) = display {
            data.rows[3].conf_low = -0.01;
        }
    }
    let alt = figure_of(&findings, "leave_one_out").alt;
    assert!(
        alt.contains("without 1 of them it no longer excludes 0"),
        "{alt}"
    );
}

#[test]
fn a_variance_at_the_boundary_is_called_so() {
    let profiles = figure_of(&pooled::two(), "profiles");
    assert!(
        profiles.alt.contains("at the boundary 0"),
        "{}",
        profiles.alt
    );
    let told = |figure: &Figure| figure.notes.iter().any(|note| note.contains("boundary"));
    assert!(told(&profiles) && !told(&figure_of(&pooled::common(), "profiles")));
}

#[test]
fn at_most_eight_effects_are_named_beside_their_dots() {
    let text = figure_of(&pooled::three_hundred(), "baujat").to_string();
    let named = text
        .lines()
        .filter(|line| line.starts_with("named"))
        .count();
    assert!((4..=8).contains(&named), "{named}");
    assert_eq!(
        text.lines().filter(|line| line.starts_with("dot ")).count(),
        300 - named
    );
}

#[test]
fn the_tables_hold_every_number_of_the_displays() {
    let findings = pooled::common();
    let mut told: Vec<f64> = Vec::new();
    for figure in figures(&findings) {
        let cells = figure.data_table().rows.into_iter().flatten();
        told.extend(cells.filter_map(|cell| cell.parse::<f64>().ok()));
    }
    let mut drawn = Vec::new();
    for display in findings.answers.iter().flat_map(|answer| &answer.displays) {
        match display {
            Display::PooledForest(data) => drawn.extend(
                data.effects
                    .iter()
                    .flat_map(|e| [e.r, e.conf_low, e.conf_high, e.weight]),
            ),
            Display::Funnel(data) => {
                drawn.extend(data.points.iter().flat_map(|p| [p.z, p.std_error]));
            }
            Display::Baujat(data) => {
                drawn.extend(
                    data.points
                        .iter()
                        .flat_map(|p| [p.heterogeneity, p.influence]),
                );
            }
            Display::LeaveOneOut(data) => {
                drawn.extend(
                    data.rows
                        .iter()
                        .flat_map(|r| [r.r, r.conf_low, r.conf_high]),
                );
            }
            Display::Bubble(data) => {
                drawn.extend(data.line.iter().flat_map(|l| [l.0, l.1, l.2, l.3]))
            }
            Display::Orchard(data) => {
                drawn.extend(
                    data.trunks
                        .iter()
                        .flat_map(|t| &t.effects)
                        .flat_map(|e| [e.0, e.1]),
                );
            }
            Display::Profiles(data) => {
                drawn.extend(
                    data.profiles
                        .iter()
                        .flat_map(|p| &p.points)
                        .flat_map(|p| [p.0, p.1]),
                );
            }
            _ => {}
        }
    }
    assert!(drawn.len() > 400);
    for number in drawn {
        assert!(told.contains(&number), "{number} is drawn but in no table");
    }
}
