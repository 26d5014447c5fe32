//! An export as one page that needs nothing else: no script, nothing from outside. Each message has
//! an anchor for links (`#lobby-42`).
//!
//! Owns: its words and its looks. All text goes through the templates, which escape it. Each name
//! and each text keeps its own writing direction, whatever stands next to it.
//! Must not know: files.
//!
//! Room: `formats/saved/mod.rs`.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, html};

use super::{EditsShown, Hole, Shape};
use crate::chat::clean::without_overrides;
use crate::chat::entry::{Entry, Seq, What};
use crate::chat::moment;
use crate::chat::room_name::RoomName;
use crate::history::archive::ArchivedRoom;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }
p { margin: .25rem 0; content-visibility: auto; contain-intrinsic-size: auto 1.5rem; }
p:target { outline: 2px solid; }
a { color: inherit; text-decoration: none; opacity: .7; font-variant-numeric: tabular-nums; }
a:hover, a:focus { text-decoration: underline; }
bdi.text { white-space: pre-wrap; overflow-wrap: anywhere; }
i { opacity: .7; }
";

pub(super) struct HtmlForm;

impl Shape for HtmlForm {
    fn begin(&self, out: &mut dyn Write, rooms: &[ArchivedRoom]) -> io::Result<()> {
        put(
            out,
            html! {
                (DOCTYPE)
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width";
                title { "Threadbare" }
                style { (STYLE) }
                h1 { "What was said" }
                p { "Times are UTC." }
                nav {
                    @for room in rooms { p { a href={ "#" (room.name) } { bdi { (room.name) } } } }
                }
            },
        )
    }

    fn room(&self, out: &mut dyn Write, room: &ArchivedRoom) -> io::Result<()> {
        let notes = super::notes(room);
        put(
            out,
            html! {
                h2 id=(room.name) { bdi { (room.name) } (notes) }
                @if !room.topic.is_empty() { p { bdi.text { (visible(&room.topic)) } } }
            },
        )
    }

    fn line(&self, out: &mut dyn Write, entry: &Entry, changes: EditsShown) -> io::Result<()> {
        let Some(told) = told(entry, changes) else { return Ok(()) };
        let (place, mark) = (place(entry, entry.seq), entry.by.mark.as_ref());
        put(
            out,
            html! {
                p id=(place) {
                    a href={ "#" (place) } {
                        time datetime=(moment::exact(entry.at)) { (moment::plain(entry.at)) }
                    }
                    " "
                    b title=[mark] { bdi { (entry.by.name) } }
                    " "
                    (told)
                    @if changes == (EditsShown::Inside { edited: true }) { " " i { "edited" } }
                }
            },
        )
    }

    fn gap(&self, out: &mut dyn Write, hole: &Hole<'_>) -> io::Result<()> {
        put(out, html! { p { i { (hole.words()) } } })
    }

    fn end(&self, out: &mut dyn Write, last: Seq, is_whole: bool) -> io::Result<()> {
        put(out, html! { p { (super::all(last, is_whole)) } })
    }
}

/// The anchor of a line of the same log.
fn place(entry: &Entry, seq: Seq) -> String {
    format!("{}-{}", entry.log.room().map_or("", RoomName::as_str), seq.0)
}

/// What stands after the name. `None` for a change that is visible in the message that it changes.
fn told(entry: &Entry, changes: EditsShown) -> Option<Markup> {
    let words = |text: &str| html! { bdi.text { (visible(text)) } };
    let line = |of: Seq| html! { a href={ "#" (place(entry, of)) } { "#" (of.0) } };
    match &entry.what {
        What::Said(text) => Some(words(text)),
        What::Acted(text) => Some(html! { i { (words(text)) } }),
        What::Topic(text) if text.is_empty() => Some(html! { i { "took the topic away" } }),
        What::Topic(text) => Some(html! { i { "set the topic: " } (words(text)) }),
        What::Deleted { of } if *of == entry.seq => Some(html! { i { "deleted" } }),
        What::Edited { of, text } if changes == EditsShown::Behind => {
            Some(html! { i { "edited " (line(*of)) ": " } (words(text)) })
        }
        What::Deleted { of } if changes == EditsShown::Behind => {
            Some(html! { i { "deleted " (line(*of)) } })
        }
        // An export contains no private messages.
        What::Deleted { .. } | What::Edited { .. } | What::Private { .. } => None,
    }
}

/// Removes control characters, and characters that reverse the direction of text.
fn visible(text: &str) -> String {
    let kept = |sign: &char| matches!(sign, '\n' | '\t') || !sign.is_control();
    without_overrides(text).chars().filter(kept).collect()
}

fn put(out: &mut dyn Write, part: Markup) -> io::Result<()> {
    writeln!(out, "{}", part.into_string())
}
