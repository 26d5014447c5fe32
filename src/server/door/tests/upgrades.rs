//! WebSocket handshakes: which ones make a connection a client's, and which ones are refused.

use super::{Answer, Trial};
use crate::server::config::DoorConfig;

const HANDSHAKE: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn shake(trial: &Trial, path: &str, more: &str) -> Answer {
    trial.ask(&format!("GET {path} HTTP/1.1\r\nHost: chat.local\r\n{HANDSHAKE}{more}\r\n"))
}

#[test]
fn classic_b7_b8_a_websocket_begins_at_ws_and_at_chat() {
    let trial = Trial::start();
    for path in ["/ws", "/chat", "/ws?x=y"] {
        let answer = shake(&trial, path, "Sec-WebSocket-Protocol: a, b\r\n");
        assert_eq!(answer.status, 101, "{path}");
        assert!(answer.head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
        assert_eq!(answer.header("Connection"), Some("Upgrade"));
        assert_eq!(answer.header("Upgrade"), Some("websocket"));
        assert_eq!(answer.header("Sec-WebSocket-Accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        for none in
            ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Content-Length", "Server"]
        {
            assert_eq!(answer.header(none), None, "{none}");
        }
    }
}

#[test]
fn classic_b10_compression_is_not_agreed_on() {
    let trial = Trial::start();
    let answer = shake(&trial, "/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    assert_eq!((answer.status, answer.header("Sec-WebSocket-Extensions")), (101, None));
}

#[test]
fn classic_b8_another_path_or_method_does_not_begin_a_websocket() {
    let trial = Trial::start();
    for path in ["/", "/version", "/chat/", "/wsx", "/none"] {
        assert_eq!(shake(&trial, path, "").status, 404, "{path}");
    }
    for path in ["/ws", "/chat"] {
        let post = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{HANDSHAKE}\r\n");
        let answer = trial.ask(&post);
        assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET")), "{path}");
    }
}

#[test]
fn a_visit_to_a_websocket_address_is_told_what_it_is() {
    let trial = Trial::start();
    let answer = trial.get("/ws");
    assert_eq!((answer.status, answer.header("Upgrade")), (426, Some("websocket")));
    assert!(answer.text().contains("the chat's page is at /"));
    let old = format!("GET /ws HTTP/1.0\r\nHost: a\r\n{HANDSHAKE}\r\n");
    assert_eq!(trial.status(&old), 426);
    let version = HANDSHAKE.replace("13", "8");
    let answer = trial.ask(&format!("GET /ws HTTP/1.1\r\nHost: a\r\n{version}\r\n"));
    assert_eq!((answer.status, answer.header("Sec-WebSocket-Version")), (426, Some("13")));
    assert_eq!(shake(&trial, "/ws", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n").status, 400);
}

#[test]
fn street_b2_a_foreign_page_is_refused_before_the_101() {
    let trial = Trial::start();
    for (origin, status) in [
        ("http://chat.local", 101),
        ("https://CHAT.local", 101),
        ("http://chat.local:80", 101),
        ("http://chat.local:8080", 403),
        ("http://chat.local.evil.example", 403),
        ("http://xchat.local", 403),
        ("http://evil.example", 403),
        ("null", 403),
    ] {
        let answer = shake(&trial, "/ws", &format!("Origin: {origin}\r\n"));
        assert_eq!(answer.status, status, "{origin}");
    }
    assert_eq!(shake(&trial, "/ws", "").status, 101, "no origin is no browser");
    let twice = "Origin: http://chat.local\r\nOrigin: http://evil.example\r\n";
    assert_eq!(shake(&trial, "/ws", twice).status, 403);
    let origins = vec!["null".to_owned(), "https://club.example".to_owned()];
    let trial = Trial::with(DoorConfig { origins, ..DoorConfig::default() });
    for origin in ["null", "https://club.example"] {
        assert_eq!(shake(&trial, "/ws", &format!("Origin: {origin}\r\n")).status, 101, "{origin}");
    }
}

#[test]
fn a14_a_websocket_of_a_foreign_name_is_refused_also_with_a_matching_origin() {
    let shaken = |trial: &Trial, host: &str| {
        let origin = format!("Origin: http://{host}\r\n");
        let head = format!("GET /ws HTTP/1.1\r\nHost: {host}\r\n{HANDSHAKE}{origin}\r\n");
        trial.status(&head)
    };
    let trial = Trial::start();
    for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example"] {
        assert_eq!(shaken(&trial, host), 421, "{host}");
    }
    assert_eq!(shaken(&trial, "chat.local"), 101);
    let listed = DoorConfig { hosts: vec!["evil.example".into()], ..DoorConfig::default() };
    let trial = Trial::with(listed);
    assert_eq!(shaken(&trial, "evil.example"), 101);
    assert_eq!(shaken(&trial, "evil.example.evil.example"), 421);
}
