//! Where an errand becomes a page: it is carried out, and what came of it is shown.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//!
//! Owns: which page answers what, and that a text which was not sent is back in its
//! field.
//! Must not know: sockets, how a URL is read.
//!
//! Next: `http/assets.rs`.

use super::room::{RoomPage, address};
use super::words::Sentences;
use super::{Page, words};
use crate::chat::refused::Refused;
use crate::disconnect::Disconnect;
use crate::http::assets;
use crate::limits;
use crate::visit::Visits;
use crate::visit::errand::{Errand, Look, Say, Task, Typed, once};
use crate::visit::seen::{Outcome, Sight};
use crate::words::Language;

/// Carries out errands.
#[derive(Debug)]
pub struct Desk {
    visits: Visits,
    style: String,
    /// Longest text of a message.
    message_bytes_max: usize,
}

impl Desk {
    /// A desk that sends visitors so.
    pub fn new(visits: Visits, message_bytes_max: usize) -> Self {
        Self { visits, style: assets::address("base.css"), message_bytes_max }
    }

    /// The page that answers an errand. Blocks until the hub has said what is on it,
    /// for [`limits::VISIT_WAIT`] at most for each visit.
    pub fn serve(&self, errand: &Errand) -> Page {
        let served = match &errand.task {
            Task::Look(look) => self.look(look, errand, 200, None),
            Task::Say(say) => self.say(say, errand),
            Task::Enter(name) => self.enter(name, errand),
        };
        served.unwrap_or_else(|_| stopping(Sentences::of(errand.language)))
    }

    fn look(
        &self,
        look: &Look,
        errand: &Errand,
        status: u16,
        trouble: Option<String>,
    ) -> Result<Page, Disconnect> {
        let sight = self.visits.look(look, errand)?;
        Ok(self.room(&sight, look, errand, status, trouble))
    }

    fn room(
        &self,
        sight: &Sight,
        look: &Look,
        errand: &Errand,
        status: u16,
        trouble: Option<String>,
    ) -> Page {
        let room = RoomPage {
            words: Sentences::of(errand.language),
            style: &self.style,
            room: &errand.room,
            sight,
            // Of a session that is over nothing is left.
            token: errand.token.as_ref().filter(|_| sight.me.is_some()),
            in_links: errand.in_links,
            once: look.once.clone().or_else(once),
            unsent: look.unsent.as_deref(),
            name: look.name.as_deref(),
            trouble,
            is_history: look.before.is_some(),
        };
        room.page(if sight.is_shut { 403 } else { status })
    }

    fn enter(&self, typed: &Typed, errand: &Errand) -> Result<Page, Disconnect> {
        let words = Sentences::of(errand.language);
        let again = |trouble, status| {
            let look = Look { name: Some(typed.0.clone()), ..Look::default() };
            self.look(&look, errand, status, Some(trouble))
        };
        match typed.name() {
            Err(why) => again(words.fill("badName", &[("why", &why.to_string())]), 422),
            Ok(name) => {
                let outcome = self.visits.come(name, errand)?;
                match &outcome.refused {
                    Some(refused) => again(refusal(words, refused), status(refused)),
                    None => Ok(back_to_the_room(errand, &outcome)),
                }
            }
        }
    }

    fn say(&self, say: &Say, errand: &Errand) -> Result<Page, Disconnect> {
        let words = Sentences::of(errand.language);
        // Whatever goes wrong, the text is back in its field.
        let again = |trouble, status| {
            let once = say.once.as_ref().map(|id| id.as_str().to_owned());
            let (unsent, name) = (Some(say.text.clone()), Some(say.name.0.clone()));
            let look = Look { unsent, once, name, ..Look::default() };
            self.look(&look, errand, status, Some(trouble))
        };
        let over = say.text.len().saturating_sub(self.message_bytes_max);
        if say.is_stale {
            return again(words.say("oldForm").to_owned(), 403);
        }
        if over > 0 {
            return again(words.fill("tooLong", &[("n", &over.to_string())]), 413);
        }
        if say.text.trim().is_empty() {
            return again(words.say("empty").to_owned(), 422);
        }
        let name = match say.name.name() {
            Ok(name) => name,
            Err(why) => return again(words.fill("badName", &[("why", &why.to_string())]), 422),
        };
        let outcome = self.visits.say(say, name, errand)?;
        match &outcome.refused {
            Some(refused) => again(refusal(words, refused), status(refused)),
            None if outcome.is_over => again(words.say("sessionOver").to_owned(), 403),
            None => Ok(back_to_the_room(errand, &outcome)),
        }
    }
}

fn refusal(words: &Sentences, refused: &Refused) -> String {
    match refused {
        Refused::TooFast(wait) => {
            let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
            words.fill("tooFast", &[("n", &seconds)])
        }
        Refused::NameTaken => words.say("nameTaken").to_owned(),
        other => other.to_string(),
    }
}

fn status(refused: &Refused) -> u16 {
    match refused {
        Refused::TooFast(_) | Refused::TooManyGuesses(_) => 429,
        Refused::PasswordNeeded | Refused::WrongPassword => 403,
        _ => 409,
    }
}

/// It happened: back to the room, where it is to be seen.
fn back_to_the_room(errand: &Errand, outcome: &Outcome) -> Page {
    let mut headers = Vec::new();
    let mut to = address(&errand.room);
    if let Some((_, token)) = &outcome.me {
        if errand.token.is_none() {
            headers.push(("Set-Cookie", session_cookie(&token.reveal())));
        }
        // Until a browser has shown that it keeps the cookie.
        if errand.in_links || errand.token.is_none() {
            to = format!("{to}?s={}", token.reveal());
        }
    }
    headers.push(("Location", to));
    Page { status: 303, headers, body: Vec::new() }
}

fn session_cookie(token: &str) -> String {
    let seconds = limits::NAME_KEPT.as_secs();
    format!("threadbare={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}

fn stopping(words: &words::Sentences) -> Page {
    let headers = vec![("Retry-After", "5".to_owned())];
    Page { status: 503, headers, body: words.say("stopping").as_bytes().to_vec() }
}

/// The language of a browser that wants these, best first.
pub fn language(accepted: Option<&str>) -> Language {
    let first = accepted.unwrap_or_default().split(',').find_map(|range| {
        let tag = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is = |prefix: &str| tag == prefix || tag.starts_with(&format!("{prefix}-"));
        if is("zh") {
            Some(Language::Chinese)
        } else if is("en") {
            Some(Language::English)
        } else {
            None
        }
    });
    first.unwrap_or(Language::English)
}
