//! Lesson 12: where do threads end? The same chat twice: `threads` has two threads for each client
//! and a hub; `poll` has one thread for all of them. Each line goes to every client. The line
//! "slow" makes the server read a slow disk (it sleeps for half a second) before the line goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::io::AsRawFd;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: usize = 100;
const SLOW_DISK: Duration = Duration::from_millis(500);

fn look_up(line: &str) {
    if line.trim() == "slow" {
        thread::sleep(SLOW_DISK);
    }
}

enum Event {
    Join(Sender<String>),
    Say(String),
}

fn serve_with_threads(listener: TcpListener) {
    let (to_hub, inbox) = mpsc::channel();
    thread::spawn(move || {
        let mut outboxes: Vec<Sender<String>> = Vec::new();
        for event in inbox {
            match event {
                Event::Join(outbox) => outboxes.push(outbox),
                Event::Say(line) => outboxes.retain(|outbox| outbox.send(line.clone()).is_ok()),
            }
        }
    });
    for socket in listener.incoming().map_while(Result::ok) {
        let (to_writer, outbox) = mpsc::channel::<String>();
        let (to_hub, mut writing) = (to_hub.clone(), socket.try_clone().expect("a handle"));
        to_hub.send(Event::Join(to_writer)).expect("the hub lives");
        thread::spawn(move || outbox.iter().all(|line| writing.write_all(line.as_bytes()).is_ok()));
        thread::spawn(move || {
            for line in BufReader::new(socket).lines().map_while(Result::ok) {
                look_up(&line);
                to_hub.send(Event::Say(line + "\n")).expect("the hub lives");
            }
        });
    }
}

/// What poll(2) wants to know of one socket, and what it says of it (`man 2 poll`).
#[repr(C)]
struct PollFd {
    fd: i32,
    events: i16,
    revents: i16,
}

const POLLIN: i16 = 1;
extern "C" {
    fn poll(fds: *mut PollFd, count: std::os::raw::c_ulong, timeout_ms: i32) -> i32;
}

/// Waits until one of these sockets has something to read. Returns which ones have.
fn wait(sockets: impl Iterator<Item = i32>) -> Vec<bool> {
    let mut fds: Vec<_> = sockets.map(|fd| PollFd { fd, events: POLLIN, revents: 0 }).collect();
    // SAFETY: the pointer and the count are those of a living `Vec` that nobody else uses, and its
    // items look as C wants them (`repr(C)`). The kernel writes only into their `revents`.
    unsafe { poll(fds.as_mut_ptr(), fds.len() as _, -1) };
    fds.iter().map(|fd| fd.revents != 0).collect()
}

/// One thread for all. For each client it keeps what a reader has on its stack: the line that is
/// not whole yet. It cheats: a `write` to a client that does not read stops everybody.
fn serve_with_poll(listener: TcpListener) {
    let mut clients: Vec<(TcpStream, Vec<u8>)> = Vec::new();
    loop {
        let all = clients.iter().map(|(socket, _)| socket.as_raw_fd());
        let mut ready = wait(std::iter::once(listener.as_raw_fd()).chain(all)).into_iter();
        let (is_new_here, mut lines) = (ready.next() == Some(true), Vec::new());
        clients.retain_mut(|(socket, begun)| {
            if ready.next() != Some(true) {
                return true;
            }
            let mut bytes = [0; 1_000];
            let read = socket.read(&mut bytes).unwrap_or(0);
            begun.extend_from_slice(&bytes[..read]);
            while let Some(end) = begun.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = begun.drain(..=end).collect();
                lines.push(String::from_utf8_lossy(&line).into_owned());
            }
            read > 0
        });
        if is_new_here {
            clients.extend(listener.accept().map(|(socket, _)| (socket, Vec::new())));
        }
        for line in lines {
            look_up(&line);
            clients.iter().for_each(|(socket, _)| drop((&*socket).write_all(line.as_bytes())));
        }
    }
}

fn of_this_process(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel says it");
    line.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().expect("a number")
}

fn say(mut client: &TcpStream, line: &str) {
    client.write_all(line.as_bytes()).expect("the server reads");
}

fn measure(name: &str, serve: fn(TcpListener), stay: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (threads, kb) = (of_this_process("Threads:"), of_this_process("VmRSS:"));
    thread::spawn(move || serve(listener));
    let connect = |_| TcpStream::connect(address).expect("the server listens");
    let clients: Vec<_> = (0..CLIENTS).map(connect).collect();
    let mut heard = BufReader::new(&clients[CLIENTS - 1]).lines();
    let mut hear = || heard.next().expect("a line").expect("the server lives");
    // The server accepts in order: when the last client hears itself, all clients are in.
    say(&clients[CLIENTS - 1], "here\n");
    hear();
    println!("{}_threads {}", name, of_this_process("Threads:") - threads);
    println!("{}_kb {:.1}", name, (of_this_process("VmRSS:") - kb) / CLIENTS as f64);
    if stay {
        println!("# pid {}: look at me, then press Enter", std::process::id());
        let (entered, enter) = mpsc::channel();
        thread::spawn(move || drop((std::io::stdin().read_line(&mut String::new()), entered)));
        enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
    }
    let began = Instant::now();
    say(&clients[0], "slow\n");
    thread::sleep(Duration::from_millis(50)); // By now the server is at the slow disk.
    say(&clients[1], "hello\n");
    while hear() != "hello" {}
    println!("{}_slow_ms {}", name, began.elapsed().as_millis());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let servers = [("poll", serve_with_poll as fn(TcpListener)), ("threads", serve_with_threads)];
    for (name, serve) in servers {
        if words.get(1).map_or(true, |word| word == name) {
            measure(name, serve, words.first().map_or(false, |word| word == "wait"));
        }
    }
}
