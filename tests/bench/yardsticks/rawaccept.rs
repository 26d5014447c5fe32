//! The floor of a join: accept, wake two threads that were kept for this, and drop the socket when
//! it has ended. It sends no byte.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use parking_lot::Mutex;
use socket2::Socket;
use threadbare::base::limits::STACK_BYTES;

/// Pairs of threads that wait for their next person.
type Parked = Arc<Mutex<Vec<SyncSender<Socket>>>>;

/// Runs until it is killed.
pub(super) fn run() -> io::Result<()> {
    let listener = super::listen()?;
    let parked = Parked::default();
    loop {
        let (socket, _) = listener.accept()?;
        super::tune(&socket)?;
        let kept = parked.lock().pop();
        let reader = match kept {
            Some(reader) => reader,
            None => start_pair(&parked)?,
        };
        reader.send(socket).map_err(io::Error::other)?;
    }
}

/// Starts a new pair; returns the reader's inbox. The reader wakes the writer.
#[expect(clippy::disallowed_methods, reason = "no thread of the product")]
fn start_pair(parked: &Parked) -> io::Result<SyncSender<Socket>> {
    let (to_reader, people) = sync_channel(1);
    let (to_writer, ends) = sync_channel::<Arc<Socket>>(1);
    let (again, parked) = (to_reader.clone(), Arc::clone(parked));
    let thread = || thread::Builder::new().stack_size(STACK_BYTES);
    thread().spawn(move || read(&people, &to_writer, &again, &parked))?;
    thread().spawn(move || while ends.recv().is_ok() {})?;
    Ok(to_reader)
}

fn read(
    people: &Receiver<Socket>,
    writer: &SyncSender<Arc<Socket>>,
    again: &SyncSender<Socket>,
    parked: &Parked,
) {
    let mut room = [0_u8; 64];
    while let Ok(socket) = people.recv() {
        let socket = Arc::new(socket);
        if writer.send(Arc::clone(&socket)).is_err() {
            return;
        }
        while matches!((&*socket).read(&mut room), Ok(1..)) {}
        drop(socket);
        parked.lock().push(again.clone());
    }
}
