//! Which effect of a study is which: names that are there are kept, the others are counted, copies refused.

use std::collections::BTreeMap;

use super::EffectRow;
use super::row::Beside;
use crate::intake::header::Header;
use crate::intake::problem::{FileProblems, Problem};

/// Numbers the effects of a study that have no name, in the order of the file; how many were numbered.
///
/// METHOD: a row alike in every cell is taken for a copy, not for a further effect.
pub(super) fn name_effects(
    rows: &mut [EffectRow],
    beside: &[Beside],
    header: &Header,
    problems: &mut FileProblems,
) -> u64 {
    let mut of_study: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        of_study.entry(row.study.clone()).or_default().push(i);
    }
    let mut numbered = 0;
    for members in of_study.values().filter(|members| members.len() > 1) {
        twice(rows, beside, members, header, problems);
        let mut taken: Vec<String> = members
            .iter()
            .filter_map(|&i| rows[i].effect.clone())
            .collect();
        for (place, &i) in members.iter().enumerate() {
            if rows[i].effect.is_none() {
                let mut number = place + 1;
                while taken.contains(&number.to_string()) {
                    number += 1;
                }
                taken.push(number.to_string());
                rows[i].effect = Some(number.to_string());
                numbered += 1;
            }
        }
    }
    numbered
}

/// Copies, and names of effects that are there twice.
fn twice(
    rows: &[EffectRow],
    beside: &[Beside],
    members: &[usize],
    header: &Header,
    problems: &mut FileProblems,
) {
    let mut cells: BTreeMap<(&[String], Option<&str>), u64> = BTreeMap::new();
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for &i in members {
        let (line, name) = (rows[i].line, rows[i].effect.as_deref());
        if let Some(first) = cells.insert((&beside[i].cells, name), line) {
            problems.push(
                Problem::new(line, 0, "row", format!("found a copy of line {first}: they are alike in every cell"))
                    .hint("remove the copy; if they are two effects that happen to be alike, give each its own name or number in the column effect"),
            );
        } else if let Some(name) = name
            && let Some(first) = names.insert(name, line)
        {
            let at = header.position("effect").map_or(0, |at| at + 1);
            problems.push(
                Problem::new(line, at, "effect", format!("this study and effect are there twice: line {first} has them too"))
                    .hint("give each effect of a study its own name or number in the column effect; if one row is a copy, remove it"),
            );
        }
    }
}
