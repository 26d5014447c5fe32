//! What a POST to a room says: a form of its page, a text, or a request of
//! `threadbare.v1`.
//!
//! Owns: which of them it is, and that nobody else's page can send it: a form has its
//! session's key, a text its session in the open, and JSON no foreign page may send.
//! Must not know: what comes of it.
//!
//! Next: `visit/errand.rs`.

use crate::admission::Entry;
use crate::chat::clean::clean;
use crate::chat::entry::MessageId;
use crate::chat::request::Request;
use crate::chat::secret::Password;
use crate::chat::token::Token;
use crate::door::refusal::Refusal;
use crate::http::asked::Asked;
use crate::http::room::{bearer, named, session};
use crate::visit::errand::{Say, Task, Typed};
use crate::wire::v1;

/// What is wanted, whose session it is, and whether it came in links.
pub(super) struct Wanted {
    pub(super) task: Task,
    pub(super) token: Option<Token>,
    pub(super) in_links: bool,
    pub(super) is_admitted: bool,
}

/// Reads a POST. `text_bytes_max` is the longest text of a message.
pub(super) fn read(
    asked: &Asked<'_>,
    entry: &Entry,
    text_bytes_max: usize,
) -> Result<Wanted, Refusal> {
    let kind = asked.all("Content-Type").next().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let admits = |password: Option<&str>| entry.admits(asked.peer.ip(), password).is_ok();
    match kind.as_str() {
        "application/json" => {
            let (task, password) = json(&asked.body, text_bytes_max);
            let password = password.or_else(|| asked.parameter("password"));
            let token = named(asked);
            Ok(Wanted { task, token, in_links: true, is_admitted: admits(password.as_deref()) })
        }
        "application/x-www-form-urlencoded" | "" if is_form(asked) => {
            let password = asked.field("password").or_else(|| asked.parameter("password"));
            let (token, in_links) = session(asked);
            let is_admitted = admits(password.as_deref());
            Ok(Wanted { task: form(asked), token, in_links, is_admitted })
        }
        "application/x-www-form-urlencoded" | "" | "text/plain" => {
            let password = asked.parameter("password");
            let text = clean(&String::from_utf8_lossy(&asked.body));
            // A foreign page can send a text, and a cookie goes with it.
            let token = bearer(asked);
            let is_admitted = admits(password.as_deref());
            Ok(Wanted { task: Task::Tell(text), token, in_links: true, is_admitted })
        }
        _ => Err(Refusal::UnknownBody),
    }
}

/// `curl -d 'door open'` calls everything a form.
fn is_form(asked: &Asked<'_>) -> bool {
    ["text", "enter"].into_iter().any(|name| asked.field(name).is_some())
}

fn form(asked: &Asked<'_>) -> Task {
    let name = Typed(asked.field("name").unwrap_or_default());
    if asked.field("enter").is_some() {
        return Task::Enter(name);
    }
    let text = clean(&asked.field("text").unwrap_or_default());
    let once = asked.field("once").and_then(|text| MessageId::parse(&text));
    Task::Say(Box::new(Say { text, once, name, is_stale: is_stale(asked) }))
}

/// A form of another session, or of a page that is not ours: only the session's own
/// pages know its key. Whoever has the session in the form itself has shown that.
fn is_stale(asked: &Asked<'_>) -> bool {
    match session(asked) {
        (Some(token), false) => asked.field("key").as_deref() != Some(&token.form_key()),
        _ => false,
    }
}

fn json(body: &[u8], text_bytes_max: usize) -> (Task, Option<String>) {
    let text = String::from_utf8_lossy(body);
    match v1::ask::read(&text, text_bytes_max) {
        Ok(v1::ask::Asked::Hello(hello, password)) => {
            let password = password.as_ref().map(|it| Password::reveal(it).to_owned());
            (Task::Hello(hello), password)
        }
        Ok(v1::ask::Asked::Request(request)) => (Task::Ask(request), None),
        Err(fault) => (Task::Ask(Request::Faulty(fault)), None),
    }
}
