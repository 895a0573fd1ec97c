//! The section `[retention]`: how long what happened is kept, in days, and how many versions of a
//! configuration.

use super::table::Section;

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Lines of the audit log, in days.
    pub audit: u32,
    /// Notifications: the tray and Activity, in days.
    pub notifications: u32,
    /// Ended imports, in days. The newest of each connection stays, however old.
    pub imports: u32,
    /// Ended attempts to connect, refreshes and revocations, in days. They hold no token.
    pub traces: u32,
    /// Saved versions of each configuration.
    pub configuration_versions: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { audit: 400, notifications: 400, imports: 400, traces: 90, configuration_versions: 200 }
    }
}

/// Reads the section.
pub(super) fn read(mut section: Section<'_>) -> Retention {
    let default = Retention::default();
    let mut days = |key: &str, default: u32| within(&mut section, key, (1, 36_500), default);
    let audit = days("audit_days", default.audit);
    let notifications = days("notifications_days", default.notifications);
    let imports = days("imports_days", default.imports);
    let traces = days("traces_days", default.traces);
    let configuration_versions =
        within(&mut section, "configuration_versions", (10, 100_000), default.configuration_versions);
    section.finish();
    Retention { audit, notifications, imports, traces, configuration_versions }
}

fn within(section: &mut Section<'_>, key: &str, (least, most): (u32, u32), default: u32) -> u32 {
    let Some(number) = section.parse::<u32>(key, "a whole number") else { return default };
    if !(least..=most).contains(&number) {
        section.tell(key, &format!("is {number}; it is {least} to {most}"));
    }
    number
}
