//! docs/OPERATIONS.md, followed to the letter in an empty folder: its configuration is written, its
//! commands run in their order beside the proxy that they start. Only the ports are others, since a
//! test takes free ones; QuickBooks is played.

use std::path::Path;
use std::process::{Output, Stdio};

use sandbox::Client;

const BOOK: &str = include_str!("../../../docs/OPERATIONS.md");
const CONFIG: &str = "toml patchbay.toml";

/// A fenced block: its info string and what is in it.
struct Block<'a> {
    info: &'a str,
    text: String,
}

fn blocks() -> Vec<Block<'static>> {
    let mut blocks = Vec::new();
    let mut lines = BOOK.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block { info, text: inside.join("\n") + "\n" });
        }
    }
    blocks
}

/// Ports of the book, and those of this run.
struct Ports(Vec<(&'static str, String)>);

impl Ports {
    fn free() -> Self {
        let listeners = ["7300", "9464", "7310"].map(|book| {
            let listener = crate::ports::listener();
            (book, listener.local_addr().expect("bound").port().to_string(), listener)
        });
        Self(listeners.into_iter().map(|(book, ours, _held_until_all_are_known)| (book, ours)).collect())
    }

    fn of(&self, book: &str) -> &str {
        &self.0.iter().find(|(port, _)| *port == book).expect("a port of the book").1
    }

    fn put_into(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (book, ours)| {
            text.replace(&format!(":{book}"), &format!(":{ours}"))
        })
    }
}

/// Writes the configuration and gives the commands as one script that ends what it began.
fn prepare(folder: &Path, ports: &Ports) -> String {
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) && wait || true' EXIT\n");
    for Block { info, text } in blocks() {
        match info {
            "sh" => script.push_str(&ports.put_into(&text)),
            CONFIG => std::fs::write(folder.join("patchbay.toml"), ports.put_into(&text)).expect("written"),
            _ => {}
        }
    }
    script
}

async fn run(folder: &Path, script: &str) -> Output {
    let here = Path::new(env!("CARGO_BIN_EXE_patchbay")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a PATH");
    tokio::process::Command::new("bash")
        .args(["-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", here.display()))
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash runs")
}

#[test]
fn every_command_of_the_book_is_run_by_this_test() {
    for block in blocks() {
        let known = ["sh", "toml", "json"].contains(&block.info) || block.info == CONFIG;
        assert!(known, "a block that nobody tries: ```{}\n{}", block.info, block.text);
    }
    let stray = BOOK.lines().find(|line| line.starts_with("    patchbay "));
    assert_eq!(stray, None, "commands stand in ```sh blocks");
}

#[tokio::test]
async fn the_operators_book_works_from_its_first_command_to_its_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let ports = Ports::free();
    let redirect = format!("http://store.localhost:{}/callback/quickbooks-online-local", ports.of("7300"));
    let clients = vec![Client::new("ABxxxxxxxx", "the client secret", vec![redirect])];
    let listen = format!("127.0.0.1:{}", ports.of("7310")).parse().expect("an address");
    let played = sandbox::Config { listen, clients, ..sandbox::Config::default() };
    let _quickbooks = sandbox::start(played).await.expect("the sandbox starts");
    let script = prepare(folder.path(), &ports);
    let output = run(folder.path(), &script).await;
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let log = read("patchbay.log");
    assert!(output.status.success(), "{said}\n{told}\n{log}");
    for (name, word) in [
        ("audit.csv", "\"link.made\""),
        ("metrics.txt", "patchbay_build_info{"),
        ("northwind.ndjson", "\"Harbour & Sons Ltd\""),
        ("since-the-leak.csv", "\"key.revoked\""),
        ("problem.json", "\"request_id\""),
    ] {
        assert!(read(name).contains(word), "{word} is not in {name}: {}", read(name));
    }
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        assert!(object["timestamp"].is_string() && object["message"].is_string(), "{line}");
    }
    let everything = format!("{said}{told}{log}{}{}", read("audit.csv"), read("metrics.txt"));
    for key in ["acme.key", "acme-new.key", "intuit.secret"] {
        let secret = read(key);
        assert!(!secret.is_empty() && !everything.contains(secret.trim()), "{key} is told");
    }
}
