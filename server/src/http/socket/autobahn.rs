//! The Autobahn testsuite against an echo behind our accept loop, in our framing (WS-01). `cargo
//! xtask deep` installs the suite and names its virtualenv in `PATCHBAY_AUTOBAHN`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use axum::{Router, routing};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

use super::{bounded, framed};
use crate::Tasks;
use crate::http::listener::{Door, accept};
use crate::live::session::{Broken, Encoding, Frame, Line, Socket};
use crate::state::Stopping;

/// The longest message of the suite (cases 9.1.6 and 9.2.6); ours end at `FRAME_LIMIT` (WS-06).
const LONGEST: usize = 16 * 1024 * 1024;
/// Cases 12 and 13 are about permessage-deflate, which we do not offer.
const COMPRESSION: [&str; 2] = ["12.*", "13.*"];
/// Cases of the suite without those.
const CASES: usize = 301;
/// Where the suite would like a text that is none to be refused before the end of its frame.
const MAY_BE_LATE: [&str; 2] = ["6.4.3", "6.4.4"];
const AGENT: &str = "patchbay";
const PATIENCE: Duration = Duration::from_mins(10);

/// What the suite says of one case.
#[derive(Debug, Deserialize)]
struct Case {
    behavior: String,
    #[serde(rename = "behaviorClose")]
    close: String,
}

impl Case {
    fn passes(&self, id: &str) -> bool {
        let fine = |said: &str| {
            said == "OK" || said == "INFORMATIONAL" || said == "NON-STRICT" && MAY_BE_LATE.contains(&id)
        };
        fine(&self.behavior) && fine(&self.close)
    }
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    bounded(upgrade, LONGEST).on_upgrade(|socket| Box::pin(repeat(framed(socket))))
}

/// Says what is heard, and ends as a conversation of ours does.
async fn repeat(mut socket: impl Socket) {
    let (code, why) = loop {
        match socket.next().await {
            Some(Ok(frame @ (Frame::Text(_) | Frame::Binary(_)))) => {
                if socket.send(frame).await.is_err() {
                    return;
                }
            }
            Some(Ok(Frame::Ping | Frame::Pong | Frame::Close(..))) => {}
            Some(Err(Broken::TooLong)) => break (1009, "too long"),
            Some(Err(Broken::NotText)) => break (1007, "not text"),
            Some(Err(Broken::Gone)) | None => return,
        }
    };
    Line::new(socket, Encoding::Json).close(code, why).await;
}

/// Runs the suite against a URL; its report is in `report` afterwards.
async fn fuzz(suite: &Path, url: &str, report: &Path) {
    if report.exists() {
        fs::remove_dir_all(report).expect("the last report is removed");
    }
    let dir = tempfile::tempdir().expect("a directory");
    let spec = dir.path().join("fuzzingclient.json");
    let wanted = json!({
        "outdir": report,
        "servers": [{ "agent": AGENT, "url": url }],
        "cases": ["*"],
        "exclude-cases": COMPRESSION,
        "exclude-agent-cases": {},
    });
    fs::write(&spec, wanted.to_string()).expect("written");
    let mut wstest = Command::new(suite.join("bin/wstest"));
    wstest.args(["--mode", "fuzzingclient", "--spec"]).arg(&spec).stdin(Stdio::null()).kill_on_drop(true);
    let ended = timeout(PATIENCE, wstest.output()).await.expect("the suite ends in time");
    let output = ended.expect("the suite runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&said));
}

fn read(report: &Path) -> BTreeMap<String, Case> {
    let index = fs::read_to_string(report.join("index.json")).expect("a report");
    let mut agents: BTreeMap<String, BTreeMap<String, Case>> = serde_json::from_str(&index).expect("cases");
    agents.remove(AGENT).expect("ours")
}

#[tokio::test(flavor = "multi_thread")]
async fn ws_01_the_autobahn_testsuite_finds_nothing() {
    let suite = env::var_os("PATCHBAY_AUTOBAHN").map(PathBuf::from);
    let suite = suite.expect("PATCHBAY_AUTOBAHN names the suite's virtualenv: run `cargo xtask deep`");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/", listener.local_addr().expect("bound"));
    let (tasks, stopping) = (Arc::new(Tasks::default()), Stopping::default());
    let router = Router::new().route("/", routing::get(echo));
    let door = Door { router, trusted: Arc::new([]), stopping: stopping.clone() };
    tasks.start(accept(listener, door, Arc::clone(&tasks)));

    let report = suite.join("report");
    fuzz(&suite, &url, &report).await;
    stopping.begin();
    tasks.ended().await;

    let cases = read(&report);
    let failed: Vec<_> = cases.iter().filter(|(id, case)| !case.passes(id)).collect();
    assert!(failed.is_empty(), "{failed:#?}\nsee {}", report.join("index.html").display());
    assert_eq!(cases.len(), CASES, "every case ran");
}
