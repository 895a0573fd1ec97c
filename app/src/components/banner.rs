//! A message at the top of the page that stays until it is closed or no longer true.

use std::rc::Rc;

use super::icon::{Icon, icon};
use crate::browser::dom::{Tag, button, tag};
use crate::browser::page;
use crate::text;

/// How a banner looks; its words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is going on.
    Info,
    /// Something went well.
    Good,
    /// Somebody should do something.
    Warn,
    /// Something is broken.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Info => "banner info",
            Self::Good => "banner good",
            Self::Warn => "banner warn",
            Self::Bad => "banner bad",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Good => Icon::Check,
            Self::Warn | Self::Bad => Icon::Warning,
        }
    }
}

/// A look and a first line that may change while the banner stands.
#[derive(Clone)]
pub struct Head {
    /// How it looks.
    pub tone: Rc<dyn Fn() -> Tone>,
    /// Its first line.
    pub title: Rc<dyn Fn() -> String>,
}

impl Head {
    /// One that stays as it is.
    pub fn still(tone: Tone, title: String) -> Self {
        Self { tone: Rc::new(move || tone), title: Rc::new(move || title.clone()) }
    }
}

/// A banner with what stands under its first line. Without `close` it stays for as long as it is
/// true.
pub fn banner(head: Head, close: Option<Box<dyn Fn()>>, inside: Vec<Tag>) -> Tag {
    let Head { tone, title } = head;
    let (look, name) = (tone.clone(), title.clone());
    let closing = close.map(|close| {
        let press = move || {
            close();
            // The focused button is gone now.
            page::focus_heading();
        };
        button("icon-button", "").attr("aria-label", text::CLOSE).put(icon(Icon::Close)).press(press)
    });
    tag("section", "")
        .live("class", move || Some(look().class().to_owned()))
        .live("aria-label", move || Some(name()))
        .shows(move || Some(icon(tone().icon())))
        .put(tag("div", "body").put(tag("p", "title").says(move || title())).all(inside))
        .maybe(closing)
}
