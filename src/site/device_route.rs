//! The page by which a person takes the session to another device, and the links that it makes.
//!
//! A `GET` of such a link only shows a name and a button, because messengers and virus scanners
//! open each link that they see. The button's `POST` uses the link up.
//!
//! Owns: how these requests are read.
//! Must not know: which links there are.
//!
//! Part: `site/mod.rs`.

use super::context::{self, Context};
use super::origin::comes_from_elsewhere;
use super::room_post::{is_left, is_stale};
use super::room_route::{PageRole, page_request};
use super::sender::{Sender, named_room, without_link_session};
use super::settings_route::{language_of, settings_of};
use crate::chat::token::Token;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::verdict::Verdict;
use crate::site::pages::devices_page::{DeviceReader, follow_page, own_page};
use crate::site::visit::link_forms::DeviceForm;
use crate::site::visit::page_request::PageTask;

/// Answers a request for the page, for one of its links, or for one of its forms.
///
/// # Errors
/// The method is wrong, or a page of another site has sent the form of a link.
pub(super) fn answer_device(
    http: &HttpRequest<'_>,
    context: &Context,
) -> Result<Response, Refusal> {
    let said = |name| http.parameter(name).or_else(|| http.field(name));
    let room = named_room(http);
    if let Some(response) = without_link_session(http) {
        return Ok(response);
    }
    let sender = Sender::browser(http, &context.entrance, None);
    let (language, settings) = (language_of(http), settings_of(http));
    let reader = DeviceReader::of(&room, sender.session.token(), sender.session.in_links());
    let seed = http.field("new").and_then(|text| Token::parse(&text));
    let form = match (http.method, said("code")) {
        ("GET" | "HEAD", None) => {
            return Ok(context::page(own_page(language, settings, &reader)));
        }
        ("GET" | "HEAD", Some(code)) => match Token::parse(&code) {
            Some(link) => DeviceForm::Look(link),
            None => {
                let mut response = context::page(follow_page(language, settings, &reader, None));
                response.verdict = Verdict::Answer(404);
                return Ok(response);
            }
        },
        // A browser that sends no `Origin` must not become somebody else by a page of another site.
        ("POST", Some(_)) if comes_from_elsewhere(http) => return Err(Refusal::ForeignOrigin),
        ("POST", Some(code)) => DeviceForm::Follow { link: Token::parse(&code), seed },
        ("POST", None) => {
            let is_stale = is_stale(http) || is_left(http);
            match http.field("elsewhere") {
                Some(_) => DeviceForm::SignOut { is_stale, seed },
                None => DeviceForm::Make { is_stale },
            }
        }
        _ => return Err(Refusal::WrongMethod),
    };
    let task = PageTask::Device(form);
    Ok(context.answer_by_job(page_request(http, room, task, sender, PageRole::Other)))
}
