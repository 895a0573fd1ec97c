//! Icons: strokes in the colour of the text, silent to screen readers.

use leptos::prelude::*;

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
}

impl Icon {
    fn strokes(self) -> &'static str {
        match self {
            Self::Bell => "M6 9a6 6 0 0 1 12 0c0 6 2.500 7 2.500 7h-17S6 15 6 9M10 20a2.200 2.200 0 0 0 4 0",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Check => "M5 12.500l4.500 4.500L19 7.500",
            Self::Warning => "M12 4L2.800 19.500h18.400zM12 10v4.500M12 17v.1",
            Self::Info => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.500M12 7.500v.1",
            Self::Search => "M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M20 20l-4-4",
            Self::Back => "M14.500 5.500L8 12l6.500 6.500",
            Self::Refresh => {
                "M20 5v5h-5M4 19v-5h5M5.500 9.500A7 7 0 0 1 19.500 10M18.500 14.500A7 7 0 0 1 4.500 14"
            }
            Self::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7.500V12l3 2",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6L11.500 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6L12.500 17"
            }
            Self::Off => "M12 3v8M7 6.500a7.500 7.500 0 1 0 10 0",
            Self::Settings => "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5",
        }
    }
}

/// Draws an icon.
#[component]
pub fn Drawn(
    /// Which one.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=icon.strokes() />
        </svg>
    }
}
