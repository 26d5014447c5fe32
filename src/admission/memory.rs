//! How much memory clients and doors may take together, and what one of them takes.
//!
//! No program learns that memory has run out: the kernel ends it. So the server counts what a
//! client takes before it lets the client in, and sets a part of the memory aside. A flood needs
//! that part: messages that wait for clients which do not read, lines that wait for the disk, pages
//! of the history's file, answers that are being made.
//!
//! Owns: what a client and a door cost, measured by `tests/box/memory.py`; the reserve.
//! Must not know: where the machine's limits are read; which clients are connected.
//!
//! Part: `admission/mod.rs`.

use rustix::param::page_size;

use super::machine_limits::{MachineLimits, memory_limits};
use crate::base::limits;

/// The size of a thread's stack in the kernel, in bytes; it is never smaller than a page.
const KERNEL_STACK_BYTES: usize = 16 * 1024;
/// How many whole pages one client takes: the parts that its two threads use of their own stacks,
/// and the kernel's tables of these pages.
const PAGES_PER_CLIENT: usize = 5;
/// What one client takes in addition, in bytes: what the kernel knows of two threads and a socket,
/// what the server knows of the client, and 16 KiB of frames, which a client that does not read
/// leaves in its outbox. With glibc each of the two threads has an arena or a cache of its own.
const BYTES_PER_CLIENT: usize = if cfg!(target_env = "musl") { 36 * 1024 } else { 44 * 1024 };
/// The same for a door, which has one thread.
const PAGES_PER_DOOR: usize = 4;
/// See [`PAGES_PER_DOOR`]. A door also holds the head of a request.
const BYTES_PER_DOOR: usize = 8 * 1024;
/// What a client takes in addition, in bytes, if it speaks TLS: rustls's state, what the handshake
/// has used of the thread's stack, and one sealed record, which a client that does not read leaves
/// unsent. Measured without that record: 16 KiB.
const TLS_BYTES_PER_CLIENT: usize = 32 * 1024;
/// The same for a door.
const TLS_BYTES_PER_DOOR: usize = 12 * 1024;
/// What the program itself takes, in bytes: before anybody has come, and with those pages of its
/// file that a flood needs all the time. The kernel can take these back and read them again. But a
/// box that must read them for each message is slow, and the kernel may end the server all the
/// same.
const PROGRAM_BYTES: usize = if cfg!(feature = "chat") { 7 << 20 } else { 4 << 20 };
/// What the server sets aside on a machine with little memory, in bytes: for lines that wait for
/// the disk, and for pages of the history's file that the disk has not written yet.
const RESERVE_BYTES_SMALL: usize =
    limits::UNSTORED_BYTES_SMALL + if cfg!(target_env = "musl") { 3 << 20 } else { 4 << 20 };
/// What the server sets aside on any other machine, in bytes. Other programs may use half of it.
const RESERVE_BYTES: usize = 2 * limits::UNSTORED_BYTES_MAX;
/// If the server may use less memory than this, in bytes, the kernel's send buffers are smaller,
/// and fewer lines wait for the disk.
const SMALL_BYTES: usize = 128 * 1024 * 1024;

/// Returns the least of what limits the server's memory, in bytes, and its name. Of the free
/// memory, a quarter is left to other programs.
fn least(free: usize, group: usize, allowed: Option<usize>) -> (usize, &'static str) {
    let limits = [
        (free - free / 4, "free memory"),
        (group, "the control group's memory"),
        (allowed.unwrap_or(usize::MAX), "--memory"),
    ];
    limits.into_iter().min().unwrap_or((usize::MAX, "nothing"))
}

/// Returns whether the server may use so little memory that it should keep less in it. `allowed` is
/// what the operator lets the server use (`--memory`), in bytes. Reads files of the kernel.
pub fn has_little_memory(allowed: Option<usize>) -> bool {
    let (free, group) = memory_limits();
    least(free, group, allowed).0 < SMALL_BYTES
}

/// The memory that clients and doors may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    /// What all clients and doors together may take, in bytes.
    pub(super) bytes: usize,
    /// The name of the limit that allows no more.
    pub(super) named: &'static str,
    pub(super) per_client: usize,
    pub(super) per_door: usize,
    /// The size of the kernel's send buffer for one client, in bytes.
    pub(super) send_buffer_bytes: usize,
}

impl Memory {
    /// Computes what clients and doors may take on this machine. `allowed` is what the operator
    /// lets the server use (`--memory`), in bytes; `None`: whatever the machine has. `speaks_tls`:
    /// all of them may speak TLS.
    pub(super) fn of(machine: &MachineLimits, allowed: Option<usize>, speaks_tls: bool) -> Self {
        let (all, named) = least(machine.memory_free, machine.memory_group, allowed);
        // Of very little memory, half is left for clients in any case.
        let reserve = if all < SMALL_BYTES { RESERVE_BYTES_SMALL } else { RESERVE_BYTES };
        let apart = (PROGRAM_BYTES + reserve).min(all / 2);
        let page = page_size();
        let kernel_stack = KERNEL_STACK_BYTES.max(page);
        let (client_more, door_more) =
            if speaks_tls { (TLS_BYTES_PER_CLIENT, TLS_BYTES_PER_DOOR) } else { (0, 0) };
        Self {
            bytes: all - apart,
            named,
            per_client: 2 * kernel_stack + PAGES_PER_CLIENT * page + BYTES_PER_CLIENT + client_more,
            per_door: kernel_stack + PAGES_PER_DOOR * page + BYTES_PER_DOOR + door_more,
            send_buffer_bytes: if all < SMALL_BYTES {
                limits::SEND_BUFFER_BYTES_SMALL
            } else {
                limits::SEND_BUFFER_BYTES
            },
        }
    }

    pub(super) fn taken_by(&self, clients: usize, doors: usize) -> usize {
        clients * self.per_client + doors * self.per_door
    }
}
