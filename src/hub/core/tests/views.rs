//! E1 to E6, E8 by random events: whatever happens to lines and outboxes, each
//! device's view of a room is the room's log, but for gaps that it was told of.
//!
//! Next: `hub/fanout.rs`.

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::world::World;
use super::{id, place};
use crate::admission::Home;
use crate::chat::request::{Deed, Post, Request};
use crate::chat::room_name::RoomName;

const DEVICES: usize = 4;

#[derive(Clone, Debug)]
enum Act {
    Connect(usize),
    Cut(usize),
    Say { device: usize, room: usize, number: u16 },
    Join(usize, usize),
    Leave(usize, usize),
    Type(usize),
    Take(usize, usize),
    Pass(u64),
}

fn room(number: usize) -> RoomName {
    RoomName::parse(["lobby", "kitchen"][number]).unwrap()
}

fn any_act() -> impl Strategy<Value = Act> {
    let device = || 0..DEVICES;
    prop_oneof![
        3 => device().prop_map(Act::Connect),
        1 => device().prop_map(Act::Cut),
        12 => (device(), 0..2_usize, 0..200_u16)
            .prop_map(|(device, room, number)| Act::Say { device, room, number }),
        2 => (device(), 0..2_usize).prop_map(|(device, room)| Act::Join(device, room)),
        1 => (device(), 0..2_usize).prop_map(|(device, room)| Act::Leave(device, room)),
        2 => device().prop_map(Act::Type),
        6 => (device(), 1..9_usize).prop_map(|(device, count)| Act::Take(device, count)),
        1 => (0..20_u64).prop_map(Act::Pass),
    ]
}

fn perform(world: &mut World, act: Act) {
    match act {
        Act::Connect(device) => world.connect(device),
        Act::Cut(device) => world.cut(device),
        Act::Say { device, room: number, number: message } => {
            let message = id(&format!("{number}-{message}")).unwrap();
            let text = Deed::Say(message.as_str().to_owned());
            if world.devices[device].client.is_some() {
                world.devices[device].unanswered.insert(message.clone());
            }
            let post = Post { room: room(number), id: Some(message), deed: text };
            world.ask(device, Request::Post(Box::new(post)));
        }
        Act::Join(device, number) => {
            // As a good client does: with what it has seen.
            let seen = world.devices[device].seen(&room(number));
            if world.devices[device].leaving.contains(&room(number)) {
                return;
            }
            world.ask(device, Request::Join(Box::new(place(room(number), seen))));
        }
        Act::Leave(device, number) => {
            if world.devices[device].seen(&room(number)).is_some() {
                world.devices[device].leaving.insert(room(number));
            }
            world.ask(device, Request::Leave(room(number)));
        }
        Act::Type(device) => world.ask(device, Request::Typing(room(0))),
        Act::Take(device, count) => world.take(device, count),
        Act::Pass(seconds) => world.pass(seconds),
    }
}

fn everybody_is_at_the_head(world: &World) {
    for (room, view) in world.devices.iter().flat_map(|device| &device.views) {
        assert_eq!(view.last, world.head(room), "in {room}");
    }
}

/// An address that is held to a pace.
fn home() -> Home {
    Home::of([192, 0, 2, 1].into())
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
        world.home = paced.then(home);
        for act in acts {
            perform(&mut world, act);
        }
        // Whatever waits for its turn has it by now; answers may evict somebody.
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
        for (room, entries) in &world.truth {
            let numbers = entries.keys().map(|seq| seq.0);
            prop_assert!(numbers.eq(1..=entries.len() as u64), "in {}", room);
        }
    }

    /// Within what is kept, nothing may be missing at all.
    #[test]
    fn e2_with_a_log_that_is_long_enough_there_is_no_gap(
        acts in proptest::collection::vec(any_act(), 0..250),
        hasty: bool,
        paced: bool,
    ) {
        let mut world = World::new(DEVICES, 8, 1000);
        world.hasty = hasty;
        world.home = paced.then(home);
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

/// What the disk and the process do meanwhile.
#[derive(Clone, Debug)]
enum Fate {
    Act(Act),
    Stored,
    Read,
    DiskFull,
    FileLost,
    Crash { batch_is_kept: bool },
    Restart,
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
    ]
}

proptest! {
    /// F5: whatever was acknowledged is there, whatever happens to the process; no
    /// number is given twice, and no hole is silent.
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
                // What memory has is kept again; what it has not is gone.
                Fate::FileLost if log_entries_max == 1000 => world.lose_file(),
                Fate::FileLost => {}
                Fate::Crash { batch_is_kept } => world.crash(batch_is_kept),
                Fate::Restart => world.restart(),
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
        }
    }
}

proptest! {
    /// F3: a disk that is too slow for all that is said. What memory has is kept later,
    /// in another order, and nothing that is in the file is ever called gone.
    #[test]
    fn f3_what_a_slow_disk_has_in_the_end_is_told_to_whoever_missed_it(
        fates in proptest::collection::vec(any_fate(), 0..300),
        outbox_max in 8..20_usize,
        log_entries_max in 2..20_usize,
        unsaved_max in 2..12_usize,
    ) {
        let world = World::new(DEVICES, outbox_max, log_entries_max);
        let mut world = world.with_room_for(unsaved_max).keeps();
        for fate in fates {
            match fate {
                Fate::Act(act) => perform(&mut world, act),
                Fate::Stored => world.store(true),
                Fate::Read => world.read(),
                Fate::DiskFull => world.store(false),
                Fate::FileLost | Fate::Crash { .. } | Fate::Restart => world.cut(0),
            }
        }
        for device in 0..DEVICES {
            world.connect(device);
        }
        world.settle();
        everybody_is_at_the_head(&world);
        for number in 0..2 {
            perform(&mut world, Act::Join(0, number));
            let (paged, kept) = (world.pages(0, &room(number)), world.kept(&room(number)));
            let missing: Vec<_> = kept.iter().filter(|seq| !paged.contains(seq)).collect();
            prop_assert!(missing.is_empty(), "{:?} of {:?}, not in {:?}", missing, kept, paged);
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
    assert_eq!(world.devices[1].views[&room(0)].last.0, 30);
    assert_eq!(world.evicted, 0);
}

#[test]
fn f5_who_was_told_of_a_crash_has_lost_nothing_by_it() {
    let mut world = World::new(1, 64, 10).keeps();
    world.connect(0);
    perform(&mut world, Act::Say { device: 0, room: 0, number: 1 });
    world.store_all();
    world.settle();
    // An orderly end makes the next crash skip other numbers than the first would.
    world.restart();
    for _ in 0..2 {
        world.crash(true);
        // It comes back, hears of the crash, and comes back once more.
        for _ in 0..2 {
            world.connect(0);
            world.settle();
            world.cut(0);
        }
    }
    assert_eq!(world.devices[0].lost, 0, "told again and again that its lines are lost");
}
