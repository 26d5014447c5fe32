//! Rooms on pages without a script: the page of all rooms, locked rooms, and how one leaves.

use serde_json::json;
use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, leads_to, link_without_time, somebody};
use crate::harness::{Numbered, ServerProcess, TestServer};

#[test]
fn the_page_before_all_rooms_takes_a_name_along_into_any_of_them() {
    let server = ServerProcess::start(&[]);
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
            "name=\"room\" size=\"20\">",
            "Join",
            "or go to",
        ],
    );
    let button = "value=\"kitchen\"><bdi>kitchen</bdi></button></td><td>1 here</td>";
    assert!(ann.page.contains(button), "{}", ann.page);
    // The page shows each error and keeps everything that was typed.
    for (name, room, status, words) in [
        ("Bo", "kitchen", 409, "Bo is taken. Choose another name."),
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
    let shut = ServerProcess::start(&["--password", "swordfish"]);
    let mut stranger = Browser::at(shut.addr);
    assert_eq!(stranger.gets("/rooms").status, 403);
    assert!(!stranger.page.contains("name=\"room\""), "{}", stranger.page);
    // A locked room asks for its password on its own page.
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    let mut cy = Browser::opens(server.addr, "/rooms");
    let answer = cy.sends_to("/rooms", &[("name", "Cy"), ("room", "den")]);
    cy.gets(answer.header("location").unwrap());
    assert!(cy.page.contains("room-password") && !cy.page.contains("name=\"name\""), "{}", cy.page);
}

#[test]
fn a_locked_room_asks_for_its_password_by_a_form_and_loses_no_text() {
    let server = ServerProcess::start(&["--log-level", "trace"]);
    let mut vera = Numbered::makes_locked(server.addr, "den", "swordfish");
    assert!(vera.tries_to_say("den", "inside"));
    vera.hears("sent");
    let mut ann = Browser::opens(server.addr, "/r/den");
    assert!(ann.page.contains("<bdi>den</bdi> needs a password."), "{}", ann.page);
    // Private talks have nothing to do with that room.
    let mut bo = somebody(server.addr, "Bo", "hello");
    bo.gets("/r/den");
    assert_eq!(link_without_time(&bo.page, "Private"), "/r/lobby/private");
    // Nobody has done anything wrong yet, and there is one thing to do.
    assert!(!ann.page.contains("class=\"bad\""), "{}", ann.page);
    assert_eq!(ann.page.matches("<button").count(), 1, "{}", ann.page);
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
    assert_eq!(ann.page.matches("class=\"bad\"").count(), 1, "{}", ann.page);
    has_in_order(
        &ann.page,
        &["<bdi>den</bdi> needs a password", "That is not the password.", "\"room-password\""],
    );
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
    assert!(xiaoming.page.contains("<bdi>den</bdi> 需要密码。"), "{}", xiaoming.page);
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
    let server = ServerProcess::start(&["--rate", "1000", "--burst", "1000"]);
    let _vera = Numbered::makes_locked(server.addr, "den", "swordfish");
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
fn the_list_of_a_locked_room_does_not_say_that_it_is_empty() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "owl");
    let cy = Browser::opens(server.addr, "/r/den/list");
    assert!(cy.page.contains("den needs a password"), "{}", cy.page);
    assert!(!cy.page.contains("No messages yet"), "{}", cy.page);
}

#[test]
fn one_leaves_a_room_by_a_button_and_sees_where_to_go_next() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.hears("message");
    has_in_order(&ann.page, &["</h1>", "1 room", "History", "Settings", "Leave", "name=\"text\""]);
    assert_eq!(link_without_time(&ann.page, "1 room"), "/rooms");
    // A form of another site has no valid key.
    let key = ann.value("key").unwrap();
    let page = ann.page.clone();
    ann.page = page.replace(&key, "0");
    assert_eq!(ann.sends(&[("leave", "1")]).status, 403);
    ann.page = page;
    let answer = ann.sends(&[("leave", "1")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/rooms?left=lobby"));
    let left = bo.hears_who_is_gone();
    assert_eq!(left["name"], "Ann");
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("You left <bdi>lobby</bdi>."), "{}", ann.page);
    assert!(
        ann.page.contains("<bdi>lobby</bdi></button></td><td>1 here</td>"),
        "nobody is back: {}",
        ann.page
    );
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

#[test]
fn only_the_form_for_a_new_room_makes_one() {
    let server = ServerProcess::start(&[]);
    let is_listed = |browser: &mut Browser, room: &str| {
        browser.gets("/rooms");
        browser.page.contains(&format!("value=\"{room}\""))
    };
    let words = "There is no room with this name yet.";
    let mut ann = somebody(server.addr, "Ann", "hello");
    let mut bo = Browser::opens(server.addr, "/rooms");
    for (browser, name) in [(&mut ann, None), (&mut bo, Some(("name", "Bo")))] {
        browser.gets("/rooms");
        let form: Vec<_> = name.into_iter().chain([("room", "kitchn")]).collect();
        let answer = browser.sends_to("/rooms", &form);
        assert!(leads_to(&answer).starts_with("/r/kitchn"), "{}", browser.page);
        browser.gets(answer.header("location").unwrap());
        assert!(browser.page.contains(words), "{}", browser.page);
        assert!(!is_listed(browser, "kitchn"), "{}", browser.page);
    }
    assert!(bo.page.contains("You are <bdi>Bo</bdi>."), "{}", bo.page);
    // A text that comes along stays in the field.
    assert_eq!(ann.sends_to("/rooms", &[("room", "kitchn"), ("text", "soup")]).status, 200);
    has_in_order(&ann.page, &["value=\"soup\"", words]);
    let (_, form) = bo.page.split_once("id=\"new\"").unwrap();
    assert!(form.contains("name=\"new-room\" value=\"1\""), "{form}");
    let answer = bo.sends_to("/rooms", &[("room", "kitchen"), ("new-room", "1")]);
    bo.gets(answer.header("location").unwrap());
    assert!(!bo.page.contains(words), "{}", bo.page);
    assert!(is_listed(&mut bo, "kitchen"), "{}", bo.page);
}

#[test]
fn the_form_for_a_new_room_leads_nobody_into_a_room_of_others_without_a_word() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let mut bo = somebody(server.addr, "Bo", "hi");
    ann.gets("/rooms");
    ann.sends_to("/rooms", &[("room", "garden"), ("new-room", "1")]);
    let there = "There is already a room garden. Choose another name, or join that one.";
    for private in [("room-password", "soup"), ("hidden", "1"), ("more", "")] {
        bo.gets("/rooms");
        let form = [("room", "Garden"), ("new-room", "1"), private];
        assert_eq!(bo.sends_to("/rooms", &form).status, 409, "{}", bo.page);
        assert!(bo.page.contains(there), "{}", bo.page);
        assert!(bo.page.contains("value=\"Garden\""), "{}", bo.page);
        ann.gets("/rooms");
        has_in_order(&ann.page, &["<bdi>garden</bdi>", "<td>1 here</td>"]);
    }
    // One's own room, and a locked one with its password, are what the person means.
    ann.gets("/rooms");
    assert_eq!(ann.sends_to("/rooms", &[("room", "garden"), ("new-room", "1")]).status, 303);
    ann.gets("/rooms");
    let den = [("room", "den"), ("room-password", "soup"), ("new-room", "1")];
    assert_eq!(ann.sends_to("/rooms", &den).status, 303);
    bo.gets("/rooms");
    assert_eq!(bo.sends_to("/rooms", &den).status, 303, "{}", bo.page);
}

#[test]
fn a_hidden_or_locked_room_is_made_by_a_form_and_its_name_has_a_mark() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/rooms");
    assert_eq!(link_without_time(&ann.page, "Back to lobby"), "/r/lobby");
    assert_eq!(ann.page.matches("reate").count(), 1, "one way to make a room: {}", ann.page);
    has_in_order(
        &ann.page,
        &["<h2 id=\"new\">New room</h2>", "room-password", "name=\"hidden\"", "Create"],
    );
    let fields = [("room", "den"), ("room-password", "soup")];
    let answer = ann.sends_to("/rooms", &fields);
    assert_eq!(answer.status, 303, "{}", ann.page);
    ann.gets(answer.header("location").unwrap());
    has_in_order(
        &ann.page,
        &["<bdi>den</bdi> <small>(locked)</small>", "role=\"status\">den", "needs a password."],
    );
    ann.gets("/rooms");
    assert!(
        ann.page.contains("<bdi>den</bdi></button> <small>(locked)</small></td><td>1 here</td>"),
        "{}",
        ann.page
    );
    let answer = ann.sends_to("/rooms", &[("room", "attic"), ("hidden", "1")]);
    assert_eq!(answer.status, 303, "{}", ann.page);
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("attic is now hidden."), "{}", ann.page);
    // Who has made the room can open it again by a form.
    has_in_order(
        &ann.page,
        &["<h2>Who can join</h2>", "name=\"hidden\" value=\"1\" checked", "id=\"rooms\""],
    );
    for (field, told) in [
        (("room-password", "bread"), "attic now needs a password."),
        (("room-password", ""), "attic now needs a password."),
        (("room-password", "bun"), "attic has a new password."),
        (("remove-password", "1"), "attic is now public."),
    ] {
        let answer = ann.sends_to("/r/attic", &[("text", ""), ("set", "1"), field]);
        assert_eq!(answer.status, 303, "{}", ann.page);
        ann.gets(answer.header("location").unwrap());
        assert!(ann.page.contains(told), "{told}: {}", ann.page);
    }
    assert!(!ann.page.contains("name=\"hidden\" value=\"1\" checked"), "{}", ann.page);
    let both = [("text", ""), ("set", "1"), ("hidden", "1"), ("room-password", "soup")];
    let answer = ann.sends_to("/r/attic", &both);
    ann.gets(answer.header("location").unwrap());
    has_in_order(&ann.page, &["<h1", "<bdi>attic</bdi> <small>(hidden, locked)</small>"]);
    let mut bo = Browser::opens(server.addr, "/r/lobby");
    assert!(bo.page.contains("<bdi>den</bdi></a> <small>(locked)</small>"), "{}", bo.page);
    assert!(!bo.page.contains("attic"), "{}", bo.page);
    // The door says once that a password is needed, also after an empty one.
    bo.gets("/r/den");
    let empty = [("enter", "1"), ("room-password", ""), ("name", "Bo")];
    for _ in 0..2 {
        assert_eq!(bo.page.matches("needs a password.").count(), 1, "{}", bo.page);
        assert!(bo.page.contains("(locked)"), "{}", bo.page);
        bo.sends_to("/r/den", &empty);
    }
    assert_eq!(bo.sends_to("/r/den", &[("enter", "1"), ("room-password", "soup")]).status, 303);
}

#[test]
fn a_stranger_makes_a_locked_room_on_the_page_of_all_rooms() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/rooms");
    let (_, new_room) = ann.page.split_once("id=\"new\"").expect("a form for a new room");
    has_in_order(
        new_room,
        &["New room", "\"room\"", "\"name\"", "\"room-password\"", "\"hidden\""],
    );
    let form = [("room", "den"), ("name", "Ann"), ("room-password", "soup"), ("hidden", "1")];
    let answer = ann.sends_to("/rooms", &form);
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("den is now hidden and needs a password."), "{}", ann.page);
    // Who types a name and a password of a room that is there already gets that room's own field.
    let mut bo = Browser::opens(server.addr, "/rooms");
    let form = [("room", "den"), ("name", "Bo"), ("room-password", "salad")];
    assert_eq!(bo.sends_to("/rooms", &form).status, 403);
    assert!(bo.page.contains("That is not the password."), "{}", bo.page);
    has_in_order(&bo.page, &["action=\"/r/den\"", "name=\"room-password\""]);
    // A name that no room can have comes back in the form that it was typed in.
    let form = [("room", "a b/c"), ("name", "Bo"), ("room-password", "salad")];
    assert_eq!(bo.sends_to("/rooms", &form).status, 422);
    has_in_order(&bo.page, &["name=\"room\" size=\"20\">", "id=\"new\"", "value=\"a b/c\""]);
}

#[test]
fn the_page_of_a_room_that_nobody_has_made_offers_to_make_it_with_a_password() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    has_in_order(
        &ann.page,
        &["Join a room", "type=\"submit\" name=\"make\" form=\"say\" value=\"New room\""],
    );
    // The name that was typed for a room is in the form for a new one, even a name that cannot be.
    for name in ["den", "a b/c"] {
        let asks = format!("/?room={}&make=New+room", name.replace(' ', "+").replace('/', "%2F"));
        let answer = ann.gets(&asks);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let to = answer.header("location").unwrap().to_owned();
        assert!(to.ends_with("#new"), "{to}");
        ann.gets(to.trim_end_matches("#new"));
        has_in_order(
            &ann.page,
            &["id=\"new\"", &format!("name=\"room\" size=\"20\" value=\"{name}\"")],
        );
    }
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("id=\"new\""), "the lobby is there: {}", ann.page);
    ann.gets("/r/den");
    has_in_order(
        &ann.page,
        &[
            "id=\"new\"",
            "action=\"/rooms\"",
            "name=\"room\" value=\"den\"",
            "name=\"room-password\"",
        ],
    );
    let answer = ann.sends_to("/rooms", &[("room", "den"), ("room-password", "soup")]);
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("den is now in the list") || ann.page.contains("needs a password"));
    let bo = Browser::opens(server.addr, "/r/den");
    assert!(bo.page.contains("<bdi>den</bdi> needs a password."), "{}", bo.page);
}

#[test]
fn whoever_joins_another_room_keeps_the_text_in_the_field() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "owl");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let text = ("text", "soup at noon");
    let field = "value=\"soup at noon\"";
    let go = |room: &'static str| [text, ("room", room), ("go", "")];
    assert_eq!(ann.sends(&go("trip")).status, 200);
    has_in_order(&ann.page, &["<bdi>trip</bdi>", "action=\"/r/trip\"", field]);
    // Enter in the field of the room presses the first button.
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&go("trip")[..2]).status, 200);
    has_in_order(&ann.page, &["<bdi>trip</bdi>", "action=\"/r/trip\"", field]);
    // A join that is refused gives the text back.
    for (room, why) in
        [("a b/c", "You cannot use this room name"), ("", "Enter a room name first.")]
    {
        ann.gets("/r/lobby");
        assert_eq!(ann.sends(&go(room)).status, 422, "{room}");
        has_in_order(
            &ann.page,
            &[why, field, &format!("name=\"room\" size=\"20\" form=\"say\" value=\"{room}\"")],
        );
    }
    ann.gets("/r/lobby");
    ann.sends(&go("den"));
    has_in_order(&ann.page, &["den</bdi> needs a password", "room-password", field]);
    let form = [text, ("enter", "1"), ("room-password", "owl")];
    assert_eq!(ann.sends_to("/r/den", &form).status, 200);
    has_in_order(&ann.page, &["action=\"/r/den\"", field]);
    // The form for a new room has the text, too.
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[text, ("room", "shed"), ("make", "New room")]).status, 200);
    has_in_order(&ann.page, &["id=\"new\"", "value=\"shed\"", field]);
    let form = [text, ("room", "shed"), ("room-password", "fox")];
    assert_eq!(ann.sends_to("/rooms", &form).status, 200);
    has_in_order(&ann.page, &["shed now needs a password", "action=\"/r/shed\"", field]);
    // Without a text the browser goes to the address of the room.
    ann.gets("/r/lobby");
    let answer = ann.sends(&[("text", ""), ("room", "trip"), ("go", "")]);
    assert_eq!((answer.status, leads_to(&answer).as_str()), (303, "/r/trip"));
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("soup at noon"), "{}", ann.page);
}

/// A private text must not get into the field of a room, where everybody would read it.
#[test]
fn a_private_text_does_not_come_along_into_another_room() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/private?to=Bo");
    let (_, form) = ann.page.split_once("id=\"say\"").unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    assert!(!form.contains("name=\"room\""), "{}", ann.page);
    assert!(ann.page.contains("name=\"room\""), "{}", ann.page);
}

#[test]
fn who_names_no_room_in_the_list_of_rooms_is_told_how_to_come_in() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/rooms");
    assert_eq!(ann.sends_to("/rooms", &[("room", ""), ("name", "Ann")]).status, 422);
    let told = "To sign in as Ann, enter a room name, such as lobby.";
    has_in_order(&ann.page, &[told, "value=\"Ann\"", "name=\"secret\""]);
    assert_eq!(ann.sends_to("/rooms", &[("room", ""), ("name", "")]).status, 422);
    assert!(ann.page.contains(">Enter a room name, such as lobby.<"), "{}", ann.page);
    let form = [("room", ""), ("name", "Ann"), ("room-password", "owl")];
    assert_eq!(ann.sends_to("/rooms", &form).status, 422);
    assert!(ann.page.contains("Enter a room name first."), "{}", ann.page);
}
