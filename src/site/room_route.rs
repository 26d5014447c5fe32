//! The URLs of rooms, of the list of rooms, and of the session's cookie: what a request to one of
//! these URLs wants from the hub.
//!
//! Owns: how a URL, a form and a cookie are read.
//! Must not know: what the hub answers. Later the door's thread carries out the page request, and
//! only then asks the hub.
//!
//! Part: `site/mod.rs`.

use percent_encoding::percent_decode_str;

use super::context::{Context, redirect, with_script};
use super::origin::{comes_from_elsewhere, is_led_by_a_link, left_live, our_origin};
use super::room_post;
use super::sender::{
    Sender, bearer, named_session, named_token, session, target_without, without_link_session,
};
use super::{invite_route, reply_route, settings_route, stream};
use crate::admission::Password;
use crate::admission::entrance::NoEntry;
use crate::base::base_path::link;
use crate::chat::clean::clean;
use crate::chat::entry::{Epoch, Seen, Seq, UnixMillis};
use crate::chat::room_name::RoomName;
use crate::html::address::{
    AFTER_FIRST_FORM, AFTER_FORM, AT_NEWEST, REPLY_FRAME_PATH, address, escaped, fresh, of_rooms,
    with_query,
};
use crate::server::http::{refusal::Refusal, request::HttpRequest, response::Response};
use crate::site::pages::settings_form::{SAVED_COOKIE, SAVED_SECRET};
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::page_request::{
    BrowserTraits, LEFT_COOKIE, PASSWORD_WAS, PageKind, PageNote, PageRequest, PageTask,
    ROOMS_COOKIE, SHOWN_COOKIE, WantedMessages, WantedPage,
};
use crate::site::visit::page_settings::{Refreshing, Updates};
use crate::site::visit::room_news::{RoomMark, newest_shown, read_marks};
use crate::site::visit::rooms_form::{NEW_ROOM, RoomsForm};
use crate::site::visit::search_form::SearchForm;

/// If a link leads to one line of a room, the page shows that line and about this many lines after
/// it.
const LINES_BEHIND_LINKED: u64 = 12;

/// Answers a request below `/r/`; `path` is the rest of the path.
///
/// # Errors
/// The path names nothing that a room has, or the server refuses the request.
pub(super) fn answer_room(
    http: &HttpRequest<'_>,
    path: &str,
    context: &Context,
) -> Result<Response, Refusal> {
    let (whole, (path, after)) = (path, without_moment(path));
    let is_fresh = whole != path;
    let (name, what) = path.split_once('/').unwrap_or((path, ""));
    let room = room_name(name).ok_or(Refusal::NotFound)?;
    match what {
        "" if name == path => {}
        "stream" => return stream::answer_stream(http, room, context),
        REPLY_FRAME_PATH => return reply_route::answer_reply_frame(http, room, context),
        "invite" => return invite_route::answer_invite(http, room, context),
        "poll" | "private" | "list" | "history" | "save" | "keep" => {}
        _ => return Err(Refusal::NotFound),
    }
    if is_page(what, http) {
        if let Some(password) = http.parameter("password") {
            return Ok(enter_by_password(http, room, &password, context));
        }
        if let Some(response) = without_link_session(http) {
            return Ok(response);
        }
    }
    let entrance = &context.entrance;
    let (task, sender) = match http.method {
        "GET" if what == "poll" => {
            (poll_task(http), Sender::program(http, entrance, named_token(http), None))
        }
        _ if what == "poll" => return Err(Refusal::OnlyGet),
        "GET" | "HEAD" if what == "save" => room_post::read_save(http, entrance)?,
        "GET" | "HEAD" => {
            let wanted = wanted_page(http, what, after);
            let wanted = WantedPage { is_fresh, ..wanted };
            let wanted = as_it_was_left(http, &room, wanted, whole);
            (PageTask::ViewRoom(Box::new(wanted)), Sender::browser(http, entrance, None))
        }
        _ if !what.is_empty() => return Err(Refusal::WrongMethod),
        "POST" if room_post::asks_for_room(http) => {
            return Ok(answer_asked_room(http, room, context));
        }
        "POST" => room_post::read_post(http, &room, entrance)?,
        _ => return Err(Refusal::WrongMethod),
    };
    let is_a_program = matches!(task, PageTask::PostForProgram(_) | PageTask::AskForProgram(_));
    if is_a_program && sender.session.token().is_none() && !context.guests {
        return Err(Refusal::NoGuests);
    }
    let role = match &task {
        PageTask::ViewRoom(wanted) if what.is_empty() && wanted.is_front() => PageRole::Front,
        _ if what == "list" => PageRole::ListFrame,
        PageTask::ViewRoom(wanted) if wanted.before.is_none() && wanted.is_private() => {
            PageRole::Talk
        }
        _ => PageRole::Other,
    };
    let request = page_request(http, room, task, sender, role);
    let settings = request.settings;
    let may_be_stored = may_be_stored(&request);
    let mut response = with_script(context.answer_by_job(request), http.host());
    if may_be_stored {
        response.set("Cache-Control", "no-cache");
    }
    Ok(settings_route::with_settings_cookie(http, settings, response))
}

/// Adds what the browser knows of its last page: whether it was a form's answer, which the end of
/// the `whole` path says, and which message it has shown last.
fn as_it_was_left(
    http: &HttpRequest<'_>,
    room: &RoomName,
    mut wanted: WantedPage,
    whole: &str,
) -> WantedPage {
    wanted.is_after_form = wanted.is_fresh && whole.ends_with(AFTER_FORM);
    if wanted.is_fresh && whole.ends_with(AFTER_FIRST_FORM) {
        wanted.note = wanted.note.or(Some(PageNote::NewName));
    }
    if wanted.kind == PageKind::Newest {
        let shown = newest_shown(&rooms_shown(http), room);
        // The live page that leads here has shown what is new since that.
        let shown = shown.filter(|_| left_live(http).as_ref() != Some(room));
        wanted.is_after_stored = wanted.after.is_none();
        wanted.after = wanted.after.or(shown);
    }
    wanted
}

/// Answers the form of a room's page by which the reader goes to another room, or makes one. If the
/// form has a text, the answer is the page itself: the address of a page cannot have the text.
fn answer_asked_room(http: &HttpRequest<'_>, room: RoomName, context: &Context) -> Response {
    let typed = |name| http.field(name).is_some_and(|typed| !typed.is_empty());
    let keeps = typed("text") || typed("name");
    let makes = http.field("make").is_some();
    let asked = room_post::asked_room(http);
    if !keeps && makes {
        return to_new_room(http, http.field("room"));
    }
    let (room, task) = match asked {
        _ if makes => (room, PageTask::ListRooms(Box::new(room_post::form_of_new_room(http)))),
        Ok(asked) if !keeps => return to_named_room(http, &fresh(&address(&asked)), None),
        Ok(asked) => {
            (asked, PageTask::ViewRoom(Box::new(room_post::page_of_asked_room(http, None))))
        }
        Err(bad) => {
            (room, PageTask::ViewRoom(Box::new(room_post::page_of_asked_room(http, Some(bad)))))
        }
    };
    let sender = Sender::browser(http, &context.entrance, None);
    let request = page_request(http, room, task, sender, PageRole::Other);
    context.answer_by_job(request)
}

/// Returns whether the browser may store the page, to show it when the reader goes back. So a text
/// that the reader has typed is not lost if the server does not answer the form. The page of a
/// URL that the live page has, too, may not be stored if it has the session's token: an old token
/// would sign the live page out.
fn may_be_stored(request: &PageRequest) -> bool {
    let PageTask::ViewRoom(wanted) = &request.task else { return false };
    let has_token = request.session.token().is_some();
    let has_script =
        request.updates == Updates::ByHand && request.settings.way != Some(Refreshing::Plain);
    let is_live = !wanted.is_fresh && (wanted.kind == PageKind::Newest || wanted.linked.is_some());
    !(wanted.is_framed || has_token && is_live && has_script)
}

fn is_page(what: &str, http: &HttpRequest<'_>) -> bool {
    http.method == "GET" && !matches!(what, "poll" | "save")
}

/// Answers a request whose URL contains the server's password, for example from a QR code on a
/// wall. If the password is right, the reader enters the server, and the answer is a redirect to a
/// URL without the password.
fn enter_by_password(
    http: &HttpRequest<'_>,
    room: RoomName,
    password: &str,
    context: &Context,
) -> Response {
    let to = target_without(http, &["password"]);
    if context.entrance.admits(http.peer.ip(), None).is_ok() {
        let site = our_origin(http).unwrap_or_default();
        return redirect(format!("{site}{to}"));
    }
    // The URL may contain a session in `s=`. It is left out here, because the redirect adds the
    // session that the reader has after entering.
    let to = target_without(http, &["password", "s"]);
    // When the reader has entered the server, the answer is a redirect to `then`. `None`: a
    // redirect to the room's front page.
    let then = Some(to.clone()).filter(|to| *to != link("/") && *to != address(&room));
    let form = EnterForm { then, else_to: Some(to), ..EnterForm::default() };
    let task = PageTask::EnterRoom(Box::new(form));
    let sender = Sender::browser(http, &context.entrance, Some(password));
    context.answer_by_job(page_request(http, room, task, sender, PageRole::Other))
}

/// Answers a request for the page with the list of rooms, or for its form.
///
/// # Errors
/// The method is wrong.
pub(super) fn list_rooms(http: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    // If the person pressed the button of a room, the browser sends first the room in the text
    // field and then the button's room. So take the last one.
    let to = form_urlencoded::parse(http.body).filter(|(name, _)| name == "room").last();
    let to = to.map(|(_, room)| room.into_owned());
    let from = http.parameter("from").or_else(|| http.field("from"));
    let from = from.and_then(|name| RoomName::parse(&name).ok());
    let form = match http.method {
        "GET" | "HEAD" => {
            let left = http.parameter("left").and_then(|name| RoomName::parse(&name).ok());
            let named = http.parameter("named").filter(|name| !name.is_empty());
            RoomsForm { left, named, from, ..RoomsForm::default() }
        }
        "POST" => {
            let stranger = http.field("name").map(|_| room_post::stranger(http));
            let typed = http.field("room-password").filter(|typed| !typed.is_empty());
            let is_typed = typed.is_some();
            let password = typed.and_then(Password::new);
            let is_password_long = is_typed && password.is_none();
            let text = clean(&http.field("text").unwrap_or_default());
            let (is_hidden, is_stale) = (http.field("hidden").is_some(), room_post::is_stale(http));
            let usual = RoomsForm::default();
            let is_new = http.field(NEW_ROOM).is_some();
            let usual = RoomsForm { is_password_long, is_new, text, from, ..usual };
            RoomsForm { to, stranger, password, is_hidden, is_stale, ..usual }
        }
        _ => return Err(Refusal::WrongMethod),
    };
    if let Some(response) = without_link_session(http) {
        return Ok(response);
    }
    let (room, task) = (RoomName::lobby(), PageTask::ListRooms(Box::new(form)));
    let sender = Sender::browser(http, &context.entrance, None);
    Ok(context.answer_by_job(page_request(http, room, task, sender, PageRole::Other)))
}

/// Answers the live page's request for a cookie with its session. A script cannot write an
/// `HttpOnly` cookie. The page names the session's token in a header; browsers do not let pages of
/// other sites send that header.
///
/// # Errors
/// The method is wrong.
pub(super) fn set_cookie(http: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    if http.method != "POST" {
        return Err(Refusal::WrongMethod);
    }
    let token = http.all("Authorization").next().and_then(|_| bearer(http));
    let admitted = context.entrance.admits(http.peer.ip(), None);
    let sender = Sender { session: named_session(http, token), admitted };
    let (room, task) = (RoomName::lobby(), PageTask::SetCookie);
    Ok(context.answer_by_job(page_request(http, room, task, sender, PageRole::Other)))
}

/// Which page a request is for. How that page gets new messages depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PageRole {
    /// The front page of a room. Its URL can ask for another way to get new messages, and the
    /// settings may store that way.
    Front,
    /// The page with private messages. It has the ways of a front page, but no stream.
    Talk,
    /// The page with the list of messages for a frame. If its URL does not say how it gets new
    /// messages, it reloads by itself.
    ListFrame,
    Other,
}

pub(super) fn page_request(
    http: &HttpRequest<'_>,
    room: RoomName,
    task: PageTask,
    sender: Sender,
    role: PageRole,
) -> PageRequest {
    let Sender { session, admitted } = sender;
    let language = settings_route::language_of(http);
    let said = |name| http.parameter(name).or_else(|| http.field(name));
    let every = said("every").or_else(|| (role == PageRole::ListFrame).then(String::new));
    let updates = Updates::asked(said("live").as_deref(), every.as_deref());
    let (settings, updates) = settings_route::chosen_updates(http, role, &session, updates);
    // The file follows the head of the answer as a stream, so it is not compressed.
    let may_be_gzipped = http.accepts_gzip() && !matches!(task, PageTask::Save(_));
    // A link for others needs the whole address of the server, also if the browser has not sent it.
    let by_host = || format!("{}://{}", http.scheme(), http.host());
    let browser = BrowserTraits {
        may_be_gzipped,
        site: our_origin(http).or_else(|| task.makes_link().then(by_host)),
        shows_copies: settings_route::shows_copies(http),
        is_textual: settings_route::is_textual(http),
        marks_buttons: settings_route::marks_buttons(http),
        is_old: settings_route::is_old(http),
        has_saved: http.cookie(SAVED_COOKIE).is_some(),
        has_saved_secret: http.cookie(SAVED_COOKIE).is_some_and(|what| what == SAVED_SECRET),
        is_of_this_machine: http.is_for_this_machine(),
        private_shown: private_shown(http),
        rooms_shown: rooms_shown(http),
        left_live: left_live(http),
        comes_from_elsewhere: comes_from_elsewhere(http),
    };
    PageRequest {
        room,
        session,
        updates,
        admitted,
        peer: http.peer,
        browser,
        settings,
        language,
        task,
    }
}

fn rooms_shown(http: &HttpRequest<'_>) -> Vec<RoomMark> {
    read_marks(http.cookie(ROOMS_COOKIE).unwrap_or_default())
}

fn private_shown(http: &HttpRequest<'_>) -> Vec<(Seq, UnixMillis)> {
    let messages = http.cookie(SHOWN_COOKIE).unwrap_or_default().split('-');
    let numbers = messages.filter_map(|message| message.split_once('.'));
    let read =
        |(seq, at): (&str, &str)| Some((Seq(seq.parse().ok()?), UnixMillis(at.parse().ok()?)));
    numbers.filter_map(read).collect()
}

fn poll_task(http: &HttpRequest<'_>) -> PageTask {
    let (after, private) = (stream::position(http), stream::private_position(http));
    let at_once = http.parameter("wait").is_some_and(|seconds| seconds == "0");
    let (name, must_exist) = (stream::wanted_name(http), is_led_by_a_link(http));
    PageTask::Poll(WantedMessages { name, after, private, at_once, must_exist })
}

/// Removes `/now/...` or `/since/...` from a path. Returns the path before that part, and from
/// `/since/...` the newest message that the reader has seen. Such a part makes a URL new to the
/// browser, so the browser shows no stored copy of the page (`html/address.rs` says why).
pub(super) fn without_moment(path: &str) -> (&str, Option<Seen>) {
    if let Some((path, since)) = path.rsplit_once("/since/") {
        return (path, since.split('-').next().and_then(Seen::parse));
    }
    (path.rsplit_once("/now/").map_or(path, |(path, _)| path), None)
}

pub(super) fn room_name(path: &str) -> Option<RoomName> {
    let name = percent_decode_str(path).decode_utf8().ok()?;
    RoomName::parse(&name).ok()
}

/// Redirects a request that names a room in `?room=` to the page of that room. `None`: the request
/// names no room, or a room that cannot exist.
pub(super) fn redirect_to_named_room(http: &HttpRequest<'_>) -> Option<Response> {
    let room = RoomName::parse(&http.parameter("room")?).ok()?;
    // The URL of the room's page has the server's password, too: that page checks the password and
    // redirects to a URL without it.
    let password = http.parameter("password").map(|text| format!("password={}", escaped(&text)));
    Some(to_named_room(http, &address(&room), password))
}

/// Redirects to this path of a room, at the newest message. `more` is a part of the query.
fn to_named_room(http: &HttpRequest<'_>, path: &str, more: Option<String>) -> Response {
    let session = session(http);
    let session = session.for_links(session.token()).map(|token| format!("s={token}"));
    let site = our_origin(http).unwrap_or_default();
    let place = if settings_route::settings_of(http).is_newest_last { AT_NEWEST } else { "" };
    redirect(format!("{site}{}{place}", with_query(path, &[session, more])))
}

/// Returns the redirect to the form for a new room, with the name that was typed in the form to go
/// to another room; `None`: the request does not ask for a new room.
pub(super) fn redirect_to_new_room(http: &HttpRequest<'_>) -> Option<Response> {
    http.parameter("make")?;
    Some(to_new_room(http, http.parameter("room")))
}

/// Redirects to the form for a new room, in which this name is typed already.
fn to_new_room(http: &HttpRequest<'_>, name: Option<String>) -> Response {
    let session = session(http);
    let session = session.for_links(session.token()).map(|token| format!("s={token}"));
    let name = name.filter(|name| !name.is_empty());
    let name = name.map(|name| format!("named={}", escaped(&name)));
    let site = our_origin(http).unwrap_or_default();
    let rooms = with_query(&fresh(&of_rooms()), &[name, session]);
    redirect(format!("{site}{rooms}#new"))
}

/// Returns whether the request proves that the person has left the server with `/quit`: by the
/// cookie, or because it comes from one of our pages. The URL alone proves nothing, because anyone
/// can link to it.
fn has_left(http: &HttpRequest<'_>) -> bool {
    http.cookie(LEFT_COOKIE).is_some() || our_origin(http).is_some()
}

/// Returns which page of the room the URL asks for, and what the page must show; `what` is the part
/// of the path after the room's name.
fn wanted_page(http: &HttpRequest<'_>, what: &str, after: Option<Seen>) -> WantedPage {
    let after = http.parameter("after").and_then(|text| Seen::parse(&text)).or(after);
    let number = |name| http.parameter(name).and_then(|text| text.parse().ok());
    // A link to a message leads to a page that also shows the messages with the next higher
    // numbers.
    let linked = number("at");
    let around = linked.map(|at: u64| at.saturating_add(LINES_BEHIND_LINKED));
    let change = number("change").map(Seq);
    // On a page to change a message, that message is the newest one.
    let changed = change.map(|seq| seq.0.saturating_add(1));
    // If the URL of the history names no number, the page begins with the newest messages.
    let newest = (what == "history").then_some(u64::MAX);
    let before = number("before").or(around).or(changed).or(newest).map(Seq);
    let to = http.parameter("to");
    let talk = to.clone().filter(|_| what == "private" && change.is_some());
    let kind = match (what, change, SearchForm::read(|field| http.parameter(field))) {
        ("list", ..) if to.is_none() => PageKind::List,
        ("keep", None, None) if http.parameter("delete").is_some() => PageKind::Deleting,
        ("keep", None, None) => PageKind::Keeping,
        ("private", None, _) | ("list", ..) => PageKind::Private(to.clone().unwrap_or_default()),
        (_, Some(change), _) if http.parameter("delete").is_some() => PageKind::Delete(change),
        (_, Some(change), _) => PageKind::Change(change),
        (_, None, Some(find)) => PageKind::Found(find),
        (_, None, None) if before.is_some() => PageKind::History,
        _ => PageKind::Newest,
    };
    let linked = linked.filter(|_| kind == PageKind::History && what.is_empty()).map(Seq);
    let log = http.parameter("log").and_then(|text| Epoch::parse(&text));
    let says = |name| http.parameter(name).is_some();
    let set = http.parameter("set").map(|what| match what.as_str() {
        "password" => PageNote::NewPassword,
        _ => PageNote::Set,
    });
    let note = says("saved").then_some(PageNote::Saved).or(set);
    let note = note.or(says("new-secret").then_some(PageNote::Secret));
    let note = note.or(says("sign-in").then_some(PageNote::SignIn));
    let note = note.or_else(|| match http.parameter("did")?.as_str() {
        "name" => Some(PageNote::Named),
        "away" => Some(PageNote::Away),
        "back" => Some(PageNote::Back),
        "pin" => Some(PageNote::Pin),
        "nothing" => Some(PageNote::NoText),
        _ => None,
    });
    let left = http.parameter("left").filter(|_| has_left(http));
    let note = note.or(left.map(|what| match what.as_str() {
        "all" => PageNote::Forgotten,
        _ => PageNote::Left,
    }));
    let note = match http.parameter(PASSWORD_WAS).as_deref() {
        Some("wrong") => Some(PageNote::NoEntry(NoEntry::WrongPassword)),
        Some("not-read") => Some(PageNote::NoEntry(NoEntry::TooManyGuesses)),
        _ => note,
    };
    let reply_to = number("reply").map(Seq);
    let is_framed = what == "list";
    let nothing = WantedPage::default();
    WantedPage { kind, before, linked, after, log, note, reply_to, talk, is_framed, ..nothing }
}
