//! The page on which a person makes an invite to a room, and the page that an invite shows.
//!
//! A `GET` of an invite changes nothing: it shows a form, and only that form's `POST` enters the
//! room (`room_post.rs`). The page says who has made the invite, or that the invite is dead, and
//! then nothing more of the room.
//!
//! Owns: how these requests are read.
//! Must not know: which invites there are.
//!
//! Part: `site/mod.rs`.

use super::context::{self, Context};
use super::room_post::{is_left, is_stale};
use super::room_route::{PageRole, page_request};
use super::sender::{Sender, without_link_session};
use super::settings_route::{language_of, settings_of};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::site::pages::invite_page::{InviteReader, invited_page, own_page};
use crate::site::visit::form_id::FormId;
use crate::site::visit::link_forms::LinkForm;
use crate::site::visit::page_request::PageTask;

/// Answers a request for `/r/ROOM/invite`.
///
/// # Errors
/// The method is wrong.
pub(super) fn answer_invite(
    http: &HttpRequest<'_>,
    room: RoomName,
    context: &Context,
) -> Result<Response, Refusal> {
    if let Some(response) = without_link_session(http) {
        return Ok(response);
    }
    let sender = Sender::browser(http, &context.entrance, None);
    let (language, settings) = (language_of(http), settings_of(http));
    let is_admitted = sender.admitted.is_ok();
    let session = &sender.session;
    let reader = InviteReader::of(&room, session.token(), session.in_links(), is_admitted);
    match (http.method, http.parameter("code")) {
        ("GET" | "HEAD", Some(code)) => {
            // Who has not been let into the server hears nothing of its people.
            if let Some(invite) = Token::parse(&code).filter(|_| is_admitted) {
                let task = PageTask::LookAtInvite(invite);
                return Ok(context.answer_by_job(page_request(
                    http,
                    room,
                    task,
                    sender,
                    PageRole::Other,
                )));
            }
            // A text that can be no invite is refused when the form is sent.
            let invite = Token::parse(&code).or_else(|| Token::new().ok());
            Ok(context::page(invited_page(language, settings, &reader, invite.as_ref())))
        }
        ("GET" | "HEAD", None) => Ok(context::page(own_page(language, settings, &reader))),
        ("POST", None) => {
            let form_id = http.field("once").and_then(|text| FormId::parse(&text));
            let to = http.field("to").map(|name| name.trim().to_owned());
            let to = to.filter(|name| !name.is_empty());
            let is_made = http.field("made").is_some();
            let form = LinkForm { is_stale: is_stale(http) || is_left(http), form_id, to, is_made };
            let task = PageTask::Invite(form);
            Ok(context.answer_by_job(page_request(http, room, task, sender, PageRole::Other)))
        }
        _ => Err(Refusal::WrongMethod),
    }
}
