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
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::{address, escaped, of_device_link, with_query};
use crate::html::qr_code;
use crate::html::sentences::Sentences;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::page_request::{DeviceForm, PageRequest};
use crate::site::visit::page_settings::PageSettings;
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
pub fn own_page(language: Language, settings: PageSettings, who: &DeviceReader<'_>) -> Vec<u8> {
    page_of_own(language, settings, who, &Said::Nothing)
}

/// Makes the page of a link, whose button uses the link up. `None`: the URL has no link that can
/// exist.
pub fn follow_page(
    language: Language,
    settings: PageSettings,
    who: &DeviceReader<'_>,
    link: Option<&Token>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let body = html! {
        @match link {
            None => p.bad role="alert" { b { (words.say("bad-link")) } },
            Some(link) => {
                p { (words.say("deviceEnterMore")) }
                @if who.token.is_some() { p { b { (words.say("deviceReplaces")) } } }
                form method="post" action="/device" accept-charset="utf-8" {
                    (shared_forms::charset())
                    input type="hidden" name="code" value=(link.reveal());
                    input type="hidden" name="room" value=(who.room);
                    // With the same seed the form brings the same session, if it is sent twice.
                    @if let Ok(seed) = Token::new() {
                        input type="hidden" name="new" value=(seed.reveal());
                    }
                    p { button { (words.say("deviceEnter")) } }
                }
            }
        }
    };
    page(words, settings, who, &body)
}

fn page_of_own(
    language: Language,
    settings: PageSettings,
    who: &DeviceReader<'_>,
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
                p { a href=(link) { (link) } }
                @if let Some(code) = qr_code::drawn(link, words.say("qrCode")) { p { (code) } }
            }
        }
        @match who.token {
            None => p { (words.say("deviceNeedsName")) },
            Some(token) => {
                p { (words.fill("deviceMore", &[("n", &minutes)])) }
                form method="post" action="/device" accept-charset="utf-8" {
                    (shared_forms::charset())
                    input type="hidden" name="room" value=(who.room);
                    input type="hidden" name="key" value=(token.form_key());
                    @if let Some(session) = who.session() {
                        input type="hidden" name="s" value=(session);
                    }
                    p { button { (words.say("makeLink")) } }
                    h2 { (words.say("signOutElsewhere")) }
                    p { (words.say("signOutMore")) }
                    p { button name="elsewhere" value="1" { (words.say("signOutElsewhere")) } }
                }
            }
        }
    };
    page(words, settings, who, &body)
}

fn page(
    words: &Sentences,
    settings: PageSettings,
    who: &DeviceReader<'_>,
    body: &Markup,
) -> Vec<u8> {
    let title = format!("{} - {}", words.say("otherDevice"), words.say("brand"));
    let session = who.session().map(|token| format!("s={token}"));
    let back = with_query(&address(who.room), &[session]);
    let body = html! {
        header {
            (shared_forms::mark())
            h1 { (words.say("otherDevice")) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", who.room.as_str())])) } }
        }
        main { (body) }
    };
    layout::page(words, &title, settings, None, &body).into_string().into_bytes()
}

impl PageRenderer {
    /// Makes a link, or follows one: then the browser gets the cookie of its new session, and goes
    /// to the room.
    pub(super) fn device(&self, form: &DeviceForm, request: &PageRequest) -> HubResult<Response> {
        match form {
            DeviceForm::Make { is_stale } => self.make_device_link(*is_stale, request),
            DeviceForm::SignOut { is_stale } => self.sign_out_elsewhere(*is_stale, request),
            DeviceForm::Follow { link, seed } => {
                self.follow_device_link(link.as_ref(), seed.as_ref(), request)
            }
        }
    }

    fn make_device_link(&self, is_stale: bool, request: &PageRequest) -> HubResult<Response> {
        let words = Sentences::of(request.language);
        let again = |status, said: &Said<'_>| {
            let who = DeviceReader::of(&request.room, request.session(), request.in_links);
            Response::new(status, page_of_own(request.language, request.settings, &who, said))
        };
        if is_stale {
            return Ok(again(403, &Said::Trouble(words.say("oldEntry"))));
        }
        let Ok(link) = Token::new() else {
            return Ok(again(503, &Said::Trouble(words.say("noWord"))));
        };
        let answer = ask_of_session(&self.visits, Request::LinkDevice(link), request)?;
        Ok(match answer {
            Some(Reply::DeviceLink(Some(link))) => {
                let room = format!("&room={}", escaped(request.room.as_str()));
                let room = Some(room).filter(|_| request.room != RoomName::lobby());
                let origin = self
                    .origin_for_others(request.is_of_this_machine)
                    .or_else(|| request.site.clone());
                let link = of_device_link(&link) + &room.unwrap_or_default();
                again(200, &Said::Link(&(origin.unwrap_or_default() + &link)))
            }
            Some(Reply::Refused { reason, .. }) if reason != Refused::PasswordNeeded => {
                let why = refused_text(words, &reason, &request.room, "");
                let page = again(refused_status(&reason), &Said::Trouble(&why));
                asked_again_after(page, Some(&reason))
            }
            Some(_) => again(403, &Said::Trouble(words.say("deviceNeedsName"))),
            None => again(503, &Said::Trouble(words.say("noWord"))),
        })
    }

    fn sign_out_elsewhere(&self, is_stale: bool, request: &PageRequest) -> HubResult<Response> {
        let words = Sentences::of(request.language);
        let again = |request: &PageRequest, status, said: &Said<'_>| {
            let who = DeviceReader::of(&request.room, request.session(), request.in_links);
            Response::new(status, page_of_own(request.language, request.settings, &who, said))
        };
        let refused = |status, why| again(request, status, &Said::Trouble(words.say(why)));
        if is_stale {
            return Ok(refused(403, "oldEntry"));
        }
        let Ok(fresh) = Token::new() else { return Ok(refused(503, "noWord")) };
        Ok(match ask_of_session(&self.visits, Request::SignOutElsewhere(fresh), request)? {
            Some(Reply::Session(Some(token))) => {
                let request = &PageRequest { next_token: Some(token), ..request.clone() };
                let page = again(request, 200, &Said::Done(words.say("signedOutElsewhere")));
                self.with_cookie(page, request.session(), request)
            }
            Some(Reply::Refused { reason, .. }) if reason != Refused::PasswordNeeded => {
                let why = refused_text(words, &reason, &request.room, "");
                let page = again(request, refused_status(&reason), &Said::Trouble(&why));
                asked_again_after(page, Some(&reason))
            }
            Some(_) => refused(403, "deviceNeedsName"),
            None => refused(503, "noWord"),
        })
    }

    fn follow_device_link(
        &self,
        link: Option<&Token>,
        seed: Option<&Token>,
        request: &PageRequest,
    ) -> HubResult<Response> {
        let words = Sentences::of(request.language);
        let refuse = |status, why: &str| {
            let who = DeviceReader::of(&request.room, None, false);
            let body = html! { p.bad role="alert" { b { (why) } } };
            Response::new(status, page(words, request.settings, &who, &body))
        };
        let Some(link) = link else { return Ok(refuse(404, words.say("bad-link"))) };
        let outcome = self.visits.follow_device_link(link, seed, request)?;
        if let Some(reason) = &outcome.refused {
            let why = refused_text(words, reason, &request.room, "");
            return Ok(asked_again_after(refuse(refused_status(reason), &why), Some(reason)));
        }
        if outcome.me.is_none() {
            return Ok(refuse(503, words.say("noWord")));
        }
        // The reader has pressed the button, so the new session replaces the one that the browser
        // had.
        let nobody = PageRequest {
            token: None,
            in_links: false,
            cookie_has_other_session: false,
            ..request.clone()
        };
        Ok(self.to_room(&nobody.after_form(&outcome)))
    }
}
