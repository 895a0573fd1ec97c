//! Every sentence of the store, in one place.

pub mod audit;
pub mod configuration;
pub mod connect;
pub mod faults;
pub mod help;
pub mod import;
pub mod manage;
pub mod overview;
pub mod states;
pub mod store;
pub mod tray;

/// The word for one thing or for several.
pub fn plural(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// What people call the provider: "QuickBooks" for the product "QuickBooks Online".
pub fn brand(name: &str) -> &str {
    name.strip_suffix(" Online").unwrap_or(name)
}

/// Name of this program.
pub const PRODUCT: &str = "Integrations";
/// For keyboards: the first link of the page.
pub const SKIP: &str = "Skip to the content";
/// Closes a message.
pub const CLOSE: &str = "Close";
/// Leaves a dialog without doing anything.
pub const CANCEL: &str = "Cancel";
/// Copies what support needs to know.
pub const COPY_DETAILS: &str = "Copy details";
/// Said after that.
pub const COPIED: &str = "Copied";
/// While something is fetched.
pub const LOADING: &str = "Loading";

/// The link is lost for more than a moment.
pub const LINK_LOST: &str = "Connection lost. Going on by itself as soon as it is back.";
/// It is back, for those who heard that it was lost.
pub const LINK_BACK: &str = "Connected again.";

/// Leads back to the portal.
pub fn back_to(portal: &str) -> String {
    ["Back to ", portal].concat()
}

/// The title of a page.
pub fn title(page: &str, portal: &str) -> String {
    if portal.is_empty() { page.to_owned() } else { [page, " · ", portal].concat() }
}

/// Questions before a page with unsaved changes is left.
pub mod leaving {
    /// Heading.
    pub const TITLE: &str = "Leave without saving?";
    /// What happens to the changes.
    pub const BODY: &str =
        "Your changes are not saved yet. They are kept as a draft, and nothing uses them until you save.";
    /// Stays.
    pub const STAY: &str = "Stay here";
    /// Leaves.
    pub const LEAVE: &str = "Leave";
}

/// Pages instead of the store.
pub mod gate {
    /// The session is over.
    pub const OVER_TITLE: &str = "Your session has ended";
    /// What to do then.
    pub const OVER_BODY: &str = "Open the store from your portal again. Nothing you saved is lost.";
    /// No session is known in this browser.
    pub const UNKNOWN_VISITOR_TITLE: &str = "You are not signed in here";
    /// What to do then.
    pub const UNKNOWN_VISITOR_BODY: &str = "Open the store from your portal, which signs you in. If you have just done so in another tab, load this page again. Nothing you saved is lost.";
    /// The address of a frame was opened by itself.
    pub const ALONE_TITLE: &str = "The store opens inside your portal";
    /// What to do then.
    pub const ALONE_BODY: &str =
        "This address shows nothing by itself. Sign in to your portal and open the store there.";
    /// The page around the store gave no session.
    pub const NO_SESSION_TITLE: &str = "The store is waiting for your portal";
    /// What to do then.
    pub const NO_SESSION_BODY: &str = "This page has not signed you in yet. If nothing happens, load it again or sign in to your portal anew.";
    /// Another build, and loading again did not help.
    pub const BUILD_TITLE: &str = "A new version is being rolled out";
    /// What to do then.
    pub const BUILD_BODY: &str =
        "This page and the server are of different versions at the moment. Try again in a minute.";
    /// A page of the store did not come.
    pub const UNLOADED_TITLE: &str = "This page could not be loaded";
    /// What to do then.
    pub const UNLOADED_BODY: &str = "Check your connection and try again. Nothing you did is lost.";
    /// Loads a page of the store once more.
    pub const LOAD_AGAIN: &str = "Try again";
    /// Loads the page again.
    pub const RELOAD: &str = "Load again";
    /// No such page.
    pub const UNKNOWN_TITLE: &str = "This page does not exist";
    /// What to do then.
    pub const UNKNOWN_BODY: &str = "The address leads nowhere. The store is one step away.";
    /// Leads to the store.
    pub const TO_STORE: &str = "Go to the store";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        assert_eq!([0, 1, 2].map(|n| plural(n, "list", "lists")), ["lists", "list", "lists"]);
    }

    #[test]
    fn the_edition_is_no_part_of_the_brand() {
        assert_eq!(brand("QuickBooks Online"), "QuickBooks");
        assert_eq!(brand("Books"), "Books");
    }
}
