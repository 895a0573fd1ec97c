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
    more: RwSignal<bool>,
    /// Lines are read, or a file is put together.
    busy: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Log {
    fn new(live: Live) -> Self {
        Self {
            live,
            kind: RwSignal::new(None),
            rows: RwSignal::new(Vec::new()),
            more: RwSignal::new(true),
            busy: RwSignal::new(false),
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
                Ok(lines) => {
                    self.more.set(lines.len() >= usize::from(WINDOW));
                    self.rows.update(|rows| rows.extend(lines));
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
        self.busy.set(true);
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
            self.busy.try_set(false);
            self.problem.try_set(problem.map(str::to_owned));
        });
    }

    fn says(self) -> String {
        match (self.busy.get(), self.problem.get()) {
            (_, Some(problem)) => problem,
            (true, _) => text::LOADING.to_owned(),
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
        .flag("disabled", move || log.busy.get() || log.rows.with(Vec::is_empty))
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
    let heading = |words: &&str| tag("th", "").attr("scope", "col").words(words);
    let headings = [audit::WHEN, audit::WHO, audit::WHAT].iter().map(heading).collect();
    let keys = move || log.rows.with(|rows| rows.iter().map(|row| row.seq.0).collect());
    let draw = move |key| {
        let found = log.rows.with_untracked(|rows| rows.iter().find(|row| row.seq == AuditSeq(key)).cloned());
        found.map_or_else(|| tag("tr", ""), |line| row(log, &line))
    };
    tag("table", "table audit-table")
        .attr("aria-label", audit::TABLE)
        .put(tag("thead", "").put(tag("tr", "").all(headings)))
        .put(tag("tbody", "").each(keys, draw))
}

fn row(log: Log, line: &AuditLine) -> Tag {
    let cell = |words: &str, note: &str| tag("td", "").words(words).put(tag("span", "cell-note").words(note));
    let time = tag("time", "").attr("datetime", &intl::machine(line.at)).words(&intl::moment(line.at));
    let portal = untrack(|| log.live.session().get().map(|session| session.portal_name).unwrap_or_default());
    let whence = line.whence.as_deref().map(audit::from).unwrap_or_default();
    tag("tr", "")
        .put(tag("td", "").put(time))
        .put(cell(&audit::actor(&line.by, &portal), &whence))
        .put(cell(audit::action(&line.action), &line.object))
}
