//! An entry of the catalogue as its file writes it. docs/INTEGRATIONS.md tells every key.

use std::collections::BTreeMap;

use protocol::ids::{ArticleId, IntegrationId};
use protocol::import::List;
use serde::Deserialize;

use super::links::Links;
use crate::configuration::schema::Schema;

/// An entry of the catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// Its name in addresses.
    pub id: IntegrationId,
    /// What talks to it.
    pub provider: ProviderKind,
    /// Its name on screen.
    pub name: String,
    /// For example "Accounting".
    pub category: String,
    /// One line for the tile.
    pub summary: String,
    /// Paragraphs for the overview.
    pub description: Vec<String>,
    /// Artwork under `/logos/`.
    pub logo: String,
    /// What connecting lets the portal read and write, a line each.
    pub access: Vec<String>,
    /// The help article that goes with it.
    pub article: Option<ArticleId>,
    /// What is asked for at consent; the least that does the work.
    pub scopes: Vec<String>,
    /// The callback's parameter that claims a company; none where the company is learned with the token.
    pub company_parameter: Option<String>,
    /// Where id and name of a company stand that is learned with the token.
    #[serde(default)]
    pub company: Pointers,
    /// Parameters that its authorization endpoint wants besides the standard's.
    #[serde(default)]
    pub authorization_parameters: BTreeMap<String, String>,
    /// Headers that its token endpoint wants besides the standard's.
    #[serde(default)]
    pub token_headers: BTreeMap<String, String>,
    /// Lists to import, in order.
    #[serde(default)]
    pub lists: Vec<List>,
    /// Where it can be reached.
    pub environments: BTreeMap<String, Environment>,
    /// What a portal's backend may call through us; nothing when none is said.
    pub passage: Option<Passage>,
    /// The configuration page.
    #[serde(default)]
    pub sections: Schema,
}

/// What a portal's backend may call through us.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// How paths begin that may be called; `{company}` stands for the connection's own.
    pub paths: Vec<String>,
    /// By which methods, in capitals.
    pub methods: Vec<String>,
    /// Headers that the provider takes besides those that say how to read a call, in lower case.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Headers of its answers that are passed on besides those that say how to read them, in lower case.
    #[serde(default)]
    pub answer_headers: Vec<String>,
}

/// Which code talks to an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Intuit's Accounting API.
    QuickBooks,
    /// Any authorization server; the company is what the userinfo endpoint, or another one, tells of the token.
    Oidc,
}

/// JSON pointers (RFC 6901) into what tells whose a token is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointers {
    /// To the company's id.
    pub id: String,
    /// To its name. Where nothing stands there the id is shown.
    pub name: String,
}

impl Default for Pointers {
    fn default() -> Self {
        Self { id: "/sub".to_owned(), name: "/name".to_owned() }
    }
}

/// Where a provider can be reached. `{origin}` stands for the registration's origin.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The authorization server's name for itself. Where it is given, its metadata says the rest (RFC 8414).
    pub issuer: Option<String>,
    /// Address of that metadata, where it is not the well-known one.
    pub metadata: Option<String>,
    /// Hosts besides the issuer's that the metadata may name.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Authorization endpoint.
    pub authorization: Option<String>,
    /// Token endpoint.
    pub token: Option<String>,
    /// Revocation endpoint.
    pub revocation: Option<String>,
    /// Origin of the interface.
    pub api: Option<String>,
    /// What tells whose a token is, where it is not the userinfo endpoint.
    pub company: Option<String>,
    /// As its metadata would list them; S256 is used when it is among them (RFC 7636).
    #[serde(default)]
    pub code_challenge_methods: Vec<String>,
    /// Objects on a page of a list; the provider's most when none is said.
    pub page_size: Option<u32>,
    /// How fast a company may be asked; as Intuit allows when nothing is said.
    #[serde(default)]
    pub requests: Requests,
    /// The issuer that callbacks must name, where the provider announces that they do (RFC 9207).
    pub iss: Option<String>,
    /// Where connections under OAuth 1.0a are moved to OAuth 2.0, where that was ever possible.
    pub migration: Option<String>,
    /// Where records are looked at in the provider's own program.
    #[serde(default)]
    pub links: Links,
}

/// How many requests one company is asked for, by everybody together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// Within any second.
    pub per_second: u32,
    /// Within any minute.
    pub per_minute: u32,
}

impl Default for Requests {
    /// Intuit's limits for a company and an app.
    fn default() -> Self {
        Self { per_second: 10, per_minute: 500 }
    }
}

impl Integration {
    /// Whether connections of its could be made under OAuth 1.0a, and can be moved.
    pub fn moves_legacy(&self) -> bool {
        self.environments.values().any(|environment| environment.migration.is_some())
    }
}

impl Environment {
    /// Every address that is said, by its key.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let all = [
            ("issuer", &self.issuer),
            ("metadata", &self.metadata),
            ("authorization", &self.authorization),
            ("token", &self.token),
            ("revocation", &self.revocation),
            ("api", &self.api),
            ("company", &self.company),
            ("migration", &self.migration),
        ];
        all.into_iter().filter_map(|(key, address)| Some((key, address.as_ref()?)))
    }

    /// Whether its addresses need an origin from the registration.
    pub fn wants_origin(&self) -> bool {
        self.addresses().any(|(_, address)| address.contains("{origin}"))
    }
}
