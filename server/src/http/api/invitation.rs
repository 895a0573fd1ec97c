//! Letting a person in: what the portal says of them, checked and registered, is the same for a
//! one-time link and for a session token.

use protocol::ids::Moment;
use protocol::store::Permissions;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::named;
use super::key::Key;
use super::problem::Problem;
use super::rules::{check_id, check_name};
use crate::clock::{after, rfc3339};
use crate::state::Shared;
use crate::store::audit::Action;
use crate::store::ids::VisitorId;
use crate::store::invitations::NewInvitation;
use crate::store::portals::NewVisitor;
use crate::store::{Db, StoreError};
use crate::vault::Secret;

/// Who is to be let in, and with what rights.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitation {
    /// The portal's own id of the organisation.
    #[schema(min_length = 1, max_length = 128)]
    tenant: String,
    /// Registers the organisation, or renames it. May be left out once it is registered.
    #[schema(min_length = 1, max_length = 200)]
    tenant_name: Option<String>,
    #[serde(deserialize_with = "named")]
    visitor: Person,
    /// What the person may do; `view` must be among it.
    #[schema(min_items = 1)]
    permissions: Vec<Permission>,
    /// The person's language as a language tag; `en` if left out.
    #[schema(min_length = 2, max_length = 35, pattern = "^[A-Za-z0-9-]+$", example = "en-GB")]
    locale: Option<String>,
}

/// A person of the organisation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Person {
    /// The portal's own id of the person; it never changes.
    #[schema(min_length = 1, max_length = 128)]
    id: String,
    /// As shown in the store.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// As shown in the store.
    #[schema(min_length = 1, max_length = 200)]
    email: Option<String>,
}

/// A right in the store.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(try_from = "String")]
#[schema(rename_all = "lowercase")]
enum Permission {
    View,
    Configure,
    Connect,
    Import,
}

/// By its word alone: serde would take `{"view": null}` as well.
impl TryFrom<String> for Permission {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "view" => Ok(Self::View),
            "configure" => Ok(Self::Configure),
            "connect" => Ok(Self::Connect),
            "import" => Ok(Self::Import),
            _ => Err(format!("{word:?} is none of view, configure, connect, import")),
        }
    }
}

/// In which form the person comes in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Link,
    Token,
}

/// What nobody but its bearer knows: the hash of the secret, and how long that is good.
#[derive(Debug, Clone, Copy)]
struct Ticket {
    form: Form,
    hash: [u8; 32],
    expires: Moment,
}

/// Lets the person in by a new secret that is good for so many milliseconds; also says until when,
/// as RFC 3339 writes it.
pub(super) async fn issue(
    app: &Shared,
    key: Key,
    invitation: Invitation,
    (form, good_for): (Form, u64),
) -> Result<(Secret, String), Problem> {
    let secret = Secret::random(&app.clock);
    let expires = after(app.clock.now(), good_for);
    keep(app, key, invitation, Ticket { form, hash: secret.digest(), expires }).await?;
    Ok((secret, rfc3339(expires)))
}

/// Registers whoever is named and keeps the ticket, all in one transaction.
async fn keep(app: &Shared, key: Key, invitation: Invitation, ticket: Ticket) -> Result<(), Problem> {
    check(&invitation)?;
    let now = app.clock.now();
    let kept = app.store.write(move |mut db| {
        Box::pin(async move {
            // A revocation takes back only what is here by then.
            key.still_stands(&mut db).await?;
            let tenant = match &invitation.tenant_name {
                Some(name) => Some(db.put_tenant(&key.portal, &invitation.tenant, name).await?),
                None => db.tenant(&key.portal, &invitation.tenant).await?,
            };
            let Some(tenant) = tenant else { return Err(Problem::tenant_unknown()) };
            let visitor = db.put_visitor(tenant, &invitation.visitor.known()).await?;
            let action = hand_out(&mut db, &invitation, (visitor, &key), ticket).await?;
            let person = format!("visitor {}", invitation.visitor.id);
            db.add_audit(&key.line(tenant, action, &person), now).await?;
            Ok::<_, Problem>(tenant)
        })
    });
    // Open stores show the names as they are now.
    app.hub.touch(kept.await?);
    Ok(())
}

async fn hand_out(
    db: &mut Db<'_>,
    invitation: &Invitation,
    (visitor, key): (VisitorId, &Key),
    ticket: Ticket,
) -> Result<Action, StoreError> {
    let new = NewInvitation {
        hash: ticket.hash,
        visitor,
        permissions: rights(&invitation.permissions),
        locale: invitation.locale.as_deref().unwrap_or("en"),
        key: Some(key.id),
        expires: ticket.expires,
    };
    match ticket.form {
        Form::Link => db.add_link(&new).await.map(|()| Action::LinkMade),
        Form::Token => db.add_session_token(&new).await.map(|()| Action::SessionMade),
    }
}

impl Person {
    fn known(&self) -> NewVisitor<'_> {
        NewVisitor { external_id: &self.id, name: &self.name, email: self.email.as_deref() }
    }
}

fn check(invitation: &Invitation) -> Result<(), Problem> {
    let Invitation { tenant, tenant_name, visitor, permissions, locale } = invitation;
    check_id("tenant", tenant)?;
    tenant_name.iter().try_for_each(|name| check_name("tenant_name", name))?;
    check_id("visitor.id", &visitor.id)?;
    check_name("visitor.name", &visitor.name)?;
    visitor.email.iter().try_for_each(|email| check_name("visitor.email", email))?;
    if locale.as_deref().is_some_and(|locale| !is_language(locale)) {
        return Err(Problem::invalid("locale must be a language tag, for example en-GB."));
    }
    if !rights(permissions).view {
        return Err(Problem::invalid("permissions must contain view: without it there is nothing to see."));
    }
    Ok(())
}

fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn rights(named: &[Permission]) -> Permissions {
    let mut rights = Permissions::default();
    for permission in named {
        match permission {
            Permission::View => rights.view = true,
            Permission::Configure => rights.configure = true,
            Permission::Connect => rights.connect = true,
            Permission::Import => rights.import = true,
        }
    }
    rights
}
