//! The questions about technique, sessions, ruptures, empathy, items, change and dropout, from the
//! files to the findings, against the reference clinic's values (`reference/clinic/expected.json`, R).

use alliance::findings::{Estimate, Findings};
use alliance::study::Study;
use alliance::{features, questions};
use serde_json::Value;

const ESTIMATE: f64 = 1e-8;
const P_VALUE: f64 = 1e-6;

fn expected() -> Value {
    let text =
        std::fs::read_to_string(crate::shared::reference("expected.json")).expect("it is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn findings() -> Findings {
    let study = Study::of_files(
        &crate::shared::reference("sessions.csv"),
        &crate::shared::reference("outcomes.csv"),
    );
    let clients = features::by_client(&study, &|_| ()).expect("the reference clinic has no fault");
    questions::answer(&study, &clients, [String::new(), String::new()])
        .expect("the study asks for nothing odd")
}

/// The value of one field of the estimate with this id, as `estimates.csv` has it.
#[track_caller]
fn field(findings: &Findings, id: &str, name: &str) -> f64 {
    let estimate = findings
        .estimate(id)
        .unwrap_or_else(|| panic!("there is no estimate {id}"));
    let row = serde_json::to_value(estimate.row()).expect("plain data");
    row[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{id} has no {name}: {estimate:?}"))
}

#[track_caller]
fn close(findings: &Findings, id: &str, name: &str, theirs: &Value, tolerance: f64) {
    let theirs = theirs
        .as_f64()
        .unwrap_or_else(|| panic!("the reference has no {name} of {id}"));
    let ours = field(findings, id, name);
    let gap = ((ours - theirs) / theirs).abs();
    assert!(
        gap <= tolerance || (theirs == 0.0 && ours == 0.0),
        "{id} {name}: ours {ours}, R {theirs}, gap {gap:e}"
    );
}

#[track_caller]
fn counted(findings: &Findings, id: &str, name: &str, theirs: &Value) {
    let theirs = theirs.as_f64().expect("a count");
    let ours = field(findings, id, name);
    assert!(
        (ours - theirs).abs() < 0.5,
        "{id} {name}: ours {ours}, R {theirs}"
    );
}

/// n, r, standard error on Fisher's scale, interval, t, df, p.
#[track_caller]
fn correlation(findings: &Findings, id: &str, theirs: &Value) {
    counted(findings, id, "n", &theirs["n"]);
    counted(findings, id, "df", &theirs["df"]);
    close(findings, id, "estimate", &theirs["r"], ESTIMATE);
    close(findings, id, "std_error", &theirs["se"], ESTIMATE);
    close(findings, id, "conf_low", &theirs["ci"][0], ESTIMATE);
    close(findings, id, "conf_high", &theirs["ci"][1], ESTIMATE);
    close(findings, id, "statistic", &theirs["t"], ESTIMATE);
    close(findings, id, "p_value", &theirs["p"], P_VALUE);
}

#[test]
fn the_rating_of_each_session_goes_with_outcome_as_in_r() {
    let (findings, expected) = (findings(), expected());
    for session in 1..=10 {
        let id = format!("by_session.{session}.partial");
        correlation(
            &findings,
            &id,
            &expected["by_session"][format!("s{session}")],
        );
    }
}

#[test]
fn the_alliance_moves_from_session_to_session_as_in_r() {
    let (findings, expected) = (findings(), expected());
    let theirs = expected["first_sessions"].as_object().expect("steps");
    assert_eq!(theirs.len(), 6);
    for (step, theirs) in theirs {
        let step = step.replace('s', "");
        let id = format!("first_sessions.{step}.change");
        counted(&findings, &id, "n", &theirs["n"]);
        close(&findings, &id, "estimate", &theirs["mean"], ESTIMATE);
        close(&findings, &id, "statistic", &theirs["t"], ESTIMATE);
        close(&findings, &id, "p_value", &theirs["p"], P_VALUE);
        let sd = theirs["sd"].as_f64().expect("a number")
            / theirs["n"].as_f64().expect("a count").sqrt();
        close(&findings, &id, "std_error", &sd.into(), ESTIMATE);
        let r = format!("first_sessions.{step}.r");
        close(&findings, &r, "estimate", &theirs["r"], ESTIMATE);
    }
}

#[test]
fn those_who_leave_early_rate_as_in_r() {
    let (findings, expected) = (findings(), expected());
    let theirs = &expected["leaving_early"];
    close(
        &findings,
        "leaving_early.g",
        "estimate",
        &theirs["hedges_g"],
        ESTIMATE,
    );
    let n = theirs["n"][0].as_f64().unwrap() + theirs["n"][1].as_f64().unwrap();
    counted(&findings, "leaving_early.g", "n", &n.into());
}

#[test]
fn ruptures_are_counted_as_in_r() {
    let (findings, expected) = (findings(), expected());
    let theirs = &expected["ruptures"];
    close(
        &findings,
        "ruptures.pooled_within_sd",
        "estimate",
        &theirs["pooled_within_sd"],
        ESTIMATE,
    );
    counted(
        &findings,
        "ruptures.pooled_within_sd",
        "n",
        &theirs["clients"],
    );
    for fall in ["k1", "k2"] {
        for (repair, in_r) in [("half", "half"), ("all", "full")] {
            let theirs = &theirs[format!("{fall}_{in_r}")];
            let id = |term: &str| format!("ruptures.{fall}.{repair}.{term}");
            for class in ["none", "repaired", "unrepaired"] {
                counted(&findings, &id(class), "estimate", &theirs["counts"][class]);
            }
            counted(&findings, &id("episodes"), "estimate", &theirs["episodes"]);
            for contrast in ["repaired_vs_none", "unrepaired_vs_none"] {
                let theirs_of = &theirs[contrast];
                counted(&findings, &id(contrast), "n", &theirs["n"]);
                close(
                    &findings,
                    &id(contrast),
                    "estimate",
                    &theirs_of["estimate"],
                    ESTIMATE,
                );
                close(
                    &findings,
                    &id(contrast),
                    "std_error",
                    &theirs_of["se"],
                    ESTIMATE,
                );
                close(
                    &findings,
                    &id(contrast),
                    "statistic",
                    &theirs_of["t"],
                    ESTIMATE,
                );
                close(
                    &findings,
                    &id(contrast),
                    "p_value",
                    &theirs_of["p"],
                    P_VALUE,
                );
            }
        }
    }
}

#[test]
fn technique_in_cbt_is_as_in_r() {
    let (findings, expected) = (findings(), expected());
    let theirs = &expected["cbt_technique"];
    for (term, in_r) in [
        ("intercept", "(Intercept)"),
        ("pre", "opre"),
        ("alliance", "a"),
        ("technique", "q"),
        ("alliance_x_technique", "a:q"),
    ] {
        let id = format!("cbt_technique.{term}");
        let theirs_of = &theirs["coef"][in_r];
        counted(&findings, &id, "n", &theirs["n"]);
        counted(&findings, &id, "df", &theirs["df"]);
        close(&findings, &id, "estimate", &theirs_of["estimate"], ESTIMATE);
        close(&findings, &id, "std_error", &theirs_of["se"], ESTIMATE);
        close(&findings, &id, "statistic", &theirs_of["t"], ESTIMATE);
        close(&findings, &id, "p_value", &theirs_of["p"], P_VALUE);
    }
    correlation(
        &findings,
        "cbt_technique.technique.partial",
        &theirs["technique"],
    );
    // The slope at the mean alliance is the coefficient itself; the others lie one SD away.
    let slope = |at: &str| {
        field(
            &findings,
            &format!("cbt_technique.technique_at.{at}"),
            "estimate",
        )
    };
    let coefficient = field(&findings, "cbt_technique.technique", "estimate");
    assert!((slope("mean") - coefficient).abs() < 1e-12);
    assert!((slope("low") + slope("high") - 2.0 * coefficient).abs() < 1e-12);
}

#[test]
fn empathy_and_items_go_with_outcome_as_in_r() {
    let (findings, expected) = (findings(), expected());
    correlation(&findings, "empathy.partial", &expected["empathy"]);
    for item in ["heard", "safe", "seen"] {
        correlation(
            &findings,
            &format!("items.{item}.partial"),
            &expected["items"][item],
        );
    }
    close(
        &findings,
        "items.alpha",
        "estimate",
        &expected["items_alpha"]["alpha"],
        ESTIMATE,
    );
    counted(&findings, "items.alpha", "n", &expected["items_alpha"]["n"]);
}

#[test]
fn change_is_counted_as_in_r() {
    let (findings, expected) = (findings(), expected());
    let nhs = &expected["change"]["nhs"];
    for term in [
        "cases",
        "recovered",
        "reliably_improved",
        "reliably_recovered",
        "reliably_deteriorated",
    ] {
        let id = format!("change.nhs.{term}");
        counted(&findings, &id, "estimate", &nhs[term]);
        counted(&findings, &id, "n", &nhs["n"]);
    }
    let theirs = &expected["change"]["jacobson_truax"];
    for term in ["improved", "unchanged", "deteriorated"] {
        counted(
            &findings,
            &format!("change.jacobson_truax.{term}"),
            "estimate",
            &theirs[term],
        );
    }
    close(
        &findings,
        "change.jacobson_truax.points",
        "estimate",
        &theirs["points"],
        ESTIMATE,
    );
    close(
        &findings,
        "change.pre_post_d",
        "estimate",
        &expected["change"]["pre_post_d"],
        ESTIMATE,
    );
    // 146 of 490 cases recovered; Wilson by hand.
    let rate = "change.nhs.recovery_rate";
    assert!((field(&findings, rate, "estimate") - 146.0 / 490.0).abs() < 1e-15);
    counted(&findings, rate, "n", &nhs["cases"]);
}

#[test]
fn dropout_is_counted_as_in_the_reference() {
    let (findings, expected) = (findings(), expected());
    for (delivery, theirs) in expected["dropout"].as_object().expect("levels") {
        let id = format!("dropout.delivery.{delivery}.rate");
        counted(&findings, &id, "n", &theirs["n"]);
        counted(&findings, &id, "k", &theirs["dropped"]);
        let share = theirs["dropped"].as_f64().unwrap() / theirs["n"].as_f64().unwrap();
        assert!((field(&findings, &id, "estimate") - share).abs() < 1e-15);
    }
}

#[test]
fn cbt_and_psychosis_stand_beside_the_others() {
    let findings = findings();
    for (group, question) in [("cbt", "cbt_technique"), ("psychosis", "psychosis")] {
        let r = |id: String| {
            let e: &Estimate = findings.estimate(&id).unwrap_or_else(|| panic!("{id}"));
            (e.estimate().expect("a number"), e.n().expect("a count"))
        };
        let (own, n) = r(format!("alliance_outcome.{group}.partial"));
        let (others, m) = r(format!("{question}.others.partial"));
        let (difference, both) = r(format!("{question}.correlation"));
        assert!((own - others - difference).abs() < 1e-15);
        assert_eq!((n + m, both), (542, 542));
    }
}

fn study(settings: &str) -> crate::shared::Clinic {
    crate::shared::Clinic::reference().study(settings)
}

#[test]
fn a_question_switched_off_is_not_asked() {
    let clinic =
        study("name = \"x\"\n[questions]\nruptures = false\nempathy = false\nitems = true\n");
    let report = clinic.analyze();
    let findings = clinic.findings();
    let asked: Vec<&str> = findings["answers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|a| a["question"].as_str())
        .collect();
    assert!(!asked.contains(&"ruptures") && !asked.contains(&"empathy"));
    assert!(asked.contains(&"items"));
    assert!(!report.join("figures/ruptures.svg").exists());
    let page = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(
        page.contains("ruptures, empathy"),
        "the settings say what was not asked"
    );
}

#[test]
fn the_share_of_unrepaired_ruptures_is_that_of_its_count() {
    // R 4.2.2: prop.test(count, 508, correct = FALSE)$conf.int
    let in_r = [
        ("k1.half", 156.0, [0.2685459611828609, 0.3485229639261115]),
        ("k1.all", 233.0, [0.4158026522716073, 0.5021406888231724]),
        ("k2.half", 33.0, [0.04662636212564674, 0.08982498939560751]),
        ("k2.all", 53.0, [0.08065172307204285, 0.13394882740656394]),
    ];
    let plain = findings();
    let clinic = study("name = \"x\"\n[policy]\nminimum_cell = 40\n");
    clinic.analyze();
    let strict = Findings::from_json(&clinic.read("report/findings.json")).unwrap();
    for (criterion, count, [low, high]) in in_r {
        let id = format!("ruptures.{criterion}.unrepaired_share");
        counted(&plain, &id, "k", &count.into());
        counted(&plain, &id, "n", &508.into());
        for (name, theirs) in [
            ("estimate", count / 508.0),
            ("conf_low", low),
            ("conf_high", high),
        ] {
            close(&plain, &id, name, &theirs.into(), ESTIMATE);
        }
        let [of_count, of_share] = ["unrepaired", "unrepaired_share"].map(|term| {
            let id = format!("ruptures.{criterion}.{term}");
            strict.estimate(&id).expect("a row").value.clone()
        });
        let is_number = |value: &alliance::findings::Value| {
            matches!(value, alliance::findings::Value::Estimated { .. })
        };
        // A count above the minimum may be hidden beside others.
        assert!(count >= 40.0 || !is_number(&of_count), "{criterion}");
        assert!(criterion != "k1.half" || is_number(&of_count));
        if is_number(&of_count) {
            assert!(is_number(&of_share), "{criterion}");
        } else {
            assert_eq!(
                of_share, of_count,
                "{criterion}: hidden for the same reason"
            );
        }
    }
}

#[test]
fn an_unknown_question_is_refused_with_the_nearest_known() {
    let clinic = study("name = \"x\"\n[questions]\nruptres = false\nalliance_outcome = false\n");
    let run = clinic.run(&["analyze", "study.toml", "--out", "report"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr
            .contains("questions.ruptres: there is no such question; did you mean ruptures?"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("questions.alliance_outcome:"),
        "{run:?}"
    );
    assert!(!clinic.exists("report"));
}

#[test]
fn questions_without_their_columns_say_so() {
    let sessions = "client_id,session,alliance\n".to_owned()
        + &(0..40)
            .flat_map(|c| {
                (1..=3).map(move |s| format!("c{c:03},{s},{}\n", 20 + (c * 7 + s * 3) % 30))
            })
            .collect::<String>();
    let outcomes = "client_id,measure,pre,post\n".to_owned()
        + &(0..40)
            .map(|c| format!("c{c:03},phq9,{},{}\n", 10 + c % 9, 3 + (c * 5) % 12))
            .collect::<String>();
    let clinic = crate::shared::Clinic::of(sessions, outcomes);
    clinic.analyze();
    let findings = clinic.findings();
    for (question, column) in [
        ("empathy", "column empathy"),
        ("items", "heard, safe, seen"),
        ("dropout", "column status"),
        ("cbt_technique", "column treatment"),
        ("psychosis", "column diagnosis"),
        ("ruptures", "4 ratings"),
    ] {
        let answer = findings["answers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["question"] == question)
            .unwrap_or_else(|| panic!("{question} is left out"));
        let reason = answer["not_measured"].as_str().unwrap_or_default();
        assert!(reason.contains(column), "{question}: {reason:?}");
    }
    assert!(
        clinic
            .read("report/index.html")
            .contains("What these data cannot answer")
    );
}

#[test]
fn an_alliance_questionnaire_where_lower_is_better_is_refused() {
    let clinic = study(
        "name = \"x\"\n[measures]\nalliance = \"Strain\"\n[measures.define.Strain]\ndirection = \"lower_is_better\"\n",
    );
    let run = clinic.run(&["check", "study.toml"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr
            .contains("measures.alliance: lower scores of Strain are better"),
        "{run:?}"
    );
}

#[test]
fn single_sessions_are_drawn_with_the_outcome_of_the_settings() {
    let clinic = study("name = \"x\"\n[analysis]\noutcome = \"post\"\n");
    clinic.analyze();
    let findings = Findings::from_json(&clinic.read("report/findings.json")).unwrap();
    let third = findings.estimate("by_session.3.post").expect("asked of it");
    let drawn = clinic.read("report/figures/three_sessions.csv");
    let row = format!("outcome,3,,{},", third.estimate().expect("a number"));
    assert!(drawn.contains(&row), "{row} is not in\n{drawn}");
    assert_eq!(
        findings.headline().map(|e| e.id.as_str()),
        Some("alliance_outcome.overall.post")
    );
}

/// The signs turn with the measure: the same clinic, its PHQ-9 counted the other way round.
#[test]
fn a_measure_where_higher_is_better_gives_the_same_change() {
    let text = std::fs::read_to_string(crate::shared::reference("outcomes.csv")).unwrap();
    let mut lines = text.lines();
    let mut turned = vec![lines.next().unwrap().to_owned()];
    for line in lines {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[1] = "wellbeing".into();
        for at in [2, 3] {
            if let Ok(score) = cells[at].parse::<f64>() {
                cells[at] = (27.0 - score).to_string();
            }
        }
        turned.push(cells.join(","));
    }
    let sessions = std::fs::read(crate::shared::reference("sessions.csv")).unwrap();
    let clinic = crate::shared::Clinic::of(sessions, turned.join("\n") + "\n").study(
        "name = \"x\"\n[measures.define.wellbeing]\ndirection = \"higher_is_better\"\nminimum = 0.0\nmaximum = 27.0\nreliability = { value = 0.89, kind = \"alpha\" }\ncutoff = { value = 17.0, clinical = \"at_or_below\" }\nreliable_change = { points = 6.0, boundary = \"at_least\" }\n",
    );
    clinic.analyze();
    let turned = Findings::from_json(&clinic.read("report/findings.json")).unwrap();
    let plain = findings();
    for id in [
        "change.nhs.cases",
        "change.nhs.recovered",
        "change.nhs.reliably_improved",
        "change.nhs.reliably_deteriorated",
        "change.jacobson_truax.improved",
        "change.jacobson_truax.deteriorated",
        "change.pre_post_d",
        "empathy.partial",
        "ruptures.k1.half.unrepaired_vs_none",
        "cbt_technique.alliance",
    ] {
        let (a, b) = (
            field(&plain, id, "estimate"),
            field(&turned, id, "estimate"),
        );
        assert!((a - b).abs() <= 1e-9 * a.abs(), "{id}: {a} and {b}");
    }
}

/// Charts and funnels of the reference clinic as JSON.
fn displays(findings: &Findings, kind: &str) -> Vec<Value> {
    findings
        .answers
        .iter()
        .flat_map(|answer| &answer.displays)
        .map(|display| serde_json::to_value(display).expect("plain data"))
        .filter(|display| display["kind"] == kind)
        .collect()
}

/// The mean early alliance by month of the first session, the slow way.
#[test]
fn the_chart_of_the_early_alliance_is_what_the_files_give() {
    let mut first: std::collections::BTreeMap<String, (u32, String)> = Default::default();
    let mut ratings: std::collections::BTreeMap<String, Vec<f64>> = Default::default();
    let mut reader = csv::Reader::from_path(crate::shared::reference("sessions.csv")).unwrap();
    for row in reader.deserialize::<std::collections::BTreeMap<String, String>>() {
        let row = row.unwrap();
        let session: u32 = row["session"].parse().unwrap();
        let month = row["date"][..7].to_owned();
        let known = first
            .entry(row["client_id"].clone())
            .or_insert((session, month.clone()));
        if session < known.0 {
            *known = (session, month);
        }
        if let (1..=5, Ok(rating)) = (session, row["alliance"].parse()) {
            ratings
                .entry(row["client_id"].clone())
                .or_default()
                .push(rating);
        }
    }
    let mut months: std::collections::BTreeMap<String, Vec<f64>> = Default::default();
    for (client, ratings) in ratings {
        let mean = ratings.iter().sum::<f64>() / ratings.len() as f64;
        months
            .entry(first[&client].1.clone())
            .or_default()
            .push(mean);
    }
    let findings = findings();
    let charts = displays(&findings, "control_chart");
    let chart = charts
        .iter()
        .find(|c| c["id"] == "early_alliance")
        .expect("there is one");
    let points = chart["phases"][0]["points"].as_array().unwrap();
    let mut values = Vec::new();
    // Months with less than half the usual number of clients are not drawn.
    let mut sizes: Vec<usize> = months.values().map(Vec::len).collect();
    sizes.sort_unstable();
    let usual = sizes[sizes.len() / 2].div_ceil(2);
    for point in points {
        let of_month = &months.get(point["month"].as_str().unwrap());
        match point["value"].as_f64() {
            Some(value) => {
                let of_month = of_month.expect("clients began");
                let slow = of_month.iter().sum::<f64>() / of_month.len() as f64;
                // To the tenth, so that its digits do not tell of how many clients it is.
                assert!((value - slow).abs() <= 0.05 + 1e-12, "{point}");
                assert!(of_month.len() >= 5);
                values.push(value);
            }
            None => assert!(
                of_month.is_none_or(|clients| clients.len() < usual),
                "{point}"
            ),
        }
    }
    assert!(values.len() >= 6);
    let center = values.iter().sum::<f64>() / values.len() as f64;
    let ranges: f64 = values.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
    let high = center + 2.66 * ranges / (values.len() - 1) as f64;
    assert!((chart["phases"][0]["center"].as_f64().unwrap() - center).abs() < 1e-10);
    let last = points
        .iter()
        .rev()
        .find(|p| p["value"].is_number())
        .unwrap();
    assert!((last["high"].as_f64().unwrap() - high).abs() < 1e-9);
}

#[test]
fn charts_of_shares_show_no_few_clients() {
    let mut looked_at = 0;
    for chart in displays(&findings(), "control_chart") {
        let id = chart["id"].as_str().unwrap().to_owned();
        if ["dropout", "reliable_improvement", "reliable_deterioration"].contains(&id.as_str()) {
            for point in chart["phases"][0]["points"].as_array().unwrap() {
                if let Some(share) = point["value"].as_f64() {
                    let n = point["n"].as_f64().unwrap();
                    let [yes, no] = [share * n, (1.0 - share) * n].map(f64::round);
                    assert!((yes / n - share).abs() < 1e-12, "{id}: {point}");
                    assert!(
                        [yes, no].iter().all(|k| *k == 0.0 || *k >= 5.0),
                        "{id}: {point}"
                    );
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at >= 6, "{looked_at}");
}

#[test]
fn a_rebase_is_declared_with_its_reason_and_begins_new_limits() {
    let clinic = study(
        "name = \"x\"\n[[rebases]]\nchart = \"early_alliance\"\nfrom = \"2024-07\"\nreason = \"new questionnaire\"\n",
    );
    clinic.analyze();
    let findings = Findings::from_json(&clinic.read("report/findings.json")).unwrap();
    let charts = displays(&findings, "control_chart");
    let chart = charts
        .iter()
        .find(|c| c["id"] == "early_alliance")
        .expect("there is one");
    let phases = chart["phases"].as_array().unwrap();
    assert_eq!(phases.len(), 2);
    assert_eq!(phases[1]["reason"], "new questionnaire");
    assert_eq!(phases[1]["points"][0]["month"], "2024-07");
    let wrong =
        study("name = \"x\"\n[[rebases]]\nchart = \"dropot\"\nfrom = \"July\"\nreason = \"r\"\n");
    let run = wrong.run(&["check", "study.toml"]);
    assert!(
        run.code == 2
            && run.stderr.contains("did you mean dropout?")
            && run.stderr.contains("expected a month as YYYY-MM"),
        "{run:?}"
    );
}

#[test]
fn units_are_flagged_by_the_limits_that_are_drawn_and_in_the_order_of_their_names() {
    let findings = findings();
    let funnels = displays(&findings, "unit_funnel");
    assert!(funnels.iter().any(|f| f["id"] == "dropout"));
    for funnel in funnels {
        let units = funnel["units"].as_array().unwrap();
        let names: Vec<&str> = units.iter().filter_map(|u| u["label"].as_str()).collect();
        assert!(names.is_sorted() && names.len() == units.len());
        for unit in units {
            let limits = funnel["limits"].as_array().unwrap();
            let at = limits
                .iter()
                .find(|l| l["n"] == unit["effective_n"])
                .expect("limits at its effective number of clients");
            let number = |v: &Value| v.as_f64().unwrap();
            let share = number(&unit["share"]);
            let is_inside = share >= number(&at["low_95"]) && share <= number(&at["high_95"]);
            assert_eq!(unit["flag"] == "inside", is_inside, "{unit}");
        }
    }
}
