//! Where every row and every client went.

use super::sample::Analysis;
use crate::findings::disclosure::{CellKind, divide};
use crate::findings::{Count, Exclusion, Flow, Period, Stage};
use crate::study::Month;

pub fn flow(analysis: &Analysis) -> Flow {
    let clients = analysis.clients;
    let sample = &analysis.sample;
    let sessions = clients.sessions();
    let in_window = clients.sessions_in_window();
    let rated = clients.rated_in_window();
    let measure = &analysis.measure().name;
    let fate: Vec<Fate> = (0..clients.len())
        .map(|i| {
            if sessions[i].is_none() {
                Fate::NoSession
            } else if !sample.has_outcome_row[i] {
                Fate::NoOutcomeRow
            } else if analysis.early[i].is_none() {
                Fate::NoEarlyRating
            } else if sample.pre[i].is_none() {
                Fate::NoPre
            } else if sample.post[i].is_none() {
                Fate::NoPost
            } else {
                Fate::Analysed
            }
        })
        .collect();
    let window = analysis.settings.early_alliance;
    let sessions_of_window = analysis.window_in_words();
    let reasons = [
        (Fate::NoSession, "no session".to_owned()),
        (Fate::NoOutcomeRow, format!("no {measure} row")),
        (
            Fate::NoEarlyRating,
            match window.fewest_ratings {
                1 => format!("no alliance rating in {sessions_of_window}"),
                n => format!("fewer than {n} alliance ratings in {sessions_of_window}"),
            },
        ),
        (Fate::NoPre, format!("no {measure} score before treatment")),
        (Fate::NoPost, format!("no {measure} score after treatment")),
    ];
    let count = |wanted: Fate| fate.iter().filter(|f| **f == wanted).count() as u64;
    let minimum = analysis.minimum();
    let client_counts: Vec<(String, u64)> = reasons
        .iter()
        .map(|(fate, reason)| (reason.clone(), count(*fate)))
        .collect();
    let clients_stage = stage(&client_counts, count(Fate::Analysed), minimum);

    let is_small = |n: u64| n > 0 && n < minimum;
    let rows = |column: &[Option<u32>], wanted: &dyn Fn(Fate) -> bool| -> u64 {
        let of_fate = column.iter().zip(&fate).filter(|(_, f)| wanted(**f));
        of_fate.map(|(n, _)| u64::from(n.unwrap_or(0))).sum()
    };
    let analysed = |f: Fate| f == Fate::Analysed;
    let of_analysed = rows(&sessions, &analysed);
    let window_rows = rows(&in_window, &analysed);
    let used = rows(&rated, &analysed);
    let mut sessions_stage = stage(
        &[
            (
                "never filled in: no day, no delivery, no score".into(),
                clients.placeholder_rows,
            ),
            (
                OF_NOT_ANALYSED.into(),
                clients.session_rows - clients.placeholder_rows - of_analysed,
            ),
            (
                format!("outside {sessions_of_window}"),
                of_analysed - window_rows,
            ),
            ("without an alliance rating".into(), window_rows - used),
        ],
        used,
        minimum,
    );
    let of_measure = sample
        .has_outcome_row
        .iter()
        .filter(|there| **there)
        .count() as u64;
    let outcome_used = count(Fate::Analysed);
    let everyone = clients.len() as u64;
    let mut outcomes_stage = stage(
        &[
            (
                "of other measures".into(),
                clients.outcome_rows - of_measure,
            ),
            (OF_NOT_ANALYSED.into(), of_measure - outcome_used),
        ],
        outcome_used,
        minimum,
    );
    // Rows of the clients who are not analysed are hidden with their clients, and so are those of
    // the measure when few clients are without one.
    if is_small(everyone - outcome_used) {
        hide_not_analysed(&mut sessions_stage);
        hide_not_analysed(&mut outcomes_stage);
    }
    if is_small(everyone - of_measure) {
        hide_not_analysed(&mut outcomes_stage);
    }
    let complete_by_measure = clients
        .complete_pairs()
        .into_iter()
        .map(|(key, n)| {
            let n = n as u64;
            // The count must not lie close to another that is shown.
            let gaps = [
                everyone.abs_diff(n),
                of_measure.abs_diff(n),
                outcome_used.abs_diff(n),
            ];
            (
                key,
                if is_small(n) || gaps.into_iter().any(is_small) {
                    Count::Suppressed
                } else {
                    Count::Exactly(n)
                },
            )
        })
        .collect();
    Flow {
        sessions: sessions_stage,
        outcomes: outcomes_stage,
        clients: clients_stage,
        complete_by_measure,
    }
}

/// From when to when the sessions are.
///
/// METHOD: the months in which the first and the last few clients, as many as the minimum cell, began and ended: a
/// month alone could be that of one client, and one mistyped day would make old data new.
pub fn period(analysis: &Analysis) -> Option<Period> {
    let few = usize::try_from(analysis.minimum()).expect("a minimum cell is small");
    let sorted = |months: Vec<Option<Month>>| -> Vec<Month> {
        let mut months: Vec<Month> = months.into_iter().flatten().collect();
        months.sort_unstable();
        months
    };
    let firsts = sorted(analysis.clients.first_months());
    let lasts = sorted(analysis.clients.last_months());
    let first = firsts.get(few.checked_sub(1)?)?;
    let last = lasts.get(lasts.len().checked_sub(few)?)?;
    (first <= last).then(|| Period {
        first: first.to_string(),
        last: last.to_string(),
    })
}

/// Why a client is analysed or not; the first reason that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    NoSession,
    NoOutcomeRow,
    NoEarlyRating,
    NoPre,
    NoPost,
    Analysed,
}

const OF_NOT_ANALYSED: &str = "of clients who are not analysed";

/// Hides how many rows the clients have who are not analysed, and the total that would tell.
fn hide_not_analysed(stage: &mut Stage) {
    for exclusion in stage
        .excluded
        .iter_mut()
        .filter(|e| e.reason == OF_NOT_ANALYSED)
    {
        exclusion.count = Count::Suppressed;
    }
    stage.read = Count::Suppressed;
}

/// A stage whose small counts are hidden, and with them what would give them away.
fn stage(reasons: &[(String, u64)], used: u64, minimum: u64) -> Stage {
    let mut cells: Vec<(u64, CellKind)> =
        reasons.iter().map(|(_, n)| (*n, CellKind::Free)).collect();
    cells.push((used, CellKind::Fixed));
    let read: u64 = cells.iter().map(|(n, _)| n).sum();
    let decided = divide(&cells, minimum);
    let shown = |n: u64, is_shown: bool| {
        if is_shown {
            Count::Exactly(n)
        } else {
            Count::Suppressed
        }
    };
    Stage {
        read: shown(read, decided.total_shown),
        excluded: reasons
            .iter()
            .zip(&decided.shown)
            .filter(|((_, n), _)| *n > 0)
            .map(|((reason, n), is_shown)| Exclusion {
                reason: reason.clone(),
                count: shown(*n, *is_shown),
            })
            .collect(),
        used: shown(used, used == 0 || used >= minimum),
    }
}
