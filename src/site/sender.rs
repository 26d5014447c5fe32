//! Who sent a request: which session it belongs to, and whether it has the server's password. A
//! browser sends the session in a cookie, or in a link or form if it stores no cookies. A program
//! names it in a header or in the URL.
//!
//! Everyone who sees a URL with a session can use that session. And a reader who follows a link
//! with another person's session acts as that person. So three rules hold for pages:
//!
//! - A session does not stay in a URL if the cookie has one, too, the same or another. Otherwise a
//!   link in a message would make its reader act as the link's author.
//! - A session from a link is never stored in the browser's cookie.
//! - A session in a link on another site is ignored.
//!
//! Must not know: whether the session is valid; the hub knows.
//!
//! Part: `site/mod.rs`.

use super::context::redirect;
use super::origin::{comes_from_elsewhere, is_led_by_a_link, our_origin};
use crate::admission::entrance::{Entrance, NoEntry};
use crate::base::base_path::link;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::with_query;
use crate::server::http::{request::HttpRequest, response::Response};
use crate::site::visit::page_request::SESSION_COOKIE;
use crate::site::visit::request_session::RequestSession;

pub(super) struct Sender {
    pub(super) session: RequestSession,
    /// `Ok`: the server has accepted the password in the request, or the server has no password.
    /// Otherwise: why the server refuses a sender without a session.
    pub(super) admitted: Result<(), NoEntry>,
}

impl Sender {
    /// Returns who requests a page or sends a form. `password` is what the request gives as the
    /// server's password.
    pub(super) fn browser(
        http: &HttpRequest<'_>,
        entrance: &Entrance,
        password: Option<&str>,
    ) -> Self {
        Self { session: session(http), admitted: entrance.admits(http.peer.ip(), password) }
    }

    /// Returns the program, or the script of a page, that sends a request with the session `token`.
    /// `password` is the server's password from the request's body; `None`: the one in the URL
    /// counts.
    pub(super) fn program(
        http: &HttpRequest<'_>,
        entrance: &Entrance,
        token: Option<Token>,
        password: Option<String>,
    ) -> Self {
        let password = password.or_else(|| http.parameter("password"));
        let admitted = entrance.admits(http.peer.ip(), password.as_deref());
        Self { session: named_session(http, token), admitted }
    }

    /// Returns who saves a room as a file: a browser, or a program. A program that names its
    /// session in `Authorization` does not need it in the links of the answer.
    pub(super) fn saver(http: &HttpRequest<'_>, entrance: &Entrance) -> Self {
        let in_links = session(http).in_links() && http.all("Authorization").next().is_none();
        let cookie = cookie_session(http);
        let session = RequestSession::new(named_token(http), in_links, cookie.as_ref());
        Self { session, ..Self::program(http, entrance, None, None) }
    }
}

/// Returns the session that a page's request or form comes with.
pub(super) fn session(http: &HttpRequest<'_>) -> RequestSession {
    let cookie = cookie_session(http);
    let parse = |text: Option<String>| Token::parse(&text?);
    let link = parse(http.field("s")).or_else(|| parse(http.parameter("s")));
    let in_links = link.is_some() && link != cookie;
    RequestSession::new(link.or_else(|| cookie.clone()), in_links, cookie.as_ref())
}

/// Returns the session of a request that names it openly by this token.
pub(super) fn named_session(http: &HttpRequest<'_>, token: Option<Token>) -> RequestSession {
    RequestSession::new(token, false, cookie_session(http).as_ref())
}

fn cookie_session(http: &HttpRequest<'_>) -> Option<Token> {
    Token::parse(http.cookie(SESSION_COOKIE)?)
}

/// Returns the session that a program names openly: in the header `Authorization`, or else in the
/// URL's parameter `s`. `None`: it names none, or the text cannot be a token.
pub(super) fn bearer(http: &HttpRequest<'_>) -> Option<Token> {
    let named = http.all("Authorization").next().and_then(|value| value.strip_prefix("Bearer "));
    let token = named.map(str::to_owned).or_else(|| http.parameter("s"));
    Token::parse(token?.trim())
}

/// Returns the session that a request names openly (see [`bearer`]), or else the one in its form,
/// link or cookie.
pub(super) fn named_token(http: &HttpRequest<'_>) -> Option<Token> {
    bearer(http).or_else(|| session(http).token().cloned())
}

/// Returns the room that a page beside the rooms leads back to: the one that the URL or the form
/// names, else the lobby.
pub(super) fn named_room(http: &HttpRequest<'_>) -> RoomName {
    let name = http.parameter("room").or_else(|| http.field("room"));
    name.and_then(|name| RoomName::parse(&name).ok()).unwrap_or_else(RoomName::lobby)
}

/// Redirects to the page of this request at a URL without the session, in three cases: the cookie
/// has that session; it has another one, and the reader has perhaps followed a link; or another
/// site linked to the page. `None`: no redirect is needed. A script of a tab with the session of a
/// link gets the page of that session.
pub(super) fn without_link_session(http: &HttpRequest<'_>) -> Option<Response> {
    let link = http.parameter("s").filter(|_| http.method == "GET")?;
    let is_needed = match cookie_session(http) {
        Some(own) => own.reveal() == link || is_led_by_a_link(http),
        None => comes_from_elsewhere(http),
    };
    if !is_needed {
        return None;
    }
    let site = our_origin(http).unwrap_or_default();
    Some(redirect(format!("{site}{}", target_without(http, &["s"]))))
}

/// Returns the URL of this request without the parameters with these names.
pub(super) fn target_without(http: &HttpRequest<'_>, names: &[&str]) -> String {
    let target = link(http.target);
    let Some((path, query)) = target.split_once('?') else { return target };
    let is_it =
        |pair: &str| form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| names.contains(&&*key));
    let rest: Vec<_> = query.split('&').filter(|pair| !is_it(pair)).collect();
    with_query(path, &[Some(rest.join("&"))])
}
