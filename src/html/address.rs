//! The addresses of pages: of a room, of a message.
//!
//! Owns: how addresses are spelled.
//! Must not know: what is on a page.
//!
//! Room: `html/mod.rs`.

use form_urlencoded::byte_serialize;

use crate::chat::room_name::RoomName;

/// Returns the path with those parts of the query that are not empty.
pub fn with_query(path: &str, parts: &[Option<String>]) -> String {
    let parts = parts.iter().flatten().filter(|part| !part.is_empty()).cloned();
    let query = parts.collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Escapes a text for use in an address.
pub fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// The address of a room's page.
pub fn address(room: &RoomName) -> String {
    format!("/r/{}", escaped(room.as_str()))
}

/// The address of a line among the lines around it. `session` is the token, if links must carry it.
pub fn message(room: &RoomName, seq: u64, session: Option<&str>) -> String {
    let session = session.map(|token| format!("s={token}"));
    let page = with_query(&address(room), &[Some(format!("at={seq}")), session]);
    format!("{page}#m{seq}")
}
