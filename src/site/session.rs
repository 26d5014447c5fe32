//! Whose request it is: a cookie says so, a link or a form where no cookie comes back, or a
//! program in the open.
//!
//! An address with a session gives it away to whoever gets that address, and a link that
//! somebody else made brings its reader into that one's session. So a session stays in no
//! address where a cookie has it, none that a link brought becomes the browser's own, and none
//! counts that a link on another site brought.
//!
//! Owns: that.
//! Must not know: whether the session is anybody's; the hub does.
//!
//! Next: `site/settings.rs`.

use super::answers::elsewhere;
use super::reading::{comes_from_elsewhere, cookie, field, our_origin, without};
use crate::chat::token::Token;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::visit::errand::SESSION_COOKIE;

/// Whose request it is, and whether a link or a form said so: then all others must.
pub(super) fn session(asked: &HttpRequest<'_>) -> (Option<Token>, bool) {
    let parse = |text: Option<String>| Token::parse(&text?);
    let cookie = parse(cookie(asked, SESSION_COOKIE).map(str::to_owned));
    let link = parse(field(asked, "s")).or_else(|| parse(asked.parameter("s")));
    match (cookie, link) {
        (Some(cookie), Some(link)) if cookie == link => (Some(cookie), false),
        (_, Some(link)) => (Some(link), true),
        (cookie, None) => (cookie, false),
    }
}

/// The session that a program names in the open.
pub(super) fn bearer(asked: &HttpRequest<'_>) -> Option<Token> {
    let named = asked.all("Authorization").next().and_then(|it| it.strip_prefix("Bearer "));
    let token = named.map(str::to_owned).or_else(|| asked.parameter("s"));
    Token::parse(token?.trim())
}

/// Whose request it is, of those that no page of ours makes.
pub(super) fn named(asked: &HttpRequest<'_>) -> Option<Token> {
    bearer(asked).or_else(|| session(asked).0)
}

/// To the same page without the session in its address, where that is not needed or does not
/// count.
pub(super) fn cleared(asked: &HttpRequest<'_>) -> Option<Response> {
    let link = asked.parameter("s").filter(|_| asked.method == "GET")?;
    let cookie = cookie(asked, SESSION_COOKIE);
    if cookie != Some(&link) && !comes_from_elsewhere(asked) {
        return None;
    }
    let site = our_origin(asked).unwrap_or_default();
    Some(elsewhere(format!("{site}{}", without(asked, &["s"]))))
}
