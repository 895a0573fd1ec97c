//! Words that have no place in our files, and the one that is spelled one way: QuickBooks.

use super::{Finding, is_ours};

/// Files that people read or that run; data and lock files are left out.
const TEXTS: &[&str] = &["rs", "md", "html", "css", "js", "toml", "sql"];

/// What is not finished is said in an issue; each entry is cut in two so that this file passes.
const UNFINISHED: &[(&str, &str)] = &[
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X"),
    ("coming ", "soon"),
    ("not imple", "mented"),
    ("to", "do!("),
    ("unimple", "mented!("),
];

/// Wrong spellings of the product's name, in halves for the same reason.
const MISSPELLED: &[(&str, &str)] =
    &[("Quick", "books"), ("Quick", " Books"), ("quick", " books"), ("quick", "Books"), ("QUICK", "BOOKS ")];

/// Checks one text.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    // The tasks' own rules and lists of wrong examples may say what they look for.
    if !TEXTS.contains(&extension) || path.starts_with("xtask/src/tidy/words.rs") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut add = |rule, advice: String| {
            findings.push(Finding { file: path.to_owned(), line: at + 1, rule, advice });
        };
        for (first, second) in UNFINISHED {
            let word = format!("{first}{second}");
            if stands_alone(line, &word) {
                add("unfinished", format!("`{word}`: finish it, or say it in an issue"));
            }
        }
        for (first, second) in MISSPELLED {
            if line.contains(&format!("{first}{second}")) {
                add("spelling", "the product is spelled QuickBooks".to_owned());
            }
        }
        if is_user_text(path) && lower_case_in_prose(line) {
            add("spelling", "the product is spelled QuickBooks".to_owned());
        }
    }
    findings
}

/// Whether a line has the word with no letter right beside it.
fn stands_alone(line: &str, word: &str) -> bool {
    let letter = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    line.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).map(|before| line.as_bytes()[before]);
        let after = line.as_bytes().get(at + word.len()).copied();
        !letter(before) && (word.ends_with('(') || !letter(after))
    })
}

fn is_user_text(path: &str) -> bool {
    path.starts_with("public/help/")
        || (path.starts_with("app/src/text") && is_ours(path, "rs"))
        || path.rsplit('.').next() == Some("html")
}

/// The name in lower case between blanks or before punctuation, which no id or path is.
fn lower_case_in_prose(line: &str) -> bool {
    let name = concat!("quick", "books");
    line.split_whitespace()
        .any(|word| word.trim_matches(|character: char| "\"'.,:;!?()".contains(character)) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        check(path, text).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn unfinished_work_is_found() {
        let text = format!("// {}{}: later\n", "TO", "DO");
        assert_eq!(rules("server/src/a.rs", &text), ["unfinished"]);
        assert_eq!(rules("docs/A.md", &format!("This is coming {}.", "soon")), ["unfinished"]);
        assert!(rules("server/src/a.rs", &format!("let {}{}S = 1;", "TO", "DO")).is_empty());
        assert!(rules("Cargo.lock", &text).is_empty());
    }

    #[test]
    fn the_product_is_spelled_one_way() {
        assert_eq!(rules("README.md", &format!("Connect {}{}.", "Quick", "books")), ["spelling"]);
        assert_eq!(rules("public/help/a.md", &format!("Open {}{} now.", "quick", "books")), ["spelling"]);
        assert!(rules("README.md", "Connect QuickBooks by quickbooks-online.").is_empty());
        assert!(rules("public/help/a.md", "[QuickBooks](/help/quickbooks-oauth2)").is_empty());
    }
}
