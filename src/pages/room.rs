//! The page of a room: who is here, what was said, a field to say something.
//!
//! In this order without a style: where one is, the field, the newest message first.
//! So 24 lines of a terminal show what matters, and a look at the page again needs no
//! scrolling.
//!
//! Owns: that order, and the form.
//! Must not know: how a message is sent.
//!
//! Next: `pages/desk.rs`.

use form_urlencoded::byte_serialize;
use maud::{Markup, html};

use super::words::Sentences;
use super::{Page, frame, row};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::visit::seen::Sight;

/// What the page of a room is made of.
#[derive(Debug)]
pub struct RoomPage<'a> {
    /// Its sentences.
    pub words: &'static Sentences,
    /// Where its style is.
    pub style: &'a str,
    /// Of which room.
    pub room: &'a RoomName,
    /// What is to be seen there.
    pub sight: &'a Sight,
    /// Whoever looks has this.
    pub token: Option<&'a Token>,
    /// ... and it must go into links and forms.
    pub in_links: bool,
    /// The form's own number.
    pub once: Option<String>,
    /// What stands in the field.
    pub unsent: Option<&'a str>,
    /// The name that a stranger wanted.
    pub name: Option<&'a str>,
    /// What went wrong, before all else.
    pub trouble: Option<String>,
    /// It is a page of history.
    pub is_history: bool,
    /// It has the stream in a frame instead of the newest messages.
    pub is_live: bool,
}

impl RoomPage<'_> {
    /// The page, as an answer with this status.
    pub fn page(&self, status: u16) -> Page {
        let title = format!("{} - {}", self.room, self.words.say("brand"));
        let body = html! {
            (self.header())
            @if let Some(trouble) = &self.trouble { p.bad role="alert" { b { (trouble) } } }
            @if let Some(refused) = self.refusal() { p.bad { (refused) } }
            @if self.sight.is_shut {
                (self.entrance())
            } @else {
                @if !self.is_history { (self.form()) (self.ways()) }
                @if self.is_live { (self.stream()) } @else { (self.messages()) }
                (self.people())
            }
            footer { p { small { (self.words.say("times")) } } }
        };
        let page = frame::page(self.words, &title, self.style, &body);
        Page { status, headers: Vec::new(), body: page.into_string().into_bytes() }
    }

    fn header(&self) -> Markup {
        let topic = self.sight.joined.as_ref().map_or("", |joined| joined.topic.as_str());
        html! {
            header {
                a #skip href="#say" { (self.words.say("skip")) }
                h1 { bdi { (self.room) } @if !topic.is_empty() { " - " small dir="auto" { (topic) } } }
                nav {
                    a href="#here" { (self.words.count("here", self.sight.people)) }
                    " "
                    a href=(self.link("/", "")) { (self.words.say("rooms")) }
                }
            }
        }
    }

    /// The way into a box that asks for a password.
    fn entrance(&self) -> Markup {
        html! {
            p { (self.words.say("boxPassword")) }
            form method="post" action=(self.address()) accept-charset="utf-8" {
                p { label { (self.words.say("password")) " " input type="password" name="password" size="20"; } }
                (self.name_field())
                p { button name="enter" value="1" { (self.words.say("goIn")) } }
            }
        }
    }

    fn name_field(&self) -> Markup {
        html! {
            p {
                label { (self.words.say("yourName")) " "
                    input type="text" name="name" size="20" autocomplete="nickname" value=[self.name];
                }
                " " small { (self.words.say("emptyGuest")) }
            }
        }
    }

    fn form(&self) -> Markup {
        html! {
            form #say method="post" action=(self.address()) accept-charset="utf-8" {
                @if let Some(once) = &self.once { input type="hidden" name="once" value=(once); }
                @if let Some(token) = self.token {
                    input type="hidden" name="key" value=(token.form_key());
                    @if self.in_links { input type="hidden" name="s" value=(token.reveal()); }
                    @if self.is_live { input type="hidden" name="live" value="1"; }
                } @else { (self.name_field()) }
                p {
                    label { (self.words.say("message")) " "
                        input type="text" name="text" size="64" autocomplete="off" value=[self.unsent];
                    }
                    " " button { (self.words.say("send")) }
                }
            }
        }
    }

    fn ways(&self) -> Markup {
        let after = self.sight.joined.as_ref();
        let after = after.map_or_else(String::new, |it| format!("after={}.{}", it.epoch, it.seq.0));
        html! {
            p.ways {
                @if self.is_live {
                    (self.words.say("updates")) " "
                    a href=(self.link(&self.address(), &after)) { (self.words.say("plainPage")) }
                } @else {
                    (self.words.say("noScript")) " "
                    a href=(self.link(&self.address(), &after)) { (self.words.say("refresh")) }
                    // Whoever listens is somebody.
                    @if self.token.is_some() {
                        " " a href=(self.link(&self.address(), LIVE)) { (self.words.say("livePage")) }
                    }
                }
            }
        }
    }

    /// What is said as it is said, for browsers with frames; the others have a link.
    fn stream(&self) -> Markup {
        let address = self.link(&format!("{}/stream", self.address()), "as=html");
        let title = self.words.fill("messagesIn", &[("room", self.room.as_str())]);
        html! { iframe.stream src=(address) title=(title) { a href=(address) { (title) } } }
    }

    fn messages(&self) -> Markup {
        let (words, me) = (self.words, self.sight.me.as_ref());
        let oldest = self.sight.lines.first().map(|line| line.seq.0);
        let seen = self.first_unseen();
        html! {
            h2 { (words.say("newestFirst")) }
            @if let Some((from, to)) = self.sight.not_kept {
                p.warn { (words.fill("notKept", &[("n", &(to.0 + 1 - from.0).to_string())])) }
            }
            @if self.sight.not_keeping.is_some() { p.warn { (words.say("notKeeping")) } }
            @if self.sight.lines.is_empty() { p { (words.say("nothingYet")) } }
            @else {
                @let new = self.sight.lines.iter().filter(|line| Some(line.seq.0) >= seen && seen.is_some()).count();
                @if new > 0 { p.since { (words.count("since", new)) } }
                ol reversed {
                    @for line in self.sight.lines.iter().rev() { (row::item(words, line, me, self.in_links)) }
                }
            }
            p {
                @if self.sight.more && let Some(oldest) = oldest {
                    a href=(self.link(&self.address(), &format!("before={oldest}"))) { (words.say("older")) }
                    " "
                }
                @if self.is_history { a href=(self.link(&self.address(), "")) { (words.say("newest")) } }
            }
        }
    }

    /// The first number that whoever comes back has not seen.
    fn first_unseen(&self) -> Option<u64> {
        let joined = self.sight.joined.as_ref()?;
        (!self.is_history && joined.from <= joined.seq && self.token.is_some())
            .then_some(joined.from.0)
    }

    fn people(&self) -> Markup {
        html! {
            h2 #here { (self.words.count("here", self.sight.people)) }
            ul.people {
                @for name in &self.sight.names {
                    li {
                        span class={ "p" (name.colour()) } { bdi { (name.shown()) } }
                        @if Some(name) == self.sight.me.as_ref() { " (" (self.words.say("you")) ")" }
                    }
                }
            }
        }
    }

    fn refusal(&self) -> Option<String> {
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

    fn address(&self) -> String {
        address(self.room)
    }

    /// An address of ours, with the session if it must be there.
    fn link(&self, path: &str, query: &str) -> String {
        let session =
            self.token.filter(|_| self.in_links).map(|token| format!("s={}", token.reveal()));
        with_query(path, &[Some(query.to_owned()), session])
    }
}

/// What an address says that is the live page's.
pub(super) const LIVE: &str = "live=1";

/// An address with those parts of a query that there are.
pub(super) fn with_query(path: &str, parts: &[Option<String>]) -> String {
    let parts = parts.iter().flatten().filter(|part| !part.is_empty()).cloned();
    let query = parts.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The address of a room.
pub fn address(room: &RoomName) -> String {
    let escaped: String = byte_serialize(room.as_str().as_bytes()).collect();
    format!("/r/{escaped}")
}
