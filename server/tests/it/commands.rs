//! The operator's commands about portals: what they print, what they refuse in which words, and
//! that nothing is half done.

use std::os::unix::fs::PermissionsExt as _;

use crate::operator::Operator;

/// A folder with one portal in its database.
async fn operator() -> Operator {
    let operator = Operator::new();
    let add = ["portal", "add", "demo", "--name", "Demo Stock", "--return-url", "https://demo.example/"];
    let rest = ["--origin", "https://demo.example", "--key-file", "demo.key"];
    operator.does(&[&add[..], &rest[..]].concat()).await;
    operator
}

/// A word that stands at the beginning of a line of a table.
fn prefixes(table: &str) -> Vec<String> {
    let words = table.lines().filter_map(|line| line.split_whitespace().next());
    words.filter(|word| word.starts_with("pb_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_list_shows_portals_with_origins_and_keys() {
    let operator = operator().await;
    operator.does(&["portal", "add", "another", "--name", "Another", "--key-file", "another.key"]).await;
    let list = operator.does(&["portal", "list"]).await;
    let lines: Vec<_> = list.lines().map(str::trim_end).collect();
    assert_eq!((lines[0], lines[4]), ("another  Another", "demo  Demo Stock"), "{list}");
    assert_eq!((lines[5], lines[6]), ("  back to  https://demo.example/", "  origin   https://demo.example"));
    assert!(lines[7].contains("KEY") && lines[7].contains("LAST USED"), "{list}");
    assert!(lines[8].contains("sessions records read connections"), "{list}");
    assert!(lines[8].contains("never") && lines[8].ends_with('-'), "{list}");
    let key = std::fs::read_to_string(operator.path("demo.key")).expect("a key");
    assert!(lines[8].trim_start().starts_with(&key[..11]) && !list.contains(key.trim()), "{list}");
}

#[tokio::test]
async fn a_portal_is_added_whole_or_not_at_all() {
    let operator = operator().await;
    let add = |rest: &[&'static str]| [&["portal", "add"], rest].concat();
    for (rest, words) in [
        (
            ["demo", "--name", "Again", "--key-file", "again.key"].as_slice(),
            "there is a portal \"demo\" already",
        ),
        (&["a/b", "--name", "A", "--key-file", "again.key"], "cannot be a portal's id"),
        (&["a", "--name", " ", "--key-file", "again.key"], "name has 1 to 200 characters"),
        (&["a", "--name", "A", "--return-url", "javascript:1", "--key-file", "again.key"], "way back"),
        (&["a", "--name", "A", "--origin", "https://*.a.example", "--key-file", "again.key"], "wildcard"),
        (&["a", "--name", "A", "--origin", "http://a.example", "--key-file", "again.key"], "use https"),
        (&["a", "--name", "A", "--scopes", "all", "--key-file", "again.key"], "\"all\" is no scope"),
        (&["a", "--name", "A", "--key-file", "demo.key"], "Name a file that is not there"),
        (&["a", "--name", "A", "--key-file", "nowhere/a.key"], "cannot be written"),
    ] {
        let told = operator.cannot(&add(rest)).await;
        assert!(told.contains(words), "{told}");
        assert!(!operator.path("again.key").exists(), "no key is left behind: {told}");
    }
    let list = operator.does(&["portal", "list"]).await;
    assert!(list.starts_with("demo  Demo Stock\n") && prefixes(&list).len() == 1, "{list}");
    assert_eq!(operator.does(&["audit"]).await.lines().count(), 3, "the portal and its key");
}

#[tokio::test]
async fn a_portal_is_changed_only_in_what_is_named() {
    let operator = operator().await;
    let list = || operator.does(&["portal", "list"]);
    let before = list().await;
    operator.does(&["portal", "set", "demo", "--name", "Demo Trade"]).await;
    assert_eq!(list().await, before.replace("Demo Stock", "Demo Trade"));
    operator.does(&["portal", "set", "demo", "--return-url", "https://demo.example/shop"]).await;
    let changed = before.replace("Demo Stock", "Demo Trade").replace("example/\n", "example/shop\n");
    assert_eq!(list().await, changed);
    operator.does(&["portal", "set", "demo", "--name", "Demo Stock", "--no-return-url"]).await;
    assert_eq!(list().await, before.replace("  back to  https://demo.example/\n", ""));
    let told = operator.does(&["audit"]).await;
    operator.does(&["portal", "set", "demo", "--name", "Demo Stock"]).await;
    assert_eq!(operator.does(&["audit"]).await, told, "what was so before leaves no line");
}

#[tokio::test]
async fn a_change_of_a_portal_that_cannot_be_is_told_and_not_made() {
    let operator = operator().await;
    let list = || operator.does(&["portal", "list"]);
    let before = list().await;
    let set = |rest: &[&'static str]| [&["portal", "set"], rest].concat();
    for (rest, words) in [
        (["other", "--name", "A"].as_slice(), "there is no portal \"other\""),
        (&["demo", "--name", " "], "name has 1 to 200 characters"),
        (&["demo", "--name", "A", "--return-url", "https://demo.example"], "write \"https://demo.example/\""),
        (&["demo", "--name", "A", "--return-url", "http://demo.example/"], "use https"),
        (&["demo", "--return-url", "javascript:alert(1)"], "cannot be the way back"),
    ] {
        let told = operator.cannot(&set(rest)).await;
        assert!(told.contains(words), "{told}");
    }
    for rest in [["demo"].as_slice(), &["demo", "--return-url", "https://demo.example/", "--no-return-url"]] {
        assert_eq!(operator.tell(&set(rest)).await.code, Some(2), "{rest:?}");
    }
    assert_eq!(list().await, before);
}

#[tokio::test]
async fn origins_are_added_and_removed_one_by_one() {
    let operator = operator().await;
    let origins = |rest: &[&'static str]| [&["portal", "origins", "demo"], rest].concat();
    operator.does(&origins(&["add", "http://shop.localhost:7320"])).await;
    let list = operator.does(&origins(&["list"])).await;
    assert_eq!(list, "http://shop.localhost:7320\nhttps://demo.example\n");
    for (rest, words) in [
        (["add", "https://demo.example"], "has the origin https://demo.example already"),
        (["add", "https://demo.example/"], "write \"https://demo.example\""),
        (["add", "https://demo.example/shop"], "write \"https://demo.example\""),
        (["add", "https://*.example"], "wildcard"),
        (["add", "http://demo.example"], "use https"),
        (["add", "*"], "wildcard"),
        (["remove", "https://other.example"], "has no origin https://other.example"),
    ] {
        let told = operator.cannot(&origins(&rest)).await;
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(operator.does(&origins(&["list"])).await, list);
    operator.does(&origins(&["remove", "https://demo.example"])).await;
    assert_eq!(operator.does(&origins(&["list"])).await, "http://shop.localhost:7320\n");
    let told = operator.cannot(&["portal", "origins", "other", "list"]).await;
    assert!(told.contains("there is no portal \"other\""), "{told}");
}

#[tokio::test]
async fn keys_are_added_shown_and_revoked() {
    let operator = operator().await;
    let keys = |rest: &[&'static str]| [&["portal", "keys", "demo"], rest].concat();
    operator.does(&keys(&["add", "--scopes", "read,tokens", "--key-file", "tokens.key"])).await;
    let mode = std::fs::metadata(operator.path("tokens.key")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let table = operator.does(&keys(&["list"])).await;
    assert!(table.contains("read tokens"), "{table}");
    let prefix = prefixes(&table).pop().expect("two keys");
    let revoke = ["portal", "keys", "demo", "revoke", prefix.as_str()];
    operator.does(&revoke).await;
    let told = operator.cannot(&revoke).await;
    assert!(told.contains("that still opens anything"), "{told}");
    let table = operator.does(&keys(&["list"])).await;
    assert!(!table.lines().last().expect("a key").ends_with('-'), "it says when it was revoked: {table}");
    let told = operator.cannot(&keys(&["add", "--scopes", "", "--key-file", "none.key"])).await;
    assert!(told.contains("is no scope") && !operator.path("none.key").exists(), "{told}");
    let told = operator.cannot(&["portal", "keys", "other", "add", "--key-file", "none.key"]).await;
    assert!(told.contains("there is no portal \"other\"") && !operator.path("none.key").exists(), "{told}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_and_not_made() {
    let operator = Operator::new();
    for command in [["portal", "list"].as_slice(), &["audit"], &["portal", "remove", "demo", "--yes", "demo"]]
    {
        let told = operator.cannot(command).await;
        assert!(told.contains("there is no database p.db yet"), "{told}");
    }
    assert!(!operator.path("p.db").exists());
}

#[tokio::test]
async fn a_portal_has_fifty_origins_at_most() {
    let operator = Operator::new();
    let origins: Vec<_> = (0..=50).map(|shop| format!("https://shop-{shop}.example")).collect();
    let with = |count: usize| {
        let named = origins[..count].iter().flat_map(|origin| ["--origin", origin]);
        let add = ["portal", "add", "demo", "--name", "Demo", "--key-file", "demo.key"];
        add.into_iter().chain(named).collect::<Vec<_>>()
    };
    let told = operator.cannot(&with(51)).await;
    assert!(told.contains("at most 50 origins"), "{told}");
    operator.does(&with(50)).await;
    let list = operator.does(&["portal", "origins", "demo", "list"]).await;
    let told = operator.cannot(&["portal", "origins", "demo", "add", &origins[50]]).await;
    assert!(told.contains("at most 50 origins"), "{told}");
    assert_eq!(operator.does(&["portal", "origins", "demo", "list"]).await, list, "nothing was half done");
}
