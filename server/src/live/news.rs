//! What one socket has been told, and what is therefore news to it. State is told as state: the
//! newest view wins, however many were missed in between.

use std::sync::Arc;

use protocol::ids::EventSeq;
use protocol::message::ServerMessage;
use protocol::notification::Notification;

use super::view::{View, seen_by};
use crate::store::ids::VisitorId;
use crate::store::notifications::Marks;

/// What a socket knows.
pub(super) struct Told {
    visitor: VisitorId,
    view: Arc<View>,
    /// The newest entry of the log that was told.
    pub(super) upto: EventSeq,
}

impl Told {
    /// A socket that was welcomed with this view.
    pub(super) fn new(visitor: VisitorId, view: Arc<View>) -> Self {
        Self { visitor, upto: view.newest(), view }
    }

    /// Whether this very view was told already.
    pub(super) fn knows(&self, view: &Arc<View>) -> bool {
        Arc::ptr_eq(&self.view, view)
    }

    /// What changed, in order: state first, then the log, then the read marks. `events` are the
    /// entries after [`Told::upto`], oldest first.
    pub(super) fn news(&mut self, view: Arc<View>, events: Vec<Notification>) -> Vec<ServerMessage> {
        let mut news = Vec::new();
        for (place, connection) in view.connections.iter().enumerate() {
            if self.view.connections.get(place) != Some(connection) {
                news.push(ServerMessage::Connection(Box::new(seen_by(connection, self.visitor))));
            }
        }
        for import in &view.imports {
            let known = self.view.imports.iter().find(|known| known.import == import.import);
            if known.is_none_or(|known| known.revision < import.revision) {
                news.push(ServerMessage::Import(import.clone()));
            }
        }
        let marks = marks(&view, self.visitor);
        for mut event in events {
            self.upto = self.upto.max(event.seq);
            event.read = marks.has(event.seq);
            news.push(ServerMessage::Notification(event));
        }
        if let Some(reader) = view.readers.get(&self.visitor)
            && self.view.readers.get(&self.visitor).map(|known| &known.marks) != Some(&reader.marks)
        {
            let Marks { upto, also } = reader.marks.clone();
            news.push(ServerMessage::Unread { count: reader.unread, upto, also });
        }
        self.view = view;
        news
    }
}

/// What a visitor has read, as of this view.
pub(super) fn marks(view: &View, visitor: VisitorId) -> Marks {
    view.readers.get(&visitor).map(|reader| reader.marks.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::notifications::Reader;
    use protocol::ids::{ImportId, IntegrationId, Moment, Revision};
    use protocol::import::{ImportSnapshot, ImportState, Trigger};

    const ME: VisitorId = VisitorId(1);

    fn import(revision: u64) -> ImportSnapshot {
        ImportSnapshot {
            import: ImportId(1),
            integration: IntegrationId::new("quickbooks-online").expect("an id"),
            revision: Revision(revision),
            state: ImportState::Running,
            trigger: Trigger::Person,
            started: Moment(0),
            finished: None,
            lists: Vec::new(),
            waiting: None,
            seconds_left: None,
        }
    }

    fn view(revision: u64) -> Arc<View> {
        Arc::new(View { imports: vec![import(revision)], ..View::default() })
    }

    #[test]
    fn an_older_revision_of_an_import_is_never_told() {
        let mut told = Told::new(ME, view(5));
        assert_eq!(told.news(view(4), Vec::new()), Vec::new());
        let mut told = Told::new(ME, view(5));
        assert_eq!(told.news(view(9), Vec::new()), vec![ServerMessage::Import(import(9))]);
        assert_eq!(told.news(view(9), Vec::new()), Vec::new());
    }

    #[test]
    fn marks_made_in_another_tab_are_told_with_the_count() {
        let mut told = Told::new(ME, view(1));
        let marks = Marks { upto: EventSeq(7), also: vec![EventSeq(9)] };
        let mut marked = View::clone(&view(1));
        marked.readers.insert(ME, Reader { marks, unread: 2 });
        let unread = ServerMessage::Unread { count: 2, upto: EventSeq(7), also: vec![EventSeq(9)] };
        assert_eq!(told.news(Arc::new(marked), Vec::new()), vec![unread]);
    }
}
