//! Shares of answers, several per client, against R's survey (`reference/questions/clustered.R`).

use alliance::stats::Undefined;
use alliance::stats::clustered::clustered_share;
use alliance::stats::interval::Level;

/// Hits and answers of ten clients.
const CLIENTS: [(u32, u32); 10] = [
    (1, 4),
    (0, 3),
    (2, 3),
    (3, 6),
    (0, 2),
    (5, 5),
    (1, 7),
    (0, 1),
    (4, 9),
    (2, 2),
];

#[track_caller]
fn close(ours: f64, theirs: f64) {
    assert!(
        ((ours - theirs) / theirs).abs() < 1e-12,
        "{ours} and {theirs}"
    );
}

#[test]
fn the_interval_is_that_of_survey() {
    for (level, low, high) in [
        (Level::NINETY_FIVE, 0.222533006458247, 0.662756316855778),
        (Level::NINETY, 0.255732624697933, 0.620790239581487),
    ] {
        let found = clustered_share(CLIENTS.into_iter(), level).expect("clients");
        let interval = found.interval.expect("not 0 or 1");
        close(found.share, 3.0 / 7.0);
        close(interval.low(), low);
        close(interval.high(), high);
    }
}

#[test]
fn clients_without_an_answer_change_nothing() {
    let of = |clients: Vec<(u32, u32)>| clustered_share(clients.into_iter(), Level::NINETY_FIVE);
    let with_silent = CLIENTS.into_iter().chain([(0, 0), (0, 0)]).collect();
    assert_eq!(of(with_silent), of(CLIENTS.to_vec()));
}

#[test]
fn at_the_ends_there_is_a_share_and_no_interval() {
    for (clients, share) in [([(0, 3), (0, 2)], 0.0), ([(3, 3), (2, 2)], 1.0)] {
        let found = clustered_share(clients.into_iter(), Level::NINETY_FIVE).expect("two clients");
        assert_eq!((found.share, found.interval), (share, None));
    }
    let alone = clustered_share([(1, 4), (0, 0)].into_iter(), Level::NINETY_FIVE);
    assert_eq!(
        alone,
        Err(Undefined::TooFew {
            found: 1,
            needed: 2
        })
    );
}
