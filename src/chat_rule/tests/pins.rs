//! A room's maker pins one of its messages.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{answers, refusal};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, chat, chat_that_keeps, numbered,
    settings,
};
use crate::chat::answer::{Answer, Joined};
use crate::chat::entry::{EntryKind, Seq, Speaker};
use crate::chat::numbers::Sizes;
use crate::chat::record::{Before, PastLog, Stored};
use crate::chat::refused::Refused;
use crate::chat::removed_lines::{RemovedLines, RemovedOf};
use crate::chat::request::{Deed, Post, ReplyTo, Request, RoomPosition};
use crate::chat::room_name::RoomName;

fn den() -> RoomName {
    RoomName::parse("den").unwrap()
}

fn posts(chat: &mut RecordedChat, client: ClientId, deed: Deed) -> Vec<Done> {
    let post = Post { log: den().into(), id: None, reply_to: None, deed };
    apply(chat, Happened::Asked(client, Request::Post(Box::new(post))))
}

/// The client leaves the room, if it is in it, and enters it. Returns what it is told of the room.
fn enters(chat: &mut RecordedChat, client: ClientId) -> Joined {
    apply(chat, Happened::Asked(client, Request::Leave(den())));
    let place = Box::new(RoomPosition::of(den()));
    let done = apply(chat, Happened::Asked(client, Request::Join(place, None)));
    let told = answers(&done, client).into_iter().find_map(|told| match told {
        Answer::Joined(joined) => Some(joined.clone()),
        _ => None,
    });
    told.expect("the room is open")
}

/// Returns the pinned message and who has pinned it, as a client is told that enters the room.
fn pinned(chat: &mut RecordedChat, client: ClientId) -> Option<(String, Option<String>)> {
    let pin = enters(chat, client).pinned?;
    let by = pin.by.map(|name| name.shown().to_owned());
    Some((format!("#{} {}", pin.entry.seq.0, pin.entry.what.text()), by))
}

/// Makes a chat in which Ann has made the room `den`, and Bo has said #1 in it.
fn den_of_ann() -> RecordedChat {
    den_in(chat())
}

fn den_in(mut chat: RecordedChat) -> RecordedChat {
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2)] {
        apply(&mut chat, numbered(client, Some(name), None, fresh));
    }
    assert!(enters(&mut chat, ANN).is_maker);
    assert!(!enters(&mut chat, BO).is_maker);
    posts(&mut chat, BO, Deed::Say("soup at noon".into()));
    chat
}

fn by_ann(words: &str) -> Option<(String, Option<String>)> {
    Some((words.to_owned(), Some("Ann".to_owned())))
}

#[test]
fn the_maker_pins_a_message_and_whoever_enters_is_told_its_newest_text() {
    let mut chat = den_of_ann();
    assert_eq!(pinned(&mut chat, BO), None);
    posts(&mut chat, ANN, Deed::Pin(Seq(1)));
    assert_eq!(pinned(&mut chat, BO), by_ann("#1 soup at noon"));
    posts(&mut chat, BO, Deed::Edit { of: Some(Seq(1)), text: "soup at one".into() });
    assert_eq!(pinned(&mut chat, BO), by_ann("#1 soup at one"));
    posts(&mut chat, ANN, Deed::Say("bread".into()));
    posts(&mut chat, ANN, Deed::Pin(Seq(4)));
    assert_eq!(pinned(&mut chat, BO), by_ann("#4 bread"), "another pin replaces it");
    posts(&mut chat, ANN, Deed::Pin(Seq(0)));
    assert_eq!(pinned(&mut chat, BO), None);
}

#[test]
fn a_pinned_message_that_is_deleted_is_pinned_no_more() {
    let mut chat = den_of_ann();
    posts(&mut chat, ANN, Deed::Pin(Seq(1)));
    posts(&mut chat, BO, Deed::Delete { of: Some(Seq(1)) });
    assert_eq!(pinned(&mut chat, BO), None);
}

#[test]
fn nobody_else_pins_and_nothing_but_a_message_is_pinned() {
    let mut chat = den_of_ann();
    let refused = posts(&mut chat, BO, Deed::Pin(Seq(1)));
    assert_eq!(refusal(&refused, BO), Some(&Refused::NotYourRoom));
    posts(&mut chat, ANN, Deed::Topic("soup".into()));
    for seq in [2, 3, u64::MAX] {
        let refused = posts(&mut chat, ANN, Deed::Pin(Seq(seq)));
        assert_eq!(refusal(&refused, ANN), Some(&Refused::NoSuchMessage), "{seq}");
    }
    assert_eq!(pinned(&mut chat, BO), None);
}

#[test]
fn after_a_restart_the_message_is_still_pinned_though_memory_does_not_have_its_line() {
    let mut chat = den_of_ann();
    let done = posts(&mut chat, ANN, Deed::Pin(Seq(1)));
    let room = chat.room_record(chat.room_called(&den()).unwrap()).unwrap();
    assert_eq!(room.pinned, Seq(1), "{done:?}");
    let entry = enters(&mut chat, BO).pinned.unwrap().entry;
    let stored = Stored {
        rooms: vec![PastLog {
            stored: room.clone(),
            head: Seq(9),
            lines: Vec::new(),
            pinned: Some(entry),
            ids: Vec::new(),
            ids_behind: Seq(0),
            before: Before::OlderLines,
            skipped: Vec::new(),
        }],
        ..Stored::default()
    };
    let mut chat = RecordedChat::new(settings(1000, 64, 7), stored, super::moment(0));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    assert_eq!(pinned(&mut chat, BO), Some(("#1 soup at noon".to_owned(), None)));
    let again = chat.room_record(chat.room_called(&den()).unwrap()).unwrap();
    assert_eq!(again.pinned, Seq(1));
}

#[test]
fn the_pin_of_a_person_who_leaves_for_good_goes_with_the_message() {
    let mut chat = den_of_ann();
    posts(&mut chat, ANN, Deed::Pin(Seq(1)));
    assert_eq!(pinned(&mut chat, BO), by_ann("#1 soup at noon"));
    let name = Box::new(crate::chat::name::Name::parse("Bo").unwrap());
    let done = apply(&mut chat, Happened::Asked(BO, Request::ForgetMe(name)));
    assert!(answers(&done, BO).contains(&&Answer::Forgotten), "{done:?}");
    assert_eq!(pinned(&mut chat, ANN), None);
}

fn new_line(done: &Done) -> Option<&EntryKind> {
    if let Done::QueueLine(_, entry) = done { Some(&entry.what) } else { None }
}

/// Returns the new lines which say that a pin is gone, by their numbers.
fn unpinned(done: &[Done]) -> Vec<u64> {
    let line = |one: &Done| match one {
        Done::QueueLine(_, entry) if entry.what == EntryKind::Pinned(Seq(0)) => {
            assert_eq!(entry.by, Speaker::server());
            Some(entry.seq.0)
        }
        _ => None,
    };
    done.iter().filter_map(line).collect()
}

/// Returns what the chat does if the history deletes the lines of the room up to this number.
fn throws_away(chat: &mut RecordedChat, last: u64) -> Vec<Done> {
    let epoch = chat.log(chat.room_called(&den()).unwrap()).unwrap().epoch();
    apply(chat, Happened::ThrownAway(vec![(epoch, Seq(last))]))
}

#[test]
fn a_pinned_message_that_the_file_throws_away_is_pinned_no_more_and_a_line_says_so() {
    let mut chat = den_of_ann();
    posts(&mut chat, ANN, Deed::Say("bread".into()));
    posts(&mut chat, ANN, Deed::Pin(Seq(2)));
    assert!(unpinned(&throws_away(&mut chat, 1)).is_empty());
    assert_eq!(pinned(&mut chat, BO), by_ann("#2 bread"), "an older line is gone");
    assert_eq!(unpinned(&throws_away(&mut chat, 2)), [4]);
    assert_eq!(pinned(&mut chat, BO), None);
    let room = chat.room_record(chat.room_called(&den()).unwrap()).unwrap();
    assert_eq!(room.pinned, Seq(0), "nor is it after a restart");
    assert!(unpinned(&throws_away(&mut chat, 4)).is_empty());
}

#[test]
fn a_pin_stays_while_no_number_is_reserved_for_the_line_that_ends_it() {
    let mut settings = settings(1000, 64, 7);
    settings.stores = true;
    settings.core.numbers = Sizes { block: 8, block_max: 16, far: 20, far_distance: 1000 };
    let mut chat = den_in(RecordedChat::new(settings, Stored::default(), super::moment(0)));
    posts(&mut chat, ANN, Deed::Pin(Seq(1)));
    let says_more = |_| posts(&mut chat, BO, Deed::Say("more".into()));
    let is_refused = |done: Vec<Done>| refusal(&done, BO).is_some();
    assert!((0..40).map(says_more).any(is_refused), "it has no more numbers");
    assert!(unpinned(&throws_away(&mut chat, 1)).is_empty());
    assert_eq!(pinned(&mut chat, BO), by_ann("#1 soup at noon"));
    let has_batch = |done: Vec<Done>| done.iter().any(|one| matches!(one, Done::Store(_)));
    while has_batch(apply(&mut chat, Happened::BatchEnded(Ok(())))) {}
    assert_eq!(unpinned(&throws_away(&mut chat, 1)).len(), 1);
    assert_eq!(pinned(&mut chat, BO), None);
}

#[test]
fn a_pin_on_an_old_message_of_a_person_who_leaves_for_good_goes_and_a_line_says_so() {
    let mut chat = den_in(chat_that_keeps(1, 64));
    posts(&mut chat, ANN, Deed::Pin(Seq(1)));
    let name = Box::new(crate::chat::name::Name::parse("Bo").unwrap());
    let done = apply(&mut chat, Happened::Asked(BO, Request::ForgetMe(name)));
    let lines: Vec<_> = done.iter().filter_map(new_line).collect();
    let removed = RemovedLines { before: Seq(2), lines: [Seq(1)].into(), of: RemovedOf::Leaver };
    assert_eq!(lines, [&EntryKind::Removed(removed)]);
    assert_eq!(pinned(&mut chat, ANN), None);
}

#[test]
fn a_pinned_reply_does_not_name_whoever_has_left_for_good() {
    let mut chat = den_of_ann();
    let (reply_to, deed) = (Some(ReplyTo::Message(Seq(1))), Deed::Say("good".into()));
    let post = Post { log: den().into(), id: None, reply_to, deed };
    apply(&mut chat, Happened::Asked(ANN, Request::Post(Box::new(post))));
    posts(&mut chat, ANN, Deed::Pin(Seq(2)));
    let names = |chat: &mut RecordedChat| {
        let pin = enters(chat, ANN).pinned.unwrap().entry;
        pin.replied_to().unwrap().name.is_some()
    };
    assert!(names(&mut chat));
    let name = Box::new(crate::chat::name::Name::parse("Bo").unwrap());
    apply(&mut chat, Happened::Asked(BO, Request::ForgetMe(name)));
    assert!(!names(&mut chat));
}
