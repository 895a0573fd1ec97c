//! Icons: strokes in the colour of the text, silent to screen readers.

use crate::browser::dom::{Tag, drawing, tag};

/// A drawing of 24 by 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// The tray.
    Bell,
    /// Closes.
    Close,
    /// Well.
    Check,
    /// With a warning.
    Warning,
    /// For information.
    Info,
    /// Looks for something.
    Search,
    /// Leads back.
    Back,
    /// Reads again.
    Refresh,
    /// Takes time.
    Clock,
    /// A connection.
    Link,
    /// Off.
    Off,
    /// Settings.
    Settings,
    /// Leads out of the store.
    Out,
}

impl Icon {
    fn strokes(self) -> &'static str {
        match self {
            Self::Bell => "M6 9a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 15 6 9M10 20a2.2 2.2 0 0 0 4 0",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Warning => "M12 4L2.8 19.5h18.4zM12 10v4.5M12 17v.1",
            Self::Info => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.5M12 7.5v.1",
            Self::Search => "M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M20 20l-4-4",
            Self::Back => "M14.5 5.5L8 12l6.5 6.5",
            Self::Refresh => "M20 5v5h-5M4 19v-5h5M5.5 9.5A7 7 0 0 1 19.5 10M18.5 14.5A7 7 0 0 1 4.5 14",
            Self::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7.5V12l3 2",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6L11.5 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6L12.5 17"
            }
            Self::Off => "M12 3v8M7 6.5a7.5 7.5 0 1 0 10 0",
            Self::Out => "M13 5h6v6M19 5l-8 8M10 7H6v11h11v-4",
            Self::Settings => "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
        }
    }
}

/// Draws an icon.
pub fn icon(icon: Icon) -> Tag {
    tag("span", "icon").attr("aria-hidden", "true").put(drawing(icon.strokes()))
}
