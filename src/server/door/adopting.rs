//! Connection path, the end of step 2: a connection becomes a client's.
//!
//! Three steps: reserve, register, run. The order matters, because a peer that has its answer (a
//! 101, or the 200 of a stream) may talk, and must receive, at once:
//!
//! 1. `reserve`: one of the places for clients, and a writer thread. If one of them is missing, the
//!    answer is a refusal; after the 101 it is too late for a refusal.
//! 2. `register_early`: if the request alone says enough about the client, its registration goes to
//!    the hub. From then on the hub pushes into the outbox. The door has the right to write, so all
//!    that the hub pushes waits in the outbox. Then the door writes the answer, before any frame of
//!    the client.
//! 3. `run`: the thread leaves the door's code and becomes the client's reader. It ends the door's
//!    right to write, so that the writer may send. If the client is not registered yet, the reader
//!    registers it. Then it waits for the hub's answer.
//!
//! This file makes the first two steps, and `Door::serve` returns the third one.
//!
//! Runs on the door's thread.
//! Blocks on: writing the answer, until its deadline. If the answer cannot be written, the door
//! gives back the seat, and waits for the hub's answer to the registration, if one was sent.
//!
//! Owns: that a client has all that it needs before the door writes its answer.
//! Must not know: what a client is. The door knows only its [`Adopt`] and its [`ReservedSeat`].
//!
//! Next: `server/client/mod.rs`.
//! Part: `server/door/mod.rs`.

use super::refusing::refuse_client;
use super::{Door, door_socket::DoorSocket};
use crate::base::socket::{self, deadline::Deadline};
use crate::server::http::verdict::{Adopt, ReservedSeat};

/// An answer that makes its connection a client's. It has not been sent yet.
pub(super) struct Adoption {
    pub(super) status: u16,
    pub(super) answer: Vec<u8>,
    pub(super) adopt: Box<dyn Adopt>,
}

/// Reserves a seat, registers the client if the request alone says enough about it, and writes the
/// answer. `None`: the connection has ended.
pub(super) fn adopt(
    door: &Door,
    connection: &DoorSocket,
    Adoption { status, answer, adopt }: Adoption,
) -> Option<Box<dyn ReservedSeat>> {
    match adopt.reserve(&connection.socket, connection.peer) {
        Ok(mut seat) => {
            seat.register_early();
            door.log_request(connection, status, "adopted");
            let deadline = Deadline::after(door.config.answer_wait);
            if connection.write(&answer, deadline).is_ok() {
                return Some(seat);
            }
        }
        Err(reason) => drop(refuse_client(door, connection, &reason)),
    }
    socket::hang_up(&connection.socket);
    None
}
