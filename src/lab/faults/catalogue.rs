//! The faults that the lab shows: what happens in each, what is counted, and what cures it.
//!
//! Owns: the list of the faults.
//! Must not know: how a run is drawn.
//!
//! Part: `lab/mod.rs`.

use std::io;
use std::sync::atomic::Ordering;

use super::seams::{Seams, WhenFull};
use super::spine::{Counts, LabSpine};

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
    pub(super) count: fn(&Counts) -> usize,
    /// What went wrong, and what cures it.
    pub(super) why: &'static str,
    /// The lesson of the course that leads up to the cure.
    pub(super) lesson: usize,
    /// The file of Threadbare that has the cure.
    pub(super) file: &'static str,
}

pub(super) const FAULTS: [LabFault; 1] = [NO_DEADLINE];

/// The size of a long line, in bytes. Some of these fill a socket's buffers.
const LONG_LINE: usize = 4000;

const NO_DEADLINE: LabFault = LabFault {
    word: "no-deadline",
    sentence: "one client that reads nothing stops the chat for all, for ever",
    counted: "lines that the two others have heard",
    greatest: 160,
    faulty: Seams { write_deadline: None, ..WAITING },
    cured: WAITING,
    play: |chat, row| {
        if row == 0 {
            chat.let_in()?;
            chat.let_in()?;
            chat.let_in_deaf()?;
        }
        say_lines(chat, 10, LONG_LINE);
        Ok(())
    },
    count: |counts| counts.heard.load(Ordering::Relaxed),
    why: "The writer of the deaf client waits in a call that writes, its queue is full, and the\n\
          hub waits for the queue. A deadline for each write, here one second, ends the deaf\n\
          client; what the others said meanwhile comes late, and nothing of it is lost.",
    lesson: 4,
    file: "src/base/socket/deadline.rs",
};

/// A hub that waits for a full queue.
const WAITING: Seams = Seams { queue_lines: 4, when_full: WhenFull::Wait, ..Seams::SOUND };

/// Lets the first client say some lines of so many bytes.
fn say_lines(chat: &LabSpine, lines: usize, bytes: usize) {
    let mut line = vec![b'a'; bytes];
    line[bytes - 1] = b'\n';
    chat.say(0, &line.repeat(lines));
}
