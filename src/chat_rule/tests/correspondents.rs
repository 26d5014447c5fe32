//! A private talk belongs to a person and goes on under the person's new name.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::file::File;
use super::numbered::{CLEO, answers, refusal};
use super::private::{come_in, core_with, reads, stored, three, writes};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, apply_at, id, name, numbered, token,
};
use crate::chat::answer::Answer;
use crate::chat::entry::{AuthorTag, Entry, Seen, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::numbers::Sizes;
use crate::chat::record::Stored;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, PrivateMessage, Request};

const PHONE: ClientId = ClientId(8);

fn becomes(chat: &mut RecordedChat, client: ClientId, wanted: &str) -> Vec<Done> {
    let claim = Claim { name: name(wanted), secret: None };
    apply(chat, Happened::Asked(client, Request::Rename(Box::new(claim), None)))
}

/// Returns the newer names that the client is told of, each with the person's number.
fn newer_names(done: &[Done], client: ClientId) -> Vec<(AuthorTag, &str)> {
    let told = answers(done, client).into_iter().filter_map(|told| match told {
        Answer::PrivateName { with, name } => Some((*with, name.shown())),
        _ => None,
    });
    told.collect()
}

/// Returns with whom the client has the private messages in memory, as a page of them shows it:
/// each person's number, and the present name.
fn correspondents(chat: &mut RecordedChat, client: ClientId) -> Vec<(AuthorTag, String)> {
    let (log, before) = (LogName::Private, Seq(u64::MAX));
    let done = apply(chat, Happened::Asked(client, Request::History { log, before, count: 10 }));
    let [Answer::History { entries, .. }] = answers(&done, client)[..] else { panic!("{done:?}") };
    let other = |entry: &Arc<Entry>| {
        (entry.correspondent().unwrap(), entry.exchanged_with().unwrap().to_string())
    };
    entries.iter().map(other).collect()
}

#[test]
fn whoever_wrote_to_a_person_is_told_the_persons_new_name() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    writes(&mut chat, BO, "Ann", "b");
    let lines = correspondents(&mut chat, ANN);
    let (bo, _) = lines[0];
    assert_eq!(lines, [(bo, "Bo".to_owned()), (bo, "Bo".to_owned())]);
    let done = becomes(&mut chat, BO, "Robert");
    assert_eq!(newer_names(&done, ANN), [(bo, "Robert")]);
    assert_eq!(newer_names(&done, CLEO), [], "she has no private messages with him");
    assert_eq!(newer_names(&done, BO), []);
    // Ann comes with another device.
    let done = apply(&mut chat, numbered(ClientId(8), None, Some(token(1)), 8));
    assert_eq!(newer_names(&done, ClientId(8)), [(bo, "Robert")]);
    // A message under the new name shows the name itself.
    writes(&mut chat, ANN, "Robert", "c");
    assert_eq!(correspondents(&mut chat, BO)[2].1, "Ann");
    assert_eq!(correspondents(&mut chat, ANN)[2], (bo, "Robert".to_owned()));
    let done = apply(&mut chat, numbered(ClientId(9), None, Some(token(1)), 9));
    assert_eq!(newer_names(&done, ClientId(9)), []);
}

#[test]
fn whoever_takes_the_free_name_is_another_person() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    // His second new name frees the name Bo.
    becomes(&mut chat, BO, "Rob");
    becomes(&mut chat, BO, "Robert");
    becomes(&mut chat, CLEO, "Bo");
    writes(&mut chat, CLEO, "Ann", "b");
    let lines = correspondents(&mut chat, ANN);
    assert_ne!(lines[0].0, lines[1].0);
    assert_eq!([&lines[0].1, &lines[1].1], ["Robert", "Bo"]);
    let done = apply(&mut chat, numbered(ClientId(8), None, Some(token(1)), 8));
    assert_eq!(newer_names(&done, ClientId(8)), [(lines[0].0, "Robert")]);
}

/// Ann answers in a talk with this person, whom her page knows by another name.
fn answers_in_talk(
    chat: &mut RecordedChat,
    with: AuthorTag,
    called: &str,
    is_for_present_owner: bool,
) -> Vec<Done> {
    let message = PrivateMessage {
        to: name("Bo"),
        id: id(called),
        reply_to: None,
        text: called.to_owned(),
        // Long ago, unless the name was chosen anew.
        typed_at: (!is_for_present_owner).then_some(UnixMillis(0)),
        is_for_present_owner,
        with: Some(with),
        longer: Vec::new(),
    };
    apply(chat, Happened::Asked(ANN, Request::Private(Box::new(message))))
}

#[test]
fn what_is_written_in_a_talk_goes_to_its_person_and_to_nobody_else() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    let bo = correspondents(&mut chat, ANN)[0].0;
    // His second new name frees the name Bo.
    becomes(&mut chat, BO, "Rob");
    becomes(&mut chat, BO, "Robert");
    becomes(&mut chat, CLEO, "Bo");
    answers_in_talk(&mut chat, bo, "b", false);
    assert_eq!(reads(&mut chat, BO), ["Ann: psst a", "Ann: b"]);
    assert_eq!(reads(&mut chat, CLEO), [""; 0]);
    // Ann has chosen the name anew: she means whoever has it now.
    answers_in_talk(&mut chat, bo, "c", true);
    assert_eq!(reads(&mut chat, CLEO), ["Ann: c"]);
    // Nobody is found by a number alone.
    let cleo = correspondents(&mut chat, ANN)[2].0;
    apply(&mut chat, Happened::Left(CLEO));
    let done = answers_in_talk(&mut chat, AuthorTag::from_number(4_000_000_000), "d", false);
    assert_eq!(refusal(&done, ANN), Some(&Refused::AnotherPerson));
    assert_ne!(cleo, bo);
}

#[test]
fn a_reply_to_somebody_who_had_the_name_before_is_not_sent_to_its_owner_now() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    becomes(&mut chat, BO, "Rob");
    becomes(&mut chat, BO, "Robert");
    becomes(&mut chat, CLEO, "Bo");
    // Now Cleo may be written to under this name.
    writes(&mut chat, CLEO, "Ann", "b");
    let mut replies = |seq, called: &str, is_for_present_owner| {
        let message = PrivateMessage {
            to: name("Bo"),
            id: id(called),
            reply_to: Some(Seq(seq)),
            text: called.to_owned(),
            typed_at: None,
            is_for_present_owner,
            with: None,
            longer: Vec::new(),
        };
        let done = apply(&mut chat, Happened::Asked(ANN, Request::Private(Box::new(message))));
        refusal(&done, ANN).cloned()
    };
    assert_eq!(replies(1, "c", false), Some(Refused::AnotherPerson));
    assert_eq!(replies(2, "d", false), None);
    assert_eq!(replies(1, "e", true), None, "Ann means whoever has the name");
}

#[test]
fn after_a_start_the_server_knows_to_whom_a_message_was() {
    let (mut chat, mut file) = (core_with(Stored::default()), File::default());
    let done = come_in(&mut chat);
    file.keep(stored(&mut chat, done, 0));
    for (to, id) in [("Bo", "a"), ("Cleo", "b"), ("Ann", "c")] {
        let done = writes(&mut chat, ANN, to, id);
        file.keep(stored(&mut chat, done, 0));
    }
    let done = becomes(&mut chat, BO, "Robert");
    let before = correspondents(&mut chat, ANN);
    file.keep(stored(&mut chat, done, 0));
    let mut chat = core_with(file.begin(1000, &Sizes::default()));
    let done = apply(&mut chat, numbered(ANN, None, Some(token(1)), 1));
    assert_eq!(newer_names(&done, ANN), [(before[0].0, "Robert")]);
    assert_eq!(correspondents(&mut chat, ANN), before);
}

#[test]
fn what_was_read_of_one_person_is_told_to_the_reader_s_other_devices_now_and_later() {
    let mut chat = three();
    for (to, id) in [("Ann", "a"), ("Ann", "b")] {
        writes(&mut chat, BO, to, id);
    }
    writes(&mut chat, CLEO, "Ann", "c");
    let phone = ClientId(8);
    let done = apply(&mut chat, numbered(phone, None, Some(token(1)), 8));
    let joined = answers(&done, phone).into_iter().find_map(|told| match told {
        Answer::Joined(joined) if joined.log == LogName::Private => Some(joined.epoch),
        _ => None,
    });
    let (bo, epoch) = (correspondents(&mut chat, ANN)[0].0, joined.unwrap());
    let mut reads_up_to = |with, seq| {
        let seen = Seen { epoch, seq: Seq(seq) };
        let request = Request::HaveRead(LogName::Private, seen, with);
        let done = apply(&mut chat, Happened::Asked(ANN, request));
        (read_of(&done, phone), read_of(&done, BO))
    };
    assert_eq!(reads_up_to(bo, 2), (vec![(bo, 2)], Vec::new()));
    assert_eq!(reads_up_to(bo, 1), (Vec::new(), Vec::new()), "it was known");
    assert_eq!(reads_up_to(AuthorTag::from_number(77), 2), (Vec::new(), Vec::new()), "nobody");
    let done = apply(&mut chat, numbered(ClientId(9), None, Some(token(1)), 9));
    assert_eq!(read_of(&done, ClientId(9)), [(bo, 2)]);
}

#[test]
fn after_a_start_only_what_came_while_the_person_was_away_is_unread() {
    let (mut chat, mut file) = (core_with(Stored::default()), File::default());
    let done = come_in(&mut chat);
    file.keep(stored(&mut chat, done, 0));
    let done = writes(&mut chat, BO, "Ann", "a");
    file.keep(stored(&mut chat, done, 0));
    let done = apply_at(&mut chat, 10, Happened::Left(ANN));
    file.keep(stored(&mut chat, done, 10));
    for (at, id) in [(20, "b"), (30, "c")] {
        let message = PrivateMessage {
            to: name("Ann"),
            id: super::id(id),
            reply_to: None,
            text: id.to_owned(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
            longer: Vec::new(),
        };
        let asks = Happened::Asked(BO, Request::Private(Box::new(message)));
        let done = apply_at(&mut chat, at, asks);
        file.keep(stored(&mut chat, done, at));
    }
    let before = read_of_all(&apply_at(&mut chat, 40, numbered(PHONE, None, Some(token(1)), 8)));
    assert_eq!(before, (3, None), "the server has heard of nothing that was read");
    let mut chat = core_with(file.begin(1000, &Sizes::default()));
    let after = read_of_all(&apply_at(&mut chat, 50, numbered(PHONE, None, Some(token(1)), 8)));
    assert_eq!(after.1, Some(1));
}

/// Returns the newest number in the private messages of the client `PHONE`, and up to which all
/// count as read.
fn read_of_all(done: &[Done]) -> (u64, Option<u64>) {
    let joined = answers(done, PHONE).into_iter().find_map(|told| match told {
        Answer::Joined(joined) if joined.log == LogName::Private => Some(joined),
        _ => None,
    });
    let joined = joined.unwrap();
    (joined.seq.0, joined.read.map(|seq| seq.0))
}

/// Returns what the client is told that its person has read on another device.
fn read_of(done: &[Done], client: ClientId) -> Vec<(AuthorTag, u64)> {
    let told = answers(done, client).into_iter().filter_map(|told| match told {
        Answer::HaveRead { log: LogName::Private, with, seq, .. } => Some((*with, seq.0)),
        _ => None,
    });
    told.collect()
}
