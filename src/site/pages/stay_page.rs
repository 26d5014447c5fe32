//! *Stay connected*: the form with which a person on a hotspot lets the phone keep the Wi-Fi, and
//! the page that comes after it.
//!
//! Owns: what the form says that it does.
//! Must not know: what a hotspot answers to phones.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::room_page::RoomPage;
use super::{layout, shared_forms};
use crate::base::language::Language;
use crate::chat::room_name::RoomName;
use crate::html::address::{address, of_stay, with_query};
use crate::html::sentences::Sentences;
use crate::site::visit::page_settings::PageSettings;
use crate::site::visit::request_session::RequestSession;

impl RoomPage<'_> {
    /// Makes the form on the page of this room.
    pub(super) fn stay_form(&self) -> Markup {
        form(self.room.words, self.room.name, &self.room.session_fields())
    }
}

/// Makes the form. Its answer leads back to this room. `fields` say whose form it is.
fn form(words: &Sentences, room: &RoomName, fields: &Markup) -> Markup {
    html! {
        form method="post" action=(of_stay()) accept-charset="utf-8" {
            (shared_forms::charset())
            (fields)
            input type="hidden" name="room" value=(room);
            p { button { (words.say("stay")) } " " small { (words.say("stayMore")) } }
        }
    }
}

/// Makes the page of the form alone, which leads back to this room. `stays`: the reader's phone
/// stays by now. Then the page says so, and that the chat is at `chat`.
pub fn page(
    language: Language,
    settings: PageSettings,
    room: &RoomName,
    session: &RequestSession,
    stays: bool,
    chat: &str,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let title = format!("{} - {}", words.say("stay"), words.say("brand"));
    let token = session.token();
    let in_links = session.for_links(token);
    let part = in_links.as_ref().map(|token| format!("s={token}"));
    // The pop-up has no other way to new messages. It is no choice that the settings should store.
    let back = with_query(&address(room), &[Some("every=&now=1".to_owned()), part]);
    let fields = html! {
        @if let Some(token) = token { input type="hidden" name="key" value=(token.form_key()); }
        @if let Some(session) = &in_links { input type="hidden" name="s" value=(session); }
    };
    let body = html! {
        header {
            (shared_forms::mark())
            h1.whole { (words.say("stay")) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", room.as_str())])) } }
        }
        main {
            @if stays { p role="status" { b { (words.fill("stayed", &[("address", chat)])) } } }
            @else { (form(words, room, &fields)) }
        }
    };
    layout::page(words, &title, settings, None, &body).into_string().into_bytes()
}
