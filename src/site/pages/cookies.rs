//! The cookies that a browser gets from the chat. A browser sends them back only below the base
//! path of this server, so that two servers at one host do not read each other's.
//!
//! Owns: how a cookie is written.
//! Must not know: who gets which cookie.
//!
//! Part: `site/pages/mod.rs`.

use std::time::Duration;

use crate::base::base_path::link;
use crate::site::visit::page_request::{LEFT_COOKIE, SESSION_COOKIE};

/// How long a browser remembers that its person has left: the next page forgets it.
const LEFT_SECONDS: u8 = 60;

/// Returns the value of `Set-Cookie` for a session; the empty one ends the session.
pub(super) fn session_cookie(session: &str, kept: Duration) -> String {
    hidden_cookie(SESSION_COOKIE, session, kept)
}

/// Returns the value of `Set-Cookie` for a cookie that no script can read. The browser stores it
/// for the time `kept`; zero: it deletes the cookie.
pub fn hidden_cookie(name: &str, value: &str, kept: Duration) -> String {
    let (path, seconds) = (link("/"), kept.as_secs());
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}

/// Returns the value of `Set-Cookie` for the cookie which says that the person has left. The page's
/// script reads it.
pub(super) fn left_cookie() -> String {
    format!("{LEFT_COOKIE}=1; Path={}; Max-Age={LEFT_SECONDS}; SameSite=Lax", link("/"))
}
