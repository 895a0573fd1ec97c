//! Who may touch what: names that only certain rooms may say.

use super::Finding;
use super::source::Source;

/// A name and the rooms that may use it.
struct Rule {
    krate: &'static str,
    /// Names, matched as whole words or paths.
    names: &'static [&'static str],
    /// Where they are allowed: a path below the crate, a folder with `/` at its end, `!` before a
    /// path where they are not allowed (and are elsewhere), `*` for one folder.
    rooms: &'static [&'static str],
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        krate: "app",
        names: &["gloo_net"],
        rooms: &["src/socket"],
        reason: "the socket is the only door to the network",
    },
    Rule {
        krate: "app",
        names: &["web_sys", "js_sys", "wasm_bindgen"],
        rooms: &["src/browser", "src/main.rs"],
        reason: "`browser` wraps what can fail in Option and Result",
    },
    Rule {
        krate: "app",
        names: &["leptos", "reactive_graph", "any_spawner"],
        rooms: &["!src/model", "!src/socket", "!src/routes"],
        reason: "logic stays testable without a browser",
    },
    Rule {
        krate: "app",
        names: &["reactive_graph"],
        rooms: &["src/signals", "src/browser/dom", "src/pages/connect.rs", "src/pages/further.rs"],
        reason: "`signals` has one kind of handle, compiled once for all types",
    },
    Rule {
        krate: "app",
        names: &["ServerMessage", "ClientMessage"],
        rooms: &["src/model", "src/socket", "src/live"],
        reason: "pages and components read `Live`, wire types stop at the model",
    },
    Rule {
        krate: "app",
        names: &["use_context", "expect_context"],
        rooms: &["src/live", "src/pages"],
        reason: "components get what they show as arguments",
    },
    Rule {
        krate: "app",
        names: &["inner_html", "set_inner_html", "outer_html", "insert_adjacent_html"],
        rooms: &["src/pages/help"],
        reason: "text from outside never becomes markup",
    },
    Rule {
        krate: "server",
        names: &["axum"],
        rooms: &["src/lib.rs", "src/router", "src/state", "src/error", "src/http"],
        reason: "handlers translate, the rest knows no HTTP framework",
    },
    Rule {
        krate: "server",
        names: &["oauth2"],
        rooms: &["src/oauth"],
        reason: "`oauth` is the only room that speaks OAuth",
    },
    Rule {
        krate: "server",
        names: &["reqwest"],
        rooms: &[
            "src/oauth/exchange",
            "src/providers/client",
            "src/providers/*/client",
            "src/webhooks",
            "src/lib.rs",
        ],
        reason: "outgoing calls leave by a few doors with limits",
    },
    Rule {
        krate: "server",
        names: &["sqlx"],
        rooms: &["src/store"],
        reason: "`store` speaks in nouns and hides the engine",
    },
    Rule {
        krate: "server",
        names: &["std::env", "env::var", "env::vars", "env::var_os", "env::args"],
        rooms: &["src/config"],
        reason: "what is configured is read once, in `config`",
    },
    Rule {
        krate: "server",
        names: &["expose_secret", "ExposeSecret"],
        rooms: &["src/vault"],
        reason: "secrets are lent to a closure by the vault's one door",
    },
    Rule {
        krate: "server",
        names: &["SystemTime::now", "Instant::now", "now_utc", "getrandom", "OsRng", "thread_rng"],
        rooms: &["src/clock"],
        reason: "now and randomness are arguments; they come from `clock`",
    },
    Rule {
        krate: "server",
        names: &["tokio::spawn", "task::spawn", "JoinSet", "thread::spawn"],
        rooms: &["src/aside", "src/lib.rs", "src/live", "src/imports/runner", "src/webhooks", "src/oauth"],
        reason: "what runs by itself is started where somebody waits for it at shutdown",
    },
];

/// Finds names outside their rooms.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.krate == source.krate()) {
        if !source.inside().starts_with("src/") || allowed(rule.rooms, source.inside()) {
            continue;
        }
        for (line, code) in source.product() {
            for name in rule.names.iter().filter(|name| says(code, name)) {
                findings.push(Finding {
                    file: source.path.clone(),
                    line,
                    rule: "who may touch what",
                    advice: format!("`{name}` has no place here ({})", rule.reason),
                });
            }
        }
    }
    findings
}

fn allowed(rooms: &[&str], path: &str) -> bool {
    let (not, only): (Vec<&str>, Vec<&str>) = rooms.iter().partition(|room| room.starts_with('!'));
    let forbidden = not.iter().any(|room| is_in(path, &room[1..]));
    !forbidden && (only.is_empty() || only.iter().any(|room| is_in(path, room)))
}

/// Whether a file is the room, or lies in the folder of that name.
fn is_in(path: &str, room: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in room.split('/') {
        let Some(part) = parts.next() else {
            return false;
        };
        let same = wanted == "*" || part == wanted || part.strip_suffix(".rs") == Some(wanted);
        if !same {
            return false;
        }
    }
    true
}

/// Whether a line says a name as a whole word.
pub(super) fn says(code: &str, name: &str) -> bool {
    let of_a_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    code.match_indices(name).any(|(at, _)| {
        let before = at.checked_sub(1).map(|before| code.as_bytes()[before]);
        let after = code.as_bytes().get(at + name.len()).copied();
        !before.is_some_and(of_a_word) && !after.is_some_and(of_a_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Source::read(path, text)).len()
    }

    #[test]
    fn a_name_outside_its_room_is_found() {
        assert_eq!(findings("server/src/connections.rs", "use sqlx::Row;"), 1);
        assert_eq!(findings("server/src/store/tokens.rs", "use sqlx::Row;"), 0);
        assert_eq!(findings("server/src/store.rs", "use sqlx::Row;"), 0);
        assert_eq!(findings("sandbox/src/lib.rs", "use axum::Router;"), 0);
    }

    #[test]
    fn prose_strings_tests_and_longer_words_are_no_use() {
        let path = "server/src/connections.rs";
        assert_eq!(findings(path, "// sqlx stays in store\nlet a = \"sqlx\";"), 0);
        assert_eq!(findings(path, "let my_sqlx = 1; let sqlx2 = 2;"), 0);
        assert_eq!(findings(path, "#[cfg(test)]\nmod tests {\n    use sqlx::Row;\n}"), 0);
        assert_eq!(findings("server/tests/api.rs", "use sqlx::Row;"), 0);
    }

    #[test]
    fn the_model_knows_no_leptos() {
        assert_eq!(findings("app/src/model/tray.rs", "use any_spawner::Executor;"), 1);
        assert_eq!(findings("app/src/routes.rs", "use leptos::prelude::*;"), 1);
        assert_eq!(findings("app/src/components/tile.rs", "use any_spawner::Executor;"), 0);
        assert_eq!(findings("app/src/components/tile.rs", "use reactive_graph::owner::Owner;"), 1);
        assert_eq!(findings("app/src/signals/stored.rs", "use reactive_graph::owner::Owner;"), 0);
    }

    #[test]
    fn a_star_stands_for_one_folder() {
        assert_eq!(findings("server/src/providers/quickbooks/client.rs", "reqwest::get(a)"), 0);
        assert_eq!(findings("server/src/providers/quickbooks/lists.rs", "reqwest::get(a)"), 1);
    }

    #[test]
    fn time_comes_from_the_clock() {
        assert_eq!(findings("server/src/imports/pace.rs", "let a = Instant::now();"), 1);
        assert_eq!(findings("server/src/clock.rs", "let a = Instant::now();"), 0);
    }
}
