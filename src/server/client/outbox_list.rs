//! The list of all clients' outboxes, with the word for each client's format. The glass box reads
//! the outboxes, `/metrics` and `threadbare status` the words.
//!
//! Blocks on: a short lock, which a client's threads take once when it comes and once when it goes,
//! and which a look holds while it copies the list.
//! Owns: the list.
//! Must not know: who looks.
//!
//! Part: `server/client/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::base::client_id::ClientId;
use crate::server::instruments::OutboxReading;
use crate::server::outbox::OutboxSlot;

/// The outbox of each client that has a writer.
#[derive(Debug, Default)]
pub(super) struct OutboxList {
    open: Mutex<BTreeMap<ClientId, (OutboxSlot, &'static str)>>,
}

/// One client's place in the list. Dropping this value removes it.
#[derive(Debug)]
pub(super) struct OutboxEntry {
    list: Arc<OutboxList>,
    client: ClientId,
}

impl OutboxList {
    pub(super) fn open(
        self: &Arc<Self>,
        client: ClientId,
        outbox: OutboxSlot,
        format_word: &'static str,
    ) -> OutboxEntry {
        self.open.lock().insert(client, (outbox, format_word));
        OutboxEntry { list: Arc::clone(self), client }
    }

    /// Reads all outboxes, in the order of the clients' numbers. Waits for no outbox: one whose
    /// lock another thread has at that moment is shown as busy.
    pub(super) fn readings(&self) -> Vec<OutboxReading> {
        let open = self.open.lock();
        let outboxes: Vec<_> =
            open.iter().map(|(client, (outbox, _))| (*client, outbox.clone())).collect();
        drop(open);
        let read = outboxes.into_iter();
        read.map(|(client, outbox)| OutboxReading { client, contents: outbox.look() }).collect()
    }

    /// Returns how many clients there are, by the word for their format.
    pub(super) fn formats(&self) -> BTreeMap<&'static str, usize> {
        let mut formats = BTreeMap::new();
        for (_, word) in self.open.lock().values() {
            *formats.entry(*word).or_default() += 1;
        }
        formats
    }
}

impl Drop for OutboxEntry {
    fn drop(&mut self) {
        self.list.open.lock().remove(&self.client);
    }
}
