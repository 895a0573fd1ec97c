//! The program: it reads secrets from files, says where it is, and says what is wrong.

use std::process::{Output, Stdio};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay-sandbox"));
    command.kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("PATCHBAY_SANDBOX_CLIENT_SECRET");
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--client-id",
        "one",
        "--redirect-uri",
        "http://localhost:1/cb",
    ]);
    command
}

async fn ended(mut command: Command) -> (bool, String) {
    let Output { status, stderr, .. } = command.output().await.unwrap();
    (status.success(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn it_says_where_it_is_and_answers_there() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "the secret\n").unwrap();
    let mut child = program()
        .args(["--latency-ms", "5", "--rotation", "intuit", "--public-url", "http://intuit.localhost:0"])
        .arg("--client-secret-file")
        .arg(file.path())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let address = line.split_once("bound to ").unwrap().1.trim_end_matches(')');
    assert!(line.contains("http://intuit.localhost:"), "{line}");
    let body = reqwest_text(&format!("http://{address}/sandbox/control")).await;
    assert!(body.contains(r#""latency_ms":5"#) && body.contains(r#""rotation":"intuit""#), "{body}");
    let ledger = reqwest_text(&format!("http://{address}/sandbox/ledger")).await;
    assert!(ledger.contains(r#""secrets":["the secret"]"#), "{ledger}");
    child.kill().await.unwrap();
}

#[tokio::test]
async fn it_keeps_intuits_limits_unless_told_otherwise() {
    for (flags, expected) in [(&[][..], r#""on":true"#), (&["--no-limits"][..], r#""on":false"#)] {
        let mut command = program();
        let mut child =
            command.args(flags).env("PATCHBAY_SANDBOX_CLIENT_SECRET", "the secret").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let address = line.split_once("bound to ").unwrap().1.trim_end_matches(')');
        let standing = reqwest_text(&format!("http://{address}/sandbox/control")).await;
        assert!(standing.contains(expected), "{standing}");
        child.kill().await.unwrap();
    }
}

async fn reqwest_text(url: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::get(url).await.expect("an answer").text().await.expect("text")
}

#[tokio::test]
async fn every_switch_can_be_set_at_the_start() {
    let mut command = program();
    command.env("PATCHBAY_SANDBOX_CLIENT_SECRET", "the secret");
    command.args(["--rotation", "grace", "--grace-seconds", "1", "--refresh-replay", "ends-grant"]);
    command.args(["--refresh-error-description", "Token invalid", "--access-token-seconds", "2"]);
    command.args(["--code-seconds", "3", "--code-replay", "refused", "--pkce", "required"]);
    command.args(["--iss-on-callback", "--allow-remote-control"]);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let page = lines.next_line().await.unwrap().unwrap();
    assert!(page.starts_with("Its switches: http://127.0.0.1:") && page.ends_with("/sandbox"), "{page}");
    let address = first.split_once("bound to ").unwrap().1.trim_end_matches(')');
    let body = reqwest_text(&format!("http://{address}/sandbox/control")).await;
    for part in [
        r#""rotation":"grace""#,
        r#""grace_seconds":1"#,
        r#""refresh_replay":"ends_grant""#,
        r#""refresh_error_description":"Token invalid""#,
        r#""access_token_seconds":2"#,
        r#""code_seconds":3"#,
        r#""code_replay":"refused""#,
        r#""pkce":"required""#,
        r#""iss_on_callback":true"#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    child.kill().await.unwrap();
}

#[tokio::test]
async fn it_asks_for_the_secret_it_is_not_given() {
    let (success, stderr) = ended(program()).await;
    assert!(
        !success && stderr.contains("--client-secret-file or set PATCHBAY_SANDBOX_CLIENT_SECRET"),
        "{stderr}"
    );
}

#[tokio::test]
async fn it_names_a_file_it_cannot_read() {
    let mut command = program();
    command.args(["--client-secret-file", "/nowhere/secret"]);
    let (success, stderr) = ended(command).await;
    assert!(!success && stderr.contains("cannot read the secret in /nowhere/secret"), "{stderr}");
}

#[tokio::test]
async fn it_wants_a_secret_for_each_app() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "the secret\n").unwrap();
    let mut command = program();
    command.args(["--client-id", "two", "--client-secret-file"]).arg(file.path());
    let (success, stderr) = ended(command).await;
    assert!(!success && stderr.contains("2 client ids need 2 secret files, not 1"), "{stderr}");
}
