//! What any browser does: pages, kept connections, things that are not there.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Trial;
use crate::base::limits;
use crate::server::config::DoorConfig;
use crate::server::door::refusing;
use crate::server::http::refusal::Refusal;

#[test]
fn classic_b5_get_serves_the_page_and_head_only_its_head() {
    let trial = Trial::start();
    let page = trial.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("Cache-Control"), Some("no-cache"));
    assert_eq!(page.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(page.header("Referrer-Policy"), Some("no-referrer"));
    assert!(page.header("Content-Security-Policy").unwrap().contains("ws://localhost "));
    assert_eq!(page.header("Server"), None);
    assert!(!page.text().contains("{{"), "{}", page.text());
    let head = trial.ask("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(head.status, 200);
    assert_eq!(head.header("Content-Length"), page.header("Content-Length"));
}

#[test]
fn a_head_never_gets_a_body_also_when_it_is_refused() {
    let trial = Trial::start();
    for request in ["HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n"] {
        let mut browser = trial.browser();
        browser.send(request);
        assert!(browser.answer_to(request).status >= 400);
        assert_eq!(browser.rest(), b"", "{request}");
    }
}

#[test]
fn classic_b5_another_path_is_not_found_and_another_method_not_allowed() {
    let trial = Trial::start();
    let answer = trial.get("/nope?x");
    assert_eq!(answer.status, 404);
    assert!(answer.text().starts_with("Not found"));
    let mut browser = trial.browser();
    browser.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    let answer = browser.answer();
    assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET, HEAD")));
    assert!(answer.text().starts_with("Method not allowed"));
    assert_eq!(answer.header("Connection"), Some("close"));
    assert_eq!(browser.rest(), b"");
    assert_eq!(trial.status("POST /nope HTTP/1.1\r\nHost: a\r\n\r\n"), 404);
    assert_eq!(trial.status("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
}

#[test]
fn a_connection_is_kept_for_the_next_request_and_the_one_after() {
    let trial = Trial::start();
    let mut browser = trial.browser();
    for _ in 0..3 {
        browser.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = browser.answer();
        assert_eq!(answer.text(), concat!("threadbare ", env!("CARGO_PKG_VERSION"), "\n"));
        assert_eq!(answer.header("Connection"), Some("keep-alive"));
    }
    browser.send("GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(browser.answer().header("Connection"), Some("close"));
    assert_eq!(browser.rest(), b"");
}

#[test]
fn a10_pipelined_requests_are_answered_in_turn() {
    let trial = Trial::start();
    let mut browser = trial.browser();
    let body = "POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET";
    let ask = |path: &str| format!("\r\nGET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    browser.send(format!("{}{}{}{body}", ask("/version"), ask("/favicon.svg"), ask("/healthz")));
    assert!(browser.answer().text().starts_with("threadbare"));
    assert!(browser.answer().text().starts_with("<svg"));
    assert_eq!(browser.answer().text(), "ok\n");
    assert_eq!(browser.answer().status, 405);
    assert_eq!(browser.rest(), b"", "the hidden GET is a body and no request");
}

#[test]
fn a10_pipelined_requests_stay_in_the_kernel_until_their_turn() {
    let config = DoorConfig { answer_wait: Duration::from_millis(300), ..DoorConfig::default() };
    let trial = Trial::with(config);
    let browser = trial.browser();
    // The browser reads no answers, so at some point the server stops reading requests.
    let requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    let mut sent = 0_usize;
    while browser.try_send(&requests).is_ok() {
        sent += requests.len();
        assert!(sent < 64 * 1024 * 1024, "the door reads without end");
    }
    assert_eq!(trial.get("/version").status, 200);
}

#[test]
fn an_old_browser_gets_its_page_and_the_end_of_the_connection() {
    let trial = Trial::start();
    let mut browser = trial.browser();
    browser.send("GET / HTTP/1.0\r\n\r\n");
    let answer = browser.answer();
    assert_eq!((answer.status, answer.header("Connection")), (200, Some("close")));
    let policy = answer.header("Content-Security-Policy").unwrap();
    assert!(policy.contains(&format!("ws://{} ", trial.addr())), "the address is the host");
    assert_eq!(browser.rest(), b"");
    let mut browser = trial.browser();
    for _ in 0..2 {
        browser.send("GET /version HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        assert_eq!(browser.answer().header("Connection"), Some("keep-alive"));
    }
}

#[test]
fn the_page_s_files_are_where_the_page_says() {
    let trial = Trial::start();
    let page = trial.get("/");
    let (_, rest) = page.text().split_once("script src=\"").unwrap();
    // It is beside the page.
    let script = trial.get(&format!("/{}", rest.split_once('"').unwrap().0));
    assert_eq!(script.header("Content-Type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(trial.get("/favicon.svg").header("Content-Type"), Some("image/svg+xml"));
    assert_eq!(trial.get("/favicon.ico").status, 200);
}

#[test]
fn health_follows_the_hub() {
    let trial = Trial::start();
    assert_eq!(trial.get("/healthz").text(), "ok\n");
    trial.health.stop();
    let answer = trial.get("/healthz");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("Retry-After"), Some("5"));
}

#[test]
fn after_stop_every_answer_ends_its_connection() {
    let trial = Trial::start();
    trial.door.stop();
    assert!(trial.door.stopping.load(Ordering::Relaxed));
    let mut browser = trial.browser();
    browser.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(browser.answer().header("Connection"), Some("close"));
    assert_eq!(browser.rest(), b"");
}

#[test]
fn the_busy_answer_is_whole_and_says_when_to_come_back() {
    let text = str::from_utf8(refusing::busy_answer()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 503 "));
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())));
    assert!(head.contains("\r\nRetry-After: "));
    assert!(head.ends_with("\r\nConnection: close"));
    // No request has come yet, so the language is not known.
    let (english, chinese) = body.split_once('\n').unwrap();
    assert_eq!(format!("{english}\n"), Refusal::NoDoor.text());
    assert!(chinese.ends_with("。\n") && chinese.is_char_boundary(3), "{chinese}");
}

#[test]
fn a_connection_ends_after_its_last_request() {
    let trial = Trial::start();
    let mut browser = trial.browser();
    let last = limits::REQUESTS_PER_CONNECTION_MAX;
    for turn in 1..=last {
        browser.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
        let expected = if turn == last { "close" } else { "keep-alive" };
        assert_eq!(browser.answer().header("Connection"), Some(expected), "request {turn}");
    }
    assert_eq!(browser.rest(), b"");
}
