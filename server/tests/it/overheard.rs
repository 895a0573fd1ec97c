//! The log of one test, at its most talkative: what the proxy and its database say on the test's own
//! thread, where everything of a test runs.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::EnvFilter;

/// What was logged.
#[derive(Clone, Default)]
pub(crate) struct Overheard(Arc<Mutex<Vec<u8>>>);

/// Listens until it is dropped.
pub(crate) struct Listening {
    _own: DefaultGuard,
    /// While there is but one subscriber, `tracing` lets whichever thread comes first decide for all
    /// whether a line is of interest; the other tests' threads would decide that none is.
    _second: Dispatch,
}

impl Overheard {
    /// Begins to listen.
    pub(crate) fn listen(&self) -> Listening {
        let log = self.clone();
        let filter = EnvFilter::new("server=trace,sqlx=trace,tower_http=trace");
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
        let second = Dispatch::new(NoSubscriber::new());
        let own = tracing::subscriber::set_default(subscriber.with_writer(move || log.clone()).finish());
        Listening { _own: own, _second: second }
    }

    /// Everything so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("the log")).into_owned()
    }
}

impl Write for Overheard {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
