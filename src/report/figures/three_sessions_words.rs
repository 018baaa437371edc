//! What the figure on the first sessions says in words.

use super::effect::Shown;
use super::phrases;
use super::pooled_words::counted;
use super::session_panel::{Mark, SessionPanel};
use super::three_sessions::SessionPanels;
use crate::findings::Findings;
use crate::report::words;

impl SessionPanels {
    pub fn subtitle(&self) -> String {
        let level = |panel: &SessionPanel| panel.marks.iter().find_map(|mark| mark.effect.level());
        let told = |what: &str, panel: Option<&SessionPanel>| {
            let level =
                level(panel?).map(|level| format!(" with {} intervals", words::level(level)));
            Some(format!("{what}{}", level.unwrap_or_default()))
        };
        let correlations = self.outcome.as_ref().or(self.later.as_ref());
        let parts: Vec<String> = [
            told("correlations", correlations),
            told("mean changes", self.change.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let clients: Vec<String> = self
            .ends()
            .iter()
            .filter_map(|mark| {
                let n = counted(mark.effect.n?, "client");
                Some(format!("{n} in session {}", mark.from))
            })
            .collect();
        let clients = match &clients[..] {
            [] => String::new(),
            clients => format!(": {}", clients.join(", ")),
        };
        format!("{}{clients}.", phrases::capitalised(&parts.join(", ")))
    }

    /// The first and the last mark that has a number.
    fn ends(&self) -> Vec<&Mark> {
        let known: Vec<&Mark> = self
            .leading()
            .iter()
            .filter(|mark| mark.effect.estimate().is_some())
            .collect();
        match &known[..] {
            [first, .., last] => vec![first, last],
            _ => known,
        }
    }

    pub fn alt(&self) -> String {
        let correlations = match (&self.outcome, &self.later) {
            (Some(panel), _) => Some(("the outcome", panel)),
            (None, Some(panel)) => Some(("the mean of the later ratings", panel)),
            (None, None) => None,
        };
        let correlations = correlations.map(|(what, panel)| {
            format!(
                "correlation of the rating of one session with {what} {}",
                spoken(&panel.marks)
            )
        });
        let change = self.change.as_ref().map(settled);
        let told: Vec<String> = [correlations, change].into_iter().flatten().collect();
        format!("{}.", phrases::capitalised(&told.join("; ")))
    }

    pub fn notes(&self, findings: &Findings) -> Vec<String> {
        let mut notes = Vec::new();
        if self.outcome.is_some() {
            notes.push(format!("r above 0: {}.", words::meaning(findings)));
        }
        if let Some((panel, bound)) = self.change.as_ref().and_then(|p| Some((p, p.bound?))) {
            let level = panel.marks.iter().find_map(|mark| mark.effect.level());
            let level = level.map(|level| format!("{} ", words::level(level)));
            notes.push(format!(
                "Disc: the change is equivalent to zero, its {}interval lies within ±{} SD. Ring: that is not shown.",
                level.unwrap_or_default(),
                words::number(bound, 2)
            ));
        }
        let mut missing: Vec<&str> = Vec::new();
        for (_, panel) in self.shown() {
            for mark in &panel.marks {
                match &mark.effect.shown {
                    Shown::Word { word, .. } if !missing.contains(word) => missing.push(word),
                    _ => {}
                }
            }
        }
        if !missing.is_empty() {
            notes.push(format!("×: no number ({}).", missing.join(" or ")));
        }
        notes.push("Not the same clients in every session: who stays longer may differ from who leaves early. That a rating goes with the outcome is no proof that it brings it about.".into());
        notes
    }
}

/// `r = .12 [.03, .21] in session 1 (n = 531), …`: sessions 1, 3 and the last with a number.
fn spoken(marks: &[Mark]) -> String {
    let known = |mark: &&Mark| mark.effect.estimate().is_some();
    let last = marks.iter().rfind(known).map(|mark| mark.from);
    let told: Vec<String> = marks
        .iter()
        .filter(|mark| [1, 3].contains(&mark.from) || Some(mark.from) == last)
        .map(|Mark { from, effect, .. }| {
            let n = effect.n.map(|n| format!(" (n = {})", words::count(n)));
            let numbers = effect.in_words();
            match effect.estimate() {
                Some(_) => format!("r = {numbers} in session {from}{}", n.unwrap_or_default()),
                None => format!("{numbers} in session {from}"),
            }
        })
        .collect();
    told.join(", ")
}

/// After which session the rating stops changing, if any, of how many clients.
fn settled(panel: &SessionPanel) -> String {
    match panel.first_equivalent() {
        Some(mark) => {
            let level = mark.effect.level();
            let level = level.map(|level| format!(", {} interval", words::level(level)));
            let n = mark.effect.n.map(|n| format!(", n = {}", words::count(n)));
            let unknown =
                |earlier: &Mark| earlier.from < mark.from && earlier.effect.estimate().is_none();
            let unknown = if panel.marks.iter().any(unknown) {
                "; some earlier changes have no number"
            } else {
                ""
            };
            format!(
                "the mean change to the next session is first equivalent to zero after session {} ({} SD{}{}{unknown})",
                mark.from,
                mark.effect.in_words(),
                level.unwrap_or_default(),
                n.unwrap_or_default()
            )
        }
        None => {
            "after no session is the mean change to the next one shown to be equivalent to zero"
                .into()
        }
    }
}
