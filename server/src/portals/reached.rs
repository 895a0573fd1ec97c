//! How a browser reaches an address of a portal's: by https, or by http on this machine, where nobody
//! stands between.

use url::{Host, Url};

/// How a browser reaches what a text names.
pub(super) enum Reached {
    /// By https, or without leaving the machine.
    Safely(Url),
    /// By http: whoever is on the way could change what comes.
    Insecurely,
    /// Not at all: it is no address, or one of another kind.
    Never,
}

impl Reached {
    pub(super) fn of(text: &str) -> Self {
        let Ok(url) = Url::parse(text) else { return Self::Never };
        match url.scheme() {
            "https" => Self::Safely(url),
            "http" if is_this_machine(&url) => Self::Safely(url),
            "http" => Self::Insecurely,
            _ => Self::Never,
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost"))
}
