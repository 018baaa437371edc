//! Figures say what the findings say, and can be read by everyone.
//!
//! The text of a figure is compared, not its pixels; `UPDATE_GOLDEN=1` writes the texts anew.

mod clinical;
mod clinical_sample;
mod drawing;
mod mixed;
mod mixed_sample;
mod monitoring;
mod monitoring_sample;
mod pooled;
mod pooled_sample;
mod questions;
mod questions_sample;
mod sample;

use std::path::PathBuf;
use std::sync::OnceLock;

use alliance::findings::{Count, Display, Findings};
use alliance::report::figures::{DataTable, Figure, figures};

fn samples() -> [(&'static str, Findings); 27] {
    [
        ("clinic", sample::clinic()),
        ("one_row", sample::one_row()),
        ("many_rows", sample::many_rows()),
        ("wide", sample::wide()),
        ("all_suppressed", sample::all_suppressed()),
        ("pooled", pooled_sample::common()),
        ("pooled_two", pooled_sample::two()),
        ("pooled_huge_intervals", pooled_sample::huge_intervals()),
        ("pooled_many_rows", pooled_sample::three_hundred()),
        ("sites", pooled_sample::sites()),
        ("mixed", mixed_sample::common()),
        ("mixed_two", mixed_sample::two()),
        ("mixed_many_rows", mixed_sample::many()),
        ("mixed_huge_intervals", mixed_sample::huge_intervals()),
        ("clinical", clinical_sample::common()),
        ("clinical_two", clinical_sample::two()),
        ("clinical_huge_intervals", clinical_sample::huge_intervals()),
        ("clinical_suppressed", clinical_sample::all_suppressed()),
        ("clinical_higher", clinical_sample::higher_is_better()),
        ("questions", questions_sample::common()),
        ("questions_one_row", questions_sample::one_row()),
        ("questions_extreme", questions_sample::extreme()),
        ("questions_suppressed", questions_sample::all_suppressed()),
        ("questions_not_measured", questions_sample::not_measured()),
        ("monitoring", monitoring_sample::common()),
        ("monitoring_trial", monitoring_sample::trial()),
        ("monitoring_many_rows", monitoring_sample::huge()),
    ]
}

/// Every figure of every sample under its name, made once for all tests.
fn every_figure() -> &'static [(String, Figure)] {
    static FIGURES: OnceLock<Vec<(String, Figure)>> = OnceLock::new();
    FIGURES.get_or_init(|| {
        let of_sample = |(name, findings): (&str, Findings)| {
            let named = |figure: Figure| (format!("{name}.{}", figure.id), figure);
            figures(&findings)
                .into_iter()
                .map(named)
                .collect::<Vec<_>>()
        };
        samples().into_iter().flat_map(of_sample).collect()
    })
}

fn figure_of(findings: &Findings, id: &str) -> Figure {
    let found = figures(findings).into_iter().find(|figure| figure.id == id);
    found.unwrap_or_else(|| panic!("there is no figure {id}"))
}

#[test]
fn the_text_of_every_figure_is_as_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/figures");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differing = Vec::new();
    // Hundreds of rows are drawn by other tests, and say nothing new as text.
    let hundreds = |name: &str| {
        [
            "pooled_many_rows",
            "mixed_many_rows",
            "monitoring_many_rows",
        ]
        .iter()
        .any(|sample| name.starts_with(sample))
    };
    for (name, figure) in every_figure().iter().filter(|(name, _)| !hundreds(name)) {
        let file = folder.join(format!("{name}.txt"));
        let text = figure.to_string();
        if update {
            std::fs::create_dir_all(&folder).expect("the folder can be made");
            std::fs::write(&file, &text).expect("the file can be written");
        } else if std::fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            differing.push(format!("{name}:\n{text}"));
        }
    }
    assert!(
        differing.is_empty(),
        "run with UPDATE_GOLDEN=1 and look at the changes\n{}",
        differing.join("\n")
    );
}

#[test]
fn a_clinic_has_all_seven_figures_in_the_order_of_the_report() {
    let ids: Vec<&str> = figures(&sample::clinic())
        .iter()
        .map(|figure| figure.id)
        .collect();
    let all = [
        "flow",
        "forest",
        "alliance_and_outcome",
        "early_alliance",
        "courses",
        "online_vs_in_person",
        "sensitivity",
    ];
    assert_eq!(ids, all);
}

#[test]
fn a_figure_without_data_is_not_there() {
    let mut findings = sample::clinic();
    findings.answers.clear();
    let ids: Vec<&str> = figures(&findings).iter().map(|figure| figure.id).collect();
    assert_eq!(ids, ["flow"]);
    let flow = &mut sample::analysed(&mut findings).flow;
    for stage in [&mut flow.sessions, &mut flow.outcomes, &mut flow.clients] {
        stage.read = Count::Exactly(0);
    }
    assert!(figures(&findings).is_empty());
}

#[test]
fn figures_can_be_redrawn_from_the_archived_findings() {
    for (name, findings) in samples() {
        let archived = Findings::from_json(&findings.to_json()).expect("findings read back");
        assert!(figures(&archived) == figures(&findings), "{name}");
    }
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    let once: Vec<String> = figures(&sample::clinic()).iter().map(Figure::svg).collect();
    let again = std::thread::spawn(|| figures(&sample::clinic()).iter().map(Figure::svg).collect());
    let again: Vec<String> = again.join().expect("the thread ends");
    assert!(once == again);
}

/// The ends of an axis in the text of a figure: `x axis   label: −0.5 to 1.0, ticks …`.
fn axis(figure: &Figure, name: &str) -> (f64, f64) {
    let text = figure.to_string();
    let line = text.lines().find(|line| line.starts_with(name));
    ends(line.unwrap_or_else(|| panic!("{} has no {name}", figure.id)))
}

fn ends(line: &str) -> (f64, f64) {
    let ends = line.rsplit_once(": ").expect("a label").1;
    let (low, rest) = ends.split_once(" to ").expect("two ends");
    let number = |text: &str| text.replace('−', "-").parse::<f64>().expect("a number");
    (
        number(low),
        number(rest.split(',').next().unwrap_or_default()),
    )
}

fn column<'a>(table: &'a DataTable, name: &str) -> Vec<&'a str> {
    let place = table.columns.iter().position(|column| column == name);
    let place = place.unwrap_or_else(|| panic!("there is no column {name}"));
    table.rows.iter().map(|row| row[place].as_str()).collect()
}

#[test]
fn the_data_of_the_forest_are_the_estimates_at_full_precision() {
    let findings = sample::clinic();
    let table = figure_of(&findings, "forest").data_table();
    let estimates = findings.answers[0]
        .estimates
        .iter()
        .filter(|e| e.term == "partial");
    let kinds = column(&table, "kind");
    let rows = (0..kinds.len()).filter(|&i| kinds[i] == "study");
    let (numbers, lows) = (column(&table, "estimate"), column(&table, "conf_low"));
    let (groups, ns) = (column(&table, "group"), column(&table, "n"));
    let mut compared = 0;
    for (i, estimate) in rows.zip(estimates) {
        assert_eq!(groups[i], estimate.group);
        match estimate.estimate() {
            Some(r) => assert_eq!(numbers[i].parse(), Ok(r)),
            None => assert!(["suppressed", "not_estimable"].contains(&numbers[i])),
        }
        assert_eq!(
            lows[i].parse().ok(),
            estimate.interval().map(|(low, _, _)| low)
        );
        assert_eq!(ns[i].parse().ok(), estimate.n());
        compared += 1;
    }
    assert_eq!(compared, 16);
}

#[test]
fn the_data_of_the_other_charts_are_those_of_the_findings() {
    let findings = sample::clinic();
    let mut numbers = Vec::new();
    for display in findings.answers.iter().flat_map(|answer| &answer.displays) {
        match display {
            Display::BinnedScatter(scatter) => {
                numbers.extend(
                    scatter
                        .bins
                        .iter()
                        .flat_map(|b| [b.x, b.y, b.y_low, b.y_high]),
                );
                numbers.extend(scatter.line.band.iter().flat_map(|b| [b.0, b.1, b.2]));
            }
            Display::Distributions(d) => {
                numbers.extend(d.groups.iter().flat_map(|g| [g.mean, g.sd]));
                let bins = d.groups.iter().flat_map(|g| &g.bins);
                numbers.extend(bins.flat_map(|b| [b.low, b.high, b.n as f64]));
            }
            Display::Courses(courses) => {
                let points = courses.courses.iter().flat_map(|c| &c.points);
                numbers.extend(points.flat_map(|p| [p.mean, p.conf_low, p.conf_high]));
            }
            other => panic!("{other:?} is not of a clinic"),
        }
    }
    let mut told = Vec::new();
    for id in ["alliance_and_outcome", "early_alliance", "courses"] {
        let cells = figure_of(&findings, id)
            .data_table()
            .rows
            .into_iter()
            .flatten();
        told.extend(cells.filter_map(|cell| cell.parse::<f64>().ok()));
    }
    assert!(numbers.len() > 200);
    for number in numbers {
        assert!(
            told.contains(&number),
            "{number} is drawn but not in a table"
        );
    }
}

#[test]
fn every_row_of_a_table_has_a_cell_per_column() {
    for (name, figure) in every_figure() {
        let table = figure.data_table();
        assert!(!table.rows.is_empty(), "{name}");
        assert!(
            table
                .rows
                .iter()
                .all(|row| row.len() == table.columns.len()),
            "{name}"
        );
    }
}

#[test]
fn what_is_suppressed_shows_no_number() {
    for figure in figures(&sample::all_suppressed()) {
        let table = figure.data_table();
        let place = table
            .columns
            .iter()
            .position(|c| c == "estimate" || c == "count");
        let place = place.expect("there is a column of numbers");
        let kind = |row: &[String]| row[0] == "published" || row[0] == "reference";
        for row in table.rows.iter().filter(|row| !kind(row)) {
            assert_eq!(row[place], "suppressed", "{}", figure.id);
        }
        assert!(!figure.alt.contains("n ="), "{}", figure.alt);
    }
}

#[test]
fn alternative_text_is_one_sentence_with_the_finding_and_n() {
    let findings = sample::clinic();
    let forest = figure_of(&findings, "forest").alt;
    assert!(
        forest.contains("all clients r = .23 [.15, .31], n = 542"),
        "{forest}"
    );
    let online = figure_of(&findings, "online_vs_in_person").alt;
    assert!(
        online.contains("−.04 [−.21, .12], n = 504 (not distinguishable)"),
        "{online}"
    );
    for (name, figure) in every_figure() {
        assert!(
            figure.alt.ends_with('.') && !figure.alt.contains('\n'),
            "{name}: {}",
            figure.alt
        );
    }
}
