//! The page on which a person makes a link to another device, and the page that such a link shows.
//!
//! Must not know: how a link works.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::error_text::{refused_status, refused_text};
use super::renderer::PageRenderer;
use super::{asked_again_after, layout, shared_forms};
use crate::base::language::Language;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::{address, escaped, of_device_link, of_devices, with_query};
use crate::html::sentences::Sentences;
use crate::html::text::sentence;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::link_forms::DeviceForm;
use crate::site::visit::page_request::PageRequest;
use crate::site::visit::page_settings::PageSettings;
use crate::site::visit::request_session::RequestSession;
use crate::site::visit::send_request::ask_of_session;

/// The reader of one of these pages.
#[derive(Debug)]
pub struct DeviceReader<'a> {
    /// The room that the page leads back to.
    room: &'a RoomName,
    /// The session's token; `None`: the reader has no session.
    token: Option<&'a Token>,
    /// Whether the links and forms of the page must contain the session.
    in_links: bool,
}

impl<'a> DeviceReader<'a> {
    /// Makes the reader with this session, whom the page leads back to `room`.
    pub fn of(room: &'a RoomName, token: Option<&'a Token>, in_links: bool) -> Self {
        Self { room, token, in_links }
    }

    fn session(&self) -> Option<String> {
        self.token.filter(|_| self.in_links).map(Token::reveal)
    }
}

/// What stands above the form of the page.
enum Said<'a> {
    Nothing,
    Link(&'a str),
    Trouble(&'a str),
    Done(&'a str),
}

/// Makes the page on which the reader makes a link.
pub fn own_page(language: Language, settings: PageSettings, reader: &DeviceReader<'_>) -> Vec<u8> {
    page_of_own(language, settings, reader, &Said::Nothing)
}

/// Makes the page of a link, whose button uses the link up. `None`: the link is worth nothing; the
/// page says so, and has no button. The page says as whom one goes on, if the hub knows that (the
/// name beside the link). A messenger that fetches the link learns the name, too; but it has the
/// link, and with it the session.
pub fn follow_page(
    language: Language,
    settings: PageSettings,
    reader: &DeviceReader<'_>,
    link: Option<(&Token, Option<&Name>)>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let body = html! {
        @match link {
            None => p.bad role="alert" { b { (words.say("bad-link")) } },
            Some((link, name)) => {
                p { (words.say("deviceEnterMore")) }
                @if reader.token.is_some() { p { b { (words.say("deviceReplaces")) } } }
                form method="post" action=(of_devices()) accept-charset="utf-8" {
                    (shared_forms::charset())
                    input type="hidden" name="code" value=(link.reveal());
                    input type="hidden" name="room" value=(reader.room);
                    (new_seed())
                    p {
                        button {
                            @if let Some(name) = name {
                                (sentence(words, "deviceEnterAs", &[("name", name.shown())]))
                            } @else { (words.say("deviceEnter")) }
                        }
                    }
                }
            }
        }
    };
    page(words, "deviceEnter", settings, reader, &body)
}

fn page_of_own(
    language: Language,
    settings: PageSettings,
    reader: &DeviceReader<'_>,
    said: &Said<'_>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let minutes = (limits::DEVICE_LINK_KEPT.as_secs() / 60).to_string();
    let body = html! {
        @match said {
            Said::Nothing => {}
            Said::Done(what) => p role="status" { (what) },
            Said::Trouble(why) => p.bad role="alert" { b { (why) } },
            Said::Link(link) => {
                p role="status" { (words.fill("deviceLink", &[("n", &minutes)])) }
                (shared_forms::link_for_others(words, link))
            }
        }
        @match reader.token {
            None => p { (words.say("deviceNeedsName")) },
            Some(token) => {
                @let has_link = matches!(said, Said::Link(_));
                @if !has_link {
                    p { (words.fill("deviceMore", &[("n", &minutes)])) }
                    p { small { (words.say("deviceRooms")) } }
                }
                form method="post" action=(of_devices()) accept-charset="utf-8" {
                    (shared_forms::charset())
                    input type="hidden" name="room" value=(reader.room);
                    input type="hidden" name="key" value=(token.form_key());
                    @if let Some(session) = reader.session() {
                        input type="hidden" name="s" value=(session);
                    }
                    (new_seed())
                    p { button { (words.say(if has_link { "makeAnother" } else { "makeLink" })) } }
                    h2 { (words.say("signOutElsewhere")) }
                    p { (words.say("signOutMore")) }
                    p { button name="elsewhere" value="1" { (words.say("signOutElsewhere")) } }
                }
            }
        }
    };
    page(words, "otherDevice", settings, reader, &body)
}

/// Makes the field by which a form brings the same session, if it is sent twice.
fn new_seed() -> Markup {
    html! {
        @if let Ok(seed) = Token::new() {
            input type="hidden" name="new" value=(seed.reveal());
        }
    }
}

fn page(
    words: &Sentences,
    heading: &str,
    settings: PageSettings,
    reader: &DeviceReader<'_>,
    body: &Markup,
) -> Vec<u8> {
    let title = format!("{} - {}", words.say(heading), words.say("brand"));
    let session = reader.session().map(|token| format!("s={token}"));
    let back = with_query(&address(reader.room), &[session]);
    let body = html! {
        header {
            (shared_forms::mark())
            h1 { (words.say(heading)) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", reader.room.as_str())])) } }
        }
        main.entry { (body) }
    };
    layout::page(words, &title, settings, None, &body).into_string().into_bytes()
}

/// Makes a link, or follows one: then the browser gets the cookie of its new session, and goes to
/// the room.
pub(super) fn answer_device(
    renderer: &PageRenderer,
    form: &DeviceForm,
    request: &PageRequest,
) -> HubResult<Response> {
    match form {
        DeviceForm::Make { is_stale: true } | DeviceForm::SignOut { is_stale: true, .. } => {
            Ok(trouble_again(request, 403, "oldEntry"))
        }
        DeviceForm::Look(link) => {
            let name = renderer.visits.name_of_device_link(link, request)?;
            let session = &request.session;
            let reader = DeviceReader::of(&request.room, session.token(), session.in_links());
            // A link that is worth nothing has no button. If the hub has not answered, it has one.
            let link = (name != Some(None)).then_some(link);
            let link = link.map(|link| (link, name.as_ref().and_then(Option::as_ref)));
            let page = follow_page(request.language, request.settings, &reader, link);
            Ok(Response::new(if link.is_some() { 200 } else { 404 }, page))
        }
        DeviceForm::Make { .. } => make_device_link(renderer, request),
        DeviceForm::SignOut { seed, .. } => sign_out_elsewhere(renderer, seed.as_ref(), request),
        DeviceForm::Follow { link, seed } => {
            follow_device_link(renderer, link.as_ref(), seed.as_ref(), request)
        }
    }
}

/// Makes the page again, after one of its forms.
fn own_page_again(request: &PageRequest, status: u16, said: &Said<'_>) -> Response {
    let session = &request.session;
    let reader = DeviceReader::of(&request.room, session.answer_token(), session.in_links());
    Response::new(status, page_of_own(request.language, request.settings, &reader, said))
}

/// Makes the page again, with the sentence `why` about what went wrong.
fn trouble_again(request: &PageRequest, status: u16, why: &str) -> Response {
    let words = Sentences::of(request.language);
    own_page_again(request, status, &Said::Trouble(words.say(why)))
}

fn make_device_link(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let Ok(link) = Token::new() else { return Ok(trouble_again(request, 503, "noWord")) };
    Ok(match ask_of_session(&renderer.visits, Request::LinkDevice(link), request)? {
        Some(Answer::DeviceLink(Some(link))) => {
            let room = format!("&room={}", escaped(request.room.as_str()));
            let room = Some(room).filter(|_| request.room != RoomName::lobby());
            let link = of_device_link(&link) + &room.unwrap_or_default();
            let link = renderer.address_for_others(&link, request);
            own_page_again(request, 200, &Said::Link(&link))
        }
        Some(Answer::Refused { reason, .. }) if reason != Refused::PasswordNeeded => {
            refusal_again(&reason, request)
        }
        Some(_) => trouble_again(request, 403, "deviceNeedsName"),
        None => trouble_again(request, 503, "noWord"),
    })
}

fn sign_out_elsewhere(
    renderer: &PageRenderer,
    seed: Option<&Token>,
    request: &PageRequest,
) -> HubResult<Response> {
    Ok(match renderer.visits.sign_out_elsewhere(seed, request)? {
        Ok(token) => {
            let session = request.session.after_visit(None, Some(&token));
            let request = &PageRequest { session, ..request.clone() };
            let words = Sentences::of(request.language);
            let page = own_page_again(request, 200, &Said::Done(words.say("signedOutElsewhere")));
            renderer.with_cookie(page, request.session.answer_token(), request)
        }
        Err(Some(Answer::Refused { reason, .. })) if reason != Refused::PasswordNeeded => {
            refusal_again(&reason, request)
        }
        Err(Some(_)) => trouble_again(request, 403, "deviceNeedsName"),
        Err(None) => trouble_again(request, 503, "noWord"),
    })
}

/// Makes the page again, after the hub has refused one of its forms.
fn refusal_again(reason: &Refused, request: &PageRequest) -> Response {
    let why = refused_text(Sentences::of(request.language), reason, &request.room, "");
    let page = own_page_again(request, refused_status(reason), &Said::Trouble(&why));
    asked_again_after(page, Some(reason))
}

fn follow_device_link(
    renderer: &PageRenderer,
    link: Option<&Token>,
    seed: Option<&Token>,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let refuse = |status, why: &str| {
        let reader = DeviceReader::of(&request.room, None, false);
        let body = html! { p.bad role="alert" { b { (why) } } };
        Response::new(status, page(words, "deviceEnter", request.settings, &reader, &body))
    };
    let Some(link) = link else { return Ok(refuse(404, words.say("bad-link"))) };
    let outcome = renderer.visits.follow_device_link(link, seed, request)?;
    if let Some(reason) = &outcome.refused {
        let why = refused_text(words, reason, &request.room, "");
        return Ok(asked_again_after(refuse(refused_status(reason), &why), Some(reason)));
    }
    if outcome.me.is_none() {
        return Ok(refuse(503, words.say("noWord")));
    }
    // The reader has pressed the button, so the new session replaces the one that the browser had.
    let session = RequestSession::new(None, false, None);
    let nobody = PageRequest { session, ..request.clone() };
    Ok(renderer.to_room(&nobody.after_form(&outcome)))
}
