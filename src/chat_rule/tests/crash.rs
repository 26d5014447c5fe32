//! What the server tells a client if the client has seen lines that were lost in a crash.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::acts::{Act, perform};
use super::numbered::{answers, say};
use super::views::everybody_is_at_the_head;
use super::world::World;
use super::{
    ANN, ChatSettings, Done, Happened, RecordedChat, Stored, apply, moment, name, numbered, place,
    post, settings,
};
use crate::base::limits::NUMBERS_BLOCK;
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::tests::inside::log_of_room;
use crate::chat::core::{Greeting, Newcomer};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seen, Seq, Speaker, UnixMillis};
use crate::chat::numbers::{Reservation, Sizes, SkipRange};
use crate::chat::record::{Before, LetIn, PastLog, StoredLine, StoredRoom};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;

const EPOCH: Epoch = Epoch(5);

/// How many numbers each run of the server reserves in these tests.
const R: u64 = NUMBERS_BLOCK;

/// A line that Bo has said in the lobby.
fn hello(seq: Seq) -> Entry {
    let by = Speaker {
        name: name("Bo"),
        classic: false,
        has_edited: false,
        whose: AuthorTag::default(),
        mark: None,
        addr: None,
    };
    let (log, what) = (RoomName::lobby().into(), EntryKind::Said("hello".into()));
    Entry { log, epoch: EPOCH, seq, at: UnixMillis(1), by, id: None, reply_to: None, what }
}

/// Makes the core that starts after two crashes. No line of the lobby was stored in the first run,
/// and `lines` of them in the second run.
fn after_two_crashes(thrown_away: u64, lines: u64) -> RecordedChat {
    let line = |number| {
        let entry = Arc::new(hello(Seq(R + number)));
        StoredLine { author: None, entry }
    };
    let stored = StoredRoom {
        rules: Box::default(),
        name: RoomName::lobby(),
        epoch: EPOCH,
        reservation: Reservation::after(Seq(2 * R), &Sizes::default()),
        skips: Vec::new(),
        topic: String::new(),
        pinned: Seq(0),
        hidden: false,
        password: None,
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: None,
        network: None,
    };
    let skip = |first, last, far| SkipRange {
        first: Seq(first),
        last: Seq(last),
        far: Some(far),
        damaged: false,
    };
    let lobby = PastLog {
        stored,
        head: Seq(2 * R),
        lines: (1..=lines).map(line).collect(),
        pinned: None,
        ids: Vec::new(),
        ids_behind: Seq(thrown_away),
        before: Before::Nothing { thrown_away: Seq(thrown_away) },
        skipped: vec![skip(thrown_away + 1, R, Seq(1 << 30)), skip(R + lines + 1, 2 * R, FAR)],
    };
    let stored = Stored { rooms: vec![lobby], ..Stored::default() };
    RecordedChat::new(ChatSettings { stores: true, ..settings(1000, 64, 7) }, stored, moment(0))
}

/// The number after which the far range of the second run of the server begins (see
/// `chat/numbers.rs`).
const FAR: Seq = Seq(1 << 40);

/// Returns what Ann is told about the lobby's numbers, if the newest number that she has seen is
/// `seen`.
fn hears(chat: &mut RecordedChat, seen: u64) -> Vec<(&'static str, u64, u64)> {
    let Happened::Newcomer(_, Newcomer::WithHello(greeting), came_from) =
        numbered(ANN, Some("Ann"), None, 1)
    else {
        panic!()
    };
    let mut greeting = Greeting::clone(&greeting);
    let seen = Seen { epoch: EPOCH, seq: Seq(seen) };
    greeting.hello.rooms = vec![place(RoomName::lobby(), Some(seen))];
    let mut done =
        apply(chat, Happened::Newcomer(ANN, Newcomer::WithHello(Box::new(greeting)), came_from));
    for _ in 0..4 {
        done.extend(apply(chat, Happened::Drained(ANN)));
    }
    let told = answers(&done, ANN).into_iter();
    let told = told.filter_map(|told| match told {
        Answer::NotKept { from, to, .. } => Some(("not kept", from.0, to.0)),
        Answer::Skipped { from, to, .. } => Some(("skipped", from.0, to.0)),
        Answer::TooOld { from, to, .. } => Some(("too old", from.0, to.0)),
        _ => None,
    });
    told.collect()
}

#[test]
fn f5_whoever_saw_lines_of_which_none_was_kept_is_told_so() {
    for lines in [2, 0] {
        let told = hears(&mut after_two_crashes(0, lines), 5);
        assert_eq!(told[..2], [("not kept", 1, 5), ("skipped", 1, R)], "{lines}");
        let told = hears(&mut after_two_crashes(0, lines), R);
        assert!(told.iter().all(|(what, ..)| *what != "not kept"), "was told at once: {told:?}");
        // She is also told of the lost lines of the second run, but only of those that she saw.
        let seen = R + lines + 3;
        let told = hears(&mut after_two_crashes(0, lines), seen);
        assert_eq!(told[0], ("not kept", R + lines + 1, seen), "{lines}");
    }
}

#[test]
fn f5_whoever_saw_lines_in_a_far_range_goes_back_to_where_that_life_was() {
    let told = hears(&mut after_two_crashes(0, 2), FAR.0 + 3);
    assert_eq!(told, [("not kept", R + 3, FAR.0 + 3), ("skipped", R + 3, 2 * R)]);
    let told = hears(&mut after_two_crashes(0, 2), FAR.0);
    assert_eq!(told[0], ("not kept", R + 3, FAR.0), "it was told of the range only");
}

/// Makes the core of a server that has just restarted. The lobby's file has lines 1 to 4 and 8,
/// because the disk was too slow for the lines between them.
fn after_a_slow_disk() -> RecordedChat {
    let mut chat = after_two_crashes(0, 0);
    let room = chat.room_called(&RoomName::lobby()).unwrap();
    let lines = [1, 2, 3, 4, 8].map(|number| {
        let entry = Arc::new(hello(Seq(number)));
        (Author::Nobody, entry)
    });
    let skip = SkipRange { first: Seq(9), last: Seq(R), far: Some(FAR), damaged: false };
    let before = Before::Nothing { thrown_away: Seq(0) };
    let head = Seq(R);
    let name = chat.log(room).unwrap().name().clone();
    let log = log_of_room(name, EPOCH, 1000);
    chat.replace_log(room, log.with_lines(lines.to_vec(), before, vec![skip], head));
    chat
}

#[test]
fn what_the_disk_was_too_slow_for_is_no_crash_and_whoever_saw_it_is_told() {
    let told = hears(&mut after_a_slow_disk(), 4);
    assert_eq!(told, [("too old", 5, 7), ("skipped", 9, R)]);
    for seen in [6, 7] {
        let told = hears(&mut after_a_slow_disk(), seen);
        assert_eq!(told[..2], [("not kept", 5, seen), ("too old", 5, 7)], "{seen}");
    }
    assert_eq!(hears(&mut after_a_slow_disk(), 8), [("skipped", 9, R)]);
}

#[test]
fn f8_what_was_thrown_away_is_too_old_and_not_lost() {
    let told = hears(&mut after_two_crashes(9, 2), 5);
    let expected = [("too old", 6, 9), ("skipped", 10, R), ("skipped", R + 3, 2 * R)];
    assert_eq!(told, expected, "she had them");
    let told = hears(&mut after_two_crashes(4, 2), 5);
    assert_eq!(told[0], ("not kept", 5, 5), "four were kept");
}

#[test]
fn f5_who_saw_what_a_crash_took_is_told_so_when_memory_has_later_lines_only() {
    let say = |world: &mut World, device, number| {
        perform(world, Act::Say { device, room: 0, number });
        world.settle();
    };
    let mut world = World::new(3, 64, 2).keeps();
    (0..2).for_each(|device| world.connect(device));
    say(&mut world, 0, 0);
    world.store_all();
    // Both devices see the line, but it is not stored in the file.
    say(&mut world, 0, 1);
    world.store(false);
    world.crash(false);
    world.connect(2);
    (0..3).for_each(|number| say(&mut world, 2, number));
    world.store_all();
    world.crash(true);
    (0..3).for_each(|device| world.connect(device));
    world.settle();
    everybody_is_at_the_head(&world);
    assert_eq!((world.devices[1].lost, world.devices[1].gaps), (1, 0));
}

/// The history has found that its file is lost. It can tell this to the chat only in the answer to
/// its next batch. So the chat must hand it a batch, even if nobody speaks.
#[test]
fn after_the_file_is_found_lost_a_batch_is_handed_over_though_nobody_speaks() {
    let mut chat = after_two_crashes(0, 3);
    let batch = |done: &[Done]| {
        done.iter().any(|one| matches!(one, Done::Store(records) if !records.is_empty()))
    };
    while batch(&apply(&mut chat, Happened::BatchEnded(Ok(())))) {}
    assert!(!batch(&apply(&mut chat, Happened::Ticked)), "nothing waits");
    assert!(batch(&apply(&mut chat, Happened::FileIsLost)));
    // The history has a batch already, and can tell the chat in its answer to that batch.
    assert!(!batch(&apply(&mut chat, Happened::FileIsLost)));
    assert!(batch(&apply(&mut chat, Happened::FileIsNew)));
}

#[test]
fn f5_the_hole_that_is_told_is_what_was_lost() {
    let say = |world: &mut World, device, number| {
        perform(world, Act::Say { device, room: 0, number });
        world.settle();
    };
    let mut world = World::new(2, 64, 1000).keeps();
    (0..2).for_each(|device| world.connect(device));
    say(&mut world, 0, 0);
    world.store_all();
    world.crash(false);
    // A run of the server in which one line is said, and nothing is stored.
    (0..2).for_each(|device| world.connect(device));
    world.settle();
    say(&mut world, 0, 1);
    world.store(false);
    world.crash(false);
    (0..2).for_each(|device| world.connect(device));
    world.settle();
    everybody_is_at_the_head(&world);
    let view = &world.devices[1].views[&RoomName::lobby().into()];
    assert_eq!(world.devices[1].lost_lines, 1, "{view:?}");
    assert!(view.last.0 < 10_000, "people see {}", view.last.0);
}

#[test]
fn f1_a_disk_that_takes_nothing_makes_numbers_jump_once_and_then_gives_words_back() {
    let numbers = Sizes { block: 8, block_max: 16, far: 20, far_distance: 1000 };
    let mut settings = ChatSettings { stores: true, ..settings(1000, 64, 7) };
    settings.core.numbers = numbers;
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let mut told = Vec::new();
    let mut given_back = None;
    for number in 0..40 {
        let done = apply(&mut chat, post(ANN, None, say(&format!("line {number}"))));
        given_back = given_back.or(answers(&done, ANN).into_iter().find_map(|told| match told {
            Answer::Refused { reason: Refused::TooFast(_), said, .. } => said.clone(),
            _ => None,
        }));
        told.extend(done.iter().filter_map(|one| match one {
            Done::QueueLine(_, entry) => Some(entry.seq.0),
            _ => None,
        }));
    }
    // No line gets number 8 or 1008: when numbers are skipped, clients are told that 8 or 1008 is
    // the last skipped number.
    assert!(told.iter().copied().eq((1..8).chain(1009..1028)), "{told:?}");
    assert_eq!(given_back, Some("line 26".to_owned()));
    // The history finishes the batch that it has, and then the next one.
    (0..2).for_each(|_| drop(apply(&mut chat, Happened::BatchEnded(Ok(())))));
    let done = apply(&mut chat, post(ANN, None, say("again")));
    let is_told =
        done.iter().any(|it| matches!(it, Done::QueueLine(_, entry) if entry.seq.0 == 1028));
    assert!(is_told, "{done:?}");
}
