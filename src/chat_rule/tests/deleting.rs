//! Somebody who looks after a room deletes many messages at once, and people report messages.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::keeping::{acts, comes_from, den, in_the_den, joins, state};
use super::numbered::{CLEO, answers, refusal, say};
use super::{ANN, BO, ClientId, Done, Happened, RecordedChat, apply, apply_at, id, name};
use crate::base::limits;
use crate::chat::act::{RoomAct, RoomAction};
use crate::chat::answer::Answer;
use crate::chat::entry::{Entry, EntryKind, MessageId, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::removed_lines::RemovedOf;
use crate::chat::request::{Deed, Post, Request};

/// The client says this in the den; returns the number of the message.
fn says(chat: &mut RecordedChat, client: ClientId, text: &str, id: Option<MessageId>) -> Seq {
    let done = does(chat, client, say(text), id);
    let line = done.iter().find_map(|one| match one {
        Done::QueueLine(_, entry) => Some(entry.seq),
        _ => None,
    });
    line.unwrap()
}

fn does(chat: &mut RecordedChat, client: ClientId, deed: Deed, id: Option<MessageId>) -> Vec<Done> {
    let post = Post { log: LogName::Room(den()), id, reply_to: None, deed };
    apply(chat, Happened::Asked(client, Request::Post(Box::new(post))))
}

/// The lines of the den that `client` gets if it asks for the newest ones.
fn history(chat: &mut RecordedChat, client: ClientId) -> Vec<Arc<Entry>> {
    let asks = Request::History { log: LogName::Room(den()), before: Seq(u64::MAX), count: 100 };
    let done = apply(chat, Happened::Asked(client, asks));
    let told = answers(&done, client).into_iter().find_map(|answer| match answer {
        Answer::History { entries, .. } => Some(entries.clone()),
        _ => None,
    });
    told.unwrap()
}

fn texts(lines: &[Arc<Entry>]) -> Vec<&str> {
    lines.iter().map(|line| line.what.text()).filter(|text| !text.is_empty()).collect()
}

#[test]
fn row_72_all_messages_of_a_person_are_deleted_and_those_of_the_others_stay() {
    let mut chat = in_the_den();
    let first = says(&mut chat, BO, "spam", id("s1"));
    says(&mut chat, CLEO, "tea?", None);
    let of = Some(first);
    does(&mut chat, BO, Deed::Edit { of, text: "more spam".into() }, None);
    let second = says(&mut chat, BO, "spam again", None);
    acts(&mut chat, ANN, RoomAction::Report(second));
    let done = acts(&mut chat, ANN, RoomAction::DeleteAll(name("bo")));
    let line = done.iter().find_map(|one| match one {
        Done::QueueLine(_, entry) => Some(entry),
        _ => None,
    });
    let line = line.unwrap();
    let EntryKind::Removed(removed) = &line.what else { panic!("{line:?}") };
    assert!(removed.has(first) && removed.has(second), "{removed:?}");
    assert_eq!(line.by.name, name("Ann"), "the line says who did it");
    let lines = history(&mut chat, CLEO);
    assert_eq!(texts(&lines), ["tea?"]);
    assert_eq!(lines[0].by.name, name("Bo"), "a deleted message says whose it was");
    // Bo's page sends the message again, for it has had no answer: it does not come back.
    let again = does(&mut chat, BO, say("spam"), id("s1"));
    assert!(!again.iter().any(|one| matches!(one, Done::QueueLine(..))), "{again:?}");
    assert_eq!(texts(&history(&mut chat, CLEO)), ["tea?"]);
    // The one who did it hears what it was; the others read the line.
    let acted = answers(&done, ANN);
    let [Answer::Acted(acted)] = acted[..] else { panic!("{acted:?}") };
    assert_eq!(acted.to_string(), "Ann has deleted all messages of Bo in den");
    assert!(!done.iter().any(|one| matches!(one, Done::PushNotice(..))), "{done:?}");
    let state = state(&mut chat, ANN).unwrap();
    assert_eq!(state.record.last().unwrap().action.word(), "delete-all");
    assert!(state.reports.is_empty(), "a report of a deleted message is over");
}

#[test]
fn row_72_the_whole_log_of_a_room_is_deleted_and_its_pin() {
    let mut chat = in_the_den();
    let pinned = says(&mut chat, BO, "the rules", None);
    does(&mut chat, ANN, Deed::Pin(pinned), None);
    does(&mut chat, CLEO, Deed::Topic("fools".into()), None);
    says(&mut chat, CLEO, "tea?", id("t1"));
    acts(&mut chat, ANN, RoomAction::DeleteEverything);
    let lines = history(&mut chat, BO);
    // The topic is gone, too, and a line says so.
    let [line, topic] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(topic.what, EntryKind::Topic(String::new()));
    let EntryKind::Removed(removed) = &line.what else { panic!("{line:?}") };
    assert_eq!((removed.of, removed.before), (RemovedOf::Everybody, line.seq));
    let again = does(&mut chat, CLEO, say("tea?"), id("t1"));
    assert!(!again.iter().any(|one| matches!(one, Done::QueueLine(..))), "{again:?}");
    // Whoever comes now sees no pin and no topic, and the room goes on.
    let eve = ClientId(12);
    comes_from(&mut chat, eve, "Eve", 4);
    let done = joins(&mut chat, eve);
    let pin = answers(&done, eve).into_iter().find_map(|answer| match answer {
        Answer::Joined(joined) => Some((joined.pinned.is_some(), joined.topic.as_str())),
        _ => None,
    });
    assert_eq!(pin, Some((false, "")));
    says(&mut chat, eve, "hello", None);
    assert_eq!(texts(&history(&mut chat, BO)), ["hello"]);
}

#[test]
fn row_72_only_whoever_looks_after_the_room_deletes_many_and_nobody_those_of_a_keeper() {
    let mut chat = in_the_den();
    says(&mut chat, ANN, "welcome", None);
    for action in [RoomAction::DeleteAll(name("Cleo")), RoomAction::DeleteEverything] {
        assert_eq!(refusal(&acts(&mut chat, BO, action), BO), Some(&Refused::NotYourRoom));
    }
    acts(&mut chat, ANN, RoomAction::Keeper(name("Bo"), true));
    let of_ann = acts(&mut chat, BO, RoomAction::DeleteAll(name("Ann")));
    assert_eq!(refusal(&of_ann, BO), Some(&Refused::IsKeeper));
    let of_nobody = acts(&mut chat, BO, RoomAction::DeleteAll(name("Zed")));
    assert_eq!(refusal(&of_nobody, BO), Some(&Refused::NoSuchPerson));
    assert_eq!(texts(&history(&mut chat, BO)), ["welcome"]);
}

#[test]
fn row_72_messages_of_a_guest_who_is_gone_are_deleted_by_the_name_they_have() {
    let mut chat = in_the_den();
    says(&mut chat, BO, "spam", None);
    apply(&mut chat, Happened::Asked(BO, Request::Quit));
    acts(&mut chat, ANN, RoomAction::DeleteAll(name("Bo")));
    assert_eq!(texts(&history(&mut chat, ANN)), Vec::<&str>::new());
}

#[test]
fn row_82_a_report_reaches_those_who_look_after_the_room_and_nobody_else() {
    let mut chat = in_the_den();
    let rude = says(&mut chat, CLEO, "you are all fools", None);
    let done = acts(&mut chat, BO, RoomAction::Report(rude));
    for client in [ANN, BO] {
        let [Answer::Acted(acted)] = answers(&done, client)[..] else { panic!("{done:?}") };
        assert_eq!(acted.to_string(), format!("Bo has reported #{} in den", rude.0));
    }
    assert_eq!(answers(&done, CLEO), Vec::<&Answer>::new());
    assert!(!done.iter().any(|one| matches!(one, Done::PushNotice(..))), "{done:?}");
    let reports = state(&mut chat, ANN).unwrap().reports;
    let [report] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(report.text, "you are all fools");
    assert_eq!((&report.by, &report.from), (&Some(name("Bo")), &Some(name("Cleo"))));
    assert!(state(&mut chat, BO).unwrap().reports.is_empty(), "Bo may not know of others'");
    assert!(state(&mut chat, ANN).unwrap().record.is_empty(), "it is nothing that was done");
    // The same again says nothing new; one more person is counted, and tells nobody again.
    acts(&mut chat, BO, RoomAction::Report(rude));
    let eve = ClientId(12);
    comes_from(&mut chat, eve, "Eve", 4);
    joins(&mut chat, eve);
    assert_eq!(
        answers(&acts(&mut chat, eve, RoomAction::Report(rude)), ANN),
        Vec::<&Answer>::new()
    );
    assert_eq!(state(&mut chat, ANN).unwrap().reports[0].people, 2);
    acts(&mut chat, ANN, RoomAction::Dismiss(rude));
    assert!(state(&mut chat, ANN).unwrap().reports.is_empty());
}

#[test]
fn row_68_row_72_a_keeper_deletes_no_message_of_the_maker_or_of_another_keeper() {
    let mut chat = in_the_den();
    let of_maker = says(&mut chat, ANN, "the rules", None);
    let of_keeper = says(&mut chat, BO, "me, too", None);
    let of_other = says(&mut chat, CLEO, "tea?", None);
    acts(&mut chat, ANN, RoomAction::Keeper(name("Bo"), true));
    acts(&mut chat, ANN, RoomAction::Keeper(name("Cleo"), true));
    let delete = |of| Deed::Delete { of: Some(of) };
    for (client, of) in [(BO, of_maker), (CLEO, of_maker), (CLEO, of_keeper)] {
        let done = does(&mut chat, client, delete(of), None);
        assert_eq!(refusal(&done, client), Some(&Refused::IsKeeper), "{of:?}");
    }
    // The maker may, and a keeper deletes what somebody else has written.
    assert_eq!(refusal(&does(&mut chat, ANN, delete(of_keeper), None), ANN), None);
    acts(&mut chat, ANN, RoomAction::Keeper(name("Cleo"), false));
    assert_eq!(refusal(&does(&mut chat, BO, delete(of_other), None), BO), None);
    assert_eq!(texts(&history(&mut chat, BO)), ["the rules"]);
}

#[test]
fn row_82_nobody_fills_the_list_of_reports_alone_and_a_report_is_about_a_message_there() {
    let mut chat = in_the_den();
    let eve = ClientId(12);
    comes_from(&mut chat, eve, "Eve", 4);
    let rude = says(&mut chat, CLEO, "fools", None);
    let outside = acts(&mut chat, eve, RoomAction::Report(rude));
    assert_eq!(refusal(&outside, eve), Some(&Refused::NotInRoom));
    joins(&mut chat, eve);
    let nothing = acts(&mut chat, eve, RoomAction::Report(Seq(9_999)));
    assert_eq!(refusal(&nothing, eve), Some(&Refused::NoSuchMessage));
    // Each of them waits until nothing is too fast.
    let mut now = 10;
    let mut asks = |chat: &mut RecordedChat, client, request| {
        now += 10;
        let done = apply_at(chat, now, Happened::Asked(client, request));
        let reason = refusal(&done, client).cloned();
        (done, reason)
    };
    let report = |seq| {
        let act = RoomAct { room: den(), action: RoomAction::Report(seq), reason: String::new() };
        Request::Act(Box::new(act))
    };
    for number in 0..limits::REPORTS_PER_NETWORK_MAX {
        let text = say(&format!("message {number}"));
        let post = Post { log: LogName::Room(den()), id: None, reply_to: None, deed: text };
        let (done, _) = asks(&mut chat, CLEO, Request::Post(Box::new(post)));
        let Some(Done::QueueLine(_, line)) =
            done.iter().find(|one| matches!(one, Done::QueueLine(..)))
        else {
            panic!("{done:?}")
        };
        assert_eq!(asks(&mut chat, eve, report(line.seq)).1, None);
    }
    let full = Refused::ListFull(limits::REPORTS_PER_NETWORK_MAX);
    assert_eq!(asks(&mut chat, eve, report(rude)).1, Some(full));
    assert_eq!(asks(&mut chat, BO, report(rude)).1, None, "others can");
    let deed = Deed::Delete { of: Some(rude) };
    let post = Post { log: LogName::Room(den()), id: None, reply_to: None, deed };
    asks(&mut chat, CLEO, Request::Post(Box::new(post)));
    let (done, _) = asks(&mut chat, ANN, Request::RoomState(den()));
    let [Answer::RoomState(state)] = answers(&done, ANN)[..] else { panic!("{done:?}") };
    assert_eq!(state.reports.len(), limits::REPORTS_PER_NETWORK_MAX);
    assert!(!state.reports.iter().any(|report| report.seq == rude), "the message is deleted");
    let action = RoomAction::Dismiss(state.reports[0].seq);
    let act = RoomAct { room: den(), action, reason: String::new() };
    assert_eq!(asks(&mut chat, eve, Request::Act(Box::new(act))).1, Some(Refused::NotYourRoom));
}
