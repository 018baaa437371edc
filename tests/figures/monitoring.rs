//! The figures of the quality review.

use alliance::findings::monitoring::{FunnelFlag, Good, RunRule};
use alliance::findings::{Display, Findings};
use alliance::report::figures::{Figure, IDS, figures, ink};
use resvg::usvg::roxmltree::Document;

use super::drawing::{texts, tree};
use super::{column, figure_of, monitoring_sample as monitoring};

const BOTH: [&str; 2] = ["control_charts", "funnels"];

fn lines_of(figure: &Figure, kind: &str) -> Vec<String> {
    let text = figure.to_string();
    let lines = text.lines().filter(|line| line.starts_with(kind));
    lines.map(str::to_owned).collect()
}

fn words(figure: &Figure) -> Vec<String> {
    let mut found = Vec::new();
    texts(tree(&figure.svg()).root(), &mut found);
    found.into_iter().map(|(text, _)| text).collect()
}

/// The findings with one of the charts alone.
fn only(mut findings: Findings, id: &str) -> Findings {
    findings.answers[0]
        .displays
        .retain(|display| matches!(display, Display::ControlChart(chart) if chart.id == id));
    findings
}

/// Middle of the drawn text, where there is one such.
fn tick(figure: &Figure, label: &str) -> (f64, f64) {
    let mut found = Vec::new();
    texts(tree(&figure.svg()).root(), &mut found);
    found.retain(|(text, _)| text == label);
    assert_eq!(found.len(), 1, "one tick {label}");
    let place = found[0].1;
    (
        f64::from(place.left() + place.right()) / 2.0,
        f64::from(place.top() + place.bottom()) / 2.0,
    )
}

/// Corners in pixels of every polygon filled with an ink.
fn polygons(figure: &Figure, ink: &str) -> Vec<Vec<(f64, f64)>> {
    let svg = figure.svg();
    let document = Document::parse(&svg).expect("well-formed");
    let filled = document
        .descendants()
        .filter(|node| node.has_tag_name("polygon") && node.attribute("fill") == Some(ink));
    filled
        .map(|node| {
            let points = node.attribute("points").expect("a polygon has points");
            let number = |text: &str| text.parse::<f64>().expect("a number") / 10.0;
            points
                .split_whitespace()
                .map(|point| point.split_once(',').expect("x and y"))
                .map(|(x, y)| (number(x), number(y)))
                .collect()
        })
        .collect()
}

#[test]
fn both_questions_of_the_review_have_a_figure() {
    for findings in [
        monitoring::common(),
        monitoring::trial(),
        monitoring::huge(),
    ] {
        let ids: Vec<&str> = figures(&findings).iter().map(|figure| figure.id).collect();
        assert_eq!(ids, BOTH);
    }
    assert!(BOTH.iter().all(|id| IDS.contains(id)));
    let mut findings = monitoring::trial();
    for chart in monitoring::charts(&mut findings) {
        for point in chart.phases.iter_mut().flat_map(|phase| &mut phase.points) {
            point.value = None;
        }
    }
    for funnel in monitoring::funnels(&mut findings) {
        funnel.units.clear();
    }
    assert!(figures(&findings).is_empty(), "nothing to draw");
}

#[test]
fn a_signal_is_good_or_bad_by_its_side_or_its_trend() {
    let signs = |good: Option<Good>, id: &str| {
        let mut findings = only(monitoring::common(), id);
        monitoring::charts(&mut findings)[0].good = good;
        let figure = figure_of(&findings, "control_charts");
        let table = figure.data_table();
        let (signs, signals) = (column(&table, "sign"), column(&table, "signals"));
        let told = signs.iter().zip(signals).filter(|row| !row.1.is_empty());
        let mut told: Vec<String> = told.map(|row| (*row.0).to_owned()).collect();
        told.dedup();
        told
    };
    // Two above the center, one that rises, one that falls.
    for (id, up, down) in [
        ("early_alliance", "improvement", "concern"),
        ("dropout", "improvement", "concern"),
        ("symptoms", "improvement", "concern"),
        ("waiting", "concern", "improvement"),
    ] {
        assert_eq!(signs(Some(Good::Up), id), [up], "{id}");
        assert_eq!(signs(Some(Good::Down), id), [down], "{id}");
        assert_eq!(signs(None, id), ["special cause"], "{id}");
    }
}

#[test]
fn the_triangle_points_the_good_way() {
    for (id, way, icon) in [
        ("early_alliance", -1.0, "triangle up"),
        ("waiting", 1.0, "triangle down"),
    ] {
        let figure = figure_of(&only(monitoring::common(), id), "control_charts");
        let icons = lines_of(&figure, "icon");
        assert_eq!(
            icons,
            [format!("icon     {icon} | special cause, improvement")]
        );
        let triangles = polygons(&figure, &ink::hex(ink::IMPROVEMENT));
        assert!(triangles.len() > 7);
        for corners in triangles {
            assert_eq!(corners.len(), 3);
            let mut down: Vec<f64> = corners.iter().map(|corner| corner.1 * way).collect();
            down.sort_by(f64::total_cmp);
            assert!((down[0] - down[1]).abs() < 0.11 && down[2] > down[1] + 4.0);
        }
    }
}

#[test]
fn points_lie_where_their_numbers_say() {
    let mut findings = only(monitoring::common(), "recovery");
    for point in &mut monitoring::charts(&mut findings)[0].phases[0].points {
        point.signals.clear();
    }
    let figure = figure_of(&findings, "control_charts");
    let svg = figure.svg();
    let document = Document::parse(&svg).expect("well-formed");
    let grey = ink::hex(ink::COMMON_CAUSE);
    let discs: Vec<(f64, f64)> = document
        .descendants()
        .filter(|node| node.has_tag_name("circle") && node.attribute("fill") == Some(&grey))
        .map(|node| {
            let number = |name: &str| node.attribute(name).and_then(|a| a.parse::<f64>().ok());
            number("cx")
                .zip(number("cy"))
                .expect("a circle has a middle")
        })
        .map(|(x, y)| (x / 10.0, y / 10.0))
        .collect();
    let table = figure.data_table();
    let values: Vec<f64> = column(&table, "value")
        .iter()
        .filter_map(|v| v.parse().ok())
        .collect();
    assert_eq!(
        (discs.len(), values.len()),
        (25, 24),
        "an icon and the points"
    );
    let rise = (tick(&figure, "20 %").1 - tick(&figure, "80 %").1) / 0.6;
    let month = (tick(&figure, "Jan 2025").0 - tick(&figure, "Jan 2024").0) / 12.0;
    for (i, (disc, value)) in discs.iter().zip(&values).enumerate() {
        let up = (discs[0].1 - disc.1) / rise;
        assert!(
            (up - (value - values[0])).abs() < 0.005,
            "{value} is drawn at {up}"
        );
        let along = (disc.0 - discs[0].0) / month;
        assert!(
            (along - i as f64).abs() < 0.05,
            "month {i} is drawn at {along}"
        );
    }
}

#[test]
fn a_month_without_a_value_is_a_gap() {
    let figure = figure_of(&monitoring::trial(), "control_charts");
    assert_eq!(
        lines_of(&figure, "gap"),
        [
            "gap      Feb 2024 | no value | 40.8 to 50.4",
            "gap      May 2024 | no value | 40.8 to 50.4",
            "gap      May 2024 | no value | no limits",
        ]
    );
    let note = figure.notes.last().map(String::as_str);
    assert_eq!(
        note,
        Some("Not drawn, because no point has a value: Ruptures.")
    );
    // Jan, then Mar and Apr, then Jun; Jan and Feb, then Apr, then Jun; two half-years, which follow
    // each other: three lines of two points.
    let svg = figure.svg();
    let document = Document::parse(&svg).expect("well-formed");
    let muted = ink::hex(ink::MUTED);
    let lines = document.descendants().filter(|node| {
        let points = node.attribute("points").unwrap_or_default();
        node.has_tag_name("polyline")
            && node.attribute("stroke") == Some(&muted)
            && points.split_whitespace().count() == 2
    });
    assert_eq!(lines.count(), 3);
}

#[test]
fn trial_limits_moving_limits_and_new_limits_are_told() {
    let has = |figure: &Figure, words: &str| figure.notes.iter().any(|note| note.contains(words));
    let trial = figure_of(&monitoring::trial(), "control_charts");
    assert_eq!(lines_of(&trial, "label").len(), 3);
    assert!(has(&trial, "fewer than twelve points") && has(&trial, "change from point to point"));
    let common = figure_of(&monitoring::common(), "control_charts");
    assert!(lines_of(&common, "label").is_empty() && !has(&common, "Trial limits"));
    assert!(has(
        &common,
        "Left early, Feb 2025: reminders by text message."
    ));
    assert_eq!(
        lines_of(&common, "center   ")[1..3],
        [
            "center   24.0 % | Jan 2024 to Jan 2025",
            "center   16.0 % | Feb 2025 to Dec 2025"
        ]
    );
    let steady = figure_of(&only(monitoring::common(), "symptoms"), "control_charts");
    assert!(!has(&steady, "change from point to point") && !has(&steady, "made anew"));
}

#[test]
fn the_axis_names_months_and_the_year_where_it_begins() {
    let figure = figure_of(&monitoring::common(), "control_charts");
    let axis = "x axis   month: Jan 2024 to Dec 2025, ticks Jan 2024 Mar May Jul Sep Nov Jan 2025 Mar May Jul Sep Nov";
    assert_eq!(lines_of(&figure, "x axis"), [axis]);
}

#[test]
fn the_latest_month_and_the_variation_of_every_measure_are_told() {
    let alt = figure_of(&monitoring::common(), "control_charts").alt;
    for told in [
        "Early alliance, Dec 2025: 46.8, n = 40, special cause, improvement; ",
        "Left early, Dec 2025: 33.0 %, n = 40, special cause, concern; ",
        "Symptoms at intake, Dec 2025: 16.0, n = 40, special cause; ",
        "Recovered (NHS Talking Therapies), Dec 2025: 54.5 %, n = 35, common cause, no signal.",
    ] {
        assert!(alt.contains(told), "{alt}");
    }
    let alt = figure_of(&monitoring::trial(), "control_charts").alt;
    assert!(
        alt.contains("Jun 2024: 44.4, n = 30, too few points to tell"),
        "{alt}"
    );
}

#[test]
fn a_concern_that_is_not_drawn_is_told() {
    let figure = figure_of(&monitoring::huge(), "control_charts");
    assert_eq!(lines_of(&figure, "panel").len(), 8);
    let note = figure
        .notes
        .iter()
        .find(|n| n.starts_with("Not drawn, for lack of room"));
    assert!(note.is_some_and(|note| note.ends_with("special cause, concern.")));
    assert!(figure.alt.ends_with("special cause, concern."));
}

#[test]
fn the_table_holds_every_month_at_full_precision() {
    let mut findings = monitoring::common();
    let table = figure_of(&findings, "control_charts").data_table();
    let mut rows = table.rows.iter();
    for chart in monitoring::charts(&mut findings) {
        for (number, phase) in chart.phases.iter().enumerate() {
            for point in &phase.points {
                let row = rows.next().expect("a row per month");
                let start = [chart.id.as_str(), &(number + 1).to_string(), &point.month];
                assert_eq!(row[..3], start);
                let n = point.n.map(|n| n as f64);
                let numbers = [point.value, n, point.low, Some(phase.center), point.high];
                for (cell, x) in row[3..8].iter().zip(numbers) {
                    assert_eq!(cell.parse().ok(), x);
                }
                let outside = point.signals.contains(&RunRule::OutsideLimits);
                assert_eq!(row[8].contains("outside the limits"), outside);
            }
        }
    }
    assert!(rows.next().is_none());
}

#[test]
fn units_stand_by_number_of_clients_and_never_by_rank() {
    let figure = figure_of(&monitoring::common(), "funnels");
    let table = figure.data_table();
    let (kinds, ns) = (column(&table, "kind"), column(&table, "n"));
    for kind in ["site", "therapist"] {
        let of_kind = kinds.iter().zip(&ns).filter(|row| *row.0 == kind);
        let ns: Vec<u64> = of_kind.filter_map(|row| row.1.parse().ok()).collect();
        assert!(ns.len() >= 14 && ns.is_sorted(), "{kind}: {ns:?}");
    }
    assert!(figure.notes[0].contains("this is no ranking"));
}

#[test]
fn units_outside_are_counted_and_named_where_they_have_names() {
    let mut findings = monitoring::common();
    let figure = figure_of(&findings, "funnels");
    let drawn = words(&figure);
    let funnel = monitoring::funnels(&mut findings).remove(0);
    let flagged: Vec<_> = funnel
        .units
        .iter()
        .filter(|unit| unit.flag != FunnelFlag::Inside)
        .collect();
    assert!(flagged.len() >= 4, "{flagged:?}");
    for unit in &funnel.units {
        let label = unit.label.as_ref().expect("sites have names");
        let is_flagged = unit.flag != FunnelFlag::Inside;
        assert_eq!(drawn.contains(label), is_flagged, "{label}");
        assert_eq!(
            figure.alt.contains(&format!("{label} ")),
            is_flagged,
            "{label}"
        );
    }
    let counts = format!("of 30 sites, {} outside the 95 % limits", flagged.len());
    assert!(figure.alt.contains(&counts), "{}", figure.alt);
    assert!(figure.alt.contains(
        "of 14 therapists, 0 outside the 95 % limits, 0 of them outside the 99.8 % limits."
    ));
    for funnel in monitoring::funnels(&mut findings) {
        funnel.units.iter_mut().for_each(|unit| unit.label = None);
    }
    let figure = figure_of(&findings, "funnels");
    assert!(!figure.alt.contains("above the") && !figure.to_string().contains("Site 5"));
    assert!(!words(&figure).iter().any(|text| text.starts_with("Site")));
}

#[test]
fn what_the_funnel_is_adjusted_for_stands_below_it() {
    let below = lines_of(&figure_of(&monitoring::common(), "funnels"), "below");
    assert_eq!(
        below,
        [
            "below    Limits adjusted for overdispersion, τ = 0.11. Shares adjusted for intake severity and diagnosis.",
            "below    No overdispersion, τ = 0. Shares not adjusted for differences between clients."
        ]
    );
    let small = lines_of(&figure_of(&monitoring::trial(), "funnels"), "below");
    assert!(small[0].contains("τ = 0.0040."), "{small:?}");
}

#[test]
fn diamonds_lie_where_their_units_do() {
    let mut findings = monitoring::common();
    findings.answers[1].displays.truncate(1);
    let figure = figure_of(&findings, "funnels");
    let diamonds: Vec<(f64, f64)> = polygons(&figure, &ink::hex(ink::INK))
        .into_iter()
        .map(|corners| {
            assert_eq!(corners.len(), 4);
            let mean = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).sum::<f64>() / 4.0;
            (mean(|c| c.0), mean(|c| c.1))
        })
        .collect();
    let funnel = monitoring::funnels(&mut findings).remove(0);
    let mut outer: Vec<(u64, f64)> = funnel
        .units
        .iter()
        .filter(|u| matches!(u.flag, FunnelFlag::Above998 | FunnelFlag::Below998))
        .map(|unit| (unit.n, unit.share))
        .collect();
    outer.sort_by_key(|unit| unit.0);
    assert!(
        outer.len() >= 2 && outer.len() == diamonds.len(),
        "{outer:?}"
    );
    let client = (tick(&figure, "150").0 - tick(&figure, "50").0) / 100.0;
    let rise = (tick(&figure, "20 %").1 - tick(&figure, "80 %").1) / 0.6;
    for ((n, share), (x, y)) in outer.iter().zip(&diamonds) {
        let (right, up) = (x - diamonds[0].0, diamonds[0].1 - y);
        assert!((right / client - (*n as f64 - outer[0].0 as f64)).abs() < 0.6);
        assert!((up / rise - (share - outer[0].1)).abs() < 0.004);
    }
}

#[test]
fn the_ticks_of_small_shares_are_told_apart() {
    let figure = figure_of(&only(monitoring::huge(), "rare"), "control_charts");
    let axis = lines_of(&figure, "y axis").remove(0);
    let ticks: Vec<&str> = axis
        .split_once("ticks ")
        .expect("ticks")
        .1
        .split(" % ")
        .collect();
    assert!(
        ticks.len() > 2 && ticks.windows(2).all(|w| w[0] != w[1]),
        "{axis}"
    );
}
