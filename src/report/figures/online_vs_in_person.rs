//! Is it the same online and in person? Two differences against their zones of equivalence.

use std::fmt;

use super::canvas::Canvas;
use super::chart::{Chart, DataTable, digits, full};
use super::effect::Effect;
use super::equivalence_panel::EquivalencePanel;
use super::{Drawing, Figure};
use crate::findings::{Findings, Scale};
use crate::report::words;

const QUESTION: &str = "online_vs_in_person";
const BETWEEN: f64 = 24.0;

/// One panel per difference.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EquivalencePanels {
    panels: Vec<EquivalencePanel>,
}

pub(super) fn figure(findings: &Findings) -> Option<Figure> {
    let answer = findings.answer(QUESTION)?;
    let panels = [
        EquivalencePanel::of(
            answer,
            ("correlation", Scale::DifferenceOfCorrelations),
            (
                "Does the alliance count as much?",
                "correlation online − correlation in person",
            ),
            ("stronger in person", "stronger online"),
        ),
        EquivalencePanel::of(
            answer,
            ("alliance", Scale::Points),
            (
                "Is the alliance as good?",
                "mean early alliance online − in person, in points",
            ),
            ("higher in person", "higher online"),
        ),
    ];
    if panels.iter().all(|p| p.effect().is_none()) {
        return None;
    }
    let told: Vec<String> = panels.iter().map(EquivalencePanel::in_words).collect();
    Some(Figure {
        id: "online_vs_in_person",
        title: "Is it the same online and in person?".into(),
        subtitle: "Differences between online and in person, with the zone in which a difference is too small to matter.".into(),
        alt: format!("Differences between online and in person: {}.", told.join("; ")),
        notes: notes(&panels),
        drawing: Drawing::Equivalence(EquivalencePanels { panels: panels.into() }),
    })
}

fn notes(panels: &[EquivalencePanel]) -> Vec<String> {
    let level = |of: fn(&EquivalencePanel) -> &Option<Effect>| {
        panels
            .iter()
            .find_map(|p| of(p).as_ref()?.level())
            .map(words::level)
    };
    let thin = level(|p| &p.difference).map(|l| {
        format!("Thin line: {l} interval; a difference is seen when it does not reach zero.")
    });
    let thick = level(|p| &p.for_equivalence).map(|l| {
        format!("Thick line: {l} interval; equivalence is shown when it lies inside the shaded zone. That no difference is seen does not show equivalence.")
    });
    let told: Vec<String> = [thin, thick].into_iter().flatten().collect();
    if told.is_empty() {
        told
    } else {
        vec![told.join(" ")]
    }
}

impl Chart for EquivalencePanels {
    fn height(&self) -> f64 {
        let panels = self.panels.len() as f64;
        self.panels
            .iter()
            .map(EquivalencePanel::height)
            .sum::<f64>()
            + (panels - 1.0) * BETWEEN
    }

    fn draw(&self, canvas: &Canvas<'_>, top: f64) {
        let mut y = top;
        for (panel, letter) in self.panels.iter().zip('A'..) {
            panel.draw(canvas, letter, y);
            y += panel.height() + BETWEEN;
        }
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (panel, letter) in self.panels.iter().zip('A'..) {
            writeln!(f, "panel {letter}  {}", panel.title)?;
            writeln!(f, "x axis   {}", panel.axis)?;
            writeln!(f, "sides    {} | {}", panel.sides.0, panel.sides.1)?;
            if let Some(zone) = panel.bound_in_words() {
                writeln!(f, "zone     {zone}")?;
            }
            for (line, effect) in [
                ("thin ", &panel.difference),
                ("thick", &panel.for_equivalence),
            ] {
                let text = effect
                    .as_ref()
                    .map_or_else(|| "no estimate".into(), Effect::in_words);
                writeln!(f, "{line}    {text}")?;
            }
            writeln!(f, "verdict  {}", panel.verdict_in_words())?;
        }
        Ok(())
    }

    fn table(&self) -> DataTable {
        let mut table = DataTable::new(&[
            "id",
            "n",
            "estimate",
            "conf_low",
            "conf_high",
            "conf_level",
            "bound",
            "verdict",
        ]);
        for panel in &self.panels {
            let bound = full(panel.verdict.as_ref().map(|v| v.bound));
            let lines = [("", &panel.difference), (".ci90", &panel.for_equivalence)];
            for (suffix, effect) in lines {
                let Some(effect) = effect else { continue };
                let mut row = vec![format!("{}{suffix}", panel.id), digits(effect.n)];
                row.extend(effect.cells());
                row.extend([bound.clone(), panel.verdict_in_words()]);
                table.push(row);
            }
        }
        table
    }
}
