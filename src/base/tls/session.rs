//! The TLS session of one connection, which the connection's threads share.
//!
//! rustls has no thread and no socket: it is arithmetic on a state. Two threads need that state at
//! the same time: the reader decrypts what has come, while the writer, the door or the hub seals
//! what goes out. So a small lock is around the state. It is held for arithmetic only, never while
//! a thread receives or sends:
//!
//! ```text
//!  reader:  receive ─▶ [ decrypt ]            the right to write:  [ seal, take out ] ─▶ send
//! ```
//!
//! Records must reach the peer in the order in which they were sealed, because each has a number.
//! At most one thread at a time has the right to write (`server/outbox/state.rs`), and only that
//! thread seals. What it has sealed and the socket has not taken waits here, and goes out before
//! anything else is sealed. It can no longer be taken back: so a sealed frame counts as started.
//!
//! The reader never sends. What rustls owes the peer after reading (the answer to a key update)
//! goes out in front of the next record.
//!
//! Owns: the lock around rustls's state; what is sealed and not sent.
//! Must not know: sockets, frames, who has the right to write.
//!
//! Part: `base/tls/mod.rs`.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::mem;

use parking_lot::Mutex;
use rustls::ServerConnection;

use super::handshake::take_out;
use super::{DECRYPTED_BYTES_MAX, SEALED_BYTES_MAX};

/// The session of one connection, after its handshake.
pub struct TlsSession {
    sealing: Mutex<Sealing>,
}

struct Sealing {
    connection: ServerConnection,
    /// Bytes that have come, and for which rustls had no space yet. Nearly always none.
    unread: Vec<u8>,
    /// Bytes that are sealed, and that the socket has not taken yet.
    unsent: Vec<u8>,
    /// How many bytes of plain text are in `unsent`, for which the caller of
    /// [`write`](TlsSession::write) has not heard yet that they are written.
    unreported: usize,
}

impl TlsSession {
    pub(super) fn of(mut connection: ServerConnection) -> Self {
        // With space for what rustls itself owes the peer.
        connection.set_buffer_limit(Some(SEALED_BYTES_MAX + 1024));
        let (unread, unsent) = (Vec::new(), Vec::new());
        Self { sealing: Mutex::new(Sealing { connection, unread, unsent, unreported: 0 }) }
    }

    /// Reads plain text into `buffer`, and returns how many bytes; 0: the peer sends nothing more.
    /// If none waits, calls `receive` one time, with `buffer` as its space, and decrypts what that
    /// has put there. Blocks as `receive` does, without the lock.
    ///
    /// # Errors
    /// `WouldBlock`: bytes came, and no record is whole yet. `InvalidData`: what came is not what
    /// the peer has sealed. Else the error of `receive`.
    pub fn read(
        &self,
        buffer: &mut [u8],
        receive: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if let Some(outcome) = self.sealing.lock().decrypted(buffer) {
            return outcome;
        }
        let space = buffer.len().min(DECRYPTED_BYTES_MAX);
        let count = receive(&mut buffer[..space])?;
        if count == 0 {
            // Without a `close_notify`. HTTP and WebSocket say themselves whether that was the end.
            return Ok(0);
        }
        let mut sealing = self.sealing.lock();
        sealing.decrypt(&buffer[..count])?;
        sealing.decrypted(buffer).unwrap_or(Err(ErrorKind::WouldBlock.into()))
    }

    /// Seals the beginning of `slices`, at most `SEALED_BYTES_MAX` bytes, and calls `send` one time
    /// with the sealed bytes. Returns how many bytes of `slices` are sealed, if `send` has taken
    /// all. Only the thread that has the right to write may call this. Blocks as `send` does,
    /// without the lock.
    ///
    /// # Errors
    /// `WouldBlock`: `send` has taken only a part. Like an error of `send` after which the caller
    /// goes on, this means: the next call must get the same `slices`, or more behind them. That
    /// call sends the rest, and returns what this one would have returned.
    pub fn write(
        &self,
        slices: &[IoSlice<'_>],
        send: impl FnOnce(&[u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut sealed = {
            let mut sealing = self.sealing.lock();
            if sealing.unsent.is_empty() {
                sealing.seal(slices)?;
            }
            mem::take(&mut sealing.unsent)
        };
        if sealed.is_empty() {
            return Ok(0);
        }
        let sent = send(&sealed);
        sealed.drain(..*sent.as_ref().unwrap_or(&0));
        let mut sealing = self.sealing.lock();
        sealing.unsent = sealed;
        match sent {
            Err(error) => Err(error),
            Ok(_) if sealing.unsent.is_empty() => Ok(mem::take(&mut sealing.unreported)),
            Ok(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Seals all of `bytes`, which are at most `SEALED_BYTES_MAX`, and calls `send` one time, which
    /// must not block. Returns how many bytes count as written: all, if `send` has taken all that
    /// is sealed; else all but the last one, so that the frame which ends with it counts as
    /// started. The next [`write`](Self::write) begins with that last byte. Returns 0 if nothing is
    /// sealed: another thread has the lock. Never blocks. Only the thread that has the right to
    /// write may call this.
    ///
    /// # Errors
    /// That of `send`: the connection is dead.
    pub fn write_now(
        &self,
        bytes: &[u8],
        send: impl FnOnce(&[u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let Some(mut sealing) = self.sealing.try_lock() else { return Ok(0) };
        debug_assert!(sealing.unsent.is_empty(), "who may write now has sent all of it before");
        debug_assert!(bytes.len() <= SEALED_BYTES_MAX);
        sealing.seal(&[IoSlice::new(bytes)])?;
        let mut sealed = mem::take(&mut sealing.unsent);
        let count = mem::take(&mut sealing.unreported);
        drop(sealing);
        sealed.drain(..send(&sealed)?);
        if sealed.is_empty() {
            return Ok(count);
        }
        let mut sealing = self.sealing.lock();
        (sealing.unsent, sealing.unreported) = (sealed, 1);
        Ok(count - 1)
    }

    /// Seals the message with which TLS says that nothing more comes (`close_notify`). The next
    /// [`write`](Self::write), which needs no slices, sends it. Only the thread that has the right
    /// to write may call this, after its last byte.
    pub fn seal_end(&self) {
        let mut sealing = self.sealing.lock();
        sealing.connection.send_close_notify();
        let Sealing { connection, unsent, .. } = &mut *sealing;
        take_out(connection, unsent);
    }

    /// Returns how many bytes of plain text are sealed, and not yet reported as written.
    pub fn sealed_bytes(&self) -> usize {
        self.sealing.lock().unreported
    }
}

impl Sealing {
    /// Gives rustls bytes that have come. It decrypts those records that are whole now.
    fn decrypt(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.connection.read_tls(&mut bytes)?;
        // An error of these records comes after the plain text of the ones before them: see
        // `decrypted`.
        drop(self.connection.process_new_packets());
        self.unread = bytes.to_vec();
        Ok(())
    }

    /// Moves plain text that waits into `buffer`. `None`: no plain text waits.
    fn decrypted(&mut self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        loop {
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return Some(outcome),
            }
            // rustls repeats an error that it has found before.
            if let Err(error) = self.connection.process_new_packets() {
                return Some(Err(io::Error::new(ErrorKind::InvalidData, error)));
            }
            if self.unread.is_empty() {
                return None;
            }
            let rest = mem::take(&mut self.unread);
            if let Err(error) = self.decrypt(&rest) {
                return Some(Err(error));
            }
        }
    }

    /// Seals the beginning of `slices` into `unsent`.
    fn seal(&mut self, slices: &[IoSlice<'_>]) -> io::Result<()> {
        let mut space = SEALED_BYTES_MAX;
        let mut piece = Vec::with_capacity(slices.len());
        for slice in slices {
            let fits = slice.len().min(space);
            space -= fits;
            if fits > 0 {
                piece.push(IoSlice::new(&slice[..fits]));
            }
        }
        if !piece.is_empty() {
            self.unreported += self.connection.writer().write_vectored(&piece)?;
        }
        take_out(&mut self.connection, &mut self.unsent);
        Ok(())
    }
}

/// Shows nothing of the session's keys.
impl fmt::Debug for TlsSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TlsSession").finish_non_exhaustive()
    }
}
