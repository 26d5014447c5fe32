//! Carries out what a form asks for besides saying a plain text: a command (a text after a slash),
//! a private message, a change of a message, leaving a room. So browsers without a script have
//! nearly all commands of `threadbare join`.
//!
//! Owns: which page comes after which command.
//! Must not know: how a command is spelled, how it is carried out.
//!
//! Part: `site/pages/mod.rs`.

use std::time::Duration;

use super::cookies::{hidden_cookie, left_cookie, session_cookie};
use super::error_text::{maybe_stored, refused_status, refused_text};
use super::forget_page;
use super::form_again::page_with_form;
use super::invite_page::{NoInvite, nobody_named, send_invite};
use super::renderer::PageRenderer;
use crate::base::base_path::link;
use crate::chat::act::{RoomAct, RoomActDone};
use crate::chat::answer::{Fault, Wrong};
use crate::chat::bad_command::BadCommand;
use crate::chat::command;
use crate::chat::entry::{MessageId, Seq};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, PasswordChange, ReplyTo, Request};
use crate::chat::search_words::SearchWords;
use crate::formats::plain_input::{self, PlainInput};
use crate::formats::v1;
use crate::html::address::{address, after_form, escaped, fresh, of_host, of_rooms};
use crate::html::sentences::Sentences;
use crate::html::text;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::command_request::{CommandForm, CommandRequest, KeepingPage};
use crate::site::visit::page_request::{
    PageKind, PageNote, PageRequest, ROOMS_COOKIE, SHOWN_COOKIE, WantedPage,
};
use crate::site::visit::read_room::receiver_of;
use crate::site::visit::search_form::SearchForm;
use crate::site::visit::send_request::{end_session, send_form};

/// Carries out what the form asks for and redirects to the page that shows the result; or shows
/// the form again, with what is wrong.
pub(super) fn run_command(
    renderer: &PageRenderer,
    command: &CommandRequest,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    // A sender with neither the server's password nor a session is refused here, before the
    // server computes the digest of a secret, because that takes long.
    if !request.may_come_in() {
        return renderer.password_form(request);
    }
    if let Some(page) = without_field(renderer, command, request) {
        return page;
    }
    if let Some(name) = command.invitee() {
        return invite_somebody(renderer, name, command, request);
    }
    let Some(mut hub_request) = parse_command(renderer, command, request) else {
        if command.form.is_stale && request.session.token().is_some() {
            return renderer.form_again(request, 403, words.say("oldForm"));
        }
        end_session(&renderer.visits, request)?;
        return Ok(goodbye(request, "1"));
    };
    if let Request::Faulty(fault) = &hub_request {
        return fault_or_help(renderer, fault, request);
    }
    if let Some(wanted) = page_with_answer(&hub_request, request) {
        return renderer.room_page(&wanted, request, 200, None);
    }
    if let Some((path, query)) = page_without_change(&hub_request, request) {
        return Ok(renderer.redirect(&path, &query, request));
    }
    let claim = match renderer.claim(&command.form.stranger, request) {
        Ok(claim) => claim,
        Err(fault) => return renderer.fault_page(&fault, request),
    };
    add_form(&mut hub_request, command);
    let is_kept = matches!(hub_request, Request::Post(_) | Request::Private(_));
    let mut outcome =
        send_form(&renderer.visits, hub_request.clone(), claim, &command.form, request)?;
    if let Request::Join(position, _) = &hub_request
        && position.password.is_none()
        && outcome.me.is_some()
    {
        // The next page is that of the room to join. If the room needs a password, that page
        // asks for it. So the form is not refused.
        outcome.refused.take_if(|why| matches!(why, Refused::PasswordNeeded | Refused::InRoom));
    }
    // If the sender was a stranger, the hub may have created a new person for it. The page that
    // is shown now is for the session of that person, even if the hub refused the request.
    let request = &request.after_form(&outcome);
    if let (Request::ForgetMe(_), Some(refused)) = (&hub_request, &outcome.refused)
        && outcome.me.is_some()
    {
        let why = refused_text(words, refused, &request.room, "");
        return Ok(forget_page_again(request, refused_status(refused), &why));
    }
    match renderer.failure_page(&outcome, request) {
        Some(page) => page,
        None if is_kept && outcome.sent.is_none() => {
            renderer.form_again(request, 503, maybe_stored(words, &command.form))
        }
        None if outcome.is_forgotten => Ok(goodbye(request, "all")),
        None if matches!(hub_request, Request::ForgetMe(_)) => {
            renderer.form_again(request, 503, words.say("notForgottenYet"))
        }
        None => {
            find_receiver(renderer, &mut hub_request, outcome.sent, request)?;
            if let (Request::Act(act), Some((by, _))) = (&hub_request, &outcome.me) {
                return page_after_act(renderer, (act, by), command, request);
            } else if matches!(hub_request, Request::RoomState(_)) {
                return keeping_page(renderer, request);
            }
            if !command.form.kept.is_empty() {
                return page_with_kept_text(renderer, command, request);
            }
            Ok(to_next_page(renderer, &hub_request, command, outcome.was_locked, request))
        }
    }
}

/// Makes an invite to the room and sends it to the person with this name. The answer is the page on
/// which the command was typed, and says that: if the browser sends the form again, nothing more
/// happens.
fn invite_somebody(
    renderer: &PageRenderer,
    name: &str,
    command: &CommandRequest,
    request: &PageRequest,
) -> HubResult<Response> {
    let (words, form) = (Sentences::of(request.language), &command.form);
    if form.is_stale {
        return renderer.form_again(request, 403, words.say("oldForm"));
    }
    let Ok(to) = Name::of_somebody(name) else {
        return renderer.form_again(request, 409, nobody_named(words, name));
    };
    let made_by = form.id.as_ref().map(MessageId::as_str);
    let outcome = match send_invite(renderer, &to, made_by, form, request)? {
        Ok(outcome) => outcome,
        Err(NoInvite { status, why, .. }) => return renderer.form_again(request, status, why),
    };
    if let Some(page) = renderer.failure_page(&outcome, request) {
        return page;
    }
    if outcome.sent.is_none() {
        return renderer.form_again(request, 503, maybe_stored(words, form));
    }
    let page = WantedPage { unsent: None, form_id: None, ..page_with_form(&request.task) };
    let (note, whois) = (Some(PageNote::Invited), Some(Box::new(to)));
    renderer.room_page(&WantedPage { note, whois, ..page }, request, 200, None)
}

/// Shows what holds in the room, for `/state`.
fn keeping_page(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let page = page_with_form(&request.task);
    let page = WantedPage { kind: PageKind::Keeping, unsent: None, ..page };
    renderer.room_page(&page, request, 200, None)
}

/// Shows the room's page again, and says what the reader has done in the room. If the browser sends
/// the form again, the same holds as before.
fn page_after_act(
    renderer: &PageRenderer,
    (act, by): (&RoomAct, &Name),
    command: &CommandRequest,
    request: &PageRequest,
) -> HubResult<Response> {
    if command.keeping == Some(KeepingPage::Chat) {
        return Ok(renderer.redirect(&of_host(), "", request));
    }
    let done = RoomActDone { act: act.clone(), by: by.clone() };
    let acted = Some(text::done_in_room(Sentences::of(request.language), &done));
    let unsent = Some(command.form.kept.clone()).filter(|kept| !kept.is_empty());
    let page = WantedPage { unsent, form_id: None, ..page_with_form(&request.task) };
    let note = Some(PageNote::Acted);
    renderer.room_page(&WantedPage { note, acted, ..page }, request, 200, None)
}

/// Adds what the form says besides the command. If the form comes twice, the hub recognises the
/// message by its id, and does not send it to the room again.
fn add_form(hub_request: &mut Request, command: &CommandRequest) {
    match hub_request {
        Request::Post(post) => {
            post.id.clone_from(&command.form.id);
            // If the form answers a message, the text of a command such as `/me` answers that
            // message, too.
            post.reply_to = post.reply_to.or(command.form.reply_to.map(ReplyTo::Message));
        }
        Request::Private(message) => {
            message.id.clone_from(&command.form.id);
            message.typed_at = command.form_made_at;
        }
        _ => {}
    }
}

/// Returns the page that asks for the text which the form of this command lacks. `None`: it lacks
/// none.
fn without_field(
    renderer: &PageRenderer,
    command: &CommandRequest,
    request: &PageRequest,
) -> Option<HubResult<Response>> {
    let words = Sentences::of(request.language);
    if is_unconfirmed(command) {
        return Some(Ok(forget_page_again(request, 422, words.say("forgetMeType"))));
    }
    is_emptied(command).then(|| renderer.form_again(request, 422, words.say("editEmpty")))
}

/// Makes the page on which the reader goes on with the text that was in its field before the reader
/// changed a message. An address has no such text, so this is no redirect.
fn page_with_kept_text(
    renderer: &PageRenderer,
    command: &CommandRequest,
    request: &PageRequest,
) -> HubResult<Response> {
    let kind = command.to.clone().map_or(PageKind::Newest, PageKind::Private);
    let unsent = Some(command.form.kept.clone());
    let after = WantedPage { is_fresh: true, is_after_form: true, ..WantedPage::default() };
    renderer.room_page(&WantedPage { kind, unsent, ..after }, request, 200, None)
}

/// Redirects to the page that comes next after the form with this `command`. `was_locked`: the room
/// had a password before.
fn to_next_page(
    renderer: &PageRenderer,
    hub_request: &Request,
    command: &CommandRequest,
    was_locked: bool,
    request: &PageRequest,
) -> Response {
    let (path, query, note) = next_page(hub_request, command, was_locked, request);
    let query = with_note(query, note);
    // What such a page says stands at its top.
    if !note.is_empty() || matches!(hub_request, Request::Leave(_)) {
        return renderer.redirect(&path, &query, request);
    }
    renderer.redirect_to_newest(&path, &query, request)
}

/// Asks the hub whom this private message has reached, if its command may have named people with
/// longer names, too. `sent` is the number of the message.
fn find_receiver(
    renderer: &PageRenderer,
    hub_request: &mut Request,
    sent: Option<Seq>,
    request: &PageRequest,
) -> HubResult<()> {
    if let (Request::Private(message), Some(seq)) = (hub_request, sent)
        && !message.longer.is_empty()
        && let Some(to) = receiver_of(&renderer.visits, seq, request)?
    {
        (message.to, message.longer) = (to, Vec::new());
    }
    Ok(())
}

/// Makes the request to the hub from this form; `None`: the command is `/quit`. Computing the
/// digest of a secret in the form takes a while.
#[inline(never)]
pub(super) fn parse_command(
    renderer: &PageRenderer,
    command: &CommandRequest,
    request: &PageRequest,
) -> Option<Request> {
    let (most, source) = (renderer.message_bytes_max, renderer.visits.secret_source(request));
    let cannot = |word, wrong| {
        let fault = Fault { wrong: Some(Box::new(wrong)), ..Fault::new(word, String::new()) };
        Some(Request::Faulty(Box::new(fault)))
    };
    match (&command.input, &command.to) {
        (CommandForm::Filled(_), Some(to)) if to.trim().is_empty() => {
            cannot("bad-name", Wrong::NoAddressee)
        }
        (CommandForm::Typed, Some(_)) if command::is_of_room(&command.form.text) => {
            cannot("bad-command", Wrong::Command(BadCommand::OnlyInRoom))
        }
        (CommandForm::Filled(fields), _) => Some(v1::decode::filled_request(fields, most, source)),
        (CommandForm::Typed, _) => {
            let mut here = request.room.as_str().to_owned();
            match plain_input::read(&command.form.text, &mut here, most, source) {
                PlainInput::Ask(hub_request) => Some(hub_request),
                PlainInput::Nothing | plain_input::PlainInput::Quit => None,
            }
        }
    }
}

/// Returns the page with the form again and with what is wrong; or, for the command that asks
/// for help, with an empty form and the list of commands.
pub(super) fn fault_or_help(
    renderer: &PageRenderer,
    fault: &Fault,
    request: &PageRequest,
) -> HubResult<Response> {
    if fault.wrong.as_deref() != Some(&Wrong::Command(BadCommand::Help)) {
        return renderer.fault_page(fault, request);
    }
    let wanted =
        WantedPage { unsent: None, note: Some(PageNote::Help), ..page_with_form(&request.task) };
    renderer.room_page(&wanted, request, 200, None)
}

/// Returns whether the command is the form that removes a person, without the name that confirms
/// it.
fn is_unconfirmed(command: &CommandRequest) -> bool {
    let CommandForm::Filled(fields) = &command.input else { return false };
    let is_empty = fields.name.as_ref().is_some_and(|name| name.trim().is_empty());
    fields.kind.as_deref() == Some("forget-me") && is_empty
}

/// Returns whether the command is the form that edits a message, without a text.
fn is_emptied(command: &CommandRequest) -> bool {
    let CommandForm::Filled(fields) = &command.input else { return false };
    fields.kind.as_deref() == Some("edit") && command.form.text.is_empty()
}

fn forget_page_again(request: &PageRequest, status: u16, why: &str) -> Response {
    let (language, settings, session) = (request.language, request.settings, &request.session);
    Response::new(status, forget_page::page(language, settings, &request.room, session, Some(why)))
}

/// Makes the redirect after the session has ended. It makes the browser forget the session. `left`
/// says what has left: `1`, only the person; `all`, the person's messages, too.
fn goodbye(request: &PageRequest, left: &str) -> Response {
    let site = request.browser.site.as_deref().unwrap_or_default();
    Response::new(303, "")
        .with_header("Location", format!("{site}{}?left={left}", link("/")))
        .with_header("Set-Cookie", session_cookie("", Duration::ZERO))
        .with_header("Set-Cookie", hidden_cookie(SHOWN_COOKIE, "", Duration::ZERO))
        .with_header("Set-Cookie", hidden_cookie(ROOMS_COOKIE, "", Duration::ZERO))
        // The next page says that the person has left the chat, and its script must forget the
        // session, too. This cookie proves that the person has really left: the URL of the page
        // proves nothing, because anyone can make a link to it.
        .with_header("Set-Cookie", left_cookie())
}

/// Adds this parameter to a query, if there is one.
fn with_note(query: String, note: &str) -> String {
    match (query.as_str(), note) {
        (_, "") => query,
        ("", _) => note.to_owned(),
        _ => format!("{query}&{note}"),
    }
}

/// Returns path and query of the page that comes next after the form with this `command`, and the
/// parameter that makes the page say what was done; empty: the page need not say it. `was_locked`:
/// the room had a password before, so a password is a new one.
fn next_page(
    hub_request: &Request,
    command: &CommandRequest,
    was_locked: bool,
    request: &PageRequest,
) -> (String, String, &'static str) {
    let to = command.to.as_deref();
    let room_path = |room| after_form(&address(room));
    let here = |note| (room_path(&request.room), request.updates.query(), note);
    let talk = |to: &str| (private_path(request), format!("to={}", escaped(to)));
    match (hub_request, to) {
        (Request::Leave(room), _) => {
            (fresh(&of_rooms()), format!("left={}", escaped(room.as_str())), "")
        }
        // Perhaps the receiver's name has more words than `message.to`, and the hub has not said in
        // time how many. So the next page is the one with all private talks.
        (Request::Private(message), _) if !message.longer.is_empty() => {
            (private_path(request), String::new(), "")
        }
        (Request::Private(message), _) => {
            let (path, query) = talk(message.to.shown());
            (path, query, "")
        }
        (Request::Post(post), Some(to)) if post.log == LogName::Private => {
            let (path, query) = talk(to.trim());
            (path, query, "")
        }
        // A person who took a name on the page of a private talk gets that page again.
        (Request::Rename(claim, _), Some(to)) => {
            let (path, query) = talk(to.trim());
            (path, query, if claim.secret.is_some() { "new-secret=1" } else { "" })
        }
        // A new secret is not a message in the log, so the page reports it.
        (Request::Rename(claim, _), None) if claim.secret.is_some() => here("new-secret=1"),
        (Request::Excuse(excuse), _) => {
            here(if excuse.is_some() { "did=away" } else { "did=back" })
        }
        (Request::Post(post), _) if matches!(post.deed, Deed::Pin(_)) => here("did=pin"),
        // A change of the room's access rules is not a message in the log, so the page reports it.
        (Request::Set(settings, _), _)
            if was_locked && matches!(settings.password, PasswordChange::Set(_)) =>
        {
            here("set=password")
        }
        (Request::Set(..), _) => here("set=1"),
        (Request::Join(position, _), _) => (room_path(&position.room), request.updates.query(), ""),
        _ => here(""),
    }
}

fn private_path(request: &PageRequest) -> String {
    after_form(&format!("{}/private", address(&request.room)))
}

/// Returns the page on which the command was typed, if it is to say who is here, or whether a
/// person is here; `None`: the command asks for something else, or a stranger asks about a person.
fn page_with_answer(hub_request: &Request, request: &PageRequest) -> Option<WantedPage> {
    let (note, whois) = match hub_request {
        Request::Who(room) if *room == request.room => (PageNote::Who, None),
        Request::Whois(name) if request.session.token().is_some() => {
            (PageNote::Whois, Some(name.clone()))
        }
        _ => return None,
    };
    let page = page_with_form(&request.task);
    Some(WantedPage { unsent: None, form_id: None, note: Some(note), whois, ..page })
}

/// Returns path and query of a page that shows what the request asks for, so the hub need not be
/// asked now; `None`: the hub must be asked.
fn page_without_change(hub_request: &Request, request: &PageRequest) -> Option<(String, String)> {
    let page = |room| fresh(&address(room));
    let here = || page(&request.room);
    match hub_request {
        Request::Rooms => Some((fresh(&of_rooms()), String::new())),
        Request::Who(_) => Some((here(), String::new())),
        // The page of the private talk says whether the person is online.
        Request::Whois(name) => {
            Some((private_path(request), format!("to={}", escaped(name.shown()))))
        }
        // That page has the button that makes an invite.
        Request::Invite(room, ..) => Some((format!("{}/invite", address(room)), String::new())),
        // A stranger who wants to enter a room must first fill in the form on the page of that
        // room.
        Request::Join(position, _)
            if position.password.is_none() && request.session.token().is_none() =>
        {
            Some((page(&position.room), String::new()))
        }
        Request::History { log, before, .. } => {
            let path = log.room().map_or_else(here, page);
            let is_newest = *before == Seq(u64::MAX);
            Some((path, if is_newest { String::new() } else { format!("before={}", before.0) }))
        }
        Request::Search(search) => {
            let words = search.sought.words.as_ref().map(SearchWords::text).unwrap_or_default();
            Some((here(), SearchForm { words, ..SearchForm::default() }.query()))
        }
        _ => None,
    }
}
