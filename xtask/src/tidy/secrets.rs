//! No secret is committed (SM-03): what looks like a credential of a kind that we know, in whatever
//! file, and what looks like chance in a file of settings.

use super::Finding;

const RULE: &str = "no secret in the repository";
/// Files whose long strings are checksums by nature.
const CHECKSUMS: &[&str] = &["Cargo.lock", "package-lock.json"];
/// Files of settings: a long string of chance in one of them is a key of something.
const SETTINGS: &[&str] = &["toml", "json", "yml", "yaml", "ini", "env", "conf", "cfg", "properties"];
/// Keys that are meant to be known, because nobody relies on them: the played QuickBooks signs by this one.
const PUBLISHED: &[&str] = &["sandbox/src/quickbooks/identity/signing_key.pem"];
/// A shorter string says too little about where it comes from.
const LONG: usize = 32;

/// What is wrong with this file.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let file = path.rsplit('/').next().unwrap_or_default();
    if CHECKSUMS.contains(&file) || PUBLISHED.contains(&path) {
        return Vec::new();
    }
    // What was made up to be read as data holds ids of every length.
    let data = path.contains("/data/");
    let named = SETTINGS.iter().any(|ending| file.ends_with(&format!(".{ending}")));
    let settings = !data && (named || file.starts_with(".env"));
    let lines = text.lines().zip(1..).filter_map(|(line, at)| Some((at, found(line, settings)?)));
    let finding = |(line, what)| Finding {
        file: path.to_owned(),
        line,
        rule: RULE,
        advice: format!("this looks like {what}; take it out, and end it where it was issued"),
    };
    lines.map(finding).collect()
}

/// What a line holds, if it holds a secret.
fn found(line: &str, settings: bool) -> Option<&'static str> {
    if line.contains(concat!("-----BEG", "IN ")) && line.contains(concat!("PRIV", "ATE KEY-----")) {
        return Some("a private key");
    }
    let lower = line.to_lowercase();
    let named = settings && ["secret", "password"].iter().any(|name| lower.contains(name));
    words(line)
        .find_map(|word| credential(word).or_else(|| (settings && chance(word, named)).then_some("a key")))
}

/// Runs of what credentials are written in.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let part = |character: char| character.is_ascii_alphanumeric() || "_-+/.".contains(character);
    line.split(move |character| !part(character)).filter(|word| word.len() >= 20)
}

fn credential(word: &str) -> Option<&'static str> {
    let alphanumeric = |text: &str, least: usize| {
        text.len() >= least && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && bits(text) > 3.0
    };
    let after = |prefix: &str| word.strip_prefix(prefix);
    if after("AB11").is_some_and(|rest| alphanumeric(rest, 36)) {
        return Some("a token of Intuit's");
    }
    if after("RT1-").is_some_and(|rest| rest.contains("-H0-") && rest.len() >= 24) {
        return Some("a refresh token of Intuit's");
    }
    if after("eyJ").is_some_and(|rest| rest.matches('.').count() >= 2 && rest.len() >= 60 && bits(rest) > 4.0)
    {
        return Some("a signed or sealed token");
    }
    if after("pb_").is_some_and(|rest| rest.len() >= 50 && bits(rest) > 4.0) {
        return Some("an API key of a portal");
    }
    let known = [("AKIA", 16), ("ghp_", 36), ("github_pat_", 40), ("xoxb-", 30), ("sk_live_", 20)];
    let issued = known
        .into_iter()
        .any(|(prefix, least)| after(prefix).is_some_and(|rest| rest.len() >= least && bits(rest) > 3.0));
    issued.then_some("a credential of a service")
}

/// Whether a string of a file of settings looks like chance: Intuit's client secrets are 40 letters and
/// digits. A hash that pins something says what it is.
fn chance(word: &str, named: bool) -> bool {
    let pinned = ["sha256-", "sha384-", "sha512-"].iter().any(|prefix| word.starts_with(prefix));
    let text = word.trim_end_matches('=');
    let path = text.contains('/') && text.split('/').all(|part| part.len() < LONG);
    let mixed =
        text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let least = if named { 20 } else { LONG };
    let needed = if text.bytes().all(|byte| byte.is_ascii_hexdigit()) { 3.2 } else { 4.2 };
    let needed = if named { needed - 0.6 } else { needed };
    text.len() >= least && mixed && !pinned && !path && !text.contains('.') && bits(text) > needed
}

/// How much each character of a text tells, in bits (Shannon's entropy).
#[expect(clippy::cast_precision_loss, reason = "lengths of words are far below 2^52")]
fn bits(text: &str) -> f64 {
    let length = text.len() as f64;
    let mut counts = [0_usize; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let share = |count: &usize| *count as f64 / length;
    let shares = counts.iter().filter(|count| **count > 0).map(share);
    shares.map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made here, so that this file holds none: the same each time, and as good as chance.
    fn made(length: usize, alphabet: &str) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut state = 88_172_645_463_325_252_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            letters[usize::try_from(state % letters.len() as u64).unwrap_or_default()]
        };
        (0..length).map(|_| next()).collect()
    }

    const ALL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    #[test]
    fn sm_03_every_kind_of_secret_is_found() {
        let (short, long) = (made(20, "0123456789abcdef"), made(90, ALL));
        for (file, line) in [
            ("a.pem", ["-----BEG", "IN EC PRIV", "ATE KEY-----"].concat()),
            ("docs/A.md", format!("curl -d refresh_token={}{}", "AB11", made(46, ALL))),
            ("server/src/a.rs", format!("let token = \"{}-64-H0-{short}\";", "RT1")),
            ("a.log", format!("Bearer {}{}.{long}.{long}", "ey", "J9")),
            ("notes.txt", format!("key {}_1a2b3c4d_{}", "pb", made(43, ALL))),
            ("patchbay.toml", format!("client_secret = \"{}\"", made(40, ALL))),
            (".env", format!("SESSION_SECRET={}", made(24, ALL))),
            ("settings.json", format!("\"hash\": \"{}\"", made(64, "0123456789abcdef"))),
            ("a.sh", format!("export K={}{}", "AKIA", made(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))),
        ] {
            let found = check(file, &format!("first line\n{line}\n"));
            assert_eq!(found.len(), 1, "{file}: {line}");
            assert_eq!((found[0].line, found[0].rule), (2, RULE));
            assert!(!found[0].advice.contains(&short), "a finding tells no secret");
        }
    }

    #[test]
    fn sm_03_what_only_looks_long_is_left_alone() {
        for (file, line) in [
            ("README.md", "client_id = \"ABxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"".to_owned()),
            ("Cargo.lock", format!("checksum = \"{}\"", made(64, "0123456789abcdef"))),
            ("index.html", format!("integrity=\"sha256-{}=\"", made(43, ALL))),
            ("a.json", format!("\"integrity\": \"sha512-{}==\"", made(86, ALL))),
            (
                "Cargo.toml",
                "client_secret_file = \"/etc/patchbay/intuit-production-client.secret\"".to_owned(),
            ),
            ("docs/A.md", "pb_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
            ("a.rs", "fn rf_05_an_answer_lost_after_the_work_ends_as_the_rotation_has_it() {".to_owned()),
        ] {
            assert_eq!(check(file, &line), Vec::new(), "{file}: {line}");
        }
    }
}
