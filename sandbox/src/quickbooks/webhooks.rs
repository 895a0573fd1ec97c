//! Webhooks (facts 3.8): what changes in the books is gathered for a moment, put into a signed body for each app
//! that may see the company, delivered, and tried again as Intuit does.

mod bodies;
pub(crate) mod courier;
pub(crate) mod desk;
mod news;
mod signature;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use self::news::{Deed, Happening, News};

/// What deliveries look like.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum WebhookFormat {
    /// An array of `CloudEvents`, which Intuit has moved to.
    #[default]
    #[value(name = "cloudevents")]
    CloudEvents,
    /// The object `eventNotifications` of before.
    Legacy,
}
