//! Deadlines for sockets. A deadline is a point in time; a socket's timeout only bounds one call.
//!
//! A peer that sends one byte just inside each timeout would hold a thread for ever. So before each
//! call that may wait, the timeout is set to the time that is *left*.
//!
//! Owns: the only calls that set a socket's timeouts.
//! Must not know: what is read or written, or why there is a deadline.
//!
//! Part: `base/socket/mod.rs`.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, SockRef, Socket, Type};

/// The shortest timeout that is set: zero would mean "no timeout" to the kernel.
const TIMEOUT_MIN: Duration = Duration::from_millis(1);

/// A read without a deadline looks again after this long. The kernel needs some timeout, and its
/// end has no effect.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A point in time at which a wait on a socket fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Makes the deadline that is `wait` from now.
    pub fn after(wait: Duration) -> Self {
        Self(Instant::now() + wait)
    }

    /// Makes the deadline at this point in time.
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// Returns the time that is left until the deadline; zero when the deadline has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns whether the deadline has passed.
    pub fn has_passed(self) -> bool {
        self.left().is_zero()
    }

    /// Returns the earlier of the two deadlines.
    #[must_use]
    pub fn or_earlier(self, other: Self) -> Self {
        self.min(other)
    }

    fn timeout(self) -> io::Result<Duration> {
        let left = self.left();
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left.max(TIMEOUT_MIN)) }
    }
}

/// A socket whose timeouts can be set: a TCP socket or a Unix socket.
pub trait Timed {
    /// Sets the longest time that each later `read` call may block.
    ///
    /// # Errors
    /// The system's error, for example if the connection is closed.
    fn bound_reads(&self, timeout: Duration) -> io::Result<()>;
    /// Sets the longest time that each later `write` call may block.
    ///
    /// # Errors
    /// The system's error, for example if the connection is closed.
    fn bound_writes(&self, timeout: Duration) -> io::Result<()>;
}

impl<S: AsFd> Timed for S {
    fn bound_reads(&self, timeout: Duration) -> io::Result<()> {
        SockRef::from(self).set_read_timeout(Some(timeout.max(TIMEOUT_MIN)))
    }

    fn bound_writes(&self, timeout: Duration) -> io::Result<()> {
        SockRef::from(self).set_write_timeout(Some(timeout.max(TIMEOUT_MIN)))
    }
}

/// Reads one time. Blocks until bytes arrive, but not after the deadline. Returns how many bytes
/// were read into `buffer`; 0: the peer sends nothing more.
///
/// # Errors
/// `TimedOut` when the deadline passed first; else the socket's error.
pub fn read<S>(socket: &S, buffer: &mut [u8], deadline: Deadline) -> io::Result<usize>
where
    S: Timed,
    for<'a> &'a S: Read,
{
    read_by(socket, buffer, Some(deadline))
}

/// Receives one packet into `buffer`; what does not fit is lost. Blocks until a packet arrives, but
/// not after the deadline. Returns its length and its sender.
///
/// # Errors
/// `TimedOut` when the deadline passed first; else the socket's error.
pub fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
    deadline: Deadline,
) -> io::Result<(usize, SocketAddr)> {
    loop {
        socket.bound_reads(deadline.timeout()?)?;
        match socket.recv_from(buffer) {
            Err(error) if would_wait(&error) => {}
            other => return other,
        }
    }
}

// Lesson 4 of the course: docs/course/04-deadline
/// Like [`read`], but the deadline may be `None`: it then blocks until bytes arrive, the peer ends
/// its side, the connection breaks, or another thread hangs up the socket.
///
/// # Errors
/// Those of [`read`]; without a deadline never `TimedOut`.
pub fn read_by<S>(socket: &S, buffer: &mut [u8], deadline: Option<Deadline>) -> io::Result<usize>
where
    S: Timed,
    for<'a> &'a S: Read,
{
    loop {
        socket.bound_reads(deadline.map_or(Ok(LOOK_AGAIN), Deadline::timeout)?)?;
        let mut source = socket;
        match source.read(buffer) {
            Err(error) if would_wait(&error) => {}
            other => return other,
        }
    }
}

/// Like [`read`], but appends at most `bytes_max` bytes to `buffer`. The space for them is on the
/// heap: a thread's stack keeps every page that it has ever touched, a door's stack becomes a
/// reader's, and there are thousands of readers.
///
/// # Errors
/// Those of [`read`]. `buffer` is then unchanged.
pub fn read_more<S>(
    socket: &S,
    buffer: &mut Vec<u8>,
    bytes_max: usize,
    deadline: Deadline,
) -> io::Result<usize>
where
    S: Timed,
    for<'a> &'a S: Read,
{
    let before = buffer.len();
    buffer.resize(before + bytes_max, 0);
    let outcome = read(socket, &mut buffer[before..], deadline);
    buffer.truncate(before + *outcome.as_ref().unwrap_or(&0));
    outcome
}

/// Writes all of `bytes`. Blocks until they are with the kernel, but not after the deadline.
///
/// # Errors
/// `TimedOut` when the deadline passed first; else the socket's error. In both cases it is then
/// unknown how much was written, so the stream must end.
pub fn write_all<S>(socket: &S, mut bytes: &[u8], deadline: Deadline) -> io::Result<()>
where
    S: Timed,
    for<'a> &'a S: Write,
{
    while !bytes.is_empty() {
        socket.bound_writes(deadline.timeout()?)?;
        let mut sink = socket;
        match sink.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if would_wait(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Sends what is sealed for the peer and not sent yet, if the peer speaks TLS; does nothing without
/// TLS. Blocks until it is with the kernel, but not after the deadline.
///
/// # Errors
/// Those of [`write_all`].
pub fn flush<S>(socket: &S, deadline: Deadline) -> io::Result<()>
where
    S: Timed,
    for<'a> &'a S: Write,
{
    loop {
        socket.bound_writes(deadline.timeout()?)?;
        let mut sink = socket;
        match sink.flush() {
            Err(error) if would_wait(&error) => {}
            other => return other,
        }
    }
}

/// Connects to the Unix socket at `path`. Blocks until it is connected, but not after the deadline.
///
/// A connect waits while the listener's backlog is full. The kernel bounds that wait by the *write*
/// timeout, if it was set before.
///
/// # Errors
/// `WouldBlock` or `TimedOut` when the listener did not accept in time; else the system's error.
/// `ConnectionRefused` and `NotFound` mean that no program listens.
pub fn connect_unix(path: &Path, deadline: Deadline) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_write_timeout(Some(deadline.timeout()?))?;
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(socket.into())
}

/// Returns whether the call that failed with this error only reached its timeout or was
/// interrupted.
pub fn would_wait(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write};
    use std::os::unix::net::UnixStream;
    use std::time::{Duration, Instant};

    use socket2::{Domain, SockAddr, Socket, Type};

    use super::{Deadline, connect_unix, read, write_all};

    #[test]
    fn bytes_that_drip_inside_the_timeout_do_not_move_the_deadline() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let dripping = std::thread::scope(|scope| {
            scope.spawn(move || {
                // This loop ends when `ours` is dropped, because a write then fails.
                while theirs.write_all(b".").is_ok() {
                    std::thread::park_timeout(Duration::from_millis(20));
                }
            });
            let deadline = Deadline::after(Duration::from_millis(200));
            let started = Instant::now();
            let mut buffer = [0; 1];
            let error = loop {
                match read(&ours, &mut buffer, deadline) {
                    Ok(_) => assert!(started.elapsed() < Duration::from_secs(5)),
                    Err(error) => break error,
                }
            };
            drop(ours);
            error
        });
        assert_eq!(dripping.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn a_write_that_nobody_reads_ends_at_the_deadline() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let much = vec![0; 4 * 1024 * 1024];
        let error = write_all(&ours, &much, Deadline::after(Duration::from_millis(50)));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
    }
    #[test]
    fn a_connect_to_a_listener_that_accepts_nobody_ends_at_the_deadline() {
        let folder =
            std::env::temp_dir().join(format!("threadbare-connect-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("s");
        let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
        listener.listen(1).unwrap();
        let mut waiting = Vec::new();
        let error = loop {
            match connect_unix(&path, Deadline::after(Duration::from_millis(50))) {
                Ok(stream) => waiting.push(stream),
                Err(error) => break error,
            }
        };
        assert!(super::would_wait(&error), "{error}");
        drop(listener);
        let error = connect_unix(&path, Deadline::after(Duration::from_secs(5))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        std::fs::remove_dir_all(&folder).unwrap();
        let error = connect_unix(&path, Deadline::after(Duration::from_secs(5))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
