//! The switches of the companies' books: what people do in them, what is computed, how restless they are.

use serde::Deserialize;
use serde_json::Value;

use super::Control;
use crate::{Change, Generated, GeneratedError, Unrest};

/// What `POST /sandbox/control` takes under `books`: any of these, done in this order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookWishes {
    /// A company to compute from now on.
    pub generate: Option<Generated>,
    /// The company that the others are about.
    #[serde(default)]
    pub realm: String,
    /// Something that somebody does in it.
    pub change: Option<Change>,
    /// Which edition it has, as `OfferingSku` names it; nothing when it is not to say so.
    pub edition: Option<String>,
    /// How restless it is while its lists are read.
    pub unrest: Option<Unrest>,
}

/// Why nothing happened in the books.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No company has this realm.
    #[error("no company has the realm {0:?}")]
    Realm(String),
    /// QuickBooks refuses it, as it would refuse an app.
    #[error("QuickBooks refuses it with {code}: {detail}")]
    Refused {
        /// Intuit's code.
        code: String,
        /// Intuit's words.
        detail: String,
    },
    /// More than can happen between two pages.
    #[error("at most {most} records change between two pages, not {0}", most = Unrest::MOST_CHANGES)]
    Unrest(u32),
    /// The company cannot be computed.
    #[error(transparent)]
    Generated(#[from] GeneratedError),
}

impl Control {
    /// Somebody changes something inside QuickBooks. Returns the record as it is then, or was last.
    pub fn change(&self, realm: &str, change: Change) -> Result<Value, ChangeError> {
        let company = self.play.company(realm).ok_or_else(|| ChangeError::Realm(realm.to_owned()))?;
        let changed = company.books_mut().change(change, self.play.clock.now());
        changed.map_err(|fault| ChangeError::Refused { code: fault.code.to_owned(), detail: fault.detail })
    }

    /// The company has another edition from now on; with nothing it no longer says which, and has everything.
    pub fn set_edition(&self, realm: &str, edition: &str) -> Result<(), ChangeError> {
        let company = self.play.company(realm).ok_or_else(|| ChangeError::Realm(realm.to_owned()))?;
        company.books_mut().set_edition(edition);
        Ok(())
    }

    /// Lets records be created, renamed and deactivated between the pages that are read from now on.
    pub fn set_unrest(&self, realm: &str, unrest: Unrest) -> Result<(), ChangeError> {
        let company = self.play.company(realm).ok_or_else(|| ChangeError::Realm(realm.to_owned()))?;
        if unrest.changes > Unrest::MOST_CHANGES {
            return Err(ChangeError::Unrest(unrest.changes));
        }
        company.books_mut().set_unrest(unrest);
        Ok(())
    }

    /// Adds a computed company.
    pub fn generate(&self, company: &Generated) -> Result<(), GeneratedError> {
        self.play.companies.generate(company)
    }

    /// Does all that is wished, up to the first that cannot be.
    pub fn books(&self, wishes: &BookWishes) -> Result<(), ChangeError> {
        if let Some(company) = &wishes.generate {
            self.generate(company)?;
        }
        if let Some(change) = &wishes.change {
            self.change(&wishes.realm, change.clone())?;
        }
        if let Some(edition) = &wishes.edition {
            self.set_edition(&wishes.realm, edition)?;
        }
        if let Some(unrest) = wishes.unrest {
            self.set_unrest(&wishes.realm, unrest)?;
        }
        Ok(())
    }
}
