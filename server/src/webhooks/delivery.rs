//! One delivery: what is sent is read, sealed secrets are opened, it is sent, and what came of it is
//! written down. When that fails, it is due as before: it is sent twice rather than never, under the
//! same id.

use protocol::ids::Moment;

use super::client::Message;
use super::schedule::{self, Tried};
use super::secrets;
use crate::state::App;
use crate::store::StoreError;
use crate::store::audit::{Action, NewLine};
use crate::store::deliveries::{Delivery, Outcome, Parcel};
use crate::store::webhooks::Why;
use crate::vault::Secret;

/// Sends an event to an endpoint, if it is still due.
pub(super) async fn deliver(app: &App, of: Delivery) -> Result<(), StoreError> {
    let now = app.clock.now();
    let read = app.store.read::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let parcel = db.parcel(of, now).await?;
            Ok(parcel.zip(Some(db.webhook_secrets(of.webhook, now).await?)))
        })
    });
    let Some((parcel, sealed)) = read.await? else { return Ok(()) };
    let secrets = secrets::open(&app.vault, (&parcel.portal, of.webhook), &sealed);
    let tried = send(app, &parcel, &secrets, now).await;
    note(app, of, parcel, &tried).await
}

async fn send(app: &App, parcel: &Parcel, secrets: &[Secret], now: Moment) -> Tried {
    let Parcel { url, id, body, .. } = parcel;
    app.courier.send(&Message { url, id, seconds: now.0 / 1000, body, secrets }).await
}

async fn note(app: &App, of: Delivery, parcel: Parcel, tried: &Tried) -> Result<(), StoreError> {
    let now = app.clock.now();
    let (outcome, fault) = (schedule::outcome(tried, parcel.tries, &app.clock), schedule::fault(tried));
    if let Some(fault) = &fault {
        tracing::info!(webhook = parcel.name, event = parcel.id, fault, "an event did not arrive");
    }
    let hopeless = fault.is_some() && schedule::is_hopeless(parcel.failing_since, now);
    let written = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            let disabled = match outcome {
                Outcome::Gone => db.disable_webhook(of.webhook, Why::Gone, now).await?.then_some(Why::Gone),
                _ if hopeless => {
                    db.disable_webhook(of.webhook, Why::Failing, now).await?.then_some(Why::Failing)
                }
                _ => None,
            };
            db.note_delivery(of, (outcome, fault.as_deref()), now).await?;
            if let Some(why) = disabled {
                let object = format!("{}: {}", parcel.name, why.word());
                let whose = (parcel.portal.as_str(), None);
                db.add_audit(&NewLine::by_proxy(whose, Action::WebhookDisabled, &object), now).await?;
            }
            Ok(disabled.map(|why| (why, parcel)))
        })
    });
    if let Some((why, parcel)) = written.await? {
        tell(why, &parcel);
    }
    Ok(())
}

fn tell(why: Why, parcel: &Parcel) {
    let Parcel { portal, name, .. } = parcel;
    let cause = match why {
        Why::Gone => "it answered 410",
        Why::Failing => "nothing arrived there for five days",
        Why::Operator => "somebody said so",
    };
    tracing::warn!(
        portal,
        webhook = name,
        "a webhook endpoint is disabled: {cause}. What waits is kept; `patchbay portal webhooks` enables it again"
    );
}
