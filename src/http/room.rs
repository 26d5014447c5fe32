//! The addresses of a room: what a request to one of them asks of the hub.
//!
//! Owns: how an address, a form and a cookie are read.
//! Must not know: what comes of it; the answer is the door's errand.
//!
//! Next: `visit/mod.rs`.

use percent_encoding::percent_decode_str;

use crate::admission::{Entry, NoEntry};
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::door::refusal::Refusal;
use crate::http::asked::Asked;
use crate::http::posted::{self, Wanted};
use crate::http::reply::Reply;
use crate::http::route::Site;
use crate::http::saved;
use crate::http::session::{self, bearer, named, session};
use crate::http::settings;
use crate::http::stream;
use crate::limits;
use crate::pages::address::{address, escaped, with_query};
use crate::visit::errand::{Enter, Errand, Gate, Look, Note, PASSWORD_WAS, SESSION_COOKIE, Task};
use crate::visit::find::Find;
use crate::visit::updates::Updates;

/// Answers a request below `/r/`; `path` is what stands behind that.
pub(super) fn answer(asked: &Asked<'_>, path: &str, site: &Site) -> Reply {
    let (path, after) = without_moment(path);
    let (name, what) = path.split_once('/').unwrap_or((path, ""));
    let Some(room) = room(name) else { return Reply::refuse(Refusal::NotFound) };
    match what {
        "" if name == path => {}
        "stream" => return stream::answer(asked, room, &site.entry),
        "poll" | "private" | "list" | "history" | "save" => {}
        _ => return Reply::refuse(Refusal::NotFound),
    }
    if is_page(what, asked) {
        if let Some(password) = asked.parameter("password") {
            return let_in(asked, room, &password, site);
        }
        if let Some(reply) = session::cleared(asked) {
            return reply;
        }
    }
    let wanted = match asked.method {
        "GET" if what == "poll" => polled(asked, &site.entry),
        _ if what == "poll" => return Reply::refuse(Refusal::OnlyGet),
        "GET" | "HEAD" if what == "save" => match saved::read(asked, &site.entry) {
            Ok(wanted) => wanted,
            Err(refusal) => return Reply::refuse(refusal),
        },
        "GET" | "HEAD" => looked(asked, what, after, &site.entry),
        _ if !what.is_empty() => return Reply::refuse(Refusal::WrongMethod),
        "POST" => match posted::read(asked, &room, &site.entry) {
            Ok(wanted) => wanted,
            Err(refusal) => return Reply::refuse(refusal),
        },
        _ => return Reply::refuse(Refusal::WrongMethod),
    };
    let is_a_program = matches!(wanted.task, Task::Tell(_) | Task::Ask(_));
    if is_a_program && wanted.token.is_none() && !site.guests {
        return Reply::refuse(Refusal::NoGuests);
    }
    let is_list = what == "list";
    // What was chosen for the room as one finds it is remembered there.
    let is_front = matches!(&wanted.task, Task::Look(look) if what.is_empty() && look.is_front());
    let errand = errand(asked, room, wanted, (is_front, is_list));
    let settings = errand.settings;
    settings::remembered(asked, settings, Reply::errand(errand).with_script(asked.host()))
}

/// Whether somebody opens a page of a room.
fn is_page(what: &str, asked: &Asked<'_>) -> bool {
    asked.method == "GET" && !matches!(what, "poll" | "save")
}

/// An address with the box's password, as a code on a door has it: whoever opens it is in,
/// and is led to the same address without it.
fn let_in(asked: &Asked<'_>, room: RoomName, password: &str, site: &Site) -> Reply {
    let to = asked.without(&["password"]);
    if site.entry.admits(asked.peer.ip(), None).is_ok() {
        let site = asked.site().unwrap_or_default();
        return Reply::elsewhere(format!("{site}{to}"));
    }
    let (token, in_links) = session(asked);
    // The session that comes of it stands there in the place of one that may be nobody's.
    let to = asked.without(&["password", "s"]);
    // The front of a room has an address of its own.
    let then = Some(to.clone()).filter(|to| *to != "/" && *to != address(&room));
    let task = Task::Enter(Box::new(Enter { then, else_to: Some(to), ..Enter::default() }));
    let entry = site.entry.admits(asked.peer.ip(), Some(password));
    let wanted = Wanted { task, token, in_links, entry };
    Reply::errand(errand(asked, room, wanted, (false, false)))
}

/// Answers a request for the page before all rooms.
pub(super) fn gate(asked: &Asked<'_>, site: &Site) -> Reply {
    // A pressed room stands behind the one in the field.
    let to = form_urlencoded::parse(&asked.body).filter(|(name, _)| name == "room").last();
    let to = to.map(|(_, room)| room.into_owned());
    let gate = match asked.method {
        "GET" | "HEAD" => {
            let left = asked.parameter("left").and_then(|name| RoomName::parse(&name).ok());
            Gate { left, ..Gate::default() }
        }
        "POST" => {
            let stranger = asked.field("name").map(|_| posted::stranger(asked));
            Gate { left: None, to, stranger, is_stale: posted::is_stale(asked) }
        }
        _ => return Reply::refuse(Refusal::WrongMethod),
    };
    if let Some(reply) = session::cleared(asked) {
        return reply;
    }
    let (token, in_links) = session(asked);
    let entry = site.entry.admits(asked.peer.ip(), None);
    let wanted = Wanted { task: Task::Gate(Box::new(gate)), token, in_links, entry };
    Reply::errand(errand(asked, RoomName::lobby(), wanted, (false, false)))
}

/// Answers the live page, which has a session's new token and cannot write the cookie that
/// the box has written. It names the token in a header, which no other site's page may.
pub(super) fn keep(asked: &Asked<'_>, site: &Site) -> Reply {
    if asked.method != "POST" {
        return Reply::refuse(Refusal::WrongMethod);
    }
    let token = asked.all("Authorization").next().and_then(|_| bearer(asked));
    let entry = site.entry.admits(asked.peer.ip(), None);
    let wanted = Wanted { task: Task::Keep, token, in_links: false, entry };
    Reply::errand(errand(asked, RoomName::lobby(), wanted, (false, false)))
}

fn errand(
    asked: &Asked<'_>,
    room: RoomName,
    wanted: Wanted,
    (is_front, is_list): (bool, bool),
) -> Errand {
    let Wanted { task, token, in_links, entry } = wanted;
    let language = settings::language_of(asked);
    let peer = asked.peer;
    let said = |name| asked.parameter(name).or_else(|| asked.field(name));
    // A list that is not loaded again would be no use.
    let every = said("every").or_else(|| is_list.then(String::new));
    let updates = Updates::asked(said("live").as_deref(), every.as_deref());
    let (settings, updates) = settings::way(asked, is_front, token.is_some(), updates);
    // A file goes on behind its page.
    let takes_gzip = asked.takes_gzip() && !matches!(task, Task::Save(_));
    let own = asked.cookie(SESSION_COOKIE).and_then(Token::parse);
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
        site: asked.site(),
        settings,
        language,
        task,
    }
}

fn polled(asked: &Asked<'_>, entry: &Entry) -> Wanted {
    let password = asked.parameter("password");
    let entry = entry.admits(asked.peer.ip(), password.as_deref());
    let (after, private) = (stream::place(asked), stream::private_place(asked));
    let at_once = asked.parameter("wait").is_some_and(|seconds| seconds == "0");
    let must_exist = asked.is_led_by_a_link();
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

fn looked(asked: &Asked<'_>, what: &str, after: Option<Seen>, entry: &Entry) -> Wanted {
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
pub(super) fn go(asked: &Asked<'_>) -> Option<Reply> {
    let room = RoomName::parse(&asked.parameter("room")?).ok()?;
    let (token, in_links) = session(asked);
    let session = token.filter(|_| in_links).map(|token| format!("s={}", token.reveal()));
    // The room's page lets in by it, and takes it out of the address.
    let password = asked.parameter("password").map(|it| format!("password={}", escaped(&it)));
    let site = asked.site().unwrap_or_default();
    Some(Reply::elsewhere(format!("{site}{}", with_query(&address(&room), &[session, password]))))
}

fn look(asked: &Asked<'_>) -> Look {
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
    let note = match asked.parameter(PASSWORD_WAS).as_deref() {
        Some("wrong") => Some(Note::NoEntry(NoEntry::Wrong)),
        Some("not-read") => Some(Note::NoEntry(NoEntry::TooManyGuesses)),
        _ => note,
    };
    Look { after, log, before, find, change, note, ..Look::default() }
}

pub(super) fn seen(text: &str) -> Option<Seen> {
    let (epoch, seq) = text.split_once('.')?;
    Some(Seen { epoch: Epoch::parse(epoch)?, seq: Seq(seq.parse().ok()?) })
}
