//! The built binary as a process of its own, which a test may kill: at once, or by strace in the
//! middle of a system call.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use sandbox::{Rotation, Sandbox};
use serde_json::{Value, json};

use crate::client::BOUND;
use crate::quick::quickbooks;

const CLIENT: &str = "ABcrash";
pub(crate) const SECRET: &str = "s3cret-of-the-crash";

/// What happens to the process by itself.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// Killed as it enters this system call for the so many-th time on one of its threads.
    Killed(&'static str, u32),
    /// From the so many-th such call on, each fails with this error of errno(3).
    Fails(&'static str, u32, &'static str),
}

/// A proxy in a folder of its own, the QuickBooks that it knows, and the address that it keeps.
pub(crate) struct Proxy {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) address: SocketAddr,
    pub(crate) http: reqwest::Client,
    process: Option<Child>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether strace can follow processes here, which some containers forbid; says so where it cannot.
pub(crate) fn strace_works() -> bool {
    let tried = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
    let works = tried.is_ok_and(|output| output.status.success());
    if !works {
        eprintln!("skipped: strace cannot follow processes here");
    }
    works
}

impl Proxy {
    /// A portal is set up; the process is not there yet.
    pub(crate) async fn new(rotation: Rotation) -> Self {
        // A second provider in one process is not an error: the first stays.
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = tempfile::tempdir().expect("a folder");
        let address = crate::ports::listener().local_addr().expect("a port");
        let redirect = format!("http://{address}/callback/qbo");
        let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![redirect])];
        let config = sandbox::Config { rotation, ..quickbooks(clients) };
        let sandbox = sandbox::start(config).await.expect("the sandbox starts");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let http = http.pool_max_idle_per_host(0).timeout(BOUND).build().expect("a client");
        let proxy = Self { folder, sandbox, address, http, process: None };
        proxy.configure();
        let add = ["portal", "add", "demo", "--name", "Demo", "--key-file", "demo.key"];
        let added = proxy.command().args(add).output().expect("it runs");
        assert!(added.status.success(), "{added:?}");
        proxy
    }

    fn configure(&self) {
        let text = format!(
            "[server]\nlisten = \"{0}\"\npublic_url = \"http://{0}\"\n[storage]\npath = \"p.db\"\n\
             [keys]\nfile = \"p.key\"\n[[registrations]]\nid = \"qbo\"\nintegration = \"quickbooks-online\"\n\
             environment = \"local\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"INTUIT_SECRET\"\n\
             verifier_token_env = \"INTUIT_SECRET\"\n\
             origin = \"{1}\"\n",
            self.address,
            self.sandbox.url()
        );
        std::fs::write(self.folder.path().join("patchbay.toml"), text).expect("written");
    }

    /// The database's file.
    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("p.db")
    }

    /// An address of the proxy.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn command(&self) -> Command {
        self.dressed(Command::new(env!("CARGO_BIN_EXE_patchbay")))
    }

    fn dressed(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).env("INTUIT_SECRET", SECRET);
        command
    }

    /// Starts the process. False when its trouble came before it served.
    pub(crate) fn serve(&mut self, trouble: &Trouble) -> bool {
        self.kill();
        let mut command = match trouble {
            Trouble::None => self.command(),
            trouble => self.dressed(troubled(trouble)),
        };
        command.arg("serve").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary runs");
        let errors = process.stderr.take().expect("a pipe");
        self.process = Some(process);
        let (say, said) = channel();
        std::thread::spawn(move || read_log(BufReader::new(errors), &say));
        match said.recv_timeout(2 * BOUND) {
            Ok(()) => true,
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => panic!("it neither serves nor ends"),
        }
    }

    /// Brings trouble to the running process, until the guard is dropped.
    pub(crate) fn follow(&self, trouble: &Trouble) -> Tracer {
        let (calls, inject) = injection(trouble);
        self.trace(&["-e", &format!("trace={calls}"), "-e", &inject])
    }

    /// Counts its calls from now on.
    pub(crate) fn count(&self, calls: &str) -> Tracer {
        self.trace(&["-e", &format!("trace={calls}")])
    }

    fn trace(&self, what: &[&str]) -> Tracer {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let mut command = Command::new("strace");
        command.args(["-f", "-p", &self.id().to_string(), "-o"]).arg(log.path()).args(what);
        let mut strace = command.stderr(Stdio::piped()).spawn().expect("strace runs");
        let told = BufReader::new(strace.stderr.take().expect("a pipe"));
        let (say, said) = channel();
        std::thread::spawn(move || {
            for line in told.lines().map_while(Result::ok) {
                if line.contains("attached") {
                    // Each thread is told of; the first has all of them.
                    let _ = say.send(());
                }
            }
        });
        said.recv_timeout(BOUND).expect("strace follows it");
        Tracer { strace, log }
    }

    /// The process, killed at this very moment, and waited for.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.kill());
            drop(process.wait());
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.as_ref().expect("it was started").id()
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.as_mut().and_then(|process| process.try_wait().expect("asked"))
    }

    /// The `Cookie` of a person who entered by a link; none when the process is gone.
    pub(crate) async fn sign_in(&self) -> Option<String> {
        let key = std::fs::read_to_string(self.folder.path().join("demo.key")).expect("a key");
        let wish = json!({ "tenant": "acme", "tenant_name": "Acme", "visitor": { "id": "1", "name": "Zoë" },
            "permissions": ["view", "configure", "connect", "import"] });
        let asked = self.http.post(self.at("/api/v1/links")).bearer_auth(key.trim()).json(&wish);
        let link: Value = asked.send().await.ok()?.json().await.ok()?;
        let enter = self.http.post(link["url"].as_str()?).header("sec-fetch-site", "same-origin");
        let entered = enter.header("origin", self.at("")).send().await.ok()?;
        let cookie = entered.headers().get("set-cookie")?.to_str().expect("text");
        Some(cookie.split(';').next()?.to_owned())
    }
}

/// Strace, following a process that was there before it.
pub(crate) struct Tracer {
    strace: Child,
    log: tempfile::NamedTempFile,
}

impl Tracer {
    /// How many calls it has seen.
    pub(crate) fn calls(&self) -> usize {
        let log = std::fs::read_to_string(self.log.path()).expect("its log");
        log.lines().filter(|line| line.contains("sync(")).count()
    }
}

impl Drop for Tracer {
    /// It lets go of the process when it is asked to end, not when it is killed.
    fn drop(&mut self) {
        let id = self.strace.id().to_string();
        drop(Command::new("kill").args(["-INT", &id]).status());
        drop(self.strace.wait());
    }
}

/// The calls that are followed, and what is done to them, as strace wants it said.
fn injection(trouble: &Trouble) -> (&'static str, String) {
    match trouble {
        Trouble::None => ("none", "inject=none".to_owned()),
        Trouble::Killed(calls, nth) => (calls, format!("inject={calls}:signal=KILL:when={nth}")),
        Trouble::Fails(calls, nth, error) => (calls, format!("inject={calls}:error={error}:when={nth}+")),
    }
}

/// The binary under strace, which follows it from beside, so that the child is the proxy itself.
fn troubled(trouble: &Trouble) -> Command {
    let (calls, inject) = injection(trouble);
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-qq", "-o", "/dev/null"]);
    command.args(["-e", &format!("trace={calls}"), "-e", &inject]);
    command.arg(Path::new(env!("CARGO_BIN_EXE_patchbay")));
    command
}

/// Reads the log to its end, and says once that it serves.
fn read_log(log: impl BufRead, serves: &Sender<()>) {
    let mut told = Vec::new();
    for line in log.lines().map_while(Result::ok) {
        if line.contains("address=") {
            // Nobody listens for a second one.
            let _ = serves.send(());
        }
        told.push(line);
    }
    if std::env::var_os("PATCHBAY_TELL").is_some() {
        eprintln!("{}", told.join("\n"));
    }
}

/// How long what the proxy does by itself may take.
pub(crate) const SOON: Duration = Duration::from_secs(20);
