//! The URL of the frame that says to which message the form of a live page without scripts replies.
//!
//! Owns: which parameters the URL has.
//! Must not know: what the frame shows.
//!
//! Part: `site/mod.rs`.

use super::context::Context;
use super::origin::comes_from_elsewhere;
use super::room_route::{PageRole, page_request};
use super::sender::Sender;
use crate::chat::entry::Seq;
use crate::chat::room_name::RoomName;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::site::pages::reply_strip::ReplyStrip;
use crate::site::visit::page_request::PageTask;

/// Answers a request for that frame. A page of another site chooses no message to reply to.
///
/// # Errors
/// The method is wrong.
pub(super) fn answer_reply_frame(
    http: &HttpRequest<'_>,
    room: RoomName,
    context: &Context,
) -> Result<Response, Refusal> {
    if http.method != "GET" {
        return Err(Refusal::WrongMethod);
    }
    let to = http.parameter("to").and_then(|to| to.parse().ok()).filter(|to| *to > 0).map(Seq);
    let to = to.filter(|_| !comes_from_elsewhere(http));
    let form = http.parameter("form").and_then(|mark| mark.parse().ok()).unwrap_or_default();
    let task = PageTask::ViewRoom(Box::default());
    let sender = Sender::browser(http, &context.entrance, None);
    let request = page_request(http, room, task, sender, PageRole::Other);
    Ok(context.reply_strip(ReplyStrip { to, form }, request))
}
