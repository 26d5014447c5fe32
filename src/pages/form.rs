//! Where one writes on a room's page, and how that page goes on.
//!
//! Owns: the forms of a message, of a private one, of a change; what stands in them.
//! Must not know: what was said.
//!
//! Next: `pages/parts.rs`.

use maud::{Markup, html};

use super::room::{PageKind, RoomPage};
use super::{frame, moment, parts};
use crate::chat::entry::{Seq, What};
use crate::http::response::Response;
use crate::limits;
use crate::visit::settings::WAY_FORGOTTEN;
use crate::visit::updates::Updates;

impl RoomPage<'_> {
    /// The form of this page.
    pub(super) fn form(&self) -> Markup {
        html! {
            form #say method="post" action=(self.address()) accept-charset="utf-8" {
                (parts::charset())
                (self.hidden())
                @if self.token.is_none() { (parts::stranger(self.words, self.name, self.seed.as_ref())) }
                (self.addressee())
                p {
                    label { (self.called()) " "
                        input type="text" name="text" size=(self.columns()) autocomplete="off" value=[self.field()];
                    }
                    " " button { (self.words.say("send")) }
                    @if let PageKind::Change(_) = self.kind {
                        " " button name="delete" value="1" { (self.words.say("deleteIt")) }
                    }
                }
            }
        }
    }

    /// What the field is for.
    fn called(&self) -> Markup {
        match &self.kind {
            PageKind::Private(to) if !to.is_empty() && self.trouble.is_none() => {
                html! { span { (parts::sentence(self.words, "messageOnly", &[("name", to)])) } }
            }
            _ => html! { (self.words.say("message")) },
        }
    }

    /// With what it is called, and its button, the field has one line of a terminal.
    fn columns(&self) -> usize {
        if matches!(&self.kind, PageKind::Private(to) if !to.is_empty()) { 40 } else { 64 }
    }

    /// What a locked room asks for; what was typed to be said there waits below.
    pub(super) fn lock(&self) -> Markup {
        let words = self.words;
        html! {
            form #say method="post" action=(self.address()) accept-charset="utf-8" {
                (parts::charset())
                (self.session_fields())
                input type="hidden" name="enter" value="1";
                p { label { (words.say("password")) " " input type="password" name="room-password" size="20"; } }
                @if self.token.is_none() { (parts::stranger(words, self.name, self.seed.as_ref())) }
                @if let Some(text) = &self.unsent { (parts::kept(words, text)) }
                p { button { (words.say("goIn")) } }
            }
        }
    }

    /// Whose form it is.
    pub(super) fn session_fields(&self) -> Markup {
        html! {
            @if let Some(token) = self.token {
                input type="hidden" name="key" value=(token.form_key());
                @if self.in_links { input type="hidden" name="s" value=(token.reveal()); }
            }
        }
    }

    /// What a form says beside what is typed.
    fn hidden(&self) -> Markup {
        html! {
            @if let Some((name, value)) = self.updates.field() {
                input type="hidden" name=(name) value=(value);
            }
            @if let Some(once) = &self.once { input type="hidden" name="once" value=(once.as_str()); }
            (self.session_fields())
            @if let PageKind::Change(seq) = self.kind {
                input type="hidden" name="change" value=(seq.0);
            }
        }
    }

    /// What stands in the field: what could not be sent, or what is to be changed.
    fn field(&self) -> Option<String> {
        self.unsent.clone().or_else(|| match self.kind {
            PageKind::Change(seq) => self.said(seq),
            _ => None,
        })
    }

    fn said(&self, seq: Seq) -> Option<String> {
        let line = self.sight.lines.iter().find(|line| line.seq == seq)?;
        match &line.what {
            What::Said(text) | What::Acted(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// How the page goes on, and how it could.
    pub(super) fn ways(&self) -> Markup {
        let words = self.words;
        let address = self.address();
        let again = match &self.sight.joined {
            Some(joined) => moment::since(&address, joined),
            None => moment::now(&address),
        };
        let again = self.link(&again, "");
        let usual = self.settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL);
        let seconds = |key, seconds: u16| words.fill(key, &[("n", &seconds.to_string())]);
        html! {
            p.ways {
                @match self.updates {
                    Updates::ByHand => {
                        (words.say("noScript")) " " a href=(again) { (words.say("refresh")) }
                    }
                    // A box that was killed ends what goes on in the frame without a word.
                    Updates::Stream => {
                        (words.say("updates")) " "
                        a href=(self.way(Updates::Stream)) { (words.say("standsStill")) }
                    }
                    Updates::Every(pause) => { (seconds("refreshes", pause)) }
                }
                @if self.updates != Updates::ByHand {
                    " " a href=(self.link(&self.address(), WAY_FORGOTTEN)) { (words.say("plainPage")) }
                }
                // Whoever listens is somebody.
                @if self.token.is_some() && self.updates != Updates::Stream {
                    " " a href=(self.way(Updates::Stream)) { (words.say("livePage")) }
                }
                @if !matches!(self.updates, Updates::Every(_)) {
                    " " a href=(self.way(Updates::Every(usual))) { (seconds("everySeconds", usual)) }
                }
                " " small { (words.say("commandsHint")) }
            }
        }
    }

    /// What the address of another room says, so that its page goes on as this one does,
    /// where no cookie says it.
    pub(super) fn way_on(&self) -> String {
        if self.in_links { self.updates.query() } else { String::new() }
    }

    fn way(&self, updates: Updates) -> String {
        self.link(&self.address(), &updates.query())
    }

    /// What is said in a frame, which goes on by itself; a browser without frames has a
    /// link to it.
    pub(super) fn frame(&self) -> Markup {
        let (path, query) = match self.updates {
            Updates::Stream => ("stream", self.streamed()),
            other => ("list", self.listed(other)),
        };
        let address = self.link(&format!("{}/{path}", self.address()), &query);
        let title = self.words.fill("messagesIn", &[("room", self.room.as_str())]);
        html! { iframe.stream src=(address) title=(title) { a href=(address) { (title) } } }
    }

    /// The list alone, which says so when another log has begun.
    fn listed(&self, updates: Updates) -> String {
        let query = updates.query();
        match &self.sight.joined {
            Some(joined) => format!("{query}&log={}", joined.epoch),
            None => query,
        }
    }

    /// The newest lines and what comes, from the first of them on: so whoever loads it again
    /// is told what is not there any more.
    fn streamed(&self) -> String {
        let html = "as=html".to_owned();
        let Some(joined) = &self.sight.joined else { return html };
        // A number that is counted back to may be one that a crash has skipped.
        let first = self.sight.lines.first().map_or_else(|| joined.seq.next(), |line| line.seq);
        let behind = first.0.saturating_sub(1);
        format!("{html}&after={}.{behind}", joined.epoch)
    }

    /// The list alone, which is loaded again after so many seconds.
    pub(super) fn list(&self, status: u16, pause: u16) -> Response {
        let title = self.words.fill("messagesIn", &[("room", self.room.as_str())]);
        let body = html! {
            main {
                @if let Some(trouble) = &self.trouble { p.bad { (trouble) } }
                @if let Some(crowded) = self.crowded() { p.bad { (crowded) } }
                @if let Some(refused) = self.refusal() { p.bad { (refused) } }
                (self.messages())
                p { a href=(self.link(&self.address(), WAY_FORGOTTEN)) { (self.words.say("plainPage")) } }
            }
        };
        let page = frame::list(self.words, &title, self.settings, pause, &body);
        Response::new(status, page.into_string())
    }
}
