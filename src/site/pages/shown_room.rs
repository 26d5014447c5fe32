//! What each piece of a room's page is made of: who reads which page, what the hub told about the
//! room, and the links from there.
//!
//! Owns: that links and forms contain the session, if the browser does not send it in a cookie.
//! Must not know: what stands on a page.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::{self, AT_NEWEST, escaped, fresh, with_query};
use crate::html::sentences::Sentences;
use crate::site::visit::page_request::{PageKind, PageNote, WantedPage};
use crate::site::visit::room_view::{LogView, RoomView};

#[derive(Clone, Copy, Debug)]
pub(super) struct ShownRoom<'a> {
    /// The sentences, in the reader's language.
    pub(super) words: &'static Sentences,
    pub(super) name: &'a RoomName,
    /// Which of the room's pages it is, and what is in its form.
    pub(super) wanted: &'a WantedPage,
    pub(super) view: &'a RoomView,
    /// What the hub told about the messages of the page.
    pub(super) log: &'a LogView,
    /// The session for forms and links; `None`: the reader is a stranger, or the session has ended.
    pub(super) token: Option<&'a Token>,
    /// The private messages that the reader has seen (`BrowserTraits`).
    pub(super) private_shown: &'a [(Seq, UnixMillis)],
    /// True if links and forms must contain the session.
    pub(super) in_links: bool,
    /// True if the newest message is the last one of a page, below all others.
    pub(super) is_newest_last: bool,
}

impl ShownRoom<'_> {
    /// Returns the session's token if the links of the page must contain it; otherwise `None`.
    pub(super) fn session(&self) -> Option<String> {
        self.token.filter(|_| self.in_links).map(Token::reveal)
    }

    /// Makes the hidden fields that say to which session a form belongs; none for a stranger.
    pub(super) fn session_fields(&self) -> Markup {
        html! {
            @if let Some(token) = self.token { input type="hidden" name="key" value=(token.form_key()); }
            @if let Some(session) = self.session() { input type="hidden" name="s" value=(session); }
        }
    }

    /// Returns the path of the room's page.
    pub(super) fn path(&self) -> String {
        address::address(self.name)
    }

    /// Returns the path of the page with the private talks. That of a room that the reader may not
    /// enter says only so, so it is the lobby's then.
    pub(super) fn private_path(&self) -> String {
        let is_out = self.is_locked() || self.view.is_shut;
        let room = if is_out { address::address(&RoomName::lobby()) } else { self.path() };
        format!("{room}/private")
    }

    /// Returns whether the form to go to another room takes along the text of the form for a
    /// message. A private text does not come along: in a room, everybody would read it.
    pub(super) fn leads_on(&self) -> bool {
        self.wanted.kind == PageKind::Newest && !self.is_locked() && !self.view.is_shut
    }

    /// Returns whether the field for a message has several lines: the reader wants it so, or the
    /// text that was not sent has them.
    pub(super) fn has_lines(&self) -> bool {
        self.wanted.has_lines || self.has_text_of_lines()
    }

    /// Returns whether the text that was not sent has several lines.
    pub(super) fn has_text_of_lines(&self) -> bool {
        self.wanted.unsent.as_ref().is_some_and(|text| text.contains('\n'))
    }

    /// Returns whether the room wants a password that the reader has not given.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self.view.refused, Some(Refused::PasswordNeeded | Refused::WrongPassword))
    }

    /// Returns whether the reader was put out of the room, or must be admitted to it first.
    pub(super) fn is_kept_out(&self) -> bool {
        matches!(
            self.view.refused,
            Some(Refused::PutOut(_) | Refused::Closed | Refused::Blocked(_))
        )
    }

    pub(super) fn link(&self, path: &str, query: &str) -> String {
        let session = self.session().map(|token| format!("s={token}"));
        with_query(path, &[Some(query.to_owned()), session])
    }

    /// Returns whether the form for a stranger's name asks for its secret, too. `is_signed_out`:
    /// the reader was somebody until now.
    pub(super) fn signs_in(&self, is_signed_out: bool) -> bool {
        is_signed_out || self.wanted.note == Some(PageNote::SignIn)
    }

    /// Returns a new URL for the page at `path`: at the old URL the browser links2 would show a
    /// stored copy of the page.
    pub(super) fn fresh_link(&self, path: &str) -> String {
        self.link(&fresh(path), "")
    }

    /// Returns a new URL of the room's page, at the place of the newest message.
    pub(super) fn newest_link(&self) -> String {
        self.fresh_link(&self.path()) + self.newest_place()
    }

    /// Returns the end of a URL that leads to the newest message of a page of a room or a talk. It
    /// is empty if that is the first one, because then it is at the page's top.
    pub(super) fn newest_place(&self) -> &'static str {
        if self.is_newest_last { AT_NEWEST } else { "" }
    }

    /// Returns the URL of the room's page with this query.
    pub(super) fn page_link(&self, query: &str) -> String {
        self.link(&self.path(), query)
    }

    /// Returns the URL of the page that shows the message with this number.
    pub(super) fn message_link(&self, seq: u64) -> String {
        address::message(self.name, seq, self.session().as_deref())
    }

    /// Returns whether the reader has made the room, and may change it.
    pub(super) fn is_maker(&self) -> bool {
        self.view.joined.as_ref().is_some_and(|joined| joined.is_maker)
    }

    /// Returns the URL of the page on which the reader changes this message of the room or, with
    /// the name of the other person, of a private talk. `more` stands at the end of its query.
    pub(super) fn change_link(&self, talk: Option<&str>, seq: Seq, more: &str) -> String {
        let change = format!("change={}{more}", seq.0);
        match talk {
            Some(to) => self.link(&self.private_path(), &format!("{}&{change}", to_query(to))),
            None => self.page_link(&change),
        }
    }

    pub(super) fn talk_link(&self, name: &str) -> String {
        self.link(&self.private_path(), &to_query(name)) + self.newest_place()
    }

    /// Returns a new URL of the private talk with this person, at the place of the newest message.
    /// It is new so that the browser does not show a stored copy of the page.
    pub(super) fn fresh_talk_link(&self, name: &str) -> String {
        self.link(&fresh(&self.private_path()), &to_query(name)) + self.newest_place()
    }
}

/// Returns the query that names the other person of a private talk.
pub(super) fn to_query(name: &str) -> String {
    format!("to={}", escaped(name))
}
