//! What an operator does with portals. Each change runs in the caller's transaction and leaves its
//! line in the audit log there, so that all of it happens or nothing.

mod change;
mod key;
mod origin;
mod reached;
pub mod token_uses;
pub mod uses;
mod way_back;

use protocol::ids::{InvalidId, Moment, PortalId};

use crate::store::api_keys::KeySight;
use crate::store::audit::{Action, NewLine};
use crate::store::portals::{Portal, Weight};
use crate::store::{Db, StoreError};
pub use change::{Change, Leads, change};
pub use key::ApiKey;
pub use origin::{NoOrigin, Origin};
pub use way_back::{NoWayBack, WayBack};

/// More origins than anybody has, and a header that still fits.
const MOST_ORIGINS: usize = 50;

/// Why nothing was changed. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// No such portal.
    #[error("there is no portal {0:?}; those that there are: patchbay portal list")]
    Unknown(String),
    /// The id is taken.
    #[error("there is a portal {0:?} already; it was left as it is")]
    Taken(String),
    /// The id cannot stand in an address.
    #[error("{0:?} cannot be a portal's id: {1}")]
    Id(String, InvalidId),
    /// The name cannot be shown.
    #[error("a portal's name has 1 to 200 characters, none of them a control character")]
    Name,
    /// The way back is no page.
    #[error(transparent)]
    WayBack(#[from] NoWayBack),
    /// Not an origin.
    #[error(transparent)]
    Origin(#[from] NoOrigin),
    /// Every answer to a frame lists them all.
    #[error("a portal has at most {MOST_ORIGINS} origins; remove one that is no longer needed")]
    OriginsTooMany,
    /// The origin is there.
    #[error("{portal} has the origin {origin} already")]
    OriginTaken {
        /// Whose.
        portal: String,
        /// Which.
        origin: String,
    },
    /// The origin is not there.
    #[error("{portal} has no origin {origin}; those that it has: patchbay portal origins {portal} list")]
    OriginUnknown {
        /// Whose.
        portal: String,
        /// Which.
        origin: String,
    },
    /// No such key, or it is revoked.
    #[error(
        "{portal} has no key {prefix} that still opens anything; its keys: patchbay portal keys {portal} list"
    )]
    KeyUnknown {
        /// Whose.
        portal: String,
        /// Which.
        prefix: String,
    },
    /// Providers would go on believing that they are connected.
    #[error(
        "{portal} still has {} and {} that the provider does not know of yet. Disconnect them in the store first, so \
         that the provider is told; or add --drop-connections, which erases their tokens here without telling it",
        count(weight.live, "live connection"), count(weight.revocations, "disconnection")
    )]
    Live {
        /// Which.
        portal: String,
        /// What hangs on it.
        weight: Weight,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A portal that was checked and can be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPortal {
    portal: Portal,
    origins: Vec<String>,
}

impl NewPortal {
    /// Checks everything before anything is done.
    pub fn new(portal: Portal, origins: &[String]) -> Result<Self, PortalError> {
        PortalId::new(&portal.id).map_err(|error| PortalError::Id(portal.id.clone(), error))?;
        check_name(&portal.name)?;
        portal.return_url.as_deref().map(str::parse::<WayBack>).transpose()?;
        if origins.len() > MOST_ORIGINS {
            return Err(PortalError::OriginsTooMany);
        }
        let origins = origins.iter().map(|origin| Ok(origin.parse::<Origin>()?.as_str().to_owned()));
        Ok(Self { origins: origins.collect::<Result<_, NoOrigin>>()?, portal })
    }
}

fn check_name(name: &str) -> Result<(), PortalError> {
    let fits = !name.trim().is_empty() && name.chars().count() <= 200 && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(PortalError::Name) }
}

/// A portal as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalSight {
    /// Its id, name and way back.
    pub portal: Portal,
    /// Where it embeds the store.
    pub origins: Vec<String>,
    /// Its keys, the oldest first.
    pub keys: Vec<KeySight>,
}

/// Every portal with its origins and keys.
pub async fn list(db: &mut Db<'_>) -> Result<Vec<PortalSight>, StoreError> {
    let mut sights = Vec::new();
    for portal in db.portals().await? {
        let origins = db.origins_of(&portal.id).await?;
        let keys = db.api_keys_of(&portal.id).await?;
        sights.push(PortalSight { portal, origins, keys });
    }
    Ok(sights)
}

/// The portal of this id.
pub async fn known(db: &mut Db<'_>, id: &str) -> Result<Portal, PortalError> {
    db.portal(id).await?.ok_or_else(|| PortalError::Unknown(id.to_owned()))
}

/// Sets up a portal with its first key.
pub async fn add(db: &mut Db<'_>, new: &NewPortal, key: &ApiKey, now: Moment) -> Result<(), PortalError> {
    let id = &new.portal.id;
    if db.portal(id).await?.is_some() {
        return Err(PortalError::Taken(id.clone()));
    }
    db.put_portal(&new.portal, &new.origins, now).await?;
    db.add_audit(&NewLine::by_operator(id, Action::PortalAdded, &new.portal.name), now).await?;
    add_key(db, id, key, now).await
}

/// Gives a portal one more key.
pub async fn add_key(db: &mut Db<'_>, portal: &str, key: &ApiKey, now: Moment) -> Result<(), PortalError> {
    known(db, portal).await?;
    db.add_api_key(&key.kept(portal), now).await?;
    Ok(db.add_audit(&NewLine::by_operator(portal, Action::KeyAdded, key.prefix()), now).await?)
}

/// Revokes a key, and takes back what it handed out and nobody has used.
pub async fn revoke_key(db: &mut Db<'_>, portal: &str, prefix: &str, now: Moment) -> Result<(), PortalError> {
    known(db, portal).await?;
    if !db.revoke_api_key(portal, prefix, now).await? {
        return Err(PortalError::KeyUnknown { portal: portal.to_owned(), prefix: prefix.to_owned() });
    }
    Ok(db.add_audit(&NewLine::by_operator(portal, Action::KeyRevoked, prefix), now).await?)
}

/// Lets a portal embed the store on one more origin.
pub async fn add_origin(
    db: &mut Db<'_>,
    portal: &str,
    origin: &Origin,
    now: Moment,
) -> Result<(), PortalError> {
    known(db, portal).await?;
    let (portal, origin) = (portal.to_owned(), origin.as_str().to_owned());
    if !db.add_origin(&portal, &origin).await? {
        return Err(PortalError::OriginTaken { portal, origin });
    }
    if db.origins_of(&portal).await?.len() > MOST_ORIGINS {
        return Err(PortalError::OriginsTooMany);
    }
    Ok(db.add_audit(&NewLine::by_operator(&portal, Action::OriginAdded, &origin), now).await?)
}

/// Takes an origin away. `origin` need not be a legal one: rules may have been laxer when it was added.
pub async fn remove_origin(
    db: &mut Db<'_>,
    portal: &str,
    origin: &str,
    now: Moment,
) -> Result<(), PortalError> {
    known(db, portal).await?;
    if !db.remove_origin(portal, origin).await? {
        return Err(PortalError::OriginUnknown { portal: portal.to_owned(), origin: origin.to_owned() });
    }
    Ok(db.add_audit(&NewLine::by_operator(portal, Action::OriginRemoved, origin), now).await?)
}

/// What becomes of connections that still work when their portal is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveConnections {
    /// The portal is not removed.
    Keep,
    /// Their tokens are erased, without telling the provider: a revocation could end the permission
    /// of a neighbour who uses the same company, and nobody would be left to retry it.
    Drop,
}

/// Removes a portal: its sessions end, its keys, links and tokens open nothing, and what its
/// organisations imported, mapped and saved is erased. Answers what went with it.
pub async fn remove(
    db: &mut Db<'_>,
    id: &str,
    live: LiveConnections,
    now: Moment,
) -> Result<Weight, PortalError> {
    let portal = known(db, id).await?;
    let weight = db.weigh_portal(id, now).await?;
    if live == LiveConnections::Keep && weight.live + weight.revocations > 0 {
        return Err(PortalError::Live { portal: id.to_owned(), weight });
    }
    db.remove_portal(id).await?;
    db.add_audit(&NewLine::by_operator(id, Action::PortalRemoved, &portal.name), now).await?;
    Ok(weight)
}

/// "1 key", "2 keys".
pub fn count(number: i64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal(id: &str, name: &str, back: Option<&str>) -> Portal {
        Portal { id: id.to_owned(), name: name.to_owned(), return_url: back.map(str::to_owned) }
    }

    #[test]
    fn a_portal_is_checked_before_it_is_added() {
        let origins = ["https://app.acme.example".to_owned()];
        assert!(NewPortal::new(portal("acme", "Acme", Some("https://acme.example/")), &origins).is_ok());
        for wrong in [
            portal("", "Acme", None),
            portal("a/b", "Acme", None),
            portal("acme", " ", None),
            portal("acme", "Ac\u{1b}[2Jme", None),
            portal("acme", "Acme", Some("javascript:alert(1)")),
            portal("acme", "Acme", Some("acme.example")),
        ] {
            assert!(NewPortal::new(wrong.clone(), &origins).is_err(), "{wrong:?}");
        }
        assert!(NewPortal::new(portal("acme", "Acme", None), &["https://*".to_owned()]).is_err());
    }
}
