//! What somebody does who looks after a room: mutes a person, puts a person out, freezes the room.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::crowds::network;
use super::numbered::{CLEO, answers, refusal};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, apply_at, came_from, chat, name,
    numbered, place, token,
};
use crate::base::limits;
use crate::chat::act::{RoomAct, RoomAction};
use crate::chat::answer::Answer;
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Deed, Post, Request};
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::RulesOfRoom;

pub(super) fn den() -> RoomName {
    RoomName::parse("den").unwrap()
}

/// A chat in which Ann has made the den, where Bo and Cleo are, too.
pub(super) fn in_the_den() -> RecordedChat {
    let mut chat = chat();
    for (client, its, number) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        apply(&mut chat, numbered(client, Some(its), None, number));
        joins(&mut chat, client);
    }
    chat
}

pub(super) fn joins(chat: &mut RecordedChat, client: ClientId) -> Vec<Done> {
    let joins = Request::Join(Box::new(place(den(), None)), None);
    apply(chat, Happened::Asked(client, joins))
}

pub(super) fn acts(chat: &mut RecordedChat, client: ClientId, action: RoomAction) -> Vec<Done> {
    let act = RoomAct { room: den(), action, reason: String::new() };
    apply(chat, Happened::Asked(client, Request::Act(Box::new(act))))
}

fn post(deed: Deed) -> Request {
    let log = LogName::Room(den());
    Request::Post(Box::new(Post { log, id: None, reply_to: None, deed }))
}

fn says(chat: &mut RecordedChat, client: ClientId) -> Option<Refused> {
    let said = post(Deed::Say("tea?".to_owned()));
    refusal(&apply(chat, Happened::Asked(client, said)), client).cloned()
}

/// What the whole room is told.
fn notices(done: &[Done]) -> Vec<&Answer> {
    let mut notices = Vec::new();
    for one in done {
        if let Done::PushNotice(_, _, answer) = one {
            notices.push(answer);
        }
    }
    notices
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[test]
fn row_16_whoever_comes_reads_the_welcome_of_the_room_and_anybody_there_asks_for_it() {
    let mut chat = in_the_den();
    let welcome = |chat: &mut RecordedChat, client, text: &str, is_set| {
        let (action, reason) = (RoomAction::Welcome(is_set), text.to_owned());
        let act = RoomAct { room: den(), action, reason };
        apply(chat, Happened::Asked(client, Request::Act(Box::new(act))))
    };
    let refused = welcome(&mut chat, BO, "mine", true);
    assert_eq!(refusal(&refused, BO), Some(&Refused::NotYourRoom));
    let told = welcome(&mut chat, ANN, "Be kind.", true);
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Ann has written a welcome for den (Be kind.)");
    let eve = ClientId(12);
    comes_from(&mut chat, eve, "Eve", 4);
    let read = |done: &[Done]| {
        let told = answers(done, eve);
        told.into_iter().find_map(|answer| match answer {
            Answer::Joined(joined) => Some(joined.welcome.clone()),
            _ => None,
        })
    };
    assert_eq!(read(&joins(&mut chat, eve)).as_deref(), Some("Be kind."));
    let rules = state(&mut chat, eve).unwrap();
    assert!(rules.sentences().contains(&"this room says: Be kind.".to_owned()), "{rules:?}");
    welcome(&mut chat, ANN, "", false);
    apply(&mut chat, Happened::Asked(eve, Request::Leave(den())));
    assert_eq!(read(&joins(&mut chat, eve)).as_deref(), Some(""));
}

#[test]
fn row_71_a_muted_person_reads_and_cannot_write_until_the_time_is_over() {
    let mut chat = in_the_den();
    assert_eq!(says(&mut chat, BO), None);
    let told = acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(10)));
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Ann has muted Bo in den for 10 minutes");
    assert_eq!(notices(&told), [&Answer::Acted(done.clone())], "and so hears the whole room");
    assert_eq!(says(&mut chat, BO), Some(Refused::Muted(minutes(10))));
    assert_eq!(says(&mut chat, CLEO), None);
    // Neither a topic nor an edit is a way around it; but Bo may take back what he has said.
    for deed in [
        Deed::Topic("tea".to_owned()),
        Deed::Act("waves".to_owned()),
        Deed::Edit { of: None, text: "coffee?".to_owned() },
    ] {
        let refused = apply(&mut chat, Happened::Asked(BO, post(deed)));
        assert_eq!(refusal(&refused, BO), Some(&Refused::Muted(minutes(10))));
    }
    let deleted = apply(&mut chat, Happened::Asked(BO, post(Deed::Delete { of: None })));
    assert_eq!(refusal(&deleted, BO), None);
    let later = Happened::Asked(BO, post(Deed::Say("tea?".to_owned())));
    let later = apply_at(&mut chat, 600, later);
    assert_eq!(refusal(&later, BO), None, "the time is over");
}

#[test]
fn row_71_a_mute_is_undone_and_one_that_comes_again_replaces_the_old_one() {
    let mut chat = in_the_den();
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(600)));
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(1)));
    assert_eq!(says(&mut chat, BO), Some(Refused::Muted(minutes(1))));
    acts(&mut chat, ANN, RoomAction::Unmute(name("Bo")));
    assert_eq!(says(&mut chat, BO), None);
    // A time that is too long counts as the longest.
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), Duration::MAX));
    assert_eq!(says(&mut chat, BO), Some(Refused::Muted(limits::RULE_LASTS_MAX)));
}

#[test]
fn row_69_whoever_is_put_out_leaves_with_all_devices_and_comes_back_when_the_time_is_over() {
    let mut chat = in_the_den();
    let told = acts(&mut chat, ANN, RoomAction::Kick(name("Bo"), minutes(5)));
    assert_eq!(answers(&told, BO), [&Answer::Left(den())]);
    let [Answer::Acted(_), Answer::Presence { here: false, name: its, .. }] = notices(&told)[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!(*its, name("Bo"));
    assert_eq!(says(&mut chat, BO), Some(Refused::NotInRoom));
    let refused = joins(&mut chat, BO);
    assert_eq!(refusal(&refused, BO), Some(&Refused::PutOut(minutes(5))));
    acts(&mut chat, ANN, RoomAction::Unkick(name("Bo")));
    assert_eq!(refusal(&joins(&mut chat, BO), BO), None);
    acts(&mut chat, ANN, RoomAction::Kick(name("Bo"), minutes(5)));
    let again = Request::Join(Box::new(place(den(), None)), None);
    let again = apply_at(&mut chat, 300, Happened::Asked(BO, again));
    assert_eq!(refusal(&again, BO), None, "the time is over");
}

#[test]
fn row_78_in_a_frozen_room_only_whoever_looks_after_it_writes() {
    let mut chat = in_the_den();
    acts(&mut chat, ANN, RoomAction::Freeze(true));
    assert_eq!(says(&mut chat, BO), Some(Refused::Frozen));
    assert_eq!(says(&mut chat, ANN), None);
    acts(&mut chat, ANN, RoomAction::Freeze(false));
    assert_eq!(says(&mut chat, BO), None);
}

#[test]
fn row_68_nobody_acts_in_the_room_of_others_nor_against_whoever_looks_after_it() {
    let mut chat = in_the_den();
    let mute = |whom| RoomAction::Mute(name(whom), minutes(10));
    assert_eq!(refusal(&acts(&mut chat, BO, mute("Cleo")), BO), Some(&Refused::NotYourRoom));
    assert_eq!(refusal(&acts(&mut chat, ANN, mute("Ann")), ANN), Some(&Refused::IsKeeper));
    assert_eq!(refusal(&acts(&mut chat, ANN, mute("Dan")), ANN), Some(&Refused::NoSuchPerson));
    let nowhere = RoomAct {
        room: RoomName::parse("attic").unwrap(),
        action: RoomAction::Freeze(true),
        reason: String::new(),
    };
    let refused = apply(&mut chat, Happened::Asked(ANN, Request::Act(Box::new(nowhere))));
    assert_eq!(refusal(&refused, ANN), Some(&Refused::NotInRoom));
    // A host is muted by nobody, not even by the maker of the room.
    super::hosts::operator_makes(&mut chat, 200);
    apply(&mut chat, Happened::Asked(CLEO, Request::BecomeHost(token(200))));
    assert_eq!(refusal(&acts(&mut chat, ANN, mute("Cleo")), ANN), Some(&Refused::IsKeeper));
    assert_eq!(refusal(&acts(&mut chat, CLEO, mute("Bo")), CLEO), None, "a host acts anywhere");
}

#[test]
fn row_71_a_new_name_is_no_way_to_write_and_the_room_hears_the_present_name() {
    let mut chat = in_the_den();
    assert_eq!(says(&mut chat, BO), None);
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(10)));
    let renames = |its| {
        let claim = Claim { name: name(its), secret: None };
        Request::Rename(Box::new(claim), None)
    };
    let refused = apply(&mut chat, Happened::Asked(BO, renames("Bo shouts")));
    assert_eq!(refusal(&refused, BO), Some(&Refused::Muted(minutes(10))));
    // Cleo has written nothing, so no line of the den would say so.
    let renamed = apply(&mut chat, Happened::Asked(CLEO, renames("Cloe")));
    assert_eq!(refusal(&renamed, CLEO), None);
    // A name that only looks like it is told as it is.
    let told = acts(&mut chat, ANN, RoomAction::Mute(name("bo"), minutes(1)));
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Ann has muted Bo in den for a minute");
    // To undo nothing is no news for the room.
    acts(&mut chat, ANN, RoomAction::Unmute(name("Bo")));
    for nothing in [RoomAction::Unmute(name("Bo")), RoomAction::Freeze(false)] {
        let told = acts(&mut chat, ANN, nothing);
        assert_eq!((answers(&told, ANN).len(), notices(&told).len()), (1, 0), "{told:?}");
    }
    // Nor are the words of being away, which the room would hear.
    let away = |chat: &mut _, words: &str| {
        let away = Request::Excuse(Some(words.to_owned()));
        refusal(&apply(chat, Happened::Asked(BO, away)), BO).cloned()
    };
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(1)));
    assert_eq!(away(&mut chat, "loud"), Some(Refused::Muted(minutes(1))));
    assert_eq!(away(&mut chat, ""), None);
    // Nobody sees a muted person type.
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(1)));
    assert!(apply(&mut chat, Happened::Asked(BO, Request::Typing(den()))).is_empty());
}

/// What holds in the den, as this client is told it.
pub(super) fn state(chat: &mut RecordedChat, client: ClientId) -> Option<RulesOfRoom> {
    let told = apply(chat, Happened::Asked(client, Request::RoomState(den())));
    match answers(&told, client)[..] {
        [Answer::RoomState(rules)] => Some((**rules).clone()),
        _ => None,
    }
}

#[test]
fn row_68_a_keeper_whom_the_maker_names_looks_after_the_room_until_that_ends() {
    let mut chat = in_the_den();
    let keeper = |is_in| RoomAction::Keeper(name("Bo"), is_in);
    assert_eq!(refusal(&acts(&mut chat, BO, keeper(true)), BO), Some(&Refused::NotYourRoom));
    let told = acts(&mut chat, ANN, keeper(true));
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Ann has made Bo a keeper of den");
    // Bo acts, and nobody acts against him; but he cannot end that somebody is a keeper.
    let mute = |whom| RoomAction::Mute(name(whom), minutes(10));
    assert_eq!(refusal(&acts(&mut chat, BO, mute("Cleo")), BO), None);
    assert_eq!(refusal(&acts(&mut chat, ANN, mute("Bo")), ANN), Some(&Refused::IsKeeper));
    assert_eq!(refusal(&acts(&mut chat, BO, mute("Ann")), BO), Some(&Refused::IsKeeper));
    // If he could name others, he would come back by them when he is removed.
    for is_in in [true, false] {
        let cleo = RoomAction::Keeper(name("Cleo"), is_in);
        assert_eq!(refusal(&acts(&mut chat, BO, cleo), BO), Some(&Refused::NotMaker));
    }
    assert_eq!(state(&mut chat, CLEO).unwrap().keepers, ["Ann", "Bo"].map(name));
    acts(&mut chat, ANN, keeper(false));
    assert_eq!(refusal(&acts(&mut chat, BO, mute("Cleo")), BO), Some(&Refused::NotYourRoom));
}

#[test]
fn row_78_in_slow_mode_each_author_writes_one_message_in_a_pause() {
    let mut chat = in_the_den();
    acts(&mut chat, ANN, RoomAction::Slow(Some(Duration::from_secs(30))));
    assert_eq!((says(&mut chat, BO), says(&mut chat, CLEO)), (None, None));
    assert_eq!(says(&mut chat, BO), Some(Refused::Slow(Duration::from_secs(30))));
    // An edit is no message, and whoever looks after the room need not wait.
    let edit = post(Deed::Edit { of: None, text: "coffee?".to_owned() });
    assert_eq!(refusal(&apply(&mut chat, Happened::Asked(BO, edit)), BO), None);
    assert_eq!((says(&mut chat, ANN), says(&mut chat, ANN)), (None, None));
    // A topic is read by everybody, as a message is.
    let topic = post(Deed::Topic("tea".to_owned()));
    let refused = apply(&mut chat, Happened::Asked(BO, topic));
    assert_eq!(refusal(&refused, BO), Some(&Refused::Slow(Duration::from_secs(30))));
    // A message that is deleted counts, too.
    apply(&mut chat, Happened::Asked(BO, post(Deed::Delete { of: None })));
    assert_eq!(says(&mut chat, BO), Some(Refused::Slow(Duration::from_secs(30))));
    let later = |chat: &mut _, at| {
        let said = post(Deed::Say("tea?".to_owned()));
        refusal(&apply_at(chat, at, Happened::Asked(BO, said)), BO).cloned()
    };
    assert_eq!(later(&mut chat, 29), Some(Refused::Slow(Duration::from_secs(1))));
    assert_eq!(later(&mut chat, 30), None);
    acts(&mut chat, ANN, RoomAction::Slow(None));
    assert_eq!((says(&mut chat, BO), says(&mut chat, BO)), (None, None));
}

#[test]
fn row_24_row_13_a_closed_room_lets_in_who_was_there_and_whom_a_keeper_admits() {
    let mut chat = in_the_den();
    let leaves = |chat: &mut _, client| {
        apply(chat, Happened::Asked(client, Request::Leave(den())));
    };
    leaves(&mut chat, CLEO);
    acts(&mut chat, ANN, RoomAction::Close(true));
    assert_eq!(says(&mut chat, BO), None, "who is in the room stays there");
    leaves(&mut chat, BO);
    assert_eq!(refusal(&joins(&mut chat, BO), BO), None, "and comes back");
    let waits = joins(&mut chat, CLEO);
    assert_eq!(refusal(&waits, CLEO), Some(&Refused::Closed));
    let told = Answer::Waits { room: den(), name: name("Cleo") };
    assert_eq!((answers(&waits, ANN), answers(&waits, BO).len()), (vec![&told], 0));
    // The keepers hear it once.
    assert!(answers(&joins(&mut chat, CLEO), ANN).is_empty());
    assert_eq!(state(&mut chat, ANN).unwrap().waiting, [name("Cleo")]);
    assert!(state(&mut chat, BO).unwrap().admitted.is_empty(), "only keepers see the lists");
    let admitted = acts(&mut chat, ANN, RoomAction::Admit(name("Cleo"), true));
    assert_eq!(answers(&admitted, CLEO).len(), 1, "Cleo hears that she may come in");
    assert_eq!(refusal(&joins(&mut chat, CLEO), CLEO), None);
    let state = state(&mut chat, ANN).unwrap();
    assert_eq!((state.admitted.len(), state.waiting.len()), (3, 0), "{state:?}");
    // Whoever is put out must be admitted again, also when the time is over; and whoever is
    // admitted may come back at once.
    acts(&mut chat, ANN, RoomAction::Kick(name("Cleo"), minutes(5)));
    let again = Request::Join(Box::new(place(den(), None)), None);
    let again = apply_at(&mut chat, 300, Happened::Asked(CLEO, again));
    assert_eq!(refusal(&again, CLEO), Some(&Refused::Closed));
    let admitted = acts(&mut chat, ANN, RoomAction::Admit(name("Cleo"), true));
    assert_eq!(answers(&admitted, CLEO).len(), 1);
    assert_eq!(refusal(&joins(&mut chat, CLEO), CLEO), None);
    acts(&mut chat, ANN, RoomAction::Kick(name("Cleo"), minutes(5)));
    acts(&mut chat, ANN, RoomAction::Unkick(name("Cleo")));
    assert_eq!(refusal(&joins(&mut chat, CLEO), CLEO), None);
    acts(&mut chat, ANN, RoomAction::Admit(name("Cleo"), false));
    acts(&mut chat, ANN, RoomAction::Close(false));
    apply(&mut chat, Happened::Asked(CLEO, Request::Leave(den())));
    assert_eq!(refusal(&joins(&mut chat, CLEO), CLEO), None);
}

#[test]
fn row_24_the_lobby_is_open_to_everybody_and_who_is_no_keeper_sees_no_lists() {
    let mut chat = in_the_den();
    super::hosts::operator_makes(&mut chat, 200);
    apply(&mut chat, Happened::Asked(CLEO, Request::BecomeHost(token(200))));
    let close = RoomAct {
        room: RoomName::parse("lobby").unwrap(),
        action: RoomAction::Close(true),
        reason: String::new(),
    };
    let refused = apply(&mut chat, Happened::Asked(CLEO, Request::Act(Box::new(close))));
    assert_eq!(refusal(&refused, CLEO), Some(&Refused::LobbyIsOpen));
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(10)));
    acts(&mut chat, ANN, RoomAction::Freeze(true));
    let told = state(&mut chat, BO).unwrap();
    assert!(told.state.frozen && told.muted.is_empty(), "{told:?}");
    assert_eq!(state(&mut chat, CLEO).unwrap().muted, [(name("Bo"), minutes(10))]);
    apply(&mut chat, Happened::Asked(BO, Request::Leave(den())));
    assert_eq!(state(&mut chat, BO), None, "who is not in the room asks in vain");
}

/// A person with this name comes from this network; 0: from this machine.
pub(super) fn comes_from(chat: &mut RecordedChat, client: ClientId, its: &str, number: u8) {
    let fresh = u8::try_from(client.0).unwrap() + 20;
    let Happened::Newcomer(_, who, _) = numbered(client, Some(its), None, fresh) else {
        panic!("no newcomer")
    };
    let network = network(number).filter(|_| number > 0);
    apply(chat, Happened::Newcomer(client, who, came_from(network)));
}

#[test]
fn row_70_whoever_is_banned_and_comes_back_as_somebody_else_waits_and_nobody_else_is_hit() {
    let mut chat = chat();
    let (dan, eve, bob) = (ClientId(11), ClientId(12), ClientId(13));
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN);
    for (client, its, number) in [(BO, "Bo", 2), (CLEO, "Cleo", 2)] {
        comes_from(&mut chat, client, its, number);
        joins(&mut chat, client);
    }
    // Gil reads pages without scripts: the room waits for him, and he has no client just then.
    let gil = ClientId(14);
    comes_from(&mut chat, gil, "Gil", 2);
    joins(&mut chat, gil);
    apply(&mut chat, Happened::Left(gil));
    let day = Duration::from_secs(24 * 60 * 60);
    let told = acts(&mut chat, ANN, RoomAction::Ban(name("Bo"), day));
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Ann has banned Bo from den for 24 hours");
    assert_eq!(answers(&told, BO), [&Answer::Left(den())]);
    assert_eq!(refusal(&joins(&mut chat, BO), BO), Some(&Refused::PutOut(day)));
    // Cleo shares the address, and was there: she comes and goes as before.
    apply(&mut chat, Happened::Asked(CLEO, Request::Leave(den())));
    assert_eq!(refusal(&joins(&mut chat, CLEO), CLEO), None);
    let Happened::Newcomer(_, who, _) = numbered(gil, None, Some(token(34)), 34) else {
        panic!("no newcomer")
    };
    apply(&mut chat, Happened::Newcomer(gil, who, came_from(network(2))));
    assert_eq!(refusal(&joins(&mut chat, gil), gil), None);
    // Bo under another name waits; somebody from elsewhere does not.
    apply(&mut chat, Happened::Asked(BO, Request::ForgetMe(Box::new(name("Bo")))));
    comes_from(&mut chat, bob, "Bob", 2);
    assert_eq!(refusal(&joins(&mut chat, bob), bob), Some(&Refused::Closed));
    assert_eq!(state(&mut chat, ANN).unwrap().waiting, [name("Bob")]);
    comes_from(&mut chat, dan, "Dan", 3);
    assert_eq!(refusal(&joins(&mut chat, dan), dan), None);
    // The list has the name of then, and by it the ban ends.
    assert_eq!(state(&mut chat, ANN).unwrap().banned, [(name("Bo"), day)]);
    assert!(state(&mut chat, dan).unwrap().banned.is_empty());
    acts(&mut chat, ANN, RoomAction::Unban(name("bo")));
    assert_eq!(refusal(&joins(&mut chat, bob), bob), None);
    // Whoever is admitted is banned no longer.
    acts(&mut chat, ANN, RoomAction::Ban(name("Bob"), minutes(5)));
    acts(&mut chat, ANN, RoomAction::Admit(name("Bob"), true));
    assert_eq!(refusal(&joins(&mut chat, bob), bob), None);
    // A ban ends by itself, too.
    acts(&mut chat, ANN, RoomAction::Ban(name("Bob"), minutes(5)));
    comes_from(&mut chat, eve, "Eve", 2);
    let place = || Request::Join(Box::new(place(den(), None)), None);
    let before = apply_at(&mut chat, 299, Happened::Asked(eve, place()));
    assert_eq!(refusal(&before, eve), Some(&Refused::Closed));
    let after = apply_at(&mut chat, 300, Happened::Asked(eve, place()));
    assert_eq!(refusal(&after, eve), None);
}

#[test]
fn row_80_the_room_remembers_who_did_what_and_forgets_who_leaves_for_good() {
    let mut chat = in_the_den();
    acts(&mut chat, ANN, RoomAction::Unmute(name("Bo")));
    assert!(state(&mut chat, ANN).unwrap().record.is_empty(), "nothing was done");
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), minutes(10)));
    for _ in 0..limits::ACTS_PER_ROOM_MAX {
        acts(&mut chat, ANN, RoomAction::Slow(Some(minutes(1))));
    }
    acts(&mut chat, ANN, RoomAction::Keeper(name("Cleo"), true));
    acts(&mut chat, CLEO, RoomAction::Kick(name("Bo"), minutes(5)));
    let record = state(&mut chat, CLEO).unwrap().record;
    assert_eq!(record.len(), limits::ACTS_PER_ROOM_MAX);
    let newest = record.last().unwrap();
    assert_eq!((&newest.by, newest.action.word()), (&name("Cleo"), "kick"));
    apply(&mut chat, Happened::Asked(BO, Request::ForgetMe(Box::new(name("Bo")))));
    let record = state(&mut chat, ANN).unwrap().record;
    assert!(!record.iter().any(|act| act.names(&name("Bo"))), "{record:?}");
    assert_eq!(record.last().unwrap().action.word(), "keeper");
}

#[test]
fn row_13_made_up_names_do_not_hide_who_waits_and_a_full_list_says_so() {
    let mut chat = in_the_den();
    acts(&mut chat, ANN, RoomAction::Close(true));
    let many = u64::try_from(limits::WAITING_PER_ROOM_MAX).unwrap();
    for number in 20..=20 + many {
        comes_from(&mut chat, ClientId(number), &format!("X{number}"), 0);
        joins(&mut chat, ClientId(number));
    }
    let waiting = state(&mut chat, ANN).unwrap().waiting;
    assert_eq!(waiting.len(), limits::WAITING_PER_ROOM_MAX);
    assert_eq!(waiting.last(), Some(&name(&format!("X{}", 20 + many))), "the newest is there");
    for number in 20..20 + limits::KEEPERS_PER_ROOM_MAX {
        let keeper = RoomAction::Keeper(name(&format!("X{number}")), true);
        assert_eq!(refusal(&acts(&mut chat, ANN, keeper), ANN), None);
    }
    let full = acts(&mut chat, ANN, RoomAction::Keeper(name("Bo"), true));
    assert_eq!(refusal(&full, ANN), Some(&Refused::ListFull(limits::KEEPERS_PER_ROOM_MAX)));
}
