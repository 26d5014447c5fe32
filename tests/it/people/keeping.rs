//! Somebody who looks after a room mutes a person, puts a person out and freezes the room: by each
//! way in, with the refusals that others hear.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::data::Data;
use crate::harness::raw::Connection;
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Folder, Numbered, ServerProcess};

/// Enters the den, which the first one makes.
pub(super) fn enters(person: &mut Numbered) {
    person.asks(json!({"type": "join", "room": "den"}));
    person.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
}

/// Why the person cannot say this in the den; "sent": the person can.
pub(super) fn says(person: &mut Numbered, text: &str) -> String {
    person.asks(json!({"type": "say", "room": "den", "id": text, "text": text}));
    let answer = person.hears_until(|line| line["id"] == text && line["type"] != "message");
    answer["reason"].as_str().unwrap_or("sent").to_owned()
}

/// What the person hears of the next action in a room: by whom, what, whom, for how long.
pub(super) fn hears_act(person: &mut Numbered) -> [Value; 4] {
    let told = person.hears("acted");
    ["by", "action", "whom", "for"].map(|field| told[field].clone())
}

pub(super) fn act(action: &str, whom: Option<&str>) -> Value {
    json!({"type": "act", "room": "den", "action": action, "whom": whom, "reason": "enough"})
}

#[test]
fn row_69_row_71_row_78_one_request_mutes_puts_out_and_freezes() {
    let server = ServerProcess::start(&[]);
    let [mut ann, mut bo, mut cy] =
        ["Ann", "Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    for person in [&mut ann, &mut bo, &mut cy] {
        enters(person);
    }
    cy.asks(act("mute", Some("Bo")));
    assert_eq!(cy.hears("refused")["reason"], "not-your-room");
    ann.asks(act("mute", Some("Ann")));
    assert_eq!(ann.hears("refused")["reason"], "is-keeper");
    ann.asks(act("mute", Some("Dan")));
    assert_eq!(ann.hears("refused")["reason"], "no-such-person");
    for (wrong, word) in [
        (json!({"type": "act", "room": "den"}), "missing"),
        (act("mute", None), "missing"),
        (act("dance", None), "unknown-action"),
    ] {
        ann.sends_raw(&wrong.to_string());
        assert_eq!(ann.hears("error")["reason"], word);
    }
    ann.asks(json!({"type": "act", "room": "den", "action": "mute", "whom": "Bo", "for": 60}));
    for person in [&mut ann, &mut bo, &mut cy] {
        assert_eq!(hears_act(person), [json!("Ann"), json!("mute"), json!("Bo"), json!(60)]);
    }
    assert_eq!((says(&mut bo, "one"), says(&mut cy, "two")), ("muted".into(), "sent".into()));
    // Whoever comes back is told it, too.
    let mut again = bo.on_another_device();
    again.asks(json!({"type": "join", "room": "den"}));
    let joined = again.hears_until(|line| line["type"] == "joined" && line["room"] == "den");
    assert!((1..=60).contains(&joined["muted"].as_u64().unwrap()), "{joined}");
    drop(again);
    ann.asks(act("unmute", Some("Bo")));
    hears_act(&mut bo);
    assert_eq!(says(&mut bo, "three"), "sent");
    ann.asks(act("freeze", None));
    assert_eq!(hears_act(&mut bo), [json!("Ann"), json!("freeze"), Value::Null, Value::Null]);
    assert_eq!((says(&mut bo, "four"), says(&mut ann, "five")), ("frozen".into(), "sent".into()));
    ann.asks(act("unfreeze", None));
    ann.asks(act("kick", Some("Bo")));
    bo.hears_until(|line| line["type"] == "left" && line["room"] == "den");
    bo.asks(json!({"type": "join", "room": "den"}));
    assert_eq!(bo.hears("refused")["reason"], "put-out");
    assert_eq!(says(&mut bo, "six"), "not-in-room");
    ann.asks(act("unkick", Some("Bo")));
    ann.hears_until(|line| line["action"] == "unkick");
    enters(&mut bo);
}

#[test]
fn row_71_a_mute_and_a_freeze_outlive_a_restart() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let mut bo = somebody(server.addr, "Bo", "hello");
    assert_eq!(bo.sends_to("/r/den", &[("text", "tea?")]).status, 303);
    for command in ["/mute Bo 2h", "/freeze"] {
        ann.gets("/r/den");
        assert_eq!(ann.sends_to("/r/den", &[("text", command)]).status, 200, "{}", ann.page);
    }
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    (ann.addr, bo.addr) = (server.addr, server.addr);
    bo.gets("/r/den");
    let muted = "You cannot write in this room for 2 h.";
    assert!(bo.page.contains(muted), "before they try to: {}", bo.page);
    bo.sends_to("/r/den", &[("text", "coffee?")]);
    assert_eq!(bo.page.matches(muted).count(), 1, "{}", bo.page);
    ann.gets("/r/den");
    ann.sends_to("/r/den", &[("text", "/unmute Bo")]);
    bo.gets("/r/den");
    bo.sends_to("/r/den", &[("text", "coffee?")]);
    assert!(bo.page.contains("This room is frozen"), "{}", bo.page);
    assert!(bo.page.contains("value=\"coffee?\""), "the text is in the field again: {}", bo.page);
}

#[test]
fn row_16_the_welcome_of_a_room_is_read_by_each_way_in_and_after_a_restart() {
    let data = Data::new();
    let flags = ["--rate", "100", "--burst", "100"];
    let mut server = data.start(&flags);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    ann.gets("/r/den/keep");
    assert!(ann.page.contains("value=\"/welcome \""), "{}", ann.page);
    ann.sends_to("/r/den", &[("text", "/welcome Be <kind>."), ("keep", "1")]);
    assert!(ann.page.contains("/welcome Be &lt;kind&gt;."), "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "den"}));
    let joined = bo.hears_until(|line| line["type"] == "joined" && line["room"] == "den");
    assert_eq!(joined["welcome"], "Be <kind>.");
    let welcome =
        |text: &str| json!({"type": "act", "room": "den", "action": "welcome", "reason": text});
    bo.sends_raw(&welcome("").to_string());
    assert_eq!(bo.hears("error")["reason"], "missing");
    bo.sends_raw(&welcome(&"x".repeat(513)).to_string());
    assert_eq!(bo.hears("error")["reason"], "too-long");
    drop(bo);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&flags);
    let mut stranger = Browser::at(server.addr);
    stranger.gets("/r/den");
    assert!(
        stranger.page.contains("This room says: <bdi>Be &lt;kind&gt;.</bdi>"),
        "{}",
        stranger.page
    );
    let state = Folder::new();
    let join = format!("join ws://{}/ws --name Cy --room den", server.addr);
    let mut console = Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())]);
    console.shows("this room says: Be <kind>.");
    console.types("/rules\r");
    console.shows("this room says: Be <kind>.");
}

#[test]
fn row_77_a_button_is_about_the_person_beside_whom_it_stands_whatever_the_name() {
    let server = ServerProcess::start(&["--rate", "100", "--burst", "100"]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let names = ["Al", "Al\" x", "Al\" 10m rude", "\"Al\" 1d"];
    let mut people = names.map(|name| Numbered::joins(server.addr, name));
    people.iter_mut().for_each(enters);
    let mut watch = Numbered::joins(server.addr, "Wes");
    enters(&mut watch);
    for name in names {
        ann.gets("/r/den/keep");
        let escaped = name.replace('"', "\\\"");
        let value = format!("/mute \"{escaped}\" 600s");
        let button = format!("value=\"{}\"", value.replace('"', "&quot;"));
        assert!(ann.page.contains(&button), "{button}: {}", ann.page);
        ann.sends_to("/r/den", &[("text", &value), ("keep", "1")]);
        let told = hears_act(&mut watch);
        assert_eq!(told, [json!("Ann"), json!("mute"), json!(name), json!(600)]);
    }
}

#[test]
fn row_77_a_page_without_scripts_has_a_button_for_each() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    // The list of people leads to the page of one person, where the buttons are.
    ann.gets("/r/den");
    assert!(ann.page.contains("/r/den/private?to=Bo"), "{}", ann.page);
    ann.gets("/r/den/private?to=Bo");
    for (command, action, told) in [
        ("/mute Bo 600s", "mute", "Ann muted Bo for 10 min."),
        ("/unmute Bo", "unmute", "write here again"),
        ("/kick Bo 600s", "kick", "out of the room for 10 min"),
    ] {
        let button = command.replace("Bo", "&quot;Bo&quot;");
        let button = format!("<button name=\"text\" value=\"{button}\">");
        ann.gets("/r/den/private?to=Bo");
        assert!(ann.page.contains(&button), "{}", ann.page);
        assert_eq!(ann.sends_to("/r/den", &[("text", command)]).status, 200, "{}", ann.page);
        assert!(ann.page.contains(told), "the page says what was done: {}", ann.page);
        assert_eq!(hears_act(&mut bo)[..3], [json!("Ann"), json!(action), json!("Bo")]);
    }
    // Nobody else has the buttons, and a link does nothing.
    let mut cy = somebody(server.addr, "Cy", "hello");
    cy.gets("/r/den");
    cy.gets("/r/den/private?to=Ann");
    assert!(!cy.page.contains("/mute"), "{}", cy.page);
    let mut stranger = Browser::at(server.addr);
    stranger.gets("/r/den?text=/unkick+Bo");
    bo.asks(json!({"type": "join", "room": "den"}));
    assert_eq!(bo.hears("refused")["reason"], "put-out");
}

#[test]
fn row_76_lines_and_a_terminal_have_the_same_commands() {
    let (server, lines) = with_lines(&[]);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/join den\n").hears("* this is den, 1 here\n");
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    nc.sends(b"/mute Bo 5m too loud\n").hears("has muted Bo in den for 5 minutes (too loud)");
    assert_eq!(bo.hears("acted")["reason"], "too loud");
    assert_eq!(says(&mut bo, "one"), "muted");
    nc.sends(b"/unmute Bo\n").hears("has let Bo write in den again");
    nc.sends(b"/freeze\n").hears("has frozen den");
    nc.sends(b"/unfreeze\n").hears("has unfrozen den");
    nc.sends(b"/mute\n").hears("/mute NAME");
    nc.sends(b"/mute \"Bo 10m\" 5m\n").hears("there is nobody with that name");
    nc.sends(b"/mute Bo 10\n").hears("/mute NAME 10m");
    let state = Folder::new();
    let join = format!("join ws://{}/ws --name Ann", server.addr);
    let mut console = Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())]);
    console.shows("in lobby");
    console.types("/join attic\r");
    console.shows("in attic, ");
    bo.asks(json!({"type": "join", "room": "attic"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "attic");
    console.types("/kick Bo 3h\r");
    console.shows("Ann has put Bo out of attic for 3 hours");
    bo.hears_until(|line| line["type"] == "left" && line["room"] == "attic");
    console.types("/unkick Bo\r");
    console.shows("Ann has let Bo come back to attic");
}

#[test]
fn row_77_one_page_without_scripts_shows_what_holds_and_changes_it() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("href=\"/r/den/keep"), "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    ann.gets("/r/den/keep");
    // Each button is followed by what the page says then.
    for (command, told) in [
        ("/freeze", "/unfreeze"),
        ("/unfreeze", "/freeze"),
        ("/slow", "/unslow"),
        ("/unslow", "/slow"),
        ("/close", "/unclose"),
        ("/unclose", "/close"),
        ("/mute \"Bo\" 600s", "/unmute &quot;Bo&quot;"),
        ("/unmute \"Bo\"", "/mute &quot;Bo&quot; 600s"),
        ("/keeper \"Bo\"", "/unkeeper &quot;Bo&quot;"),
        ("/unkeeper \"Bo\"", "/keeper &quot;Bo&quot;"),
        ("/ban \"Bo\" 86400s", "/unban &quot;Bo&quot;"),
    ] {
        let button = format!("value=\"{}\"", command.replace('"', "&quot;"));
        assert!(ann.page.contains(&button), "{command}: {}", ann.page);
        let fields = [("text", command), ("keep", "1")];
        assert_eq!(ann.sends_to("/r/den", &fields).status, 200, "{}", ann.page);
        assert!(ann.page.contains(&format!("value=\"{told}\"")), "{told}: {}", ann.page);
    }
    let mut cy = somebody(server.addr, "Cy", "hello");
    cy.gets("/r/den/keep");
    assert!(!cy.page.contains("/freeze"), "{}", cy.page);
    // Everybody may know who looks after the room.
    assert!(cy.page.contains("<h2>Keepers</h2>"), "{}", cy.page);
}

#[test]
fn row_13_row_24_whoever_waits_for_a_closed_room_sees_it_and_is_let_in_from_a_list() {
    let server = ServerProcess::start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    enters(&mut ann);
    ann.asks(act("close", None));
    ann.hears("acted");
    // Without scripts: the page says so and looks again by itself.
    let mut bo = somebody(server.addr, "Bo", "hello");
    let answer = bo.gets("/r/den");
    assert_eq!(answer.header("refresh"), Some("10"), "{}", bo.page);
    assert_eq!(
        bo.page.matches("Somebody who looks after this room must let you in").count(),
        1,
        "{}",
        bo.page
    );
    assert!(!bo.page.contains("0 here") && !bo.page.contains("name=\"text\""), "{}", bo.page);
    assert_eq!(ann.hears("waits")["name"], "Bo");
    // Whoever has no name yet waits under the one of the form.
    let mut cy = Browser::at(server.addr);
    let answer = cy.gets("/r/den");
    assert_eq!(answer.header("refresh"), None);
    cy.sends_to("/r/den", &[("enter", "1"), ("name", "Cy")]);
    assert!(cy.page.contains("Somebody who looks after this room must let you in"), "{}", cy.page);
    assert_eq!(ann.hears("waits")["name"], "Cy");
    let mut dan = Numbered::joins(server.addr, "Dan");
    dan.asks(json!({"type": "join", "room": "den"}));
    assert_eq!(dan.hears("refused")["reason"], "room-closed");
    ann.hears("waits");
    ann.asks(json!({"type": "room-state", "room": "den"}));
    let state = ann.hears("room-state");
    assert_eq!(state["waiting"], json!(["Bo", "Cy", "Dan"]));
    assert_eq!((&state["closed"], &state["keepers"]), (&json!(true), &json!(["Ann"])));
    for name in ["Bo", "Cy", "Dan"] {
        ann.asks(act("admit", Some(name)));
    }
    assert_eq!(dan.hears("acted")["action"], "admit");
    enters(&mut dan);
    for person in [&mut bo, &mut cy] {
        person.gets("/r/den");
        assert_eq!(person.sends_to("/r/den", &[("text", "thanks")]).status, 303, "{}", person.page);
    }
    // Nobody who is not a keeper sees who waits, and a program has the sentence.
    dan.asks(json!({"type": "room-state", "room": "den"}));
    assert_eq!(dan.hears("room-state")["admitted"], json!([]));
    let mut curl = Browser::at(server.addr);
    curl.gets("/r/den/poll?wait=0");
    assert!(curl.page.contains("room-closed"), "{}", curl.page);
}

#[test]
fn row_68_row_76_a_keeper_is_named_and_slow_mode_and_state_have_commands_in_each_way_in() {
    let (server, lines) = with_lines(&[]);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/join den\n").hears("* this is den, 1 here\n");
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    nc.sends(b"/slow 20s\n").hears("has slowed den: one message each in 20 seconds");
    assert_eq!(bo.hears("acted")["for"], 20);
    assert_eq!((says(&mut bo, "one"), says(&mut bo, "two")), ("sent".into(), "slow-mode".into()));
    nc.sends(b"/slow soon\n").hears("/slow 30s");
    nc.sends(b"/state\n").hears("* this room is in slow mode: one message each in 20 seconds\n");
    nc.sends(b"/unslow\n").hears("has ended the slow mode of den");
    nc.sends(b"/keeper Bo\n").hears("has made Bo a keeper of den");
    bo.asks(json!({"type": "who", "room": "den"}));
    let keepers = bo.hears("who")["keepers"].clone();
    assert!(keepers.as_array().unwrap().contains(&json!("Bo")), "{keepers}");
    bo.asks(act("close", None));
    nc.hears("* Bo has closed den: only who is admitted can come in (enough)\n");
    let mut cy = Numbered::joins(server.addr, "Cy");
    cy.asks(json!({"type": "join", "room": "den"}));
    nc.hears("* there is somebody who waits to enter den: Cy; /admit Cy lets them in\n");
    nc.sends(b"/admit Cy\n").hears("has let Cy into den");
    nc.sends(b"/unadmit Cy\n").hears("has removed Cy from the list for den");
    nc.sends(b"/unclose\n").hears("has opened den");
    nc.sends(b"/unkeeper Bo\n").hears("has ended that Bo is a keeper of den");
    bo.asks(act("freeze", None));
    assert_eq!(bo.hears("refused")["reason"], "not-your-room");
    let state = Folder::new();
    let join = format!("join ws://{}/ws --name Ann", server.addr);
    let mut console = Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())]);
    console.shows("in lobby");
    console.types("/join attic\r");
    console.shows("in attic, ");
    console.types("/close\r");
    console.shows("Ann has closed attic");
    cy.asks(json!({"type": "join", "room": "attic"}));
    console.shows("there is somebody who waits to enter attic: Cy");
    console.types("/state\r");
    console.shows("this room is looked after by Ann");
    console.shows("there are people who wait for /admit NAME: Cy");
    console.types("/admit Cy\r");
    console.shows("Ann has let Cy into attic");
}

#[test]
fn row_68_keepers_a_closed_room_and_slow_mode_outlive_a_restart() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let mut bo = somebody(server.addr, "Bo", "hello");
    assert_eq!(bo.sends_to("/r/den", &[("text", "tea?")]).status, 303);
    for command in ["/keeper Bo", "/slow 1h", "/close"] {
        ann.gets("/r/den");
        assert_eq!(ann.sends_to("/r/den", &[("text", command)]).status, 200, "{}", ann.page);
    }
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    bo.addr = server.addr;
    bo.gets("/r/den/keep");
    for command in ["/unslow", "/unclose", "/unkeeper &quot;Bo&quot;"] {
        // Nobody ends that they are a keeper themselves.
        let has = bo.page.contains(&format!("value=\"{command}\""));
        assert_eq!(has, !command.contains("Bo"), "{command}: {}", bo.page);
    }
    let mut cy = Browser::opens(server.addr, "/r/lobby");
    cy.gets("/r/den");
    assert!(cy.page.contains("Somebody who looks after this room must let you in"), "{}", cy.page);
}

#[test]
fn row_70_a_ban_outlives_a_restart_and_whoever_comes_back_as_a_guest_waits() {
    let data = Data::new();
    // With a rate of its own, this machine's address counts like any other.
    let flags = ["--rate", "100", "--burst", "100"];
    let mut server = data.start(&flags);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let mut bo = somebody(server.addr, "Bo", "hello");
    assert_eq!(bo.sends_to("/r/den", &[("text", "spam")]).status, 303);
    ann.gets("/r/den");
    assert_eq!(ann.sends_to("/r/den", &[("text", "/ban Bo 2d spam")]).status, 200);
    assert!(ann.page.contains("Ann banned Bo from this room for 2 days."), "{}", ann.page);
    bo.gets("/r/den");
    assert!(bo.page.contains("You were put out of the room"), "{}", bo.page);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&flags);
    (ann.addr, bo.addr) = (server.addr, server.addr);
    bo.gets("/r/den");
    assert!(bo.page.contains("You were put out of the room"), "{}", bo.page);
    let mut again = somebody(server.addr, "Bob", "hello");
    again.gets("/r/den");
    assert!(
        again.page.contains("Somebody who looks after this room must let you in"),
        "{}",
        again.page
    );
    ann.gets("/r/den/keep");
    for button in ["/unban &quot;Bo&quot;", "/admit &quot;Bob&quot;"] {
        assert!(ann.page.contains(button), "{button}: {}", ann.page);
    }
    ann.sends_to("/r/den", &[("text", "/unban \"Bo\""), ("keep", "1")]);
    for person in [&mut bo, &mut again] {
        person.gets("/r/den");
        assert_eq!(person.sends_to("/r/den", &[("text", "sorry")]).status, 303, "{}", person.page);
    }
}

#[test]
fn row_80_what_was_done_in_a_room_is_read_by_its_keepers_after_a_restart_too() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let mut bo = somebody(server.addr, "Bo", "hello");
    assert_eq!(bo.sends_to("/r/den", &[("text", "tea?")]).status, 303);
    for command in ["/mute Bo 2h too loud", "/slow 1m"] {
        ann.gets("/r/den");
        assert_eq!(ann.sends_to("/r/den", &[("text", command)]).status, 200, "{}", ann.page);
    }
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    (ann.addr, bo.addr) = (server.addr, server.addr);
    ann.gets("/r/den/keep");
    let [slow, mute] = ["one message each in 1 min.", "Ann muted Bo for 2 h. Reason: too loud"]
        .map(|told| ann.page.find(told).unwrap_or_else(|| panic!("{told}: {}", ann.page)));
    assert!(slow < mute, "the newest comes first: {}", ann.page);
    bo.gets("/r/den/keep");
    assert!(!bo.page.contains("too loud"), "{}", bo.page);
    ann.gets("/r/den");
    ann.sends_to("/r/den", &[("text", "/state")]);
    assert!(ann.page.contains("What was done here"), "{}", ann.page);
}

#[test]
fn idea_d8_with_w3m_pupils_raise_hands_in_a_lesson_and_a_teacher_sees_them_in_their_order() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my lesson")]);
    ann.gets(answer.header("location").unwrap());
    let [mut bo, mut cy] = ["Bo", "Cy"].map(|name| {
        let mut pupil = somebody(server.addr, name, "hello");
        assert_eq!(pupil.sends_to("/r/den", &[("text", "here")]).status, 303);
        pupil
    });
    ann.gets("/r/den/keep");
    assert!(ann.page.contains("value=\"/lesson\""), "{}", ann.page);
    ann.sends_to("/r/den", &[("text", "/lesson"), ("keep", "1")]);
    for pupil in [&mut cy, &mut bo] {
        pupil.gets("/r/den");
        for part in ["A lesson is on: names stay", "value=\"/hand\"", "value=\"/unhand\""] {
            assert!(pupil.page.contains(part), "{part}: {}", pupil.page);
        }
        pupil.sends_to("/r/den", &[("text", "/hand")]);
        pupil.gets("/r/den");
    }
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    for person in [&mut ann, &mut bo, &mut cy] {
        person.addr = server.addr;
    }
    bo.gets("/r/den");
    bo.sends_to("/r/den", &[("text", "/msg Cy psst")]);
    assert!(bo.page.contains("private messages go only to those"), "{}", bo.page);
    ann.gets("/r/den/keep");
    has_in_order(&ann.page, &["Raised hands", "/lower &quot;Cy&quot;", "/lower &quot;Bo&quot;"]);
    ann.sends_to("/r/den", &[("text", "/lower \"Cy\""), ("keep", "1")]);
    ann.gets("/r/den/keep");
    assert!(!ann.page.contains("/lower &quot;Cy"), "{}", ann.page);
    ann.sends_to("/r/den", &[("text", "/unlesson"), ("keep", "1")]);
    ann.gets("/r/den/keep");
    assert!(!ann.page.contains("Raised hands"), "{}", ann.page);
    cy.gets("/r/den");
    assert!(!cy.page.contains("A lesson is on"), "{}", cy.page);
}

#[test]
fn row_60_a_poll_reads_well_in_w3m_and_in_plain_lines_and_outlives_a_restart() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my lesson")]);
    ann.gets(answer.header("location").unwrap());
    ann.gets("/r/den/keep");
    assert!(ann.page.contains("value=\"/poll \""), "{}", ann.page);
    ann.sends_to("/r/den", &[("text", "/poll Tea? | yes | <b>no</b>"), ("keep", "1")]);
    let mut bo = somebody(server.addr, "Bo", "hello");
    bo.gets("/r/den");
    has_in_order(&bo.page, &["Tea?", "value=\"/vote 1\">yes<", "value=\"/vote 2\">&lt;b&gt;no"]);
    bo.sends_to("/r/den", &[("text", "/vote 1")]);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&["--lines", "127.0.0.1:0"]);
    (ann.addr, bo.addr) = (server.addr, server.addr);
    bo.gets("/r/den");
    has_in_order(&bo.page, &["value=\"/vote 1\">yes<", "█</span> 1", "your answer"]);
    let mut nc = Connection::open(server.lines());
    nc.hears("* this is lobby");
    nc.sends(b"/join den\n").hears("* there is a poll, /vote NUMBER: Tea?");
    nc.hears("* there is answer 1: # 1 yes");
    nc.sends(b"/vote 2\n").hears("has voted in den");
    nc.sends(b"/poll\n").hears("* there is answer 2: # 1 <b>no</b> (yours)");
    ann.sends_to("/r/den", &[("text", "/unpoll"), ("keep", "1")]);
    nc.hears("* there is the result of the poll: Tea?");
    nc.hears("* there is answer 2: # 1 <b>no</b>");
}
