//! Makes addresses that no browser has stored.
//!
//! links2 shows its stored copy of an address, whatever the page says about storing. It does so
//! even after a form, and for a link to the present page. A different query after `?` would
//! help too, but from such a page lynx no longer says where it comes from.
//!
//! Owns: how such an address is made; `site/room.rs` reads it.
//! Must not know: which page it is.
//!
//! Room: `site/pages/mod.rs`.

use std::time::UNIX_EPOCH;

use crate::chat::told::Joined;

/// The address of this page as it is now.
pub fn now(address: &str) -> String {
    format!("{address}/now/{}", milliseconds())
}

/// The same, and the page will mark what is new since `joined`.
pub fn since(address: &str, joined: &Joined) -> String {
    format!("{address}/since/{}.{}-{}", joined.epoch, joined.seq.0, milliseconds())
}

/// If the clock stands still or goes back, a browser may show an older page. That is all.
fn milliseconds() -> u128 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_millis()
}
