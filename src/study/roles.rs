//! Which questionnaire plays which role, and whether it can.

use super::faults::Faults;
use super::measure::{Catalogue, Confidence, Direction, Measure};
use super::settings::nhs_measures;
use super::spec::Measures;

/// The questionnaires in use, by their names in the catalogue.
pub(super) struct Roles {
    pub alliance: Option<String>,
    pub empathy: Option<String>,
    pub symptom: Option<String>,
    pub items: Option<String>,
    pub primary: Option<String>,
    /// The two that NHS Talking Therapies counts together.
    pub nhs: [String; 2],
}

impl Roles {
    /// The questionnaires that a study names; every one that cannot play its role is a fault.
    pub fn of(spec: &Measures, catalogue: &Catalogue, faults: &mut Faults) -> Roles {
        let mut directions = Faults::default();
        let mut role = |role: &str, name: &Option<String>| {
            let name = name.as_ref()?;
            let Some(measure) = catalogue.find(name) else {
                faults.push(unknown_measure(catalogue, role, name));
                return None;
            };
            directions.extend(wrong_direction(role, measure));
            Some(measure.name.clone())
        };
        let roles = Roles {
            alliance: role("alliance", &spec.alliance),
            empathy: role("empathy", &spec.empathy),
            symptom: role("symptom", &spec.symptom),
            items: role("items", &spec.items),
            primary: role("primary", &spec.primary),
            nhs: counted_together(spec.nhs.as_ref(), catalogue, faults),
        };
        faults.extend(directions);
        roles
    }
}

/// The two questionnaires that NHS Talking Therapies counts together, PHQ-9 and GAD-7 unless the study names
/// others; each needs a cutoff and a reliable change.
fn counted_together(
    named: Option<&[String; 2]>,
    catalogue: &Catalogue,
    faults: &mut Faults,
) -> [String; 2] {
    let Some(named) = named else {
        return nhs_measures();
    };
    let found = named.each_ref().map(|name| {
        let Some(measure) = catalogue.find(name) else {
            faults.push(unknown_measure(catalogue, "nhs", name));
            return name.clone();
        };
        if let Some(fault) = wrong_direction("nhs", measure) {
            faults.push(fault);
        }
        let name = &measure.name;
        for (what, how, is_known) in [
            (
                "clinical cutoff",
                "cutoff = { value = …, clinical = \"at_or_above\" }",
                measure.cutoff.is_some(),
            ),
            (
                "reliable change",
                "reliable_change = { points = …, boundary = \"at_least\" }",
                measure.reliable_change.is_some(),
            ),
        ] {
            if !is_known {
                faults.push(format!(
                    "measures.nhs: no {what} of {name} is known\n  hint: add {how} under [measures.define.{name:?}]"
                ));
            }
        }
        name.clone()
    });
    if found[0] == found[1] {
        faults.push(format!(
            "measures.nhs: found {} twice, expected two questionnaires",
            found[0]
        ));
    }
    found
}

/// The catalogue with the study's own questionnaires laid over it.
pub(super) fn catalogue_of(spec: &Measures, faults: &mut Faults) -> Catalogue {
    let mut catalogue = Catalogue::built_in().clone();
    for (name, own) in &spec.define {
        let known = catalogue.find(name).cloned();
        let base = known.unwrap_or_else(|| Measure::named(name));
        let measure = Measure {
            construct: own.construct.or(base.construct),
            rater: own.rater.or(base.rater),
            items: own.items.or(base.items),
            minimum: own.minimum.or(base.minimum),
            maximum: own.maximum.or(base.maximum),
            direction: own.direction.or(base.direction),
            reliability: own.reliability.or(base.reliability),
            sd: own.sd.or(base.sd),
            cutoff: own.cutoff.or(base.cutoff),
            reliable_change: own.reliable_change.or(base.reliable_change),
            source: own.source.clone().or(base.source.clone()),
            confidence: Some(Confidence::Study),
            note: own.note.clone().or(base.note.clone()),
            ..base
        };
        if let (Some(low), Some(high)) = (measure.minimum, measure.maximum)
            && low.partial_cmp(&high) != Some(std::cmp::Ordering::Less)
        {
            faults.push(format!(
                "measures.define.{name:?}: the minimum {low} must lie below the maximum {high}"
            ));
        }
        if let Some(reliability) = measure.reliability
            && !(reliability.value > 0.0 && reliability.value <= 1.0)
        {
            faults.push(format!(
                "measures.define.{name:?}: found reliability {}, expected more than 0 and at most 1",
                reliability.value
            ));
        }
        catalogue.insert(measure);
    }
    catalogue
}

/// Why a measure cannot be used in a role, if its direction forbids it.
pub(super) fn wrong_direction(role: &str, measure: &Measure) -> Option<String> {
    let name = &measure.name;
    match measure.direction {
        None => Some(format!(
            "measures.{role}: the direction of {name} is unknown, and a wrong one would turn the result upside down\n  hint: add direction = \"higher_is_better\" or \"lower_is_better\" under [measures.define.{name:?}]"
        )),
        Some(Direction::LowerIsBetter) if matches!(role, "alliance" | "empathy" | "items") => {
            Some(format!(
                "measures.{role}: lower scores of {name} are better; a rating of the relationship is expected to rise as it gets better\n  hint: turn the scores around in the export (highest possible score minus the score), and name the turned measure"
            ))
        }
        Some(_) => None,
    }
}

pub(super) fn unknown_measure(catalogue: &Catalogue, role: &str, name: &str) -> String {
    let hint = match catalogue.nearest(name) {
        Some(nearest) => {
            format!("did you mean {nearest:?}? Or describe it under [measures.define.{name:?}]")
        }
        None => format!("describe it under [measures.define.{name:?}], or see `alliance measures`"),
    };
    format!("measures.{role}: {name:?} is not in the catalogue\n  hint: {hint}")
}
