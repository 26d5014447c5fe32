//! Which message a line replies to: what can be replied to, what is refused, and what an edit and a
//! deletion change.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::numbered::{CLEO, answers, refusal, say};
use super::private::three;
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, chat, chat_that_keeps, id, name,
    numbered, post,
};
use crate::chat::answer::Answer;
use crate::chat::entry::{Entry, RepliedTo, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post, PrivateMessage, ReplyTo, Request};
use crate::chat::room_name::RoomName;

fn reply_to(client: ClientId, what: ReplyTo, deed: Deed) -> Happened {
    let (room, id) = (RoomName::lobby(), None);
    let post = Post { log: room.into(), id, reply_to: Some(what), deed };
    Happened::Asked(client, Request::Post(Box::new(post)))
}

fn replies_to_number(client: ClientId, seq: u64) -> Happened {
    reply_to(client, ReplyTo::Message(Seq(seq)), say("yes"))
}

/// Returns the lines that were added.
fn lines(done: &[Done]) -> Vec<&Arc<Entry>> {
    let lines = done.iter().filter_map(|one| match one {
        Done::QueueLine(_, entry) => Some(entry),
        _ => None,
    });
    lines.collect()
}

fn replied_to(done: &[Done]) -> Option<(u64, Option<String>)> {
    let RepliedTo { seq, name, .. } = lines(done).first()?.replied_to()?;
    Some((seq.0, name.as_ref().map(ToString::to_string)))
}

fn lobby() -> LogName {
    LogName::Room(RoomName::lobby())
}

/// Returns a line of the log that this client reads under this name.
fn line(chat: &RecordedChat, client: ClientId, log: &LogName, seq: u64) -> Arc<Entry> {
    let log = chat.log(chat.log_of(client, log).unwrap()).unwrap();
    Arc::clone(log.line(Seq(seq)).unwrap())
}

/// Ann and Bo are in the lobby, and Ann has said #1.
fn two() -> RecordedChat {
    two_in(chat())
}

fn two_in(mut chat: RecordedChat) -> RecordedChat {
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    apply(&mut chat, Happened::Drained(ANN));
    apply(&mut chat, Happened::Drained(BO));
    apply(&mut chat, post(ANN, None, say("tea?")));
    chat
}

#[test]
fn e9_a_line_says_which_message_it_answers_and_who_said_that() {
    let mut chat = two();
    let ann = || Some("Ann".to_owned());
    assert_eq!(replied_to(&apply(&mut chat, replies_to_number(BO, 1))), Some((1, ann())));
    let acted = reply_to(ANN, ReplyTo::Message(Seq(1)), Deed::Act("nods".into()));
    assert_eq!(replied_to(&apply(&mut chat, acted)), Some((1, ann())), "one's own, too");
    let newest = reply_to(ANN, ReplyTo::NewestOfOthers, say("good"));
    assert_eq!(replied_to(&apply(&mut chat, newest)), Some((2, Some("Bo".into()))));
    let topic = reply_to(ANN, ReplyTo::Message(Seq(1)), Deed::Topic("tea".into()));
    assert_eq!(lines(&apply(&mut chat, topic))[0].reply_to, None, "no other line answers");
}

#[test]
fn e9_what_is_no_message_cannot_be_answered_and_its_text_comes_back() {
    let mut chat = two();
    apply(&mut chat, post(ANN, None, Deed::Topic("tea".into())));
    apply(&mut chat, post(ANN, None, Deed::Edit { of: Some(Seq(1)), text: "tea!".into() }));
    for (seq, what) in
        [(0, "none"), (2, "a topic"), (3, "an edit"), (4, "not said"), (u64::MAX, "")]
    {
        let done = apply(&mut chat, replies_to_number(BO, seq));
        assert_eq!(refusal(&done, BO), Some(&Refused::NoSuchMessage), "{what}");
        let [Answer::Refused { said, room, .. }] = answers(&done, BO)[..] else { panic!() };
        assert_eq!((said.as_deref(), room), (Some("yes"), &Some(RoomName::lobby())));
        assert!(lines(&done).is_empty());
    }
    let nobody = reply_to(ANN, ReplyTo::NewestOfOthers, say("hm"));
    assert_eq!(refusal(&apply(&mut chat, nobody), ANN), Some(&Refused::NoSuchMessage));
}

#[test]
fn e9_a_number_that_memory_does_not_know_is_believed_if_a_line_may_have_had_it() {
    let mut chat = two_in(chat_that_keeps(3, 64));
    (0..4).for_each(|_| drop(apply(&mut chat, post(ANN, None, say("more")))));
    assert_eq!(replied_to(&apply(&mut chat, replies_to_number(BO, 1))), Some((1, None)));
    assert_eq!(
        refusal(&apply(&mut chat, replies_to_number(BO, 0)), BO),
        Some(&Refused::NoSuchMessage)
    );
}

#[test]
fn e9_an_edit_keeps_what_is_answered_and_a_deleted_message_stays_answered() {
    let mut chat = two();
    apply(&mut chat, replies_to_number(BO, 1));
    apply(&mut chat, post(BO, None, Deed::Edit { of: Some(Seq(2)), text: "no".into() }));
    apply(&mut chat, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    let line = line(&chat, ANN, &lobby(), 2);
    assert_eq!(line.what.text(), "no");
    let ann = Some(name("Ann"));
    let replied_to =
        line.replied_to().map(|it| it.seq).zip(line.replied_to().and_then(|it| it.name.clone()));
    assert_eq!(replied_to, Some(Seq(1)).zip(ann));
    // From now on it cannot be replied to.
    let done = apply(&mut chat, replies_to_number(BO, 1));
    assert_eq!(refusal(&done, BO), Some(&Refused::NoSuchMessage));
    // A deleted reply does not say any more what it replied to.
    apply(&mut chat, post(BO, None, Deed::Delete { of: Some(Seq(2)) }));
    assert_eq!(self::line(&chat, ANN, &lobby(), 2).replied_to(), None);
}

#[test]
fn e9_an_answer_that_is_sent_again_is_there_once_even_if_the_message_is_gone() {
    let mut chat = two();
    let again = || {
        let (room, reply_to) = (RoomName::lobby(), Some(ReplyTo::Message(Seq(1))));
        let post = Post { log: room.into(), id: id("b1"), reply_to, deed: say("yes") };
        Happened::Asked(BO, Request::Post(Box::new(post)))
    };
    apply(&mut chat, again());
    apply(&mut chat, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    let done = apply(&mut chat, again());
    assert_eq!((refusal(&done, BO), lines(&done).len()), (None, 0));
}

fn writes(
    chat: &mut RecordedChat,
    from: ClientId,
    to: &str,
    called: &str,
    seq: Option<u64>,
) -> Vec<Done> {
    let message = PrivateMessage {
        to: name(to),
        id: id(called),
        reply_to: seq.map(Seq),
        text: called.to_owned(),
        longer: Vec::new(),
        typed_at: None,
        is_for_present_owner: true,
        with: None,
    };
    apply(chat, Happened::Asked(from, Request::Private(Box::new(message))))
}

#[test]
fn e9_a_private_answer_has_in_each_log_the_number_of_that_log() {
    let mut chat = three();
    let none = writes(&mut chat, ANN, "Bo", "a0", Some(1));
    assert_eq!(refusal(&none, ANN), Some(&Refused::NoSuchMessage), "Ann has no log yet");
    writes(&mut chat, CLEO, "Bo", "c1", None);
    writes(&mut chat, ANN, "Bo", "a1", None);
    // In Bo's log Ann's message is #2, in her own it is #1.
    writes(&mut chat, BO, "Ann", "b1", Some(2));
    let of = |chat: &RecordedChat, client, seq| {
        let line = line(chat, client, &LogName::Private, seq);
        line.replied_to().map(|it| (it.seq.0, it.name.as_ref().map(ToString::to_string)))
    };
    assert_eq!(of(&chat, BO, 3), Some((2, Some("Ann".into()))));
    assert_eq!(of(&chat, ANN, 2), Some((1, Some("Ann".into()))));
    // Cleo does not have Ann's message, so she is not told of it.
    writes(&mut chat, BO, "Cleo", "b2", Some(2));
    assert_eq!(of(&chat, BO, 4), Some((2, Some("Ann".into()))));
    assert_eq!(of(&chat, CLEO, 2), None);
}
