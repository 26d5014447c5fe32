//! A person leaves for good: nothing of theirs stays but one line in each log.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::numbered::{CLEO, answers, refusal, say, welcome_name};
use super::private::{three, writes};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, Stored, apply, apply_at, chat, id, join,
    moment, name, numbered, post, settings, token,
};
use crate::base::disconnect::Disconnect;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::{Entry, EntryKind, REMOVED_NAME, RemovedLines, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{FoundLines, Record};
use crate::chat::refused::Refused;
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
    EntryKind::Removed(RemovedLines { before: Seq(before), lines })
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
    let answer = Post { room: RoomName::lobby(), id: None, reply_to, deed: say("yes") };
    apply(&mut chat, Happened::Asked(BO, Request::Post(Box::new(answer))));
    apply(&mut chat, join(ANN, "kitchen", None));
    let kitchen = RoomName::parse("kitchen").unwrap();
    let there =
        Post { room: kitchen.clone(), id: None, reply_to: None, deed: say("in the kitchen") };
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
fn no_notice_names_the_person_also_in_rooms_that_wait_for_it() {
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
    let notices = done.iter().filter(|one| format!("{one:?}").contains("Presence"));
    assert_eq!(notices.count(), 0, "{done:?}");
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

#[test]
fn the_file_learns_it_and_until_then_no_line_from_it_has_the_text() {
    let mut settings = settings(2, 8, 7);
    settings.stores = true;
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    let batch = |done: Vec<Done>| {
        done.into_iter()
            .find_map(|one| if let Done::Store(batch) = one { Some(batch) } else { None })
    };
    let mut done = apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    done.extend(apply(&mut chat, numbered(BO, Some("Bo"), None, 2)));
    assert!(batch(done).is_some());
    apply(&mut chat, Happened::BatchEnded(Ok(())));
    for text in ["one", "two", "three", "four"] {
        apply(&mut chat, post(ANN, None, say(text)));
        apply(&mut chat, Happened::BatchEnded(Ok(())));
    }
    let ann = chat.real.core().person(ANN).unwrap();
    let asks = Request::History { log: RoomName::lobby().into(), before: Seq(2), count: 9 };
    let from_file = chat.real.core().log(chat.real.core().lobby_id().unwrap()).unwrap();
    let old = Arc::new(Entry { seq: Seq(1), ..Entry::clone(from_file.line(Seq(4)).unwrap()) });
    apply(&mut chat, Happened::Asked(BO, asks));
    assert_eq!(batch(forget(&mut chat, ANN, "Ann")), None, "another batch is under way");
    let records = batch(apply(&mut chat, Happened::BatchEnded(Ok(())))).unwrap();
    assert!(records.contains(&Record::RemovedPerson(ann)), "{records:?}");
    // The history reads the line before it stores that.
    let found = FoundLines { lines: vec![old], ..FoundLines::default() };
    let done = apply(&mut chat, Happened::Found(Ok(found)));
    let told = answers(&done, BO).into_iter().find_map(|answer| match answer {
        Answer::History { entries, .. } => Some(entries.clone()),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!((told[0].what.text(), told[0].by.name.shown()), ("", REMOVED_NAME));
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
