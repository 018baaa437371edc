//! The page of a clinic: its sections, in the order a quality review reads them.

use maud::{Markup, html};

use super::super::words;
use super::Parts;

pub(super) fn sections(parts: &Parts) -> Markup {
    html! {
        (contents())
        (flow(parts))
        (results(parts))
        (online(parts))
        (contrasts(parts))
        (sensitivity(parts))
        (other_measures(parts))
        (mixed(parts))
        (sites(parts))
        (published(parts))
        (definitions(parts))
    }
}

/// Therapists, clients and sessions.
fn mixed(parts: &Parts) -> Markup {
    html! {
        (parts.of_answer("therapists", "therapists", |parts| html! {
            (parts.figure("caterpillar"))
            (parts.table_folded("therapists"))
        }))
        (parts.of_answer("session_to_session", "session-to-session", |parts| html! {
            (parts.figure("next_session"))
            (parts.table_folded("session_to_session"))
        }))
        (parts.of_answer("alliance_growth", "growth", |parts| html! {
            (parts.figure("growth"))
            (parts.table_folded("alliance_growth"))
        }))
        (parts.of_answer("multilevel_correlation", "within-between", |parts| html! {
            (parts.figure("within_between"))
            (parts.table("multilevel_correlation"))
        }))
    }
}

fn sites(parts: &Parts) -> Markup {
    parts.of_answer("sites", "sites", |parts| {
        html! {
            (parts.figure("sites"))
            (parts.table("sites"))
        }
    })
}

fn contents() -> Markup {
    html! {
        nav aria-label="Contents" {
            a href="#flow" { "Rows and clients" } " · "
            a href="#results" { "Results" } " · "
            a href="#online" { "Online and in person" } " · "
            a href="#sensitivity" { "Sensitivity" } " · "
            a href="#therapists" { "Therapists" } " · "
            a href="#session-to-session" { "Session to session" } " · "
            a href="#sites" { "Sites" } " · "
            a href="#published" { "Published results" } " · "
            a href="#definitions" { "Definitions" } " · "
            a href="#limits" { "What this report cannot say" }
        }
    }
}

fn flow(parts: &Parts) -> Markup {
    html! {
        section #flow {
            h2 { "Which rows and clients are in it" }
            (parts.figure("flow"))
            (parts.table_folded("flow"))
        }
    }
}

fn results(parts: &Parts) -> Markup {
    html! {
        section #results {
            h2 { (parts.title("alliance_outcome")) }
            (parts.figure("forest"))
            (parts.table("results"))
            (parts.figure("alliance_and_outcome"))
            h3 { "Seen in other ways" }
            (parts.table("robustness"))
            (parts.caveats("alliance_outcome"))
        }
    }
}

fn online(parts: &Parts) -> Markup {
    let answer = parts.findings.answer("online_vs_in_person");
    let not_measured = answer.and_then(|a| a.not_measured.as_ref());
    html! {
        section #online {
            h2 { (parts.title("online_vs_in_person")) }
            @if let Some(reason) = not_measured {
                p { "Not measured: " (reason) "." }
            } @else {
                (parts.figure("online_vs_in_person"))
                (parts.table("online_vs_in_person"))
                (parts.figure("early_alliance"))
            }
            (parts.figure("courses"))
            (parts.caveats("online_vs_in_person"))
        }
    }
}

fn contrasts(parts: &Parts) -> Markup {
    parts.of_answer("contrast", "contrasts", |parts| parts.table("contrasts"))
}

fn sensitivity(parts: &Parts) -> Markup {
    parts.of_answer("sensitivity", "sensitivity", |parts| {
        html! {
            (parts.figure("sensitivity"))
            (parts.table("sensitivity"))
        }
    })
}

fn other_measures(parts: &Parts) -> Markup {
    parts.of_answer("measure", "other-measures", |parts| {
        parts.table("other_measures")
    })
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
                dd { "p adjusted for the number of pairs compared within one modality." }
                dt { (words::SUPPRESSED) ", 0, " (words::NOT_MEASURED) ", " (words::NOT_ESTIMABLE) }
                dd { "Suppressed: shown, it would point at fewer clients than the minimum cell. 0: nobody. Not measured: the column is not there. Not estimable: the data are there, but no number follows from them." }
            }
            (parts.table("measures"))
            (parts.table("settings"))
        }
    }
}
