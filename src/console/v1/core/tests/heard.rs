//! Tests of received lines: messages, reports of missing lines, and a room whose log began again
//! from the start.
//!
//! Part: `console/v1/core/mod.rs`.

use serde_json::{Value, json};

use super::{Manner, Scene};
use crate::console::v1::core::session;

#[test]
fn a_message_is_asked_shown_and_forgotten_when_it_is_sent() {
    let mut scene = Scene::inside(Manner::Person);
    let say = json!({"type": "say", "room": "lobby", "id": "id-1", "text": "hello"});
    assert_eq!(scene.type_line("hello").requests, [say]);
    assert_eq!(scene.type_line("again").requests, [] as [Value; 0], "one at a time");
    scene.receive_message(42, "Ann", "hello", Some("id-1"));
    let acts = scene.take_acts();
    assert_eq!(acts.shown, ["Ann: hello"]);
    assert_eq!(acts.requests[0]["id"], "id-2");
    for id in ["id-1", "id-2"] {
        scene.receive(json!({"type": "sent", "room": "lobby", "id": id, "seq": 42, "time": 1}));
    }
    assert!(scene.core.unsent.is_empty());
}

#[test]
fn who_writes_to_somebody_who_is_away_is_told_so() {
    let mut scene = Scene::inside(Manner::Person);
    for (id, away, told) in [
        ("id-1", false, &[][..]),
        ("id-2", true, &["Bo is away and will see this when they return"]),
    ] {
        scene.type_line("/msg Bo psst");
        let sent = json!({"type": "sent", "room": null, "id": id, "seq": 1, "time": 1});
        let more =
            json!({"type": "sent", "room": null, "id": id, "seq": 1, "time": 1, "away": true});
        scene.receive(if away { more } else { sent });
        assert_eq!(scene.take_acts().notes, told, "{id}");
    }
    assert!(scene.core.unsent.is_empty());
}

#[test]
fn a_line_that_comes_twice_is_shown_once() {
    let mut scene = Scene::inside(Manner::Person);
    for seq in [42, 43, 42, 43, 44] {
        scene.receive_message(seq, "Bo", &seq.to_string(), None);
    }
    assert_eq!(scene.take_acts().shown, ["Bo: 42", "Bo: 43", "Bo: 44"]);
}

#[test]
fn after_a_lost_connection_it_comes_back_to_its_place_with_what_is_unsent() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive_message(42, "Bo", "before", None);
    scene.type_line("seen and not sent");
    scene.receive_message(43, "Ann", "seen and not sent", Some("id-1"));
    scene.type_line("under way");
    let lost = scene.lose_connection();
    assert!(lost.notes[0].contains("the connection was lost"), "{lost:?}");
    assert!(scene.lose_connection().notes.is_empty(), "it is told once");
    assert!(scene.type_line("typed while away").requests.is_empty());
    let hello = &scene.reconnect().requests[0];
    assert_eq!(hello["token"], "t1", "the newest token there is");
    assert_eq!(hello["rooms"], json!([{"room": "lobby", "epoch": "e", "seq": 43}]));
    scene.let_in();
    let acts = scene.take_acts();
    let says: Vec<_> = acts.requests.iter().filter(|request| request["type"] == "say").collect();
    assert_eq!(says[0]["id"], "id-1");
    assert_eq!(says[1]["id"], "id-2");
    assert_eq!(says.len(), 2, "the third waits for the second");
    assert!(acts.shown.is_empty(), "{acts:?}");
    assert!(acts.notes.contains(&"back in lobby".to_owned()), "{acts:?}");
}

#[test]
fn what_the_log_cannot_give_is_told_in_plain_words() {
    let mut scene = Scene::inside(Manner::Person);
    let mut told = |kind: &str, from: u64, to: u64| {
        scene.receive(json!({"type": kind, "room": "lobby", "from": from, "to": to}));
        (
            scene.take_acts().notes.concat(),
            scene.core.logs.rooms["lobby"].position.as_ref().unwrap().seq,
        )
    };
    let (words, seq) = told("too-old", 42, 50);
    assert!(words.contains("you missed 9 messages, which are no longer stored"), "{words}");
    assert_eq!(seq, 50);
    let (words, seq) = told("not-kept", 49, 50);
    assert!(words.contains("the last 2 messages were lost"), "{words}");
    assert_eq!(seq, 48);
    let (words, seq) = told("skipped", 49, 1000);
    assert!(words.contains("restarted, or its disk failed"), "{words}");
    assert_eq!(seq, 1000);
    scene.receive(json!({"type": "keeping", "kept": false, "reason": "disk is full"}));
    assert_eq!(scene.take_acts().notes, ["new messages are not being saved: disk is full"]);
    scene.receive_message(1003, "Bo", "after a hole", None);
    let acts = scene.take_acts();
    assert_eq!(acts.notes, ["in lobby: 2 messages did not arrive"]);
    assert_eq!(acts.shown, ["Bo: after a hole"]);
}

/// Makes a client that has just joined a room whose history begins at line 40.
fn comes_to_a_room_with_a_past(manner: Manner) -> Scene {
    let mut scene = Scene::new(manner);
    scene.core.on_connected();
    scene.receive(json!({"type": "welcome", "name": "Ann", "token": "t1", "limits": {"text": 20}}));
    scene
        .receive(json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 1030, "from": 40}));
    scene.take_acts();
    scene
}

#[test]
fn a_newcomer_sees_where_an_old_crash_took_lines_and_is_not_told_of_it_as_of_news() {
    let skipped =
        |from: u64, to: u64| json!({"type": "skipped", "room": "lobby", "from": from, "to": to});
    let mut scene = comes_to_a_room_with_a_past(Manner::Person);
    // These lines are missing before the first line that the person sees, so nothing is shown about
    // them.
    scene.receive(skipped(40, 41));
    assert!(scene.take_acts().notes.is_empty());
    scene.receive_message(42, "Bo", "before", None);
    scene.receive(skipped(43, 1024));
    scene.receive_message(1025, "Bo", "after", None);
    scene.receive(json!({"type": "too-old", "room": "lobby", "from": 1026, "to": 1028}));
    scene.receive(json!({"type": "caught-up", "room": "lobby", "seq": 1030}));
    let acts = scene.take_acts();
    let hole = "(the server restarted or was restored here: lines may be missing; the numbers go \
                on at #1025)";
    assert_eq!(acts.shown, ["Bo: before", hole, "Bo: after", "(3 lines lost here)"]);
    assert!(acts.notes.is_empty(), "{acts:?}");
    // These numbers are from after the person joined, so the person sees a note about a crash.
    scene.receive(skipped(1031, 2048));
    assert!(scene.take_acts().notes.concat().contains("restarted, or its disk failed"));
    for manner in [Manner::Script, Manner::Courier] {
        let mut scene = comes_to_a_room_with_a_past(manner);
        scene.receive_message(40, "Bo", "before", None);
        scene.receive(skipped(41, 1024));
        scene.receive(json!({"type": "caught-up", "room": "lobby", "seq": 1030}));
        let acts = scene.take_acts();
        assert!(acts.notes.is_empty() && acts.shown.is_empty(), "{acts:?}");
    }
}

#[test]
fn a_log_that_began_anew_is_shown_from_its_beginning() {
    let mut scene = Scene::inside(Manner::Script);
    scene.lose_connection();
    scene.reconnect();
    scene.receive(json!({"type": "welcome", "name": "Ann", "token": "t2", "limits": {"text": 20}}));
    scene.receive(json!({"type": "joined", "room": "lobby", "epoch": "f", "seq": 2, "from": 1}));
    scene.receive_message(1, "Bo", "one", None);
    scene.receive_message(2, "Bo", "two", None);
    assert_eq!(scene.take_acts().shown, ["Bo: one", "Bo: two"]);
}

#[test]
fn a_person_whose_name_is_kept_for_minutes_only_is_told_so_once() {
    let mut scene = Scene::new(Manner::Person);
    scene.core.on_connected();
    let welcome = json!({"type": "welcome", "name": "Ann", "token": "t1", "kept_for": 300,
        "limits": {"text": 20}});
    scene.receive(welcome.clone());
    let words = "; many new people came from your network: your name is reserved for minutes only";
    assert_eq!(scene.take_acts().notes, [format!("you are Ann; /help lists the commands{words}")]);
    scene.receive(welcome);
    assert!(scene.take_acts().notes.is_empty());
}

#[test]
fn whoever_is_not_let_in_is_told_why() {
    let mut scene = Scene::new(Manner::Person);
    scene.core.on_connected();
    scene.receive(json!({"type": "error", "room": null, "id": null, "reason": "password-needed",
        "text": "this chat needs a password"}));
    let words = "the server does not let you in: this chat needs a password; give it \
                 with --password";
    assert_eq!(scene.take_acts().end, Some(Err(words.into())));
}

#[test]
fn a_program_whose_input_is_empty_ends_when_it_is_in_or_says_why_it_is_not() {
    let mut scene = Scene::new(Manner::Script);
    scene.core.on_connected();
    scene.core.on_input_end(scene.now, None);
    assert_eq!(scene.take_acts().end, None);
    scene.let_in();
    assert_eq!(scene.take_acts().end, Some(Ok(())));
    let mut scene = Scene::new(Manner::Script);
    scene.core.on_connected();
    scene.core.on_input_end(scene.now, None);
    scene.receive(json!({"type": "error", "room": null, "id": null, "reason": "password-needed",
        "text": "this chat needs a password"}));
    let end = scene.take_acts().end;
    assert!(matches!(&end, Some(Err(words)) if words.contains("--password")), "{end:?}");
}

#[test]
fn private_lines_are_a_log_that_is_resumed_like_a_room() {
    let line = |seq: u64, text: &str| {
        json!({"type": "private", "room": null, "seq": seq, "time": 5, "from": "Bo", "to": "Ann",
            "id": "x", "text": text})
    };
    let mut scene = Scene::inside(Manner::Person);
    scene.receive(json!({"type": "joined", "room": null, "epoch": "p", "seq": 0, "from": 1,
        "topic": "", "people": 1}));
    scene.receive(json!({"type": "caught-up", "room": null, "seq": 0}));
    scene.receive(line(1, "psst"));
    scene.receive(line(1, "psst"));
    let acts = scene.take_acts();
    assert_eq!(
        (acts.shown, acts.notes.len(), acts.requests.len()),
        (vec!["[private] Bo: psst".into()], 0, 0)
    );
    scene.lose_connection();
    let hello = &scene.reconnect().requests[0];
    assert_eq!(hello["rooms"][0], json!({"room": null, "epoch": "p", "seq": 1}));
    scene.let_in();
    scene.take_acts();
    scene.receive(json!({"type": "too-old", "room": null, "from": 2, "to": 4}));
    let notes = scene.take_acts().notes.concat();
    assert!(notes.contains("in private: you missed 3 messages"), "{notes}");
    scene.receive(line(5, "still there?"));
    assert_eq!(scene.take_acts().shown, ["[private] Bo: still there?"]);
}

/// A line of the lobby, or of the private messages.
fn line(room: Option<&str>, seq: u64, text: &str) -> Value {
    let kind = if room.is_some() { "message" } else { "private" };
    json!({"type": kind, "room": room, "seq": seq, "time": 1, "from": "Bo", "to": "Ann",
        "text": text})
}

#[test]
fn the_next_run_marks_what_is_new_and_repeats_no_private_message() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive(line(Some("lobby"), 42, "one"));
    scene.receive(json!({"type": "joined", "room": null, "epoch": "p", "seq": 0, "from": 1,
        "topic": "", "people": 1}));
    scene.receive(line(None, 1, "psst"));
    let seen = scene.type_line("/quit").kept_seen;
    assert_eq!(seen.len(), 2);

    let mut next = Scene::new(Manner::Person);
    next.core.resume(seen);
    next.core.on_connected();
    let hello = &next.take_acts().requests[0];
    assert_eq!(hello["rooms"][0], json!({"room": null, "epoch": "p", "seq": 1}));
    assert_eq!(hello["rooms"][1], json!({"room": "lobby"}), "older lines are shown again");
    next.receive(json!({"type": "welcome", "version": 1, "name": "Ann", "token": "t1",
        "server": "s", "limits": {"text": 20}}));
    next.receive(json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 44, "from": 42,
        "topic": "", "people": 1}));
    for (seq, text) in [(42, "one"), (43, "two"), (44, "three")] {
        next.receive(line(Some("lobby"), seq, text));
    }
    let shown = next.take_acts().shown;
    assert_eq!(shown, ["Bo: one", "--- new since you were here ---", "Bo: two", "Bo: three"]);
}

#[test]
fn a_private_message_from_before_stands_below_the_older_lines_of_the_rooms() {
    let mut scene = Scene::new(Manner::Person);
    scene.core.on_connected();
    scene.receive(json!({"type": "welcome", "version": 1, "name": "Ann", "token": "t1",
        "server": "s", "limits": {"text": 20}}));
    scene.receive(line(None, 1, "psst"));
    scene.receive(json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 42, "from": 42,
        "topic": "", "people": 1}));
    scene.receive(line(None, 2, "psst?"));
    scene.receive(line(Some("lobby"), 42, "one"));
    assert_eq!(scene.take_acts().shown, ["Bo: one"]);
    scene.receive(json!({"type": "caught-up", "room": "lobby", "seq": 42}));
    scene.receive(line(None, 3, "psst!"));
    let shown = scene.take_acts().shown;
    assert_eq!(shown, ["psst", "psst?", "psst!"].map(|text| format!("[private] Bo: {text}")));
}

#[test]
fn who_is_back_is_told_once_however_many_rooms_tell_it() {
    let mut scene = Scene::inside(Manner::Person);
    for kind in ["away", "away", "back", "back", "away"] {
        scene.receive(json!({"type": kind, "room": "lobby", "name": "Bo", "text": "lunch"}));
    }
    assert_eq!(scene.take_acts().notes.len(), 3);
}

#[test]
fn who_is_still_signed_in_is_told_that_a_password_was_not_checked() {
    for is_stored in [true, false] {
        let mut scene = Scene::new(Manner::Person);
        scene.core.claim = Some("Ann#soup".into());
        scene.core.has_tried_anew = !is_stored;
        scene.core.on_connected();
        scene.let_in();
        let hints = scene.core.take_hints().concat();
        assert_eq!(hints.contains("not checked"), is_stored, "{hints}");
    }
}

#[test]
fn older_private_messages_are_shown_when_they_are_asked_for() {
    let mut scene = Scene::inside(Manner::Person);
    let request = &scene.type_line("/history private 5").requests[0];
    assert_eq!(request, &json!({"type": "history", "room": null, "count": 5}));
    let lines = [line(None, 3, "psst"), line(None, 4, "still there?")];
    scene.receive(json!({"type": "history", "room": null, "lines": lines, "more": false}));
    let acts = scene.take_acts();
    assert_eq!(acts.notes, ["in private, 2 lines"]);
    assert_eq!(acts.shown, ["[private] Bo: psst", "[private] Bo: still there?"]);
}

#[test]
fn a_private_line_without_a_log_is_shown() {
    let mut scene = Scene::inside(Manner::Script);
    scene.receive(json!({"type": "private", "from": "Bo", "to": "Ann", "text": "psst"}));
    assert_eq!(scene.take_acts().shown, ["[private] Bo: psst"]);
}

#[test]
fn a_private_line_is_one_s_own_by_what_the_server_says_and_not_by_a_name() {
    let mut scene = Scene::inside(Manner::Person);
    let line = |from, to, own| json!({"type": "private", "from": from, "to": to, "own": own, "text": "psst"});
    scene.receive(line("Former", "Bo", true));
    scene.receive(line("Ann", "Ann", false));
    assert_eq!(scene.take_acts().shown, ["[private, to Bo] psst", "[private] Ann: psst"]);
}

#[test]
fn who_is_near_is_known_for_completion() {
    let mut scene = Scene::inside(Manner::Person);
    scene.receive(json!({"type": "who", "room": "lobby", "names": ["Ann", "Bo"], "people": 2}));
    assert_eq!(scene.core.changed_names().map(|names| names.people), Some(vec!["Bo".into()]));
    assert_eq!(scene.core.changed_names(), None);
    scene.receive(json!({"type": "renamed", "from": "Bo", "to": "Bob"}));
    scene.receive(json!({"type": "presence", "room": "lobby", "name": "Eve", "here": true,
        "people": 3}));
    assert_eq!(
        scene.core.changed_names().map(|names| names.people),
        Some(vec!["Bob".into(), "Eve".into()])
    );
    scene.receive(json!({"type": "presence", "room": "lobby", "name": "Bob", "here": false,
        "people": 2}));
    assert_eq!(scene.core.changed_names().map(|names| names.people), Some(vec!["Eve".into()]));
}

#[test]
fn a_new_token_is_kept_and_then_shown() {
    let mut scene = Scene::inside(Manner::Person);
    for told in [
        json!({"type": "session", "token": "t2"}),
        json!({"type": "renamed", "from": "Ann", "to": "Ann", "token": "t3"}),
    ] {
        scene.receive(told.clone());
        let acts = scene.take_acts();
        assert_eq!(acts.kept, [told["token"].as_str().unwrap()]);
        assert_eq!(acts.requests, [json!({"type": "session", "token": told["token"]})]);
    }
    scene.receive(json!({"type": "session"}));
    assert!(scene.take_acts().requests.is_empty(), "that is its answer");
    scene.lose_connection();
    assert_eq!(scene.reconnect().requests[0]["token"], "t3");
}

#[test]
fn whoever_s_token_is_over_takes_what_another_program_has_kept_or_says_so() {
    let bye = json!({"type": "bye", "reason": "session_renewed"});
    let mut scene = Scene::inside(Manner::Script);
    scene.receive(bye.clone());
    assert!(scene.take_acts().looks_for_token);
    session::replace_invalid_token(&mut scene.core, Some("t2".into()), "t9".into());
    scene.lose_connection();
    assert_eq!(scene.reconnect().requests[0]["token"], "t2");
    // The token in the file is still our own, so the newer token is on another device.
    for (manner, ends) in [(Manner::Person, false), (Manner::Script, true), (Manner::Courier, true)]
    {
        let mut scene = Scene::inside(manner);
        scene.receive(bye.clone());
        session::replace_invalid_token(&mut scene.core, Some("t1".into()), "t9".into());
        let acts = scene.take_acts();
        assert_eq!(acts.end.is_some(), ends);
        let told = format!("{:?}{:?}", acts.notes, acts.end);
        assert!(told.contains("NAME#PASSWORD"), "{told}");
        scene.lose_connection();
        assert_eq!(scene.reconnect().requests[0]["token"], "t9", "nobody knows that one");
    }
}

fn guest() -> Value {
    json!({"type": "welcome", "version": 1, "name": "guest-003", "token": "g1", "server": "s",
        "limits": {"text": 20}})
}

#[test]
fn a_guest_in_place_of_the_wanted_person_is_not_stored_and_no_program_speaks_as_one() {
    for manner in [Manner::Person, Manner::Script, Manner::Courier] {
        let mut scene = Scene::new(manner);
        scene.core.has_tried_anew = true;
        scene.core.on_connected();
        scene.receive(guest());
        let acts = scene.take_acts();
        assert!(acts.kept.is_empty(), "{acts:?}");
        let end = Some(Err("the server does not let you in: the name Ann is taken, or this is \
                            not its password"
            .to_owned()));
        assert_eq!(acts.end, end.filter(|_| manner != Manner::Person), "{manner:?}");
    }
}

#[test]
fn a_stored_guest_gives_way_once_to_the_name_s_password() {
    let mut scene = Scene::new(Manner::Courier);
    scene.core.claim = Some("Ann#fish".to_owned());
    scene.core.on_connected();
    scene.receive(guest());
    let acts = scene.take_acts();
    assert!(acts.takes_new_token && acts.hung_up && acts.end.is_none(), "{acts:?}");
    assert!(scene.lose_connection().notes.is_empty());
    session::take_new_token(&mut scene.core, "t9".to_owned());
    assert_eq!(scene.reconnect().requests[0]["token"], "t9");
    scene.receive(guest());
    assert!(scene.take_acts().end.is_some_and(|end| end.is_err()), "it tries once");
}
