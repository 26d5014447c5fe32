//! A page that never ends: each line is an item of its list, as it comes.
//!
//! Owns: what a line and a notice are in that list, and how it ends.
//! Must not know: the page around the list, which went out before.
//!
//! Next: `wire/v1/mod.rs`.

use std::num::NonZeroU64;

use maud::{Markup, html};

use super::{Frame, FrameKind, LogPlace};
use crate::chat::entry::{Entry, What};
use crate::chat::name::Name;
use crate::chat::told::Told;
use crate::pages::link::Links;
use crate::pages::parts::sentence;
use crate::pages::row::Beside;
use crate::pages::words::Sentences;
use crate::pages::{address, row};
use crate::words::Language;

/// Whoever looks at the page.
#[derive(Debug)]
pub(super) struct Reader {
    /// Its name, when it came.
    pub(super) name: Name,
    /// Its words.
    pub(super) language: Language,
    /// Its session is in the page's address.
    pub(super) in_links: bool,
}

impl super::Reader for Reader {
    fn tell(&self, room: NonZeroU64, entry: &Entry) -> Option<Frame> {
        let words = Sentences::of(self.language);
        let room_name = match (&entry.what, entry.log.room()) {
            // Its words are for a page of its own: others may see this one.
            (What::Private { .. }, _) if entry.by.name == self.name => return None,
            (_, Some(room)) => room,
            (_, None) => {
                return Some(self.letter(&entry.by.name));
            }
        };
        let number = |seq| address::message(room_name, seq, None);
        let links = Links {
            by_way_of_out: self.in_links,
            // Nobody here knows what would have to be in them.
            number: (!self.in_links).then_some(&number as &dyn Fn(u64) -> String),
            out_of_frame: true,
        };
        let item = row::item(words, entry, Some(&self.name), links, &Beside::default());
        let place = LogPlace { room, seq: entry.seq.0 };
        Some(message(&item.into_string()).with_place(place))
    }

    fn told(&self, told: &Told) -> Option<Frame> {
        let words = Sentences::of(self.language);
        let count = |from: u64, to: u64| (to.saturating_sub(from) + 1).to_string();
        let text = match told {
            Told::Refused { reason, .. } => reason.to_string(),
            Told::TooOld { from, to, .. } => words.fill("tooOld", &[("n", &count(from.0, to.0))]),
            Told::NotKept { from, to, .. } => words.fill("notKept", &[("n", &count(from.0, to.0))]),
            Told::Keeping { kept: false, .. } => words.say("notKeeping").to_owned(),
            Told::Presence { name, here: true, .. } => {
                words.fill("joined", &[("name", name.shown())])
            }
            Told::Presence { name, here: false, .. } => {
                words.fill("left", &[("name", name.shown())])
            }
            Told::Renamed { from, to } => {
                words.fill("renamed", &[("name", from.shown()), ("to", to.shown())])
            }
            _ => return None,
        };
        Some(notice(&html! { (text) }))
    }

    fn greeting(&self) -> Option<Frame> {
        None
    }
}

impl Reader {
    /// Somebody has written in private. Nobody here knows the session, if that must be in
    /// links.
    fn letter(&self, from: &Name) -> Frame {
        let words = Sentences::of(self.language);
        notice(&html! {
            (sentence(words, "wroteToYou", &[("name", from.shown())]))
            @if !self.in_links {
                // Beside the stream's own address, and out of its frame.
                " " a href={ "private?to=" (address::escaped(from.shown())) } target="_parent" {
                    (words.say("openIt"))
                }
            }
        })
    }
}

/// A comment, which nobody is shown.
pub(super) fn ping() -> Frame {
    Frame::encoded(FrameKind::Ping, b"<!-- -->\n")
}

/// The end of the page, and how to have it again.
pub(super) fn close(language: Language) -> Frame {
    let words = Sentences::of(language);
    let end = html! {
        p.ended { (words.say("streamEnded")) " " a href="" { (words.say("refreshPage")) } }
    };
    let text = format!("</ol>{}</div></div></body></html>\n", end.into_string());
    Frame::encoded(FrameKind::Close, text.as_bytes())
}

fn notice(text: &Markup) -> Frame {
    let notice = html! { p.notice dir="auto" { (text) } };
    // It has no number, so it is between two lists.
    message(&format!("</ol>{}<ol>", notice.into_string()))
}

fn message(item: &str) -> Frame {
    Frame::encoded(FrameKind::Message, format!("{item}\n").as_bytes())
}
