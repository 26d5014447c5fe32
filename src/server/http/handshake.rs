//! The beginning of a WebSocket: accepts or refuses a handshake (RFC 6455 4.2).
//!
//! Compression is never agreed on: a stranger could send a deflate bomb, and that risk costs more
//! than the saved bytes are worth.
//!
//! Owns: what a proper handshake is.
//! Must not know: what is sent over the WebSocket. The door has checked the origin before this code
//! runs.
//!
//! Part: `server/http/mod.rs`.

use tungstenite::handshake::derive_accept_key;

use super::verdict::{Adopt, Verdict};
use super::{refusal::Refusal, request::HttpRequest, response::Response};

/// Returns the 101 that accepts this handshake. `adopt` then makes the connection a client's.
///
/// # Errors
/// The request is no handshake, or not a proper one.
pub fn accept(asked: &HttpRequest<'_>, adopt: Box<dyn Adopt>) -> Result<Response, Refusal> {
    let response = Response::new(101, "").with_header("Sec-WebSocket-Accept", accept_key(asked)?);
    Ok(Response { verdict: Verdict::Upgrade(adopt), ..response })
}

fn accept_key(asked: &HttpRequest<'_>) -> Result<String, Refusal> {
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

/// Returns whether the text is sixteen bytes in base64: 22 characters and `==`.
fn is_key(text: &str) -> bool {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len() == 24 && text.strip_suffix("==").is_some_and(|rest| rest.bytes().all(base64))
}

#[cfg(test)]
mod tests {
    use super::{HttpRequest, Refusal, accept};
    use crate::server::http::verdict::tests::NeverAdopts;

    const KEY: (&str, &str) = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    const UPGRADE: [(&str, &str); 2] = [("Connection", "upgrade"), ("Upgrade", "websocket")];
    const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");

    fn status(method: &str, headers: &[(&str, &str)]) -> u16 {
        let response =
            accept(&HttpRequest::for_test(method, "/ws", headers), Box::new(NeverAdopts));
        response.map_or_else(Refusal::status, |response| response.status())
    }

    #[test]
    fn classic_b7_a_proper_handshake_gets_the_key_of_the_standard() {
        let headers = [UPGRADE[0], UPGRADE[1], VERSION, KEY];
        let response =
            accept(&HttpRequest::for_test("GET", "/ws", &headers), Box::new(NeverAdopts));
        let response = response.unwrap();
        assert_eq!((response.status(), response.headers.len()), (101, 1));
        let accept = response.header("Sec-WebSocket-Accept");
        assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    #[test]
    fn street_b3_an_improper_handshake_is_refused() {
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
