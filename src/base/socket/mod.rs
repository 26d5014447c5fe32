//! What the program knows about sockets: how to listen, how to wait on a socket with a deadline,
//! and how to hang up.
//!
//! Owns: socket options, and [`deadline`], the only file that sets read and write timeouts.
//! Must not know: HTTP, WebSocket, clients.
//!
//! Part: `base/mod.rs`.

pub mod deadline;
pub mod express;
pub mod linger;
mod public;
mod public_listener;

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

pub use public::{BareSocket, PublicSocket, UNIX_PEER};
pub use public_listener::PublicListener;

/// Most connections that can wait in the kernel until `accept` takes them.
pub const ACCEPT_BACKLOG: i32 = 4096;

/// The size of the kernel's send buffer for a connection that is not a client's, in bytes. With a
/// buffer of only 16 KiB, as clients have, a file of 4 MB took two seconds on the loopback.
pub const DOOR_SEND_BUFFER_BYTES: usize = 128 * 1024;

/// Returns a listener on `addr` with a long backlog; `[::]` also accepts IPv4.
///
/// # Errors
/// The system's error; for example, the port is in use or reserved.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() && addr.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    // Without this option, a restarted server may have to wait for its port (TIME_WAIT).
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    set_inherited_options(&SockRef::from(&socket))?;
    socket.listen(ACCEPT_BACKLOG)?;
    Ok(socket.into())
}

/// Sets the options that accepted sockets inherit from their listener, so that they need not be set
/// for each. The first makes the kernel send small answers at once. The second sets the size of the
/// send buffer.
fn set_inherited_options(listener: &SockRef) -> io::Result<()> {
    listener.set_tcp_nodelay(true)?;
    listener.set_send_buffer_size(DOOR_SEND_BUFFER_BYTES)
}

/// Prepares a listener that another process has opened and keeps. It no longer blocks: another
/// process could take a connection after this process has seen it, and then `accept` would wait.
/// This also marks it as shared ([`is_shared`]).
///
/// # Errors
/// The system's error.
pub fn adopt_listener(listener: &PublicListener) -> io::Result<()> {
    if matches!(listener, PublicListener::Tcp(_)) {
        set_inherited_options(&SockRef::from(listener))?;
    }
    SockRef::from(listener).set_nonblocking(true)
}

/// Returns whether another process holds this listener, too ([`adopt_listener`]).
/// [`stop_listening`] would stop it for that process as well; use [`wait_for_connection`].
pub fn is_shared(listener: &PublicListener) -> bool {
    fcntl_getfl(listener).is_ok_and(|flags| flags.contains(OFlags::NONBLOCK))
}

/// Blocks until a connection waits at this listener, or until the other end of `until` is dropped.
///
/// # Errors
/// The system's error, for example because a signal has come.
pub fn wait_for_connection(listener: &PublicListener, until: &UnixStream) -> io::Result<()> {
    let mut waited = [PollFd::new(listener, PollFlags::IN), PollFd::new(until, PollFlags::IN)];
    poll(&mut waited, None)?;
    Ok(())
}

/// Stops this listener. A thread that blocks in `accept` on it wakes up, and its call returns an
/// error.
pub fn stop_listening(listener: &impl AsFd) {
    // An error means that the listener was stopped already.
    drop(SockRef::from(listener).shutdown(Shutdown::Both));
}

/// Prepares a socket for a client: a client that stops reading then holds tens of KB in the kernel
/// and not 4 MB. The kernel makes its send buffer twice as large as `send_buffer_bytes`.
///
/// # Errors
/// The system's error, for example if the peer has closed the connection.
pub fn prepare_for_client(socket: &PublicSocket, send_buffer_bytes: usize) -> io::Result<()> {
    SockRef::from(socket).set_send_buffer_size(send_buffer_bytes)
}

/// Prepares a socket as [`prepare_for_client`] does, for a client that need not send, and so gets
/// no pings to answer. If the client's kernel does not acknowledge what was sent for as long as
/// `patience`, our kernel ends the connection.
///
/// # Errors
/// The system's error, for example if the peer has closed the connection.
pub fn prepare_for_stream(
    socket: &PublicSocket,
    send_buffer_bytes: usize,
    patience: Duration,
) -> io::Result<()> {
    // The peer of a Unix socket cannot vanish without a word: it is on this machine.
    if let BareSocket::Tcp(socket) = socket.bare() {
        SockRef::from(socket).set_tcp_user_timeout(Some(patience))?;
        // Some formats have no pings, so the kernel probes whether the peer is still there.
        let keepalive = TcpKeepalive::new().with_time(patience / 2).with_interval(patience / 4);
        SockRef::from(socket).set_tcp_keepalive(&keepalive)?;
    }
    prepare_for_client(socket, send_buffer_bytes)
}

/// Prepares a socket for a file of unknown length. Until [`end_file`] is called, closing the socket
/// sends a reset, even if the process is killed. So the browser cannot mistake half of the file for
/// all of it. A [`hang_up`] sends no reset; closing the socket after it does. A Unix socket has no
/// resets ([`PublicSocket::has_resets`]).
///
/// # Errors
/// The system's error, for example if the peer has closed the connection.
pub fn begin_file(socket: &PublicSocket) -> io::Result<()> {
    SockRef::from(socket).set_linger(Some(Duration::ZERO))
}

/// Ends what [`begin_file`] began: closing the socket is a normal end again. The caller calls this
/// when the kernel has the whole file.
pub fn end_file(socket: &PublicSocket) {
    // An error means that the connection has ended already.
    drop(SockRef::from(socket).set_linger(None));
}

/// Sends as many bytes of `words` as the socket's buffer has space for, and hangs up. Never blocks.
pub fn turn_away(socket: &PublicSocket, words: &[u8]) {
    // The words only tell the peer why. If they cannot be sent, the connection ends all the same.
    express::send_now(socket, words).ok();
    hang_up(socket);
}

/// Ends the direction from the peer: a thread that blocks in `read` gets what has arrived, and then
/// the end of the stream. What is written still reaches the peer. Any thread may call this.
pub fn hear_no_more(socket: &PublicSocket) {
    // An error means that the connection had ended already.
    drop(socket.shutdown(Shutdown::Read));
}

/// Ends both directions: a thread that blocks in `read` gets the end of the stream, and one that
/// blocks in `write` an error. Any thread may call this, any number of times.
pub fn hang_up(socket: &impl AsFd) {
    // An error means that the connection had ended already.
    drop(SockRef::from(socket).shutdown(Shutdown::Both));
}
