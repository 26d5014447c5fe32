//! The URL of a room's stream: a request for it turns the connection into a client that only
//! receives.
//!
//! Owns: the choice of the stream's format, from the parameter `as` or from what the browser
//! accepts.
//! Must not know: how the connection becomes a client; the door does that.
//!
//! Part: `site/mod.rs`.

use std::time::Duration;

use super::context::{Context, HTML};
use super::origin::is_led_by_a_link;
use super::room_route::{PageRole, page_request};
use super::sender::{Sender, named_token};
use super::settings_route;
use crate::chat::entry::{Seen, Seq};
use crate::chat::name::Name;
use crate::chat::request::{Claim, Hello, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::formats::arrival::stream_reader::Stream;
use crate::formats::{EpochMark, Format, LivePage, NewLines, PINGS_APART_MAX, ShownRoomMark};
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::site::pages::layout;
use crate::site::visit::page_request::{PageKind, PageTask, PrivateFrom, WantedPage};
use crate::site::visit::room_news::{RoomMark, read_marks};

/// Answers a request for the stream of a room.
///
/// # Errors
/// The method is wrong; or the server has a password, and the sender has neither a session nor this
/// password.
pub(super) fn answer_stream(
    http: &HttpRequest<'_>,
    room: RoomName,
    context: &Context,
) -> Result<Response, Refusal> {
    let format = stream_format(http, &room, context.clients.ping_interval());
    let content_type = match format {
        Format::Events => "text/event-stream; charset=utf-8",
        Format::Plain => "text/plain; charset=utf-8",
        _ => HTML,
    };
    match http.method {
        "GET" => {}
        "HEAD" => return Ok(Response::ok(content_type, "")),
        _ => return Err(Refusal::WrongMethod),
    }
    let sender = Sender::program(http, &context.entrance, named_token(http), None);
    let (is_admitted, token) = (sender.admitted.is_ok(), sender.session.token().cloned());
    if !is_admitted && token.is_none() {
        return Err(Refusal::PasswordNeeded);
    }
    let first = match format {
        Format::Html(page) => layout::endless(page, &room, settings_route::settings_of(http)),
        _ => String::new(),
    };
    let must_exist = is_led_by_a_link(http);
    let position = RoomPosition { seen: position(http), must_exist, ..RoomPosition::of(room) };
    let private = private_position(http).seen();
    // A page that never ends also tells who calls its reader in these rooms.
    let told = http.parameter("told").filter(|_| matches!(format, Format::Html(_)));
    let told = read_marks(told.as_deref().unwrap_or_default());
    let told = told.iter().map(RoomMark::followed).filter(|other| other.room != position.room);
    let rooms = std::iter::once(position.clone()).chain(told).collect();
    let (name, source) = (wanted_name(http), sender.session.token_source());
    let has_session = token.is_some();
    let hello = Hello { name, token, source, rooms, private };
    let stream = Stream { format, hello, is_admitted };
    if matches!(format, Format::Html(_)) && has_session {
        let list = WantedPage {
            kind: PageKind::List,
            is_framed: true,
            was_stream: true,
            ..WantedPage::default()
        };
        let (task, role) = (PageTask::ViewRoom(Box::new(list)), PageRole::ListFrame);
        let request = page_request(http, position.room, task, sender, role);
        return Ok(context.stream_of_session(stream, first, request));
    }
    Ok(context.stream(stream, content_type, first))
}

/// Returns the newest line of the room's log that the client has received, as the request says it;
/// `None`: the request does not say it. A browser that reconnects by itself says it in the header
/// `Last-Event-ID`.
pub(super) fn position(http: &HttpRequest<'_>) -> Option<Seen> {
    let last = http.all("Last-Event-ID").next().and_then(Seen::parse);
    last.or_else(|| http.parameter("after").as_deref().and_then(Seen::parse))
}

pub(super) fn private_position(http: &HttpRequest<'_>) -> PrivateFrom {
    match http.parameter("private") {
        None => PrivateFrom::NotAsked,
        Some(text) => Seen::parse(&text).map_or(PrivateFrom::Start, PrivateFrom::After),
    }
}

/// Returns the name that a client wants whose session the server does not know (any more). `None`:
/// the request names none, or the text cannot be a name. A URL has no secret of a name.
pub(super) fn wanted_name(http: &HttpRequest<'_>) -> Option<Claim> {
    let name = Name::parse(&http.parameter("name")?).ok()?;
    Some(Claim { name, secret: None })
}

/// Returns which lines the page around the stream knows to be new; `None`: it knows none.
fn new_lines(http: &HttpRequest<'_>) -> Option<NewLines> {
    let text = http.parameter("new")?;
    let (read, last) = text.split_once('.')?;
    Some(NewLines::of(Seq(read.parse().ok()?), Seq(last.parse().ok()?)))
}

fn stream_format(http: &HttpRequest<'_>, room: &RoomName, ping_interval: Duration) -> Format {
    let in_links = http.parameter("s").is_some();
    let language = settings_route::language_of(http);
    let shows_presence = !settings_route::settings_of(http).hides_comings;
    let before = EpochMark::of(position(http).map(|seen| seen.epoch));
    let room = ShownRoomMark::of(room);
    let new = new_lines(http).unwrap_or_default();
    let tells_silence = ping_interval <= PINGS_APART_MAX;
    let form = http.parameter("form").and_then(|mark| mark.parse().ok()).unwrap_or_default();
    let live =
        LivePage { language, in_links, shows_presence, before, new, room, form, tells_silence };
    let html = Format::Html(live);
    let accepts = |what: &str| http.all("Accept").any(|value| value.contains(what));
    match http.parameter("as").as_deref() {
        Some("events") => Format::Events,
        Some("text") => Format::Plain,
        Some("html") => html,
        _ if accepts("text/event-stream") => Format::Events,
        _ if accepts("text/html") => html,
        _ => Format::Plain,
    }
}
