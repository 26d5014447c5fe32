//! A client gets one long answer at a time. If it asks again and again and does not read, no
//! answers pile up in its outbox.
//!
//! Part: `chat_rule/mod.rs`.

use super::device::Item;
use super::numbered::say;
use super::world::World;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::request::{Post, Request};
use crate::chat::room_name::RoomName;
use crate::chat_rule::event::ChatEvent;

const ANN: usize = 0;
const BO: usize = 1;

/// Makes a hub with Ann and Bo in the lobby, which has a few lines. Outboxes hold 1,000 items.
fn two_in_the_lobby(log_entries_max: usize) -> World {
    let mut world = World::new(2, 1000, log_entries_max);
    world.connect(ANN);
    world.connect(BO);
    for _ in 0..20 {
        let post =
            Post { log: RoomName::lobby().into(), id: None, reply_to: None, deed: say("hello") };
        world.ask(ANN, Request::Post(Box::new(post)));
        world.settle();
    }
    world
}

fn page() -> Request {
    let log: LogName = RoomName::lobby().into();
    Request::History { log, before: Seq(3), count: 2 }
}

fn asks(world: &mut World, device: usize, request: &Request, times: usize) {
    let client = client(world, device);
    for _ in 0..times {
        world.happens(ChatEvent::Asked(client, request.clone()));
    }
}

fn client(world: &World, device: usize) -> ClientId {
    world.devices[device].client.unwrap()
}

/// Returns how many long answers, and how many refusals, wait in the device's outbox.
fn unread(world: &mut World, device: usize) -> (usize, usize) {
    let client = client(world, device);
    let told = |is_it: fn(&Answer) -> bool| move |item: &&Item| matches!(item, Item::Answer(told) if is_it(told));
    let is_long = |told: &Answer| {
        matches!(told, Answer::History { .. } | Answer::Who { .. } | Answer::Rooms { .. })
    };
    let waiting = &world.outboxes().of[&client].waiting;
    let long = waiting.iter().filter(told(is_long)).count();
    (long, waiting.iter().filter(told(|told| matches!(told, Answer::Refused { .. }))).count())
}

#[test]
fn who_asks_and_does_not_read_has_one_answer_waiting_and_is_refused_at_last() {
    for request in [page(), Request::Who(RoomName::lobby()), Request::Rooms] {
        let mut world = two_in_the_lobby(100);
        asks(&mut world, BO, &request, 100);
        let refused = 100 - 1 - limits::QUESTIONS_WAITING_MAX;
        assert_eq!(unread(&mut world, BO), (1, refused), "{request:?}");
        // Ann reads her answers, so she gets the next one at once.
        asks(&mut world, ANN, &request, 1);
        assert_eq!(unread(&mut world, ANN), (1, 0), "{request:?}");
    }
}

#[test]
fn who_reads_gets_each_answer_that_waited_one_after_the_other() {
    let mut world = two_in_the_lobby(100);
    asks(&mut world, BO, &page(), limits::QUESTIONS_WAITING_MAX + 1);
    for _ in 0..=limits::QUESTIONS_WAITING_MAX {
        assert_eq!(unread(&mut world, BO), (1, 0));
        world.take(BO, 1000);
    }
    assert_eq!(unread(&mut world, BO), (0, 0));
    asks(&mut world, BO, &page(), 1);
    assert_eq!(unread(&mut world, BO), (1, 0), "the next is answered at once");
}
