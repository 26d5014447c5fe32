//! Lesson 12, the exercise: a chat with one thread. A client that does not read must not stop the
//! others, and must get all its lines when it reads again.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::io::AsRawFd;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What poll(2) wants to know of one socket, and what it says of it (`man 2 poll`).
#[repr(C)]
struct PollFd {
    fd: i32,
    events: i16,
    revents: i16,
}

const POLLIN: i16 = 1; // There is something to read.
const POLLOUT: i16 = 4; // There is space to write.

extern "C" {
    fn poll(fds: *mut PollFd, count: std::os::raw::c_ulong, timeout_ms: i32) -> i32;
}

/// How often `wait` was called. The tests look at it.
static WAITS: AtomicUsize = AtomicUsize::new(0);

/// Waits until one of the sockets has one of its events. Returns the events of each socket.
fn wait(sockets: impl Iterator<Item = (i32, i16)>) -> Vec<i16> {
    WAITS.fetch_add(1, Ordering::SeqCst);
    let mut fds: Vec<_> = sockets.map(|(fd, events)| PollFd { fd, events, revents: 0 }).collect();
    // SAFETY: the pointer and the count are those of a living `Vec` that nobody else uses, and its
    // items look as C wants them (`repr(C)`). The kernel writes only into their `revents`.
    unsafe { poll(fds.as_mut_ptr(), fds.len() as _, -1) };
    fds.iter().map(|fd| fd.revents).collect()
}

// YOUR TURN: which other states must the server keep for each client? When does it want to know of
// `POLLOUT`, and when not? With `set_nonblocking(true)` a `write` says `WouldBlock` and does not
// wait, and it may take only a part of the bytes.
struct Client {
    socket: TcpStream,
    /// The beginning of a line that is not whole yet.
    begun: Vec<u8>,
}

impl Client {
    fn new(socket: TcpStream) -> Self {
        Self { socket, begun: Vec::new() }
    }

    fn events(&self) -> i16 {
        POLLIN
    }

    /// Reads what is there. Returns the whole lines, or `None` if the client has left.
    fn read_lines(&mut self) -> Option<Vec<u8>> {
        let mut bytes = [0; 16_384];
        let read = self.socket.read(&mut bytes).ok().filter(|read| *read > 0)?;
        self.begun.extend_from_slice(&bytes[..read]);
        let end = self.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Some(self.begun.drain(..end).collect())
    }

    fn say(&mut self, lines: &[u8]) {
        self.socket.write_all(lines).ok();
    }

    /// The socket has space again.
    fn write_more(&mut self) {}
}

pub fn serve(listener: TcpListener) {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let all = clients.iter().map(|client| (client.socket.as_raw_fd(), client.events()));
        let ready = wait(std::iter::once((listener.as_raw_fd(), POLLIN)).chain(all));
        let mut lines = Vec::new();
        for number in (0..clients.len()).rev() {
            if ready[number + 1] & POLLOUT != 0 {
                clients[number].write_more();
            }
            if ready[number + 1] & !POLLOUT != 0 {
                match clients[number].read_lines() {
                    Some(more) => lines.extend(more),
                    None => drop(clients.remove(number)),
                }
            }
        }
        if ready[0] != 0 {
            clients.extend(listener.accept().map(|(socket, _)| Client::new(socket)));
        }
        clients.iter_mut().for_each(|client| client.say(&lines));
    }
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("listening on {:?}; end: Ctrl-C", listener.local_addr());
    serve(listener);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::thread;
    use std::time::Duration;

    const LINES: usize = 2_000;

    fn hear_all(client: &TcpStream) {
        client.set_read_timeout(Some(Duration::from_secs(3))).expect("a timeout");
        let mut lines = BufReader::new(client).lines();
        for number in 0..LINES {
            let line = lines.next().expect("the server lives");
            let line = line.expect("3 seconds of silence: the server stands still");
            assert_eq!(line.trim_start_matches('.'), number.to_string());
        }
    }

    #[test]
    fn one_who_does_not_read_stops_nobody_and_gets_all_later() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || serve(listener));
        let connect = || TcpStream::connect(address).expect("the server listens");
        // The talker talks, and does not read: 10 MB come back to it, more than the kernel keeps.
        let (listening, talker) = (connect(), connect());
        let mut talking = talker.try_clone().expect("a handle");
        thread::spawn(move || {
            for number in 0..LINES {
                let line = format!("{:.>4999}\n", number);
                talking.write_all(line.as_bytes()).expect("the server reads");
            }
        });
        hear_all(&listening);
        hear_all(&talker);
        // Now all is quiet. Whoever asks for POLLOUT without need is woken again and again.
        thread::sleep(Duration::from_millis(200));
        let before = WAITS.load(Ordering::SeqCst);
        thread::sleep(Duration::from_millis(300));
        let waits = WAITS.load(Ordering::SeqCst) - before;
        assert!(waits <= 3, "nothing happens, and the server woke up {} times", waits);
    }
}
