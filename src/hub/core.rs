//! What the hub decides, as a pure state machine: events in, effects out.
//!
//! Owns: who is a member, and every rule about who hears what.
//! Must not know: threads, channels, sockets, frames, clocks. What carrying out
//! an effect revealed (a full outbox) comes back as an event.
//!
//! Next: `hub/fanout.rs`.

use std::collections::BTreeMap;

use super::ClientId;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client wants to come in.
    Registered(ClientId),
    /// A client said something, already cleaned.
    Said(ClientId, String),
    /// A client's reader has ended.
    Left(ClientId),
    /// A client's outbox could not take what it was to be told.
    OutboxFull(ClientId),
    /// The server is shutting down.
    Stopping,
}

/// Something to be carried out, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The client is a member from here on and may speak.
    Welcome(ClientId),
    /// The client cannot come in any more.
    Refuse(ClientId),
    /// Every member hears this.
    TellEveryone(String),
    /// The client is told no more and closed as a slow consumer.
    Evict(ClientId),
    /// The client is closed because the server stops.
    SayGoodbye(ClientId),
    /// The client's things can be forgotten.
    Forget(ClientId),
}

/// What a client is to the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Hears everything.
    Member,
    /// Ended by us; its reader has not left yet.
    Ending,
}

/// The roster and the rules.
#[derive(Debug, Default)]
pub struct Core {
    roster: BTreeMap<ClientId, Standing>,
    stopping: bool,
}

impl Core {
    /// Decides on one event.
    pub fn step(&mut self, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::Registered(client) => effects.push(self.register(client)),
            Event::Said(client, text) => {
                // The one place where the words of somebody evicted, or of a
                // stranger, are dropped.
                if self.is_member(client) {
                    effects.push(Effect::TellEveryone(text));
                }
            }
            Event::Left(client) => {
                // Leaving twice is harmless (B15).
                if self.roster.remove(&client).is_some() {
                    effects.push(Effect::Forget(client));
                }
            }
            Event::OutboxFull(client) => {
                if self.is_member(client) {
                    self.roster.insert(client, Standing::Ending);
                    effects.push(Effect::Evict(client));
                }
            }
            Event::Stopping => self.stop(effects),
        }
    }

    /// Whether the hub has nothing left to do: it stops, and nobody is here.
    pub fn is_over(&self) -> bool {
        self.stopping && self.roster.is_empty()
    }

    /// Whether `client` hears what is said.
    pub fn is_member(&self, client: ClientId) -> bool {
        self.roster.get(&client) == Some(&Standing::Member)
    }

    fn register(&mut self, client: ClientId) -> Effect {
        if self.stopping {
            return Effect::Refuse(client);
        }
        let before = self.roster.insert(client, Standing::Member);
        assert!(before.is_none(), "client {client} registered twice");
        Effect::Welcome(client)
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.stopping = true;
        for (client, standing) in &mut self.roster {
            if *standing == Standing::Member {
                *standing = Standing::Ending;
                effects.push(Effect::SayGoodbye(*client));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, prop_oneof, proptest};

    use super::{ClientId, Core, Effect, Event};

    const ANN: ClientId = ClientId(1);
    const BO: ClientId = ClientId(2);

    fn decide(core: &mut Core, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        core.step(event, &mut effects);
        effects
    }

    #[test]
    fn b24_everyone_hears_what_is_said_its_sender_too() {
        let mut core = Core::default();
        assert_eq!(decide(&mut core, Event::Registered(ANN)), [Effect::Welcome(ANN)]);
        let said = decide(&mut core, Event::Said(ANN, "hi".into()));
        assert_eq!(said, [Effect::TellEveryone("hi".into())]);
        assert!(core.is_member(ANN));
    }

    #[test]
    fn b14_an_evicted_client_is_dropped_once_and_its_words_with_it() {
        let mut core = Core::default();
        decide(&mut core, Event::Registered(ANN));
        decide(&mut core, Event::Registered(BO));
        assert_eq!(decide(&mut core, Event::OutboxFull(BO)), [Effect::Evict(BO)]);
        assert_eq!(decide(&mut core, Event::OutboxFull(BO)), []);
        assert_eq!(decide(&mut core, Event::Said(BO, "late".into())), []);
        assert_eq!(decide(&mut core, Event::Left(BO)), [Effect::Forget(BO)]);
    }

    #[test]
    fn b15_leaving_twice_is_harmless() {
        let mut core = Core::default();
        decide(&mut core, Event::Registered(ANN));
        assert_eq!(decide(&mut core, Event::Left(ANN)), [Effect::Forget(ANN)]);
        assert_eq!(decide(&mut core, Event::Left(ANN)), []);
    }

    #[test]
    fn a_stopping_hub_says_goodbye_lets_nobody_in_and_ends_with_the_last() {
        let mut core = Core::default();
        decide(&mut core, Event::Registered(ANN));
        assert_eq!(decide(&mut core, Event::Stopping), [Effect::SayGoodbye(ANN)]);
        assert_eq!(decide(&mut core, Event::Registered(BO)), [Effect::Refuse(BO)]);
        assert!(!core.is_over());
        decide(&mut core, Event::Left(ANN));
        assert!(core.is_over());
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let client = || (1_u64..5).prop_map(ClientId);
        prop_oneof![
            4 => client().prop_map(|client| Event::Said(client, "x".into())),
            2 => client().prop_map(Event::Left),
            1 => client().prop_map(Event::OutboxFull),
        ]
    }

    proptest! {
        /// The model is a set: members in, everyone else out.
        #[test]
        fn random_events_agree_with_a_set_of_members(
            events in proptest::collection::vec(any_event(), 0..60),
        ) {
            let mut core = Core::default();
            let mut members: std::collections::BTreeSet<ClientId> = (1..5).map(ClientId).collect();
            for client in &members {
                decide(&mut core, Event::Registered(*client));
            }
            for event in events {
                let spoke = match &event {
                    Event::Said(client, _) => Some(members.contains(client)),
                    Event::Left(client) | Event::OutboxFull(client) => {
                        members.remove(client);
                        None
                    }
                    _ => None,
                };
                let effects = decide(&mut core, event);
                let told = effects.iter().any(|effect| matches!(effect, Effect::TellEveryone(_)));
                prop_assert_eq!(told, spoke.unwrap_or(false));
                for client in (1..5).map(ClientId) {
                    prop_assert_eq!(core.is_member(client), members.contains(&client));
                }
            }
        }
    }
}
