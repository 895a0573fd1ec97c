//! A second integration by configuration alone: an entry of the catalogue in a file, and a provider that
//! nobody here has written code for.

mod discovery;
mod identity;
mod life;
mod neighbour;
mod played;
mod written;

use protocol::ids::IntegrationId;
use protocol::message::Answer;
use protocol::store::{Connection, ConnectionState};
use server::config::Registration;
use server::connections::{self, ConnectionRow};
use server::vault::Secret;
use std::sync::Arc;
use url::Url;

use crate::quick::result;
use crate::tokens::eventually;
use crate::world::{ALL, Person, Plan, World};

/// What an operator writes. Nothing about it is known to the program.
const ENTRY: &str = r#"
id = "ledgerly"
provider = "oidc"
name = "Ledgerly"
category = "Accounting"
summary = "Books for bakers."
description = ["Connect your organisation at Ledgerly."]
logo = "generic.svg"
access = ["Know which organisation it is"]
scopes = ["openid", "profile", "offline_access"]

# This one gives refresh tokens to those who ask for consent anew.
[authorization_parameters]
prompt = "consent"

[environments.own]
issuer = "{origin}"
"#;

/// A page of settings, for an integration that wants one.
const SECTIONS: &str = r#"
[[sections]]
key = "books"
title = "Books"
[[sections.fields]]
key = "journal"
label = "Journal"
kind = { text = { limit = 20 } }
required = true
"#;

/// The name of the one registration.
const SECOND: &str = "second";

fn ledgerly() -> IntegrationId {
    IntegrationId::new("ledgerly").expect("an id")
}

/// Our client at a provider of this origin.
fn registration(id: &str, origin: &str, (client, secret): (&str, &str)) -> Registration {
    Registration {
        id: id.to_owned(),
        integration: "ledgerly".to_owned(),
        environment: "own".to_owned(),
        client_id: client.to_owned(),
        client_secret: Secret::new(secret),
        origin: Some(Url::parse(origin).expect("an origin")),
        consumer: None,
        verifier_token: None,
    }
}

/// A plan whose catalogue has this entry too.
async fn planned(entry: &str) -> Plan {
    let mut plan = Plan::new().await;
    let dir = plan.dir.path().join("catalogue");
    std::fs::create_dir(&dir).expect("a directory");
    std::fs::write(dir.join("ledgerly.toml"), entry).expect("written");
    plan.config.catalogue.dir = Some(dir);
    plan
}

/// A proxy with the second integration.
struct Second {
    world: World,
}

/// A browser on its way to the provider.
struct Leaving {
    authorize: Url,
    cookie: String,
}

impl Leaving {
    /// A parameter of the provider's address.
    fn parameter(&self, name: &str) -> String {
        let found = self.authorize.query_pairs().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no {name} in {}", self.authorize)).1.into_owned()
    }
}

impl Second {
    /// Starts it, and waits until the provider has described itself.
    async fn ready(plan: Plan) -> Self {
        let second = Self { world: plan.start().await };
        eventually(|| async { second.problem().is_none() }).await;
        second
    }

    /// Why the provider cannot be used, if it cannot.
    fn problem(&self) -> Option<String> {
        self.world.app().registrations.get(SECOND).expect("it is registered").problem()
    }

    async fn ann(&self) -> Person {
        self.world.person("acme", "Ann", ALL).await
    }

    /// Presses Connect.
    async fn press(&self, person: &Person) -> reqwest::Response {
        let (app, id, now) = (self.world.app(), person.session, self.world.clock.now());
        let shared = Arc::clone(&app);
        let answer = app.store.write::<_, server::error::Refusal, _>(move |mut db| {
            Box::pin(async move {
                let session = db.session(id, now).await?.expect("the session lives");
                connections::prepare(&mut db, &shared, &session.who, &ledgerly()).await
            })
        });
        let Ok(Answer::Ticket(ticket)) = answer.await else { panic!("not a ticket") };
        let sent = self.world.http.post(self.world.at("/connect/ledgerly"));
        let sent = sent.header("origin", self.world.running.url()).header("sec-fetch-site", "same-origin");
        sent.form(&[("ticket", ticket)]).send().await.expect("an answer")
    }

    async fn leave(&self, person: &Person) -> Leaving {
        let answer = self.press(person).await;
        assert_eq!(answer.status(), 200);
        let set = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
        let page = answer.text().await.expect("a page");
        let (_, rest) = page.split_once("class=\"button\" href=\"").expect("a link");
        let href = rest.split_once('"').expect("its end").0.replace("&amp;", "&");
        let cookie = set.split(';').next().expect("a pair").to_owned();
        Leaving { authorize: Url::parse(&href).expect("a URL"), cookie }
    }

    /// Comes back; gives the status and, where there is one, the word of the clean address.
    async fn back(&self, url: &Url, cookie: &str) -> (u16, String) {
        let answer = self.world.http.get(url.clone()).header("cookie", cookie).send().await;
        let answer = answer.expect("an answer");
        let word = answer.headers().get("location").map(|to| result(to.to_str().expect("text")));
        (answer.status().as_u16(), word.unwrap_or_default())
    }

    async fn view(&self, person: &Person) -> Connection {
        let (app, tenant) = (self.world.app(), person.tenant);
        let shared = Arc::clone(&app);
        let views = app.store.read::<_, server::store::StoreError, _>(move |mut db| {
            Box::pin(async move { connections::view(&mut db, &shared, tenant).await })
        });
        let mut views = views.await.expect("read").into_iter().map(|one| one.view);
        views.find(|view| view.integration == ledgerly()).expect("it is in the store")
    }

    async fn state(&self, person: &Person) -> ConnectionState {
        self.view(person).await.state
    }

    async fn row(&self, person: &Person) -> Option<ConnectionRow> {
        let (app, tenant) = (self.world.app(), person.tenant);
        let row = app.store.read::<_, server::store::StoreError, _>(move |mut db| {
            Box::pin(async move { connections::of(&mut db, tenant, &ledgerly()).await })
        });
        row.await.expect("read")
    }
}
