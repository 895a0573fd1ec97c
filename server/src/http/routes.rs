//! A router that knows what it serves, which axum's does not tell: every path and method goes through
//! here, so that the table of routes can be held against it at the start.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};

use crate::state::Shared;

/// Handlers by path, and the list of them.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Shared>,
    served: Vec<Served>,
}

/// A method and a path, as axum writes paths.
pub(crate) type Served = (&'static str, String);

/// Handlers of one path by method.
#[derive(Clone)]
pub(crate) struct Methods {
    router: MethodRouter<Shared>,
    served: Vec<&'static str>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Serves a path.
    pub(crate) fn route(mut self, path: &str, methods: Methods) -> Self {
        self.served.extend(methods.served.into_iter().map(|method| (method, path.to_owned())));
        self.router = self.router.route(path, methods.router);
        self
    }

    /// Serves what another serves.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.served.extend(other.served);
        self.router = self.router.merge(other.router);
        self
    }

    /// Serves, below a prefix, what another serves.
    pub(crate) fn nest(mut self, prefix: &str, other: Self) -> Self {
        let below = |(method, path)| (method, format!("{prefix}{path}"));
        self.served.extend(other.served.into_iter().map(below));
        self.router = self.router.nest(prefix, other.router);
        self
    }

    /// Answers every other address; what is there is named by no table.
    pub(crate) fn fallback<H: Handler<T, Shared>, T: 'static>(mut self, handler: H) -> Self {
        self.router = self.router.fallback(handler);
        self
    }

    /// Answers a GET of every other address, by a handler with a state of its own.
    pub(crate) fn fallback_get<H, T, S>(mut self, handler: H, state: S) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
        S: Clone + Send + Sync + 'static,
    {
        let file: MethodRouter = routing::get(handler).with_state(state);
        self.router = self.router.fallback_service(file);
        self
    }

    /// The router, and what it serves.
    pub(crate) fn into_parts(self) -> (Router<Shared>, Vec<Served>) {
        (self.router, self.served)
    }
}

impl Methods {
    /// A handler with a state of its own.
    pub(crate) fn get_with<H, T, S>(handler: H, state: S) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
        S: Clone + Send + Sync + 'static,
    {
        Self { router: routing::get(handler).with_state(state), served: vec!["GET"] }
    }

    /// A handler in layers of its own, for one method.
    pub(crate) fn of(method: &'static str, router: MethodRouter<Shared>) -> Self {
        Self { router, served: vec![method] }
    }

    /// Also serves POST.
    pub(crate) fn post<H: Handler<T, Shared>, T: 'static>(mut self, handler: H) -> Self {
        self.router = self.router.post(handler);
        self.served.push("POST");
        self
    }

    /// Refuses every other method in its own words.
    pub(crate) fn otherwise<H: Handler<T, Shared>, T: 'static>(mut self, handler: H) -> Self {
        self.router = self.router.fallback(handler);
        self
    }
}

/// Serves GET, and HEAD where the table says that a GET changes nothing.
pub(crate) fn get<H: Handler<T, Shared>, T: 'static>(handler: H) -> Methods {
    Methods { router: routing::get(handler), served: vec!["GET"] }
}

/// Serves POST.
pub(crate) fn post<H: Handler<T, Shared>, T: 'static>(handler: H) -> Methods {
    Methods { router: routing::post(handler), served: vec!["POST"] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_and_method_is_known() {
        let inner = Routes::new().route("/a/{b}", Methods::of("PUT", routing::put(async || ())));
        let routes = Routes::new().route("/x", get(async || ()).post(async || ())).nest("/api", inner);
        let (_, served) = routes.merge(Routes::new().route("/y", post(async || ()))).into_parts();
        let named: Vec<_> = served.iter().map(|(method, path)| format!("{method} {path}")).collect();
        assert_eq!(named, ["GET /x", "POST /x", "PUT /api/a/{b}", "POST /y"]);
    }
}
