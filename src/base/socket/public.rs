//! The socket of one connection to the server: TCP, or a Unix socket, as a proxy on this machine
//! may use. All other code reads, writes and hangs up without asking which.
//!
//! Owns: what the two kinds have in common.
//! Must not know: who the peer is, or what is said.
//!
//! Part: `base/socket/mod.rs`.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::SockRef;

/// The IP address that stands for every peer on a Unix socket, which has none. No connection over
/// TCP comes from it.
pub const UNIX_PEER: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// The socket of one connection to the server.
#[derive(Debug)]
pub enum PublicSocket {
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
        matches!(self, Self::Tcp(_))
    }

    /// Returns a host by which the peer may have meant this server: the IP address and the port to
    /// which it has connected.
    pub fn local_host(&self) -> String {
        match self {
            Self::Tcp(socket) => socket.local_addr().map(|addr| addr.to_string()),
            Self::Unix(_) => Ok("localhost".to_owned()),
        }
        .unwrap_or_default()
    }
}

impl From<TcpStream> for PublicSocket {
    fn from(socket: TcpStream) -> Self {
        Self::Tcp(socket)
    }
}

impl From<UnixStream> for PublicSocket {
    fn from(socket: UnixStream) -> Self {
        Self::Unix(socket)
    }
}

impl AsFd for PublicSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(socket) => socket.as_fd(),
            Self::Unix(socket) => socket.as_fd(),
        }
    }
}

impl Read for &PublicSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(*self, buffer, RecvFlags::empty())?.0)
    }
}

impl Write for &PublicSocket {
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
