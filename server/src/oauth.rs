//! OAuth 2.0: attempts, exchange, refresh, revocation.

/// Our clients at the providers, by registration.
#[derive(Default)]
pub struct Registrations {}
