//! What holds a secret cannot be printed, compared or written (SM-01): each line of the test is a
//! proof that no longer compiles when such a type learns one of these traits.

use std::fmt::{Debug, Display, LowerHex};

use serde::Serialize;
use server::config::{Config, Registration};
use server::oauth::Granted;
use server::oauth::attempt::Begun;
use server::oauth::finish::Answered;
use server::providers::Door;
use server::vault::ring::KeyRing;
use server::vault::{Secret, Vault};

/// A type with one of the traits has two ways to `proof`, which the compiler cannot choose between.
macro_rules! never {
    ([$($kind:ty),+]: $unwanted:tt) => {$(
        never!(@one $kind: $unwanted);
    )+};
    (@one $kind:ty: [$($unwanted:path),+]) => {
        const _: fn() = || {
            trait Ambiguous<Which> {
                fn proof() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            $({
                struct Learned;
                impl<T: ?Sized + $unwanted> Ambiguous<Learned> for T {}
            })+
            let _ = <$kind as Ambiguous<_>>::proof;
        };
    };
}

#[test]
fn sm_01_what_holds_a_secret_learns_no_way_to_show_it() {
    never!([Secret, KeyRing, Vault, Granted, Door, Begun, Answered]: [Debug, Display, LowerHex, Serialize]);
    never!([Config, Registration]: [Debug, Display, Serialize]);
    // Equality would be a comparison byte by byte, whose time tells how much agrees.
    never!([Secret, KeyRing, Granted]: [PartialEq, PartialOrd, std::hash::Hash]);
}
