//! The stage: an organisation with everything that there is to steal, and those who come for it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use protocol::ids::{EventSeq, ImportId, Moment};
use protocol::import::List;
use protocol::store::Permissions;
use sandbox::{Failure, UK_COMPANY, US_COMPANY};
use serde_json::json;
use server::imports;
use server::portals::{self, ApiKey, PortalError};
use server::store::api_keys::{Scope, Scopes};
use server::store::ids::{SessionId, TenantId};
use server::store::invitations::NewInvitation;
use server::store::portals::Portal;
use server::vault::Secret;

use super::Caller;
use super::dump::{Dump, Schema, Whose};
use crate::client::BOUND;
use crate::configuration::{required, save};
use crate::ear::silent;
use crate::imports::ended;
use crate::quick::{Quick, qbo};
use crate::rows::NO_CONNECTION;
use crate::world::{ALL, PORTAL, Person, START, World};

/// Who may only look.
pub(super) const LOOKS: Permissions =
    Permissions { view: true, configure: false, connect: false, import: false };
/// The owner's organisation, in the portal's words.
pub(super) const OWNERS: &str = "acme";
/// What only the owner's organisation may read.
pub(super) const PRIVATE: [&str; 2] = ["acme", "Harbourside"];
/// Longer than any session lasts unused.
const LONG: u64 = 9 * 3_600_000;
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A proxy on which nothing has happened yet, or everything has.
pub(super) struct Stage {
    pub(super) quick: Quick,
    schema: Schema,
    tenant: TenantId,
    made: AtomicU32,
}

/// What is named in what is asked: the owner's, or what is nowhere.
#[derive(Debug, Clone)]
pub(super) struct Targets {
    pub(super) tenant: &'static str,
    pub(super) import: ImportId,
    pub(super) seq: EventSeq,
    pub(super) account: String,
    /// The public id of a connection.
    pub(super) connection: String,
    /// A session token.
    pub(super) token: String,
}

impl Targets {
    /// Nothing of this exists.
    pub(super) fn nowhere() -> Self {
        let (import, seq) = (ImportId(4_000_000), EventSeq(4_000_000));
        let connection = NO_CONNECTION.to_owned();
        Self { tenant: "nowhere", import, seq, account: "4000000".into(), connection, token: "A".repeat(43) }
    }
}

/// Everything at one moment.
pub(super) struct Look {
    pub(super) whole: Dump,
    /// The rows of the owner; for somebody of another portal, those of the owner's portal.
    pub(super) owners: Dump,
    /// Requests that reached the provider.
    pub(super) calls: usize,
}

impl Stage {
    /// Nothing has happened yet.
    pub(super) async fn bare() -> Self {
        let quick = Quick::start().await;
        let schema = Schema::of(&quick.world.dir.path().join("patchbay.db")).await;
        let tenant = quick.ann().await.tenant;
        let rival = Portal { id: "rival".into(), name: "Rival Stock".into(), return_url: None };
        quick
            .world
            .write(move |mut db| Box::pin(async move { db.put_portal(&rival, &[], START).await }))
            .await;
        Self { quick, schema, tenant, made: AtomicU32::new(0) }
    }

    /// The owner connects, imports, maps, saves and drafts; one list fails, so that there is something
    /// to retry, and every table but a few has a row that somebody might want.
    pub(super) async fn furnish(&self) {
        let ann = self.quick.ann().await;
        let world = self.world();
        for kind in ["customers", "taxes"] {
            let path = world.at(&format!("/api/v1/tenants/{OWNERS}/records/{kind}"));
            let post =
                world.http.post(path).bearer_auth(&world.key).body("{\"id\":\"1\",\"name\":\"acme One\"}");
            let post = post.header("content-type", "application/x-ndjson").send().await.expect("an answer");
            assert_eq!(post.status().as_u16(), 200, "{kind}");
        }
        assert_eq!(self.quick.connect(&ann, UK_COMPANY).await, "connected");
        ended(&self.quick, &ann).await;
        let changes = required(&self.quick, &ann).await;
        save(&self.quick, &ann, 0, changes).await.expect("it is saved");
        self.quick.sandbox.control().fail(Failure::new("/query", 400, 1));
        let again = self.quick.does(&ann, |db, app, who| {
            Box::pin(async move { imports::start(db, app, who, &qbo(), &[List::TaxRates]).await })
        });
        again.await.expect("it begins");
        silent(self.world(), OWNERS).await;
        self.settle().await;
        let empty = self.schema.dump(Whose::Tenant(self.tenant.0)).await;
        let known = [
            "decisions",
            "drafts",
            "erasures",
            "gone_decisions",
            "intents",
            "leases",
            "legacy",
            "links",
            "noticed",
            "orphaned_tokens",
            "refresh_journal",
            "registrations",
            "revocations",
            "session_tokens",
            "spent_secrets",
            "tickets",
            "touched_records",
            "visitor_reads",
            "wanted_lists",
            "webhook_deliveries",
        ];
        assert_eq!(empty.empty(), known, "what is empty cannot be stolen here");
    }

    /// Another company than before waits for the owner's answer.
    pub(super) async fn ask_for_a_decision(&self) {
        let ann = self.quick.ann().await;
        assert_eq!(self.quick.connect(&ann, US_COMPANY).await, "another-company");
        self.settle().await;
    }

    pub(super) fn world(&self) -> &World {
        &self.quick.world
    }

    /// A name that nothing has yet.
    pub(super) fn fresh(&self) -> String {
        format!("-{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// What the owner has, with a fresh token of the owner's.
    pub(super) async fn targets(&self) -> Targets {
        let ann = self.quick.ann().await;
        let newest = crate::imports::newest(&self.quick, &ann).await.expect("an import");
        let tenant = self.tenant;
        let seq = self.world().write(move |mut db| {
            Box::pin(async move { Ok(db.newest_events(tenant, 1).await?.remove(0).seq) })
        });
        let (seq, token) = (seq.await, self.token(&ann, ALL).await);
        let connection = self.quick.row(&ann).await.public_id;
        Targets { tenant: OWNERS, import: newest.import, seq, account: "1".into(), connection, token }
    }

    /// A session of a caller, with these rights; for who is apart, in an organisation of this name.
    pub(super) async fn person(&self, caller: Caller, rights: Permissions, more: &str) -> Person {
        let world = self.world();
        match caller {
            Caller::Neighbour => world.person(&format!("brook{more}"), "Ben", rights).await,
            Caller::Rival => {
                self.rival(more).await;
                let portal = format!("rival{more}");
                world.person_of(&portal, "riverside", "Rob", rights).await
            }
            Caller::Owner => world.person(OWNERS, "Ann", rights).await,
            Caller::Reader | Caller::Nobody | Caller::Expired | Caller::Disabled => {
                world.person(OWNERS, &format!("{caller:?}"), rights).await
            }
        }
    }

    /// Another portal.
    async fn rival(&self, more: &str) {
        let portal = Portal { id: format!("rival{more}"), name: "Rival Stock".into(), return_url: None };
        self.world()
            .write(move |mut db| Box::pin(async move { db.put_portal(&portal, &[], START).await }))
            .await;
    }

    /// Takes from a session what its caller is said not to have.
    pub(super) async fn weaken(&self, caller: Caller, person: &Person) {
        let (session, now) = (person.session, self.world().clock.now());
        let weakened = self.world().write(move |mut db| {
            Box::pin(async move {
                match caller {
                    Caller::Reader => db.set_permissions(session, LOOKS).await,
                    Caller::Expired => db.touch_session(session, Moment(now.0 - LONG)).await,
                    Caller::Disabled => db.end_session(session, now).await,
                    _ => Ok(()),
                }
            })
        });
        weakened.await;
    }

    /// The session of this organisation that began last.
    pub(super) async fn newest_session(&self, tenant: TenantId) -> SessionId {
        let sessions = self
            .world()
            .write(move |mut db| Box::pin(async move { db.sessions_of_tenant(tenant, START).await }));
        sessions.await.into_iter().map(|(id, _)| id).max().expect("a session")
    }

    /// A session token of a person.
    pub(super) async fn token(&self, person: &Person, permissions: Permissions) -> String {
        let token = Secret::random(&self.world().clock);
        let (hash, visitor) = (token.digest(), person.visitor);
        let expires = Moment(START.0 + 300_000);
        let kept = self.world().write(move |mut db| {
            Box::pin(async move {
                let new = NewInvitation { hash, visitor, permissions, locale: "en", key: None, expires };
                db.add_session_token(&new).await
            })
        });
        kept.await;
        token.lend(str::to_owned)
    }

    /// A link's code: unknown, past its time or used where the caller says so.
    pub(super) async fn code(&self, caller: Caller, person: &Person) -> String {
        let code = Secret::random(&self.world().clock);
        let (hash, visitor, now) = (code.digest(), person.visitor, START);
        let late = if caller == Caller::Expired { 0 } else { 600_000 };
        let expires = Moment(START.0 + late);
        let kept = self.world().write(move |mut db| {
            Box::pin(async move {
                let permissions = if caller == Caller::Reader { LOOKS } else { ALL };
                let new = NewInvitation { hash, visitor, permissions, locale: "en", key: None, expires };
                if caller != Caller::Nobody {
                    db.add_link(&new).await?;
                }
                if caller == Caller::Disabled {
                    db.take_link(hash, now).await?;
                }
                Ok(())
            })
        });
        kept.await;
        code.lend(str::to_owned)
    }

    /// An API key of a caller's.
    pub(super) async fn key(&self, caller: Caller, more: &str) -> Option<String> {
        let rival = format!("rival{more}");
        match caller {
            Caller::Neighbour | Caller::Nobody => None,
            Caller::Expired => Some(format!("pb_00000000_{}", "A".repeat(43))),
            Caller::Owner => Some(self.add_key(PORTAL, Scopes::of(&Scope::ALL)).await.0),
            Caller::Reader => Some(self.add_key(PORTAL, Scopes::of(&[Scope::Read])).await.0),
            Caller::Rival => {
                self.rival(more).await;
                Some(self.add_key(&rival, Scopes::of(&Scope::ALL)).await.0)
            }
            Caller::Disabled => {
                let (key, prefix) = self.add_key(PORTAL, Scopes::of(&Scope::ALL)).await;
                let app = self.world().app();
                let revoked = app.store.write::<_, PortalError, _>(move |mut db| {
                    Box::pin(async move { portals::revoke_key(&mut db, PORTAL, &prefix, START).await })
                });
                revoked.await.expect("it is revoked");
                Some(key)
            }
        }
    }

    async fn add_key(&self, portal: &str, scopes: Scopes) -> (String, String) {
        let key = ApiKey::make(scopes, &self.world().clock);
        let made = (key.secret().lend(str::to_owned), key.prefix().to_owned());
        let portal = portal.to_owned();
        let app = self.world().app();
        let added = app.store.write::<_, PortalError, _>(move |mut db| {
            Box::pin(async move { portals::add_key(&mut db, &portal, &key, START).await })
        });
        added.await.expect("it is added");
        made
    }

    /// Everything as it is now, with the rows that this caller must not touch.
    pub(super) async fn look(&self, caller: Caller) -> Look {
        let owners =
            if caller == Caller::Rival { Whose::Portal(PORTAL) } else { Whose::Tenant(self.tenant.0) };
        Look {
            whole: self.schema.dump(Whose::All).await,
            owners: self.schema.dump(owners).await,
            calls: self.quick.sandbox.ledger().entries().len(),
        }
    }

    /// Waits until nothing goes on by itself any more.
    pub(super) async fn settle(&self) {
        let mut looks = tokio::time::interval(LOOK);
        let settling = async {
            while self.schema.is_busy().await {
                looks.tick().await;
            }
        };
        tokio::time::timeout(4 * BOUND, settling).await.expect("it settles");
    }
}

/// What a portal says of a person that it lets in.
pub(super) fn invitation(tenant: &str) -> String {
    let visitor = json!({ "id": "Ann", "name": "Ann" });
    json!({ "tenant": tenant, "visitor": visitor, "permissions": ["view", "connect"] }).to_string()
}
