//! How a person comes in by a form: into the server, into a room that asks for a password, or
//! from the page with the list of rooms.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: which page comes after each of these three forms.
//! Must not know: how a form looks.
//!
//! Part: `site/pages/mod.rs`.

use super::error_text::{bad_password, fault_status, refused_status, refused_text};
use super::form_again::page_with_form;
use super::invite_page::invited_again;
use super::renderer::PageRenderer;
use super::room_news::notices;
use super::rooms_page::RoomsPage;
use super::shared_forms::SecretField;
use super::shown_room::{ShownRoom, to_query};
use crate::admission::entrance::NoEntry;
use crate::chat::clean::without_overrides;
use crate::chat::refused::Refused;
use crate::chat::room_name::{BadRoomName, RoomName};
use crate::chat::token::Token;
use crate::html::address::{address, fresh, with_query};
use crate::html::reasons::{self, bad_room, long_password};
use crate::html::sentences::Sentences;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::page_request::{PASSWORD_WAS, PageKind, PageNote, PageRequest, WantedPage};
use crate::site::visit::read_room::read_rooms;
use crate::site::visit::room_news::read_news;
use crate::site::visit::room_view::ActionResult;
use crate::site::visit::rooms_form::RoomsForm;
use crate::site::visit::stranger::Stranger;

/// Lets the sender into the room and redirects to it, or to the URL in `form.then`. If the form
/// has a text that was not sent yet, the answer is the room's page with this text in its field.
/// If the sender is not let in, the answer shows the form again, or asks again for the server's
/// password.
pub(super) fn enter_room(
    renderer: &PageRenderer,
    form: &EnterForm,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let signs_in_again = |request: &PageRequest, why: String| {
        let wanted = page_with_form(&request.task);
        let note = wanted.note.or(Some(PageNote::SignIn));
        renderer.room_page(&WantedPage { note, ..wanted }, request, 422, Some(why))
    };
    let name = form.stranger.name();
    let only_signs_in = form.signs_in && form.invite.is_none() && form.password.is_none();
    if only_signs_in && name.is_empty() && request.may_come_in() {
        return signs_in_again(request, words.say("name-empty").to_owned());
    }
    let claim = match renderer.claim(&form.stranger, request) {
        Ok(claim) => claim,
        Err(fault) => {
            let (status, why) = (fault_status(&fault, 422), reasons::fault(words, &fault));
            return entry_again(renderer, form, request, status, why);
        }
    };
    let outcome = renderer.visits.enter_room(claim, form, request)?;
    let request = request.after_form(&outcome);
    match &outcome.refused {
        _ if outcome.is_shut_out() => ask_password_again(renderer, form, &request),
        _ if outcome.not_done.is_some() => {
            entry_again(renderer, form, &request, 403, words.say("oldEntry").to_owned())
        }
        _ if outcome.is_silent() => {
            entry_again(renderer, form, &request, 503, words.say("noWord").to_owned())
        }
        Some(Refused::NoSuchPerson) if form.signs_in => {
            let name = without_overrides(name);
            signs_in_again(&request, words.fill("nobodyToBe", &[("name", &name)]))
        }
        // The invite opens nothing any more.
        Some(Refused::BadInvite) => {
            let why = refused_text(words, &Refused::BadInvite, &request.room, "");
            renderer.form_again(&request, refused_status(&Refused::BadInvite), why)
        }
        Some(refused) => {
            let why = refused_text(words, refused, &request.room, form.stranger.name());
            if form.invite.is_none() {
                return renderer.form_of_name(&request, refused, why);
            }
            let is_in_use = *refused == Refused::NameTaken;
            let secret = SecretField::after(Some(form.stranger.name()), is_in_use);
            invited_again(renderer, form, &request, secret, (refused_status(refused), &why))
        }
        None if form.text.is_empty() => Ok(match (&form.then, form.linked, &form.to) {
            (Some(to), ..) => renderer.to_url(to, &request),
            (None, Some(linked), _) => renderer.to_message(linked, &request),
            (None, None, Some(to)) => {
                let path = fresh(&format!("{}/private", address(&request.room)));
                renderer.redirect_to_newest(&path, &to_query(to), &request)
            }
            (None, None, None) => renderer.to_room(&request),
        }),
        None => {
            let kind = form.to.clone().map_or(PageKind::Newest, PageKind::Private);
            let (unsent, reply_to) = (Some(form.text.clone()), form.reply_to);
            let wanted = WantedPage { kind, unsent, reply_to, ..WantedPage::default() };
            renderer.room_page(&wanted, &request, 200, None)
        }
    }
}

/// Shows the form again by which the person wanted to enter the room, with this sentence.
fn entry_again(
    renderer: &PageRenderer,
    form: &EnterForm,
    request: &PageRequest,
    status: u16,
    why: String,
) -> HubResult<Response> {
    if form.invite.is_none() {
        return renderer.form_again(request, status, why);
    }
    let kept = form.stranger.secret();
    let none = || SecretField::after(Some(form.stranger.name()), false);
    let secret = kept.as_ref().map_or_else(none, SecretField::Kept);
    invited_again(renderer, form, request, secret, (status, &why))
}

/// Asks for the server's password. If the requested URL had a password that was wrong or was
/// not checked, the answer is a redirect to that URL without the password. Otherwise it is a
/// page with the form for the password.
fn ask_password_again(
    renderer: &PageRenderer,
    form: &EnterForm,
    request: &PageRequest,
) -> HubResult<Response> {
    if form.invite.is_some() {
        let words = Sentences::of(request.language);
        let why = request.admitted.err().and_then(|why| bad_password(words, why));
        let why = why.unwrap_or_else(|| words.say("boxPassword").to_owned());
        return entry_again(renderer, form, request, 403, why);
    }
    let was = match request.admitted {
        Err(NoEntry::WrongPassword) => "wrong",
        Err(NoEntry::TooManyGuesses) => "not-read",
        Err(NoEntry::PasswordNeeded) | Ok(()) => return renderer.password_form(request),
    };
    let Some(to) = &form.else_to else { return renderer.password_form(request) };
    // The hub did not welcome the sender, so the request has no valid session: leave its token
    // out.
    let request = PageRequest { session: request.session.ended(), ..request.clone() };
    let (path, query) = to.split_once('?').unwrap_or((to, ""));
    let was = with_query("", &[Some(query.to_owned()), Some(format!("{PASSWORD_WAS}={was}"))]);
    Ok(renderer.redirect(path, was.trim_start_matches('?'), &request))
}

/// Makes the page with the list of rooms. If the form asks for a room and nothing is wrong,
/// makes the redirect to that room.
pub(super) fn list_rooms(
    renderer: &PageRenderer,
    form: &RoomsForm,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let Some(to) = &form.to else { return rooms_page(renderer, form, request, 200, None) };
    let room = match wanted_room(words, form, to) {
        Ok(room) => room,
        Err(why) => return rooms_page(renderer, &form.kept(), request, 422, Some(why)),
    };
    // The claim (the name and secret that were typed) is made only once, because computing the
    // digest of a secret takes long.
    let typed = form.stranger.as_ref().map(|who| (who, renderer.claim(who, request)));
    // The form does not belong to the request's session. That does not matter if this session
    // has ended, or if this same form has made it.
    let is_own = matches!(&typed, Some((who, Ok(claim)))
        if renderer.visits.has_made_session(claim.as_ref(), who, request));
    if form.is_stale && !is_own && read_rooms(&renderer.visits, request)?.is_somebody() {
        return rooms_page(
            renderer,
            &form.kept(),
            request,
            403,
            Some(words.say("oldEntry").to_owned()),
        );
    }
    let request = PageRequest { room, ..request.clone() };
    // A person with a session enters the room here: a request for the room's page would not
    // create the room.
    let is_somebody = || -> HubResult<bool> {
        Ok(request.session.token().is_some()
            && read_rooms(&renderer.visits, &request)?.me.is_some())
    };
    let nobody_else = Stranger::default();
    let (stranger, claim) = match typed {
        Some(typed) => typed,
        None if is_somebody()? => (&nobody_else, Ok(None)),
        None => return Ok(renderer.to_room(&request)),
    };
    let claim = match claim {
        Ok(claim) => claim,
        Err(fault) => {
            let (status, why) = (fault_status(&fault, 422), reasons::fault(words, &fault));
            return rooms_page(renderer, &form.kept(), &request, status, Some(why));
        }
    };
    let enter = EnterForm {
        stranger: stranger.clone(),
        password: form.password.clone(),
        is_hidden: form.is_hidden,
        must_exist: !form.is_of_new_room(),
        must_be_new: form.is_of_new_room(),
        ..EnterForm::default()
    };
    let outcome = renderer.visits.enter_room(claim, &enter, &request)?;
    entered(renderer, form, stranger, &outcome, &request.after_form(&outcome))
}

/// Makes the answer to the form by which a person goes into a room. The hub's `outcome` decides
/// which: a redirect to the room; or the page of the room, if the form has a text for it; or the
/// form once more, with what is wrong.
fn entered(
    renderer: &PageRenderer,
    form: &RoomsForm,
    stranger: &Stranger,
    outcome: &ActionResult,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let is_private = form.is_of_private_room();
    let usual = WantedPage { is_fresh: true, ..WantedPage::default() };
    match &outcome.refused {
        None if outcome.is_silent() => {
            rooms_page(renderer, &form.kept(), request, 503, Some(words.say("noWord").to_owned()))
        }
        None if !form.text.is_empty() => {
            let note = is_private.then_some(PageNote::Set);
            room_with_text(renderer, WantedPage { note, ..usual }, form, request, (200, None))
        }
        // The page of the room says whether it is hidden and has a password.
        None if is_private => {
            let query = [Some("set=1".to_owned()), Some(request.updates.query())];
            let to = with_query(&fresh(&address(&request.room)), &query);
            Ok(renderer.to_url(&to, request))
        }
        None => Ok(renderer.to_room(request)),
        Some(Refused::NotYourRoom) => {
            let trouble = words.fill("roomIsThere", &[("room", request.room.as_str())]);
            rooms_page(renderer, &form.kept(), request, 409, Some(trouble))
        }
        Some(_) if outcome.is_shut_out() => rooms_page(renderer, form, request, 403, None),
        Some(refused @ (Refused::PasswordNeeded | Refused::NotInRoom))
            if outcome.me.is_some() && !form.text.is_empty() =>
        {
            let is_locked = *refused == Refused::PasswordNeeded;
            let status = if is_locked { 403 } else { 200 };
            room_with_text(renderer, usual, form, request, (status, None))
        }
        // The page of the room asks for the room's password, or says that nobody has made the room.
        Some(Refused::PasswordNeeded | Refused::NotInRoom) if outcome.me.is_some() => {
            Ok(renderer.to_room(request))
        }
        // There is such a room already, and it is locked: its own page has the field.
        Some(refused @ Refused::WrongPassword) => {
            let trouble = refused_text(words, refused, &request.room, "");
            let (name, secret) = (Some(stranger.name().to_owned()), stranger.secret());
            let page = WantedPage { name, secret, ..usual };
            room_with_text(renderer, page, form, request, (403, Some(trouble)))
        }
        Some(refused) => {
            let name = stranger.name();
            let trouble = refused_text(words, refused, &request.room, name);
            let is_name_in_use = *refused == Refused::NameTaken;
            let form = &RoomsForm { is_name_in_use, ..form.clone() };
            rooms_page(renderer, form, request, refused_status(refused), Some(trouble))
        }
    }
}

/// Makes the page of the room, with the text that has come along in its field.
fn room_with_text(
    renderer: &PageRenderer,
    page: WantedPage,
    form: &RoomsForm,
    request: &PageRequest,
    (status, trouble): (u16, Option<String>),
) -> HubResult<Response> {
    let unsent = Some(form.text.clone()).filter(|text| !text.is_empty());
    renderer.room_page(&WantedPage { unsent, ..page }, request, status, trouble)
}

/// Returns the sentence for a reader who has named no room. A reader who has typed a name
/// perhaps only wants to sign in.
fn no_room_named(words: &Sentences, form: &RoomsForm) -> String {
    let name = form.stranger.as_ref().map_or("", Stranger::name);
    if name.is_empty() {
        return words.say("nameRoom").to_owned();
    }
    words.fill("nameRoomAs", &[("name", &without_overrides(name))])
}

/// Returns the room that was typed; or what is wrong with it, or with the password typed for it.
fn wanted_room(words: &Sentences, form: &RoomsForm, typed: &str) -> Result<RoomName, String> {
    let room = RoomName::parse(typed).map_err(|why| match why {
        BadRoomName::Empty if !form.is_of_new_room() => no_room_named(words, form),
        _ => bad_room(words, why),
    })?;
    if form.is_password_long { Err(long_password(words)) } else { Ok(room) }
}

fn rooms_page(
    renderer: &PageRenderer,
    form: &RoomsForm,
    request: &PageRequest,
    status: u16,
    trouble: Option<String>,
) -> HubResult<Response> {
    let mut view = read_rooms(&renderer.visits, request)?;
    // A private talk that is opened here leads back to where the reader comes from.
    let from = form.from.clone().unwrap_or_else(RoomName::lobby);
    let wanted = WantedPage::default();
    read_news(&renderer.visits, &mut view, None, &wanted, request)?;
    let token = request.session.answer_token().filter(|_| view.is_somebody());
    let words = Sentences::of(request.language);
    let room = ShownRoom {
        words,
        name: &from,
        wanted: &wanted,
        view: &view,
        log: &view.log,
        token,
        private_shown: &request.browser.private_shown,
        in_links: request.session.in_links(),
        is_newest_last: request.settings.is_newest_last,
    };
    let page = RoomsPage {
        words,
        settings: request.settings,
        view: &view,
        session: request.session.for_links(token),
        notices: notices(&room),
        key: token.map(Token::form_key),
        form,
        seed: Token::new().ok(),
        trouble,
    };
    let mut page = page.page(if view.is_shut { 403 } else { status });
    if let Some(cookie) = renderer.rooms_cookie(&view, &wanted, request) {
        page.add_header("Set-Cookie", cookie);
    }
    let token = token.filter(|_| view.me.is_some());
    Ok(renderer.with_cookie(page, token, request))
}
