//! What an entry must be besides well written: a sentence for everything that is wrong with it.

use protocol::schema::FieldKind;

use super::entry::{Environment, Integration, ProviderKind};

/// What the way to the provider sets itself.
const OURS: [&str; 9] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// Everything that is wrong with an entry.
pub(super) fn problems(entry: &Integration) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, environment) in &entry.environments {
        problems.extend(addresses(name, environment));
        problems.extend(environment.links.problems(name));
        problems.extend(whole(entry, name, environment));
    }
    if entry.environments.is_empty() {
        problems.push("it has no [environments.NAME]".to_owned());
    }
    for name in entry.authorization_parameters.keys().filter(|name| OURS.contains(&name.as_str())) {
        problems.push(format!("authorization_parameters.{name} is set by the proxy itself"));
    }
    for (name, value) in &entry.token_headers {
        let fits = http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok();
        if !fits {
            problems.push(format!("token_headers.{name} is no header"));
        }
    }
    match entry.provider {
        ProviderKind::QuickBooks if entry.company_parameter.is_none() => {
            problems.push("company_parameter is missing; Intuit's is \"realmId\"".to_owned());
        }
        ProviderKind::QuickBooks => {}
        ProviderKind::Oidc => problems.extend(generic(entry)),
    }
    problems
}

/// Addresses are https, or of an origin that the registration gives and that is checked there.
fn addresses(name: &str, environment: &Environment) -> Vec<String> {
    let good = |address: &str| {
        let whole = address.replace("{origin}", "https://origin.example");
        let at_front = !address.contains("{origin}") || address.starts_with("{origin}");
        at_front && url::Url::parse(&whole).is_ok_and(|url| url.scheme() == "https" && url.has_host())
    };
    let bad = environment.addresses().filter(|(_, address)| !good(address));
    bad.map(|(key, address)| format!("{key} of the environment {name} must be https, and {address:?} is not"))
        .collect()
}

/// Either an issuer that tells the endpoints, or the endpoints.
fn whole(entry: &Integration, name: &str, environment: &Environment) -> Vec<String> {
    let mut problems = Vec::new();
    let told = environment.issuer.is_some();
    let mut wants = |key: &str, there: bool| {
        if !there {
            problems.push(format!("{key} of the environment {name} is missing"));
        }
    };
    wants("authorization, or an issuer,", told || environment.authorization.is_some());
    wants("token, or an issuer,", told || environment.token.is_some());
    wants("issuer, without which `openid` cannot be checked,", told || !openid(entry));
    match entry.provider {
        ProviderKind::QuickBooks => wants("api", environment.api.is_some()),
        ProviderKind::Oidc => wants("company, or an issuer,", told || environment.company.is_some()),
    }
    let endpoints =
        [&environment.authorization, &environment.token, &environment.revocation, &environment.iss];
    if told && (endpoints.iter().any(|said| said.is_some()) || !environment.code_challenge_methods.is_empty())
    {
        problems.push(format!(
            "the environment {name} has an issuer, whose metadata says the endpoints: take them out"
        ));
    }
    if !told && (environment.metadata.is_some() || !environment.hosts.is_empty()) {
        problems.push(format!("the environment {name} has metadata or hosts, but no issuer"));
    }
    problems
}

fn openid(entry: &Integration) -> bool {
    entry.scopes.iter().any(|scope| scope == "openid")
}

/// What the generic provider cannot do: read lists, and so fill what chooses from lists.
fn generic(entry: &Integration) -> Vec<String> {
    let mut problems = Vec::new();
    if !entry.lists.is_empty() {
        problems.push("lists cannot be read by the provider \"oidc\"".to_owned());
    }
    if entry.company_parameter.is_some() {
        problems.push(
            "company_parameter is not for the provider \"oidc\", which asks whose a token is".to_owned(),
        );
    }
    for (key, pointer) in [("id", &entry.company.id), ("name", &entry.company.name)] {
        if !pointer.starts_with('/') {
            problems.push(format!("company.{key} must be a JSON pointer such as \"/organisation/{key}\""));
        }
    }
    let chooses = |kind: &FieldKind| matches!(kind, FieldKind::Picker { .. } | FieldKind::Mapping(_));
    for field in entry.sections.fields().filter(|field| chooses(&field.kind)) {
        problems.push(format!("the field {:?} chooses from a list, and there are none", field.key));
    }
    problems
}
