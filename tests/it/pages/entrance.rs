//! The ways into a server that asks for a password: by its form, by an address with the password
//! (`/?password=...`, for example as a QR code on the door), and by a session that was made there.

use std::net::SocketAddr;

use serde_json::json;

use crate::harness::browser::{Browser, leads_to};
use crate::harness::raw::{Answer, get, request};
use crate::harness::{Numbered, ServerProcess, eventually};

fn shut() -> ServerProcess {
    ServerProcess::start(&["--password", "swordfish", "--log-level", "trace"])
}

/// A browser that has come in by the form.
fn comes_in_by_the_form(addr: SocketAddr, name: &str) -> Browser {
    let mut browser = Browser::at(addr);
    assert_eq!(browser.gets("/r/lobby").status, 403);
    let fields = [("enter", "1"), ("name", name), ("password", "swordfish")];
    assert_eq!(browser.sends(&fields).status, 303, "{}", browser.page);
    browser
}

fn token(browser: &Browser) -> String {
    browser.cookie.as_deref().unwrap().strip_prefix("threadbare=").unwrap().to_owned()
}

#[test]
fn a_session_that_came_in_by_the_form_counts_in_a_hello() {
    let server = shut();
    let ann = comes_in_by_the_form(server.addr, "Ann");
    let mut client = Numbered::connects(server.addr);
    client.asks(json!({"type": "hello", "token": token(&ann), "rooms": [{"room": "kitchen"}]}));
    let told = client.hears_until(|line| line["type"] != "keeping");
    assert_eq!((&told["type"], &told["name"]), (&"welcome".into(), &"Ann".into()), "{told}");
    client.hears_until(|line| line["type"] == "caught-up" && line["room"] == "kitchen");
}

#[test]
fn a_token_that_is_nobody_s_opens_nothing_and_one_may_say_hello_again() {
    let server = shut();
    let mut client = Numbered::connects(server.addr);
    let token = "0123456789abcdef0123456789abcdef";
    for _ in 0..3 {
        client.asks(json!({"type": "hello", "token": token, "rooms": [{"room": "lobby"}]}));
        let told = client.hears("error");
        assert_eq!(told["reason"], "password-needed", "{told}");
    }
    // A wrong password is reported as such, even with a token.
    client.asks(json!({"type": "hello", "token": token, "password": "catfish", "rooms": []}));
    assert_eq!(client.hears("error")["reason"], "wrong-password");
    client.asks(json!({"type": "hello", "token": token, "password": "swordfish", "name": "Ann",
        "rooms": [{"room": "lobby"}]}));
    assert_eq!(client.hears("welcome")["name"], "Ann");
    client.hears("caught-up");
    client.says("in");
    client.hears("sent");
}

#[test]
fn an_address_with_the_password_lets_in_and_is_cleared_of_it() {
    let server = shut();
    for (address, room) in [
        ("/?password=swordfish", "/r/lobby"),
        ("/r/kitchen?password=swordfish", "/r/kitchen"),
        ("/?room=kitchen&password=swordfish", "/r/kitchen"),
    ] {
        let mut ann = Browser::at(server.addr);
        let last = follows(&mut ann, address);
        assert_eq!(last.status, 200, "{address}: {}", ann.page);
        assert!(!ann.page.contains("swordfish"), "{address}: {}", ann.page);
        assert!(ann.page.contains("data-token="), "a script can take over: {}", ann.page);
        assert_eq!(ann.sends_to(room, &[("text", "hello")]).status, 303, "{}", ann.page);
        // The session goes on without the password.
        assert_eq!(ann.gets(room).status, 200);
        assert!(ann.page.contains("hello"), "{}", ann.page);
    }
    let log = server.log().join("\n");
    assert!(!log.contains("swordfish"), "{log}");
}

/// Follows redirects like a browser; only the first address has the password.
fn follows(browser: &mut Browser, address: &str) -> Answer {
    let mut answer = browser.gets(address);
    for _ in 0..4 {
        let Some(to) = answer.header("location").map(str::to_owned) else { break };
        assert!(!to.contains("password=") || address.contains("room="), "{to}");
        answer = browser.gets(&to);
    }
    answer
}

#[test]
fn without_cookies_an_address_with_the_password_lets_in_too() {
    let server = shut();
    let mut ann = Browser::at(server.addr).without_cookies();
    assert_eq!(follows(&mut ann, "/?password=swordfish").status, 200);
    assert!(ann.value("s").is_some(), "{}", ann.page);
    assert_eq!(ann.sends(&[("text", "hello")]).status, 303, "{}", ann.page);
}

#[test]
fn a_wrong_password_is_told_by_each_way_in_and_makes_nobody() {
    let server = shut();
    let mut ann = Browser::at(server.addr);
    for address in ["/?password=catfish", "/r/kitchen?password=catfish"] {
        let answer = ann.gets(address);
        assert_eq!((answer.status, answer.header("set-cookie")), (303, None), "{address}");
        assert_eq!(ann.gets(answer.header("location").unwrap()).status, 403, "{address}");
        assert!(ann.page.contains("That is not the password."), "{address}: {}", ann.page);
        assert!(ann.page.contains("name=\"password\""), "{address}: {}", ann.page);
        assert!(!ann.page.contains("catfish"), "{address}: {}", ann.page);
    }
    let answer = ann.sends(&[("enter", "1"), ("name", "Ann"), ("password", "catfish")]);
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None));
    assert!(ann.page.contains("That is not the password."), "{}", ann.page);
    assert_eq!(ann.value("name").as_deref(), Some("Ann"), "what was typed is there again");
    // A browser that was let in needs no password, and an old address does no harm.
    let mut bo = comes_in_by_the_form(server.addr, "Bo");
    let session = bo.cookie.clone();
    assert_eq!(leads_to(&bo.gets("/?password=catfish")), "/r/lobby");
    assert_eq!(bo.cookie, session);
    assert!(!server.log().join("\n").contains("catfish"));
    let mut tried = 0;
    eventually("a page that says to wait", || {
        tried += 1;
        follows(&mut ann, "/?password=catfish");
        ann.page.contains("Too many wrong passwords")
    });
    assert!(tried <= 10, "{tried}");
}

#[test]
fn on_a_server_without_a_password_an_address_with_one_is_only_cleared() {
    let server = ServerProcess::start(&[]);
    let answer = get(server.addr, "/r/kitchen?password=swordfish&at=7");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/r/kitchen?at=7")));
    assert_eq!(answer.header("set-cookie"), None);
    let answer = get(server.addr, "/?password=swordfish");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    // A HEAD request lets no client in, on any server.
    let server = shut();
    let head = "HEAD /?password=swordfish HTTP/1.1\r\nHost: {host}\r\n\r\n";
    assert_eq!(request(server.addr, head).header("set-cookie"), None);
}

#[test]
fn a_wrong_password_and_a_session_that_is_nobody_s_do_not_stay_in_the_address() {
    let server = shut();
    let nobody = "0123456789abcdef0123456789abcdef";
    for (address, clean) in [
        ("/?password=catfish".to_owned(), "/?password-was=wrong"),
        ("/r/kitchen?at=7&password=catfish".to_owned(), "/r/kitchen?at=7&password-was=wrong"),
        (format!("/r/lobby?password=catfish&s={nobody}"), "/r/lobby?password-was=wrong"),
    ] {
        let answer = get(server.addr, &address);
        assert_eq!((answer.status, answer.header("location")), (303, Some(clean)), "{address}");
        assert_eq!(answer.header("set-cookie"), None, "{address}");
        let page = get(server.addr, clean);
        assert_eq!(page.status, 403, "{address}");
        assert!(page.text().contains("That is not the password."), "{}", page.text());
    }
    // The new session replaces the one in the address.
    for (address, path) in [
        (format!("/r/lobby?password=swordfish&s={nobody}"), "/r/lobby"),
        (format!("/r/lobby?s={nobody}&at=7&password=swordfish"), "/r/lobby?at=7"),
    ] {
        let mut ann = Browser::at(server.addr).without_cookies();
        let answer = ann.gets_only(&address);
        let to = answer.header("location").unwrap().to_owned();
        assert_eq!((answer.status, to.matches("s=").count()), (303, 1), "{to}");
        assert!(leads_to(&answer).starts_with(path) && !to.contains(nobody), "{to}");
        assert_eq!(ann.gets_only(&to).status, 200, "{to}: {}", ann.page);
        assert!(ann.value("s").is_some_and(|session| session != nobody));
    }
    // A browser that is in does not see the error.
    let mut bo = comes_in_by_the_form(server.addr, "Bo");
    bo.gets("/r/lobby?password-was=wrong");
    assert!(!bo.page.contains("That is not the password."), "{}", bo.page);
}

#[test]
fn a_server_with_a_password_shows_nothing_to_strangers() {
    let server = ServerProcess::start(&["--password", "swordfish"]);
    let mut ann = Browser::at(server.addr);
    for body in ["", "text=hello", "enter=1&password=catfish"] {
        let answer = if body.is_empty() { ann.gets("/r/lobby") } else { ann.posts(body) };
        assert_eq!(answer.status, 403, "{body}");
        assert!(ann.page.contains("needs a password"), "{}", ann.page);
        let text = (body == "text=hello").then_some("hello");
        assert_eq!(ann.value("text").as_deref(), text, "what was typed waits: {}", ann.page);
    }
    assert_eq!(ann.posts("enter=1&name=Ann&password=swordfish").status, 303);
    assert_eq!(ann.gets("/r/lobby").status, 200);
    assert_eq!(ann.sends(&[("text", "hello")]).status, 303);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("Ann") && ann.numbers() == [1], "{}", ann.page);
}
