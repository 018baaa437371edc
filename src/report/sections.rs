//! Which figures and tables belong to which question: the one list that pages and Markdown follow.

/// What a section shows below its sentence, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Heading(&'static str),
    Figure(&'static str),
    Table(&'static str),
    /// A long table that a page folds away.
    FoldedTable(&'static str),
}

/// The section of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    pub question: &'static str,
    /// Its name in the contents of a page, and its anchor.
    pub short: &'static str,
    pub anchor: &'static str,
    pub parts: &'static [Part],
}

use Part::{Figure, FoldedTable, Heading, Table};

const fn section(
    question: &'static str,
    short: &'static str,
    anchor: &'static str,
    parts: &'static [Part],
) -> Section {
    Section {
        question,
        short,
        anchor,
        parts,
    }
}

/// Every question there is, of a clinic and of a meta-analysis.
const SECTIONS: [Section; 27] = [
    section(
        "alliance_outcome",
        "Alliance and outcome",
        "results",
        &[
            Figure("forest"),
            Table("results"),
            Figure("alliance_and_outcome"),
            Heading("Seen in other ways"),
            Table("robustness"),
        ],
    ),
    section(
        "ratings",
        "The ratings",
        "ratings",
        &[Figure("ratings"), FoldedTable("ratings")],
    ),
    section(
        "online_vs_in_person",
        "Online and in person",
        "online",
        &[
            Figure("online_vs_in_person"),
            Table("online_vs_in_person"),
            Figure("early_alliance"),
            Figure("courses"),
        ],
    ),
    section(
        "contrast",
        "Pairs of groups",
        "contrasts",
        &[Table("contrasts")],
    ),
    section(
        "sensitivity",
        "Sensitivity",
        "sensitivity",
        &[Figure("sensitivity"), Table("sensitivity")],
    ),
    section(
        "measure",
        "Other measures",
        "other-measures",
        &[Table("other_measures")],
    ),
    section(
        "cbt_technique",
        "CBT",
        "cbt",
        &[
            Figure("cbt_technique"),
            Figure("cbt"),
            FoldedTable("cbt_technique"),
        ],
    ),
    section(
        "psychosis",
        "Psychosis",
        "psychosis",
        &[Figure("psychosis"), FoldedTable("psychosis")],
    ),
    section(
        "three_sessions",
        "Three sessions",
        "three-sessions",
        &[Figure("three_sessions"), Table("three_sessions")],
    ),
    section(
        "ruptures",
        "Ruptures",
        "ruptures",
        &[Figure("ruptures"), Table("ruptures")],
    ),
    section(
        "empathy",
        "Empathy",
        "empathy",
        &[Figure("empathy"), FoldedTable("empathy")],
    ),
    section(
        "items",
        "Heard, safe, seen",
        "items",
        &[Figure("items"), Table("items")],
    ),
    section(
        "change",
        "Change",
        "change",
        &[Figure("pre_post"), Figure("change_rates"), Table("change")],
    ),
    section(
        "dropout",
        "Dropout",
        "dropout",
        &[Figure("dropout"), FoldedTable("dropout")],
    ),
    section(
        "therapists",
        "Therapists",
        "therapists",
        &[Figure("caterpillar"), FoldedTable("therapists")],
    ),
    section(
        "session_to_session",
        "Session to session",
        "session-to-session",
        &[Figure("next_session"), FoldedTable("session_to_session")],
    ),
    section(
        "alliance_growth",
        "Growth",
        "growth",
        &[Figure("growth"), FoldedTable("alliance_growth")],
    ),
    section(
        "multilevel_correlation",
        "Within and between clients",
        "within-between",
        &[Figure("within_between"), Table("multilevel_correlation")],
    ),
    section(
        "sites",
        "Sites",
        "sites",
        &[Figure("sites"), Table("sites")],
    ),
    section(
        "monitoring",
        "Over time",
        "monitoring",
        &[Figure("control_charts")],
    ),
    section("units", "Units", "units", &[Figure("funnels")]),
    section(
        "pooled",
        "Pooled",
        "pooled",
        &[Table("pooled"), Figure("forest"), Figure("orchard")],
    ),
    section(
        "heterogeneity",
        "Heterogeneity",
        "heterogeneity",
        &[Figure("profiles"), Table("heterogeneity")],
    ),
    section(
        "moderator",
        "Moderators",
        "moderators",
        &[Figure("bubble"), Table("moderators"), Table("subgroups")],
    ),
    section(
        "bias",
        "Small studies",
        "bias",
        &[Figure("funnel"), Table("bias")],
    ),
    section(
        "influence",
        "Influence",
        "influence",
        &[
            Figure("leave_one_out"),
            Figure("baujat"),
            FoldedTable("influence"),
        ],
    ),
    section(
        "specification",
        "Other choices",
        "specification",
        &[Table("specification")],
    ),
];

/// The section of a question; none for a question of a later version of the findings.
pub fn section_of(question: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|s| s.question == question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{figures, tables};
    use crate::study::Question;

    #[test]
    fn every_question_of_a_clinic_has_a_section() {
        for question in Question::ALL {
            assert!(section_of(question.word()).is_some(), "{question:?}");
        }
    }

    #[test]
    fn every_figure_and_table_is_in_a_section() {
        let outside = ["flow", "published", "certificates", "measures", "settings"];
        let has = |part: Part| SECTIONS.iter().any(|s| s.parts.contains(&part));
        for id in figures::IDS.into_iter().filter(|id| !outside.contains(id)) {
            assert!(has(Figure(id)), "figure {id}");
        }
        for id in tables::IDS.into_iter().filter(|id| !outside.contains(id)) {
            assert!(has(Table(id)) || has(FoldedTable(id)), "table {id}");
        }
        for part in SECTIONS.iter().flat_map(|s| s.parts) {
            match part {
                Figure(id) => assert!(figures::IDS.contains(id), "figure {id}"),
                Table(id) | FoldedTable(id) => assert!(tables::IDS.contains(id), "table {id}"),
                Heading(_) => {}
            }
        }
    }
}
