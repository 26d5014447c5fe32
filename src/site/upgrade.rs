//! The addresses of the WebSocket: which format is spoken, and who may.
//!
//! The subprotocol says which format it is; without one it is the classic one.
//!
//! Owns: that choice, and the box's password for those who have no hello.
//! Must not know: sockets, clients; what a proper handshake is.
//!
//! Next: `client/seat.rs`.

use super::context::Context;
use crate::admission::entrance::Entry;
use crate::http::handshake;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::wire::Format;

/// Answers a request to one of these addresses.
///
/// # Errors
/// It is no proper handshake, or its sender may not come in.
pub(super) fn answer(asked: &HttpRequest<'_>, context: &Context) -> Result<Response, Refusal> {
    let (mut response, format) = agree(asked, &context.entry)?;
    response.verdict = context.adopts_socket(format);
    Ok(response)
}

/// The answer, and what is spoken; at one of the addresses that is a format which nobody
/// has offered.
fn agree(asked: &HttpRequest<'_>, entry: &Entry) -> Result<(Response, Format), Refusal> {
    let offered = Format::choose(asked.all("Sec-WebSocket-Protocol"));
    let is_webchats = offered == Format::Classic && asked.path() == "/webchat";
    let format = if is_webchats { Format::Webchat } else { offered };
    let mut response = handshake::accept(asked)?;
    may_enter(asked, entry, format)?;
    // RFC 6455 4.2.2: no other is named than one that was offered.
    if let Some(name) = offered.subprotocol() {
        response.header("Sec-WebSocket-Protocol", name);
    }
    Ok((response, format))
}

/// A client without a hello has no other place for the box's password; a numbered one
/// says it in its hello, where it can be asked again.
fn may_enter(asked: &HttpRequest<'_>, entry: &Entry, format: Format) -> Result<(), Refusal> {
    if format == Format::V1 {
        return Ok(());
    }
    let given = asked.parameter("password");
    Ok(entry.admits(asked.peer.ip(), given.as_deref())?)
}

#[cfg(test)]
mod tests {
    use super::{Entry, HttpRequest, Refusal, agree};
    use crate::admission::Password;

    const KEY: (&str, &str) = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    const UPGRADE: [(&str, &str); 2] = [("Connection", "upgrade"), ("Upgrade", "websocket")];
    const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");

    #[test]
    fn b10_a_subprotocol_is_named_if_it_is_spoken_here() {
        let named = |offered| {
            let offer = ("Sec-WebSocket-Protocol", offered);
            let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY, offer];
            let request = HttpRequest::for_test("GET", "/ws", &headers);
            let (response, _) = agree(&request, &Entry::default()).unwrap();
            response.value(offer.0).map(str::to_owned)
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
            let agreed = agree(&HttpRequest::for_test("GET", target, &headers), &entry);
            agreed.map_or_else(Refusal::status, |(response, _)| response.status)
        };
        assert_eq!(status("/ws", "x"), 403);
        assert_eq!(status("/ws?password=", "x"), 403);
        assert_eq!(status("/ws?password=catfish", "x"), 403);
        assert_eq!(status("/ws?a=b&password=sword%20fish%26", "x"), 101);
        assert_eq!(status("/ws?password=sword+fish%26", "x"), 101);
        assert_eq!(status("/ws", "threadbare.v1"), 101, "its hello is asked");
    }
}
