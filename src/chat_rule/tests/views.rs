//! Rows E1 to E6 and E8 of `docs/ROWS.md`, with random events. Connections are lost, and outboxes
//! become full. Still each device has all lines of a room's log, except those of which it was told
//! that they were deleted or lost.
//!
//! Part: `chat_rule/mod.rs`.

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use std::collections::BTreeSet;

use super::acts::{Act, DEVICES, any_act, perform, room};
use super::world::World;
use crate::admission::ClientNetwork;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::name::Name;

pub(super) fn everybody_is_at_the_head(world: &World) {
    for device in &world.devices {
        for (log, view) in &device.views {
            // If a crash made the device a new person, it no longer has the old person's private
            // messages.
            let key = device.key(log);
            assert_eq!(view.last, world.head(&key).unwrap_or(view.last), "in {log}");
            // The device does not mix numbers of an earlier epoch of the log with numbers of this
            // one.
            let Some(epoch) = world.epoch(&key) else { continue };
            assert_eq!(view.epoch, epoch, "in {log}");
            let unsaid = |seq: &&Seq| !world.truth.get(&key).is_some_and(|it| it.contains_key(seq));
            assert_eq!(view.lines.iter().find(unsaid), None, "in {log}");
        }
    }
}

/// Returns an IP address to which the limits on requests apply.
fn network() -> ClientNetwork {
    ClientNetwork::of([192, 0, 2, 1].into())
}

proptest! {
    #[test]
    fn e1_to_e6_every_view_is_the_log_but_for_gaps_that_were_told(
        acts in proptest::collection::vec(any_act(), 0..250),
        outbox_max in 8..20_usize,
        log_entries_max in 4..80_usize,
        hasty: bool,
        paced: bool,
    ) {
        let mut world = World::new(DEVICES, outbox_max, log_entries_max);
        world.hasty = hasty;
        world.network = paced.then(network);
        for act in acts {
            perform(&mut world, act);
        }
        // After an hour no request waits any more. The answers may fill outboxes, and then clients
        // are evicted.
        world.pass(3600);
        for device in 0..DEVICES {
            world.connect(device);
        }
        world.settle();
        everybody_is_at_the_head(&world);
        for device in &world.devices {
            for (message, (room, seq)) in &device.acknowledged {
                prop_assert_eq!(world.truth[room][seq].id.as_ref(), Some(message));
            }
        }
        let names = world.devices.iter().filter_map(|device| device.name.as_ref());
        let looks: BTreeSet<_> = names.map(Name::skeleton).collect();
        prop_assert_eq!(looks.len(), DEVICES, "two have one name (E8)");
        for (room, entries) in &world.truth {
            let numbers = entries.keys().map(|seq| seq.0);
            prop_assert!(numbers.eq(1..=entries.len() as u64), "in {}", room.0);
        }
    }

    /// While memory has all lines, a device must get every one.
    #[test]
    fn e2_with_a_log_that_is_long_enough_there_is_no_gap(
        acts in proptest::collection::vec(any_act(), 0..250),
        hasty: bool,
        paced: bool,
    ) {
        let mut world = World::new(DEVICES, 8, 1000);
        world.hasty = hasty;
        world.network = paced.then(network);
        for device in 0..DEVICES {
            world.connect(device);
            perform(&mut world, Act::Join(device, 1));
        }
        world.settle();
        for act in acts {
            perform(&mut world, act);
        }
        for device in 0..DEVICES {
            world.connect(device);
        }
        world.settle();
        prop_assert_eq!(world.devices.iter().map(|device| device.gaps).sum::<usize>(), 0);
    }
}

/// One thing that happens: an action of a person, or something that happens to the disk or the
/// process.
#[derive(Clone, Debug)]
enum Fate {
    Act(Act),
    Stored,
    Read,
    DiskFull,
    FileLost,
    Crash { batch_is_kept: bool },
    Restart,
    AllLost { in_order: bool },
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        30 => any_act().prop_map(Fate::Act),
        6 => Just(Fate::Stored),
        3 => Just(Fate::Read),
        1 => Just(Fate::DiskFull),
        1 => Just(Fate::FileLost),
        1 => any::<bool>().prop_map(|batch_is_kept| Fate::Crash { batch_is_kept }),
        1 => Just(Fate::Restart),
        1 => any::<bool>().prop_map(|in_order| Fate::AllLost { in_order }),
    ]
}

proptest! {
    /// Rows E4 and F5 of `docs/ROWS.md`: a line that a client was told is *sent* stays in its log
    /// with its number, even if the process crashes. No number is given twice, and clients are told
    /// of each missing number.
    #[test]
    fn f5_what_was_acknowledged_outlives_every_crash(
        fates in proptest::collection::vec(any_fate(), 0..300),
        outbox_max in 8..20_usize,
        log_entries_max in prop_oneof![2..20_usize, Just(1000)],
        hasty: bool,
    ) {
        let mut world = World::new(DEVICES, outbox_max, log_entries_max).keeps();
        world.hasty = hasty;
        for fate in fates {
            match fate {
                Fate::Act(act) => perform(&mut world, act),
                Fate::Stored => world.store(true),
                Fate::Read => world.read(),
                Fate::DiskFull => world.store(false),
                // After the file is lost, the chat stores the lines in memory again. So the file is
                // lost only in runs in which memory has all lines.
                Fate::FileLost if log_entries_max == 1000 => world.lose_file(),
                Fate::FileLost => {}
                Fate::Crash { batch_is_kept } => world.crash(batch_is_kept),
                Fate::Restart => world.restart(),
                Fate::AllLost { in_order } => world.lose_all(in_order),
            }
        }
        for device in 0..DEVICES {
            world.connect(device);
        }
        world.settle();
        world.store_all();
        world.settle();
        everybody_is_at_the_head(&world);
        for device in &world.devices {
            for (message, (room, seq)) in &device.acknowledged {
                let found = world.truth.get(room).and_then(|lines| lines.get(seq));
                prop_assert_eq!(found.and_then(|entry| entry.id.as_ref()), Some(message));
            }
            prop_assert_eq!(device.gaps, 0, "what memory forgets is in the file");
            for (log, view) in device.views.iter().filter(|_| log_entries_max == 1000) {
                let Some(stored) = log.room().map(|room| world.stored(room)) else { continue };
                let lost: Vec<_> = view.lines.iter().filter(|seq| !stored.contains(seq)).collect();
                prop_assert!(lost.is_empty(), "in {}: {:?} of {:?}", log, lost, stored);
            }
        }
    }
}

proptest! {
    /// Row F3 of `docs/ROWS.md`: the disk is too slow for all that is said. Lines in memory are
    /// stored later, in another order. Clients are never told that a line is gone if the file has
    /// it.
    #[test]
    fn f3_what_a_slow_disk_has_in_the_end_is_told_to_whoever_missed_it(
        fates in proptest::collection::vec(any_fate(), 0..300),
        outbox_max in 8..20_usize,
        log_entries_max in 2..20_usize,
        unstored_max in 2..12_usize,
    ) {
        let world = World::new(DEVICES, outbox_max, log_entries_max);
        let mut world = world.with_room_for(unstored_max).keeps();
        for fate in fates {
            match fate {
                Fate::Act(act) => perform(&mut world, act),
                Fate::Stored => world.store(true),
                Fate::Read => world.read(),
                Fate::DiskFull => world.store(false),
                Fate::FileLost | Fate::Crash { .. } | Fate::Restart | Fate::AllLost { .. } => {
                    world.cut(0);
                }
            }
        }
        for device in 0..DEVICES {
            world.connect(device);
        }
        world.settle();
        everybody_is_at_the_head(&world);
        for number in 0..2 {
            perform(&mut world, Act::Join(0, number));
            let (paged, stored) = (world.pages(0, &room(number)), world.stored(&room(number)));
            let missing: Vec<_> = stored.iter().filter(|seq| !paged.contains(seq)).collect();
            prop_assert!(missing.is_empty(), "{:?} of {:?}, not in {:?}", missing, stored, paged);
            prop_assert!(paged.is_sorted_by(|one, next| one > next), "{:?}", paged);
        }
    }
}

#[test]
fn e3_a_gap_that_is_too_old_is_told_once_and_the_rest_follows() {
    let mut world = World::new(2, 64, 10);
    world.connect(0);
    world.connect(1);
    world.settle();
    world.cut(1);
    for number in 0..30 {
        perform(&mut world, Act::Say { device: 0, room: 0, number });
        world.settle();
    }
    world.connect(1);
    world.settle();
    assert_eq!((world.devices[1].gaps, world.devices[0].gaps), (1, 0));
    assert_eq!(world.devices[1].views[&LogName::Room(room(0))].last.0, 30);
    assert_eq!(world.evicted, 0);
}

#[test]
fn e4_without_its_file_a_server_begins_another_life_and_everybody_is_told() {
    for in_order in [false, true] {
        let mut world = World::new(3, 64, 10).keeps();
        let lobby = LogName::Room(room(0));
        let say = |world: &mut World, device, number| {
            perform(world, Act::Say { device, room: 0, number });
            world.settle();
        };
        (0..2).for_each(|device| world.connect(device));
        (0..5).for_each(|number| say(&mut world, 0, number));
        world.store_all();
        world.settle();
        let before = world.devices[1].views[&lobby].epoch;
        world.lose_all(in_order);
        // The log is lost, so its numbers begin again. A new device connects before the other
        // devices come back. Its lines get numbers of lost lines that the others have seen.
        world.connect(2);
        (0..2).for_each(|number| say(&mut world, 2, number));
        (0..2).for_each(|device| world.connect(device));
        world.settle();
        everybody_is_at_the_head(&world);
        for device in &world.devices {
            let view = &device.views[&lobby];
            assert_ne!(view.epoch, before);
            assert!(view.lines.iter().eq([Seq(1), Seq(2)].iter()), "{view:?}");
            assert_eq!((device.gaps, device.lost), (0, 0), "another life is no gap");
        }
    }
}

#[test]
fn f5_who_was_told_of_a_crash_has_lost_nothing_by_it() {
    let mut world = World::new(1, 64, 10).keeps();
    world.connect(0);
    perform(&mut world, Act::Say { device: 0, room: 0, number: 1 });
    world.store_all();
    world.settle();
    // The server stops cleanly once, so that the next crash skips other numbers than the first one.
    world.restart();
    for _ in 0..2 {
        world.crash(true);
        // The device comes back and is told of the crash. Then it comes back once more.
        for _ in 0..2 {
            world.connect(0);
            world.settle();
            world.cut(0);
        }
    }
    assert_eq!(world.devices[0].lost, 0, "told again and again that its lines are lost");
}
