//! How many threads the work is done on: as many as are asked for, within reason.

use std::thread::available_parallelism;

use rayon::ThreadPoolBuilder;

/// Threads to a core: more of them wait for each other.
const PER_CORE: usize = 4;
/// Where rayon looks, in its order.
const ASKED: [&str; 2] = ["RAYON_NUM_THREADS", "RAYON_RS_NUM_CPUS"];

/// Makes the pool of threads where more are asked for than make sense; otherwise rayon makes it when it
/// is needed. The number changes no result.
pub fn limit() {
    let asked = ASKED.map(|name| std::env::var(name).ok());
    let cores = available_parallelism().map_or(1, usize::from);
    if let Some(most) = fewer(&asked, cores)
        && ThreadPoolBuilder::new()
            .num_threads(most)
            .build_global()
            .is_err()
    {
        // No thread can be started: this one does the work.
        let here = ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        let _ = here.build_global();
    }
}

/// The threads that make sense, where more are asked for.
fn fewer(asked: &[Option<String>], cores: usize) -> Option<usize> {
    let numbers = asked.iter().flatten().filter_map(|text| text.parse().ok());
    let asked = numbers.into_iter().find(|n: &usize| *n > 0)?;
    let most = PER_CORE * cores;
    (asked > most).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_threads_than_make_sense_are_refused() {
        let asked = |text: &str| fewer(&[Some(text.into()), None], 2);
        assert_eq!(asked("100000"), Some(8));
        assert_eq!(asked("9"), Some(8));
        for fine in ["1", "8", "0", "many", "", "-3", "99999999999999999999999"] {
            assert_eq!(asked(fine), None, "{fine}");
        }
        assert_eq!(fewer(&[None, Some("500".into())], 1), Some(4));
        assert_eq!(fewer(&[Some("2".into()), Some("500".into())], 1), None);
    }
}
