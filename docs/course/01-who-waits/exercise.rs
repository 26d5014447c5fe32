//! Lesson 1, the exercise: a client that says nothing must not keep the others waiting.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// The server. Returns only if `accept` fails.
pub fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept()?;
        // YOUR TURN: while the server is in `echo`, all others wait.
        echo(client).ok();
    }
}

/// Sends each line of the client back to it. Returns when the client has left.
fn echo(client: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(&client);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        (&client).write_all(line.as_bytes())?;
        line.clear();
    }
    Ok(())
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use std::thread;
    use std::time::Duration;

    /// Starts a server. It ends with the test program.
    fn server() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || serve(listener));
        address
    }

    fn client(server: SocketAddr) -> TcpStream {
        let client = TcpStream::connect(server).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        client
    }

    /// Says a line, and returns what the client hears within two seconds.
    fn ask(mut client: &TcpStream, line: &str) -> String {
        let mut answer = String::new();
        if client.write_all(line.as_bytes()).is_ok() {
            BufReader::new(client).read_line(&mut answer).ok();
        }
        answer
    }

    #[test]
    fn a_silent_client_does_not_keep_a_second_one_waiting() {
        let server = server();
        let _silent = client(server);
        assert_eq!(ask(&client(server), "hello\n"), "hello\n", "the second client's answer");
    }

    #[test]
    fn a_hundred_silent_clients_keep_nobody_waiting_and_are_served_later() {
        let server = server();
        let silent: Vec<_> = (0..100).map(|_| client(server)).collect();
        assert_eq!(ask(&client(server), "hello\n"), "hello\n", "the answer of the last one");
        // A server that ends who is silent for a while would be no cure. People think long.
        thread::sleep(Duration::from_millis(1_500));
        for (number, client) in silent.iter().enumerate() {
            let line = format!("I am number {}\n", number);
            assert_eq!(ask(client, &line), line, "the answer of silent client {}", number);
        }
    }

    #[test]
    fn a_client_that_leaves_takes_nobody_with_it() {
        let server = server();
        let stays = client(server);
        for _ in 0..20 {
            // This one leaves in the middle of a line.
            client(server).write_all(b"I am go").unwrap();
        }
        assert_eq!(ask(&stays, "still here\n"), "still here\n");
        assert_eq!(ask(&client(server), "I am new\n"), "I am new\n");
    }
}
