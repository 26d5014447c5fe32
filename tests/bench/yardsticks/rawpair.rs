//! The floor of two threads a person: pairs that wait, and nothing else.
//!
//! One thread waits in a read of the socket, the other for a condition that the first one sets at
//! the end.

use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};
use socket2::Socket;
use threadbare::base::limits::STACK_BYTES;

/// Runs until it is killed.
#[expect(clippy::disallowed_methods, reason = "no thread of the product")]
pub(super) fn run() -> io::Result<()> {
    let listener = super::listen()?;
    loop {
        let (socket, _) = listener.accept()?;
        super::tune(&socket)?;
        let ended = Arc::new((Mutex::new(false), Condvar::new()));
        let told = Arc::clone(&ended);
        thread::Builder::new().stack_size(STACK_BYTES).spawn(move || read(socket, &told))?;
        thread::Builder::new().stack_size(STACK_BYTES).spawn(move || wait(&ended))?;
    }
}

fn read(mut socket: Socket, ended: &(Mutex<bool>, Condvar)) {
    let mut room = [0_u8; 64];
    while matches!(socket.read(&mut room), Ok(1..)) {}
    *ended.0.lock() = true;
    ended.1.notify_one();
}

fn wait((ended, changed): &(Mutex<bool>, Condvar)) {
    let mut ended = ended.lock();
    while !*ended {
        changed.wait(&mut ended);
    }
}
