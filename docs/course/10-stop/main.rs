//! Lesson 10: how does a server of threads end? A server has one thread that blocks in `accept`,
//! and five readers that block in `read`. The program tries three ways to end these six threads.

use std::io::{self, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::io::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: usize = 5;
/// How long the program waits for the threads to end, after each way.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the server's threads share with the one who stops them.
#[derive(Default)]
struct Shared {
    must_stop: AtomicBool,
    /// A second handle to the socket of each client. The reader has the first.
    sockets: Mutex<Vec<TcpStream>>,
    ended: AtomicUsize,
}

/// The thread `accept`: starts a reader for each client. It looks at the flag whenever `accept` has
/// returned. `accept` returns an error after `shutdown(2)` of the listener.
fn accept_all(listener: TcpListener, shared: &Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept() {
        if shared.must_stop.load(Ordering::SeqCst) {
            break;
        }
        let (second, same) = (socket.try_clone().expect("a second handle"), Arc::clone(shared));
        thread::spawn(move || read_all(socket, &same));
        shared.sockets.lock().expect("no panics").push(second);
    }
    shared.ended.fetch_add(1, Ordering::SeqCst);
}

/// A reader: reads until the client ends. It looks at the flag whenever `read` has returned.
fn read_all(mut socket: TcpStream, shared: &Shared) {
    let mut bytes = [0; 1_000];
    while socket.read(&mut bytes).unwrap_or(0) > 0 {
        if shared.must_stop.load(Ordering::SeqCst) {
            break;
        }
    }
    shared.ended.fetch_add(1, Ordering::SeqCst);
}

/// `shutdown(2)` of a listener: a thread that blocks in `accept` wakes up with an error. The
/// standard library has that call for streams only. But for the kernel both are sockets, so we look
/// at a second handle of the listener as at a stream.
fn shut_listener_down(listener: TcpListener) {
    TcpStream::from(OwnedFd::from(listener)).shutdown(Shutdown::Both).ok();
}

/// Waits until all six threads have ended, or the patience is over. Returns how many have ended.
fn ended(shared: &Shared) -> usize {
    let end = Instant::now() + PATIENCE;
    while shared.ended.load(Ordering::SeqCst) <= CLIENTS && Instant::now() < end {
        thread::sleep(Duration::from_micros(100));
    }
    shared.ended.load(Ordering::SeqCst)
}

fn main() -> io::Result<()> {
    let stay = std::env::args().nth(1).map_or(false, |word| word == "wait");
    let look = |when| {
        if stay {
            wait_for_enter(when);
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let second = listener.try_clone()?;
    let third = listener.try_clone()?;
    let shared = Arc::new(Shared::default());
    let same = Arc::clone(&shared);
    thread::spawn(move || accept_all(listener, &same));
    let clients: io::Result<Vec<_>> = (0..CLIENTS).map(|_| TcpStream::connect(address)).collect();
    let clients = clients?;
    while shared.sockets.lock().expect("no panics").len() < CLIENTS {
        thread::sleep(Duration::from_millis(1));
    }
    look("the server runs");

    // The first way: a flag that every thread looks at.
    shared.must_stop.store(true, Ordering::SeqCst);
    println!("flag_ended {}", ended(&shared));
    look("the flag is set");

    // The second way: close our handles of all sockets (`close(2)`), but for one that the third
    // way needs. The handles in the threads stay open, too: a thread owns its own.
    let sockets = std::mem::take(&mut *shared.sockets.lock().expect("no panics"));
    let kept: io::Result<Vec<_>> = sockets.iter().map(TcpStream::try_clone).collect();
    let kept = kept?;
    drop((third, sockets));
    println!("close_ended {}", ended(&shared));

    // The third way: `shutdown(2)`.
    let began = Instant::now();
    shut_listener_down(second);
    for socket in &kept {
        socket.shutdown(Shutdown::Both).ok();
    }
    println!("shutdown_ended {}", ended(&shared));
    println!("shutdown_ms {:.1}", began.elapsed().as_secs_f64() * 1_000.0);
    look("all sockets are shut down");
    drop(clients);
    Ok(())
}

/// Prints the process's number and stays until Enter, the end of input, or ten minutes.
fn wait_for_enter(when: &str) {
    println!("# pid {}: {}; look at me, then press Enter", std::process::id(), when);
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
}
