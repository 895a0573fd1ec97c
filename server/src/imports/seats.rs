//! How many pages may be under way, or in memory and not in the database yet: so many for one run, and so many
//! for all runs together, shared out evenly, so that memory grows neither with a company nor with their number.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Pages of one run: as many as take what the provider allows when each takes most of a second. The other requests
/// that may be under way are left to a portal's own calls.
const OF_ONE: usize = 6;
/// Pages of all runs, as long as there are no more runs than that.
const OF_ALL: usize = 64;

/// A page's place.
pub(super) type Seat = Option<OwnedSemaphorePermit>;

/// What all runs share. Each holds it, so that they can be counted.
pub(super) struct Hall {
    sorting: Semaphore,
}

impl Default for Hall {
    fn default() -> Self {
        Self { sorting: Semaphore::new(1) }
    }
}

/// The seats of one run.
pub(super) struct Seats {
    free: Arc<Semaphore>,
    hall: Arc<Hall>,
}

impl Seats {
    /// For one more run.
    pub(super) fn new(hall: Arc<Hall>) -> Self {
        Self { free: Arc::new(Semaphore::new(OF_ONE)), hall }
    }

    /// The right to sort a whole list, which one run has at a time.
    pub(super) async fn turn_to_sort(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes it.
        self.hall.sorting.acquire().await.ok()
    }

    /// A seat for a list that has none: it is waited for, so that every list moves.
    pub(super) async fn take(&self) -> Seat {
        // Nobody closes it.
        Arc::clone(&self.free).acquire_owned().await.ok()
    }

    /// One more, if the run has not had its share.
    pub(super) fn spare(&self) -> Option<Seat> {
        let taken = OF_ONE.saturating_sub(self.free.available_permits());
        if taken >= share(Arc::strong_count(&self.hall)) {
            return None;
        }
        Arc::clone(&self.free).try_acquire_owned().ok().map(Some)
    }
}

/// What one run has when there are so many holders of the hall: the runs, and who lets them in.
fn share(holders: usize) -> usize {
    (OF_ALL / holders.saturating_sub(1).max(1)).clamp(1, OF_ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn runs_share_what_there_is() {
        let hall = Arc::new(Hall::default());
        let first = Seats::new(Arc::clone(&hall));
        let mut held: Vec<Seat> = std::iter::from_fn(|| first.spare()).collect();
        assert_eq!(held.len(), OF_ONE);
        let others: Vec<Seats> = (0..31).map(|_| Seats::new(Arc::clone(&hall))).collect();
        assert_eq!(std::iter::from_fn(|| others[0].spare()).collect::<Vec<_>>().len(), 2);
        held.truncate(2);
        assert!(first.spare().is_none(), "it has had its share");
        held.pop();
        assert!(first.spare().is_some());
    }

    #[tokio::test]
    async fn every_list_has_a_seat_however_many_runs_there_are() {
        let hall = Arc::new(Hall::default());
        let runs: Vec<Seats> = (0..200).map(|_| Seats::new(Arc::clone(&hall))).collect();
        let first = runs[0].take().await;
        assert!(runs[0].spare().is_none());
        assert!(runs[0].take().await.is_some() && first.is_some());
    }
}
