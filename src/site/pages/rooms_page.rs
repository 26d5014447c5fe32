//! The page with the list of rooms: the reader types a name and chooses a room.
//!
//! Each room is a button of one form, so the browser sends the typed name together with the chosen
//! room.
//!
//! Owns: how the page looks.
//! Must not know: how a person enters a room.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::room_news::new_there;
use super::shared_forms::SecretField;
use super::{layout, shared_forms};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::escaped;
use crate::html::{address, sentences::Sentences, text::sentence};
use crate::server::http::response::Response;
use crate::site::visit::page_settings::PageSettings;
use crate::site::visit::room_view::RoomView;
use crate::site::visit::rooms_form::RoomsForm;
use crate::site::visit::stranger::Stranger;

#[derive(Debug)]
pub(super) struct RoomsPage<'a> {
    pub(super) words: &'static Sentences,
    pub(super) settings: PageSettings,
    pub(super) view: &'a RoomView,
    /// The session's token for forms and links, if the browser does not send it in a cookie;
    /// otherwise `None`.
    pub(super) session: Option<String>,
    /// The key that proves that a form belongs to the reader's session. `None`: the reader is a
    /// stranger, or the session has ended.
    pub(super) key: Option<String>,
    pub(super) form: &'a RoomsForm,
    /// The seed that a stranger's form has: with it a stranger becomes only one person, however
    /// often the form is sent. `None`: the kernel had no randomness.
    pub(super) seed: Option<Token>,
    pub(super) trouble: Option<String>,
    /// The notices of mentions in rooms, and of new private messages.
    pub(super) notices: Markup,
}

impl RoomsPage<'_> {
    pub(super) fn page(&self, status: u16) -> Response {
        let words = self.words;
        let body = html! {
            header {
                (shared_forms::mark())
                h1 { (words.say("brand")) }
                nav {
                    @if self.view.me.is_some() {
                        a href=(self.way_back()) { (words.fill("backToRoom", &[("room", self.from().as_str())])) } " "
                    }
                    a href=(self.settings_address()) { (words.say("settings")) }
                }
            }
            main.entry {
                @if let Some(trouble) = &self.trouble { p.bad role="alert" { b { (trouble) } } }
                @if let Some(room) = &self.form.left {
                    p role="status" { (sentence(words, "youLeft", &[("room", room.as_str())])) }
                } @else {
                    p { (words.say("tagline")) }
                }
                (self.notices)
                @if self.view.is_shut {
                    (shared_forms::entrance(words, &address::address(&RoomName::lobby()), (self.name(), SecretField::after(self.name(), false)), self.seed.as_ref(), None))
                } @else {
                    (self.form())
                    (self.new_room())
                }
            }
        };
        let page = layout::page(words, words.say("brand"), self.settings, None, &body);
        Response::new(status, page.into_string())
    }

    fn form(&self) -> Markup {
        let words = self.words;
        let typed = self.form.to.as_deref().filter(|_| !self.form.is_of_new_room());
        html! {
            @if let Some(me) = &self.view.me {
                p { (sentence(words, "youAre", &[("name", me.shown())])) }
            }
            form #say method="post" action=(address::of_rooms()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.session_fields())
                @if !self.form.text.is_empty() { input type="hidden" name="text" value=(self.form.text); }
                @if self.key.is_none() { (self.stranger()) }
                p {
                    label { (words.say("goToRoom")) " "
                        input type="text" name="room" size="20" value=[typed];
                    }
                    " " button { (words.say("goIn")) }
                }
                @if !self.view.rooms.is_empty() {
                    p { (words.say("straightTo")) }
                    (shared_forms::rooms(words, &self.view.rooms, |room| html! {
                        button name="room" value=(room.room) { bdi { (room.room) } }
                        (new_there(words, &self.view.news, &room.room))
                    }))
                }
            }
        }
    }

    fn session_fields(&self) -> Markup {
        html! {
            @if let Some(key) = &self.key { input type="hidden" name="key" value=(key); }
            @if let Some(session) = &self.session { input type="hidden" name="s" value=(session); }
            @if let Some(from) = &self.form.from { input type="hidden" name="from" value=(from); }
        }
    }

    /// Makes the form for a new room. A stranger's form has a field for the name.
    fn new_room(&self) -> Markup {
        let words = self.words;
        let typed = self.form.to.as_deref().filter(|_| self.form.is_of_new_room());
        let name = typed.or(self.form.named.as_deref());
        let fields = html! {
            (self.session_fields())
            p {
                label { (words.say("roomName")) " "
                    input type="text" name="room" size="20" value=[name];
                }
            }
            @if self.key.is_none() { (self.stranger()) }
        };
        shared_forms::new_room(words, &fields, self.form)
    }

    fn stranger(&self) -> Markup {
        let kept = self.form.stranger.as_ref().filter(|_| self.form.keeps_secret);
        let kept = kept.and_then(Stranger::secret);
        let secret = kept.as_ref().map_or_else(
            || SecretField::after(self.name(), self.form.is_name_in_use),
            SecretField::Kept,
        );
        shared_forms::stranger(self.words, self.name(), secret, self.seed.as_ref())
    }

    fn name(&self) -> Option<&str> {
        self.form.stranger.as_ref().map(Stranger::name)
    }

    /// Returns the room to which the page leads back.
    fn from(&self) -> RoomName {
        self.form.from.clone().unwrap_or_else(RoomName::lobby)
    }

    fn way_back(&self) -> String {
        let session = self.session.as_ref().map(|token| format!("s={token}"));
        let place = if self.settings.is_newest_last { address::AT_NEWEST } else { "" };
        address::with_query(&address::fresh(&address::address(&self.from())), &[session]) + place
    }

    fn settings_address(&self) -> String {
        let session = self.session.as_ref().map(|token| format!("s={token}"));
        let room = self.form.from.as_ref().map(|room| format!("room={}", escaped(room.as_str())));
        address::with_query(&address::of_settings(), &[room, session])
    }
}
