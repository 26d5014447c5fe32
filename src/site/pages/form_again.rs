//! Which page shows a form again whose request could not be carried out, with all that was typed.
//!
//! Owns: what of a form is on the page after it.
//! Must not know: why the form is shown again.
//!
//! Part: `site/pages/mod.rs`.

use super::enter_room::enter_room;
use super::error_text::refused_status;
use super::renderer::PageRenderer;
use crate::chat::entry::Seq;
use crate::chat::refused::Refused;
use crate::html::address::{address, after_form, with_query};
use crate::html::sentences::Sentences;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{
    MessageForm, PageKind, PageNote, PageRequest, PageTask, WantedPage,
};
use crate::site::visit::room_view::RoomView;

/// Returns whether the page after this task can have a secret or a password that was typed. Such a
/// page is not compressed: its length would tell something of the secret.
pub(super) fn has_secret(task: &PageTask) -> bool {
    match task {
        PageTask::ListRooms(form) => form.to.is_some(),
        other => page_with_form(other).secret.is_some(),
    }
}

/// Returns the page without the reply, and with a note of it, if the hub has said that the message
/// to reply to was deleted or was never there. `None`: it can be replied to, or the page replies to
/// nothing.
pub(super) fn without_gone_reply(view: &RoomView, wanted: &WantedPage) -> Option<WantedPage> {
    let seq = wanted.reply_to?;
    let message = view.log.message(seq);
    let is_told = view.has_rooms && view.refused.is_none() && view.joined.is_some();
    // Of private messages the page asks only for the newest.
    let is_all = !matches!(wanted.kind, PageKind::Private(_)) || !view.log.more;
    let is_gone = match message {
        Some(message) => !message.what.is_message() || message.what.text().is_empty(),
        None => is_told && is_all,
    };
    let note = wanted.note.or(Some(PageNote::ReplyGone));
    is_gone.then(|| WantedPage { reply_to: None, note, ..wanted.clone() })
}

/// Makes the answer to a form without a text, if that is no mistake. A stranger has taken a name by
/// it. Or the reader has pressed Enter while the live page was still loading: then the page that
/// comes says what is missing, and the live page can take it over.
pub(super) fn without_text(
    renderer: &PageRenderer,
    form: &MessageForm,
    request: &PageRequest,
) -> Option<HubResult<Response>> {
    let room = address(&request.room);
    if !form.stranger.name().is_empty() {
        let (stranger, is_stale) = (form.stranger.clone(), form.is_stale);
        let query = [Some("did=name".to_owned()), Some(request.updates.query())];
        let then = Some(with_query(&after_form(&room), &query));
        let enter = EnterForm { stranger, is_stale, then, ..EnterForm::default() };
        return Some(enter_room(renderer, &enter, request));
    }
    let is_of_live_page = form.is_loaded_anew && form.reply_to.is_none() && form.kept.is_empty();
    is_of_live_page.then(|| {
        let query =
            with_query("", &[Some("did=nothing".to_owned()), Some(request.updates.query())]);
        let (path, query) = (after_form(&room), query.trim_start_matches('?'));
        Ok(renderer.redirect_to_newest(&path, query, request))
    })
}

/// Makes the page with the form of a reader whose session has ended, who may sign in before the
/// text is sent.
pub(super) fn session_over(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let why = Sentences::of(request.language).say("sessionOver").to_owned();
    let wanted = WantedPage { note: Some(PageNote::SignIn), ..page_with_form(&request.task) };
    renderer.room_page(&wanted, request, 403, Some(why))
}

/// Returns whether the newest line of the reader in this room has the text of the form, and was
/// said before the form was made.
pub(super) fn is_said_already(form: &MessageForm, view: &RoomView) -> bool {
    let own = view.log.lines.iter().rev().find(|line| view.log.is_own(line));
    let made_at = form.form_id.as_ref().map(FormId::at);
    own.is_some_and(|line| line.what.text() == form.text && Some(line.seq) <= made_at)
}

/// Makes the page that asks whether to say again what the reader has just said: the browser may
/// have put the text into the field. The form of this page says it again.
pub(super) fn said_already(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let why = Sentences::of(request.language).say("saidAlready").to_owned();
    let form = page_with_form(&request.task);
    let wanted = WantedPage { form_id: None, is_fresh: true, ..form };
    renderer.room_page(&wanted, request, 409, Some(why))
}

/// Makes the page with an empty form, for a form that was sent a second time: its message is in the
/// room already, and the person who sent it is gone.
pub(super) fn empty_form(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let trouble = Sentences::of(request.language).say("saidBefore").to_owned();
    let wanted = WantedPage { form_id: None, unsent: None, ..page_with_form(&request.task) };
    renderer.room_page(&wanted, request, 409, Some(trouble))
}

/// Makes the page with a new form, which has the text: the old form is too old for the hub to tell
/// whether its message was sent before.
pub(super) fn new_form(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let trouble = Sentences::of(request.language).say("oldPage").to_owned();
    let wanted = WantedPage { form_id: None, ..page_with_form(&request.task) };
    renderer.room_page(&wanted, request, 409, Some(trouble))
}

/// Returns the page that says that the message is gone to which the form replies. The form of this
/// page has the text and replies to none, so it can be sent. `None`: the hub has `refused` the form
/// for another reason.
pub(super) fn without_reply(
    renderer: &PageRenderer,
    refused: &Refused,
    request: &PageRequest,
) -> Option<HubResult<Response>> {
    let form = page_with_form(&request.task);
    form.reply_to.filter(|_| *refused == Refused::NoSuchMessage)?;
    let why = Sentences::of(request.language).say("replyGone").to_owned();
    let wanted = WantedPage { reply_to: None, ..form };
    Some(renderer.room_page(&wanted, request, refused_status(refused), Some(why)))
}

/// Returns which page of the room shows the form of this task again, and what was in the form.
pub(super) fn page_with_form(task: &PageTask) -> WantedPage {
    match task {
        PageTask::ViewRoom(wanted) => (**wanted).clone(),
        PageTask::EnterRoom(form) => {
            let (name, text) = (form.stranger.name().to_owned(), form.text.clone());
            let unsent = Some(text).filter(|text| !text.is_empty());
            let secret = form.stranger.secret();
            let (name, linked) = (Some(name), form.linked);
            let note = form.has_left.then_some(PageNote::Left);
            let kind = form.to.clone().map_or(PageKind::Newest, PageKind::Private);
            let page = WantedPage { kind, name, secret, unsent, linked, ..WantedPage::default() };
            WantedPage { note, reply_to: form.reply_to, ..page }
        }
        PageTask::RunCommand(command) => {
            // A message without a text cannot be saved; then the field has its old text.
            let has_text = command.change.is_none() || !command.form.text.is_empty();
            let unsent = has_text.then(|| command.form.text.clone());
            let name = Some(command.form.stranger.name().to_owned());
            // A private text must not appear in the field of the room's page: from there it would
            // be sent to everybody.
            let kind = match (&command.to, command.change) {
                (_, Some(seq)) => PageKind::Change(seq),
                (Some(to), None) => PageKind::Private(to.trim().to_owned()),
                (None, None) if command.keeping.is_some() => PageKind::Keeping,
                (None, None) => PageKind::Newest,
            };
            let before = command.change.map(|seq| Seq(seq.0.saturating_add(1)));
            let (form_id, reply_to) = (command.form.form_id.clone(), command.form.reply_to);
            let talk = command.to.clone().filter(|_| command.change.is_some());
            let secret = command.form.stranger.secret();
            let nothing = WantedPage { secret, ..WantedPage::default() };
            let nothing = WantedPage { has_lines: command.form.has_lines, ..nothing };
            let kept = Some(command.form.kept.clone()).filter(|text| !text.is_empty());
            let nothing = WantedPage { kept, ..nothing };
            WantedPage { kind, before, unsent, form_id, reply_to, talk, name, ..nothing }
        }
        PageTask::PostText(form) => {
            // The field shows the text as it was typed: to send a text that starts with one slash,
            // a person types two.
            let slash = if form.text.starts_with('/') { "/" } else { "" };
            let unsent = Some(format!("{slash}{}", form.text));
            let (form_id, name) = (form.form_id.clone(), Some(form.stranger.name().to_owned()));
            let (reply_to, secret) = (form.reply_to, form.stranger.secret());
            let nothing = WantedPage { has_lines: form.has_lines, ..WantedPage::default() };
            WantedPage { unsent, form_id, reply_to, name, secret, ..nothing }
        }
        _ => WantedPage::default(),
    }
}
