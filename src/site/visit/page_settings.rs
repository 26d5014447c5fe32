//! The reader's settings for pages, for example colours, size and language.
//!
//! Owns: which settings there are, how a cookie and a form write them, and how a URL says how a
//! page gets new messages.
//! Must not know: HTML.
//!
//! Part: `site/visit/mod.rs`.

use form_urlencoded::Serializer;

use crate::base::{language::Language, limits};

/// The name of the cookie with the settings.
pub const COOKIE: &str = "threadbare-look";

/// The query of a URL that asks for the usual page. It makes the settings forget how the reader has
/// chosen to get new messages.
pub const WAY_FORGOTTEN: &str = "way=";

/// What the reader has chosen for pages. The default value means that nothing was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageSettings {
    /// The colours: light or dark; `None`: as the device is set.
    pub theme: Option<Theme>,
    /// The size of text, and of all that depends on it.
    pub size: Size,
    /// True if the list shows the oldest message first.
    pub is_newest_last: bool,
    /// True if messages do not show their time.
    pub hides_times: bool,
    /// True if the page shall show the numbers of messages, which its style hides otherwise.
    pub shows_numbers: bool,
    /// True if a page that gets new messages does not show who enters and leaves the room.
    pub hides_comings: bool,
    /// How a page gets new messages; `None`: the page's script gets them if the browser runs it, or
    /// else the reader reloads the page.
    pub way: Option<Refreshing>,
    /// The number of seconds between two reloads of a page's list of messages; `None`:
    /// `limits::REFRESH_SECONDS_USUAL`.
    pub every: Option<u16>,
    /// The language; `None`: the one that the browser prefers.
    pub language: Option<Language>,
}

/// How a page without a script gets new messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshing {
    /// New messages come by a stream, which the page shows in an `iframe`.
    Stream,
    /// The page shows its list of messages in a frame, which reloads by itself.
    Every,
    /// The reader reloads the page, and the live page's script does not run.
    Plain,
}

impl Refreshing {
    /// All ways to get new messages.
    pub const ALL: [Self; 3] = [Self::Stream, Self::Every, Self::Plain];

    /// Returns the word for this way to get new messages, as a cookie and a form have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Every => "every",
            Self::Plain => "plain",
        }
    }
}

/// How a page gets the messages that are said after it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Updates {
    /// The usual page: its script gets the messages, if the page has a script and the browser runs
    /// it. Otherwise the reader reloads the page.
    #[default]
    ByHand,
    /// The page has the stream in a frame.
    Stream,
    /// The page has its list of messages in a frame. The frame reloads after the number of seconds
    /// in this value.
    Every(u16),
}

impl Updates {
    /// Returns how a room's page without scripts gets new messages. `live` and `every` are the
    /// parameters of a URL or a form: with `live` it shows a stream in a frame; with `every` alone,
    /// a list in a frame that reloads itself.
    pub fn asked(live: Option<&str>, every: Option<&str>) -> Self {
        let seconds = |text: &str| text.parse().unwrap_or(limits::REFRESH_SECONDS_USUAL);
        match (live, every) {
            (Some(_), _) => Self::Stream,
            (None, Some(text)) => Self::Every(within(seconds(text))),
            (None, None) => Self::ByHand,
        }
    }

    /// Returns the name of the button, in the form of a message, that asks for this way.
    pub fn button(self) -> &'static str {
        match self {
            Self::ByHand => "to-plain",
            Self::Stream => "to-live",
            Self::Every(_) => "to-every",
        }
    }

    /// Returns name and value of the parameter that asks for new messages in this way; `None`: this
    /// way needs no parameter.
    pub fn field(self) -> Option<(&'static str, String)> {
        match self {
            Self::ByHand => None,
            Self::Stream => Some(("live", "1".to_owned())),
            Self::Every(seconds) => Some(("every", seconds.to_string())),
        }
    }

    /// Returns the query of a URL that asks for new messages in this way; empty if this way needs
    /// no parameter.
    pub fn query(self) -> String {
        self.field().map_or_else(String::new, |(name, value)| format!("{name}={value}"))
    }
}

fn within(seconds: u16) -> u16 {
    seconds.clamp(*limits::REFRESH_SECONDS.start(), *limits::REFRESH_SECONDS.end())
}

/// A colour scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

/// How large text is on a page, and what depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// Seven eighths of the usual size (87.5 %).
    Small,
    /// The usual size, which the browser decides.
    #[default]
    Medium,
    /// Nearly a fifth larger than the usual size (118.75 %).
    Large,
    /// More than a third larger than the usual size (137.5 %).
    Largest,
}

impl Theme {
    /// Returns the word for this colour scheme in a cookie, a form and a style.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Size {
    /// All sizes, the smallest first.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Largest];

    /// Returns the word for this size in a cookie, a form and a style.
    pub fn word(self) -> &'static str {
        match self {
            Self::Small => "s",
            Self::Medium => "m",
            Self::Large => "l",
            Self::Largest => "xl",
        }
    }

    /// Like [`word`](Self::word); `None` for the usual size.
    pub fn chosen_word(self) -> Option<&'static str> {
        (self != Self::Medium).then(|| self.word())
    }
}

impl PageSettings {
    /// Reads the settings from a form, or from the cookie, which has the same shape. An unknown
    /// name or value counts as not chosen.
    pub fn parse(form: &[u8]) -> Self {
        let mut settings = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            match (&*name, &*value) {
                ("theme", "light") => settings.theme = Some(Theme::Light),
                ("theme", "dark") => settings.theme = Some(Theme::Dark),
                ("size", word) => {
                    let size = Size::ALL.into_iter().find(|size| size.word() == word);
                    settings.size = size.unwrap_or_default();
                }
                ("order", "last") => settings.is_newest_last = true,
                ("times", "no") => settings.hides_times = true,
                ("numbers", "yes") => settings.shows_numbers = true,
                ("comings", "no") => settings.hides_comings = true,
                ("way", word) => {
                    settings.way = Refreshing::ALL.into_iter().find(|way| way.word() == word)
                }
                ("every", seconds) => {
                    let seconds = seconds.trim().parse().ok().map(within);
                    settings.every = seconds.filter(|wait| *wait != limits::REFRESH_SECONDS_USUAL);
                }
                ("lang", "en") => settings.language = Some(Language::English),
                ("lang", "zh") => settings.language = Some(Language::Chinese),
                _ => {}
            }
        }
        settings
    }

    /// Reads the settings from the form of the settings page. There, a checkbox that is not sent
    /// has no tick.
    pub fn of_form(form: &[u8]) -> Self {
        let ticked = |wanted: &str| form_urlencoded::parse(form).any(|(name, _)| name == wanted);
        let mut settings = Self::parse(form);
        if ticked("show") {
            settings.hides_times = !ticked("times");
            settings.shows_numbers = ticked("numbers");
            settings.hides_comings = !ticked("comings");
        }
        settings
    }

    /// Returns how a page gets new messages if the page's URL does not say it.
    pub fn updates(&self) -> Updates {
        match self.way {
            Some(Refreshing::Stream) => Updates::Stream,
            Some(Refreshing::Every) => {
                Updates::Every(self.every.unwrap_or(limits::REFRESH_SECONDS_USUAL))
            }
            Some(Refreshing::Plain) | None => Updates::ByHand,
        }
    }

    /// Returns a copy of the settings that has this way to get new messages.
    #[must_use]
    pub fn with_way(mut self, updates: Updates) -> Self {
        self.way = match updates {
            Updates::Stream => Some(Refreshing::Stream),
            Updates::Every(seconds) => {
                self.every = Some(seconds).filter(|wait| *wait != limits::REFRESH_SECONDS_USUAL);
                Some(Refreshing::Every)
            }
            Updates::ByHand => None,
        };
        self
    }

    /// Writes the settings as a form, for a cookie; empty if nothing was chosen.
    pub fn form(&self) -> String {
        let seconds = self.every.map(|seconds| seconds.to_string());
        let pairs = [
            ("theme", self.theme.map(Theme::word)),
            ("size", self.size.chosen_word()),
            ("order", self.is_newest_last.then_some("last")),
            ("times", self.hides_times.then_some("no")),
            ("numbers", self.shows_numbers.then_some("yes")),
            ("comings", self.hides_comings.then_some("no")),
            ("way", self.way.map(Refreshing::word)),
            ("every", seconds.as_deref()),
            ("lang", self.language.map(Language::code)),
        ];
        let chosen = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Serializer::new(String::new()).extend_pairs(chosen).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{PageSettings, Updates};

    #[test]
    fn what_was_chosen_is_read_back() {
        for form in [
            "",
            "theme=dark",
            "theme=light&size=xl",
            "size=s&order=last&times=no&numbers=yes&comings=no&way=every&every=30&lang=zh",
            "way=stream",
            "way=plain",
        ] {
            assert_eq!(PageSettings::parse(form.as_bytes()).form(), form);
        }
    }

    #[test]
    fn what_has_no_tick_is_not_shown() {
        let chosen = |form: &str| PageSettings::of_form(form.as_bytes()).form();
        assert_eq!(chosen("show=1&times=yes&comings=yes"), "");
        assert_eq!(chosen("show=1&numbers=yes"), "times=no&numbers=yes&comings=no");
        assert_eq!(chosen("theme=dark"), "theme=dark", "a form without ticks");
    }

    #[test]
    fn a_way_that_was_asked_for_is_the_way_of_the_next_page() {
        let asked = PageSettings::default().with_way(Updates::Every(30));
        assert_eq!(
            (asked.form().as_str(), asked.updates()),
            ("way=every&every=30", Updates::Every(30))
        );
        assert_eq!(asked.with_way(Updates::ByHand).updates(), Updates::ByHand);
        assert_eq!(PageSettings::default().with_way(Updates::Stream).form(), "way=stream");
    }

    #[test]
    fn what_nobody_could_choose_is_as_if_it_was_not() {
        let odd =
            b"way=fast&theme=pink&size=huge&order=&times=&numbers=x&every=soon&lang=tlh&x=%ff&=";
        assert_eq!(PageSettings::parse(odd), PageSettings::default());
        assert_eq!(PageSettings::parse(b"every=1").form(), "every=5");
    }
}
