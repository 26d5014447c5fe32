//! Lesson 6: eight talkers say lines to fifty listeners, in three ways: with a lock for each
//! listener, with one lock for all, and with a hub that owns the listeners. The program counts in
//! how many different orders the listeners hear the lines. Then one listener stops reading for a
//! while, and the program measures how long a talker needs to say one line.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{mpsc, Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const TALKERS: usize = 8;
const LISTENERS: usize = 50;
/// So many lines each talker says.
const LINES: usize = 50;
/// How long one listener does not read, when the talkers are timed.
const DEAF: Duration = Duration::from_secs(1);

/// One way to say a line to all listeners. Cloned for each talker.
type Say = Arc<dyn Fn(String) + Send + Sync>;

/// A lock for each listener: nobody else writes to it at the same time.
fn lock_each(sockets: Vec<UnixStream>) -> Say {
    let sockets: Vec<_> = sockets.into_iter().map(Mutex::new).collect();
    Arc::new(move |line| {
        for socket in &sockets {
            socket.lock().unwrap().write_all(line.as_bytes()).expect("a listener");
        }
    })
}

/// One lock for all listeners: a line goes to all of them before the next line may begin.
fn lock_all(sockets: Vec<UnixStream>) -> Say {
    let sockets = Mutex::new(sockets);
    Arc::new(move |line| write_to_all(&mut sockets.lock().unwrap(), &line))
}

/// No lock: the hub's thread owns the sockets. A talker only puts its line into the hub's queue.
fn hub(mut sockets: Vec<UnixStream>) -> Say {
    let (queue, lines) = mpsc::channel::<String>();
    let hub = thread::Builder::new().name("hub".to_string());
    hub.spawn(move || lines.iter().for_each(|line| write_to_all(&mut sockets, &line)))
        .expect("a thread");
    // The senders of rustc 1.63 cannot be shared, only cloned.
    let queue = Mutex::new(queue);
    Arc::new(move |line| queue.lock().unwrap().send(line).expect("the hub"))
}

fn write_to_all(sockets: &mut [UnixStream], line: &str) {
    for socket in sockets {
        socket.write_all(line.as_bytes()).expect("a listener");
    }
}

/// Starts a listener. It waits, and then reads all lines until the socket is closed.
fn listener(socket: UnixStream, deaf: Duration) -> JoinHandle<Vec<String>> {
    let listen = move || {
        thread::sleep(deaf);
        BufReader::new(socket).lines().map_while(Result::ok).collect()
    };
    thread::Builder::new().name("listener".to_string()).spawn(listen).expect("a thread")
}

/// Lets all talkers talk at the same time. The first listener is deaf for a while. Returns how many
/// different orders the listeners have heard, and the longest time in which a talker said one line.
fn talk(way: fn(Vec<UnixStream>) -> Say, deaf: Duration) -> io::Result<(usize, Duration)> {
    let (mut sockets, mut listeners) = (Vec::new(), Vec::new());
    for number in 0..LISTENERS {
        let (ours, theirs) = UnixStream::pair()?;
        sockets.push(ours);
        listeners.push(listener(theirs, if number == 0 { deaf } else { Duration::from_secs(0) }));
    }
    let say = way(sockets);
    let talker = |number| {
        let say = Arc::clone(&say);
        let one_line = move |line| {
            let started = Instant::now();
            // Long lines, so that the socket of the deaf listener is full soon.
            say(format!("talker {} line {} {}\n", number, line, "x".repeat(1_000)));
            started.elapsed()
        };
        let talk = move || (0..LINES).map(one_line).max().unwrap_or_default();
        thread::Builder::new().name("talker".to_string()).spawn(talk).expect("a thread")
    };
    let talkers: Vec<_> = (0..TALKERS).map(talker).collect();
    let longest = talkers.into_iter().map(|talker| talker.join().expect("a talker")).max();
    // The last owner of the sockets ends, and so do the listeners.
    drop(say);
    let orders: HashSet<_> =
        listeners.into_iter().map(|listener| listener.join().expect("a listener")).collect();
    assert!(orders.iter().all(|heard| heard.len() == TALKERS * LINES), "a line is lost");
    Ok((orders.len(), longest.unwrap_or_default()))
}

fn main() -> io::Result<()> {
    if std::env::args().nth(1).map_or(false, |word| word == "wait") {
        println!("# pid {}: look at me, then press Enter", std::process::id());
        thread::spawn(|| {
            io::stdin().read_line(&mut String::new()).ok();
            std::process::exit(0);
        });
        talk(lock_all, Duration::from_secs(600))?;
        return Ok(());
    }
    let no_time = Duration::from_secs(0);
    println!("lock_each_orders {}", talk(lock_each, no_time)?.0);
    println!("lock_all_orders {}", talk(lock_all, no_time)?.0);
    println!("hub_orders {}", talk(hub, no_time)?.0);
    println!("lock_all_say_ms {}", talk(lock_all, DEAF)?.1.as_millis());
    println!("hub_say_ms {}", talk(hub, DEAF)?.1.as_millis());
    Ok(())
}
