//! How often the history may read the file for clients of one IP address: for searches, older
//! pages, whole rooms and polls.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::lookups::{
    answer_all, asks, comes_back, network, old_page, queries, visits, wait, with_old_lines,
    with_old_lines_at, words,
};
use super::{ClientId, Done, Happened, RecordedChat, Request, apply, apply_at};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::config::TalkPace;
use crate::chat::core::{Stay, VisitPurpose};
use crate::chat::entry::Seq;
use crate::chat::record::{LineRange, Query};
use crate::chat::room_name::RoomName;

/// Up to a hundred strangers send this request at once. Returns how many were not refused, and how
/// long the next one must wait.
fn taken(
    chat: &mut RecordedChat,
    from: Option<ClientNetwork>,
    request: &Request,
) -> (usize, Option<u128>) {
    for number in 0..100 {
        let done = asks(chat, number, from, request.clone());
        let wait = wait(&done, number);
        answer_all(chat, done);
        apply(chat, Happened::Left(ClientId(1000 + number)));
        if wait.is_some() {
            return (usize::try_from(number).unwrap(), wait);
        }
    }
    (100, None)
}

#[test]
fn an_address_may_look_for_words_so_often_and_another_one_all_the_same() {
    let mut chat = with_old_lines();
    assert_eq!(taken(&mut chat, network(1), &words()), (20, Some(500)));
    assert_eq!(taken(&mut chat, network(2), &words()), (20, Some(500)));
    assert_eq!(taken(&mut chat, None, &words()), (100, None), "this machine's own");
    let after = apply_at(&mut chat, 1, Happened::Ticked);
    assert!(queries(&after).is_empty());
}

#[test]
fn an_address_may_have_so_many_old_pages_and_another_one_all_the_same() {
    let mut chat = with_old_lines();
    for number in 0..100 {
        let done = asks(&mut chat, number, network(1), old_page());
        assert_eq!(wait(&done, number), None);
        answer_all(&mut chat, done);
    }
    assert_eq!(wait(&asks(&mut chat, 100, network(1), old_page()), 100), Some(25));
    assert_eq!(wait(&asks(&mut chat, 101, network(2), old_page()), 101), None);
    // Lines in memory may be read as often as a client likes.
    let newest =
        Request::History { log: RoomName::lobby().into(), before: Seq(u64::MAX), count: 3 };
    assert_eq!(wait(&asks(&mut chat, 102, network(1), newest), 102), None);
}

#[test]
fn a_room_as_a_file_counts_as_a_search_and_is_refused_before_its_head_is_out() {
    let mut chat = with_old_lines();
    for number in 0..20 {
        let (_, came) = visits(&mut chat, number, network(1), VisitPurpose::Sight);
        assert_eq!(wait(&came, number), None);
    }
    let (_, came) = visits(&mut chat, 20, network(1), VisitPurpose::Sight);
    assert_eq!(wait(&came, 20), Some(500));
    assert!(
        !came.iter().any(|it| matches!(it, Done::QueueAnswer(_, Answer::Joined(_)))),
        "{came:?}"
    );
    // A client that saves a room and was sent the first lines is not refused any more.
    let (saver, came) = visits(&mut chat, 21, network(1), VisitPurpose::Save);
    assert_eq!((wait(&came, 21), came.contains(&Done::AskIfDrained(saver))), (None, true));
}

#[test]
fn polls_of_an_address_that_has_had_many_old_pages_wait_for_their_turn() {
    let mut chat = with_old_lines();
    for number in 0..100 {
        let done = asks(&mut chat, number, network(1), old_page());
        answer_all(&mut chat, done);
    }
    for (client, from, is_read) in [(50, network(1), false), (51, network(2), true)] {
        let done = comes_back(&mut chat, client, from, Stay::LongPoll);
        assert_eq!(!queries(&done).is_empty(), is_read, "{client}");
        answer_all(&mut chat, done);
    }
    assert_eq!(chat.next_tick(), Some(Duration::from_millis(25)));
    let due = apply_at(&mut chat, 1, Happened::Ticked);
    assert!(matches!(queries(&due)[..], [Query { span: LineRange::From(Seq(2)), .. }]), "{due:?}");
}

#[test]
fn one_address_fills_no_more_than_its_part_of_the_row_and_whoever_goes_makes_place() {
    let mut chat = with_old_lines();
    let most = limits::READS_WAITING_PER_NETWORK_MAX as u64;
    // Sends one search more than may wait, because the history works on the first search already,
    // so that one does not wait.
    for number in 0..=most {
        assert_eq!(wait(&asks(&mut chat, number, None, words()), number), None);
    }
    assert!(wait(&asks(&mut chat, 100, None, words()), 100).is_some());
    assert_eq!(wait(&asks(&mut chat, 101, network(1), words()), 101), None);
    assert_eq!(wait(&asks(&mut chat, 102, None, old_page()), 102), None, "that is another row");
    apply(&mut chat, Happened::Left(ClientId(1007)));
    assert_eq!(wait(&asks(&mut chat, 103, None, words()), 103), None);
}

#[test]
fn a_box_without_a_pace_has_none_for_the_file_either() {
    let pace = TalkPace { per_second: 0, ..TalkPace::default() };
    let mut chat = with_old_lines_at(pace);
    assert_eq!(taken(&mut chat, network(1), &words()), (100, None));
}
