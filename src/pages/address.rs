//! Where pages are: a room's, a message's.
//!
//! Owns: how their addresses are spelled.
//! Must not know: what is on a page.
//!
//! Next: `pages/link.rs`.

use form_urlencoded::byte_serialize;

use crate::chat::room_name::RoomName;

/// An address with those parts of a query that there are.
pub fn with_query(path: &str, parts: &[Option<String>]) -> String {
    let parts = parts.iter().flatten().filter(|part| !part.is_empty()).cloned();
    let query = parts.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A text as a part of an address.
pub fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// The address of a room.
pub fn address(room: &RoomName) -> String {
    format!("/r/{}", escaped(room.as_str()))
}

/// The address of a line in its place, with `session` where that must be in links.
pub fn message(room: &RoomName, seq: u64, session: Option<&str>) -> String {
    let session = session.map(|token| format!("s={token}"));
    let page = with_query(&address(room), &[Some(format!("at={seq}")), session]);
    format!("{page}#m{seq}")
}
