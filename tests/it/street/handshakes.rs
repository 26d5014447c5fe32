//! Rows street B2 and B3: which clients get no WebSocket, and that a refusal costs nothing.

use crate::harness::raw::{get, handshake, request};
use crate::harness::{Person, ServerProcess, TestServer, eventually};

#[test]
fn street_b2_only_our_own_origin_or_a_listed_one_or_none_is_upgraded() {
    let server = TestServer::with(|config| {
        config.door.origins.push("https://listed.example".to_owned());
    });
    let port = server.addr.port();
    let own = format!("http://127.0.0.1:{port}");
    for (origin, status) in [
        (None, 101),
        (Some(own.clone()), 101),
        (Some("https://listed.example".to_owned()), 101),
        (Some("null".to_owned()), 403),
        (Some("https://evil.example".to_owned()), 403),
        // Similar origins: with something before or after, another port, another scheme.
        (Some(format!("http://127.0.0.1.evil.example:{port}")), 403),
        (Some(format!("http://evil127.0.0.1:{port}")), 403),
        (Some(format!("{own}.evil.example")), 403),
        (Some(format!("{own}0")), 403),
        (Some("http://127.0.0.1".to_owned()), 403),
        (Some("https://listed.example.evil.example".to_owned()), 403),
        (Some("http://listed.example".to_owned()), 403),
        (Some(format!("{own}/path")), 403),
        (Some(String::new()), 403),
    ] {
        let more = origin.as_ref().map_or(String::new(), |one| format!("Origin: {one}\r\n"));
        let answer = request(server.addr, &handshake("/ws", &more));
        assert_eq!(answer.status, status, "origin {origin:?}");
    }
    // Scheme and host are case-insensitive (RFC 6454 4), so this one is allowed.
    let shouted = "Origin: HTTPS://LISTED.EXAMPLE\r\n";
    assert_eq!(request(server.addr, &handshake("/ws", shouted)).status, 101);
    server.waits_for_clients(0);
}

#[test]
fn street_b3_bad_handshakes_are_refused_and_leave_no_client_and_no_thread() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/").status, 200);
    let good = handshake("/ws", "");
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let with_key = |text: &str| good.replace("dGhlIHNhbXBsZSBub25jZQ==", text);
    for (what, head, status) in [
        ("version 8", good.replace("Version: 13", "Version: 8"), 426),
        ("no version", good.replace("Sec-WebSocket-Version: 13\r\n", ""), 426),
        ("two versions", handshake("/ws", "Sec-WebSocket-Version: 13\r\n"), 426),
        ("a short key", with_key("c2hvcnQ="), 400),
        ("a long key", with_key("dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=="), 400),
        ("no key", good.replace(key, ""), 400),
        ("a key that is no base64", with_key("!!!!"), 400),
        ("the key twice", handshake("/ws", key), 400),
        ("POST", good.replace("GET", "POST"), 405),
        ("HTTP/1.0", good.replace("HTTP/1.1", "HTTP/1.0"), 426),
        ("no Upgrade", good.replace("Upgrade: websocket\r\n", ""), 426),
        ("another Upgrade", good.replace("Upgrade: websocket", "Upgrade: h2c"), 426),
        ("no Connection", good.replace("Connection: Upgrade\r\n", ""), 426),
    ] {
        let answer = request(server.addr, &head);
        assert_eq!(answer.status, status, "{what}: {}", answer.head);
        assert!(!answer.body.is_empty(), "{what}: a refusal says why");
    }
    eventually("no thread of theirs", || server.guest_threads() == 0);
    assert!(!server.log().iter().any(|line| line.contains("client joined")), "{:?}", server.log());
    Person::joins(server.addr, "ann", "/ws");
}
