//! How somebody likes their pages.
//!
//! Owns: which choices there are, and how a cookie and a form say them.
//! Must not know: HTML.
//!
//! Next: `visit/once.rs`.

use form_urlencoded::Serializer;

use super::errand::within;
use crate::limits;
use crate::words::Language;

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
    /// How often a page is loaded again that does so by itself, in seconds.
    pub every: Option<u16>,
    /// In which language; `None`: as the browser asks for.
    pub language: Option<Language>,
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
    use super::Settings;

    #[test]
    fn what_was_chosen_is_read_back() {
        for form in [
            "",
            "theme=dark",
            "theme=light&size=xl",
            "size=s&order=last&times=no&numbers=yes&every=30&lang=zh",
        ] {
            assert_eq!(Settings::parse(form.as_bytes()).form(), form);
        }
    }

    #[test]
    fn what_nobody_could_choose_is_as_if_it_was_not() {
        let odd = b"theme=pink&size=huge&order=&times=&numbers=x&every=soon&lang=tlh&x=%ff&=";
        assert_eq!(Settings::parse(odd), Settings::default());
        assert_eq!(Settings::parse(b"every=1").form(), "every=5");
    }
}
