//! The URLs for WebSockets: which format a client speaks, and who is allowed to connect.
//!
//! The subprotocol names the format. Without a subprotocol that the server knows, it is the classic
//! format, or at `/webchat` a format of its own.
//!
//! Owns: that choice, and the check of the server's password for clients that send no hello.
//! Must not know: sockets, clients; how a WebSocket handshake is checked.
//!
//! Part: `site/mod.rs`.

use super::context::Context;
use crate::admission::entrance::Entrance;
use crate::formats::Format;
use crate::server::http::handshake;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::verdict::Adopt;

/// Answers a request for one of the WebSocket URLs.
///
/// # Errors
/// The request is no valid WebSocket handshake. Or the server has a password, the format of the
/// client has no hello, and the server does not accept the password in the client's URL.
pub(super) fn answer_upgrade(
    http: &HttpRequest<'_>,
    context: &Context,
) -> Result<Response, Refusal> {
    answer_handshake(http, &context.entrance, |format| context.adopt_socket(format))
}

/// Returns the answer to the handshake. `adopt` is called with the format that the client will
/// speak. At `/webchat` a client that offers no subprotocol known to the server speaks the format
/// `Webchat`.
fn answer_handshake(
    http: &HttpRequest<'_>,
    entrance: &Entrance,
    adopt: impl FnOnce(Format) -> Box<dyn Adopt>,
) -> Result<Response, Refusal> {
    let offered = Format::choose(http.all("Sec-WebSocket-Protocol"));
    let is_webchats = offered == Format::Classic && http.path() == "/webchat";
    let format = if is_webchats { Format::Webchat } else { offered };
    let mut response = handshake::accept(http, adopt(format))?;
    // A client of `threadbare.v1` sends the server's password in its hello, and can send another
    // hello after a wrong one.
    if format != Format::V1 {
        entrance.admits(http.peer.ip(), http.parameter("password").as_deref())?;
    }
    // RFC 6455 4.2.2: the answer may only name a subprotocol that the client has offered.
    if let Some(name) = offered.subprotocol() {
        response.add_header("Sec-WebSocket-Protocol", name);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::{Adopt, Entrance, Format, HttpRequest, Refusal, answer_handshake};
    use crate::admission::Password;
    use crate::server::http::verdict::tests::NeverAdopts;

    const KEY: (&str, &str) = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    const UPGRADE: [(&str, &str); 2] = [("Connection", "upgrade"), ("Upgrade", "websocket")];
    const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");

    fn never(_: Format) -> Box<dyn Adopt> {
        Box::new(NeverAdopts)
    }

    #[test]
    fn classic_b10_a_subprotocol_is_named_if_it_is_spoken_here() {
        let named = |offered| {
            let offer = ("Sec-WebSocket-Protocol", offered);
            let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY, offer];
            let http = HttpRequest::for_test("GET", "/ws", &headers);
            let response = answer_handshake(&http, &Entrance::default(), never).unwrap();
            response.header(offer.0).map(str::to_owned)
        };
        assert_eq!(named("a, threadbare.v1").as_deref(), Some("threadbare.v1"));
        assert_eq!(named("a, b"), None);
    }

    #[test]
    fn a_server_with_a_password_asks_classic_clients_for_it_in_the_address() {
        let entry = Entrance::asking_for(Password::new("sword fish&".into()).unwrap());
        let status = |target, protocol: &str| {
            let protocol = ("Sec-WebSocket-Protocol", protocol);
            let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY, protocol];
            let agreed =
                answer_handshake(&HttpRequest::for_test("GET", target, &headers), &entry, never);
            agreed.map_or_else(Refusal::status, |response| response.status())
        };
        assert_eq!(status("/ws", "x"), 403);
        assert_eq!(status("/ws?password=", "x"), 403);
        assert_eq!(status("/ws?password=catfish", "x"), 403);
        assert_eq!(status("/ws?a=b&password=sword%20fish%26", "x"), 101);
        assert_eq!(status("/ws?password=sword+fish%26", "x"), 101);
        assert_eq!(status("/ws", "threadbare.v1"), 101, "its hello is asked");
    }
}
