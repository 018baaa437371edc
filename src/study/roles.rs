//! Which questionnaire plays which role, and whether it can.

use super::faults::Faults;
use super::measure::{Catalogue, Confidence, Direction, Measure};
use super::spec::Measures;

/// The questionnaires in use, by their names in the catalogue.
pub(super) struct Roles {
    pub alliance: Option<String>,
    pub empathy: Option<String>,
    pub symptom: Option<String>,
    pub items: Option<String>,
    pub primary: Option<String>,
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
        };
        faults.extend(directions);
        roles
    }
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
