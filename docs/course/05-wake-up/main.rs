//! Lesson 5: what it costs to wake a thread, against what it costs to send a message. Then a hub
//! has lines for 200 clients. First it wakes a writer for each of them. Then it sends by itself.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 501;
const CLIENTS: usize = 200;
const LINES: usize = 51;
const LINE: &[u8] = &[b'x'; 100];

/// Gives the turn to the other thread, and wakes it. `turn` is even if it is the turn of thread 0.
fn pass(turn: &AtomicUsize, other: &thread::Thread) {
    turn.fetch_add(1, Ordering::AcqRel);
    other.unpark();
}

fn sleep_until_turn_of(number: usize, turn: &AtomicUsize) {
    while turn.load(Ordering::Acquire) % 2 != number {
        thread::park();
    }
}

/// Two threads wake each other in turn. Before each round both have slept for a while. Returns the
/// time of each round there and back.
fn ping_pong(rounds: usize, pause: Duration) -> Vec<Duration> {
    let (turn, ping) = (Arc::new(AtomicUsize::new(0)), thread::current());
    let shared = Arc::clone(&turn);
    let pong = thread::spawn(move || {
        for _ in 0..rounds {
            sleep_until_turn_of(1, &shared);
            pass(&shared, &ping);
        }
    });
    let mut times = Vec::new();
    for _ in 0..rounds {
        thread::sleep(pause);
        let started = Instant::now();
        pass(&turn, pong.thread());
        sleep_until_turn_of(0, &turn);
        times.push(started.elapsed());
    }
    pong.join().expect("pong");
    times
}

/// How many times the calling thread has slept until now. The kernel calls that a voluntary switch.
fn my_sleeps() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").expect("the kernel's file");
    let line = status.lines().find(|line| line.starts_with("voluntary")).expect("the count");
    line.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a number")
}

/// Half of the times are longer than this one.
fn median_us(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_nanos() as f64 / 1_000.0
}

/// Makes connections. Nobody reads at the clients' ends: all fits into the kernel's buffers.
fn connections() -> io::Result<(Vec<TcpStream>, Vec<TcpStream>)> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let (mut hub_ends, mut clients) = (Vec::new(), Vec::new());
    for _ in 0..CLIENTS {
        clients.push(TcpStream::connect(door.local_addr()?)?);
        let (hub_end, _) = door.accept()?;
        // Each line leaves at once. Else the kernel might collect small ones for a while.
        hub_end.set_nodelay(true)?;
        hub_ends.push(hub_end);
    }
    Ok((hub_ends, clients))
}

/// Does one line after the other, and returns the time of each.
fn each_line(mut one_line: impl FnMut()) -> Vec<Duration> {
    // Does the line first, and then looks at the clock.
    let timed = |started: Instant| (one_line(), started.elapsed()).1;
    (0..LINES).map(|_| Instant::now()).map(timed).collect()
}

/// The hub gives each line to 200 writers. Each writer sleeps, is woken, and sends. A line is done
/// when the last writer has sent it. Returns the times, and how many times one writer slept.
fn by_writers() -> io::Result<(Vec<Duration>, u64)> {
    let (hub_ends, _clients) = connections()?;
    let (mut queues, mut writers) = (Vec::new(), Vec::new());
    let to_send = Arc::new(AtomicUsize::new(0));
    for mut socket in hub_ends {
        let (queue, lines) = mpsc::channel();
        let (to_send, hub) = (Arc::clone(&to_send), thread::current());
        writers.push(thread::spawn(move || {
            let before = my_sleeps();
            for line in lines {
                socket.write_all(line).expect("space in the kernel's buffers");
                if to_send.fetch_sub(1, Ordering::AcqRel) == 1 {
                    hub.unpark();
                }
            }
            my_sleeps() - before
        }));
        queues.push(queue);
    }
    let times = each_line(|| {
        to_send.store(CLIENTS, Ordering::Release);
        queues.iter().for_each(|queue| queue.send(LINE).expect("a writer"));
        while to_send.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    });
    drop(queues);
    let sleeps = writers.into_iter().map(|writer| writer.join().expect("a writer")).sum::<u64>();
    Ok((times, sleeps / CLIENTS as u64))
}

/// The hub sends each line to 200 clients by itself.
fn by_hub() -> io::Result<Vec<Duration>> {
    let (mut hub_ends, _clients) = connections()?;
    Ok(each_line(|| {
        for socket in &mut hub_ends {
            socket.write_all(LINE).expect("space in the kernel's buffers");
        }
    }))
}

/// Plays on, a hundred rounds in a second, until Enter, the end of input, or for ten minutes.
fn play_on() {
    println!("# pid {}: look at me, then press Enter", std::process::id());
    thread::spawn(|| {
        io::stdin().read_line(&mut String::new()).ok();
        std::process::exit(0);
    });
    ping_pong(60_000, Duration::from_millis(10));
}

fn main() -> io::Result<()> {
    if std::env::args().nth(1).map_or(false, |word| word == "wait") {
        play_on();
    }
    println!("round_trip_us {:.1}", median_us(ping_pong(ROUNDS, Duration::from_micros(200))));
    let hub = median_us(by_hub()?);
    let (writers, sleeps) = by_writers()?;
    let writers = median_us(writers);
    println!("hub_us {:.0}\nwriters_us {:.0}\nratio {:.1}", hub, writers, writers / hub);
    println!("writer_sleeps {}", sleeps);
    Ok(())
}
