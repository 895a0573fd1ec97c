//! `patchbay legacy`: what an operator loads from files, and reads of the campaign, while the proxy runs.

use std::os::unix::fs::PermissionsExt as _;

use protocol::store::ConnectionState;
use sandbox::{UK_COMPANY, UK_REALM};
use serde_json::{Value, json};

use crate::legacy::{line, old_quick};
use crate::operator::Operator;
use crate::tokens::eventually;

const HEADING: &str =
    "tenant,company_id,company_name,deadline,configuration,mappings,oauth_token,oauth_token_secret\n";

fn write(operator: &Operator, name: &str, text: &str, mode: u32) {
    std::fs::write(operator.path(name), text).expect("written");
    std::fs::set_permissions(operator.path(name), std::fs::Permissions::from_mode(mode)).expect("set");
}

async fn operator() -> Operator {
    let operator = Operator::new();
    operator.does(&["portal", "add", "demo", "--name", "Demo Stock", "--key-file", "demo.key"]).await;
    operator
}

#[tokio::test]
async fn a_spreadsheet_is_loaded_and_its_wrong_lines_are_told() {
    let operator = operator().await;
    let good = "acme,9341453199999002,\"Harbourside, Ltd\",2027-01-31,\"{\"\"account-sales\"\":\"\"1\"\"}\",\
                \"[{\"\"kind\"\":\"\"customers\"\",\"\"source\"\":\"\"1\"\",\"\"target\"\":\"\"5\"\"}]\",,\n";
    write(&operator, "old.csv", &format!("{HEADING}{good}bolt,12,Bolt,soon,,,,\ncafe,1\n"), 0o644);
    let import = ["legacy", "import", "old.csv", "--portal", "demo"];
    let dry = operator.tell(&[&import[..], &["--dry-run"]].concat()).await;
    assert_eq!(dry.code, Some(1));
    let lines: Vec<_> = dry.out.lines().collect();
    assert_eq!(
        lines[0],
        "Nothing was taken. What would be: 3 lines: 1 loaded, 0 changed, 0 as before, 0 left alone, 2 wrong."
    );
    assert!(
        lines[1].starts_with("line 3: company_id \"12\" must be 10 to 19 digits; deadline \"soon\""),
        "{}",
        dry.out
    );
    assert_eq!(lines[2], "line 4: it has 2 cells, and the heading 8");
    assert!(dry.err.contains("2 lines could not be taken"), "{}", dry.err);
    let nothing = operator.tell(&[&import[..], &["--all-or-nothing"]].concat()).await;
    assert!(nothing.out.starts_with("Nothing was taken."), "{}", nothing.out);
    assert!(operator.does(&["legacy", "status"]).await.starts_with("No connection under OAuth 1.0"));
    let taken = operator.tell(&import).await;
    assert!(taken.out.starts_with("3 lines: 1 loaded,"), "{}", taken.out);
    write(&operator, "old.csv", &format!("{HEADING}{good}"), 0o644);
    assert_eq!(
        operator.does(&import).await,
        "1 lines: 0 loaded, 0 changed, 1 as before, 0 left alone, 0 wrong.\n"
    );
    let audit = operator.does(&["audit"]).await;
    assert!(audit.contains("legacy.loaded") && audit.contains("acme"), "{audit}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_and_one_with_credentials_has_to_be_private() {
    let operator = operator().await;
    write(&operator, "old.txt", "{}", 0o644);
    write(&operator, "bad.csv", "tenant,company\n", 0o644);
    write(&operator, "open.csv", &format!("{HEADING}acme,9341453199999002,H,,,,t0ken,s3cret\n"), 0o644);
    for (arguments, words) in [
        (["legacy", "import", "gone.csv"].as_slice(), "gone.csv cannot be read"),
        (&["legacy", "import", "old.txt"], "say --format csv or --format ndjson"),
        (&["legacy", "import", "bad.csv"], "the heading has no column company_id"),
        (
            &["legacy", "import", "open.csv", "--portal", "demo"],
            "can be read by others. Run: chmod 600 open.csv",
        ),
    ] {
        let told = operator.cannot(arguments).await;
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("s3cret") && !told.contains("t0ken"), "{told}");
    }
    write(&operator, "open.csv", &format!("{HEADING}acme,9341453199999002,H,,,,t0ken,s3cret\n"), 0o600);
    operator.does(&["legacy", "import", "open.csv", "--portal", "demo"]).await;
    let folder: Vec<u8> = ["p.db", "p.db-wal"]
        .iter()
        .flat_map(|name| std::fs::read(operator.path(name)).unwrap_or_default())
        .collect();
    for secret in [b"t0ken".as_slice(), b"s3cret"] {
        assert!(!folder.windows(secret.len()).any(|window| window == secret), "it lies sealed");
    }
}

#[tokio::test]
async fn a_line_without_a_portal_or_with_another_one_is_told() {
    let operator = operator().await;
    let lines = [
        line("acme"),
        json!({ "portal": "nobody", "tenant": "b", "company_id": UK_REALM, "company_name": "B" }),
    ];
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    write(&operator, "old.ndjson", &text.join("\n"), 0o644);
    let told = operator.tell(&["legacy", "import", "old.ndjson"]).await;
    assert!(told.out.contains("line 1: portal is missing; say it here, or with --portal"), "{}", told.out);
    assert!(told.out.contains("line 2: there is no portal \"nobody\""), "{}", told.out);
    let told = operator.tell(&["legacy", "import", "old.ndjson", "--portal", "demo"]).await;
    assert!(
        told.out.contains("1 loaded") && told.out.contains("line 2: portal \"nobody\" is not the one"),
        "{}",
        told.out
    );
}

#[tokio::test]
async fn a_running_proxy_shows_what_was_loaded_and_the_operator_sees_it_move() {
    let quick = old_quick().await;
    let ann = quick.ann().await;
    let operator = Operator::of(&quick.world);
    let mut second = line("bolt");
    second["company_id"] = json!("1234567890");
    second["deadline"] = json!("2020-01-01");
    write(&operator, "old.jsonl", &format!("{}\n{second}\n", line("acme")), 0o644);
    let mut socket = quick.world.socket(&ann).await;
    operator.does(&["legacy", "import", "old.jsonl", "--portal", "demo"]).await;
    socket
        .until(|message| match message {
            protocol::message::ServerMessage::Connection(now) => {
                matches!(now.state, ConnectionState::Legacy { .. }).then_some(())
            }
            _ => None,
        })
        .await;
    quick.connect(&ann, UK_COMPANY).await;
    let table = operator.does(&["legacy", "status"]).await;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(
        rows[0],
        ["PORTAL", "LOADED", "OUTSTANDING", "LATE", "BY VISITOR", "BY ITSELF", "SWITCHED OFF", "FAILED"]
    );
    assert_eq!(rows[1], ["demo", "2", "1", "1", "1", "0", "0", "-"], "{table}");
    let text = operator.does(&["legacy", "status", "--json", "--portal", "demo"]).await;
    let standing: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&standing[0]["loaded"], &standing[0]["past_deadline"]), (&json!(2), &json!(1)));
    assert_eq!(operator.does(&["legacy", "status", "--json", "--portal", "none"]).await, "[]\n");
    assert_eq!(
        operator.does(&["legacy", "retry"]).await,
        "0 connections will be tried again within a minute.\n"
    );
    eventually(async || quick.view(&ann).await.state != ConnectionState::Importing).await;
}
