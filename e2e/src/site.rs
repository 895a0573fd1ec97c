//! A small site of its own origin, for pages that embed the store and for pages that attack it. It
//! answers under every name of this machine, and remembers what it was asked.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};
use portal::{Patchbay, Person};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Who is signed in at every site of ours.
const ADA: Person<'static> =
    Person { tenant: ("harbour", "Harbour & Sons Ltd"), visitor: ("u1", "Ada Marsh", "ada@host.example") };

/// A running site.
pub struct Site {
    url: String,
    address: SocketAddr,
    shelf: Arc<Shelf>,
}

#[derive(Default)]
struct Shelf {
    pages: Mutex<HashMap<String, Page>>,
    asked: Mutex<Vec<String>>,
    patchbay: OnceLock<Patchbay>,
}

#[derive(Clone)]
struct Page {
    kind: &'static str,
    policy: String,
    body: Vec<u8>,
}

impl Site {
    /// Listens on a free port; `name` is the host in its address.
    pub async fn start(name: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shelf = Arc::new(Shelf::default());
        let served = Arc::clone(&shelf);
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(answer(visitor, Arc::clone(&served)));
            }
        });
        Ok(Self { url: format!("http://{name}:{}", address.port()), address, shelf })
    }

    /// Its origin.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its origin under another name of this machine.
    pub fn under(&self, name: &str) -> String {
        format!("http://{name}:{}", self.address.port())
    }

    /// Puts a page there, with the content policy that it is served under.
    pub fn page(&self, path: &str, policy: &str, html: &str) {
        self.put(path, ("text/html; charset=utf-8", policy), html.as_bytes());
    }

    /// Puts the React page there that `cargo xtask react` builds, for a store at this origin.
    pub fn react_page(&self, policy: &str, store: &str) -> Result<()> {
        let built = own_target()?.join("react");
        let read = |name: &str| {
            std::fs::read_to_string(built.join(name))
                .context("the React page is built by `cargo xtask react`")
        };
        self.page("/", policy, &read("index.html")?.replace("STORE", store));
        self.script("/page.js", read("page.js")?.as_bytes());
        Ok(())
    }

    /// Puts a script there.
    pub fn script(&self, path: &str, text: &[u8]) {
        self.put(path, ("text/javascript; charset=utf-8", "default-src 'none'"), text);
    }

    fn put(&self, path: &str, (kind, policy): (&'static str, &str), body: &[u8]) {
        let page = Page { kind, policy: policy.to_owned(), body: body.to_vec() };
        lock(&self.shelf.pages).insert(path.to_owned(), page);
    }

    /// From now on `POST /patchbay/session` gives a session, as a portal's backend does.
    pub fn gives_sessions(&self, patchbay: Patchbay) {
        // A second one would be for the same portal.
        drop(self.shelf.patchbay.set(patchbay));
    }

    /// The head of every request so far: addresses, referrers and all.
    pub fn asked(&self) -> String {
        lock(&self.shelf.asked).concat()
    }
}

/// Cargo's target directory, from where it runs us.
fn own_target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folders = own.ancestors();
    let profile = folders.find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let target = profile.and_then(Path::parent).context("tests run from cargo's target directory")?;
    Ok(target.to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(mut visitor: TcpStream, shelf: Arc<Shelf>) -> Result<()> {
    let (from, mut to) = visitor.split();
    let mut lines = BufReader::new(from).lines();
    let mut head = String::new();
    while let Some(line) = lines.next_line().await?.filter(|line| !line.is_empty()) {
        head.push_str(&line);
        head.push('\n');
    }
    let path = head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    let ours = head.starts_with("POST /patchbay/session ") && head.to_lowercase().contains("x-host: 1");
    lock(&shelf.asked).push(head);
    let page = if ours { session(&shelf).await } else { lock(&shelf.pages).get(&path).cloned() };
    let status = if page.is_some() { "200 OK" } else { "404 Not Found" };
    let Page { kind, policy, body } = page.unwrap_or_else(|| plain("text/plain", b"nothing here"));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {policy}\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    to.write_all(head.as_bytes()).await?;
    to.write_all(&body).await?;
    Ok(to.shutdown().await?)
}

async fn session(shelf: &Shelf) -> Option<Page> {
    let session = shelf.patchbay.get()?.session(&ADA).await.ok()?;
    Some(plain("application/json", &serde_json::to_vec(&session).ok()?))
}

fn plain(kind: &'static str, body: &[u8]) -> Page {
    Page { kind, policy: "default-src 'none'".to_owned(), body: body.to_vec() }
}
