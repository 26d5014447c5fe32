//! The addresses of a room: what a request to one of them asks of the hub.
//!
//! Owns: how an address, a form and a cookie are read.
//! Must not know: what comes of it; the answer is the door's errand.
//!
//! Next: `visit/mod.rs`.

use percent_encoding::percent_decode_str;

use crate::admission::Entry;
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::door::refusal::Refusal;
use crate::http::asked::Asked;
use crate::http::posted::{self, Wanted};
use crate::http::reply::Reply;
use crate::http::route::Site;
use crate::http::stream;
use crate::pages::desk::language;
use crate::visit::errand::{Errand, Look, Task};

/// The cookie that has a session.
const COOKIE: &str = "threadbare";

/// Answers a request below `/r/`; `path` is what stands behind that.
pub(super) fn answer(asked: &Asked<'_>, path: &str, site: &Site) -> Reply {
    let (name, what) = path.split_once('/').unwrap_or((path, ""));
    let Some(room) = room(name) else { return Reply::refuse(Refusal::NotFound) };
    match what {
        "" if name == path => {}
        "stream" => return stream::answer(asked, room, &site.entry),
        "poll" => {}
        _ => return Reply::refuse(Refusal::NotFound),
    }
    let wanted = match asked.method {
        "GET" if what == "poll" => polled(asked, &site.entry),
        _ if what == "poll" => return Reply::refuse(Refusal::OnlyGet),
        "GET" | "HEAD" => looked(asked, &site.entry),
        "POST" => match posted::read(asked, &site.entry, site.message_bytes_max) {
            Ok(wanted) => wanted,
            Err(refusal) => return Reply::refuse(refusal),
        },
        _ => return Reply::refuse(Refusal::WrongMethod),
    };
    let Wanted { task, token, in_links, is_admitted } = wanted;
    let is_a_program = matches!(task, Task::Tell(_) | Task::Ask(_));
    if is_a_program && token.is_none() && !site.guests {
        return Reply::refuse(Refusal::NoGuests);
    }
    let language = language(asked.all("Accept-Language").next());
    let peer = asked.peer;
    let is_live = asked.parameter("live").or_else(|| asked.field("live")).is_some();
    let errand = Errand { room, token, in_links, is_live, is_admitted, peer, language, task };
    Reply::errand(errand)
}

fn polled(asked: &Asked<'_>, entry: &Entry) -> Wanted {
    let password = asked.parameter("password");
    let is_admitted = entry.admits(asked.peer.ip(), password.as_deref()).is_ok();
    let task = Task::Poll(Look { after: stream::place(asked), ..Look::default() });
    Wanted { task, token: named(asked), in_links: false, is_admitted }
}

fn looked(asked: &Asked<'_>, entry: &Entry) -> Wanted {
    let (token, in_links) = session(asked);
    let is_admitted = entry.admits(asked.peer.ip(), None).is_ok();
    Wanted { task: look(asked), token, in_links, is_admitted }
}

fn room(path: &str) -> Option<RoomName> {
    let name = percent_decode_str(path).decode_utf8().ok()?;
    RoomName::parse(&name).ok()
}

/// Whose request it is, and whether a link or a form said so: then all others must.
pub(super) fn session(asked: &Asked<'_>) -> (Option<Token>, bool) {
    let parse = |text: Option<String>| Token::parse(&text?);
    let cookie = parse(asked.cookie(COOKIE).map(str::to_owned));
    let link = parse(asked.field("s")).or_else(|| parse(asked.parameter("s")));
    match (cookie, link) {
        (Some(cookie), Some(link)) if cookie == link => (Some(cookie), false),
        (_, Some(link)) => (Some(link), true),
        (cookie, None) => (cookie, false),
    }
}

/// The session that a program names in the open.
pub(super) fn bearer(asked: &Asked<'_>) -> Option<Token> {
    let named = asked.all("Authorization").next().and_then(|it| it.strip_prefix("Bearer "));
    let token = named.map(str::to_owned).or_else(|| asked.parameter("s"));
    Token::parse(token?.trim())
}

/// Whose request it is, of those that no page of ours makes.
pub(super) fn named(asked: &Asked<'_>) -> Option<Token> {
    bearer(asked).or_else(|| session(asked).0)
}

fn look(asked: &Asked<'_>) -> Task {
    let after = asked.parameter("after").and_then(|text| seen(&text));
    let before = asked.parameter("before").and_then(|text| text.parse().ok()).map(Seq);
    Task::Look(Look { after, before, ..Look::default() })
}

pub(super) fn seen(text: &str) -> Option<Seen> {
    let (epoch, seq) = text.split_once('.')?;
    Some(Seen { epoch: Epoch::parse(epoch)?, seq: Seq(seq.parse().ok()?) })
}
