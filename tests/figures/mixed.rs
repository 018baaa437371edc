//! The figures of mixed models.

use alliance::findings::mixed::{CaterpillarPanel, Growth, NextSession};
use alliance::findings::{Display, Findings};
use alliance::report::figures::{Figure, IDS, figures};

use super::drawing::{texts, tree};
use super::{axis, column, figure_of, mixed_sample as mixed};

const ALL: [&str; 4] = ["caterpillar", "within_between", "next_session", "growth"];

fn samples() -> [Findings; 4] {
    [
        mixed::common(),
        mixed::two(),
        mixed::many(),
        mixed::huge_intervals(),
    ]
}

fn ids(findings: &Findings) -> Vec<&'static str> {
    let figures = figures(findings);
    figures.iter().map(|figure| figure.id).collect()
}

fn panels(findings: &mut Findings) -> &mut Vec<CaterpillarPanel> {
    match &mut findings.answers[0].displays[0] {
        Display::Caterpillar(caterpillar) => &mut caterpillar.panels,
        other => panic!("{other:?} is no caterpillar"),
    }
}

fn next_session(findings: &mut Findings) -> &mut NextSession {
    match &mut findings.answers[2].displays[0] {
        Display::NextSession(next) => next,
        other => panic!("{other:?} is not of the next session"),
    }
}

fn growth(findings: &mut Findings) -> &mut Growth {
    match &mut findings.answers[3].displays[0] {
        Display::Growth(growth) => growth,
        other => panic!("{other:?} is no growth"),
    }
}

fn words(figure: &Figure) -> Vec<String> {
    let mut found = Vec::new();
    texts(tree(&figure.svg()).root(), &mut found);
    found.into_iter().map(|(text, _)| text).collect()
}

#[test]
fn mixed_models_have_four_figures() {
    for findings in samples() {
        assert_eq!(ids(&findings), ALL);
    }
    assert!(ALL.iter().all(|id| IDS.contains(id)));
}

#[test]
fn a_display_without_data_makes_no_figure() {
    let mut findings = mixed::common();
    panels(&mut findings)
        .iter_mut()
        .for_each(|p| p.effects.clear());
    findings.answers[1].estimates.clear();
    let next = next_session(&mut findings);
    next.line.clear();
    next.effects.clear();
    growth(&mut findings).mean.clear();
    assert_eq!(ids(&findings), [""; 0]);
    findings.answers.clear();
    assert_eq!(ids(&findings), [""; 0]);
}

#[test]
fn one_half_of_the_next_session_stands_alone() {
    let mut findings = mixed::common();
    next_session(&mut findings).line.clear();
    let effects = figure_of(&findings, "next_session");
    assert!(!effects.to_string().contains("y axis"));
    let mut findings = mixed::common();
    next_session(&mut findings).effects.clear();
    let line = figure_of(&findings, "next_session");
    assert!(!line.to_string().contains("panel "), "{line}");
    for figure in [effects, line] {
        assert!(
            figure.alt.contains("n = 312 clients, 2,904 pairs"),
            "{}",
            figure.alt
        );
    }
}

#[test]
fn every_interval_lies_inside_its_axis() {
    for findings in samples() {
        let inside = |id: &str, name: &str, columns: [&str; 3], of: &dyn Fn(&[String]) -> bool| {
            let figure = figure_of(&findings, id);
            let (low, high) = axis(&figure, name);
            let table = figure.data_table();
            for name in columns {
                let place = table.columns.iter().position(|c| c == name);
                let place = place.expect("the column is there");
                let rows = table.rows.iter().filter(|row| of(row));
                for value in rows.filter_map(|row| row[place].parse::<f64>().ok()) {
                    // The text of an axis is rounded to the decimals of its ticks.
                    let slack = (high - low) * 0.02;
                    let held = low - slack <= value && value <= high + slack;
                    assert!(held, "{id}: {value} in {low} to {high}");
                }
            }
        };
        let limits = ["estimate", "conf_low", "conf_high"];
        inside("within_between", "x axis", limits, &|_| true);
        inside("next_session", "x axis   effect", limits, &|row| {
            row[0] == "effect"
        });
        inside("next_session", "y axis", limits, &|row| row[0] == "line");
        inside("growth", "y axis", ["mean", "low", "high"], &|_| true);
        inside("growth", "x axis", ["session"; 3], &|_| true);
    }
    for findings in samples() {
        let figure = figure_of(&findings, "caterpillar");
        let text = figure.to_string();
        let axes = text.lines().filter(|line| line.starts_with("y axis"));
        let table = figure.data_table();
        let mut on = column(&table, "on");
        on.dedup();
        for (axis_line, on) in axes.zip(on) {
            let (low, high) = super::ends(axis_line);
            assert!(low <= 0.0 && 0.0 <= high);
            for row in table
                .rows
                .iter()
                .filter(|row| row[0] == "effect" && row[1] == on)
            {
                let values = row[2..5]
                    .iter()
                    .map(|cell| cell.parse::<f64>().expect("a number"));
                assert!(values.into_iter().all(|v| low <= v && v <= high), "{row:?}");
            }
        }
    }
}

#[test]
fn a_therapist_has_no_name_no_number_and_no_rank() {
    for findings in samples() {
        let figure = figure_of(&findings, "caterpillar");
        let drawn = words(&figure).join(" ").to_lowercase();
        for word in ["best", "worst", "rank", "top", "bottom", "first", "last "] {
            let in_words = drawn
                .split(|c: char| !c.is_alphabetic())
                .any(|w| w == word.trim());
            assert!(!in_words, "{word}: {drawn}");
        }
        let ticks = figure.to_string();
        let ticks = ticks.lines().filter(|line| line.starts_with("x axis"));
        assert!(
            ticks.into_iter().all(|line| line.ends_with("ticks ")),
            "no number below a dot"
        );
    }
}

#[test]
fn therapists_not_drawn_are_told_only_where_there_are_some() {
    let told = |findings: &Findings| {
        let notes = figure_of(findings, "caterpillar").notes;
        let told: Vec<String> = notes
            .into_iter()
            .filter(|n| n.contains("not drawn"))
            .collect();
        told
    };
    assert_eq!(
        told(&mixed::common()),
        ["2 therapists with too few clients are in the model and not drawn."]
    );
    assert_eq!(
        told(&mixed::two()),
        ["1 therapist with too few clients is in the model and not drawn."]
    );
    assert!(told(&mixed::huge_intervals()).is_empty());
    assert_eq!(
        told(&mixed::many()).len(),
        2,
        "one sentence per panel where they differ"
    );
}

#[test]
fn the_share_between_therapists_stands_above_its_panel() {
    let text = figure_of(&mixed::common(), "caterpillar").to_string();
    let panels: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("panel"))
        .collect();
    assert!(
        panels[0].ends_with("7.5 % [2.1 %, 15 %] of the variance lies between therapists"),
        "{text}"
    );
    assert!(
        panels[1].ends_with("4.2 % of the variance lies between therapists"),
        "{text}"
    );
}

#[test]
fn one_point_is_told_only_where_the_line_was_computed_there() {
    let mut findings = mixed::common();
    let figure = figure_of(&findings, "next_session");
    let label = "one point better → next score 0.048 lower (0.024 to 0.072 lower)";
    assert!(
        words(&figure).iter().any(|text| text == label),
        "{:?}",
        words(&figure)
    );
    next_session(&mut findings).line.retain(|at| at.0 != 1.0);
    let without = figure_of(&findings, "next_session");
    assert!(
        !words(&without)
            .iter()
            .any(|text| text.contains("one point"))
    );
    assert!(!without.alt.contains("one point"));
}

#[test]
fn small_slopes_keep_the_digits_that_matter() {
    let figure = figure_of(&mixed::common(), "next_session");
    assert!(
        words(&figure)
            .iter()
            .any(|text| text == "−0.048 [−0.072, −0.024]")
    );
    assert!(
        figure.alt.contains("−0.048 [−0.072, −0.024]"),
        "{}",
        figure.alt
    );
}

#[test]
fn sessions_are_whole_numbers_and_not_too_many() {
    for findings in samples() {
        let text = figure_of(&findings, "growth").to_string();
        let line = text.lines().find(|line| line.starts_with("x axis"));
        let (_, ticks) = line.expect("an axis").split_once("ticks ").expect("ticks");
        let ticks: Vec<u32> = ticks
            .split(' ')
            .map(|t| t.parse().expect("a whole number"))
            .collect();
        assert!((1..=17).contains(&ticks.len()), "{ticks:?}");
    }
}

#[test]
fn the_axis_of_growth_ends_close_to_the_data() {
    let figure = figure_of(&mixed::common(), "growth");
    let (low, high) = axis(&figure, "y axis");
    assert!(low > 32.0 && high < 57.0, "{low} to {high}");
}

#[test]
fn levels_without_a_number_say_why() {
    let findings = mixed::huge_intervals();
    let figure = figure_of(&findings, "within_between");
    let drawn = words(&figure);
    for word in ["suppressed", "not estimable"] {
        assert!(drawn.iter().any(|text| text == word), "{word}");
    }
    let table = figure.data_table();
    assert_eq!(column(&table, "estimate")[1], "suppressed");
    assert_eq!(column(&table, "k")[1], "");
    let common = figure_of(&mixed::common(), "within_between").data_table();
    assert_eq!(column(&common, "k"), ["2904", "", "3216", "2904"]);
    assert_eq!(column(&common, "n"), ["298", "312", "312", "298"]);
}

#[test]
fn a_column_of_counts_is_there_only_where_something_was_counted() {
    let heads = |figure: &Figure| {
        let drawn = words(figure);
        ["n", "sessions"].map(|head| drawn.iter().any(|text| text == head))
    };
    let mut findings = mixed::common();
    assert_eq!(heads(&figure_of(&findings, "within_between")), [true, true]);
    assert_eq!(heads(&figure_of(&findings, "next_session")), [false, false]);
    findings.answers[1].estimates.retain(|e| e.k().is_none());
    assert_eq!(
        heads(&figure_of(&findings, "within_between")),
        [true, false]
    );
}

#[test]
fn every_figure_says_of_how_many() {
    let findings = mixed::common();
    for (id, n) in [
        ("caterpillar", "45 therapists"),
        ("within_between", "298 to 312 clients"),
        (
            "next_session",
            "312 clients, 2,904 pairs of consecutive sessions",
        ),
        ("growth", "312 clients"),
    ] {
        let subtitle = figure_of(&findings, id).subtitle;
        assert!(subtitle.contains(n), "{subtitle}");
    }
}

#[test]
fn the_tables_hold_every_number_of_the_displays() {
    let mut findings = mixed::common();
    let mut told: Vec<f64> = Vec::new();
    for figure in figures(&findings) {
        let cells = figure.data_table().rows.into_iter().flatten();
        told.extend(cells.filter_map(|cell| cell.parse::<f64>().ok()));
    }
    let mut drawn = Vec::new();
    for panel in panels(&mut findings) {
        drawn.push(panel.icc);
        drawn.extend([panel.icc_low, panel.icc_high].into_iter().flatten());
        drawn.extend(panel.effects.iter().flat_map(|e| [e.effect, e.low, e.high]));
    }
    let next = next_session(&mut findings);
    drawn.extend(next.line.iter().flat_map(|l| [l.0, l.1, l.2, l.3]));
    drawn.extend(
        next.effects
            .iter()
            .flat_map(|e| [e.estimate, e.low, e.high]),
    );
    let growth = growth(&mut findings);
    drawn.extend(growth.mean.iter().flat_map(|l| [l.0, l.1, l.2, l.3]));
    drawn.extend(growth.spread.iter().flat_map(|l| [l.0, l.1, l.2]));
    assert!(drawn.len() > 350, "{}", drawn.len());
    for number in drawn {
        assert!(told.contains(&number), "{number} is drawn but in no table");
    }
}
