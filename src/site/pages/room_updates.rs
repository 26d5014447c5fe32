//! How a page of a room, or of a private talk, gets new messages: the frame with the messages, and
//! the buttons for other ways.
//!
//! Owns: what the page says of its way, and from which message on the frame shows the room.
//! Must not know: what was said.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::private_talk::more_lines;
use super::renderer::PageRenderer;
use super::shared_forms;
use super::shown_room::{ShownRoom, to_query};
use crate::base::limits;
use crate::html::address::{escaped, fresh, fresh_query, reply_frame};
use crate::html::row::REPLY_FRAME;
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{PageKind, PageRequest};
use crate::site::visit::page_settings::{Updates, WAY_FORGOTTEN};
use crate::site::visit::room_news::written;
use crate::site::visit::send_request::has_session_ended;

/// The name of the frame with the messages. Lynx shows it as the words of the link to the frame.
const FRAME: &str = "messages";

pub(super) struct RoomUpdates<'a> {
    pub(super) room: &'a ShownRoom<'a>,
    pub(super) request: &'a PageRequest,
    /// The form of the page; `None`: it has none.
    pub(super) form_id: Option<&'a FormId>,
}

/// Makes a button that shows the page in this way. It belongs to the form of a message, so that the
/// typed text is kept.
fn way_button(way: Updates, words: &str) -> Markup {
    html! { (shared_forms::GAP) input type="submit" name=(way.button()) value=(words); }
}

impl RoomUpdates<'_> {
    /// Returns the number of seconds in the link with which the reader can choose a page that
    /// reloads. If this page reloads already, its interval is in `PageRequest::updates`.
    fn every(&self) -> u16 {
        self.request.settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL)
    }

    /// Returns how the frame gets new messages. A stranger has no stream: the hub would make a
    /// guest for it.
    fn way(&self) -> Updates {
        match self.request.updates {
            Updates::Stream if self.room.token.is_none() => Updates::Every(self.every()),
            other => other,
        }
    }

    /// Returns the URL of this page with this query.
    pub(super) fn page_link(&self, query: &str) -> String {
        match &self.room.wanted.kind {
            PageKind::Private(to) => {
                let query = format!("{}&{query}", to_query(to));
                self.room.link(&self.room.private_path(), &query)
            }
            _ => self.room.page_link(query),
        }
    }

    pub(super) fn choices(&self) -> Markup {
        let words = self.room.words;
        let is_talk = matches!(self.room.wanted.kind, PageKind::Private(_));
        let has_frames = !self.request.browser.is_textual;
        html! {
            div.ways {
                @if self.request.updates == Updates::ByHand {
                    (shared_forms::refresh(words, self.request.browser.is_textual))
                    @if let (false, Some(_), Some(joined)) = (is_talk, self.room.token, &self.room.view.joined) {
                        input type="hidden" name="after" value={ (joined.epoch) "." (joined.seq.0) };
                    }
                } @else {
                    // If the server stops, the frame with the stream stops without a notice, and a
                    // list gives its place to the browser's own page, which does not reload. So the
                    // page says what the reader can do then. The rest of the page stays as it is.
                    a href=(self.frame_address(true)) target=(FRAME) { (words.say("standsStill")) }
                    (way_button(Updates::ByHand, words.say("plainPage")))
                }
                // A stream needs a session, so a stranger gets no button for it. Both ways need
                // frames.
                @if self.room.token.is_some() && !is_talk && has_frames && self.request.updates != Updates::Stream {
                    (way_button(Updates::Stream, words.say("livePage")))
                }
                @if has_frames && !matches!(self.request.updates, Updates::Every(_)) {
                    (way_button(Updates::Every(self.every()), &words.fill("everySeconds", &[("n", &self.every().to_string())])))
                }
                (more_lines(self.room))
                @if self.request.settings.is_newest_last { (shared_forms::GAP) a href=(self.room.newest_place()) { (words.say("newest")) } }
                @if self.room.token.is_some() && !is_talk { (shared_forms::GAP) small { (words.say("commandsHint")) } }
                // What this page cannot do without a script.
                @if self.way() == Updates::Stream && !is_talk {
                    @match self.form_mark() {
                        Some(mark) => {
                            // `Reply` in the stream opens here, so that what is typed stays.
                            iframe.strip name=(REPLY_FRAME) title=(words.say("answer")) src=(reply_frame(self.room.name, 0, mark)) {}
                        }
                        None => { (shared_forms::GAP) small { (words.say("liveLimits")) } }
                    }
                }
            }
        }
    }

    /// Makes the words of the list in a frame. A browser without frames does not show them.
    pub(super) fn list_words(&self, pause: u16) -> Markup {
        let words = self.room.words;
        html! {
            p.ways {
                (words.fill("refreshes", &[("n", &pause.to_string())])) " "
                a href=(self.page_link(WAY_FORGOTTEN)) { (words.say("plainPage")) }
            }
        }
    }

    /// Returns the URL of the frame. If it `is_fresh`, the browser has not used it before.
    fn frame_address(&self, is_fresh: bool) -> String {
        let path = self.room.path();
        let address = match self.way() {
            // Links in a stream are relative to its path, so the path stays as it is.
            Updates::Stream => {
                let again = if is_fresh { format!("&{}", fresh_query()) } else { String::new() };
                self.room.link(&format!("{path}/stream"), &(self.stream_query() + &again))
            }
            other => {
                let path = format!("{path}/list");
                let path = if is_fresh { fresh(&path) } else { path };
                self.room.link(&path, &self.list_query(other))
            }
        };
        address + self.room.newest_place()
    }

    /// Makes the frame with the messages, which updates by itself. A browser without frames shows
    /// what is in it: that this page does not update by itself there, and `messages`.
    pub(super) fn frame(&self, messages: &Markup) -> Markup {
        let title = self.room.words.fill("messagesIn", &[("room", self.room.name.as_str())]);
        let again = self.page_link(&self.request.updates.query());
        html! {
            div {
                iframe.stream src=(self.frame_address(false)) name=(FRAME) title=(title) {
                    p { (self.room.words.say("noFrames")) " " a href=(again) { (self.room.words.say("refresh")) } }
                    (messages)
                }
            }
        }
    }

    /// Returns the mark of the page's form, if *Reply* in the stream opens in a frame beside the
    /// form. `None`: the page has no stream, or the frame could set no cookie, or an old browser
    /// may open a window instead.
    fn form_mark(&self) -> Option<u32> {
        let has_frame = self.way() == Updates::Stream && !self.room.in_links;
        let knows_it = has_frame && !self.request.browser.is_old;
        self.form_id.filter(|_| knows_it).map(FormId::mark)
    }

    /// Returns the query for the list in a frame. It names the log, so that the list can say when
    /// another log has begun.
    fn list_query(&self, updates: Updates) -> String {
        let query = updates.query();
        match (&self.room.wanted.kind, &self.room.view.joined) {
            (PageKind::Private(to), _) => format!("{}&{query}", to_query(to)),
            (_, Some(joined)) => format!("{query}&log={}", joined.epoch),
            (_, None) => query,
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
        let newest = self.room.log.private_entries.last();
        let private = newest.map(|newest| format!("{}.{}", newest.epoch, newest.seq.0));
        let private = private.unwrap_or_default();
        // The page itself has the notices of the mentions of which it knows.
        let told = &self.room.view.looked_at;
        let told = if told.is_empty() {
            String::new()
        } else {
            format!("&told={}", escaped(&written(told)))
        };
        // What was read on any device is not new. Where new messages begin, the stream says so.
        let (last, wanted) = (joined.seq, self.room.wanted);
        let read = joined.read.filter(|_| self.request.marks_rooms(wanted));
        let new = read.filter(|read| *read < last);
        let new = new.map(|read| format!("&new={}.{}", read.0, last.0)).unwrap_or_default();
        let form = self.form_mark().map(|mark| format!("&form={mark}")).unwrap_or_default();
        format!("{html}&after={}.{behind}&private={private}{told}{new}{form}", joined.epoch)
    }
}

impl PageRenderer {
    /// Returns whether the reader gets a list instead of a stream, because the session of the
    /// request has ended. Blocks as [`serve`](Self::serve) does.
    pub fn refuses_stream(&self, request: &PageRequest) -> bool {
        has_session_ended(&self.visits, request)
    }
}
