//! The figures of ruptures, items, shares and two groups.

use alliance::findings::{Display, Findings, Scale};
use alliance::report::figures::{Figure, IDS, figures, ink};
use resvg::usvg::roxmltree::Document;

use super::drawing::{texts, tree};
use super::{axis, column, figure_of, questions_sample as questions};

const ALL: [&str; 7] = [
    "ruptures",
    "items",
    "change_rates",
    "dropout",
    "ratings",
    "cbt",
    "psychosis",
];

fn samples() -> [Findings; 5] {
    [
        questions::common(),
        questions::one_row(),
        questions::extreme(),
        questions::all_suppressed(),
        questions::not_measured(),
    ]
}

/// The figures of these questions; the sample has a forest besides.
fn ids(findings: &Findings) -> Vec<&'static str> {
    let ids = figures(findings).into_iter().map(|figure| figure.id);
    ids.filter(|id| !["flow", "forest"].contains(id)).collect()
}

fn words(figure: &Figure) -> Vec<String> {
    let mut found = Vec::new();
    texts(tree(&figure.svg()).root(), &mut found);
    found.into_iter().map(|(text, _)| text).collect()
}

fn says(figure: &Figure, text: &str) -> bool {
    words(figure).iter().any(|drawn| drawn == text)
}

fn lines(figure: &Figure, start: &str) -> Vec<String> {
    let text = figure.to_string();
    let lines = text.lines().filter(|line| line.starts_with(start));
    lines.map(str::to_owned).collect()
}

/// (x, width, opacity) of the filled rectangles of one colour, in the order drawn.
fn rectangles(figure: &Figure, colour: &str) -> Vec<(f64, f64, f64)> {
    let svg = figure.svg();
    let document = Document::parse(&svg).expect("well-formed");
    let rectangles = document
        .descendants()
        .filter(|node| node.has_tag_name("rect") && node.attribute("fill") == Some(colour));
    rectangles
        .map(|node| {
            let of = |name: &str| node.attribute(name).and_then(|v| v.parse::<f64>().ok());
            let number = |name: &str| of(name).unwrap_or_else(|| panic!("no {name}"));
            (number("x"), number("width"), number("opacity"))
        })
        .collect()
}

#[test]
fn these_questions_have_seven_figures() {
    for findings in samples() {
        assert_eq!(ids(&findings), ALL);
    }
    assert!(ALL.iter().all(|id| IDS.contains(id)));
}

#[test]
fn what_was_not_measured_at_all_makes_no_figure() {
    let mut findings = questions::common();
    for answer in &mut findings.answers {
        answer.displays.clear();
        for e in &mut answer.estimates {
            *e = e.clone().not_measured("the columns are not there");
        }
    }
    assert_eq!(ids(&findings), [""; 0]);
    for answer in &mut findings.answers {
        answer.estimates.clear();
    }
    assert_eq!(ids(&findings), [""; 0]);
    findings.answers.clear();
    assert_eq!(ids(&findings), [""; 0]);
}

#[test]
fn one_half_of_the_ruptures_stands_alone() {
    let mut findings = questions::common();
    findings.answers[1].displays.clear();
    let bars = figure_of(&findings, "ruptures");
    assert!(lines(&bars, "y axis").is_empty() && lines(&bars, "bar ").len() == 5);
    let mut findings = questions::common();
    findings.answers[1].estimates.clear();
    let courses = figure_of(&findings, "ruptures");
    assert!(lines(&courses, "bar ").is_empty() && lines(&courses, "point ").len() == 14);
}

#[test]
fn courses_run_from_three_ratings_before_the_fall_to_three_after() {
    for findings in samples() {
        let figure = figure_of(&findings, "ruptures");
        let across = lines(&figure, "x axis");
        assert!(
            across
                .iter()
                .all(|line| line.ends_with("ticks −3 −2 −1 0 1 2 3")),
            "{across:?}"
        );
    }
    let figure = figure_of(&questions::common(), "ruptures");
    assert!(says(&figure, "ratings after the rupture"));
    assert!(says(&figure, "repaired: 245 ruptures") && says(&figure, "not repaired: 85 ruptures"));
    assert!(
        figure.alt.contains("repaired (245 ruptures): 45.80 [44.79, 46.81] before the fall, 37.20 [36.30, 38.10] at the fall, 44.90 [43.67, 46.13] three ratings later"),
        "{}",
        figure.alt
    );
}

#[test]
fn bars_are_as_long_as_the_shares_they_say() {
    let figure = figure_of(&questions::common(), "ruptures");
    let bars = lines(&figure, "bar ");
    assert_eq!(
        bars[0],
        "bar      1 SD, half regained | no rupture 208 (40.7 %), repaired 205 (40.1 %), not repaired 98 (19.2 %), n = 511"
    );
    assert!(bars[4].ends_with("ruptured, repair not asked 47 (10.7 %), n = 438"));
    // The first rectangle of each colour is the key.
    let unrepaired = rectangles(&figure, &ink::hex(ink::VERMILION));
    let repaired = rectangles(&figure, &ink::hex(ink::BLUE));
    let counts = [(205, 98), (121, 182), (43, 21), (29, 35)];
    assert_eq!((unrepaired.len(), repaired.len()), (5, 5));
    let right = unrepaired[1].0 + unrepaired[1].1;
    let whole = unrepaired[1].1 * 511.0 / 98.0;
    for ((regained, not), (blue, red)) in counts
        .into_iter()
        .zip(repaired[1..].iter().zip(&unrepaired[1..]))
    {
        let length = |count: i32| f64::from(count) / 511.0 * whole;
        assert!((blue.1 - length(regained)).abs() < 15.0, "{blue:?}");
        assert!((red.1 - length(not)).abs() < 15.0, "{red:?}");
        assert!((red.0 + red.1 - right).abs() < 2.0 && (blue.0 + blue.1 - red.0).abs() < 2.0);
    }
}

#[test]
fn a_criterion_with_a_hidden_count_shows_none_of_its_counts() {
    let figure = figure_of(&questions::extreme(), "ruptures");
    let bars = lines(&figure, "bar ");
    assert_eq!(bars[2], "bar      2 SD, half regained | no clients");
    assert_eq!(bars[3], "bar      2 SD, all regained | suppressed");
    assert!(!words(&figure).iter().any(|text| text.contains("447")));
    assert!(!figure.alt.contains("447"));
    let table = figure.data_table();
    let hidden = (0..table.rows.len()).filter(|&i| table.rows[i][1] == "k2.all");
    let (counts, of) = (column(&table, "count"), column(&table, "of"));
    let cells: Vec<(&str, &str)> = hidden.map(|i| (counts[i], of[i])).collect();
    assert_eq!(cells, [("447", ""), ("suppressed", ""), ("35", "")]);
}

#[test]
fn a_kind_of_rupture_keeps_its_look_when_the_other_one_is_hidden() {
    let mut findings = questions::common();
    findings.answers[1].estimates.clear();
    questions::courses_of(&mut findings).courses.remove(0);
    let svg = figure_of(&findings, "ruptures").svg();
    assert!(svg.contains(&ink::hex(ink::VERMILION)) && !svg.contains(&ink::hex(ink::BLUE)));
}

#[test]
fn a_cell_is_the_darker_the_stronger_its_correlation() {
    let figure = figure_of(&questions::common(), "items");
    let table = figure.data_table();
    let cells = table
        .rows
        .iter()
        .filter(|row| !["floor", "ceiling"].contains(&&*row[1]));
    let r: Vec<f64> = cells.map(|row| row[2].parse().expect("a number")).collect();
    assert_eq!(r.len(), 18);
    let positive = r.iter().filter(|r| **r >= 0.0);
    let blue = rectangles(&figure, &ink::hex(ink::BLUE));
    for (r, (_, _, opacity)) in positive.clone().zip(&blue) {
        assert!(
            (opacity - r * 0.6).abs() < 0.011,
            "{r} is drawn as {opacity}"
        );
    }
    assert_eq!(positive.count(), 17);
    let negative = rectangles(&figure, &ink::hex(ink::VERMILION));
    assert_eq!(negative.len(), 1);
    assert!((negative[0].2 - 0.0512 * 0.6).abs() < 0.011, "{negative:?}");
    assert!(figure.notes[0].contains("Hatched around the number: negative."));
}

#[test]
fn items_with_each_other_are_the_same_from_both_sides() {
    let figure = figure_of(&questions::common(), "items");
    let table = figure.data_table();
    let of = |item: &str, with: &str| -> Vec<&[String]> {
        let rows = table
            .rows
            .iter()
            .filter(|row| row[0] == item && row[1] == with);
        rows.map(|row| &row[2..]).collect()
    };
    for (a, b) in [("heard", "safe"), ("heard", "seen"), ("safe", "seen")] {
        assert_eq!(of(a, b).len(), 1);
        assert_eq!(of(a, b), of(b, a));
    }
    assert_eq!(of("safe", "safe").len(), 0);
    assert_eq!(of("safe", "other items")[0][0], "0.4482");
    let drawn = words(&figure);
    assert_eq!(drawn.iter().filter(|text| *text == "item-rest").count(), 3);
    assert_eq!(drawn.iter().filter(|text| *text == "n = 538").count(), 3);
    assert_eq!(figure.alt.matches("heard with safe").count(), 1);
    assert_eq!(
        figure.alt.matches("safe with heard").count(),
        0,
        "{}",
        figure.alt
    );
}

#[test]
fn columns_and_rows_that_were_not_measured_are_left_out() {
    let figure = figure_of(&questions::not_measured(), "items");
    let drawn = words(&figure);
    assert!(!drawn.iter().any(|text| text == "empathy" || text == "seen"));
    assert_eq!(drawn.iter().filter(|text| *text == "suppressed").count(), 2);
    assert!(!figure.subtitle.contains("empathy"), "{}", figure.subtitle);
    let ruptures = figure_of(&questions::not_measured(), "ruptures");
    assert!(!says(&ruptures, "Control chart"));
    let rates = figure_of(&questions::not_measured(), "change_rates");
    assert_eq!(lines(&rates, "row ").len(), 4);
}

#[test]
fn shares_stand_on_an_axis_in_percent_from_zero_with_their_counts() {
    for findings in samples() {
        for id in ["change_rates", "dropout", "ratings"] {
            let figure = figure_of(&findings, id);
            let line = lines(&figure, "x axis").remove(0);
            let (_, ticks) = line.split_once("ticks ").expect("ticks");
            assert!(ticks.starts_with("0 % ") && ticks.ends_with(" %"), "{line}");
            let highest = ticks
                .rsplit(' ')
                .nth(1)
                .and_then(|tick| tick.parse::<f64>().ok());
            let highest = highest.expect("a number") / 100.0;
            assert!(highest <= 1.0);
            let table = figure.data_table();
            for name in ["estimate", "conf_low", "conf_high"] {
                let cells = column(&table, name).into_iter();
                for share in cells.filter_map(|cell| cell.parse::<f64>().ok()) {
                    assert!((0.0..=highest + 1e-9).contains(&share), "{id}: {share}");
                }
            }
        }
    }
    let figure = figure_of(&questions::common(), "change_rates");
    assert!(says(&figure, "246 of 471") && says(&figure, "52.2 % [47.7 %, 56.7 %]"));
    assert!(
        !words(&figure)
            .iter()
            .any(|text| text.contains("5.2 points"))
    );
    assert_eq!(lines(&figure, "row ").len(), 7, "only shares are drawn");
    assert!(
        figure
            .alt
            .contains("recovery (NHS Talking Therapies) 52.2 % [47.7 %, 56.7 %], 246 of 471"),
        "{}",
        figure.alt
    );
}

#[test]
fn dropout_stands_under_the_headings_of_the_modalities() {
    let figure = figure_of(&questions::common(), "dropout");
    let text = figure.to_string();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("row ") || line.starts_with("section "));
    let names: Vec<&str> = rows
        .filter_map(|line| line[9..].split(" | ").next())
        .collect();
    let expected = [
        "All clients",
        "Delivery",
        "Online",
        "In person",
        "Hybrid",
        "Treatment",
        "CBT",
        "ACT",
        "Diagnosis",
        "Depression",
        "Psychosis",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_difference_of_two_groups_is_told_with_its_sign_and_interval() {
    let findings = questions::common();
    for (id, told) in [
        (
            "cbt",
            "ifference (CBT − others): .03 [−.12, .18], n = 542 (not distinguishable).",
        ),
        (
            "psychosis",
            "ifference (psychosis − others): −.03 [−.19, .12], n = 542 (not distinguishable).",
        ),
    ] {
        let figure = figure_of(&findings, id);
        assert!(figure.subtitle.ends_with(told), "{}", figure.subtitle);
        assert!(figure.alt.ends_with(told), "{}", figure.alt);
        assert!(figure.alt.contains("all others r = .2"), "{}", figure.alt);
    }
    let hidden = figure_of(&questions::all_suppressed(), "cbt");
    assert!(
        hidden
            .subtitle
            .ends_with("Difference (CBT − others): suppressed.")
    );
    assert!(!hidden.alt.contains("n ="), "{}", hidden.alt);
}

#[test]
fn published_results_stand_apart_from_the_study_and_only_beside_their_group() {
    let findings = questions::common();
    let kinds = |id: &str| -> Vec<String> {
        let table = figure_of(&findings, id).data_table();
        column(&table, "kind")
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(kinds("cbt"), ["study", "study", "published"]);
    assert_eq!(
        kinds("psychosis"),
        ["study", "study", "published", "published"]
    );
    let psychosis = figure_of(&findings, "psychosis");
    assert!(says(&psychosis, "Published") && says(&psychosis, ".29"));
    assert!(!psychosis.to_string().contains("another scale"));
    let table = psychosis.data_table();
    assert_eq!(
        column(&table, "conf_low")[2..],
        ["", ""],
        "no interval was published"
    );
    let alone = figure_of(&questions::one_row(), "cbt");
    assert!(!says(&alone, "Published") && alone.notes.len() == 1);
}

#[test]
fn every_correlation_lies_inside_its_axis() {
    for findings in samples() {
        for id in ["cbt", "psychosis"] {
            let figure = figure_of(&findings, id);
            let (low, high) = axis(&figure, "x axis");
            let table = figure.data_table();
            for name in ["estimate", "conf_low", "conf_high"] {
                let cells = column(&table, name).into_iter();
                for r in cells.filter_map(|cell| cell.parse::<f64>().ok()) {
                    assert!(low <= r && r <= high, "{id}: {r} in {low} to {high}");
                }
            }
        }
    }
}

#[test]
fn the_tables_hold_every_number_of_the_answers() {
    let findings = questions::common();
    let mut told: Vec<f64> = Vec::new();
    for figure in figures(&findings) {
        let cells = figure.data_table().rows.into_iter().flatten();
        told.extend(cells.filter_map(|cell| cell.parse::<f64>().ok()));
    }
    let mut drawn = Vec::new();
    for answer in &findings.answers {
        let estimates = answer
            .estimates
            .iter()
            .filter(|e| !matches!(e.scale, Scale::Points | Scale::DifferenceOfCorrelations));
        for e in estimates {
            drawn.extend(e.estimate());
            drawn.extend(e.interval().into_iter().flat_map(|i| [i.0, i.1, i.2]));
            drawn.extend([e.n(), e.k()].into_iter().flatten().map(|n| n as f64));
        }
        for display in &answer.displays {
            let Display::RuptureCourses(data) = display else {
                panic!("{display:?} is not drawn")
            };
            let points = data.courses.iter().flat_map(|course| &course.points);
            drawn.extend(points.flat_map(|p| [p.mean, p.conf_low, p.conf_high]));
            drawn.extend(data.courses.iter().map(|course| course.ruptures as f64));
        }
    }
    assert!(drawn.len() > 250, "{}", drawn.len());
    for number in drawn {
        assert!(told.contains(&number), "{number} is drawn but in no table");
    }
}
