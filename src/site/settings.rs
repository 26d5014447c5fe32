//! How somebody likes their pages: where that is chosen, and where it is kept.
//!
//! Owns: the cookie that has it. It is nobody's name and no secret, and whoever keeps no
//! cookies has pages as their browser has them.
//! Must not know: what a page does with it.
//!
//! Next: `pages/settings.rs`.

use serde_json::json;

use super::answers::{self, elsewhere};
use super::context::Context;
use super::posted::{is_left, is_stale, wish};
use super::reading::{cookie, field, our_origin};
use super::session::{self, session};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::limits;
use crate::pages::address::{address, with_query};
use crate::pages::moment;
use crate::pages::settings::{self, SAVED, Who};
use crate::pages::words::language;
use crate::visit::errand::{Do, Errand, SESSION_COOKIE, Say, Task};
use crate::visit::settings::{COOKIE, Settings};
use crate::visit::stranger::Stranger;
use crate::visit::updates::Updates;
use crate::words::Language;

/// Part of an address: how its page goes on is no choice for others.
pub(super) const FOR_NOW: &str = "now";

/// What whoever asks has chosen.
pub(super) fn of(asked: &HttpRequest<'_>) -> Settings {
    Settings::parse(cookie(asked, COOKIE).unwrap_or_default().as_bytes())
}

/// In which language they are answered.
pub(super) fn language_of(asked: &HttpRequest<'_>) -> Language {
    of(asked).language.unwrap_or_else(|| language(asked.all("Accept-Language").next()))
}

/// How a page goes on, and how the next one is to: as its address asks, or as was chosen
/// before. `updates` is what the address asks for.
pub(super) fn way(
    asked: &HttpRequest<'_>,
    is_front: bool,
    is_somebody: bool,
    updates: Updates,
) -> (Settings, Updates) {
    let settings = of(asked);
    if !is_front {
        return (settings, updates);
    }
    if ["live", "every", "way"].into_iter().any(|name| asked.parameter(name).is_some()) {
        return (settings.with_way(updates), updates);
    }
    // Whoever listens is somebody.
    let chosen = Some(settings.updates()).filter(|it| is_somebody || *it != Updates::Stream);
    (settings, chosen.unwrap_or_default())
}

/// The same answer, which has these kept if they are others than before and a link of ours
/// was followed: one in a message or of another site is no choice. Nor is what a full box
/// offers for now.
pub(super) fn remembered(
    asked: &HttpRequest<'_>,
    settings: Settings,
    mut response: Response,
) -> Response {
    let is_chosen = our_origin(asked).is_some() && asked.parameter(FOR_NOW).is_none();
    if is_chosen && settings != of(asked) {
        response.header("Set-Cookie", kept(&settings));
    }
    response
}

/// Answers a request for the page of settings, or for what was chosen there.
///
/// # Errors
/// It is neither.
pub(super) fn answer(asked: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    let said = |name| asked.parameter(name).or_else(|| field(asked, name));
    let room = said("room").and_then(|name| RoomName::parse(&name).ok());
    let room = room.unwrap_or_else(RoomName::lobby);
    let (token, in_links) = session(asked);
    let whoever = Whoever { room, token, in_links };
    if let Some(response) = session::cleared(asked) {
        return Ok(response);
    }
    Ok(match asked.method {
        "GET" | "HEAD" => match whoever.token {
            // Only the hub knows how they are called.
            Some(_) => answers::errand(context, whoever.errand(asked, context, of(asked), None)),
            None => {
                let who = Who::from(&whoever.room);
                answers::page(settings::page(language_of(asked), of(asked), &who))
            }
        },
        "POST" => {
            let settings = Settings::of_form(asked.body);
            let is_theirs = whoever.token.is_some() || is_left(asked);
            let response = match is_theirs.then(|| rename(asked)).flatten() {
                Some(wish) => {
                    answers::errand(context, whoever.errand(asked, context, settings, Some(wish)))
                }
                None => whoever.back(asked, settings),
            };
            response.with("Set-Cookie", kept(&settings))
        }
        _ => return Err(Refusal::WrongMethod),
    })
}

/// Who chooses, and where they come from.
struct Whoever {
    room: RoomName,
    token: Option<Token>,
    in_links: bool,
}

impl Whoever {
    /// What has to be asked of the hub.
    fn errand(
        self,
        asked: &HttpRequest<'_>,
        context: &Context,
        settings: Settings,
        wish: Option<Box<Do>>,
    ) -> Errand {
        let Self { room, token, in_links } = self;
        let own = cookie(asked, SESSION_COOKIE).and_then(Token::parse);
        let wanted = settings.language;
        Errand {
            room,
            is_guest: own.is_some() && own != token,
            token,
            in_links,
            next: None,
            is_new: false,
            updates: Updates::ByHand,
            takes_gzip: false,
            entry: context.entry.admits(asked.peer.ip(), None),
            peer: asked.peer,
            site: our_origin(asked),
            settings,
            language: wanted.unwrap_or_else(|| language(asked.all("Accept-Language").next())),
            task: Task::Settings(wish),
        }
    }

    /// Back to the room. Whoever has a session in links may keep no cookie either.
    fn back(&self, asked: &HttpRequest<'_>, settings: Settings) -> Response {
        let token = self.token.as_ref().filter(|_| self.in_links);
        let way = token.map(|_| settings.updates().query());
        let link = token.map(|token| format!("s={}", token.reveal()));
        let site = our_origin(asked).unwrap_or_default();
        let query = [Some(SAVED.to_owned()), way, link];
        elsewhere(format!("{site}{}", with_query(&moment::now(&address(&self.room)), &query)))
    }
}

/// To be called otherwise, or to have a secret for it, if that is what was typed.
fn rename(asked: &HttpRequest<'_>) -> Option<Box<Do>> {
    let typed = |name| field(asked, name).unwrap_or_default();
    let (name, secret) = (typed("name").trim().to_owned(), typed("secret"));
    if name.is_empty() || (name == typed("was") && secret.is_empty()) {
        return None;
    }
    let whole = if secret.is_empty() { name.clone() } else { format!("{name}#{secret}") };
    let wish = wish(&json!({"type": "name", "name": whole}));
    let stranger = Stranger::new(name, "", None);
    let is_stale = is_stale(asked) || is_left(asked);
    let form = Say { text: String::new(), once: None, id: None, stranger, is_stale };
    Some(Box::new(Do { wish, to: None, drawn: None, change: None, form }))
}

fn kept(settings: &Settings) -> String {
    let form = settings.form();
    let seconds = if form.is_empty() { 0 } else { limits::SETTINGS_KEPT.as_secs() };
    format!("{COOKIE}={form}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}
