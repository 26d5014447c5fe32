//! A page of a room that never ends: what comes before its first line. The lines are
//! `wire/html.rs`'s.
//!
//! Owns: its frame. With a style the newest line stays in sight, by nothing but the
//! order of a column; without one it is a list that grows.
//! Must not know: who is told what.
//!
//! Next: `wire/html.rs`.

use maud::{PreEscaped, html};

use super::frame;
use super::words::Sentences;
use crate::chat::room_name::RoomName;
use crate::visit::settings::Settings;
use crate::words::Language;

/// Where the frame ends and the lines begin.
const HERE: &str = "<!-- lines -->";

/// Some browsers show nothing before they have a kilobyte.
const PADDING_BYTES: usize = 1024;

/// The page up to its first line.
pub fn begin(language: Language, room: &RoomName, settings: Settings) -> String {
    let words = Sentences::of(language);
    let title = words.fill("messagesIn", &[("room", room.as_str())]);
    let body = html! {
        div.stream { div { ol { (PreEscaped(HERE)) } } }
    };
    let page = frame::page(words, &title, settings, None, &body).into_string();
    let before = page.split(HERE).next().unwrap_or_default();
    format!("{before}<!--{}-->\n", " ".repeat(PADDING_BYTES))
}
