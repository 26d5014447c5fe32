//! Where outboxes lie in memory: side by side.
//!
//! The hub looks into every outbox for each message. Strewn over the heap, each
//! is on a page of its own, and fetching them costs more than all the rules in
//! them; in rows they come one after the other.
//!
//! Owns: the rows, and who has which place. A place is used once; a row is freed
//! when all who had a place in it have gone.
//! Must not know: what an outbox does.
//!
//! Next: `socket/express.rs`, by which the hub sends; or `client/writer.rs`, if something waits.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Outbox;

/// Outboxes in a row: enough that most of them have a neighbour, and so few that
/// one who stays long keeps little.
const ROW: usize = 16;

/// One client's outbox; cloning shares it.
#[derive(Clone, Debug)]
pub struct Berth {
    row: Arc<[Outbox]>,
    place: usize,
}

impl Deref for Berth {
    type Target = Outbox;

    fn deref(&self) -> &Outbox {
        &self.row[self.place]
    }
}

/// Gives out places.
#[derive(Debug)]
pub struct Berths {
    messages_max: usize,
    /// The next place, and its row.
    next: Mutex<Berth>,
}

impl Berths {
    /// For outboxes of at most `messages_max` unsent messages each.
    pub fn new(messages_max: usize) -> Self {
        Self { messages_max, next: Mutex::new(Berth { row: row(messages_max), place: 0 }) }
    }

    /// An empty outbox. Never blocks for longer than making a row takes.
    pub fn take(&self) -> Berth {
        let mut next = self.next.lock();
        let berth = next.clone();
        next.place += 1;
        if next.place == ROW {
            *next = Berth { row: row(self.messages_max), place: 0 };
        }
        berth
    }
}

/// Made where it stays: on the stack of whoever takes the first place it would
/// be a page.
fn row(messages_max: usize) -> Arc<[Outbox]> {
    (0..ROW).map(|_| Outbox::new(messages_max)).collect()
}
