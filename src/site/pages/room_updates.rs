//! How a page of a room gets new messages: the frame with the messages, and the links to other
//! ways.
//!
//! Owns: what the page says of its way, and from which message on the frame shows the room.
//! Must not know: what was said.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::shown_room::ShownRoom;
use crate::html::address::{fresh, fresh_since};
use crate::site::visit::page_settings::{Updates, WAY_FORGOTTEN};

pub(super) struct RoomUpdates<'a> {
    pub(super) room: &'a ShownRoom<'a>,
    pub(super) updates: Updates,
    /// The number of seconds in the link with which the reader can choose a page that reloads. If
    /// this page reloads already, its interval is in `updates`.
    pub(super) every: u16,
}

impl RoomUpdates<'_> {
    pub(super) fn choices(&self) -> Markup {
        let words = self.room.words;
        let address = self.room.path();
        let again = match &self.room.view.joined {
            Some(joined) => fresh_since(&address, joined),
            None => fresh(&address),
        };
        let again = self.room.link(&again, "");
        let seconds = |key, seconds: u16| words.fill(key, &[("n", &seconds.to_string())]);
        html! {
            p.ways {
                @match self.updates {
                    Updates::ByHand => {
                        (words.say("noScript")) " " a href=(again) { (words.say("refresh")) }
                    }
                    // If the server is killed, the frame with the stream stops without a notice. So
                    // the page says what the reader can do then.
                    Updates::Stream => {
                        (words.say("updates")) " "
                        a href=(self.room.page_link(&Updates::Stream.query())) { (words.say("standsStill")) }
                    }
                    Updates::Every(pause) => { (seconds("refreshes", pause)) }
                }
                @if self.updates != Updates::ByHand {
                    " " a href=(self.room.page_link(WAY_FORGOTTEN)) { (words.say("plainPage")) }
                }
                // A stream needs a session, so a stranger gets no link to it.
                @if self.room.token.is_some() && self.updates != Updates::Stream {
                    " " a href=(self.room.page_link(&Updates::Stream.query())) { (words.say("livePage")) }
                }
                @if !matches!(self.updates, Updates::Every(_)) {
                    " " a href=(self.room.page_link(&Updates::Every(self.every).query())) { (seconds("everySeconds", self.every)) }
                }
                @if self.room.token.is_some() { " " small { (words.say("commandsHint")) } }
            }
        }
    }

    /// Makes the frame with the messages, which updates by itself. A browser without frames shows
    /// what is in it: that this page does not update by itself there, and `messages`.
    pub(super) fn frame(&self, messages: &Markup) -> Markup {
        let (path, query) = match self.updates {
            Updates::Stream => ("stream", self.stream_query()),
            other => ("list", self.list_query(other)),
        };
        let address = self.room.link(&format!("{}/{path}", self.room.path()), &query);
        let title = self.room.words.fill("messagesIn", &[("room", self.room.name.as_str())]);
        let again = self.room.link(&fresh(&self.room.path()), &self.updates.query());
        html! {
            div {
                iframe.stream src=(address) title=(title) {
                    p { (self.room.words.say("noFrames")) " " a href=(again) { (self.room.words.say("refresh")) } }
                    (messages)
                }
            }
        }
    }

    /// Returns the query for the list in a frame. It names the log, so that the list can say when
    /// another log has begun.
    fn list_query(&self, updates: Updates) -> String {
        let query = updates.query();
        match &self.room.view.joined {
            Some(joined) => format!("{query}&log={}", joined.epoch),
            None => query,
        }
    }

    /// Returns the query for the stream in a frame. The stream begins with the oldest message of
    /// this page. If the server has lost some of these messages when the frame reloads, the stream
    /// says so.
    fn stream_query(&self) -> String {
        let html = "as=html".to_owned();
        let Some(joined) = &self.room.view.joined else { return html };
        // The stream begins at the number of the page's oldest message. If the number were computed
        // from the newest one, it could be one that the server skipped after a crash.
        let first = self.room.log.lines.first().map_or_else(|| joined.seq.next(), |line| line.seq);
        let behind = first.0.saturating_sub(1);
        // The page itself has the notices of the private messages of which it knows.
        let private = self.room.log.private_entries.last().map_or_else(String::new, |newest| {
            format!("&private={}.{}", newest.epoch, newest.seq.0)
        });
        format!("{html}&after={}.{behind}{private}", joined.epoch)
    }
}
