//! The cells of one record: name, number, detail, state, and the way to it at the provider.

use protocol::ids::IntegrationId;
use protocol::record::{ChangeKind, Record};

use super::changes::is_of;
use crate::browser::dom::{Tag, tag};
use crate::components::icon::{Icon, icon};
use crate::live::use_live;
use crate::model::listing::View;
use crate::model::window::Windows;
use crate::signals::{RwSignal, Signal, StoredValue};
use crate::text::configuration as text;

/// Draws rows of one integration's records.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    pub(super) windows: RwSignal<Windows<Record>>,
    pub(super) view: Signal<View>,
    pub(super) integration: StoredValue<IntegrationId>,
}

impl Cells {
    /// Fills a row, now and whenever its record is another.
    pub(super) fn fill(self, index: u32, row: Tag) -> Tag {
        let record = move || self.windows.with(|windows| windows.row(index).cloned());
        let waiting = move || tag("div", "cells").put(cell("muted", text::ROW_LOADING));
        let draw =
            move |record: &Option<Record>| Some(record.as_ref().map_or_else(waiting, |one| self.draw(one)));
        row.draws(record, draw)
    }

    fn draw(self, record: &Record) -> Tag {
        let changed = self.view.with_untracked(|view| is_of(view.changed, record.change.as_ref()));
        let (class, state) = match (changed, record.vanished, record.active) {
            (Some(kind), ..) => (change_class(kind), text::change(kind)),
            (None, true, _) => ("state bad", text::GONE),
            (None, false, false) => ("state warn", text::INACTIVE),
            (None, false, true) => ("state good", text::IN_USE),
        };
        tag("div", "cells")
            .put(self.source(record, changed))
            .put(cell("numbers cell-number", record.number.as_deref().unwrap_or_default()))
            .put(cell("cell-detail", record.detail.as_deref().unwrap_or_default()))
            .put(cell("cell-state", "").put(tag("span", class).words(state)))
    }

    /// The name, what it was before, and the link.
    fn source(self, record: &Record, changed: Option<ChangeKind>) -> Tag {
        let name = tag("span", "cell-name").attr("title", &record.name).words(&record.name);
        let before = record.change.as_ref().and_then(|change| change.name_before.as_deref());
        let before = before.filter(|_| changed == Some(ChangeKind::Renamed));
        let before = before.map(|before| tag("span", "cell-note").words(&text::was(before)));
        let class = if record.vanished { "cell-source gone" } else { "cell-source" };
        cell(class, "").put(name).maybe(before).maybe(self.link(record))
    }

    /// Rows are reached by arrow keys and opened by Enter, so that the link needs no tab stop of its own.
    fn link(self, record: &Record) -> Option<Tag> {
        let link = record.link.as_deref().filter(|link| link.starts_with("http"))?;
        let provider = self.integration.with_value(|integration| use_live().name(integration));
        let words = text::open_at(&record.name, &provider);
        let link = tag("a", "cell-link")
            .attr("href", link)
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .attr("tabindex", "-1")
            .attr("aria-label", &words)
            .attr("title", &words);
        Some(link.put(icon(Icon::Out)))
    }
}

fn cell(class: &str, words: &str) -> Tag {
    tag("div", class).attr("role", "gridcell").words(words)
}

fn change_class(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "state good",
        ChangeKind::Changed | ChangeKind::Renamed => "state warn",
        ChangeKind::Vanished => "state bad",
    }
}
