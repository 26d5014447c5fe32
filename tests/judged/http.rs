//! Requests and answers of HTTP, and frames of WebSockets, read as their bytes arrive.

/// Bytes that a connection has brought and that are not used yet.
#[derive(Debug, Default)]
pub struct Arrived(Vec<u8>);

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A frame from a server.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Ping(Vec<u8>),
    Close,
    Other,
}

impl Arrived {
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The status and the lines of a head, once it is complete.
    pub fn head(&mut self) -> Option<(u16, String)> {
        let end = find(&self.0, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.0[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        self.0.drain(..end);
        Some((status, head))
    }

    /// An answer with a body of the announced length, once it is complete.
    pub fn answer(&mut self) -> Option<Answer> {
        let end = find(&self.0, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.0[..end]).into_owned();
        let length = header(&head, "content-length").map_or(0, |text| text.parse().unwrap_or(0));
        if self.0.len() < end + length {
            return None;
        }
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        let body = String::from_utf8_lossy(&self.0[end..end + length]).into_owned();
        self.0.drain(..end + length);
        Some(Answer { status, head, body })
    }

    /// The next line, without its end.
    pub fn line(&mut self) -> Option<String> {
        let end = find(&self.0, b"\n")?;
        let line: Vec<u8> = self.0.drain(..=end).take(end).collect();
        let line = String::from_utf8_lossy(&line).into_owned();
        Some(line.strip_suffix('\r').map_or(line.clone(), str::to_owned))
    }

    /// The next frame. Servers of this test send texts in one piece.
    pub fn frame(&mut self) -> Option<Frame> {
        let (first, second) = (*self.0.first()?, *self.0.get(1)?);
        let length = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let (begin, length) = match second & 0x7f {
            126 => (4, length(self.0.get(2..4)?)),
            127 => (10, length(self.0.get(2..10)?)),
            short => (2, usize::from(short)),
        };
        let payload = self.0.get(begin..begin + length)?.to_vec();
        self.0.drain(..begin + length);
        Some(match first {
            0x81 => Frame::Text(String::from_utf8_lossy(&payload).into_owned()),
            0x89 => Frame::Ping(payload),
            0x88 => Frame::Close,
            _ => Frame::Other,
        })
    }
}

fn find(bytes: &[u8], words: &[u8]) -> Option<usize> {
    bytes.windows(words.len()).position(|some| some == words)
}

/// A frame from a client; `first` is its first byte.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match payload.len() {
        short @ ..126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        longer => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(longer).unwrap().to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The request for a WebSocket, with this subprotocol if there is one.
pub fn handshake(path: &str, subprotocol: &str) -> String {
    let offer = match subprotocol {
        "" => String::new(),
        name => format!("Sec-WebSocket-Protocol: {name}\r\n"),
    };
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    )
}

/// A request without a body; `headers` are complete lines.
pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

pub fn post(path: &str, headers: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: {kind}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// A room's address.
pub fn room_path(room: &str) -> String {
    let escaped = percent_encoding::utf8_percent_encode(room, percent_encoding::NON_ALPHANUMERIC);
    format!("/r/{escaped}")
}

#[cfg(test)]
mod tests {
    use super::{Arrived, Frame};

    #[test]
    fn frames_and_answers_are_read_as_their_bytes_come() {
        let mut arrived = Arrived::default();
        let long = format!("\u{81}~\u{0}\u{80}{}", "x".repeat(128));
        let bytes: Vec<u8> = long.chars().map(|sign| u8::try_from(sign).unwrap()).collect();
        for byte in &bytes[..bytes.len() - 1] {
            arrived.add(&[*byte]);
            assert_eq!(arrived.frame(), None);
        }
        arrived.add(b"x\x89\x02hi\x88\x00");
        assert_eq!(arrived.frame(), Some(Frame::Text("x".repeat(128))));
        assert_eq!(arrived.frame(), Some(Frame::Ping(b"hi".to_vec())));
        assert_eq!(arrived.frame(), Some(Frame::Close));
        arrived.add(b"HTTP/1.1 303 See Other\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nok");
        let answer = arrived.answer().unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, Some("/x")));
        assert_eq!((answer.body.as_str(), arrived.line()), ("ok", None));
    }
}
