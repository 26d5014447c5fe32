//! A client asks for lines that memory no longer has. It gets an answer even if it leaves or the
//! disk fails in the meantime.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::numbered::{notes, refusal, say};
use super::{
    ANN, BO, ChatSettings, ClientId, Core, Effect, Event, Stored, decide, decide_at, id, moment,
    numbered, post, settings,
};
use crate::base::limits;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::FoundLines;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;

/// The greatest number of lines, or of answers, that one client is sent at once.
const REPLAY_MAX: usize = 3;

/// Makes a hub in whose lobby Ann has said ten lines. Memory has the newest four of them.
fn after_ten_lines() -> Core {
    let settings = ChatSettings { stores: true, ..settings(4, REPLAY_MAX, 7) };
    let mut core = Core::new(settings, Stored::default(), moment(0));
    for (client, name) in [(ANN, "Ann"), (BO, "Bo")] {
        decide(&mut core, numbered(client, Some(name), None, 1));
    }
    for _ in 0..10 {
        decide(&mut core, post(ANN, None, say("hello")));
    }
    while core.unstored_lines() > 0 {
        decide(&mut core, Event::Kept(Ok(())));
    }
    core
}

fn lobby() -> LogName {
    RoomName::lobby().into()
}

fn scrolls_back(core: &mut Core, client: ClientId) -> Vec<Effect> {
    decide(core, Event::Asked(client, Request::History { log: lobby(), before: Seq(5), count: 2 }))
}

#[test]
fn those_who_are_behind_take_nobodys_turn_who_scrolls_back() {
    let mut core = after_ten_lines();
    let room = core.room_called(&RoomName::lobby()).unwrap();
    // The history is reading the file for Ann, so all other requests wait.
    scrolls_back(&mut core, ANN);
    for number in 0..limits::READS_WAITING_MAX as u64 {
        core.chat.file_queue().queue_missed(
            (ClientId(1000 + number), room),
            None,
            Some(Duration::ZERO),
        );
    }
    assert_eq!(refusal(&scrolls_back(&mut core, BO), BO), None);
    // The number of requests from one IP address that wait until the history reads the file is
    // limited.
    let mut refused = 0;
    for (number, fresh) in (0..limits::READS_WAITING_PER_NETWORK_MAX as u64).zip(10..) {
        let client = ClientId(10 + number);
        decide(&mut core, numbered(client, None, None, fresh));
        let effects = scrolls_back(&mut core, client);
        refused += usize::from(matches!(refusal(&effects, client), Some(Refused::TooFast(_))));
    }
    assert_eq!(refused, 1, "Bo's is one of them");
}

#[test]
fn whoever_wants_no_lines_is_told_that_there_are_some_also_without_a_file() {
    for stores in [true, false] {
        let settings = ChatSettings { stores, ..settings(4, REPLAY_MAX, 7) };
        let mut core = Core::new(settings, Stored::default(), moment(0));
        decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
        decide(&mut core, post(ANN, None, say("hello")));
        let asked = Request::History { log: lobby(), before: Seq(9), count: 0 };
        let effects = decide(&mut core, Event::Asked(ANN, asked));
        let [Reply::History { entries, more: true, .. }] = notes(&effects, ANN)[..] else {
            panic!("{effects:?}")
        };
        assert!(entries.is_empty(), "{entries:?}");
    }
}

#[test]
fn whoever_leaves_while_the_file_is_asked_is_answered_all_the_same() {
    let mut core = after_ten_lines();
    let effects = scrolls_back(&mut core, ANN);
    assert!(effects.iter().any(|it| matches!(it, Effect::Find(_))), "{effects:?}");
    // Ann sends one more request, which waits for the first one.
    scrolls_back(&mut core, ANN);
    decide(&mut core, Event::Asked(ANN, Request::Leave(RoomName::lobby())));
    for event in [Event::Found(Ok(FoundLines::default())), Event::Drained(ANN)] {
        let effects = decide(&mut core, event);
        assert_eq!(refusal(&effects, ANN), Some(&Refused::NotInRoom), "{effects:?}");
    }
}

#[test]
fn answers_that_a_disk_has_held_up_fit_into_an_outbox_also_when_they_are_asked_for_again() {
    let mut core = after_ten_lines();
    let texts: Vec<_> = (0..8).map(|number| format!("text-{number}")).collect();
    decide(&mut core, post(BO, None, say("the disk fills up")));
    decide(&mut core, Event::Kept(Err("full".into())));
    let says = |core: &mut Core| {
        for text in &texts {
            decide(core, post(ANN, id(text), say(text)));
        }
    };
    says(&mut core);
    says(&mut core);
    let mut told = Vec::new();
    let mut seconds = 0;
    while core.unstored_lines() > 0 {
        seconds += limits::STORE_RETRY_WAIT.as_secs() + 1;
        decide_at(&mut core, seconds, Event::Ticked);
        let effects = decide_at(&mut core, seconds, Event::Kept(Ok(())));
        let sent = |it: &&Reply| matches!(it, Reply::Sent { .. });
        told.push(notes(&effects, ANN).into_iter().filter(sent).count());
    }
    assert!(told.iter().all(|at_once| *at_once <= REPLAY_MAX), "{told:?}");
    // Ann got no answer for this message. She sends it again, and is answered at once.
    let effects = decide(&mut core, post(ANN, id("text-7"), say("text-7")));
    assert!(matches!(notes(&effects, ANN)[..], [Reply::Sent { .. }]), "{effects:?}");
}
