//! The page of a link by which somebody becomes a host of the chat.
//!
//! A `GET` of such a link only shows a form, because messengers and virus scanners open each link
//! that they see. The form's `POST` uses the link up.
//!
//! Owns: how these requests are read.
//! Must not know: which links there are.
//!
//! Part: `site/mod.rs`.

use super::context::Context;
use super::origin::comes_from_elsewhere;
use super::room_post::{is_left, is_stale, stranger};
use super::room_route::{PageRole, page_request};
use super::sender::{Sender, named_room, without_link_session};
use crate::chat::token::Token;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::site::visit::link_forms::HostForm;
use crate::site::visit::page_request::PageTask;

/// Answers a request for the page of a link, or for its form.
///
/// # Errors
/// The method is wrong, or a page of another site has sent the form.
pub(super) fn answer_host(http: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    let said = |name| http.parameter(name).or_else(|| http.field(name));
    if let Some(response) = without_link_session(http) {
        return Ok(response);
    }
    let sender = Sender::browser(http, &context.entrance, None);
    let link = said("code").and_then(|code| Token::parse(&code));
    let form = match http.method {
        "GET" | "HEAD" => HostForm::Look(link),
        // A browser that sends no `Origin` must not make its reader a host by a page of another
        // site.
        "POST" if comes_from_elsewhere(http) => return Err(Refusal::ForeignOrigin),
        "POST" => HostForm::Follow {
            link,
            stranger: stranger(http),
            is_stale: is_stale(http) || is_left(http),
        },
        _ => return Err(Refusal::WrongMethod),
    };
    let task = PageTask::Host(form);
    Ok(context.answer_by_job(page_request(http, named_room(http), task, sender, PageRole::Other)))
}
