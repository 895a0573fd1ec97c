//! Addresses of the store: paths and query keys, nowhere else a literal.

use protocol::ids::{ArticleId, IntegrationId};

/// Query key of the search.
pub const SEARCH: &str = "q";
/// Query key of the category filter.
pub const CATEGORY: &str = "category";
/// Query key of the state filter.
pub const STATE: &str = "state";
/// Query key of the shown list of imported data.
pub const LIST: &str = "list";
/// Query key of the run whose changes are shown.
pub const RUN: &str = "run";
/// Query key of the kind of change that is shown.
pub const CHANGE: &str = "change";
/// Query key of the order of records.
pub const SORT: &str = "sort";
/// Where the socket is.
pub const SOCKET: &str = "/socket";

/// A place in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The tiles.
    Store,
    /// One integration, at one of its tabs.
    Integration(IntegrationId, Tab),
    /// A help article.
    Help(ArticleId),
    /// No such place.
    Unknown,
}

/// Tabs of an integration's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What it is and how it stands.
    Overview,
    /// Settings and mappings.
    Configuration,
    /// What was imported.
    Data,
    /// What happened.
    Activity,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 4] = [Self::Overview, Self::Configuration, Self::Data, Self::Activity];

    fn segment(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Configuration => "configuration",
            Self::Data => "data",
            Self::Activity => "activity",
        }
    }
}

impl Route {
    /// The place that a path names.
    pub fn parse(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let parts = (parts.next(), parts.next(), parts.next(), parts.next());
        Self::find(parts).unwrap_or(Self::Unknown)
    }

    fn find(parts: (Option<&str>, Option<&str>, Option<&str>, Option<&str>)) -> Option<Self> {
        match parts {
            (None, ..) => Some(Self::Store),
            (Some("integrations"), Some(id), tab, None) => {
                let segment = tab.unwrap_or_default();
                let tab = Tab::ALL.into_iter().find(|t| t.segment() == segment)?;
                Some(Self::Integration(IntegrationId::new(id).ok()?, tab))
            }
            (Some("help"), Some(slug), None, None) => Some(Self::Help(ArticleId::new(slug).ok()?)),
            _ => None,
        }
    }

    /// The path of this place.
    pub fn path(&self) -> String {
        match self {
            Self::Store | Self::Unknown => "/".to_owned(),
            Self::Integration(id, tab) => {
                let mut path = String::from("/integrations/");
                path.push_str(id.as_str());
                if *tab != Tab::Overview {
                    path.push('/');
                    path.push_str(tab.segment());
                }
                path
            }
            Self::Help(slug) => {
                let mut path = String::from("/help/");
                path.push_str(slug.as_str());
                path
            }
        }
    }
}

/// Where the form that begins connecting is sent.
pub fn connect_action(integration: &IntegrationId) -> String {
    let mut path = String::from("/connect/");
    path.push_str(integration.as_str());
    path
}

/// Name of the window in which connecting happens.
pub fn connect_window(integration: &IntegrationId) -> String {
    let mut name = String::from("connect-");
    name.push_str(integration.as_str());
    name
}

/// Key and value pairs of an address's query, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Pairs that are already decoded.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of a key; empty when it is not there.
    pub fn get(&self, key: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The same query with one key set, or taken away by an empty value.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let others = self.0.iter().filter(|(name, _)| name != key).cloned();
        let mut pairs: Vec<_> = others.collect();
        if !value.is_empty() {
            pairs.push((key.to_owned(), value.to_owned()));
        }
        Self(pairs)
    }

    /// The pairs, not yet encoded.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quickbooks() -> IntegrationId {
        IntegrationId::new("quickbooks-online").unwrap()
    }

    #[test]
    fn every_place_is_found_again_by_its_path() {
        let mut places = vec![Route::Store, Route::Help(ArticleId::new("quickbooks-oauth2").unwrap())];
        places.extend(Tab::ALL.map(|tab| Route::Integration(quickbooks(), tab)));
        for place in places {
            assert_eq!(Route::parse(&place.path()), place);
        }
    }

    #[test]
    fn a_slash_at_the_end_changes_nothing() {
        let place = Route::Integration(quickbooks(), Tab::Data);
        assert_eq!(Route::parse("/integrations/quickbooks-online/data/"), place);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_unknown() {
        for path in ["/nowhere", "/integrations", "/integrations/a b", "/help/a/b/c", "/integrations/a/b"] {
            assert_eq!(Route::parse(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn setting_a_query_key_keeps_the_others() {
        let query = Query::default().with(SEARCH, "books").with(STATE, "on");
        assert_eq!(query.with(SEARCH, "").pairs().len(), 1);
        assert_eq!(query.with(SEARCH, "tax").get(STATE), "on");
        assert_eq!(query.get(CATEGORY), "");
    }
}
