//! The doctor: every line of it against something real, with the proxy running and stopped.

use std::process::Output;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use serde_json::Value;
use server::clock::Clock;
use server::doctor::{State, examine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::operator::{Operator, REGISTRATION};
use crate::quick::Quick;
use crate::world::World;

/// What the doctor found: check, state, what it says and the remedy.
type Finding = (String, String, String, String);

/// Runs the real command, with these authorities trusted.
async fn doctor(operator: &Operator, authorities: Option<&str>) -> (Vec<Finding>, Output) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_patchbay"));
    command.args(["doctor", "--json"]).current_dir(&operator.folder).env("INTUIT_SECRET", "s3cret");
    if let Some(pem) = authorities {
        std::fs::write(operator.path("authorities.pem"), pem).expect("written");
        command.env("SSL_CERT_FILE", operator.path("authorities.pem"));
    }
    let output = command.output().await.expect("it runs");
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a list");
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = list.iter().map(|finding| {
        let [check, state, says, remedy] = ["check", "state", "says", "remedy"].map(|key| text(finding, key));
        assert_eq!(state == "ok", remedy.is_empty(), "whatever is wrong has a remedy: {says}");
        (check, state, says, remedy)
    });
    let findings: Vec<Finding> = findings.collect();
    let problems = findings.iter().any(|(_, state, ..)| state == "problem");
    assert_eq!(output.status.code(), Some(i32::from(problems)), "{findings:?}");
    (findings, output)
}

/// What is said of one thing, with its state.
fn of<'a>(findings: &'a [Finding], check: &str, part: &str) -> (&'a str, &'a str) {
    let found = findings.iter().find(|(name, _, says, _)| name == check && says.contains(part));
    let (_, state, _, remedy) = found.unwrap_or_else(|| panic!("{check}: {part:?} is not in {findings:#?}"));
    (state, remedy)
}

/// The registration of a provider of our own, at this origin.
fn registered(origin: &str) -> String {
    REGISTRATION.replace("http://127.0.0.1:9", origin)
}

/// The operator of a proxy that runs, with a registration.
fn operator_of(world: &World, origin: &str) -> Operator {
    let operator = Operator::of(world);
    let text = std::fs::read_to_string(operator.path("patchbay.toml")).expect("a configuration");
    std::fs::write(operator.path("patchbay.toml"), text + &registered(origin)).expect("written");
    operator
}

#[tokio::test]
async fn a_healthy_proxy_has_nothing_but_good_findings() {
    let quick = Quick::start().await;
    let operator = operator_of(&quick.world, quick.sandbox.url());
    let (findings, output) = doctor(&operator, None).await;
    let redirect = format!("{}/callback/quickbooks-online-local", quick.world.running.url());
    for (check, part) in [
        ("configuration", "1 registration"),
        ("database", "is whole"),
        ("keys", "opens what is sealed (key 1)"),
        ("redirect URI", redirect.as_str()),
        ("provider", "token endpoint: 127.0.0.1 answers"),
        ("notices", "none is taken, so changes are seen at the next import"),
        ("provider", "API: 127.0.0.1 answers"),
        ("clock", "within"),
        ("socket", "/socket opens, with our Origin"),
    ] {
        assert_eq!(of(&findings, check, part).0, "ok");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains("s3cret"));
    let lines = operator.does(&["doctor"]).await;
    assert!(lines.lines().any(|line| line.starts_with("ok       socket ")), "{lines}");
}

#[tokio::test]
async fn a_stopped_proxy_says_what_was_not_looked_at() {
    let operator = Operator::new();
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "database", "there is no database").0, "warning");
    assert_eq!(of(&findings, "keys", "there is no key file").0, "warning");
    assert!(!operator.path("p.db").exists() && !operator.path("p.lock").exists(), "nothing is made");
    operator.add_portal();
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "database", "is whole").0, "ok");
    assert_eq!(of(&findings, "socket", "no proxy runs here").0, "warning");
    assert_eq!(of(&findings, "clock", "compared with nobody's").0, "warning");
    let (state, remedy) = of(&findings, "provider", "127.0.0.1 refuses the connection");
    assert_eq!(state, "problem");
    assert!(remedy.contains("somebody listens there"), "{remedy}");
}

#[tokio::test]
async fn every_mistake_of_a_configuration_is_a_finding() {
    let operator = Operator::new();
    operator.configure("127.0.0.1:0", "[assets]\ndri = \"x\"\n[limit]\n");
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "configuration", "assets.dri is not a setting").0, "problem");
    assert_eq!(of(&findings, "configuration", "limit is not a section").0, "problem");
    assert_eq!(of(&findings, "everything else", "were not looked at").0, "warning");
    operator.configure("127.0.0.1:0", &REGISTRATION.replace("quickbooks-online\"", "xero\""));
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "configuration", "there is no integration").0, "problem");
}

#[tokio::test]
async fn production_keys_behind_a_local_address_are_a_problem() {
    let operator = Operator::new();
    let production = REGISTRATION.replace("\"local\"", "\"production\"");
    let production = production.replace("origin = \"http://127.0.0.1:9\"\n", "");
    operator.configure("127.0.0.1:0", &production);
    let (findings, _) = doctor(&operator, None).await;
    let (state, remedy) = of(&findings, "redirect URI", "production keys take no redirect");
    assert_eq!(state, "problem");
    assert!(remedy.contains("https"), "{remedy}");
}

#[tokio::test]
async fn keys_and_database_that_do_not_fit_are_told_apart() {
    let world = World::start().await;
    let operator = Operator::of(&world);
    let _dir = world.stop().await;
    let keys = operator.path("patchbay.keys");
    let own = std::fs::read_to_string(&keys).expect("the key file");
    std::fs::remove_file(&keys).expect("removed");
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "keys", "is missing").0, "problem");
    assert!(!keys.exists(), "none is made");
    drop(server::vault::ring::KeyRing::open(&keys, &Clock::system(), false).expect("another ring"));
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "keys", "does not belong to this database").0, "problem");
    std::fs::write(&keys, own).expect("put back");
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("opened");
    let (findings, _) = doctor(&operator, None).await;
    assert_eq!(of(&findings, "keys", "can be read by others").0, "problem");
    let path = operator.path("patchbay.db");
    let mut whole = std::fs::read(&path).expect("the database");
    let half = whole.len() / 2;
    whole[half..].fill(7);
    std::fs::write(&path, whole).expect("written");
    let (findings, _) = doctor(&operator, None).await;
    let told = findings.iter().find(|(check, state, ..)| check == "database" && state == "problem");
    assert!(told.is_some_and(|(.., remedy)| remedy.contains("patchbay restore")), "{findings:?}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told() {
    let quick = Quick::start().await;
    let config = quick.world.app().config.clone();
    let clock = |findings: &[server::doctor::Finding]| {
        findings.iter().find(|finding| finding.check == "clock").expect("a finding").clone()
    };
    // The world's clock stands where every test begins; the sandbox's answers bear the real time.
    let wrong = clock(&examine(Ok(&config), &quick.world.clock).await);
    assert_eq!(wrong.state, State::Problem, "{wrong:?}");
    assert!(wrong.says.contains("s away from the providers' time"));
    assert_eq!(clock(&examine(Ok(&config), &Clock::system()).await).state, State::Ok);
}

/// An authority that a test trusts.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "The doctor's tests");
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A listener with a certificate by this authority for a name; its origin.
    async fn listen(&self, name: &str, expired: bool) -> String {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, "A listener");
        if expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        listen(certificate.der().clone(), &key).await
    }
}

/// Answers every request over TLS with 404.
async fn listen(
    certificate: tokio_rustls::rustls::pki_types::CertificateDer<'static>,
    key: &KeyPair,
) -> String {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("a certificate")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A look at the port alone ends here.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                    let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    drop(stream.write_all(answer).await);
                    drop(stream.shutdown().await);
                }
            });
        }
    });
    format!("https://quick.localhost:{port}")
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_apart() {
    let authority = Authority::new();
    let own = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["quick.localhost".to_owned()]).expect("a name");
    let selfmade = listen(params.self_signed(&own).expect("signed").der().clone(), &own).await;
    let plain = front("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    for (origin, state, says, remedy) in [
        (authority.listen("quick.localhost", false).await, "ok", "quick.localhost answers", ""),
        (authority.listen("quick.localhost", true).await, "problem", "has expired", "renew it"),
        (authority.listen("other.example", false).await, "problem", "is for another name", "for this name"),
        (selfmade, "problem", "is self-signed, or its authority is not trusted", "ca-certificates"),
        (format!("https://quick.localhost:{plain}"), "problem", "does not speak TLS", "check the port"),
        ("https://nobody.invalid".to_owned(), "problem", "is not known (DNS)", "name servers"),
    ] {
        let operator = Operator::new();
        operator.configure("127.0.0.1:0", &registered(&origin));
        let (findings, _) = doctor(&operator, Some(&authority.pem)).await;
        let found = of(&findings, "provider", says);
        assert!(found.0 == state && found.1.contains(remedy), "{says}: {found:?}");
    }
}

/// A server in front of the proxy, whose answer to everything is this.
async fn front(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                drop(stream.write_all(answer.as_bytes()).await);
                drop(stream.shutdown().await);
            }
        }
    });
    port
}

/// A port where nobody listens.
async fn closed() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("bound").port()
}

/// A server in front that passes everything on but these headers.
async fn without(headers: &'static [&'static str], to: std::net::SocketAddr) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let Ok(length @ 1..) = stream.read(&mut request).await else { continue };
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let passed = |line: &&str| {
                let name = line.split(':').next().unwrap_or_default().to_lowercase();
                !headers.contains(&name.as_str())
            };
            let text: Vec<&str> = text.split("\r\n").filter(passed).collect();
            let mut behind = TcpStream::connect(to).await.expect("the proxy listens");
            behind.write_all(text.join("\r\n").as_bytes()).await.expect("passed on");
            drop(tokio::io::copy_bidirectional(&mut stream, &mut behind).await);
        }
    });
    port
}

#[tokio::test]
async fn what_stands_before_the_socket_is_told() {
    let world = World::start().await;
    let address = world.running.address();
    let empty = |status: &str| -> &'static str {
        Box::leak(
            format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_boxed_str(),
        )
    };
    for (port, says, remedy) in [
        (without(&["upgrade"], address).await, "is asked without Upgrade", "pass on Upgrade"),
        (without(&["connection", "upgrade"], address).await, "is asked without Upgrade", "pass on Upgrade"),
        (without(&["origin"], address).await, "refuses our Origin", "pass on Origin"),
        (front(empty("502 Bad Gateway")).await, "finds no proxy behind it (status 502)", "[server] listen"),
        (front(empty("200 OK")).await, "answers with status 200", "leads to this proxy"),
        (closed().await, "refuses the connection", "firewall"),
    ] {
        let operator = Operator::of(&world);
        let text = std::fs::read_to_string(operator.path("patchbay.toml")).expect("a configuration");
        let public = format!("http://127.0.0.1:{port}");
        let text = text.replace(&world.running.url(), &public);
        std::fs::write(operator.path("patchbay.toml"), text).expect("written");
        let (findings, _) = doctor(&operator, None).await;
        let found = of(&findings, "socket", says);
        assert!(found.0 == "problem" && found.1.contains(remedy), "{says}: {found:?}");
    }
}
