//! Which message a line answers: what can be answered, what is refused, and what an edit and a
//! deletion change.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::numbered::{CLEO, notes, refusal, say};
use super::private::three;
use super::{
    ANN, BO, ClientId, Core, Effect, Event, core, core_that_keeps, decide, id, name, numbered, post,
};
use crate::chat::entry::{Answered, Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Answers, Deed, Post, PrivateMessage, Request};
use crate::chat::room_name::RoomName;

fn answers(client: ClientId, what: Answers, deed: Deed) -> Event {
    let (room, id) = (RoomName::lobby(), None);
    let post = Post { room, id, answers: Some(what), deed };
    Event::Asked(client, Request::Post(Box::new(post)))
}

fn answers_number(client: ClientId, seq: u64) -> Event {
    answers(client, Answers::Message(Seq(seq)), say("yes"))
}

/// Returns the lines that were added.
fn lines(effects: &[Effect]) -> Vec<&Arc<Entry>> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(_, entry) => Some(entry),
        _ => None,
    });
    lines.collect()
}

fn answered(effects: &[Effect]) -> Option<(u64, Option<String>)> {
    let Answered { seq, name } = lines(effects).first()?.answered()?;
    Some((seq.0, name.as_ref().map(ToString::to_string)))
}

fn lobby() -> LogName {
    LogName::Room(RoomName::lobby())
}

/// Returns a line of the log that this client reads under this name.
fn line(core: &Core, client: ClientId, log: &LogName, seq: u64) -> Arc<Entry> {
    let log = core.log(core.log_of(client, log).unwrap()).unwrap();
    Arc::clone(log.line(Seq(seq)).unwrap())
}

/// Ann and Bo are in the lobby, and Ann has said #1.
fn two() -> Core {
    two_in(core())
}

fn two_in(mut core: Core) -> Core {
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    decide(&mut core, numbered(BO, Some("Bo"), None, 2));
    decide(&mut core, Event::Drained(ANN));
    decide(&mut core, Event::Drained(BO));
    decide(&mut core, post(ANN, None, say("tea?")));
    core
}

#[test]
fn e9_a_line_says_which_message_it_answers_and_who_said_that() {
    let mut core = two();
    let ann = || Some("Ann".to_owned());
    assert_eq!(answered(&decide(&mut core, answers_number(BO, 1))), Some((1, ann())));
    let acted = answers(ANN, Answers::Message(Seq(1)), Deed::Act("nods".into()));
    assert_eq!(answered(&decide(&mut core, acted)), Some((1, ann())), "one's own, too");
    let newest = answers(ANN, Answers::NewestOfOthers, say("good"));
    assert_eq!(answered(&decide(&mut core, newest)), Some((2, Some("Bo".into()))));
    let topic = answers(ANN, Answers::Message(Seq(1)), Deed::Topic("tea".into()));
    assert_eq!(lines(&decide(&mut core, topic))[0].answers, None, "no other line answers");
}

#[test]
fn e9_what_is_no_message_cannot_be_answered_and_its_text_comes_back() {
    let mut core = two();
    decide(&mut core, post(ANN, None, Deed::Topic("tea".into())));
    decide(&mut core, post(ANN, None, Deed::Edit { of: Some(Seq(1)), text: "tea!".into() }));
    for (seq, what) in
        [(0, "none"), (2, "a topic"), (3, "an edit"), (4, "not said"), (u64::MAX, "")]
    {
        let effects = decide(&mut core, answers_number(BO, seq));
        assert_eq!(refusal(&effects, BO), Some(&Refused::NoSuchMessage), "{what}");
        let [Reply::Refused { said, room, .. }] = notes(&effects, BO)[..] else { panic!() };
        assert_eq!((said.as_deref(), room), (Some("yes"), &Some(RoomName::lobby())));
        assert!(lines(&effects).is_empty());
    }
    let nobody = answers(ANN, Answers::NewestOfOthers, say("hm"));
    assert_eq!(refusal(&decide(&mut core, nobody), ANN), Some(&Refused::NoSuchMessage));
}

#[test]
fn e9_a_number_that_memory_does_not_know_is_believed_if_a_line_may_have_had_it() {
    let mut core = two_in(core_that_keeps(3, 64));
    (0..4).for_each(|_| drop(decide(&mut core, post(ANN, None, say("more")))));
    assert_eq!(answered(&decide(&mut core, answers_number(BO, 1))), Some((1, None)));
    assert_eq!(
        refusal(&decide(&mut core, answers_number(BO, 0)), BO),
        Some(&Refused::NoSuchMessage)
    );
}

#[test]
fn e9_an_edit_keeps_what_is_answered_and_a_deleted_message_stays_answered() {
    let mut core = two();
    decide(&mut core, answers_number(BO, 1));
    decide(&mut core, post(BO, None, Deed::Edit { of: Some(Seq(2)), text: "no".into() }));
    decide(&mut core, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    let line = line(&core, ANN, &lobby(), 2);
    assert_eq!(line.what.text(), "no");
    let ann = Some(name("Ann"));
    assert_eq!(line.answered(), Some(&Answered { seq: Seq(1), name: ann }));
    // From now on it cannot be answered.
    let effects = decide(&mut core, answers_number(BO, 1));
    assert_eq!(refusal(&effects, BO), Some(&Refused::NoSuchMessage));
    // A deleted answer does not say any more what it answered.
    decide(&mut core, post(BO, None, Deed::Delete { of: Some(Seq(2)) }));
    assert_eq!(self::line(&core, ANN, &lobby(), 2).answered(), None);
}

#[test]
fn e9_an_answer_that_is_sent_again_is_there_once_even_if_the_message_is_gone() {
    let mut core = two();
    let again = || {
        let (room, answers) = (RoomName::lobby(), Some(Answers::Message(Seq(1))));
        let post = Post { room, id: id("b1"), answers, deed: say("yes") };
        Event::Asked(BO, Request::Post(Box::new(post)))
    };
    decide(&mut core, again());
    decide(&mut core, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    let effects = decide(&mut core, again());
    assert_eq!((refusal(&effects, BO), lines(&effects).len()), (None, 0));
}

fn writes(
    core: &mut Core,
    from: ClientId,
    to: &str,
    called: &str,
    seq: Option<u64>,
) -> Vec<Effect> {
    let message = PrivateMessage {
        to: name(to),
        id: id(called),
        answers: seq.map(Seq),
        text: called.to_owned(),
        longer: Vec::new(),
        typed_at: None,
        is_for_present_owner: true,
    };
    decide(core, Event::Asked(from, Request::Private(Box::new(message))))
}

#[test]
fn e9_a_private_answer_has_in_each_log_the_number_of_that_log() {
    let mut core = three();
    let none = writes(&mut core, ANN, "Bo", "a0", Some(1));
    assert_eq!(refusal(&none, ANN), Some(&Refused::NoSuchMessage), "Ann has no log yet");
    writes(&mut core, CLEO, "Bo", "c1", None);
    writes(&mut core, ANN, "Bo", "a1", None);
    // In Bo's log Ann's message is #2, in her own it is #1.
    writes(&mut core, BO, "Ann", "b1", Some(2));
    let of = |core: &Core, client, seq| {
        let line = line(core, client, &LogName::Private, seq);
        line.answered().map(|it| (it.seq.0, it.name.as_ref().map(ToString::to_string)))
    };
    assert_eq!(of(&core, BO, 3), Some((2, Some("Ann".into()))));
    assert_eq!(of(&core, ANN, 2), Some((1, Some("Ann".into()))));
    // Cleo does not have Ann's message, so she is not told of it.
    writes(&mut core, BO, "Cleo", "b2", Some(2));
    assert_eq!(of(&core, BO, 4), Some((2, Some("Ann".into()))));
    assert_eq!(of(&core, CLEO, 2), None);
}
