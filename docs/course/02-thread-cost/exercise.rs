//! Lesson 2, the exercise: a thread for each client. The thread reads one long request, and then it
//! waits until the client leaves. That can take hours. Make the waiting thread cheap.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};

/// The longest request, in bytes.
pub const REQUEST_BYTES_MAX: usize = 128 * 1024;

/// Starts the thread of one client.
///
/// # Errors
/// The system cannot start a thread.
pub fn start<R>(request: R, told: Sender<usize>, leaves: Receiver<()>) -> io::Result<JoinHandle<()>>
where
    R: Read + Send + 'static,
{
    // YOUR TURN: Rust gives this thread 2 MB of address space for its stack. It needs less.
    thread::Builder::new().spawn(move || serve(request, &told, &leaves))
}

/// Reads the request, tells how long it is, and waits until the client leaves.
fn serve(mut request: impl Read, told: &Sender<usize>, leaves: &Receiver<()>) {
    // YOUR TURN: when does this thread give the memory of `buffer` back?
    let mut buffer = [0; REQUEST_BYTES_MAX];
    let mut length = 0;
    while let Ok(bytes @ 1..) = request.read(&mut buffer[length..]) {
        length += bytes;
    }
    told.send(length).ok();
    // The sender never sends. `recv` returns when the sender is dropped.
    leaves.recv().ok();
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const CLIENTS: usize = 600;

    struct Crowd {
        threads: Vec<JoinHandle<()>>,
        /// Dropped when the clients leave.
        clients: Vec<Sender<()>>,
    }

    impl Crowd {
        /// Starts all threads, and returns when each has read its request and waits.
        fn new() -> Self {
            let (told, lengths) = mpsc::channel();
            let (mut threads, mut clients) = (Vec::new(), Vec::new());
            for _ in 0..CLIENTS {
                let (client, leaves) = mpsc::channel();
                let request = io::repeat(3).take(REQUEST_BYTES_MAX as u64);
                let thread = start(request, told.clone(), leaves);
                threads.push(thread.expect("the system cannot start a thread"));
                clients.push(client);
            }
            for _ in 0..CLIENTS {
                assert_eq!(lengths.recv().unwrap(), REQUEST_BYTES_MAX, "length of a request");
            }
            Self { threads, clients }
        }

        fn end(self) {
            drop(self.clients);
            self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
    }

    /// Reads a number of KB from what the kernel says about this process.
    fn kilobytes(name: &str) -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn a_waiting_thread_needs_little_address_space_and_little_memory() {
        // `malloc` makes arenas for the first threads, and keeps them for later ones. They are not
        // what this test measures. So a first crowd comes and goes.
        Crowd::new().end();

        let before = [kilobytes("VmSize"), kilobytes("VmRSS")];
        let crowd = Crowd::new();
        let after = [kilobytes("VmSize"), kilobytes("VmRSS")];
        let still_there = crowd.threads.len();
        crowd.end();

        let each = |index: usize| after[index].saturating_sub(before[index]) / CLIENTS as u64;
        assert_eq!(still_there, CLIENTS);
        assert!(each(0) <= 512, "KB of address space for each thread: {}", each(0));
        assert!(each(1) <= 80, "KB of memory for each thread: {}", each(1));
    }

    #[test]
    fn a_thread_waits_until_its_client_leaves() {
        let ((told, lengths), (client, leaves)) = (mpsc::channel(), mpsc::channel());
        let thread = start(io::empty(), told, leaves).unwrap();
        assert_eq!(lengths.recv().unwrap(), 0, "length of an empty request");
        thread::sleep(std::time::Duration::from_millis(200));
        // When the thread has ended, nobody receives any more.
        assert!(client.send(()).is_ok(), "the thread has not waited");
        thread.join().unwrap();
    }
}
