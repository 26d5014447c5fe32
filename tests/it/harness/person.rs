//! A classic client, made with an ordinary WebSocket library.

use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::{PATIENCE, next_message};

/// One classic client and what it has heard so far.
pub struct Person {
    name: String,
    socket: WebSocket<TcpStream>,
    heard: Vec<String>,
}

/// How a connection ended, as the client saw it.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// A close frame with this code; `None` is one without payload.
    Closed(Option<u16>),
    /// The stream ended, or was reset, without a close frame.
    Broken,
}

impl Person {
    /// Joins by `path`, and waits until the client hears everything that is said from now on.
    pub fn joins(addr: SocketAddr, name: &str, path: &str) -> Self {
        let mut person = Self::connects(addr, name, path);
        // A client's own words come back in the room's order. So what comes before them was said
        // before, and the client will hear everything after them.
        let knock = format!("({name} is here)");
        person.says(&knock);
        while person.hears_something() != knock {}
        person.heard.clear();
        person
    }

    /// Opens a WebSocket and says nothing.
    pub fn connects(addr: SocketAddr, name: &str, path: &str) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        Self::over(stream, addr, name, path)
    }

    /// As [`connects`](Self::connects), over a socket the test has prepared.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn over(stream: TcpStream, addr: SocketAddr, name: &str, path: &str) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let settings = WebSocketConfig::default().read_buffer_size(4096);
        let url = format!("ws://{addr}{path}");
        let (socket, _) =
            tungstenite::client::client_with_config(url, stream, Some(settings)).unwrap();
        Self { name: name.to_owned(), socket, heard: Vec::new() }
    }

    pub fn says(&mut self, text: &str) {
        self.socket.send(Message::text(text)).unwrap();
    }

    pub fn sends(&mut self, message: Message) {
        self.socket.send(message).unwrap();
    }

    /// The next message, which must be `text`.
    pub fn hears(&mut self, text: &str) {
        let heard = self.hears_something();
        assert_eq!(heard, text, "{} heard this so far: {}", self.name, self.so_far());
    }

    /// The next message of any kind.
    pub fn hears_something(&mut self) -> String {
        loop {
            match next_message(&mut self.socket) {
                Ok(Message::Text(text)) => {
                    self.heard.push(text.to_string());
                    return text.to_string();
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{} heard {} and then {other:?}", self.name, self.so_far()),
            }
        }
    }

    /// The next frame of any kind.
    pub fn gets(&mut self) -> Message {
        next_message(&mut self.socket).unwrap()
    }

    /// Says something if the connection still takes it; false if it has ended.
    pub fn tries_to_say(&mut self, text: &str) -> bool {
        self.socket.send(Message::text(text)).is_ok()
    }

    /// Starts to leave if the connection still takes it.
    pub fn tries_to_leave(&mut self) {
        // An error means that the connection has ended, and the test sees that later.
        self.socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).ok();
    }

    /// Reads until there are `count` messages; `Some` if the connection ends first.
    pub fn hears_as_many_as(&mut self, count: usize) -> Option<End> {
        while self.heard.len() < count {
            match next_message(&mut self.socket) {
                Ok(Message::Text(text)) => self.heard.push(text.to_string()),
                Ok(Message::Close(frame)) => {
                    return Some(End::Closed(frame.map(|frame| u16::from(frame.code))));
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("{} is neither told nor ended: {}", self.name, self.so_far());
                }
                Err(_) => return Some(End::Broken),
            }
        }
        None
    }

    /// Says texts of `length` until `done`, and reads all of them.
    pub fn talks_until(&mut self, length: usize, done: impl Fn() -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        let long = "x".repeat(length);
        let mut said = 0;
        while !done() {
            assert!(Instant::now() < until, "said {said} messages in vain");
            self.says(&long);
            self.hears(&long);
            said += 1;
        }
    }

    /// Reads messages, and answers pings, as long as `goes_on`.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn listens_while(&mut self, goes_on: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        self.socket.get_ref().set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        while goes_on() {
            assert!(Instant::now() < until, "{} listens in vain: {}", self.name, self.so_far());
            match next_message(&mut self.socket) {
                Ok(Message::Text(text)) => self.heard.push(text.to_string()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                other => panic!("{} heard {} and then {other:?}", self.name, self.so_far()),
            }
        }
        self.socket.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
    }

    /// Reads until the connection ends; returns how.
    pub fn hears_the_end(&mut self) -> End {
        let until = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < until, "{}'s line does not end", self.name);
            match next_message(&mut self.socket) {
                Ok(Message::Close(frame)) => {
                    return End::Closed(frame.map(|frame| u16::from(frame.code)));
                }
                Ok(Message::Text(text)) => self.heard.push(text.to_string()),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("{}'s line does not end", self.name);
                }
                Err(_) => return End::Broken,
            }
        }
    }

    /// The last few messages, short enough for a failure message.
    fn so_far(&self) -> String {
        let short = |text: &String| text.chars().take(40).collect::<String>();
        let last: Vec<_> = self.heard.iter().rev().take(5).rev().map(short).collect();
        format!("{} messages, at last {last:?}", self.heard.len())
    }

    pub fn heard(&self) -> &[String] {
        &self.heard
    }

    /// Leaves like a browser: close frame, its answer, end.
    pub fn leaves(mut self) -> End {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        self.socket.close(Some(frame)).unwrap();
        self.hears_the_end()
    }

    /// Sends a close frame and waits for nothing.
    pub fn starts_to_leave(&mut self) {
        self.socket.close(None).unwrap();
    }

    /// Cuts the connection: end of stream, no close frame.
    pub fn vanishes(self) {
        self.socket.get_ref().shutdown(Shutdown::Both).unwrap();
    }

    /// Ends only the sending side: what was said still arrives.
    pub fn stops_sending(&self) {
        self.socket.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    /// Whether nothing at all arrives for a while. A pause that is the point: no event tells that
    /// nothing comes.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn hears_nothing_for(&mut self, wait: Duration) -> bool {
        self.socket.get_ref().set_read_timeout(Some(wait)).unwrap();
        let silent = matches!(next_message(&mut self.socket), Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock);
        self.socket.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }
}
