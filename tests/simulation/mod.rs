//! The made-up clinic keeps its promises: same seed, same bytes; and the truth comes back.

mod analysis;
mod courses;
mod files;
mod settings;
mod truth;

use alliance::simulation::Clinic;

/// Many therapists, so that chance among them does not hide the truth.
fn large(seed: u64, clients: u64) -> Clinic {
    Clinic {
        seed,
        clients,
        therapists: (clients / 50) as u32,
        sites: 20,
        share_online: 0.34,
        share_hybrid: 0.33,
        ..Clinic::default()
    }
}

/// Three standard errors of a share.
fn margin(share: f64, n: usize) -> f64 {
    3.0 * (share * (1.0 - share) / n as f64).sqrt()
}

fn assert_near(what: &str, found: f64, expected: f64, margin: f64) {
    let near = (found - expected).abs() <= margin;
    assert!(
        near,
        "{what}: found {found:.4}, expected {expected:.4} ± {margin:.4}"
    );
}
