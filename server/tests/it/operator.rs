//! An operator at the command line: the real binary, in a folder with a configuration.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::world::World;

/// Our client at a provider that nobody asks.
pub(crate) const REGISTRATION: &str = "[[registrations]]\nid = \"quickbooks-online-local\"\nintegration = \"quickbooks-online\"\n\
     environment = \"local\"\nclient_id = \"ABc\"\nclient_secret_env = \"INTUIT_SECRET\"\n\
     origin = \"http://127.0.0.1:9\"\n";

/// A folder with a configuration, and the command to use it.
pub(crate) struct Operator {
    pub(crate) folder: PathBuf,
    /// Cleans up after a folder of our own.
    _own: Option<tempfile::TempDir>,
}

/// What a command told.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Operator {
    /// An operator with a folder of their own.
    pub(crate) fn new() -> Self {
        let own = tempfile::tempdir().expect("a folder");
        let operator = Self { folder: own.path().to_owned(), _own: Some(own) };
        operator.configure("127.0.0.1:0", REGISTRATION);
        operator
    }

    /// The operator of a folder that is there, with its configuration.
    pub(crate) fn at(folder: &std::path::Path) -> Self {
        Self { folder: folder.to_owned(), _own: None }
    }

    /// The operator of a proxy that runs.
    pub(crate) fn of(world: &World) -> Self {
        let operator = Self { folder: world.dir.path().to_owned(), _own: None };
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{}\"\n[storage]\npath = \"patchbay.db\"\n\
             [keys]\nfile = \"patchbay.keys\"\n",
            world.running.url()
        );
        std::fs::write(operator.path("patchbay.toml"), text).expect("written");
        operator
    }

    pub(crate) fn configure(&self, listen: &str, rest: &str) {
        let text = format!(
            "[server]\nlisten = \"{listen}\"\npublic_url = \"http://store.localhost:7300\"\n[storage]\npath = \"p.db\"\n\
             [keys]\nfile = \"p.key\"\n{rest}"
        );
        std::fs::write(self.path("patchbay.toml"), text).expect("written");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs the command to its end. One that serves, though it should refuse, is stopped and fails.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_patchbay"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("INTUIT_SECRET", "s3cret")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut errors = child.stderr.take().expect("a pipe");
        let reader = std::thread::spawn(move || {
            let (mut told, mut line) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = errors.read(&mut line) {
                told.extend_from_slice(&line[..count]);
                if String::from_utf8_lossy(&told).contains("serving") {
                    break;
                }
            }
            told
        });
        let told = reader.join().expect("the reader ends");
        if String::from_utf8_lossy(&told).contains("serving") {
            child.kill().expect("stopped");
        }
        let status = child.wait().expect("it ends");
        Output { status, stdout: Vec::new(), stderr: told }
    }

    /// Runs a command that ends by itself, while others work.
    pub(crate) async fn tell(&self, arguments: &[&str]) -> Told {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_patchbay"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("INTUIT_SECRET", "s3cret")
            .output()
            .await
            .expect("the binary runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Told { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The same, and it succeeds; what it printed.
    pub(crate) async fn does(&self, arguments: &[&str]) -> String {
        let told = self.tell(arguments).await;
        assert_eq!(told.code, Some(0), "{arguments:?}: {}", told.err);
        told.out
    }

    /// The same, and it is refused; in which words.
    pub(crate) async fn cannot(&self, arguments: &[&str]) -> String {
        let told = self.tell(arguments).await;
        assert_eq!((told.code, told.out.as_str()), (Some(1), ""), "{arguments:?}: {}", told.err);
        assert!(told.err.starts_with("patchbay: ") && told.err.trim().lines().count() == 1, "{}", told.err);
        told.err
    }

    pub(crate) fn refused(&self, arguments: &[&str], part: &str) {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(part), "{part:?} is not in {told:?}");
        assert!(!told.contains("s3cret"), "a secret is told: {told}");
    }

    pub(crate) fn add_portal(&self) {
        let added = self.run(&["portal", "add", "demo", "--name", "Demo", "--key-file", "demo.key"]);
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    }
}
