//! What classic clients see: one room in which everybody receives everything, and no chosen names.
//! Some names of tests begin with a row of `docs/ROWS.md`, such as `classic_b24_` for classic B24.
//!
//! Part: `chat_rule/mod.rs`.

use proptest::prelude::{Strategy, prop_assert_eq, prop_oneof, proptest};

use crate::base::disconnect::Disconnect;

use super::{
    ANN, BO, ClientId, Done, Happened, Newcomer, RecordedChat, apply, came_from, chat, said,
};

fn comes(client: ClientId) -> Happened {
    Happened::Newcomer(client, Newcomer::Classic, came_from(None))
}

/// Returns the texts of the lines that are sent to the room.
fn told(done: &[Done]) -> Vec<&str> {
    let texts = done.iter().filter_map(|one| match one {
        Done::QueueLine(_, entry) => Some(entry.what.text()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn classic_b24_everyone_hears_what_is_said_its_sender_too() {
    let mut chat = chat();
    let done = apply(&mut chat, comes(ANN));
    assert_eq!(done[0], Done::Welcome(ANN));
    assert!(matches!(done[1..], [Done::Subscribe(ANN, _)]), "{done:?}");
    assert_eq!(told(&apply(&mut chat, said(ANN, "hi"))), ["hi"]);
    assert!(chat.is_member(ANN));
}

#[test]
fn classic_b14_an_evicted_client_is_dropped_once_and_its_words_with_it() {
    let mut chat = chat();
    apply(&mut chat, comes(ANN));
    apply(&mut chat, comes(BO));
    assert_eq!(
        apply(&mut chat, Happened::OutboxFull(BO)),
        [Done::EndClient(BO, Disconnect::SlowConsumer)]
    );
    assert_eq!(apply(&mut chat, Happened::OutboxFull(BO)), []);
    assert_eq!(apply(&mut chat, said(BO, "late")), []);
    assert_eq!(apply(&mut chat, Happened::Left(BO)), [Done::Forget(BO)]);
}

#[test]
fn classic_b15_leaving_twice_is_harmless() {
    let mut chat = chat();
    apply(&mut chat, comes(ANN));
    assert_eq!(apply(&mut chat, Happened::Left(ANN)), [Done::Forget(ANN)]);
    assert_eq!(apply(&mut chat, Happened::Left(ANN)), []);
}

#[test]
fn a_stopping_hub_says_goodbye_lets_nobody_in_and_ends_with_the_last() {
    let mut chat = chat();
    apply(&mut chat, comes(ANN));
    assert_eq!(
        apply(&mut chat, Happened::Stopping),
        [Done::EndClient(ANN, Disconnect::ServerStopping)]
    );
    assert_eq!(apply(&mut chat, comes(BO)), [Done::RefuseNewcomer(BO, Disconnect::ServerStopping)]);
    assert!(!chat.is_over());
    apply(&mut chat, Happened::Left(ANN));
    assert!(chat.is_over());
}

fn any_event() -> impl Strategy<Value = Happened> {
    let client = || (1_u64..5).prop_map(ClientId);
    prop_oneof![
        4 => client().prop_map(|client| said(client, "x")),
        2 => client().prop_map(Happened::Left),
        1 => client().prop_map(Happened::OutboxFull),
    ]
}

proptest! {
    /// The core is compared with a plain set: connected clients are in the set, and all other
    /// clients are not.
    #[test]
    fn random_events_agree_with_a_set_of_members(
        events in proptest::collection::vec(any_event(), 0..60),
    ) {
        let mut chat: RecordedChat = chat();
        let mut members: std::collections::BTreeSet<ClientId> = (1..5).map(ClientId).collect();
        for client in &members {
            apply(&mut chat, comes(*client));
        }
        for event in events {
            let spoke = match &event {
                Happened::Asked(client, _) => Some(members.contains(client)),
                Happened::Left(client) | Happened::OutboxFull(client) => {
                    members.remove(client);
                    None
                }
                _ => None,
            };
            let done = apply(&mut chat, event);
            prop_assert_eq!(!told(&done).is_empty(), spoke.unwrap_or(false));
            for client in (1..5).map(ClientId) {
                prop_assert_eq!(chat.is_member(client), members.contains(&client));
            }
        }
    }
}
