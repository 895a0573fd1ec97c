//! `GET /api/v1/openapi.json`: the API as an OpenAPI 3.1 document, made from the table of routes.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Required, Response,
    ResponseBuilder,
};

use super::ROOT;
use super::body::JSON;
use super::problem::{PROBLEM_JSON, Written};
use super::table::{About, Parameter, Route, Shape, Verb, table};
use crate::store::api_keys::Scope;

const SECURITY: &str = "apiKey";
const DESCRIPTION: &str = "What a portal's backend says to Patchbay. Every route but this document asks for an \
    API key with the scope that stands beside it. Bodies with fields that are not listed here are refused. Every \
    refusal is a problem (RFC 9457) whose `code` is for programs, and whose `request_id` leads to Patchbay's log.";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document(table()).to_json().unwrap_or_default());

pub(super) fn route() -> Route {
    Route::new(Verb::Get, "/openapi.json", show).about("This document", "Needs no key.").gives(
        StatusCode::OK,
        "The API as OpenAPI 3.1.",
        Some(anything()),
    )
}

async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, JSON)], DOCUMENT.as_str())
}

fn anything() -> Shape {
    let object = ObjectBuilder::new().schema_type(Type::Object).build();
    Shape { kind: JSON, schema: object.into(), named: Vec::new() }
}

/// The document of these routes.
fn document(routes: Vec<Route>) -> OpenApi {
    let mut components = ComponentsBuilder::new().security_scheme(SECURITY, security());
    let mut paths = PathsBuilder::new();
    let problem = Shape::of::<Written<'_>>(PROBLEM_JSON);
    for Route { verb, path, scope, about, .. } in routes {
        let shapes = about.answers.iter().filter_map(|(.., shape)| shape.as_ref()).chain(&about.body);
        for (name, schema) in shapes.chain([&problem]).flat_map(|shape| shape.named.clone()) {
            components = components.schema(name, schema);
        }
        let item = PathItem::new(verb.method(), operation((verb, path), scope, &about));
        paths = paths.path(format!("{ROOT}{path}"), item);
    }
    let info = InfoBuilder::new()
        .title("Patchbay")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components.build())).build()
}

fn security() -> SecurityScheme {
    let http =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("pb_<prefix>_<secret>").description(
            Some("An API key, made by `patchbay portal keys`. It belongs to a backend, never to a browser."),
        );
    SecurityScheme::Http(http.build())
}

fn operation((verb, path): (Verb, &str), scope: Option<Scope>, about: &About) -> OperationBuilder {
    let needed = scope.map_or_else(String::new, |scope| format!(" Scope: `{}`.", scope.word()));
    let mut operation = OperationBuilder::new()
        .summary(Some(about.summary))
        .description(Some(format!("{}{needed}", about.description)))
        .operation_id(Some(format!(
            "{}{}",
            verb.word(),
            path.replace(['{', '}'], "").replace(['/', '.'], "_")
        )));
    for Parameter { name, place, description, schema } in &about.parameters {
        let required = if *place == ParameterIn::Path { Required::True } else { Required::False };
        let parameter = ParameterBuilder::new()
            .name(*name)
            .parameter_in(place.clone())
            .required(required)
            .description(Some(*description))
            .schema(Some(schema.clone()));
        operation = operation.parameter(parameter);
    }
    if let Some(shape) = &about.body {
        let body =
            RequestBodyBuilder::new().required(Some(Required::True)).content(shape.kind, content(shape));
        operation = operation.request_body(Some(body.build()));
    }
    if let Some(scope) = scope {
        operation = operation.security(SecurityRequirement::new(SECURITY, [scope.word()]));
    }
    responses(operation, scope, about)
}

fn responses(mut operation: OperationBuilder, scope: Option<Scope>, about: &About) -> OperationBuilder {
    for (status, what, shape) in &about.answers {
        let answer = ResponseBuilder::new().description(*what);
        let answer = match shape {
            Some(shape) => answer.content(shape.kind, content(shape)),
            None => answer,
        };
        operation = operation.response(status.as_str(), answer.build());
    }
    let keyed: &[_] = match scope {
        Some(_) => &[
            (StatusCode::UNAUTHORIZED, "`key_refused`: no key, or none that opens anything."),
            (StatusCode::FORBIDDEN, "`scope_missing`: the key lacks the scope of this route."),
        ],
        None => &[],
    };
    let bodied: &[_] = match about.body {
        Some(_) => &[
            (StatusCode::BAD_REQUEST, "`unreadable`: the body is not whole, or not in its format."),
            (StatusCode::PAYLOAD_TOO_LARGE, "`too_large`: send the body in parts."),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "`media_type`: the body is of another media type."),
            (StatusCode::UNPROCESSABLE_ENTITY, "`invalid`: a field is missing, unknown or breaks a rule."),
        ],
        None => &[],
    };
    for (status, why) in keyed.iter().chain(bodied).chain(&about.refusals) {
        operation = operation.response(status.as_str(), refusal(why));
    }
    operation.response("default", refusal("Any other refusal: too many requests, or a fault on our side."))
}

fn refusal(why: &str) -> Response {
    let problem = Shape::of::<Written<'_>>(PROBLEM_JSON);
    ResponseBuilder::new().description(why).content(PROBLEM_JSON, content(&problem)).build()
}

fn content(shape: &Shape) -> Content {
    Content::new(Some(shape.schema.clone()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The methods and paths that the router serves.
    fn routed() -> BTreeSet<String> {
        let (_, served) = super::super::routes().into_parts();
        served.into_iter().map(|(method, path)| format!("{method} {path}")).collect()
    }

    /// The methods and paths that the document shows.
    fn shown() -> BTreeSet<String> {
        let written = serde_json::to_value(document(table())).expect("a document");
        let paths = written["paths"].as_object().expect("paths").iter();
        paths
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods").keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect()
    }

    #[test]
    fn the_router_and_the_document_have_the_same_routes() {
        assert!(shown().len() >= 5, "{:?}", shown());
        assert_eq!(routed(), shown());
    }
}
