//! A private talk belongs to a person and goes on under the person's new name.
//!
//! Part: `chat_rule/mod.rs`.

use super::file::File;
use super::numbered::{CLEO, answers};
use super::private::{come_in, core_with, stored, three, writes};
use super::{ANN, BO, ClientId, Done, Happened, RecordedChat, apply, name, numbered, token};
use crate::chat::answer::Answer;
use crate::chat::entry::{AuthorTag, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::Sizes;
use crate::chat::record::Stored;
use crate::chat::request::{Claim, Request};

fn becomes(chat: &mut RecordedChat, client: ClientId, wanted: &str) -> Vec<Done> {
    let claim = Claim { name: name(wanted), secret: None };
    apply(chat, Happened::Asked(client, Request::Rename(Box::new(claim), None)))
}

/// Returns the newer names that the client is told of, each with the person's number.
fn newer_names(done: &[Done], client: ClientId) -> Vec<(AuthorTag, &str)> {
    let told = answers(done, client).into_iter().filter_map(|told| match told {
        Answer::PrivateName { with, name } => Some((*with, name.shown())),
        _ => None,
    });
    told.collect()
}

/// Returns with whom the client has the private messages in memory: each person's number, and the
/// name of that time.
fn correspondents(chat: &mut RecordedChat, client: ClientId) -> Vec<(AuthorTag, String)> {
    let (log, before) = (LogName::Private, Seq(u64::MAX));
    let done = apply(chat, Happened::Asked(client, Request::History { log, before, count: 10 }));
    let [Answer::History { entries, .. }] = answers(&done, client)[..] else { panic!("{done:?}") };
    let other = |entry: &std::sync::Arc<crate::chat::entry::Entry>| {
        (entry.correspondent().unwrap(), entry.exchanged_with().unwrap().to_string())
    };
    entries.iter().map(other).collect()
}

#[test]
fn whoever_wrote_to_a_person_is_told_the_persons_new_name() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    writes(&mut chat, BO, "Ann", "b");
    let lines = correspondents(&mut chat, ANN);
    let (bo, _) = lines[0];
    assert_eq!(lines, [(bo, "Bo".to_owned()), (bo, "Bo".to_owned())]);
    let done = becomes(&mut chat, BO, "Robert");
    assert_eq!(newer_names(&done, ANN), [(bo, "Robert")]);
    assert_eq!(newer_names(&done, CLEO), [], "she has no private messages with him");
    assert_eq!(newer_names(&done, BO), []);
    // Ann comes with another device.
    let done = apply(&mut chat, numbered(ClientId(8), None, Some(token(1)), 8));
    assert_eq!(newer_names(&done, ClientId(8)), [(bo, "Robert")]);
    // A message under the new name shows the name itself.
    writes(&mut chat, ANN, "Robert", "c");
    assert_eq!(correspondents(&mut chat, BO)[2].1, "Ann");
    assert_eq!(correspondents(&mut chat, ANN)[2], (bo, "Robert".to_owned()));
    let done = apply(&mut chat, numbered(ClientId(9), None, Some(token(1)), 9));
    assert_eq!(newer_names(&done, ClientId(9)), []);
}

#[test]
fn whoever_takes_the_free_name_is_another_person() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    becomes(&mut chat, BO, "Robert");
    becomes(&mut chat, CLEO, "Bo");
    writes(&mut chat, CLEO, "Ann", "b");
    let lines = correspondents(&mut chat, ANN);
    assert!(lines[0].0 != lines[1].0 && lines[0].1 == lines[1].1, "{lines:?}");
    let done = apply(&mut chat, numbered(ClientId(8), None, Some(token(1)), 8));
    assert_eq!(newer_names(&done, ClientId(8)), [(lines[0].0, "Robert")]);
}

#[test]
fn after_a_start_the_server_knows_to_whom_a_message_was() {
    let (mut chat, mut file) = (core_with(Stored::default()), File::default());
    let done = come_in(&mut chat);
    file.keep(stored(&mut chat, done, 0));
    for (to, id) in [("Bo", "a"), ("Cleo", "b"), ("Ann", "c")] {
        let done = writes(&mut chat, ANN, to, id);
        file.keep(stored(&mut chat, done, 0));
    }
    let before = correspondents(&mut chat, ANN);
    let done = becomes(&mut chat, BO, "Robert");
    file.keep(stored(&mut chat, done, 0));
    let mut chat = core_with(file.begin(1000, &Sizes::default()));
    let done = apply(&mut chat, numbered(ANN, None, Some(token(1)), 1));
    assert_eq!(newer_names(&done, ANN), [(before[0].0, "Robert")]);
    assert_eq!(correspondents(&mut chat, ANN), before);
}
