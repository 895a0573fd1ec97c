//! How moving a connection ended: what is counted, and whether it is tried again.

use super::{ASIDE, again};
use crate::clock::after;
use crate::connections::ConnectionRow;
use crate::oauth::TokenFault;
use crate::state::Shared;
use crate::store::StoreError;

/// Tries without a usable answer; after that somebody has to say that it is tried again.
const TRIES: u32 = 8;
/// While the operator has not given us the keys of that time.
const UNTIL_KEYS: u64 = 60 * 60 * 1000;

/// How it ended, or did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Connected under OAuth 2.0.
    Moved,
    /// Its visitor was quicker.
    Overtaken,
    /// A visitor signs in, or the endpoint takes nothing: later, for no fault of the connection.
    Aside,
    /// The endpoint asks to wait so many seconds.
    Limited(u32),
    /// No consumer key is configured, or the environment has no such endpoint.
    NoKeys,
    /// The provider refuses.
    Refused,
    /// Nobody there.
    Unreachable,
    /// No usable answer; the provider may have moved it.
    NoAnswer,
    /// The answer names another company.
    OtherCompany,
    /// The new token does not open the company.
    Unproven,
    /// Whether it does could not be seen.
    ProofUnreachable,
    /// Connected elsewhere under the same registration.
    InUse,
    /// Less was granted than is needed.
    ScopeMissing,
    /// The sealed credentials cannot be opened.
    Unreadable,
}

impl Ending {
    pub(super) fn of(fault: TokenFault) -> Self {
        match fault {
            TokenFault::Limited { seconds } => Self::Limited(seconds),
            TokenFault::NotSent => Self::Unreachable,
            TokenFault::NoAnswer => Self::NoAnswer,
            TokenFault::InvalidGrant | TokenFault::InvalidClient | TokenFault::Refused => Self::Refused,
        }
    }

    /// As it is counted.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Overtaken => "overtaken",
            Self::Aside | Self::Limited(_) => "waiting",
            Self::NoKeys => "no_keys",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no_answer",
            Self::OtherCompany => "other_company",
            Self::Unproven => "company_unproven",
            Self::ProofUnreachable => "proof_unreachable",
            Self::InUse => "company_in_use",
            Self::ScopeMissing => "scope_missing",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Writes down how it ended, and when it is tried again.
pub(super) async fn note(
    app: &Shared,
    row: &ConnectionRow,
    tries: u32,
    ending: Ending,
) -> Result<(), StoreError> {
    let (id, now) = (row.id, app.clock.now());
    tracing::info!(connection = id.0, ?ending, tries, "moving a connection from OAuth 1.0 ended");
    let later = again(app, tries);
    let noted = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            match ending {
                // The transaction that kept the tokens has noted it.
                Ending::Moved => Ok(()),
                Ending::Overtaken | Ending::Aside => db.postpone_move(id, after(now, ASIDE)).await,
                Ending::Limited(seconds) => db.postpone_move(id, after(now, u64::from(seconds) * 1000)).await,
                Ending::NoKeys => db.fail_move(id, ending.word(), Some(after(now, UNTIL_KEYS))).await,
                Ending::Unreachable => db.fail_move(id, ending.word(), Some(later)).await,
                Ending::NoAnswer | Ending::ProofUnreachable if tries < TRIES => {
                    db.fail_move(id, ending.word(), Some(later)).await
                }
                _ => db.fail_move(id, ending.word(), None).await,
            }
        })
    });
    noted.await?;
    if ending == Ending::Moved {
        app.hub.touch(row.tenant);
        app.wake.imports.notify_one();
    }
    Ok(())
}
