//! The browser's clock and chance.

/// Milliseconds since 1970-01-01T00:00:00Z.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the clock of a browser is after 1970 and below 2^53"
)]
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A number that is uniform over all of `u32`; for waiting times, never for secrets.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fraction below one times 2^32 fits"
)]
pub fn chance() -> u32 {
    (js_sys::Math::random() * 4_294_967_296.0) as u32
}
