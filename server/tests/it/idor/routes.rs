//! Which HTTP route answers whom. A route that asks for something fails without its row here; one that
//! asks for nothing must answer everybody alike.

use server::http::table::{Credential, Guard, Route};
use url::Url;

use super::stage::{Stage, Targets, invitation};
use super::{Caller, Verdict};
use crate::quick::Away;
use crate::raw::{Answer, Request};
use crate::rows::{concrete, upgraded};
use crate::world::{ALL, Person};

/// What the scope of the reader's key opens.
const READ: [&str; 3] = [
    "/api/v1/connections/{id}/configuration",
    "/api/v1/connections/{id}/mappings/{table}",
    "/api/v1/connections/{id}/records/{list}",
];

/// What each caller gets, in the order of [`Caller::ALL`]; none for a route that presents nothing.
pub(super) fn verdicts(route: &Route) -> Option<[Verdict<u16>; 7]> {
    use Verdict::{Apart, Done, Spent, Still};
    if route.presents == Credential::Nothing {
        return None;
    }
    let attempt: &[&str] = &["attempts", "connections"];
    let ticket: &[&str] = &["tickets"];
    Some(match (route.method, route.path) {
        // The upgrade proves nothing; what the hello brings stands in the table of messages.
        ("GET", "/socket") => [101; 7].map(Still),
        // Whoever has a code is whom it names. Others' codes are what cannot be known.
        ("GET", "/enter/{code}") => [200, 200, 200, 200, 410, 410, 410].map(Still),
        ("POST", "/enter/{code}") => {
            [Done(303), Done(303), Apart(303), Apart(303), Still(410), Still(410), Still(410)]
        }
        ("POST", "/signout") => {
            [Done(204), Done(204), Apart(204), Apart(204), Still(204), Still(204), Still(204)]
        }
        ("POST", "/connect/{integration}") => [
            Done(200),
            Spent(403, ticket),
            Apart(200),
            Apart(200),
            Still(403),
            Spent(403, ticket),
            Spent(403, ticket),
        ],
        // Who lost the right, or the session, on the way is told so on our page, and nothing is stored.
        ("GET", "/callback/{registration}") => [
            Done(303),
            Spent(303, attempt),
            Still(400),
            Still(400),
            Still(400),
            Spent(303, attempt),
            Spent(303, attempt),
        ],
        // It takes the provider's and our secret, which nobody of a portal has.
        ("POST", "/notices/{registration}") => [401; 7].map(Still),
        ("POST", "/api/v1/sessions" | "/api/v1/links") => {
            [Done(201), Still(403), Still(401), Still(404), Still(401), Still(401), Still(401)]
        }
        // A portal names its organisations itself: another portal's name for one of its own is free.
        ("PUT", "/api/v1/tenants/{tenant}") => {
            [Done(204), Still(403), Still(401), Apart(204), Still(401), Still(401), Still(401)]
        }
        ("PUT" | "POST", "/api/v1/tenants/{tenant}/records/{kind}") => {
            [Done(200), Still(403), Still(401), Still(404), Still(401), Still(401), Still(401)]
        }
        ("GET", "/api/v1/connections") => [200, 403, 401, 200, 401, 401, 401].map(Still),
        ("GET", "/api/v1/connections/{id}" | "/api/v1/connections/{id}/token") => {
            [200, 403, 401, 404, 401, 401, 401].map(Still)
        }
        // The reader's key has this scope.
        ("GET", path) if READ.contains(&path) => [200, 200, 401, 404, 401, 401, 401].map(Still),
        // Of the connection's own imports none has such an id.
        ("GET", "/api/v1/connections/{id}/imports/{import}") => {
            [404, 403, 401, 404, 401, 401, 401].map(Still)
        }
        // Of a company that is not the connection's.
        ("GET" | "POST", "/api/v1/connections/{id}/proxy/{*path}") => {
            [403, 403, 401, 404, 401, 401, 401].map(Still)
        }
        (_, "/api/v1/connections/{id}/proxy/{*path}") => [405, 403, 401, 404, 401, 401, 401].map(Still),
        // What is connected is left alone; another portal's own organisation of that name is its own.
        ("POST", "/api/v1/legacy") => {
            [Still(200), Still(403), Still(401), Apart(200), Still(401), Still(401), Still(401)]
        }
        // Another portal's key reads that portal's own events, of which there are none.
        ("GET", "/api/v1/events") => {
            [Still(200), Still(200), Still(401), Still(200), Still(401), Still(401), Still(401)]
        }
        ("GET", "/api/v1/webhooks") => {
            [Still(200), Still(403), Still(401), Still(200), Still(401), Still(401), Still(401)]
        }
        // They are the portal's: nothing of an organisation changes, but what is sent of it.
        ("POST", "/api/v1/webhooks") => {
            [Apart(201), Still(403), Still(401), Apart(201), Still(401), Still(401), Still(401)]
        }
        ("POST", "/api/v1/webhooks/{webhook}/replays" | "/api/v1/connections/{id}/imports") => {
            [Done(202), Still(403), Still(401), Still(404), Still(401), Still(401), Still(401)]
        }
        ("POST", "/api/v1/connections/{id}/disconnect")
        | ("DELETE", "/api/v1/webhooks/{webhook}" | "/api/v1/tenants/{tenant}/records/{kind}/{record}") => {
            [Done(204), Still(403), Still(401), Still(404), Still(401), Still(401), Still(401)]
        }
        (method, path) => {
            panic!("say in idor/routes.rs what each caller gets of {method} {path}, and how it is asked for")
        }
    })
}

/// A request as a caller sends it, and the same for what exists nowhere, where there is such a thing.
pub(super) struct Asked {
    pub(super) real: Request,
    pub(super) nowhere: Option<Request>,
}

/// All that a caller has.
struct Hands<'a> {
    stage: &'a Stage,
    caller: Caller,
    person: Person,
    key: Option<String>,
}

/// Makes ready what a caller presents at a route.
pub(super) async fn prepare(stage: &Stage, caller: Caller, route: &Route) -> Asked {
    let more = stage.fresh();
    let person = stage.person(caller, ALL, &more).await;
    let key = stage.key(caller, &more).await;
    let hands = Hands { stage, caller, person, key };
    let asked = hands.ask(route).await;
    stage.weaken(caller, &hands.person).await;
    asked
}

impl Hands<'_> {
    async fn ask(&self, route: &Route) -> Asked {
        match route.presents {
            Credential::Nothing | Credential::SessionCookie | Credential::Hello => {
                let request = self.request(route, &concrete(route.path));
                let socket = route.guard == Guard::OwnOrigin;
                Asked { real: if socket { upgraded(request) } else { request }, nowhere: None }
            }
            Credential::ApiKey => {
                let real = self.of_tenant(route, &self.stage.targets().await);
                // What is made there is another each time, a secret.
                let made = (route.method, route.path) == ("POST", "/api/v1/webhooks");
                // What the scope of the reader's key opens is there for it, and what is nowhere is not.
                let opened = READ.contains(&route.path);
                let told = made || (opened && self.caller == Caller::Reader);
                Asked { real, nowhere: (!told).then(|| self.of_tenant(route, &Targets::nowhere())) }
            }
            Credential::LinkCode => {
                let code = self.stage.code(self.caller, &self.person).await;
                let at = |code: &str| self.request(route, &route.path.replace("{code}", code));
                let dead = matches!(self.caller, Caller::Nobody | Caller::Expired | Caller::Disabled);
                Asked { real: at(&code), nowhere: dead.then(|| at(&Targets::nowhere().token)) }
            }
            Credential::Signature => {
                let signed = ("intuit-signature", "A".repeat(43) + "=");
                let at = |name: &str| {
                    let request = self.request(route, &route.path.replace("{registration}", name));
                    request.headers(std::slice::from_ref(&signed)).body("application/json", "[]")
                };
                Asked { real: at("qbo"), nowhere: Some(at("nowhere")) }
            }
            Credential::ConnectTicket => self.with_ticket(route).await,
            Credential::Attempt => self.with_attempt(route).await,
        }
    }

    /// With the caller's cookie and key, and all that a page of ours adds.
    fn request(&self, route: &Route, path: &str) -> Request {
        let ours = [
            ("origin", self.stage.world().running.url()),
            ("sec-fetch-site", "same-origin".to_owned()),
            ("x-patchbay", "1".to_owned()),
        ];
        let request = Request::new(route.method, path).headers(&ours);
        let request = match &self.key {
            Some(key) => request.header("authorization", format!("Bearer {key}")),
            None => request,
        };
        match self.caller {
            Caller::Nobody => request,
            _ => request.header("cookie", &self.person.cookie),
        }
    }

    /// About the owner's organisation, or none.
    fn of_tenant(&self, route: &Route, targets: &Targets) -> Request {
        let path = route.path.replace("{tenant}", targets.tenant).replace("{webhook}", targets.tenant);
        let path = path.replace("{id}", &targets.connection);
        let request = self.request(route, &concrete(&path));
        match route.path.rsplit('/').next() {
            Some("sessions" | "links") => request.body("application/json", &invitation(targets.tenant)),
            Some("legacy") => request.body("application/x-ndjson", &legacy(targets.tenant)),
            Some("replays") => request.body("application/json", "{\"since\":\"2020-01-01T00:00:00Z\"}"),
            Some("webhooks") if route.method == "POST" => {
                request.body("application/json", "{\"url\":\"https://brook.example/webhooks\"}")
            }
            Some("events" | "webhooks" | "{webhook}") => request,
            Some("{tenant}") => request.body("application/json", "{\"name\":\"acme Cycles and Sons\"}"),
            _ => request.body("application/x-ndjson", "{\"id\":\"7\",\"name\":\"acme Seven\"}"),
        }
    }

    async fn with_ticket(&self, route: &Route) -> Asked {
        let nowhere = Targets::nowhere().token;
        let form = |ticket: &str| {
            let request = self.request(route, &concrete(route.path));
            request.body("application/x-www-form-urlencoded", &format!("ticket={ticket}"))
        };
        match self.caller {
            Caller::Nobody => Asked { real: form(&nowhere), nowhere: None },
            _ => Asked { real: form(&self.stage.quick.ticket(&self.person).await), nowhere: None },
        }
    }

    /// Who is apart brings the owner's state, with an attempt's cookie of their own or none.
    async fn with_attempt(&self, route: &Route) -> Asked {
        let quick = &self.stage.quick;
        let own = match self.caller {
            Caller::Nobody => None,
            _ => Some(quick.leave(&self.person, "").await),
        };
        let apart = self.caller.is_apart();
        let owners = if apart { Some(quick.leave(&quick.ann().await, "").await) } else { None };
        let away = owners.as_ref().or(own.as_ref()).expect("an attempt");
        let back = quick.consent(away, sandbox::UK_COMPANY).await;
        let at = |back: &Url| {
            let path = format!("{}?{}", back.path(), back.query().unwrap_or_default());
            let request = Request::new(route.method, &path);
            match &own {
                Some(Away { cookie, .. }) => request.header("cookie", cookie),
                None => request,
            }
        };
        Asked { real: at(&back), nowhere: apart.then(|| at(&with_state(&back, &Targets::nowhere().token))) }
    }
}

/// A line of an upgrade campaign. No two organisations have one company.
fn legacy(tenant: &str) -> String {
    let number = tenant.bytes().fold(0_u64, |number, byte| number * 31 % 1_000_000 + u64::from(byte));
    format!(
        "{{\"tenant\":\"{tenant}\",\"company_id\":\"93414531{number:08}\",\"company_name\":\"Seven Ltd\"}}"
    )
}

fn with_state(back: &Url, state: &str) -> Url {
    let pairs = back.query_pairs().map(|(name, value)| {
        let value = if name == "state" { state.to_owned() } else { value.into_owned() };
        (name.into_owned(), value)
    });
    let pairs: Vec<(String, String)> = pairs.collect();
    let mut other = back.clone();
    other.query_pairs_mut().clear().extend_pairs(pairs);
    other
}

/// Sends it; an upgrade is heard to the end of its head.
pub(super) async fn send(stage: &Stage, route: &Route, request: Request) -> Answer {
    let address = stage.world().running.address();
    match route.guard {
        Guard::OwnOrigin => request.ask_head(address).await,
        _ => request.ask(address).await,
    }
}

/// An answer without what is another each time.
pub(super) fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let id = answer.header("x-request-id").unwrap_or("none").to_owned();
    let passing = ["x-request-id", "date", "set-cookie"];
    let headers = answer.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str()));
    (answer.status, headers.cloned().collect(), answer.body.replace(&id, ""))
}
