//! Where "Back to ..." leads: a page of the portal's. The proxy never calls it, and visitors follow
//! it, so it says no more and no less than what they will see in their address bar.

use std::str::FromStr;

use url::Url;

use super::reached::Reached;

/// The address of a page as browsers write it: https, or http on this machine, without a person, a
/// password or a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack(String);

/// Why a text is no way back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWayBack {
    /// No address at all, or one of another kind: a script in one would run on our own origin.
    #[error(
        "{0:?} cannot be the way back to the portal: write a whole address, as in https://app.acme.example/"
    )]
    Unreadable(String),
    /// Whoever is on the way could change the page.
    #[error("{0:?} is not safe as the way back: http is for localhost and *.localhost alone; use https")]
    Insecure(String),
    /// Not as browsers write it.
    #[error("{found:?} is more than the address of a page, or not as browsers write it: write {meant:?}")]
    Inexact {
        /// As typed.
        found: String,
        /// As it should be.
        meant: String,
    },
}

impl WayBack {
    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WayBack {
    type Err = NoWayBack;

    fn from_str(text: &str) -> Result<Self, NoWayBack> {
        let found = text.to_owned();
        let meant = match Reached::of(text) {
            Reached::Safely(url) => bare(url),
            Reached::Insecurely => return Err(NoWayBack::Insecure(found)),
            Reached::Never => return Err(NoWayBack::Unreadable(found)),
        };
        if meant == text { Ok(Self(meant)) } else { Err(NoWayBack::Inexact { found, meant }) }
    }
}

/// The address without what only misleads: a name before the host reads like a host.
fn bare(mut url: Url) -> String {
    url.set_fragment(None);
    // Every address with a host takes these, and ours has one.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_07_a_way_back_is_taken_only_as_browsers_write_it() {
        for good in [
            "https://app.acme.example/",
            "https://app.acme.example:8443/shop?a=1",
            "http://portal.localhost:7320/",
            "http://localhost/",
            "https://xn--bcher-kva.example/",
        ] {
            assert_eq!(good.parse::<WayBack>().map(|back| back.0).as_deref(), Ok(good));
        }
        for (found, meant) in [
            ("https://app.acme.example", "https://app.acme.example/"),
            ("https://app.acme.example/#shop", "https://app.acme.example/"),
            ("https://app.acme.example@evil.example/", "https://evil.example/"),
            ("https://ann:secret@app.acme.example/", "https://app.acme.example/"),
            ("https://app.acme.example/\r\nset-cookie: a=b", "https://app.acme.example/set-cookie:%20a=b"),
            ("https://b\u{fc}cher.example/", "https://xn--bcher-kva.example/"),
        ] {
            let inexact = NoWayBack::Inexact { found: found.to_owned(), meant: meant.to_owned() };
            assert_eq!(found.parse::<WayBack>(), Err(inexact));
        }
    }

    #[test]
    fn in_07_what_is_no_safe_way_back_is_refused() {
        for text in
            ["", "/back", "app.acme.example", "javascript:alert(1)", "data:text/html,x", "file:///etc"]
        {
            assert_eq!(text.parse::<WayBack>(), Err(NoWayBack::Unreadable(text.to_owned())));
        }
        for text in ["http://acme.example/", "http://127.0.0.1/", "http://localhost.acme.example/"] {
            assert_eq!(text.parse::<WayBack>(), Err(NoWayBack::Insecure(text.to_owned())));
        }
    }
}
