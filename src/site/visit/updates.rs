//! How a page gets the messages that are said after it was made.
//!
//! Owns: the ways, how an address or a form names them, and the limits for how often a page
//! reloads by itself.
//! Must not know: HTML, who looks at the page.
//!
//! Room: `site/visit/mod.rs`.

use crate::base::limits;

/// How a page gets the messages that are said after it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Updates {
    /// The reader reloads it.
    #[default]
    ByHand,
    /// It has the stream in a frame.
    Stream,
    /// It has its list in a frame, which reloads after this many seconds.
    Every(u16),
}

impl Updates {
    /// Reads the way from the parameters `live` and `every` of an address or a form.
    pub fn asked(live: Option<&str>, every: Option<&str>) -> Self {
        let seconds = |text: &str| text.parse().unwrap_or(limits::REFRESH_SECONDS_USUAL);
        match (live, every) {
            (Some(_), _) => Self::Stream,
            (None, Some(text)) => Self::Every(within(seconds(text))),
            (None, None) => Self::ByHand,
        }
    }

    /// Name and value of the parameter that says it; `None`: no parameter is needed.
    pub fn field(self) -> Option<(&'static str, String)> {
        match self {
            Self::ByHand => None,
            Self::Stream => Some(("live", "1".to_owned())),
            Self::Every(seconds) => Some(("every", seconds.to_string())),
        }
    }

    /// The same as the query of an address.
    pub fn query(self) -> String {
        self.field().map_or_else(String::new, |(name, value)| format!("{name}={value}"))
    }
}

/// The nearest allowed number of seconds between two reloads.
pub(super) fn within(seconds: u16) -> u16 {
    seconds.clamp(*limits::REFRESH_SECONDS.start(), *limits::REFRESH_SECONDS.end())
}
