//! The address of a room, or of an invite to one, that a person types after `/join`.
//!
//! Owns: which addresses are of this server.
//! Must not know: how a room is entered.
//!
//! Part: `console/v1/core/mod.rs`.

use crate::chat::escape;
use crate::chat::room_name::RoomName;
use crate::console::chat_url::ChatUrl;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invitation {
    pub(super) room: String,
    /// `None`: the address is of a room, and has no invite.
    pub(super) invite: Option<String>,
}

/// Reads `/join ADDRESS`. `home` is the URL below which the server's pages are. Returns `None` if
/// the line is something else; then it may be another command.
///
/// # Errors
/// The address leads to no room of this server. The error is a note for the person.
pub(super) fn read(line: &str, home: &str) -> Option<Result<Invitation, String>> {
    let (command, given) = line.trim().split_once(char::is_whitespace)?;
    let given = given.trim();
    (command.eq_ignore_ascii_case("/join") && given.contains("://")).then(|| of(given, home))
}

fn of(given: &str, home: &str) -> Result<Invitation, String> {
    let url = ChatUrl::parse(given).map_err(|why| why.to_string())?;
    let invite = url.invite();
    let (chat, room) = url.into_chat();
    if chat.home() != home {
        let shown = escape::strip(given);
        return Err(format!("{shown} is on another server: threadbare join '{shown}'"));
    }
    let room = room.ok_or("that address is of no room: /join ROOM")?;
    let room = RoomName::parse(&room).map_err(|why| why.to_string())?;
    Ok(Invitation { room: room.as_str().to_owned(), invite })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_address_of_this_server_leads_into_its_room() {
        let here = "http://box.test:8080";
        let entered = |line: &str| read(line, here).unwrap().unwrap();
        let invited = entered("/join http://box.test:8080/r/den/invite?code=abc");
        assert_eq!((invited.room.as_str(), invited.invite.as_deref()), ("den", Some("abc")));
        let plain = entered("/JOIN  http://box.test:8080/r/den ");
        assert_eq!((plain.room.as_str(), plain.invite), ("den", None));
    }

    #[test]
    fn an_address_of_another_server_or_of_no_room_says_so() {
        let refused = |line: &str| read(line, "http://box.test:8080").unwrap().unwrap_err();
        assert!(refused("/join http://other.test/r/den").contains("another server"));
        assert!(refused("/join http://box.test:8080/").contains("no room"));
        assert!(refused("/join ftp://box.test:8080/").contains("http"));
        assert!(read("/join den", "http://box.test:8080").is_none());
        assert!(read("see http://other.test/r/den", "http://box.test:8080").is_none());
    }
}
