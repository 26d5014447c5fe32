//! Row E6 of `docs/ROWS.md`: a client that enters a room, or comes back, while others talk gets
//! every message exactly once. The lines that it missed are read from memory or from the file.
//! Newer lines must not come before them.
//!
//! Part: `chat_rule/mod.rs`.

use super::acts::{Act, perform, room};
use super::world::World;
use crate::chat::core::tests::chance::{Chance, runs};

const PEOPLE: usize = 3;
const RUNS: u64 = 10_000;
const STEPS: u16 = 28;

/// Returns whether some client is in the lobby and still waits for older lines, which are being
/// read.
fn is_coming_in(world: &World) -> bool {
    let Some(lobby) = world.chat.core().room_called(&room(0)) else { return false };
    let lines = world.devices.iter().filter_map(|device| device.client);
    let mut lines = lines.filter(|client| world.chat.core().is_in_room(*client, lobby));
    lines.any(|client| !world.chat.clients().is_live(client, lobby))
}

/// Plays one run. Returns whether something was said while a client waited for older lines.
fn play(chance: &mut Chance) -> bool {
    let keeps = chance.below(2) == 0;
    // If there is a file, memory has only the newest lines, so older lines must be read from the
    // file.
    let mut world = World::new(PEOPLE, 8, if keeps { 2 } else { 1000 });
    if keeps {
        world = world.keeps();
    }
    world.connect(0);
    let mut is_met = false;
    for number in 0..STEPS {
        let device = chance.below(PEOPLE);
        let of_two = chance.below(2);
        match chance.below(16) {
            0..6 => {
                is_met |= is_coming_in(&world);
                perform(&mut world, Act::Say { device, room: of_two, number });
            }
            6 | 7 => world.connect(device),
            8 => world.cut(device),
            9 => perform(&mut world, Act::Join(device, of_two)),
            10 => perform(&mut world, Act::Leave(device, of_two)),
            11 | 12 => world.take(device, 1 + chance.below(4)),
            13 => world.store(true),
            _ => world.read(),
        }
    }
    for device in 0..PEOPLE {
        world.connect(device);
    }
    world.settle();
    world.store_all();
    world.settle();
    assert_eq!(world.evicted, 0);
    for device in &world.devices {
        assert_eq!((device.gaps, device.lost), (0, 0));
        for (log, view) in &device.views {
            // The device itself has checked that each line came once and in order.
            let head = world.head(&device.key(log)).unwrap();
            let has: Vec<_> = view.lines.iter().map(|seq| seq.0).collect();
            // If the disk was slower than the people talked, numbers were skipped, and the device
            // was told which.
            let is_gone = |seq: &u64| view.gone.iter().any(|it| (it.0.0..=it.1.0).contains(seq));
            let given = (view.from.0..=head.0).filter(|seq| !is_gone(seq));
            assert_eq!(has, given.collect::<Vec<_>>(), "in {log}");
        }
    }
    is_met
}

#[test]
fn e6_in_ten_thousand_runs_who_joins_while_others_talk_has_each_message_once() {
    let mut met = 0;
    runs(RUNS, |chance| met += u64::from(play(chance)));
    assert!(met > RUNS / 4, "only {met} runs had a message between reading and hearing");
}
