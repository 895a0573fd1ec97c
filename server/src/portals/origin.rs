//! The origin of a portal's pages: exact, because it is compared letter by letter with what
//! browsers say (RFC 6454, 6.2), and safe, because the store is shown inside it.

use std::str::FromStr;

use super::reached::Reached;

/// An origin as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is no origin of a portal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOrigin {
    /// No address at all, or one of another kind.
    #[error("{0:?} is no origin: write the scheme and the host, as in https://app.acme.example")]
    Unreadable(String),
    /// One origin for many hosts.
    #[error("{0:?} has a wildcard: every host needs an origin of its own, for it is trusted by name")]
    Wildcard(String),
    /// Whoever is on the way could change the page around the store.
    #[error("{0:?} is not safe: http is for localhost and *.localhost alone; use https")]
    Insecure(String),
    /// Not as browsers write it.
    #[error("{found:?} is more than an origin, or not as browsers write it: write {meant:?}")]
    Inexact {
        /// As typed.
        found: String,
        /// As it should be.
        meant: String,
    },
}

impl Origin {
    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let found = text.to_owned();
        if text.contains('*') {
            return Err(NoOrigin::Wildcard(found));
        }
        let meant = match Reached::of(text) {
            Reached::Safely(url) => url.origin().ascii_serialization(),
            Reached::Insecurely => return Err(NoOrigin::Insecure(found)),
            Reached::Never => return Err(NoOrigin::Unreadable(found)),
        };
        if meant == text { Ok(Self(meant)) } else { Err(NoOrigin::Inexact { found, meant }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_only_as_browsers_write_it() {
        for good in [
            "https://app.acme.example",
            "https://acme.example:8443",
            "http://portal.localhost:7320",
            "http://localhost",
        ] {
            assert_eq!(good.parse::<Origin>().map(|origin| origin.0).as_deref(), Ok(good));
        }
        for (found, meant) in [
            ("https://app.acme.example/", "https://app.acme.example"),
            ("https://app.acme.example/shop?a=1#b", "https://app.acme.example"),
            ("https://APP.acme.example", "https://app.acme.example"),
            ("https://app.acme.example:443", "https://app.acme.example"),
            ("https://ann:secret@app.acme.example", "https://app.acme.example"),
            (" https://app.acme.example", "https://app.acme.example"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
        ] {
            let inexact = NoOrigin::Inexact { found: found.to_owned(), meant: meant.to_owned() };
            assert_eq!(found.parse::<Origin>(), Err(inexact));
        }
    }

    #[test]
    fn in_07_what_is_no_safe_origin_is_refused() {
        for text in
            ["", "app.acme.example", "null", "file:///etc", "javascript:alert(1)", "ws://acme.example"]
        {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin::Unreadable(text.to_owned())));
        }
        for text in ["*", "https://*", "https://*.acme.example", "http://*.localhost"] {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin::Wildcard(text.to_owned())));
        }
        for text in [
            "http://acme.example",
            "http://127.0.0.1",
            "http://localhost.acme.example",
            "http://evillocalhost",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin::Insecure(text.to_owned())));
        }
    }
}
