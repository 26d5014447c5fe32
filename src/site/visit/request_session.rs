//! The session of one request: which one it is, where it came from, and what may become of it in
//! the answer.
//!
//! Owns: the session that the answer has; whether the answer's links contain it; whether the
//! browser's cookie may have it.
//! Must not know: whether the session is valid; the hub knows.
//!
//! Part: `site/visit/mod.rs`.

use crate::chat::request::TokenSource;
use crate::chat::token::Token;

/// The session of a request's sender, who is perhaps a stranger. While the request is carried out,
/// the session may get a new token, or the sender a new session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSession {
    token: Option<Token>,
    /// The token that replaces `token` from the next request on.
    renewed: Option<Token>,
    source: SessionSource,
    /// True if the browser's cookie has another session than `token`.
    cookie_has_other: bool,
    /// True if the browser's cookie has `token`, wherever else the request has it.
    is_in_cookie: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionSource {
    /// The browser's cookie, or a header of a program; or there is no session.
    Cookie,
    /// A link or a form, because the browser has not sent the session in a cookie.
    Link,
    /// The hub, which has given it to the sender while the request was carried out.
    Hub,
}

impl RequestSession {
    /// Makes the session of a request. `token` is `None` for a stranger. `in_links` is true if the
    /// token came in a link or a form only. `cookie` is the session that the browser's cookie has.
    #[must_use]
    pub fn new(token: Option<Token>, in_links: bool, cookie: Option<&Token>) -> Self {
        let cookie_has_other = cookie.is_some() && cookie != token.as_ref();
        let source = if in_links { SessionSource::Link } else { SessionSource::Cookie };
        let is_in_cookie = token.is_some() && cookie == token.as_ref();
        Self { token, renewed: None, source, cookie_has_other, is_in_cookie }
    }

    /// Returns the token with which the request came, or which the hub has given the sender since.
    /// `None`: a stranger.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Returns the token that the answer must contain: the session's new token, or else the
    /// request's. `None`: a stranger.
    pub fn answer_token(&self) -> Option<&Token> {
        self.renewed.as_ref().or(self.token.as_ref())
    }

    /// Returns whether the session has got a new token while the request was carried out.
    pub fn is_renewed(&self) -> bool {
        self.renewed.is_some()
    }

    /// Returns where the browser has the session's token from. Its cookie never has a session that
    /// a link or a form has brought ([`may_store`](Self::may_store)).
    pub fn token_source(&self) -> TokenSource {
        let is_own = self.is_in_cookie || self.source == SessionSource::Hub;
        if is_own { TokenSource::Stored } else { TokenSource::Address }
    }

    /// Returns whether the links and forms of the answer must contain the session, because the
    /// browser has not sent it in a cookie.
    pub fn in_links(&self) -> bool {
        self.source != SessionSource::Cookie
    }

    /// Returns whether the session has come in a link or a form only: the browser had a cookie with
    /// it, and has not sent it. A session that the hub has just given was in no cookie yet.
    pub fn has_come_in_link(&self) -> bool {
        self.source == SessionSource::Link
    }

    /// Returns `token` as links and forms contain it; `None`: they must not contain it.
    pub fn for_links(&self, token: Option<&Token>) -> Option<String> {
        token.filter(|_| self.in_links()).map(Token::reveal)
    }

    /// Returns whether the answer is allowed to store the session in the browser's cookie. The
    /// session must not replace another one in the cookie. A session from a link or a form is not
    /// stored, because a link may have another person's session.
    pub fn may_store(&self) -> bool {
        !self.cookie_has_other && self.source != SessionSource::Link
    }

    /// Returns the session after a visit to the hub: `given` is the token with which the hub has
    /// welcomed the sender of a form, and `renewed` the session's new token. If `given` is not the
    /// request's token, the request had no session, or one that has ended, and the sender has a new
    /// session.
    #[must_use]
    pub fn after_visit(&self, given: Option<&Token>, renewed: Option<&Token>) -> Self {
        let mut session = self.clone();
        session.renewed = renewed.or(self.renewed.as_ref()).cloned();
        if given.is_some() && given != self.token() {
            session.token = given.cloned();
            // A browser that has sent the session that has ended in a cookie keeps cookies.
            if !self.is_in_cookie || self.in_links() {
                session.source = SessionSource::Hub;
            }
        }
        session
    }

    /// Returns a copy without a session, for a sender whose session has ended.
    #[must_use]
    pub fn ended(&self) -> Self {
        Self { token: None, renewed: None, ..self.clone() }
    }
}
