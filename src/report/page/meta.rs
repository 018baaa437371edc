//! The page of a meta-analysis: its sections, in the order a reader of journals expects.

use maud::{Markup, html};

use super::super::apa;
use super::Parts;

pub(super) fn sections(parts: &Parts) -> Markup {
    html! {
        (parts.contents(
            &[],
            &[("text", "Text for a paper"), ("effects", "Effects and settings")],
        ))
        (parts.answers())
        section #text {
            h2 { "Text for a paper" }
            p { "Every number below is in the findings; check that the wording fits your study." }
            h3 { "Methods" }
            p { (apa::methods(parts.findings)) }
            h3 { "Results" }
            p { (apa::results(parts.findings)) }
            p.reading {
                code { "verify.R" }
                " beside this page recomputes the headline numbers with metafor and clubSandwich: "
                code { "Rscript verify.R EFFECTS.csv" } "."
            }
        }
        section #effects {
            h2 { "Effects and settings" }
            (parts.table("flow"))
            (parts.table("certificates"))
            (parts.table("settings"))
        }
    }
}
