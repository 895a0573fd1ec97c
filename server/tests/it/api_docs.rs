//! docs/API.md, followed to the letter beside a proxy whose company is connected: its files are written,
//! its commands run in their order. Only port and portal are others.

use std::process::Stdio;

use tokio::process::Command;

use crate::backend::Backend;
use crate::embedding_docs::{Block, blocks};
use crate::world::PORTAL;

const GUIDE: &str = include_str!("../../../docs/API.md");

#[test]
fn every_command_of_the_api_guide_is_run_by_this_test() {
    for block in blocks(GUIDE) {
        assert!(block.info.contains(" test"), "a command that nobody tries: {}", block.text);
    }
}

#[tokio::test]
async fn the_api_guide_leads_from_a_key_to_a_call_through_the_proxy() {
    let backend = Backend::start().await;
    let world = &backend.quick.world;
    let (folder, address) = (tempfile::tempdir().expect("a folder"), world.running.address());
    let config = format!(
        "[server]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n[storage]\npath = {:?}\n[keys]\nfile = {:?}\n",
        world.dir.path().join("patchbay.db"),
        world.dir.path().join("patchbay.keys"),
    );
    std::fs::write(folder.path().join("patchbay.toml"), config).expect("written");
    std::fs::write(folder.path().join("acme.key"), &world.key).expect("written");
    let mut script = String::from("set -euo pipefail\n");
    for Block { info, text } in blocks(GUIDE) {
        let text =
            text.replace("7300", &address.port().to_string()).replace(" acme ", &format!(" {PORTAL} "));
        match info.split(' ').collect::<Vec<_>>().as_slice() {
            ["sh", "test"] => script.push_str(&text),
            [_, "test", name] => std::fs::write(folder.path().join(name), text).expect("written"),
            _ => {}
        }
    }
    let here = std::path::Path::new(env!("CARGO_BIN_EXE_patchbay")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a PATH");
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", here.display()))
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash runs");
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{told}");
    assert!(said.contains("access_token,token_type,expires_at,company_id,api_base,integration"), "{said}");
    assert!(said.contains("made Harbour & Sons Ltd"), "{said}");
    assert!(!backend.quick.row(&backend.ann).await.live, "it is switched off at the end");
}
