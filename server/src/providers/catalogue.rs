//! The catalogue: an entry per integration, as data (`integrations/*.toml`), with its provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::ids::{ArticleId, IntegrationId};
use protocol::import::List;
use serde::Deserialize;

use super::Provider;
use super::client::{Client, NoClient};
use super::quickbooks::QuickBooks;
use crate::configuration::schema::Schema;

const ENTRIES: [(&str, &str); 1] =
    [("quickbooks-online.toml", include_str!("../../integrations/quickbooks-online.toml"))];

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
    /// The callback's parameter that claims a company.
    pub company_parameter: String,
    /// Headers that its token endpoint wants besides the standard's.
    #[serde(default)]
    pub token_headers: BTreeMap<String, String>,
    /// Lists to import, in order.
    pub lists: Vec<List>,
    /// Where it can be reached.
    pub environments: BTreeMap<String, Environment>,
    /// The configuration page.
    #[serde(default)]
    pub sections: Schema,
}

/// Which code talks to an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Intuit's Accounting API.
    QuickBooks,
}

/// Where a provider can be reached. `{origin}` stands for the registration's origin.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Authorization endpoint.
    pub authorization: String,
    /// Token endpoint.
    pub token: String,
    /// Revocation endpoint.
    pub revocation: String,
    /// Origin of the interface.
    pub api: String,
    /// As its metadata lists them; S256 is used when it is among them (RFC 7636).
    #[serde(default)]
    pub code_challenge_methods: Vec<String>,
    /// Objects on a page of a list; the provider's most when none is said.
    pub page_size: Option<u32>,
    /// The issuer that callbacks must name, where the provider announces that they do (RFC 9207).
    pub iss: Option<String>,
    /// Where connections under OAuth 1.0a are moved to OAuth 2.0, where that was ever possible.
    pub migration: Option<String>,
}

impl Integration {
    /// Whether connections of its could be made under OAuth 1.0a, and can be moved.
    pub fn moves_legacy(&self) -> bool {
        self.environments.values().any(|environment| environment.migration.is_some())
    }
}

impl Environment {
    /// Whether its addresses need an origin from the registration.
    pub fn wants_origin(&self) -> bool {
        [&self.authorization, &self.token, &self.revocation, &self.api]
            .into_iter()
            .any(|address| address.contains("{origin}"))
    }
}

/// Why the catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// An entry is not what an entry must be.
    #[error("the catalogue's entry {file} cannot be used: {cause}")]
    Entry {
        /// Its file.
        file: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// No outgoing calls are possible.
    #[error(transparent)]
    Client(#[from] NoClient),
}

/// Every integration there is.
pub struct Catalogue {
    entries: Vec<(Integration, Arc<dyn Provider>)>,
}

impl Catalogue {
    /// Reads the entries that the program was built with.
    pub fn load() -> Result<Self, CatalogueError> {
        let client = Client::new()?;
        let mut entries: Vec<(Integration, Arc<dyn Provider>)> = Vec::new();
        for (file, text) in ENTRIES {
            let entry = read(text).map_err(|cause| CatalogueError::Entry { file, cause })?;
            let provider = match entry.provider {
                ProviderKind::QuickBooks => Arc::new(QuickBooks::new(client.clone())),
            };
            entries.push((entry, provider));
        }
        Ok(Self { entries })
    }

    /// The entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Integration> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// One entry.
    pub fn integration(&self, id: &IntegrationId) -> Option<&Integration> {
        self.entries().find(|entry| entry.id == *id)
    }

    /// What talks to an integration.
    pub fn provider(&self, id: &IntegrationId) -> Option<Arc<dyn Provider>> {
        self.entries.iter().find(|(entry, _)| entry.id == *id).map(|(_, provider)| Arc::clone(provider))
    }

    /// The catalogue as a visitor sees it.
    pub fn integrations(&self) -> Vec<protocol::store::Integration> {
        self.entries().map(shown).collect()
    }
}

fn read(text: &str) -> Result<Integration, String> {
    let entry: Integration = toml::from_str(text).map_err(|error| error.to_string())?;
    for (name, environment) in &entry.environments {
        for address in
            [&environment.authorization, &environment.token, &environment.revocation, &environment.api]
                .into_iter()
                .chain(&environment.migration)
        {
            if !address.starts_with("https://") && !address.starts_with("{origin}") {
                return Err(format!("{address} of the environment {name} must be https"));
            }
        }
    }
    Ok(entry)
}

fn shown(entry: &Integration) -> protocol::store::Integration {
    protocol::store::Integration {
        id: entry.id.clone(),
        name: entry.name.clone(),
        category: entry.category.clone(),
        summary: entry.summary.clone(),
        description: entry.description.clone(),
        logo: entry.logo.clone(),
        access: entry.access.clone(),
        article: entry.article.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_read() {
        let catalogue = Catalogue::load().unwrap();
        let id = IntegrationId::new("quickbooks-online").unwrap();
        let entry = catalogue.integration(&id).unwrap();
        assert!(catalogue.provider(&id).is_some());
        assert!(entry.environments["local"].wants_origin());
        assert!(!entry.environments["production"].wants_origin());
        assert_eq!(catalogue.integrations().len(), 1);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = ENTRIES[0].1.replacen("name =", "nmae = \"x\"\nname =", 1);
        assert!(read(&text).unwrap_err().contains("nmae"));
    }

    #[test]
    fn an_address_in_the_clear_is_refused() {
        let text = ENTRIES[0].1.replacen("https://oauth.", "http://oauth.", 1);
        assert!(read(&text).unwrap_err().contains("must be https"));
    }
}
