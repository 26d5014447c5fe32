//! Lesson 5, the exercise: a hub works in rounds. In one round it has many lines for the same
//! client. Wake the client's writer once in a round, not once for each line.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// The queue between the hub and one writer.
#[derive(Default)]
pub struct Outbox {
    state: Mutex<State>,
    bell: Condvar,
    /// How many times the bell was rung.
    rings: AtomicUsize,
}

#[derive(Default)]
struct State {
    lines: VecDeque<String>,
    is_closed: bool,
}

impl Outbox {
    /// Wakes the writer if it sleeps. This is the only way to wake it.
    fn ring(&self) {
        self.rings.fetch_add(1, Ordering::Relaxed);
        self.bell.notify_one();
    }

    fn push(&self, line: String) {
        // YOUR TURN: this rings for each line, and the writer wakes up for each line.
        self.state.lock().unwrap().lines.push_back(line);
        self.ring();
    }

    /// Returns the next line. Sleeps while there is none. `None`: the outbox is closed and empty.
    fn take(&self) -> Option<String> {
        // YOUR TURN: the writer comes once for each line.
        let state = self.state.lock().unwrap();
        let is_idle = |state: &mut State| state.lines.is_empty() && !state.is_closed;
        self.bell.wait_while(state, is_idle).unwrap().lines.pop_front()
    }

    /// The writer shall write what is left, and end.
    pub fn close(&self) {
        self.state.lock().unwrap().is_closed = true;
        self.ring();
    }
}

/// The hub's side of one client.
pub struct Hub {
    pub outbox: Arc<Outbox>,
}

impl Hub {
    pub fn new(outbox: Arc<Outbox>) -> Self {
        Self { outbox }
    }

    /// The client shall hear this line, with its `\n`, at the end of this round at the latest.
    pub fn say(&mut self, line: String) {
        self.outbox.push(line);
    }

    /// The hub has no more lines for now, and will sleep.
    pub fn round_ends(&mut self) {
        // YOUR TURN: nothing happens here yet.
    }
}

/// The writer: writes what is in the outbox, until it is closed. `write` writes to the socket.
pub fn write_all(outbox: &Outbox, mut write: impl FnMut(&[u8])) {
    while let Some(line) = outbox.take() {
        write(line.as_bytes());
    }
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{self, Receiver};
    use std::thread::{self, JoinHandle};
    use std::time::Duration;

    /// How many times the calling thread has slept until now, as the kernel counts it.
    fn my_sleeps() -> usize {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Starts a hub and its client's writer. The writer returns how many times it has slept.
    fn start() -> (Hub, Receiver<Vec<u8>>, JoinHandle<usize>) {
        let (to_test, written) = mpsc::channel();
        let outbox = Arc::new(Outbox::default());
        let hub = Hub::new(Arc::clone(&outbox));
        let writer = thread::spawn(move || {
            let before = my_sleeps();
            write_all(&outbox, |bytes| to_test.send(bytes.to_vec()).unwrap());
            my_sleeps() - before
        });
        (hub, written, writer)
    }

    #[test]
    fn ten_thousand_lines_need_less_than_a_thousand_wake_ups() {
        let (mut hub, written, writer) = start();
        let mut writes = 0;
        for round in 0..100 {
            let (mut should, mut heard) = (String::new(), Vec::new());
            for number in 0..100 {
                let line = format!("round {} line {}\n", round, number);
                should.push_str(&line);
                hub.say(line);
            }
            hub.round_ends();
            while heard.len() < should.len() {
                let piece = written.recv_timeout(Duration::from_secs(2));
                heard.extend(piece.expect("the lines of a round must come when it ends"));
                writes += 1;
            }
            assert!(heard == should.as_bytes(), "round {}: the client heard something else", round);
        }
        hub.outbox.close();
        let (sleeps, rings) = (writer.join().unwrap(), hub.outbox.rings.load(Ordering::Relaxed));
        assert!(rings < 1_000 && rings > 0, "how many times the bell was rung: {}", rings);
        assert!(writes < 1_000, "calls of `write`: {}", writes);
        assert!(sleeps < 1_000, "how many times the writer slept: {}", sleeps);
    }

    #[test]
    fn a_writer_with_nothing_to_do_sleeps() {
        let (hub, _written, writer) = start();
        thread::sleep(Duration::from_millis(500));
        hub.outbox.close();
        let sleeps = writer.join().unwrap();
        assert!(sleeps < 5, "in half a second with nothing to do it woke up {} times", sleeps);
    }
}
