//! Standard Webhooks' own library, as npm publishes it, takes what we send and refuses what was made of it.
//! Where Node.js is not installed there is nothing to ask, which is said.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use server::clock::Clock;

use crate::ear::{Ear, allow_here, happens, subscribe, tenant};
use crate::world::Plan;

/// The library and the script beside it; none where npm or Node.js is missing.
fn installed() -> Option<PathBuf> {
    let there = |program: &str| {
        let asked =
            Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    if !there("node") || !there("npm") {
        // Written past the capture, so that it is read.
        let _ = writeln!(std::io::stderr(), "the standard's own library is not asked: no Node.js with npm");
        return None;
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/standard");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standardwebhooks");
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in ["package.json", "package-lock.json", "verify.mjs"] {
        std::fs::copy(from.join(name), folder.join(name)).expect("copied");
    }
    if !folder.join("node_modules/standardwebhooks").is_dir() {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]);
        assert!(npm.status().expect("npm runs").success(), "the library is installed");
    }
    Some(folder)
}

fn ask(folder: &Path, delivery: &Value) -> Value {
    let mut node = Command::new("node");
    node.current_dir(folder).arg("verify.mjs").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = node.spawn().expect("node runs");
    let mut question = node.stdin.take().expect("a pipe");
    question.write_all(delivery.to_string().as_bytes()).expect("asked");
    drop(question);
    let told = node.wait_with_output().expect("it ends");
    assert!(told.status.success(), "the library refused what we sent");
    serde_json::from_slice(&told.stdout).expect("JSON")
}

#[tokio::test]
async fn wh_01_the_standards_own_library_takes_what_we_send_and_no_forgery() {
    let Some(folder) = installed() else { return };
    let mut plan = Plan::new().await;
    allow_here(&mut plan.config);
    // The library looks at the machine's clock.
    plan.clock = Clock::system();
    let (world, ear) = (plan.start().await, Ear::that(&[]).await);
    let (_, secret) = subscribe(&world, &ear.url, &[]).await;
    happens(&world, tenant(&world, "Zo\u{eb} & S\u{f6}hne").await, 1).await;
    let heard = ear.hears(1).await.remove(0);
    let stated =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| (name, heard.header(name)));
    let headers: Value = stated.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let told = ask(&folder, &json!({ "secret": secret, "headers": headers, "body": heard.text }));
    assert_eq!(told, json!({ "type": "import.started", "refused": 5, "of": 5 }));
}
