//! What the program knows about sockets: how to make one listen, how to wait
//! on one with a deadline, how to hang one up.
//!
//! Owns: socket options and [`deadline`], the only file that sets a socket's
//! timeouts.
//! Must not know: HTTP, WebSocket, clients.
//!
//! Next: `socket/deadline.rs`.

pub mod deadline;
pub mod express;
pub mod linger;

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::limits;

/// A listener on `addr` with a long backlog; `[::]` also takes IPv4.
///
/// # Errors
/// What `socket`, `bind` or `listen` said; the port may be in use or reserved.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() && addr.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    // A restarted server must get its port back at once (TIME_WAIT).
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    // Accepted sockets inherit both, which saves two calls for each: small
    // answers leave at once, and the kernel's send buffer has a bound.
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(limits::DOOR_SEND_BUFFER_BYTES)?;
    socket.listen(limits::ACCEPT_BACKLOG)?;
    Ok(socket.into())
}

/// Wakes whoever blocks in `accept` on this listener; it then gets an error.
pub fn stop_listening(listener: &TcpListener) {
    // An error means that it had stopped before.
    drop(SockRef::from(listener).shutdown(Shutdown::Both));
}

/// Readies a socket for a client: one that stops reading pins tens of KB in the
/// kernel and not 4 MB.
///
/// # Errors
/// The peer may be gone already.
pub fn prepare_for_client(socket: &TcpStream) -> io::Result<()> {
    SockRef::from(socket).set_send_buffer_size(limits::SEND_BUFFER_BYTES)
}

/// Readies a socket for a client that is told things and never answers: when nothing of
/// what was sent has been acknowledged for `patience`, the kernel ends it.
///
/// # Errors
/// The peer may be gone already.
pub fn prepare_for_stream(socket: &TcpStream, patience: Duration) -> io::Result<()> {
    SockRef::from(socket).set_tcp_user_timeout(Some(patience))?;
    // Some formats have no sign of life of their own.
    let keepalive = TcpKeepalive::new().with_time(patience / 2).with_interval(patience / 4);
    SockRef::from(socket).set_tcp_keepalive(&keepalive)?;
    prepare_for_client(socket)
}

/// Readies a socket for a file of unknown length. Until [`end_file`], to let go of it is a
/// reset, also when the process is killed: nobody takes a half for the whole. Only a
/// hang-up is no reset by itself, so it is for who cannot be woken otherwise: then bytes
/// wait before the end that it sends, and go with the reset.
///
/// # Errors
/// The peer may be gone already.
pub fn begin_file(socket: &TcpStream) -> io::Result<()> {
    SockRef::from(socket).set_linger(Some(Duration::ZERO))
}

/// All of it is in the kernel's hands: an end is an end.
pub fn end_file(socket: &TcpStream) {
    // An error means that the line is down already.
    drop(SockRef::from(socket).set_linger(None));
}

/// Says these last words if the socket takes them at once, and hangs up. Never blocks.
pub fn turn_away(mut socket: &TcpStream, words: &[u8]) {
    // A peer that does not even take this has lost nothing.
    socket.set_nonblocking(true).and_then(|()| socket.write(words)).ok();
    hang_up(socket);
}

/// Ends both directions: whoever blocks in `read` gets the end of the stream,
/// whoever blocks in `write` an error. Anyone may, any number of times.
pub fn hang_up(socket: &TcpStream) {
    // An error means that the line was down before.
    drop(socket.shutdown(Shutdown::Both));
}
