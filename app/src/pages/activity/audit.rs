//! The audit log of the organisation: who did what, when and from where, read in windows, and as a
//! file.

use protocol::audit::{AuditKind, AuditLine};
use protocol::ids::{AuditSeq, IntegrationId};

use crate::browser::dom::{Tag, button, tag};
use crate::browser::{file, intl, timer};
use crate::components::resting::resting;
use crate::live::Live;
use crate::signals::{RwSignal, untrack};
use crate::text::{self, audit, faults, tray};

/// Rows that are read at once.
const WINDOW: u16 = 50;

/// What was read so far, and what is wanted.
#[derive(Clone, Copy)]
struct Log {
    live: Live,
    kind: RwSignal<Option<AuditKind>>,
    rows: RwSignal<Vec<AuditLine>>,
    more: RwSignal<bool>,
    /// Lines are read, or a file is put together.
    busy: RwSignal<bool>,
    /// The file was handed out.
    saved: RwSignal<bool>,
    problem: RwSignal<Option<&'static str>>,
}

impl Log {
    fn new(live: Live) -> Self {
        Self {
            live,
            kind: RwSignal::new(None),
            rows: RwSignal::new(Vec::new()),
            more: RwSignal::new(true),
            busy: RwSignal::new(false),
            saved: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    /// Reads on, from the oldest row that is here.
    fn on(self) {
        let kind = self.kind.get_untracked();
        let before = self.rows.with_untracked(|rows| rows.last().map(|row| row.seq));
        self.begin();
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
                Err(fault) => self.problem.set(Some(faults::kind(fault.kind))),
            }
        });
    }

    fn begin(self) {
        self.busy.set(true);
        self.saved.set(false);
        self.problem.set(None);
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
        self.begin();
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
                    let saved = file::save_csv(audit::FILE, &text);
                    break saved.is_none().then_some(audit::NOT_SAVED);
                }
            };
            self.busy.try_set(false);
            self.saved.try_set(problem.is_none());
            self.problem.try_set(problem);
        });
    }

    fn says(self) -> String {
        let words = match (self.busy.get(), self.problem.get(), self.saved.get()) {
            (true, ..) => text::LOADING,
            (_, Some(_), _) => "",
            (.., true) => audit::SAVED,
            _ if self.rows.with(Vec::is_empty) => audit::EMPTY,
            _ if self.more.get() => "",
            _ => tray::NO_OLDER,
        };
        words.to_owned()
    }
}

/// The audit log.
pub(super) fn audit_log(live: Live) -> Tag {
    let log = Log::new(live);
    log.on();
    let busy = move || log.busy.get();
    let save = resting(button("button small", audit::DOWNLOAD), busy, move || log.save())
        .flag("disabled", move || log.rows.with(Vec::is_empty));
    let head = tag("div", "section-head")
        .put(
            tag("div", "")
                .put(tag("h2", "").attr("id", "audit-title").words(audit::TITLE))
                .put(tag("p", "muted small").words(audit::HELP)),
        )
        .put(save);
    let older = move || resting(button("button small", tray::OLDER), busy, move || log.on());
    let problem = move || log.problem.get().unwrap_or_default().to_owned();
    tag("section", "card audit")
        .attr("aria-labelledby", "audit-title")
        .put(head)
        .put(kinds(log))
        .when(move || !log.rows.with(Vec::is_empty), move || table(log))
        .put(tag("p", "muted small").attr("role", "status").says(move || log.says()))
        .put(tag("p", "problem").attr("role", "alert").says(problem))
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

/// Where it is narrow a row is drawn as a card; the roles say that it is a row all the same.
fn table(log: Log) -> Tag {
    let heading = |words: &&str| tag("th", "").attr("scope", "col").attr("role", "columnheader").words(words);
    let headings = [audit::WHEN, audit::WHO, audit::WHAT].iter().map(heading).collect();
    let keys = move || log.rows.with(|rows| rows.iter().map(|row| row.seq.0).collect());
    let draw = move |key| {
        let found = log.rows.with_untracked(|rows| rows.iter().find(|row| row.seq == AuditSeq(key)).cloned());
        found.map_or_else(|| tag("tr", ""), |line| row(log, &line))
    };
    tag("table", "table audit-table")
        .attr("role", "table")
        .attr("aria-label", audit::TABLE)
        .put(tag("thead", "").attr("role", "rowgroup").put(tag("tr", "").attr("role", "row").all(headings)))
        .put(tag("tbody", "").attr("role", "rowgroup").each(keys, draw))
}

fn row(log: Log, line: &AuditLine) -> Tag {
    let cell = |class: &str| tag("td", class).attr("role", "cell");
    let noted = |class: &str, words: &str, note: &str| {
        let note = tag("span", "cell-note").words(note);
        cell(class).put(tag("span", "").words(words)).words(" ").put(note)
    };
    let time = tag("time", "").attr("datetime", &intl::machine(line.at)).words(&intl::moment(line.at));
    let portal = untrack(|| log.live.session().get().map(|session| session.portal_name).unwrap_or_default());
    let whence = line.whence.as_deref().map(audit::from).unwrap_or_default();
    let name = |id: &str| {
        let id = IntegrationId::new(id).ok()?;
        Some(untrack(|| log.live.name(&id))).filter(|name| !name.is_empty())
    };
    tag("tr", "")
        .attr("role", "row")
        .put(cell("when").put(time))
        .put(noted("who", &audit::actor(&line.by, &portal), &whence))
        .put(noted("what", audit::action(&line.action), &audit::object(&line.action, &line.object, name)))
}
