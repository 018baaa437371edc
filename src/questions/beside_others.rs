//! A named group beside all other clients: the alliance in CBT, in psychosis, and elsewhere.

use super::contrasts::Contrast;
use super::sample::{Analysis, ShownGroup, four_correlations};
use crate::features::{ClientGroup, GroupKind};
use crate::findings::Answer;

/// Why nothing can be said of a named group, if so: it has no client who is analysed.
pub fn nobody_in(analysis: &Analysis, group: &str) -> Option<String> {
    let shown = analysis.group(group)?;
    (analysis.of_group(&shown.group).n() == 0)
        .then(|| format!("none of the clients analysed is in the group {group}"))
}

/// Adds the correlations of all clients outside the group, and the difference of the two.
///
/// METHOD: the others are everybody who is not in the group, those of whom no treatment or
/// diagnosis is recorded included: then the group and the others make up all clients, and nothing
/// follows from the three together that does not follow from two of them.
pub fn beside_others(answer: &mut Answer, analysis: &Analysis, group: &str, label: &str) {
    let Some(shown) = analysis.group(group) else {
        return;
    };
    let others = ShownGroup {
        group: ClientGroup {
            key: "others".into(),
            label: label.into(),
            kind: GroupKind::Named,
            holds: shown.group.holds.iter().map(|held| !held).collect(),
        },
        hidden: shown.hidden.or(analysis.everybody().hidden),
    };
    let complete = analysis.of_group(&others.group);
    answer.estimates.extend(four_correlations(
        &answer.question,
        &others,
        &complete,
        "early alliance",
        analysis,
    ));
    let label = format!("{} − {}", shown.group.label, label.to_lowercase());
    let contrast =
        Contrast::of_correlations(analysis, &answer.question, "", &label, shown, &others);
    answer.estimates.extend(contrast.estimates);
    answer.verdicts.extend(contrast.verdict);
}
