//! A message that is sent again with its id is stored once. Strangers cannot change that.
//!
//! Part: `chat_rule/mod.rs`.

use super::crowds::{called, comes, network, own};
use super::numbered::{answers, say};
use super::places::{enters, leaves, says_in};
use super::{
    ChatSettings, ClientId, Done, Happened, RecordedChat, Stored, apply_at, chat, id, moment, name,
    post, settings,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::tests::inside::LOGS_CHECK_BYTES;
use crate::chat::entry::Seq;
use crate::chat::request::{Claim, Request};
use crate::chat::secret::Digest;

/// Ann says something with this message id. Returns the line's number, if she was answered, and
/// whether the room received the line.
fn says(chat: &mut RecordedChat, seconds: u64, called: &str) -> (Option<Seq>, bool) {
    let done = apply_at(chat, seconds, post(ClientId(1), id(called), say("hello")));
    let sent = answers(&done, ClientId(1)).into_iter().find_map(|told| match told {
        Answer::Sent { seq, .. } => Some(*seq),
        _ => None,
    });
    (sent, done.iter().any(|one| matches!(one, Done::QueueLine(..))))
}

/// Strangers make as many rooms as there may be, and fill them. They come from the server's own
/// machine, for which no limits hold.
fn a_stranger_fills_the_box(chat: &mut RecordedChat) {
    let long = "x".repeat(limits::MESSAGE_TEXT_BYTES_MAX);
    for client in 10..25 {
        comes(chat, 0, client, None, (None, None, None));
        for number in 1..limits::ROOMS_PER_CLIENT_MAX {
            let name = format!("r{client}-{number}");
            if enters(chat, 0, client, &name).is_none() {
                (0..8).for_each(|_| says_in(chat, 0, client, &name, &long));
            }
        }
    }
    assert_eq!(chat.room_count(), limits::ROOMS_MAX);
}

#[test]
fn what_is_sent_again_behind_long_messages_is_there_once_while_strangers_fill_the_box() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, network(1), called("Ann"));
    comes(&mut chat, 0, 2, network(2), called("Bo"));
    a_stranger_fills_the_box(&mut chat);
    assert_eq!(says(&mut chat, 1, "a1"), (Some(Seq(1)), true));
    for second in 0..8 {
        says_in(&mut chat, 2 + second, 2, "lobby", &"y".repeat(limits::MESSAGE_TEXT_BYTES_MAX));
    }
    assert_eq!(says(&mut chat, 20, "a1"), (Some(Seq(1)), false));
}

/// Bo says this text `count` times in the lobby, once a second from `first` on.
fn bo_says(chat: &mut RecordedChat, first: u64, count: u64, text: &str) {
    (first..first + count).for_each(|second| says_in(chat, second, 2, "lobby", text));
}

fn ann_and_bo(chat: &mut RecordedChat) {
    comes(chat, 0, 1, network(1), called("Ann"));
    comes(chat, 0, 2, network(2), called("Bo"));
}

#[test]
fn as_many_ids_are_remembered_as_is_promised_however_long_the_lines_are() {
    let mut chat = chat();
    ann_and_bo(&mut chat);
    let most = limits::ROOM_LOG_IDS_MAX as u64;
    // This time Bo's lines have message ids, too.
    let mut second = 1;
    let bo_says_with_ids = |chat: &mut RecordedChat, from: u64, count: u64| {
        for number in from..from + count {
            let deed = say(&"y".repeat(limits::MESSAGE_TEXT_BYTES_MAX));
            apply_at(chat, number + 2, post(ClientId(2), id(&format!("b{number}")), deed));
        }
    };
    assert_eq!(says(&mut chat, second, "a1"), (Some(Seq(1)), true));
    bo_says_with_ids(&mut chat, 1, most - 1);
    second += most + 10;
    let lobby = &chat.log(chat.room_called(&super::places::room("lobby")).unwrap()).unwrap();
    assert!(lobby.oldest() > Seq(800), "few of the lines are in memory");
    assert_eq!(says(&mut chat, second, "a1"), (Some(Seq(1)), false));
    bo_says_with_ids(&mut chat, second, 1);
    assert_eq!(says(&mut chat, second + 10, "a1"), (Some(Seq(most + 2)), true), "no more are");
}

#[test]
fn an_id_is_its_authors_also_where_the_line_has_left_memory() {
    let mut chat = chat();
    let tulip = Digest::of_name("tulip");
    comes(&mut chat, 0, 3, network(3), (Some("Cleo"), Some(&tulip), None));
    comes(&mut chat, 0, 1, network(1), (None, None, None));
    comes(&mut chat, 0, 2, network(2), called("Bo"));
    assert_eq!(says(&mut chat, 1, "a1"), (Some(Seq(1)), true));
    bo_says(&mut chat, 2, 200, &"y".repeat(limits::MESSAGE_TEXT_BYTES_MAX));
    // Another person may use the same id for a message of their own.
    let done = apply_at(&mut chat, 300, post(ClientId(2), id("a1"), say("mine")));
    assert!(done.iter().any(|one| matches!(one, Done::QueueLine(..))), "{done:?}");
    // The guest becomes Cleo. So Cleo is now the author of the guest's lines.
    let claim = Claim { name: name("Cleo"), secret: Some(tulip) };
    let becomes = Request::Rename(Box::new(claim), Some(own(1)));
    apply_at(&mut chat, 301, Happened::Asked(ClientId(1), becomes));
    assert_eq!(chat.author(ClientId(1)), chat.author(ClientId(3)));
    assert_eq!(says(&mut chat, 302, "a1"), (Some(Seq(1)), false));
}

#[test]
fn what_was_shown_and_not_kept_is_said_anew_when_it_has_left_memory() {
    let settings = ChatSettings { stores: true, unstored_records_max: 6, ..settings(4, 64, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    ann_and_bo(&mut chat);
    // The disk stores nothing. A few lines may wait for it; the following ones are sent to the
    // room, but will not be stored.
    bo_says(&mut chat, 1, 10, "fills what may wait");
    let (sent, is_told) = says(&mut chat, 20, "a1");
    assert!(is_told && sent.is_none(), "{sent:?}");
    let (sent, is_told) = says(&mut chat, 21, "a1");
    assert!(!is_told && sent.is_none(), "it is in memory, and still not kept");
    bo_says(&mut chat, 30, 4, "pushes it out");
    let (sent, is_told) = says(&mut chat, 40, "a1");
    assert!(is_told && sent.is_none(), "nothing is called sent that is in no file: {sent:?}");
}

#[test]
fn whoever_fills_many_rooms_pays_with_those_and_not_with_the_lobby() {
    let mut chat = chat();
    ann_and_bo(&mut chat);
    let long = "z".repeat(limits::MESSAGE_TEXT_BYTES_MAX);
    bo_says(&mut chat, 1, 120, &long);
    let lobby = chat.room_called(&super::places::room("lobby")).unwrap();
    let before = chat.log(lobby).unwrap().bytes();
    assert!(before > limits::ROOM_LOG_BYTES_MAX * 9 / 10, "{before}");
    comes(&mut chat, 0, 3, network(3), called("Greedy"));
    let mut second = 200;
    for number in 0..90 {
        let name = format!("greedy-{number}");
        second += 60;
        assert_eq!(enters(&mut chat, second, 3, &name), None);
        (0..40).for_each(|more| says_in(&mut chat, second + 1 + more, 3, &name, &long));
        leaves(&mut chat, second + 50, 3, &name);
    }
    assert_eq!(chat.log(lobby).unwrap().bytes(), before);
    let all: usize = chat.bytes_of_logs();
    assert!(all <= limits::ROOM_LOGS_BYTES_MAX + 2 * LOGS_CHECK_BYTES, "{all}");
}
