//! The figures on technique, the first sessions and change.

use alliance::findings::{Count, Findings, PrePost, Verdict};
use alliance::report::figures::{Figure, IDS, figures};

use super::drawing::{texts, tree};
use super::{axis, clinical_sample as clinical, column, figure_of};

const ALL: [&str; 3] = ["cbt_technique", "three_sessions", "pre_post"];

fn samples() -> [Findings; 5] {
    [
        clinical::common(),
        clinical::two(),
        clinical::huge_intervals(),
        clinical::all_suppressed(),
        clinical::higher_is_better(),
    ]
}

/// Those of the three that there are.
fn ids(findings: &Findings) -> Vec<&'static str> {
    let there = figures(findings);
    let ids = there.iter().map(|figure| figure.id);
    ids.filter(|id| ALL.contains(id)).collect()
}

fn pre_post(findings: &mut Findings) -> &mut PrePost {
    clinical::pre_post(&mut findings.answers[2])
}

/// The texts drawn with the left end, the middle and the right end of each.
fn words(figure: &Figure) -> Vec<(String, [f32; 3])> {
    let mut found = Vec::new();
    texts(tree(&figure.svg()).root(), &mut found);
    found
        .into_iter()
        .map(|(text, place)| {
            let middle = (place.top() + place.bottom()) / 2.0;
            (text, [place.left(), middle, place.right()])
        })
        .collect()
}

fn place_of(figure: &Figure, words_sought: &str) -> [f32; 3] {
    let found = words(figure)
        .into_iter()
        .find(|(text, _)| text == words_sought);
    found
        .unwrap_or_else(|| panic!("{words_sought} is not drawn"))
        .1
}

fn lines_of(figure: &Figure, kind: &str) -> Vec<String> {
    let text = figure.to_string();
    let lines = text.lines().filter(|line| line.starts_with(kind));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_three_questions_have_a_figure_each() {
    assert_eq!(ids(&clinical::common()), ALL);
    assert!(ALL.iter().all(|id| IDS.contains(id)));
    assert_eq!(
        ids(&clinical::all_suppressed()),
        ["cbt_technique", "pre_post"],
        "no session has a number"
    );
}

#[test]
fn an_answer_without_data_makes_no_figure() {
    let mut findings = clinical::common();
    let lines = &mut clinical::interaction(&mut findings.answers[0]).lines;
    lines.iter_mut().for_each(|line| line.line.clear());
    findings.answers[1].estimates.clear();
    for square in &mut pre_post(&mut findings).squares {
        square.n = Count::Exactly(0);
    }
    assert_eq!(ids(&findings), [""; 0]);
}

#[test]
fn the_slopes_and_the_interaction_are_told() {
    let alt = figure_of(&clinical::common(), "cbt_technique").alt;
    for told in [
        "−0.16 [−0.28, −0.04] at its mean",
        "−0.28 [−0.39, −0.16] 1 SD above it",
        "alliance × technique −0.013 [−0.024, −0.003], p = .015, n = 118.",
    ] {
        assert!(alt.contains(told), "{alt}");
    }
    let hidden = figure_of(&clinical::all_suppressed(), "cbt_technique").alt;
    assert!(
        hidden.contains("alliance × technique suppressed, n"),
        "{hidden}"
    );
}

#[test]
fn names_of_lines_stand_in_the_order_of_their_ends() {
    let figure = figure_of(&clinical::common(), "cbt_technique");
    let below = place_of(&figure, "alliance 1 SD below")[1];
    let mean = place_of(&figure, "alliance at its mean")[1];
    let above = place_of(&figure, "alliance 1 SD above")[1];
    assert!(below < mean && mean < above, "{below} {mean} {above}");
}

#[test]
fn sessions_one_three_and_the_last_are_told_with_intervals() {
    let alt = figure_of(&clinical::common(), "three_sessions").alt;
    for told in [
        "r = .11 [−.001, .22] in session 1 (n = 312)",
        "r = .22 [.10, .34] in session 3 (n = 274)",
        "r = .25 [.09, .42] in session 10 (n = 141)",
        "first equivalent to zero after session 3 (0.07 [−0.03, 0.17] SD, 90 % interval, n = 255)",
    ] {
        assert!(alt.contains(told), "{alt}");
    }
    let never = figure_of(&clinical::huge_intervals(), "three_sessions").alt;
    assert!(never.contains("after no session is"), "{never}");
    let late = figure_of(&clinical::higher_is_better(), "three_sessions").alt;
    assert!(
        late.contains("not estimable in session 1, r = .22"),
        "{late}"
    );
    assert!(
        late.contains("some earlier changes have no number"),
        "{late}"
    );
}

#[test]
fn only_a_verdict_of_equivalence_fills_a_circle() {
    let mut findings = clinical::common();
    let figure = figure_of(&findings, "three_sessions");
    assert_eq!(lines_of(&figure, "ring").len(), 2);
    assert_eq!(lines_of(&figure, "disc").len(), 7);
    let label = "after session 3: change equivalent to zero";
    place_of(&figure, label);
    findings.answers[1].verdicts[2].verdict = Verdict::NotDistinguishable;
    let later = figure_of(&findings, "three_sessions");
    assert_eq!(lines_of(&later, "ring").len(), 3);
    place_of(&later, "after session 4: change equivalent to zero");
    findings.answers[1].verdicts.clear();
    let open = figure_of(&findings, "three_sessions");
    assert_eq!(lines_of(&open, "ring").len(), 9);
    assert!(lines_of(&open, "zone").is_empty() && lines_of(&open, "label").is_empty());
}

#[test]
fn a_session_without_a_number_is_a_cross_and_has_no_verdict() {
    let figure = figure_of(&clinical::higher_is_better(), "three_sessions");
    let crosses = lines_of(&figure, "cross");
    assert_eq!(crosses.len(), 5 + 4 + 5);
    assert!(
        crosses
            .iter()
            .all(|line| line.contains("suppressed") || line.contains("not estimable"))
    );
    assert!(
        figure
            .notes
            .contains(&"×: no number (not estimable or suppressed).".to_owned())
    );
    let table = figure.data_table();
    let numbers = column(&table, "estimate");
    for (number, verdict) in numbers.iter().zip(column(&table, "verdict")) {
        assert!(number.parse::<f64>().is_ok() || verdict.is_empty());
    }
    let common = figure_of(&clinical::common(), "three_sessions");
    assert!(common.notes.iter().all(|note| !note.contains('×')));
}

#[test]
fn a_panel_without_a_number_is_left_out() {
    let mut findings = clinical::common();
    let answer = &mut findings.answers[1];
    answer.estimates.retain(|e| e.term.starts_with("change"));
    let figure = figure_of(&findings, "three_sessions");
    assert_eq!(
        lines_of(&figure, "panel"),
        ["panel    a How much does the alliance change from one session to the next?"]
    );
    place_of(&figure, "session 3");
    assert!(figure.alt.contains("n = 255"), "{}", figure.alt);
    let two = figure_of(&clinical::two(), "three_sessions");
    assert!(lines_of(&two, "band").is_empty(), "there is no session 3");
}

#[test]
fn the_headline_is_there_to_compare_with() {
    let mut findings = clinical::common();
    let figure = figure_of(&findings, "three_sessions");
    assert_eq!(
        lines_of(&figure, "dashed"),
        ["dashed   early alliance, r = .23"]
    );
    findings.answers[1]
        .estimates
        .retain(|e| e.question != "alliance_outcome");
    let without = figure_of(&findings, "three_sessions");
    assert!(lines_of(&without, "dashed").is_empty());
}

#[test]
fn every_number_lies_inside_its_axis() {
    for findings in samples() {
        let Some(figure) = figures(&findings).into_iter().find(|f| f.id == ALL[1]) else {
            continue;
        };
        let table = figure.data_table();
        let axes = lines_of(&figure, "y axis");
        for (kind, line) in ["outcome", "change", "later"].iter().zip(axes) {
            let (low, high) = super::ends(&line);
            assert!(low <= 0.0 && 0.0 <= high, "{line}");
            for row in table.rows.iter().filter(|row| row[0] == *kind) {
                let values = row[3..6].iter().filter_map(|cell| cell.parse::<f64>().ok());
                assert!(values.into_iter().all(|v| low <= v && v <= high), "{row:?}");
            }
        }
    }
}

#[test]
fn both_axes_of_change_are_alike_and_the_frame_is_square() {
    for findings in samples() {
        let figure = figure_of(&findings, "pre_post");
        assert_eq!(axis(&figure, "x axis"), axis(&figure, "y axis"));
    }
    let figure = figure_of(&clinical::common(), "pre_post");
    let at = |label: &str| {
        let places = words(&figure).into_iter().filter(|(text, _)| text == label);
        places.map(|(_, place)| place).collect::<Vec<_>>()
    };
    let (fives, twenties) = (at("5"), at("20"));
    let y = |places: &[[f32; 3]]| places.iter().map(|p| p[1]).fold(f32::INFINITY, f32::min);
    let x = |places: &[[f32; 3]]| {
        let middles = places.iter().map(|p| (p[0] + p[2]) / 2.0);
        middles.fold(0.0, f32::max)
    };
    let (up, across) = (y(&fives) - y(&twenties), x(&twenties) - x(&fives));
    assert!(up > 100.0 && (up - across).abs() < 1.0, "{up} × {across}");
}

#[test]
fn improvement_lies_where_lower_or_higher_is_better() {
    let lower = figure_of(&clinical::common(), "pre_post");
    let better = place_of(&lower, "improved reliably");
    let worse = place_of(&lower, "deteriorated reliably");
    assert!(
        better[0] > worse[2] && better[1] > worse[1],
        "right and below"
    );
    let higher = figure_of(&clinical::higher_is_better(), "pre_post");
    let better = place_of(&higher, "improved reliably");
    let worse = place_of(&higher, "deteriorated reliably");
    assert!(
        better[2] < worse[0] && better[1] < worse[1],
        "left and above"
    );
}

#[test]
fn the_signs_of_a_rule_say_whether_its_boundary_counts() {
    let lower = figure_of(&clinical::common(), "pre_post");
    let lines = lines_of(&lower, "line").join("\n");
    for told in [
        "≥ 6 points lower (NHS Talking Therapies)",
        "≥ 6 higher",
        "> 5.2 points lower (Jacobson–Truax)",
        "clinical: ≥ 10 (NHS Talking Therapies)",
        "clinical: > 9.37 (Jacobson–Truax)",
    ] {
        assert!(lines.contains(told), "{lines}");
    }
    let higher = figure_of(&clinical::higher_is_better(), "pre_post");
    let lines = lines_of(&higher, "line").join("\n");
    assert!(lines.contains("clinical: < 25 (Jacobson–Truax)"), "{lines}");
}

#[test]
fn rules_in_one_place_share_a_line_with_both_names() {
    let figure = figure_of(&clinical::huge_intervals(), "pre_post");
    let cutoffs = lines_of(&figure, "line     clinical");
    assert_eq!(cutoffs.len(), 2, "{cutoffs:?}");
    let both = "clinical: ≥ 10 (NHS Talking Therapies); clinical: > 10 (Jacobson–Truax)";
    assert!(cutoffs[0].contains(both), "{cutoffs:?}");
}

#[test]
fn nothing_is_called_reliable_where_no_rule_is_drawn() {
    let mut findings = clinical::common();
    pre_post(&mut findings).reliable_changes.clear();
    let figure = figure_of(&findings, "pre_post");
    let corners = lines_of(&figure, "corner");
    assert_eq!(
        corners,
        [
            "corner   upper left: deteriorated",
            "corner   lower right: improved"
        ]
    );
    let outside = figure_of(&clinical::huge_intervals(), "pre_post");
    assert!(!lines_of(&outside, "line").join("\n").contains("> 41"));
}

#[test]
fn a_hidden_count_is_hatched_and_in_no_table() {
    let figure = figure_of(&clinical::all_suppressed(), "pre_post");
    let table = figure.data_table();
    let kinds = column(&table, "kind");
    for (kind, n) in kinds.iter().zip(column(&table, "n")) {
        assert_eq!(n, if *kind == "square" { "suppressed" } else { "" });
    }
    assert!(
        figure.alt.contains("(Jacobson–Truax) suppressed."),
        "{}",
        figure.alt
    );
    let legend = lines_of(&figure, "legend");
    assert!(legend[0].ends_with("hatched: fewer than 5, or hidden with one that is"));
    let open = figure_of(&clinical::huge_intervals(), "pre_post");
    assert!(!lines_of(&open, "legend")[0].contains("hatched"));
    assert!(open.notes.iter().all(|note| !note.contains("Hatched")));
}

#[test]
fn the_rates_are_told_with_interval_and_n() {
    let alt = figure_of(&clinical::common(), "pre_post").alt;
    let told = "reliable improvement (NHS Talking Therapies) 47.1 % [41.6 %, 52.7 %], n = 312; improvement (Jacobson–Truax) 49 % [43.5 %, 54.6 %], n = 312.";
    assert!(alt.ends_with(told), "{alt}");
}

#[test]
fn every_number_drawn_is_in_a_table() {
    let mut findings = clinical::common();
    let told: Vec<f64> = figures(&findings)
        .iter()
        .flat_map(|figure| figure.data_table().rows)
        .flatten()
        .filter_map(|cell| cell.parse().ok())
        .collect();
    let mut drawn: Vec<f64> = Vec::new();
    for e in &findings.answers[1].estimates {
        drawn.extend(e.estimate());
        let reference = e.question == "alliance_outcome";
        let interval = e.interval().filter(|_| !reference);
        drawn.extend(interval.into_iter().flat_map(|(low, high, _)| [low, high]));
    }
    for line in &clinical::interaction(&mut findings.answers[0]).lines {
        drawn.push(line.at);
        drawn.extend(line.line.iter().flat_map(|l| [l.0, l.1, l.2, l.3]));
    }
    let data = pre_post(&mut findings);
    let shown = data.squares.iter().filter_map(|square| square.n.exactly());
    drawn.extend(shown.filter(|&n| n > 0).map(|n| n as f64));
    drawn.extend(data.reliable_changes.iter().map(|rule| rule.points));
    drawn.extend(data.cutoffs.iter().map(|rule| rule.score));
    assert!(drawn.len() > 350, "{}", drawn.len());
    for number in drawn {
        assert!(told.contains(&number), "{number} is drawn but in no table");
    }
}
