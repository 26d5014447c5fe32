//! Lesson 7: one of three listeners never reads. A hub says 4,000 lines to all three, one line
//! after the other. The program does that three times. Each time the hub has another way to treat
//! a listener whose socket takes nothing: it waits, it drops the line, or it evicts the listener.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc};
use std::thread;
use std::time::Duration;

const LINES: usize = 4_000;
/// Long lines, so that the buffers of the kernel (some megabytes at most) are full soon.
const LINE_BYTES: usize = 5_000;
/// After so many lines the hub rests for a millisecond. Who listens can then keep up.
const BURST: usize = 10;
/// If the hub has said nothing for so long, it stands still.
const STILL: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Wait,
    Drop,
    Evict,
}

/// One listener, as the hub sees it.
struct Listener {
    socket: TcpStream,
    /// The end of a line of which the socket has taken only the beginning.
    rest: Vec<u8>,
    missed: usize,
    gone: bool,
}

impl Listener {
    /// Says one line by the policy. Only `Policy::Wait` can block here.
    fn say(&mut self, line: &[u8], policy: Policy) {
        if self.gone || policy == Policy::Wait {
            // Nothing to do, or the plain way: write, and wait until the socket has taken it.
            self.gone = self.gone || self.socket.write_all(line).is_err();
            return;
        }
        // A line whose first byte is on its way must be finished before the next one.
        let rest = std::mem::take(&mut self.rest);
        self.rest = self.send_now(rest);
        if self.rest.is_empty() {
            self.rest = self.send_now(line.to_vec());
            if self.rest.len() < line.len() {
                return;
            }
            self.rest.clear();
        }
        self.missed += 1;
        if policy == Policy::Evict {
            self.gone = true;
            self.socket.shutdown(Shutdown::Both).ok();
        }
    }

    /// Gives the socket what it takes without waiting. Returns what is left.
    fn send_now(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        while !bytes.is_empty() {
            match (&self.socket).write(&bytes) {
                Ok(taken) => drop(bytes.drain(..taken)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The socket is full (`WouldBlock`).
                Err(_) => return bytes,
            }
        }
        bytes
    }
}

/// Makes a connection. Returns both of its ends.
fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(door.local_addr()?)?;
    Ok((door.accept()?.0, client))
}

/// The hub: says all lines to all listeners, and counts in `said`.
fn hub(mut listeners: Vec<Listener>, policy: Policy, said: &AtomicUsize) -> Vec<Listener> {
    let mut line = vec![b'x'; LINE_BYTES];
    line[LINE_BYTES - 1] = b'\n';
    for number in 1..=LINES {
        listeners.iter_mut().for_each(|listener| listener.say(&line, policy));
        said.store(number, Ordering::Relaxed);
        if number % BURST == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
    listeners
}

/// Returns what the two who listen have heard when the hub is done or stands still, and what the
/// deaf one missed, and how many were evicted.
fn run(policy: Policy, stay: bool) -> io::Result<(usize, usize, usize)> {
    let (mut listeners, mut threads, mut deaf) = (Vec::new(), Vec::new(), None);
    for number in 0..3 {
        let (socket, client) = connection()?;
        socket.set_nonblocking(policy != Policy::Wait)?;
        if number == 0 {
            // The deaf one keeps the connection open, and never reads.
            deaf = Some(client);
        } else {
            let lines = BufReader::new(client).lines();
            threads.push(thread::spawn(move || lines.filter(Result::is_ok).count()));
        }
        listeners.push(Listener { socket, rest: Vec::new(), missed: 0, gone: false });
    }
    let said = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&said);
    let hub = thread::spawn(move || hub(listeners, policy, &count));
    let mut before = usize::MAX;
    while !hub.is_finished() && said.load(Ordering::Relaxed) != before {
        before = said.load(Ordering::Relaxed);
        thread::sleep(STILL);
    }
    let stood_at = said.load(Ordering::Relaxed);
    if stay {
        wait_for_enter();
    }
    // From here on it only ends: the deaf one leaves, and that frees a hub which waits for it.
    drop(deaf);
    let listeners = hub.join().expect("the hub");
    let missed = listeners[0].missed;
    let evicted = listeners.iter().filter(|listener| listener.gone).count();
    drop(listeners);
    let heard = threads.into_iter().map(|thread| thread.join().expect("a listener"));
    Ok((heard.fold(stood_at, usize::min), missed, evicted))
}

/// Prints the process's number and stays until Enter, the end of input, or ten minutes.
fn wait_for_enter() {
    println!("# pid {}: look at me, then press Enter", std::process::id());
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
}

fn main() -> io::Result<()> {
    let stay = std::env::args().nth(1).map_or(false, |word| word == "wait");
    let (heard, ..) = run(Policy::Wait, stay)?;
    println!("wait_heard {}", heard);
    let (heard, missed, _) = run(Policy::Drop, false)?;
    println!("drop_heard {}\ndrop_missed {}", heard, missed);
    let (heard, _, evicted) = run(Policy::Evict, false)?;
    Ok(println!("evict_heard {}\nevicted {}", heard, evicted))
}
