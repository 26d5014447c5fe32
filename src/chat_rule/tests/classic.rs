//! What classic clients see: one room in which everybody receives everything, and no chosen names.
//! Some names of tests begin with a row of `docs/ROWS.md`, such as `classic_b24_` for classic B24.
//!
//! Part: `chat_rule/mod.rs`.

use proptest::prelude::{Strategy, prop_assert_eq, prop_oneof, proptest};

use crate::server::disconnect::Disconnect;

use super::{ANN, BO, ClientId, Core, Effect, Event, Newcomer, came_from, core, decide, said};

fn comes(client: ClientId) -> Event {
    Event::Newcomer(client, Newcomer::Classic, came_from(None))
}

/// Returns the texts of the lines that are sent to the room.
fn told(effects: &[Effect]) -> Vec<&str> {
    let texts = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(_, entry) => Some(entry.what.text()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn classic_b24_everyone_hears_what_is_said_its_sender_too() {
    let mut core = core();
    let effects = decide(&mut core, comes(ANN));
    assert_eq!(effects[0], Effect::Welcome(ANN));
    assert!(matches!(effects[1..], [Effect::Hear(ANN, _)]), "{effects:?}");
    assert_eq!(told(&decide(&mut core, said(ANN, "hi"))), ["hi"]);
    assert!(core.is_member(ANN));
}

#[test]
fn classic_b14_an_evicted_client_is_dropped_once_and_its_words_with_it() {
    let mut core = core();
    decide(&mut core, comes(ANN));
    decide(&mut core, comes(BO));
    assert_eq!(
        decide(&mut core, Event::OutboxFull(BO)),
        [Effect::End(BO, Disconnect::SlowConsumer)]
    );
    assert_eq!(decide(&mut core, Event::OutboxFull(BO)), []);
    assert_eq!(decide(&mut core, said(BO, "late")), []);
    assert_eq!(decide(&mut core, Event::Left(BO)), [Effect::Forget(BO)]);
}

#[test]
fn classic_b15_leaving_twice_is_harmless() {
    let mut core = core();
    decide(&mut core, comes(ANN));
    assert_eq!(decide(&mut core, Event::Left(ANN)), [Effect::Forget(ANN)]);
    assert_eq!(decide(&mut core, Event::Left(ANN)), []);
}

#[test]
fn a_stopping_hub_says_goodbye_lets_nobody_in_and_ends_with_the_last() {
    let mut core = core();
    decide(&mut core, comes(ANN));
    assert_eq!(decide(&mut core, Event::Stopping), [Effect::End(ANN, Disconnect::ServerStopping)]);
    assert_eq!(decide(&mut core, comes(BO)), [Effect::Refuse(BO, Disconnect::ServerStopping)]);
    assert!(!core.is_over());
    decide(&mut core, Event::Left(ANN));
    assert!(core.is_over());
}

fn any_event() -> impl Strategy<Value = Event> {
    let client = || (1_u64..5).prop_map(ClientId);
    prop_oneof![
        4 => client().prop_map(|client| said(client, "x")),
        2 => client().prop_map(Event::Left),
        1 => client().prop_map(Event::OutboxFull),
    ]
}

proptest! {
    /// The core is compared with a plain set: connected clients are in the set, and all other
    /// clients are not.
    #[test]
    fn random_events_agree_with_a_set_of_members(
        events in proptest::collection::vec(any_event(), 0..60),
    ) {
        let mut core: Core = core();
        let mut members: std::collections::BTreeSet<ClientId> = (1..5).map(ClientId).collect();
        for client in &members {
            decide(&mut core, comes(*client));
        }
        for event in events {
            let spoke = match &event {
                Event::Asked(client, _) => Some(members.contains(client)),
                Event::Left(client) | Event::OutboxFull(client) => {
                    members.remove(client);
                    None
                }
                _ => None,
            };
            let effects = decide(&mut core, event);
            prop_assert_eq!(!told(&effects).is_empty(), spoke.unwrap_or(false));
            for client in (1..5).map(ClientId) {
                prop_assert_eq!(core.is_member(client), members.contains(&client));
            }
        }
    }
}
