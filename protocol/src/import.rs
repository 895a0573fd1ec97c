//! Imports as whole snapshots, never deltas: the newest revision is the truth.

use serde::{Deserialize, Serialize};

use crate::ids::{ImportId, IntegrationId, Moment, Revision};

/// A list of the provider's that is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum List {
    /// CompanyInfo and Preferences.
    Company,
    /// Account.
    Accounts,
    /// TaxCode, with the rates and agencies of its entries.
    TaxCodes,
    /// TaxRate.
    TaxRates,
    /// `TaxAgency`.
    TaxAgencies,
    /// Term.
    Terms,
    /// `PaymentMethod`.
    PaymentMethods,
    /// `CompanyCurrency`.
    Currencies,
    /// Class.
    Classes,
    /// Department, which QuickBooks shows as a location.
    Locations,
    /// Customer.
    Customers,
    /// Vendor.
    Suppliers,
    /// Item.
    Items,
}

impl List {
    /// Every list, in the order in which a person wants to read them.
    pub const ALL: [Self; 13] = [
        Self::Company,
        Self::Accounts,
        Self::TaxCodes,
        Self::TaxRates,
        Self::TaxAgencies,
        Self::Terms,
        Self::PaymentMethods,
        Self::Currencies,
        Self::Classes,
        Self::Locations,
        Self::Customers,
        Self::Suppliers,
        Self::Items,
    ];
}

/// One run of an import, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSnapshot {
    /// Which run.
    pub import: ImportId,
    /// Of which integration's connection.
    pub integration: IntegrationId,
    /// Grows with every change; within one run nothing ever counts backwards.
    pub revision: Revision,
    /// Where the run stands.
    pub state: ImportState,
    /// What began it.
    pub trigger: Trigger,
    /// When it was asked for.
    pub started: Moment,
    /// When it ended.
    pub finished: Option<Moment>,
    /// Its lists, in order.
    pub lists: Vec<ListProgress>,
    /// Why it waits at this moment, if it does.
    pub waiting: Option<Waiting>,
    /// Seconds left, when that can be known.
    pub seconds_left: Option<u32>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportState {
    /// Reading.
    Running,
    /// Every list is done or skipped.
    Done,
    /// Ended with at least one failed list.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

/// What began a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trigger {
    /// The first run after connecting, or after reconnecting.
    Connected,
    /// A person.
    Person,
    /// The portal, over the API.
    Portal,
    /// The clock: lists are refreshed once a night.
    Nightly,
    /// The provider said that something changed.
    Notice,
}

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reading {
    /// Every record, page by page.
    Whole,
    /// Only what changed since it was last read.
    Changes,
}

/// Progress of one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListProgress {
    /// Which list.
    pub list: List,
    /// Where it stands.
    pub state: ListState,
    /// Records read.
    pub done: u32,
    /// Records there are, once counted; while only changes are read, how many those are.
    pub total: Option<u32>,
    /// How it is read.
    pub reading: Reading,
    /// Records read a second while it runs, over the last few pages; none before that can be told.
    pub per_second: Option<u32>,
    /// What became of them, once done.
    pub outcome: Outcome,
}

/// Where one list stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListState {
    /// Not begun.
    Waiting,
    /// Being read.
    Running,
    /// Read to its end.
    Done,
    /// Could not go on.
    Failed(ImportFault),
    /// This company does not have it.
    Skipped(SkipReason),
}

/// Why a company does not have a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SkipReason {
    /// Its edition lacks it.
    Edition,
    /// It is switched off in the company's preferences.
    SwitchedOff,
}

/// What became of the records of a list, against what was here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Not here before.
    pub added: u32,
    /// Here before, with another SyncToken.
    pub changed: u32,
    /// Of those that changed, the ones that have another name.
    pub renamed: u32,
    /// As before.
    pub unchanged: u32,
    /// Here before, gone at the provider.
    pub vanished: u32,
    /// Could not be read; counted, not kept.
    pub unreadable: u32,
}

/// Why a list could not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFault {
    /// What happened, for choosing the words.
    pub cause: ImportCause,
    /// The provider's own error code, for support.
    pub code: Option<String>,
    /// The provider's trace id (`intuit_tid`), for support.
    pub trace: Option<String>,
}

/// What stopped a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportCause {
    /// The provider stayed busy or unreachable for too long.
    Unreachable,
    /// The provider no longer accepts our sign-in.
    SignIn,
    /// The app may not use that company.
    Forbidden,
    /// The provider refused the request.
    Refused,
    /// The answer could not be understood.
    Garbled,
}

/// Why a run waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Waiting {
    /// The provider's request limit; goes on at this moment.
    Limit {
        /// When it goes on.
        until: Moment,
    },
    /// The provider did not answer; asks again at this moment.
    Retry {
        /// When it asks again.
        until: Moment,
    },
}
