//! Words of imports and lists.

use protocol::import::{ImportCause, ImportState, List, Outcome, SkipReason};

use super::{brand, plural};
use crate::browser::intl;

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
pub fn so_far(done: &str) -> String {
    [done, " records so far"].concat()
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
        SkipReason::Edition => "not in this edition",
        SkipReason::SwitchedOff => "switched off",
    }
}

/// Seconds to go, roughly.
pub fn left(seconds: u32, shown: &str) -> String {
    if seconds < 60 {
        return "less than a minute left".to_owned();
    }
    ["about ", shown, plural(u64::from(seconds / 60), " minute left", " minutes left")].concat()
}

/// The provider's limit is reached.
pub fn limited(name: &str) -> String {
    [brand(name), " allows no more requests for the moment; going on by itself."].concat()
}
/// The provider does not answer.
pub fn busy(name: &str) -> String {
    [brand(name), " is busy; we go on by ourselves."].concat()
}

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

/// Reads the failed lists again.
pub const RETRY: &str = "Retry";
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

/// What became of a run's records; nothing where there were none.
pub fn outcome(of: &Outcome) -> Option<String> {
    let parts = [
        (of.added, " added"),
        (of.changed, " changed"),
        (of.unchanged, " unchanged"),
        (of.vanished, " gone at the provider"),
        (of.unreadable, " unreadable"),
    ];
    let some = parts.into_iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> =
        some.map(|(count, word)| [&intl::count(u64::from(count)), word].concat()).collect();
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
