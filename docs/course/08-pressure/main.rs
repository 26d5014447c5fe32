//! Lesson 8: a sender floods a server with lines, and the hub of the server is slower. Where do the
//! lines wait? A chain: sender, socket, reader, inbox, hub. First the inbox of the hub has a
//! bound of 256 lines, then it has none.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{mpsc, Arc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The flood: 60 MB. It ends there, so that this program does not eat up a small machine.
const FLOOD_LINES: usize = 60_000;
const LINE_BYTES: usize = 1_000;
/// How long the hub works on one line: it can take less than 1,000 lines in a second.
const WORK: Duration = Duration::from_millis(1);
const BOUND: usize = 256;
/// How long the flood lasts, before the program looks.
const FLOOD: Duration = Duration::from_millis(1_200);

/// How many lines have come how far.
#[derive(Default)]
struct Counts {
    sent: AtomicUsize,
    read: AtomicUsize,
    handled: AtomicUsize,
    is_over: AtomicBool,
}

/// The reader's end of the inbox. If it is `Bounded`, `send` waits while the inbox is full.
enum Inbox {
    Free(mpsc::Sender<String>),
    Bounded(mpsc::SyncSender<String>),
}

impl Inbox {
    fn send(&self, line: String) -> bool {
        match self {
            Inbox::Free(inbox) => inbox.send(line).is_ok(),
            Inbox::Bounded(inbox) => inbox.send(line).is_ok(),
        }
    }
}

/// The sender: it stands for another program, somewhere. `pause` is for those who want to watch.
fn flood(mut socket: TcpStream, counts: &Counts, pause: Duration) {
    let mut line = [b'x'; LINE_BYTES];
    line[LINE_BYTES - 1] = b'\n';
    for _ in 0..FLOOD_LINES {
        if socket.write_all(&line).is_err() {
            return;
        }
        counts.sent.fetch_add(1, Ordering::Relaxed);
        thread::sleep(pause);
    }
    socket.read(&mut [0]).ok(); // The sender stays until the server hangs up.
}

/// The reader: from the socket to the inbox.
fn read_lines(socket: TcpStream, inbox: Inbox, counts: &Counts) {
    for line in BufReader::new(socket).lines() {
        if !line.map_or(false, |line| inbox.send(line)) {
            return;
        }
        counts.read.fetch_add(1, Ordering::Relaxed);
    }
}

/// The hub: takes one line after the other, and works on it.
fn work(inbox: mpsc::Receiver<String>, counts: &Counts) {
    while !counts.is_over.load(Ordering::Relaxed) && inbox.recv().is_ok() {
        thread::sleep(WORK);
        counts.handled.fetch_add(1, Ordering::Relaxed);
    }
}

struct Chain {
    counts: Arc<Counts>,
    socket: TcpStream,
    threads: Vec<JoinHandle<()>>,
}
impl Chain {
    fn start(is_bounded: bool, pause: Duration) -> io::Result<Self> {
        let door = TcpListener::bind("127.0.0.1:0")?;
        let sender = TcpStream::connect(door.local_addr()?)?;
        let socket = door.accept()?.0;
        let (free, bounded) = (mpsc::channel(), mpsc::sync_channel(BOUND));
        let (inbox, hub_inbox) = match is_bounded {
            true => (Inbox::Bounded(bounded.0), bounded.1),
            false => (Inbox::Free(free.0), free.1),
        };
        let counts = Arc::new(Counts::default());
        let [a, b, c] = [counts.clone(), counts.clone(), counts.clone()];
        let reading = socket.try_clone()?;
        let threads = vec![
            thread::spawn(move || flood(sender, &a, pause)),
            thread::spawn(move || read_lines(reading, inbox, &b)),
            thread::spawn(move || work(hub_inbox, &c)),
        ];
        Ok(Self { counts, socket, threads })
    }

    /// Hangs up, and joins all threads.
    fn stop(self) {
        self.counts.is_over.store(true, Ordering::Relaxed);
        self.socket.shutdown(Shutdown::Both).ok();
        drop(self.socket); // With unread bytes, this resets the connection: the sender wakes up.
        self.threads.into_iter().for_each(|thread| thread.join().expect("a thread of the chain"));
    }
}

/// The process's memory that is in RAM now, in KB (`VmRSS`).
fn resident_kb() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Floods for a while. Prints what waits where.
fn measure(name: &str, is_bounded: bool) -> io::Result<()> {
    let before = resident_kb();
    let chain = Chain::start(is_bounded, Duration::ZERO)?;
    thread::sleep(FLOOD);
    let handled = chain.counts.handled.load(Ordering::Relaxed);
    let queued = chain.counts.read.load(Ordering::Relaxed).saturating_sub(handled);
    println!("{}_sent {}", name, chain.counts.sent.load(Ordering::Relaxed));
    println!("{}_queue {}", name, queued);
    println!("{}_mb {:.1}", name, (resident_kb() - before) as f64 / 1_024.0);
    Ok(chain.stop())
}

/// Floods slowly, until Enter, the end of input, or ten minutes.
fn watch(is_bounded: bool) -> io::Result<()> {
    let chain = Chain::start(is_bounded, Duration::from_micros(200))?;
    println!("# pid {}: look at me, then press Enter", std::process::id());
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
    Ok(chain.stop())
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().map_or(false, |word| word == "wait") {
        return watch(words.len() > 1);
    }
    // The bounded one is first: memory that was once used may stay with the process.
    measure("bound", true)?;
    measure("free", false)
}
