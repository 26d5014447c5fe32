//! The pages of a room: the people in it, the messages, and a field to say something.
//!
//! Without a style the order is: where the reader is, the field, the newest message first. So
//! the first 24 lines of a terminal show what matters, and a reload of the page needs no
//! scrolling.
//!
//! Owns: that order.
//! Must not know: how a message is sent.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::{error_text, layout, room_file, search_fields, shared_forms};
use crate::base::wall_clock;
use crate::chat::clean::without_overrides;
use crate::chat::entry::Epoch;
use crate::chat::refused::Refused;
use crate::chat::search_words::SearchWords;
use crate::chat::token::Token;
use crate::html::address::{address, escaped, fresh, with_query};
use crate::html::sentences::Sentences;
use crate::html::text::sentence;
use crate::html::{self, reasons, when};
use crate::server::http::response::Response;
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{PageKind, PageNote, PageRequest, WantedPage};
use crate::site::visit::page_settings::{Refreshing, Updates};
use crate::site::visit::room_view::RoomView;

/// Everything that a page of a room is made of.
#[derive(Debug)]
pub struct RoomPage<'a> {
    /// The sentences, in the reader's language.
    pub words: &'static Sentences,
    /// The request for the page.
    pub request: &'a PageRequest,
    /// Which of the room's pages it is, and what is in its form.
    pub wanted: &'a WantedPage,
    /// What the hub told a visitor about the room.
    pub view: &'a RoomView,
    /// The session for the page's forms and links; `None`: the reader is a stranger, or the session
    /// has ended.
    pub token: Option<&'a Token>,
    /// The number that the page's form has, so that sending the form twice does no harm; `None`:
    /// the kernel had no randomness.
    pub form_id: Option<FormId>,
    /// The seed that a stranger's form has: with it a stranger becomes only one person, however
    /// often the form is sent. `None`: the kernel had no randomness.
    pub seed: Option<Token>,
    /// A sentence for the top of the page, which says what went wrong; `None`: there is no such
    /// sentence.
    pub trouble: Option<String>,
    /// A notice about what the person has done or asked for; `None`: the page has no notice.
    pub reply: Option<String>,
    /// The limit on the text of a message, in bytes.
    pub message_bytes_max: usize,
    /// The session for the script of the live page; `None`: the reader has no valid session.
    pub browser: Option<&'a Token>,
    /// The words of the search whose results the page shows; `None`: the page shows no results, or
    /// of a search without words.
    pub sought: Option<SearchWords>,
    /// The origin at which other machines reach the server. `None`: the reader has not opened the
    /// page by an address such as `localhost`, or no other machine reaches the server.
    pub share: Option<String>,
}

impl RoomPage<'_> {
    /// Returns the epoch of the room's log that the reader has seen before; `None`: the URL does
    /// not say it.
    pub(super) fn log(&self) -> Option<Epoch> {
        self.wanted.log.or(self.wanted.after.map(|after| after.epoch))
    }

    /// Makes the page, as an answer with the HTTP status `status`.
    pub fn page(&self, status: u16) -> Response {
        let is_open = !self.view.is_shut;
        if let (PageKind::List, Updates::Every(pause), true) =
            (&self.wanted.kind, self.request.updates, is_open)
        {
            return self.list_page(status, pause);
        }
        let title = format!("{} - {}", self.request.room, self.words.say("brand"));
        let is_talk = matches!(self.wanted.kind, PageKind::Private(_));
        let body = html! {
            (self.header())
            main class=[is_talk.then_some("privately")] {
                @if let Some(trouble) = &self.trouble { p.bad role="alert" { b { (html::text::lines(trouble)) } } }
                @if let Some(reply) = &self.reply { p role="status" {
                    (html::text::lines(reply))
                    @if self.wanted.note == Some(PageNote::Left) { " " a href=(self.address()) { (self.words.say("joinAgain")) } }
                } }
                @if let Some(crowded) = self.crowded() { p.bad { (crowded) } }
                @if let Some(refused) = self.refused_text().filter(|_| !self.is_locked()) { p.bad { (refused) } }
                @if self.view.is_shut {
                    (shared_forms::entrance(self.words, &self.address(), self.wanted.name.as_deref(), self.seed.as_ref(), self.wanted.unsent.as_deref()))
                } @else {
                    (self.content())
                }
            }
            @if self.names_zone_at_foot() {
                footer { p { small { (when::zone_sentence(self.words, wall_clock::now())) } } }
            }
        };
        // The script takes over only the page of the newest messages and that of a linked message.
        // It leaves a page alone if the form on it answers a message, or if the reader chose
        // another way to get new messages.
        let is_usual = (self.wanted.kind == PageKind::Newest || self.wanted.linked.is_some())
            && self.wanted.answers.is_none()
            && self.request.updates == Updates::ByHand
            && self.request.settings.way != Some(Refreshing::Plain);
        let takes_over = status == 200 && is_open && is_usual && !self.is_locked();
        let script = takes_over.then(|| layout::PageScript {
            room: self.request.room.as_str(),
            message_bytes_max: self.message_bytes_max,
            token: self.browser.map(Token::reveal),
            in_links: self.request.session.in_links(),
            share: self.share.as_deref(),
        });
        let page = layout::page(self.words, &title, self.request.settings, script.as_ref(), &body);
        let mut response = Response::new(status, page.into_string());
        if script.is_some() {
            response.add_header("Link", layout::preload(self.words));
        }
        response
    }

    /// Returns whether the messages are in a frame of their own. A stream in a frame does not
    /// create its room, so the page has a frame with a stream only if the room exists.
    fn has_frame(&self) -> bool {
        match self.request.updates {
            Updates::ByHand => false,
            Updates::Stream => self.view.joined.is_some(),
            Updates::Every(_) => true,
        }
    }

    fn content(&self) -> Markup {
        html! {
            @match &self.wanted.kind {
                _ if self.is_locked() => { (self.password_form()) }
                PageKind::History => {
                    (self.folded_search()) (self.found_messages()) (room_file::links(self))
                }
                PageKind::Found(find) => {
                    (search_fields::full(self.words, &self.address(), self.session(), find))
                    (self.found_messages()) (room_file::links(self))
                }
                PageKind::Private(to) => {
                    (self.talk_partner(to)) (self.form()) (self.reload_link(to)) (self.messages())
                }
                PageKind::Newest | PageKind::List => {
                    // Who comes for the first time does not know yet where they are.
                    @if self.token.is_none() { p.hello { (self.words.say("firstVisit")) } }
                    (self.form())
                    (self.update_links())
                    @if self.has_frame() { (self.frame()) } @else { (self.messages()) }
                    (self.folded_search())
                }
                PageKind::Change(_) => { (self.form()) (self.messages()) }
            }
            @if !self.is_locked() {
                (self.people())
            }
            (self.rooms())
            // A page that asks for a password has one button.
            @if !self.is_locked() { (shared_forms::another_room(self.words, self.session().as_deref())) }
        }
    }

    /// Returns whether the foot of the page names the zone of the times. It does if the messages
    /// are in a stream, which does not name the zone.
    fn names_zone_at_foot(&self) -> bool {
        let has_stream = self.has_frame() && self.request.updates == Updates::Stream;
        has_stream && matches!(self.wanted.kind, PageKind::Newest | PageKind::List)
    }

    /// Makes the list of messages on a page of the history or of a search. If the hub could not
    /// look for messages, makes nothing, because "nothing found" would be wrong.
    fn found_messages(&self) -> Markup {
        let is_refused = matches!(
            self.view.refused,
            Some(Refused::TooFast(_) | Refused::Unreadable | Refused::NothingKept)
        );
        html! { @if !is_refused { (self.messages()) } }
    }

    fn folded_search(&self) -> Markup {
        search_fields::folded(self.words, &self.address(), self.session())
    }

    /// Returns whether the room asks for a password, and the request had none or a wrong one.
    fn is_locked(&self) -> bool {
        matches!(self.view.refused, Some(Refused::PasswordNeeded | Refused::WrongPassword))
    }

    fn header(&self) -> Markup {
        let topic = self.view.joined.as_ref().map_or("", |joined| joined.topic.as_str());
        html! {
            header {
                @if self.has_field() { a #skip href="#say" { (self.words.say("skip")) } }
                (shared_forms::mark())
                h1 {
                    @match &self.wanted.kind {
                        PageKind::Private(to) if !to.is_empty() => {
                            (sentence(self.words, "privateWith", &[("name", to)]))
                        }
                        PageKind::Private(_) => { (self.words.say("privateMessages")) }
                        PageKind::History | PageKind::Found(_) => {
                            bdi { (self.request.room) } " - " (self.words.say("history"))
                        }
                        _ => {
                            bdi { (self.request.room) }
                            @if !topic.is_empty() { " - " small dir="auto" { (without_overrides(topic)) } }
                        }
                    }
                }
                @if self.wanted.kind == PageKind::Newest && self.token.is_some() && self.view.joined.is_some() {
                    form method="post" action=(self.address()) accept-charset="utf-8" {
                        (shared_forms::charset())
                        (self.session_fields())
                        nav {
                            (self.head_links()) " "
                            // Lynx shows the `value` of a button that sends a form as the button's
                            // text.
                            input type="submit" name="leave" value=(self.words.say("leave"));
                        }
                    }
                } @else if !self.view.is_shut {
                    nav { (self.head_links()) }
                }
            }
        }
    }

    fn head_links(&self) -> Markup {
        let words = self.words;
        let room = self.request.room.as_str();
        html! {
            @if self.wanted.kind != PageKind::Newest {
                a href=(self.fresh_link(&self.address())) {
                    span { (sentence(words, "backToRoom", &[("room", room)])) }
                }
                " "
            }
            @if self.wanted.kind == PageKind::Newest && !self.is_locked() {
                a href="#here" { (words.count(self.view.people, "hereOne", "hereMany")) } " "
            }
            a href=(self.fresh_link("/rooms")) { (words.count(self.view.rooms.len(), "roomsCountOne", "roomsCount")) }
            @if self.token.is_some() {
                " " a href=(self.fresh_link(&self.private_address())) { (words.say("private")) }
            }
            @if !self.is_locked() && self.wanted.kind != PageKind::History {
                " " a href=(self.fresh_link(&format!("{}/history", self.address()))) { (words.say("history")) }
            }
            " "
            a href=(self.link("/settings", &format!("room={}", escaped(room)))) { (words.say("settings")) }
        }
    }

    fn has_field(&self) -> bool {
        let is_read = matches!(self.wanted.kind, PageKind::History | PageKind::Found(_));
        !is_read && !self.is_locked() && !self.view.is_shut
    }

    pub(super) fn refused_text(&self) -> Option<String> {
        let words = self.words;
        let refused = self.view.refused.as_ref()?;
        Some(match refused {
            // The room does not exist yet. The first message makes it, so nothing is wrong.
            Refused::NotInRoom => return None,
            Refused::PasswordNeeded | Refused::WrongPassword => {
                words.fill("refusedPassword", &[("room", self.request.room.as_str())])
            }
            Refused::TooFast(_) => {
                words.fill("lookedTooMuch", &[("n", &reasons::seconds(refused))])
            }
            other => reasons::refused(words, other),
        })
    }

    /// Returns the sentence which says that the person has the maximum number of clients, so
    /// nothing can be done in the person's name now. `None`: the person has fewer clients, or
    /// the page has this sentence already.
    pub(super) fn crowded(&self) -> Option<&str> {
        let said = self.view.is_crowded.then(|| error_text::too_many_clients(self.words))?;
        (self.trouble.as_deref() != Some(said)).then_some(said)
    }

    pub(super) fn address(&self) -> String {
        address(&self.request.room)
    }

    /// Returns the session's token if the links of the page must contain it; otherwise `None`.
    pub(super) fn session(&self) -> Option<String> {
        self.request.session.for_links(self.token)
    }

    /// Returns a new URL for the page at `path`: at the old URL the browser links2 would show a
    /// stored copy of the page.
    pub(super) fn fresh_link(&self, path: &str) -> String {
        self.link(&fresh(path), "")
    }

    /// Returns a URL on this server. The URL contains the session if the browser does not send the
    /// session in a cookie.
    pub(super) fn link(&self, path: &str, query: &str) -> String {
        let session = self.session().map(|token| format!("s={token}"));
        with_query(path, &[Some(query.to_owned()), session])
    }

    fn people(&self) -> Markup {
        let (words, me) = (self.words, self.view.me.as_ref());
        html! {
            h2 #here { (words.count(self.view.people, "hereOne", "hereMany")) }
            ul.people {
                @for name in &self.view.names {
                    li {
                        span class={ "p" (name.colour()) } { bdi { (name.shown()) } }
                        @if Some(name) == me { " (" (words.say("you")) ")" }
                        @else if me.is_some() {
                            " " a href=(self.talk_link(name.shown())) { (words.say("writePrivately")) }
                        }
                    }
                }
            }
        }
    }

    fn rooms(&self) -> Markup {
        let words = self.words;
        html! {
            h2 #rooms { (words.say("rooms")) }
            ul.rooms {
                @for it in &self.view.rooms {
                    li {
                        a href=(self.link(&address(&it.room), &self.updates_query())) { bdi { (it.room) } }
                        " " (words.count(it.people, "hereOne", "hereMany"))
                        @if !it.topic.is_empty() { " " small dir="auto" { (without_overrides(&it.topic)) } }
                    }
                }
            }
        }
    }
}
