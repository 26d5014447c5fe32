//! Tests of typed lines: the requests and notes that they cause.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{ConsoleCore, Manner, Scene, WantedIdentity, commands};
use crate::base::limits;
use crate::console::v1::core::unsent::{CONSOLE_ANSWER_WAIT, CONSOLE_SLOW_AFTER};

#[test]
fn a_script_does_not_hear_what_was_said_before_it_came_and_obeys_nothing() {
    let mut scene = Scene::new(Manner::Script);
    scene.core.on_connected();
    scene.receive(json!({"type": "welcome", "name": "Ann", "token": "t", "limits": {"text": 20}}));
    scene.receive(json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 2, "from": 1}));
    for seq in 1..=3 {
        scene.receive_message(seq, "Bo", &seq.to_string(), None);
    }
    let acts = scene.take_acts();
    assert_eq!(acts.shown, ["Bo: 3"]);
    assert!(acts.notes.is_empty(), "{acts:?}");
    assert_eq!(scene.type_line("/quit").requests[0]["text"], "/quit");
}

#[test]
fn a_link_shows_what_was_said_around_a_line_of_a_room_that_one_is_in() {
    let mut scene = Scene::inside(Manner::Person);
    let requests = scene.type_line("/at #30").requests;
    let (count, half) = (limits::CONSOLE_HISTORY_LINES, limits::CONSOLE_HISTORY_LINES / 2);
    assert_eq!(requests[0]["type"], "history");
    assert_eq!((&requests[0]["before"], &requests[0]["count"]), (&json!(31 + half), &json!(count)));
    assert_eq!(scene.type_line("/at Lobby#30").requests[0]["room"], "lobby");
    let acts = scene.type_line("/at kitchen#30");
    assert!(acts.requests.is_empty());
    assert!(acts.notes[0].contains("/join kitchen"), "{acts:?}");
}

#[test]
fn in_no_room_a_command_about_the_room_asks_the_server_for_nothing() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive(json!({"type": "left", "room": "lobby"}));
    scene.take_acts();
    for log in ["no private log", "a private log"] {
        for line in ["/at #5", "/history", "/search soup", "/who", "/leave", "/topic", "/hide"] {
            let acts = scene.type_line(line);
            assert!(acts.requests.is_empty(), "{line} with {log}: {acts:?}");
            let words = "you are in no room; join one with /join ROOM";
            assert_eq!(acts.notes, [words], "{line} with {log}");
        }
        let notes = scene.type_line("hello?").notes;
        let words = "not sent: hello?\nyou are in no room; join one with /join ROOM";
        assert_eq!(notes, [words], "{log}");
        scene.receive(json!({"type": "joined", "room": null, "epoch": "p", "seq": 0, "from": 1}));
        scene.take_acts();
    }
}

#[test]
fn who_is_ignored_is_not_shown_and_its_lines_still_count() {
    let mut scene = Scene::inside(Manner::Person);
    assert!(scene.type_line("/ignore").notes[0].contains("nobody"));
    scene.type_line("/ignore bo");
    scene.receive_message(42, "Bo", "spam", None);
    scene.receive(json!({"type": "private", "room": null, "seq": 1, "time": 1, "from": "Bo",
        "to": "Ann", "text": "spam"}));
    scene.receive_message(43, "Cleo", "hello", None);
    let acts = scene.take_acts();
    assert_eq!(acts.shown, ["Cleo: hello"]);
    assert!(acts.notes.is_empty(), "no line is missing: {acts:?}");
    assert!(scene.type_line("/ignore").notes[0].contains("bo"));
    scene.type_line("/ignore Bo");
    scene.receive_message(44, "Bo", "sorry", None);
    assert_eq!(scene.take_acts().shown, ["Bo: sorry"]);
}

#[test]
fn what_came_too_early_is_asked_again_in_time_and_in_its_order() {
    let mut scene = Scene::inside(Manner::Courier);
    scene.type_line("one");
    scene.type_line("two");
    scene.receive(json!({"type": "refused", "room": "lobby", "id": "id-1", "reason": "too-fast",
        "text": "too fast", "wait": 2500, "said": "one"}));
    assert!(scene.take_acts().requests.is_empty());
    let turn = scene.core.next_turn().unwrap();
    assert_eq!(turn - scene.now, Duration::from_millis(2500));
    scene.now = turn;
    scene.core.tick(turn);
    let acts = scene.take_acts();
    assert_eq!(acts.requests.len(), 1);
    assert_eq!(acts.requests[0]["id"], "id-1");
}

#[test]
fn a_connection_on_which_nothing_is_answered_is_given_up() {
    let mut scene = Scene::inside(Manner::Person);
    scene.type_line("hello?");
    scene.core.tick(scene.now + CONSOLE_SLOW_AFTER);
    scene.now += CONSOLE_ANSWER_WAIT;
    assert_eq!(scene.core.next_turn(), Some(scene.now));
    scene.core.tick(scene.now);
    assert!(scene.take_acts().hung_up);
    scene.lose_connection();
    assert_eq!(scene.core.next_turn(), None, "without a line there is no hurry");
}

#[test]
fn a_courier_ends_when_all_is_sent_and_fails_when_it_is_refused() {
    let mut scene = Scene::inside(Manner::Courier);
    // The server in this test accepts at most 20 bytes of text in a message.
    let requests = scene.type_line("a line of thirty bytes in all.").requests;
    assert_eq!(requests[0]["text"], "a line of thirty byt");
    scene.core.on_input_end(scene.now, None);
    scene.receive(json!({"type": "sent", "id": "id-1"}));
    let acts = scene.take_acts();
    assert_eq!(acts.requests[0]["text"], "es in all.");
    assert_eq!(acts.end, None);
    scene.receive(json!({"type": "sent", "id": "id-2"}));
    assert_eq!(scene.take_acts().end, Some(Ok(())));

    let mut scene = Scene::inside(Manner::Courier);
    scene.type_line("hello");
    scene.receive(json!({"type": "error", "room": "lobby", "id": "id-1", "reason": "too-long",
        "text": "this is too long"}));
    let words = "the server did not accept the message: this is too long";
    assert_eq!(scene.take_acts().end, Some(Err(words.into())));
}

#[test]
fn a_script_that_was_refused_a_line_fails_in_the_end() {
    let mut scene = Scene::inside(Manner::Script);
    scene.type_line("hello");
    scene.receive(json!({"type": "error", "room": "lobby", "id": "id-1", "reason": "too-long",
        "text": "this is too long"}));
    assert_eq!(scene.take_acts().notes, ["not sent: hello\nthis is too long"]);
    scene.core.on_input_end(scene.now, None);
    assert!(matches!(scene.take_acts().end, Some(Err(_))));
}

#[test]
fn what_is_not_sent_in_time_is_told_with_its_number() {
    let mut scene = Scene::inside(Manner::Courier);
    scene.type_line("hello");
    let then = scene.now + Duration::from_secs(5);
    scene.core.on_input_end(scene.now, Some(then));
    scene.core.tick(then);
    let words = "a message was not confirmed by the server, and may be lost";
    assert_eq!(scene.take_acts().end, Some(Err(words.into())));
}

#[test]
fn commands_become_requests() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive_message(42, "Ann", "mine", None);
    scene.receive(json!({"type": "presence", "room": "lobby", "name": "Bo Peep", "here": true,
        "people": 2}));
    scene.take_acts();
    for (line, request) in [
        ("/name Anna#fish", json!({"type": "name", "name": "Anna#fish"})),
        ("/rooms", json!({"type": "rooms"})),
        ("/who", json!({"type": "who", "room": "lobby"})),
        ("/history 5 #9", json!({"type": "history", "room": "lobby", "before": 9, "count": 5})),
        ("/leave", json!({"type": "leave", "room": "lobby"})),
        ("/me waves", json!({"type": "me", "room": "lobby", "id": "id-1", "text": "waves"})),
        (
            "/edit ours",
            json!({"type": "edit", "room": "lobby", "id": "id-2", "seq": 42, "text": "ours"}),
        ),
        ("/delete #7", json!({"type": "delete", "room": "lobby", "id": "id-3", "seq": 7})),
        ("/topic -", json!({"type": "topic", "room": "lobby", "id": "id-4", "text": ""})),
        ("/password hot soup", json!({"type": "set", "room": "lobby", "password": "hot soup"})),
        ("/password -", json!({"type": "set", "room": "lobby", "password": ""})),
        ("/invite", json!({"type": "invite", "room": "lobby"})),
        ("/hide", json!({"type": "set", "room": "lobby", "hidden": true})),
        ("/show", json!({"type": "set", "room": "lobby", "hidden": false})),
        (
            "/msg bo peep psst",
            json!({"type": "private", "to": "Bo Peep", "id": "id-5", "text": "psst", "typed": true,
                "as_of": 1_000_000}),
        ),
    ] {
        assert_eq!(scene.type_line(line).requests, std::slice::from_ref(&request), "{line}");
        if let Some(id) = request["id"].as_str() {
            scene.receive(json!({"type": "sent", "room": "lobby", "id": id, "seq": 1, "time": 1}));
        }
    }
    assert_eq!(scene.type_line("/quit").end, Some(Ok(())));
}

#[test]
fn a_line_goes_to_the_room_that_its_prompt_named() {
    let mut scene = Scene::inside(Manner::Person);
    let join = json!({"type": "join", "room": "kitchen", "password": "soup"});
    assert_eq!(scene.type_line("/join Kitchen soup").requests, [join]);
    assert_eq!(scene.core.current_room(), Some("kitchen"));
    assert!(scene.type_line("is it ready?").requests.is_empty(), "not yet joined");
    scene.receive(json!({"type": "refused", "room": "kitchen", "id": null,
        "reason": "wrong-password", "text": "that is not its password"}));
    let notes = scene.take_acts().notes.join("\n");
    assert!(notes.contains("not sent: is it ready?"), "{notes}");
    assert_eq!(scene.core.current_room(), Some("lobby"));
    commands::handle_typed_line(&mut scene.core, "and now?", Some("kitchen"), scene.now);
    let acts = scene.take_acts();
    assert!(acts.requests.is_empty());
    assert_eq!(acts.notes, ["not sent: and now?\nyou are not in kitchen any more"]);
}

#[test]
fn how_a_room_is_kept_from_strangers_is_said_again_on_the_next_connection() {
    let mut scene = Scene::inside(Manner::Person);
    let is = |hidden: bool, locked: bool| json!({"type": "set", "room": "lobby", "hidden": hidden, "locked": locked});
    let comes_back = |scene: &mut Scene| {
        scene.lose_connection();
        let hello = scene.reconnect().requests[0]["rooms"][0].clone();
        scene.let_in();
        scene.take_acts();
        (hello["hidden"].clone(), hello["password"].clone())
    };
    scene.type_line("/password soup");
    scene.type_line("/hide");
    scene.receive(is(false, true));
    scene.receive(is(true, true));
    let notes = scene.take_acts().notes;
    assert_eq!(notes[0], "the password of lobby is set; others type: /join lobby soup");
    assert_eq!(notes[1], "lobby is now hidden and needs a password");
    assert_eq!(comes_back(&mut scene), (json!(true), json!("soup")));
    // The next hello must not have a new password if the server has refused the change or not
    // answered it.
    scene.type_line("/password salad");
    scene
        .receive(json!({"type": "refused", "room": "lobby", "id": null, "reason": "not-your-room",
        "text": "only the person who created this room, a keeper of it, or a host can do that"}));
    scene.type_line("/password bread");
    assert_eq!(comes_back(&mut scene), (json!(null), json!("soup")), "the server said it is not");
    // This change comes from another device of the same person.
    scene.receive(is(true, false));
    assert_eq!(comes_back(&mut scene), (json!(true), json!(null)));
    scene.lose_connection();
    let acts = scene.type_line("/password soup");
    assert!(
        acts.requests.is_empty() && acts.notes[0].contains("you are not connected"),
        "{acts:?}"
    );
    assert!(scene.reconnect().requests.iter().all(|request| !request.to_string().contains("soup")));
}

#[test]
fn a_room_that_is_joined_or_left_before_the_welcome_is_joined_or_left_after_it() {
    let mut scene = Scene::new(Manner::Person);
    scene.core.on_connected();
    scene.take_acts();
    assert!(scene.type_line("/join kitchen").requests.is_empty());
    assert!(scene.type_line("/leave lobby").requests.is_empty());
    scene.receive(json!({"type": "welcome", "version": 1, "name": "Ann", "token": "t1",
        "server": "s", "limits": {"text": 20}}));
    let asked = scene.take_acts().requests;
    assert_eq!(
        asked,
        [
            json!({"type": "join", "room": "kitchen"}),
            json!({"type": "leave", "room": "lobby"}),
            // For the Tab key.
            json!({"type": "rooms"})
        ]
    );
}

#[test]
fn an_edit_without_a_number_waits_for_what_is_not_sent_yet() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive_message(42, "Ann", "confirmed", None);
    scene.take_acts();
    scene.lose_connection();
    scene.type_line("typed while away");
    for line in ["/edit something else", "said after it", "/delete"] {
        let acts = scene.type_line(line);
        assert!(acts.requests.is_empty(), "{line}: {acts:?}");
    }
    assert_eq!(scene.core.unsent.len(), 2);
    scene.reconnect();
    scene.let_in();
    scene.take_acts();
    // Each change is one of the message that was newest when it was typed.
    scene.receive_message(43, "Ann", "typed while away", Some("id-1"));
    assert_eq!(scene.take_acts().requests[0]["text"], "said after it");
    scene.receive(json!({"type": "sent", "room": "lobby", "id": "id-2", "seq": 44, "time": 1}));
    let edit = json!({"type": "edit", "room": "lobby", "id": "id-3", "seq": 43,
        "text": "something else"});
    assert_eq!(scene.take_acts().requests, [edit]);
    scene.receive(json!({"type": "sent", "room": "lobby", "id": "id-3", "seq": 45, "time": 1}));
    let deletion = json!({"type": "delete", "room": "lobby", "id": "id-4", "seq": 44});
    assert_eq!(scene.take_acts().requests, [deletion]);
    assert!(scene.type_line("/edit again").requests.is_empty(), "the deletion is under way");
    scene.receive(json!({"type": "sent", "room": "lobby", "id": "id-4", "seq": 46, "time": 1}));
    assert_eq!(scene.take_acts().requests[0]["seq"], 44, "our newest message");
}

#[test]
fn the_change_of_a_message_that_is_refused_changes_no_other() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive_message(42, "Ann", "older", Some("old"));
    scene.type_line("one too long");
    scene.type_line("/edit shorter");
    scene.type_line("/delete");
    scene.receive(json!({"type": "refused", "room": "lobby", "id": "id-1", "reason": "too-long",
        "text": "too long"}));
    let acts = scene.take_acts();
    assert!(acts.requests.is_empty(), "{acts:?}");
    assert_eq!(acts.notes, ["not sent: one too long\ntoo long", "not sent either: shorter"]);
}

#[test]
fn a_correction_of_a_private_message_does_not_get_into_the_room() {
    let mut scene = Scene::inside(Manner::Person);
    scene.type_line("hello");
    scene.receive(json!({"type": "sent", "id": "id-1", "seq": 42}));
    scene.type_line("/msg Bo a secret");
    scene.receive(json!({"type": "sent", "id": "id-2", "seq": 1}));
    for line in ["/edit another secret", "/delete"] {
        let acts = scene.type_line(line);
        assert!(
            acts.requests.is_empty() && acts.notes.concat().contains("was private"),
            "{acts:?}"
        );
    }
    assert_eq!(scene.type_line("/edit #42 hello all").requests[0]["seq"], 42);
}

#[test]
fn what_waits_for_a_room_that_one_leaves_is_given_back_and_keeps_nobody() {
    let mut scene = Scene::inside(Manner::Person);
    for line in ["one", "two", "/leave"] {
        scene.type_line(line);
    }
    scene.receive(json!({"type": "sent", "id": "id-1", "seq": 42}));
    scene.receive(json!({"type": "left", "room": "lobby"}));
    let notes = scene.take_acts().notes.concat();
    assert!(notes.contains("not sent: two"), "{notes}");
    assert!(matches!(scene.type_line("/quit").end, Some(Ok(()))));
}

#[test]
fn a_person_is_told_that_a_line_waits() {
    let mut scene = Scene::inside(Manner::Person);
    assert!(scene.type_line("hello?").notes.is_empty());
    scene.now += CONSOLE_SLOW_AFTER;
    assert_eq!(scene.core.next_turn(), Some(scene.now));
    scene.core.tick(scene.now);
    assert!(scene.take_acts().notes[0].contains("has not answered"), "once");
    scene.core.tick(scene.now);
    assert!(scene.take_acts().notes.is_empty());
    scene.lose_connection();
    assert!(scene.type_line("and now?").notes[0].contains("waits"));
    scene.reconnect();
    scene.let_in();
    let sent = scene.take_acts().requests.into_iter().find(|request| request["type"] == "say");
    assert_eq!(sent.unwrap()["text"], "hello?");
}

#[test]
fn a_person_comes_back_into_their_rooms_unless_they_name_one() {
    for comes_back in [true, false] {
        let rooms = vec!["lobby".to_owned()];
        let wanted = WantedIdentity { rooms, comes_back, ..WantedIdentity::default() };
        let core = ConsoleCore::new(Manner::Person, wanted, "t0".into(), "id".into());
        let mut scene = Scene { core, now: Instant::now() };
        scene.core.on_connected();
        scene.let_in();
        let mut kept = scene.take_acts().kept_rooms;
        kept.extend(scene.type_line("/join den soup").kept_rooms);
        scene.receive(json!({"type": "refused", "room": "den", "reason": "wrong-password"}));
        kept.extend(scene.take_acts().kept_rooms);
        let expected = [vec!["lobby"], vec!["den", "lobby"], vec!["lobby"]];
        let expected = if comes_back { &expected[..] } else { &[] };
        assert_eq!(kept, expected);
    }
}

#[test]
fn the_first_prompt_waits_for_who_is_there_and_a_later_one_for_the_room_alone() {
    let mut scene = Scene::new(Manner::Person);
    scene.core.on_connected();
    scene.receive(json!({"type": "welcome", "name": "Ann", "token": "t", "limits": {"text": 20}}));
    let joined = |room| json!({"type": "joined", "room": room, "epoch": "e", "seq": 0, "from": 1});
    scene.receive(joined("lobby"));
    assert!(!scene.core.is_settled());
    scene.receive(json!({"type": "who", "room": "lobby", "names": ["Ann"], "people": 1}));
    assert!(scene.core.is_settled());
    assert_eq!(scene.core.take_hints(), ["you are Ann; /help lists the commands"]);
    // The person has entered this room by another device, or at the start.
    scene.receive(joined("kitchen"));
    scene.type_line("/join kitchen");
    assert!(
        scene.core.is_settled(),
        "the prompt does not wait for the list of people in the kitchen"
    );
    scene.type_line("/join den");
    assert!(!scene.core.is_settled());
    scene.receive(json!({"type": "refused", "room": "den", "reason": "password-needed"}));
    assert!(scene.core.is_settled(), "back in the kitchen");
}
