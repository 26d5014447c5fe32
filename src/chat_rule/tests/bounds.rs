//! Everything that the core holds in memory is limited, and no limit on one client hurts the other
//! clients.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{answers, refusal, say, welcome_name};
use super::world::World;
use super::{
    ANN, BO, ChatSettings, ClientId, Deed, Done, Happened, Post, RecordedChat, Stored, apply,
    apply_at, chat, chat_that_keeps, id, join, moment, numbered, post, settings, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::tests::inside::{
    ABSENT_MAX, ENTRY_BYTES, LEAVINGS_PER_STEP, LOGS_CHECK_BYTES,
};
use crate::chat::entry::{EntryKind, Seq};
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;

#[test]
fn rooms_are_bounded_for_a_client_and_for_the_box_and_an_empty_one_makes_place() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for number in 1..limits::ROOMS_PER_CLIENT_MAX {
        assert_eq!(refusal(&apply(&mut chat, join(ANN, &format!("r{number}"), None)), ANN), None);
    }
    let done = apply(&mut chat, join(ANN, "one-more", None));
    assert!(matches!(refusal(&done, ANN), Some(Refused::RoomsOfClient(_))));
    // Now the test reaches the maximum number of rooms of the whole server, with many clients, each
    // in the maximum number of rooms for one client.
    let mut opened = limits::ROOMS_PER_CLIENT_MAX;
    let mut client = 10;
    while opened < limits::ROOMS_MAX {
        apply(&mut chat, numbered(ClientId(client), None, None, u8::try_from(client).unwrap()));
        for _ in 1..limits::ROOMS_PER_CLIENT_MAX {
            if opened < limits::ROOMS_MAX {
                let room = format!("box-{opened}");
                let done = apply(&mut chat, join(ClientId(client), &room, None));
                assert_eq!(refusal(&done, ClientId(client)), None);
                opened += 1;
            }
        }
        client += 1;
    }
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let done = apply(&mut chat, join(BO, "full", None));
    assert!(matches!(refusal(&done, BO), Some(Refused::RoomsOfServer(_))));
    let leave = Request::Leave(RoomName::parse("r1").unwrap());
    apply(&mut chat, Happened::Asked(ANN, leave));
    assert_eq!(refusal(&apply(&mut chat, join(BO, "full", None)), BO), None);
}

#[test]
fn a_person_has_a_bounded_number_of_devices() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for device in 2..=limits::CLIENTS_PER_PERSON_MAX as u64 {
        let done = apply(&mut chat, numbered(ClientId(device), None, Some(token(1)), 2));
        assert_eq!(welcome_name(&done, ClientId(device)), "Ann");
    }
    let one_more = ClientId(99);
    let done = apply(&mut chat, numbered(one_more, None, Some(token(1)), 3));
    assert_eq!(welcome_name(&done, one_more), "guest-002");
    assert!(matches!(refusal(&done, one_more), Some(Refused::TooManyDevices(_))));
}

#[test]
fn who_comes_and_goes_ten_thousand_times_takes_no_other_name_away() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, Happened::Left(ANN));
    for round in 0..=limits::GONE_PEOPLE_MAX as u64 {
        let client = ClientId(10 + round);
        apply(&mut chat, numbered(client, Some("Bo"), Some(token(2)), 2));
        apply(&mut chat, Happened::Left(client));
    }
    let done = apply(&mut chat, numbered(BO, Some("Ann"), None, 3));
    assert_eq!(refusal(&done, BO), Some(&Refused::NameTaken));
}

#[test]
fn a_crowd_that_vanishes_at_once_is_let_go_of_oldest_first() {
    let mut chat = chat();
    // Each person counts as absent once for each of ten rooms. With one room for each person, the
    // test would need so many people that some would lose their names.
    const ROOMS: u64 = 10;
    let people = ABSENT_MAX as u64 / ROOMS + 1;
    for number in 0..people {
        let client = ClientId(10 + number);
        let mut hello = numbered(client, None, None, 1);
        if let Happened::Newcomer(_, super::Newcomer::WithHello(greeting), _) = &mut hello {
            greeting.fresh = crate::chat::token::Token::parse(&format!("{number:032x}")).unwrap();
        }
        apply(&mut chat, hello);
        for room in 1..ROOMS {
            apply(&mut chat, join(client, &format!("r{room}"), None));
        }
    }
    for number in 0..people {
        apply(&mut chat, Happened::Left(ClientId(10 + number)));
    }
    apply(&mut chat, numbered(BO, Some("Bo"), None, 255));
    let done = apply(&mut chat, Happened::Asked(BO, Request::Who(RoomName::lobby())));
    let [Answer::Who { people, .. }] = answers(&done, BO)[..] else { panic!("{done:?}") };
    let most = ABSENT_MAX / ROOMS as usize;
    assert_eq!(*people, most + 1 - ROOMS as usize + 1, "all but the first ten, and Bo");
}

#[test]
fn all_logs_share_what_there_is_for_them_by_what_they_use() {
    let mut chat = chat_that_keeps(10_000, 64);
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let lobby = |chat: &super::RecordedChat| chat.log(chat.lobby_id().unwrap()).unwrap().bytes();
    let long = "x".repeat(1000);
    for _ in 0..1000 {
        apply(&mut chat, post(ANN, None, say(&long)));
    }
    let alone = lobby(&chat);
    assert!((380_000..=limits::ROOM_LOG_BYTES_MAX).contains(&alone), "{alone}");
    let mut rooms = Vec::new();
    for client in 0..13 {
        let client = ClientId(10 + client);
        apply(&mut chat, numbered(client, None, None, u8::try_from(client.0).unwrap()));
        for room in 1..limits::ROOMS_PER_CLIENT_MAX {
            let room = format!("r{client}-{room}");
            apply(&mut chat, join(client, &room, None));
            rooms.push((client, RoomName::parse(&room).unwrap()));
        }
    }
    assert_eq!(lobby(&chat), alone, "rooms in which nothing is said take nothing");
    for (client, room) in &rooms {
        for _ in 0..30 {
            let post =
                Post { log: room.clone().into(), id: None, reply_to: None, deed: say(&long) };
            apply(&mut chat, Happened::Asked(*client, Request::Post(Box::new(post))));
        }
    }
    let all: usize = chat.bytes_of_logs();
    assert!(all <= limits::ROOM_LOGS_BYTES_MAX + 2 * LOGS_CHECK_BYTES, "{all}");
    // The lobby's log was the largest. It had to drop lines until it was as small as the other
    // logs.
    let (least, line) = (limits::ROOM_LOG_BYTES_MIN, ENTRY_BYTES + long.len());
    let left = lobby(&chat);
    assert!((least - line..2 * least).contains(&left), "{left}");
}

#[test]
fn a_room_that_vanishes_is_told_a_few_at_a_time() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 255));
    for number in 0..80 {
        apply(&mut chat, numbered(ClientId(10 + u64::from(number)), None, None, number));
    }
    for number in 0..80 {
        apply(&mut chat, Happened::Left(ClientId(10 + number)));
    }
    let mut steps = Vec::new();
    let late = limits::ABSENCE_WAIT.as_secs();
    while chat.next_tick().is_some_and(|at| at.as_secs() <= late) {
        steps.push(apply_at(&mut chat, late, Happened::Ticked).len());
    }
    assert_eq!(steps.iter().sum::<usize>(), 80);
    assert!(steps.iter().all(|told| *told <= LEAVINGS_PER_STEP), "{steps:?}");
}

#[test]
fn a_new_room_takes_the_place_of_one_in_which_nothing_was_said() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let here = |text: &str| RoomName::parse(text).unwrap();
    let visit = |chat: &mut super::RecordedChat, room: &str| {
        apply(chat, join(ANN, room, None));
        let deed = say("x");
        if room == "spoken" {
            let post = super::Post { log: here(room).into(), id: None, reply_to: None, deed };
            apply(chat, Happened::Asked(ANN, Request::Post(Box::new(post))));
        }
        apply(chat, Happened::Asked(ANN, Request::Leave(here(room))));
    };
    visit(&mut chat, "spoken");
    for number in 0..2 * limits::ROOMS_MAX {
        visit(&mut chat, &format!("silent-{number}"));
    }
    assert!(chat.room_called(&here("spoken")).is_some(), "its log is worth something");
    assert_eq!(chat.room_count(), limits::ROOMS_MAX);
}

#[test]
fn what_was_said_within_a_week_is_not_deleted_for_a_new_room() {
    let mut chat = chat();
    let here = |text: &str| RoomName::parse(text).unwrap();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for number in 1..limits::ROOMS_MAX {
        let room = format!("spoken-{number}");
        apply(&mut chat, join(ANN, &room, None));
        let post =
            super::Post { log: here(&room).into(), id: None, reply_to: None, deed: say("x") };
        apply(&mut chat, Happened::Asked(ANN, Request::Post(Box::new(post))));
        apply(&mut chat, Happened::Asked(ANN, Request::Leave(here(&room))));
    }
    let day = 24 * 60 * 60;
    let done = apply_at(&mut chat, 7 * day - 1, join(ANN, "new", None));
    assert!(matches!(refusal(&done, ANN), Some(Refused::RoomsOfServer(_))));
    let done = apply_at(&mut chat, 7 * day, join(ANN, "new", None));
    assert_eq!(refusal(&done, ANN), None);
    assert_eq!(chat.room_count(), limits::ROOMS_MAX);
}

#[test]
fn who_comes_after_a_restart_cannot_change_what_somebody_forgotten_has_said() {
    let mut world = World::new(3, 64, 100).keeps();
    let lobby = RoomName::lobby;
    let does = |world: &mut World, device, deed| {
        let post = Post { log: lobby().into(), id: None, reply_to: None, deed };
        world.ask(device, Request::Post(Box::new(post)));
        world.settle();
    };
    world.connect(0);
    world.connect(1);
    does(&mut world, 1, say("mine"));
    world.cut(1);
    world.pass(limits::NAME_KEPT.as_secs() + 1);
    // Device 1's name is not reserved any more. The core frees it when the next client leaves.
    world.cut(0);
    world.store_all();
    world.crash(true);
    world.connect(2);
    does(&mut world, 2, Deed::Delete { of: Some(Seq(1)) });
    let log = world.chat.core().log(world.chat.core().room_called(&lobby()).unwrap()).unwrap();
    let (lines, _) = log.before(Seq(u64::MAX), 9);
    assert!(
        matches!(lines[..], [ref line] if line.what == EntryKind::Said("mine".into())),
        "{lines:?}"
    );
}

#[test]
fn f1_while_nothing_can_be_kept_nobody_is_made_to_wait_for_answers_that_do_not_come() {
    const OWED_MAX: usize = 4;
    let settings = ChatSettings { stores: true, ..settings(1000, OWED_MAX, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let says = |chat: &mut RecordedChat, number: usize| {
        let id = id(&format!("id-{number}"));
        let done = apply(chat, post(ANN, id, say("hello")));
        refusal(&done, ANN).is_none()
    };
    // The chat cannot know yet whether the disk is full or only slow. If it is slow, all answers
    // must be sent later. So the chat accepts only as many messages as it can remember answers for.
    let answered = (0..2 * OWED_MAX).filter(|number| says(&mut chat, *number)).count();
    assert_eq!(answered, OWED_MAX);
    apply(&mut chat, Happened::BatchEnded(Err("no room".to_owned())));
    let answered = (20..60).filter(|number| says(&mut chat, *number)).count();
    assert_eq!(answered, 40, "the talk goes on");
    // The disk has space again. The chat sends the answers that it has remembered. A client that
    // got no answer to a message sends the message again, and gets the answer then.
    let mut done = Vec::new();
    for second in 10..20 {
        done.extend(apply_at(&mut chat, second, Happened::Ticked));
        done.extend(apply_at(&mut chat, second, Happened::BatchEnded(Ok(()))));
    }
    let sent = |done: &[Done]| {
        answers(done, ANN).iter().filter(|told| matches!(told, Answer::Sent { .. })).count()
    };
    assert_eq!(sent(&done), OWED_MAX);
    let again = apply_at(&mut chat, 30, post(ANN, id("id-59"), say("hello")));
    assert_eq!(sent(&again), 1, "{again:?}");
}
