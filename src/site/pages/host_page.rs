//! The page of a link by which somebody becomes a host of the chat.
//!
//! Must not know: which links are worth something; the hub decides that.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::desk_page::desk;
use super::error_text::{fault_status, refused_status, refused_text};
use super::renderer::PageRenderer;
use super::shared_forms::SecretField;
use super::{asked_again_after, layout, shared_forms};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::RulesOfChat;
use crate::chat::token::Token;
use crate::html::address::{address, of_host, with_query};
use crate::html::reasons;
use crate::html::sentences::Sentences;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::link_forms::HostForm;
use crate::site::visit::page_request::PageRequest;
use crate::site::visit::send_request::ask_of_session;
use crate::site::visit::stranger::Stranger;

/// What the page says and offers.
enum Shown<'a> {
    /// The form, after this sentence about what went wrong; `None`: nothing did.
    Form { link: &'a Token, name: &'a str, why: Option<&'a str> },
    /// The reader is a host now.
    Done,
    /// This sentence alone.
    Only(&'a str),
    /// What holds in the whole chat.
    Desk(&'a RulesOfChat),
}

/// Shows the form of a link, or carries it out.
pub(super) fn answer_host(
    renderer: &PageRenderer,
    form: &HostForm,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    match form {
        HostForm::Look(None) => look(renderer, request),
        HostForm::Follow { link: None, .. } => {
            Ok(page(request, 404, &Shown::Only(words.say("bad-host-link"))))
        }
        HostForm::Look(Some(link)) => {
            Ok(page(request, 200, &Shown::Form { link, name: "", why: None }))
        }
        HostForm::Follow { link: Some(link), stranger, is_stale } => {
            if *is_stale && !renderer.visits.has_made_session(None, stranger, request) {
                let why = Some(words.say("oldEntry"));
                return Ok(page(request, 403, &Shown::Form { link, name: "", why }));
            }
            become_host(renderer, link, stranger, request)
        }
    }
}

/// Shows a host what holds in the whole chat, and anybody else how one becomes a host.
fn look(renderer: &PageRenderer, request: &PageRequest) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let how = || page(request, 200, &Shown::Only(words.say("hostHow")));
    if request.session.token().is_none() {
        return Ok(how());
    }
    let asked = Request::RoomState(RoomName::lobby());
    let rules = match ask_of_session(&renderer.visits, asked, request)? {
        Some(Answer::RoomState(rules)) => rules.chat,
        _ => None,
    };
    let Some(chat) = rules else { return Ok(how()) };
    Ok(page(request, 200, &Shown::Desk(&chat)))
}

/// Makes the sender a host. A stranger becomes a person first, with the typed name.
fn become_host(
    renderer: &PageRenderer,
    link: &Token,
    stranger: &Stranger,
    request: &PageRequest,
) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let name = stranger.name();
    let again = |request: &PageRequest, status, why: &str| {
        page(request, status, &Shown::Form { link, name, why: Some(why) })
    };
    if request.session.token().is_some() {
        return follow(renderer, link, request);
    }
    if name.is_empty() {
        return Ok(again(request, 422, words.say("hostNeedsName")));
    }
    if !request.may_come_in() {
        return Ok(again(request, 403, words.say("hostEnterFirst")));
    }
    let claim = match renderer.claim(stranger, request) {
        Ok(claim) => claim,
        Err(fault) => {
            return Ok(again(request, fault_status(&fault, 422), &reasons::fault(words, &fault)));
        }
    };
    let form = EnterForm { stranger: stranger.clone(), ..EnterForm::default() };
    let outcome = renderer.visits.enter_room(claim, &form, request)?;
    let request = &request.after_form(&outcome);
    match &outcome.refused {
        Some(reason) => {
            let why = refused_text(words, reason, &request.room, name);
            let page = again(request, refused_status(reason), &why);
            Ok(asked_again_after(page, Some(reason)))
        }
        None if outcome.me.is_none() => Ok(again(request, 503, words.say("noWord"))),
        None => follow(renderer, link, request),
    }
}

/// Makes the person of the request's session a host.
fn follow(renderer: &PageRenderer, link: &Token, request: &PageRequest) -> HubResult<Response> {
    let words = Sentences::of(request.language);
    let answer = ask_of_session(&renderer.visits, Request::BecomeHost(link.clone()), request)?;
    let page = match answer {
        Some(Answer::Host) => page(request, 200, &Shown::Done),
        Some(Answer::Refused { reason: Refused::BadHostLink, .. }) => {
            page(request, 404, &Shown::Only(words.say("bad-host-link")))
        }
        Some(Answer::Refused { reason, .. }) => {
            let why = refused_text(words, &reason, &request.room, "");
            let page = page(request, refused_status(&reason), &Shown::Only(&why));
            asked_again_after(page, Some(&reason))
        }
        Some(_) => page(request, 403, &Shown::Only(words.say("hostEnterFirst"))),
        None => {
            let why = Some(words.say("noWord"));
            page(request, 503, &Shown::Form { link, name: "", why })
        }
    };
    Ok(renderer.with_cookie(page, request.session.answer_token(), request))
}

fn page(request: &PageRequest, status: u16, shown: &Shown<'_>) -> Response {
    let words = Sentences::of(request.language);
    let is_desk = matches!(shown, Shown::Desk(_));
    let heading = words.say(if is_desk { "hostDesk" } else { "hostTitle" });
    let title = format!("{heading} - {}", words.say("brand"));
    let session = request.session.answer_token().filter(|_| request.session.in_links());
    let session = session.map(|token| format!("s={}", token.reveal()));
    let back = with_query(&address(&request.room), std::slice::from_ref(&session));
    let body = html! {
        header {
            (shared_forms::mark())
            h1 { (heading) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", request.room.as_str())])) } }
        }
        main.entry {
            @match shown {
                Shown::Only(why) => p role="status" { (why) },
                Shown::Desk(chat) => { (desk(request, chat)) }
                Shown::Done => {
                    p role="status" { b { (words.say("hostDone")) } }
                    p { (words.say("hostCan")) }
                    p { a href=(with_query(&of_host(), std::slice::from_ref(&session))) { (words.say("hostDesk")) } }
                    p { a href=(back) { (words.fill("backToRoom", &[("room", request.room.as_str())])) } }
                }
                Shown::Form { link, name, why } => {
                    (shared_forms::trouble(*why))
                    (form(words, request, link, name))
                }
            }
        }
    };
    let page = layout::page(words, &title, request.settings, None, &body);
    Response::new(status, page.into_string().into_bytes())
}

fn form(words: &Sentences, request: &PageRequest, link: &Token, name: &str) -> Markup {
    let minutes = (limits::HOST_LINK_KEPT.as_secs() / 60).to_string();
    let name = Some(name).filter(|name| !name.is_empty());
    let seed = Token::new().ok();
    html! {
        p { (words.say("hostCan")) }
        p { (words.fill("hostMore", &[("n", &minutes)])) }
        form method="post" action=(of_host()) accept-charset="utf-8" {
            (shared_forms::charset())
            input type="hidden" name="code" value=(link.reveal());
            input type="hidden" name="room" value=(request.room);
            @if let Some(token) = request.session.answer_token() {
                input type="hidden" name="key" value=(token.form_key());
                @if request.session.in_links() {
                    input type="hidden" name="s" value=(token.reveal());
                }
            } @else {
                (shared_forms::stranger(words, name, SecretField::after(name, false), seed.as_ref()))
            }
            p { button { (words.say("hostBecome")) } }
        }
    }
}
