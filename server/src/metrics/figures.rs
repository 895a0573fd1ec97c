//! The page at `/metrics`: what was counted, and what the database says at this moment.

use super::process;
use super::text::Text;
use crate::state::App;
use crate::store::StoreError;
use crate::store::legacy::CampaignStanding;
use crate::store::standing::Standing;
use crate::store::webhooks::Standing as Endpoints;
use crate::telemetry;

/// The whole page.
pub(crate) async fn page(app: &App) -> Result<String, StoreError> {
    let now = app.clock.now();
    let read = app.store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            Ok((db.standing().await?, db.webhooks_standing().await?, db.campaign(None, now).await?))
        })
    });
    let (standing, endpoints, campaigns) = read.await?;
    let mut text = Text::default();
    connections(&mut text, &standing);
    webhooks(&mut text, &endpoints);
    legacy(&mut text, &campaigns);
    counted(&mut text, app);
    database(&mut text, app);
    process(&mut text);
    Ok(text.finish())
}

fn connections(text: &mut Text, standing: &Standing) {
    let samples = standing.connections.iter().map(|row| {
        let (portal, integration, state) = (&row.portal, &row.integration, &row.state);
        (vec![portal.as_str(), integration.as_str(), state.as_str()], row.count)
    });
    let (name, labels) = ("patchbay_connections", ["portal", "integration", "state"]);
    text.several((name, "gauge"), "Connections by state.", &labels, samples);
    let help = "Disconnected tokens that the provider has not been told of yet.";
    text.one(("patchbay_revocations_pending", "gauge"), help, standing.revocations);
    text.one(("patchbay_imports_running", "gauge"), "Imports that run or wait.", standing.imports);
}

fn webhooks(text: &mut Text, endpoints: &Endpoints) {
    let Endpoints { enabled, failing, disabled, waiting } = *endpoints;
    let samples = [("working", enabled - failing), ("failing", failing), ("disabled", disabled)];
    let samples = samples.map(|(state, count)| (vec![state], count));
    text.several(("patchbay_webhooks", "gauge"), "Endpoints of portals, by state.", &["state"], samples);
    let help = "Events that wait to be sent, once for each endpoint.";
    text.one(("patchbay_webhook_deliveries_waiting", "gauge"), help, waiting);
}

fn legacy(text: &mut Text, campaigns: &[CampaignStanding]) {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let samples = campaigns.iter().flat_map(|campaign| {
        let of = |standing, many| (vec![campaign.portal.as_str(), standing], count(many));
        [
            of("outstanding", campaign.outstanding),
            of("by_visitor", campaign.by_visitor),
            of("by_patchbay", campaign.by_patchbay),
            of("switched_off", campaign.switched_off),
        ]
    });
    let (name, help) = ("patchbay_legacy", "Connections of the upgrade campaign, by what became of them.");
    text.several((name, "gauge"), help, &["portal", "standing"], samples);
    let late = campaigns.iter().map(|one| (vec![one.portal.as_str()], count(one.past_deadline)));
    let (name, help) = ("patchbay_legacy_late", "Outstanding ones whose deadline has passed.");
    text.several((name, "gauge"), help, &["portal"], late);
    let failed = campaigns.iter().flat_map(|one| {
        one.failed.iter().map(|(reason, many)| (vec![one.portal.as_str(), reason.as_str()], count(*many)))
    });
    let (name, help) = ("patchbay_legacy_failed", "Outstanding ones that could not be moved, by reason.");
    text.several((name, "gauge"), help, &["portal", "reason"], failed);
}

fn counted(text: &mut Text, app: &App) {
    let meters = &app.meters;
    let help = "Refresh tokens sent, by what came of it.";
    text.counters("patchbay_refreshes_total", help, &meters.refreshes);
    let help = "How long token endpoints took to refresh.";
    text.histograms("patchbay_refresh_duration_seconds", help, &meters.refresh_times);
    let help = "Requests to providers, by class of status; none without an answer.";
    text.counters("patchbay_provider_calls_total", help, &meters.provider_calls);
    text.counters("patchbay_import_records_total", "Objects read by imports.", &meters.records);
    text.counters("patchbay_token_reads_total", "Access tokens read by portals.", &meters.token_reads);
    text.one(("patchbay_sockets", "gauge"), "Sockets that stand.", meters.sockets.get());
    let help = "HTTP requests, by template of the route and class of status.";
    text.histograms("patchbay_http_request_duration_seconds", help, &meters.http);
}

fn database(text: &mut Text, app: &App) {
    let writes = app.store.writes();
    let waiting = i64::try_from(writes.waiting).unwrap_or(i64::MAX);
    text.one(("patchbay_database_writes_waiting", "gauge"), "Transactions in the writer's queue.", waiting);
    let help = "How long a transaction took, with its commit.";
    text.histogram("patchbay_database_write_duration_seconds", help, writes.times);
}

fn process(text: &mut Text) {
    let lines = telemetry::lines();
    let samples = [(vec!["error"], lines.errors), (vec!["warn"], lines.warnings)];
    let samples = samples.map(|(labels, count)| (labels, i64::try_from(count).unwrap_or(i64::MAX)));
    let (name, help) = ("patchbay_log_lines_total", "Lines of the log, by level.");
    text.several((name, "counter"), help, &["level"], samples);
    let panics = i64::try_from(telemetry::panics()).unwrap_or(i64::MAX);
    text.one(("patchbay_panics_total", "counter"), "Handlers and tasks that broke off.", panics);
    let build = vec![env!("CARGO_PKG_VERSION"), option_env!("PATCHBAY_BUILD").unwrap_or("dev")];
    let (name, labels) = ("patchbay_build_info", ["version", "build"]);
    text.several((name, "gauge"), "What runs; always 1.", &labels, [(build, 1)]);
    for (name, help, value) in [
        ("process_resident_memory_bytes", "Resident memory.", process::resident()),
        ("process_open_fds", "Open file descriptors.", process::open_files()),
        ("process_max_fds", "Most open file descriptors.", process::most_open_files()),
    ] {
        if let Some(value) = value {
            text.one((name, "gauge"), help, value);
        }
    }
}
