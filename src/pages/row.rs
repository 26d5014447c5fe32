//! One line of a log, as an item of a list whose number is the line's.
//!
//! Owns: how each kind of line is told.
//! Must not know: the list around it.
//!
//! Next: `pages/room.rs`.

use maud::{Markup, html};

use super::link::{Links, linked};
use super::words::Sentences;
use crate::chat::entry::{Entry, What};
use crate::chat::moment;
use crate::chat::name::Name;

/// An item, for `me`; `has_time`: it says when that was. `change` is where it can be changed.
pub fn item(
    words: &Sentences,
    entry: &Entry,
    me: Option<&Name>,
    has_time: bool,
    links: Links<'_>,
    change: Option<&str>,
) -> Markup {
    let own = me.is_some_and(|me| *me == entry.by.name);
    html! {
        li value=(entry.seq.0) id={ "m" (entry.seq.0) } class=[own.then_some("own")] {
            (head(words, entry, own, has_time))
            @if let Some(change) = change {
                " " a.change href=(change) { (words.say("change")) }
            }
            " " (told(words, entry, links))
        }
    }
}

fn head(words: &Sentences, entry: &Entry, own: bool, has_time: bool) -> Markup {
    let at = entry.at;
    html! {
        b class={ "name p" (entry.by.name.colour()) } { bdi { (entry.by.name.shown()) } }
        @if let Some(mark) = &entry.by.mark { " " span.mark { (mark) } }
        @if own { " " span.mine { "(" (words.say("you")) ")" } }
        @if has_time {
            " "
            time datetime=(moment::exact(at)) title=(moment::day(at)) { (moment::clock(at)) }
        }
    }
}

fn told(words: &Sentences, entry: &Entry, links: Links<'_>) -> Markup {
    let name = entry.by.name.shown();
    let text = |said: &str| text(said, links);
    match &entry.what {
        What::Said(said) => text(said),
        What::Private { to, text: said } => html! {
            i { (words.fill("privateTo", &[("name", to.shown())])) } " " (text(said))
        },
        What::Acted(said) => html! { i { bdi { (name) } " " (text(said)) } },
        What::Edited { of, text: said } => html! {
            i { (words.fill("edited", &[("name", name), ("of", &of.0.to_string())])) } " " (text(said))
        },
        What::Deleted { .. } => html! { i { (words.say("deletedWords")) } },
        What::Topic(topic) if topic.is_empty() => {
            html! { i { (words.fill("topicGone", &[("name", name)])) } }
        }
        What::Topic(topic) => {
            html! { i { (words.fill("topicSet", &[("name", name), ("topic", topic)])) } }
        }
    }
}

/// A text as it was said: its lines stay lines, also where no style is.
fn text(said: &str, links: Links<'_>) -> Markup {
    let mut lines = said.lines();
    let first = lines.next().unwrap_or_default();
    html! {
        div.text dir="auto" {
            (linked(&visible(first), links))
            @for line in lines { br; (linked(&visible(line), links)) }
        }
    }
}

/// A page has no use for control characters.
fn visible(text: &str) -> String {
    text.chars().filter(|sign| *sign == '\t' || !sign.is_control()).collect()
}
