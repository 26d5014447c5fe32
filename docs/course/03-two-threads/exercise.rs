//! Lesson 3, the exercise: a client of a chat, served by one thread. The thread reads what the
//! client says, and it writes what waits for the client. Give the client a second thread.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender};

/// What waits in a client's queue.
pub enum Work {
    /// A line that the client shall hear, with its `\n`.
    Line(String),
    /// Nothing more will come. (At first nobody sends this.)
    End,
}

/// Serves one client. Others put their lines for it into `queue`; they come out of `waiting`. The
/// client may say `ping`, and then hears `pong`. It leaves when it says `bye` or hangs up.
///
/// Returns when the client has left, and leaves no thread behind.
pub fn serve(socket: TcpStream, queue: Sender<Work>, waiting: Receiver<Work>) {
    let mut lines = BufReader::new(&socket).lines();
    while let Some(Ok(said)) = lines.next() {
        match said.as_str() {
            "ping" => drop(queue.send(Work::Line("pong\n".to_string()))),
            "bye" => break,
            _ => {}
        }
        // YOUR TURN: this runs only when the client has said something. And while it runs, nobody
        // reads what the client says.
        while let Ok(Work::Line(line)) = waiting.try_recv() {
            if (&socket).write_all(line.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    const MEGABYTE: usize = 1024 * 1024;

    /// A client that is being served.
    struct Client {
        socket: TcpStream,
        queue: Sender<Work>,
        served: Receiver<()>,
    }

    impl Client {
        fn new() -> Self {
            let door = TcpListener::bind("127.0.0.1:0").unwrap();
            let socket = TcpStream::connect(door.local_addr().unwrap()).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            let ((queue, waiting), (is_served, served)) = (mpsc::channel(), mpsc::channel());
            let (peer, to_queue) = (door.accept().unwrap().0, queue.clone());
            thread::spawn(move || (serve(peer, to_queue, waiting), is_served.send(())));
            Self { socket, queue, served }
        }

        fn say(&self, line: &str) {
            (&self.socket).write_all(line.as_bytes()).unwrap();
        }

        fn tell(&self, line: String) {
            self.queue.send(Work::Line(line)).ok();
        }

        /// The client has left: `serve` returns, and nobody takes from the queue any more.
        fn has_ended(self) {
            let served = self.served.recv_timeout(Duration::from_secs(2));
            assert!(served.is_ok(), "two seconds after the client left, `serve` has not returned");
            assert!(self.queue.send(Work::End).is_err(), "a thread still has the client's queue");
        }
    }

    #[test]
    fn a_silent_client_hears_the_news() {
        let client = Client::new();
        client.tell("somebody came in\n".to_string());
        let mut heard = String::new();
        BufReader::new(&client.socket).read_line(&mut heard).ok();
        assert_eq!(heard, "somebody came in\n", "what the client heard in two seconds");
        client.say("bye\n");
        client.has_ended();
    }

    #[test]
    fn a_client_that_hangs_up_leaves_no_thread_behind() {
        let client = Client::new();
        client.socket.shutdown(std::net::Shutdown::Write).unwrap();
        client.has_ended();
    }

    #[test]
    fn a_deaf_client_can_still_say_bye() {
        let client = Client::new();
        // Much more than the kernel's buffers take.
        (0..64).for_each(|_| client.tell("x".repeat(MEGABYTE) + "\n"));
        client.say("ping\n");
        thread::sleep(Duration::from_millis(300));
        client.say("bye\n");
        client.has_ended();
    }

    #[test]
    fn a_slow_client_hears_whole_lines() {
        let client = Client::new();
        for _ in 0..16 {
            client.tell("x".repeat(MEGABYTE) + "\n");
            client.say("ping\nping\n");
        }
        // This client reads late, and is still a good one.
        thread::sleep(Duration::from_millis(700));
        let (mut news, mut pongs) = (0, 0);
        for line in BufReader::new(&client.socket).lines().take(48) {
            match line.expect("the next line").as_str() {
                "pong" => pongs += 1,
                line => news += usize::from(line == "x".repeat(MEGABYTE)),
            }
        }
        assert_eq!((news, pongs), (16, 32), "whole lines of news, and pongs");
        client.say("bye\n");
        client.has_ended();
    }
}
