//! An attacker knows a session's old token from a link. The attacker acts after the request by
//! which the session gains something, and before the first use of its new token. Nothing in these
//! tests has to be quick: the owner sends the next request only after the attacker has tried
//! everything.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::raw::{asks, get};
use crate::harness::{Numbered, ServerProcess};

fn token(browser: &Browser) -> String {
    browser.cookie.as_deref().unwrap().strip_prefix("threadbare=").unwrap().to_owned()
}

/// A connection that says hello with this token, in the lobby, and its `welcome`.
fn comes_with(addr: SocketAddr, token: &str) -> (Numbered, Value) {
    let mut client = Numbered::connects(addr);
    client.asks(json!({"type": "hello", "token": token, "rooms": [{"room": "lobby"}]}));
    let welcome = client.hears("welcome");
    client.hears("caught-up");
    (client, welcome)
}

/// The `welcome` for a client that comes with this name (and secret).
fn is_called(addr: SocketAddr, name: &str) -> Value {
    let mut client = Numbered::connects(addr);
    client.asks(json!({"type": "hello", "name": name, "rooms": []}));
    client.hears("welcome")
}

/// The mark on a message that this client says.
fn mark_of(client: &mut Numbered, text: &str) -> Value {
    // Two clients of one person never use one id for two messages.
    let id = threadbare::chat::token::Token::new().unwrap().reveal();
    client.asks(json!({"type": "say", "room": "lobby", "id": id, "text": text}));
    client.hears_until(|it| it["id"] == id && it["text"] == text)["mark"].clone()
}

/// The result of a request: the reason of a refusal, or the type of the answer.
fn comes_of(client: &mut Numbered, request: Value) -> String {
    client.asks(request);
    let answer = client.hears_until(|it| {
        let kind = it["type"].as_str().unwrap();
        matches!(kind, "refused" | "renamed" | "set" | "error" | "bye")
            || kind == "caught-up" && it["room"] != "lobby"
    });
    answer["reason"].as_str().or(answer["type"].as_str()).unwrap().to_owned()
}

/// The session's owner, its old token, and an attacker's client with that token.
fn owner_and_thief(addr: SocketAddr, name: &str) -> (Browser, String, Numbered) {
    let owner = somebody(addr, name, "hello");
    let old = token(&owner);
    let thief = comes_with(addr, &old).0;
    (owner, old, thief)
}

/// Sends a form by which the session gains something, and returns the address of the next page
/// without asking for it.
fn gains(owner: &mut Browser, room: &str, fields: &[(&str, &str)]) -> String {
    let before = owner.cookie.clone();
    let answer = owner.sends_to(room, fields);
    assert_eq!(answer.status, 303, "{}", owner.page);
    assert_ne!(owner.cookie, before, "it has a new token");
    answer.header("location").unwrap().to_owned()
}

#[test]
fn nobody_has_the_secret_s_mark_by_the_old_token_or_sets_another_secret() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let (mut mia, old, mut thief) = owner_and_thief(addr, "Mia");
    let to = gains(&mut mia, "/r/lobby", &[("text", "/name Mia#swordfish")]);
    let (mut later, welcome) = comes_with(addr, &old);
    assert_eq!((&welcome["name"], &welcome["mark"]), (&json!("Mia"), &Value::Null));
    for line in [&mut thief, &mut later] {
        assert_eq!(mark_of(line, "I am Mia"), Value::Null);
        let another = json!({"type": "name", "name": "Mia#mine"});
        assert_eq!(comes_of(line, another), "wrong-secret");
    }
    let another = json!({"type": "name", "name": "Mia#mine"});
    let (status, told) = asks(addr, &format!("/r/lobby?s={old}"), &another);
    assert_eq!((status, &told[0]["reason"]), (409, &json!("wrong-secret")), "{told:?}");
    // The attacker's own request gains something, too, and the owner's new token stays valid.
    let room = json!({"type": "join", "room": "cellar"});
    assert_eq!(comes_of(&mut thief, room), "caught-up");
    assert_eq!(mia.gets(&to).status, 200);
    assert!(mia.page.contains("<bdi>Mia</bdi></span> (you)"), "{}", mia.page);
    for line in [&mut thief, &mut later] {
        assert_eq!(line.hears("bye")["reason"], "session_renewed");
    }
    assert_ne!(comes_with(addr, &old).1["name"], "Mia");
    let (mut client, welcome) = comes_with(addr, &token(&mia));
    assert_eq!(welcome["name"], "Mia");
    assert!(welcome["mark"].is_string(), "{welcome}");
    assert_eq!(mark_of(&mut client, "it is me"), welcome["mark"]);
    assert_ne!(is_called(addr, "Mia#mine")["name"], "Mia");
    assert_eq!(is_called(addr, "Mia#swordfish")["name"], "Mia");
}

#[test]
fn a_room_s_password_that_one_gives_opens_it_for_nobody_with_the_old_token() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut vera = Numbered::makes_locked(addr, "den", "soup");
    vera.asks(json!({"type": "topic", "room": "den", "text": "recipes", "id": "t"}));
    vera.hears("sent");
    let (mut mia, old, mut thief) = owner_and_thief(addr, "Mia");
    let to = gains(&mut mia, "/r/den", &[("enter", "1"), ("room-password", "soup")]);
    let mut later = comes_with(addr, &old).0;
    for line in [&mut thief, &mut later] {
        let join = json!({"type": "join", "room": "den"});
        assert_eq!(comes_of(line, join), "password-needed");
        line.asks(json!({"type": "rooms"}));
        let rooms = line.hears("rooms")["rooms"].clone();
        let den = rooms.as_array().unwrap().iter().find(|it| it["room"] == "den").unwrap();
        assert_eq!(den["topic"], "", "what was said behind the password");
    }
    assert_eq!(get(addr, &format!("/r/den/save?as=text&s={old}")).status, 403);
    let polled = get(addr, &format!("/r/den/poll?wait=0&s={old}")).text();
    assert!(polled.contains("password-needed") && !polled.contains("recipes"), "{polled}");
    let page = get(addr, &format!("/r/den?s={old}")).text();
    assert!(page.contains("room-password") && !page.contains("recipes"), "{page}");
    assert_eq!(mia.gets(&to).status, 200);
    assert!(mia.page.contains("recipes"), "{}", mia.page);
    assert_eq!(thief.hears("bye")["reason"], "session_renewed");
    let (mut client, _) = comes_with(addr, &token(&mia));
    assert_eq!(comes_of(&mut client, json!({"type": "join", "room": "den"})), "caught-up");
}

#[test]
fn a_lock_that_one_sets_is_shut_for_the_old_token_and_is_not_taken_off_by_it() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut mia = somebody(addr, "Mia", "hello");
    // Mia makes the room first.
    let to = gains(&mut mia, "/r/loft", &[("text", "under the roof")]);
    mia.gets(&to);
    let old = token(&mia);
    let mut inside = comes_with(addr, &old).0;
    assert_eq!(comes_of(&mut inside, json!({"type": "join", "room": "loft"})), "caught-up");
    let to = gains(&mut mia, "/r/loft", &[("text", "/password hay")]);
    let (mut later, _) = comes_with(addr, &old);
    assert_eq!(comes_of(&mut later, json!({"type": "join", "room": "loft"})), "password-needed");
    assert_eq!(get(addr, &format!("/r/loft/save?as=text&s={old}")).status, 403);
    inside.hears("set");
    // A client that is inside stays there until the new token is used, like all the others; but it
    // cannot change the room.
    let open = json!({"type": "set", "room": "loft", "password": ""});
    assert_eq!(comes_of(&mut inside, open), "password-needed");
    assert_eq!(mia.gets(&to).status, 200);
    assert_eq!(inside.hears("bye")["reason"], "session_renewed");
    let (mut client, _) = comes_with(addr, &token(&mia));
    assert_eq!(comes_of(&mut client, json!({"type": "join", "room": "loft"})), "caught-up");
    let open = json!({"type": "set", "room": "loft", "password": ""});
    assert_eq!(comes_of(&mut client, open), "set");
}

#[test]
fn a_room_that_one_makes_is_nobody_s_by_the_old_token() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let (mut mia, _, mut thief) = owner_and_thief(addr, "Mia");
    let to = gains(&mut mia, "/r/attic", &[("text", "up here")]);
    let lock = json!({"type": "set", "room": "attic", "password": "mine"});
    assert_eq!(comes_of(&mut thief, json!({"type": "join", "room": "attic"})), "caught-up");
    assert_eq!(comes_of(&mut thief, lock.clone()), "not-your-room");
    assert_eq!(mia.gets(&to).status, 200);
    let (mut client, _) = comes_with(addr, &token(&mia));
    assert_eq!(comes_of(&mut client, json!({"type": "join", "room": "attic"})), "caught-up");
    assert_eq!(comes_of(&mut client, lock), "set");
}

#[test]
fn who_never_heard_of_its_new_token_goes_on_with_the_old_one_and_types_the_secret_again() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let _vera = Numbered::makes_locked(addr, "den", "soup");
    let mut mia = somebody(addr, "Mia", "hello");
    let (old, page) = (mia.cookie.clone(), mia.page.clone());
    let secret = [("text", "/name Mia#swordfish")];
    let password = [("enter", "1"), ("room-password", "soup")];
    for (room, form) in [("/r/lobby", &secret[..]), ("/r/den", &password)] {
        for _ in 0..3 {
            gains(&mut mia, room, form);
            // The answer gets lost.
            (mia.cookie, mia.page) = (old.clone(), page.clone());
            let answer = mia.sends(&[("text", "still here")]);
            assert_eq!((answer.status, &mia.cookie), (303, &old), "{}", mia.page);
        }
    }
    let to = gains(&mut mia, "/r/lobby", &secret);
    assert_eq!(mia.gets(&to).status, 200);
    let (mut client, welcome) = comes_with(addr, &token(&mia));
    assert_eq!(welcome["name"], "Mia");
    assert!(welcome["mark"].is_string(), "{welcome}");
    assert_eq!(comes_of(&mut client, json!({"type": "join", "room": "den"})), "password-needed");
    let join = json!({"type": "join", "room": "den", "password": "soup"});
    assert_eq!(comes_of(&mut client, join), "caught-up");
}

#[test]
fn whoever_gives_the_name_and_its_new_secret_has_shown_it_as_well() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let (mut mia, old, mut thief) = owner_and_thief(addr, "Mia");
    gains(&mut mia, "/r/lobby", &[("text", "/name Mia#swordfish")]);
    // On her phone: by a hello on a WebSocket, by a stream, and by JSON.
    let welcome = is_called(addr, "Mia#swordfish");
    assert_eq!(welcome["name"], "Mia");
    assert!(welcome["mark"].is_string(), "{welcome}");
    assert_eq!(thief.hears("bye")["reason"], "session_renewed");
    assert_ne!(comes_with(addr, &old).1["name"], "Mia");
    assert_eq!(comes_with(addr, &token(&mia)).1["name"], "Mia", "the answer's token is good");
    let hello = json!({"type": "hello", "name": "Mia#swordfish"});
    assert_eq!(asks(addr, "/r/lobby", &hello).1[0]["name"], "Mia");
}

#[test]
fn a_connection_that_gains_something_has_it_at_once_and_its_twin_has_not() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let _vera = Numbered::makes_locked(addr, "den", "soup");
    let (_, old, mut thief) = owner_and_thief(addr, "Mia");
    let (mut mia, _) = comes_with(addr, &old);
    let join = json!({"type": "join", "room": "den", "password": "soup"});
    assert_eq!(comes_of(&mut mia, join), "caught-up");
    mia.asks(json!({"type": "name", "name": "Mia#swordfish"}));
    let new = mia.hears_until(|it| it["type"] == "renamed")["token"].clone();
    let mark = mark_of(&mut mia, "it is me");
    assert!(mark.is_string(), "{mark}");
    assert_eq!(mark_of(&mut thief, "it is me, too"), Value::Null);
    assert_eq!(comes_of(&mut thief, json!({"type": "join", "room": "den"})), "password-needed");
    // Both gains belong to the new token.
    mia.asks(json!({"type": "session", "token": new}));
    assert_eq!(thief.hears("bye")["reason"], "session_renewed");
    let (mut again, welcome) = comes_with(addr, new.as_str().unwrap());
    assert_eq!(welcome["mark"], mark);
    assert_eq!(comes_of(&mut again, json!({"type": "join", "room": "den"})), "caught-up");
}

#[test]
fn a_name_that_one_becomes_by_its_secret_is_not_the_old_token_s() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut ann = Numbered::joins(addr, "Ann#swordfish");
    let mut bo = Numbered::joins(addr, "Bo");
    bo.asks(json!({"type": "private", "to": "Ann", "id": "p", "text": "psst"}));
    ann.hears("private");
    let (mut mia, old, mut thief) = owner_and_thief(addr, "Mia");
    gains(&mut mia, "/r/lobby", &[("text", "/name Ann#swordfish")]);
    let (mut later, welcome) = comes_with(addr, &old);
    assert_eq!((&welcome["name"], &welcome["mark"]), (&json!("Mia"), &Value::Null));
    for line in [&mut thief, &mut later] {
        assert_eq!(mark_of(line, "I am Mia"), Value::Null);
        line.asks(json!({"type": "history", "room": null}));
        assert_eq!(line.hears("history")["lines"], json!([]));
    }
    assert_eq!(comes_with(addr, &token(&mia)).1["name"], "Ann");
}

/// Makes a name with a secret, and returns a token of it that its maker gives away.
fn made_for_somebody_else(addr: SocketAddr, claim: &str) -> String {
    let hello = json!({"type": "hello", "name": claim});
    asks(addr, "/r/lobby", &hello).1[0]["token"].as_str().unwrap().to_owned()
}

#[test]
fn who_planted_a_secret_comes_by_it_and_is_not_in_the_rooms_of_whoever_used_the_link() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut vera = Numbered::makes_locked(addr, "den", "soup");
    vera.asks(json!({"type": "topic", "room": "den", "text": "recipes", "id": "t"}));
    vera.hears("sent");
    let (mut mia, _) = comes_with(addr, &made_for_somebody_else(addr, "Eve#planted"));
    assert_eq!(comes_of(&mut mia, json!({"type": "name", "name": "Mia"})), "renamed");
    let mut own = Value::Null;
    for join in [
        json!({"type": "join", "room": "den", "password": "soup"}),
        json!({"type": "join", "room": "loft"}),
        json!({"type": "set", "room": "loft", "password": "hay"}),
    ] {
        mia.asks(join);
        own = mia.hears_until(|it| it["type"] == "session" && it["token"].is_string())["token"]
            .clone();
        mia.asks(json!({"type": "session", "token": own}));
        mia.hears_until(|it| it["type"] == "session" && it["token"].is_null());
    }
    let mut eve = Numbered::connects(addr);
    let rooms = json!([{"room": "lobby"}, {"room": "den"}, {"room": "loft"}]);
    eve.asks(json!({"type": "hello", "name": "Mia#planted", "rooms": rooms}));
    let welcome = eve.hears("welcome");
    assert_eq!(welcome["name"], "Mia", "the name is theirs who have its secret");
    for room in ["den", "loft"] {
        let refused = eve.hears("refused");
        assert_eq!(
            (&refused["room"], &refused["reason"]),
            (&json!(room), &json!("password-needed"))
        );
    }
    eve.asks(json!({"type": "rooms"}));
    let rooms = eve.hears("rooms").to_string();
    assert!(rooms.contains("den") && !rooms.contains("recipes"), "{rooms}");
    let session = welcome["token"].as_str().unwrap();
    assert_eq!(get(addr, &format!("/r/den/save?as=text&s={session}")).status, 403);
    // The maker's own session still has access, on a connection and for a file, and it is still the
    // maker.
    let own = own.as_str().unwrap();
    assert_eq!(get(addr, &format!("/r/den/save?as=text&s={own}")).status, 200);
    let (mut again, _) = comes_with(addr, own);
    for room in ["den", "loft"] {
        assert_eq!(comes_of(&mut again, json!({"type": "join", "room": room})), "caught-up");
    }
    let open = json!({"type": "set", "room": "loft", "password": ""});
    assert_eq!(comes_of(&mut again, open), "set");
}

/// The token of the first new secret is shown after the request for the second one.
#[test]
fn whoever_sets_two_new_secrets_at_once_stays_signed_in_and_has_the_second() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut bo = Numbered::joins(addr, "Bo");
    bo.asks(json!({"type": "name", "name": "Bo#fish"}));
    let first = bo.hears("renamed")["token"].clone();
    bo.asks(json!({"type": "name", "name": "Bo#soup"}));
    bo.asks(json!({"type": "session", "token": first}));
    let second = bo.hears("renamed")["token"].clone();
    assert_ne!(first, second);
    bo.hears("session");
    // A right that the session gains now belongs to its newest token, too.
    assert_eq!(comes_of(&mut bo, json!({"type": "join", "room": "den"})), "caught-up");
    bo.asks(json!({"type": "session", "token": second}));
    bo.hears("session");
    mark_of(&mut bo, "still here");
    assert_eq!(is_called(addr, "Bo#soup")["name"], "Bo");
    assert_ne!(is_called(addr, "Bo#fish")["name"], "Bo");
}

/// Ann on another device, where she has taken another secret, and shown that it has come: her
/// sessions elsewhere have ended.
fn has_another_secret(addr: SocketAddr) -> Numbered {
    let mut ann = Numbered::connects(addr);
    ann.asks(json!({"type": "hello", "name": "Ann#one", "rooms": [{"room": "lobby"}]}));
    ann.hears("caught-up");
    ann.asks(json!({"type": "name", "name": "Ann#two"}));
    let token = ann.hears("renamed")["token"].clone();
    ann.asks(json!({"type": "session", "token": token}));
    ann.hears("session");
    ann
}

#[test]
fn a_private_text_stays_in_its_talk_while_its_writer_signs_in_again() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let addr = server.addr;
    let mut bo = Numbered::joins(addr, "Bo");
    let mut phone = somebody(addr, "Ann#one", "hello");
    let talk = "/r/lobby/private?to=Bo";
    let _ann = has_another_secret(addr);
    phone.gets(talk);
    has_in_order(&phone.page, &["You are not signed in any more.", "Your name", "Password"]);
    assert!(!phone.page.contains("No messages yet"), "{}", phone.page);
    let stays = |page: &str| {
        let words = ["<div class=\"privately\">", "name=\"to\"", "value=\"for Bo alone\""];
        has_in_order(page, &words);
    };
    let text = ("text", "for Bo alone");
    let signs_in = |name, secret| {
        [("to", "Bo"), text, ("name", name), ("secret", secret), ("enter", "sign-in")]
    };
    for (name, secret) in [("Ann", "wrong"), ("Nobody", "two")] {
        phone.sends(&signs_in(name, secret));
        stays(&phone.page);
    }
    phone.sends(&signs_in("Ann", "two"));
    assert!(phone.page.contains("You are <bdi>Ann</bdi>"), "{}", phone.page);
    stays(&phone.page);
    assert_eq!(phone.sends(&[("to", "Bo"), text]).status, 303, "{}", phone.page);
    bo.hears_until(|line| line["type"] == "private" && line["text"] == "for Bo alone");

    // In a room, the message to reply to stays, too.
    let mut other = Browser::opens(addr, "/r/lobby?sign-in&reply=1");
    let form = [text, ("reply", "1"), ("name", "Ann"), ("secret", "two"), ("enter", "sign-in")];
    other.sends(&form);
    has_in_order(&other.page, &["You are <bdi>Ann</bdi>", "Replying to", "name=\"text\""]);
    assert_eq!(other.value("reply").as_deref(), Some("1"), "{}", other.page);

    // Without a text, the talk itself comes.
    let mut other = Browser::opens(addr, talk);
    let form = [("to", "Bo"), ("name", "Ann"), ("secret", "two"), ("enter", "sign-in")];
    let answer = other.sends(&form);
    let to = answer.header("location").unwrap();
    assert!(to.contains("/private") && to.contains("to=Bo"), "{to}");
}

#[test]
fn whoever_was_signed_out_elsewhere_is_no_guest_of_the_live_page_and_signs_in_there() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let addr = server.addr;
    let mut phone = somebody(addr, "Ann#one", "hello");
    phone.saves(&[("way", "stream"), ("show", "1"), ("times", "yes")]);
    let stream = |page: &Browser| {
        let (_, rest) = page.page.split_once("<iframe class=\"stream\" src=\"").unwrap();
        rest.split_once('"').unwrap().0.replace("&amp;", "&")
    };
    phone.gets("/r/lobby");
    let old = stream(&phone);
    assert!(old.contains("/stream?"), "{old}");
    let mut ann = has_another_secret(addr);
    let people = |ann: &mut Numbered| {
        ann.asks(json!({"type": "who", "room": "lobby"}));
        ann.hears("who")["people"].clone()
    };
    // The frame of the open page has the list now, and nobody new is in the room.
    phone.gets(&old);
    let way_in = "<a href=\"/r/lobby?sign-in\" target=\"_parent\">Sign in</a>";
    has_in_order(&phone.page, &["You are not signed in any more.", way_in, "<li", "hello"]);
    assert_eq!(people(&mut ann), 1);
    // So has a page that is loaded again: a stranger has no stream.
    phone.gets("/r/lobby");
    has_in_order(&phone.page, &["You are not signed in any more.", "Your name", "Password"]);
    let (page, list) = (phone.page.clone(), stream(&phone));
    assert!(list.contains("/list?"), "{list}");
    phone.gets(&list);
    assert!(phone.page.contains("hello"), "{}", phone.page);
    phone.page = page;
    // With a text, the page comes at once. Its links need no session: this browser keeps cookies.
    let mut other = Browser::at(addr);
    other.cookie.clone_from(&phone.cookie);
    other.gets("/r/lobby?live=1");
    let form = [("name", "Ann"), ("secret", "two"), ("enter", "sign-in"), ("text", "half a")];
    other.sends(&[&form[..], &[("live", "1")]].concat());
    has_in_order(&other.page, &["value=\"half a\"", "class=\"stream\"", "/stream?"]);
    assert!(!stream(&other).contains("&s="), "{}", stream(&other));
    let answer = phone.sends(&[("name", "Ann"), ("secret", "two"), ("enter", "sign-in")]);
    assert_eq!(answer.status, 303, "{}", phone.page);
    phone.gets("/r/lobby");
    assert!(phone.page.contains("You are <bdi>Ann</bdi>"), "{}", phone.page);
    assert!(stream(&phone).contains("/stream?"), "{}", phone.page);
}
