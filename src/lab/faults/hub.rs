//! The hub of the lab's small chat: one thread that knows the clients and gives each line to all.
//!
//! Runs on thread `lab-hub`, one for each small chat.
//! Blocks on: its inbox. With a fault, also on a client's queue, a socket, or its own full inbox.
//! Owns: the list of clients.
//! Must not know: which fault is shown; it only looks at the seams.
//!
//! Part: `lab/mod.rs`.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender, select};

use super::client::{send_or_stop, write_line};
use super::seams::{LeaverPath, Receipts, Seams, WhenFull};
use super::spine::LabCounts;

/// A line with its end, shared by all queues.
pub(super) type LabLine = Arc<[u8]>;

/// A client that says this leaves.
pub(super) const BYE: &[u8] = b"bye\n";
/// What a client hears when its own line has arrived.
const RECEIPT: &[u8] = b"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\n";

/// A client, as the hub knows it.
pub(super) struct LabMember {
    pub(super) queue: Sender<LabLine>,
    pub(super) socket: Arc<TcpStream>,
    /// Gets a value when the hub knows the client.
    pub(super) welcome: Sender<()>,
}

/// What the hub hears, from readers.
pub(super) enum LabEvent {
    Came(u32, LabMember),
    Said(u32, LabLine),
    Left(u32),
}

pub(super) struct LabHub {
    pub(super) seams: Seams,
    pub(super) inbox: Receiver<LabEvent>,
    /// The other end of `inbox`.
    pub(super) events: Sender<LabEvent>,
    pub(super) stopped: Receiver<()>,
    pub(super) counts: Arc<LabCounts>,
    /// The clients by name. If a client comes with a name that another client has, the hub replaces
    /// the other client by it.
    pub(super) members: BTreeMap<u32, LabMember>,
}

impl LabHub {
    /// Takes one event after the other, until the small chat stops.
    pub(super) fn run(mut self) {
        loop {
            let event = select! {
                recv(self.inbox) -> event => event,
                recv(self.stopped) -> _ => return,
            };
            let Ok(event) = event else { return };
            self.handle(event);
            self.counts.known.store(self.members.len(), Ordering::Relaxed);
        }
    }

    fn handle(&mut self, event: LabEvent) {
        match event {
            LabEvent::Came(name, member) => {
                let welcome = member.welcome.clone();
                self.members.insert(name, member);
                self.counts.came.fetch_add(1, Ordering::Relaxed);
                welcome.try_send(()).ok();
            }
            LabEvent::Said(name, line) if *line == *BYE => self.forget(name),
            LabEvent::Said(name, line) => {
                self.tell_all(&line);
                self.confirm(name);
            }
            LabEvent::Left(name) => drop(self.members.remove(&name)),
        }
    }

    fn forget(&mut self, name: u32) {
        match self.seams.leaver {
            LeaverPath::OwnList => drop(self.members.remove(&name)),
            // The inbox has no space, and the only thread that makes some is this one.
            LeaverPath::OwnInbox => {
                send_or_stop(&self.events, LabEvent::Left(name), &self.stopped);
            }
        }
    }

    fn tell_all(&mut self, line: &LabLine) {
        let (when_full, stopped) = (self.seams.when_full, &self.stopped);
        self.members.retain(|_, member| {
            let line = Arc::clone(line);
            match when_full {
                WhenFull::Wait => send_or_stop(&member.queue, line, stopped),
                WhenFull::Evict => member.queue.try_send(line).is_ok(),
            }
        });
    }

    fn confirm(&self, name: u32) {
        let Some(member) = self.members.get(&name) else { return };
        match self.seams.receipts {
            Receipts::None => {}
            Receipts::FromWriter => {
                send_or_stop(&member.queue, RECEIPT.into(), &self.stopped);
            }
            // If the client has gone, its reader says so.
            Receipts::FromHub => {
                write_line(&member.socket, RECEIPT, &self.seams, &self.stopped).ok();
            }
        }
    }
}
