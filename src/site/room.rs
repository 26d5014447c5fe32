//! The addresses of a room: what a request to one of them asks of the hub.
//!
//! Owns: how an address, a form and a cookie are read.
//! Must not know: what comes of it; the answer is the door's errand.
//!
//! Next: `visit/mod.rs`.

use percent_encoding::percent_decode_str;

use super::answers::{self, elsewhere, with_script};
use super::context::Context;
use super::posted::{self, Wanted};
use super::reading::{cookie, field, is_led_by_a_link, our_origin, seen, takes_gzip, without};
use super::saved;
use super::session::{self, bearer, named, session};
use super::settings;
use super::stream;
use crate::admission::entrance::{Entry, NoEntry};
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::limits;
use crate::pages::address::{address, escaped, with_query};
use crate::visit::errand::{
    Enter, Errand, Gate, LEFT_COOKIE, Look, Note, PASSWORD_WAS, SESSION_COOKIE, Task,
};
use crate::visit::find::Find;
use crate::visit::updates::Updates;

/// Answers a request below `/r/`; `path` is what stands behind that.
///
/// # Errors
/// Nothing is there, or nothing that can be asked so.
pub(super) fn answer(
    asked: &HttpRequest<'_>,
    path: &str,
    context: &Context,
) -> Result<Response, Refusal> {
    let (path, after) = without_moment(path);
    let (name, what) = path.split_once('/').unwrap_or((path, ""));
    let room = room(name).ok_or(Refusal::NotFound)?;
    match what {
        "" if name == path => {}
        "stream" => return stream::answer(asked, room, context),
        "poll" | "private" | "list" | "history" | "save" => {}
        _ => return Err(Refusal::NotFound),
    }
    if is_page(what, asked) {
        if let Some(password) = asked.parameter("password") {
            return Ok(let_in(asked, room, &password, context));
        }
        if let Some(response) = session::cleared(asked) {
            return Ok(response);
        }
    }
    let wanted = match asked.method {
        "GET" if what == "poll" => polled(asked, &context.entry),
        _ if what == "poll" => return Err(Refusal::OnlyGet),
        "GET" | "HEAD" if what == "save" => saved::read(asked, &context.entry)?,
        "GET" | "HEAD" => looked(asked, what, after, &context.entry),
        _ if !what.is_empty() => return Err(Refusal::WrongMethod),
        "POST" => posted::read(asked, &room, &context.entry)?,
        _ => return Err(Refusal::WrongMethod),
    };
    let is_a_program = matches!(wanted.task, Task::Tell(_) | Task::Ask(_));
    if is_a_program && wanted.token.is_none() && !context.guests {
        return Err(Refusal::NoGuests);
    }
    let is_list = what == "list";
    // What was chosen for the room as one finds it is remembered there.
    let is_front = matches!(&wanted.task, Task::Look(look) if what.is_empty() && look.is_front());
    let errand = errand(asked, room, wanted, (is_front, is_list));
    let settings = errand.settings;
    let response = with_script(answers::errand(context, errand), asked.host());
    Ok(settings::remembered(asked, settings, response))
}

/// Whether somebody opens a page of a room.
fn is_page(what: &str, asked: &HttpRequest<'_>) -> bool {
    asked.method == "GET" && !matches!(what, "poll" | "save")
}

/// An address with the box's password, as a code on a door has it: whoever opens it is in,
/// and is led to the same address without it.
fn let_in(asked: &HttpRequest<'_>, room: RoomName, password: &str, context: &Context) -> Response {
    let to = without(asked, &["password"]);
    if context.entry.admits(asked.peer.ip(), None).is_ok() {
        let site = our_origin(asked).unwrap_or_default();
        return elsewhere(format!("{site}{to}"));
    }
    let (token, in_links) = session(asked);
    // The session that comes of it stands there in the place of one that may be nobody's.
    let to = without(asked, &["password", "s"]);
    // The front of a room has an address of its own.
    let then = Some(to.clone()).filter(|to| *to != "/" && *to != address(&room));
    let task = Task::Enter(Box::new(Enter { then, else_to: Some(to), ..Enter::default() }));
    let entry = context.entry.admits(asked.peer.ip(), Some(password));
    let wanted = Wanted { task, token, in_links, entry };
    answers::errand(context, errand(asked, room, wanted, (false, false)))
}

/// Answers a request for the page before all rooms.
///
/// # Errors
/// It is neither for the page nor from its form.
pub(super) fn gate(asked: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    // A pressed room stands behind the one in the field.
    let to = form_urlencoded::parse(asked.body).filter(|(name, _)| name == "room").last();
    let to = to.map(|(_, room)| room.into_owned());
    let gate = match asked.method {
        "GET" | "HEAD" => {
            let left = asked.parameter("left").and_then(|name| RoomName::parse(&name).ok());
            Gate { left, ..Gate::default() }
        }
        "POST" => {
            let stranger = field(asked, "name").map(|_| posted::stranger(asked));
            Gate { left: None, to, stranger, is_stale: posted::is_stale(asked) }
        }
        _ => return Err(Refusal::WrongMethod),
    };
    if let Some(response) = session::cleared(asked) {
        return Ok(response);
    }
    let (token, in_links) = session(asked);
    let entry = context.entry.admits(asked.peer.ip(), None);
    let wanted = Wanted { task: Task::Gate(Box::new(gate)), token, in_links, entry };
    Ok(answers::errand(context, errand(asked, RoomName::lobby(), wanted, (false, false))))
}

/// Answers the live page, which has a session's new token and cannot write the cookie that
/// the box has written. It names the token in a header, which no other site's page may.
///
/// # Errors
/// It is asked otherwise.
pub(super) fn keep(asked: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    if asked.method != "POST" {
        return Err(Refusal::WrongMethod);
    }
    let token = asked.all("Authorization").next().and_then(|_| bearer(asked));
    let entry = context.entry.admits(asked.peer.ip(), None);
    let wanted = Wanted { task: Task::Keep, token, in_links: false, entry };
    Ok(answers::errand(context, errand(asked, RoomName::lobby(), wanted, (false, false))))
}

fn errand(
    asked: &HttpRequest<'_>,
    room: RoomName,
    wanted: Wanted,
    (is_front, is_list): (bool, bool),
) -> Errand {
    let Wanted { task, token, in_links, entry } = wanted;
    let language = settings::language_of(asked);
    let peer = asked.peer;
    let said = |name| asked.parameter(name).or_else(|| field(asked, name));
    // A list that is not loaded again would be no use.
    let every = said("every").or_else(|| is_list.then(String::new));
    let updates = Updates::asked(said("live").as_deref(), every.as_deref());
    let (settings, updates) = settings::way(asked, is_front, token.is_some(), updates);
    // A file goes on behind its page.
    let takes_gzip = takes_gzip(asked) && !matches!(task, Task::Save(_));
    let own = cookie(asked, SESSION_COOKIE).and_then(Token::parse);
    let is_guest = own.is_some() && own != token;
    Errand {
        room,
        token,
        in_links,
        next: None,
        is_new: false,
        is_guest,
        updates,
        takes_gzip,
        entry,
        peer,
        site: our_origin(asked),
        settings,
        language,
        task,
    }
}

fn polled(asked: &HttpRequest<'_>, entry: &Entry) -> Wanted {
    let password = asked.parameter("password");
    let entry = entry.admits(asked.peer.ip(), password.as_deref());
    let (after, private) = (stream::place(asked), stream::private_place(asked));
    let at_once = asked.parameter("wait").is_some_and(|seconds| seconds == "0");
    let must_exist = is_led_by_a_link(asked);
    let task = Task::Poll(Look { after, private, at_once, must_exist, ..Look::default() });
    Wanted { task, token: named(asked), in_links: false, entry }
}

/// A page of one moment is the page of any: only its address is none that was there before
/// (`pages/moment.rs` says why). It may say how far the room was seen.
fn without_moment(path: &str) -> (&str, Option<Seen>) {
    if let Some((path, place)) = path.rsplit_once("/since/") {
        return (path, place.split('-').next().and_then(seen));
    }
    (path.rsplit_once("/now/").map_or(path, |(path, _)| path), None)
}

fn looked(asked: &HttpRequest<'_>, what: &str, after: Option<Seen>, entry: &Entry) -> Wanted {
    let (token, in_links) = session(asked);
    let entry = entry.admits(asked.peer.ip(), None);
    let private_to = (what == "private").then(|| asked.parameter("to").unwrap_or_default());
    let mut look = look(asked);
    look.after = look.after.or(after);
    // From the newest on.
    look.before = look.before.or((what == "history").then_some(Seq(u64::MAX)));
    let task = Task::Look(Look { private_to, is_list: what == "list", ..look });
    Wanted { task, token, in_links, entry }
}

fn room(path: &str) -> Option<RoomName> {
    let name = percent_decode_str(path).decode_utf8().ok()?;
    RoomName::parse(&name).ok()
}

/// The way from a form that asks for a room by its name.
pub(super) fn go(asked: &HttpRequest<'_>) -> Option<Response> {
    let room = RoomName::parse(&asked.parameter("room")?).ok()?;
    let (token, in_links) = session(asked);
    let session = token.filter(|_| in_links).map(|token| format!("s={}", token.reveal()));
    // The room's page lets in by it, and takes it out of the address.
    let password = asked.parameter("password").map(|it| format!("password={}", escaped(&it)));
    let site = our_origin(asked).unwrap_or_default();
    Some(elsewhere(format!("{site}{}", with_query(&address(&room), &[session, password]))))
}

/// Somebody has said `/quit`; the address alone may be anybody's link.
fn has_left(asked: &HttpRequest<'_>) -> bool {
    cookie(asked, LEFT_COOKIE).is_some() || our_origin(asked).is_some()
}

fn look(asked: &HttpRequest<'_>) -> Look {
    let after = asked.parameter("after").and_then(|text| seen(&text));
    let number = |name| asked.parameter(name).and_then(|text| text.parse().ok());
    // A link to a message shows what was said around it.
    let around = number("at").map(|at: u64| at.saturating_add(limits::LINES_BEHIND_LINKED));
    let change = number("change").map(Seq);
    // A line is changed where it stands.
    let changed = change.map(|seq| seq.0.saturating_add(1));
    let before = number("before").or(around).or(changed).map(Seq);
    let find = Find::read(|field| asked.parameter(field));
    let log = asked.parameter("log").and_then(|text| Epoch::parse(&text));
    let says = |name| asked.parameter(name).is_some();
    let note = says("saved").then_some(Note::Saved).or(says("set").then_some(Note::Set));
    let note = note.or(says("new-secret").then_some(Note::Secret));
    let note = note.or((says("left") && has_left(asked)).then_some(Note::Left));
    let note = match asked.parameter(PASSWORD_WAS).as_deref() {
        Some("wrong") => Some(Note::NoEntry(NoEntry::Wrong)),
        Some("not-read") => Some(Note::NoEntry(NoEntry::TooManyGuesses)),
        _ => note,
    };
    Look { after, log, before, find, change, note, ..Look::default() }
}
