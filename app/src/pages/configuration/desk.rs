//! The configuration while a person works on it: what is saved, what is changed, what is on its way.

use std::time::Duration;

use protocol::ids::IntegrationId;
use protocol::message::Fault;
use protocol::schema::{Configuration, SaveConflict};

use crate::browser::dom::on_parting;
use crate::browser::timer::{self, Timer, after};
use crate::live::{Live, Saved};
use crate::model::draft::merge::Merge;
use crate::model::draft::names::Names;
use crate::model::draft::standing::Standing;
use crate::model::draft::{Changes, Kept, Key};
use crate::signals::{RwSignal, Signal, StoredValue, memo, on_cleanup, untrack};

/// How long changes wait, after some were kept on the server, to be kept together.
const PAUSE: Duration = Duration::from_millis(500);
/// How long to wait after a failure to keep them.
const KEEP_AGAIN: Duration = Duration::from_secs(5);

/// What is said above the page until it is dismissed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    /// A kept draft was found.
    Restored,
    /// Saved, so many changes.
    Saved(usize),
    /// A wish came to nothing.
    Failed(Fault),
    /// The changes could not be kept on the server.
    NotKept,
}

/// A handle on it, copied freely within the page.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    live: StoredValue<Live>,
    integration: StoredValue<IntegrationId>,
    /// As saved; none until it was read.
    pub(super) configuration: RwSignal<Option<Configuration>>,
    /// The unsaved changes.
    pub(super) changes: RwSignal<Changes>,
    /// Names that were seen.
    pub(super) names: RwSignal<Names>,
    /// How everything stands with the changes laid over what is saved.
    pub(super) standing: Signal<Standing>,
    /// It could not be read.
    pub(super) unread: RwSignal<Option<Fault>>,
    /// A save is on its way.
    pub(super) saving: RwSignal<bool>,
    /// Somebody else saved in between.
    pub(super) merge: RwSignal<Option<Merge>>,
    /// What is said above the page.
    pub(super) notice: RwSignal<Option<Notice>>,
    /// What the server keeps of the changes, or will once it has read what was sent.
    kept: StoredValue<Kept>,
    timer: StoredValue<Option<Timer>>,
}

impl Desk {
    pub(super) fn new(live: Live, integration: IntegrationId) -> Self {
        let (configuration, changes) = (RwSignal::new(None), RwSignal::new(Changes::default()));
        let names = RwSignal::new(Names::default());
        let desk = Self {
            live: StoredValue::new(live),
            integration: StoredValue::new(integration),
            configuration,
            changes,
            names,
            standing: memo(move || {
                configuration.with(|saved: &Option<Configuration>| {
                    let standing =
                        |saved| changes.with(|changes| names.with(|names| changes.standing(saved, names)));
                    saved.as_ref().map(standing).unwrap_or_default()
                })
            }),
            unread: RwSignal::new(None),
            saving: RwSignal::new(false),
            merge: RwSignal::new(None),
            notice: RwSignal::new(None),
            kept: StoredValue::new(Kept::Nothing),
            timer: StoredValue::new(None),
        };
        on_parting(move || {
            desk.keep_now();
        });
        on_cleanup(move || {
            desk.keep_now();
            live.set_unsaved(false);
        });
        desk.open();
        desk
    }

    pub(super) fn live(self) -> Live {
        self.live.get_value()
    }

    pub(super) fn integration(self) -> IntegrationId {
        self.integration.get_value()
    }

    /// How many fields and rows saving would change.
    pub(super) fn count(self) -> usize {
        self.standing.with(|standing| standing.count)
    }

    /// The page is still there.
    pub(super) fn is_there(self) -> bool {
        !self.changes.is_disposed()
    }

    /// Reads the configuration, for the first time or again.
    pub(super) fn open(self) {
        timer::spawn(async move {
            let answer = self.live().open_configuration(self.integration()).await;
            if self.is_there() {
                match answer {
                    Ok(configuration) => self.take(configuration),
                    Err(fault) => self.unread.set(Some(fault)),
                }
            }
        });
    }

    fn take(self, configuration: Configuration) {
        let newest =
            |old: &Option<Configuration>| old.as_ref().is_none_or(|old| old.version <= configuration.version);
        // An answer from before a save arrived after it.
        if !self.configuration.with_untracked(newest) {
            return;
        }
        self.unread.set(None);
        self.names.update(|names| names.learn(&configuration));
        let first = self.configuration.with_untracked(Option::is_none);
        let mut looked_up = false;
        match &configuration.draft {
            Some(draft) if first => {
                let restored = Changes::restore(draft, &configuration);
                looked_up = !restored.is_empty();
                self.kept.set_value(Kept::Draft(draft.clone()));
                self.changes.set(restored);
                if looked_up {
                    self.notice.set(Some(Notice::Restored));
                }
            }
            _ => self.changes.update(|changes| changes.follow(configuration.version)),
        }
        self.live().set_unsaved(self.changes.with_untracked(|changes| !changes.is_empty()));
        if self.configuration.with_untracked(|old| old.as_ref() != Some(&configuration)) {
            self.configuration.set(Some(configuration));
        }
        if looked_up {
            self.look_up();
        }
    }

    /// Changes the changes: counts them, and keeps them on the server.
    pub(super) fn change(self, change: impl FnOnce(&mut Changes, &Configuration)) {
        self.configuration.with_untracked(|configuration| {
            if let Some(configuration) = configuration {
                self.changes.update(|changes| change(changes, configuration));
            }
        });
        let unsaved = self.changes.with_untracked(|changes| !changes.is_empty());
        self.live().set_unsaved(unsaved);
        // It spoke of what was so before.
        self.notice.set(None);
        self.keep_soon();
    }

    /// Keeps the changes on the server: the first at once, those that follow soon together.
    fn keep_soon(self) {
        if self.timer.with_value(Option::is_none) && self.keep_now() {
            self.keep_after(PAUSE);
        }
    }

    fn keep_after(self, wait: Duration) {
        self.stop_timer();
        let again = move || {
            if self.stop_timer() {
                self.keep_soon();
            }
        };
        self.timer.set_value(after(wait, again));
    }

    fn stop_timer(self) -> bool {
        let timer = self.timer.try_update_value(Option::take).flatten();
        timer.inspect(Timer::stop).is_some()
    }

    /// Sends the changes to the server if it does not keep them as they are. True when they were sent.
    pub(super) fn keep_now(self) -> bool {
        let now = self.changes.with_untracked(Changes::to_keep);
        // A save takes the draft along, and looks afterwards what is left to keep.
        if self.saving.get_untracked() || self.kept.with_value(|kept| *kept == now) {
            return false;
        }
        self.kept.set_value(now.clone());
        let (live, integration) = (self.live(), self.integration());
        timer::spawn(async move {
            let kept = live.keep_draft(integration, now.draft()).await;
            if !self.is_there() {
                return;
            }
            if kept.is_ok() {
                self.notice.maybe_update(|notice| notice.take_if(|n| *n == Notice::NotKept).is_some());
            } else {
                self.kept.set_value(Kept::Unknown);
                self.notice.set(Some(Notice::NotKept));
                self.keep_after(KEEP_AGAIN);
            }
        });
        true
    }

    /// Drops every change.
    pub(super) fn discard(self) {
        self.change(|changes, configuration| *changes = Changes::on(configuration.version));
    }

    /// Takes one change back.
    pub(super) fn undo(self, key: &Key) {
        self.change(|changes, configuration| {
            changes.undo(key);
            changes.follow(configuration.version);
        });
    }

    /// Saves.
    pub(super) fn save(self) {
        if self.saving.get_untracked() {
            return;
        }
        self.saving.set(true);
        self.stop_timer();
        let (sent, count) = (self.changes.get_untracked(), untrack(|| self.count()));
        timer::spawn(async move {
            let answer = self.live().save_configuration(self.integration(), sent.draft()).await;
            if !self.is_there() {
                return;
            }
            self.saving.set(false);
            match answer {
                Ok(Saved::Done(configuration)) => self.saved(&sent, count, *configuration),
                Ok(Saved::Conflict(conflict)) => self.conflict(&conflict),
                Err(fault) => {
                    self.notice.set(Some(Notice::Failed(fault)));
                    self.keep_soon();
                }
            }
        });
    }

    fn saved(self, sent: &Changes, count: usize, configuration: Configuration) {
        let version = configuration.version;
        self.changes.update(|changes| changes.saved(sent, version));
        // The server forgot the draft as it saved it.
        self.kept.set_value(Kept::Nothing);
        self.take(configuration);
        self.notice.set(Some(Notice::Saved(count)));
        self.keep_soon();
    }

    fn conflict(self, conflict: &SaveConflict) {
        let merge = self.changes.with_untracked(|mine| Merge::new(mine, conflict));
        self.merge.set(Some(merge));
        self.look_up();
        self.open();
        self.keep_soon();
    }

    /// Puts the decisions of a conflict into effect.
    pub(super) fn resolve(self) {
        let merge = self.merge.try_update(Option::take).flatten();
        if let Some(merge) = merge {
            self.change(|changes, _| *changes = merge.resolve(changes));
        }
    }
}
