//! What lies on the disk: nothing that is a secret, in whatever form (ST-07).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use protocol::import::ImportState;
use protocol::message::{Intent, ServerMessage};
use sandbox::{UK_COMPANY, US_COMPANY};

use crate::quick::{Quick, SECRET, qbo};

/// The ways in which a secret might be written.
fn forms(secret: &str) -> [String; 4] {
    let hexadecimal: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    [
        secret.to_owned(),
        hexadecimal.concat(),
        // Without the last characters, which depend on what follows.
        STANDARD.encode(secret)[..secret.len()].to_owned(),
        URL_SAFE_NO_PAD.encode(secret)[..secret.len()].to_owned(),
    ]
}

/// Names every file that holds one of the secrets.
pub(crate) fn found(folder: &Path, secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        // What is no text is no part of a secret's form, and a text is searched much faster.
        let text = String::from_utf8_lossy(&bytes);
        for secret in secrets {
            for form in forms(secret) {
                if text.contains(&form) {
                    found.push(format!("{}...: {}", &secret[..4], path.display()));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn st_07_no_secret_lies_on_the_disk_in_the_clear() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut socket = quick.world.socket(&ann).await;
    let imported = |message: &ServerMessage| {
        matches!(message, ServerMessage::Import(import) if import.state == ImportState::Done).then_some(())
    };
    quick.connect(&ann, UK_COMPANY).await;
    socket.until(imported).await;
    // Tokens in every place that keeps some: a waiting decision, a pending attempt, a revocation.
    quick.connect(&ann, US_COMPANY).await;
    let away = quick.leave(&ann, "").await;
    let mut secrets = quick.sandbox.ledger().secrets();
    assert!(secrets.len() >= 4, "the sandbox issued codes and tokens: {}", secrets.len());
    let ticket = quick.ticket(&ann).await;
    secrets.extend([SECRET.to_owned(), ticket, quick.world.key.clone()]);
    let cookies = [ann.cookie.clone(), away.cookie];
    secrets.extend(cookies.iter().filter_map(|cookie| Some(cookie.split_once('=')?.1.to_owned())));
    let state =
        away.authorize.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    secrets.push(state);
    let folder = quick.world.dir.path().to_owned();
    let database: Vec<_> = std::fs::read_dir(&folder).expect("a folder").collect();
    assert!(database.len() >= 4, "database, its log, its index and the lock: {database:?}");
    assert_eq!(found(&folder, &secrets), Vec::<String>::new(), "while it runs");
    socket.ask(Intent::Disconnect { integration: qbo() }).await.expect("switched off");
    assert_eq!(found(&folder, &secrets), Vec::<String>::new(), "while a revocation is kept");
    drop(socket);
    let _folder = quick.world.stop().await;
    assert_eq!(found(&folder, &secrets), Vec::<String>::new(), "after the end");
}
