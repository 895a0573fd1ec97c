//! The rules hold in every history, and a history is found in which anything less does not.

use super::*;

/// Histories of the gate for each way to rotate, and of the deep run.
const SEEDS: u64 = if cfg!(feature = "deep") { 10_000 } else { 200 };

const MODES: [Mode; 3] = [Mode::Intuit, Mode::Grace, Mode::Strict];

fn told(seed: u64, mode: Mode, weather: Weather, flaw: Flaw) -> (Option<Violation>, Provider) {
    Simulation::new(seed, mode, weather, flaw).history()
}

/// Of so many seeds, those in which something happens that may not.
fn broken(mode: Mode, flaw: Flaw) -> Vec<(u64, Violation)> {
    let all = 0..SEEDS;
    all.filter_map(|seed| Some((seed, told(seed, mode, Weather::Storm, flaw).0?))).collect()
}

#[test]
fn rf_02_three_nodes_of_twenty_callers_share_one_refresh() {
    for mode in MODES {
        for seed in 0..SEEDS {
            let (violation, provider) = told(seed, mode, Weather::Calm, Flaw::None);
            assert_eq!(violation, None, "{mode:?} {seed}");
            let rounds = usize::try_from(ROUNDS).unwrap();
            assert_eq!(provider.sent, rounds + 1, "{mode:?} {seed}: one a round, and one at the end");
        }
    }
}

#[test]
fn rf_02_no_storm_breaks_the_rules() {
    for mode in MODES {
        assert_eq!(broken(mode, Flaw::None), [], "{mode:?}");
    }
}

#[test]
fn rf_02_whatever_is_left_out_is_missed() {
    let found = |flaw: Flaw, violation: Violation| {
        let all: Vec<_> = MODES.into_iter().flat_map(|mode| broken(mode, flaw)).collect();
        assert!(all.iter().any(|(_, found)| *found == violation), "{flaw:?}: {all:?}");
    };
    found(Flaw::NoLease, Violation::SentTwice);
    found(Flaw::ShortLease, Violation::SentTwice);
    found(Flaw::NoRenewal, Violation::SentTwice);
    found(Flaw::NoFence, Violation::Overwritten);
    found(Flaw::NoJournal, Violation::WrongReason);
}
