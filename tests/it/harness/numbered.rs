//! A client of `threadbare.v1` that follows the protocol well. It keeps the lines of each room and
//! checks every number. After a lost connection it resumes where it was, and sends again each
//! request that got no answer.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

use super::person::End;
use super::raw::dial_from;
use super::{PATIENCE, Part, has, next_message};

/// One numbered client; its views outlive its connection.
pub struct Numbered {
    pub addr: SocketAddr,
    socket: WebSocket<TcpStream>,
    pub name: String,
    pub token: String,
    views: BTreeMap<String, View>,
    /// Requests without an answer yet: room and text, by id.
    unanswered: BTreeMap<String, (String, String)>,
    /// Requests that were refused as too fast: the client sends one again after each answer.
    again: Vec<String>,
    /// Whether the server has stored everything, as far as the client knows.
    pub is_kept: bool,
    /// The number that the server gave to each id.
    pub sent: BTreeMap<String, u64>,
    last_id: u32,
}

/// What the client knows of a room, or of its private messages (which have the empty room name).
#[derive(Debug, Default)]
pub struct View {
    pub epoch: String,
    /// The last number that the client received, or that the server reported as gone.
    last: u64,
    /// The texts, by number.
    pub lines: BTreeMap<u64, String>,
    /// Ranges of numbers that were too old, first and last.
    pub gaps: Vec<(u64, u64)>,
}

impl View {
    /// The epoch of the room.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }
}

impl Numbered {
    /// Joins the lobby under a name, and returns after the whole backlog has come.
    pub fn joins(addr: SocketAddr, name: &str) -> Self {
        let mut person = Self::connects(addr);
        person.asks(json!({"type": "hello", "name": name, "rooms": [{"room": "lobby"}]}));
        person.hears_until(|line| line["type"] == "caught-up");
        person
    }

    /// The same from another address of this machine. It does not come back after a lost
    /// connection.
    pub fn joins_from(from: Ipv4Addr, addr: SocketAddr, name: &str) -> Self {
        let mut person = Self::over(addr, open_over(dial_from(from, addr), addr).unwrap());
        person.asks(json!({"type": "hello", "name": name, "rooms": [{"room": "lobby"}]}));
        person.hears_until(|line| line["type"] == "caught-up");
        person
    }

    /// The socket, so that another thread writes while this client reads.
    #[expect(clippy::disallowed_methods, reason = "only the server must not have two")]
    pub fn wire(&self) -> TcpStream {
        self.socket.get_ref().try_clone().unwrap()
    }

    /// Vera, who has made this room with this password, and stays in it.
    pub fn makes_locked(addr: SocketAddr, room: &str, password: &str) -> Self {
        let mut vera = Self::joins(addr, "Vera");
        vera.asks(json!({"type": "join", "room": room, "password": password}));
        vera.hears_until(|line| line["type"] == "caught-up" && line["room"] == room);
        vera
    }

    /// Opens a connection and sends nothing.
    pub fn connects(addr: SocketAddr) -> Self {
        Self::over(addr, open(addr).unwrap())
    }

    fn over(addr: SocketAddr, socket: WebSocket<TcpStream>) -> Self {
        assert!(has(Part::Names), "a test that begins with no `needs!(Names)`");
        Self {
            addr,
            socket,
            name: String::new(),
            token: String::new(),
            views: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            again: Vec::new(),
            is_kept: true,
            sent: BTreeMap::new(),
            last_id: 0,
        }
    }

    /// The same person on one more device, in the lobby.
    pub fn on_another_device(&self) -> Self {
        let mut other = Self::connects(self.addr);
        let rooms = json!([{"room": "lobby"}]);
        other.asks(json!({"type": "hello", "token": self.token, "rooms": rooms}));
        other
    }

    /// Opens a new connection, resumes with its token where it was, and sends again each request
    /// without an answer. Tries until a connection holds.
    pub fn comes_back(&mut self) {
        while !self.tries_to_come_back() {}
    }

    /// The same, once; false if the connection did not hold.
    pub fn tries_to_come_back(&mut self) -> bool {
        let Some(socket) = open(self.addr) else { return false };
        self.socket = socket;
        self.again.clear();
        let rooms: Vec<_> = self
            .views
            .iter()
            .map(|(room, view)| (Some(room).filter(|room| !room.is_empty()), view))
            .map(|(room, view)| json!({"room": room, "epoch": view.epoch, "seq": view.last}))
            .collect();
        let hello = json!({"type": "hello", "token": self.token, "rooms": rooms});
        let again = self.unanswered.iter().map(|(id, (room, text))| say(room, id, text));
        let all: Vec<_> = std::iter::once(hello).chain(again).collect();
        all.iter().all(|request| self.tries_to_ask(request))
    }

    pub fn asks(&mut self, request: Value) {
        assert!(self.tries_to_ask(&request), "{}'s line is over", self.name);
    }

    fn tries_to_ask(&mut self, request: &Value) -> bool {
        record('>', request);
        self.socket.send(Message::text(request.to_string())).is_ok()
    }

    pub fn sends_raw(&mut self, text: &str) {
        self.socket.send(Message::text(text)).unwrap();
    }

    pub fn says(&mut self, text: &str) {
        assert!(self.tries_to_say("lobby", text), "{}'s line is over", self.name);
    }

    /// Says these texts in the lobby; waits for the answer to each.
    pub fn says_each(&mut self, texts: &[&str]) {
        for text in texts {
            self.says(text);
            self.hears("sent");
        }
    }

    /// Says something in a room, or to `@name` in private, and remembers it until the answer comes;
    /// false if the connection has ended.
    pub fn tries_to_say(&mut self, room: &str, text: &str) -> bool {
        self.last_id += 1;
        let id = format!("{}-{}", self.name, self.last_id);
        self.unanswered.insert(id.clone(), (room.into(), text.into()));
        self.tries_to_ask(&say(room, &id, text))
    }

    /// Reads lines until `wanted` accepts one, and returns it.
    pub fn hears_until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            match self.hears_next() {
                Ok(line) if wanted(&line) => return line,
                Ok(_) => {}
                Err(end) => panic!("{}'s line ended: {end:?}; {:?}", self.name, self.views),
            }
        }
    }

    /// Reads until a line has this `type`, and returns it.
    pub fn hears(&mut self, kind: &str) -> Value {
        self.hears_until(|line| line["type"] == kind)
    }

    /// The next line, or how the connection ended.
    pub fn hears_next(&mut self) -> Result<Value, End> {
        loop {
            match next_message(&mut self.socket) {
                Ok(Message::Text(text)) => {
                    let line: Value = serde_json::from_str(&text).unwrap();
                    record('<', &line);
                    self.takes_note_of(&line);
                    return Ok(line);
                }
                Ok(Message::Close(frame)) => {
                    return Err(End::Closed(frame.map(|frame| u16::from(frame.code))));
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("{} hears nothing; {:?}", self.name, self.views);
                }
                Err(_) => return Err(End::Broken),
            }
        }
    }

    /// How the connection ends if the client sends nothing for as long as a hello may take.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn hears_end_after_patience(&mut self) -> End {
        let wait = threadbare::base::limits::HELLO_WAIT + PATIENCE;
        self.socket.get_ref().set_read_timeout(Some(wait)).unwrap();
        self.hears_next().unwrap_err()
    }

    /// Reads lines until one says that somebody is gone. The hub waits some ten seconds for whoever
    /// has lost the connection, so this waits longer for the next line than other reads.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn hears_who_is_gone(&mut self) -> Value {
        self.socket.get_ref().set_read_timeout(Some(PATIENCE * 3)).unwrap();
        let gone = self.hears_until(|line| line["type"] == "presence" && line["here"] == false);
        self.socket.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        gone
    }

    /// Reads lines until `done`, and reconnects whenever the connection is lost.
    pub fn hears_over_any_connection_until(&mut self, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            if self.hears_next().is_err() {
                self.comes_back();
            }
        }
    }

    /// Whether every request has its answer.
    pub fn is_answered(&self) -> bool {
        self.unanswered() == 0
    }

    /// The number of requests without an answer.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    pub fn view(&self, room: &str) -> &View {
        &self.views[room]
    }

    /// The last number that the client knows of a room.
    pub fn last(&self, room: &str) -> u64 {
        self.views.get(room).map_or(0, |view| view.last)
    }

    /// Cuts the connection: end of stream, no close frame.
    pub fn vanishes(&self) {
        self.socket.get_ref().shutdown(Shutdown::Both).ok();
    }

    /// Checks every line: no number comes twice, and every gap was announced.
    fn takes_note_of(&mut self, line: &Value) {
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        let number = |field: &str| line[field].as_u64().unwrap_or_default();
        let room = text("room");
        match text("type").as_str() {
            "welcome" => (self.name, self.token) = (text("name"), text("token")),
            // A new token: the client became another person by a secret, or its session has gained
            // something.
            "renamed" | "session" if line["token"].is_string() => self.token = text("token"),
            "joined" => {
                let view = self.views.entry(room).or_default();
                if view.epoch != text("epoch") {
                    *view =
                        View { epoch: text("epoch"), last: number("from") - 1, ..View::default() };
                }
            }
            "message" | "me" | "edit" | "delete" | "topic" | "pin" | "new-name" | "private"
            | "removed" => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(number("seq"), view.last + 1, "{} in {room}: {view:?}", self.name);
                view.last += 1;
                view.lines.insert(view.last, text("text"));
            }
            "too-old" => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(number("from"), view.last + 1);
                view.last = number("to");
                view.gaps.push((number("from"), number("to")));
            }
            "skipped" => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(number("from"), view.last + 1);
                view.last = number("to");
            }
            "not-kept" => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(number("to"), view.last);
                view.last = number("from") - 1;
                view.lines.retain(|seq, _| *seq <= view.last);
            }
            "caught-up" => assert_eq!(number("seq"), self.views[&room].last),
            "sent" => {
                self.unanswered.remove(&text("id"));
                let before = self.sent.insert(text("id"), number("seq"));
                assert!(before.is_none_or(|before| before == number("seq")), "two numbers");
                if let Some(id) = self.again.pop()
                    && let Some((room, text)) = self.unanswered.get(&id)
                {
                    let request = say(room, &id, text);
                    self.tries_to_ask(&request);
                }
            }
            "refused" if text("reason") == "too-fast" => self.again.push(text("id")),
            "keeping" => self.is_kept = line["kept"] == true,
            "left" => drop(self.views.remove(&room)),
            _ => {}
        }
    }
}

/// Appends the line to the file `RECORD_V1`, for `tests/protocol/check.py`.
fn record(direction: char, line: &Value) {
    let Some(path) = std::env::var_os("RECORD_V1") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    // One write, so that lines of several tests do not mix.
    file.write_all(format!("{direction} {line}\n").as_bytes()).unwrap();
}

/// A request to say this in a room, or to `@name` in private.
fn say(room: &str, id: &str, text: &str) -> Value {
    match room.strip_prefix('@') {
        Some(to) => json!({"type": "private", "to": to, "id": id, "text": text}),
        None => json!({"type": "say", "room": room, "id": id, "text": text}),
    }
}

/// Opens a WebSocket; `None` if the connection was lost before the handshake was answered.
fn open(addr: SocketAddr) -> Option<WebSocket<TcpStream>> {
    open_over(TcpStream::connect(addr).ok()?, addr)
}

#[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
fn open_over(stream: TcpStream, addr: SocketAddr) -> Option<WebSocket<TcpStream>> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_nodelay(true).ok()?;
    let mut request = format!("ws://{addr}/ws").into_client_request().unwrap();
    let v1 = HeaderValue::from_static("threadbare.v1");
    request.headers_mut().insert("Sec-WebSocket-Protocol", v1.clone());
    let settings = WebSocketConfig::default().read_buffer_size(4096);
    let shaken = tungstenite::client::client_with_config(request, stream, Some(settings));
    let (socket, answer) = shaken.ok()?;
    assert_eq!(answer.headers().get("Sec-WebSocket-Protocol"), Some(&v1));
    Some(socket)
}
