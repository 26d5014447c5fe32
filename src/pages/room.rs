//! The pages of a room: who is here, what was said, a field to say something.
//!
//! In this order without a style: where one is, the field, the newest message first.
//! So 24 lines of a terminal show what matters, and a look at the page again needs no
//! scrolling.
//!
//! Owns: that order.
//! Must not know: how a message is sent.
//!
//! Next: `pages/form.rs`.

use maud::{Markup, html};

use super::address::{address, escaped, with_query};
use super::parts::sentence;
use super::words::Sentences;
use super::{frame, moment, parts, reasons, saved, when, wrong};
use crate::chat::clean::without_overrides;
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::http::response::Response;
use crate::visit::errand::Look;
use crate::visit::find::Find;
use crate::visit::once::Once;
use crate::visit::seen::Sight;
use crate::visit::settings::{Settings, Way};
use crate::visit::updates::Updates;

/// What the page of a room is made of.
#[derive(Debug)]
pub struct RoomPage<'a> {
    /// Its sentences.
    pub words: &'static Sentences,
    /// How it is liked.
    pub settings: Settings,
    /// Of which room.
    pub room: &'a RoomName,
    /// What is to be seen there.
    pub sight: &'a Sight,
    /// Whoever looks has this.
    pub token: Option<&'a Token>,
    /// ... and it must go into links and forms.
    pub in_links: bool,
    /// The form's own number.
    pub once: Option<Once>,
    /// How far its reader has seen the room before, if the address says so ...
    pub after: Option<Seen>,
    /// ... and which log that was.
    pub log: Option<Epoch>,
    /// Only what is older than this is on it.
    pub before: Option<Seq>,
    /// What stands in the field.
    pub unsent: Option<String>,
    /// The name that a stranger wanted ...
    pub name: Option<&'a str>,
    /// ... and what makes them one person, however often they send the form.
    pub seed: Option<Token>,
    /// What went wrong, before all else.
    pub trouble: Option<String>,
    /// What somebody asked to be told beside the room.
    pub told: Option<String>,
    /// Its reader has left, and may come back.
    pub has_left: bool,
    /// Which of a room's pages it is.
    pub kind: PageKind,
    /// How it goes on: some have the newest messages in a frame.
    pub updates: Updates,
    /// Longest text of a message, in bytes.
    pub message_bytes_max: usize,
    /// Whose browser it is, if that is somebody.
    pub browser: Option<&'a Token>,
}

/// Which of a room's pages it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// What was said last, and the field.
    Newest,
    /// What was said last and nothing else, for a frame: it is loaded again by itself, and
    /// a field in it would be emptied.
    List,
    /// What was said before.
    History,
    /// What somebody looks for.
    Found(Find),
    /// An own message, and the field to change it.
    Change(Seq),
    /// Private messages, and the field to write one; to this person, if not empty.
    Private(String),
}

impl PageKind {
    /// The page that shows this.
    pub fn of(look: &Look) -> Self {
        match look {
            Look { is_list: true, .. } => Self::List,
            Look { private_to: Some(to), .. } => Self::Private(to.clone()),
            Look { change: Some(seq), .. } => Self::Change(*seq),
            Look { find: Some(find), .. } => Self::Found(find.clone()),
            Look { before: Some(_), .. } => Self::History,
            _ => Self::Newest,
        }
    }
}

impl RoomPage<'_> {
    /// The page, as an answer with this status.
    pub fn page(&self, status: u16) -> Response {
        let is_open = !self.sight.is_shut;
        if let (PageKind::List, Updates::Every(pause), true) = (&self.kind, self.updates, is_open) {
            return self.list(status, pause);
        }
        let title = format!("{} - {}", self.room, self.words.say("brand"));
        let is_talk = matches!(self.kind, PageKind::Private(_));
        let body = html! {
            (self.header())
            main class=[is_talk.then_some("privately")] {
                @if let Some(trouble) = &self.trouble { p.bad role="alert" { b { (parts::lines(trouble)) } } }
                @if let Some(told) = &self.told { p role="status" {
                    (parts::lines(told))
                    @if self.has_left { " " a href=(self.address()) { (self.words.say("joinAgain")) } }
                } }
                @if let Some(crowded) = self.crowded() { p.bad { (crowded) } }
                @if let Some(refused) = self.refusal() { p.bad { (refused) } }
                @if self.sight.is_shut {
                    (parts::entrance(self.words, &self.address(), self.name, self.seed.as_ref(), self.unsent.as_deref()))
                } @else {
                    (self.content())
                }
            }
            footer { p { small { (when::foot(self.words)) } } }
        };
        // What is read in rest is no live page, and whoever chose the page without an end
        // has it.
        let is_usual = self.kind == PageKind::Newest
            && self.updates == Updates::ByHand
            && self.settings.way != Some(Way::Plain);
        let takes_over = status == 200 && is_open && is_usual && !self.is_locked();
        let script = takes_over.then(|| frame::Script {
            room: self.room.as_str(),
            message_bytes_max: self.message_bytes_max,
            token: self.browser.map(Token::reveal),
            in_links: self.in_links,
        });
        let page = frame::page(self.words, &title, self.settings, script.as_ref(), &body);
        let response = Response::new(status, page.into_string());
        if script.is_some() { response.with("Link", frame::preload(self.words)) } else { response }
    }

    /// Whether the messages are in a frame of their own. A stream makes no room, so it has to
    /// be there.
    fn has_frame(&self) -> bool {
        match self.updates {
            Updates::ByHand => false,
            Updates::Stream => self.sight.joined.is_some(),
            Updates::Every(_) => true,
        }
    }

    fn content(&self) -> Markup {
        let sight = self.sight;
        html! {
            @match &self.kind {
                _ if self.is_locked() => { (self.lock()) }
                PageKind::History => {
                    (self.search(&Find::default())) (self.looked_up()) (saved::links(self))
                }
                PageKind::Found(find) => {
                    (self.search(find)) (self.looked_up()) (saved::links(self))
                }
                PageKind::Private(to) => {
                    (self.whom(to)) (self.form()) (self.look_again(to)) (self.messages())
                }
                PageKind::Newest | PageKind::List => {
                    (self.form())
                    (self.ways())
                    @if self.has_frame() { (self.frame()) } @else { (self.messages()) }
                    (self.search(&Find::default()))
                }
                PageKind::Change(_) => { (self.form()) (self.messages()) }
            }
            @if !self.is_locked() {
                (parts::people(self.words, sight, |name| self.talk_with(name)))
            }
            (parts::rooms(self.words, sight, self.session(), |room| self.link(&address(room), &self.way_on())))
        }
    }

    /// What was looked up, if it was: that nothing was found would not be so.
    fn looked_up(&self) -> Markup {
        let is_refused = matches!(
            self.sight.refused,
            Some(Refused::TooFast(_) | Refused::Unreadable | Refused::NothingKept)
        );
        html! { @if !is_refused { (self.messages()) } }
    }

    fn search(&self, find: &Find) -> Markup {
        parts::search(self.words, &self.address(), self.session(), find)
    }

    /// Whether the room asks for a password, which its reader has not given.
    fn is_locked(&self) -> bool {
        matches!(self.sight.refused, Some(Refused::PasswordNeeded | Refused::WrongPassword))
    }

    fn header(&self) -> Markup {
        let topic = self.sight.joined.as_ref().map_or("", |joined| joined.topic.as_str());
        html! {
            header {
                @if self.has_field() { a #skip href="#say" { (self.words.say("skip")) } }
                h1 {
                    @match &self.kind {
                        PageKind::Private(to) if !to.is_empty() => {
                            (sentence(self.words, "privateWith", &[("name", to)]))
                        }
                        PageKind::Private(_) => { (self.words.say("privateMessages")) }
                        PageKind::History | PageKind::Found(_) => {
                            bdi { (self.room) } " - " (self.words.say("history"))
                        }
                        _ => {
                            bdi { (self.room) }
                            @if !topic.is_empty() { " - " small dir="auto" { (without_overrides(topic)) } }
                        }
                    }
                }
                @if self.kind == PageKind::Newest && self.token.is_some() && self.sight.joined.is_some() {
                    form method="post" action=(self.address()) accept-charset="utf-8" {
                        (parts::charset())
                        (self.session_fields())
                        nav {
                            (self.head_links()) " "
                            // Lynx shows a button by its value.
                            input type="submit" name="leave" value=(self.words.say("leave"));
                        }
                    }
                } @else if !self.sight.is_shut {
                    nav { (self.head_links()) }
                }
            }
        }
    }

    fn head_links(&self) -> Markup {
        let words = self.words;
        let room = self.room.as_str();
        let rooms = self.sight.rooms.len().to_string();
        html! {
            @if self.kind != PageKind::Newest {
                a href=(self.now(&self.address())) {
                    span { (sentence(words, "backToRoom", &[("room", room)])) }
                }
                " "
            }
            @if !self.is_locked() {
                a href="#here" { (words.count("here", self.sight.people)) } " "
            }
            a href=(self.now("/rooms")) { (words.fill("roomsCount", &[("n", &rooms)])) }
            @if self.token.is_some() {
                " " a href=(self.now(&self.private_address())) { (words.say("private")) }
            }
            @if !self.is_locked() {
                " " a href=(self.now(&format!("{}/history", self.address()))) { (words.say("history")) }
            }
            " "
            a href=(self.link("/settings", &format!("room={}", escaped(room)))) { (words.say("settings")) }
        }
    }

    fn has_field(&self) -> bool {
        let is_read = matches!(self.kind, PageKind::History | PageKind::Found(_));
        !is_read && !self.is_locked() && !self.sight.is_shut
    }

    pub(super) fn refusal(&self) -> Option<String> {
        let words = self.words;
        let refused = self.sight.refused.as_ref()?;
        Some(match refused {
            // Nobody has been here: it is made by its first words.
            Refused::NotInRoom => return None,
            Refused::PasswordNeeded | Refused::WrongPassword => {
                words.fill("refusedPassword", &[("room", self.room.as_str())])
            }
            Refused::TooFast(_) => {
                words.fill("lookedTooMuch", &[("n", &reasons::seconds(refused))])
            }
            other => reasons::refused(words, other),
        })
    }

    /// That nothing can be done in the reader's name, if nothing above says so.
    pub(super) fn crowded(&self) -> Option<&str> {
        let said = self.sight.is_crowded.then(|| wrong::too_often(self.words))?;
        (self.trouble.as_deref() != Some(said)).then_some(said)
    }

    pub(super) fn address(&self) -> String {
        address(self.room)
    }

    /// The session, if it must be in links.
    pub(super) fn session(&self) -> Option<String> {
        self.token.filter(|_| self.in_links).map(Token::reveal)
    }

    /// A page as it is now, not as links2 has kept it.
    pub(super) fn now(&self, path: &str) -> String {
        self.link(&moment::now(path), "")
    }

    /// An address of ours, with the session if it must be there.
    pub(super) fn link(&self, path: &str, query: &str) -> String {
        let session = self.session().map(|token| format!("s={token}"));
        with_query(path, &[Some(query.to_owned()), session])
    }
}
