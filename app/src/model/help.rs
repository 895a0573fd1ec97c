//! Help articles, and how far an organisation is with their steps.

use protocol::import::{ImportSnapshot, ImportState};
use protocol::store::{Connection, ConnectionState};

/// An article, taken apart when the program was built.
#[derive(Debug)]
pub struct Article {
    /// Its name in addresses.
    pub slug: &'static str,
    /// Heading and title.
    pub title: &'static str,
    /// Top to bottom.
    pub parts: &'static [Part],
}

/// A part of an article.
#[derive(Debug)]
pub enum Part {
    /// Paragraphs and headings.
    Text(&'static [Piece]),
    /// A step, with its words.
    Step(Step, &'static [Piece]),
}

/// A piece of an article.
#[derive(Debug)]
pub enum Piece {
    /// Plain words.
    Words(&'static str),
    /// An element of this name, and what is in it.
    Within(&'static str, &'static [Piece]),
}

/// A step that can be seen to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Connected under OAuth 2.0.
    Connected,
    /// The lists are imported.
    Imported,
    /// Nothing that is needed is left to set or to map.
    Mapped,
    /// The configuration is saved.
    Saved,
}

/// Every article.
pub const ARTICLES: &[Article] = include!(concat!(env!("OUT_DIR"), "/articles.rs"));

/// The title of every article by its slug; apart from them, because they are loaded later.
const TITLES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/titles.rs"));

/// The title of the article of an address.
pub fn title(slug: &str) -> Option<&'static str> {
    TITLES.iter().find(|(known, _)| *known == slug).map(|(_, title)| *title)
}

/// The article of an address.
pub fn article(slug: &str) -> Option<&'static Article> {
    ARTICLES.iter().find(|article| article.slug == slug)
}

impl Article {
    /// Its steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.parts.iter().filter_map(|part| match part {
            Part::Step(step, _) => Some(*step),
            Part::Text(_) => None,
        })
    }
}

/// The step is done for this organisation.
pub fn done(step: Step, connection: &Connection, import: Option<&ImportSnapshot>) -> bool {
    let state = connection.state;
    let legacy = matches!(state, ConnectionState::Legacy { .. });
    let broken = matches!(state, ConnectionState::ReconnectRequired { .. });
    let connected = state.is_on() && !legacy && !broken;
    match step {
        Step::Connected => connected,
        Step::Imported => {
            let running = import.is_some_and(|import| import.state == ImportState::Running);
            connected && !running && connection.lists.iter().any(|list| list.at.is_some())
        }
        Step::Mapped => matches!(state, ConnectionState::Active | ConnectionState::Expiring { .. }),
        Step::Saved => connected && connection.saved.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;
    use protocol::import::List;
    use protocol::store::{ListAge, Stamp};

    use super::*;
    use crate::model::tests::{connection, import};

    const STEPS: [Step; 4] = [Step::Connected, Step::Imported, Step::Mapped, Step::Saved];

    fn ticks(connection: &Connection, import: Option<&ImportSnapshot>) -> [bool; 4] {
        STEPS.map(|step| done(step, connection, import))
    }

    #[test]
    fn the_upgrade_guide_has_every_step() {
        let guide = article("quickbooks-oauth2").unwrap();
        let steps: Vec<Step> = guide.steps().collect();
        assert_eq!(steps, STEPS);
        assert_eq!(title("quickbooks-oauth2"), Some(guide.title));
        assert!(article("nowhere").is_none() && title("nowhere").is_none());
    }

    #[test]
    fn an_old_connection_has_everything_to_do() {
        let old = connection(ConnectionState::Legacy { deadline: None }, 1);
        assert_eq!(ticks(&old, None), [false; 4]);
    }

    #[test]
    fn steps_are_ticked_one_after_the_other() {
        let mut now = connection(ConnectionState::Importing, 1);
        let mut run = import(1, 1, &[]);
        assert_eq!(ticks(&now, Some(&run)), [true, false, false, false]);
        now.lists = vec![ListAge { list: List::Accounts, count: 90, at: Some(Moment(5)) }];
        assert_eq!(ticks(&now, Some(&run)), [true, false, false, false], "it still runs");
        run.state = ImportState::Done;
        now.state = ConnectionState::NeedsConfiguration;
        assert_eq!(ticks(&now, Some(&run)), [true, true, false, false]);
        now.state = ConnectionState::Active;
        assert_eq!(ticks(&now, Some(&run)), [true, true, true, false]);
        now.saved = Some(Stamp { by: "Ada".to_owned(), at: Moment(6) });
        assert_eq!(ticks(&now, Some(&run)), [true; 4]);
    }

    #[test]
    fn a_switched_off_connection_is_no_longer_done() {
        let mut off = connection(ConnectionState::Disconnected, 1);
        off.saved = Some(Stamp { by: "Ada".to_owned(), at: Moment(6) });
        assert_eq!(ticks(&off, None), [false; 4]);
    }
}
