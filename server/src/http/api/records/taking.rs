//! One upload: lines as they arrive, kept a batch at a time, counted, and told by number where they
//! cannot be taken. However much comes, no more than a batch is in memory.

use std::sync::Arc;

use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::Place;
use crate::configuration;
use crate::http::api::body::{Cut, object};
use crate::http::api::problem::Problem;
use crate::mapping::shown;
use crate::portal_records::lines::{LINE_LIMIT, Line, Lines};
use crate::portal_records::record::PortalRecord;
use crate::portal_records::{Kept, Upload, begin, keep, remove};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::audit::Action;

/// Records of one transaction, so that others' writes come in between.
const BATCH: usize = 500;
/// Bytes of lines of one transaction, so that long lines do not add up in memory.
const BATCH_BYTES: usize = 1024 * 1024;
/// Records that are looked at, to be removed, at once.
const REMOVED: u32 = 500;
/// Lines told in one answer.
const TOLD: usize = 100;
/// Bytes of what is wrong with a line; it may repeat what the line says.
const TOLD_LIMIT: usize = 200;

/// What became of the lines. `received` is the sum of `added`, `changed`, `unchanged`, `repeated` and `failed`.
#[derive(Serialize, Default, ToSchema)]
pub(super) struct Outcome {
    /// Lines that were not empty.
    received: u64,
    /// Records that were not there.
    added: u64,
    /// Records that were there, and differ.
    changed: u64,
    /// Records that were there as they are.
    unchanged: u64,
    /// Lines whose record another line had named already; the last one counts.
    repeated: u64,
    /// Records that were removed because a full set did not name them.
    removed: u64,
    /// Lines that could not be taken.
    failed: u64,
    /// Whether these are all now, as `complete` asked for.
    complete: bool,
    /// The first hundred lines that could not be taken; the others were.
    errors: Vec<Refused>,
}

/// A line that could not be taken.
#[derive(Serialize, ToSchema)]
struct Refused {
    /// Counted from 1, empty lines as well.
    line: u64,
    /// What is wrong with it, for a program: `too_long`, `not_utf8`, `not_json` or `invalid`. New codes may come.
    code: &'static str,
    /// What is wrong with it, for a person.
    problem: String,
}

/// An upload that is being taken.
pub(super) struct Taking {
    app: Shared,
    place: Arc<Place>,
    lines: Lines,
    batch: Vec<PortalRecord>,
    /// Bytes of the lines that the batch was read from.
    bytes: usize,
    /// Begun with the first record that is kept.
    upload: Option<Upload>,
    outcome: Outcome,
}

impl Taking {
    pub(super) fn new(app: &Shared, place: Place) -> Self {
        Self {
            app: Shared::clone(app),
            place: Arc::new(place),
            lines: Lines::default(),
            batch: Vec::new(),
            bytes: 0,
            upload: None,
            outcome: Outcome::default(),
        }
    }

    /// Takes all that comes. What came whole before the stream broke off is kept.
    pub(super) async fn all(
        mut self,
        body: impl Stream<Item = Result<Bytes, Cut>> + Send + Unpin,
        complete: bool,
    ) -> Result<Outcome, Problem> {
        let read = self.read(body).await?;
        self.flush().await?;
        let whole = read.is_ok();
        let removed = if whole && complete { self.remove_unnamed().await } else { Ok(()) };
        self.review().await?;
        removed?;
        read.map(|()| self.outcome).map_err(|cut| cut.told(self.upload.is_some()))
    }

    /// Reads to the end, or to where it broke off.
    async fn read(
        &mut self,
        mut body: impl Stream<Item = Result<Bytes, Cut>> + Send + Unpin,
    ) -> Result<Result<(), Cut>, Problem> {
        let stopping = self.app.stopping.clone();
        loop {
            let chunk = tokio::select! {
                chunk = body.next() => chunk,
                () = stopping.wait() => Some(Err(Cut::Stopping)),
            };
            let ended = chunk.is_none();
            match chunk {
                Some(Ok(chunk)) => self.lines.feed(chunk),
                Some(Err(cut)) => return Ok(Err(cut)),
                None => self.lines.end(),
            }
            while let Some(line) = self.lines.take() {
                self.line(line);
                if self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES {
                    self.flush().await?;
                }
            }
            if ended {
                return Ok(Ok(()));
            }
        }
    }

    fn line(&mut self, Line { number, text }: Line) {
        let length = text.as_ref().map_or(0, Bytes::len);
        match text.map_err(|_| too_long()).and_then(|text| self.record(&text)) {
            Ok(None) => return,
            Ok(Some(record)) => {
                self.bytes += length;
                self.batch.push(record);
            }
            Err((code, problem)) => {
                self.outcome.failed += 1;
                if self.outcome.errors.len() < TOLD {
                    self.outcome.errors.push(Refused { line: number, code, problem });
                }
            }
        }
        self.outcome.received += 1;
    }

    /// The record of a line; none where the line is blank.
    fn record(&self, line: &[u8]) -> Result<Option<PortalRecord>, (&'static str, String)> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(None);
        }
        if let Err(error) = std::str::from_utf8(line) {
            return Err(("not_utf8", format!("it is not UTF-8 from byte {} on", error.valid_up_to() + 1)));
        }
        let record = object::<PortalRecord>(line).map_err(|error| unread(&error))?;
        match record.check(self.place.kind) {
            Ok(()) => Ok(Some(record)),
            Err(problem) => Err(("invalid", problem.to_owned())),
        }
    }

    /// Keeps the batch; with the first of them goes the line in the audit log.
    async fn flush(&mut self) -> Result<(), Problem> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let records = std::mem::take(&mut self.batch);
        self.bytes = 0;
        let (now, place, begun) = (self.app.clock.now(), Arc::clone(&self.place), self.upload);
        let kept = self.app.store.write::<_, Problem, _>(move |mut db| {
            Box::pin(async move {
                place.key.still_stands(&mut db).await?;
                let upload = if let Some(upload) = begun {
                    upload
                } else {
                    let line = place.key.line(place.tenant, Action::RecordsKept, place.kind.kept());
                    db.add_audit(&line, now).await?;
                    begin(&mut db, place.tenant, place.kind).await?
                };
                Ok((upload, keep(&mut db, &upload, &records, now).await?))
            })
        });
        let (upload, kept) = kept.await?;
        self.upload = Some(upload);
        self.count(kept);
        Ok(())
    }

    fn count(&mut self, Kept { added, changed, unchanged, repeated }: Kept) {
        self.outcome.added += u64::from(added);
        self.outcome.changed += u64::from(changed);
        self.outcome.unchanged += u64::from(unchanged);
        self.outcome.repeated += u64::from(repeated);
    }

    /// These are all there are: removes what none of them named. A line that could not be taken may have
    /// named anything, so nothing is removed then.
    async fn remove_unnamed(&mut self) -> Result<(), Problem> {
        if self.outcome.failed > 0 {
            return Ok(());
        }
        let upload = self.upload.ok_or_else(nothing_sent)?;
        let mut after = String::new();
        loop {
            let unnamed = self.app.store.read::<_, StoreError, _>(|mut db| {
                Box::pin(async move { db.portal_records_unnamed(&upload, (&after, REMOVED)).await })
            });
            let unnamed = unnamed.await?;
            let Some(last) = unnamed.last().cloned() else { break };
            self.outcome.removed += u64::from(self.remove(upload, unnamed).await?);
            after = last;
        }
        self.outcome.complete = true;
        Ok(())
    }

    async fn remove(&self, upload: Upload, ids: Vec<String>) -> Result<u32, Problem> {
        let (place, first) = (Arc::clone(&self.place), self.outcome.removed == 0);
        let now = self.app.clock.now();
        let removed = self.app.store.write::<_, Problem, _>(move |mut db| {
            Box::pin(async move {
                place.key.still_stands(&mut db).await?;
                if first {
                    let line = place.key.line(place.tenant, Action::RecordsRemoved, place.kind.kept());
                    db.add_audit(&line, now).await?;
                }
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                Ok(remove(&mut db, (place.tenant, place.kind), &ids, upload.number).await?)
            })
        });
        removed.await
    }

    /// A new tax that nobody has mapped may be missing for a connection to work.
    async fn review(&self) -> Result<(), StoreError> {
        let Outcome { added, changed, repeated, removed, .. } = self.outcome;
        if added + changed + repeated + removed == 0 || self.place.kind.table().is_none() {
            return Ok(());
        }
        let (parts, tenant) = (Shared::clone(&self.app), self.place.tenant);
        let reviewed = self.app.store.write(move |mut db| {
            Box::pin(async move { configuration::review_tenant(&mut db, &parts, tenant).await })
        });
        reviewed.await
    }
}

impl Cut {
    /// Why not all was taken, and that nothing is wrong with sending it again.
    fn told(self, begun: bool) -> Problem {
        let kept = if begun { "What came before is kept" } else { "Nothing was kept" };
        let (status, code, why) = match self {
            Self::Broken => (StatusCode::BAD_REQUEST, "unreadable", "The body did not arrive whole."),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "too_slow", "Too little came for too long."),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping", "Patchbay is about to stop."),
        };
        let problem = Problem::new(status, code, format!("{why} {kept}; send all of it again."));
        if self == Self::Stopping { problem.worth_trying_in(10) } else { problem }
    }
}

fn too_long() -> (&'static str, String) {
    ("too_long", format!("it is longer than {} KiB", LINE_LIMIT / 1024))
}

fn unread(error: &serde_json::Error) -> (&'static str, String) {
    let code = if error.is_data() { "invalid" } else { "not_json" };
    // It is a document by itself, whose only line is told by number already.
    let text = error.to_string();
    (code, shown(text.split(" at line ").next().unwrap_or(&text), TOLD_LIMIT))
}

fn nothing_sent() -> Problem {
    let detail = "A full set without a record would remove everything, so nothing was removed. DELETE the records one \
                  by one if there are none any more.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "nothing_sent", detail)
}
