//! What a POST to a room contains: a form of its page, a plain text, or a request of
//! `threadbare.v1`.
//!
//! Owns: which of the three it is, and that no page of another site can send it in a person's name.
//! A form must contain the key or the token of the person's session. A text must name the session
//! in a header or in the URL. And browsers do not let pages of other sites send JSON.
//! Must not know: what the hub answers.
//!
//! Part: `site/mod.rs`.

use super::sender::{Sender, bearer, named_token, session};
use super::settings_route::pressed_way;
use crate::admission::Password;
use crate::admission::entrance::Entrance;
use crate::chat::clean::clean;
use crate::chat::entry::{Seen, Seq, UnixMillis};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::formats::export::ExportForm;
use crate::formats::file::RoomFile;
use crate::formats::v1;
use crate::formats::v1::fields::RequestFields;
use crate::html::address::FIRST_FORM;
use crate::html::row::{DELETE_BUTTON, EDIT_BUTTON, REPLY_BUTTON};
use crate::server::http::{refusal::Refusal, request::HttpRequest};
use crate::site::pages::reply_strip::REPLY_COOKIE;
use crate::site::visit::command_request::{CommandForm, CommandRequest, KeepingPage};
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{
    Json, MessageForm, OF_CHAT, PageKind, PageTask, WANTS_KEEPING, WantedPage,
};
use crate::site::visit::rooms_form::RoomsForm;
use crate::site::visit::stranger::{SIGN_IN, Stranger};

/// Reads a POST to this room.
///
/// # Errors
/// [`Refusal::UnknownBody`]: the body is of no known type.
pub(super) fn read_post(
    http: &HttpRequest<'_>,
    room: &RoomName,
    entrance: &Entrance,
) -> Result<(PageTask, Sender), Refusal> {
    let kind = http.all("Content-Type").next().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(match kind.as_str() {
        "application/json" => {
            let (task, password) = program_task(http.body);
            (task, Sender::program(http, entrance, named_token(http), password))
        }
        FORM | "" if is_form(http) => {
            let password = http.field("password").or_else(|| http.parameter("password"));
            (form_task(http, room), Sender::browser(http, entrance, password.as_deref()))
        }
        FORM | "" | "text/plain" => {
            let text = clean(&String::from_utf8_lossy(http.body));
            // A page of another site can make the browser send a plain-text body with its cookie,
            // so only a session in `Authorization` or in the URL counts here.
            let sender = Sender::program(http, entrance, bearer(http), None);
            (PageTask::PostForProgram(text), sender)
        }
        _ => return Err(Refusal::UnknownBody),
    })
}

/// Reads a request for all of a room as a file.
///
/// # Errors
/// [`Refusal::UnknownForm`]: the server does not know the file format that the URL names.
pub(super) fn read_save(
    http: &HttpRequest<'_>,
    entrance: &Entrance,
) -> Result<(PageTask, Sender), Refusal> {
    let form = http.parameter("as").map_or(Some(ExportForm::Text), |word| ExportForm::parse(&word));
    let form = form.ok_or(Refusal::UnknownForm)?;
    let task = PageTask::Save(RoomFile { form, is_chunked: http.needs_chunks() });
    Ok((task, Sender::saver(http, entrance)))
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Returns whether the body is a form. `curl -d 'door open'` labels every body as a form, so at the
/// URL of a room the body must also have the fields of a form. Other URLs accept only forms.
pub(super) fn is_form(http: &HttpRequest<'_>) -> bool {
    let kind = http.all("Content-Type").next().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(FORM) && !kind.is_empty() {
        return false;
    }
    if !http.path().starts_with("/r/") {
        return true;
    }
    let has = |name| http.field(name).is_some();
    has("text") || has("enter") || has("leave") && (has("key") || has("s"))
}

/// Returns whether the reader has pressed the Enter key in the field of a message. A browser then
/// presses the first button of the form, and in a form that asks for the secret of a name that is
/// *Sign in*. Nobody signs in without a secret.
fn is_message_by_enter(http: &HttpRequest<'_>, text: &str) -> bool {
    presses_sign_in(http)
        && !text.is_empty()
        && http.field("secret").is_none_or(|secret| secret.is_empty())
}

/// Returns whether the reader has pressed the button *Sign in*. A form that asks for the password
/// of a room has a hidden field of the same name, too.
fn presses_sign_in(http: &HttpRequest<'_>) -> bool {
    form_urlencoded::parse(http.body).any(|(name, value)| name == "enter" && value == SIGN_IN)
}

fn form_task(http: &HttpRequest<'_>, room: &RoomName) -> PageTask {
    let stranger = stranger(http);
    let text = clean(&http.field("text").unwrap_or_default());
    if http.field("enter").is_some() && !is_message_by_enter(http, &text) {
        return PageTask::EnterRoom(Box::new(enter_form(http, stranger, text)));
    }
    if wants_page(http) {
        return PageTask::ViewRoom(Box::new(refreshed_page(http, stranger)));
    }
    let form_id = http.field("once").and_then(|text| FormId::parse(&text));
    let fields =
        ["text", "to", "change", "delete", "reply"].map(|key| http.field(key).unwrap_or_default());
    let id = form_id.as_ref();
    let id = id.and_then(|form_id: &FormId| form_id.id(&fields.each_ref().map(String::as_str)));
    let is_stale = is_stale(http) || is_left(http);
    let reply_to = reply_of_frame(http, form_id.as_ref()).or(number(http, "reply"));
    let is_loaded_anew = http.path().ends_with(FIRST_FORM);
    let kept = clean(&http.field("kept").unwrap_or_default());
    let usual = MessageForm { has_lines: has_lines(http), kept, ..MessageForm::default() };
    let sent = MessageForm { text, form_id, id, reply_to, stranger, ..usual };
    let mut form = MessageForm { is_stale, is_loaded_anew, ..sent };
    if http.field("leave").is_some() {
        let leave = RequestFields::in_room("leave", room.as_str());
        return command_task(CommandForm::Filled(leave), None, form);
    }
    if http.field("set").is_some() {
        return command_task(CommandForm::Filled(access_fields(http, room)), None, form);
    }
    if let Some(name) = http.field("forget") {
        let fields = RequestFields::of("forget-me").with(|fields| fields.name = Some(name));
        return command_task(CommandForm::Filled(fields), None, form);
    }
    let (to, form_made_at) = (http.field("to"), form_made_at(http));
    let change = number(http, "change");
    // In a private talk, a text after a slash is a command, as in a room. So a secret or a
    // password in a mistyped command is not sent to the other person.
    let is_escaped = form.text.starts_with("//");
    if to.is_some() && change.is_none() && form.text.starts_with('/') && !is_escaped {
        return command_task(CommandForm::Typed, to, form);
    }
    if to.is_some() || change.is_some() {
        let fields = match &to {
            Some(to) if change.is_none() => RequestFields::of("private").with(|fields| {
                let text = if is_escaped { &form.text[1..] } else { &form.text };
                fields.to = Some(to.trim().to_owned());
                fields.text = Some(text.to_owned());
                fields.reply = reply_to.map(|seq| seq.0);
                // If the person typed the addressee's name, the message is for the person who has
                // that name now. Otherwise it is for the person who had it when the form was made.
                fields.anew = Some(form_made_at.is_none());
            }),
            _ => change_fields(room.as_str(), change, to.is_some(), &form.text, deletes(http)),
        };
        let command = CommandRequest::of(CommandForm::Filled(fields), to, form);
        let command = CommandRequest { form_made_at, change, ..command };
        return PageTask::RunCommand(Box::new(command));
    }
    if is_escaped {
        // To send a text that starts with one slash, a person types two. Remove one of them.
        form.text.remove(0);
    } else if form.text.starts_with('/') {
        let keeping = http.field(WANTS_KEEPING).map(|value| match value.as_ref() {
            OF_CHAT => KeepingPage::Chat,
            _ => KeepingPage::Room,
        });
        let command = CommandRequest::of(CommandForm::Typed, None, form);
        return PageTask::RunCommand(Box::new(CommandRequest { keeping, ..command }));
    }
    PageTask::PostText(Box::new(form))
}

/// Returns the number of the line that this field of the form has; `None`: it has no number.
fn number(http: &HttpRequest<'_>, name: &str) -> Option<Seq> {
    http.field(name).and_then(|text| text.parse().ok()).map(Seq)
}

/// Reads the form with which a person enters the room.
fn enter_form(http: &HttpRequest<'_>, stranger: Stranger, text: String) -> EnterForm {
    let password = http.field("room-password").and_then(Password::new);
    let invite = http.field("invite").and_then(|text| Token::parse(&text));
    let linked = number(http, "at");
    let (is_stale, has_left) = (is_stale(http), http.field("left").is_some());
    let to = http.field("to").map(|to| to.trim().to_owned());
    let reply_to = number(http, "reply");
    let enter = EnterForm { stranger, password, invite, text, to, linked, ..EnterForm::default() };
    EnterForm { reply_to, signs_in: presses_sign_in(http), is_stale, has_left, ..enter }
}

/// Returns whether the reader wants the same page again, and keeps the text.
fn wants_page(http: &HttpRequest<'_>) -> bool {
    let has = |name| http.field(name).is_some();
    let is_way_on =
        has("refresh") || has("more-lines") || has("one-line") || pressed_reply(http).is_some();
    is_way_on || cancels(http) || pressed_way(http).is_some() || pressed_change(http).is_some()
}

/// Returns the page to edit or to delete the message whose button *Edit* or *Delete* the reader has
/// pressed.
fn pressed_change(http: &HttpRequest<'_>) -> Option<(PageKind, Seq)> {
    form_urlencoded::parse(http.body).find_map(|(name, _)| {
        let number = |button| name.strip_prefix(button)?.parse().ok().map(Seq);
        let edits = number(EDIT_BUTTON).map(|seq| (PageKind::Change(seq), seq));
        edits.or_else(|| number(DELETE_BUTTON).map(|seq| (PageKind::Delete(seq), seq)))
    })
}

/// Returns the number of the message whose button *Reply* the reader has pressed.
fn pressed_reply(http: &HttpRequest<'_>) -> Option<Seq> {
    let mut fields = form_urlencoded::parse(http.body);
    fields.find_map(|(name, _)| name.strip_prefix(REPLY_BUTTON)?.parse().ok()).map(Seq)
}

/// Returns the number of the message to which this form replies, if the frame beside it says so
/// (`site/pages/reply_strip.rs`).
fn reply_of_frame(http: &HttpRequest<'_>, form_id: Option<&FormId>) -> Option<Seq> {
    let (mark, seq) = http.cookie(REPLY_COOKIE)?.split_once('.')?;
    let is_of_form = mark.parse() == Ok(form_id?.mark());
    Some(Seq(seq.parse().ok()?)).filter(|_| is_of_form)
}

/// Returns whether the field for the text has several lines, or the reader wants such a field.
fn has_lines(http: &HttpRequest<'_>) -> bool {
    let has = |name| http.field(name).is_some();
    (has("lines") || has("more-lines")) && !has("one-line")
}

/// Returns whether the reader wants to reply to no message after all.
fn cancels(http: &HttpRequest<'_>) -> bool {
    http.field("cancel").is_some()
}

fn deletes(http: &HttpRequest<'_>) -> bool {
    http.field("delete").is_some()
}

/// Returns whether the reader wants to go to another room with this form. The Enter key in the
/// field of the room presses the first button of the form. So the name of a room is enough, unless
/// the reader signs in, gives up a reply, or only wants the page anew.
pub(super) fn asks_for_room(http: &HttpRequest<'_>) -> bool {
    let has = |name| http.field(name).is_some_and(|typed| !typed.trim().is_empty());
    let stays = has("secret") || wants_page(http);
    is_form(http) && (http.field("go").is_some() || has("make") || has("room") && !stays)
}

/// Returns the room to which this form leads; or the typed name, if no room can have it.
pub(super) fn asked_room(http: &HttpRequest<'_>) -> Result<RoomName, String> {
    let typed = http.field("room").unwrap_or_default();
    RoomName::parse(&typed).map_err(|_| typed)
}

/// Returns the page of the room to which this form leads, with the form's text in its field.
pub(super) fn page_of_asked_room(http: &HttpRequest<'_>, bad_room: Option<String>) -> WantedPage {
    let page = refreshed_page(http, stranger(http));
    WantedPage { kind: PageKind::Newest, after: None, reply_to: None, bad_room, ..page }
}

/// Returns the page with the form for a new room, to which this form leads.
pub(super) fn form_of_new_room(http: &HttpRequest<'_>) -> RoomsForm {
    let named = http.field("room").filter(|name| !name.is_empty());
    let text = clean(&http.field("text").unwrap_or_default());
    RoomsForm { named, text, ..RoomsForm::default() }
}

/// Returns the request that edits or deletes this message of the sender, which is in the room or,
/// if it `is_private`, in no room.
fn change_fields(
    room: &str,
    change: Option<Seq>,
    is_private: bool,
    text: &str,
    deletes: bool,
) -> Box<RequestFields> {
    RequestFields::of(if deletes { "delete" } else { "edit" }).with(|fields| {
        fields.position.room = (!is_private).then(|| room.to_owned());
        fields.position.seq = change.map(|seq| seq.0);
        fields.text = (!deletes).then(|| text.to_owned());
    })
}

/// Returns the page to which this form belongs, as it is now, with the form's text in its field.
fn refreshed_page(http: &HttpRequest<'_>, stranger: Stranger) -> WantedPage {
    let form_id = http.field("once").and_then(|text| FormId::parse(&text));
    let reply_to = reply_of_frame(http, form_id.as_ref()).or(number(http, "reply"));
    let reply_to = pressed_reply(http).or(reply_to);
    let typed = |field| http.field(field).filter(|text: &String| !text.is_empty());
    if let Some((kind, seq)) = pressed_change(http) {
        // As the page has it to which a link leads.
        let (before, talk) = (Some(Seq(seq.0.saturating_add(1))), http.field("to"));
        let (is_fresh, kept) = (true, typed("text"));
        return WantedPage { kind, before, talk, kept, is_fresh, ..WantedPage::default() };
    }
    // Who changes no message after all goes on with the text of the page before.
    let is_unchanged = http.field("change").is_some() && cancels(http);
    WantedPage {
        kind: http.field("to").map_or(PageKind::Newest, PageKind::Private),
        after: http.field("after").and_then(|text| Seen::parse(&text)),
        unsent: typed(if is_unchanged { "kept" } else { "text" }),
        has_lines: has_lines(http),
        reply_to: reply_to.filter(|_| !cancels(http)),
        name: Some(stranger.name().to_owned()),
        secret: stranger.secret(),
        is_fresh: true,
        is_after_form: true,
        ..WantedPage::default()
    }
}

/// Returns the request of the form with which the maker of the room chooses who can join it.
fn access_fields(http: &HttpRequest<'_>, room: &RoomName) -> Box<RequestFields> {
    let typed = http.field("room-password").filter(|typed| !typed.is_empty());
    let removed = http.field("remove-password").map(|_| String::new());
    RequestFields::in_room("set", room.as_str()).with(|fields| {
        fields.position.hidden = Some(http.field("hidden").is_some());
        fields.position.password = typed.or(removed);
    })
}

fn command_task(command: CommandForm, to: Option<String>, form: MessageForm) -> PageTask {
    PageTask::RunCommand(Box::new(CommandRequest::of(command, to, form)))
}

pub(super) fn stranger(http: &HttpRequest<'_>) -> Stranger {
    let typed = |name| http.field(name).unwrap_or_default();
    Stranger::new(typed("name"), &typed("secret"), Token::parse(&typed("new")))
}

/// Returns the time at which the form was made. The private message is for the person who had the
/// addressee's name before that time. `None`: the form does not say when it was made,
/// because the sender typed the addressee's name.
fn form_made_at(http: &HttpRequest<'_>) -> Option<UnixMillis> {
    http.field("drawn")?.parse().ok().map(UnixMillis)
}

/// Returns whether the form lacks the key of the session in the browser's cookie. Such a form was
/// made for another session or for a stranger, or by a page that is not ours: only pages of the
/// session know its key. A form that contains a session needs no key. If the request has no
/// session, returns false.
pub(super) fn is_stale(http: &HttpRequest<'_>) -> bool {
    let session = session(http);
    let token = session.token().filter(|_| !session.in_links());
    token.is_some_and(|token| http.field("key").as_deref() != Some(&token.form_key()))
}

/// Returns whether the form was made for a session, but the request has no session any more, mostly
/// because the person has left the server.
pub(super) fn is_left(http: &HttpRequest<'_>) -> bool {
    session(http).token().is_none() && http.field("key").is_some()
}

/// Reads the JSON of a program only as far as needed. Returns the task, and the server's password
/// if the JSON is a hello with one. The digests of secrets are computed later, on the door's
/// thread, because this function's thread also serves other requests.
fn program_task(body: &[u8]) -> (PageTask, Option<String>) {
    let json = Json(String::from_utf8_lossy(body).into_owned());
    match v1::decode::text_kind(&json.0) {
        v1::decode::TextKind::Hello(password) => {
            (PageTask::EnterForProgram(json), password.map(|secret| secret.reveal().to_owned()))
        }
        v1::decode::TextKind::Request => (PageTask::AskForProgram(json), None),
    }
}
