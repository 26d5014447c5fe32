//! Reads that go on after the machine has stopped this process for a moment: then a read that has a
//! timeout returns `Interrupted` before it is over (signal(7)), and nothing else has happened.

use std::io::{self, ErrorKind, Read, Write};

use tungstenite::{Error, Message, Result, WebSocket};

/// The next message of a client.
pub(crate) fn next_message<S: Read + Write>(socket: &mut WebSocket<S>) -> Result<Message> {
    loop {
        match socket.read() {
            Err(Error::Io(error)) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// What one `read` of the stream returns.
pub(crate) fn read_some(mut stream: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
