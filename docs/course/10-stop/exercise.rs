//! Lesson 10, the exercise: a server that can be stopped. `stop` must wake every thread, say "bye"
//! to each client, and wait for the threads, but not longer than until its deadline.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::io::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Shared {
    must_stop: AtomicBool,
    /// A second handle to the socket of each client, and the client's thread. A test uses it, too.
    clients: Mutex<Vec<(TcpStream, JoinHandle<()>)>>,
}

pub struct Server {
    pub address: SocketAddr,
    listener: TcpListener,
    accept: JoinHandle<()>,
    shared: Arc<Shared>,
}

impl Server {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, second) = (listener.local_addr()?, listener.try_clone()?);
        let shared = Arc::new(Shared::default());
        let same = Arc::clone(&shared);
        let accept = thread::spawn(move || accept_all(second, &same));
        Ok(Self { address, listener, accept, shared })
    }

    /// Stops the server. Returns how many threads have not ended until `deadline`.
    pub fn stop(self, deadline: Instant) -> usize {
        self.shared.must_stop.store(true, Ordering::SeqCst);
        // YOUR TURN: the flag wakes nobody. Wake the thread in `accept`, then say "bye\n" to each
        // client and wake its reader. Wait for the threads, but only until the deadline: one of
        // them may be stubborn. `shut_listener_down` is there already.
        let _ = (deadline, &self.listener, shut_listener_down as fn(&TcpListener));
        self.accept.join().expect("accept does not panic");
        0
    }
}

fn accept_all(listener: TcpListener, shared: &Shared) {
    while let Ok((socket, _)) = listener.accept() {
        if shared.must_stop.load(Ordering::SeqCst) {
            return;
        }
        let second = socket.try_clone().expect("a second handle");
        let reader = thread::spawn(move || read_all(socket));
        shared.clients.lock().expect("no panics").push((second, reader));
    }
}

/// Echoes each line. At the line "work" the thread works for a minute, and hears nothing.
fn read_all(mut socket: TcpStream) {
    let reading = socket.try_clone().expect("a second handle");
    for line in BufReader::new(reading).lines().map_while(Result::ok) {
        if line == "work" {
            thread::sleep(Duration::from_secs(60));
        }
        if socket.write_all((line + "\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// Wakes the thread that waits in `accept` on this listener; see `main.rs`.
fn shut_listener_down(listener: &TcpListener) {
    let second = listener.try_clone().expect("a second handle");
    TcpStream::from(OwnedFd::from(second)).shutdown(Shutdown::Both).ok();
}

fn main() -> io::Result<()> {
    println!("threads left: {}", Server::start()?.stop(Instant::now() + Duration::from_secs(1)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A client that has said a line and heard the echo: so its thread runs.
    fn client(server: &Server) -> BufReader<TcpStream> {
        let mut client = TcpStream::connect(server.address).expect("the server runs");
        client.set_read_timeout(Some(Duration::from_secs(3))).expect("a timeout");
        client.write_all(b"hello\n").expect("the server reads");
        let mut client = BufReader::new(client);
        assert_eq!(hear(&mut client), "hello\n");
        client
    }

    /// The next line; empty at the end.
    fn hear(client: &mut BufReader<TcpStream>) -> String {
        let mut line = String::new();
        client.read_line(&mut line).expect("a line or the end, within 3 seconds");
        line
    }

    /// Stops the server on another thread, so that this test cannot hang. Returns who was left.
    fn stop(server: Server, patience: Duration) -> usize {
        let (done, result) = mpsc::channel();
        thread::spawn(move || done.send(server.stop(Instant::now() + patience)));
        let left = result.recv_timeout(patience + Duration::from_secs(1));
        left.expect("`stop` does not return, though its deadline is over")
    }

    #[test]
    fn all_threads_end_soon_and_each_client_hears_bye() {
        let server = Server::start().expect("a free port");
        let address = server.address;
        let mut clients: Vec<_> = (0..5).map(|_| client(&server)).collect();
        let began = Instant::now();
        assert_eq!(stop(server, Duration::from_secs(3)), 0, "threads left");
        assert!(began.elapsed() < Duration::from_secs(2), "nobody was stubborn, so why wait?");
        for client in &mut clients {
            assert_eq!(hear(client), "bye\n");
            assert_eq!(hear(client), "", "after `bye` the connection ends");
        }
        assert!(TcpStream::connect(address).is_err(), "the port is free again");
    }

    #[test]
    fn a_stubborn_thread_is_left_behind_and_counted() {
        let server = Server::start().expect("a free port");
        let mut clients: Vec<_> = (0..3).map(|_| client(&server)).collect();
        clients[0].get_mut().write_all(b"work\n").expect("the server reads");
        thread::sleep(Duration::from_millis(200)); // Now its thread works.
        assert_eq!(stop(server, Duration::from_millis(700)), 1, "threads left");
        assert_eq!(hear(&mut clients[2]), "bye\n", "the others must not suffer");
    }

    #[test]
    fn one_who_does_not_read_holds_nobody_up() {
        let server = Server::start().expect("a free port");
        let (_deaf, mut other) = (client(&server), client(&server));
        // By the server's own handle, the test fills the socket of the client that does not read.
        let mut socket = server.shared.clients.lock().unwrap()[0].0.try_clone().expect("a handle");
        socket.set_write_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        while socket.write(&[b'x'; 9_999]).is_ok() {}
        socket.set_write_timeout(None).expect("no timeout");
        assert_eq!(stop(server, Duration::from_secs(2)), 0, "threads left");
        assert_eq!(hear(&mut other), "bye\n", "the others must not suffer");
    }
}
