//! `__Host-attempt`: what binds attempts to the browser that began them. A short list, because
//! several may be under way; the newest first.

use axum::http::{HeaderMap, header};

use crate::store::attempts::PENDING;
use crate::vault::{Secret, digest};

const NAME: &str = "__Host-attempt";
/// As long as an attempt may take, in seconds.
const SECONDS: u64 = crate::connections::PATIENCE / 1000;

/// SHA-256 of each secret that this browser holds.
pub(in crate::http) fn hashes(headers: &HeaderMap) -> Vec<[u8; 32]> {
    held(headers).into_iter().map(digest).collect()
}

/// `Set-Cookie` with one more attempt.
pub(super) fn with(headers: &HeaderMap, new: &Secret) -> String {
    let mut list = new.lend(str::to_owned);
    for old in held(headers).into_iter().take(PENDING - 1) {
        list.push('.');
        list.push_str(old);
    }
    set(&list, SECONDS)
}

/// `Set-Cookie` without the attempt of this hash.
pub(in crate::http) fn without(headers: &HeaderMap, ended: &[u8; 32]) -> String {
    let mut rest = held(headers);
    rest.retain(|secret| digest(secret) != *ended);
    if rest.is_empty() { none() } else { set(&rest.join("."), SECONDS) }
}

/// `Set-Cookie` without any attempt.
pub(in crate::http) fn none() -> String {
    set("", 0)
}

fn set(value: &str, seconds: u64) -> String {
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// The secrets as sent; what has not the shape of one of ours is left out.
fn held(headers: &HeaderMap) -> Vec<&str> {
    let of_ours = |secret: &&str| {
        secret.len() == 43 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
        .flat_map(|list| list.split('.'))
        .filter(of_ours)
        .take(PENDING)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn sent(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, format!("a=b; {pair}; c=d").parse().unwrap())])
    }

    #[test]
    fn several_attempts_are_held_and_the_oldest_falls_out() {
        let clock = Clock::system();
        let secrets: Vec<Secret> = (0..=PENDING).map(|_| Secret::random(&clock)).collect();
        let mut headers = HeaderMap::new();
        for secret in &secrets {
            headers = sent(&with(&headers, secret));
        }
        let hashes = hashes(&headers);
        assert_eq!(hashes.len(), PENDING);
        assert_eq!(hashes[0], secrets[PENDING].digest());
        assert!(!hashes.contains(&secrets[0].digest()));
    }

    #[test]
    fn an_ended_attempt_leaves_the_list() {
        let clock = Clock::system();
        let (first, second) = (Secret::random(&clock), Secret::random(&clock));
        let headers = sent(&with(&sent(&with(&HeaderMap::new(), &first)), &second));
        let rest = sent(&without(&headers, &second.digest()));
        assert_eq!(hashes(&rest), [first.digest()]);
        assert!(
            without(&rest, &first.digest()).contains("=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
        );
    }

    #[test]
    fn what_is_not_ours_is_left_out() {
        assert!(hashes(&sent("__Host-attempt=abc.\"x\".; Path=/")).is_empty());
    }
}
