//! What a reader sees who is not in the room: the form for its password, and the page of somebody
//! who was put out, or who waits to be admitted to a closed room.
//!
//! Owns: what such a reader can do there.
//! Must not know: why the hub has refused the reader.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::keeping_page::lesson;
use super::room_page::RoomPage;
use super::shared_forms::{self, SecretField};
use crate::chat::refused::Refused;
use crate::html::reasons::rounded;
use crate::html::text::{done_in_room, sentence};

/// The page of somebody who waits to be admitted loads itself again after so many seconds.
const LOOKS_AGAIN_SECONDS: &str = "10";

impl RoomPage<'_> {
    pub(super) fn password_form(&self) -> Markup {
        let words = self.room.words;
        html! {
            // After an empty password, the sentence beside the field says the same.
            @if self.trouble != self.refused_text() {
                h2 { (sentence(words, "refusedPassword", &[("room", self.room.name.as_str())])) }
            }
            form #say .keys method="post" action=(self.room.path()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.room.session_fields())
                input type="hidden" name="enter" value="1";
                @if let Some(at) = self.room.wanted.linked { input type="hidden" name="at" value=(at.0); }
                (shared_forms::trouble(self.trouble.as_deref()))
                p { label { (words.say("roomPassword")) " " input type="password" name="room-password" size="20" autofocus; } }
                @if self.room.token.is_none() { (shared_forms::stranger_signing_in(words, self.room.wanted.name.as_deref(), SecretField::of(self.room.wanted, self.room.signs_in(self.is_signed_out())), self.seed.as_ref(), "namePassword")) }
                @if let Some(text) = &self.room.wanted.unsent { (shared_forms::kept(words, text)) }
                p { button { (words.say("goIn")) } }
                @if self.room.token.is_some() { p { small { (words.say("lockedOnce")) } } }
            }
        }
    }

    /// Makes the sentence that the reader is muted, for how long yet; nothing, if they are not.
    pub(super) fn muted(&self) -> Markup {
        let words = self.room.words;
        let muted = self.room.view.joined.as_ref().and_then(|joined| joined.muted);
        // After a form was refused, the page says it already.
        let told = muted.map(|left| words.fill("mutedFor", &[("time", &rounded(words, left))]));
        html! { @if let Some(told) = told.filter(|told| self.trouble.as_ref() != Some(told)) { p.bad { (told) } } }
    }

    /// Makes what the room says while a lesson is on.
    pub(super) fn lesson(&self) -> Markup {
        let is_on = self.room.view.joined.as_ref().is_some_and(|joined| joined.state.lesson);
        html! { @if is_on { (lesson(&self.room)) } }
    }

    /// Makes what the room says to people who come for the first time: to a reader who is nobody
    /// yet. Others read it by `/rules`.
    pub(super) fn welcome(&self) -> Markup {
        let welcome = self.room.view.joined.as_ref().map_or("", |joined| joined.welcome.as_str());
        let is_first = self.room.token.is_none() && !welcome.is_empty();
        html! { @if is_first { p { (sentence(self.room.words, "roomSays", &[("text", welcome)])) } } }
    }

    /// Returns after how many seconds the page loads itself again; `None`: it does not. It does if
    /// the reader waits to be admitted.
    pub(super) fn looks_again_after(&self) -> Option<&'static str> {
        let waits = self.room.view.refused == Some(Refused::Closed) && self.room.token.is_some();
        waits.then_some(LOOKS_AGAIN_SECONDS)
    }

    /// Makes what a reader can do who may not enter the room now: look again, as somebody, or go to
    /// another room. A text that the reader has typed is still there.
    pub(super) fn outside(&self) -> Markup {
        let words = self.room.words;
        let is_stranger = self.room.token.is_none();
        html! {
            @if let Some(done) = &self.room.view.put_out { p { (done_in_room(words, done)) } }
            form #say .keys method="post" action=(self.room.path()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.room.session_fields())
                input type="hidden" name="enter" value="1";
                @if is_stranger { (shared_forms::stranger_signing_in(words, self.room.wanted.name.as_deref(), SecretField::of(self.room.wanted, self.room.signs_in(self.is_signed_out())), self.seed.as_ref(), "namePassword")) }
                @if let Some(text) = &self.room.wanted.unsent { (shared_forms::kept(words, text)) }
                p { button { (words.say(if is_stranger { "waitHere" } else { "lookAgain" })) } }
            }
            (self.rooms())
            (shared_forms::another_room(words, self.room.session().as_deref(), self.room.wanted.bad_room.as_deref(), None))
        }
    }
}
