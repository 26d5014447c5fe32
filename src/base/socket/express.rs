//! A send that never blocks.
//!
//! Owns: the server's one non-blocking write on a socket whose other calls block. The console has
//! such a write of its own (`console/connection.rs`).
//! Must not know: what is sent, or what happens to the bytes that were not sent.
//!
//! Part: `base/socket/mod.rs`.

use std::io;
use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

/// Sends as many bytes as the socket's buffer has space for, and returns how many that were. Never
/// blocks: the flag applies to this call only, so the socket stays a blocking one for its reader
/// and its writer.
///
/// # Errors
/// The system's error: the connection is dead. A peer that is gone causes an error, not a signal.
pub fn send_now(socket: &impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    match send(socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
        Ok(taken) => Ok(taken),
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::send_now;

    #[test]
    fn a_full_socket_takes_nothing_and_a_closed_one_is_an_error() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (theirs, _) = listener.accept().unwrap();
        let much = vec![0; 1024 * 1024];
        let mut taken = 0;
        loop {
            match send_now(&ours, &much).unwrap() {
                0 => break,
                count => taken += count,
            }
        }
        assert!(taken > 0);
        drop(theirs);
        while send_now(&ours, b"x").is_ok() {
            std::thread::yield_now();
        }
    }
}
