//! The page on which a person makes an invite to a room, and the page that an invite shows.
//!
//! Must not know: what an invite opens.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::error_text::{refused_status, refused_text};
use super::renderer::PageRenderer;
use super::shared_forms::SecretField;
use super::{asked_again_after, layout, shared_forms};
use crate::base::language::Language;
use crate::chat::answer::Answer;
use crate::chat::clean::without_overrides;
use crate::chat::entry::Seq;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{PrivateMessage, Request};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::{address, of_invite, of_rooms, with_query};
use crate::html::sentences::Sentences;
use crate::html::text::sentence;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::form_id::FormId;
use crate::site::visit::link_forms::LinkForm;
use crate::site::visit::page_request::{MessageForm, PageRequest};
use crate::site::visit::page_settings::PageSettings;
use crate::site::visit::room_view::ActionResult;
use crate::site::visit::send_request::{send_form, send_request};

/// The reader of one of these pages.
#[derive(Debug)]
pub struct InviteReader<'a> {
    room: &'a RoomName,
    /// The session's token; `None`: the reader has no session.
    token: Option<&'a Token>,
    /// Whether the links and forms of the page must contain the session.
    in_links: bool,
    /// False if the server has a password and the reader has not sent it.
    is_admitted: bool,
}

impl<'a> InviteReader<'a> {
    /// Makes the reader with this session, for the page of `room`.
    pub fn of(
        room: &'a RoomName,
        token: Option<&'a Token>,
        in_links: bool,
        is_admitted: bool,
    ) -> Self {
        Self { room, token, in_links, is_admitted }
    }

    fn session(&self) -> Option<String> {
        self.token.filter(|_| self.in_links).map(Token::reveal)
    }

    fn session_fields(&self) -> Markup {
        html! {
            @if let Some(token) = self.token {
                input type="hidden" name="key" value=(token.form_key());
                @if self.in_links { input type="hidden" name="s" value=(token.reveal()); }
            }
        }
    }
}

/// Makes the page that an invite shows: a form to enter the room, with the field for a name if the
/// reader has none, and the field for the server's password if the reader needs it.
pub fn invited_page(
    language: Language,
    settings: PageSettings,
    reader: &InviteReader<'_>,
    invite: Option<&Token>,
) -> Vec<u8> {
    let page = InvitePage { invite, ..InvitePage::default() };
    entry_page(language, settings, reader, &page)
}

/// Makes the page of this invite, with the name of the person who has made it, if the hub knows it.
pub(super) fn answer_invited(
    renderer: &PageRenderer,
    invite: &Token,
    request: &PageRequest,
) -> HubResult<Response> {
    let by = match renderer.visits.name_of_inviter(invite, request)? {
        Ok(by) => by,
        Err(refused) => return Ok(ended_invite(&refused, request)),
    };
    let (session, is_admitted) = (&request.session, request.admitted.is_ok());
    let (token, in_links) = (session.answer_token(), session.in_links());
    let reader = InviteReader::of(&request.room, token, in_links, is_admitted);
    let page = InvitePage { invite: Some(invite), by: by.as_ref(), ..InvitePage::default() };
    Ok(Response::new(200, entry_page(request.language, request.settings, &reader, &page)))
}

/// Makes the page of an invite that opens nothing any more: it only says so, and leads to the list
/// of rooms. A reader with a session may be in the room already, so the page leads there, too.
fn ended_invite(refused: &Refused, request: &PageRequest) -> Response {
    let (words, session) = (Sentences::of(request.language), &request.session);
    let (token, in_links) = (session.answer_token(), session.in_links());
    let reader = InviteReader::of(&request.room, token, in_links, true);
    let in_link = [reader.session().map(|token| format!("s={token}"))];
    let rooms = with_query(&of_rooms(), &in_link);
    let room = with_query(&address(&request.room), &in_link);
    let why = refused_text(words, refused, &request.room, "");
    let body = html! {
        p.bad role="alert" { b { (why) } }
        @if session.answer_token().is_some() {
            p { a href=(room) { (words.fill("backToRoom", &[("room", request.room.as_str())])) } }
        }
        p { a href=(rooms) { (words.say("allRooms")) } }
    };
    let page = page(words, request.settings, &reader, false, &body);
    Response::new(refused_status(refused), page)
}

/// Makes the page of an invite again, because its form has failed: with the typed name, and with
/// `why` it failed.
pub(super) fn invited_again(
    renderer: &PageRenderer,
    form: &EnterForm,
    request: &PageRequest,
    secret: SecretField<'_>,
    (status, why): (u16, &str),
) -> HubResult<Response> {
    let (session, is_admitted) = (&request.session, request.admitted.is_ok());
    let (token, in_links) = (session.answer_token(), session.in_links());
    let reader = InviteReader::of(&request.room, token, in_links, is_admitted);
    let (invite, name) = (form.invite.as_ref(), form.stranger.name());
    // Who has not been let into the server hears nothing of its people.
    let known = |invite| renderer.visits.name_of_inviter(invite, request);
    let by = invite.filter(|_| is_admitted).map(known).transpose()?;
    let by = by.and_then(Result::ok).flatten();
    let page = InvitePage { invite, by: by.as_ref(), name, secret, trouble: Some(why) };
    Ok(Response::new(status, entry_page(request.language, request.settings, &reader, &page)))
}

/// What the page of an invite shows.
struct InvitePage<'a> {
    invite: Option<&'a Token>,
    /// The name of the person who has made the invite; `None`: nobody knows.
    by: Option<&'a Name>,
    /// What was typed as a name.
    name: &'a str,
    /// The place of the field for the name's secret.
    secret: SecretField<'a>,
    /// What went wrong with the form.
    trouble: Option<&'a str>,
}

impl Default for InvitePage<'_> {
    fn default() -> Self {
        Self { invite: None, by: None, name: "", secret: SecretField::Absent, trouble: None }
    }
}

/// Makes the page of an invite.
fn entry_page(
    language: Language,
    settings: PageSettings,
    reader: &InviteReader<'_>,
    page_of: &InvitePage<'_>,
) -> Vec<u8> {
    let InvitePage { invite, by, name, secret, trouble } = *page_of;
    let (words, seed) = (Sentences::of(language), Token::new().ok());
    let body = html! {
        @if let Some(trouble) = trouble { p.bad role="alert" { b { (trouble) } } }
        p {
            @if let Some(by) = by {
                (sentence(words, "invitedBy", &[("name", by.shown()), ("room", reader.room.as_str())]))
            } @else { (sentence(words, "invited", &[("room", reader.room.as_str())])) }
            (words.gap()) (words.say("firstVisit"))
        }
        form #say method="post" action=(address(reader.room)) accept-charset="utf-8" {
            (shared_forms::charset())
            (reader.session_fields())
            input type="hidden" name="enter" value="1";
            @if let Some(invite) = invite {
                input type="hidden" name="invite" value=(invite.reveal());
            }
            @if reader.token.is_none() || !name.is_empty() {
                @if !reader.is_admitted {
                    p {
                        label { (words.say("boxPassword")) " "
                            input type="password" name="password" size="20";
                        }
                    }
                }
                (shared_forms::stranger(words, Some(name), secret, seed.as_ref()))
            }
            p { button { (words.say("goIn")) } }
        }
        @if let (Some(invite), None, SecretField::Absent) = (invite, reader.token, secret) {
            h2 { (words.say("hasName")) }
            @let invite = html! { input type="hidden" name="invite" value=(invite.reveal()); };
            (shared_forms::sign_in(words, &address(reader.room), seed.as_ref(), None, &invite))
        }
    };
    // Whoever follows an invite was mostly never in the room, so no link leads back to it.
    page(words, settings, reader, false, &body)
}

/// Makes the page on which the reader makes an invite.
pub fn own_page(language: Language, settings: PageSettings, reader: &InviteReader<'_>) -> Vec<u8> {
    page_of_own(language, settings, reader, &OwnPage::default())
}

/// What the page has on which the reader makes an invite.
#[derive(Default)]
struct OwnPage<'a> {
    /// The invite that was just made; `None`: none was.
    link: Option<&'a str>,
    /// The number of the form that has made it; `None`: the form had none.
    form_id: Option<&'a FormId>,
    /// The typed name of a person to whom no invite was sent, for the form's field.
    to: &'a str,
    /// What the reader has just done.
    told: Option<&'a str>,
    /// What went wrong.
    trouble: Option<&'a str>,
}

fn page_of_own(
    language: Language,
    settings: PageSettings,
    reader: &InviteReader<'_>,
    shown: &OwnPage<'_>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let room = [("room", reader.room.as_str())];
    let made_by = FormId::new(Seq(u64::MAX));
    let body = html! {
        @if let Some(trouble) = shown.trouble { p.bad role="alert" { b { (trouble) } } }
        @if let Some(told) = shown.told { p role="status" { (told) } }
        @if let Some(link) = shown.link {
            p role="status" { (sentence(words, "inviteLink", &room)) }
            (shared_forms::link_for_others(words, link))
        }
        @else { p { (sentence(words, "inviteMore", &room)) } }
        (form_to_send(words, reader, shown, made_by.as_ref()))
        (own_form(reader, made_by.as_ref(), &html! {
            p { button { (words.say(if shown.link.is_some() { "makeAnother" } else { "makeLink" })) } }
        }))
    };
    page(words, settings, reader, true, &body)
}

/// Makes a form of this page. The server recognises a form that comes twice by its number.
fn own_form(reader: &InviteReader<'_>, form_id: Option<&FormId>, fields: &Markup) -> Markup {
    html! {
        form method="post" action={ (address(reader.room)) "/invite" } accept-charset="utf-8" {
            (shared_forms::charset())
            (reader.session_fields())
            @if let Some(form_id) = form_id { input type="hidden" name="once" value=(form_id.as_str()); }
            (fields)
        }
    }
}

/// Makes the form that sends the link to a person. It has the number of the form that has made the
/// link, so it makes the same link. If the page shows no link yet, the form makes a new one, and
/// its number is `made_by`.
fn form_to_send(
    words: &Sentences,
    reader: &InviteReader<'_>,
    shown: &OwnPage<'_>,
    made_by: Option<&FormId>,
) -> Markup {
    let fields = html! {
        @if shown.link.is_some() { input type="hidden" name="made" value="1"; }
        p {
            label { (words.say("inviteWhom")) " " input type="text" name="to" size="20" value=(shown.to); } " "
            button { (words.say("send")) }
        }
    };
    own_form(reader, shown.form_id.filter(|_| shown.link.is_some()).or(made_by), &fields)
}

fn page(
    words: &Sentences,
    settings: PageSettings,
    reader: &InviteReader<'_>,
    leads_back: bool,
    body: &Markup,
) -> Vec<u8> {
    let title = format!("{} - {}", reader.room, words.say("brand"));
    let session = reader.session().map(|token| format!("s={token}"));
    let back = with_query(&address(reader.room), &[session]);
    let body = html! {
        header {
            (shared_forms::mark())
            h1 { (words.say(if leads_back { "invite" } else { "brand" })) }
            @if leads_back {
                nav { a href=(back) { (words.fill("backToRoom", &[("room", reader.room.as_str())])) } }
            }
        }
        main.entry { (body) }
    };
    layout::page(words, &title, settings, None, &body).into_string().into_bytes()
}

/// Makes an invite to the room, in which the reader is or which the reader enters, and shows it. If
/// the form names a person, sends it to that person first.
pub(super) fn answer_invite(
    renderer: &PageRenderer,
    form: &LinkForm,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let again = |status, shown: &OwnPage<'_>| {
        let session = &request.session;
        let (token, in_links) = (session.answer_token(), session.in_links());
        let reader = InviteReader::of(&request.room, token, in_links, true);
        let page = page_of_own(request.language, request.settings, &reader, shown);
        Response::new(status, page)
    };
    if form.is_stale {
        let trouble = Some(words.say("oldEntry"));
        return Ok(again(403, &OwnPage { trouble, ..OwnPage::default() }));
    }
    let form_id = form.form_id.as_ref();
    let Some(to) = form.to.as_deref() else {
        let made_by = InviteForm { to: None, id: form_id.map(FormId::as_str) };
        return Ok(match make_invite(renderer, made_by, request)? {
            Ok(link) => again(200, &OwnPage { link: Some(&link), form_id, ..OwnPage::default() }),
            Err(NoInvite { status, why, refused }) => {
                let page = OwnPage { trouble: Some(&why), ..OwnPage::default() };
                asked_again_after(again(status, &page), refused.as_ref())
            }
        });
    };
    let sent = send_by_form(renderer, to, form, request)?;
    // The link is on the page already, or was just sent. So it is not made again to be shown.
    let is_made = form.is_made || sent.is_ok();
    let link = form_id.filter(|_| is_made).and_then(|id| link_of(renderer, id, request));
    let page = OwnPage { link: link.as_deref(), form_id, ..OwnPage::default() };
    Ok(match sent {
        Ok(told) => again(200, &OwnPage { told: Some(&told), ..page }),
        Err(NoInvite { status, why, refused }) => asked_again_after(
            again(status, &OwnPage { to, trouble: Some(&why), ..page }),
            refused.as_ref(),
        ),
    })
}

/// Returns the link of the invite that the form with this number makes. `None`: the sender has no
/// session.
fn link_of(renderer: &PageRenderer, form_id: &FormId, request: &PageRequest) -> Option<String> {
    let room = &request.room;
    let invite = request.session.token()?.invite_of(room.as_str(), form_id.as_str());
    Some(renderer.address_for_others(&of_invite(room, &invite), request))
}

/// Sends the form's invite to the person with this name. Returns the sentence that says so, or why
/// it was not sent.
fn send_by_form(
    renderer: &PageRenderer,
    typed: &str,
    form: &LinkForm,
    request: &PageRequest,
) -> HubResult<Result<String, NoInvite>> {
    let words = Sentences::of(request.language);
    let none = |status, why: String| Err(NoInvite { status, why, refused: None });
    let Ok(to) = Name::of_somebody(typed) else {
        return Ok(none(409, nobody_named(words, typed)));
    };
    let made_by = form.form_id.as_ref();
    // Each spelling of a name is the same person.
    let id = made_by.and_then(|form_id| form_id.id(&[to.skeleton().as_str()]));
    let message = MessageForm { form_id: form.form_id.clone(), id, ..MessageForm::default() };
    let outcome = match send_invite(renderer, &to, made_by.map(FormId::as_str), &message, request)?
    {
        Ok(outcome) => outcome,
        Err(no_invite) => return Ok(Err(no_invite)),
    };
    Ok(match (&outcome.refused, outcome.sent) {
        (Some(refused), _) => {
            none(refused_status(refused), refused_text(words, refused, &request.room, ""))
        }
        (None, Some(_)) => Ok(you_invited(words, &to, &request.room)),
        (None, None) => none(503, words.say("noWord").to_owned()),
    })
}

/// Makes an invite to the room, and sends it to a person in a private message. `made_by` is what
/// tells the form of the invite from all others, as in [`InviteForm`]; `form` is that of the
/// message. Blocks until the hub answers.
///
/// # Errors
/// The server is stopping.
pub(super) fn send_invite(
    renderer: &PageRenderer,
    to: &Name,
    made_by: Option<&str>,
    form: &MessageForm,
    request: &PageRequest,
) -> HubResult<Result<ActionResult, NoInvite>> {
    let invite = InviteForm { to: Some(Box::new(to.clone())), id: made_by };
    let link = match make_invite(renderer, invite, request)? {
        Ok(link) => link,
        Err(no_invite) => return Ok(Err(no_invite)),
    };
    let message = PrivateMessage {
        to: to.clone(),
        id: form.id.clone(),
        reply_to: None,
        text: invite_text(Sentences::of(request.language), &request.room, &link),
        typed_at: None,
        is_for_present_owner: true,
        with: None,
        longer: Vec::new(),
    };
    let message = Request::Private(Box::new(message));
    send_form(&renderer.visits, message, None, form, request).map(Ok)
}

/// Returns the sentence which says that nobody has this name. A text that can be no name is one
/// that nobody has.
pub(super) fn nobody_named(words: &Sentences, name: &str) -> String {
    words.fill("nobodyNamed", &[("name", &without_overrides(name))])
}

/// Returns the sentence that says to the reader that this person has got an invite.
pub(super) fn you_invited(words: &Sentences, to: &Name, room: &RoomName) -> String {
    let name = without_overrides(to.shown());
    words.fill("youInvited", &[("name", &name), ("room", room.as_str())])
}

/// Why the server has made no invite.
pub(super) struct NoInvite {
    /// The status of the answer.
    pub(super) status: u16,
    /// The sentence that the page shows to the reader.
    pub(super) why: String,
    /// What the hub has said, if it has refused the invite.
    refused: Option<Refused>,
}

/// The person who gets an invite, and the form that makes it.
#[derive(Debug, Default)]
struct InviteForm<'a> {
    /// The name of the person; `None`: the sender gives the link to somebody, or to many.
    to: Option<Box<Name>>,
    /// What tells this form from all others, so that a form that comes twice makes one invite.
    /// `None`: nothing does.
    id: Option<&'a str>,
}

/// Makes an invite to the room, in which the sender is or which the sender enters. Returns its
/// link, or why there is none. Blocks until the hub answers.
///
/// # Errors
/// The server is stopping.
fn make_invite(
    renderer: &PageRenderer,
    form: InviteForm<'_>,
    request: &PageRequest,
) -> HubResult<Result<String, NoInvite>> {
    let words = Sentences::of(request.language);
    let none = |status, why: &str, refused| Err(NoInvite { status, why: why.to_owned(), refused });
    let Some(session) = request.session.token() else {
        return Ok(none(403, words.say("deviceNeedsName"), None));
    };
    let of_form = form.id.map(|id| session.invite_of(request.room.as_str(), id));
    let Some(invite) = of_form.or_else(|| Token::new().ok()) else {
        return Ok(none(503, words.say("noWord"), None));
    };
    let to = form.to.as_ref().map(|to| without_overrides(to.shown()).into_owned());
    let hub_request = Request::Invite(request.room.clone(), invite, form.to);
    let answers = send_request(&renderer.visits, hub_request, request)?;
    Ok(match answers.last() {
        Some(Answer::Invite { room, token: Some(invite) }) => {
            Ok(renderer.address_for_others(&of_invite(room, invite), request))
        }
        Some(Answer::Refused { reason, .. }) => {
            let why = match (reason, &to) {
                (Refused::NoSuchPerson, Some(to)) => nobody_named(words, to),
                (Refused::InRoom, Some(to)) => {
                    let room = request.room.as_str();
                    words.fill("alreadyIn", &[("name", to), ("room", room)])
                }
                _ => refused_text(words, reason, &request.room, ""),
            };
            none(refused_status(reason), &why, Some(reason.clone()))
        }
        Some(_) => none(403, words.say("deviceNeedsName"), None),
        None => none(503, words.say("noWord"), None),
    })
}

/// Returns the private message with which a person invites another to the room.
fn invite_text(words: &Sentences, room: &RoomName, link: &str) -> String {
    words.fill("inviteText", &[("room", room.as_str()), ("link", link)])
}
