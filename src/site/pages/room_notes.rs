//! What a room's page says at its top, once: what the person has just done, or the answer to what
//! the person has asked.
//!
//! Owns: which sentence each note is, and that a link to such a page says nothing false.
//! Must not know: where on the page the sentence stands.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::invite_page::you_invited;
use super::private_talk::busy_words;
use super::room_page::RoomPage;
use super::shared_forms;
use crate::chat::clean::without_overrides;
use crate::html::{reasons, text, when};
use crate::site::visit::page_request::{PageKind, PageNote};

impl RoomPage<'_> {
    /// Makes the form with which the reader signs in. `has_left`: the reader has just signed out,
    /// and this is the page that says so. It comes again if the form is refused, because this form
    /// is all that it has.
    pub(super) fn sign_in(&self, has_left: bool) -> Markup {
        let name = self.room.wanted.name.as_deref();
        let (path, seed) = (self.room.path(), self.seed.as_ref());
        let left = html! { @if has_left { input type="hidden" name="left" value="1"; } };
        shared_forms::sign_in(self.room.words, &path, seed, name, &left)
    }

    /// Makes the sentences about what the reader has just done or tried.
    pub(super) fn told(&self) -> Markup {
        html! {
            @if !self.room.is_locked() { (shared_forms::trouble(self.trouble.as_deref())) }
            @if let Some(notice) = self.notice() { p role="status" { (text::lines(&notice)) } }
        }
    }

    /// Returns whether these sentences stand at the field: if the newest message is the last one,
    /// the page opens there.
    pub(super) fn is_told_at_field(&self) -> bool {
        let is_shown = !self.room.view.is_shut && !self.room.is_locked() && !self.has_left();
        let is_of_room = self.room.wanted.kind == PageKind::Newest;
        is_shown && is_of_room && self.room.is_newest_last && self.has_field() && !self.has_frame()
    }

    /// Returns the notice about what the person has done or asked for; `None`: the page has none.
    pub(super) fn notice(&self) -> Option<String> {
        let words = self.room.words;
        match self.room.wanted.note? {
            PageNote::Saved => Some(words.say("saved").to_owned()),
            PageNote::ReplyGone => Some(words.say("replyDeleted").to_owned()),
            PageNote::NoText => Some(words.say("empty").to_owned()),
            PageNote::Help => Some(reasons::help(words)),
            PageNote::Who => self.who_is_here(),
            PageNote::Whois => self.whether_here(),
            PageNote::Invited => self.invited(),
            PageNote::Acted => self.room.wanted.acted.clone(),
            PageNote::NewPassword => {
                let joined = self.room.view.joined.as_ref()?;
                let is_so = joined.privacy.locked && joined.is_maker;
                let told = words.fill("newRoomPassword", &[("room", self.room.name.as_str())]);
                let listed = if joined.privacy.hidden { "roomIsHidden" } else { "roomIsListed" };
                is_so.then(|| [&told, words.say(listed)].join(words.gap()))
            }
            // A new name stands below the field (`new_name`).
            PageNote::NoEntry(_) | PageNote::SignIn | PageNote::NewName => None,
            PageNote::Secret => {
                let name = self.room.view.me.as_ref()?.shown();
                Some(words.fill("newSecret", &[("name", name)]))
            }
            PageNote::Left => self.has_left().then(|| words.say("youQuit").to_owned()),
            PageNote::Forgotten => self.has_left().then(|| words.say("youForgot").to_owned()),
            PageNote::Named => {
                let name = self.room.view.me.as_ref()?.shown();
                Some(words.fill("youAreNow", &[("name", name)]))
            }
            // The URL alone proves nothing: anyone can make a link to it.
            PageNote::Away => {
                Some(words.fill("nowAway", &[("text", &busy_words(words, self.excuse()?))]))
            }
            PageNote::Back => {
                let is_back = self.room.view.me.is_some() && self.excuse().is_none();
                is_back.then(|| words.say("nowBack").to_owned())
            }
            PageNote::Pin => {
                let is_pinned = self.room.view.joined.as_ref()?.pinned.is_some();
                Some(words.say(if is_pinned { "nowPinned" } else { "nowUnpinned" }).to_owned())
            }
            PageNote::Set => {
                let joined = self.room.view.joined.as_ref()?;
                Some(text::privacy(words, self.room.name, joined.privacy))
            }
        }
    }

    /// Returns how many people are here, and their names; `None`: the reader may not know.
    fn who_is_here(&self) -> Option<String> {
        let (words, view) = (self.room.words, self.room.view);
        let names: Vec<_> = view.names.iter().map(|name| without_overrides(name.shown())).collect();
        let more = if view.people > names.len() { "\u{2026}" } else { "" };
        let here = words.count(view.people, "hereOne", "hereMany");
        let named = names.join(words.say("listComma")) + more;
        let is_known = !names.is_empty() && !self.room.is_locked();
        is_known.then(|| words.fill("hereNames", &[("here", &here), ("names", &named)]))
    }

    /// Returns whether the person is here about whom the reader has asked; `None`: the reader has
    /// not asked, or is nobody.
    fn whether_here(&self) -> Option<String> {
        let words = self.room.words;
        let asked = self.room.wanted.whois.as_ref().filter(|_| self.room.view.me.is_some())?;
        let asked = without_overrides(asked.shown());
        let Some(state) = &self.room.view.asked_about else {
            return Some(words.fill("nobodyNamed", &[("name", &asked)]));
        };
        let name = without_overrides(state.name.shown());
        let is_here = if state.here { "personIsHere" } else { "awayGetsIt" };
        let mut told = vec![words.fill(is_here, &[("name", &name)])];
        if let Some(seen) = state.seen {
            let time = when::moment(words, seen);
            told.push(words.fill("wasHere", &[("name", &name), ("time", &time)]));
        }
        if let Some(excuse) = &state.excuse {
            told.push(words.bracketed(&busy_words(words, excuse)));
        }
        Some(told.join(words.gap()))
    }

    /// Returns whom the reader has just invited, and whether that person is here.
    fn invited(&self) -> Option<String> {
        let (words, to) = (self.room.words, self.room.wanted.whois.as_ref()?);
        let state = self.room.view.asked_about.as_ref();
        let name = state.map_or(&**to, |state| &state.name);
        let told = you_invited(words, name, self.room.name);
        let is_away = state.is_some_and(|state| !state.here);
        let name = without_overrides(name.shown());
        let later = is_away.then(|| words.fill("awayGetsInvite", &[("name", &name)]));
        Some([Some(told), later].into_iter().flatten().collect::<Vec<_>>().join(words.gap()))
    }

    /// Returns the reader's own excuse, which may be empty; `None`: the reader is not busy.
    fn excuse(&self) -> Option<&str> {
        let me = self.room.view.me.as_ref()?;
        let own = self.room.view.busy.iter().find(|(busy, _)| busy == me);
        own.map(|(_, excuse)| excuse.as_str())
    }
}
