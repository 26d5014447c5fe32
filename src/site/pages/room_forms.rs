//! The forms on a room's page, and the choice of how that page gets new messages.
//!
//! Owns: the forms for a message, for a private message and to change a message; what their fields
//! contain.
//! Must not know: what was said.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::room_page::RoomPage;
use super::{layout, shared_forms};
use crate::base::limits;
use crate::chat::entry::{EntryKind, Seq};
use crate::html::address::{fresh, fresh_since};
use crate::html::quote;
use crate::server::http::response::Response;
use crate::site::visit::page_request::PageKind;
use crate::site::visit::page_settings::{Updates, WAY_FORGOTTEN};

impl RoomPage<'_> {
    pub(super) fn form(&self) -> Markup {
        html! {
            form #say method="post" action=(self.address()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.hidden_fields())
                @if self.token.is_none() { (shared_forms::stranger(self.words, self.wanted.name.as_deref(), self.seed.as_ref())) }
                (self.addressee())
                (self.answered_message())
                p {
                    label { (self.field_label()) " "
                        input type="text" name="text" size=(self.field_width()) autocomplete="off" value=[self.field_text()];
                    }
                    " " button { (self.words.say("send")) }
                    @if let PageKind::Change(_) = self.wanted.kind {
                        " " button name="delete" value="1" { (self.words.say("delete")) }
                    }
                }
            }
        }
    }

    /// Makes the text that says which message the form answers, and the link to a form that answers
    /// none. If this form answers no message, makes nothing.
    fn answered_message(&self) -> Markup {
        let Some(seq) = self.wanted.answers else { return html! {} };
        let words = self.words;
        let without = match &self.wanted.kind {
            PageKind::Private(to) => self.fresh_talk_link(to),
            _ => self.fresh_link(&self.address()),
        };
        html! {
            input type="hidden" name="reply" value=(seq.0);
            p {
                span {
                    @match self.view.message(seq) {
                        Some(message) => {
                            @let name = message.by.name.shown();
                            (crate::html::text::sentence(words, "replyingTo", &[("name", name)]))
                            bdi { (quote::words_of(words, message)) }
                        }
                        None => { (words.fill("replyingToNumber", &[("n", &seq.0.to_string())])) }
                    }
                }
                " " a href=(without) { (words.say("cancel")) }
            }
        }
    }

    fn field_label(&self) -> Markup {
        match &self.wanted.kind {
            PageKind::Private(to) if !to.is_empty() && self.trouble.is_none() => {
                html! { span { (crate::html::text::sentence(self.words, "messageOnly", &[("name", to)])) } }
            }
            _ => html! { (self.words.say("message")) },
        }
    }

    /// Returns the width of the field in characters. Field, label and button together fit into one
    /// line of a terminal.
    fn field_width(&self) -> usize {
        if matches!(&self.wanted.kind, PageKind::Private(to) if !to.is_empty()) { 40 } else { 64 }
    }

    pub(super) fn password_form(&self) -> Markup {
        let words = self.words;
        html! {
            h2 { (crate::html::text::sentence(words, "refusedPassword", &[("room", self.request.room.as_str())])) }
            form #say method="post" action=(self.address()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.session_fields())
                input type="hidden" name="enter" value="1";
                p { label { (words.say("password")) " " input type="password" name="room-password" size="20"; } }
                @if self.token.is_none() { (shared_forms::stranger(words, self.wanted.name.as_deref(), self.seed.as_ref())) }
                @if let Some(text) = &self.wanted.unsent { (shared_forms::kept(words, text)) }
                p { button { (words.say("goIn")) } }
            }
        }
    }

    /// Makes the hidden fields that say to which session the form belongs; none for a stranger.
    pub(super) fn session_fields(&self) -> Markup {
        html! {
            @if let Some(token) = self.token {
                input type="hidden" name="key" value=(token.form_key());
                @if self.request.session.in_links() { input type="hidden" name="s" value=(token.reveal()); }
            }
        }
    }

    fn hidden_fields(&self) -> Markup {
        html! {
            @if let Some((name, value)) = self.request.updates.field() {
                input type="hidden" name=(name) value=(value);
            }
            @if let Some(form_id) = &self.form_id { input type="hidden" name="once" value=(form_id.as_str()); }
            (self.session_fields())
            @if let PageKind::Change(seq) = self.wanted.kind {
                input type="hidden" name="change" value=(seq.0);
            }
        }
    }

    /// Returns the text that the field contains: a text that could not be sent, or the message to
    /// change. `None`: the field is empty.
    fn field_text(&self) -> Option<String> {
        self.wanted.unsent.clone().or_else(|| match self.wanted.kind {
            PageKind::Change(seq) => self.message_text(seq),
            _ => None,
        })
    }

    fn message_text(&self, seq: Seq) -> Option<String> {
        let line = self.view.lines.iter().find(|line| line.seq == seq)?;
        match &line.what {
            EntryKind::Said(text) | EntryKind::Acted(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn update_links(&self) -> Markup {
        let words = self.words;
        let address = self.address();
        let again = match &self.view.joined {
            Some(joined) => fresh_since(&address, joined),
            None => fresh(&address),
        };
        let again = self.link(&again, "");
        let usual = self.request.settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL);
        let seconds = |key, seconds: u16| words.fill(key, &[("n", &seconds.to_string())]);
        html! {
            p.ways {
                @match self.request.updates {
                    Updates::ByHand => {
                        (words.say("noScript")) " " a href=(again) { (words.say("refresh")) }
                    }
                    // If the server is killed, the frame with the stream stops without a notice. So
                    // the page says what the reader can do then.
                    Updates::Stream => {
                        (words.say("updates")) " "
                        a href=(self.update_link(Updates::Stream)) { (words.say("standsStill")) }
                    }
                    Updates::Every(pause) => { (seconds("refreshes", pause)) }
                }
                @if self.request.updates != Updates::ByHand {
                    " " a href=(self.link(&self.address(), WAY_FORGOTTEN)) { (words.say("plainPage")) }
                }
                // A stream needs a session, so a stranger gets no link to it.
                @if self.token.is_some() && self.request.updates != Updates::Stream {
                    " " a href=(self.update_link(Updates::Stream)) { (words.say("livePage")) }
                }
                @if !matches!(self.request.updates, Updates::Every(_)) {
                    " " a href=(self.update_link(Updates::Every(usual))) { (seconds("everySeconds", usual)) }
                }
                @if self.token.is_some() { " " small { (words.say("commandsHint")) } }
            }
        }
    }

    /// Returns the query for links to other rooms. If links must contain the session, the browser
    /// may have no cookie with the settings, so the query says how the page gets new messages.
    /// Otherwise the query is empty.
    pub(super) fn updates_query(&self) -> String {
        if self.request.session.in_links() { self.request.updates.query() } else { String::new() }
    }

    fn update_link(&self, updates: Updates) -> String {
        self.link(&self.address(), &updates.query())
    }

    /// Makes the frame with the messages, which updates by itself. A browser without frames shows a
    /// link to the frame's page.
    pub(super) fn frame(&self) -> Markup {
        let (path, query) = match self.request.updates {
            Updates::Stream => ("stream", self.stream_query()),
            other => ("list", self.list_query(other)),
        };
        let address = self.link(&format!("{}/{path}", self.address()), &query);
        let title = self.words.fill("messagesIn", &[("room", self.request.room.as_str())]);
        html! { iframe.stream src=(address) title=(title) { a href=(address) { (title) } } }
    }

    /// Returns the query for the list in a frame. It names the log, so that the list can say when
    /// another log has begun.
    fn list_query(&self, updates: Updates) -> String {
        let query = updates.query();
        match &self.view.joined {
            Some(joined) => format!("{query}&log={}", joined.epoch),
            None => query,
        }
    }

    /// Returns the query for the stream in a frame. The stream begins with the oldest message of
    /// this page. If the server has lost some of these messages when the frame reloads, the stream
    /// says so.
    fn stream_query(&self) -> String {
        let html = "as=html".to_owned();
        let Some(joined) = &self.view.joined else { return html };
        // Begin at the number of the page's oldest message. A number that is computed from the
        // newest number could be one that the server skipped after a crash.
        let first = self.view.lines.first().map_or_else(|| joined.seq.next(), |line| line.seq);
        let behind = first.0.saturating_sub(1);
        format!("{html}&after={}.{behind}", joined.epoch)
    }

    pub(super) fn list_page(&self, status: u16, pause: u16) -> Response {
        let title = self.words.fill("messagesIn", &[("room", self.request.room.as_str())]);
        let body = html! {
            main {
                @if let Some(trouble) = &self.trouble { p.bad { (trouble) } }
                @if let Some(crowded) = self.crowded() { p.bad { (crowded) } }
                @if let Some(refused) = self.refused_text() { p.bad { (refused) } }
                (self.messages())
                p { a href=(self.link(&self.address(), WAY_FORGOTTEN)) { (self.words.say("plainPage")) } }
            }
        };
        let page = layout::reloading_page(self.words, &title, self.request.settings, pause, &body);
        Response::new(status, page.into_string())
    }
}
