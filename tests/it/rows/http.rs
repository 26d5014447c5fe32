//! Classic B5 to B10: the page, its addresses, and the handshake, byte by byte.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tungstenite::Message;

use crate::harness::raw::{Connection, get, handshake, request};
use crate::harness::{ServerProcess, TestServer};

/// A new folder with one page in it; the test removes it.
pub fn page_folder(file: &str, page: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("threadbare-page-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), page).unwrap();
    folder
}

#[test]
fn classic_b5_the_root_is_the_page_another_path_404_another_method_405() {
    let server = TestServer::start();
    let page = get(server.addr, "/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{}", page.head);
    assert!(page.text().contains("<title>"), "{}", page.text());

    let nowhere = get(server.addr, "/nowhere");
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.text().starts_with("Not found"), "{}", nowhere.text());

    let post = "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\nhi";
    let refused = request(server.addr, post);
    assert_eq!(refused.status, 405);
    assert!(refused.text().starts_with("Method not allowed"), "{}", refused.text());
    assert!(refused.header("allow").unwrap().contains("GET"), "{}", refused.head);
}

#[test]
fn classic_b5_each_url_is_logged_on_one_line() {
    let server = ServerProcess::start(&[]);
    get(server.addr, "/nowhere?after=1");
    let line = server.logs(&["/..?after=1", "404", "GET"]);
    assert!(line.contains(" INFO "), "{line}");
}

#[test]
fn classic_b5_the_page_answers_head_http_1_0_and_several_requests_on_one_connection() {
    let server = TestServer::start();
    let head = request(server.addr, "HEAD / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    assert_eq!(head.status, 200);
    assert!(head.header("content-length").unwrap().parse::<usize>().unwrap() > 100);
    let old = request(server.addr, "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(old.status, 200);
    assert_eq!(old.header("transfer-encoding"), None, "{}", old.head);

    let mut connection = Connection::open(server.addr);
    let wish = format!("GET /version HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    // Two requests at once, and one more: each gets its answer, in order.
    connection.sends(wish.as_bytes()).sends(wish.as_bytes());
    assert_eq!(connection.answer().text(), connection.answer().text());
    assert_eq!(connection.sends(wish.as_bytes()).answer().status, 200);
}

#[test]
fn classic_b6_ones_own_page_gets_the_host_it_was_asked_at() {
    let page = "new WebSocket(\"ws://{{$}}/ws\") new WebSocket(\"ws://{{.Host}}/ws\")";
    for file in ["index.html", "home.html"] {
        let folder = page_folder(file, page);
        let server = TestServer::with(|config| config.assets = Some(folder.clone()));
        let asked = request(server.addr, "GET / HTTP/1.1\r\nHost: localhost:1234\r\n\r\n");
        assert_eq!(asked.text().matches("ws://localhost:1234/ws").count(), 2, "{}", asked.text());
        let policy = asked.header("content-security-policy").unwrap_or_default();
        assert!(!policy.contains("script-src 'self';"), "own scripts must run: {policy}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn classic_b7_ws_is_upgraded_as_rfc_6455_says() {
    upgraded_at("/ws");
}

#[test]
fn classic_b8_chat_is_upgraded_too_and_other_methods_and_paths_are_not() {
    upgraded_at("/chat");
    let server = TestServer::start();
    let post = handshake("/chat", "Content-Length: 0\r\n").replace("GET", "POST");
    assert_eq!(request(server.addr, &post).status, 405);
    assert_eq!(request(server.addr, &handshake("/chat/room", "")).status, 404);
}

fn upgraded_at(path: &str) {
    let server = TestServer::start();
    let answer = request(server.addr, &handshake(path, ""));
    assert_eq!(answer.status, 101, "{}", answer.head);
    assert!(answer.head.starts_with("HTTP/1.1 101 "), "{}", answer.head);
    // RFC 6455 1.3: the answer to the RFC's own example key.
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert!(answer.header("upgrade").unwrap().eq_ignore_ascii_case("websocket"));
    assert!(answer.header("connection").unwrap().eq_ignore_ascii_case("upgrade"));
    assert_eq!(answer.header("content-length"), None, "{}", answer.head);
}

#[test]
fn classic_b9_a_head_that_is_not_whole_in_time_is_refused() {
    let server = TestServer::with(|config| config.door.head_wait = Duration::from_millis(150));
    let mut connection = Connection::open(server.addr);
    let started = Instant::now();
    connection.sends(b"GET / HT");
    assert_eq!(connection.answer().status, 408);
    assert!(started.elapsed() >= Duration::from_millis(140), "{:?}", started.elapsed());
    assert!(connection.is_closed());
    assert_eq!(threadbare::base::limits::HEAD_WAIT, Duration::from_secs(3), "the classic default");
}

#[test]
fn classic_b10_the_handshake_offers_no_subprotocol_and_no_compression() {
    let server = TestServer::start();
    let offers = "Sec-WebSocket-Protocol: soap, wamp\r\n\
                  Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let answer = request(server.addr, &handshake("/ws", offers));
    assert_eq!(answer.status, 101);
    assert_eq!(answer.header("sec-websocket-protocol"), None);
    assert_eq!(answer.header("sec-websocket-extensions"), None);
}

#[test]
fn classic_b10_origins_are_checked_before_the_upgrade() {
    let server = TestServer::with(|config| config.door.origins = vec!["https://ok.example".into()]);
    let at = server.addr;
    let status =
        |origin: &str| request(at, &handshake("/ws", &format!("Origin: {origin}\r\n"))).status;
    assert_eq!(status(&format!("http://{at}")), 101, "our own page");
    assert_eq!(status("https://ok.example"), 101, "listed");
    assert_eq!(request(at, &handshake("/ws", "")).status, 101, "no browser");
    for foreign in [
        "http://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://{at}.evil.example"),
        format!("http://evil{at}"),
        "http://127.0.0.1:1".to_owned(),
        "https://ok.example.evil".to_owned(),
    ] {
        assert_eq!(status(&foreign), 403, "{foreign}");
    }
}

#[test]
fn classic_b10_bad_handshakes_are_refused_with_a_word_and_leave_no_client() {
    let server = TestServer::start();
    let good = handshake("/ws", "");
    for (bad, status) in [
        (good.replace("Version: 13", "Version: 8"), 426),
        (good.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400),
        (good.replace("Upgrade: websocket\r\n", ""), 426),
        (good.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400),
    ] {
        let answer = request(server.addr, &bad);
        assert_eq!(answer.status, status, "{bad}");
        assert!(!answer.body.is_empty(), "a refusal says why");
    }
    assert_eq!(server.clients(), 0);
}

#[test]
fn classic_b10_a_small_read_buffer_takes_long_messages_all_the_same() {
    let server = TestServer::with(|config| config.client.read_buffer_bytes = 512);
    let mut ann = server.joins("ann");
    let long = "x".repeat(4096);
    ann.sends(Message::text(long.clone()));
    ann.hears(&long);
}

#[test]
fn a_strange_host_is_refused_and_the_server_s_own_names_are_not() {
    let server = TestServer::with(|config| config.door.hosts = vec!["chat.example.org".into()]);
    let status = |host: &str| {
        request(server.addr, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).status
    };
    for ours in
        ["localhost", "192.168.7.7:8080", "[::1]:80", "box", "box.local", "chat.example.org"]
    {
        assert_eq!(status(ours), 200, "{ours}");
    }
    for strange in ["evil.example", "chat.example.org.evil.example", "localhost.evil.example"] {
        assert_eq!(status(strange), 421, "{strange}");
    }
}

#[test]
fn version_and_health_are_plain_words() {
    let server = TestServer::start();
    let version = get(server.addr, "/version");
    assert!(version.text().contains(env!("CARGO_PKG_VERSION")), "{}", version.text());
    assert_eq!(get(server.addr, "/healthz").status, 200);
}
