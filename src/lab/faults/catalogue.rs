//! The faults that the lab shows: what happens in each, what is counted, and what cures it.
//!
//! Owns: the list of the faults.
//! Must not know: how a run is drawn.
//!
//! Part: `lab/mod.rs`.

use std::io;
use std::sync::atomic::Ordering;

use super::hub::BYE;
use super::seams::{LeaverPath, NameGiver, Receipts, Seams, WhenFull, WriterEnd};
use super::spine::{LabCounts, LabSpine};

/// A fault beside its cure.
pub(super) struct LabFault {
    /// The word that a teacher types for it.
    pub(super) word: &'static str,
    /// What goes wrong, in one sentence.
    pub(super) sentence: &'static str,
    /// The name of the figure.
    pub(super) counted: &'static str,
    /// A figure that fills the line.
    pub(super) greatest: usize,
    pub(super) faulty: Seams,
    pub(super) cured: Seams,
    /// What happens at the beginning of a row. Row 0 is the first.
    pub(super) play: fn(&mut LabSpine, usize) -> io::Result<()>,
    pub(super) count: fn(&LabCounts) -> usize,
    /// What went wrong, and what cures it.
    pub(super) why: &'static str,
    /// The lesson of the course that leads up to the cure.
    pub(super) lesson: usize,
    /// The file of Threadbare that has the cure.
    pub(super) file: &'static str,
}

pub(super) const FAULTS: [LabFault; 6] =
    [QUEUE_0, LEAKED_WRITER, NO_DEADLINE, TWO_WRITERS, NAMES, HUB_WAITS];

/// The size of a short line and of a long one, in bytes. Some long ones fill a socket's buffers.
const SHORT_LINE: usize = 33;
const LONG_LINE: usize = 4000;

const QUEUE_0: LabFault = LabFault {
    word: "queue-0",
    sentence: "a queue without room: healthy people are thrown out",
    counted: "people in the chat; eight came, and each reads and speaks",
    greatest: 8,
    faulty: Seams { queue_lines: 0, ..Seams::SOUND },
    cured: Seams::SOUND,
    play: |chat, row| {
        // The first row shows them before anybody speaks.
        if row == 0 {
            return let_in(chat, 8);
        }
        // In all, these are fewer than fit into a queue of 256. Somebody speaks as long as anybody
        // is there.
        (0..8).for_each(|person| say_lines(chat, person, 3, SHORT_LINE));
        Ok(())
    },
    count: |counts| counts.known.load(Ordering::Relaxed),
    why: "The hub does not wait, so each writer must be waiting at the very moment when\n\
          a line comes. A healthy writer that still writes the line before is thrown\n\
          out. A queue with room for some lines keeps them until the writer is back.",
    lesson: 8,
    file: "src/server/outbox/state.rs",
};

const LEAKED_WRITER: LabFault = LabFault {
    word: "leaked-writer",
    sentence: "a writer does not end when its client has left: threads grow",
    counted: "threads of the server; four people come and leave in each row",
    greatest: 33,
    faulty: Seams { writer_end: WriterEnd::Nobody, ..Seams::SOUND },
    cured: Seams::SOUND,
    play: |chat, _| {
        let_in(chat, 4)?;
        for _ in 0..4 {
            chat.let_last_leave();
        }
        Ok(())
    },
    count: |counts| counts.threads.load(Ordering::Relaxed),
    why: "The reader sees that its client has left, and the hub forgets the client. But\n\
          the writer sleeps at a queue that never closes: it has a sender of that queue\n\
          itself. Somebody must end the writer: here only the hub has a sender, and\n\
          drops it.",
    lesson: 3,
    file: "src/server/client/writer.rs",
};

const NO_DEADLINE: LabFault = LabFault {
    word: "no-deadline",
    sentence: "one client that reads nothing stops the chat for all, for ever",
    counted: "lines that the two others have heard",
    greatest: 160,
    faulty: Seams { write_deadline: None, ..WAITING },
    cured: WAITING,
    play: |chat, row| {
        if row == 0 {
            let_in(chat, 2)?;
            chat.let_in_deaf()?;
        }
        say_lines(chat, 0, 10, LONG_LINE);
        Ok(())
    },
    count: |counts| counts.heard.load(Ordering::Relaxed),
    why: "The writer of the deaf client waits in a call that writes, its queue is full,\n\
          and the hub waits for the queue. A deadline for each write, here one second,\n\
          ends that client. What the others say meanwhile comes late, and nothing of it\n\
          is lost.",
    lesson: 4,
    file: "src/base/socket/deadline.rs",
};

/// A hub that waits for a full queue.
const WAITING: Seams = Seams { queue_lines: 4, when_full: WhenFull::Wait, ..Seams::SOUND };

const TWO_WRITERS: LabFault = LabFault {
    word: "two-writers",
    sentence: "two threads write to one socket: lines are torn",
    counted: "torn lines that the client has received, of some 20 in each row",
    greatest: 160,
    faulty: Seams { receipts: Receipts::FromHub, ..Seams::SOUND },
    cured: Seams { receipts: Receipts::FromWriter, ..Seams::SOUND },
    play: |chat, row| {
        if row == 0 {
            let_in(chat, 1)?;
        }
        say_lines(chat, 0, 10, SHORT_LINE);
        Ok(())
    },
    count: |counts| counts.torn.load(Ordering::Relaxed),
    why: "The writer writes a line, and the hub writes a receipt into the same socket.\n\
          Each does it in two halves, as with a full socket, so halves stand between\n\
          halves. Only one thread at a time may write: the hub puts the receipt into the\n\
          queue.",
    lesson: 3,
    file: "src/server/outbox/mod.rs",
};

const NAMES: LabFault = LabFault {
    word: "names",
    sentence: "names 0 to 9 at random: two people are one",
    counted: "people who came and whom the hub has lost; two come in each row",
    greatest: 16,
    faulty: Seams { names: NameGiver::Client, ..Seams::SOUND },
    cured: Seams::SOUND,
    play: |chat, _| let_in(chat, 2),
    count: |counts| {
        let came = counts.came.load(Ordering::Relaxed);
        came.saturating_sub(counts.known.load(Ordering::Relaxed))
    },
    why: "Who comes with a name that is taken gets the other one's place in the hub's\n\
          list. When the other one leaves, the hub forgets that name, and has lost both.\n\
          Names are given by the one thread that knows all of them, and no name twice.",
    lesson: 6,
    file: "src/chat/core/people/claims.rs",
};

const HUB_WAITS: LabFault = LabFault {
    word: "hub-waits",
    sentence: "the hub sends to its own full inbox, and waits for itself",
    counted: "lines that all have heard; in the third row one of three says \"bye\"",
    greatest: 90,
    faulty: Seams { leaver: LeaverPath::OwnInbox, ..Seams::SOUND },
    cured: Seams::SOUND,
    play: |chat, row| {
        if row == 0 {
            let_in(chat, 3)?;
        }
        if row == 2 {
            chat.say(2, BYE);
        }
        say_lines(chat, 0, 5, SHORT_LINE);
        Ok(())
    },
    count: |counts| counts.heard.load(Ordering::Relaxed),
    why: "To forget the client, the hub sends to its own inbox, as a reader does. The\n\
          inbox is full, and only the hub could take something out of it. The hub owns\n\
          the list of clients, so it changes the list itself, and never sends to its own\n\
          inbox.",
    lesson: 9,
    file: "src/server/hub/mod.rs",
};

/// Lets so many clients in, which read what they get.
fn let_in(chat: &mut LabSpine, count: usize) -> io::Result<()> {
    (0..count).try_for_each(|_| chat.let_in())
}

/// Lets a client, by its number from 0, say some lines of so many bytes.
fn say_lines(chat: &LabSpine, person: usize, lines: usize, bytes: usize) {
    let mut line = vec![b'a'; bytes];
    line[bytes - 1] = b'\n';
    chat.say(person, &line.repeat(lines));
}
