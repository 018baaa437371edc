//! `alliance meta`: from a file of effects to its report.

use super::{Failure, Talk};
use crate::cli::MetaArgs;
use crate::study::{MetaOverrides, MetaStudy};
use crate::{intake, questions};

pub fn run(args: &MetaArgs, talk: &Talk) -> Result<(), Failure> {
    let overrides = MetaOverrides {
        model: args.model,
        tau_squared: args.tau2,
        test: args.test,
        robust: args.robust,
        compat: args.compat,
        moderators: args.moderators.clone(),
        level: args.level,
    };
    super::all_readable([args.input.as_path()])?;
    let study = if args.input.extension().is_some_and(|e| e == "toml") {
        MetaStudy::load(&args.input, overrides)?
    } else {
        MetaStudy::of_file(&args.input, overrides)?
    };
    super::all_readable([study.effects.as_path()])?;
    let effects = intake::read_effects(&study)?;
    if let Some(note) = effects.note() {
        talk.say(&note);
    }
    let findings =
        questions::pool(&study, &effects, effects.sha256.clone()).map_err(Failure::Usage)?;
    super::report_of(&findings, args.out.as_deref(), talk)
}
