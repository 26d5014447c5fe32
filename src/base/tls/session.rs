//! The TLS session of one connection, which the connection's threads share.
//!
//! Two threads need a session at the same time: the reader decrypts what has come, while the
//! writer, the door or the hub seals what goes out. So a small lock is around its state. It is held
//! for arithmetic only, never while a thread receives or sends:
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
//! The reader never sends. What TLS owes the peer after reading (the answer to a key update) goes
//! out in front of the next record.
//!
//! Owns: the lock around a session's state, and the choice of that lock ([`SessionLock`]); what is
//! sealed and not sent.
//! Must not know: sockets, frames, who has the right to write, rustls.
//!
//! Part: `base/tls/mod.rs`.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice};
use std::marker::PhantomData;
use std::mem;

use parking_lot::Mutex;

use super::{DECRYPTED_BYTES_MAX, SEALED_BYTES_MAX};

/// What a session does with bytes: arithmetic only. The server has rustls for it, and a model
/// checker something small.
pub trait RecordLayer {
    /// Takes bytes that have come from the peer, and decrypts the records that are whole now.
    /// Returns how many bytes it has taken; not all, if it has no space. What is wrong with a
    /// record, [`take_plain`](Self::take_plain) says.
    ///
    /// # Errors
    /// A record is too long.
    fn take_in(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Moves plain text into `buffer`, and returns how many bytes; 0: the peer has said that
    /// nothing more comes.
    ///
    /// # Errors
    /// `WouldBlock`: no plain text waits. `InvalidData`: the next record is not one of the peer.
    fn take_plain(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Seals `slices`, which have at most `SEALED_BYTES_MAX` bytes together. Returns how many bytes
    /// it has sealed.
    ///
    /// # Errors
    /// The session has ended by an error.
    fn seal(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Seals the message that nothing more comes.
    fn seal_end(&mut self);

    /// Moves all that the peer must get to the end of `bytes`.
    fn take_out(&mut self, bytes: &mut Vec<u8>);
}

/// The session of one connection, after its handshake.
pub struct SharedSession<E, L = ParkingLock<Sealing<E>>> {
    lock: L,
    layer: PhantomData<fn() -> E>,
}

/// The state of a session.
#[derive(Debug)]
pub struct Sealing<E> {
    layer: E,
    /// Bytes that have come, and for which the layer had no space yet. Nearly always none.
    unread: Vec<u8>,
    /// Bytes that are sealed, and that the socket has not taken yet.
    unsent: Vec<u8>,
    /// How many bytes of plain text are in `unsent`, for which the caller of
    /// [`write`](SharedSession::write) has not heard yet that they are written.
    unreported: usize,
}

impl<E: RecordLayer, L: SessionLock<Sealing<E>>> SharedSession<E, L> {
    /// Makes the session of a connection whose handshake is complete.
    pub fn new(layer: E) -> Self {
        let (unread, unsent) = (Vec::new(), Vec::new());
        let lock = L::new(Sealing { layer, unread, unsent, unreported: 0 });
        Self { lock, layer: PhantomData }
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
        match self.lock.with(|sealing| sealing.decrypted(buffer)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            outcome => return outcome,
        }
        let space = buffer.len().min(DECRYPTED_BYTES_MAX);
        let count = receive(&mut buffer[..space])?;
        if count == 0 {
            // Without a `close_notify`. HTTP and WebSocket say themselves whether that was the end.
            return Ok(0);
        }
        self.lock.with(|sealing| {
            sealing.decrypt(&buffer[..count])?;
            sealing.decrypted(buffer)
        })
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
        let mut sealed = self.lock.with(|sealing| {
            if sealing.unsent.is_empty() {
                sealing.seal(slices)?;
            }
            io::Result::Ok(mem::take(&mut sealing.unsent))
        })?;
        if sealed.is_empty() {
            return Ok(0);
        }
        let sent = send(&sealed);
        sealed.drain(..*sent.as_ref().unwrap_or(&0));
        self.lock.with(|sealing| {
            sealing.unsent = sealed;
            match sent {
                Err(error) => Err(error),
                Ok(_) if sealing.unsent.is_empty() => Ok(mem::take(&mut sealing.unreported)),
                Ok(_) => Err(ErrorKind::WouldBlock.into()),
            }
        })
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
        debug_assert!(bytes.len() <= SEALED_BYTES_MAX);
        let sealed = self.lock.try_with(|sealing| {
            debug_assert!(sealing.unsent.is_empty(), "who may write now has sent all before");
            sealing.seal(&[IoSlice::new(bytes)])?;
            io::Result::Ok((mem::take(&mut sealing.unsent), mem::take(&mut sealing.unreported)))
        });
        let Some(sealed) = sealed else { return Ok(0) };
        let (mut sealed, count) = sealed?;
        sealed.drain(..send(&sealed)?);
        if sealed.is_empty() {
            return Ok(count);
        }
        self.lock.with(|sealing| (sealing.unsent, sealing.unreported) = (sealed, 1));
        Ok(count - 1)
    }

    /// Seals the message with which TLS says that nothing more comes (`close_notify`). The next
    /// [`write`](Self::write), which needs no slices, sends it. Only the thread that has the right
    /// to write may call this, after its last byte.
    pub fn seal_end(&self) {
        self.lock.with(|sealing| {
            sealing.layer.seal_end();
            sealing.layer.take_out(&mut sealing.unsent);
        });
    }

    /// Returns how many bytes of plain text are sealed, and not yet reported as written.
    pub fn sealed_bytes(&self) -> usize {
        self.lock.with(|sealing| sealing.unreported)
    }
}

impl<E: RecordLayer> Sealing<E> {
    /// Gives the layer bytes that have come.
    fn decrypt(&mut self, bytes: &[u8]) -> io::Result<()> {
        let taken = self.layer.take_in(bytes)?;
        self.unread = bytes[taken..].to_vec();
        Ok(())
    }

    /// Moves plain text that waits into `buffer`, as [`RecordLayer::take_plain`] does.
    fn decrypted(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.layer.take_plain(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && !self.unread.is_empty() => {
                    let rest = mem::take(&mut self.unread);
                    self.decrypt(&rest)?;
                }
                outcome => return outcome,
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
            self.unreported += self.layer.seal(&piece)?;
        }
        self.layer.take_out(&mut self.unsent);
        Ok(())
    }
}

/// Shows nothing of the session's keys.
impl<E, L> fmt::Debug for SharedSession<E, L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedSession").finish_non_exhaustive()
    }
}

/// A value that one thread at a time may touch. A session uses this trait, so that the same code
/// runs under parking_lot in the server and under a model checker's lock.
pub trait SessionLock<T> {
    /// Makes a lock that guards `value`.
    fn new(value: T) -> Self;

    /// Runs `act` on the value. Blocks while another thread's `act` runs.
    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R;

    /// Runs `act` on the value; `None`: another thread's `act` runs. Never blocks.
    fn try_with<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R>;
}

/// The [`SessionLock`] that the server uses.
pub struct ParkingLock<T> {
    value: Mutex<T>,
}

impl<T> SessionLock<T> for ParkingLock<T> {
    fn new(value: T) -> Self {
        Self { value: Mutex::new(value) }
    }

    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.value.lock())
    }

    fn try_with<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.value.try_lock().map(|mut value| act(&mut value))
    }
}
