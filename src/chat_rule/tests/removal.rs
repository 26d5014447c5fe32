//! A person leaves for good: nothing of theirs stays but one line in each log.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::numbered::{CLEO, answers, refusal, say, welcome_name};
use super::private::{come_in, three, writes};
use super::{
    ANN, BO, ChatSettings, ClientId, Done, Happened, RecordedChat, Stored, apply, apply_at, chat,
    chat_that_keeps, id, join, moment, name, numbered, post, settings, token,
};
use crate::base::disconnect::Disconnect;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::{AuthorTag, Entry, EntryKind, REMOVED_NAME, RepliedTo, Seq, Speaker};
use crate::chat::log_name::LogName;
use crate::chat::record::{FoundLines, PersonId, Record};
use crate::chat::refused::Refused;
use crate::chat::removed_lines::{RemovedLines, RemovedOf};
use crate::chat::request::{Post, ReplyTo, Request};
use crate::chat::room_name::RoomName;

fn forget(chat: &mut RecordedChat, client: ClientId, typed: &str) -> Vec<Done> {
    apply(chat, Happened::Asked(client, Request::ForgetMe(Box::new(name(typed)))))
}

/// Returns the new lines, in order.
fn new_lines(done: &[Done]) -> Vec<&Entry> {
    let line = |one: &'_ Done| matches!(one, Done::QueueLine(..));
    let lines = done.iter().filter(|one| line(one));
    lines
        .map(|one| if let Done::QueueLine(_, entry) = one { &**entry } else { unreachable!() })
        .collect()
}

fn removed(before: u64, lines: &[u64]) -> EntryKind {
    let lines = lines.iter().copied().map(Seq).collect();
    EntryKind::Removed(RemovedLines { before: Seq(before), lines, of: RemovedOf::Leaver })
}

/// Returns the lines of a log that `client` gets if it asks for the newest ones.
fn history(chat: &mut RecordedChat, client: ClientId, log: LogName) -> Vec<Arc<Entry>> {
    let asks = Request::History { log, before: Seq(u64::MAX), count: 100 };
    let done = apply(chat, Happened::Asked(client, asks));
    let told = answers(&done, client).into_iter().find_map(|answer| match answer {
        Answer::History { entries, .. } => Some(entries.clone()),
        _ => None,
    });
    told.unwrap()
}

#[test]
fn one_line_a_room_says_which_lines_are_gone_and_names_nobody() {
    let mut chat = three();
    for text in ["mine", "mine, too"] {
        apply(&mut chat, post(ANN, id(text.split(' ').next().unwrap()), say(text)));
        apply(&mut chat, post(BO, None, say("Bo's")));
    }
    let reply_to = Some(ReplyTo::Message(Seq(1)));
    let answer = Post { log: RoomName::lobby().into(), id: None, reply_to, deed: say("yes") };
    apply(&mut chat, Happened::Asked(BO, Request::Post(Box::new(answer))));
    apply(&mut chat, join(ANN, "kitchen", None));
    let kitchen = RoomName::parse("kitchen").unwrap();
    let there =
        Post { log: kitchen.clone().into(), id: None, reply_to: None, deed: say("in the kitchen") };
    apply(&mut chat, Happened::Asked(ANN, Request::Post(Box::new(there))));
    apply(&mut chat, join(BO, "kitchen", None));
    apply(&mut chat, join(ANN, "attic", None));
    let done = forget(&mut chat, ANN, "Ann");
    let lines = new_lines(&done);
    let told: Vec<_> =
        lines.iter().map(|line| (line.log.room().unwrap().as_str(), &line.what)).collect();
    assert_eq!(told, [("lobby", &removed(1, &[1, 3])), ("kitchen", &removed(1, &[1]))]);
    assert!(lines.iter().all(|line| line.by.name.shown() == REMOVED_NAME && line.id.is_none()));
    assert!(answers(&done, ANN).contains(&&Answer::Forgotten));
    assert!(done.contains(&Done::EndClient(ANN, Disconnect::SessionLeft)));
    for room in [RoomName::lobby(), kitchen] {
        let lines = history(&mut chat, BO, room.into());
        assert!(lines.iter().all(|line| !line.what.text().contains("mine")));
        assert!(lines.iter().all(|line| !line.what.text().contains("kitchen")));
        assert!(lines.iter().all(|line| line.by.name != name("Ann")), "{lines:?}");
        let replied_to = lines.iter().filter_map(|line| line.replied_to());
        assert!(replied_to.into_iter().all(|replied_to| replied_to.name.is_none()));
    }
}

#[test]
fn the_name_is_free_and_all_devices_are_signed_out() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, None, Some(token(1)), 2));
    apply(&mut chat, post(ANN, None, say("hello")));
    let done = forget(&mut chat, BO, "Ann");
    for client in [ANN, BO] {
        assert!(done.contains(&Done::EndClient(client, Disconnect::SessionLeft)));
        apply(&mut chat, Happened::Left(client));
    }
    let done = apply(&mut chat, numbered(CLEO, Some("Ann"), None, 3));
    assert_eq!(welcome_name(&done, CLEO), "Ann");
    assert!(!history(&mut chat, CLEO, RoomName::lobby().into())[0].is_by(None));
    let back = ClientId(9);
    let done = apply(&mut chat, numbered(back, None, Some(token(1)), 4));
    assert_ne!(welcome_name(&done, back), "Ann", "the token is worth nothing");
}

#[test]
fn a_room_that_hears_of_the_removal_does_not_hear_who_has_left_and_others_do() {
    let mut chat = three();
    apply(&mut chat, post(ANN, None, say("hello")));
    // A device of Ann was in the kitchen a moment ago, and Bo is there.
    for (client, room) in [(BO, "kitchen"), (ANN, "kitchen")] {
        apply(&mut chat, join(client, room, None));
    }
    let device = ClientId(9);
    apply(&mut chat, numbered(device, None, Some(token(1)), 8));
    apply(&mut chat, join(device, "attic", None));
    apply(&mut chat, join(BO, "attic", None));
    apply(&mut chat, Happened::Left(device));
    let done = forget(&mut chat, ANN, "Ann");
    let notices = done.iter().map(|one| format!("{one:?}"));
    let notices: Vec<_> = notices.filter(|one| one.contains("Presence")).collect();
    let tells = |room: &str| notices.iter().filter(|one| one.contains(room)).count();
    assert_eq!(["lobby", "kitchen", "attic"].map(tells), [0, 1, 1], "{notices:?}");
    let done = apply_at(&mut chat, 60, Happened::Left(ANN));
    assert!(!format!("{done:?}").contains("Presence"), "{done:?}");
    for room in ["lobby", "kitchen", "attic"] {
        let room = RoomName::parse(room).unwrap();
        let done = apply_at(&mut chat, 61, Happened::Asked(BO, Request::Who(room)));
        assert!(!format!("{done:?}").contains("Ann"), "{done:?}");
    }
}

#[test]
fn nothing_happens_without_the_own_name() {
    let mut chat = three();
    apply(&mut chat, post(ANN, None, say("hello")));
    let done = forget(&mut chat, ANN, "Bo");
    assert_eq!(refusal(&done, ANN), Some(&Refused::NotYourName));
    assert_eq!(new_lines(&done).len(), 0);
    assert_eq!(history(&mut chat, BO, RoomName::lobby().into())[0].what.text(), "hello");
}

#[test]
fn a_private_message_goes_from_the_other_side_too() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    writes(&mut chat, BO, "Ann", "b");
    let done = forget(&mut chat, ANN, "Ann");
    let told: Vec<_> = new_lines(&done).into_iter().map(|line| (&line.log, &line.what)).collect();
    assert_eq!(told, [(&LogName::Private, &removed(1, &[1]))]);
    let lines = history(&mut chat, BO, LogName::Private);
    let texts: Vec<_> = lines.iter().map(|line| line.what.text()).collect();
    assert_eq!(texts, ["", "psst b", ""], "what Bo wrote stays");
    assert_eq!(lines[0].what, EntryKind::Deleted { of: Seq(1) });
}

fn batch(done: Vec<Done>) -> Option<Vec<Record>> {
    done.into_iter().find_map(|one| if let Done::Store(batch) = one { Some(batch) } else { None })
}

/// Makes a chat with a history, and with Ann and Bo in the lobby. Their arrival is stored.
fn two_stored() -> RecordedChat {
    let mut settings = settings(2, 8, 7);
    settings.stores = true;
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    let mut done = apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    done.extend(apply(&mut chat, numbered(BO, Some("Bo"), None, 2)));
    assert!(batch(done).is_some());
    while batch(apply(&mut chat, Happened::BatchEnded(Ok(())))).is_some() {}
    chat
}

#[test]
fn the_answer_comes_when_the_removal_is_stored_and_then_the_client_is_let_go() {
    let mut chat = two_stored();
    let device = ClientId(9);
    apply(&mut chat, numbered(device, None, Some(token(1)), 3));
    let done = forget(&mut chat, ANN, "Ann");
    assert!(done.contains(&Done::EndClient(device, Disconnect::SessionLeft)));
    let is_told = |done: &[Done]| answers(done, ANN).contains(&&Answer::Forgotten);
    let is_ended = |done: &[Done]| done.contains(&Done::EndClient(ANN, Disconnect::SessionLeft));
    assert!(!is_told(&done) && !is_ended(&done), "{done:?}");
    assert!(matches!(batch(done).unwrap()[0], Record::RemovedPerson(_)));
    // Until then the client is nobody, and nothing that it asks is done.
    assert!(answers(&apply(&mut chat, join(ANN, "attic", None)), ANN).is_empty());
    assert_eq!(chat.room_called(&RoomName::parse("attic").unwrap()), None);
    let done = apply(&mut chat, Happened::BatchEnded(Ok(())));
    assert!(is_told(&done) && is_ended(&done), "{done:?}");
}

#[test]
fn while_the_disk_is_in_trouble_nobody_is_removed() {
    let mut chat = two_stored();
    apply(&mut chat, post(ANN, None, say("mine")));
    apply(&mut chat, Happened::BatchEnded(Err("the disk is full".into())));
    let done = forget(&mut chat, ANN, "Ann");
    assert_eq!(refusal(&done, ANN), Some(&Refused::NotStoring));
    assert!(new_lines(&done).is_empty());
    assert_eq!(history(&mut chat, BO, RoomName::lobby().into())[0].what.text(), "mine");
    apply_at(&mut chat, 60, Happened::Ticked);
    apply_at(&mut chat, 60, Happened::BatchEnded(Ok(())));
    let asks = Request::ForgetMe(Box::new(name("Ann")));
    let done = apply_at(&mut chat, 60, Happened::Asked(ANN, asks));
    assert_eq!((refusal(&done, ANN), new_lines(&done).len()), (None, 1));
}

fn reply(client: ClientId, seq: u64) -> Happened {
    let reply_to = Some(ReplyTo::Message(Seq(seq)));
    let post = Post { log: RoomName::lobby().into(), id: None, reply_to, deed: say("yes") };
    Happened::Asked(client, Request::Post(Box::new(post)))
}

#[test]
fn a_reply_names_nobody_even_if_memory_has_lost_what_it_replies_to() {
    let mut chat = chat_that_keeps(2, 64);
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    apply(&mut chat, post(ANN, None, say("one")));
    apply(&mut chat, reply(BO, 1));
    apply(&mut chat, post(BO, None, say("two")));
    let replied_to = |chat: &mut RecordedChat| {
        let lines = history(chat, BO, RoomName::lobby().into());
        lines[0].replied_to().map(|it| (it.seq.0, it.name.as_ref().map(ToString::to_string)))
    };
    assert_eq!(replied_to(&mut chat), Some((1, Some("Ann".to_owned()))));
    forget(&mut chat, ANN, "Ann");
    assert_eq!(replied_to(&mut chat), Some((1, None)));
}

#[test]
fn the_file_learns_it_and_until_then_no_line_from_it_has_the_text() {
    let mut chat = two_stored();
    for text in ["one", "two", "three", "four"] {
        apply(&mut chat, post(ANN, None, say(text)));
        apply(&mut chat, Happened::BatchEnded(Ok(())));
    }
    let ann = chat.real.core().person(ANN).unwrap();
    let asks = Request::History { log: RoomName::lobby().into(), before: Seq(3), count: 9 };
    let from_file = chat.real.core().log(chat.real.core().lobby_id().unwrap()).unwrap();
    let of_ann = Entry { seq: Seq(1), ..Entry::clone(from_file.line(Seq(4)).unwrap()) };
    let reply_to =
        Some(Box::new(RepliedTo { name: Some(name("Ann")), ..RepliedTo::unknown(Seq(1)) }));
    let what = EntryKind::Said("yes".into());
    let by = Speaker { name: name("Bo"), whose: AuthorTag::default(), ..of_ann.by.clone() };
    let reply = Entry { seq: Seq(2), by, reply_to, what, ..of_ann.clone() };
    apply(&mut chat, Happened::Asked(BO, asks));
    let records = batch(forget(&mut chat, ANN, "Ann")).unwrap();
    assert!(records.contains(&Record::RemovedPerson(ann)), "{records:?}");
    // The history reads the line before it stores that.
    let lines = vec![Arc::new(of_ann), Arc::new(reply)];
    let found = FoundLines { lines, ..FoundLines::default() };
    let done = apply(&mut chat, Happened::Found(Ok(found)));
    let told = answers(&done, BO).into_iter().find_map(|answer| match answer {
        Answer::History { entries, .. } => Some(entries.clone()),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!((told[0].what.text(), told[0].by.name.shown()), ("", REMOVED_NAME));
    assert_eq!(told[1].replied_to(), Some(&RepliedTo::unknown(Seq(1))));
}

#[test]
fn a_network_may_have_only_so_many_people_removed() {
    let mut chat = chat();
    let network = crate::admission::ClientNetwork::of("10.1.2.3".parse().unwrap());
    let person = |number: u64| {
        let Happened::Newcomer(client, newcomer, _) =
            numbered(ClientId(number), Some(&format!("P{number}x")), None, number as u8)
        else {
            unreachable!()
        };
        Happened::Newcomer(client, newcomer, super::came_from(Some(network)))
    };
    let most = u64::from(limits::REMOVALS_BURST_MAX);
    for number in 1..=most + 1 {
        apply_at(&mut chat, number, person(number));
        let asks = Request::ForgetMe(Box::new(name(&format!("P{number}x"))));
        let done = apply_at(&mut chat, number, Happened::Asked(ClientId(number), asks));
        let is_refused = matches!(refusal(&done, ClientId(number)), Some(Refused::TooFast(_)));
        assert_eq!(is_refused, number > most, "{number}: {done:?}");
        apply_at(&mut chat, number, Happened::Left(ClientId(number)));
    }
}

/// Three people on a server that stores, whose queue holds so many records. Ann has said something
/// in the lobby and to Bo.
fn three_who_are_stored(unstored_records_max: usize) -> (RecordedChat, Vec<Done>) {
    let settings = ChatSettings { stores: true, unstored_records_max, ..settings(1000, 64, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    let mut done = come_in(&mut chat);
    done.extend(apply(&mut chat, post(ANN, None, say("mine"))));
    done.extend(writes(&mut chat, ANN, "Bo", "a"));
    done.extend(apply(&mut chat, post(BO, None, say("Bo's"))));
    (chat, done)
}

/// Lets the history store what the chat gives it, until nothing is left. Returns all records.
fn stores_all(chat: &mut RecordedChat, mut done: Vec<Done>) -> Vec<Record> {
    let mut all = Vec::new();
    loop {
        let batch = done.into_iter().rev().find_map(|one| match one {
            Done::Store(batch) => Some(batch),
            _ => None,
        });
        let Some(batch) = batch else { return all };
        all.extend(batch);
        done = apply(chat, Happened::BatchEnded(Ok(())));
    }
}

/// Returns whether the record would bring something of this person into a file.
fn is_of(person: PersonId, record: &Record) -> bool {
    match record {
        Record::Line(line) => {
            let text = line.entry.what.text();
            line.author == Some(person) || text == "mine" || text == "psst a"
        }
        Record::Person(stored) => stored.id == person,
        Record::PrivateLog(log) => log.person == person,
        _ => false,
    }
}

#[test]
fn what_memory_sends_again_for_a_new_file_has_nothing_of_whoever_was_removed() {
    let (mut chat, done) = three_who_are_stored(limits::UNSTORED_RECORDS_MAX);
    let ann = chat.real.core().person(ANN).unwrap();
    assert!(stores_all(&mut chat, done).iter().any(|record| is_of(ann, record)));
    let done = forget(&mut chat, ANN, "Ann");
    assert!(stores_all(&mut chat, done).contains(&Record::RemovedPerson(ann)));
    let done = apply(&mut chat, Happened::FileIsNew);
    let sent = stores_all(&mut chat, done);
    assert!(sent.iter().all(|record| !is_of(ann, record)), "{sent:?}");
    let lines = sent.iter().filter(|record| matches!(record, Record::Line(_)));
    assert!(lines.count() >= 3, "the lobby and its lines are sent: {sent:?}");
}

/// The queue of what is not stored still has older records of the person: what says that the person
/// is removed must come after them.
#[test]
fn a_removal_that_was_not_stored_comes_after_all_that_a_new_file_gets_of_the_person() {
    // The batch under way is never stored in the old file.
    let (mut chat, _) = three_who_are_stored(limits::UNSTORED_RECORDS_MAX);
    let ann = chat.real.core().person(ANN).unwrap();
    (0..8).for_each(|_| drop(apply(&mut chat, post(ANN, None, say("mine")))));
    forget(&mut chat, ANN, "Ann");
    let done = apply(&mut chat, Happened::FileIsNew);
    let sent = stores_all(&mut chat, done);
    let last = sent.iter().rposition(|record| is_of(ann, record));
    let removal = sent.iter().position(|record| *record == Record::RemovedPerson(ann));
    assert!(last < removal && last.is_some(), "{sent:?}");
}
