//! `patchbay serve`: runs the proxy until SIGTERM or Ctrl-C.

use super::neighbour;
use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry;

pub(super) async fn serve(config: Config, with_sandbox: bool) -> Result<(), String> {
    telemetry::watch_panics();
    if config.server.public_url.scheme() == "https" && config.server.trusted_proxies.is_empty() {
        // We speak no TLS, so somebody in front of us does.
        tracing::warn!(
            "all visitors count as one address: set [server] trusted_proxies to the address of the TLS proxy"
        );
    }
    // What runs beside us ends, by being dropped, after we have.
    let (config, _neighbour) = if with_sandbox { neighbour::start(config).await? } else { (config, None) };
    let running = crate::start(config, Clock::system()).await.map_err(|error| error.to_string())?;
    tracing::info!(address = %running.address(), url = running.url(), "serving");
    told_to_stop().await;
    tracing::info!("stopping");
    running.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Returns when the operator or the system asks the process to end.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted => {}
            }
            return;
        }
    }
    // Without a handler there is only the kill; waiting for it is all that is left.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
