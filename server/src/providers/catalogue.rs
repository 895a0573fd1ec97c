//! The catalogue: an entry per integration, as data, with its provider. Some come with the program
//! (`integrations/*.toml`), others from a directory that the configuration names.

mod check;
mod entry;
mod links;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use entry::{Environment, Integration, Passage, Pointers, ProviderKind, Requests};
pub use links::Links;
use protocol::ids::IntegrationId;

use super::Provider;
use super::client::{Client, NoClient};
use super::oidc::OpenId;
use super::quickbooks::QuickBooks;

const ENTRIES: [(&str, &str); 1] =
    [("quickbooks-online.toml", include_str!("../../integrations/quickbooks-online.toml"))];

/// Why the catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Entries are not what entries must be: a sentence for each problem.
    #[error("the catalogue cannot be used:\n  - {}", .0.join("\n  - "))]
    Entries(Vec<String>),
    /// No outgoing calls are possible.
    #[error(transparent)]
    Client(#[from] NoClient),
}

/// Every integration there is.
pub struct Catalogue {
    client: Client,
    entries: Vec<(Integration, Arc<dyn Provider>)>,
}

impl Catalogue {
    /// The entries that the program was built with.
    pub fn load() -> Result<Self, CatalogueError> {
        Self::with(None)
    }

    /// The same, and those of every `*.toml` in this directory, by name. All problems are told at once.
    pub fn with(dir: Option<&Path>) -> Result<Self, CatalogueError> {
        let (client, mut reading) = (Client::new()?, Reading::default());
        for (file, text) in ENTRIES {
            reading.take(file, text);
        }
        if let Some(dir) = dir {
            reading.take_all(dir);
        }
        if !reading.problems.is_empty() {
            return Err(CatalogueError::Entries(reading.problems));
        }
        let with_provider = |entry: Integration| {
            let provider = provider(&entry, client.clone());
            (entry, provider)
        };
        let entries = reading.entries.into_iter().map(with_provider).collect();
        Ok(Self { client, entries })
    }

    /// The entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Integration> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// By what calls leave that go through us.
    pub(crate) fn client(&self) -> &Client {
        &self.client
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

fn provider(entry: &Integration, client: Client) -> Arc<dyn Provider> {
    match entry.provider {
        ProviderKind::QuickBooks => Arc::new(QuickBooks::new(client)),
        ProviderKind::Oidc => Arc::new(OpenId::new(client, entry.company.clone())),
    }
}

/// What was read so far, and what was wrong with it.
#[derive(Default)]
struct Reading {
    entries: Vec<Integration>,
    problems: Vec<String>,
}

impl Reading {
    fn take_all(&mut self, dir: &Path) {
        let files = match written(dir) {
            Ok(files) => files,
            Err(cause) => {
                self.problems.push(format!("[catalogue] dir {} cannot be read: {cause}", dir.display()));
                return;
            }
        };
        for file in files {
            let name = file.display().to_string();
            match std::fs::read_to_string(&file) {
                Ok(text) => self.take(&name, &text),
                Err(cause) => self.problems.push(format!("{name} cannot be read: {cause}")),
            }
        }
    }

    fn take(&mut self, file: &str, text: &str) {
        let entry: Integration = match toml::from_str(text) {
            Ok(entry) => entry,
            Err(cause) => {
                self.problems.push(format!("{file}: {}", cause.to_string().trim_end()));
                return;
            }
        };
        self.problems.extend(check::problems(&entry).into_iter().map(|problem| format!("{file}: {problem}")));
        if self.entries.iter().any(|other| other.id == entry.id) {
            self.problems.push(format!("{file}: there is an integration {:?} already", entry.id.as_str()));
        }
        self.entries.push(entry);
    }
}

/// The entries of a directory, in the order of their names.
fn written(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for file in std::fs::read_dir(dir)? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
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
