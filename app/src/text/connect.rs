//! Words of switching on and off, of waiting, and of the company guard.

use protocol::store::ConnectFailure;

use super::brand;

/// Heading of the dialog that begins connecting.
pub fn title(name: &str) -> String {
    ["Connect ", name].concat()
}

/// The same for a connection made under OAuth 1.0.
pub fn upgrade(name: &str) -> String {
    ["Upgrade ", name, " to OAuth 2.0"].concat()
}

/// Who is being connected.
pub fn whom(organisation: &str, portal: &str) -> String {
    ["You are connecting ", organisation, " in ", portal, "."].concat()
}

/// Above the list of what connecting allows.
pub fn access(portal: &str) -> String {
    ["This lets ", portal, ":"].concat()
}

/// What happens next.
pub fn opens(name: &str) -> String {
    let name = brand(name);
    ["A window opens in which you sign in at ", name, " and choose a company. Your password stays there."]
        .concat()
}

/// On connecting again.
pub fn kept(company: &str) -> String {
    ["Your settings and mappings are kept. Choose ", company, " again to go on where you left off."].concat()
}

/// The button of the dialog.
pub fn go(name: &str) -> String {
    ["Connect to ", brand(name)].concat()
}

/// While the visitor is away.
pub fn waiting(name: &str) -> String {
    ["Waiting for ", brand(name)].concat()
}

/// What to do meanwhile.
pub const WAITING_BODY: &str = "Sign in and choose your company in the window that opened; this page goes on by itself. If you have closed that window, open it again.";
/// The server has not seen the window.
pub const UNSEEN: &str = "No window? Your browser may have blocked it. Open it again, or go on in this tab and come back afterwards.";
/// Opens the window again.
pub const AGAIN: &str = "Open again";
/// Uses this tab.
pub const THIS_TAB: &str = "Open in this tab";
/// Gives the attempt up.
pub const GIVE_UP: &str = "Cancel the sign-in";
/// The ticket is being fetched.
pub const PREPARING: &str = "Preparing";

/// Heading of the dialog that switches off.
pub fn off_title(name: &str) -> String {
    ["Switch off ", name, "?"].concat()
}
/// Above what stops.
pub const STOPS: &str = "What stops at once";
/// Above what is kept.
pub const KEEPS: &str = "What is kept";

/// What stops, a line each.
pub fn stops(name: &str, portal: &str, importing: bool) -> Vec<String> {
    let name = brand(name);
    let mut lines = vec![
        ["Nothing is read from or sent to ", name, " any more."].concat(),
        ["The sign-in of ", portal, " at ", name, " is revoked."].concat(),
    ];
    if importing {
        lines.push("The running import ends; what it has read is kept.".to_owned());
    }
    lines
}

/// What is kept, a line each.
pub const KEPT: [&str; 2] = ["Every mapping and every setting.", "The lists that were imported."];
/// Afterwards.
pub const AND_BACK: &str = "Switch on again whenever you like, and everything is as it was.";
/// Switches off.
pub const SWITCH_OFF: &str = "Switch off";

/// After switching off.
pub fn is_off(name: &str) -> String {
    [name, " is disconnected. Your settings are kept."].concat()
}

/// Heading of the company guard.
pub const GUARD_TITLE: &str = "This is another company than before";
/// Label of the old company.
pub const GUARD_BEFORE: &str = "Your mappings belong to";
/// Label of the new company.
pub const GUARD_CHOSEN: &str = "You have just chosen";
/// What it means.
pub const GUARD_BODY: &str =
    "Mappings point at records of one company and fit no other. Nothing has been changed yet.";
/// Keeps the old company.
pub const GUARD_CANCEL: &str = "Cancel, keep everything as it was";
/// Takes the new company.
pub const GUARD_REPLACE: &str = "Connect and archive the old mappings";
/// Opens the question again.
pub const GUARD_OPEN: &str = "Decide";

/// Instead of it, while a colleague has to decide.
pub const GUARD_WAITS: &str = "A colleague decides which company stays";

/// Somebody else has to decide.
pub fn guard_theirs(before: &str, chosen: &str) -> String {
    ["A colleague chose ", chosen, " instead of ", before, " and has to decide which one stays."].concat()
}

/// The visitor has to decide.
pub fn guard_mine(before: &str, chosen: &str) -> String {
    ["You chose ", chosen, ", but your mappings belong to ", before, "."].concat()
}

/// Why the last attempt came to nothing.
pub fn failure(failure: ConnectFailure, name: &str) -> String {
    let name = brand(name);
    match failure {
        ConnectFailure::Cancelled => ["You cancelled at ", name, ". Nothing was changed."].concat(),
        ConnectFailure::Refused => [name, " refused the connection. Nothing was changed."].concat(),
        ConnectFailure::CompanyInUse => {
            "That company is already connected to another organisation. A company can be connected once."
                .to_owned()
        }
        ConnectFailure::CompanyUnproven => {
            [name, " did not confirm the company you chose, so nothing was connected."].concat()
        }
        ConnectFailure::Unreachable => [name, " did not answer in time. Nothing was changed."].concat(),
        ConnectFailure::KeysRefused => {
            ["The operator's keys are refused by ", name, ". The operator has been told."].concat()
        }
        ConnectFailure::Expired => "This sign-in link is no longer valid.".to_owned(),
        ConnectFailure::NotAllowed => "You no longer have the right to connect.".to_owned(),
        ConnectFailure::ScopeMissing => {
            [name, " allowed less than this connection needs, so nothing was connected."].concat()
        }
    }
}

/// The way out of a failure; none where trying again is no use.
pub fn way_out(failure: ConnectFailure) -> Option<&'static str> {
    match failure {
        ConnectFailure::Expired => Some("Start again"),
        ConnectFailure::KeysRefused | ConnectFailure::NotAllowed => None,
        ConnectFailure::CompanyInUse => Some("Choose another company"),
        _ => Some("Try again"),
    }
}
