//! Raw WebSocket connections, and the frames that a server sends on them.

use std::net::SocketAddr;

use super::raw::{Connection, handshake};

/// A frame of the server.
pub struct Frame {
    pub opcode: u8,
    pub payload: Vec<u8>,
}

/// A raw connection after its handshake.
pub fn shaken(addr: SocketAddr) -> Connection {
    shaken_over(Connection::open(addr), addr)
}

/// The same over a connection that the test has prepared.
pub fn shaken_over(mut connection: Connection, addr: SocketAddr) -> Connection {
    connection.sends(handshake("/ws", "").replace("{host}", &addr.to_string()).as_bytes());
    assert_eq!(connection.answer().status, 101);
    connection
}

/// Sends `bytes` on a new connection. Returns the code of the close frame, and ignores all frames
/// before it.
pub fn closed_with(addr: SocketAddr, bytes: &[u8]) -> Option<u16> {
    let mut connection = shaken(addr);
    connection.sends(bytes);
    close_code(&mut connection)
}

/// Reads frames until the close frame; `None` if that is empty.
pub fn close_code(connection: &mut Connection) -> Option<u16> {
    loop {
        let frame = frame(connection);
        if frame.opcode == 0x8 {
            return frame.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
    }
}

/// The next frame, which must be complete, unmasked and final.
pub fn frame(connection: &mut Connection) -> Frame {
    let head = connection.bytes(2);
    assert_eq!(head[0] & 0xf0, 0x80, "not the head of a whole frame: {head:?}");
    assert!([0x81, 0x88, 0x89, 0x8a].contains(&head[0]), "not the head of a frame: {head:?}");
    let length = match head[1] {
        126 => usize::from(u16::from_be_bytes(connection.bytes(2).try_into().unwrap())),
        127 => {
            usize::try_from(u64::from_be_bytes(connection.bytes(8).try_into().unwrap())).unwrap()
        }
        short => usize::from(short),
    };
    Frame { opcode: head[0] & 0x0f, payload: connection.bytes(length) }
}
