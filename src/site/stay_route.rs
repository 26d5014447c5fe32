//! *Stay connected*, for the people of a hotspot (`--hotspot`): how the pop-up of a phone gets the
//! chat, and what the button does.
//!
//! The pop-up runs no WebSocket and keeps no cookies. So it gets the page whose list reloads in a
//! frame, and the session is in its addresses.
//!
//! Owns: which page the pop-up gets, and whose button counts.
//! Must not know: what the door answers to phones.
//!
//! Part: `site/mod.rs`.

use super::context::{self, Context, redirect};
use super::origin::comes_from_elsewhere;
use super::room_post::{is_left, is_stale};
use super::sender::{named_room, session, without_link_session};
use super::settings_route::{language_of, settings_of};
use crate::base::base_path::link;
use crate::chat::room_name::RoomName;
use crate::html::address::{address, with_query};
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::site::pages::stay_page;

/// Returns the way to the page for a pop-up. `None`: the door has not sent the browser here for
/// that.
pub(super) fn redirect_of_pop_up(http: &HttpRequest<'_>, context: &Context) -> Option<Response> {
    context.hotspot.as_ref()?;
    http.parameter("pop")?;
    Some(redirect(with_query(&address(&RoomName::lobby()), &[Some("every=".to_owned())])))
}

/// Answers a request for the form, or the form. The address from which the form comes stays.
///
/// # Errors
/// The server is no hotspot's, the method is wrong, or a page of another site has sent the form.
pub(super) fn answer_stay(http: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    let hotspot = context.hotspot.as_ref().ok_or(Refusal::NotFound)?;
    if let Some(response) = without_link_session(http) {
        return Ok(response);
    }
    match http.method {
        "GET" | "HEAD" => {}
        "POST" if comes_from_elsewhere(http) => return Err(Refusal::ForeignOrigin),
        // The page has the form again, with the key of the session that the browser has now.
        "POST" if is_stale(http) || is_left(http) => {}
        "POST" => hotspot.keep(http.peer.ip()),
        _ => return Err(Refusal::WrongMethod),
    }
    let (room, session) = (named_room(http), session(http));
    let chat = format!("{}://{}{}", http.scheme(), http.host(), link("/"));
    let stays = hotspot.keeps(http.peer.ip());
    let (language, settings) = (language_of(http), settings_of(http));
    Ok(context::page(stay_page::page(language, settings, &room, &session, stays, &chat)))
}
