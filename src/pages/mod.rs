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
use crate::limits;

/// A page that has no script runs none, whatever was said.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
    base-uri 'none'; \
    form-action 'self'; frame-ancestors 'self'";

/// An address may have a session in it, so no other site is told it. Ours is: with
/// `no-referrer` alone a form says that it comes from nowhere (`Origin: null`), and is
/// refused. Whoever does not know the second word takes the first.
pub const REFERRER: &str = "no-referrer, same-origin";

/// One page, as an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP's.
    pub status: u16,
    /// Beside those that every page has.
    pub headers: Vec<(&'static str, String)>,
    /// UTF-8.
    pub body: Vec<u8>,
}

impl Page {
    /// The same in fewer bytes, where that helps.
    #[must_use]
    fn packed(mut self, packer: &Packer) -> Self {
        if let Some(body) = packer.pack(&self.body) {
            self.body = body;
            self.headers.push(("Content-Encoding", "gzip".to_owned()));
        }
        self.headers.push(("Vary", "Accept-Encoding".to_owned()));
        self
    }

    /// The same that says when to ask again, if this is a matter of time.
    #[must_use]
    fn asked_again_after(mut self, refused: Option<&Refused>) -> Self {
        let wait = refused.is_some_and(|it| it.wait().is_some());
        self.headers
            .extend(refused.filter(|_| wait).map(|it| ("Retry-After", reasons::seconds(it))));
        self
    }

    /// The same from a server that stops: the next one answers.
    #[must_use]
    fn asked_again_later(mut self) -> Self {
        self.headers.push(("Retry-After", limits::RETRY_AFTER.as_secs().to_string()));
        self
    }
}
