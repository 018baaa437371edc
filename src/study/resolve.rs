//! From the study file as written to a complete study: defaults filled in, every fault told.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::declared::Declared;
use super::faults::{Faults, did_you_mean};
use super::group::{Group, Modality, level_key};
use super::measure::Catalogue;
use super::pooling::Pooling;
use super::published::published;
use super::question::Question;
use super::roles::{Roles, catalogue_of};
use super::settings::{
    CHARTS, Rebase, SEED, Settings, Window, equivalence_change_sd, repair_window,
};
use super::sources::{
    DELIVERY_WORDS, OUTCOME_COLUMNS, SESSION_COLUMNS, STATUS_WORDS, Sources, missing_words,
};
use super::spec::{EarlyAlliance, Labels, Spec};
use super::{Study, is_iso_date};

/// The study of a study file; its paths are relative to `folder`.
pub(super) fn study(spec: Spec, folder: &Path) -> Result<Study, Vec<String>> {
    let is_meta = spec.meta.as_ref().is_some_and(|m| m.effects.is_some());
    if is_meta && spec.files.sessions.is_none() && spec.files.outcomes.is_none() {
        return Err(vec![
            "this study file describes a meta-analysis and names no sessions and outcomes\n  hint: use `alliance meta`".into(),
        ]);
    }
    let mut faults = Faults::default();
    let catalogue = catalogue_of(&spec.measures, &mut faults);
    let roles = Roles::of(&spec.measures, &catalogue, &mut faults);
    let sources = sources(&spec, folder, &catalogue, &mut faults);
    let meta = spec.meta.unwrap_or_default();
    let (analysis, equivalence, policy) = (spec.analysis, spec.equivalence, spec.policy);
    let name = faults.study_name(spec.name, "study");
    faults.day("data_lock", &spec.data_lock);
    let lock = spec.data_lock.clone();
    let settings = Settings {
        title: spec.title.unwrap_or_else(|| name.clone()),
        name,
        data_lock: spec.data_lock,
        alliance_measure: roles.alliance,
        empathy_measure: roles.empathy,
        symptom_measure: roles.symptom,
        items_measure: roles.items,
        primary_measure: roles.primary,
        nhs_measures: roles.nhs,
        groups: groups(&spec.groups, &mut faults),
        early_alliance: window(&spec.early_alliance, &mut faults),
        outcome: analysis.outcome.unwrap_or_default(),
        confidence_level: faults.confidence_level(&analysis),
        seed: analysis.seed.unwrap_or(SEED),
        bootstrap_replicates: within(
            "analysis.bootstrap_replicates",
            analysis.bootstrap_replicates.unwrap_or(2000),
            100..=1_000_000,
            "",
            &mut faults,
        ),
        delivery_share: delivery_share(analysis.delivery_share, &mut faults),
        sessions_in_courses: within(
            "analysis.sessions_in_courses",
            analysis.sessions_in_courses.unwrap_or(12),
            2..=200,
            " sessions",
            &mut faults,
        ),
        equivalence_correlation: faults.equivalence_correlation(&equivalence),
        equivalence_alliance_sd: faults.between(
            "equivalence.alliance_sd",
            equivalence.alliance_sd.unwrap_or(0.30),
            0.0,
            10.0,
        ),
        contrasts: spec
            .contrasts
            .into_iter()
            .map(|c| (c.first, c.second))
            .collect(),
        minimum_cell: within(
            "policy.minimum_cell",
            policy.minimum_cell.unwrap_or(5),
            3..=100,
            "\n  hint: groups smaller than 3 can always be recognised",
            &mut faults,
        ),
        orphans: policy.orphans.unwrap_or_default(),
        raw_points: policy.raw_points.unwrap_or(false),
        pool_by: meta.pool_by.unwrap_or_default(),
        pooling: Pooling::resolve(&meta),
        equivalence_change_sd: faults.between(
            "equivalence.change_sd",
            equivalence.change_sd.unwrap_or_else(equivalence_change_sd),
            0.0,
            5.0,
        ),
        repair_window: within(
            "analysis.repair_window",
            analysis.repair_window.unwrap_or_else(repair_window),
            1..=20,
            " ratings",
            &mut faults,
        ),
        reference_sd: analysis.reference_sd.unwrap_or_default(),
        large_ranges: analysis.large_ranges.unwrap_or_default(),
        rebases: rebases(spec.rebases, lock.as_deref(), &mut faults),
        questions: Question::asked(&spec.questions, &mut faults),
    };
    faults.none()?;
    let mut literature = published().to_vec();
    literature.extend(spec.published);
    Ok(Study {
        settings,
        published: literature,
        sources,
        catalogue,
    })
}

/// The value, a fault unless it is in the range; `of` is said after it.
fn within(key: &str, value: u32, range: RangeInclusive<u32>, of: &str, faults: &mut Faults) -> u32 {
    if !range.contains(&value) {
        let (low, high) = range.into_inner();
        faults.push(format!(
            "{key}: found {value}, expected {low} to {high}{of}"
        ));
    }
    value
}

fn delivery_share(share: Option<f64>, faults: &mut Faults) -> f64 {
    let share = share.unwrap_or(0.8);
    // More than half, or a client could be both.
    if !(share > 0.5 && share <= 1.0) {
        faults.push(format!(
            "analysis.delivery_share: found {share}, expected more than 0.5 and at most 1"
        ));
    }
    share
}

/// CBT and psychosis, then those of the study.
fn groups(rules: &BTreeMap<String, String>, faults: &mut Faults) -> Vec<Group> {
    let mut groups = vec![Group::cbt(), Group::psychosis()];
    for (key, rule) in rules {
        match Group::parse(key, rule) {
            Ok(group) => {
                groups.retain(|g| g.key != group.key);
                groups.push(group);
            }
            Err(fault) => faults.push(fault),
        }
    }
    for group in &groups {
        if group.key == "overall" || Modality::ALL.iter().any(|m| m.as_str() == group.key) {
            faults.push(format!(
                "groups.{}: the name is taken; choose another",
                group.key
            ));
        }
    }
    groups
}

fn window(spec: &EarlyAlliance, faults: &mut Faults) -> Window {
    let first_session = spec.first_session.unwrap_or(1);
    let window = Window {
        first_session,
        last_session: spec.last_session.unwrap_or(first_session.max(5)),
        fewest_ratings: spec.fewest_ratings.unwrap_or(1),
    };
    if first_session < 1 || window.last_session < first_session {
        faults.push("early_alliance: sessions count from 1, and last_session must not lie before first_session");
    }
    let width = window
        .last_session
        .saturating_add(1)
        .saturating_sub(first_session);
    if !(1..=width.max(1)).contains(&window.fewest_ratings) {
        faults.push(format!(
            "early_alliance.fewest_ratings: found {}, expected 1 to {width} (the sessions of the window)",
            window.fewest_ratings
        ));
    }
    window
}

fn rebases(rebases: Vec<Rebase>, lock: Option<&str>, faults: &mut Faults) -> Vec<Rebase> {
    for Rebase {
        chart,
        from,
        reason,
    } in &rebases
    {
        if reason.trim().is_empty() {
            faults.push(format!("rebases: {chart}: the reason is empty"));
        }
        if lock.is_some_and(|lock| from.as_str() > lock) {
            faults.push(format!(
                "rebases: {chart}: found from = {from:?}, which is later than data_lock"
            ));
        }
        if !CHARTS.contains(&chart.as_str()) {
            let hint = did_you_mean(chart, &CHARTS);
            faults.push(format!("rebases: there is no chart {chart:?}{hint}"));
        }
        if !is_iso_date(format!("{from}-01").as_bytes()) {
            faults.push(format!(
                "rebases: {chart}: found from = {from:?}, expected a month as YYYY-MM"
            ));
        }
    }
    rebases
}

fn sources(spec: &Spec, folder: &Path, catalogue: &Catalogue, faults: &mut Faults) -> Sources {
    let mut file = |key: &str, path: &Option<PathBuf>| match path {
        Some(path) => folder.join(path),
        None => {
            faults.push(format!(
                "files.{key}: missing\n  hint: [files]\n        {key} = \"{key}.csv\""
            ));
            PathBuf::new()
        }
    };
    let sessions = file("sessions", &spec.files.sessions);
    let outcomes = file("outcomes", &spec.files.outcomes);
    let columns = &spec.columns;
    faults.columns("columns.sessions", &columns.sessions, &SESSION_COLUMNS);
    faults.columns("columns.outcomes", &columns.outcomes, &OUTCOME_COLUMNS);
    let decimal = spec.files.decimal.unwrap_or_default();
    Sources {
        sessions,
        outcomes,
        session_columns: columns.sessions.clone(),
        outcome_columns: columns.outcomes.clone(),
        decimal,
        decimal_outcomes: spec.files.decimal_outcomes.unwrap_or(decimal),
        dates: spec.files.dates.unwrap_or_default(),
        missing: missing_words(&spec.files.missing),
        declared: Declared::of(&spec.files.missing_in, &spec.files.right, catalogue, faults),
        labels: labels(&spec.labels, faults),
        not_personal: spec.policy.not_personal.clone().unwrap_or_default(),
    }
}

/// Labels of the files, as level keys, and what they mean; where the words are fixed, one of them.
fn labels(spec: &Labels, faults: &mut Faults) -> BTreeMap<&'static str, BTreeMap<String, String>> {
    let deliveries = DELIVERY_WORDS.map(|(word, _)| word);
    for (column, meanings, words, expected) in [
        (
            "delivery",
            &spec.delivery,
            &deliveries[..],
            "online, in_person or hybrid",
        ),
        (
            "status",
            &spec.status,
            &STATUS_WORDS[..],
            "completed, dropped_out or ongoing",
        ),
    ] {
        for (from, to) in meanings {
            if !words.contains(&level_key(to).as_str()) {
                faults.push(format!(
                    "labels.{column}.{from:?}: found {to:?}, expected {expected}"
                ));
            }
        }
    }
    [
        ("delivery", &spec.delivery),
        ("treatment", &spec.treatment),
        ("diagnosis", &spec.diagnosis),
        ("status", &spec.status),
    ]
    .map(|(column, meanings)| {
        let by_key = meanings
            .iter()
            .map(|(from, to)| (level_key(from), to.clone()));
        (column, by_key.collect())
    })
    .into()
}
