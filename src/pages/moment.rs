//! Addresses that were never there before.
//!
//! links2 shows what it has kept of an address, whatever the page said about keeping it:
//! also behind a form, and for a link to the page that one is on. Behind a `?` they would
//! do as well, but lynx says of such a page no longer where it comes from.
//!
//! Owns: how such an address is made; `site/room.rs` reads it.
//! Must not know: which page it is.
//!
//! Next: `pages/form.rs`.

use std::time::UNIX_EPOCH;

use crate::chat::told::Joined;

/// The page at this address, now.
pub fn now(address: &str) -> String {
    format!("{address}/now/{}", milliseconds())
}

/// The same, with what is new since the room was there.
pub fn since(address: &str, joined: &Joined) -> String {
    format!("{address}/since/{}.{}-{}", joined.epoch, joined.seq.0, milliseconds())
}

/// A clock that stands still, or goes back, costs a look at an older page.
fn milliseconds() -> u128 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_millis()
}
