//! The door of the WebSocket: a handshake (RFC 6455 4.2) is taken or refused.
//!
//! The subprotocol says which format is spoken; without one it is the classic
//! one. Compression is never agreed on (B10): a deflate bomb is worth more to
//! strangers than the bytes to us.
//!
//! Owns: what a proper handshake is.
//! Must not know: sockets, clients. The origin is the door's business, and was
//! looked at before.
//!
//! Next: `http/room.rs`.

use tungstenite::handshake::derive_accept_key;

use crate::admission::{Entry, NoEntry};
use crate::door::refusal::Refusal;
use crate::http::asked::Asked;
use crate::http::reply::Reply;
use crate::wire::Format;

/// Answers a request to one of the WebSocket addresses; on one of them a format is
/// spoken though nobody offered it.
pub(super) fn answer(asked: &Asked<'_>, entry: &Entry) -> Reply {
    let offered = Format::choose(asked.all("Sec-WebSocket-Protocol"));
    let is_webchats = offered == Format::Classic && asked.path() == "/webchat";
    let format = if is_webchats { Format::Webchat } else { offered };
    let admitted = accept_key(asked).and_then(|key| {
        may_enter(asked, entry, format)?;
        Ok(key)
    });
    admitted.map_or_else(Reply::refuse, |key| Reply::adopt(key, format, offered.subprotocol()))
}

/// A client without a hello has no other place for the box's password; a numbered one
/// says it in its hello, where it can be asked again.
fn may_enter(asked: &Asked<'_>, entry: &Entry, format: Format) -> Result<(), Refusal> {
    if format == Format::V1 {
        return Ok(());
    }
    let given = asked.parameter("password");
    entry.admits(asked.peer.ip(), given.as_deref()).map_err(|why| match why {
        NoEntry::Needed => Refusal::PasswordNeeded,
        NoEntry::Wrong => Refusal::WrongPassword,
        NoEntry::TooManyGuesses => Refusal::TooManyGuesses,
    })
}

fn accept_key(asked: &Asked<'_>) -> Result<String, Refusal> {
    if asked.method != "GET" {
        return Err(Refusal::OnlyGet);
    }
    if !asked.is_upgrade() {
        return Err(Refusal::UpgradeRequired);
    }
    let mut versions = asked.all("Sec-WebSocket-Version");
    if (versions.next(), versions.next()) != (Some("13"), None) {
        return Err(Refusal::WrongSocketVersion);
    }
    let mut keys = asked.all("Sec-WebSocket-Key");
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_key(key) => Ok(derive_accept_key(key.as_bytes())),
        _ => Err(Refusal::BadHandshake),
    }
}

/// Sixteen bytes in base64 are 22 characters and two signs that end them.
fn is_key(text: &str) -> bool {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len() == 24 && text.strip_suffix("==").is_some_and(|rest| rest.bytes().all(base64))
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::admission::Entry;
    use crate::chat::secret::Password;
    use crate::http::asked::Asked;

    const KEY: (&str, &str) = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    const UPGRADE: [(&str, &str); 2] = [("Connection", "upgrade"), ("Upgrade", "websocket")];
    const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");

    fn status(method: &str, headers: &[(&str, &str)]) -> u16 {
        answer(&Asked::for_test(method, "/ws", headers), &Entry::default()).status
    }

    #[test]
    fn b7_a_proper_handshake_gets_the_key_of_the_standard() {
        let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY];
        let reply = answer(&Asked::for_test("GET", "/ws", &headers), &Entry::default());
        assert_eq!(reply.status, 101);
        assert_eq!(
            reply.headers,
            [("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".into())]
        );
    }

    #[test]
    fn b10_a_subprotocol_is_named_if_it_is_spoken_here() {
        let named = |offered| {
            let offer = ("Sec-WebSocket-Protocol", offered);
            let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY, offer];
            let reply = answer(&Asked::for_test("GET", "/ws", &headers), &Entry::default());
            let mut names = reply.headers.into_iter();
            names.find(|header| header.0 == offer.0).map(|header| header.1)
        };
        assert_eq!(named("a, threadbare.v1").as_deref(), Some("threadbare.v1"));
        assert_eq!(named("a, b"), None);
    }

    #[test]
    fn a_box_with_a_password_asks_classic_clients_for_it_in_the_address() {
        let entry = Entry::asking_for(Password::new("sword fish&".into()).unwrap());
        let status = |target, protocol: &str| {
            let protocol = ("Sec-WebSocket-Protocol", protocol);
            let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY, protocol];
            answer(&Asked::for_test("GET", target, &headers), &entry).status
        };
        assert_eq!(status("/ws", "x"), 403);
        assert_eq!(status("/ws?password=", "x"), 403);
        assert_eq!(status("/ws?password=catfish", "x"), 403);
        assert_eq!(status("/ws?a=b&password=sword%20fish%26", "x"), 101);
        assert_eq!(status("/ws?password=sword+fish%26", "x"), 101);
        assert_eq!(status("/ws", "threadbare.v1"), 101, "its hello is asked");
    }

    #[test]
    fn b3_an_improper_handshake_is_refused() {
        let [connection, upgrade] = UPGRADE;
        let short = ("Sec-WebSocket-Key", "c2hvcnQ=");
        let strange = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!Q==");
        let old = ("Sec-WebSocket-Version", "8");
        assert_eq!(status("GET", &[]), 426);
        assert_eq!(status("GET", &[connection, VERSION, KEY]), 426);
        assert_eq!(status("GET", &[upgrade, VERSION, KEY]), 426);
        assert_eq!(status("GET", &[connection, upgrade, old, KEY]), 426);
        assert_eq!(status("GET", &[connection, upgrade, KEY]), 426);
        assert_eq!(status("GET", &[connection, upgrade, VERSION]), 400);
        assert_eq!(status("GET", &[connection, upgrade, VERSION, short]), 400);
        assert_eq!(status("GET", &[connection, upgrade, VERSION, strange]), 400);
        assert_eq!(status("GET", &[connection, upgrade, VERSION, KEY, KEY]), 400);
        assert_eq!(status("POST", &[connection, upgrade, VERSION, KEY]), 405);
        assert_eq!(status("HEAD", &[connection, upgrade, VERSION, KEY]), 405);
    }
}
