//! A room per tenant that somebody watches: one task reads the store after every hint, at most twenty
//! times a second and less often where that is much work, and shows the newest view to all sockets of
//! the tenant.
//!
//! A hint is only a hint: the store is the truth, so a lost one costs time, never an event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::view::{self, View};
use crate::clock::Stopwatch;
use crate::state::Shared;
use crate::store::ids::TenantId;

/// No more than twenty views a second.
const PACE: Duration = Duration::from_millis(50);
/// A room rests so many times as long as its view took to read: with many rooms at work all of them
/// slow down together, rather than that reading views takes the processor away from what is viewed.
const REST: u32 = 4;
/// But no longer than this, so that nobody waits for what has happened.
const SLOWEST: Duration = Duration::from_millis(150);
/// How long a visitor waits at the door.
const PATIENCE: Duration = Duration::from_secs(5);
/// Without a hint the store is read so often, because some things end by time alone. What must be
/// noticed at once is timed by whoever waits for it: see `live::session`.
const ANYWAY: Duration = Duration::from_secs(30);

/// The newest view of a tenant, as it comes.
pub(super) type Views = watch::Receiver<Shown>;

/// The newest view of a tenant, and which hints it answers.
#[derive(Clone, Default)]
pub(super) struct Shown {
    /// None until it was read for the first time.
    pub(super) view: Option<Arc<View>>,
    /// The store was read after so many hints.
    hints: u64,
}

/// Every room.
#[derive(Clone, Default)]
pub struct Hub {
    rooms: Arc<Mutex<HashMap<TenantId, Room>>>,
}

#[derive(Clone)]
struct Room {
    touched: watch::Sender<u64>,
    views: watch::Sender<Shown>,
    /// A task reads the store for it.
    kept: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { touched: watch::Sender::new(0), views: watch::Sender::new(Shown::default()), kept: false }
    }
}

impl Hub {
    /// Something of this tenant changed, and is committed.
    pub fn touch(&self, tenant: TenantId) {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get(&tenant) {
            if room.kept || !room.touched.is_closed() {
                room.touched.send_modify(|count| *count += 1);
                tracing::trace!(tenant = tenant.0, hints = *room.touched.borrow(), "something changed");
            } else {
                rooms.remove(&tenant);
            }
        }
    }

    /// Something of any tenant may have changed: another process has written.
    pub fn touch_all(&self) {
        let tenants: Vec<TenantId> = self.rooms().keys().copied().collect();
        for tenant in tenants {
            self.touch(tenant);
        }
    }

    /// How many rooms there are at this moment.
    pub fn len(&self) -> usize {
        self.rooms().len()
    }

    /// Nobody watches anything.
    pub fn is_empty(&self) -> bool {
        self.rooms().is_empty()
    }

    /// Changes with every hint, for those who read the store themselves.
    pub fn watch(&self, tenant: TenantId) -> watch::Receiver<u64> {
        self.rooms().entry(tenant).or_default().touched.subscribe()
    }

    /// How many sockets of this tenant there are.
    pub fn sockets(&self, tenant: TenantId) -> usize {
        self.rooms().get(&tenant).map_or(0, |room| room.views.receiver_count())
    }

    /// Enters the tenant's room, opening it for the first who comes; it closes behind the last.
    /// Returns the views to come, and the newest one: read from now on, so that whoever comes back
    /// after a commit sees it. None when that took too long.
    pub(super) async fn enter(&self, app: &Shared, tenant: TenantId) -> Option<(Views, Arc<View>)> {
        let (mut views, hints) = self.room(app, tenant);
        let fresh = views.wait_for(|shown| shown.view.is_some() && shown.hints >= hints);
        let view = timeout(PATIENCE, fresh).await.ok()?.ok()?.view.clone()?;
        Some((views, view))
    }

    /// The views of a room, and the number of the hint that this visit is.
    fn room(&self, app: &Shared, tenant: TenantId) -> (Views, u64) {
        let mut rooms = self.rooms();
        let room = rooms.entry(tenant).or_default();
        if !room.kept {
            room.kept = true;
            let keeper = Keeper { hub: self.clone(), tenant };
            tokio::spawn(keep(Arc::clone(app), keeper, room.clone()));
        }
        room.touched.send_modify(|count| *count += 1);
        let hints = *room.touched.borrow();
        (room.views.subscribe(), hints)
    }

    /// A room whose task broke: its sockets are told to come back, and the next who enters gets
    /// another task.
    fn abandon(&self, tenant: TenantId) {
        if let Some(room) = self.rooms().get_mut(&tenant) {
            room.kept = false;
            room.views = watch::Sender::new(Shown::default());
        }
        self.touch(tenant);
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<TenantId, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a room go unless somebody entered meanwhile.
    fn close(&self, tenant: TenantId) -> bool {
        let mut rooms = self.rooms();
        let empty = rooms.get(&tenant).is_none_or(|room| room.views.receiver_count() == 0);
        if empty && let Some(room) = rooms.get_mut(&tenant) {
            room.kept = false;
            // The one that keeps it listens too. Where others watch for hints alone, the first hint
            // after they left removes it.
            if room.touched.receiver_count() <= 1 {
                rooms.remove(&tenant);
            }
        }
        empty
    }
}

/// Held by the task of a room.
struct Keeper {
    hub: Hub,
    tenant: TenantId,
}

impl Drop for Keeper {
    /// A task that ends by itself has closed its room, or the proxy stops.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.hub.abandon(self.tenant);
        }
    }
}

async fn keep(app: Shared, keeper: Keeper, room: Room) {
    let tenant = keeper.tenant;
    let mut touched = room.touched.subscribe();
    loop {
        let hints = *touched.borrow_and_update();
        let watch = Stopwatch::start();
        match view::read(&app, tenant).await {
            Ok(view) => {
                trace(tenant, hints, &view);
                show(&room, view, hints);
            }
            Err(error) => tracing::error!(%error, "a tenant's view could not be read"),
        }
        tokio::time::sleep(rest(watch.elapsed())).await;
        let go_on = tokio::select! {
            _ = touched.changed() => true,
            () = tokio::time::sleep(ANYWAY) => true,
            () = room.views.closed() => !app.hub.close(tenant),
            () = app.stopping.wait() => false,
        };
        if !go_on {
            return;
        }
    }
}

/// How long a room rests after a view that took so long to read.
fn rest(took: Duration) -> Duration {
    (took * REST).clamp(PACE, SLOWEST)
}

/// For `cargo xtask bench`: with the hints before it, this tells which revision answers which change.
fn trace(tenant: TenantId, hints: u64, view: &View) {
    for import in &view.imports {
        tracing::trace!(
            tenant = tenant.0,
            hints,
            import = import.import.0,
            revision = import.revision.0,
            "seen"
        );
    }
}

/// Shows a view to all. What they see already stays the same value, so that they need not look.
fn show(room: &Room, view: View, hints: u64) {
    room.views.send_modify(|shown| {
        shown.hints = hints;
        if shown.view.as_deref() != Some(&view) {
            shown.view = Some(Arc::new(view));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_rests_longer_where_its_view_is_much_work_and_never_for_long() {
        let rested = [0, 10, 20, 30, 900].map(|took| rest(Duration::from_millis(took)).as_millis());
        assert_eq!(rested, [50, 50, 80, 120, 150]);
    }

    #[tokio::test]
    async fn a_room_whose_task_broke_can_be_entered_again() {
        let (hub, tenant) = (Hub::default(), TenantId(1));
        let mut views = {
            let mut rooms = hub.rooms();
            let room = rooms.entry(tenant).or_default();
            room.kept = true;
            room.views.subscribe()
        };
        let watches = hub.watch(tenant);
        let keeper = Keeper { hub: hub.clone(), tenant };
        let broken = tokio::spawn(async move {
            let _keeper = keeper;
            panic!("the task of a room");
        });
        assert!(broken.await.expect_err("it broke").is_panic());
        assert!(views.changed().await.is_err(), "its sockets are told");
        assert!(!hub.rooms()[&tenant].kept && watches.has_changed().expect("its watchers stay"));
    }
}
