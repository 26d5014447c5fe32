//! How a page comes to have what is said after it.
//!
//! Owns: the ways, how an address or a form says which, and how seldom a page is loaded
//! again by itself.
//! Must not know: HTML, who looks at the page.
//!
//! Next: `visit/find.rs`.

use crate::limits;

/// How a page comes to have what is said after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Updates {
    /// Its reader asks for it again.
    #[default]
    ByHand,
    /// It has the stream in a frame.
    Stream,
    /// It has its list in a frame, which is loaded again after so many seconds.
    Every(u16),
}

impl Updates {
    /// As an address or a form says it.
    pub fn asked(live: Option<&str>, every: Option<&str>) -> Self {
        let seconds = |text: &str| text.parse().unwrap_or(limits::REFRESH_SECONDS_USUAL);
        match (live, every) {
            (Some(_), _) => Self::Stream,
            (None, Some(text)) => Self::Every(within(seconds(text))),
            (None, None) => Self::ByHand,
        }
    }

    /// Name and value that say it; `None`: nothing does.
    pub fn field(self) -> Option<(&'static str, String)> {
        match self {
            Self::ByHand => None,
            Self::Stream => Some(("live", "1".to_owned())),
            Self::Every(seconds) => Some(("every", seconds.to_string())),
        }
    }

    /// The same as a part of an address.
    pub fn query(self) -> String {
        self.field().map_or_else(String::new, |(name, value)| format!("{name}={value}"))
    }
}

/// The nearest number of seconds after which a page may be loaded again.
pub(super) fn within(seconds: u16) -> u16 {
    seconds.clamp(*limits::REFRESH_SECONDS.start(), *limits::REFRESH_SECONDS.end())
}
