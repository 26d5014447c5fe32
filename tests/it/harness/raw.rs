//! Raw bytes to the public port, and the raw answers.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use super::{PATIENCE, read_some};

/// One HTTP answer, or what has arrived of it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A public connection on which a test can send any bytes.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Connection {
    pub fn open(addr: SocketAddr) -> Self {
        Self::over(TcpStream::connect(addr).unwrap())
    }

    /// As [`open`](Self::open), from another address of this machine.
    pub fn open_from(from: Ipv4Addr, addr: SocketAddr) -> Self {
        Self::over(dial_from(from, addr))
    }

    /// As [`open`](Self::open), at the Unix socket with this path.
    pub fn open_at(path: &str) -> Self {
        Self::over(unix(path))
    }

    /// A connection over a socket that the test has prepared.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, pending: Vec::new() }
    }

    /// Sends the request for a WebSocket, and nothing more.
    pub fn knocks(mut self, addr: SocketAddr) -> Self {
        self.sends(handshake("/ws", "").replace("{host}", &addr.to_string()).as_bytes());
        self
    }

    pub fn sends(&mut self, bytes: &[u8]) -> &mut Self {
        // The server may have refused and closed before all bytes are sent.
        self.stream.write_all(bytes).ok();
        self
    }

    /// Whether the connection took all of `bytes`; false once the server has ended it.
    pub fn tries_to_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The next answer, with a body as long as its head says.
    pub fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    /// The next answer; one to HEAD has no body.
    pub fn answer_to(&mut self, method: &str) -> Answer {
        let end = loop {
            if let Some(place) = find(&self.pending, b"\r\n\r\n") {
                break place + 4;
            }
            assert!(self.more() > 0, "no whole head: {:?}", self.as_text());
        };
        let head = String::from_utf8_lossy(&self.pending[..end]).into_owned();
        self.pending.drain(..end);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |text| text.parse().unwrap());
        if method != "HEAD" && status != 101 && status != 304 && status != 204 {
            while self.pending.len() < length {
                assert!(self.more() > 0, "body cut short: {:?}", self.as_text());
            }
            answer.body = self.pending.drain(..length).collect();
        }
        answer
    }

    /// The first line of the answer; empty if the connection ended without one.
    pub fn first_line(&mut self) -> String {
        while !self.pending.contains(&b'\n') && self.more() > 0 {}
        self.as_text().lines().next().unwrap_or_default().to_owned()
    }

    /// Everything until the server closes.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.more() > 0 {}
        std::mem::take(&mut self.pending)
    }

    /// Everything up to these words.
    pub fn hears(&mut self, words: &str) -> String {
        let end = loop {
            if let Some(place) = find(&self.pending, words.as_bytes()) {
                break place + words.len();
            }
            assert!(self.more() > 0, "no {words:?} in {:?}", self.as_text());
        };
        let heard: Vec<_> = self.pending.drain(..end).collect();
        // Between the words there may be heads of frames.
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Whether these words or bytes come before the connection ends, and before `until`.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn is_told(&mut self, words: impl AsRef<[u8]>, until: Instant) -> bool {
        let mut buffer = [0; 4096];
        while find(&self.pending, words.as_ref()).is_none() {
            let left = until.saturating_duration_since(Instant::now());
            self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
            match read_some(&self.stream, &mut buffer) {
                Ok(0) | Err(_) => return false,
                Ok(count) => self.pending.extend(&buffer[..count]),
            }
        }
        true
    }

    /// Exactly `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.pending.len() < count {
            assert!(self.more() > 0, "only {:?}", self.pending);
        }
        self.pending.drain(..count).collect()
    }

    /// The next line without its end; `None` if the connection ends before it is whole.
    pub fn line_if_whole(&mut self) -> Option<String> {
        let end = loop {
            if let Some(place) = find(&self.pending, b"\n") {
                break place;
            }
            if self.more() == 0 {
                return None;
            }
        };
        let line: Vec<_> = self.pending.drain(..=end).take(end).collect();
        let line = String::from_utf8(line).unwrap();
        Some(line.strip_suffix('\r').unwrap_or(&line).to_owned())
    }

    /// The head of an answer whose body may have no end; `None` if it did not come.
    pub fn head_if_whole(&mut self) -> Option<String> {
        let mut head = String::new();
        loop {
            let line = self.line_if_whole()?;
            if line.is_empty() {
                return Some(head);
            }
            head += &format!("{line}\r\n");
        }
    }

    /// The next answer; `None` if the connection ends before it is complete.
    pub fn answer_if_whole(&mut self) -> Option<Answer> {
        while find(&self.pending, b"\r\n\r\n").is_none() {
            if self.more() == 0 {
                return None;
            }
        }
        let end = find(&self.pending, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.pending[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = Answer { status, head, body: Vec::new() };
        let length: usize = answer.header("content-length").map_or(0, |text| text.parse().unwrap());
        while self.pending.len() < end + length {
            if self.more() == 0 {
                return None;
            }
        }
        self.pending.drain(..end);
        answer.body = self.pending.drain(..length).collect();
        Some(answer)
    }

    /// Whether the server has closed, and nothing was left to read.
    pub fn is_closed(&mut self) -> bool {
        self.rest().is_empty()
    }

    /// The bytes that have arrived and were not read yet.
    pub fn heard_so_far(&self) -> Vec<u8> {
        self.pending.clone()
    }

    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    fn more(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let count = match read_some(&self.stream, &mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("no answer in time; so far: {:?}", self.as_text())
            }
            Err(_) => 0,
        };
        self.pending.extend(&buffer[..count]);
        count
    }

    fn as_text(&self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// One request on a connection of its own. `{host}` in it is the server's.
pub fn request(addr: SocketAddr, request: &str) -> Answer {
    let method = request.split(' ').next().unwrap().to_owned();
    let request = request.replace("{host}", &addr.to_string());
    Connection::open(addr).sends(request.as_bytes()).answer_to(&method)
}

/// `GET path`, as a browser asks.
pub fn get(addr: SocketAddr, path: &str) -> Answer {
    request(addr, &format!("GET {path} HTTP/1.1\r\nHost: {{host}}\r\n\r\n"))
}

/// The head of a correct handshake for `path`, with `more` headers in it.
pub fn handshake(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

/// A masked frame, as clients must send them.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 21, 99, 250];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).unwrap()),
        long => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A connection to the Unix socket with this path. The tests read from it, write to it and end it
/// as they do with any other, so the type of a TCP socket does.
pub fn unix(path: &str) -> TcpStream {
    TcpStream::from(OwnedFd::from(UnixStream::connect(path).unwrap()))
}

/// Connects from this address of the machine.
pub fn dial_from(from: Ipv4Addr, addr: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
    socket.connect(&addr.into()).unwrap();
    socket.into()
}

/// A socket with small buffers, so the server soon notices if its client stops reading.
pub fn narrow(addr: SocketAddr) -> TcpStream {
    narrow_from(Ipv4Addr::LOCALHOST, addr)
}

/// The same, from this address.
pub fn narrow_from(from: Ipv4Addr, addr: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.connect(&addr.into()).unwrap();
    socket.into()
}

/// Posts this body, of this content type.
pub fn posts(addr: SocketAddr, path: &str, kind: &str, body: &str) -> Answer {
    let bytes = body.len();
    let head = format!("Host: {addr}\r\nContent-Type: {kind}\r\nContent-Length: {bytes}\r\n");
    request(addr, &format!("POST {path} HTTP/1.1\r\n{head}\r\n{body}"))
}

/// The status and the lines that a program gets for a JSON request.
pub fn asks(addr: SocketAddr, path: &str, request: &Value) -> (u16, Vec<Value>) {
    let answer = posts(addr, path, "application/json", &request.to_string());
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

/// Opens the stream of the lobby; `more` is the end of the address, then headers.
pub fn listens(addr: SocketAddr, query: &str, headers: &str) -> Connection {
    let mut connection = Connection::open(addr);
    let head = format!("GET /r/lobby/stream{query} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n");
    connection.sends(head.as_bytes());
    connection
}
