//! The header of a room's page without scripts: the name of the place, and the links that lead on.
//!
//! Owns: which links a page has.
//! Must not know: what they lead to.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::private_talk::{is_gone, unread_talks};
use super::room_form::place_of_field;
use super::room_news::counted;
use super::room_page::RoomPage;
use super::shared_forms;
use crate::chat::clean::without_overrides;
use crate::chat::room_name::RoomName;
use crate::html::address::{escaped, fresh, of_rooms, of_settings};
use crate::html::text::sentence;
use crate::site::visit::page_request::PageKind;

impl RoomPage<'_> {
    /// Makes the header: where the reader is, and the links that lead on.
    pub(super) fn header(&self) -> Markup {
        if self.has_left() {
            return shared_forms::bare_header(self.room.words);
        }
        let topic = self.room.view.joined.as_ref().map_or("", |joined| joined.topic.as_str());
        // Without a style sheet this is between the name of the room and what follows it.
        let heard_dash = html! { span.heard { " - " } };
        html! {
            header {
                @if self.has_field() { a #skip href=(place_of_field(self.request.browser.is_textual)) { (self.room.words.say("skip")) } }
                (shared_forms::mark())
                h1 class=[self.names_room().then_some("room")] {
                    @match &self.room.wanted.kind {
                        PageKind::Private(to) if !to.is_empty() && !self.is_to_nobody() => {
                            @let to = if is_gone(to) { self.room.words.say("removedName") } else { to };
                            (sentence(self.room.words, "privateWith", &[("name", to)]))
                        }
                        PageKind::Private(_) => { (self.room.words.say("privateMessages")) }
                        PageKind::Change(_) => { (self.room.words.say("editMessage")) }
                        PageKind::Delete(_) => { (self.room.words.say("deleteReally")) }
                        PageKind::History | PageKind::Found(_) => {
                            bdi { (self.room.name) }
                            (heard_dash) small { (self.room.words.say("history")) }
                        }
                        _ => {
                            bdi { (self.room.name) }
                            (shared_forms::privacy_mark(self.room.words, self.privacy()))
                            @if !topic.is_empty() {
                                (heard_dash) small dir="auto" { (without_overrides(topic)) }
                            }
                        }
                    }
                }
                // On a phone the links have no room for it in their one row. In a terminal it would
                // take a row of its own.
                @if !self.request.browser.is_textual && !self.room.view.is_shut { (self.reader()) }
                @if self.can_leave() {
                    form method="post" action=(self.room.path()) accept-charset="utf-8" {
                        (shared_forms::charset())
                        (self.room.session_fields())
                        nav {
                            (self.head_links()) " "
                            @if !self.request.browser.is_textual { (self.leave()) }
                        }
                    }
                } @else if !self.room.view.is_shut {
                    nav { (self.head_links()) }
                }
            }
        }
    }

    pub(super) fn can_leave(&self) -> bool {
        let is_of_room = self.room.wanted.kind == PageKind::Newest;
        is_of_room && self.room.token.is_some() && self.room.view.joined.is_some()
    }

    /// Makes the button that leaves the room. In a terminal it stands at the list of rooms: beside
    /// the field for a message, one Tab too few would press it.
    pub(super) fn leave(&self) -> Markup {
        // Lynx shows the `value` of a button that sends a form as the button's text.
        html! { input type="submit" name="leave" value=(self.room.words.say("leave")); }
    }

    /// Returns whether the heading is the name of the room, and perhaps its topic.
    fn names_room(&self) -> bool {
        use PageKind::{Change, Delete, Private};
        !matches!(self.room.wanted.kind, Private(_) | Change(_) | Delete(_))
    }

    /// Returns the title of the page, for the browser's window.
    pub(super) fn title(&self) -> String {
        let (words, room) = (self.room.words, self.room.name.as_str());
        match &self.room.wanted.kind {
            PageKind::Private(to) if !to.is_empty() && !is_gone(to) && !self.is_to_nobody() => {
                words.fill("privateWith", &[("name", to)])
            }
            PageKind::Private(_) => words.say("privateMessages").to_owned(),
            PageKind::Change(_) => words.say("editMessage").to_owned(),
            PageKind::Delete(_) => words.say("deleteReally").to_owned(),
            PageKind::Keeping => format!("{room} - {}", words.say("keepRoom")),
            PageKind::Deleting => format!("{room} - {}", words.say("deleteMany")),
            // The live page shows a message to which a link leads.
            PageKind::History | PageKind::Found(_) if self.room.wanted.linked.is_none() => {
                format!("{room} - {}", words.say("history"))
            }
            _ => room.to_owned(),
        }
    }

    /// Returns the words of the link to the private talks, with the number of people whose newest
    /// private message is new. While messages come into a frame, the page around it stays as it is,
    /// and a number on it would soon be wrong.
    fn private_words(&self) -> String {
        let words = self.room.words.say("private").to_owned();
        match unread_talks(&self.room).len() {
            count @ 1.. if !self.has_frame() => self.with_count(&words, &count.to_string()),
            _ => words,
        }
    }

    /// Returns the words of the link to the list of rooms, with the number of messages that are new
    /// in other rooms, as that list counts them. While messages come into a frame, the page around
    /// it has no such number.
    fn rooms_words(&self) -> String {
        let (words, view) = (self.room.words, self.room.view);
        let rooms = words.count(view.rooms.len(), "roomsCountOne", "roomsCount");
        if self.has_frame() || view.news.is_empty() {
            return rooms;
        }
        self.with_count(&rooms, &counted(words, &view.news))
    }

    /// Returns the words of a link with what is new there, in brackets.
    fn with_count(&self, link: &str, new: &str) -> String {
        let words = self.room.words;
        format!("{link}{}{}", words.gap(), words.bracketed(new))
    }

    /// Returns the URL of a page of the server that leads back to this room, which the parameter
    /// `name` says. Such a page leads to the lobby by itself.
    fn link_with_room(&self, path: &str, name: &str) -> String {
        let room = self.room.name;
        let query = format!("{name}={}", escaped(room.as_str()));
        self.room.link(path, if *room == RoomName::lobby() { "" } else { &query })
    }

    /// Makes the words that say who the reader is; nothing, if the reader is nobody.
    fn reader(&self) -> Markup {
        let me = self.room.view.me.as_ref();
        html! {
            @if let Some(me) = me {
                small { (sentence(self.room.words, "youAre", &[("name", me.shown())])) }
            }
        }
    }

    fn head_links(&self) -> Markup {
        let words = self.room.words;
        let room = self.room.name.as_str();
        html! {
            @if self.room.wanted.kind != PageKind::Newest {
                a href=(self.room.newest_link()) {
                    span { (sentence(words, "backToRoom", &[("room", room)])) }
                }
                " "
            }
            @if (self.room.wanted.kind == PageKind::Newest || self.room.wanted.linked.is_some()) && !self.room.is_locked() && !self.room.is_kept_out() {
                a href="#here" { (self.people_heading()) } " "
            }
            a href=(self.link_with_room(&fresh(&of_rooms()), "from")) { (self.rooms_words()) }
            @if self.room.token.is_some() {
                " " a href=(self.room.fresh_link(&self.room.private_path())) { (self.private_words()) }
            }
            // The history is that of the room, and not of a private talk.
            @if !self.room.is_locked() && !self.room.is_kept_out() && self.room.wanted.kind != PageKind::History && !self.is_private() {
                " " a href=(self.room.fresh_link(&format!("{}/history", self.room.path()))) { (words.say("history")) }
            }
            @if self.room.token.is_some() && self.room.view.joined.is_some() && !self.is_private() {
                " " a href=(self.room.link(&format!("{}/invite", self.room.path()), "")) { (words.say("invite")) }
            }
            @if self.room.token.is_none() && self.room.wanted.kind == PageKind::Newest {
                " " a href=(self.room.page_link("sign-in")) { (words.say("signIn")) }
            }
            " "
            @if self.request.browser.is_textual { (self.reader()) " " }
            a href=(self.link_with_room(&of_settings(), "room")) { (words.say("settings")) }
        }
    }
}
