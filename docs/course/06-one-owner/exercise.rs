//! Lesson 6, the exercise: many threads talk to the same listeners. All listeners must hear the
//! same order, and nobody who talks may wait for somebody who listens.

use std::sync::Mutex;

/// Hears one line. May take long: perhaps its client does not read.
pub type Listener = Box<dyn FnMut(&str) + Send>;

pub struct Chat {
    listeners: Vec<Mutex<Listener>>,
}

impl Chat {
    pub fn new(listeners: Vec<Listener>) -> Self {
        Self { listeners: listeners.into_iter().map(Mutex::new).collect() }
    }

    /// Says a line to all listeners. Any thread may call this, also many at the same time.
    pub fn say(&self, line: String) {
        // YOUR TURN: two talkers can overtake each other between two listeners. And a talker waits
        // until each listener has heard the line.
        for listener in &self.listeners {
            (listener.lock().unwrap())(&line);
        }
    }

    /// Returns when all listeners have heard all that was said.
    pub fn end(self) {}
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{mpsc, Arc, Mutex};
    use std::thread;
    use std::time::Duration;

    const NO_TIME: Duration = Duration::from_secs(0);

    type Heard = Arc<Mutex<Vec<String>>>;

    /// A listener that remembers. It needs some time for each line.
    fn remembering(time: Duration) -> (Listener, Heard) {
        let heard = Heard::default();
        let remembers = Arc::clone(&heard);
        let hear = move |line: &str| {
            thread::sleep(time);
            remembers.lock().unwrap().push(line.to_string());
        };
        (Box::new(hear), heard)
    }

    /// A listener that hears nothing until the other value is dropped.
    fn deaf() -> (Listener, mpsc::Sender<()>, Heard) {
        let (gate, wait) = mpsc::channel::<()>();
        let (mut remember, heard) = remembering(NO_TIME);
        let hear = move |line: &str| {
            // Nobody sends. `recv` returns when the sender is dropped.
            wait.recv().ok();
            remember(line);
        };
        (Box::new(hear), gate, heard)
    }

    #[test]
    fn all_listeners_hear_the_same_order() {
        // Before a slower listener the talkers gather, and may overtake each other.
        let time = |number| if number % 7 == 3 { Duration::from_micros(20) } else { NO_TIME };
        let all = (0..20).map(|number| remembering(time(number)));
        let (listeners, heard): (Vec<_>, Vec<_>) = all.unzip();
        let chat = Chat::new(listeners);
        thread::scope(|scope| {
            for talker in 0..8 {
                let chat = &chat;
                scope.spawn(move || {
                    (0..100).for_each(|line| chat.say(format!("{} {:02}", talker, line)));
                });
            }
        });
        chat.end();
        let first = heard[0].lock().unwrap().clone();
        for (number, heard) in heard.iter().enumerate() {
            let heard = heard.lock().unwrap();
            assert_eq!(heard.len(), 800, "lines that listener {} has heard at the end", number);
            assert!(*heard == first, "listener {} has heard another order", number);
        }
        for talker in 0..8 {
            let own = |line: &&String| line.starts_with(&talker.to_string());
            let lines: Vec<_> = first.iter().filter(own).collect();
            assert!(lines.windows(2).all(|two| two[0] < two[1]), "talker {}: the order", talker);
        }
    }

    #[test]
    fn a_talker_does_not_wait_for_a_deaf_listener() {
        let (deaf, gate, heard_late) = deaf();
        let (good, heard) = remembering(NO_TIME);
        let chat = Arc::new(Chat::new(vec![deaf, good]));
        let (has_said, said) = mpsc::channel();
        let talks = Arc::clone(&chat);
        let talker = thread::spawn(move || {
            (0..100).for_each(|line| talks.say(format!("line {:02}", line)));
            drop(talks);
            has_said.send(()).ok();
        });
        let is_free = said.recv_timeout(Duration::from_secs(2)).is_ok();
        drop(gate);
        talker.join().unwrap();
        assert!(is_free, "after two seconds the talker still waits for the deaf listener");
        Arc::try_unwrap(chat).ok().expect("only the test has the chat now").end();
        assert_eq!(heard_late.lock().unwrap().len(), 100, "what the deaf one heard at last");
        assert_eq!(*heard.lock().unwrap(), *heard_late.lock().unwrap());
    }

    #[test]
    fn at_the_end_no_thread_is_left() {
        let (listener, heard) = remembering(NO_TIME);
        let chat = Chat::new(vec![listener]);
        chat.say("the only line".to_string());
        chat.end();
        assert_eq!(heard.lock().unwrap().len(), 1, "lines heard at the end");
        assert_eq!(Arc::strong_count(&heard), 1, "somebody still owns the listener");
    }
}
