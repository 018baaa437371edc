//! The hot paths: `cargo bench`. How peers were measured: `benches/BENCHMARKS.md`.

use std::path::{Path, PathBuf};

use alliance::features::ByClient;
use alliance::findings::Findings;
use alliance::simulation::{Clinic, write_outcomes, write_sessions};
use alliance::stats::bootstrap::cluster_bootstrap;
use alliance::stats::interval::Level;
use alliance::stats::numeric::moments::CrossProducts;
use alliance::stats::numeric::random::{standard_normal, stream};
use alliance::study::Study;
use alliance::{features, intake, questions, report};
use divan::{Bencher, counter::ItemsCount};

fn main() {
    divan::main();
}

/// A made-up clinic of about eight sessions per client, on disk.
fn clinic(clients: u64, shuffle: bool) -> (tempfile::TempDir, Study) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clinic = Clinic {
        clients,
        therapists: (clients / 20) as u32,
        shuffle,
        ..Clinic::default()
    };
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let file = |name: &str| std::fs::File::create(path(name)).expect("a file");
    write_sessions(&clinic, file("sessions.csv")).expect("sessions");
    write_outcomes(&clinic, file("outcomes.csv")).expect("outcomes");
    let study = Study::of_files(&path("sessions.csv"), &path("outcomes.csv"));
    (folder, study)
}

/// Both files read, validated and reduced to clients.
#[divan::bench(args = [false, true], sample_count = 5, sample_size = 1)]
fn read_100_000_clients(bencher: Bencher, shuffled: bool) {
    let (_folder, study) = clinic(100_000, shuffled);
    let reduce = ByClient::new(&study.settings);
    let rows = intake::read(&study, &reduce, &|_| ())
        .expect("no fault")
        .sessions
        .rows;
    bencher.counter(ItemsCount::new(rows)).bench(|| {
        intake::read(&study, &reduce, &|_| ())
            .expect("no fault")
            .sessions
            .rows
    });
}

/// 2,000 clients of 100 therapists, 2,000 replicates, percentile and BCa limits.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn therapist_bootstrap(bencher: Bencher) {
    let therapists: Vec<CrossProducts<3>> = (0..100)
        .map(|index| {
            let mut rng = stream(1, index);
            let rows: Vec<[f64; 3]> = (0..20)
                .map(|_| {
                    let [a, b, c] = std::array::from_fn(|_| standard_normal(&mut rng));
                    [44.0 + 5.0 * a, 0.3 * a + b + c, c]
                })
                .collect();
            CrossProducts::from_rows(&rows).expect("finite")
        })
        .collect();
    bencher.bench(|| {
        let bootstrap = cluster_bootstrap(&therapists, 2_000, 7).expect("estimable");
        (
            bootstrap.percentile(Level::NINETY_FIVE),
            bootstrap.bca(Level::NINETY_FIVE),
        )
    });
}

fn reference() -> (Study, Findings) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/clinic");
    let study = Study::of_files(&folder.join("sessions.csv"), &folder.join("outcomes.csv"));
    let clients = features::by_client(&study, &|_| ()).expect("no fault");
    let findings = questions::answer(&study, &clients, Default::default()).expect("nothing odd");
    (study, findings)
}

/// Every question on the 600-client reference clinic, from the files.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn answer_the_reference_clinic(bencher: Bencher) {
    let (study, _) = reference();
    bencher.bench(|| {
        let clients = features::by_client(&study, &|_| ()).expect("no fault");
        questions::answer(&study, &clients, Default::default()).expect("nothing odd")
    });
}

/// Every figure (SVG and PNG), table and page of it.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn render_the_reference_clinic(bencher: Bencher) {
    let (_, findings) = reference();
    bencher.bench(|| report::files(&findings).expect("files").len());
}
