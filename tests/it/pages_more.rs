//! Pages that need no script: what is new on them, private conversations, passwords, and how people
//! come in and leave.

use std::net::SocketAddr;
use std::time::SystemTime;

use serde_json::json;
use threadbare::base::limits;

use super::harness::raw::{get, request};
use super::harness::{BoxProcess, Data, Numbered, Signal, TestServer, eventually};
use super::pages::{Browser, leads_to};

/// A browser with a session that has already said this text.
pub fn somebody(addr: SocketAddr, name: &str, text: &str) -> Browser {
    let mut browser = Browser::opens(addr, "/r/lobby");
    assert_eq!(browser.sends(&[("name", name), ("text", text)]).status, 303);
    browser.gets("/r/lobby");
    browser
}

/// The target of the link with these words.
pub fn link(page: &str, words: &str) -> String {
    let (before, _) = page.split_once(&format!("\">{words}</a>")).unwrap_or_else(|| {
        panic!("no link {words}: {page}");
    });
    before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&")
}

/// The same, without the timestamp that makes an address unique.
fn place(page: &str, words: &str) -> String {
    let link = link(page, words);
    let Some((place, rest)) = link.split_once("/now/") else { return link };
    format!("{place}{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

/// Asserts that these parts are on the page, in this order.
pub fn has_in_order(page: &str, parts: &[&str]) {
    let mut rest = page;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            panic!("{part}, in its place: {page}");
        };
        rest = behind;
    }
}

pub fn says(bo: &mut Numbered, texts: &[&str]) {
    for text in texts {
        bo.says(text);
        bo.hears("sent");
    }
}

/// A room with a password; the returned client, Vera, made it and stays in it.
pub fn locked(addr: SocketAddr, room: &str, password: &str) -> Numbered {
    let mut vera = Numbered::joins(addr, "Vera");
    vera.asks(json!({"type": "join", "room": room, "password": password}));
    vera.hears_until(|line| line["type"] == "caught-up" && line["room"] == room);
    vera
}

#[test]
fn what_is_new_is_counted_from_what_the_address_says_and_is_what_others_said() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "first");
    assert!(!ann.page.contains("class=\"since\""), "{}", ann.page);
    let again = link(&ann.page, "Refresh");
    says(&mut bo, &["second", "third"]);
    bo.asks(json!({"type": "topic", "room": "lobby", "text": "soup"}));
    bo.hears("topic");
    ann.sends(&[("text", "my own")]);
    ann.gets(&again);
    has_in_order(
        &ann.page,
        &["my own", "2 new messages since your last visit", "third", "second", "first"],
    );
    // If the address does not say what the reader has seen, the server cannot mark what is new.
    for page in ["/r/lobby", "/r/lobby?after=0000000000000000.1", "/r/lobby?before=9"] {
        ann.gets(page);
        assert!(!ann.page.contains("class=\"since\""), "{page}: {}", ann.page);
    }
    // With the setting `order=last`, the newest message is at the end, and the mark stands before
    // the first new message.
    let session = ann.cookie.clone().unwrap();
    ann.cookie = Some(format!("{session}; threadbare-look=order=last"));
    ann.gets(&again);
    has_in_order(
        &ann.page,
        &["first", "2 new messages since your last visit", "second", "third", "my own"],
    );
    ann.gets(&link(&ann.page, "Refresh"));
    assert!(!ann.page.contains("class=\"since\""), "all of it was seen: {}", ann.page);
    for number in 0..limits::PAGE_LINES + 1 {
        says(&mut bo, &[&number.to_string()]);
    }
    ann.gets(&again);
    let most = format!("{} or more new messages since your last visit", limits::PAGE_LINES);
    assert!(ann.page.contains(&most), "no more than is known is claimed: {}", ann.page);
}

#[test]
fn a_changed_line_stands_once_where_it_was_and_says_so() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    says(&mut bo, &["frist", "a slip"]);
    let mut ann = somebody(server.addr, "Ann", "seen");
    for text in ["first, perhaps", "first"] {
        bo.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": text}));
        bo.hears("edit");
    }
    bo.asks(json!({"type": "delete", "room": "lobby", "seq": 2}));
    bo.hears("delete");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [3, 2, 1], "{}", ann.page);
    has_in_order(
        &ann.page,
        &["id=\"m2\"", "Message deleted.", "id=\"m1\"", "edited", ">first</div>"],
    );
    for (words, count) in [("Message deleted.", 1), (">edited<", 1), (">first<", 1), ("perhaps", 0)]
    {
        assert_eq!(ann.page.matches(words).count(), count, "{words}: {}", ann.page);
    }
    // If the changed message is on another page, this page reports the change, and only once.
    for number in 0..limits::PAGE_LINES - 2 {
        says(&mut bo, &[&number.to_string()]);
    }
    for text in ["primero", "erster"] {
        bo.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": text}));
        bo.hears("edit");
    }
    ann.gets("/r/lobby");
    assert!(ann.page.contains("<bdi>Bo</bdi> changed #<bdi>1</bdi> to:"), "{}", ann.page);
    assert_eq!(ann.page.matches("erster").count(), 1, "{}", ann.page);
}

#[test]
fn a_locked_room_asks_for_its_password_by_a_form_and_loses_no_text() {
    let server = BoxProcess::start(&["--log-level", "trace"]);
    let mut vera = locked(server.addr, "den", "swordfish");
    assert!(vera.tries_to_say("den", "inside"));
    vera.hears("sent");
    let mut ann = Browser::opens(server.addr, "/r/den");
    assert!(ann.page.contains("den needs a password."), "{}", ann.page);
    for hidden in ["inside", "No messages yet", "<script", "name=\"leave\""] {
        assert!(!ann.page.contains(hidden), "{hidden}: {}", ann.page);
    }
    // Ann has typed a message before she has access.
    let answer = ann.sends_to("/r/den", &[("name", "Ann"), ("text", "may I come in?")]);
    assert_eq!((answer.status, ann.value("text").as_deref()), (403, Some("may I come in?")));
    let enters = |ann: &mut Browser, password: &str, text: &str| {
        let fields = [("enter", "1"), ("room-password", password), ("text", text)];
        ann.sends_to("/r/den", &fields)
    };
    assert_eq!(enters(&mut ann, "catfish", "may I come in?").status, 403);
    assert!(ann.page.contains("That is not the password."), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("may I come in?"));
    assert_eq!(enters(&mut ann, "swordfish", "may I come in?").status, 200);
    assert!(ann.page.contains("inside"), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("may I come in?"), "it is not said unasked");
    assert_eq!(ann.sends_to("/r/den", &[("text", "may I come in?")]).status, 303);
    let line = vera.hears_until(|line| line["text"] == "may I come in?");
    assert_eq!(line["from"], "Ann", "it is who tried before");
    // A browser that was let in needs no password later. A stranger gets the question in their own
    // language.
    ann.gets("/r/den");
    assert!(ann.page.contains("may I come in?") && !ann.page.contains("room-password"));
    let mut xiaoming = Browser::at(server.addr);
    xiaoming.cookie = Some("threadbare-look=lang=zh".to_owned());
    xiaoming.gets("/r/den");
    assert!(xiaoming.page.contains("den 需要密码。"), "{}", xiaoming.page);
    let wrong = [("enter", "1"), ("room-password", "catfish"), ("name", "小明")];
    assert_eq!(xiaoming.sends_to("/r/den", &wrong).status, 403);
    xiaoming.cookie = Some("threadbare-look=lang=zh".to_owned());
    // The form brings no text, so the browser simply goes to the room.
    let right = [("enter", "1"), ("room-password", "swordfish"), ("name", "小红")];
    let answer = xiaoming.sends_to("/r/den", &right);
    assert_eq!(
        (answer.status, answer.header("location").unwrap().starts_with("/r/den")),
        (303, true)
    );
    let log = server.log().join("\n");
    assert!(!log.contains("swordfish") && !log.contains("catfish"), "{log}");
}

#[test]
fn whoever_guesses_a_room_s_password_by_forms_is_soon_told_nothing_more() {
    // With `--rate` and `--burst` on the command line, the limits also hold for addresses of this
    // machine.
    let server = BoxProcess::start(&["--rate", "1000", "--burst", "1000"]);
    let _vera = locked(server.addr, "den", "swordfish");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let mut statuses = Vec::new();
    for _ in 0..limits::GUESSES_BURST_MAX + 2 {
        let guess = [("enter", "1"), ("room-password", "guess")];
        statuses.push(ann.sends_to("/r/den", &guess).status);
    }
    assert_eq!((statuses[0], statuses.last()), (403, Some(&429)), "{statuses:?}");
    let right = [("enter", "1"), ("room-password", "swordfish"), ("text", "kept")];
    assert_eq!(ann.sends_to("/r/den", &right).status, 429, "nor the right one");
    assert!(ann.page.contains("Too many wrong passwords"), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("kept"));
}

#[test]
fn one_leaves_a_room_by_a_button_and_sees_where_to_go_next() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.hears("message");
    has_in_order(
        &ann.page,
        &["</h1>", "Rooms (1)", "History", "Settings", "Leave", "name=\"text\""],
    );
    assert_eq!(place(&ann.page, "Rooms (1)"), "/rooms");
    // A form of another site has no valid key.
    let key = ann.value("key").unwrap();
    let page = ann.page.clone();
    ann.page = page.replace(&key, "0");
    assert_eq!(ann.sends(&[("leave", "1")]).status, 403);
    ann.page = page;
    let answer = ann.sends(&[("leave", "1")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/rooms?left=lobby"));
    let left = bo.hears_until(|line| line["type"] == "presence" && line["here"] == false);
    assert_eq!(left["name"], "Ann");
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("You left <bdi>lobby</bdi>."), "{}", ann.page);
    assert!(ann.page.contains("<bdi>lobby</bdi>, 1 here"), "nobody is back: {}", ann.page);
    assert!(ann.page.contains("You are <bdi>Ann</bdi>."), "{}", ann.page);
    let answer = ann.sends_to("/rooms", &[("room", "kitchen")]);
    assert_eq!(leads_to(&answer), "/r/kitchen");
    // The typed command `/leave` leads to the same page.
    ann.gets("/r/kitchen");
    assert_eq!(leads_to(&ann.sends_to("/r/kitchen", &[("text", "/leave")])), "/rooms?left=kitchen");
    // Without cookies, the links carry the session.
    let mut cleo = Browser::opens(server.addr, "/r/lobby").without_cookies();
    let answer = cleo.sends(&[("name", "Cleo"), ("text", "here I am")]);
    cleo.gets(answer.header("location").unwrap());
    let session = cleo.value("s").unwrap();
    let leaves = cleo.sends_to("/r/lobby", &[("s", &session), ("leave", "1")]);
    let to = leaves.header("location").unwrap().to_owned();
    assert!(to.starts_with("/rooms") && to.contains(&format!("s={session}")), "{to}");
    cleo.gets(&to);
    assert!(cleo.page.contains("You are <bdi>Cleo</bdi>."), "{}", cleo.page);
    let mut stranger = Browser::opens(server.addr, "/r/lobby");
    assert!(!stranger.page.contains("name=\"leave\""), "a stranger is in no room");
    assert_eq!(stranger.sends_to("/rooms/elsewhere", &[("room", "x")]).status, 404);
}

/// After the page was made, Bo has chosen another name, and Eve has taken the name "Bo".
#[test]
fn a_form_to_whoever_had_the_name_when_it_was_drawn_is_not_sent_to_another() {
    let server = BoxProcess::start(&[]);
    let [mut bo, mut eve] = ["Bo", "Eve"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = somebody(server.addr, "Ann", "hello");
    let becomes = |person: &mut Numbered, name: &str| {
        person.asks(json!({"type": "name", "name": name}));
        person.hears_until(|told| told["type"] == "renamed" && told["to"] == name);
    };
    // First Ann has never written to Bo; in the second turn she has.
    for text in ["it is 4711", "it is 4712"] {
        ann.gets("/r/lobby/private?to=Bo");
        becomes(&mut bo, "Robert");
        becomes(&mut eve, "Bo");
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!(answer.status, 409, "{}", ann.page);
        assert!(ann.page.contains("Another person may have this name now."), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text));
        // The page is loaded again, so its form is for the person who has the name now. The private
        // messages from before protect it.
        if text == "it is 4712" {
            ann.gets("/r/lobby/private?to=Bo");
            assert_eq!(ann.sends(&[("to", "Bo"), ("text", text)]).status, 409, "{}", ann.page);
        }
        // Ann sends it again: now she means the person who has the name.
        assert_eq!(ann.value("drawn"), None);
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
        assert_eq!(eve.hears("private")["text"], text);
        std::mem::swap(&mut bo, &mut eve);
        becomes(&mut eve, "Eve");
    }
}

#[test]
fn a_private_talk_is_a_page_of_two_and_the_room_is_told_of_it_without_its_words() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    cy.asks(json!({"type": "name", "name": "סי"}));
    cy.hears("renamed");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for (by_bo, text) in [(true, "psst"), (true, "the heater"), (false, "shalom")] {
        let other = if by_bo { &mut bo } else { &mut cy };
        assert!(other.tries_to_say("@Ann", text));
        other.hears("sent");
    }
    says(&mut bo, &["loud"]);
    ann.gets("/r/lobby");
    has_in_order(
        &ann.page,
        &["New private message from <bdi>סי</bdi>.", "message from <bdi>Bo</bdi>", "hello"],
    );
    assert_eq!(ann.page.matches("New private message").count(), 2, "each once: {}", ann.page);
    for words in ["psst", "heater", "shalom"] {
        assert!(!ann.page.contains(words), "{words}: {}", ann.page);
    }
    let (_, of_bo) = ann.page.split_once("message from <bdi>Bo</bdi>").unwrap();
    let talk = place(of_bo, "Open");
    assert_eq!(talk, "/r/lobby/private?to=Bo");
    ann.gets(&talk);
    has_in_order(
        &ann.page,
        &[
            "<h1>Private chat with <bdi>Bo</bdi></h1>",
            "<main class=\"privately\">",
            "Only you and <bdi>Bo</bdi> can see this.",
            "type=\"hidden\" name=\"to\" value=\"Bo\"",
            "<span>To <bdi>Bo</bdi> only</span>",
            "the heater",
            "psst",
        ],
    );
    for words in ["shalom", "loud", "is away", "to <bdi>Ann</bdi>:"] {
        assert!(!ann.page.contains(words), "{words}: {}", ann.page);
    }
    let answer = ann.sends(&[("to", "Bo"), ("text", "it is warm")]);
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
    ann.gets(answer.header("location").unwrap());
    has_in_order(&ann.page, &["it is warm", "the heater", "psst"]);
    // The page without a name lists all people that Ann has talked with.
    ann.gets("/r/lobby/private");
    assert_eq!(place(&ann.page, "<bdi>Bo</bdi>"), "/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["Choose a person", "it is warm", "shalom", "psst"]);
    // A person who has left gets the message later. A name that was never here is refused.
    bo.asks(json!({"type": "leave", "room": "lobby"}));
    bo.hears("left");
    drop(bo);
    eventually("Bo to be away", || {
        ann.gets("/r/lobby/private?to=Bo");
        ann.page.contains("<bdi>Bo</bdi> is away and will see this when they return.")
    });
    ann.gets("/r/lobby/private?to=Nobody");
    assert!(!ann.page.contains("is away"), "{}", ann.page);
    assert_eq!(ann.sends(&[("to", "Nobody"), ("text", "psst")]).status, 409);
    assert!(ann.page.contains("type=\"text\" name=\"to\""), "it can be put right: {}", ann.page);
}

#[test]
fn the_list_of_a_locked_room_does_not_say_that_it_is_empty() {
    let server = BoxProcess::start(&[]);
    let _vera = locked(server.addr, "den", "owl");
    let cy = Browser::opens(server.addr, "/r/den/list");
    assert!(cy.page.contains("den needs a password"), "{}", cy.page);
    assert!(!cy.page.contains("No messages yet"), "{}", cy.page);
}

#[test]
fn what_is_typed_for_one_alone_is_a_command_there_too() {
    let server = BoxProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut big = Numbered::joins(server.addr, "Big Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    // Commands that only work in a room stay in the field, and Bo receives nothing of them.
    let of_room = ["/password owl", "/me waves", "/topic soup", "/hide", "/show"];
    for text in of_room.into_iter().chain(["/edit fixed", "/delete", "/edit", "/dance"]) {
        ann.gets("/r/lobby/private?to=Bo");
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!(answer.status, 422, "{text}: {}", ann.page);
        let words = if text == "/dance" {
            "/dance"
        } else {
            "That command works only in a room. Your text is still"
        };
        assert!(ann.page.contains(words), "{text}: {}", ann.page);
        let fields = ["to", "text"].map(|field| ann.value(field));
        assert_eq!(fields, [Some("Bo".to_owned()), Some(text.to_owned())]);
    }
    for (text, place) in [
        ("/search hello", "/r/lobby?find=hello"),
        ("/name Form Two#mysecret", "/r/lobby/private?to=Bo&new-secret=1"),
        ("/msg Big Bo hi", "/r/lobby/private"),
        ("//slash", "/r/lobby/private?to=Bo"),
    ] {
        ann.gets("/r/lobby/private?to=Bo");
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!((answer.status, &*leads_to(&answer)), (303, place), "{text}");
        if text.starts_with("/name") {
            ann.gets(answer.header("location").unwrap());
            has_in_order(
                &ann.page,
                &["Private chat with <bdi>Bo</bdi>", "Form Two has a new password"],
            );
        }
    }
    let line = bo.hears("private");
    assert_eq!((&line["from"], &line["text"]), (&"Form Two".into(), &"/slash".into()));
    assert_eq!(big.hears("private")["text"], "hi");
}

#[test]
fn a_private_message_without_an_addressee_is_asked_for_one() {
    let server = BoxProcess::start(&["--rate", "0"]);
    let mut big = Numbered::joins(server.addr, "Big Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for text in ["for whom?", "//slash"] {
        ann.gets("/r/lobby/private");
        assert_eq!(ann.sends(&[("to", " "), ("text", text)]).status, 422, "{text}");
        assert!(ann.page.contains("Choose a person in &quot;To&quot;."), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text));
    }
    ann.gets("/r/lobby/private");
    assert_eq!(ann.sends(&[("to", ""), ("text", "/topic soup")]).status, 422);
    assert!(ann.page.contains("That command works only in a room."), "{}", ann.page);
    ann.gets("/r/lobby/private");
    let answer = ann.sends(&[("to", ""), ("text", "/msg Big Bo hi")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/lobby/private"));
    assert_eq!(big.hears("private")["text"], "hi");
    ann.gets("/r/lobby/private");
    assert_eq!(ann.sends(&[("to", ""), ("text", "/name Anna")]).status, 303);
    ann.gets("/r/lobby/private");
    assert_eq!(ann.sends(&[("to", "Big Bo"), ("text", "me again")]).status, 303);
    assert_eq!(big.hears("private")["from"], "Anna");
}

#[test]
fn a_long_talk_with_one_goes_back_page_by_page_past_what_others_wrote() {
    let server = BoxProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for number in 1..=limits::HISTORY_PAGE_MAX {
        for (other, name) in [(&mut bo, "b"), (&mut cy, "c")] {
            assert!(other.tries_to_say("@Ann", &format!("{name}{number}")));
            other.hears("sent");
        }
    }
    ann.gets("/r/lobby/private?to=Bo");
    let mut seen = Vec::new();
    loop {
        let texts = ann.page.split("dir=\"auto\">").skip(1);
        let texts: Vec<_> = texts.map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect();
        assert!(texts.len() <= limits::PAGE_LINES, "{}", ann.page);
        seen.extend(texts);
        if !ann.page.contains("Older messages") {
            break;
        }
        ann.gets(&link(&ann.page, "Older messages"));
    }
    let all: Vec<_> = (1..=limits::HISTORY_PAGE_MAX).rev().map(|it| format!("b{it}")).collect();
    assert_eq!(seen, all);
}

#[test]
fn letters_that_memory_has_forgotten_are_on_older_pages() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let count = limits::PRIVATE_LOG_BYTES_MAX / 4000 + 10;
    for number in 1..=count {
        assert!(bo.tries_to_say("@Ann", &format!("{number:04000}")));
        bo.hears("sent");
    }
    for page in ["/r/lobby/private?before=4", "/r/lobby/private?to=Bo&before=4"] {
        ann.gets(page);
        assert_eq!(ann.numbers(), [3, 2, 1], "{page}");
    }
}

#[test]
fn the_page_before_all_rooms_takes_a_name_along_into_any_of_them() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "kitchen"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "kitchen");
    let mut ann = Browser::opens(server.addr, "/rooms");
    has_in_order(
        &ann.page,
        &[
            "action=\"/rooms\"",
            "name=\"name\"",
            "Leave empty to join as a guest.",
            "name=\"room\" size=\"20\" value=\"lobby\"",
            "Join",
            "or join",
        ],
    );
    let button = "<button name=\"room\" value=\"kitchen\"><bdi>kitchen</bdi>, 1 here</button>";
    assert!(ann.page.contains(button), "{}", ann.page);
    // The page shows each error and keeps everything that was typed.
    for (name, room, status, words) in [
        ("Bo", "kitchen", 409, "That name is taken"),
        ("a/b", "kitchen", 422, "because commands use it"),
        ("Ann", "a b/c", 422, "You cannot use this room name"),
    ] {
        assert_eq!(ann.sends_to("/rooms", &[("name", name), ("room", room)]).status, status);
        assert!(ann.page.contains(words), "{words}: {}", ann.page);
        assert_eq!(ann.value("name").as_deref(), Some(name));
    }
    // The room of the pressed button comes after the room in the text field, and wins.
    let pressed = [("name", "Ann"), ("room", "lobby"), ("room", "kitchen")];
    for _ in 0..2 {
        let answer = ann.sends_to("/rooms", &pressed);
        assert_eq!(answer.status, 303, "pressed twice, it is the same one: {}", ann.page);
        assert!(leads_to(&answer).starts_with("/r/kitchen"), "{answer:?}");
        ann.gets(answer.header("location").unwrap());
    }
    let came = bo.hears_until(|line| line["type"] == "presence");
    assert_eq!((&came["name"], &came["room"]), (&"Ann".into(), &"kitchen".into()));
    assert!(ann.page.contains("(you)"), "{}", ann.page);
    // A person without a name becomes a guest. A server with a password asks for the password
    // first.
    let mut guest = Browser::opens(server.addr, "/rooms");
    let answer = guest.sends_to("/rooms", &[("name", ""), ("room", "kitchen")]);
    guest.gets(answer.header("location").unwrap());
    assert!(guest.page.contains("guest-"), "{}", guest.page);
    let shut = BoxProcess::start(&["--password", "swordfish"]);
    let mut stranger = Browser::at(shut.addr);
    assert_eq!(stranger.gets("/rooms").status, 403);
    assert!(!stranger.page.contains("name=\"room\""), "{}", stranger.page);
    // A locked room asks for its password on its own page.
    let _vera = locked(server.addr, "den", "soup");
    let mut cy = Browser::opens(server.addr, "/rooms");
    let answer = cy.sends_to("/rooms", &[("name", "Cy"), ("room", "den")]);
    cy.gets(answer.header("location").unwrap());
    assert!(cy.page.contains("room-password") && !cy.page.contains("name=\"name\""), "{}", cy.page);
}

#[test]
fn what_was_found_is_seen_in_context_and_the_history_has_no_field() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for number in 1..=60 {
        says(&mut bo, &[&format!("{} {number}", if number % 2 == 0 { "soup" } else { "tea" })]);
    }
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let history = place(&ann.page, "History");
    assert_eq!(history, "/r/lobby/history");
    ann.gets(&history);
    assert_eq!(ann.numbers(), (36..=60).rev().collect::<Vec<_>>());
    assert!(!ann.page.contains("name=\"text\""), "{}", ann.page);
    has_in_order(&ann.page, &["name=\"find\"", "id=\"m60\"", "Older messages"]);
    let today = humantime::format_rfc3339(SystemTime::now()).to_string();
    assert!(ann.page.contains(&format!("{} ", &today[..10])), "the day is told: {}", ann.page);
    ann.gets("/r/lobby?find=soup");
    assert_eq!(ann.numbers().len(), limits::PAGE_LINES);
    assert_eq!(ann.page.matches("Show in the conversation").count(), limits::PAGE_LINES);
    let context = link(&ann.page, "Show in the conversation");
    assert_eq!(context, "/r/lobby?at=60#m60");
    ann.gets(&link(&ann.page, "Older messages"));
    assert_eq!(ann.numbers(), [10, 8, 6, 4, 2]);
    ann.gets("/r/lobby?at=30");
    assert!(ann.numbers().contains(&30) && ann.numbers().contains(&31), "{}", ann.page);
}

#[test]
fn the_first_load_without_a_script_is_under_eight_kilobytes() {
    let server = BoxProcess::start(&["--rate", "0"]);
    let names = ["Ann", "Bo", "Cleo", "Dave"];
    let mut people = names.map(|name| Numbered::joins(server.addr, name));
    let words = "the kettle is on and second box answers again after a night of rain while Bo \
        looks at his heater which dips every evening about four so that nobody knows why it \
        should be warm in kitchen before breakfast unless someone has left window open";
    let words: Vec<_> = words.split_whitespace().collect();
    for number in 0..limits::PAGE_LINES {
        // Some 140 characters each, no two alike.
        let text: Vec<_> =
            (0..28).map(|word| words[(number * 7 + word * (number + 3)) % words.len()]).collect();
        says(&mut people[number % 4], &[&text.join(" ")]);
    }
    let bytes = |path: &str| {
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {{host}}\r\nAccept-Encoding: gzip\r\n\r\n");
        let answer = request(server.addr, &head);
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (200, Some("gzip")),
            "{path}"
        );
        answer.head.len() + answer.body.len()
    };
    let page = get(server.addr, "/r/lobby").text();
    assert_eq!(page.matches("<li value=").count(), limits::PAGE_LINES);
    let style = |name: &str| {
        let (before, _) = page.split_once(&format!("/{name}\"")).unwrap();
        format!("{}/{name}", before.rsplit_once('"').unwrap().1)
    };
    let loads =
        ["/r/lobby".to_owned(), style("theme.css"), style("base.css"), "/favicon.svg".into()];
    let loads = loads.map(|path| bytes(&path));
    eprintln!("page, colours, style, icon: {loads:?} bytes");
    assert!(loads.iter().sum::<usize>() < 8 * 1024, "{loads:?}");
}

#[test]
fn a_private_message_from_a_form_goes_to_the_longest_name_that_somebody_has() {
    let server = TestServer::start();
    let [mut big, mut both] = ["Big", "Big Bo"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/msg Big Bo hi")]).status, 303);
    assert_eq!(both.hears("private")["text"], "hi");
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/msg \"Big\" Bo was late")]).status, 303);
    assert_eq!(big.hears("private")["text"], "Bo was late");
    ann.gets("/r/lobby");
    let typed = "/msg Nobody Else hello there";
    assert_eq!(ann.sends(&[("text", typed)]).status, 409);
    assert_eq!(ann.value("text").as_deref(), Some(typed));
}

#[test]
fn quit_in_a_form_makes_a_name_free_unless_it_has_a_secret() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for name in ["Ann", "Cleo"] {
        let mut browser = Browser::opens(server.addr, "/r/lobby");
        browser.sends(&[("name", name), ("text", "hello")]);
        bo.hears("message");
        browser.gets("/r/lobby");
        if name == "Cleo" {
            let answer = browser.sends(&[("text", "/name Cleo#fish")]);
            browser.gets(&leads_to(&answer));
            assert!(browser.page.contains("Cleo has a new password"), "{}", browser.page);
        }
        let session = browser.cookie.clone();
        assert_eq!(browser.sends(&[("text", "/quit")]).status, 303);
        bo.hears_until(|line| line["name"] == name && line["here"] == false);
        // The browser uses its old session again. Without a secret, the session has ended.
        browser.cookie = session;
        browser.gets("/r/lobby");
        let is_stranger = browser.page.contains("name=\"name\"");
        assert_eq!(is_stranger, name == "Ann", "{name}: {}", browser.page);
    }
    // The same is true after a restart of the server.
    server.gets_signal(Signal::TERM);
    server.ends();
    let server = data.start(&[]);
    assert_eq!(Numbered::joins(server.addr, "Ann").name, "Ann");
    assert!(Numbered::joins(server.addr, "Cleo").name.starts_with("guest-"), "it has a secret");
}

#[test]
fn private_messages_of_one_s_own_stay_that_after_another_name() {
    let server = TestServer::start();
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/msg Bo psst")]).status, 303);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/name Anna")]).status, 303);
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("New private message"), "{}", ann.page);
    ann.gets("/r/lobby/private");
    has_in_order(
        &ann.page,
        &["Choose a person", "<bdi>Bo</bdi>", "<bdi>Ann</bdi>", "(you)", "psst"],
    );
    assert_eq!(ann.page.matches("<bdi>Ann</bdi>").count(), 1, "nobody to talk with: {}", ann.page);
    ann.gets("/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["<bdi>Ann</bdi>", "(you)", "psst"]);
    ann.gets("/r/lobby/private?to=Ann");
    assert!(!ann.page.contains("psst"), "{}", ann.page);
}

#[test]
fn whoever_has_left_is_told_so_and_nobody_who_follows_a_link() {
    let server = TestServer::start();
    let words = "You are signed out.";
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    let behind = leads_to(&ann.sends(&[("text", "/quit")]));
    ann.comes_from = Some(format!("http://{}/r/lobby", server.addr));
    ann.gets(&behind);
    assert!(ann.page.contains(words), "{}", ann.page);
    assert!(ann.page.contains("name=\"name\""), "{}", ann.page);
    let mut bo = Browser::at(server.addr);
    bo.comes_from = Some("http://elsewhere.example/".to_owned());
    bo.gets(&behind);
    assert!(!bo.page.contains(words), "{}", bo.page);
    // A browser that has a session does not see the words either.
    let mut cleo = Browser::opens(server.addr, "/r/lobby");
    cleo.sends(&[("name", "Cleo"), ("text", "hello")]);
    cleo.comes_from = Some(format!("http://{}/r/lobby", server.addr));
    cleo.gets(&behind);
    assert!(!cleo.page.contains(words), "{}", cleo.page);
}

#[test]
fn a_form_from_before_quit_says_nothing_and_is_told_what_is_so() {
    let server = TestServer::start();
    let mut vera = Numbered::joins(server.addr, "Vera");
    for keeps_cookies in [true, false] {
        let mut ann = Browser::opens(server.addr, "/r/lobby");
        if !keeps_cookies {
            ann = ann.without_cookies();
        }
        let answer = ann.sends(&[("name", "Ann"), ("text", "hello")]);
        vera.hears_until(|line| line["text"] == "hello");
        ann.gets(&leads_to(&answer));
        let before = ann.page.clone();
        assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
        vera.hears_until(|line| line["type"] == "presence" && line["here"] == false);
        let forms: [&[(&str, &str)]; 3] = [
            &[("text", "from an old page")],
            &[("text", "/me waves")],
            &[("to", "Vera"), ("text", "psst")],
        ];
        for fields in forms {
            let text = fields[fields.len() - 1].1;
            ann.page.clone_from(&before);
            assert_eq!(ann.sends(fields).status, 403, "{text}: {}", ann.page);
            assert!(ann.page.contains("You signed out, your session was renewed"), "{}", ann.page);
            assert_eq!(ann.value("text").as_deref(), Some(text), "{}", ann.page);
        }
        vera.says("nothing came before this");
        let line = vera.hears_until(|line| line["type"] != "sent" && line["type"] != "presence");
        assert_eq!(line["text"], "nothing came before this");
        // Sent again, the text comes from a new person.
        assert_eq!(ann.sends(&[("text", "and now")]).status, 303);
        vera.hears_until(|line| line["text"] == "and now");
    }
}

#[test]
fn a_form_of_somebody_else_s_says_who_one_is_now() {
    let server = TestServer::start();
    let mut vera = Numbered::joins(server.addr, "Vera");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    let before = ann.page.clone();
    assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("name", "Cleo"), ("text", "somebody else")]).status, 303);
    vera.hears_until(|line| line["text"] == "somebody else");
    let forms: [&[(&str, &str)]; 3] =
        [&[("text", "Ann's words")], &[("text", "/me waves")], &[("to", "Vera"), ("text", "psst")]];
    for fields in forms {
        let text = fields[fields.len() - 1].1;
        ann.page.clone_from(&before);
        assert_eq!(ann.sends(fields).status, 403, "{text}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text), "{}", ann.page);
        has_in_order(&ann.page, &["You are now Cleo", "send it again to send it as Cleo"]);
    }
    vera.says("nothing came before this");
    let line = vera.hears_until(|line| line["type"] != "sent" && line["type"] != "presence");
    assert_eq!(line["text"], "nothing came before this");
}
