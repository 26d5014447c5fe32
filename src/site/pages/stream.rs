//! The endless page of a room: everything before its first message. `formats/html.rs` writes
//! the messages.
//!
//! Owns: the frame of that page. With a style the newest message stays in sight, only by the
//! order of a column. Without a style the page is a list that grows.
//! Must not know: who receives what.
//!
//! Room: `site/pages/mod.rs`.

use maud::{PreEscaped, html};

use super::frame;
use crate::base::words::Language;
use crate::chat::room_name::RoomName;
use crate::html::words::Sentences;
use crate::site::visit::settings::PageSettings;

/// Marks where the frame ends and the messages begin.
const HERE: &str = "<!-- lines -->";

/// Some browsers show nothing before they have received a kilobyte.
const PADDING_BYTES: usize = 1024;

/// Returns the page up to its first message.
pub fn begin(language: Language, room: &RoomName, settings: PageSettings) -> String {
    let words = Sentences::of(language);
    let title = words.fill("messagesIn", &[("room", room.as_str())]);
    let body = html! {
        div.stream { div { ol { (PreEscaped(HERE)) } } }
    };
    let page = frame::page(words, &title, settings, None, &body).into_string();
    let before = page.split(HERE).next().unwrap_or_default();
    format!("{before}<!--{}-->\n", " ".repeat(PADDING_BYTES))
}
