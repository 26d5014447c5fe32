//! A search, as it was typed into a form.
//!
//! Owns: how a search is read from a form, and how it is written in a URL.
//! Must not know: HTML, where lines are.
//!
//! Part: `site/visit/mod.rs`.

use form_urlencoded::Serializer;

use crate::base::zone;
use crate::chat::name::{BadName, Name};
use crate::chat::search_words::SearchWords;
use crate::chat::sought::{self, Sought};

/// The fields of the search form. A field is empty if nothing was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchForm {
    /// The words to find.
    pub words: String,
    /// The name of the person who said the message.
    pub from: String,
    /// The day on which the message was said.
    pub day: String,
}

/// Why a search is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSearch {
    /// All fields are empty.
    Empty,
    /// There are too many words, or they are too long.
    TooMuch,
    /// What was typed as the name cannot be a name.
    From(BadName),
    /// The day is not a date.
    Day,
}

impl SearchForm {
    /// Reads a search. `field` returns what was typed into the form's field with the given name.
    /// `None` if the form has none of the fields.
    pub fn read(field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let [words, from, day] = ["find", "from", "day"].map(field);
        let is_search = words.is_some() || from.is_some() || day.is_some();
        let typed = |text: Option<String>| text.unwrap_or_default().trim().to_owned();
        is_search.then(|| Self { words: typed(words), from: typed(from), day: typed(day) })
    }

    /// Returns the search as the query of a URL.
    pub fn query(&self) -> String {
        let fields = [("find", &self.words), ("from", &self.from), ("day", &self.day)];
        let typed = fields.into_iter().filter(|(_, typed)| !typed.is_empty());
        Serializer::new(String::new()).extend_pairs(typed).finish()
    }

    /// Returns what a message must have to be found.
    ///
    /// # Errors
    /// The error names the part of the search that is not possible.
    pub fn sought(&self) -> Result<Sought, BadSearch> {
        if *self == Self::default() {
            return Err(BadSearch::Empty);
        }
        let mut sought = Sought::default();
        if !self.words.is_empty() {
            sought.words = Some(SearchWords::parse(&self.words).ok_or(BadSearch::TooMuch)?);
        }
        if !self.from.is_empty() {
            sought.from = Some(Name::of_somebody(&self.from).map_err(BadSearch::From)?);
        }
        if !self.day.is_empty() {
            sought.times = sought::day(&self.day).map(zone::day).ok_or(BadSearch::Day)?;
        }
        Ok(sought)
    }
}
