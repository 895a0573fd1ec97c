//! Lines that do not fit: each is told by its number in a clear word, and the others are kept.

use serde_json::{Value, json};

use super::{counts, kept, line, outcome, start};

/// Line number, code and words of every line that was told.
fn told(outcome: &Value) -> Vec<(u64, &str, &str)> {
    let errors = outcome["errors"].as_array().expect("errors").iter();
    errors.map(one).collect()
}

fn one(error: &Value) -> (u64, &str, &str) {
    let number = error["line"].as_u64().expect("a number");
    (number, error["code"].as_str().expect("a code"), error["problem"].as_str().expect("words"))
}

#[tokio::test]
async fn in_01_lines_that_do_not_fit_are_told_and_leave_the_others() {
    let world = start().await;
    let long = format!("{{\"id\":\"9\",\"name\":\"{}\"}}\n", "x".repeat(65_536));
    let mut body = Vec::new();
    for part in [
        line(1).as_bytes(),
        b"nonsense\n",
        b"\xff\xfe{}\n",
        long.as_bytes(),
        b"{\"id\":\"2\"}\n",
        b"{\"id\":\"3\",\"name\":\"C\",\"shoe_size\":44}\n",
        b"[\"4\",\"D\"]\n",
        b"{\"id\":\"5\",\"name\":\"E\",\"rate\":2000}\n",
        b"{\"id\":\"6\",\"name\":\"F\"",
    ] {
        body.extend_from_slice(part);
    }
    let outcome = outcome(&world, "customer", body).await;
    assert_eq!(counts(&outcome), [1, 0, 0, 0, 8, 0]);
    let told = told(&outcome);
    let codes: Vec<_> = told.iter().map(|(line, code, _)| (*line, *code)).collect();
    let wanted = [
        (2, "not_json"),
        (3, "not_utf8"),
        (4, "too_long"),
        (5, "invalid"),
        (6, "invalid"),
        (7, "invalid"),
        (8, "invalid"),
        (9, "not_json"),
    ];
    assert_eq!(codes, wanted, "{told:?}");
    for (place, words) in [
        (1, "it is not UTF-8 from byte 1 on"),
        (2, "it is longer than 64 KiB"),
        (3, "missing field `name`"),
        (4, "unknown field `shoe_size`"),
        (6, "rate is of taxes"),
    ] {
        assert!(told[place].2.starts_with(words), "{words}: {told:?}");
    }
    assert!(told.iter().all(|(.., words)| !words.contains("at line")), "{told:?}");
    assert_eq!(kept(&world, "customers").await, ["1"]);
}

#[tokio::test]
async fn in_02_numbers_that_are_none_of_ours_are_refused_and_not_rounded() {
    let world = start().await;
    let digits = "9".repeat(10_000);
    for rate in ["9223372036854775808", "1e309", "-0", "17.5", "1e3", "\"NaN\"", "NaN", "\"2000\"", &digits] {
        let body = format!("{{\"id\":\"1\",\"name\":\"A\",\"rate\":{rate}}}");
        let outcome = outcome(&world, "tax", body).await;
        assert_eq!(counts(&outcome), [0, 0, 0, 0, 1, 0], "{}", &rate[..rate.len().min(20)]);
    }
    for rate in ["0", "-100000", "100000", "null"] {
        let body = format!("{{\"id\":\"{rate}\",\"name\":\"A\",\"rate\":{rate}}}");
        assert_eq!(counts(&outcome(&world, "tax", body).await), [1, 0, 0, 0, 0, 0], "{rate}");
    }
}

#[tokio::test]
async fn in_03_hostile_names_are_kept_as_they_are_or_refused_by_a_word() {
    let world = start().await;
    let twins =
        ["Zo\u{eb}", "Zoe\u{308}", "\u{202e}evil", "a\u{200d}b", "\u{1f469}\u{200d}\u{1f680}", "\u{feff}x"];
    let body = twins.map(|name| format!("{}\n", json!({ "id": name, "name": name }))).concat();
    assert_eq!(counts(&outcome(&world, "customer", body.clone()).await), [6, 0, 0, 0, 0, 0], "twins are two");
    assert_eq!(counts(&outcome(&world, "customer", body).await), [0, 0, 6, 0, 0, 0]);
    let mut ids = kept(&world, "customers").await;
    let mut wanted = twins.map(str::to_owned).to_vec();
    ids.sort();
    wanted.sort();
    assert_eq!(ids, wanted);
    for (name, code) in [("a\\u0000b", "invalid"), ("\\ud800", "not_json"), ("a\u{0}b", "not_json")] {
        let outcome = outcome(&world, "customer", format!("{{\"id\":\"7\",\"name\":\"{name}\"}}")).await;
        assert_eq!(told(&outcome)[0].1, code, "{name}: {outcome}");
    }
    let megabyte = format!("{{\"id\":\"8\",\"name\":\"{}\"}}\n{}", "x".repeat(1_000_000), line(9));
    let outcome = outcome(&world, "customer", megabyte).await;
    assert_eq!((counts(&outcome), told(&outcome)[0].1), ([1, 0, 0, 0, 1, 0], "too_long"));
}

#[tokio::test]
async fn of_many_lines_that_do_not_fit_the_first_are_told_and_all_are_counted() {
    let world = start().await;
    let unknown = "u".repeat(60_000);
    let bad = format!("{{\"{unknown}\":1}}\n").repeat(250);
    let outcome = outcome(&world, "customer", format!("{bad}{}", line(1))).await;
    assert_eq!(counts(&outcome), [1, 0, 0, 0, 250, 0]);
    assert_eq!(told(&outcome).len(), 100);
    assert!(outcome.to_string().len() < 40_000, "an answer does not repeat what was sent");
}
