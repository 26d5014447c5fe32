//! One line of a log, as an item of a list whose number is the line's.
//!
//! Owns: how each kind of line is told.
//! Must not know: the list around it.
//!
//! Next: `pages/messages.rs`.

use maud::{Markup, html};

use super::link::{Links, linked};
use super::mention;
use super::parts::sentence;
use super::when::{When, when};
use super::words::Sentences;
use crate::chat::entry::{Entry, Seq, What};
use crate::chat::name::Name;

/// What an item has beside its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Its reader has said it.
    pub is_own: bool,
    /// The line reads otherwise than when it was said.
    pub is_edited: bool,
    /// When it was said: the time, or the day, too; nothing if that is hidden.
    pub when: When,
    /// To whom it was said is known already.
    pub is_talk: bool,
    /// Where it can be changed.
    pub change: Option<String>,
    /// Its number, and where it is among what was said around it.
    pub context: Option<String>,
}

/// An item, for somebody who is called `me`.
pub fn item(
    words: &Sentences,
    entry: &Entry,
    me: Option<&Name>,
    links: Links<'_>,
    beside: &Beside,
) -> Markup {
    let own = beside.is_own;
    let name = me.map(Name::shown).filter(|name| !own && speaks_to(entry, name));
    let links = Links { name, ..links };
    html! {
        li value=(entry.seq.0) id={ "m" (entry.seq.0) } class=[class(own, name.is_some())] {
            @if is_far(entry.seq) { span.n { "#" (entry.seq.0) } " " }
            (head(words, entry, own, beside))
            @if name.is_some() { " " span.heard { (words.say("toYou")) ":" } }
            " " (told(words, entry, links, beside.is_talk))
        }
    }
}

/// Text browsers count a list in 32 bits; numbers in a file of an earlier form may be higher.
pub(super) fn is_far(seq: Seq) -> bool {
    i32::try_from(seq.0).is_err()
}

fn class(own: bool, is_to_me: bool) -> Option<&'static str> {
    if own { Some("own") } else { is_to_me.then_some("hit") }
}

/// Whether this line has the name in it, as a word. In private it is no news.
fn speaks_to(entry: &Entry, name: &str) -> bool {
    match &entry.what {
        What::Said(text) | What::Acted(text) | What::Edited { text, .. } => {
            mention::place(text, name).is_some()
        }
        What::Private { .. } | What::Deleted { .. } | What::Topic(_) => false,
    }
}

fn head(words: &Sentences, entry: &Entry, own: bool, beside: &Beside) -> Markup {
    html! {
        b class={ "name p" (entry.by.name.colour()) } { bdi { (entry.by.name.shown()) } }
        @if let Some(mark) = &entry.by.mark { " " span.mark { (mark) } }
        @if own { " " span.mine { "(" (words.say("you")) ")" } }
        @if beside.when != When::Hidden { " " (when(entry, beside.when)) }
        @if beside.is_edited { " " small { (words.say("editedMark")) } }
        @if let Some(change) = &beside.change {
            " " a.change href=(change) { (words.say("change")) }
        }
        @if let Some(context) = &beside.context {
            " " small { "#" (entry.seq.0) } " " a href=(context) { (words.say("inContext")) }
        }
    }
}

fn told(words: &Sentences, entry: &Entry, links: Links<'_>, is_talk: bool) -> Markup {
    let name = entry.by.name.shown();
    let text = |said: &str| text(said, links);
    let sentence = |key, blanks: &[(&str, &str)]| html! { i { (sentence(words, key, blanks)) } };
    match &entry.what {
        What::Said(said) => text(said),
        What::Private { text: said, .. } if is_talk => text(said),
        What::Private { to, text: said, .. } => html! {
            (sentence("privateTo", &[("name", to.shown())])) " " (text(said))
        },
        What::Acted(said) => lines(said, links, Some(name)),
        What::Edited { of, text: said } => html! {
            (sentence("edited", &[("name", name), ("of", &of.0.to_string())])) " " (text(said))
        },
        What::Deleted { .. } => sentence("deletedWords", &[]),
        What::Topic(topic) if topic.is_empty() => sentence("topicGone", &[("name", name)]),
        What::Topic(topic) => sentence("topicSet", &[("name", name), ("topic", topic)]),
    }
}

/// A text as it was said: its lines stay lines, also where no style is.
fn text(said: &str, links: Links<'_>) -> Markup {
    lines(said, links, None)
}

/// The same, behind the name of whoever does it.
fn lines(said: &str, links: Links<'_>, doer: Option<&str>) -> Markup {
    let mut lines = said.lines();
    let first = lines.next().unwrap_or_default();
    let said = html! {
        (linked(&visible(first), links))
        @for line in lines { br; (linked(&visible(line), links)) }
    };
    html! {
        div.text dir="auto" {
            @if let Some(name) = doer { i { bdi { (name) } " " (said) } } @else { (said) }
        }
    }
}

/// A page has no use for control characters.
fn visible(text: &str) -> String {
    text.chars().filter(|sign| *sign == '\t' || !sign.is_control()).collect()
}
