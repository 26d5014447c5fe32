//! The address of a room's stream: a client that only listens.
//!
//! Owns: in which of its formats it is told: what `as` says, or the browser takes.
//! Must not know: what becomes of it; the door adopts it.
//!
//! Next: `greeting/stream.rs`.

use super::answers;
use super::context::Context;
use super::reading::{is_led_by_a_link, seen};
use super::session::named;
use super::settings;
use crate::chat::entry::Seen;
use crate::chat::request::{Hello, Place};
use crate::chat::room_name::RoomName;
use crate::greeting::stream::Stream;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::pages::stream;
use crate::wire::{Before, Format};

/// Answers a request for the stream of a room.
///
/// # Errors
/// It is no request for one, or comes from nobody who may hear it.
pub(super) fn answer(
    asked: &HttpRequest<'_>,
    room: RoomName,
    context: &Context,
) -> Result<Response, Refusal> {
    let format = format(asked);
    let content_type = match format {
        Format::Events => "text/event-stream; charset=utf-8",
        Format::Plain => "text/plain; charset=utf-8",
        _ => "text/html; charset=utf-8",
    };
    match asked.method {
        "GET" => {}
        "HEAD" => return Ok(Response::ok(content_type, "")),
        _ => return Err(Refusal::WrongMethod),
    }
    let token = named(asked);
    let password = asked.parameter("password");
    let is_admitted = context.entry.admits(asked.peer.ip(), password.as_deref()).is_ok();
    if !is_admitted && token.is_none() {
        return Err(Refusal::PasswordNeeded);
    }
    let first = match format {
        Format::Html { language, .. } => stream::begin(language, &room, settings::of(asked)),
        _ => String::new(),
    };
    let must_exist = is_led_by_a_link(asked);
    let place = Place { seen: place(asked), must_exist, ..Place::of(room) };
    let private = private_place(asked).flatten();
    let hello = Hello { token, rooms: vec![place], private, ..Hello::default() };
    Ok(answers::stream(context, Stream { format, hello, is_admitted }, content_type, first))
}

/// How far it was told before: a browser that comes back by itself says it in a header.
pub(super) fn place(asked: &HttpRequest<'_>) -> Option<Seen> {
    let last = asked.all("Last-Event-ID").next().and_then(seen);
    last.or_else(|| asked.parameter("after").as_deref().and_then(seen))
}

/// Whether it wants its private messages, and how far it was told of them.
pub(super) fn private_place(asked: &HttpRequest<'_>) -> Option<Option<Seen>> {
    asked.parameter("private").map(|text| seen(&text))
}

fn format(asked: &HttpRequest<'_>) -> Format {
    let in_links = asked.parameter("s").is_some();
    let language = settings::language_of(asked);
    let comings = !settings::of(asked).hides_comings;
    let before = Before::of(place(asked).map(|seen| seen.epoch));
    let html = Format::Html { language, in_links, comings, before };
    match asked.parameter("as").as_deref() {
        Some("events") => return Format::Events,
        Some("text") => return Format::Plain,
        Some("html") => return html,
        _ => {}
    }
    let accepts = |what: &str| asked.all("Accept").any(|value| value.contains(what));
    if accepts("text/event-stream") {
        Format::Events
    } else if accepts("text/html") {
        html
    } else {
        Format::Plain
    }
}
