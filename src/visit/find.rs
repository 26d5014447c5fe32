//! What somebody looks for, as it was typed into a form.
//!
//! Owns: how it is read, and how an address says it.
//! Must not know: HTML, where lines are.
//!
//! Next: `visit/settings.rs`.

use form_urlencoded::Serializer;

use crate::chat::name::{BadName, Name};
use crate::chat::sought::{self, Sought};
use crate::chat::words::Words;
use crate::zone;

/// What was typed; empty where nothing was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Find {
    /// Words.
    pub words: String,
    /// Who has said it.
    pub from: String,
    /// On which day.
    pub day: String,
}

/// Why nothing can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadFind {
    /// More words, or longer ones, than can be looked for at once.
    TooMuch,
    /// Nobody could be called so.
    From(BadName),
    /// No day is written so.
    Day,
}

impl Find {
    /// Reads it off a form: `field` is what stands in a field of this name.
    pub fn read(field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let typed = |name| field(name).unwrap_or_default().trim().to_owned();
        let find = Self { words: typed("find"), from: typed("from"), day: typed("day") };
        (find != Self::default()).then_some(find)
    }

    /// The same as a part of an address.
    pub fn query(&self) -> String {
        let mut form = Serializer::new(String::new());
        let fields = [("find", &self.words), ("from", &self.from), ("day", &self.day)];
        for (name, typed) in fields.into_iter().filter(|(_, typed)| !typed.is_empty()) {
            form.append_pair(name, typed);
        }
        form.finish()
    }

    /// What a line must have.
    ///
    /// # Errors
    /// What of it cannot be looked for.
    pub fn sought(&self) -> Result<Sought, BadFind> {
        let mut sought = Sought::default();
        if !self.words.is_empty() {
            sought.words = Some(Words::parse(&self.words).ok_or(BadFind::TooMuch)?);
        }
        if !self.from.is_empty() {
            sought.from = Some(Name::of_somebody(&self.from).map_err(BadFind::From)?);
        }
        if !self.day.is_empty() {
            sought.times = sought::day(&self.day).map(zone::day).ok_or(BadFind::Day)?;
        }
        Ok(sought)
    }
}
