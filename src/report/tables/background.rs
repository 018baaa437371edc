//! What stands behind the answers: published results, rows and clients, questionnaires, settings.

use super::super::words::{self, SUPPRESSED, correlation, count, level, number, shown_count};
use super::{Table, strings, value};
use crate::findings::{Count, Display, Estimate, Findings, Role, Scale, Stage, Subject};
use crate::study::{LargeRanges, MetaSettings, PoolingTest, Question, ReferenceSd, Settings};

pub(super) fn published(findings: &Findings) -> Option<Table> {
    if findings.published.is_empty() {
        return None;
    }
    let term = findings.clinic()?.settings.outcome.term();
    let full = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
    let mut rows = Vec::new();
    let mut data_rows = Vec::new();
    for p in &findings.published {
        let (symbol, scale) = match p.scale.as_str() {
            "r" => ("r ", Scale::Correlation),
            "proportion" => ("", Scale::Proportion),
            _ => ("d ", Scale::StandardDeviations),
        };
        let fmt = |x: f64| words::on_scale(x, scale);
        let limits = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(low), Some(high)) => format!(" [{}, {}]", fmt(low), fmt(high)),
            _ => String::new(),
        };
        // The number of this report that says the same, where there is one.
        let own_id = match p.topic.as_str() {
            "alliance_outcome" => format!("alliance_outcome.{}.{term}", p.group),
            "alliance_level_online_minus_in_person" => "online_vs_in_person.alliance.g".into(),
            "empathy_outcome" => format!("empathy.{term}"),
            "alliance_dropout" => "leaving_early.g".into(),
            _ => String::new(),
        };
        let own = findings.estimate(&own_id);
        let mut text = format!("{}{}", fmt(p.estimate), limits(p.conf_low, p.conf_high));
        if let (Some(low), Some(high)) = (p.prediction_low, p.prediction_high) {
            text.push_str(&format!("; prediction [{}, {}]", fmt(low), fmt(high)));
        }
        rows.push(vec![
            p.citation.clone(),
            p.population.clone(),
            p.studies
                .map_or_else(|| "–".into(), |k| count(u64::from(k))),
            format!("{symbol}{text}"),
            own.map_or_else(|| "–".into(), value),
        ]);
        data_rows.push(vec![
            p.id.clone(),
            p.topic.clone(),
            p.group.clone(),
            p.population.clone(),
            p.studies.map_or_else(String::new, |k| k.to_string()),
            p.scale.clone(),
            p.estimate.to_string(),
            full(p.conf_low),
            full(p.conf_high),
            full(p.conf_level),
            full(p.prediction_low),
            full(p.prediction_high),
            p.citation.clone(),
            p.doi.clone().unwrap_or_default(),
            own_id,
            full(own.and_then(Estimate::estimate)),
        ]);
    }
    Some(Table {
        id: "published",
        title: "Published results, as context".into(),
        header: strings(&["Source", "Population", "studies", "published", "this study"]),
        rows,
        data_header: strings(&[
            "id",
            "topic",
            "group",
            "population",
            "studies",
            "scale",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "prediction_low",
            "prediction_high",
            "citation",
            "doi",
            "own_id",
            "own_estimate",
        ]),
        data_rows,
    })
}

pub(super) fn flow(findings: &Findings) -> Option<Table> {
    let mut rows = Vec::new();
    let mut data_rows = Vec::new();
    let mut add = |stage: &str, step: &str, n: Count| {
        rows.push(vec![stage.to_owned(), step.to_owned(), shown_count(n)]);
        let data = n
            .exactly()
            .map_or_else(|| SUPPRESSED.to_owned(), |n| n.to_string());
        data_rows.push(vec![stage.to_owned(), step.to_owned(), data]);
    };
    let mut stage = |name: &str, s: &Stage| {
        add(name, "read", s.read);
        for exclusion in &s.excluded {
            add(
                name,
                &format!("left out: {}", exclusion.reason),
                exclusion.count,
            );
        }
        let is_hidden = s.excluded.iter().any(|e| e.count == Count::Suppressed);
        if let (true, Count::Exactly(all), Count::Exactly(used)) = (is_hidden, s.read, s.used) {
            add(
                name,
                "left out: for all reasons together",
                Count::Exactly(all - used),
            );
        }
        add(name, "used", s.used);
    };
    let title = match &findings.subject {
        Subject::Clinic(clinic) => {
            let flow = &clinic.flow;
            stage("session rows", &flow.sessions);
            stage("outcome rows", &flow.outcomes);
            stage("clients", &flow.clients);
            for (key, n) in &flow.complete_by_measure {
                let name = clinic
                    .measures
                    .iter()
                    .find(|m| m.key == *key && m.role != Role::Symptom)
                    .map_or(key.as_str(), |m| &m.measure.name);
                add("clients with both scores", name, *n);
            }
            "Where every row and every client went"
        }
        Subject::Meta(meta) => {
            stage("effects", &meta.effects);
            for (how, n) in &meta.conversions {
                add("effects, each taken from", how, Count::Exactly(*n));
            }
            add("studies", "with an effect", Count::Exactly(meta.studies));
            add(
                "clients",
                "of these studies, each study once",
                Count::Exactly(meta.clients),
            );
            "Where every row went"
        }
    };
    Some(Table {
        id: "flow",
        title: title.into(),
        header: strings(&["Of", "step", "count"]),
        rows,
        data_header: strings(&["of", "step", "count"]),
        data_rows,
    })
}

pub(super) fn measures(findings: &Findings) -> Option<Table> {
    let in_use = &findings.clinic()?.measures;
    if in_use.is_empty() {
        return None;
    }
    let dash = || "–".to_owned();
    let role = |role: Role| match role {
        Role::Alliance => "alliance",
        Role::Empathy => "empathy",
        Role::Symptom => "symptoms by session",
        Role::Items => "heard, safe, seen",
        Role::PrimaryOutcome => "outcome of this report",
        Role::OtherOutcome => "further outcome",
    };
    let rows: Vec<Vec<String>> = in_use
        .iter()
        .map(|m| {
            let measure = &m.measure;
            vec![
                role(m.role).to_owned(),
                measure.name.clone(),
                measure.range_in_words().unwrap_or_else(dash),
                measure.direction.map_or_else(dash, |d| d.in_words().into()),
                measure.reliability.map_or_else(dash, |r| {
                    format!("{} ({})", correlation(r.value), r.kind.in_words())
                }),
                measure
                    .cutoff
                    .map_or_else(dash, |c| format!("{} {}", c.clinical.symbol(), c.value)),
                measure.source.clone().unwrap_or_else(dash),
            ]
        })
        .collect();
    let header = strings(&[
        "Used for",
        "questionnaire",
        "range",
        "direction",
        "reliability",
        "clinical",
        "source",
    ]);
    Some(Table {
        id: "measures",
        title: "Questionnaires".into(),
        data_header: header
            .iter()
            .map(|h| h.to_lowercase().replace(' ', "_"))
            .collect(),
        data_rows: rows.clone(),
        header,
        rows,
    })
}

pub(super) fn settings(findings: &Findings) -> Option<Table> {
    let rows: Vec<Vec<String>> = match &findings.subject {
        Subject::Clinic(clinic) => of_clinic(&clinic.settings),
        Subject::Meta(meta) => of_meta(&meta.settings),
    }
    .into_iter()
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect();
    Some(Table {
        id: "settings",
        title: "Settings".into(),
        header: strings(&["Setting", "value"]),
        data_header: strings(&["setting", "value"]),
        data_rows: rows.clone(),
        rows,
    })
}

fn of_meta(s: &MetaSettings) -> Vec<(&'static str, String)> {
    let none_or = |text: String| if text.is_empty() { "none".into() } else { text };
    vec![
        ("relationship", format!("{} and {}", s.predictor, s.outcome)),
        ("model", s.pooling.model.word().into()),
        ("estimator of τ²", s.pooling.tau_squared.word().into()),
        (
            "test and interval (two-level)",
            match s.pooling.test {
                PoolingTest::AdHoc => "adhoc: Knapp–Hartung, never narrower than without",
                PoolingTest::KnappHartung => "knha: Knapp–Hartung",
                PoolingTest::Normal => "z: normal",
            }
            .into(),
        ),
        (
            "robust errors (studies with several effects)",
            s.pooling.robust.word().into(),
        ),
        ("moderators", none_or(s.moderators.join(", "))),
        ("confidence level", level(s.confidence_level)),
        (
            "equivalence of correlations",
            format!("±{}", correlation(s.equivalence_correlation)),
        ),
        (
            "permutation test",
            format!(
                "{} replicates, seed {}",
                count(u64::from(s.permutations)),
                s.seed
            ),
        ),
    ]
}

fn of_clinic(s: &Settings) -> Vec<(&'static str, String)> {
    let window = s.early_alliance;
    let asked = |question: &Question| s.questions.contains(question);
    let off: Vec<&str> = Question::ALL
        .iter()
        .filter(|question| !asked(question))
        .map(|question| question.word())
        .collect();
    let groups: Vec<String> = s
        .groups
        .iter()
        .map(|g| format!("{}: {}", g.key, g.rule))
        .collect();
    vec![
        (
            "early alliance",
            format!(
                "mean of the ratings in sessions {}–{}, at least {}",
                window.first_session, window.last_session, window.fewest_ratings
            ),
        ),
        (
            "headline outcome",
            match s.outcome.term() {
                "partial" => "score after treatment, adjusted for the score before".into(),
                "post" => "score after treatment".into(),
                _ => "change from before to after treatment".to_owned(),
            },
        ),
        (
            "delivery of a client",
            format!(
                "online or in person from {} of the sessions, otherwise hybrid",
                level(s.delivery_share)
            ),
        ),
        ("confidence level", level(s.confidence_level)),
        (
            "equivalence of correlations",
            format!("±{}", correlation(s.equivalence_correlation)),
        ),
        (
            "equivalence of mean alliance",
            format!("±{} pooled SD", number(s.equivalence_alliance_sd, 2)),
        ),
        (
            "no change from session to session",
            format!("within ±{} SD", number(s.equivalence_change_sd, 2)),
        ),
        (
            "repair of a rupture",
            format!("within the next {} ratings", s.repair_window),
        ),
        (
            "reliable change (Jacobson–Truax)",
            match s.reference_sd {
                ReferenceSd::Clinic => "by the SD of this clinic's scores before treatment".into(),
                ReferenceSd::Catalogue => {
                    "by the SD of the questionnaire's reference sample".to_owned()
                }
            },
        ),
        (
            "large moving ranges (charts over time)",
            match s.large_ranges {
                LargeRanges::Kept => "count for the limits".into(),
                LargeRanges::LeftOut => "left out of the limits".to_owned(),
            },
        ),
        (
            "bootstrap",
            format!(
                "{} samples of whole therapists, seed {}",
                count(u64::from(s.bootstrap_replicates)),
                s.seed
            ),
        ),
        ("minimum cell", format!("{} clients", s.minimum_cell)),
        (
            "clients in one file only",
            match s.orphans {
                crate::study::Orphans::Refuse => "refused".into(),
                crate::study::Orphans::Exclude => "left out and counted".to_owned(),
            },
        ),
        ("groups", groups.join("; ")),
        (
            "pooled within the clinic",
            format!(
                "by {}; {}, {}",
                s.pool_by.word(),
                s.pooling.tau_squared.word(),
                s.pooling.test.word()
            ),
        ),
        (
            "questions not asked",
            if off.is_empty() {
                "none".into()
            } else {
                off.join(", ")
            },
        ),
    ]
}

/// How the search for each model ended.
pub(super) fn certificates(findings: &Findings) -> Option<Table> {
    let fits = findings
        .answers
        .iter()
        .flat_map(|answer| &answer.displays)
        .find_map(|display| match display {
            Display::Certificates(certificates) => Some(&certificates.fits),
            _ => None,
        })?;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let rows: Vec<Vec<String>> = fits
        .iter()
        .map(|fit| {
            vec![
                fit.model.clone(),
                fit.method.clone(),
                count(fit.evaluations),
                yes(fit.at_boundary),
                fit.competing_optimum
                    .map_or_else(|| "none".into(), |x| number(x, 4)),
                yes(fit.identifiable),
                fit.log_likelihood
                    .map_or_else(|| "–".into(), |x| number(x, 4)),
            ]
        })
        .collect();
    Some(Table {
        id: "certificates",
        title: "How the search for each model ended".into(),
        header: strings(&[
            "Model",
            "how",
            "evaluations",
            "a variance at 0",
            "second optimum",
            "identifiable",
            "log-likelihood",
        ]),
        data_header: strings(&[
            "model",
            "method",
            "evaluations",
            "at_boundary",
            "competing_optimum",
            "identifiable",
            "log_likelihood",
        ]),
        data_rows: fits
            .iter()
            .map(|fit| {
                let full = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
                vec![
                    fit.model.clone(),
                    fit.method.clone(),
                    fit.evaluations.to_string(),
                    fit.at_boundary.to_string(),
                    full(fit.competing_optimum),
                    fit.identifiable.to_string(),
                    full(fit.log_likelihood),
                ]
            })
            .collect(),
        rows,
    })
}
