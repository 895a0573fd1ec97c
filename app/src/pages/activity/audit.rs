//! The audit log of the organisation: who did what, when and from where, read in windows, and as a
//! file.

use protocol::audit::{AuditKind, AuditLine};
use protocol::ids::AuditSeq;

use crate::browser::dom::{Tag, button, tag};
use crate::browser::{file, intl, timer};
use crate::live::Live;
use crate::signals::{RwSignal, untrack};
use crate::text::{self, audit, faults, tray};

/// Rows that are read at once.
const WINDOW: u16 = 50;
const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// What was read so far, and what is wanted.
#[derive(Clone, Copy)]
struct Log {
    live: Live,
    kind: RwSignal<Option<AuditKind>>,
    rows: RwSignal<Vec<AuditLine>>,
    addresses: RwSignal<bool>,
    more: RwSignal<bool>,
    busy: RwSignal<bool>,
    /// A file is being put together.
    saving: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Log {
    fn new(live: Live) -> Self {
        Self {
            live,
            kind: RwSignal::new(None),
            rows: RwSignal::new(Vec::new()),
            addresses: RwSignal::new(false),
            more: RwSignal::new(true),
            busy: RwSignal::new(false),
            saving: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    /// Reads on, from the oldest row that is here.
    fn on(self) {
        let kind = self.kind.get_untracked();
        let before = self.rows.with_untracked(|rows| rows.last().map(|row| row.seq));
        self.busy.set(true);
        self.problem.set(None);
        timer::spawn(async move {
            let answer = self.live.read_audit(kind, before, WINDOW).await;
            // The page may have been left meanwhile, and its signals gone; or another kind is wanted.
            if self.kind.try_with_untracked(|wanted| *wanted) != Some(kind) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(window) => {
                    self.more.set(window.rows.len() >= usize::from(WINDOW));
                    self.addresses.set(window.addresses);
                    self.rows.update(|rows| rows.extend(window.rows));
                }
                Err(fault) => self.problem.set(Some(faults::kind(fault.kind).to_owned())),
            }
        });
    }

    fn choose(self, kind: Option<AuditKind>) {
        self.kind.set(kind);
        self.rows.set(Vec::new());
        self.more.set(true);
        self.on();
    }

    /// Puts the file together, part by part, and gives it to the visitor.
    fn save(self) {
        let kind = self.kind.get_untracked();
        self.saving.set(true);
        self.problem.set(None);
        timer::spawn(async move {
            let mut text = String::new();
            let mut before = None;
            let problem = loop {
                match self.live.export_audit(kind, before).await {
                    Ok(part) => {
                        text.push_str(&part.text);
                        before = part.next;
                    }
                    Err(fault) => break Some(faults::kind(fault.kind)),
                }
                if before.is_none() {
                    let saved = file::save(audit::FILE, MEDIA_TYPE, &text);
                    break saved.is_none().then_some(audit::NOT_SAVED);
                }
            };
            self.saving.try_set(false);
            self.problem.try_set(problem.map(str::to_owned));
        });
    }

    fn says(self) -> String {
        match (self.busy.get(), self.saving.get(), self.problem.get()) {
            (_, _, Some(problem)) => problem,
            (true, ..) => text::LOADING.to_owned(),
            (_, true, _) => audit::DOWNLOADING.to_owned(),
            _ if self.rows.with(Vec::is_empty) => audit::EMPTY.to_owned(),
            _ if self.more.get() => String::new(),
            _ => tray::NO_OLDER.to_owned(),
        }
    }
}

/// The audit log.
pub(super) fn audit_log(live: Live) -> Tag {
    let log = Log::new(live);
    log.on();
    let save = button("button small", audit::DOWNLOAD)
        .flag("disabled", move || log.saving.get() || log.rows.with(Vec::is_empty))
        .press(move || log.save());
    let head = tag("div", "section-head")
        .put(
            tag("div", "")
                .put(tag("h2", "").attr("id", "audit-title").words(audit::TITLE))
                .put(tag("p", "muted small").words(audit::HELP)),
        )
        .put(save);
    let older = move || {
        button("button small", tray::OLDER).flag("disabled", move || log.busy.get()).press(move || log.on())
    };
    tag("section", "card audit")
        .attr("aria-labelledby", "audit-title")
        .put(head)
        .put(kinds(log))
        .when(move || !log.rows.with(Vec::is_empty), move || table(log))
        .put(tag("p", "muted small").attr("role", "status").says(move || log.says()))
        .when(move || log.more.get() && !log.rows.with(Vec::is_empty), older)
}

/// The filter. Zero stands for every kind, the others for their place.
fn kinds(log: Log) -> Tag {
    let chip = move |kind: Option<AuditKind>| {
        button("chip", kind.map_or(audit::ALL, audit::kind))
            .says_whether("aria-pressed", move || log.kind.get() == kind)
            .press(move || log.choose(kind))
    };
    let kinds = std::iter::once(None).chain(AuditKind::ALL.map(Some));
    tag("div", "chips").attr("role", "group").attr("aria-label", audit::SHOW).all(kinds.map(chip).collect())
}

fn table(log: Log) -> Tag {
    // On a narrow screen the cells stand below each other, and a table that is no table says what it is.
    let heading = |words: &str| tag("th", "").attr("role", "columnheader").attr("scope", "col").words(words);
    let from = move || log.addresses.get().then(|| heading(audit::FROM));
    let headings = tag("tr", "")
        .attr("role", "row")
        .put(heading(audit::WHEN))
        .put(heading(audit::WHO))
        .put(heading(audit::WHAT))
        .shows(from);
    let keys = move || log.rows.with(|rows| rows.iter().map(|row| row.seq.0).collect());
    let draw = move |key| {
        let found = log.rows.with_untracked(|rows| rows.iter().find(|row| row.seq == AuditSeq(key)).cloned());
        found.map_or_else(|| tag("tr", ""), |line| row(log, &line))
    };
    tag("table", "table audit-table")
        .attr("role", "table")
        .attr("aria-label", audit::TABLE)
        .put(tag("thead", "").attr("role", "rowgroup").put(headings))
        .put(tag("tbody", "").attr("role", "rowgroup").each(keys, draw))
}

fn row(log: Log, line: &AuditLine) -> Tag {
    let cell = |class: &str| tag("td", class).attr("role", "cell");
    let time = tag("time", "").attr("datetime", &intl::machine(line.at)).words(&intl::moment(line.at));
    let portal = untrack(|| log.live.session().get().map(|session| session.portal_name).unwrap_or_default());
    let what = cell("").words(audit::action(&line.action)).put(tag("span", "cell-note").words(&line.object));
    let whence = line.whence.clone().unwrap_or_default();
    tag("tr", "")
        .attr("role", "row")
        .put(cell("when").put(time))
        .put(cell("").words(&audit::actor(&line.by, &portal)))
        .put(what)
        .maybe(log.addresses.get_untracked().then(|| cell("whence").words(&whence)))
}
