//! docs/EMBEDDING.md, followed to the letter in an empty folder: its files are written, its commands
//! run in their order. Only the ports are others, since a test takes free ones.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const GUIDE: &str = include_str!("../../../docs/EMBEDDING.md");

/// A fenced block: its info string and what is in it.
pub(crate) struct Block<'a> {
    pub(crate) info: &'a str,
    pub(crate) text: String,
}

/// The blocks of a guide, in their order.
pub(crate) fn blocks(guide: &'static str) -> Vec<Block<'static>> {
    let mut blocks = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block { info, text: inside.join("\n") + "\n" });
        }
    }
    blocks
}

fn free_port() -> String {
    let listener = crate::ports::listener();
    listener.local_addr().expect("bound").port().to_string()
}

/// Writes the guide's files and gives its commands as one script that ends what it began.
fn prepare(folder: &Path) -> String {
    let (store, app) = (free_port(), free_port());
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n");
    for Block { info, text } in blocks(GUIDE) {
        let text = text.replace("7300", "{store}").replace("8080", &app).replace("{store}", &store);
        match info.split(' ').collect::<Vec<_>>().as_slice() {
            ["sh", "test"] => script.push_str(&text),
            [_, "test", name] => std::fs::write(folder.join(name), text).expect("written"),
            _ => {}
        }
    }
    script
}

fn run(folder: &Path, script: &str) -> Output {
    let here = Path::new(env!("CARGO_BIN_EXE_patchbay")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a PATH");
    Command::new("bash")
        .args(["-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", here.display()))
        .stdin(Stdio::null())
        .output()
        .expect("bash runs")
}

#[test]
fn every_command_of_the_guide_is_run_by_this_test() {
    for block in blocks(GUIDE) {
        let run = block.info == "sh test" || !block.info.starts_with("sh");
        assert!(run, "a command that nobody tries: {}", block.text);
    }
    let backend =
        blocks(GUIDE).into_iter().find(|block| block.info == "js test backend.mjs").expect("it is there");
    assert!(backend.text.lines().filter(|line| !line.is_empty()).count() <= 32, "some thirty lines, it says");
}

#[test]
fn the_guide_leads_from_an_empty_folder_to_an_embedded_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = prepare(folder.path());
    let output = run(folder.path(), &script);
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{told}");
    assert!(said.contains("<patchbay-store portal=\"acme\">"), "the page is served: {said}");
    // One session by hand and one by the backend, and they are two.
    let tokens: Vec<_> = said.split("\"token\":").skip(1).filter_map(|rest| rest.split('"').nth(1)).collect();
    let [by_hand, by_backend] = tokens.as_slice() else { panic!("two tokens in {said}") };
    assert!(by_hand.len() >= 40 && by_hand != by_backend, "{said}");
    let key = std::fs::read_to_string(folder.path().join("acme.key")).expect("the key is there");
    assert!(!said.contains(key.trim()) && !told.contains(key.trim()), "the key is told");
}
