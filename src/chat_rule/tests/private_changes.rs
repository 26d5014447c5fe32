//! Edits and deletions of private messages: both people's logs change, or none of them.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal};
use super::private::{come_in, three, writes};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, Stored, apply, id, moment, name, numbered,
    settings, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::{EntryKind, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Deed, Post, Request};

fn changes(chat: &mut RecordedChat, client: ClientId, called: &str, deed: Deed) -> Vec<Done> {
    let post = Post { log: LogName::Private, id: id(called), reply_to: None, deed };
    apply(chat, Happened::Asked(client, Request::Post(Box::new(post))))
}

fn edits(chat: &mut RecordedChat, client: ClientId, seq: u64, text: &str) -> Vec<Done> {
    changes(chat, client, text, Deed::Edit { of: Some(Seq(seq)), text: text.into() })
}

fn deletes(chat: &mut RecordedChat, client: ClientId, seq: u64) -> Vec<Done> {
    changes(chat, client, "gone", Deed::Delete { of: Some(Seq(seq)) })
}

/// Returns the lines of the client's private log: the number that each changes (0: none), and its
/// text.
fn private_lines(chat: &RecordedChat, client: ClientId) -> Vec<(u64, String)> {
    let log = chat.log(chat.log_of(client, &LogName::Private).unwrap()).unwrap();
    let lines = log.numbers_in_memory().map(|seq| log.line(seq).unwrap());
    let of = |what: &EntryKind| match what {
        EntryKind::Edited { of, .. } | EntryKind::Deleted { of } => of.0,
        _ => 0,
    };
    lines.map(|line| (of(&line.what), line.what.text().to_owned())).collect()
}

fn lines_of(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|(of, text)| (*of, (*text).to_owned())).collect()
}

/// Cleo has written to Bo, so that in his log Ann's message is #2; in hers it is #1.
fn with_other_numbers() -> RecordedChat {
    let mut chat = three();
    writes(&mut chat, CLEO, "Bo", "c");
    writes(&mut chat, ANN, "Bo", "a");
    chat
}

#[test]
fn an_edit_and_a_deletion_change_the_message_in_both_logs() {
    let mut chat = with_other_numbers();
    let done = edits(&mut chat, ANN, 1, "psst!");
    let [Answer::Sent { log: LogName::Private, seq: Seq(2), is_away: false, .. }] =
        answers(&done, ANN)[..]
    else {
        panic!("{done:?}")
    };
    assert_eq!(private_lines(&chat, ANN), lines_of(&[(0, "psst!"), (1, "psst!")]));
    let bos = [(0, "psst c"), (0, "psst!"), (2, "psst!")];
    assert_eq!(private_lines(&chat, BO), lines_of(&bos));
    assert_eq!(private_lines(&chat, CLEO), lines_of(&[(0, "psst c")]));
    // The same text again makes no line.
    let done = changes(&mut chat, ANN, "2", Deed::Edit { of: Some(Seq(1)), text: "psst!".into() });
    assert!(matches!(answers(&done, ANN)[..], [Answer::Sent { seq: Seq(1), .. }]), "{done:?}");
    deletes(&mut chat, ANN, 1);
    assert_eq!(private_lines(&chat, ANN), lines_of(&[(0, ""), (1, ""), (1, "")]));
    let bos = [(0, "psst c"), (0, ""), (2, ""), (2, "")];
    assert_eq!(private_lines(&chat, BO), lines_of(&bos));
    // A deleted message cannot be edited, and its answer comes again.
    assert_eq!(refusal(&edits(&mut chat, ANN, 1, "no"), ANN), Some(&Refused::NotYours));
    let done = deletes(&mut chat, ANN, 1);
    assert!(matches!(answers(&done, ANN)[..], [Answer::Sent { seq: Seq(3), .. }]), "{done:?}");
    assert_eq!(private_lines(&chat, BO), lines_of(&bos));
}

#[test]
fn nobody_changes_another_person_s_private_message() {
    let mut chat = with_other_numbers();
    for (client, seq) in [(BO, 1), (BO, 2), (ANN, 2), (ANN, 0)] {
        let done = edits(&mut chat, client, seq, "x");
        assert_eq!(refusal(&done, client), Some(&Refused::NotYours), "{client:?} {seq}");
        let done = deletes(&mut chat, client, seq);
        assert_eq!(refusal(&done, client), Some(&Refused::NotYours), "{client:?} {seq}");
    }
    let done = changes(&mut three(), ANN, "x", Deed::Delete { of: Some(Seq(1)) });
    assert_eq!(refusal(&done, ANN), Some(&Refused::NotYours), "she has no log");
}

#[test]
fn a_message_that_one_of_the_two_logs_has_no_more_stays_as_it_is() {
    let mut chat = with_other_numbers();
    for number in 0..limits::PRIVATE_LOG_ENTRIES_MAX {
        writes(&mut chat, CLEO, "Bo", &format!("n{number}"));
    }
    assert_eq!(refusal(&edits(&mut chat, ANN, 1, "x"), ANN), Some(&Refused::NotYours));
    assert_eq!(refusal(&deletes(&mut chat, ANN, 1), ANN), Some(&Refused::NotYours));
    assert_eq!(private_lines(&chat, ANN), lines_of(&[(0, "psst a")]));
}

#[test]
fn what_both_are_called_by_now_does_not_matter() {
    let mut chat = with_other_numbers();
    for (client, wanted) in [(BO, "Bob"), (CLEO, "Bo"), (ANN, "Anna")] {
        let claim = Claim { name: name(wanted), secret: None };
        apply(&mut chat, Happened::Asked(client, Request::Rename(Box::new(claim), None)));
    }
    deletes(&mut chat, ANN, 1);
    assert_eq!(private_lines(&chat, BO), lines_of(&[(0, "psst c"), (0, ""), (2, "")]));
    assert_eq!(private_lines(&chat, CLEO), lines_of(&[(0, "psst c")]));
}

#[test]
fn a_message_to_oneself_is_changed_in_its_one_log() {
    let mut chat = three();
    writes(&mut chat, ANN, "Ann", "a");
    edits(&mut chat, ANN, 1, "note");
    assert_eq!(private_lines(&chat, ANN), lines_of(&[(0, "note"), (1, "note")]));
}

#[test]
fn an_edit_takes_the_space_of_what_waits_for_the_person_and_a_deletion_none() {
    let mut settings = settings(1000, 64, 7);
    settings.core.unread_bytes_max = 2000;
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    come_in(&mut chat);
    writes(&mut chat, ANN, "Bo", "a");
    apply(&mut chat, Happened::Left(BO));
    let done = edits(&mut chat, ANN, 1, &"x".repeat(2000));
    assert!(matches!(refusal(&done, ANN), Some(Refused::TooFast(_))), "{done:?}");
    assert_eq!(private_lines(&chat, ANN), lines_of(&[(0, "psst a")]));
    edits(&mut chat, ANN, 1, "short");
    assert!(!chat.unread_parts().is_empty());
    deletes(&mut chat, ANN, 1);
    apply(&mut chat, numbered(ClientId(7), None, Some(token(2)), 9));
    let bos = [(0, ""), (1, ""), (1, "")];
    assert_eq!(private_lines(&chat, ClientId(7)), lines_of(&bos));
}

/// The file stores the newest text in the line of each earlier edit, too.
#[test]
fn an_edit_counts_as_often_as_the_file_stores_its_text() {
    let mut settings = settings(1000, 64, 7);
    settings.core.unread_bytes_max = 10_000;
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    come_in(&mut chat);
    writes(&mut chat, ANN, "Bo", "a");
    apply(&mut chat, Happened::Left(BO));
    for number in 0..20 {
        edits(&mut chat, ANN, 1, &format!("{number}"));
    }
    let done = edits(&mut chat, ANN, 1, &"x".repeat(1000));
    assert!(matches!(refusal(&done, ANN), Some(Refused::TooFast(_))), "{done:?}");
}

#[test]
fn an_id_that_was_used_before_the_message_does_not_keep_its_change_from_the_other_log() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "REUSED");
    for number in 0..=limits::PRIVATE_LOG_ENTRIES_MAX {
        writes(&mut chat, ANN, "Ann", &format!("n{number}"));
    }
    writes(&mut chat, ANN, "Bo", "100");
    let seq = limits::PRIVATE_LOG_ENTRIES_MAX as u64 + 3;
    let used = private_lines(&chat, BO);
    changes(&mut chat, ANN, "REUSED", Deed::Edit { of: Some(Seq(seq)), text: "1".into() });
    assert_eq!(used, lines_of(&[(0, "psst REUSED"), (0, "psst 100")]));
    let bos = [(0, "psst REUSED"), (0, "1"), (2, "1")];
    assert_eq!(private_lines(&chat, BO), lines_of(&bos));
}
