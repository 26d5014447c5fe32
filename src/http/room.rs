//! The addresses of a room: what a request to one of them asks of the hub.
//!
//! Owns: how an address, a form and a cookie are read.
//! Must not know: what comes of it; the answer is the door's errand.
//!
//! Next: `visit/mod.rs`.

use percent_encoding::percent_decode_str;

use crate::admission::Entry;
use crate::chat::clean::clean;
use crate::chat::entry::{Epoch, MessageId, Seen, Seq};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::door::refusal::Refusal;
use crate::http::asked::Asked;
use crate::http::reply::Reply;
use crate::pages::desk::language;
use crate::visit::errand::{Errand, Look, Say, Task, Typed};

/// The cookie that has a session.
const COOKIE: &str = "threadbare";

/// Answers a request below `/r/`; `path` is what stands behind that.
pub(super) fn answer(asked: &Asked<'_>, path: &str, entry: &Entry) -> Reply {
    let Some(room) = room(path) else { return Reply::refuse(Refusal::NotFound) };
    let task = match asked.method {
        "GET" | "HEAD" => look(asked),
        "POST" if asked.field("enter").is_some() => {
            Task::Enter(Typed(asked.field("name").unwrap_or_default()))
        }
        "POST" => say(asked),
        _ => return Reply::refuse(Refusal::WrongMethod),
    };
    let (token, in_links) = session(asked);
    let language = language(asked.all("Accept-Language").next());
    let peer = asked.peer;
    let is_admitted = entry.admits(peer.ip(), asked.field("password").as_deref()).is_ok();
    Reply::errand(Errand { room, token, in_links, is_admitted, peer, language, task })
}

fn room(path: &str) -> Option<RoomName> {
    let name = percent_decode_str(path).decode_utf8().ok()?;
    RoomName::parse(&name).ok()
}

/// Whose request it is, and whether a link or a form said so: then all others must.
fn session(asked: &Asked<'_>) -> (Option<Token>, bool) {
    let parse = |text: Option<String>| Token::parse(&text?);
    let cookie = parse(asked.cookie(COOKIE).map(str::to_owned));
    let link = parse(asked.field("s")).or_else(|| parse(asked.parameter("s")));
    match (cookie, link) {
        (Some(cookie), Some(link)) if cookie == link => (Some(cookie), false),
        (_, Some(link)) => (Some(link), true),
        (cookie, None) => (cookie, false),
    }
}

fn look(asked: &Asked<'_>) -> Task {
    let after = asked.parameter("after").and_then(|text| seen(&text));
    let before = asked.parameter("before").and_then(|text| text.parse().ok()).map(Seq);
    Task::Look(Look { after, before, ..Look::default() })
}

fn seen(text: &str) -> Option<Seen> {
    let (epoch, seq) = text.split_once('.')?;
    Some(Seen { epoch: Epoch::parse(epoch)?, seq: Seq(seq.parse().ok()?) })
}

fn say(asked: &Asked<'_>) -> Task {
    let text = clean(&asked.field("text").unwrap_or_default());
    let once = asked.field("once").and_then(|text| MessageId::parse(&text));
    let name = Typed(asked.field("name").unwrap_or_default());
    let is_stale = is_stale(asked);
    Task::Say(Box::new(Say { text, once, name, is_stale }))
}

/// A form of another session, or of a page that is not ours: only the session's own
/// pages know its key. Whoever has the session in the form itself has shown that.
fn is_stale(asked: &Asked<'_>) -> bool {
    match session(asked) {
        (Some(token), false) => asked.field("key").as_deref() != Some(&token.form_key()),
        _ => false,
    }
}
