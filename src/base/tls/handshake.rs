//! The handshake of one connection, from the peer's first byte until both sides have their keys.
//!
//! Owns: how much a stranger may send before it has shown that it speaks TLS.
//! Must not know: sockets, deadlines.
//!
//! Part: `base/tls/mod.rs`.

use std::io;

use rustls::{CertificateError, Connection, Error, OtherError};

use super::TlsSession;
use super::records::{TlsRecords, take_out};

/// Most bytes that a peer may send for its part of a handshake. A browser sends some 2 KB, and a
/// server with a long chain 6 KB. rustls itself would keep 64 KB of a stranger.
const HANDSHAKE_BYTES_MAX: usize = 16 * 1024;

/// A handshake that is under way.
#[derive(Debug)]
pub struct TlsHandshake {
    connection: Connection,
    received: usize,
}

impl TlsHandshake {
    pub(super) fn of(connection: impl Into<Connection>) -> Self {
        Self { connection: connection.into(), received: 0 }
    }

    /// Takes the peer's next bytes, and does the arithmetic of the handshake. Never blocks, but
    /// may take some milliseconds on a small processor.
    ///
    /// # Errors
    /// These bytes cannot be a part of a handshake with this server. [`reply`](Self::reply) may
    /// have the reason for the peer.
    pub fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let before = bytes.len();
            self.connection.read_tls(&mut bytes)?;
            self.received += before - bytes.len();
            self.connection.process_new_packets().map_err(|error| match error {
                // Of our own check of a certificate: its words alone.
                Error::InvalidCertificate(CertificateError::Other(OtherError(why))) => {
                    io::Error::new(io::ErrorKind::InvalidData, why)
                }
                error => io::Error::new(io::ErrorKind::InvalidData, error),
            })?;
            let is_late = self.connection.is_handshaking() && self.received > HANDSHAKE_BYTES_MAX;
            if is_late || before == bytes.len() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(())
    }

    /// Returns the bytes that the peer must get now. They may be none.
    pub fn reply(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        take_out(&mut self.connection, &mut bytes);
        bytes
    }

    /// Returns whether the handshake is complete, so that requests may come.
    pub fn is_done(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Makes the session. [`reply`](Self::reply) must have been sent.
    pub fn into_session(self) -> TlsSession {
        TlsSession::new(TlsRecords::of(self.connection))
    }
}
