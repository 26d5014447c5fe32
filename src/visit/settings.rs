//! How somebody likes their pages.
//!
//! Owns: which choices there are, and how a cookie and a form say them.
//! Must not know: HTML.
//!
//! Next: `visit/stranger.rs`.

use form_urlencoded::Serializer;

use super::updates::{Updates, within};
use crate::limits;
use crate::words::Language;

/// The cookie that has it.
pub const COOKIE: &str = "threadbare-look";

/// What an address says that asks for a page as everybody has it, from now on.
pub const WAY_FORGOTTEN: &str = "way=";

/// What was chosen; what was not is as the browser has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Light or dark; `None`: as the device is.
    pub theme: Option<Theme>,
    /// How large everything is.
    pub size: Size,
    /// The list begins with what was said first.
    pub is_newest_last: bool,
    /// Lines do not say when they were said ...
    pub hides_times: bool,
    /// ... but which number they have, also where a style could do without.
    pub shows_numbers: bool,
    /// Who comes and goes is not said either.
    pub hides_comings: bool,
    /// How a page goes on; `None`: as the browser can.
    pub way: Option<Way>,
    /// How often a page is loaded again that does so by itself, in seconds.
    pub every: Option<u16>,
    /// In which language; `None`: as the browser asks for.
    pub language: Option<Language>,
}

/// How a page without a script goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It has the stream in a frame.
    Stream,
    /// It is loaded again by itself.
    Every,
    /// Its reader asks for it again, and no script takes over.
    Plain,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stream, Self::Every, Self::Plain];

    /// As a cookie and a form call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Every => "every",
            Self::Plain => "plain",
        }
    }
}

/// A scheme of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

/// A size of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// Seven eighths of the usual.
    Small,
    /// As the browser has it.
    #[default]
    Medium,
    /// A fifth larger.
    Large,
    /// More than a third larger.
    Largest,
}

impl Theme {
    /// As a cookie, a form and a style call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Size {
    /// All of them, smallest first.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Largest];

    /// As a cookie, a form and a style call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Small => "s",
            Self::Medium => "m",
            Self::Large => "l",
            Self::Largest => "xl",
        }
    }
}

impl Settings {
    /// Reads them off a form, or off the cookie, which is one. What it does not know, or
    /// knows not, is as if it was not chosen.
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
                ("way", word) => settings.way = Way::ALL.into_iter().find(|it| it.word() == word),
                ("every", seconds) => {
                    let seconds = seconds.parse().ok().map(within);
                    settings.every = seconds.filter(|it| *it != limits::REFRESH_SECONDS_USUAL);
                }
                ("lang", "en") => settings.language = Some(Language::English),
                ("lang", "zh") => settings.language = Some(Language::Chinese),
                _ => {}
            }
        }
        settings
    }

    /// Reads them off the form of the page of settings, in which what has no tick is not
    /// sent.
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

    /// How a page goes on that nobody has asked to go on otherwise.
    pub fn updates(&self) -> Updates {
        match self.way {
            Some(Way::Stream) => Updates::Stream,
            Some(Way::Every) => Updates::Every(self.every.unwrap_or(limits::REFRESH_SECONDS_USUAL)),
            Some(Way::Plain) | None => Updates::ByHand,
        }
    }

    /// The same for who has asked for it.
    #[must_use]
    pub fn with_way(mut self, updates: Updates) -> Self {
        self.way = match updates {
            Updates::Stream => Some(Way::Stream),
            Updates::Every(seconds) => {
                self.every = Some(seconds).filter(|it| *it != limits::REFRESH_SECONDS_USUAL);
                Some(Way::Every)
            }
            Updates::ByHand => None,
        };
        self
    }

    /// The same as a form, for a cookie; empty if nothing was chosen.
    pub fn form(&self) -> String {
        let mut form = Serializer::new(String::new());
        if let Some(theme) = self.theme {
            form.append_pair("theme", theme.word());
        }
        if self.size != Size::Medium {
            form.append_pair("size", self.size.word());
        }
        if self.is_newest_last {
            form.append_pair("order", "last");
        }
        if self.hides_times {
            form.append_pair("times", "no");
        }
        if self.shows_numbers {
            form.append_pair("numbers", "yes");
        }
        if self.hides_comings {
            form.append_pair("comings", "no");
        }
        if let Some(way) = self.way {
            form.append_pair("way", way.word());
        }
        if let Some(seconds) = self.every {
            form.append_pair("every", &seconds.to_string());
        }
        if let Some(language) = self.language {
            form.append_pair("lang", language.code());
        }
        form.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, Updates};

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
            assert_eq!(Settings::parse(form.as_bytes()).form(), form);
        }
    }

    #[test]
    fn what_has_no_tick_is_not_shown() {
        let chosen = |form: &str| Settings::of_form(form.as_bytes()).form();
        assert_eq!(chosen("show=1&times=yes&comings=yes"), "");
        assert_eq!(chosen("show=1&numbers=yes"), "times=no&numbers=yes&comings=no");
        assert_eq!(chosen("theme=dark"), "theme=dark", "a form without ticks");
    }

    #[test]
    fn a_way_that_was_asked_for_is_the_way_of_the_next_page() {
        let asked = Settings::default().with_way(Updates::Every(30));
        assert_eq!(
            (asked.form().as_str(), asked.updates()),
            ("way=every&every=30", Updates::Every(30))
        );
        assert_eq!(asked.with_way(Updates::ByHand).updates(), Updates::ByHand);
        assert_eq!(Settings::default().with_way(Updates::Stream).form(), "way=stream");
    }

    #[test]
    fn what_nobody_could_choose_is_as_if_it_was_not() {
        let odd =
            b"way=fast&theme=pink&size=huge&order=&times=&numbers=x&every=soon&lang=tlh&x=%ff&=";
        assert_eq!(Settings::parse(odd), Settings::default());
        assert_eq!(Settings::parse(b"every=1").form(), "every=5");
    }
}
