//! The records of one connection, by rustls: arithmetic on a state, without a thread or a socket.
//!
//! Owns: how rustls is asked.
//! Must not know: sockets, locks.
//!
//! Part: `base/tls/mod.rs`.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};

use rustls::Connection;

use super::SEALED_BYTES_MAX;
use super::session::RecordLayer;

/// Most bytes that rustls keeps of what it has sealed: one piece, and what it owes the peer by
/// itself.
const BUFFER_BYTES_MAX: usize = SEALED_BYTES_MAX + 1024;

/// The records of a connection whose handshake is complete.
pub struct TlsRecords {
    connection: Connection,
}

impl TlsRecords {
    pub(super) fn of(mut connection: Connection) -> Self {
        connection.set_buffer_limit(Some(BUFFER_BYTES_MAX));
        Self { connection }
    }
}

impl RecordLayer for TlsRecords {
    fn take_in(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        self.connection.read_tls(&mut rest)?;
        // rustls repeats its error in `take_plain`, behind the plain text of the records before.
        drop(self.connection.process_new_packets());
        Ok(bytes.len() - rest.len())
    }

    fn take_plain(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.connection.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                match self.connection.process_new_packets() {
                    Ok(_) => Err(error),
                    Err(wrong) => Err(io::Error::new(ErrorKind::InvalidData, wrong)),
                }
            }
            outcome => outcome,
        }
    }

    fn seal(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.connection.writer().write_vectored(slices)
    }

    fn seal_end(&mut self) {
        self.connection.send_close_notify();
    }

    fn take_out(&mut self, bytes: &mut Vec<u8>) {
        take_out(&mut self.connection, bytes);
    }
}

/// Moves what the peer must get out of rustls, to the end of `bytes`.
pub(super) fn take_out(connection: &mut Connection, bytes: &mut Vec<u8>) {
    while connection.wants_write() {
        // A `Vec` takes everything.
        if connection.write_tls(bytes).is_err() {
            break;
        }
    }
}

/// Shows nothing of the connection's keys.
impl fmt::Debug for TlsRecords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TlsRecords").finish_non_exhaustive()
    }
}
