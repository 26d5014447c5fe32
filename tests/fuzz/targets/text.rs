//! Any text that a client can say: cleaned, encoded, read again by a client.
#![no_main]

use std::io::{Cursor, Read, Write};

use threadbare::wire::classic;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

struct Stream(Cursor<Vec<u8>>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some(cleaned) = classic::clean(text) else {
        assert!(text.trim().is_empty());
        return;
    };
    assert!(!cleaned.contains('\n') && cleaned.trim() == cleaned && cleaned.len() <= text.len());
    assert_eq!(classic::clean(&cleaned).as_deref(), Some(cleaned.as_str()), "cleaned twice");
    let frame = classic::tell(&cleaned);
    let stream = Stream(Cursor::new(frame.bytes().to_vec()));
    let mut client = WebSocket::from_raw_socket(stream, Role::Client, None);
    assert_eq!(client.read().unwrap(), Message::text(cleaned));
});
