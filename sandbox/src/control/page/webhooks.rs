//! The card of webhooks: where each app's go, what they look like, and what became of the latest.

use super::{
    cards::word,
    parts::{Field, attribute, card, choice, note, number, text},
};
use crate::{
    Delivery,
    state::{Play, Settings, held},
};

/// How many deliveries are shown.
const LATEST: usize = 8;

/// The whole card.
pub(super) fn card_of(play: &Play, settings: &Settings) -> String {
    let formats = [("cloudevents", "CloudEvents"), ("legacy", "eventNotifications")];
    let gather = u64::try_from(settings.webhook_gather.as_millis()).unwrap_or(u64::MAX);
    let body = [
        note(
            "Every change in the books is told to the apps that were let at them, signed with the verifier token.",
        ),
        endpoints(play),
        choice("webhooks", "Format", "webhook_format", &word(settings.webhook_format), &formats),
        Field {
            key: "webhook_gather_ms",
            label: "Changes are gathered for, in milliseconds",
            button: "Set",
            input: number(gather),
        }
        .on("webhooks"),
        latest(play),
    ];
    card("webhooks", "Webhooks", &body.join("\n"))
}

fn endpoints(play: &Play) -> String {
    let desk = held(&play.desk);
    let shown = desk.endpoints().map(|(client, endpoint)| {
        let state = if endpoint.disabled { "disabled after a day of failures" } else { "called" };
        let (client, url) = (text(client), text(&endpoint.to.url));
        format!(
            r#"<li><span><strong>{url}</strong><br><span class="note">{client} · {state}</span></span></li>"#
        )
    });
    let shown: String = shown.collect();
    let option = |client: &crate::Client| {
        format!(r#"<option value="{}">{}</option>"#, attribute(&client.id), text(&client.name))
    };
    let apps: String = play.clients.iter().map(option).collect();
    format!(
        r#"<ul class="rows">{shown}</ul>
<form class="grid" method="post" action="/sandbox/webhooks">
<div class="wide"><label for="webhooks-client">App</label><select id="webhooks-client" name="client">{apps}</select></div>
<div class="wide"><label for="webhooks-url">Endpoint; empty for none</label><input id="webhooks-url" name="url" type="url"></div>
<div class="wide"><label for="webhooks-token">Verifier token</label><input id="webhooks-token" name="verifier_token" type="password" autocomplete="off"></div>
<button class="wide">Set the endpoint</button>
</form>"#
    )
}

fn latest(play: &Play) -> String {
    let log = held(&play.desk).log();
    let rows: String = log.iter().rev().take(LATEST).map(row).collect();
    format!(
        r#"<ul class="rows">{rows}</ul><p class="note"><a href="/sandbox/webhooks">All deliveries</a></p>"#
    )
}

fn row(delivery: &Delivery) -> String {
    let status = |status: Option<u16>| status.map_or_else(|| "no answer".to_owned(), |code| code.to_string());
    let tries: Vec<String> = delivery.tries.iter().map(|one| status(one.status)).collect();
    let number = delivery.number;
    format!(
        r#"<li><span>{number} <strong>{}</strong><br><span class="note">{} {}</span></span><form class="buttons" method="post" action="/sandbox/webhooks"><button name="again" value="{number}">Send again</button></form></li>"#,
        word(delivery.state),
        word(delivery.format),
        tries.join(", "),
    )
}
