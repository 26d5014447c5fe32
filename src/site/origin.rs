//! Where a request comes from: one of our pages, another site, a link, a script.
//!
//! Owns: which headers of the browser say where a request comes from.
//! Must not know: what the site does with such a request.
//!
//! Part: `site/mod.rs`.

use super::room_route::{room_name, without_moment};
use super::settings_route::settings_of;
use crate::base::base_path;
use crate::chat::room_name::RoomName;
use crate::server::http::request::HttpRequest;
use crate::site::visit::page_settings::Updates;

/// Returns this server's origin, `http://host:port`, if the browser says that the request comes
/// from one of our pages. `None`: the browser names no page, or one of another site. The server
/// cannot know its origin itself, because a proxy in front of it may add TLS.
pub(super) fn our_origin(http: &HttpRequest<'_>) -> Option<String> {
    let (scheme, rest) = http.all("Referer").next()?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_ours = matches!(scheme, "http" | "https") && authority == http.host();
    is_ours.then(|| format!("{scheme}://{authority}"))
}

/// Returns the room whose live page without scripts leads here: that page, or the stream in its
/// frame. It has shown all that was said in the room until now. `None`: the browser names no page,
/// or another one.
pub(super) fn left_live(http: &HttpRequest<'_>) -> Option<RoomName> {
    let origin = our_origin(http)?;
    let url = http.all("Referer").next()?.strip_prefix(&origin)?;
    let url = url.split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let (path, _) = without_moment(base_path::without(path).strip_prefix("/r/")?);
    let (room, what) = path.split_once('/').unwrap_or((path, ""));
    let has = |wanted| form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == wanted);
    let is_live = match what {
        "stream" => has("as"),
        "" if has("live") => true,
        // The settings ask for the live page, and the URL asks for no other one.
        "" => {
            let others = ["every", "way", "before", "at", "change", "find", "from", "day"];
            settings_of(http).updates() == Updates::Stream && !others.into_iter().any(has)
        }
        _ => false,
    };
    room_name(room).filter(|_| is_live)
}

/// Returns whether the request comes from a page of another site, as far as the browser says so. If
/// the browser says nothing, this returns false.
pub(super) fn comes_from_elsewhere(http: &HttpRequest<'_>) -> bool {
    match http.all("Sec-Fetch-Site").next() {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => http.all("Referer").next().is_some() && our_origin(http).is_none(),
    }
}

/// Returns whether the request perhaps comes from a page of another site, or from a link, a picture
/// or a frame. Such a request must not create a room. False for requests of our scripts and of most
/// programs.
pub(super) fn is_led_by_a_link(http: &HttpRequest<'_>) -> bool {
    let shows = |value: &str| ["text/html", "image/"].iter().any(|kind| value.contains(kind));
    comes_from_elsewhere(http) || http.all("Accept").any(shows)
}
