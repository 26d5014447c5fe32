//! Lesson 7, the exercise: a listener whose socket is full falls behind, and gets everything later.
//!
//! The hub keeps one log of all lines. The number of a line is its place in the log. For each
//! listener the hub may keep one number, and nothing that grows: no queue of lines.

/// The socket of one listener, as far as the hub may use it.
pub trait Socket {
    /// Gives the socket a line and its number. `false`: the socket is full and took nothing. Never
    /// waits.
    fn send_now(&mut self, number: usize, line: &str) -> bool;
}

pub struct Listener<S> {
    pub socket: S,
    /// The number of the line that this listener needs next.
    pub next: usize,
}

pub struct Hub<S> {
    log: Vec<String>,
    pub listeners: Vec<Listener<S>>,
}

impl<S: Socket> Hub<S> {
    pub fn new(sockets: Vec<S>) -> Self {
        let listeners = sockets.into_iter().map(|socket| Listener { socket, next: 0 }).collect();
        Self { log: Vec::new(), listeners }
    }

    /// Somebody says a line: all listeners get it.
    pub fn say(&mut self, line: &str) {
        self.log.push(line.to_string());
        let number = self.log.len() - 1;
        for listener in &mut self.listeners {
            // YOUR TURN: if the socket is full, the line is lost for this listener. And if older
            // lines are missing, a new line must not overtake them.
            let _taken = listener.socket.send_now(number, line);
            listener.next = number + 1;
        }
    }

    /// The socket of this listener was full, and now has space again. (A real hub hears that from
    /// the listener's writer, or from `poll`.)
    pub fn has_space(&mut self, listener: usize) {
        // YOUR TURN: tell the listener what it has missed, as much as its socket takes.
        let _listener = &mut self.listeners[listener];
    }
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes 16 lines. A listener that listens empties it after each line.
    #[derive(Default)]
    struct SmallSocket {
        is_deaf: bool,
        waiting: usize,
        heard: Vec<(usize, String)>,
        refused: usize,
    }

    impl Socket for SmallSocket {
        fn send_now(&mut self, number: usize, line: &str) -> bool {
            if self.waiting == 16 {
                self.refused += 1;
                return false;
            }
            self.waiting += usize::from(self.is_deaf);
            self.heard.push((number, line.to_string()));
            true
        }
    }

    /// A hub with three listeners, the first of them deaf.
    fn hub() -> Hub<SmallSocket> {
        let deaf = SmallSocket { is_deaf: true, ..SmallSocket::default() };
        Hub::new(vec![deaf, SmallSocket::default(), SmallSocket::default()])
    }

    fn say(hub: &mut Hub<SmallSocket>, numbers: std::ops::Range<usize>) {
        numbers.for_each(|number| hub.say(&format!("line {}", number)));
    }

    /// The deaf listener reads what waits in its socket, and the hub hears that there is space.
    fn read_once(hub: &mut Hub<SmallSocket>) {
        hub.listeners[0].socket.waiting = 0;
        hub.has_space(0);
    }

    fn heard_all(hub: &Hub<SmallSocket>, listener: usize, lines: usize) {
        let heard = &hub.listeners[listener].socket.heard;
        let should: Vec<_> = (0..lines).map(|n| (n, format!("line {}", n))).collect();
        let wrong = heard.iter().zip(&should).position(|(heard, should)| heard != should);
        assert_eq!(wrong, None, "listener {}: here something is missing or doubled", listener);
        assert_eq!(heard.len(), lines, "listener {}: lines heard", listener);
    }

    #[test]
    fn who_was_deaf_hears_all_in_order_and_nothing_twice() {
        let mut hub = hub();
        say(&mut hub, 0..1_000);
        heard_all(&hub, 1, 1_000);
        heard_all(&hub, 2, 1_000);
        (0..40).for_each(|_| read_once(&mut hub));
        // In the middle of the catching up, others go on to talk.
        say(&mut hub, 1_000..1_100);
        (0..40).for_each(|_| read_once(&mut hub));
        heard_all(&hub, 0, 1_100);
        hub.listeners[0].socket.is_deaf = false;
        say(&mut hub, 1_100..1_200);
        read_once(&mut hub);
        (0..3).for_each(|listener| heard_all(&hub, listener, 1_200));
    }

    #[test]
    fn a_full_socket_is_not_asked_again_and_again() {
        let mut hub = hub();
        say(&mut hub, 0..1_000);
        let refused = hub.listeners[0].socket.refused;
        assert!(refused <= 1_000, "at most once for each line, and it was {}", refused);
    }

    #[test]
    fn the_hub_keeps_one_number_for_each_listener() {
        let number = std::mem::size_of::<usize>();
        let listener = std::mem::size_of::<Listener<SmallSocket>>();
        assert!(listener <= std::mem::size_of::<SmallSocket>() + 2 * number, "{}", listener);
    }
}
