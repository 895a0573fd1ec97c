//! npm `oidc-provider` as a process beside the test: installed once below the target directory in the version
//! of its lock file. Where Node.js is not there its tests are skipped, with a word that `--quiet` does not hide.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::client::BOUND;

/// Our client there. It takes printable ASCII alone (RFC 6749, A.1 and A.2).
pub(super) const CLIENT: &str = "id:with %+/ and space";
pub(super) const SECRET: &str = "secret:%2F+ /?&=~ %25";
/// The first version of Node.js that its packages run on.
const NODE: u32 = 20;

/// The tests of one process install one after the other, and tell once that Node.js is missing.
static INSTALLING: Mutex<bool> = Mutex::new(false);

/// A running authorization server. It ends when it is dropped.
pub(super) struct Neighbour {
    pub(super) origin: String,
    _process: Child,
}

/// What it was asked, and the refresh tokens it gave, in order.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ledger {
    pub(super) calls: Vec<Call>,
    pub(super) refresh_tokens: Vec<String>,
}

#[derive(serde::Deserialize)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) status: u16,
}

impl Ledger {
    /// The answers to what was posted to a path.
    pub(super) fn posted(&self, path: &str) -> Vec<u16> {
        let posted = self.calls.iter().filter(|call| call.method == "POST" && call.url == path);
        posted.map(|call| call.status).collect()
    }
}

impl Neighbour {
    /// One that knows our client by this way to prove itself, and this callback; none without Node.js.
    pub(super) async fn start(auth: &str, redirect: &str) -> Option<Self> {
        let script = installed()?;
        let mut process = Command::new("node")
            .arg(script)
            .env("CLIENT_ID", CLIENT)
            .env("CLIENT_SECRET", SECRET)
            .env("CLIENT_AUTH", auth)
            .env("REDIRECT", redirect)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let first = tokio::time::timeout(BOUND, lines.next_line()).await.expect("it speaks within the bound");
        let origin = first.expect("text").expect("its issuer");
        Some(Self { origin, _process: process })
    }

    /// From now on these books are opened; nobody's means that consent is denied.
    pub(super) async fn opens(&self, account: &str) {
        let set = reqwest::get(format!("{}/control/account/{account}", self.origin)).await;
        assert_eq!(set.expect("an answer").status(), 200);
    }

    pub(super) async fn ledger(&self) -> Ledger {
        let asked = reqwest::get(format!("{}/control", self.origin)).await.expect("an answer");
        asked.json().await.expect("the ledger")
    }

    /// What a thief gets for a refresh token.
    pub(super) async fn stolen(&self, token: &str) -> (u16, String) {
        let asked = reqwest::Client::new().post(format!("{}/token", self.origin));
        let asked = asked
            .header("authorization", basic())
            .form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
        let answer = asked.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }

    /// A browser goes through sign-in and consent, keeping cookies; gives the address that leads back.
    pub(super) async fn consent(&self, authorize: &Url) -> Url {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let (browser, mut url) = (browser.build().expect("a client"), authorize.clone());
        let mut cookies = std::collections::BTreeMap::<String, String>::new();
        for _ in 0..10 {
            let jar: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let asked = browser.get(url.clone()).header("cookie", jar.join("; "));
            let answer = asked.send().await.expect("an answer");
            for set in answer.headers().get_all("set-cookie") {
                let pair = set.to_str().expect("text").split(';').next().expect("a pair");
                let (name, value) = pair.split_once('=').expect("a pair");
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let to = answer.headers().get("location").map(|to| to.to_str().expect("text").to_owned());
            let Some(to) = to else {
                panic!("no way on: {} {}", answer.status(), answer.text().await.expect("text"))
            };
            url = url.join(&to).expect("an address");
            if url.origin().ascii_serialization() != self.origin {
                return url;
            }
        }
        panic!("it leads nowhere");
    }
}

fn basic() -> String {
    use base64::Engine as _;

    let part = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", part(CLIENT), part(SECRET));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// The script, copied beside its packages, since Node.js looks for them from where it is.
fn installed() -> Option<PathBuf> {
    let mut told = INSTALLING.lock().expect("no other test failed here");
    let node = said("node").and_then(|text| text.strip_prefix('v')?.split('.').next()?.parse::<u32>().ok());
    if node.is_none_or(|major| major < NODE) || said("npm").is_none() {
        if !std::mem::replace(&mut *told, true) {
            // Not `eprintln!`, which the test harness keeps to itself when a test passes.
            let word = "skipped: the second integration is not tested against npm oidc-provider: \
                        Node.js 20 or newer and npm are not installed\n";
            std::io::stderr().write_all(word.as_bytes()).expect("told");
        }
        return None;
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/neighbours");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("neighbours");
    std::fs::create_dir_all(&folder).expect("a directory");
    for name in ["package.json", "package-lock.json", "oidc-provider.mjs"] {
        std::fs::copy(from.join(name), folder.join(name)).expect("copied");
    }
    let (lock, done) = (folder.join("package-lock.json"), folder.join(".installed"));
    let wanted = std::fs::read(lock).expect("the lock file");
    if std::fs::read(&done).ok().as_ref() != Some(&wanted) {
        // No package here has anything to build, so no install script has to run.
        let npm = std::process::Command::new("npm")
            .current_dir(&folder)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .output()
            .expect("npm runs");
        assert!(npm.status.success(), "{}", String::from_utf8_lossy(&npm.stderr));
        std::fs::write(done, wanted).expect("noted");
    }
    Some(folder.join("oidc-provider.mjs"))
}

fn said(program: &str) -> Option<String> {
    let output = std::process::Command::new(program).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
