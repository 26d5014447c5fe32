//! A client asks for lines that memory no longer has. It gets an answer even if it leaves or the
//! disk fails in the meantime.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{answers, refusal, say};
use super::{
    ANN, BO, ChatSettings, ClientId, Done, Happened, RecordedChat, Stored, apply, apply_at, id,
    moment, numbered, post, settings,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::FoundLines;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;

/// The greatest number of lines, or of answers, that one client is sent at once.
const REPLAY_MAX: usize = 3;

/// Makes a hub in whose lobby Ann has said ten lines. Memory has the newest four of them.
fn after_ten_lines() -> RecordedChat {
    let settings = ChatSettings { stores: true, ..settings(4, REPLAY_MAX, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    for (client, name) in [(ANN, "Ann"), (BO, "Bo")] {
        apply(&mut chat, numbered(client, Some(name), None, 1));
    }
    for _ in 0..10 {
        apply(&mut chat, post(ANN, None, say("hello")));
    }
    while chat.unstored_lines() > 0 {
        apply(&mut chat, Happened::BatchEnded(Ok(())));
    }
    chat
}

fn lobby() -> LogName {
    RoomName::lobby().into()
}

fn scrolls_back(chat: &mut RecordedChat, client: ClientId) -> Vec<Done> {
    apply(
        chat,
        Happened::Asked(client, Request::History { log: lobby(), before: Seq(5), count: 2 }),
    )
}

#[test]
fn those_who_are_behind_take_nobodys_turn_who_scrolls_back() {
    let mut chat = after_ten_lines();
    let room = chat.room_called(&RoomName::lobby()).unwrap();
    // The history is reading the file for Ann, so all other requests wait.
    scrolls_back(&mut chat, ANN);
    for number in 0..limits::READS_WAITING_MAX as u64 {
        chat.real.file_queue().queue_missed_at_zero(ClientId(1000 + number), room);
    }
    assert_eq!(refusal(&scrolls_back(&mut chat, BO), BO), None);
    // The number of requests from one IP address that wait until the history reads the file is
    // limited.
    let mut refused = 0;
    for (number, fresh) in (0..limits::READS_WAITING_PER_NETWORK_MAX as u64).zip(10..) {
        let client = ClientId(10 + number);
        apply(&mut chat, numbered(client, None, None, fresh));
        let done = scrolls_back(&mut chat, client);
        refused += usize::from(matches!(refusal(&done, client), Some(Refused::TooFast(_))));
    }
    assert_eq!(refused, 1, "Bo's is one of them");
}

#[test]
fn whoever_wants_no_lines_is_told_that_there_are_some_also_without_a_file() {
    for stores in [true, false] {
        let settings = ChatSettings { stores, ..settings(4, REPLAY_MAX, 7) };
        let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
        apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
        apply(&mut chat, post(ANN, None, say("hello")));
        let asked = Request::History { log: lobby(), before: Seq(9), count: 0 };
        let done = apply(&mut chat, Happened::Asked(ANN, asked));
        let [Answer::History { entries, more: true, .. }] = answers(&done, ANN)[..] else {
            panic!("{done:?}")
        };
        assert!(entries.is_empty(), "{entries:?}");
    }
}

#[test]
fn whoever_leaves_while_the_file_is_asked_is_answered_all_the_same() {
    let mut chat = after_ten_lines();
    let done = scrolls_back(&mut chat, ANN);
    assert!(done.iter().any(|it| matches!(it, Done::Find(_))), "{done:?}");
    // Ann sends one more request, which waits for the first one.
    scrolls_back(&mut chat, ANN);
    apply(&mut chat, Happened::Asked(ANN, Request::Leave(RoomName::lobby())));
    for event in [Happened::Found(Ok(FoundLines::default())), Happened::Drained(ANN)] {
        let done = apply(&mut chat, event);
        assert_eq!(refusal(&done, ANN), Some(&Refused::NotInRoom), "{done:?}");
    }
}

#[test]
fn answers_that_a_disk_has_held_up_fit_into_an_outbox_also_when_they_are_asked_for_again() {
    let mut chat = after_ten_lines();
    let texts: Vec<_> = (0..8).map(|number| format!("text-{number}")).collect();
    apply(&mut chat, post(BO, None, say("the disk fills up")));
    apply(&mut chat, Happened::BatchEnded(Err("full".into())));
    let says = |chat: &mut RecordedChat| {
        for text in &texts {
            apply(chat, post(ANN, id(text), say(text)));
        }
    };
    says(&mut chat);
    says(&mut chat);
    let mut told = Vec::new();
    let mut seconds = 0;
    while chat.unstored_lines() > 0 {
        seconds += limits::STORE_RETRY_WAIT.as_secs() + 1;
        apply_at(&mut chat, seconds, Happened::Ticked);
        let done = apply_at(&mut chat, seconds, Happened::BatchEnded(Ok(())));
        let sent = |it: &&Answer| matches!(it, Answer::Sent { .. });
        told.push(answers(&done, ANN).into_iter().filter(sent).count());
    }
    assert!(told.iter().all(|at_once| *at_once <= REPLAY_MAX), "{told:?}");
    // Ann got no answer for this message. She sends it again, and is answered at once.
    let done = apply(&mut chat, post(ANN, id("text-7"), say("text-7")));
    assert!(matches!(answers(&done, ANN)[..], [Answer::Sent { .. }]), "{done:?}");
}
