//! Where outboxes lie in memory: in rows, side by side.
//!
//! The hub looks into every outbox for each message. If outboxes lay scattered over the heap, each
//! would be on a page of its own, and fetching these pages would cost more than all the outbox's
//! rules. In a row they come one after the other.
//!
//! Owns: the rows, and which client has which place. A place is used once; a row is freed when all
//! clients that had a place in it have gone.
//! Must not know: what an outbox does.
//!
//! Part: `server/outbox/mod.rs`.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Outbox;

/// How many outboxes a row has: so many that most of them have a neighbour, and so few that a
/// client that stays long keeps little memory.
const ROW: usize = 16;

/// One client's outbox. A clone shares it.
#[derive(Clone, Debug)]
pub struct OutboxSlot {
    row: Arc<[Outbox]>,
    index: usize,
}

impl Deref for OutboxSlot {
    type Target = Outbox;

    fn deref(&self) -> &Outbox {
        &self.row[self.index]
    }
}

/// Gives out places for outboxes.
#[derive(Debug)]
pub struct OutboxSlots {
    messages_max: usize,
    /// The next place, and its row.
    next: Mutex<OutboxSlot>,
}

impl OutboxSlots {
    /// Makes the first row. Each outbox holds at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        Self { messages_max, next: Mutex::new(OutboxSlot { row: row(messages_max), index: 0 }) }
    }

    /// Returns an empty outbox that no other client has. Blocks for no longer than making a row
    /// takes.
    pub fn take(&self) -> OutboxSlot {
        let mut next = self.next.lock();
        let slot = next.clone();
        next.index += 1;
        if next.index == ROW {
            *next = OutboxSlot { row: row(self.messages_max), index: 0 };
        }
        slot
    }
}

/// Makes a row directly on the heap. On the stack of the calling thread the row would need a page,
/// and the thread would keep that page for as long as it lives.
fn row(messages_max: usize) -> Arc<[Outbox]> {
    (0..ROW).map(|_| Outbox::new(messages_max)).collect()
}
