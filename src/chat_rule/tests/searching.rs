//! Which clients may search, and how they are told what the history has found in the file.
//!
//! Part: `chat_rule/mod.rs`.

use super::file::File;
use super::numbered::{notes, refusal, say};
use super::{
    ANN, BO, ChatSettings, ClientId, Core, Deed, Effect, Event, Stored, core, decide, join, moment,
    numbered, post, settings,
};
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::Query;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Request, Search};
use crate::chat::room_name::RoomName;
use crate::chat::search_words::SearchWords;
use crate::chat::sought::Sought;

/// Makes a hub that stores what is said, with Ann and Bo in the lobby.
fn two() -> (Core, File) {
    let settings = ChatSettings { stores: true, ..settings(1000, 64, 7) };
    let mut core = Core::new(settings, Stored::default(), moment(0));
    let mut file = File::default();
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2)] {
        for event in [numbered(client, Some(name), None, fresh), Event::Drained(client)] {
            let effects = decide(&mut core, event);
            stored(&mut core, &mut file, effects);
        }
    }
    (core, file)
}

fn looks_for(core: &mut Core, client: ClientId, log: LogName, words: &str) -> Vec<Effect> {
    let sought = Sought::words(SearchWords::parse(words).unwrap());
    let search = Search { log, sought, before: Seq(u64::MAX), count: 50 };
    decide(core, Event::Asked(client, Request::Search(Box::new(search))))
}

fn in_lobby(core: &mut Core, client: ClientId, words: &str) -> Vec<Effect> {
    looks_for(core, client, RoomName::lobby().into(), words)
}

fn asked(effects: &[Effect]) -> Option<&Query> {
    effects.iter().find_map(|effect| match effect {
        Effect::Find(query) => Some(query),
        _ => None,
    })
}

/// Returns the texts of the lines that a client is told the search has found.
fn found(effects: &[Effect], client: ClientId) -> Vec<&str> {
    let [Reply::Found { entries, next: None, .. }] = notes(effects, client)[..] else {
        panic!("{effects:?}")
    };
    entries.iter().map(|entry| entry.what.text()).collect()
}

/// Stores all waiting records.
fn stored(core: &mut Core, file: &mut File, mut effects: Vec<Effect>) {
    while let Some(Effect::Keep(batch)) =
        effects.into_iter().find(|effect| matches!(effect, Effect::Keep(_)))
    {
        file.keep(batch);
        effects = decide(core, Event::Kept(Ok(())));
    }
}

#[test]
fn one_question_at_a_time_and_each_in_its_turn() {
    let (mut core, mut file) = two();
    for text in ["soup", "bread"] {
        let effects = decide(&mut core, post(ANN, None, say(text)));
        stored(&mut core, &mut file, effects);
    }
    let first = in_lobby(&mut core, ANN, "soup");
    let first = file.find(asked(&first).unwrap());
    let again = in_lobby(&mut core, ANN, "bread");
    assert!(matches!(refusal(&again, ANN), Some(Refused::TooFast(_))), "{again:?}");
    assert!(asked(&in_lobby(&mut core, BO, "bread")).is_none(), "Ann's is under way");
    let effects = decide(&mut core, Event::Found(Ok(first)));
    assert_eq!(found(&effects, ANN), ["soup"]);
    let second = file.find(asked(&effects).unwrap());
    assert_eq!(found(&decide(&mut core, Event::Found(Ok(second))), BO), ["bread"]);
    assert!(asked(&in_lobby(&mut core, ANN, "bread")).is_some(), "her first is answered");
}

#[test]
fn what_was_taken_back_is_not_found_though_the_file_has_it() {
    let (mut core, mut file) = two();
    let effects = decide(&mut core, post(ANN, None, say("secret")));
    stored(&mut core, &mut file, effects);
    let effects = in_lobby(&mut core, BO, "secret");
    let answer = file.find(asked(&effects).unwrap());
    assert_eq!(answer.lines.len(), 1);
    decide(&mut core, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    assert_eq!(found(&decide(&mut core, Event::Found(Ok(answer))), BO), [""; 0]);
}

#[test]
fn the_history_goes_on_until_enough_is_found_and_then_the_next_has_its_turn() {
    let (mut core, mut file) = two();
    for text in ["soup", "a", "b", "c", "soup", "d", "soup", "e"] {
        let effects = decide(&mut core, post(ANN, None, say(text)));
        stored(&mut core, &mut file, effects);
    }
    // The file of these tests looks at two lines at a time.
    let mut effects = in_lobby(&mut core, ANN, "soup");
    in_lobby(&mut core, BO, "c");
    let mut turns = Vec::new();
    for (client, lines) in [(ANN, vec!["soup"; 3]), (BO, vec!["c"])] {
        turns.push(0);
        while notes(&effects, client).is_empty() {
            let answer = file.find(asked(&effects).unwrap());
            effects = decide(&mut core, Event::Found(Ok(answer)));
            *turns.last_mut().unwrap() += 1;
        }
        assert_eq!(found(&effects, client), lines);
    }
    assert_eq!(turns, [4, 4], "both to the first line, one behind the other");
}

#[test]
fn each_question_has_its_answer() {
    let (mut core, _) = two();
    assert_eq!(found(&looks_for(&mut core, ANN, LogName::Private, "soup"), ANN), [""; 0]);
    let kitchen: LogName = RoomName::parse("kitchen").unwrap().into();
    let effects = looks_for(&mut core, ANN, kitchen.clone(), "soup");
    assert_eq!(refusal(&effects, ANN), Some(&Refused::NotInRoom));
    decide(&mut core, join(ANN, "kitchen", None));
    assert!(asked(&looks_for(&mut core, ANN, kitchen, "soup")).is_some());
    decide(&mut core, Event::Asked(ANN, Request::Leave(RoomName::parse("kitchen").unwrap())));
    let effects = decide(&mut core, Event::Found(Ok(Default::default())));
    assert_eq!(found(&effects, ANN), [""; 0], "though she has left");
    in_lobby(&mut core, ANN, "soup");
    let effects = decide(&mut core, Event::Found(Err("disk on fire".into())));
    assert_eq!(refusal(&effects, ANN), Some(&Refused::Unreadable));
}

#[test]
fn where_nothing_is_kept_nothing_is_looked_for() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(refusal(&in_lobby(&mut core, ANN, "soup"), ANN), Some(&Refused::NothingKept));
}
