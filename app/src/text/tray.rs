//! Words of the tray and of the activity.

use protocol::ids::Moment;
use protocol::notification::Event;

use super::{brand, plural, states};

/// The bell.
pub fn bell(unread: u32, shown: &str) -> String {
    if unread == 0 { "Notifications".to_owned() } else { ["Notifications, ", shown, " unread"].concat() }
}
/// Heading.
pub const TITLE: &str = "Notifications";
/// Every entry.
pub const ALL: &str = "All";
/// Only unread ones.
pub const UNREAD: &str = "Unread";
/// Marks everything.
pub const MARK_ALL: &str = "Mark all as read";
/// Marks one.
pub const MARK_ONE: &str = "Mark as read";
/// Nothing there.
pub const EMPTY: &str = "Nothing has happened yet.";
/// Nothing unread.
pub const ALL_READ: &str = "You have read everything.";
/// A running import.
pub const RUNNING: &str = "Running now";
/// An import that ended with lists that failed.
pub const FAILED: &str = "Ended with failures";
/// Leads to older entries.
pub const ACTIVITY: &str = "Activity";
/// Reads on.
pub const OLDER: &str = "Show older";
/// No more.
pub const NO_OLDER: &str = "That is everything.";

/// What happened. `number` is the count of the event, or its day, as shown; `more` what is known besides:
/// what became of the records, why nobody paused it.
pub fn event(event: &Event, name: &str, number: &str, more: Option<&str>) -> String {
    let more = more.map(|more| [": ", more].concat()).unwrap_or_default();
    match event {
        Event::Connected { company } => [name, " was connected to ", company, "."].concat(),
        Event::Disconnected => [name, " was disconnected. Your settings are kept."].concat(),
        Event::Revoked => [brand(name), " confirmed that the sign-in is revoked."].concat(),
        Event::ImportStarted { .. } => ["An import from ", brand(name), " began."].concat(),
        Event::ImportDone { records, .. } => {
            let records = plural(u64::from(*records), " record was", " records were");
            [number, records, " imported from ", brand(name), &more, "."].concat()
        }
        Event::ImportFailed { failed, .. } => {
            let lists = plural(u64::from(*failed), " list", " lists");
            [number, lists, " could not be imported from ", brand(name), "."].concat()
        }
        Event::ImportCancelled { .. } => ["The import from ", brand(name), " was cancelled."].concat(),
        Event::ConfigurationSaved { changes, .. } => {
            let changes = plural(u64::from(*changes), " change", " changes");
            ["The configuration of ", name, " was saved with ", number, changes, "."].concat()
        }
        Event::ReconnectRequired { reason } => {
            [&states::reconnect(*reason, name), " Reconnect; your settings are kept."].concat()
        }
        Event::CompanyReplaced { before, now } => {
            [now, " took the place of ", before, ". The old mappings are archived."].concat()
        }
        Event::Paused => [name, " was paused", &more, "."].concat(),
        Event::Resumed => [name, " was resumed."].concat(),
        Event::Expiring { .. } => states::expiring(name, number),
        Event::Uninstalled => [name, " was uninstalled, and its data erased."].concat(),
        Event::UpgradeRequired { company, deadline } => {
            [company, ": ", &states::legacy(name, deadline.map(|_| number))].concat()
        }
        Event::Upgraded { company } => {
            [company, " is connected under OAuth 2.0. Every setting and mapping is kept."].concat()
        }
        Event::NeedsAttention { problems } => {
            let problems = states::problems(*problems, number);
            [name, " needs attention: ", &problems, "."].concat()
        }
    }
}

/// The number that an event counts.
pub fn number(event: &Event) -> u64 {
    match event {
        Event::ImportDone { records, .. } => u64::from(*records),
        Event::ImportFailed { failed, .. } => u64::from(*failed),
        Event::ConfigurationSaved { changes, .. } => u64::from(*changes),
        Event::NeedsAttention { problems } => u64::from(*problems),
        _ => 0,
    }
}

/// The moment that an event speaks of.
pub fn moment(event: &Event) -> Option<Moment> {
    match event {
        Event::Expiring { at } => Some(*at),
        Event::UpgradeRequired { deadline, .. } => *deadline,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "QuickBooks Online";

    #[test]
    fn what_nobody_paused_says_why() {
        assert_eq!(event(&Event::Paused, NAME, "0", None), "QuickBooks Online was paused.");
        let why = states::subscription(NAME);
        let told = event(&Event::Paused, NAME, "0", Some(&why));
        assert_eq!(told, "QuickBooks Online was paused: the subscription at QuickBooks has ended.");
    }

    #[test]
    fn what_ends_names_its_day_and_the_way_out() {
        let expiring = Event::Expiring { at: Moment(9) };
        assert_eq!(moment(&expiring), Some(Moment(9)));
        let told = event(&expiring, NAME, "3 May 2027", None);
        assert!(told.contains("ends on 3 May 2027. Reconnect before then"), "{told}");
        let company = "Acme".to_owned();
        let upgrade = Event::UpgradeRequired { company, deadline: None };
        assert_eq!(moment(&upgrade), None);
        assert!(event(&upgrade, NAME, "0", None).ends_with("under OAuth 2.0."));
    }
}
