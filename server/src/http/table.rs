//! Every HTTP route of the proxy: what is presented there, what keeps other sites from using it, and
//! how often. The router is held against it at the start, docs/SECURITY.md and the tests of SE-05 are
//! made from it, so a route without a row is served nowhere.

use super::routes::Served;

/// One method of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// In capitals.
    pub method: &'static str,
    /// As the router writes it.
    pub path: &'static str,
    /// What proves who asks.
    pub presents: Credential,
    /// What keeps another site from causing it.
    pub guard: Guard,
    /// How often it may be asked for.
    pub pace: Pace,
}

/// What proves who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Anybody may ask.
    Nothing,
    /// A portal's key, `Authorization: Bearer`.
    ApiKey,
    /// A one-time link's code, in the path.
    LinkCode,
    /// `__Host-patchbay`.
    SessionCookie,
    /// The same, or a session token or resume secret in the first message.
    Hello,
    /// A one-time ticket, in the body.
    ConnectTicket,
    /// The state in the query, with `__Host-attempt`.
    Attempt,
    /// The provider's signature over the body.
    Signature,
}

/// What keeps another site from causing a change with somebody's cookies (SE-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// It changes nothing, so a HEAD may be asked as well.
    ChangesNothing,
    /// The header `Authorization`, which no other site's page can add.
    Bearer,
    /// Our exact `Origin`, before the upgrade.
    OwnOrigin,
    /// Our exact `Origin`, `Sec-Fetch-Site: same-origin`, and a secret of one use.
    OwnPage,
    /// Our exact `Origin`, `Sec-Fetch-Site: same-origin`, and `X-Patchbay: 1`.
    OwnScript,
    /// State and cookie of one attempt together, taken once.
    Attempt,
    /// The signature, which takes the provider's and our secret; each notice is heeded once.
    Signature,
}

/// How often something may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It costs nothing worth counting.
    Free,
    /// `limits.visits_per_address`.
    Visit,
    /// `limits.hellos_per_address`, and the limits on sockets.
    Hello,
    /// `limits.requests_per_key`, with its weight; a refused key counts as a visit.
    Key(u32),
    /// The same, for as long as the body flows: what moves is bounded by its speed, not by its time.
    Flow(u32),
    /// A refused one counts as a refused key.
    Notice,
}

impl Pace {
    /// How much a request counts for its key.
    pub(crate) fn weight(self) -> u32 {
        match self {
            Self::Key(weight) | Self::Flow(weight) => weight,
            Self::Free | Self::Visit | Self::Hello | Self::Notice => 1,
        }
    }
}

const fn page(path: &'static str) -> Route {
    Route {
        method: "GET",
        path,
        presents: Credential::Nothing,
        guard: Guard::ChangesNothing,
        pace: Pace::Free,
    }
}

const fn api(method: &'static str, path: &'static str, weight: u32) -> Route {
    Route { method, path, presents: Credential::ApiKey, guard: Guard::Bearer, pace: Pace::Key(weight) }
}

/// All of them.
pub const ROUTES: &[Route] = &[
    page("/"),
    page("/integrations/{*rest}"),
    page("/help/{*rest}"),
    page("/embed/{portal}"),
    page("/embed/{portal}/{*rest}"),
    page("/frame.js"),
    page("/widget/{version}/{name}"),
    page("/page.css"),
    page("/page.js"),
    page("/healthz"),
    page("/readyz"),
    Route { presents: Credential::Hello, guard: Guard::OwnOrigin, pace: Pace::Hello, ..page("/socket") },
    Route { presents: Credential::LinkCode, pace: Pace::Visit, ..page("/enter/{code}") },
    Route {
        method: "POST",
        path: "/enter/{code}",
        presents: Credential::LinkCode,
        guard: Guard::OwnPage,
        pace: Pace::Visit,
    },
    Route {
        method: "POST",
        path: "/signout",
        presents: Credential::SessionCookie,
        guard: Guard::OwnScript,
        pace: Pace::Visit,
    },
    Route {
        method: "POST",
        path: "/connect/{integration}",
        presents: Credential::ConnectTicket,
        guard: Guard::OwnPage,
        pace: Pace::Visit,
    },
    Route {
        presents: Credential::Attempt,
        guard: Guard::Attempt,
        pace: Pace::Visit,
        ..page("/callback/{registration}")
    },
    Route {
        method: "POST",
        path: "/notices/{registration}",
        presents: Credential::Signature,
        guard: Guard::Signature,
        pace: Pace::Notice,
    },
    page("/connected"),
    page("/launch"),
    page("/disconnected"),
    page("/reconnect"),
    api("POST", "/api/v1/sessions", 1),
    api("POST", "/api/v1/links", 1),
    api("PUT", "/api/v1/tenants/{tenant}", 1),
    Route { pace: Pace::Flow(10), ..api("PUT", "/api/v1/tenants/{tenant}/records/{kind}", 10) },
    api("POST", "/api/v1/tenants/{tenant}/records/{kind}", 10),
    api("DELETE", "/api/v1/tenants/{tenant}/records/{kind}/{record}", 1),
    api("GET", "/api/v1/connections", 1),
    api("GET", "/api/v1/connections/{id}", 1),
    api("GET", "/api/v1/connections/{id}/configuration", 1),
    api("GET", "/api/v1/connections/{id}/mappings/{table}", 1),
    api("GET", "/api/v1/connections/{id}/records/{list}", 1),
    api("POST", "/api/v1/connections/{id}/imports", 1),
    api("GET", "/api/v1/connections/{id}/imports/{import}", 1),
    api("GET", "/api/v1/connections/{id}/token", 1),
    api("GET", "/api/v1/connections/{id}/proxy/{*path}", 1),
    api("POST", "/api/v1/connections/{id}/proxy/{*path}", 1),
    api("PUT", "/api/v1/connections/{id}/proxy/{*path}", 1),
    api("PATCH", "/api/v1/connections/{id}/proxy/{*path}", 1),
    api("DELETE", "/api/v1/connections/{id}/proxy/{*path}", 1),
    api("POST", "/api/v1/connections/{id}/disconnect", 1),
    api("POST", "/api/v1/legacy", 10),
    api("GET", "/api/v1/events", 1),
    api("GET", "/api/v1/webhooks", 1),
    api("POST", "/api/v1/webhooks", 1),
    api("POST", "/api/v1/webhooks/{webhook}/replays", 10),
    api("DELETE", "/api/v1/webhooks/{webhook}", 1),
    page("/api/v1/openapi.json"),
];

impl Route {
    /// Whether something may be different afterwards.
    pub fn changes(&self) -> bool {
        self.guard != Guard::ChangesNothing
    }

    /// Its row in docs/SECURITY.md.
    pub fn row(&self) -> String {
        let Self { method, path, presents, guard, pace } = self;
        let (presents, guard, pace) = (presents.words(), guard.words(), pace.words());
        format!("| `{method} {path}` | {presents} | {guard} | {pace} |")
    }
}

impl Credential {
    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::ApiKey => "API key",
            Self::LinkCode => "link code",
            Self::SessionCookie => "session cookie",
            Self::Hello => "session cookie; or session token or resume secret, in the hello",
            Self::ConnectTicket => "connect ticket",
            Self::Attempt => "state and attempt cookie",
            Self::Signature => "signature under the verifier token",
        }
    }
}

impl Guard {
    fn words(self) -> &'static str {
        match self {
            Self::ChangesNothing => "changes nothing",
            Self::Bearer => "`Authorization: Bearer`",
            Self::OwnOrigin => "`Origin` is ours",
            Self::OwnPage => "`Origin` is ours, `Sec-Fetch-Site: same-origin`, one use",
            Self::OwnScript => "`Origin` is ours, `Sec-Fetch-Site: same-origin`, `X-Patchbay: 1`",
            Self::Attempt => "state and cookie agree, one use",
            Self::Signature => "the signature, which covers the body",
        }
    }
}

impl Pace {
    fn words(self) -> String {
        match self {
            Self::Free => "free".to_owned(),
            Self::Visit => "per address".to_owned(),
            Self::Hello => "per address, and sockets per address and tenant".to_owned(),
            Self::Key(1) => "per key".to_owned(),
            Self::Key(weight) => format!("per key, as {weight}"),
            Self::Notice => "per address, when refused".to_owned(),
            Self::Flow(weight) => format!("per key, as {weight}, for as long as it flows"),
        }
    }
}

/// The row of a method and a path; HEAD has none of its own.
pub(crate) fn find(method: &str, path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}

/// The methods of a path, as `Allow` lists them.
pub(crate) fn allowed(path: &str) -> String {
    let rows = ROUTES.iter().filter(|route| route.path == path);
    let methods = rows.flat_map(|route| match (route.method, route.changes()) {
        ("GET", false) => vec!["GET", "HEAD"],
        (method, _) => vec![method],
    });
    methods.collect::<Vec<_>>().join(", ")
}

/// A sentence for each route without a row, and for each row without a route.
pub(crate) fn check(served: &[Served]) -> Result<(), String> {
    let missing =
        served.iter().filter(|(method, path)| find(method, path).is_none()).map(|(method, path)| {
            format!(
                "{method} {path} is served, but has no row in server/src/http/table.rs: say there what is \
             presented, what guards it and at what pace, and in docs/SECURITY.md"
            )
        });
    let gone = ROUTES
        .iter()
        .filter(|row| !served.iter().any(|(method, path)| *method == row.method && path == row.path))
        .map(|row| {
            let Route { method, path, .. } = row;
            format!("{method} {path} has a row in server/src/http/table.rs, but is not served: remove it")
        });
    let problems: Vec<String> = missing.chain(gone).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served() -> Vec<Served> {
        ROUTES.iter().map(|row| (row.method, row.path.to_owned())).collect()
    }

    #[test]
    fn se_05_a_route_without_a_row_is_told_in_a_sentence() {
        let mut more = served();
        assert_eq!(check(&more), Ok(()));
        more.push(("POST", "/api/v1/everything".to_owned()));
        let told = check(&more).expect_err("a finding");
        assert!(told.contains("POST /api/v1/everything is served, but has no row"), "{told}");
    }

    #[test]
    fn se_05_a_row_without_a_route_is_told_in_a_sentence() {
        let told = check(&served()[1..]).expect_err("a finding");
        assert!(told.contains("GET / has a row") && told.contains("not served"), "{told}");
    }

    #[test]
    fn no_route_has_two_rows() {
        for row in ROUTES {
            let twins = ROUTES.iter().filter(|other| (other.method, other.path) == (row.method, row.path));
            assert_eq!(twins.count(), 1, "{} {}", row.method, row.path);
        }
    }

    #[test]
    fn se_10_a_head_is_allowed_where_a_get_changes_nothing() {
        assert_eq!(allowed("/enter/{code}"), "GET, HEAD, POST");
        assert_eq!(allowed("/callback/{registration}"), "GET");
        assert_eq!(allowed("/socket"), "GET");
        assert_eq!(allowed("/signout"), "POST");
    }
}
