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

use super::address::{address, escaped, message, with_query};
use super::link::Links;
use super::words::Sentences;
use super::{Page, frame, parts, row};
use crate::chat::entry::{Entry, Seq, What};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::visit::errand::{Look, Updates};
use crate::visit::find::Find;
use crate::visit::once::Once;
use crate::visit::seen::Sight;
use crate::visit::settings::Settings;

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
    /// What stands in the field.
    pub unsent: Option<String>,
    /// The name that a stranger wanted.
    pub name: Option<&'a str>,
    /// What went wrong, before all else.
    pub trouble: Option<String>,
    /// Which of a room's pages it is.
    pub kind: PageKind,
    /// How it goes on: some have the newest messages in a frame.
    pub updates: Updates,
    /// Longest text of a message, in bytes.
    pub message_bytes_max: usize,
    /// Whose browser it is, also if the session is over: it can begin anew.
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
    pub fn page(&self, status: u16) -> Page {
        let is_open = !self.sight.is_shut;
        if let (PageKind::List, Updates::Every(pause), true) = (&self.kind, self.updates, is_open) {
            return self.list(status, pause);
        }
        let title = format!("{} - {}", self.room, self.words.say("brand"));
        let body = html! {
            (self.header())
            main {
                @if let Some(trouble) = &self.trouble { p.bad role="alert" { b { (parts::lines(trouble)) } } }
                @if let Some(refused) = self.refusal() { p.bad { (refused) } }
                @if self.sight.is_shut {
                    (parts::entrance(self.words, &self.address(), self.name))
                } @else {
                    (self.content())
                }
            }
            footer { p { small { (self.words.say("times")) } } }
        };
        // What is read in rest is no live page, and whoever chose the page without an end
        // has it.
        let is_usual = self.kind == PageKind::Newest && self.updates == Updates::ByHand;
        let takes_over = status == 200 && is_open && is_usual;
        let script = takes_over.then(|| frame::Script {
            room: self.room.as_str(),
            message_bytes_max: self.message_bytes_max,
            token: self.browser.map(Token::reveal),
        });
        let page = frame::page(self.words, &title, self.settings, script.as_ref(), &body);
        let headers = script.map(|_| frame::preload(self.words)).into_iter().collect();
        Page { status, headers, body: page.into_string().into_bytes() }
    }

    fn content(&self) -> Markup {
        let (words, sight) = (self.words, self.sight);
        let has_field = !matches!(self.kind, PageKind::History | PageKind::Found(_));
        html! {
            @if has_field { (self.form()) }
            @match &self.kind {
                PageKind::Newest => { (self.ways()) }
                PageKind::Private(_) => { p.ways { (words.say("privateHint")) } }
                _ => {}
            }
            @if self.updates == Updates::ByHand { (self.messages()) } @else { (self.frame()) }
            (parts::search(words, &self.address(), self.session(), &match &self.kind {
                PageKind::Found(find) => find.clone(),
                _ => Find::default(),
            }))
            (parts::people(words, sight, |name| self.link(
                &format!("{}/private", self.address()),
                &format!("to={}", escaped(name)),
            )))
            (parts::rooms(words, sight, self.session(), |room| self.link(&address(room), "")))
        }
    }

    fn header(&self) -> Markup {
        let topic = self.sight.joined.as_ref().map_or("", |joined| joined.topic.as_str());
        html! {
            header {
                a #skip href="#say" { (self.words.say("skip")) }
                h1 { bdi { (self.room) } @if !topic.is_empty() { " - " small dir="auto" { (topic) } } }
                nav {
                    @if self.kind != PageKind::Newest {
                        a href=(self.link(&self.address(), "")) {
                            (self.words.fill("backToRoom", &[("room", self.room.as_str())]))
                        }
                        " "
                    }
                    a href="#here" { (self.words.count("here", self.sight.people)) }
                    " "
                    a href="#rooms" { (self.words.say("rooms")) }
                    @if self.token.is_some() {
                        " "
                        a href=(self.link(&format!("{}/private", self.address()), "")) {
                            (self.words.say("private"))
                        }
                    }
                    " "
                    a href=(self.link("/settings", &format!("room={}", escaped(self.room.as_str())))) {
                        (self.words.say("settings"))
                    }
                }
            }
        }
    }

    pub(super) fn messages(&self) -> Markup {
        let (words, me) = (self.words, self.sight.me.as_ref());
        let seen = self.first_unseen();
        let lines = &self.sight.lines;
        html! {
            h2 { (self.heading()) }
            @if let Some((from, to)) = self.sight.not_kept {
                p.warn { (words.fill("notKept", &[("n", &(to.0 + 1 - from.0).to_string())])) }
            }
            @if self.sight.not_keeping.is_some() { p.warn { (words.say("notKeeping")) } }
            @if lines.is_empty() { @if self.is_newest() { p { (words.say("nothingYet")) } } }
            @else {
                @let new = lines.iter().filter(|line| Some(line.seq.0) >= seen && seen.is_some()).count();
                @if new > 0 { p.since { (words.count("since", new)) } }
                @let number = |seq| message(self.room, seq, self.session().as_deref());
                // A private message's number is none of the room's.
                @let has_numbers = !matches!(self.kind, PageKind::Private(_));
                @let number = has_numbers.then_some(&number as &dyn Fn(u64) -> String);
                @let links = Links { by_way_of_out: self.in_links, number, out_of_frame: false };
                @let has_time = !self.settings.hides_times;
                @let item = |line: &Entry| {
                    row::item(words, line, me, has_time, links, self.change(line).as_deref())
                };
                @if self.settings.is_newest_last {
                    ol { @for line in lines { (item(line)) } }
                } @else {
                    ol reversed { @for line in lines.iter().rev() { (item(line)) } }
                }
            }
            p {
                @if let Some(older) = self.older() { a href=(older) { (words.say("older")) } " " }
                @if self.kind == PageKind::History {
                    a href=(self.link(&self.address(), "")) { (words.say("newest")) }
                }
            }
        }
    }

    /// Where an own message is changed.
    fn change(&self, line: &Entry) -> Option<String> {
        let is_own = self.sight.me.as_ref() == Some(&line.by.name) && self.token.is_some();
        let can_be = matches!(line.what, What::Said(_) | What::Acted(_));
        let query = format!("change={}", line.seq.0);
        (is_own && can_be).then(|| self.link(&self.address(), &query))
    }

    fn heading(&self) -> String {
        match &self.kind {
            PageKind::Found(_) => self.words.count("found", self.sight.lines.len()),
            PageKind::Private(_) => self.words.say("privateMessages").to_owned(),
            _ if self.settings.is_newest_last => self.words.say("newestLast").to_owned(),
            _ => self.words.say("newestFirst").to_owned(),
        }
    }

    /// Where what was said before is.
    fn older(&self) -> Option<String> {
        let oldest = self.sight.lines.first().map(|line| line.seq).filter(|_| self.sight.more);
        let before = |seq: Seq| format!("before={}", seq.0);
        match &self.kind {
            PageKind::Found(find) => {
                let query = format!("{}&{}", find.query(), before(self.sight.next?));
                Some(self.link(&self.address(), &query))
            }
            PageKind::Private(_) => {
                Some(self.link(&format!("{}/private", self.address()), &before(oldest?)))
            }
            _ => Some(self.link(&self.address(), &before(oldest?))),
        }
    }

    /// The first number that whoever comes back has not seen.
    fn first_unseen(&self) -> Option<u64> {
        let joined = self.sight.joined.as_ref()?;
        let is_new = self.is_newest() && joined.from <= joined.seq;
        (is_new && self.token.is_some()).then_some(joined.from.0)
    }

    fn is_newest(&self) -> bool {
        matches!(self.kind, PageKind::Newest | PageKind::List)
    }

    pub(super) fn refusal(&self) -> Option<String> {
        let words = self.words;
        Some(match self.sight.refused.as_ref()? {
            // Nobody has been here: it is made by its first words.
            Refused::NotInRoom => return None,
            Refused::PasswordNeeded | Refused::WrongPassword => {
                words.fill("refusedPassword", &[("room", self.room.as_str())])
            }
            Refused::TooManyRooms(most) => words.fill("roomFull", &[("n", &most.to_string())]),
            other => other.to_string(),
        })
    }

    pub(super) fn address(&self) -> String {
        address(self.room)
    }

    /// The session, if it must be in links.
    pub(super) fn session(&self) -> Option<String> {
        self.token.filter(|_| self.in_links).map(Token::reveal)
    }

    /// An address of ours, with the session if it must be there.
    pub(super) fn link(&self, path: &str, query: &str) -> String {
        let session = self.session().map(|token| format!("s={token}"));
        with_query(path, &[Some(query.to_owned()), session])
    }
}
