//! Where a request comes from: one of our pages, another site, a link, a script.
//!
//! Owns: which headers of the browser say where a request comes from.
//! Must not know: what the site does with such a request.
//!
//! Part: `site/mod.rs`.

use crate::server::http::request::HttpRequest;

/// Returns this server's origin, `http://host:port`, if the browser says that the request comes
/// from one of our pages. `None`: the browser names no page, or one of another site. The server
/// cannot know its origin itself, because a proxy in front of it may add TLS.
pub(super) fn our_origin(http: &HttpRequest<'_>) -> Option<String> {
    let (scheme, rest) = http.all("Referer").next()?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_ours = matches!(scheme, "http" | "https") && authority == http.host();
    is_ours.then(|| format!("{scheme}://{authority}"))
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
