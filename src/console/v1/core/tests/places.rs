//! Where typed lines go: rooms with a password, addresses of rooms, the private talk.

use std::time::Duration;

use serde_json::json;

use super::super::private_talk;
use super::{Acts, Manner, Scene, commands};
use crate::console::limits::CONSOLE_CLOSE_WAIT;
use crate::console::trouble::ConsoleError;

const LOCKED: &str = "this room needs a password";

fn refuse(scene: &mut Scene, room: &str, reason: &str) -> String {
    scene.receive(json!({"type": "refused", "room": room, "id": null, "reason": reason,
        "text": LOCKED}));
    scene.take_acts().notes.join("\n")
}

#[test]
fn the_console_asks_a_person_for_the_password_of_a_locked_room() {
    let mut scene = Scene::inside(Manner::Person);
    assert_eq!(scene.core.begin_prompt(), None);
    scene.type_line("/join den");
    let notes = refuse(&mut scene, "den", "password-needed");
    assert!(notes.contains(LOCKED) && !notes.contains("/join den PASSWORD"), "{notes}");
    assert_eq!(scene.core.begin_prompt().as_deref(), Some("den"));
    commands::handle_password(&mut scene.core, "den".into(), Some("soup".into()));
    let join = json!({"type": "join", "room": "den", "password": "soup"});
    assert_eq!(scene.take_acts().requests, [join]);
    refuse(&mut scene, "den", "wrong-password");
    assert_eq!(scene.core.begin_prompt().as_deref(), Some("den"), "asked again");
    commands::handle_password(&mut scene.core, "den".into(), None);
    assert!(scene.take_acts().requests.is_empty());
    assert_eq!(scene.core.begin_prompt(), None);
}

#[test]
fn an_answer_that_comes_after_the_prompt_says_what_to_type() {
    let mut scene = Scene::inside(Manner::Person);
    scene.type_line("/join den");
    assert_eq!(scene.core.begin_prompt(), None);
    let notes = refuse(&mut scene, "den", "password-needed");
    assert!(notes.contains("/join den PASSWORD"), "{notes}");
    assert_eq!(scene.core.begin_prompt(), None);
}

#[test]
fn the_address_of_an_invite_can_be_typed_to_join() {
    let mut scene = Scene::inside(Manner::Person);
    scene.core.home = "http://box.test:80".to_owned();
    let acts = scene.type_line("/join http://box.test/r/den/invite?code=abc");
    assert_eq!(acts.requests, [json!({"type": "join", "room": "den", "invite": "abc"})]);
    assert_eq!(scene.core.current_room(), Some("den"));
    let acts = scene.type_line("/join http://else.test/r/den");
    assert!(acts.requests.is_empty());
    assert!(acts.notes[0].contains("another server"), "{:?}", acts.notes);
}

fn type_to(scene: &mut Scene, person: &str, line: &str) -> Acts {
    private_talk::handle_line(&mut scene.core, line, (person, Some("lobby")), scene.now);
    scene.take_acts()
}

#[test]
fn in_a_private_talk_nothing_goes_to_the_room() {
    let mut scene = Scene::inside(Manner::Person);
    assert!(scene.type_line("/msg Bo").requests.is_empty());
    assert_eq!(scene.core.talk(), Some("Bo"));
    let acts = type_to(&mut scene, "Bo", "psst");
    let psst = json!({"type": "private", "to": "Bo", "id": "id-1", "text": "psst",
        "as_of": 1_000_000});
    assert_eq!(acts.requests, [psst]);
    for line in ["/me waves", "/reply yes", "/topic soup", "/pin #2", "/edit soup"] {
        let acts = type_to(&mut scene, "Bo", line);
        assert!(acts.requests.is_empty() && acts.notes.len() == 1, "{line}: {:?}", acts.notes);
    }
    let acts = type_to(&mut scene, "Bo", "/history");
    assert_eq!(acts.requests[0]["room"], json!(null));
    scene.receive(json!({"type": "renamed", "from": "Bo", "to": "Bob"}));
    assert_eq!(scene.core.talk(), Some("Bob"));
    type_to(&mut scene, "Bob", "/leave");
    assert_eq!(scene.core.talk(), None);
    scene.type_line("/msg Bo");
    scene.type_line("/join lobby");
    assert_eq!(scene.core.talk(), None);
}

/// So the server sends it to nobody who took the name since.
#[test]
fn a_private_message_that_waits_says_when_it_was_typed_by_the_server_s_clock() {
    let mut scene = Scene::inside(Manner::Person);
    scene.lose_connection();
    scene.now += Duration::from_secs(3);
    scene.type_line("/msg Bo psst");
    scene.now += Duration::from_secs(5);
    scene.reconnect();
    scene.take_acts();
    scene.let_in();
    let acts = scene.take_acts();
    let sent = acts.requests.iter().find(|request| request["type"] == "private").unwrap();
    assert_eq!(sent["as_of"], 1_003_000);
}

/// One of the two clocks was set since the welcome.
#[test]
fn a_private_message_that_is_refused_is_sent_by_the_server_s_clock_when_it_is_typed_again() {
    let mut scene = Scene::inside(Manner::Person);
    scene.type_line("/msg Bo psst");
    scene.receive(json!({"type": "refused", "room": null, "id": "id-1", "time": 7_000_000,
        "reason": "another-person", "text": "another person may have this name now"}));
    scene.now += Duration::from_secs(2);
    let acts = scene.type_line("/msg Bo psst");
    assert_eq!(acts.requests[0]["as_of"], 7_002_000);
}

#[test]
fn our_own_lines_have_no_code_after_our_name() {
    let mut scene = Scene::inside(Manner::Person);
    for (seq, from) in [(42, "Ann"), (43, "Bo")] {
        scene.receive(json!({"type": "message", "room": "lobby", "seq": seq, "time": 1,
            "from": from, "mark": "abcd", "text": "hello"}));
    }
    assert_eq!(scene.take_acts().shown, ["Ann: hello", "Bo (abcd): hello"]);
}

#[test]
fn a_private_message_does_not_overtake_what_waits_for_a_room() {
    let mut scene = Scene::inside(Manner::Person);
    scene.lose_connection();
    scene.type_line("first");
    scene.type_line("/msg Bo second");
    scene.reconnect();
    scene.receive(json!({"type": "welcome", "version": 1, "name": "Ann", "token": "t1",
        "server": "s", "limits": {"text": 20}}));
    let texts = |acts: Acts| -> Vec<_> {
        acts.requests
            .iter()
            .filter_map(|request| request["text"].as_str().map(str::to_owned))
            .collect()
    };
    assert!(texts(scene.take_acts()).is_empty(), "the room is not joined yet");
    scene.receive(json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 41, "from": 42,
        "topic": "", "people": 1}));
    assert_eq!(texts(scene.take_acts()), ["first"]);
    scene.receive(json!({"type": "sent", "room": "lobby", "id": "id-1", "seq": 42, "time": 1}));
    assert_eq!(texts(scene.take_acts()), ["second"]);
}

#[test]
fn a_console_that_is_leaving_waits_longer_if_the_server_comes_back() {
    let mut scene = Scene::inside(Manner::Person);
    scene.lose_connection();
    scene.type_line("hello?");
    scene.type_line("/quit");
    scene.now += CONSOLE_CLOSE_WAIT - Duration::from_millis(1);
    scene.reconnect();
    scene.let_in();
    scene.now += Duration::from_millis(2);
    scene.core.tick(scene.now);
    assert_eq!(scene.take_acts().end, None);
    scene.receive(json!({"type": "sent", "room": "lobby", "id": "id-1", "seq": 42, "time": 1}));
    assert_eq!(scene.take_acts().end, Some(Ok(())));
}

#[test]
fn what_the_server_confirms_while_the_connection_closes_is_not_said_to_be_lost() {
    for is_confirmed in [true, false] {
        let mut scene = Scene::inside(Manner::Person);
        scene.type_line("hello?");
        scene.core.end_with_unsent();
        let end = scene.take_acts().end.unwrap();
        assert!(end.is_err());
        if is_confirmed {
            scene.receive(json!({"type": "sent", "room": "lobby", "id": "id-1", "seq": 42,
                "time": 1}));
            scene.take_acts();
        }
        let end = scene.core.after_close(Err(ConsoleError::UnsentMessages { count: 1 }));
        assert_eq!(end.is_ok(), is_confirmed);
        assert_eq!(scene.take_acts().notes.is_empty(), is_confirmed);
    }
}
