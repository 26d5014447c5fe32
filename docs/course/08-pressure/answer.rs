//! Lesson 8, the exercise: a chain of three threads and two queues. The listener at its end is
//! slow. The pressure must go back through the whole chain, to the one who talks.

use std::sync::mpsc::{channel, sync_channel, Receiver, SyncSender};
use std::thread;

/// The bounds of the two queues. `send` to a full queue waits: so the hub waits for the writer, and
/// the reader waits for the hub.
const INBOX_MAX: usize = 256;
const OUTBOX_MAX: usize = 256;

/// Starts the chain. `talker` gives the lines, as a socket does; `listener` takes one line, and may
/// need long for it.
///
/// talker -> reader -> inbox -> hub -> outbox -> writer -> listener
pub fn start_chain(
    talker: impl Iterator<Item = String> + Send + 'static,
    listener: impl FnMut(String) + Send + 'static,
) {
    let (to_hub, inbox) = sync_channel(INBOX_MAX);
    let (to_writer, outbox) = sync_channel(OUTBOX_MAX);
    thread::spawn(move || read(talker, to_hub));
    thread::spawn(move || run_hub(inbox, to_writer));
    thread::spawn(move || write(outbox, listener));
}

fn read(talker: impl Iterator<Item = String>, to_hub: SyncSender<String>) {
    for line in talker {
        if to_hub.send(line).is_err() {
            return;
        }
    }
}

fn run_hub(inbox: Receiver<String>, to_writer: SyncSender<String>) {
    for line in inbox {
        if to_writer.send(line + "!").is_err() {
            return;
        }
    }
}

fn write(outbox: Receiver<String>, mut listener: impl FnMut(String)) {
    for line in outbox {
        listener(line);
    }
}

fn main() {
    let (done, wait) = channel();
    let talker = (1..=3).map(|number| format!("line {}", number));
    start_chain(talker, move |line| {
        println!("{}", line);
        done.send(()).expect("main waits");
    });
    (1..=3).for_each(|_| wait.recv().expect("three lines"));
}

#[cfg(test)]
mod tests {
    use super::start_chain;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{channel, Receiver, Sender};
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    const LINES: usize = 20_000;
    /// The most lines that may be on their way, in all queues and hands together.
    const ON_THE_WAY_MAX: usize = 600;

    /// The test opens the gate of the listener: it sends one `()` for each line that may pass.
    struct Run {
        talked: Arc<AtomicUsize>,
        gate: Sender<()>,
        heard: Receiver<String>,
    }

    fn run() -> Run {
        let talked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&talked);
        let talker = (0..LINES).map(move |number| {
            count.fetch_add(1, Ordering::SeqCst);
            number.to_string()
        });
        let (gate, pass) = channel();
        let (tell, heard) = channel();
        start_chain(talker, move |line| {
            if pass.recv().is_ok() {
                tell.send(line).ok();
            }
        });
        Run { talked, gate, heard }
    }

    /// Waits until the talker has not said a line for half a second (here the pause is what the
    /// test is about). Returns how many lines it has said.
    fn when_still(talked: &AtomicUsize) -> usize {
        let end = Instant::now() + Duration::from_secs(3);
        let mut before = usize::MAX;
        while before != talked.load(Ordering::SeqCst) && Instant::now() < end {
            before = talked.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(500));
        }
        talked.load(Ordering::SeqCst)
    }

    fn hear(run: &Run, lines: std::ops::Range<usize>) {
        lines.clone().for_each(|_| run.gate.send(()).expect("the writer lives"));
        for number in lines {
            let line = run.heard.recv_timeout(Duration::from_secs(3));
            assert_eq!(line, Ok(format!("{}!", number)), "a line is lost, or in a wrong place");
        }
    }

    #[test]
    fn a_slow_listener_makes_the_talker_wait_and_no_line_is_lost() {
        let run = run();
        let talked = when_still(&run.talked);
        assert!(talked <= ON_THE_WAY_MAX, "nobody listens, and {} lines are on the way", talked);
        assert!(talked > 2, "the chain must run, and not wait for each line");
        // The listener takes 5,000 lines. The talker may say about as many more.
        hear(&run, 0..5_000);
        let talked = when_still(&run.talked);
        assert!(talked <= 5_000 + ON_THE_WAY_MAX, "{} lines said, 5,000 heard", talked);
        hear(&run, 5_000..LINES);
        assert_eq!(run.talked.load(Ordering::SeqCst), LINES);
    }
}
