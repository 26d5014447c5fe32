//! Invites to rooms, with forms, programs and terminals.

use serde_json::json;

use crate::harness::browser::{Browser, has_in_order, leads_to, link, somebody};
use crate::harness::raw::{Connection, get, request};
use crate::harness::server_process::with_lines;
use crate::harness::{Data, Numbered, ServerProcess, Signal, TestServer};

/// Makes an invite on the room's page for it, and returns its path and query.
fn makes_invite(browser: &mut Browser, room: &str) -> String {
    let page = format!("/r/{room}/invite");
    browser.gets(&page);
    let answer = browser.sends_to(&page, &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (_, rest) = browser.page.split_once("href=\"http://").unwrap();
    let (link, _) = rest.split_once('"').unwrap();
    link.strip_prefix(&browser.addr.to_string()).unwrap().to_owned()
}

/// Returns the link that the page shows.
fn shown_link(page: &str) -> String {
    let (_, rest) = page.split_once("href=\"http://").unwrap();
    format!("http://{}", rest.split_once('"').unwrap().0)
}

/// Opens an invite and presses its button.
fn accepts(browser: &mut Browser, invite: &str, room: &str, fields: &[(&str, &str)]) -> u16 {
    browser.gets(invite);
    // The page of an invite that has ended has no form; one that was open before still has it.
    let (_, code) = invite.split_once("code=").unwrap();
    let code = browser.value("invite").unwrap_or_else(|| code.to_owned());
    let all: Vec<_> =
        [("enter", "1"), ("invite", &*code)].into_iter().chain(fields.iter().copied()).collect();
    browser.sends_to(&format!("/r/{room}"), &all).status
}

#[test]
fn an_invite_leads_into_a_locked_room_and_a_look_at_it_changes_nothing() {
    let server = TestServer::start();
    let mut vera = Numbered::makes_locked(server.addr, "den", "soup");
    vera.asks(json!({"type": "set", "room": "den", "hidden": true}));
    vera.hears("set");
    let mut ann = somebody(server.addr, "Ann", "hello");
    // A person in the room makes an invite, with the command that leads to the page for it.
    assert_eq!(ann.sends_to("/r/den", &[("enter", "1"), ("room-password", "soup")]).status, 303);
    ann.gets("/r/den");
    let to = ann.sends_to("/r/den", &[("text", "/invite")]);
    assert_eq!(leads_to(&to), "/r/den/invite");
    ann.gets("/r/den");
    assert!(link(&ann.page, "Invite").starts_with("/r/den/invite"), "{}", ann.page);
    let invite = makes_invite(&mut ann, "den");
    for method in ["GET", "HEAD"] {
        let head = format!("{method} {invite} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
        let answer = request(server.addr, &head);
        assert_eq!((answer.status, answer.header("set-cookie")), (200, None), "{}", answer.head);
    }
    let mut bo = Browser::at(server.addr);
    bo.gets(&invite);
    // A stranger reads what this is, who has made the invite, and where it leads.
    let invites = "<bdi>Ann</bdi> invites you to the room <bdi>den</bdi>.";
    has_in_order(&bo.page, &["Threadbare</h1>", invites, "Threadbare: a small chat"]);
    // A code that somebody has made up names nobody, and does not tell whether there is a room.
    for room in ["den", "nowhere"] {
        let mut eve = Browser::at(server.addr);
        eve.gets(&format!("/r/{room}/invite?code={}", "0123456789abcdef".repeat(2)));
        assert!(eve.page.contains("This invite is no longer valid."), "{}", eve.page);
        let says_more = eve.page.contains("Ann") || eve.page.contains("name=\"name\"");
        assert!(!says_more, "{}", eve.page);
    }
    // A form that is refused says so too.
    assert_eq!(accepts(&mut bo, &invite, "den", &[("name", "Ann")]), 409);
    has_in_order(&bo.page, &["is taken", invites]);
    assert_eq!(accepts(&mut bo, &invite, "den", &[("name", "Bo")]), 303);
    bo.gets("/r/den");
    assert_eq!(bo.sends_to("/r/den", &[("text", "let in")]).status, 303);
    // It lets any number of people in, also one who has a name already.
    let mut cleo = somebody(server.addr, "Cleo", "hi");
    assert_eq!(accepts(&mut cleo, &invite, "den", &[]), 303);
    cleo.gets("/r/den");
    assert!(cleo.page.contains("let in"), "{}", cleo.page);
    // A new password ends it.
    vera.asks(json!({"type": "set", "room": "den", "password": "bread"}));
    vera.hears("set");
    let mut dan = somebody(server.addr, "Dan", "hi");
    assert_eq!(dan.gets(&invite).status, 409);
    assert!(dan.page.contains("This invite is no longer valid."), "{}", dan.page);
}

#[test]
fn whoever_types_a_name_that_cannot_be_had_keeps_the_invite() {
    let server = ServerProcess::start(&["--password", "owl"]);
    let mut ann = Browser::at(server.addr);
    ann.gets("/?password=owl");
    ann.gets("/r/den");
    assert_eq!(ann.sends_to("/r/den", &[("text", "hello")]).status, 303);
    ann.gets("/r/den");
    assert_eq!(ann.sends_to("/r/den", &[("text", "/name Ann")]).status, 303);
    let invite = makes_invite(&mut ann, "den");
    let mut bo = Browser::opens(server.addr, &invite);
    let code = bo.value("invite");
    for (name, password, status, words) in [
        ("Ann", "owl", 409, "Ann is taken. Choose another name."),
        ("a/b", "owl", 422, "because commands use it"),
        ("Bo", "hen", 403, "That is not the password."),
        ("Bo", "", 403, "This chat needs a password."),
    ] {
        let sent = [("enter", "1"), ("invite", code.as_deref().unwrap()), ("name", name)];
        let answer = bo.sends_to("/r/den", &[&sent[..], &[("password", password)]].concat());
        assert_eq!(answer.status, status, "{name}: {}", bo.page);
        assert!(bo.page.contains(words), "{name}: {}", bo.page);
        let invites = if password == "owl" { "Ann</bdi> invites you " } else { "You are invited " };
        has_in_order(&bo.page, &[invites, "to the room ", "name=\"invite\""]);
        assert_eq!((bo.value("invite"), bo.value("name").as_deref()), (code.clone(), Some(name)));
    }
    let sent = [("enter", "1"), ("invite", code.as_deref().unwrap()), ("name", "Bo")];
    assert_eq!(bo.sends_to("/r/den", &[&sent[..], &[("password", "owl")]].concat()).status, 303);
    bo.gets("/r/den");
    assert!(bo.page.contains("<bdi>Bo</bdi></span> (you)"), "{}", bo.page);
}

#[test]
fn an_invite_is_no_key_to_the_server_and_makes_no_room() {
    let server = ServerProcess::start(&["--password", "owl"]);
    let mut ann = Browser::at(server.addr);
    ann.gets("/?password=owl");
    ann.gets("/r/den");
    assert_eq!(ann.sends_to("/r/den", &[("text", "hello")]).status, 303);
    let invite = makes_invite(&mut ann, "den");
    let mut bo = Browser::at(server.addr);
    // Who has not been let into the server hears nothing of its people.
    bo.gets(&invite);
    assert!(bo.page.contains("You are invited to the room "), "{}", bo.page);
    assert_eq!(accepts(&mut bo, &invite, "den", &[("name", "Bo")]), 403);
    assert_eq!(accepts(&mut bo, &invite, "den", &[("name", "Bo"), ("password", "owl")]), 303);
    let mut cleo = Browser::at(server.addr);
    let nowhere = invite.replace("/r/den/", "/r/nowhere/");
    assert_eq!(accepts(&mut cleo, &nowhere, "nowhere", &[("password", "owl")]), 409);
    assert!(!get(server.addr, "/rooms").text().contains("nowhere"));
    // Neither the page of a foreign site nor one without the session's key makes an invite.
    let cookie = ann.cookie.as_deref().unwrap();
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n";
    let head = format!("Host: {}\r\nCookie: {cookie}\r\n{kind}", server.addr);
    let answer = request(server.addr, &format!("POST /r/den/invite HTTP/1.1\r\n{head}\r\n"));
    assert_eq!(answer.status, 403);
    assert!(!answer.text().contains("code="), "{}", answer.text());
    let code = invite.split_once("code=").unwrap().1;
    let log = server.log().join("\n");
    assert!(log.contains("/r/den/invite?code=..") && !log.contains(code), "{log}");
}

#[test]
fn row_15_programs_make_and_use_invites_and_a_restart_ends_none() {
    let data = Data::new();
    let token = {
        let mut server = data.start(&[]);
        let mut vera = Numbered::makes_locked(server.addr, "den", "soup");
        vera.asks(json!({"type": "invite", "room": "den"}));
        let token = vera.hears("invite")["token"].as_str().unwrap().to_owned();
        vera.asks(json!({"type": "invite", "room": "attic"}));
        assert_eq!(vera.hears("refused")["reason"], "not-in-room");
        server.gets_signal(Signal::TERM);
        server.ends();
        token
    };
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for (invite, is_good) in [("0".repeat(32), false), ("x".to_owned(), false), (token, true)] {
        bo.asks(json!({"type": "join", "room": "den", "invite": invite}));
        if is_good {
            bo.hears_until(|line| line["type"] == "joined" && line["room"] == "den");
        } else {
            assert_eq!(bo.hears("refused")["reason"], "bad-invite");
        }
    }
}

#[test]
fn whoever_types_lines_makes_an_invite_which_a_browser_uses() {
    let (server, lines) = with_lines(&[]);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/name Ann\n/join den soup\n/invite\n");
    nc.hears("* whoever opens this may enter den: ");
    let invite = nc.hears(" on this server\n");
    let invite = invite.strip_suffix(" on this server\n").unwrap();
    assert!(invite.starts_with("/r/den/invite?code="), "{invite}");
    let mut dan = Browser::at(server.addr);
    let wrong = format!("/r/den/invite?code={}", "0".repeat(32));
    assert_eq!(accepts(&mut dan, &wrong, "den", &[("name", "Dan")]), 409);
    assert!(dan.page.contains("This invite is no longer valid."), "{}", dan.page);
    let mut bo = Browser::at(server.addr);
    assert_eq!(accepts(&mut bo, invite, "den", &[("name", "Bo")]), 303);
    bo.gets("/r/den");
    assert_eq!(bo.sends_to("/r/den", &[("text", "let in")]).status, 303);
    nc.hears("Bo: let in\n");
    // The code is no password, and the command has nothing after it and needs a room.
    let mut other = Connection::open(lines);
    other.hears("* this is lobby");
    let (_, code) = invite.split_once("code=").unwrap();
    other.sends(format!("/join den {code}\n").as_bytes());
    other.hears("* that is not the room's password; try again\n");
    other.sends(b"/invite\n").hears("* you are not in this room; join it first\n");
    nc.sends(b"/invite Bo\n").hears("* type it like this: /invite, with nothing after it\n");
    // A new password ends the invite.
    nc.sends(b"/password bread\n")
        .hears("* den is now in the list of rooms and needs a password\n");
    let mut cleo = Browser::at(server.addr);
    assert_eq!(accepts(&mut cleo, invite, "den", &[("name", "Cleo")]), 409);
}

#[test]
fn a_classic_client_makes_no_invite_because_it_has_no_commands() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.says("/invite");
    assert_eq!(bo.hears("message")["text"], "/invite");
    ann.hears("/invite");
    bo.asks(json!({"type": "invite", "room": "lobby"}));
    let token = bo.hears("invite")["token"].as_str().unwrap().to_owned();
    bo.says("the end");
    ann.hears("Bo: the end");
    assert!(ann.heard().iter().all(|line| !line.contains(&token)), "{:?}", ann.heard());
}

#[test]
fn the_server_draws_only_its_own_addresses() {
    let server = ServerProcess::start(&["--host", "chat.example"]);
    let drawn = |to: &str| get(server.addr, &format!("/qr?to={to}"));
    let answer = drawn("/r/lobby");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/svg+xml")));
    let address = format!("http://{}/r/lobby", server.addr);
    let expected = threadbare::html::qr_code::drawn(&address, &address).unwrap();
    assert_eq!(answer.text(), expected.into_string());
    let long = format!("/{}", "x".repeat(300));
    for to in ["", "//evil.example/", "http://evil.example/", "/%5Cevil", "/a%20b", "/%E4", &long] {
        assert_eq!(drawn(to).status, 404, "{to}");
    }
    assert_eq!(get(server.addr, "/qr").status, 404);
    // A page with a link has its code, too, so that the link goes into no other address.
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/lobby/invite", "/device"] {
        ann.gets(page);
        assert!(!ann.page.contains("crispEdges"), "{}", ann.page);
        // But a code of an address of this machine is of no use to any camera.
        ann.sends_to(page, &[]);
        assert!(ann.page.contains("Only this computer can open"), "{}", ann.page);
        assert!(!ann.page.contains("crispEdges"), "{}", ann.page);
        let (key, cookie) = (ann.value("key").unwrap(), ann.cookie.clone().unwrap());
        let body = format!("key={key}");
        let head = format!(
            "POST {page} HTTP/1.1\r\nHost: chat.example\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let made = request(server.addr, &(head + &body)).text();
        let (_, rest) = made.split_once("<p><a href=\"").unwrap_or_else(|| panic!("{made}"));
        let link = rest.split_once('"').unwrap().0;
        assert!(link.starts_with("http://chat.example/"), "{link}");
        let words = "QR code of this link";
        let expected = threadbare::html::qr_code::drawn(link, words).unwrap().into_string();
        assert!(made.contains(&expected), "{made}");
    }
}

#[test]
fn the_page_of_an_invite_says_the_next_thing_to_do_and_nobody_is_told_of_a_look() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "den"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.hears("message");
    ann.gets("/r/den/invite");
    assert!(ann.page.contains("Make a link</button>"), "{}", ann.page);
    bo.asks(json!({"type": "who", "room": "den"}));
    let who = bo.hears_until(|line| line["type"] == "who" || line["room"] == "den");
    assert_eq!((&who["type"], &who["people"]), (&json!("who"), &json!(1)), "{who}");
    let invite = makes_invite(&mut ann, "den");
    assert!(ann.page.contains("Make another link</button>"), "{}", ann.page);
    assert!(!ann.page.contains("Make a link that lets"), "{}", ann.page);
    let cy = Browser::opens(server.addr, &invite);
    assert!(!cy.page.contains("Back to den") && cy.page.contains("Join</button>"), "{}", cy.page);
}

#[test]
fn whoever_has_a_name_already_signs_in_on_the_page_of_an_invite() {
    let server = TestServer::start();
    let _zoe = Numbered::joins(server.addr, "Zoe#owl");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/rooms");
    let den = [("room", "den"), ("room-password", "soup"), ("new-room", "1")];
    assert_eq!(ann.sends_to("/rooms", &den).status, 303);
    let invite = makes_invite(&mut ann, "den");
    let mut cy = Browser::opens(server.addr, &invite);
    let (first, second) =
        cy.page.split_once("Have a name with a password?").expect("a second form");
    assert!(first.contains("Join</button>") && !first.contains("name=\"secret\""), "{first}");
    has_in_order(second, &["name=\"invite\"", "name=\"secret\"", "Sign in</button>"]);
    let code = invite.split_once("code=").unwrap().1;
    let fields =
        |secret| [("name", "Zoe"), ("secret", secret), ("invite", code), ("enter", "sign-in")];
    assert_eq!(cy.sends_to("/r/den", &fields("cat")).status, 409, "{}", cy.page);
    assert!(cy.page.contains("name=\"invite\""), "{}", cy.page);
    let answer = cy.sends_to("/r/den", &fields("owl"));
    cy.gets(answer.header("location").unwrap());
    assert!(cy.page.contains("You are <bdi>Zoe</bdi>."), "{}", cy.page);
    assert!(!cy.page.contains("needs a password"), "{}", cy.page);
}

#[test]
fn a_dead_invite_says_so_before_a_stranger_types_a_name() {
    let server = TestServer::start();
    let mut vera = Numbered::makes_locked(server.addr, "den", "soup");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.sends_to("/r/den", &[("enter", "1"), ("room-password", "soup")]).status, 303);
    let invite = makes_invite(&mut ann, "den");
    let bo = Browser::opens(server.addr, &invite);
    assert!(bo.page.contains("name=\"name\""), "{}", bo.page);
    vera.asks(json!({"type": "set", "room": "den", "password": "bread"}));
    vera.hears("set");
    let mut cy = Browser::at(server.addr);
    assert_eq!(cy.gets(&invite).status, 409);
    assert!(cy.page.contains("This invite is no longer valid."), "{}", cy.page);
    assert!(!cy.page.contains("name=\"name\""), "{}", cy.page);
    // Who has a session may have come into the room before.
    let mut dan = somebody(server.addr, "Dan", "hello");
    dan.gets(&invite);
    has_in_order(&dan.page, &["This invite is no longer valid.", "href=\"/r/den\""]);
}

#[test]
fn whoever_has_no_script_sends_an_invite_to_somebody_by_the_command_and_by_the_form() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo Peep");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.sends_to("/r/den", &[("enter", "1")]).status, 303);
    for command in ["/invite Bo Peep", "/invite @Bo Peep", "/invite \"Bo Peep\""] {
        ann.gets("/r/den");
        let answer = ann.sends_to("/r/den", &[("text", command)]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        has_in_order(&ann.page, &["You sent Bo Peep an invite to den.", "name=\"text\""]);
        let heard = bo.hears("private");
        let text = heard["text"].as_str().unwrap();
        let (words, link) = text.split_once("http://").unwrap();
        assert_eq!(words, "You are invited to the room den: ");
        let (_, path) = link.split_once('/').unwrap();
        let mut cleo = Browser::at(server.addr);
        assert_eq!(accepts(&mut cleo, &format!("/{path}"), "den", &[("name", "")]), 303);
    }
    // A name that nobody has, or that is none, keeps the command in the field. So does one's own.
    for (name, why) in [
        ("Nobody", "Nobody has the name Nobody."),
        ("Bo, Cleo", "Nobody has the name Bo, Cleo."),
        ("ann", "ann is in den already."),
    ] {
        ann.gets("/r/den");
        let answer = ann.sends_to("/r/den", &[("text", &format!("/invite {name}"))]);
        assert_eq!(answer.status, 409, "{}", answer.text());
        has_in_order(&ann.page, &[why, "value=\"/invite"]);
    }
    // The page with the link has a form that sends it, once. A wrong name changes nothing.
    ann.gets("/r/den/invite");
    ann.sends_to("/r/den/invite", &[]);
    let (once, shown) = (ann.value("once").unwrap(), shown_link(&ann.page));
    let to = |ann: &mut Browser, name: &str| {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("once", &*once), ("key", &ann.value("key").unwrap()), ("to", name)])
            .append_pair("made", "1")
            .finish();
        ann.posts_to("/r/den/invite", &body).status
    };
    assert_eq!(to(&mut ann, "Nobody"), 409);
    has_in_order(&ann.page, &["Nobody has the name Nobody.", &shown, "value=\"Nobody\""]);
    for name in ["bo peep", "bo peep", "Bo Peep"] {
        assert_eq!(to(&mut ann, name), 200);
        let told = format!("You sent {name} an invite to den.");
        has_in_order(&ann.page, &[&told, &shown, "Make another link"]);
    }
    let heard = bo.hears("private");
    assert!(heard["text"].as_str().unwrap().ends_with(&shown), "{heard}");
    ann.sends_to("/r/lobby", &[("text", "the end"), ("to", "Bo Peep")]);
    assert_eq!(bo.hears("private")["text"], "the end");
}

/// A person has 16 invites to a room, and one more ends the oldest. So a command that sends
/// nothing must make none.
#[test]
fn an_invite_that_was_sent_outlives_mistyped_names_and_a_form_that_comes_again() {
    let server = TestServer::start();
    let mut vera = Numbered::makes_locked(server.addr, "den", "soup");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.sends_to("/r/den", &[("enter", "1"), ("room-password", "soup")]).status, 303);
    let invites = |browser: &mut Browser, command: &str, times| {
        browser.gets("/r/den");
        let form = browser.page.clone();
        for _ in 0..times {
            browser.page.clone_from(&form);
            browser.sends_to("/r/den", &[("text", command)]);
        }
    };
    invites(&mut ann, "/invite Bo", 20);
    let text = bo.hears("private")["text"].as_str().unwrap().to_owned();
    for _ in 0..20 {
        invites(&mut ann, "/invite Boo", 1);
    }
    // The page's own form makes one link, too, however often it comes.
    ann.gets("/r/den/invite");
    let form = ann.page.clone();
    for _ in 0..20 {
        ann.page.clone_from(&form);
        assert_eq!(ann.sends_to("/r/den/invite", &[]).status, 200);
    }
    let (_, code) = text.split_once("code=").unwrap();
    // A program that says whom the invite is for is told the same.
    vera.asks(json!({"type": "invite", "room": "den", "to": "Boo"}));
    let refused = vera.hears("refused");
    assert_eq!((&refused["reason"], &refused["room"]), (&json!("no-such-person"), &json!("den")));
    vera.asks(json!({"type": "invite", "room": "den", "to": "bo"}));
    vera.hears("invite");
    bo.asks(json!({"type": "join", "room": "den", "invite": code}));
    assert_eq!(bo.hears("joined")["room"], "den");
    // What came again was not sent again.
    ann.sends_to("/r/lobby", &[("text", "the end"), ("to", "Bo")]);
    assert_eq!(bo.hears("private")["text"], "the end");
}
