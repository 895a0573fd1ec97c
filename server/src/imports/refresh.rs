//! The part of a run that asks what changed in lists which are here already. What it cannot settle so
//! is left to be read page by page, as if it had never been asked.

use protocol::ids::Moment;
use protocol::import::{ImportFault, List};

use super::ask::Ask;
use super::changes::{How, Question, Verdict, how, judge};
use super::job::write;
use super::rows::{Taxing, rows};
use super::{Stop, rematch};
use crate::providers::{Changes, ListChanges};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::imports::{Held, ListChanged, Standing};

/// A run, and the way to its company.
struct Refresh<'a> {
    app: &'a Shared,
    held: &'a Held,
    ask: &'a Ask,
}

/// Reads by changes what can be read so.
pub(super) async fn by_changes(app: &Shared, held: &Held, ask: &Ask) -> Result<(), Stop> {
    let refresh = Refresh { app, held, ask };
    let mut questions = refresh.plan().await?;
    while let Some(question) = questions.pop() {
        let lists: Vec<List> = question.lists.iter().map(|(list, _)| *list).collect();
        let since = question.since();
        let answer = ask.provider(1, |provider, door| provider.changes(door, lists.clone(), since)).await?;
        match judge(&question, answer) {
            Verdict::Keep(changes, at) => refresh.keep(changes, at).await?,
            Verdict::Split => questions.extend(question.split()),
            Verdict::Whole => tracing::info!(import = held.import.0, ?lists, "changes cannot be told"),
            Verdict::Fail(fault) => refresh.fail(&lists, fault).await?,
        }
    }
    Ok(())
}

impl Refresh<'_> {
    /// What is asked: one question at first, if any. Lists that need no count are spared it.
    async fn plan(&self) -> Result<Vec<Question>, Stop> {
        let (held, now) = (self.held.clone(), self.app.clock.now());
        let standings: Vec<Standing> = self
            .app
            .store
            .read::<_, StoreError, _>(|mut db| Box::pin(async move { db.standings(&held).await }))
            .await?;
        let mut lists = Vec::new();
        for standing in &standings {
            let list = standing.list;
            match how(standing, self.ask.tells_changes(list), now) {
                How::Changes(since) => lists.push((list, since)),
                How::Uncounted(records) => {
                    write(self.app, self.held, move |db, held| {
                        Box::pin(async move { db.list_counted(held, list, records).await })
                    })
                    .await?;
                }
                How::Whole => {}
            }
        }
        Ok(if lists.is_empty() { Vec::new() } else { vec![Question { lists }] })
    }

    async fn keep(&self, changes: Changes, at: Moment) -> Result<(), Stop> {
        for (list, found) in changes.lists {
            self.keep_list(list, found, at).await?;
        }
        Ok(())
    }

    /// Keeps a list's changes, has its mappings looked at, and ends it.
    async fn keep_list(&self, list: List, found: ListChanges, at: Moment) -> Result<(), Stop> {
        let now = self.app.clock.now();
        let ListChanges { records, gone, unreadable } = found;
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let size = count(records.len()).saturating_add(count(gone.len())).saturating_add(unreadable);
        // Only taxes are worked out with others, and their changes nobody tells.
        let rows = rows(list, records, &Taxing::default());
        write(self.app, self.held, move |db, held| {
            Box::pin(async move {
                let mut outcome = db.keep_records(&held.books, list, held.import, &rows).await?;
                outcome.vanished = db.mark_gone((&held.books, list), held.import, &gone, now).await?;
                outcome.unreadable = unreadable;
                db.changes_kept(held, list, ListChanged { size, outcome, at }, now).await
            })
        })
        .await?;
        self.app.meters.records(self.held.books.integration(), u64::from(size));
        rematch::after(self.app, self.held, list).await?;
        write(self.app, self.held, move |db, held| {
            Box::pin(async move {
                db.list_read(&held.books, list, now).await?;
                db.rest_unchanged(held, list).await?;
                db.list_ended(held, list, None, now).await?;
                db.bump_connection(held.books.connection()).await
            })
        })
        .await
    }

    async fn fail(&self, lists: &[List], fault: ImportFault) -> Result<(), Stop> {
        let now = self.app.clock.now();
        for list in lists.iter().copied() {
            let fault = fault.clone();
            write(self.app, self.held, move |db, held| {
                Box::pin(async move { db.list_ended(held, list, Some(&fault), now).await })
            })
            .await?;
        }
        Ok(())
    }
}
