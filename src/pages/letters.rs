//! Private messages: a talk with one person, and what the room is told of it.
//!
//! Owns: whose they are, and that no word of them stands in the room, for others may see
//! that page.
//! Must not know: how a line looks.
//!
//! Next: `pages/room.rs`.

use maud::{Markup, html};

use super::address::escaped;
use super::messages::Line;
use super::moment;
use super::parts::sentence;
use super::room::{PageKind, RoomPage};
use crate::chat::entry::{Entry, Seq, What};
use crate::chat::name::Name;
use crate::limits;
use crate::zone;

impl RoomPage<'_> {
    /// The page of what is said with this one alone.
    pub(super) fn talk_with(&self, name: &str) -> String {
        self.link(&self.private_address(), &whose(name))
    }

    /// The same as it is now, not as it was kept.
    pub(super) fn talk_now(&self, name: &str) -> String {
        self.link(&moment::now(&self.private_address()), &whose(name))
    }

    pub(super) fn private_address(&self) -> String {
        format!("{}/private", self.address())
    }

    /// Those letters that were exchanged with whoever is called so, oldest first, as many
    /// as a page has.
    pub(super) fn talk(&self, to: &str) -> Vec<&Entry> {
        let Ok(other) = Name::of_somebody(to) else { return Vec::new() };
        let lines = self.sight.lines.iter().map(AsRef::as_ref);
        let is_it = |line: &&Entry| other_of(line).skeleton() == other.skeleton();
        let mut talk: Vec<_> = lines.filter(is_it).collect();
        talk.drain(..talk.len().saturating_sub(limits::PAGE_LINES));
        talk
    }

    /// Where older letters are: behind those that are shown, or else behind those that
    /// were looked through.
    pub(super) fn older_letters(&self, to: &str, lines: &[Line<'_>]) -> Option<String> {
        let is_full = !to.is_empty() && lines.len() >= limits::PAGE_LINES;
        let shown = lines.first().map(|line| line.entry.seq).filter(|_| is_full);
        let oldest = self.sight.lines.first().map(|line| line.seq);
        let has_more = self.sight.more || shown > oldest;
        let before: Seq = shown.or(oldest).filter(|_| has_more)?;
        let before = format!("before={}", before.0);
        let query = if to.is_empty() { before } else { format!("{}&{before}", whose(to)) };
        Some(self.link(&self.private_address(), &query))
    }

    /// Who has written to the reader in the time of these lines, each once: behind how
    /// many of them, in their order.
    pub(super) fn letters(&self, lines: &[Line<'_>]) -> Vec<(usize, &Name)> {
        if !self.is_newest() {
            return Vec::new();
        }
        let first = lines.first().filter(|_| self.sight.more).map(|line| line.entry.at);
        let (mut found, mut named) = (Vec::new(), Vec::new());
        for letter in self.sight.letters.iter().rev() {
            let name = &letter.by.name;
            let is_own = matches!(letter.what, What::Private { own: true, .. });
            let is_new = !is_own && !named.contains(&name);
            if is_new && Some(letter.at) >= first {
                named.push(name);
                found.push((lines.partition_point(|line| line.entry.at <= letter.at), name));
            }
        }
        found.reverse();
        found
    }

    /// With whom one has talked, or one person, and who sees it.
    pub(super) fn whom(&self, to: &str) -> Markup {
        let words = self.words;
        html! {
            @if to.is_empty() {
                @let others = self.others();
                @if others.is_empty() { p { (words.say("privateHint")) } }
                @else {
                    p {
                        (words.say("privateWhom"))
                        @for name in others {
                            " " a href=(self.talk_now(name.shown())) { bdi { (name.shown()) } }
                        }
                    }
                }
            } @else {
                p {
                    (sentence(words, "onlyYouTwo", &[("name", to)]))
                    @if self.sight.is_away == Some(true) {
                        " " (sentence(words, "awayGetsIt", &[("name", to)]))
                    }
                }
            }
        }
    }

    /// Those with whom letters were exchanged that are at hand, the last first.
    fn others(&self) -> Vec<&Name> {
        let mut others: Vec<&Name> = Vec::new();
        for line in self.sight.lines.iter().rev() {
            let other = other_of(line);
            if !others.contains(&other) {
                others.push(other);
            }
        }
        others
    }

    /// How one looks again: at this page, not at one that was kept.
    pub(super) fn look_again(&self, to: &str) -> Markup {
        let again = match to {
            "" => self.now(&self.private_address()),
            name => self.talk_now(name),
        };
        html! {
            p.ways {
                (self.words.say("noScript")) " " a href=(again) { (self.words.say("refresh")) }
            }
        }
    }

    /// To whom the next private message goes. It is typed where that is not known yet, or
    /// something is wrong with it.
    pub(super) fn addressee(&self) -> Markup {
        let PageKind::Private(to) = &self.kind else { return html! {} };
        let is_known = !to.is_empty() && self.trouble.is_none();
        html! {
            @if is_known {
                input type="hidden" name="to" value=(to);
                input type="hidden" name="drawn" value=(zone::now().0);
            }
            @else {
                p { label { (self.words.say("toWhom")) " " input type="text" name="to" size="20" value=(to); } }
            }
        }
    }
}

/// With whom a letter was exchanged, as that one was called then.
fn other_of(letter: &Entry) -> &Name {
    letter.exchanged_with().unwrap_or(&letter.by.name)
}

/// With whom a talk is, as a part of an address.
fn whose(name: &str) -> String {
    format!("to={}", escaped(name))
}
