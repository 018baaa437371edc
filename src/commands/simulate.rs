//! `alliance simulate`: a made-up clinic with known truth.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};

use super::{Failure, Talk};
use crate::cli::SimulateArgs;
use crate::intake;
use crate::simulation::{Clinic, study_toml, write_outcomes, write_sessions};

pub fn run(args: &SimulateArgs, talk: &Talk) -> Result<(), Failure> {
    let clinic = clinic(args);
    clinic
        .validate()
        .map_err(|problems| Failure::Usage(problems.join("\n")))?;
    new_folder(&args.out)?;
    write(&clinic, &args.out, args.parquet)?;
    talk.result(
        || format!("A made-up clinic of {} clients in {}\n", clinic.clients, args.out.display()),
        || serde_json::json!({ "status": "ok", "folder": args.out.display().to_string(), "clinic": clinic }),
    )
}

/// The demo clinic with what the user set.
fn clinic(args: &SimulateArgs) -> Clinic {
    let demo = Clinic::default();
    Clinic {
        seed: args.seed.unwrap_or(demo.seed),
        clients: args.clients.unwrap_or(demo.clients),
        therapists: args.therapists.unwrap_or(demo.therapists),
        sites: args.sites.unwrap_or(demo.sites),
        r_online: args.r_online.unwrap_or(demo.r_online),
        r_in_person: args.r_in_person.unwrap_or(demo.r_in_person),
        r_hybrid: args.r_hybrid.unwrap_or(demo.r_hybrid),
        cbt_shift: args.cbt_shift.unwrap_or(demo.cbt_shift),
        psychosis_shift: args.psychosis_shift.unwrap_or(demo.psychosis_shift),
        therapist_share_alliance: args
            .therapist_share
            .unwrap_or(demo.therapist_share_alliance),
        therapist_share_outcome: args.therapist_share.unwrap_or(demo.therapist_share_outcome),
        dropout: args.dropout.unwrap_or(demo.dropout),
        missing_rating: args.missing.unwrap_or(demo.missing_rating),
        missing_post: args.missing.unwrap_or(demo.missing_post),
        ruptures: args.ruptures.unwrap_or(demo.ruptures),
        share_online: args.share_online.unwrap_or(demo.share_online),
        share_hybrid: args.share_hybrid.unwrap_or(demo.share_hybrid),
        sessions_per_client: args.sessions_per_client.unwrap_or(demo.sessions_per_client),
        shuffle: args.shuffle,
        ..demo
    }
}

/// Makes the folder; one that holds something is left alone.
fn new_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if entries.next().is_some() {
        bail!("{} is not empty; choose a new folder", folder.display());
    }
    Ok(())
}

fn write(clinic: &Clinic, folder: &Path, as_parquet: bool) -> anyhow::Result<()> {
    let mut study = study_toml(clinic);
    type WriteTable = fn(&Clinic, &mut File) -> std::io::Result<()>;
    let write_to: [(&str, WriteTable); 2] = [
        ("sessions", |clinic, file| write_sessions(clinic, file)),
        ("outcomes", |clinic, file| write_outcomes(clinic, file)),
    ];
    for (name, write) in write_to {
        let csv = folder.join(format!("{name}.csv"));
        let cannot = || format!("cannot write {}", csv.display());
        let mut file = File::create(&csv).with_context(cannot)?;
        write(clinic, &mut file).with_context(cannot)?;
        if as_parquet {
            intake::csv_to_parquet(&csv, &folder.join(format!("{name}.parquet")))
                .with_context(cannot)?;
            std::fs::remove_file(&csv).with_context(cannot)?;
            study = study.replace(&format!("{name}.csv"), &format!("{name}.parquet"));
        }
    }
    std::fs::write(folder.join("study.toml"), study).context("cannot write study.toml")
}
