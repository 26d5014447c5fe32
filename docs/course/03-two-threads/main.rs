//! Lesson 3: what happens if one thread both reads from a connection and writes to it. First there
//! are news for a client that is silent. Then a client and an echo server both write, and neither
//! reads. At last the same client reads and writes at the same time, with two threads.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long the client of the news says nothing.
const SILENCE: Duration = Duration::from_secs(1);
/// So many bytes go to the echo server and come back, unless something stops them.
const TOTAL: usize = 128 * MEGABYTE;
const MEGABYTE: usize = 1024 * 1024;
/// So many bytes are in one call of `write`.
const PIECE: usize = 64 * 1024;
/// If no byte has moved for so long, both sides stand still.
const STILL: Duration = Duration::from_millis(500);

/// Counts one side's bytes, and knows whether its thread is in `write` now.
#[derive(Default)]
struct Side {
    written: AtomicUsize,
    in_write: AtomicUsize,
}

impl Side {
    fn write(&self, mut socket: &TcpStream, bytes: &[u8]) -> io::Result<()> {
        self.in_write.store(1, Ordering::SeqCst);
        let outcome = socket.write_all(bytes);
        self.in_write.store(0, Ordering::SeqCst);
        self.written.fetch_add(bytes.len(), Ordering::SeqCst);
        outcome
    }
}

/// Makes a connection. Returns the server's end and the client's end.
fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(door.local_addr()?)?;
    Ok((door.accept()?.0, client))
}

/// One thread for one client of a chat: it reads a line, and writes the news that wait.
fn read_and_write(client: TcpStream, news: Receiver<String>) -> io::Result<()> {
    let mut lines = BufReader::new(&client);
    while lines.read_line(&mut String::new())? > 0 {
        for line in news.try_iter() {
            (&client).write_all(line.as_bytes())?;
        }
    }
    Ok(())
}

/// Returns how long the news need to a client that is silent at first.
fn news_for_a_silent_client() -> io::Result<Duration> {
    let (server, client) = connection()?;
    let (queue, news) = mpsc::channel();
    let reader = thread::spawn(move || read_and_write(server, news));
    let said = Instant::now();
    queue.send("somebody came in\n".to_string()).expect("the reader is there");

    let other_half = client.try_clone()?;
    let silent = thread::spawn(move || {
        thread::sleep(SILENCE);
        (&other_half).write_all(b"is anybody here?\n")
    });
    BufReader::new(&client).read_line(&mut String::new())?;
    let heard = said.elapsed();
    silent.join().expect("the silent one")?;
    client.shutdown(Shutdown::Both)?;
    reader.join().expect("the reader")?;
    Ok(heard)
}

/// The echo server: one thread that reads a piece and writes it back.
fn echo(mut client: &TcpStream, side: &Side) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let bytes = client.read(&mut piece)?;
        if bytes == 0 {
            return Ok(());
        }
        side.write(client, &piece[..bytes])?;
    }
}

fn write_all(server: &TcpStream, side: &Side) -> io::Result<()> {
    let piece = [b'x'; PIECE];
    (0..TOTAL / PIECE).try_for_each(|_| side.write(server, &piece))
}

/// Reads until everything has come back.
fn read_all(server: &TcpStream) -> io::Result<u64> {
    io::copy(&mut server.take(TOTAL as u64), &mut io::sink())
}

/// A client writes everything and reads what comes back. With `threads` = 1 it first writes and
/// then reads. Returns how many MB it has written when all is done or nothing moves any more, and
/// how many of the two sides are in `write` then.
fn duel(threads: usize, stays: bool) -> io::Result<(f64, usize)> {
    let (server, client) = connection()?;
    let (server, client) = (Arc::new(server), Arc::new(client));
    let sides = [Arc::new(Side::default()), Arc::new(Side::default())];
    let (socket, side) = (Arc::clone(&server), Arc::clone(&sides[0]));
    let mut all = vec![thread::spawn(move || drop(echo(&socket, &side)))];
    let (socket, side) = (Arc::clone(&client), Arc::clone(&sides[1]));
    if threads == 1 {
        all.push(thread::spawn(move || drop((write_all(&socket, &side), read_all(&socket)))));
    } else {
        all.push(thread::spawn(move || drop(write_all(&socket, &side))));
        let socket = Arc::clone(&client);
        all.push(thread::spawn(move || drop(read_all(&socket))));
    }
    let moved = || sides.iter().map(|side| side.written.load(Ordering::SeqCst)).sum::<usize>();
    let (mut before, mut now) = (usize::MAX, 0);
    while now != before && now < 2 * TOTAL {
        thread::sleep(STILL);
        (before, now) = (now, moved());
    }
    let written = sides[1].written.load(Ordering::SeqCst) as f64 / MEGABYTE as f64;
    let in_write = sides.iter().map(|side| side.in_write.load(Ordering::SeqCst)).sum();
    if stays {
        wait_for_enter(server.local_addr()?.port());
    }
    // This wakes the threads that still wait in `write` or `read`. Their calls fail, and they end.
    client.shutdown(Shutdown::Both).ok();
    all.into_iter().for_each(|thread| thread.join().expect("a thread"));
    Ok((written, in_write))
}

/// Prints where to look, and stays until Enter, the end of input, or ten minutes.
fn wait_for_enter(port: u16) {
    println!("# pid {}, port {}: look at me, then press Enter", std::process::id(), port);
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
}

fn main() -> io::Result<()> {
    let stays = std::env::args().nth(1).map_or(false, |word| word == "wait");
    println!("news_ms {}", news_for_a_silent_client()?.as_millis());
    let (written, in_write) = duel(1, stays)?;
    println!("duel_mb {:.1}\nduel_in_write {}", written, in_write);
    println!("two_threads_mb {:.1}", duel(2, false)?.0);
    Ok(())
}
