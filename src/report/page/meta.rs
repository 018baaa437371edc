//! The page of a meta-analysis: its sections, in the order a reader of journals expects.

use maud::{Markup, html};

use super::super::apa;
use super::Parts;

pub(super) fn sections(parts: &Parts) -> Markup {
    html! {
        nav aria-label="Contents" {
            a href="#pooled" { "Pooled" } " · "
            a href="#heterogeneity" { "Heterogeneity" } " · "
            a href="#moderators" { "Moderators" } " · "
            a href="#bias" { "Small studies" } " · "
            a href="#influence" { "Influence" } " · "
            a href="#specification" { "Other choices" } " · "
            a href="#text" { "Text for a paper" } " · "
            a href="#effects" { "Effects and settings" } " · "
            a href="#limits" { "What this report cannot say" }
        }
        (parts.of_answer("pooled", "pooled", |parts| html! {
            (parts.table("pooled"))
            (parts.figure("forest"))
            (parts.figure("orchard"))
        }))
        (parts.of_answer("heterogeneity", "heterogeneity", |parts| html! {
            (parts.figure("profiles"))
            (parts.table("heterogeneity"))
        }))
        (parts.of_answer("moderator", "moderators", |parts| html! {
            (parts.figure("bubble"))
            (parts.table("moderators"))
            (parts.table("subgroups"))
        }))
        (parts.of_answer("bias", "bias", |parts| html! {
            (parts.figure("funnel"))
            (parts.table("bias"))
        }))
        (parts.of_answer("influence", "influence", |parts| html! {
            (parts.figure("leave_one_out"))
            (parts.figure("baujat"))
            (parts.table_folded("influence"))
        }))
        (parts.of_answer("specification", "specification", |parts| parts.table("specification")))
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
