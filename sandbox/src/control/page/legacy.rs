//! The card of connections under OAuth 1.0a: issues their tokens, and says how many can still be moved.

use super::parts::{Field, attribute, card, note, number, text};
use crate::state::{Play, Settings, held};

/// The whole card.
pub(super) fn card_of(play: &Play, settings: &Settings) -> String {
    let body = [
        note(
            "As if a company had been connected years ago. The answer to the button is the one place that tells a token's secret.",
        ),
        issue(play),
        Field {
            key: "oauth1_seconds",
            label: "A timestamp may be off, in seconds",
            button: "Set",
            input: number(settings.oauth1_seconds),
        }
        .on("legacy"),
    ];
    card("legacy", "OAuth 1.0", &body.join("\n"))
}

fn issue(play: &Play) -> String {
    if play.clients.iter().all(|client| client.consumer.is_none()) {
        return note("No app here has a consumer key, so none can sign a request.");
    }
    let now = play.clock.now();
    let option = |realm: &str, name: &str| {
        let waiting = held(&play.legacy).waiting(realm, now);
        format!(r#"<option value="{}">{} ({waiting} to move)</option>"#, attribute(realm), text(name))
    };
    let companies = play.companies.all();
    let companies: Vec<_> = companies.iter().map(|one| option(&one.realm, &one.name)).collect();
    format!(
        r#"<form class="grid" method="post" action="/sandbox/legacy">
<div class="wide"><label for="legacy-realm">Company</label><select id="legacy-realm" name="realm">{}</select></div>
<button class="wide">Issue a token</button>
</form>"#,
        companies.concat()
    )
}
