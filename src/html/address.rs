//! The URLs of pages: of a room, of a message; and URLs that no browser has in its cache.
//!
//! Owns: how these URLs are written.
//! Must not know: what is on a page.
//!
//! Part: `html/mod.rs`.

use std::time::UNIX_EPOCH;

use form_urlencoded::byte_serialize;

use crate::base::base_path::link;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;

/// The end of a URL that leads to the newest message of a page, if that is the last one.
pub const AT_NEWEST: &str = "#end";

/// The end of the path of a page that comes after a form.
pub const AFTER_FORM: &str = "-form";

/// Returns the URL with this path and query. The query has those `parts` that are neither `None`
/// nor empty, with `&` between them. If there is no such part, returns the path alone.
pub fn with_query(path: &str, parts: &[Option<String>]) -> String {
    let parts = parts.iter().flatten().filter(|part| !part.is_empty()).cloned();
    let query = parts.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The end of the path to which a form is sent from a page whose own URL is not new to the browser.
pub const FIRST_FORM: &str = "/now/form";

/// Escapes a text, so that it can stand in a URL.
pub fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// Returns the URL of a room's page.
pub fn address(room: &RoomName) -> String {
    link(&format!("/r/{}", escaped(room.as_str())))
}

/// Returns the URL of the page with the list of rooms.
pub fn of_rooms() -> String {
    link("/rooms")
}

/// Returns the URL of the page with the settings.
pub fn of_settings() -> String {
    link("/settings")
}

/// Returns the URL of the page by which a person takes the session to another device.
pub fn of_devices() -> String {
    link("/device")
}

/// Returns the URL of the page by which somebody becomes a host.
pub fn of_host() -> String {
    link("/host")
}

/// Returns the URL of the operator's link by which somebody becomes a host.
pub fn of_host_link(token: &Token) -> String {
    format!("{}?code={}", of_host(), token.reveal())
}

/// Returns the URL of the form by which a phone stays on the server's hotspot.
pub fn of_stay() -> String {
    link("/stay")
}

/// Returns the URL of an invite to this room; `invite` is the invite's token.
pub fn of_invite(room: &RoomName, invite: &Token) -> String {
    format!("{}/invite?code={}", address(room), invite.reveal())
}

/// Returns the URL of a link to another device; `token` is the link's token.
pub fn of_device_link(token: &Token) -> String {
    format!("{}?code={}", of_devices(), token.reveal())
}

/// Returns the URL of the page that shows the line `seq` of this room among the lines around it.
/// `session` is the session's token, if the URL must contain it; `None`: the URL must not contain a
/// session.
pub fn message(room: &RoomName, seq: u64, session: Option<&str>) -> String {
    let session = session.map(|token| format!("s={token}"));
    let page = with_query(&address(room), &[Some(format!("at={seq}")), session]);
    format!("{page}#m{seq}")
}

/// Returns the URL of the frame beside the form with this mark, which says that the form replies to
/// the line `seq` of this room; 0: to none.
pub fn reply_frame(room: &RoomName, seq: u64, form: u32) -> String {
    let (to, form) = (format!("to={seq}"), format!("form={form}"));
    with_query(&format!("{}/{REPLY_FRAME_PATH}", address(room)), &[Some(to), Some(form)])
}

/// The end of the path of [`reply_frame`].
pub const REPLY_FRAME_PATH: &str = "reply-frame";

/// The end of the path of a page that comes after the form with which its reader took a name.
pub const AFTER_FIRST_FORM: &str = "-new-form";

// --- URLs that no browser has cached ----------------------------------------------------------
//
// The browser links2 shows its cached copy of the page at a URL, even if the page says `no-store`.
// It does so even after a form was sent, and for a link to the current page. So these URLs differ
// in their path. They do not differ in their query, because the browser lynx sends no `Referer`
// from a page whose URL has a query. `site/room_route.rs` reads these URLs.

/// Returns the URL of the page at `address`, with the present time in milliseconds in it. A browser
/// that has not used this URL before loads the page again.
pub fn fresh(address: &str) -> String {
    format!("{address}/now/{}", milliseconds())
}

/// Returns a part of a query that makes the URL new to the browser, for a page whose links are
/// relative to its path.
pub fn fresh_query() -> String {
    format!("now={}", milliseconds())
}

/// Returns a URL like [`fresh`], of the page that comes after a form.
pub fn after_form(address: &str) -> String {
    format!("{}{AFTER_FORM}", fresh(address))
}

/// Returns a URL like [`after_form`], of a person whom the form has made.
pub fn after_first_form(address: &str) -> String {
    format!("{}{AFTER_FIRST_FORM}", fresh(address))
}

/// Returns the present time, by the machine's clock, in milliseconds since 1970. If the clock
/// stands still or goes back, [`fresh`] may return a URL that the browser has used before. Then the
/// browser may show an older page.
fn milliseconds() -> u128 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_millis()
}
