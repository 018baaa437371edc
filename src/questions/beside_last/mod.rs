//! What this report and the last one, side by side, would tell of a few clients, is left out.
//!
//! Groups, charts over time and funnels are decided on where they are made, because other numbers
//! rest on them; everything else is looked at when the findings are there.

mod figures;
mod groups;

use std::collections::{BTreeMap, BTreeSet};

use super::sample::Analysis;
use crate::findings::disclosure::Hidden;
use crate::findings::earlier::{Earlier, Number, Part, of_stage, shown_parts};
use crate::findings::{Count, Estimate, Findings, Scale, Stage, Subject};
use crate::study::Modality;
pub use groups::hide_groups;

/// Leaves out of the findings what the last report forbids, and remembers what it showed.
pub fn protect(findings: &mut Findings, analysis: &Analysis) {
    let earlier = analysis.earlier;
    if earlier.is_empty() {
        return;
    }
    let held = Held {
        analysis,
        earlier,
        minimum: analysis.minimum(),
        whole_has_changed: whole_has_changed(findings, analysis),
    };
    let hidden = held.estimates(findings);
    let reason = Hidden::BesideLast.in_words(held.minimum);
    for answer in &mut findings.answers {
        for e in answer
            .estimates
            .iter_mut()
            .filter(|e| hidden.contains(&e.id))
        {
            *e = e.clone().suppressed(&reason);
        }
        answer
            .verdicts
            .retain(|verdict| !hidden.contains(&verdict.estimate_id));
        figures::protect(answer, &held);
    }
    if let Subject::Clinic(clinic) = &mut findings.subject {
        let flow = &mut clinic.flow;
        held.stage("sessions", &mut flow.sessions);
        held.stage("outcomes", &mut flow.outcomes);
        held.stage("clients", &mut flow.clients);
        for (key, n) in &mut flow.complete_by_measure {
            if !held.allows_count(&format!("flow/complete/{key}"), *n) {
                *n = Count::Suppressed;
            }
        }
        let read = [flow.sessions.read, flow.outcomes.read];
        for (input, rows) in findings.inputs.iter_mut().zip(read) {
            input.rows = rows;
        }
    }
    let of_day = earlier
        .day
        .as_ref()
        .map(|day| format!(" of {day}"))
        .unwrap_or_default();
    findings.limits.push(format!(
        "It leaves out what, beside the report{of_day}, would tell of fewer than {} clients: those who came, left or changed since. It is shown again when more have.",
        held.minimum
    ));
    findings.last_shown = earlier.not_in(findings);
}

/// Are all clients together more or fewer by enough that what is told of unknown numbers of them may
/// change?
fn whole_has_changed(findings: &Findings, analysis: &Analysis) -> bool {
    let id = analysis.headline_id("overall");
    let now = findings.estimate(&id).and_then(Estimate::n);
    let before = analysis.earlier.numbers.get(&id).and_then(|last| last.n);
    now.zip(before)
        .is_some_and(|(now, before)| now.abs_diff(before) >= analysis.minimum())
}

/// The findings held against the last report.
struct Held<'a> {
    analysis: &'a Analysis<'a>,
    earlier: &'a Earlier,
    minimum: u64,
    whole_has_changed: bool,
}

impl Held<'_> {
    fn allows(&self, name: &str, now: &Number) -> bool {
        self.earlier
            .allows(name, now, self.minimum, self.whole_has_changed)
    }

    fn allows_count(&self, name: &str, count: Count) -> bool {
        count
            .exactly()
            .is_none_or(|n| self.allows(name, &Number::of_clients(n)))
    }

    /// The estimates that may not be shown.
    fn estimates(&self, findings: &Findings) -> BTreeSet<String> {
        let numbers: BTreeMap<&str, (&Estimate, Number)> = findings
            .estimates()
            .filter_map(|e| Some((e.id.as_str(), (e, Number::of_estimate(e)?))))
            .collect();
        let mut hidden: BTreeSet<String> = numbers
            .iter()
            .filter(|(id, (_, now))| !self.allows(id, now))
            .map(|(id, _)| (*id).to_owned())
            .collect();
        loop {
            let before = hidden.len();
            for family in self.families(&numbers).values() {
                self.hide_parts(family, &numbers, &mut hidden);
            }
            self.hide_classes(&numbers, &mut hidden);
            if hidden.len() == before {
                return hidden;
            }
        }
    }

    /// The same number of several groups: ids by group, under the id without the group.
    fn families<'a>(
        &self,
        numbers: &BTreeMap<&'a str, (&Estimate, Number)>,
    ) -> BTreeMap<String, BTreeMap<String, &'a str>> {
        let mut families: BTreeMap<String, BTreeMap<String, &str>> = BTreeMap::new();
        for (id, (e, _)) in numbers {
            if self.analysis.group(&e.group).is_some() {
                let family = id.replacen(&e.group, "*", 1);
                let members = families.entry(family).or_default();
                members.insert(e.group.clone(), id);
            }
        }
        families
    }

    /// Hides the parts of a family that grew by a few, or from which such a growth would follow; of
    /// shares by those of whom it is so, and by the others, as well.
    fn hide_parts(
        &self,
        family: &BTreeMap<String, &str>,
        numbers: &BTreeMap<&str, (&Estimate, Number)>,
        hidden: &mut BTreeSet<String>,
    ) {
        let clients: fn(&Number) -> Option<u64> = |number| number.n;
        let of_whom: fn(&Number) -> Option<u64> = |number| number.count;
        let others: fn(&Number) -> Option<u64> = |number| Some(number.n? - number.count?);
        for of in [clients, of_whom, others] {
            let part = |id: &str| Part {
                growth: self.growth(id, of(&numbers[id].1), of),
                is_shown: !hidden.contains(id),
            };
            let whole = family
                .get("overall")
                .map(|id| part(id))
                .filter(|whole| whole.is_shown)
                .and_then(|whole| whole.growth);
            let members: Vec<(&str, &str)> = family
                .iter()
                .filter(|(group, _)| *group != "overall")
                .map(|(group, id)| (group.as_str(), *id))
                .collect();
            if members.iter().all(|(_, id)| of(&numbers[id].1).is_none()) {
                continue;
            }
            let parts: Vec<(&str, Part)> = members
                .iter()
                .map(|(group, id)| (*group, part(id)))
                .collect();
            let shown = groups::shown_groups(self.analysis, &parts, whole);
            for ((_, id), shown) in members.iter().zip(shown) {
                if !shown {
                    hidden.insert((*id).to_owned());
                }
            }
        }
    }

    /// By how much a number grew; nothing where an earlier report hid it.
    fn growth(
        &self,
        id: &str,
        now: Option<u64>,
        of: impl Fn(&Number) -> Option<u64>,
    ) -> Option<i64> {
        match self.earlier.numbers.get(id) {
            Some(before) => Some(now? as i64 - of(before)? as i64),
            None if self.earlier.hidden.contains(id) => None,
            None => Some(now? as i64),
        }
    }

    /// Hides what follows of classes of the same clients: a share with its count, and of classes that
    /// add up to all clients those from which a hidden one would follow.
    fn hide_classes(
        &self,
        numbers: &BTreeMap<&str, (&Estimate, Number)>,
        hidden: &mut BTreeSet<String>,
    ) {
        let mut of_clients: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, (_, number)) in numbers {
            if let (Some((of, _)), Some(_)) = (id.rsplit_once('.'), number.count) {
                of_clients.entry(of).or_default().push(id);
            }
        }
        for classes in of_clients.values() {
            for (a, b) in pairs(classes) {
                let (one, other) = (&numbers[a].1, &numbers[b].1);
                if one.count == other.count && hidden.contains(a) != hidden.contains(b) {
                    hidden.extend([a.to_owned(), b.to_owned()]);
                }
                // A share of those whose own number is hidden.
                for (id, of, share, n) in [(a, one, b, other.n), (b, other, a, one.n)] {
                    if hidden.contains(id) && of.count == n && of.n != n {
                        hidden.insert(share.to_owned());
                    }
                }
            }
            let counts: Vec<&str> = classes
                .iter()
                .copied()
                .filter(|id| numbers[id].0.scale == Scale::Count)
                .collect();
            for some in subsets(&counts) {
                let n = numbers[some[0]].1.n;
                let sum = some.iter().filter_map(|id| numbers[id].1.count).sum();
                let Some(whole) = self.growth(some[0], n, |number| number.n) else {
                    continue;
                };
                if n != Some(sum) {
                    continue;
                }
                let parts: Vec<Part> = some
                    .iter()
                    .map(|id| Part {
                        growth: self.growth(id, numbers[id].1.count, |number| number.count),
                        is_shown: !hidden.contains(*id),
                    })
                    .collect();
                for (id, shown) in some.iter().zip(shown_parts(whole, &parts, self.minimum)) {
                    if !shown {
                        hidden.insert((*id).to_owned());
                    }
                }
            }
        }
    }

    /// Hides the counts of a stage that changed by a few, and what they would follow from.
    fn stage(&self, name: &str, stage: &mut Stage) {
        let counts = of_stage(name, stage);
        if counts.iter().all(|(name, n)| self.allows_count(name, *n)) {
            return;
        }
        let changed = |what: &str, n: Count| {
            let before = self.earlier.numbers.get(&format!("flow/{name}/{what}"));
            before.and_then(|before| before.n) != n.exactly()
        };
        for exclusion in &mut stage.excluded {
            if changed(&exclusion.reason, exclusion.count) {
                exclusion.count = Count::Suppressed;
            }
        }
        if !self.allows_count(&format!("flow/{name}/used"), stage.used) {
            stage.used = Count::Suppressed;
        }
        stage.read = Count::Suppressed;
    }
}

fn pairs<'a>(of: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let rest = move |at: usize| of[at + 1..].iter().map(move |other| (of[at], *other));
    (0..of.len()).flat_map(rest)
}

/// Every set of two or more; a few classes only.
fn subsets<'a>(of: &[&'a str]) -> Vec<Vec<&'a str>> {
    let some = |bits: &usize| bits.count_ones() >= 2;
    (0..1usize << of.len().min(8))
        .filter(some)
        .map(|bits| {
            let chosen = of.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            chosen.map(|(_, id)| *id).collect()
        })
        .collect()
}

/// Does the last report hide a level of this modality under no name?
pub(super) fn hides_unnamed(earlier: &Earlier, modality: Modality) -> bool {
    let unnamed = format!(".{}.unnamed_", modality.as_str());
    earlier.hidden.iter().any(|id| id.contains(&unnamed))
}
