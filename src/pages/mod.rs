//! Pages that need no script: what a visitor was told, as HTML.
//!
//! Everything goes through templates that escape it when they are compiled; each name
//! and text reads in its own direction, whatever stands beside it.
//!
//! Owns: what is on a page, and the words of what went wrong.
//! Must not know: the hub, sockets.
//!
//! Next: `pages/packer.rs`.

pub mod address;
pub mod away;
pub mod desk;
mod doing;
mod entering;
mod entry;
mod form;
mod frame;
mod holes;
mod letters;
pub mod link;
mod mention;
mod messages;
pub mod moment;
pub mod out;
pub mod packer;
pub mod parts;
mod program;
pub mod reasons;
pub mod refused;
pub mod room;
pub mod row;
mod saved;
pub mod settings;
pub mod stream;
mod when;
pub mod words;
mod wrong;

use self::packer::Packer;
use crate::chat::refused::Refused;
use crate::http::response::Response;
use crate::limits;

/// A page that has no script runs none, whatever was said.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
    base-uri 'none'; \
    form-action 'self'; frame-ancestors 'self'";

/// An address may have a session in it, so no other site is told it. Ours is: with
/// `no-referrer` alone a form says that it comes from nowhere (`Origin: null`), and is
/// refused. Whoever does not know the second word takes the first.
pub const REFERRER: &str = "no-referrer, same-origin";

/// The same in fewer bytes, where that helps.
fn packed(mut page: Response, packer: &Packer) -> Response {
    if let Some(body) = packer.pack(&page.body) {
        page.body = body.into();
        page.header("Content-Encoding", "gzip");
    }
    page.with("Vary", "Accept-Encoding")
}

/// The same that says when to ask again, if this is a matter of time.
fn asked_again_after(mut page: Response, refused: Option<&Refused>) -> Response {
    if let Some(refused) = refused.filter(|it| it.wait().is_some()) {
        page.header("Retry-After", reasons::seconds(refused));
    }
    page
}

/// The same from a server that stops: the next one answers.
fn asked_again_later(page: Response) -> Response {
    page.with("Retry-After", limits::RETRY_AFTER.as_secs().to_string())
}
