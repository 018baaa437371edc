//! The page of a clinic: its sections, in the order a quality review reads them.

use maud::{Markup, html};

use super::super::sentences::sessions_from_to;
use super::super::words;
use super::Parts;

pub(super) fn sections(parts: &Parts) -> Markup {
    html! {
        (parts.contents(
            &[("flow", "Rows and clients")],
            &[("published", "Published results"), ("definitions", "Definitions")],
        ))
        (flow(parts))
        (parts.answers())
        (published(parts))
        (definitions(parts))
    }
}

fn flow(parts: &Parts) -> Markup {
    html! {
        section #flow {
            h2 { "Which rows and clients are in it" }
            @if let Some(months) = sessions_from_to(parts.findings) {
                p {
                    "The sessions are of " (months) ": by the end of the first of these months, and since the beginning of the last, there are sessions of "
                    (parts.findings.clinic().map_or(0, |clinic| clinic.settings.minimum_cell)) " clients or more."
                }
            }
            (parts.figure("flow"))
            (parts.table_folded("flow"))
        }
    }
}

fn published(parts: &Parts) -> Markup {
    html! {
        section #published {
            h2 { "Published results, as context" }
            p { "Other clients, other questionnaires, other times of rating: the literature is a landmark, not a target." }
            (parts.table("published"))
        }
    }
}

fn definitions(parts: &Parts) -> Markup {
    html! {
        section #definitions {
            h2 { "Definitions" }
            dl {
                dt { "Early alliance" }
                dd { "The mean of a client's alliance ratings in the first sessions (see settings). One rating is less dependable than the mean of several." }
                dt { "r, adjusted for intake" }
                dd { "Partial correlation of early alliance and the score after treatment, given the score before. Scores are turned so that higher is better; a positive r means that a better alliance goes with a better outcome. Interval by Fisher's z." }
                dt { "r with post score, r with change, Spearman" }
                dd { "The same without adjustment, with the change from before to after, and in ranks." }
                dt { "detectable" }
                dd { "The smallest true value that this many clients would have shown, with 80 % power at α = .05. A smaller true link would usually be missed." }
                dt { "Verdict" }
                dd { "Different: the interval of the difference leaves out zero. Equivalent: its 90 % interval lies inside the bounds. Both: different, but by less than the bounds. Not distinguishable: neither could be shown." }
                dt { "p, Holm" }
                dd { "p adjusted for the number of pairs compared within one modality; of planned pairs, for the number of these." }
                dt { "Planned" }
                dd { "A pair of groups that the study file names before the data are seen." }
                dt { (words::SUPPRESSED) ", 0, " (words::NOT_MEASURED) ", " (words::NOT_ESTIMABLE) }
                dd { "Suppressed: shown, it would point at fewer clients than the minimum cell. 0: nobody. Not measured: the column is not there. Not estimable: the data are there, but no number follows from them." }
            }
            (parts.table("measures"))
            (parts.table("settings"))
        }
    }
}
