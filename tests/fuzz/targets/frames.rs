//! Any bytes as a client's frames: the watch and tungstenite see the same edges. What the server
//! sends back through reader, outbox and writer is in order.
#![no_main]

use std::io::{self, Read, Write};
use std::time::Instant;

use threadbare::server::client::frame_watch::FrameWatch;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

/// Gives one byte at a time, then says that more may come.
#[derive(Default)]
struct Drip(Option<u8>);

impl Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer[0] = self.0.take().ok_or(io::ErrorKind::WouldBlock)?;
        Ok(1)
    }
}

impl Write for Drip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One byte at a time, so that the edge of a read does not hide the edge of a frame.
fn check_watch(input: &[u8]) {
    let settings = WebSocketConfig::default()
        .read_buffer_size(512)
        .write_buffer_size(0)
        .max_write_buffer_size(512)
        .max_message_size(Some(4098))
        .max_frame_size(Some(4098));
    let mut socket = WebSocket::from_raw_socket(Drip::default(), Role::Server, Some(settings));
    let mut watch = FrameWatch::new(usize::MAX, Instant::now());
    for byte in input {
        if watch.see(&[*byte], Instant::now()).good == 0 {
            // A broken rule: the adapter passes on nothing more.
            assert!(watch.broken_rule().is_some());
            return;
        }
        socket.get_mut().0 = Some(*byte);
        match socket.read() {
            Ok(Message::Text(text)) => {
                assert!(!watch.is_under_way(), "a message came out before its end");
                // Every text that comes out can be cleaned and sent.
                drop(threadbare::formats::classic::clean(text.as_str()));
            }
            Ok(Message::Binary(_)) => assert!(!watch.is_under_way()),
            Ok(Message::Close(_)) => return,
            Ok(_) => {}
            // A message that is not complete has begun, so its deadline runs.
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                assert!(watch.is_under_way(), "bytes are waited for and no clock runs");
            }
            Err(_) => return,
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    check_watch(input);
    threadbare::server::client::fuzzing::check_line(input);
});
