//! The cards of the page, one for each kind of switch.

use serde::Serialize;
use serde_json::Value;

use super::parts::{Field, actions, attribute, card, choice, note, number, text};
use crate::{
    Pkce, Rotation,
    state::{Play, Settings, held},
};

const REFUSED: &[(&str, &str)] = &[("refused", "Refused"), ("ends_grant", "Ends the grant")];

/// Where the sandbox is and who may use it.
pub(super) fn about(play: &Play) -> String {
    let apps: Vec<_> = play.clients.iter().map(|client| text(&client.name)).collect();
    let place = play.public_url.as_deref().map(|url| format!("<strong>{}</strong>, ", text(url)));
    format!(
        r#"<p class="about">{}played for {} · <a href="/sandbox/ledger">Ledger</a> · <a href="/sandbox/control">Switches as JSON</a> · <a href="/.well-known/openid_sandbox_configuration">Discovery</a></p>"#,
        place.unwrap_or_default(),
        apps.join(", ")
    )
}

/// What time it is, and later.
pub(super) fn clock(play: &Play) -> String {
    let jumps =
        [(3600, "+ 1 hour"), (86_400, "+ 24 hours"), (8_640_000, "+ 100 days"), (157_680_000, "+ 5 years")];
    let jumps = jumps.map(|(seconds, name): (u64, _)| (seconds.to_string(), name.to_owned()));
    let stamp = play.clock.stamp();
    let (date, time) = stamp.split_once('T').unwrap_or((&stamp, ""));
    let body = format!(
        r#"<p class="now" id="now"><time datetime="{}">{date} <strong>{}</strong></time> <span class="note">{}</span></p>
{}
{}"#,
        attribute(&stamp),
        time.get(..8).unwrap_or(time),
        ahead(play.clock.ahead_seconds()),
        actions("clock", "advance_seconds", &jumps),
        Field { key: "advance_seconds", label: "Seconds", button: "Jump", input: number(60) }.on("clock"),
    );
    card("clock", "Clock", &body)
}

fn ahead(seconds: i64) -> String {
    let (days, hours, rest) = (seconds / 86_400, seconds / 3600 % 24, seconds % 3600);
    match (days, hours, rest) {
        (0, 0, 0) => "Pacific time; it only goes forward".to_owned(),
        (0, 0, _) => format!("Pacific time, {rest} s ahead"),
        _ => format!("Pacific time, {days} d {hours} h ahead"),
    }
}

/// Companies, and how many grants live in each.
pub(super) fn connections(play: &Play) -> String {
    let living = held(&play.grants).living(play.clock.now());
    let row = |realm: &str, name: &str| {
        let count = living.get(realm).copied().unwrap_or_default();
        format!(
            r#"<li><span><strong>{}</strong><br><span class="note">{} · {count} {}</span></span>{}</li>"#,
            text(name),
            text(realm),
            if count == 1 { "grant" } else { "grants" },
            actions("connections", "disconnect", &[(realm.to_owned(), "Disconnect".to_owned())])
        )
    };
    let rows: Vec<String> =
        play.companies.all().iter().map(|company| row(&company.realm, &company.name)).collect();
    let body = format!(
        r#"{}<ul class="rows">{}</ul>
<div class="side-by-side">{}{}</div>"#,
        note("As if somebody had disconnected the app inside QuickBooks."),
        rows.join(""),
        actions("connections", "disconnect", &[("*".to_owned(), "Disconnect all".to_owned())]),
        actions(
            "connections",
            "expire_access_tokens",
            &[("true".to_owned(), "Expire access tokens".to_owned())]
        ),
    );
    card("connections", "Connections", &body)
}

/// How refresh tokens change, and what comes of old ones.
pub(super) fn refresh_tokens(settings: &Settings) -> String {
    let policy = settings.policy;
    let rotations = [("intuit", "Intuit"), ("grace", "Grace"), ("strict", "Strict")];
    let description = settings.refresh_error_description.as_deref().unwrap_or_default();
    let old = match policy.rotation {
        Rotation::Strict => "An old one, used again (other than in Strict)",
        Rotation::Intuit | Rotation::Grace => "An old one, used again",
    };
    let body = [
        choice("refresh", "Rotation", "rotation", &word(policy.rotation), &rotations),
        note(match policy.rotation {
            Rotation::Intuit => "The value stays for 24 hours, then changes, and the old one is dead at once.",
            Rotation::Grace => "A new value each time; the old one works a little longer.",
            Rotation::Strict => "A new value each time; using an old one ends the grant.",
        }),
        choice("refresh", old, "refresh_replay", &word(policy.refresh_replay), REFUSED),
        choice("refresh", "A code, used again", "code_replay", &word(policy.code_replay), REFUSED),
        Field {
            key: "grace_seconds",
            label: "Grace in seconds",
            button: "Set",
            input: number(policy.grace.as_secs()),
        }
        .on("refresh"),
        r#"<datalist id="descriptions"><option value="Incorrect or invalid refresh token"><option value="Token invalid"></datalist>"#.to_owned(),
        Field {
            key: "refresh_error_description",
            label: "Words of a refusal",
            button: "Set",
            input: format!(
                r#"type="text" list="descriptions" placeholder="none, as mostly at Intuit" value="{}""#,
                attribute(description)
            ),
        }
        .on("refresh"),
    ];
    card("refresh", "Refresh tokens", &body.join("\n"))
}

/// What an app meets before it has tokens.
pub(super) fn sign_in(settings: &Settings) -> String {
    let policy = settings.policy;
    let pkce = [("ignored", "Ignored"), ("checked", "Checked"), ("required", "Required")];
    let iss = [("false", "Absent"), ("true", "Sent")];
    let body = [
        choice("signin", "PKCE", "pkce", &word(policy.pkce), &pkce),
        note(match policy.pkce {
            Pkce::Ignored => "A challenge changes nothing.",
            Pkce::Checked => "A challenge has to be met when it was sent.",
            Pkce::Required => "Nothing goes without a challenge, and discovery says so.",
        }),
        choice(
            "signin",
            "<code>iss</code> on the callback",
            "iss_on_callback",
            &settings.iss_on_callback.to_string(),
            &iss,
        ),
        Field {
            key: "code_seconds",
            label: "A code lives, in seconds",
            button: "Set",
            input: number(policy.code_seconds),
        }
        .on("signin"),
        Field {
            key: "access_token_seconds",
            label: "An access token lives, in seconds",
            button: "Set",
            input: number(policy.access_seconds),
        }
        .on("signin"),
    ];
    card("signin", "Sign-in", &body.join("\n"))
}

/// How long answers take.
pub(super) fn traffic(play: &Play, settings: &Settings) -> String {
    let paused = play.paused.borrow().to_string();
    let hold = play.holding.borrow().clone().unwrap_or_default();
    let latency = u64::try_from(settings.latency.as_millis()).unwrap_or(u64::MAX);
    let body = [
        choice(
            "traffic",
            "Pages of queries",
            "pause_queries",
            &paused,
            &[("false", "Go on"), ("true", "Wait")],
        ),
        Field {
            key: "latency_ms",
            label: "Each takes, in milliseconds",
            button: "Set",
            input: number(latency),
        }
        .on("traffic"),
        Field {
            key: "hold",
            label: "Hold every path with this in it",
            button: "Set",
            input: format!(
                r#"type="text" list="routes" placeholder="none; empty lets go" value="{}""#,
                attribute(&hold)
            ),
        }
        .on("traffic"),
    ];
    card("traffic", "Pace", &body.join("\n"))
}

/// The word that a switch has in JSON and in forms.
pub(super) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}
