//! Words of an integration's page.

use protocol::health::Revocation;
use protocol::store::{Connection, ConnectionState, TaxMode};

use super::{brand, states};
use crate::routes::Tab;

/// A tab.
pub fn tab(tab: Tab) -> &'static str {
    match tab {
        Tab::Overview => "Overview",
        Tab::Configuration => "Configuration",
        Tab::Data => "Imported data",
        Tab::Activity => "Activity",
    }
}

/// Names the tabs.
pub fn tabs(name: &str) -> String {
    ["Pages of ", name].concat()
}
/// Leads back.
pub const ALL: &str = "All integrations";
/// Heading of the description.
pub const ABOUT: &str = "About";
/// Heading of what happened.
pub const HAPPENED: &str = "What happened";
/// Heading of the access list.
pub const ACCESS: &str = "What connecting allows";
/// Heading of the facts.
pub const CONNECTION: &str = "Connection";
/// Heading of the lists.
pub const LISTS: &str = "Lists";
/// Under it.
pub const LISTS_HELP: &str = "What was read, and when. A refresh reads a list again and keeps every mapping.";
/// Reads all lists.
pub const REFRESH_ALL: &str = "Refresh all";
/// Reads one list.
pub const REFRESH: &str = "Refresh";

/// Names the button that reads one list.
pub fn refresh(list: &str) -> String {
    ["Refresh ", list].concat()
}
/// A list that was never read.
pub const NEVER: &str = "never";
/// Column: list.
pub const COLUMN_LIST: &str = "List";
/// Column: records.
pub const COLUMN_RECORDS: &str = "Records";
/// Column: age.
pub const COLUMN_AGE: &str = "Read";
/// Nothing imported yet.
pub const NO_LISTS: &str = "Nothing has been read yet. Lists appear here while the first import runs.";
/// Leads to the help article.
pub const GUIDE: &str = "Read the guide";

/// Facts about a connection.
pub mod fact {
    /// The state.
    pub const STATE: &str = "State";
    /// When a connection under OAuth 1.0 stops working.
    pub const UNTIL: &str = "Works until";
    /// The company.
    pub const COMPANY: &str = "Company";
    /// Its legal name.
    pub const LEGAL: &str = "Legal name";
    /// Its country.
    pub const COUNTRY: &str = "Country";
    /// Its home currency.
    pub const CURRENCY: &str = "Home currency";
    /// Its edition.
    pub const EDITION: &str = "Edition";
    /// Several currencies.
    pub const CURRENCIES: &str = "Several currencies";
    /// Who works out sales tax.
    pub const TAX: &str = "Sales tax";
    /// Classes.
    pub const CLASSES: &str = "Classes";
    /// Locations.
    pub const LOCATIONS: &str = "Locations";
    /// Numbers of its own on documents.
    pub const NUMBERS: &str = "Custom document numbers";
    /// The first month of its year.
    pub const YEAR: &str = "Year begins";
    /// The day up to which its books are closed.
    pub const CLOSED: &str = "Books closed up to";
    /// The end of its id.
    pub const ID: &str = "Company id";
    /// The environment.
    pub const ENVIRONMENT: &str = "Environment";
    /// Who connected, when.
    pub const CONNECTED: &str = "Connected by";
    /// Who saved, when.
    pub const SAVED: &str = "Last saved by";
    /// When the sign-in ends unless it is used.
    pub const IDLE: &str = "Sign-in ends if unused";
    /// When it ends in any case.
    pub const HARD: &str = "Sign-in ends";
    /// What became of the last sign-in.
    pub const REVOCATION: &str = "Last sign-in";
}

/// A setting of the company that is on or off there.
pub fn switch(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

/// Who works out sales tax.
pub fn tax(mode: TaxMode) -> &'static str {
    match mode {
        TaxMode::Off => "Not used",
        TaxMode::Manual => "By the tax code of each line",
        TaxMode::Automated => "Automated sales tax",
    }
}

/// What became of revoking a sign-in; `at` is the moment that it speaks of, as shown.
pub fn revocation(revocation: Revocation, name: &str, at: &str) -> String {
    let name = brand(name);
    match revocation {
        Revocation::Done { .. } => ["Revoked at ", name, ", ", at].concat(),
        Revocation::Waits { .. } => {
            ["Still being revoked: ", name, " has not confirmed it yet. Next try ", at].concat()
        }
        Revocation::Shared => {
            "Not revoked, because its company is connected elsewhere and would be cut off there too"
                .to_owned()
        }
        Revocation::Unreadable => "Not revoked, because our copy of it could not be opened".to_owned(),
    }
}

/// What to do about a state that asks for something.
pub fn advice(connection: &Connection, name: &str) -> Option<String> {
    match connection.state {
        ConnectionState::Paused if connection.subscription_ended => {
            let why = states::subscription(name);
            Some(["Paused, because ", &why, ". Renew it at ", brand(name), ", then resume."].concat())
        }
        ConnectionState::Paused => Some(
            "Nothing is read or sent until somebody resumes. The sign-in is kept alive.".to_owned(),
        ),
        ConnectionState::Attention { .. } => Some(
            "Something it needs is gone, is claimed twice, or could not be read. Review the problems in the configuration, or refresh the lists.".to_owned(),
        ),
        _ => None,
    }
}

/// The end of an id.
pub fn id_tail(tail: &str) -> String {
    ["ends in ", tail].concat()
}

/// An environment of the provider.
pub fn environment(name: &str) -> &str {
    match name {
        "production" => "Production",
        "sandbox" => "Sandbox of the provider",
        "local" => "Local sandbox",
        other => other,
    }
}

/// Who did something, when.
pub fn stamp(by: &str, at: &str) -> String {
    [by, ", ", at].concat()
}
