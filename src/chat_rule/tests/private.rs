//! Private messages: the sender and the receiver can read them, and no other client can.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::file::File;
use super::numbered::{CLEO, answers, refusal};
use super::{
    ANN, BO, ChatSettings, ClientId, Done, Happened, Moment, RecordedChat, Stored, apply, apply_at,
    chat, id, join, moment, name, numbered, settings, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::{EntryKind, Epoch, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{Before, PastLog, PersonId, Record, StoredPrivateLog};
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, PrivateMessage, Request};

pub(super) fn writes(
    chat: &mut RecordedChat,
    client: ClientId,
    to: &str,
    called: &str,
) -> Vec<Done> {
    let message = PrivateMessage {
        reply_to: None,
        to: name(to),
        id: id(called),
        text: format!("psst {called}"),
        longer: Vec::new(),
        typed_at: None,
        is_for_present_owner: false,
        with: None,
    };
    apply(chat, Happened::Asked(client, Request::Private(Box::new(message))))
}

/// Returns the private messages that a client receives, if it reads everything that it is sent.
pub(super) fn reads(chat: &mut RecordedChat, client: ClientId) -> Vec<String> {
    let (mut texts, mut is_over) = (Vec::new(), false);
    while !is_over {
        let done = apply(chat, Happened::Drained(client));
        is_over = done.is_empty();
        for one in done {
            let Done::PushChunk(to, _, lines) = one else { continue };
            assert_eq!(to, client);
            let private =
                lines.iter().filter(|line| matches!(line.what, EntryKind::Private { .. }));
            texts.extend(private.map(|line| format!("{}: {}", line.by.name, line.what.text())));
        }
    }
    texts
}

fn joined_privately(done: &[Done], client: ClientId) -> Option<Seq> {
    answers(done, client).into_iter().find_map(|told| match told {
        Answer::Joined(joined) if joined.log == LogName::Private => Some(joined.from),
        _ => None,
    })
}

pub(super) fn come_in(chat: &mut RecordedChat) -> Vec<Done> {
    let people = [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)].into_iter();
    let hellos = people.map(|(client, name, fresh)| numbered(client, Some(name), None, fresh));
    hellos.flat_map(|hello| apply(chat, hello)).collect()
}

/// Makes a hub with Ann, Bo and Cleo in the lobby.
pub(super) fn three() -> RecordedChat {
    let mut chat = chat();
    come_in(&mut chat);
    chat
}

#[test]
fn a_private_message_is_read_by_two_and_by_nobody_else() {
    let mut chat = three();
    let done = writes(&mut chat, ANN, "Bo", "a");
    let [Answer::Joined(_), Answer::Sent { log: LogName::Private, seq: Seq(1), .. }] =
        answers(&done, ANN)[..]
    else {
        panic!("{done:?}")
    };
    assert_eq!(joined_privately(&done, BO), Some(Seq(1)));
    assert_eq!(answers(&done, CLEO), Vec::<&Answer>::new());
    assert_eq!(reads(&mut chat, ANN), ["Ann: psst a"]);
    assert_eq!(reads(&mut chat, BO), ["Ann: psst a"]);
    assert_eq!(reads(&mut chat, CLEO), [""; 0]);
    // The clients have read everything. From now on they are sent each message at once.
    let done = writes(&mut chat, BO, "Ann", "b");
    let told: Vec<_> = done
        .iter()
        .filter_map(|one| match one {
            Done::QueueLine(log, entry) => Some((*log, entry.seq)),
            _ => None,
        })
        .collect();
    let [(anns, Seq(2)), (bos, Seq(2))] = told[..] else { panic!("{done:?}") };
    assert!(chat.hears(ANN, anns) && !chat.hears(ANN, bos) && !chat.hears(CLEO, anns));
    assert!(chat.hears(BO, bos) && !chat.hears(BO, anns) && !chat.hears(CLEO, bos));
}

#[test]
fn it_waits_for_whoever_is_away_and_is_told_to_each_device() {
    let mut chat = three();
    apply(&mut chat, Happened::Left(BO));
    writes(&mut chat, ANN, "Bo", "a");
    writes(&mut chat, ANN, "bo", "b");
    for device in [ClientId(7), ClientId(8)] {
        let done = apply(&mut chat, numbered(device, None, Some(token(2)), 9));
        assert_eq!(joined_privately(&done, device), Some(Seq(1)));
        assert_eq!(reads(&mut chat, device), ["Ann: psst a", "Ann: psst b"]);
    }
}

#[test]
fn what_is_written_again_is_there_once() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    let done = writes(&mut chat, ANN, "Bo", "a");
    assert!(matches!(answers(&done, ANN)[..], [Answer::Sent { seq: Seq(1), .. }]), "{done:?}");
    assert_eq!(reads(&mut chat, BO).len(), 1);
}

#[test]
fn nobody_is_written_to_who_is_not_there() {
    let mut chat = three();
    let done = writes(&mut chat, ANN, "Dora", "a");
    assert_eq!(refusal(&done, ANN), Some(&Refused::NoSuchPerson));
    assert_eq!(done.len(), 1, "{done:?}");
}

#[test]
fn a_note_to_oneself_is_there_once() {
    let mut chat = three();
    writes(&mut chat, ANN, "Ann", "a");
    assert_eq!(reads(&mut chat, ANN), ["Ann: psst a"]);
}

#[test]
fn private_messages_are_no_room() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    let done = apply(&mut chat, Happened::Asked(ANN, Request::Rooms));
    let [Answer::Rooms { rooms, .. }] = answers(&done, ANN)[..] else { panic!("{done:?}") };
    assert_eq!(rooms.len(), 1, "the lobby: {rooms:?}");
    // The log of private messages does not count as one of the rooms that a client may be in.
    for number in 1..limits::ROOMS_PER_CLIENT_MAX {
        let done = apply(&mut chat, join(ANN, &format!("room-{number}"), None));
        assert_eq!(refusal(&done, ANN), None, "{number}");
    }
}

#[test]
fn they_are_paged_and_of_nobody_elses_log() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    let mut page = |client| {
        let (log, before) = (LogName::Private, Seq(u64::MAX));
        let history = Request::History { log, before, count: 10 };
        let done = apply(&mut chat, Happened::Asked(client, history));
        let [Answer::History { log: LogName::Private, entries, more: false, .. }] =
            answers(&done, client)[..]
        else {
            panic!("{done:?}")
        };
        entries.len()
    };
    assert_eq!([page(ANN), page(BO), page(CLEO)], [1, 1, 0]);
}

#[test]
fn a_page_gets_all_of_them_that_memory_has_in_one_answer() {
    let mut chat = three();
    for number in 0..3 {
        writes(&mut chat, CLEO, "Bo", &format!("first-{number}"));
    }
    for number in 0..150 {
        writes(&mut chat, ANN, "Bo", &format!("more-{number}"));
    }
    for (client, count) in [(BO, 153), (ANN, 150), (CLEO, 3)] {
        let done = apply(&mut chat, Happened::Asked(client, Request::Talks(Seq(u64::MAX))));
        let [Answer::History { log: LogName::Private, entries, more: false, .. }] =
            answers(&done, client)[..]
        else {
            panic!("{done:?}")
        };
        assert_eq!(entries.len(), count, "{client:?}");
    }
    let done = apply(&mut chat, Happened::Asked(BO, Request::Talks(Seq(3))));
    let [Answer::History { entries, .. }] = answers(&done, BO)[..] else { panic!("{done:?}") };
    assert_eq!(entries.len(), 2, "only older ones");
}

/// Returns all records that the chat hands to the history, if the history stores each batch at
/// once.
pub(super) fn stored(chat: &mut RecordedChat, mut done: Vec<Done>, seconds: u64) -> Vec<Record> {
    let mut records = Vec::new();
    loop {
        let batch = done.into_iter().find_map(|one| match one {
            Done::Store(batch) => Some(batch),
            _ => None,
        });
        let Some(batch) = batch else { return records };
        records.extend(batch);
        done = apply_at(chat, seconds, Happened::BatchEnded(Ok(())));
    }
}

pub(super) fn core_with(stored: Stored) -> RecordedChat {
    let settings = ChatSettings { stores: true, ..settings(1000, 64, 7) };
    RecordedChat::new(settings, stored, moment(0))
}

#[test]
fn with_a_name_its_log_goes_and_nobody_else_gets_it() {
    let mut chat = core_with(Stored::default());
    let done = come_in(&mut chat);
    stored(&mut chat, done, 0);
    let done = writes(&mut chat, ANN, "Bo", "a");
    let records = stored(&mut chat, done, 0);
    let logs = records.iter().filter(|it| matches!(it, Record::PrivateLog(_))).count();
    assert_eq!(logs, 2, "{records:?}");
    let end = limits::NAME_KEPT.as_secs() + 1;
    let done = apply(&mut chat, Happened::Left(BO));
    stored(&mut chat, done, 0);
    let done = apply_at(&mut chat, end, Happened::Left(CLEO));
    let records = stored(&mut chat, done, end);
    assert!(records.iter().any(|record| matches!(record, Record::NoLog(_))), "{records:?}");
    assert_eq!(chat.private_logs().count(), 1, "Ann's");
}

#[test]
fn a_log_that_outlived_its_person_is_nobodys() {
    let reservation = Reservation::after(Seq(3), &Sizes::default());
    let (person, epoch, skips) = (PersonId(1), Epoch(5), Vec::new());
    let log = StoredPrivateLog { person, epoch, reservation, skips };
    let before = Before::Nothing { thrown_away: Seq(3) };
    let (lines, skipped) = (Vec::new(), Vec::new());
    let (ids, ids_behind) = (Vec::new(), Seq(0));
    let past = PastLog {
        stored: log,
        head: Seq(3),
        lines,
        pinned: None,
        ids,
        ids_behind,
        before,
        skipped,
    };
    let mut chat = core_with(Stored { private: vec![past], ..Stored::default() });
    let done = apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(joined_privately(&done, ANN), None);
    let records = stored(&mut chat, done, 0);
    assert!(records.contains(&Record::NoLog(Epoch(5))), "{records:?}");
}

#[test]
fn a_message_of_which_one_half_was_kept_is_whole_when_it_is_sent_again() {
    let (mut chat, mut file) = (core_with(Stored::default()), File::default());
    let done = come_in(&mut chat);
    file.keep(stored(&mut chat, done, 0));
    let done = writes(&mut chat, ANN, "Bo", "a");
    let mut records = stored(&mut chat, done, 0);
    let last = records.iter().rposition(|it| matches!(it, Record::Line(_))).unwrap();
    records.remove(last);
    file.keep(records);
    // The server crashes: Ann was not told that her message was sent.
    let mut chat = core_with(file.begin(1000, &Sizes::default()));
    for (client, had) in [(ANN, 1), (BO, 2)] {
        apply(&mut chat, numbered(client, None, Some(token(had)), had));
    }
    writes(&mut chat, ANN, "Bo", "a");
    for client in [ANN, BO] {
        assert_eq!(reads(&mut chat, client), ["Ann: psst a"], "{client}");
    }
}

#[test]
fn what_is_sent_again_has_its_number_whoever_has_the_name_now() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    for (client, name) in [(BO, "Bob"), (CLEO, "Bo")] {
        let claim = Claim { name: self::name(name), secret: None };
        apply(&mut chat, Happened::Asked(client, Request::Rename(Box::new(claim), None)));
        let done = writes(&mut chat, ANN, "Bo", "a");
        assert!(matches!(answers(&done, ANN)[..], [Answer::Sent { seq: Seq(1), .. }]), "{done:?}");
        assert_eq!(joined_privately(&done, CLEO), None, "it is not hers");
    }
}

#[test]
fn nothing_private_is_half_kept_when_no_more_can_wait() {
    let settings = ChatSettings { stores: true, unstored_records_max: 8, ..settings(1000, 64, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    come_in(&mut chat);
    let mut refused = 0;
    for number in 0..8 {
        let done = writes(&mut chat, ANN, "Bo", &format!("id-{number}"));
        refused += usize::from(matches!(refusal(&done, ANN), Some(Refused::TooFast(_))));
    }
    assert!(refused > 0, "the disk is slow");
    let persist = chat.real.persist();
    let lost = chat.private_logs().any(|(_, id)| {
        let head = chat.log(id).unwrap().head();
        (1..=head.0).any(|seq| persist.is_lost(id, Seq(seq)))
    });
    assert!(!lost, "what was taken waits to be kept, both halves of it");
}

/// Sends a private message to the name Bo that Ann has typed `waited` seconds before. Returns
/// whether the message is refused, and its text returned, because another person may have the name
/// by now.
fn is_refused_at(
    chat: &mut RecordedChat,
    at: Moment,
    waited: u64,
    is_for_present_owner: bool,
) -> bool {
    let called = format!("{:?}-{waited}-{is_for_present_owner}", at.chat_time);
    let (to, text, longer) = (name("Bo"), "it is 4711".to_owned(), Vec::new());
    let typed_at = Some(UnixMillis(at.utc.0 - waited * 1000));
    let message = PrivateMessage {
        to,
        id: id(&called),
        reply_to: None,
        text,
        typed_at,
        is_for_present_owner,
        with: None,
        longer,
    };
    let mut done = Vec::new();
    chat.apply(at, Happened::Asked(ANN, Request::Private(Box::new(message))), &mut done);
    let answers = answers(&done, ANN);
    let said = answers.iter().find_map(|told| match told {
        Answer::Refused { reason: Refused::AnotherPerson, said, .. } => Some(said.as_deref()),
        _ => None,
    });
    let is_new = done.iter().any(|one| matches!(one, Done::QueueLine(..)));
    assert_eq!(said.is_none(), is_new, "{done:?}");
    assert!(said.is_none_or(|said| said == Some("it is 4711")), "{said:?}");
    said.is_some()
}

fn is_refused(
    chat: &mut RecordedChat,
    seconds: u64,
    waited: u64,
    is_for_present_owner: bool,
) -> bool {
    is_refused_at(chat, moment(seconds), waited, is_for_present_owner)
}

fn renames(chat: &mut RecordedChat, seconds: u64, client: ClientId, to: &str) {
    let claim = Claim { name: name(to), secret: None };
    apply_at(chat, seconds, Happened::Asked(client, Request::Rename(Box::new(claim), None)));
}

#[test]
fn who_took_the_name_after_a_message_was_typed_does_not_get_it() {
    let mut chat = three();
    // His second new name frees the name Bo.
    renames(&mut chat, 10, BO, "Rob");
    renames(&mut chat, 10, BO, "Robert");
    renames(&mut chat, 20, CLEO, "Bo");
    // The message was typed while Bo had the name, while no person had it, or after Cleo had taken
    // it.
    for (waited, is_another) in [(15, true), (5, true), (2, false)] {
        for is_for_present_owner in [false, true] {
            let is_refused = is_refused(&mut chat, 23, waited, is_for_present_owner);
            assert_eq!(is_refused, is_another, "{waited} s before");
        }
    }
    assert!(reads(&mut chat, BO).is_empty());
}

#[test]
fn whoever_has_the_name_of_the_one_last_written_with_gets_nothing_that_is_not_anew() {
    let mut chat = three();
    assert!(!is_refused(&mut chat, 5, 0, false));
    // His second new name frees the name Bo.
    renames(&mut chat, 10, BO, "Rob");
    renames(&mut chat, 10, BO, "Robert");
    renames(&mut chat, 20, CLEO, "Bo");
    assert!(is_refused(&mut chat, 30, 0, false));
    assert!(!is_refused(&mut chat, 31, 0, true));
    // Ann has written to the present owner of the name. From then on the name means that person.
    assert!(!is_refused(&mut chat, 32, 0, false));
    // Bo has the name again and writes to Ann. So it is clear whom Ann means.
    renames(&mut chat, 40, CLEO, "Cleo");
    renames(&mut chat, 40, CLEO, "Chloe");
    renames(&mut chat, 41, BO, "Bo");
    writes(&mut chat, BO, "Ann", "back");
    renames(&mut chat, 50, BO, "Robert");
    renames(&mut chat, 60, BO, "Bo");
    assert!(!is_refused(&mut chat, 70, 0, false));
}

#[test]
fn who_takes_the_name_of_a_removed_person_gets_nothing_that_was_meant_for_that_person() {
    let mut chat = three();
    // Bo has written to Ann, and leaves for good. Cleo had her name before that.
    writes(&mut chat, BO, "Ann", "what is the code?");
    let removes = Happened::Asked(BO, Request::ForgetMe(Box::new(name("Bo"))));
    apply_at(&mut chat, 10, removes);
    apply_at(&mut chat, 10, Happened::Left(BO));
    let to_cleo = writes(&mut chat, ANN, "Cleo", "hello");
    assert_eq!(refusal(&to_cleo, ANN), None, "she took her name before");
    renames(&mut chat, 20, CLEO, "Bo");
    assert!(is_refused(&mut chat, 30, 0, false), "Cleo is another Bo");
    assert!(!is_refused(&mut chat, 31, 0, true));
    // From then on Ann has written to the present owner of the name.
    assert!(!is_refused(&mut chat, 32, 0, false));
}

#[test]
fn who_took_a_name_is_another_in_the_next_life_too() {
    let (mut chat, mut file) = (core_with(Stored::default()), File::default());
    let done = come_in(&mut chat);
    file.keep(stored(&mut chat, done, 0));
    let done = writes(&mut chat, ANN, "Bo", "a");
    file.keep(stored(&mut chat, done, 0));
    for (seconds, client, to) in [(100, BO, "Rob"), (100, BO, "Robert"), (110, CLEO, "Bo")] {
        let claim = Claim { name: name(to), secret: None };
        let renames = Happened::Asked(client, Request::Rename(Box::new(claim), None));
        let done = apply_at(&mut chat, seconds, renames);
        file.keep(stored(&mut chat, done, seconds));
    }
    let settings = ChatSettings { stores: true, ..settings(1000, 64, 7) };
    let at = |chat_time, seconds| Moment {
        chat_time: Duration::from_secs(chat_time),
        ..moment(seconds)
    };
    let mut chat = RecordedChat::new(settings, file.begin(1000, &Sizes::default()), at(0, 200));
    chat.apply(at(0, 200), numbered(ANN, None, Some(token(1)), 1), &mut Vec::new());
    let asks = [(120, true, true), (95, true, true), (0, false, true)];
    for (waited, is_for_present_owner, is_another) in
        [&asks[..], &[(85, true, false), (0, false, false)]].concat()
    {
        let is_refused = is_refused_at(&mut chat, at(0, 200), waited, is_for_present_owner);
        assert_eq!(is_refused, is_another, "{waited} s before");
    }
}
