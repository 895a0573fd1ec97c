//! The switches of sign-in and tokens.

use std::time::Duration;

use super::{Control, Wishes};
use crate::{
    Pkce, Replay, Rotation,
    quickbooks::grants::Policy,
    state::{Settings, held},
};

impl Control {
    /// How refresh tokens change from now on.
    pub fn set_rotation(&self, rotation: Rotation) {
        self.policy(|policy| policy.rotation = rotation);
    }

    /// How long an old refresh token still works in [`Rotation::Grace`].
    pub fn set_grace(&self, grace: Duration) {
        self.policy(|policy| policy.grace = grace);
    }

    /// How long access tokens live that are issued from now on.
    pub fn set_access_token_seconds(&self, seconds: u64) {
        self.policy(|policy| policy.access_seconds = seconds);
    }

    /// How long codes live that are issued from now on.
    pub fn set_code_seconds(&self, seconds: u64) {
        self.policy(|policy| policy.code_seconds = seconds);
    }

    /// What comes of a code that is used a second time.
    pub fn set_code_replay(&self, replay: Replay) {
        self.policy(|policy| policy.code_replay = replay);
    }

    /// What comes of an old refresh token, other than in [`Rotation::Strict`].
    pub fn set_refresh_replay(&self, replay: Replay) {
        self.policy(|policy| policy.refresh_replay = replay);
    }

    /// What is made of a code challenge from now on.
    pub fn set_pkce(&self, pkce: Pkce) {
        self.policy(|policy| policy.pkce = pkce);
    }

    /// Whether callbacks carry `iss`.
    pub fn set_iss_on_callback(&self, carry: bool) {
        self.settings(|settings| settings.iss_on_callback = carry);
    }

    /// `error_description` of a refresh that is refused.
    pub fn set_refresh_error_description(&self, text: Option<&str>) {
        self.settings(|settings| settings.refresh_error_description = text.map(str::to_owned));
    }

    fn policy(&self, change: impl FnOnce(&mut Policy)) {
        self.settings(|settings| change(&mut settings.policy));
    }

    fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut held(&self.play.settings));
    }
}

/// Turns those of the switches that are wished for.
pub(super) fn grant(control: &Control, wishes: &Wishes) {
    wish(wishes.rotation, |rotation| control.set_rotation(rotation));
    wish(wishes.grace_seconds, |seconds| control.set_grace(Duration::from_secs(seconds)));
    wish(wishes.access_token_seconds, |seconds| control.set_access_token_seconds(seconds));
    wish(wishes.code_seconds, |seconds| control.set_code_seconds(seconds));
    wish(wishes.code_replay, |replay| control.set_code_replay(replay));
    wish(wishes.refresh_replay, |replay| control.set_refresh_replay(replay));
    wish(wishes.pkce, |pkce| control.set_pkce(pkce));
    wish(wishes.iss_on_callback, |carry| control.set_iss_on_callback(carry));
    wish(wishes.oauth1_seconds, |seconds| control.set_oauth1_seconds(seconds));
    wish(wishes.refresh_error_description.as_deref(), |text| {
        control.set_refresh_error_description((!text.is_empty()).then_some(text));
    });
}

fn wish<T>(wished: Option<T>, turn: impl FnOnce(T)) {
    if let Some(value) = wished {
        turn(value);
    }
}
