//! `alliance measures`: the questionnaires the program knows.

use super::{Failure, Talk};
use crate::cli::MeasuresArgs;
use crate::study::{Catalogue, Measure};

pub fn run(args: &MeasuresArgs, talk: &Talk) -> Result<(), Failure> {
    let catalogue = Catalogue::built_in();
    match &args.name {
        None => {
            let all: Vec<&Measure> = catalogue.iter().collect();
            talk.result(|| table(&all), || serde_json::json!(all))
        }
        Some(name) => {
            let measure = catalogue.find(name).ok_or_else(|| {
                let hint = match catalogue.nearest(name) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => "`alliance measures` lists them all".into(),
                };
                Failure::Usage(format!("{name:?} is not in the catalogue\n  hint: {hint}"))
            })?;
            talk.result(|| in_full(measure), || serde_json::json!(measure))
        }
    }
}

fn table(measures: &[&Measure]) -> String {
    let mut text = format!(
        "{:<22} {:<12} {:<12} {:<17} {:<11} {:<12} {}\n",
        "measure", "construct", "range", "direction", "reliability", "cutoff", "confidence"
    );
    for m in measures {
        let dash = || "–".to_owned();
        let row = format!(
            "{:<22} {:<12} {:<12} {:<17} {:<11} {:<12} {}",
            m.name,
            m.construct
                .map_or_else(dash, |c| format!("{c:?}").to_lowercase()),
            m.range_in_words().unwrap_or_else(dash),
            m.direction.map_or_else(dash, |d| d.in_words().into()),
            m.reliability.map_or_else(dash, |r| format!("{}", r.value)),
            m.cutoff
                .map_or_else(dash, |c| format!("{} {}", c.clinical.symbol(), c.value)),
            m.confidence
                .map_or_else(dash, |c| format!("{c:?}").to_lowercase()),
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn in_full(measure: &Measure) -> String {
    let text = toml::to_string(measure).expect("a measure is valid TOML");
    format!(
        "# As a study file would state it, under [measures.define.{:?}].\n{text}",
        measure.name
    )
}
