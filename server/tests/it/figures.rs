//! The figures on their own listener: what they say, and where they are not (HD-06, OA-19).

use sandbox::UK_COMPANY;

use crate::backend::Backend;
use crate::ear::{Ear, Reply, allow_here, happens, subscribe, tenant};
use crate::imports::ended;
use crate::quick::{CLIENT, Quick, SECRET, quickbooks, registration};
use crate::tokens::{HOUR, access, eventually};
use crate::world::{Plan, World};

/// A proxy with figures on a free port, and its QuickBooks.
async fn measured() -> Quick {
    let mut plan = Plan::new().await;
    plan.config.metrics.listen = Some(([127, 0, 0, 1], 0).into());
    let redirect = format!("{}/callback/qbo", plan.url());
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![redirect])];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    let world = plan.register(registration("qbo", sandbox.url())).start().await;
    Quick { world, sandbox }
}

async fn page(world: &World) -> String {
    let address = world.running.metrics().expect("figures are served");
    let answer = world.http.get(format!("http://{address}/metrics")).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.expect("a page")
}

/// The value of a sample by its name and labels.
fn sample(page: &str, name: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn hd_06_figures_are_on_their_own_listener_and_nowhere_else() {
    let quick = measured().await;
    let public = quick.world.http.get(quick.world.at("/metrics")).send().await.expect("an answer");
    assert_eq!(public.status().as_u16(), 404);
    assert!(!public.text().await.expect("a page").contains("patchbay_"));
    let address = quick.world.running.metrics().expect("figures are served");
    assert_ne!(address, quick.world.running.address());
    for path in ["/", "/healthz", "/socket", "/api/v1/links"] {
        let other = quick.world.http.get(format!("http://{address}{path}")).send().await.expect("an answer");
        assert_eq!(other.status().as_u16(), 404, "{path}");
    }
    let quiet = World::start().await;
    assert_eq!(quiet.running.metrics(), None, "off unless it is asked for");
}

#[tokio::test]
async fn figures_say_what_happened() {
    let quick = measured().await;
    let ann = quick.ann().await;
    let socket = quick.world.socket(&ann).await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    quick.world.clock.advance(HOUR);
    access(&quick, &ann).await.expect("a token");
    let token = format!("/api/v1/connections/{}/token", quick.row(&ann).await.public_id);
    let read = quick.world.http.get(quick.world.at(&token)).bearer_auth(&quick.world.key).send();
    assert_eq!(read.await.expect("an answer").status().as_u16(), 200);
    quick.world.http.get(quick.world.at("/secret/path/nobody/has")).send().await.expect("an answer");
    let page = page(&quick.world).await;
    let is = |name: &str| sample(&page, name).unwrap_or_else(|| panic!("{name} is not in {page}"));
    let qbo = "integration=\"quickbooks-online\"";
    let state = format!("patchbay_connections{{portal=\"demo\",{qbo},state=\"needs_configuration\"}}");
    assert!(is(&state) >= 1.0);
    assert!(is(&format!("patchbay_refreshes_total{{{qbo},outcome=\"fresh\"}}")) >= 1.0);
    assert!(is(&format!("patchbay_refresh_duration_seconds_count{{{qbo}}}")) >= 1.0);
    assert!(is(&format!("patchbay_provider_calls_total{{{qbo},status=\"2xx\"}}")) >= 5.0);
    assert!(is(&format!("patchbay_import_records_total{{{qbo}}}")) >= 50.0);
    assert!((is(&format!("patchbay_token_reads_total{{{qbo}}}")) - 1.0).abs() < f64::EPSILON);
    assert!((is("patchbay_sockets") - 1.0).abs() < f64::EPSILON);
    assert!(is("patchbay_revocations_pending").abs() < f64::EPSILON);
    assert!(is("patchbay_imports_running").abs() < f64::EPSILON);
    let route = "route=\"/callback/{registration}\",method=\"GET\",status=\"3xx\"";
    assert!(is(&format!("patchbay_http_request_duration_seconds_count{{{route}}}")) >= 1.0);
    assert!(is("patchbay_database_write_duration_seconds_count") > 5.0);
    assert!(is("process_resident_memory_bytes") > 1e6);
    drop(socket);
}

#[tokio::test]
async fn calls_that_portals_make_are_counted_by_what_came_of_them() {
    let backend = Backend::over(measured().await).await;
    let of = |page: &str, status: &str| {
        let name =
            format!("patchbay_provider_calls_total{{integration=\"quickbooks-online\",status=\"{status}\"}}");
        let told = page.lines().find_map(|line| line.strip_prefix(&name)?.trim().parse::<i64>().ok());
        told.unwrap_or_default()
    };
    let before = page(&backend.quick.world).await;
    let own = format!("/proxy/v3/company/{}", sandbox::UK_REALM);
    backend.get(&format!("{own}/query?query=select%20*%20from%20Term")).await;
    backend.get(&format!("{own}/query?query=nonsense")).await;
    backend.get("/proxy/v3/company/1/query").await;
    let after = page(&backend.quick.world).await;
    let grown = ["2xx", "4xx", "5xx", "none"].map(|status| of(&after, status) - of(&before, status));
    assert_eq!(grown, [1, 1, 0, 0], "what was refused here was no call");
}

#[tokio::test]
async fn figures_of_webhooks_say_what_arrives_what_waits_and_what_is_given_up() {
    let quick = measured().await;
    let quick = Quick { world: quick.world.restart_with(allow_here).await, sandbox: quick.sandbox };
    let ear = Ear::that(&[Reply::Status(500)]).await;
    let (world, state) = (&quick.world, |of: &str| format!("patchbay_webhooks{{state=\"{of}\"}}"));
    let standing = async |of: [f64; 4]| {
        let page = page(world).await;
        let states = ["working", "failing", "disabled"].map(|of| sample(&page, &state(of)));
        let waiting = sample(&page, "patchbay_webhook_deliveries_waiting");
        [states[0], states[1], states[2], waiting] == of.map(Some)
    };
    assert!(standing([0.0; 4]).await);
    subscribe(world, &ear.url, &[]).await;
    assert!(standing([1.0, 0.0, 0.0, 0.0]).await);
    let acme = tenant(world, "acme").await;
    happens(world, acme, 1).await;
    eventually(|| standing([0.0, 1.0, 0.0, 1.0])).await;
    world.by_another_program("UPDATE webhooks SET disabled_at = 1, disabled_why = 'wish'").await;
    assert!(standing([0.0, 0.0, 1.0, 1.0]).await);
}

#[tokio::test]
async fn figures_of_the_campaign_say_by_portal_who_waits_and_why() {
    let quick = measured().await;
    let own = "{ \"tenant\": \"acme\", \"company_id\": \"9341453199990100\", \"company_name\": \"A\" }\n\
               { \"tenant\": \"brook\", \"company_id\": \"9341453199990101\", \"company_name\": \"B\", \
                 \"deadline\": \"2020-01-31\", \"oauth1\": { \"token\": \"t\", \"token_secret\": \"s\" } }";
    let load = quick.world.http.post(quick.world.at("/api/v1/legacy")).bearer_auth(&quick.world.key);
    let load = load.header("content-type", "application/x-ndjson").body(own).send().await;
    assert_eq!(load.expect("an answer").status().as_u16(), 200);
    let told = async || {
        let page = page(&quick.world).await;
        let figures = [
            "patchbay_legacy{portal=\"demo\",standing=\"outstanding\"}",
            "patchbay_legacy{portal=\"demo\",standing=\"by_visitor\"}",
            "patchbay_legacy{portal=\"demo\",standing=\"by_patchbay\"}",
            "patchbay_legacy{portal=\"demo\",standing=\"switched_off\"}",
            "patchbay_legacy_late{portal=\"demo\"}",
            "patchbay_legacy_failed{portal=\"demo\",reason=\"no_keys\"}",
        ];
        figures.map(|name| sample(&page, name))
    };
    eventually(async || told().await == [2.0, 0.0, 0.0, 0.0, 1.0, 1.0].map(Some)).await;
    let ann = quick.ann().await;
    quick.disconnect(&ann).await;
    assert_eq!(told().await, [1.0, 0.0, 0.0, 1.0, 1.0, 1.0].map(Some));
}

/// Every figure of the book is on the page, and every figure of the page in the book.
#[tokio::test]
async fn the_operators_book_tells_of_every_figure() {
    let book = include_str!("../../../docs/OPERATIONS.md");
    let table = book.split("| figure | labels | what |").nth(1).expect("the table");
    let table = table.split("\n\n").next().expect("its lines");
    let told: std::collections::BTreeSet<&str> =
        table.split('`').filter(|word| word.starts_with("patchbay_")).collect();
    let page = page(&measured().await.world).await;
    let shown: std::collections::BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .filter(|name| name.starts_with("patchbay_"))
        .collect();
    assert_eq!(told, shown);
}

#[tokio::test]
async fn oa_19_every_figure_has_its_help_and_type_and_names_nobody() {
    let quick = measured().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    quick.world.http.get(quick.world.at("/enter/a-code-that-is-secret")).send().await.expect("an answer");
    let page = page(&quick.world).await;
    let (mut helped, mut typed) = (Vec::new(), Vec::new());
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(rest.ends_with('.'), "a sentence: {line}");
            helped.push(rest.split(' ').next().expect("a name"));
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            typed.push(rest.split(' ').next().expect("a name"));
        } else {
            let name = line.split(['{', ' ']).next().expect("a name");
            let family = typed.last().expect("after its type");
            assert!(name.starts_with(family), "{name} stands under {family}");
        }
    }
    assert_eq!(helped, typed);
    let mut words = quick.sandbox.ledger().secrets();
    words.extend(
        [SECRET, "acme", "Ann", "Harbourside", "a-code-that-is-secret", UK_COMPANY].map(str::to_owned),
    );
    words.extend([quick.world.key.clone(), sandbox::UK_REALM.to_owned()]);
    for word in words {
        assert!(!page.contains(&word), "{word} is told: {page}");
    }
}

#[tokio::test]
async fn a_figures_address_that_cannot_be_had_stops_the_start_with_a_sentence() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let mut plan = Plan::new().await;
    let address = taken.local_addr().expect("bound");
    plan.config.metrics.listen = Some(address);
    plan.config.server.listen.set_port(0);
    let told = server::start(plan.config.clone(), plan.clock.clone()).await.err().expect("refused");
    assert!(told.to_string().starts_with(&format!("cannot serve metrics on {address}")), "{told}");
}
