//! One line of a log, as an item of a list whose number is the line's.
//!
//! Owns: how each kind of line is told.
//! Must not know: the list around it.
//!
//! Next: `pages/room.rs`.

use maud::{Markup, html};

use super::words::Sentences;
use crate::chat::entry::{Entry, What};
use crate::chat::moment;
use crate::chat::name::Name;

/// An item; `own`: the reader has said it.
pub fn item(words: &Sentences, entry: &Entry, me: Option<&Name>) -> Markup {
    let own = me.is_some_and(|me| *me == entry.by.name);
    html! {
        li value=(entry.seq.0) id={ "m" (entry.seq.0) } .own[own] {
            (head(words, entry, own)) " " (told(words, entry))
        }
    }
}

fn head(words: &Sentences, entry: &Entry, own: bool) -> Markup {
    let at = entry.at;
    html! {
        b class={ "name p" (entry.by.name.colour()) } { bdi { (entry.by.name.shown()) } }
        @if let Some(mark) = &entry.by.mark { " " span.mark { (mark) } }
        @if own { " " span.mine { "(" (words.say("you")) ")" } }
        " "
        time datetime=(moment::exact(at)) title=(moment::day(at)) { (moment::clock(at)) }
    }
}

fn told(words: &Sentences, entry: &Entry) -> Markup {
    let name = entry.by.name.shown();
    match &entry.what {
        What::Said(said) => text(said),
        What::Private { text: said, .. } => text(said),
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
fn text(said: &str) -> Markup {
    let mut lines = said.lines();
    let first = lines.next().unwrap_or_default();
    html! {
        div.text dir="auto" {
            (visible(first))
            @for line in lines { br; (visible(line)) }
        }
    }
}

/// A page has no use for control characters.
fn visible(text: &str) -> String {
    text.chars().filter(|sign| *sign == '\t' || !sign.is_control()).collect()
}
