//! Which groups may be shown beside the last report.

use super::hides_unnamed;
use crate::features::GroupKind;
use crate::findings::disclosure::Hidden;
use crate::findings::earlier::{Part, shown_parts};
use crate::questions::sample::{Analysis, ShownGroup};
use crate::study::Modality;

/// Hides the groups and units whose clients differ from those of the last report by a few, or from
/// which such a difference would follow.
pub fn hide_groups(analysis: &mut Analysis) {
    if analysis.earlier.is_empty() {
        return;
    }
    let complete = analysis.is_complete(&analysis.sample);
    let clients = |shown: &ShownGroup| {
        let held = shown.group.holds.iter().zip(&complete);
        held.filter(|(held, complete)| **held && **complete).count() as i64
    };
    let part = |shown: &ShownGroup, id: String, hides_unnamed: bool| {
        let before = analysis.earlier.numbers.get(&id);
        let growth = match before {
            Some(before) => before.n.map(|n| clients(shown) - n as i64),
            None if analysis.earlier.hidden.contains(&id) || hides_unnamed => None,
            None => Some(clients(shown)),
        };
        Part {
            growth,
            is_shown: shown.hidden.is_none(),
        }
    };
    let parts: Vec<(&str, Part)> = analysis
        .groups
        .iter()
        .map(|shown| {
            let key = shown.group.key.as_str();
            let unnamed = match shown.group.kind {
                GroupKind::Level(modality) => hides_unnamed(analysis.earlier, modality),
                _ => false,
            };
            (key, part(shown, analysis.headline_id(key), unnamed))
        })
        .collect();
    let is_few = |growth: i64| growth != 0 && growth.unsigned_abs() < analysis.minimum();
    let whole = parts[0].1.growth.filter(|_| parts[0].1.is_shown);
    let mut shown = vec![!whole.is_some_and(is_few)];
    shown.extend(shown_groups(analysis, &parts[1..], whole));
    let unnamed_units = analysis
        .earlier
        .hidden
        .iter()
        .any(|id| id.starts_with("sites.unnamed_"));
    let units: Vec<Part> = analysis
        .units
        .iter()
        .map(|unit| {
            let id = format!(
                "sites.{}.{}",
                unit.group.key,
                analysis.settings.outcome.term()
            );
            part(unit, id, unnamed_units)
        })
        .collect();
    let shown_units = match whole {
        Some(whole) => shown_parts(whole, &units, analysis.minimum()),
        None => units.iter().map(|unit| unit.is_shown).collect(),
    };
    for (group, shown) in analysis.groups.iter_mut().zip(shown) {
        if !shown {
            group.hidden.get_or_insert(Hidden::BesideLast);
        }
    }
    for (unit, shown) in analysis.units.iter_mut().zip(shown_units) {
        if !shown {
            unit.hidden.get_or_insert(Hidden::BesideLast);
        }
    }
}

/// Which of these groups, by key, may be shown when all clients together grew by `whole`.
pub fn shown_groups(analysis: &Analysis, parts: &[(&str, Part)], whole: Option<i64>) -> Vec<bool> {
    let minimum = analysis.minimum();
    let is_few = |growth: i64| growth != 0 && growth.unsigned_abs() < minimum;
    let groups: Vec<&ShownGroup> = parts
        .iter()
        .filter_map(|(key, _)| analysis.group(key))
        .collect();
    let mut shown: Vec<bool> = parts
        .iter()
        .map(|(_, part)| part.is_shown && !part.growth.is_some_and(is_few))
        .collect();
    let Some(whole) = whole else {
        return shown;
    };
    let levels = |modality: Modality| -> Vec<usize> {
        let is_level = |at: &usize| groups[*at].group.kind == GroupKind::Level(modality);
        (0..parts.len()).filter(is_level).collect()
    };
    for modality in Modality::ALL {
        let members = levels(modality);
        let division: Vec<Part> = members.iter().map(|at| parts[*at].1).collect();
        for (at, is_shown) in members.iter().zip(shown_parts(whole, &division, minimum)) {
            shown[*at] &= is_shown;
        }
    }
    // METHOD: a named group must not tell of a few beside any group that it holds or that holds it,
    // nor beside the levels that it is, or is not, made of.
    for at in (0..parts.len()).filter(|at| groups[*at].group.kind == GroupKind::Named) {
        let own = &groups[at].group.holds;
        let Some(growth) = parts[at].1.growth else {
            shown[at] &= whole.unsigned_abs() >= minimum;
            continue;
        };
        let is_inside = |inner: &[bool], outer: &[bool]| {
            inner
                .iter()
                .zip(outer)
                .all(|(inner, outer)| !inner || *outer)
        };
        let is_nested = |other: &usize| {
            let other = &groups[*other].group.holds;
            is_inside(own, other) || is_inside(other, own)
        };
        let beside_others = (0..parts.len())
            .filter(|other| *other != at && shown[*other] && is_nested(other))
            .filter_map(|other| parts[other].1.growth)
            .any(|other| is_few(other - growth));
        let is_apart = |level: &usize| {
            let level = &groups[*level].group.holds;
            !level.iter().zip(own).any(|(level, own)| *level && *own)
        };
        let beside_levels = Modality::ALL.iter().any(|modality| {
            let (inside, others): (Vec<usize>, Vec<usize>) = levels(*modality)
                .into_iter()
                .partition(|level| is_inside(&groups[*level].group.holds, own));
            let outside: Vec<usize> = others.into_iter().filter(is_apart).collect();
            let sum = |levels: &[usize], wanted: bool| -> i64 {
                let of_these = levels.iter().filter(|at| shown[**at] == wanted);
                of_these.filter_map(|at| parts[*at].1.growth).sum()
            };
            let tells = |levels: &[usize], growth: i64| {
                !levels.is_empty()
                    && (is_few(growth - sum(levels, true)) || is_few(sum(levels, false)))
            };
            tells(&inside, growth) || tells(&outside, whole - growth)
        });
        shown[at] &= !is_few(whole - growth) && !beside_others && !beside_levels;
    }
    shown
}
