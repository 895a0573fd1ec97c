//! Which tiles the store shows.

use protocol::store::{Connection, ConnectionState, Integration};

/// Groups of states that a visitor filters by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Data flows.
    Connected,
    /// Somebody should do something.
    Attention,
    /// Not connected.
    Off,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 3] = [Self::Connected, Self::Attention, Self::Off];

    /// Its value in an address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Attention => "attention",
            Self::Off => "off",
        }
    }

    /// The group that an address names.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.key() == key)
    }

    fn has(self, state: ConnectionState) -> bool {
        match self {
            Self::Connected => state.is_on() && !needs_somebody(state),
            Self::Attention => needs_somebody(state),
            Self::Off => !state.is_on(),
        }
    }
}

/// Somebody has to do something before all is well.
pub fn needs_somebody(state: ConnectionState) -> bool {
    use ConnectionState as S;
    match state {
        S::Legacy { .. }
        | S::NeedsConfiguration
        | S::Attention { .. }
        | S::Expiring { .. }
        | S::ReconnectRequired { .. } => true,
        S::Available | S::Authorizing { .. } | S::Importing | S::Active | S::Paused | S::Disconnected => {
            false
        }
    }
}

/// What the visitor asked to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    /// Words that name, category or summary contain.
    pub search: String,
    /// Only this category; all when empty.
    pub category: String,
    /// Only this group of states.
    pub group: Option<Group>,
}

impl Filters {
    /// Anything is left out at all.
    pub fn active(&self) -> bool {
        *self != Self::default()
    }

    /// The integration is shown. `lower` writes a text in small letters: the browser knows how in
    /// every language, and our own table of them would be a tenth of the first load.
    pub fn pass(
        &self,
        integration: &Integration,
        connection: Option<&Connection>,
        lower: fn(&str) -> String,
    ) -> bool {
        let state = connection.map_or(ConnectionState::Available, |c| c.state);
        let text = [integration.name.as_str(), integration.category.as_str(), integration.summary.as_str()]
            .map(lower);
        let search = lower(&self.search);
        let mut words = search.split_whitespace();
        let named = words.all(|word| text.iter().any(|part| part.contains(word)));
        let category = self.category.is_empty() || self.category == integration.category;
        named && category && self.group.is_none_or(|group| group.has(state))
    }
}

/// The categories there are, each once, in order of first appearance.
pub fn categories(integrations: &[Integration]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for integration in integrations {
        if !found.contains(&integration.category) {
            found.push(integration.category.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{connection, integration};

    fn filters(search: &str, category: &str, group: Option<Group>) -> Filters {
        Filters { search: search.to_owned(), category: category.to_owned(), group }
    }

    #[test]
    fn every_word_of_the_search_must_be_somewhere() {
        let entry = integration();
        assert!(filters("  books ACCOUNT", "", None).pass(&entry, None, str::to_lowercase));
        assert!(!filters("books payroll", "", None).pass(&entry, None, str::to_lowercase));
        assert!(filters("", "", None).pass(&entry, None, str::to_lowercase));
    }

    #[test]
    fn a_category_is_matched_as_a_whole() {
        let entry = integration();
        assert!(filters("", "Accounting", None).pass(&entry, None, str::to_lowercase));
        assert!(!filters("", "Account", None).pass(&entry, None, str::to_lowercase));
        assert_eq!(categories(&[integration(), integration()]), ["Accounting"]);
    }

    #[test]
    fn each_state_is_in_one_group() {
        use ConnectionState as S;
        let states = [
            (S::Available, Group::Off),
            (S::Disconnected, Group::Off),
            (S::Active, Group::Connected),
            (S::Importing, Group::Connected),
            (S::NeedsConfiguration, Group::Attention),
            (S::Legacy { deadline: None }, Group::Attention),
        ];
        for (state, group) in states {
            let connection = connection(state, 1);
            let passed = Group::ALL.into_iter().filter(|&g| {
                filters("", "", Some(g)).pass(&integration(), Some(&connection), str::to_lowercase)
            });
            assert_eq!(passed.collect::<Vec<_>>(), [group], "{state:?}");
        }
    }

    #[test]
    fn a_group_is_found_by_its_key() {
        for group in Group::ALL {
            assert_eq!(Group::parse(group.key()), Some(group));
        }
        assert_eq!(Group::parse("everything"), None);
    }
}
