//! Where outboxes lie in memory: in rows, side by side.
//!
//! For each message, the hub looks into the outbox of every client that receives it. If outboxes
//! lay scattered over the heap, each would be on another page of memory, and fetching these pages
//! would cost more time than all the rules of the outbox. In a row the outboxes lie directly one
//! after the other.
//!
//! Owns: the rows, and which slot of a row each client has. A slot is never used a second time; a
//! row whose slots are all given away is freed when all its clients have gone.
//! Must not know: what an outbox does.
//!
//! Part: `server/outbox/mod.rs`.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Outbox;

/// How many outboxes a row has. The memory of a row is freed only when all its clients have gone,
/// so a long row can waste more memory than a short one. But the more outboxes lie side by side,
/// the faster the hub reads them.
const ROW: usize = 16;

/// One client's outbox. All clones are the same outbox.
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

/// The source of slots: gives each client the next slot of a row.
#[derive(Debug)]
pub struct OutboxSlots {
    messages_max: usize,
    next: Mutex<OutboxSlot>,
}

impl OutboxSlots {
    /// Makes the source of slots, with its first row. Each outbox holds at most `messages_max`
    /// unsent messages.
    pub fn new(messages_max: usize) -> Self {
        Self { messages_max, next: Mutex::new(OutboxSlot { row: row(messages_max), index: 0 }) }
    }

    /// Returns an empty outbox that no other client has. May make a new row, or wait until another
    /// thread has made one. Blocks on nothing else.
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

/// Makes a row directly on the heap. On the stack of the calling thread the row would use a page of
/// memory, and the thread keeps that page until it ends.
fn row(messages_max: usize) -> Arc<[Outbox]> {
    (0..ROW).map(|_| Outbox::new(messages_max)).collect()
}
