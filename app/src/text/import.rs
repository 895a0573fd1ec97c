//! Words of imports and lists.

use protocol::import::{ImportCause, ImportState, List, Outcome, Reading, SkipReason, Trigger, Waiting};
use protocol::record::ChangeKind;

use super::{brand, plural};
use crate::browser::intl;
use crate::model::banner::{Wait, changes};

/// A list, as a heading.
pub fn list(list: List) -> &'static str {
    match list {
        List::Company => "Company and preferences",
        List::Accounts => "Accounts",
        List::TaxCodes => "Tax codes",
        List::TaxRates => "Tax rates",
        List::TaxAgencies => "Tax agencies",
        List::Terms => "Terms",
        List::PaymentMethods => "Payment methods",
        List::Currencies => "Currencies",
        List::Classes => "Classes",
        List::Locations => "Locations",
        List::Customers => "Customers",
        List::Suppliers => "Suppliers",
        List::Items => "Products and services",
    }
}

/// Heading of the banner.
pub fn title(state: ImportState, failed: usize, shown: &str) -> String {
    match state {
        ImportState::Running => "Your settings are being imported".to_owned(),
        ImportState::Done => "Your settings are imported".to_owned(),
        ImportState::Cancelled => "The import was cancelled. What was read is kept.".to_owned(),
        ImportState::Failed => {
            let lists = plural(failed as u64, "list", "lists");
            [shown, " ", lists, " could not be imported. The others are here."].concat()
        }
    }
}

/// Under the heading while it runs.
pub const NO_RELOAD: &str = "You may go on working or close this page; nothing needs a reload.";
/// Share and what it is of.
pub fn share(done: &str, total: &str) -> String {
    [done, " of ", total, " records"].concat()
}
/// Records read, while the total is unknown.
pub fn so_far(done: u64, shown: &str) -> String {
    [shown, plural(done, " record", " records"), " so far"].concat()
}
/// One list, counted.
pub fn of(done: &str, total: &str) -> String {
    [done, " of ", total].concat()
}
/// A list that has not begun.
pub const WAITS: &str = "waiting";
/// A list that this company does not have.
pub fn skipped(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Edition => "not in this edition of the company's subscription",
        SkipReason::SwitchedOff => "switched off in the company's settings",
    }
}

/// Seconds to go, roughly.
pub fn left(seconds: u32, shown: &str) -> String {
    if seconds < 60 {
        return "less than a minute left".to_owned();
    }
    ["about ", shown, plural(u64::from(seconds / 60), " minute left", " minutes left")].concat()
}

/// Why it waits, as it is said aloud: without the seconds, which would be said again and again.
pub fn waits(wait: Wait, name: &str) -> String {
    let name = brand(name);
    match wait {
        Wait::Limit => [name, " allows no more requests for the moment; going on by itself."].concat(),
        Wait::Retry => [name, " is busy; we go on by ourselves."].concat(),
    }
}

/// Why it waits and for how long. `most` is how many requests a minute the provider allows; seconds as
/// shown, and none where the moment has come.
pub fn waits_for(waiting: Waiting, name: &str, most: &str, seconds: Option<&str>) -> String {
    let (name, begin, end) = match waiting {
        Waiting::Limit { .. } => {
            (brand(name), [" allows ", most, " requests a minute; "].concat(), "going on ")
        }
        Waiting::Retry { .. } => (brand(name), " is busy; ".to_owned(), "asking again "),
    };
    match seconds {
        Some(seconds) => [name, &begin, end, "in ", seconds, " s"].concat(),
        None => [name, &begin, end, "now"].concat(),
    }
}

/// What began a run.
pub fn began(trigger: Trigger, name: &str) -> String {
    match trigger {
        Trigger::Connected => "Began with the connection".to_owned(),
        Trigger::Person => "Asked for by hand".to_owned(),
        Trigger::Portal => "Asked for by your portal".to_owned(),
        Trigger::Nightly => "Nightly refresh".to_owned(),
        Trigger::Notice => [brand(name), " said that something changed"].concat(),
    }
}

/// How a run or a list is read.
pub fn reading(reading: Reading) -> &'static str {
    match reading {
        Reading::Whole => "reads everything",
        Reading::Changes => "reads only what changed",
    }
}

/// How many changes a list had of which only these were read.
pub fn list_changes(count: u32, shown: &str) -> String {
    if count == 0 {
        return "no changes".to_owned();
    }
    [shown, plural(u64::from(count), " change", " changes")].concat()
}

/// A list of which only changes are read.
pub const CHANGES_ONLY: &str = "changes only";

/// Records a second.
pub fn rate(shown: &str) -> String {
    [shown, " a second"].concat()
}

/// How many lists are done.
pub fn lists_done(done: &str, all: &str) -> String {
    [done, " of ", all, " lists done"].concat()
}

/// How many lists this company does not have.
pub fn lists_skipped(count: usize, shown: &str) -> String {
    [shown, plural(count as u64, " list", " lists"), " skipped"].concat()
}

/// How many lists could not be read.
pub fn lists_failed(count: usize, shown: &str) -> String {
    [shown, plural(count as u64, " list", " lists"), " failed"].concat()
}

/// How many records a run read that is over; of some only what `changes`.
pub fn read(count: u64, shown: &str, changes: bool) -> String {
    let what = if changes {
        plural(count, " change read", " changes read")
    } else {
        plural(count, " record read", " records read")
    };
    [shown, what].concat()
}

/// How long so many milliseconds are, in units of which two are at most told.
pub fn lasted(milliseconds: u64, shown: impl Fn(u64) -> String) -> String {
    let seconds = milliseconds.div_ceil(1_000).max(1);
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match (hours, minutes) {
        (0, 0) => [&shown(seconds), " s"].concat(),
        (0, _) => [&shown(minutes), " min ", &shown(seconds % 60), " s"].concat(),
        _ => [&shown(hours), " h ", &shown(minutes % 60), " min"].concat(),
    }
}

/// Shows and hides the lists of a run.
pub fn all_lists(count: &str) -> String {
    ["All ", count, " lists"].concat()
}
/// Name of the links to what changed.
pub const RESULTS: &str = "What this import changed";

/// Why a list could not go on.
pub fn cause(cause: ImportCause, name: &str) -> String {
    let name = brand(name);
    match cause {
        ImportCause::Unreachable => [name, " stayed busy or unreachable."].concat(),
        ImportCause::SignIn => [name, " no longer accepts our sign-in."].concat(),
        ImportCause::Forbidden => "This app may not use that company.".to_owned(),
        ImportCause::Refused => [name, " refused the request."].concat(),
        ImportCause::Garbled => ["The answer of ", name, " could not be understood."].concat(),
    }
}

/// Reads all failed lists again.
pub const RETRY_ALL: &str = "Retry all";
/// Reads a failed list again, beside its name.
pub const RETRY: &str = "Retry";
/// Reads what was left when somebody stopped a run.
pub const REST: &str = "Import the rest";
/// Reads one failed list again.
pub fn retry_one(list: &str) -> String {
    ["Retry ", list].concat()
}
/// Stops a run.
pub const STOP: &str = "Cancel import";
/// Leads on after an import.
pub const GO_ON: &str = "Go on to the configuration";
/// A running import, by the provider's name.
pub fn from(brand: &str) -> String {
    ["Import from ", brand].concat()
}
/// Names the bar.
pub const PROGRESS: &str = "Import progress";

/// The bar in words.
pub fn percent(shown: &str) -> String {
    [shown, " %"].concat()
}

/// What a run did to so many records.
pub fn change(kind: ChangeKind, count: u32) -> String {
    let word = match kind {
        ChangeKind::Added => " added",
        ChangeKind::Changed => " changed",
        ChangeKind::Renamed => " renamed",
        ChangeKind::Vanished => " gone at the provider",
    };
    [&intl::count(u64::from(count)), word].concat()
}

/// What became of the records that cannot be looked at by themselves.
pub fn unshown(of: &Outcome) -> Vec<String> {
    let parts = [(of.unchanged, " unchanged"), (of.unreadable, " unreadable")];
    let some = parts.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, word)| [&intl::count(u64::from(count)), word].concat()).collect()
}

/// What became of a run's records; nothing where there were none.
pub fn outcome(of: &Outcome) -> Option<String> {
    let some = changes(of).into_iter().filter(|(_, count)| *count > 0);
    let mut words: Vec<String> = some.map(|(kind, count)| change(kind, count)).collect();
    words.extend(unshown(of));
    (!words.is_empty()).then(|| words.join(", "))
}

/// Records that could not be read.
pub fn unreadable(count: u64, shown: &str) -> String {
    [shown, plural(count, " record", " records"), " could not be read"].concat()
}

/// Spoken at the start.
pub fn spoken_start(name: &str) -> String {
    ["Importing your settings from ", brand(name), " has begun."].concat()
}
/// Spoken at each quarter.
pub fn spoken_quarter(quarter: u8) -> &'static str {
    match quarter {
        1 => "A quarter of your settings is imported.",
        2 => "Half of your settings is imported.",
        _ => "Three quarters of your settings are imported.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_run_took_is_told_in_two_units() {
        let told = |milliseconds| lasted(milliseconds, |number| number.to_string());
        assert_eq!([told(0), told(12_001)], ["1 s", "13 s"]);
        assert_eq!([told(60_000), told(3_599_000)], ["1 min 0 s", "59 min 59 s"]);
        assert_eq!([told(3_600_000), told(90_000_000)], ["1 h 0 min", "25 h 0 min"]);
    }

    #[test]
    fn what_was_read_is_counted_in_words() {
        assert_eq!([read(1, "1", false), read(2, "2", false)], ["1 record read", "2 records read"]);
        assert_eq!([read(1, "1", true), read(0, "0", true)], ["1 change read", "0 changes read"]);
        assert_eq!([list_changes(0, "0"), list_changes(2, "2")], ["no changes", "2 changes"]);
        assert_eq!([so_far(1, "1"), so_far(0, "0")], ["1 record so far", "0 records so far"]);
    }
}
