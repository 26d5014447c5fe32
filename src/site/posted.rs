//! What a POST to a room says: a form of its page, a text, or a request of
//! `threadbare.v1`.
//!
//! Owns: which of them it is, and that nobody else's page can send it: a form has its
//! session's key, a text its session in the open, and JSON no foreign page may send.
//! Must not know: what comes of it.
//!
//! Next: `visit/errand.rs`.

use serde_json::{Value, json};

use super::reading::field;
use super::session::{bearer, named, session};
use crate::admission::Password;
use crate::admission::entrance::{Entry, NoEntry};
use crate::chat::clean::clean;
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::visit::errand::{Do, Enter, Json, Say, Task, Wish};
use crate::visit::once::Once;
use crate::visit::stranger::Stranger;
use crate::wire::v1;

/// What is wanted, whose session it is, and whether it came in links.
pub(super) struct Wanted {
    pub(super) task: Task,
    pub(super) token: Option<Token>,
    pub(super) in_links: bool,
    pub(super) entry: Result<(), NoEntry>,
}

/// Reads a POST to this room.
pub(super) fn read(
    asked: &HttpRequest<'_>,
    room: &RoomName,
    entry: &Entry,
) -> Result<Wanted, Refusal> {
    let kind = asked.all("Content-Type").next().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let admits = |password: Option<&str>| entry.admits(asked.peer.ip(), password);
    match kind.as_str() {
        "application/json" => {
            let (task, password) = program(asked.body);
            let password = password.or_else(|| asked.parameter("password"));
            let token = named(asked);
            Ok(Wanted { task, token, in_links: true, entry: admits(password.as_deref()) })
        }
        FORM | "" if is_form(asked) => {
            let password = field(asked, "password").or_else(|| asked.parameter("password"));
            let (token, in_links) = session(asked);
            let entry = admits(password.as_deref());
            Ok(Wanted { task: form(asked, room), token, in_links, entry })
        }
        FORM | "" | "text/plain" => {
            let password = asked.parameter("password");
            let text = clean(&String::from_utf8_lossy(asked.body));
            // A foreign page can send a text, and a cookie goes with it.
            let token = bearer(asked);
            let entry = admits(password.as_deref());
            Ok(Wanted { task: Task::Tell(text), token, in_links: true, entry })
        }
        _ => Err(Refusal::UnknownBody),
    }
}

/// What a form's `Content-Type` is.
const FORM: &str = "application/x-www-form-urlencoded";

/// `curl -d 'door open'` calls everything a form; other addresses than rooms take nothing else.
pub(super) fn is_form(asked: &HttpRequest<'_>) -> bool {
    let kind = asked.all("Content-Type").next().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(FORM) && !kind.is_empty() {
        return false;
    }
    if !asked.path().starts_with("/r/") {
        return true;
    }
    let has = |name| field(asked, name).is_some();
    has("text") || has("enter") || has("leave") && (has("key") || has("s"))
}

fn form(asked: &HttpRequest<'_>, room: &RoomName) -> Task {
    let stranger = stranger(asked);
    let text = clean(&field(asked, "text").unwrap_or_default());
    if field(asked, "enter").is_some() {
        let password = field(asked, "room-password").and_then(Password::new);
        let is_stale = is_stale(asked);
        let enter = Enter { stranger, password, text, is_stale, ..Enter::default() };
        return Task::Enter(Box::new(enter));
    }
    let once = field(asked, "once").and_then(|text| Once::parse(&text));
    let fields = ["text", "to", "change", "delete"].map(|it| field(asked, it).unwrap_or_default());
    let id = once.as_ref().and_then(|once: &Once| once.id(&fields.each_ref().map(String::as_str)));
    let is_stale = is_stale(asked) || is_left(asked);
    let mut say = Say { text, once, id, stranger, is_stale };
    if field(asked, "leave").is_some() {
        let leave = json!({"type": "leave", "room": room.as_str()});
        return Task::Do(Box::new(Do {
            wish: wish(&leave),
            to: None,
            drawn: None,
            change: None,
            form: say,
        }));
    }
    let (to, drawn) = (field(asked, "to"), drawn(asked));
    let change = field(asked, "change").and_then(|text| text.parse().ok()).map(Seq);
    // What is typed for one alone is a command or not as in a room: a secret or a password behind
    // a slash is nobody's text.
    let is_typed = to.is_some() && say.text.starts_with('/') && !say.text.starts_with("//");
    if is_typed {
        return Task::Do(Box::new(Do {
            wish: Wish::Typed,
            to,
            drawn: None,
            change: None,
            form: say,
        }));
    }
    if to.is_some() || change.is_some() {
        let is_escaped = to.is_some() && say.text.starts_with("//");
        let text = if is_escaped { &say.text[1..] } else { &say.text };
        let wish = match &to {
            Some(to) => wish(&private(to, text, drawn.is_none())),
            None => wish(&changed(change, field(asked, "delete").is_some(), text, room)),
        };
        return Task::Do(Box::new(Do { wish, to, drawn, change, form: say }));
    }
    if say.text.starts_with("//") {
        // A text that begins with a slash.
        say.text.remove(0);
    } else if say.text.starts_with('/') {
        return Task::Do(Box::new(Do {
            wish: Wish::Typed,
            to: None,
            drawn: None,
            change: None,
            form: say,
        }));
    }
    Task::Say(Box::new(say))
}

/// What a form says of whoever has no session.
pub(super) fn stranger(asked: &HttpRequest<'_>) -> Stranger {
    let typed = |name| field(asked, name).unwrap_or_default();
    Stranger::new(typed("name"), &typed("secret"), Token::parse(&typed("new")))
}

/// A request of `threadbare.v1`, read by who carries it out.
pub(super) fn wish(request: &Value) -> Wish {
    Wish::Json(Json(request.to_string()))
}

/// What a form for one alone asks for, as a program would.
fn private(to: &str, text: &str, is_anew: bool) -> Value {
    json!({"type": "private", "to": to.trim(), "text": text, "anew": is_anew})
}

/// When the form was drawn, which is then for whoever had the name before that; without it the name
/// was typed for who has it now. Times are whole milliseconds: of this one nobody knows what came
/// first.
fn drawn(asked: &HttpRequest<'_>) -> Option<UnixMillis> {
    let at: u64 = field(asked, "drawn")?.parse().ok()?;
    Some(UnixMillis(at.saturating_sub(1)))
}

/// What a form for an own message asks for, as a program would.
fn changed(of: Option<Seq>, deletes: bool, text: &str, room: &RoomName) -> Value {
    let (room, of) = (room.as_str(), of.map(|of| of.0));
    if deletes {
        return json!({"type": "delete", "room": room, "seq": of});
    }
    json!({"type": "edit", "room": room, "seq": of, "text": text})
}

/// A form of another session, or of a page that is not ours: only the session's own
/// pages know its key. Whoever has the session in the form itself has shown that.
pub(super) fn is_stale(asked: &HttpRequest<'_>) -> bool {
    match session(asked) {
        (Some(token), false) => field(asked, "key").as_deref() != Some(&token.form_key()),
        _ => false,
    }
}

/// A form of a session that its sender has no more: whoever has left is asked who they are,
/// and not made somebody.
pub(super) fn is_left(asked: &HttpRequest<'_>) -> bool {
    session(asked).0.is_none() && field(asked, "key").is_some()
}

/// Secrets are digested where the answer is made: here others wait for their page.
fn program(body: &[u8]) -> (Task, Option<String>) {
    let json = Json(String::from_utf8_lossy(body).into_owned());
    match v1::ask::greeting(&json.0) {
        Some(password) => (Task::Hello(json), password.map(|it| it.reveal().to_owned())),
        None => (Task::Ask(json), None),
    }
}
