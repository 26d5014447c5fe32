//! The clients for one page, as the hub holds them: they are told values, and their
//! thread makes a page of them.
//!
//! Owns: their channels. A channel that is full has told more than any page shows,
//! so its visit is over.
//! Must not know: pages, frames, who deserves what.
//!
//! Next: `hub/held.rs`.

use std::collections::BTreeMap;

use crossbeam_channel::Sender;

use super::ClientId;
use super::core::Effect;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;

/// Everybody who is here for one page.
#[derive(Default)]
pub(super) struct Visits(BTreeMap<ClientId, Visiting>);

struct Visiting {
    /// `None`: it is told no more, and must go.
    told: Option<Sender<Told>>,
    welcome: Option<Sender<Result<(), Disconnect>>>,
}

/// What became of an effect.
pub(super) enum Carried {
    /// It is for somebody else.
    NotHere,
    Out,
    /// The visitor could not be told.
    Full(ClientId),
}

impl Visits {
    pub(super) fn add(
        &mut self,
        client: ClientId,
        told: Sender<Told>,
        welcome: Sender<Result<(), Disconnect>>,
    ) {
        self.0.insert(client, Visiting { told: Some(told), welcome: Some(welcome) });
    }

    /// Carries out what is for a visitor alone. Never blocks.
    pub(super) fn carry_out(&mut self, effect: &Effect) -> Carried {
        let visit = effect.client().and_then(|client| self.0.get_mut(&client));
        let Some(visit) = visit else { return Carried::NotHere };
        match effect {
            Effect::Forget(client) => drop(self.0.remove(client)),
            Effect::Welcome(_) => visit.answer(Ok(())),
            Effect::Refuse(client) => {
                visit.answer(Err(Disconnect::ServerStopping));
                self.0.remove(client);
            }
            Effect::Note(client, told) => {
                let has_room = visit.tell(told);
                return if has_room { Carried::Out } else { Carried::Full(*client) };
            }
            Effect::Evict(_) | Effect::Cut(_) | Effect::SayGoodbye(_) => visit.told = None,
            // It hears nothing and is never behind.
            _ => {}
        }
        Carried::Out
    }
}

impl Visiting {
    fn answer(&mut self, answer: Result<(), Disconnect>) {
        if let Some(welcome) = self.welcome.take() {
            // An error means that its thread is gone; it unregisters by itself.
            welcome.try_send(answer).ok();
        }
    }

    /// Whether it had room.
    fn tell(&self, told: &Told) -> bool {
        let Some(channel) = &self.told else { return true };
        !channel.try_send(told.clone()).is_err_and(|error| error.is_full())
    }
}
