//! The section `[limits]`: how much one key, session, address or tenant may ask for. Without it the
//! defaults hold, which a person and a busy portal never reach.

use super::table::Section;
use crate::limits::Rate;

/// How much may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests with one API key. An upload of records counts as ten.
    pub requests_per_key: Rate,
    /// Messages of one session, over all its sockets.
    pub messages_per_session: Rate,
    /// Visits of one address that use a one-time secret (links, connecting, callbacks), and as much
    /// again of API keys that were refused.
    pub visits_per_address: Rate,
    /// Sockets that one address opens.
    pub hellos_per_address: Rate,
    /// Sockets of one address that stand at once.
    pub sockets_per_address: u32,
    /// Of those, sockets that have not said hello.
    pub strangers_per_address: u32,
    /// Sockets of one tenant that stand at once.
    pub sockets_per_tenant: u32,
    /// Bodies of calls that go through us to a provider, and of their answers, in millions of bytes.
    pub proxied_megabytes: u32,
}

impl Limits {
    /// How many bytes a body has at most that goes through us.
    pub fn proxied_bytes(&self) -> u64 {
        u64::from(self.proxied_megabytes) * 1_000_000
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_key: Rate::new(50, 100),
            messages_per_session: Rate::new(50, 200),
            visits_per_address: Rate::new(10, 30),
            hellos_per_address: Rate::new(20, 100),
            sockets_per_address: 1000,
            strangers_per_address: 50,
            sockets_per_tenant: 500,
            proxied_megabytes: 100,
        }
    }
}

/// Reads the section.
pub(super) fn read(mut section: Section<'_>) -> Limits {
    let default = Limits::default();
    let mut rate =
        |key: &str, default: Rate| section.parse(key, "a rate such as \"50/s burst 100\"").unwrap_or(default);
    let requests_per_key = rate("requests_per_key", default.requests_per_key);
    let messages_per_session = rate("messages_per_session", default.messages_per_session);
    let visits_per_address = rate("visits_per_address", default.visits_per_address);
    let hellos_per_address = rate("hellos_per_address", default.hellos_per_address);
    let mut count = |key: &str, default: u32| {
        section.parse(key, "a number of sockets, at least 1").map_or(default, std::num::NonZeroU32::get)
    };
    let sockets_per_address = count("sockets_per_address", default.sockets_per_address);
    let strangers_per_address = count("strangers_per_address", default.strangers_per_address);
    let sockets_per_tenant = count("sockets_per_tenant", default.sockets_per_tenant);
    let proxied_megabytes = section
        .parse("proxied_megabytes", "a number of megabytes, at least 1")
        .map_or(default.proxied_megabytes, std::num::NonZeroU32::get);
    section.finish();
    Limits {
        requests_per_key,
        messages_per_session,
        visits_per_address,
        hellos_per_address,
        sockets_per_address,
        strangers_per_address,
        sockets_per_tenant,
        proxied_megabytes,
    }
}
