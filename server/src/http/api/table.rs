//! The one table of the API's routes. The router and the OpenAPI document are both made from it, and
//! the scope that a route asks for is enforced from the row that the document shows.

use axum::Extension;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::ToSchema;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{HttpMethod, RefOr};

use super::key::Needs;
use super::{
    connections, events, imports, legacy, links, openapi, provider_records, proxy, records, sessions,
    settings, tenants, token, webhooks,
};
use crate::state::Shared;
use crate::store::api_keys::Scope;

/// Every route of the API.
pub(super) fn table() -> Vec<Route> {
    let mut all = vec![sessions::route(), links::route(), tenants::route()];
    all.extend(records::routes());
    all.extend(connections::routes());
    all.extend(settings::routes());
    all.push(provider_records::route());
    all.extend(imports::routes());
    all.push(token::route());
    all.extend(proxy::routes());
    all.push(legacy::route());
    all.push(events::route());
    all.extend(webhooks::routes());
    all.push(openapi::route());
    all
}

/// How a route is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    fn filter(self) -> MethodFilter {
        match self {
            // A GET answers HEAD as well.
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    pub(super) fn capitals(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn method(self) -> HttpMethod {
        match self {
            Self::Get => HttpMethod::Get,
            Self::Post => HttpMethod::Post,
            Self::Put => HttpMethod::Put,
            Self::Patch => HttpMethod::Patch,
            Self::Delete => HttpMethod::Delete,
        }
    }
}

/// A route: what serves it, who may call it, and what the document says of it.
pub(super) struct Route {
    pub(super) verb: Verb,
    /// Below `/api/v1`.
    pub(super) path: &'static str,
    pub(super) scope: Option<Scope>,
    pub(super) serve: MethodRouter<Shared>,
    pub(super) about: About,
}

/// A route in words and shapes.
#[derive(Default)]
pub(super) struct About {
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Shape>,
    pub(super) answers: Vec<(StatusCode, &'static str, Option<Shape>)>,
    pub(super) refusals: Vec<(StatusCode, &'static str)>,
}

/// What stands in an address.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: ParameterIn,
    pub(super) description: &'static str,
    pub(super) schema: RefOr<Schema>,
}

/// A body by its media type, with every schema that it refers to.
pub(super) struct Shape {
    pub(super) kind: &'static str,
    pub(super) schema: RefOr<Schema>,
    pub(super) named: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    pub(super) fn of<T: ToSchema>(kind: &'static str) -> Self {
        let mut named = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut named);
        Self { kind, schema: utoipa::openapi::Ref::from_schema_name(T::name()).into(), named }
    }
}

impl Route {
    /// A route that anybody may call.
    pub(super) fn new<H, T>(verb: Verb, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        let serve = on(verb.filter(), handler);
        Self { verb, path, scope: None, serve, about: About::default() }
    }

    /// A key with this scope is needed; the handler takes a [`super::key::Key`].
    pub(super) fn needs(mut self, scope: Scope) -> Self {
        self.serve = self.serve.layer(Extension(Needs(scope)));
        self.scope = Some(scope);
        self
    }

    /// Bodies may be larger than usual.
    pub(super) fn bodies_up_to(mut self, bytes: usize) -> Self {
        self.serve = self.serve.layer(DefaultBodyLimit::max(bytes));
        self
    }

    pub(super) fn about(mut self, summary: &'static str, description: &'static str) -> Self {
        self.about.summary = summary;
        self.about.description = description;
        self
    }

    /// A part of the path.
    pub(super) fn parameter(
        mut self,
        name: &'static str,
        description: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let (place, schema) = (ParameterIn::Path, schema.into());
        self.about.parameters.push(Parameter { name, place, description, schema });
        self
    }

    /// A field of the query, which may be left out.
    pub(super) fn query(
        mut self,
        name: &'static str,
        description: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let (place, schema) = (ParameterIn::Query, schema.into());
        self.about.parameters.push(Parameter { name, place, description, schema });
        self
    }

    pub(super) fn takes<T: ToSchema>(mut self, kind: &'static str) -> Self {
        self.about.body = Some(Shape::of::<T>(kind));
        self
    }

    pub(super) fn gives(mut self, status: StatusCode, what: &'static str, body: Option<Shape>) -> Self {
        self.about.answers.push((status, what, body));
        self
    }

    /// Besides what every route with a key or a body may refuse.
    pub(super) fn refuses(mut self, status: StatusCode, why: &'static str) -> Self {
        self.about.refusals.push((status, why));
        self
    }
}
