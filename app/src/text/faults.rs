//! Why a wish came to nothing, in words.

use protocol::message::FaultKind;

/// What the visitor reads.
pub fn kind(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::SessionInvalid => "Your session has ended. Open the store from your portal again.",
        FaultKind::NotAllowed => "Your role does not allow this. Ask an administrator.",
        FaultKind::NotFound => "This is no longer there.",
        FaultKind::Unreadable => {
            "This page and the server did not understand each other. Load the page again."
        }
        FaultKind::Invalid => "That value is not allowed here.",
        FaultKind::NotNow => {
            "This is not possible at the moment, because the connection is in another state."
        }
        FaultKind::TooMany => "That was too much at once. Wait a moment and try again.",
        FaultKind::ProviderUnreachable => "The provider could not be reached. Try again in a while.",
        FaultKind::Internal => "Something went wrong on our side. Nothing you saved is lost.",
    }
}

/// What support needs to know about a fault of ours.
pub fn details(reference: &str) -> String {
    ["request id: ", reference].concat()
}

/// What support needs to know about a fault of the provider's.
pub fn provider_details(code: &str, trace: &str) -> String {
    ["code: ", code, "\nintuit_tid: ", trace].concat()
}
