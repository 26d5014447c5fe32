//! The threads of one client of the lab's small chat: reader and writer in the server, and the
//! thread that listens at the other end.
//!
//! Runs on: `lab-r-<n>`, `lab-w-<n>` and `lab-p-<n>`, one of each for each client. A deaf client
//! has no `lab-p-<n>`.
//! Blocks on: the reader on bytes and on the hub's inbox; the writer on its queue and on the
//! socket; the listener on bytes. The end of the channel `stopped`, or a hang-up, ends each of
//! these waits.
//! Must not know: which fault is shown; it only looks at the seams.
//!
//! Part: `lab/mod.rs`.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, select};

use super::hub::{LabEvent, LabLine, LabMember};
use super::seams::{Receipts, Seams};
use super::spine::LabCounts;
use crate::base::socket::deadline::{self, Deadline};

/// The pause between two halves of a line. In a real server the thread loses its core here, or
/// the socket has taken only a part.
const HALF_PAUSE: Duration = Duration::from_millis(5);

/// Registers the client, and gives its lines to the hub until it leaves. The hub hears that, too.
pub(super) fn read_lines(
    socket: &TcpStream,
    name: u32,
    member: LabMember,
    events: &Sender<LabEvent>,
    stopped: &Receiver<()>,
) {
    if !send_or_stop(events, LabEvent::Came(name, member), stopped) {
        return;
    }
    let mut source = BufReader::new(socket);
    loop {
        let mut line = Vec::new();
        let event = match source.read_until(b'\n', &mut line) {
            Ok(1..) => LabEvent::Said(name, line.into()),
            _ => LabEvent::Left(name),
        };
        let is_end = matches!(event, LabEvent::Left(_));
        if !send_or_stop(events, event, stopped) || is_end {
            return;
        }
    }
}

/// Writes what comes from the queue, until the queue closes or the client takes nothing more.
/// Then the client is disconnected.
pub(super) fn write_lines(
    socket: &TcpStream,
    queue: &Receiver<LabLine>,
    seams: &Seams,
    stopped: &Receiver<()>,
) {
    loop {
        let line = select! {
            recv(queue) -> line => line.ok(),
            recv(stopped) -> _ => None,
        };
        let Some(line) = line else { break };
        if write_line(socket, &line, seams, stopped).is_err() {
            break;
        }
    }
    socket.shutdown(Shutdown::Both).ok();
}

/// Writes one line. Blocks until the kernel has it, the deadline of the seams passes, or a
/// hang-up.
///
/// # Errors
/// The deadline passed, or the connection is dead.
pub(super) fn write_line(
    socket: &TcpStream,
    line: &[u8],
    seams: &Seams,
    stopped: &Receiver<()>,
) -> io::Result<()> {
    let write = |bytes: &[u8]| match seams.write_deadline {
        Some(wait) => deadline::write_all(socket, bytes, Deadline::after(wait)),
        None => (&*socket).write_all(bytes),
    };
    if seams.receipts == Receipts::None {
        return write(line);
    }
    let (first, rest) = line.split_at(line.len() / 2);
    write(first)?;
    if stopped.recv_timeout(HALF_PAUSE) == Err(RecvTimeoutError::Timeout) {
        write(rest)?;
    }
    Ok(())
}

/// Counts the lines that arrive, until the connection ends. A line whose bytes are not all the
/// same is torn: each thread that writes uses one letter.
pub(super) fn listen(socket: &TcpStream, counts: &LabCounts) {
    let mut source = BufReader::new(socket);
    let mut line = Vec::new();
    while matches!(source.read_until(b'\n', &mut line), Ok(1..)) {
        let is_whole = matches!(&line[..], [first, .., b'\n'] if
            line[..line.len() - 1].iter().all(|byte| byte == first));
        let count = if is_whole { &counts.heard } else { &counts.torn };
        count.fetch_add(1, Ordering::Relaxed);
        line.clear();
    }
}

/// Waits until the channel takes the value. Returns `false` if nobody takes it any more, or the
/// small chat stops.
pub(super) fn send_or_stop<T>(to: &Sender<T>, value: T, stopped: &Receiver<()>) -> bool {
    select! {
        send(to, value) -> sent => sent.is_ok(),
        recv(stopped) -> _ => false,
    }
}
