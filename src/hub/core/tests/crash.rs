//! What somebody is told who has seen lines that a crash took.
//!
//! Next: `hub/core/tests/lock.rs`.

use std::sync::Arc;

use super::acts::{Act, perform};
use super::numbered::notes;
use super::views::everybody_is_at_the_head;
use super::world::World;
use super::{
    ANN, Core, CoreSettings, Effect, Event, Kept, decide, moment, name, numbered, place, settings,
};
use crate::chat::entry::{Entry, Epoch, Seen, Seq, Speaker, UnixMillis, What};
use crate::chat::record::{Before, KeptLine, KeptRoom, PastLog};
use crate::chat::room_name::RoomName;
use crate::chat::told::Told;
use crate::hub::core::log::Log;
use crate::hub::core::people::Author;
use crate::hub::core::{Greeting, Newcomer};
use crate::limits::NUMBERS_RESERVED;

const EPOCH: Epoch = Epoch(5);

/// The lobby after two crashes: of its first life no line was kept, of its second
/// `lines`.
fn after_two_crashes(thrown_away: u64, lines: u64) -> Core {
    let line = |number| {
        let by = Speaker { name: name("Bo"), classic: false, mark: None, addr: None };
        let (seq, what) = (Seq(NUMBERS_RESERVED + number), What::Said("hello".into()));
        let log = RoomName::lobby().into();
        let entry = Entry { log, epoch: EPOCH, seq, at: UnixMillis(1), by, id: None, what };
        KeptLine { author: None, entry: Arc::new(entry) }
    };
    let kept = KeptRoom {
        name: RoomName::lobby(),
        epoch: EPOCH,
        reserved: Seq(3 * NUMBERS_RESERVED),
        topic: String::new(),
        hidden: false,
        password: None,
        maker: None,
        address: None,
    };
    let lobby = PastLog {
        kept,
        head: Seq(2 * NUMBERS_RESERVED),
        lines: (1..=lines).map(line).collect(),
        ids: Vec::new(),
        ids_behind: Seq(thrown_away),
        before: Before::Nothing { thrown_away: Seq(thrown_away) },
        skipped: Vec::new(),
    };
    let kept = Kept { rooms: vec![lobby], ..Kept::default() };
    Core::new(CoreSettings { keeps: true, ..settings(1000, 64, 7) }, kept, moment(0))
}

/// What Ann hears of the lobby's numbers who has seen those up to this one.
fn hears(core: &mut Core, seen: u64) -> Vec<(&'static str, u64, u64)> {
    let Event::Registered(_, Newcomer::Numbered(greeting), whence) =
        numbered(ANN, Some("Ann"), None, 1)
    else {
        panic!()
    };
    let mut greeting = Greeting::clone(&greeting);
    let seen = Seen { epoch: EPOCH, seq: Seq(seen) };
    greeting.hello.rooms = vec![place(RoomName::lobby(), Some(seen))];
    let mut effects =
        decide(core, Event::Registered(ANN, Newcomer::Numbered(Box::new(greeting)), whence));
    for _ in 0..4 {
        effects.extend(decide(core, Event::Drained(ANN)));
    }
    let told = notes(&effects, ANN).into_iter();
    let told = told.filter_map(|told| match told {
        Told::NotKept { from, to, .. } => Some(("not kept", from.0, to.0)),
        Told::Skipped { from, to, .. } => Some(("skipped", from.0, to.0)),
        Told::TooOld { from, to, .. } => Some(("too old", from.0, to.0)),
        _ => None,
    });
    told.collect()
}

#[test]
fn f5_whoever_saw_lines_of_which_none_was_kept_is_told_so() {
    const R: u64 = NUMBERS_RESERVED;
    for lines in [2, 0] {
        let end = if lines == 0 { 2 * R } else { R };
        let told = hears(&mut after_two_crashes(0, lines), 5);
        assert_eq!(told[..2], [("not kept", 1, 5), ("skipped", 1, end)], "{lines}");
        let told = hears(&mut after_two_crashes(0, lines), R);
        assert!(told.iter().all(|(what, ..)| *what != "not kept"), "was told at once: {told:?}");
    }
}

/// The lobby after a restart: its file has 1 to 4 and 8, for the disk was too slow for
/// what was said between them.
fn after_a_slow_disk() -> Core {
    let mut core = after_two_crashes(0, 0);
    let room = core.rooms_by_name[&RoomName::lobby()];
    let lines = [1, 2, 3, 4, 8].map(|number| {
        let by = Speaker { name: name("Bo"), classic: false, mark: None, addr: None };
        let (seq, what) = (Seq(number), What::Said("hello".into()));
        let log = RoomName::lobby().into();
        let entry = Entry { log, epoch: EPOCH, seq, at: UnixMillis(1), by, id: None, what };
        (Author::Nobody, Arc::new(entry))
    });
    let before = (Before::Nothing { thrown_away: Seq(0) }, Vec::new());
    let head = Seq(NUMBERS_RESERVED);
    core.rooms.get_mut(&room).unwrap().log =
        Log::restored(EPOCH, 1000, lines.to_vec(), before, head, 1 << 20);
    core
}

#[test]
fn what_the_disk_was_too_slow_for_is_no_crash_and_whoever_saw_it_is_told() {
    const R: u64 = NUMBERS_RESERVED;
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
    const R: u64 = NUMBERS_RESERVED;
    let told = hears(&mut after_two_crashes(9, 2), 5);
    assert_eq!(told[..2], [("too old", 6, R), ("skipped", R + 3, 2 * R)], "she had them");
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
    // Both see it, and it is in no file.
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

/// The history found its file lost: it says so with its next answer, so there must be one.
#[test]
fn after_the_file_is_found_lost_a_batch_is_handed_over_though_nobody_speaks() {
    let mut core = after_two_crashes(0, 3);
    let batch = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Keep(records) if !records.is_empty()))
    };
    while batch(&decide(&mut core, Event::Kept(Ok(())))) {}
    assert!(!batch(&decide(&mut core, Event::Ticked)), "nothing waits");
    assert!(batch(&decide(&mut core, Event::FileIsLost)));
    // While one is under way, its answer does.
    assert!(!batch(&decide(&mut core, Event::FileIsLost)));
    assert!(batch(&decide(&mut core, Event::FileIsNew)));
}
