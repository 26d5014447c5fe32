//! The street: what strangers, bad connections and a full machine do to the server. The rows here
//! are those of the street in `docs/ROWS.md`.

/// D5: eight faults of a connection, in five scenes.
mod connections;
/// C7, C10: a crowd that leaves, and one that comes back.
mod crowds;
/// A1, A3, A4 and A10: clients that hold a door open, or send endless bytes to it.
mod door;
/// Street B7 and B14: clients that ping or talk without end.
mod flood;
/// Street B10 to B12: frames and texts that the standard forbids.
mod frames;
/// C4, C5: as many guests as fit, and one more.
mod full;
/// Street B2 and B3: which clients get no WebSocket.
mod handshakes;
/// C9: what one address may make, and that other addresses lose nothing by it.
pub(crate) mod one_address;
/// C9, when the server restarts in between: what one address made still counts as its own.
mod one_address_lives;
/// D1 to D4, D6, D7: peers that are slow, gone or odd.
mod peers;
/// G1, G2, G5: signals, and starts that fail.
mod process;
/// C1 to C3, C8, C9: what the machine may lack, and what guests may do to it.
mod resources;
/// C5: what secrets and passwords cost the server, and which clients wait for them.
mod secrets;
/// Street B4 to B9 and B13: bytes that no honest client sends.
mod ws;
