//! Who runs this process, as the system says: for the audit log's lines of the command line.

use std::sync::LazyLock;

/// The user of the operating system, for example `ada`; with the one behind `sudo`, `root (sudo: ada)`.
pub fn system_user() -> &'static str {
    static USER: LazyLock<String> = LazyLock::new(|| {
        let name = name();
        match std::env::var("SUDO_USER").ok().filter(|by| is_name(by)) {
            Some(by) if by != name => format!("{name} (sudo: {by})"),
            _ => name,
        }
    });
    &USER
}

/// The name of the process's user; its number where no list of users has one. What the environment
/// says comes last, because anybody can set it.
fn name() -> String {
    let Some(id) = user_id() else {
        return std::env::var("USER")
            .ok()
            .filter(|name| is_name(name))
            .unwrap_or_else(|| "unknown".to_owned());
    };
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&users, id).map_or_else(|| format!("user {id}"), str::to_owned)
}

/// The name of a user in the system's list (passwd(5)).
fn named(users: &str, id: u32) -> Option<&str> {
    let mut entries = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let entry = entries.find(|entry| entry.get(2).and_then(|text| text.parse().ok()) == Some(id))?;
    entry.first().copied().filter(|name| is_name(name))
}

#[cfg(target_os = "linux")]
fn user_id() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;

    // The directory of a process belongs to its user (proc(5)).
    std::fs::metadata("/proc/self").ok().map(|found| found.uid())
}

#[cfg(not(target_os = "linux"))]
fn user_id() -> Option<u32> {
    None
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\nbad\n";
        assert_eq!((named(users, 1000), named(users, 7)), (Some("ada"), None));
        assert!(is_name("ada") && !is_name("") && !is_name("a\u{1b}[2J") && !is_name("a b"));
        assert!(!system_user().is_empty());
    }
}
