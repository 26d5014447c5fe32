//! Which clients may search, and how they are told what the history has found in the file.
//!
//! Part: `chat_rule/mod.rs`.

use super::file::File;
use super::numbered::{answers, refusal, say};
use super::{
    ANN, BO, ChatSettings, ClientId, Deed, Done, Happened, RecordedChat, Stored, apply, chat, join,
    moment, numbered, post, settings,
};
use crate::chat::answer::Answer;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::Query;
use crate::chat::refused::Refused;
use crate::chat::request::{Request, Search};
use crate::chat::room_name::RoomName;
use crate::chat::search_words::SearchWords;
use crate::chat::sought::Sought;

/// Makes a hub that stores what is said, with Ann and Bo in the lobby.
fn two() -> (RecordedChat, File) {
    let settings = ChatSettings { stores: true, ..settings(1000, 64, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    let mut file = File::default();
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2)] {
        for event in [numbered(client, Some(name), None, fresh), Happened::Drained(client)] {
            let done = apply(&mut chat, event);
            stored(&mut chat, &mut file, done);
        }
    }
    (chat, file)
}

fn looks_for(chat: &mut RecordedChat, client: ClientId, log: LogName, words: &str) -> Vec<Done> {
    let sought = Sought::words(SearchWords::parse(words).unwrap());
    let search = Search { log, sought, before: Seq(u64::MAX), count: 50 };
    apply(chat, Happened::Asked(client, Request::Search(Box::new(search))))
}

fn in_lobby(chat: &mut RecordedChat, client: ClientId, words: &str) -> Vec<Done> {
    looks_for(chat, client, RoomName::lobby().into(), words)
}

fn asked(done: &[Done]) -> Option<&Query> {
    done.iter().find_map(|one| match one {
        Done::Find(query) => Some(query),
        _ => None,
    })
}

/// Returns the texts of the lines that a client is told the search has found.
fn found(done: &[Done], client: ClientId) -> Vec<&str> {
    let [Answer::Found { entries, next: None, .. }] = answers(done, client)[..] else {
        panic!("{done:?}")
    };
    entries.iter().map(|entry| entry.what.text()).collect()
}

/// Stores all waiting records.
fn stored(chat: &mut RecordedChat, file: &mut File, mut done: Vec<Done>) {
    while let Some(Done::Store(batch)) = done.into_iter().find(|one| matches!(one, Done::Store(_)))
    {
        file.keep(batch);
        done = apply(chat, Happened::BatchEnded(Ok(())));
    }
}

#[test]
fn one_question_at_a_time_and_each_in_its_turn() {
    let (mut chat, mut file) = two();
    for text in ["soup", "bread"] {
        let done = apply(&mut chat, post(ANN, None, say(text)));
        stored(&mut chat, &mut file, done);
    }
    let first = in_lobby(&mut chat, ANN, "soup");
    let first = file.find(asked(&first).unwrap());
    let again = in_lobby(&mut chat, ANN, "bread");
    assert!(matches!(refusal(&again, ANN), Some(Refused::TooFast(_))), "{again:?}");
    assert!(asked(&in_lobby(&mut chat, BO, "bread")).is_none(), "Ann's is under way");
    let done = apply(&mut chat, Happened::Found(Ok(first)));
    assert_eq!(found(&done, ANN), ["soup"]);
    let second = file.find(asked(&done).unwrap());
    assert_eq!(found(&apply(&mut chat, Happened::Found(Ok(second))), BO), ["bread"]);
    assert!(asked(&in_lobby(&mut chat, ANN, "bread")).is_some(), "her first is answered");
}

#[test]
fn what_was_taken_back_is_not_found_though_the_file_has_it() {
    let (mut chat, mut file) = two();
    let done = apply(&mut chat, post(ANN, None, say("secret")));
    stored(&mut chat, &mut file, done);
    let done = in_lobby(&mut chat, BO, "secret");
    let answer = file.find(asked(&done).unwrap());
    assert_eq!(answer.lines.len(), 1);
    apply(&mut chat, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    assert_eq!(found(&apply(&mut chat, Happened::Found(Ok(answer))), BO), [""; 0]);
}

#[test]
fn the_history_goes_on_until_enough_is_found_and_then_the_next_has_its_turn() {
    let (mut chat, mut file) = two();
    for text in ["soup", "a", "b", "c", "soup", "d", "soup", "e"] {
        let done = apply(&mut chat, post(ANN, None, say(text)));
        stored(&mut chat, &mut file, done);
    }
    // The file of these tests looks at two lines at a time.
    let mut done = in_lobby(&mut chat, ANN, "soup");
    in_lobby(&mut chat, BO, "c");
    let mut turns = Vec::new();
    for (client, lines) in [(ANN, vec!["soup"; 3]), (BO, vec!["c"])] {
        turns.push(0);
        while answers(&done, client).is_empty() {
            let answer = file.find(asked(&done).unwrap());
            done = apply(&mut chat, Happened::Found(Ok(answer)));
            *turns.last_mut().unwrap() += 1;
        }
        assert_eq!(found(&done, client), lines);
    }
    assert_eq!(turns, [4, 4], "both to the first line, one behind the other");
}

#[test]
fn each_question_has_its_answer() {
    let (mut chat, _) = two();
    assert_eq!(found(&looks_for(&mut chat, ANN, LogName::Private, "soup"), ANN), [""; 0]);
    let kitchen: LogName = RoomName::parse("kitchen").unwrap().into();
    let done = looks_for(&mut chat, ANN, kitchen.clone(), "soup");
    assert_eq!(refusal(&done, ANN), Some(&Refused::NotInRoom));
    apply(&mut chat, join(ANN, "kitchen", None));
    assert!(asked(&looks_for(&mut chat, ANN, kitchen, "soup")).is_some());
    apply(&mut chat, Happened::Asked(ANN, Request::Leave(RoomName::parse("kitchen").unwrap())));
    let done = apply(&mut chat, Happened::Found(Ok(Default::default())));
    assert_eq!(found(&done, ANN), [""; 0], "though she has left");
    in_lobby(&mut chat, ANN, "soup");
    let done = apply(&mut chat, Happened::Found(Err("disk on fire".into())));
    assert_eq!(refusal(&done, ANN), Some(&Refused::Unreadable));
}

#[test]
fn where_nothing_is_kept_nothing_is_looked_for() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(refusal(&in_lobby(&mut chat, ANN, "soup"), ANN), Some(&Refused::NothingKept));
}
