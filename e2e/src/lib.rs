//! Browser flows, as a person walks them: a real proxy in a process of its own, the sandbox and the
//! demo portal beside it, a real Chromium in front. Page objects hold every selector; flows speak
//! of roles and names alone.

pub mod browser;
pub mod clock;
pub mod driver;
pub mod framed;
pub mod pages;
pub mod proxy;
pub mod recorder;
pub mod secrets;
pub mod site;
pub mod world;

pub use anyhow::{Context, Result};
pub use browser::Browser;
pub use framed::Framed;
pub use thirtyfour::Key;
pub use world::World;
