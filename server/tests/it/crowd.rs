//! The built binary with few file descriptors, and more sockets than fit (WS-12).

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::SinkExt as _;
use protocol::ids::{EventSeq, RequestId};
use protocol::message::{Auth, ClientMessage, Hello, Intent, ServerMessage};
use protocol::{Envelope, SUBPROTOCOL_JSON, encode_json};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{BOUND, hear};

/// What the process may open; SQLite and the runtime take a third of them.
const FILES: usize = 64;
/// How long a newcomer is waited for before it counts as left waiting.
const LEFT_WAITING: Duration = Duration::from_secs(2);
/// Processor time that two seconds of waiting may cost, in hundredths of a second.
const IDLE: u64 = 40;

/// A proxy of the built binary.
struct Crowded {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
    cookie: String,
    _folder: tempfile::TempDir,
}

impl Drop for Crowded {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Crowded {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:0\"\n\
                    [storage]\npath = \"p.db\"\n[keys]\nfile = \"p.key\"\n";
        std::fs::write(folder.path().join("patchbay.toml"), text).expect("written");
        let binary = env!("CARGO_BIN_EXE_patchbay");
        let add = ["portal", "add", "demo", "--name", "Demo", "--key-file", "demo.key"];
        let added = Command::new(binary).args(add).current_dir(folder.path()).output().expect("it runs");
        assert!(added.status.success(), "{added:?}");
        let limited = format!("ulimit -n {FILES} && exec \"$0\" serve");
        let mut child = Command::new("sh")
            .args(["-c", &limited, binary])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let (log, address) = read_log(&mut child);
        let key = std::fs::read_to_string(folder.path().join("demo.key")).expect("a key");
        let cookie = sign_in(address, key.trim()).await;
        Self { child, address, log, cookie, _folder: folder }
    }

    /// A socket that was welcomed; none when it was refused or left waiting.
    async fn newcomer(&self) -> Option<WebSocketStream<TcpStream>> {
        timeout(LEFT_WAITING, self.welcomed()).await.ok().flatten()
    }

    async fn welcomed(&self) -> Option<WebSocketStream<TcpStream>> {
        let mut request = format!("ws://{}/socket", self.address).into_client_request().expect("a request");
        let origin = format!("http://{}", self.address);
        for (name, value) in [
            ("origin", origin.as_str()),
            ("cookie", &self.cookie),
            ("sec-websocket-protocol", SUBPROTOCOL_JSON),
        ] {
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        let stream = TcpStream::connect(self.address).await.ok()?;
        let (mut socket, _) = client_async(request, stream).await.ok()?;
        let hello = Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal: None };
        let hello = encode_json(&Envelope::unasked(ClientMessage::Hello(hello)));
        socket.send(Message::text(hello)).await.ok()?;
        let welcome = hear(&mut socket).await?;
        matches!(welcome.message, ServerMessage::Welcome(_)).then_some(socket)
    }

    /// Hundredths of a second of processor time so far.
    fn spent(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it lives");
        let (_, after_name) = stat.rsplit_once(") ").expect("a name in brackets");
        let fields: Vec<u64> = after_name.split(' ').filter_map(|field| field.parse().ok()).collect();
        // The state is no number, so user time, field 14 of proc(5), is the eleventh number here.
        fields[10] + fields[11]
    }
}

/// Collects the log; returns when it says where the proxy serves.
fn read_log(child: &mut Child) -> (Arc<Mutex<Vec<String>>>, SocketAddr) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (kept, (say, said)) = (Arc::clone(&log), std::sync::mpsc::channel());
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("address=") {
                let address = rest.split(' ').next().and_then(|address| address.parse().ok());
                // Nobody listens for a second one.
                let _ = say.send(address);
            }
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
    let address = said.recv_timeout(BOUND).expect("it serves in time");
    (log, address.expect("an address"))
}

/// Enters by a link; gives the cookie.
async fn sign_in(address: SocketAddr, key: &str) -> String {
    // A second provider in one process is not an error: the first stays.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let http = http.pool_max_idle_per_host(0).build().expect("a client");
    let wish = json!({ "tenant": "acme", "tenant_name": "Acme",
        "visitor": { "id": "1", "name": "Zoë" }, "permissions": ["view"] });
    let asked = http.post(format!("http://{address}/api/v1/links")).bearer_auth(key).json(&wish);
    let link: Value = asked.send().await.expect("an answer").json().await.expect("JSON");
    let entered = http.post(link["url"].as_str().expect("a link")).header("sec-fetch-site", "same-origin");
    let entered = entered.header("origin", format!("http://{address}")).send().await.expect("an answer");
    let cookie = entered.headers()["set-cookie"].to_str().expect("text");
    cookie.split(';').next().expect("a pair").to_owned()
}

async fn answers(socket: &mut WebSocketStream<TcpStream>, id: &str) {
    let id = RequestId::new(id).expect("an id");
    let intent = ClientMessage::Intent(Intent::MarkRead { upto: EventSeq(1) });
    let said = encode_json(&Envelope::new(id.clone(), intent));
    socket.send(Message::text(said)).await.expect("the old one is open");
    loop {
        let heard = hear(socket).await.expect("an answer");
        if heard.id.as_ref() == Some(&id) {
            assert!(matches!(heard.message, ServerMessage::Done(_)), "{:?}", heard.message);
            return;
        }
    }
}

#[tokio::test]
async fn ws_12_without_file_descriptors_the_old_live_and_the_new_wait() {
    let mut proxy = Crowded::start().await;
    let mut sockets = Vec::new();
    while let Some(socket) = proxy.newcomer().await {
        sockets.push(socket);
        assert!(sockets.len() < FILES, "more sockets than file descriptors");
    }
    assert!(sockets.len() >= 10, "only {} sockets fitted", sockets.len());
    let before = proxy.spent();
    let waiting: Vec<_> = futures_util::future::join_all((0..5).map(|_| proxy.newcomer())).await;
    assert!(waiting.iter().all(Option::is_none), "they are refused or left waiting");
    let spent = proxy.spent() - before;
    assert!(spent <= IDLE, "the accept loop spins: {spent} hundredths of a second");
    for (at, socket) in sockets.iter_mut().enumerate() {
        answers(socket, &format!("old-{at}")).await;
    }
    sockets.truncate(sockets.len() / 2);
    let again = async {
        loop {
            if let Some(socket) = proxy.newcomer().await {
                return socket;
            }
        }
    };
    let mut fresh = timeout(2 * BOUND, again).await.expect("new ones are served again");
    answers(&mut fresh, "fresh").await;
    assert!(proxy.child.try_wait().expect("asked").is_none(), "the process lives");
    let log = proxy.log.lock().unwrap_or_else(PoisonError::into_inner);
    let told = log.iter().filter(|line| line.contains("cannot be accepted")).count();
    assert!((1..=20).contains(&told), "it is told, and not at every breath: {told} times in {log:#?}");
}
