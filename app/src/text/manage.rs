//! Words of what can be done with a connection beyond its switch.

use protocol::health::TestFault;

use super::brand;

/// Names the group of buttons.
pub const TITLE: &str = "Manage";
/// Reads the company once.
pub const TEST: &str = "Test connection";
/// While that goes on.
pub const TESTING: &str = "Testing";
/// Stops everything for a while.
pub const PAUSE: &str = "Pause";
/// Signs in anew.
pub const RECONNECT: &str = "Reconnect";
/// Switches off.
pub const DISCONNECT: &str = "Disconnect";
/// Erases everything.
pub const UNINSTALL: &str = "Uninstall";
/// Hands out the settings as a file.
pub const DOWNLOAD: &str = "Download configuration";
/// The same, before they are erased.
pub const DOWNLOAD_FIRST: &str = "Download a copy first";
/// Erases, after the name was typed.
pub const ERASE: &str = "Erase and uninstall";

/// It works.
pub fn works(name: &str, company: &str) -> String {
    ["It works: ", brand(name), " has just answered for ", company, "."].concat()
}

/// It does not, and what to do.
pub fn fault(fault: TestFault, name: &str) -> String {
    let name = brand(name);
    match fault {
        TestFault::Unreachable => [name, " did not answer. Try again in a while."].concat(),
        TestFault::Busy => [name, " asks for a pause. Try again in a minute."].concat(),
        TestFault::SignIn => {
            [name, " no longer accepts our sign-in. Reconnect; your settings are kept."].concat()
        }
        TestFault::Forbidden => {
            [name, " says that this app may not use the company. Reconnect, or ask the operator."].concat()
        }
        TestFault::KeysRefused => [
            "The operator's keys are refused by ",
            name,
            ". The operator has been told; your connection is kept.",
        ]
        .concat(),
        TestFault::SubscriptionEnded => {
            ["The subscription at ", name, " has ended. Renew it there, then resume here."].concat()
        }
        TestFault::Refused => [name, " refused the request. Copy the details for support."].concat(),
        TestFault::Garbled => {
            ["The answer of ", name, " could not be understood. Copy the details for support."].concat()
        }
    }
}

/// What support needs to know about a test.
pub fn details(reference: &str, code: Option<&str>, trace: Option<&str>) -> String {
    let line = |name: &str, value: Option<&str>| value.map(|value| ["\n", name, ": ", value].concat());
    let more = [line("code", code), line("intuit_tid", trace)];
    let more: String = more.into_iter().flatten().collect();
    ["request id: ", reference, &more].concat()
}

/// Heading of the dialog that uninstalls.
pub fn uninstall_title(name: &str) -> String {
    ["Uninstall ", name, "?"].concat()
}
/// Above what is erased.
pub const ERASES: &str = "What is erased for good";
/// What is erased, a line each.
pub const ERASED: [&str; 3] = [
    "Every setting and every mapping.",
    "The imported lists and the history of imports.",
    "Drafts that nobody has saved.",
];

/// What becomes of the sign-in.
pub fn revokes(name: &str) -> String {
    ["The sign-in at ", brand(name), " is revoked. Only the list of what happened is kept."].concat()
}
/// What to do instead.
pub const INSTEAD: &str = "To stop and keep everything, disconnect or pause instead.";

/// Label of the field.
pub fn type_name(name: &str) -> String {
    ["Type ", name, " to confirm"].concat()
}
