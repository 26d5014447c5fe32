//! The page before all rooms: what to be called, and where to go.
//!
//! The rooms are buttons of one form, so a name that was typed goes along into any of them.
//!
//! Owns: how it looks.
//! Must not know: how one comes in.
//!
//! Next: `pages/doing.rs`.

use maud::{Markup, html};

use super::parts::{self, sentence};
use super::words::Sentences;
use super::{address, frame};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::http::response::Response;
use crate::visit::errand::Gate;
use crate::visit::seen::Sight;
use crate::visit::settings::Settings;
use crate::visit::stranger::Stranger;

/// What the page is made of.
#[derive(Debug)]
pub(super) struct EntryPage<'a> {
    pub(super) words: &'static Sentences,
    pub(super) settings: Settings,
    /// Which rooms there are, and who looks.
    pub(super) sight: &'a Sight,
    /// The session, if it must be in forms and links.
    pub(super) session: Option<String>,
    /// What shows that a form is of this session.
    pub(super) key: Option<String>,
    /// What was typed.
    pub(super) gate: &'a Gate,
    /// What makes a stranger one person, however often they send the form.
    pub(super) seed: Option<Token>,
    /// What went wrong, before all else.
    pub(super) trouble: Option<String>,
}

impl EntryPage<'_> {
    /// The page, as an answer with this status.
    pub(super) fn page(&self, status: u16) -> Response {
        let words = self.words;
        let body = html! {
            header {
                h1 { (words.say("brand")) }
                nav { a href=(self.settings_address()) { (words.say("settings")) } }
            }
            main.entry {
                @if let Some(trouble) = &self.trouble { p.bad role="alert" { b { (trouble) } } }
                @if let Some(room) = &self.gate.left {
                    p role="status" { (sentence(words, "youLeft", &[("room", room.as_str())])) }
                } @else {
                    p { (words.say("tagline")) }
                }
                @if self.sight.is_shut {
                    (parts::entrance(words, &address::address(&RoomName::lobby()), self.name(), self.seed.as_ref(), None))
                } @else {
                    (self.form())
                }
            }
        };
        let page = frame::page(words, words.say("brand"), self.settings, None, &body);
        Response::new(status, page.into_string())
    }

    fn form(&self) -> Markup {
        let words = self.words;
        let room = self.gate.to.clone().unwrap_or_else(|| RoomName::lobby().as_str().to_owned());
        html! {
            @if let Some(me) = &self.sight.me {
                p { (sentence(words, "youAre", &[("name", me.shown())])) }
            }
            form #say method="post" action="/rooms" accept-charset="utf-8" {
                (parts::charset())
                @if let Some(key) = &self.key { input type="hidden" name="key" value=(key); }
                @if let Some(session) = &self.session { input type="hidden" name="s" value=(session); }
                @if self.key.is_none() { (parts::stranger(words, self.name(), self.seed.as_ref())) }
                p {
                    label { (words.say("goToRoom")) " "
                        input type="text" name="room" size="20" value=(room);
                    }
                    " " button { (words.say("goIn")) }
                }
                @if !self.sight.rooms.is_empty() {
                    p.straight {
                        (words.say("straightTo"))
                        @for room in &self.sight.rooms {
                            " "
                            button name="room" value=(room.room) {
                                bdi { (room.room) } (words.say("listComma"))
                                (words.count("here", room.people))
                            }
                        }
                    }
                }
            }
        }
    }

    fn name(&self) -> Option<&str> {
        self.gate.stranger.as_ref().map(Stranger::name)
    }

    fn settings_address(&self) -> String {
        let session = self.session.as_ref().map(|token| format!("s={token}"));
        address::with_query("/settings", &[session])
    }
}
