//! What a live page without scripts is told.

use super::super::PersonalFormat as _;
use super::{EpochMark, HtmlClient, Language, LivePage, NewLines, ShownRoomMark};
use crate::chat::answer::{Answer, Joined, RoomPrivacy};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::room_name::RoomName;

fn reader(language: Language, before: Option<Epoch>) -> HtmlClient {
    let name = Name::parse("Ann").unwrap();
    let before = EpochMark::of(before);
    let room = ShownRoomMark::of(&RoomName::lobby());
    let new = NewLines::default();
    let page = LivePage {
        language,
        in_links: false,
        shows_presence: true,
        before,
        new,
        room,
        form: 0,
        tells_silence: true,
    };
    HtmlClient::new(name, None, page)
}

fn joined(epoch: u64) -> Answer {
    Answer::Joined(Joined {
        log: LogName::Room(RoomName::lobby()),
        epoch: Epoch(epoch),
        seq: Seq(9),
        from: Seq(1),
        ids_behind: Seq(0),
        topic: String::new(),
        pinned: None,
        is_maker: false,
        read: None,
        people: 1,
        privacy: RoomPrivacy::default(),
        state: crate::chat::answer::RoomState::default(),
        muted: None,
        welcome: String::new(),
    })
}

fn said(reader: &HtmlClient, answer: &Answer) -> Option<String> {
    Some(String::from_utf8_lossy(reader.encode_answer(answer)?.bytes()).into_owned())
}

#[test]
fn numbers_that_a_restart_has_skipped_are_told() {
    let (log, from) = (LogName::Room(RoomName::lobby()), Seq(5));
    let skipped = Answer::Skipped { log, from, to: Seq(2047), damaged: false };
    let said = |language| said(&reader(language, None), &skipped).unwrap();
    assert!(
        said(Language::English)
            .contains("The server restarted, or its disk failed. Numbering continues at 2048.")
    );
    assert!(said(Language::Chinese).contains("服务器已重启或磁盘出错，编号从 2048 继续。"));
}

#[test]
fn a_new_log_is_told_to_who_has_seen_another_one() {
    let before = |seen: Option<u64>| reader(Language::English, seen.map(Epoch));
    assert_eq!(said(&before(None), &joined(7)), None);
    assert_eq!(said(&before(Some(7)), &joined(7)), None);
    let Answer::Joined(empty) = joined(7) else { unreachable!() };
    let empty = Answer::Joined(Joined { seq: Seq(0), ..empty });
    assert!(said(&before(None), &empty).unwrap().contains("No messages yet."));
    let another = said(&before(Some(u64::MAX)), &joined(7)).unwrap();
    let words = "The server started a new history. Earlier messages are not available.";
    assert!(another.contains(words), "{another}");
}

#[test]
fn comings_and_goings_are_told_to_who_wants_to_know() {
    let name = Name::parse("Bo").unwrap();
    let came = Answer::Presence { room: RoomName::lobby(), name, here: true, people: 2 };
    let reader = reader(Language::English, None);
    assert!(said(&reader, &came).unwrap().contains("Bo joined"));
    let page = LivePage { shows_presence: false, ..reader.page };
    assert_eq!(said(&HtmlClient { page, ..reader }, &came), None);
}

#[test]
fn how_a_room_is_kept_from_strangers_is_told_whenever_its_maker_changes_that() {
    let room = RoomName::parse("den").unwrap();
    let set =
        |hidden| Answer::Set { room: room.clone(), privacy: RoomPrivacy { hidden, locked: true } };
    let page = LivePage { room: ShownRoomMark::of(&room), ..reader(Language::English, None).page };
    let in_den = |language| {
        let reader = reader(language, None);
        HtmlClient { page: LivePage { language, ..page }, ..reader }
    };
    let reader = in_den(Language::English);
    let of_new_password = "den has a new password.";
    for (hidden, words) in [
        (true, "den is now hidden and needs a password."),
        (true, of_new_password),
        (false, "den now needs a password. It is in the list of rooms."),
        (false, of_new_password),
    ] {
        let told = said(&reader, &set(hidden)).unwrap();
        assert!(told.contains(words), "{told}");
    }
    let told = said(&in_den(Language::Chinese), &set(true)).unwrap();
    assert!(told.contains("den 已隐藏，加入时需要密码。"));
}
