//! What the documents say of the tests is so.

use std::collections::BTreeSet;
use std::path::Path;

/// Every `AB-12` of a text.
fn ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let is_id = |word: &&str| {
        let bytes = word.as_bytes();
        bytes.len() == 5
            && bytes[..2].iter().all(u8::is_ascii_uppercase)
            && bytes[2] == b'-'
            && bytes[3..].iter().all(u8::is_ascii_digit)
    };
    words.filter(is_id).map(str::to_owned).collect()
}

/// The lines of all Rust sources that begin a function.
fn functions(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !matches!(name, "target" | "node_modules" | "dist") && !name.starts_with('.') {
            functions(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            found.extend(text.lines().filter(|line| line.contains("fn ")).map(|line| format!("{line}\n")));
        }
    }
}

#[test]
fn every_test_that_the_security_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = String::new();
    functions(root, &mut found);
    let document = std::fs::read_to_string(root.join("docs/SECURITY.md")).expect("the document");
    let named = ids(&document);
    assert!(named.len() > 30, "the threats name their tests: {named:?}");
    let missing: Vec<_> = named
        .iter()
        .filter(|id| {
            let begins = format!("{}_", id.to_lowercase().replace('-', "_"));
            !found.contains(&format!("fn {begins}")) && !found.contains(&format!("_{begins}"))
        })
        .collect();
    assert!(missing.is_empty(), "docs/SECURITY.md names tests that are nowhere: {missing:?}");
}

#[test]
fn an_id_has_two_letters_and_two_digits() {
    let found = ids("SE-05, (WS-12) RFC 9112 XChaCha20-Poly1305 SHA-256 OA-1 se-05 OA-18/OA-19.");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["OA-18", "OA-19", "SE-05", "WS-12"]);
}
