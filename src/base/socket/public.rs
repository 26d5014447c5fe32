//! The socket of one connection to the server: TCP, or a Unix socket, as a proxy on this machine
//! may use; and the TLS session, if the peer speaks TLS. All other code reads, writes and hangs up
//! without asking which.
//!
//! Over TLS, a read and a write keep what they promise a caller with a deadline: they make one
//! system call that can wait. If that call was not enough, they return `WouldBlock`, and the caller
//! looks at its deadline and calls again, a writer with the same bytes (`base/socket/deadline.rs`).
//!
//! Owns: what the two kinds have in common.
//! Must not know: who the peer is, or what is said.
//!
//! Part: `base/socket/mod.rs`.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::SockRef;

use super::express;
use crate::base::tls::TlsSession;

/// The IP address that stands for every peer on a Unix socket, which has none. No connection over
/// TCP comes from it.
pub const UNIX_PEER: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// The socket of one connection to the server.
#[derive(Debug)]
pub struct PublicSocket {
    bare: BareSocket,
    /// Set by the door after a handshake. Other threads get the socket later than that.
    tls: OnceLock<Box<TlsSession>>,
}

/// The socket below TLS, as the kernel knows it.
#[derive(Debug)]
pub enum BareSocket {
    /// The peer has connected to a port.
    Tcp(TcpStream),
    /// The peer has connected to a file: it is a program on this machine.
    Unix(UnixStream),
}

impl PublicSocket {
    /// Ends one direction, or both. A thread that blocks on that direction wakes up.
    ///
    /// # Errors
    /// The connection has ended already.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        SockRef::from(self).shutdown(how)
    }

    /// Returns whether a connection can end in a way that its peer does not take for a normal end
    /// ([`begin_file`](super::begin_file)).
    pub fn has_resets(&self) -> bool {
        matches!(self.bare, BareSocket::Tcp(_))
    }

    /// Returns the IP address and the port to which the peer has connected; `None` for a Unix
    /// socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        let BareSocket::Tcp(socket) = &self.bare else { return None };
        let local = socket.local_addr().ok()?;
        Some((local.ip().to_canonical(), local.port()).into())
    }

    /// Returns a host by which the peer may have meant this server: the IP address and the port to
    /// which it has connected.
    pub fn local_host(&self) -> String {
        match &self.bare {
            BareSocket::Tcp(socket) => socket.local_addr().map(|addr| addr.to_string()),
            BareSocket::Unix(_) => Ok("localhost".to_owned()),
        }
        .unwrap_or_default()
    }

    /// Returns the socket below TLS: what is read from it has not been decrypted.
    pub fn bare(&self) -> &BareSocket {
        &self.bare
    }

    /// Makes all later reads and writes those of this TLS session. Only the first call counts.
    pub fn speak_tls(&self, session: TlsSession) {
        // A second session is an error of ours, which a test would find; the first one stays.
        drop(self.tls.set(Box::new(session)));
    }

    /// Returns whether the peer speaks TLS.
    pub fn is_tls(&self) -> bool {
        self.tls.get().is_some()
    }

    /// Seals `bytes`, which are at most `SEALED_BYTES_MAX`, and sends them as
    /// [`express::send_now`] does. Returns how many count as sent: 0 if the reader is decrypting
    /// just now; all but the last one if the socket has taken only a part, and then the next write
    /// begins with that last one. Never blocks.
    ///
    /// # Errors
    /// The connection is dead.
    pub fn send_sealed_now(&self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = self.tls.get() else { return Ok(0) };
        tls.write_now(bytes, |sealed| express::send_now(&self.bare, sealed))
    }

    /// Says the end of what is written, if the peer speaks TLS: the next flush sends it.
    pub fn seal_end(&self) {
        if let Some(tls) = self.tls.get() {
            tls.seal_end();
        }
    }

    /// Returns how many bytes of the present write are sealed, so that they can no longer be taken
    /// back; 0 without TLS.
    pub fn sealed_bytes(&self) -> usize {
        self.tls.get().map_or(0, |tls| tls.sealed_bytes())
    }
}

impl From<TcpStream> for PublicSocket {
    fn from(socket: TcpStream) -> Self {
        Self { bare: BareSocket::Tcp(socket), tls: OnceLock::new() }
    }
}

impl From<UnixStream> for PublicSocket {
    fn from(socket: UnixStream) -> Self {
        Self { bare: BareSocket::Unix(socket), tls: OnceLock::new() }
    }
}

impl AsFd for PublicSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bare.as_fd()
    }
}

impl AsFd for BareSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(socket) => socket.as_fd(),
            Self::Unix(socket) => socket.as_fd(),
        }
    }
}

impl Read for &PublicSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.tls.get() {
            None => (&self.bare).read(buffer),
            Some(tls) => tls.read(buffer, |space| (&self.bare).read(space)),
        }
    }
}

impl Write for &PublicSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.tls.get() {
            None => (&self.bare).write(bytes),
            Some(tls) => tls.write(&[IoSlice::new(bytes)], |sealed| (&self.bare).write(sealed)),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.tls.get() {
            None => (&self.bare).write_vectored(slices),
            Some(tls) => tls.write(slices, |sealed| (&self.bare).write(sealed)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.tls.get() {
            None => Ok(()),
            Some(tls) => tls.write(&[], |sealed| (&self.bare).write(sealed)).map(drop),
        }
    }
}

impl Read for &BareSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(*self, buffer, RecvFlags::empty())?.0)
    }
}

impl Write for &BareSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(*self, bytes, SendFlags::NOSIGNAL)?)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(rustix::io::writev(*self, slices)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
