//! Stores inside a portal's page: no cookie, a token for the first hello, then resume secrets.

use protocol::ids::PortalId;
use protocol::message::{Auth, FaultKind, Hello, ServerMessage};
use protocol::store::Permissions;
use server::store::ids::SessionId;
use server::store::invitations::NewInvitation;
use server::store::portals::{NewVisitor, Portal};
use server::store::{Db, StoreError};
use server::vault::Secret;

use crate::client::{Client, SOON};
use crate::world::{ALL, PORTAL, START, World};

/// How long a token is good.
pub(crate) const GOOD_FOR: u64 = 300_000;

/// A portal beside the one that every world has.
pub(crate) const OTHER: &str = "other";

/// Whom a token is for.
#[derive(Clone, Copy)]
pub(crate) struct For {
    pub(crate) portal: &'static str,
    pub(crate) tenant: &'static str,
    pub(crate) name: &'static str,
    pub(crate) permissions: Permissions,
}

/// Most tokens here.
pub(crate) const ZOE: For = For { portal: PORTAL, tenant: "riverside", name: "Zoë", permissions: ALL };

impl World {
    /// A session token, as the API would give it out now.
    pub(crate) async fn token(&self, whose: For) -> String {
        let (secret, now) = (Secret::random(&self.clock), self.clock.now());
        let hash = secret.digest();
        self.write(move |mut db| Box::pin(async move { give_out(&mut db, whose, hash, now.0).await })).await;
        secret.lend(str::to_owned)
    }

    /// Says hello from a frame of the portal.
    pub(crate) async fn frame(&self, auth: Auth) -> Result<Client, FaultKind> {
        self.frame_of(Some(PORTAL), auth).await
    }

    /// Says hello from wherever.
    pub(crate) async fn frame_of(&self, portal: Option<&str>, auth: Auth) -> Result<Client, FaultKind> {
        let portal = portal.map(|portal| PortalId::new(portal).expect("an id"));
        Client::greeted(self, None, Hello { build: "dev".to_owned(), auth, cursor: None, portal }).await
    }

    /// A welcomed frame.
    pub(crate) async fn open_frame(&self, whose: For) -> Client {
        self.frame(Auth::Token(self.token(whose).await)).await.expect("a welcome")
    }

    /// The session that began last, of those that are not over.
    pub(crate) async fn newest_session(&self) -> SessionId {
        let now = self.clock.now();
        let found = self.write(move |mut db| {
            Box::pin(async move {
                let tenant = db.tenant(PORTAL, ZOE.tenant).await?.expect("the tenant");
                db.sessions_of_tenant(tenant, now).await
            })
        });
        found.await.into_iter().map(|(id, _)| id).max().expect("a session")
    }

    /// The newest lines of the audit log: what was done, and to what. Without signing in, which every
    /// frame does.
    pub(crate) async fn audited(&self) -> Vec<(String, String)> {
        let read = self.write(|mut db| Box::pin(async move { db.audit_tail(None, 100).await }));
        let lines = read.await.into_iter().filter(|line| line.action != "session.began");
        lines.map(|line| (line.action, line.object)).collect()
    }
}

async fn give_out(db: &mut Db<'_>, whose: For, hash: [u8; 32], now: u64) -> Result<(), StoreError> {
    if db.portal(whose.portal).await?.is_none() {
        let portal = Portal { id: whose.portal.to_owned(), name: "Other Stock".to_owned(), return_url: None };
        db.put_portal(&portal, &[], START).await?;
    }
    let tenant = db.put_tenant(whose.portal, whose.tenant, "Riverside Cycles").await?;
    let person = NewVisitor { external_id: whose.name, name: whose.name, email: None };
    let visitor = db.put_visitor(tenant, &person).await?;
    let expires = protocol::ids::Moment(now + GOOD_FOR);
    let permissions = whose.permissions;
    db.add_session_token(&NewInvitation { hash, visitor, permissions, locale: "en", key: None, expires })
        .await
}

impl Client {
    /// The resume secret of the welcome.
    pub(crate) fn secret(&self) -> String {
        self.welcome.resume.clone().expect("a frame is given a resume secret")
    }

    /// Is told that the session ended, and closed, at once.
    pub(crate) async fn told_the_end(&mut self) {
        let told = async {
            self.until(|message| matches!(message, ServerMessage::SessionEnded).then_some(())).await;
            self.closed().await.map(|close| u16::from(close.code))
        };
        assert_eq!(tokio::time::timeout(SOON, told).await.expect("at once"), Some(1000));
    }
}
