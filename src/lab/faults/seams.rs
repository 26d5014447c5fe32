//! The seams of the lab's small chat: where a fault and its cure differ.
//!
//! Owns: what can be chosen. [`Seams::SOUND`] is a chat without a fault.
//! Must not know: threads, sockets.
//!
//! Part: `lab/mod.rs`.

use std::time::Duration;

/// What the small chat does where the founding articles of chat servers go wrong.
#[derive(Clone, Copy)]
pub(super) struct Seams {
    /// So many lines fit into a client's queue. With zero, the hub must meet the writer.
    pub(super) queue_lines: usize,
    pub(super) when_full: WhenFull,
    pub(super) writer_end: WriterEnd,
    /// A line may take so long to write. `None`: as long as it takes.
    pub(super) write_deadline: Option<Duration>,
    pub(super) receipts: Receipts,
    pub(super) names: NameGiver,
    pub(super) leaver: LeaverPath,
}

/// What the hub does if there is no space in a client's queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// It waits for the writer.
    Wait,
    /// It disconnects the client.
    Evict,
}

/// What ends the writer of a client that has left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WriterEnd {
    /// The hub has the queue's only sender, so the queue closes when the hub forgets the client.
    QueueCloses,
    /// The writer has a sender of its own queue, so the queue never closes.
    Nobody,
}

/// Who tells a client that its line has arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipts {
    /// There are no receipts.
    None,
    /// The client's writer: a receipt goes into the queue. Lines are written in two halves.
    FromWriter,
    /// The hub, straight into the socket, also while the writer writes. Both write in two halves.
    FromHub,
}

/// Who gives a client its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameGiver {
    /// The server counts.
    Server,
    /// The client itself, by a digit at random.
    Client,
}

/// How the hub forgets a client that says `bye`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LeaverPath {
    /// At once, in its own list.
    OwnList,
    /// By its own inbox, as a reader would.
    OwnInbox,
}

impl Seams {
    pub(super) const SOUND: Self = Self {
        queue_lines: 256,
        when_full: WhenFull::Evict,
        writer_end: WriterEnd::QueueCloses,
        write_deadline: Some(Duration::from_secs(1)),
        receipts: Receipts::None,
        names: NameGiver::Server,
        leaver: LeaverPath::OwnList,
    };
}
