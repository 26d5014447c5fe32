//! A small chat server for the console's tests. It sends every message to all clients, in the same
//! order for all, and it can misbehave if a test wants that.
//!
//! Owns: its threads (`t-accept`, `t-client`), which end when the `TestServer` is dropped.
//! Blocks on: `accept` and the clients' sockets; dropping the `TestServer` wakes the threads.
//!
//! Part: `console/mod.rs`.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{Message, WebSocket};

use crate::base::socket::{hang_up, stop_listening};
use crate::base::threads;

/// How the test server behaves: correctly (`Broadcast`), or with one fault.
#[derive(Clone)]
pub(super) enum Manners {
    Broadcast,
    /// Sends every message two times to all clients.
    Stutter,
    /// Accepts this number of clients. Every further client receives these bytes as the answer to
    /// its handshake. Then its connection ends.
    Answer(usize, &'static [u8]),
    /// Sends this close frame to a client whose message contains this text, and nothing after the
    /// close frame. The other clients receive the message.
    Close(&'static str, Option<CloseFrame>),
    /// As soon as a client has sent a message, ends this client's connection without a close frame.
    Drop,
    /// Does not answer a client's close frame.
    Stubborn,
    /// When a client has sent a message, sends this many pings to this client, and then the message
    /// to all clients.
    Ping(usize),
}

pub(super) struct TestServer {
    addr: SocketAddr,
    listener: Arc<TcpListener>,
    accepting: Option<JoinHandle<()>>,
    room: Arc<Room>,
}

struct Room {
    manners: Manners,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sockets: Vec<Arc<TcpStream>>,
    joined: Vec<Arc<TcpStream>>,
    clients: Vec<JoinHandle<()>>,
    heard: Vec<String>,
    pongs: usize,
    /// The codes of the close frames that clients sent; `None`: the frame had no code.
    goodbyes: Vec<Option<u16>>,
}

impl TestServer {
    pub(super) fn start(manners: Manners) -> Self {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").unwrap());
        let addr = listener.local_addr().unwrap();
        let room = Arc::new(Room { manners, state: Mutex::default() });
        let (own_listener, own_room) = (Arc::clone(&listener), Arc::clone(&room));
        let accepting = threads::spawn("t-accept", move || {
            while let Ok((socket, _)) = own_listener.accept() {
                let socket = Arc::new(socket);
                let (client_room, client_socket) = (Arc::clone(&own_room), Arc::clone(&socket));
                let mut state = own_room.state.lock();
                state.sockets.push(socket);
                let number = state.sockets.len();
                let client = threads::spawn("t-client", move || {
                    client_room.serve(number, &client_socket);
                    hang_up(&client_socket);
                });
                state.clients.push(client.unwrap());
            }
        });
        Self { addr, listener, accepting: Some(accepting.unwrap()), room }
    }

    pub(super) fn url(&self) -> String {
        format!("ws://{}/chat", self.addr)
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.room.state.lock().heard.clone()
    }

    pub(super) fn pongs(&self) -> usize {
        self.room.state.lock().pongs
    }

    pub(super) fn goodbyes(&self) -> Vec<Option<u16>> {
        self.room.state.lock().goodbyes.clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        stop_listening(&self.listener);
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
        let clients = {
            let mut state = self.room.state.lock();
            state.sockets.iter().for_each(hang_up);
            std::mem::take(&mut state.clients)
        };
        for client in clients {
            drop(client.join());
        }
    }
}

impl Room {
    fn serve(&self, number: usize, socket: &Arc<TcpStream>) {
        if let Manners::Answer(places, answer) = self.manners
            && number > places
        {
            // Read the client's request first. If the server closed a socket with unread bytes, the
            // kernel would reset the connection, and the client could lose the answer.
            let mut head = [0; 4096];
            let mut ends: &TcpStream = socket;
            if ends.read(&mut head).is_ok_and(|read| read > 0) {
                ends.write_all(answer).ok();
            }
            return;
        }
        let Ok(mut client) = tungstenite::accept(Shared(Arc::clone(socket))) else { return };
        self.state.lock().joined.push(Arc::clone(socket));
        while let Ok(message) = client.read() {
            match message {
                Message::Text(text) if !self.hear(&mut client, socket, &text) => break,
                Message::Pong(_) => self.state.lock().pongs += 1,
                Message::Close(frame) => {
                    let code = frame.map(|frame| u16::from(frame.code));
                    let mut state = self.state.lock();
                    state.goodbyes.push(code);
                    // From now on the client receives at most the answer to its close frame.
                    state.joined.retain(|joined| !Arc::ptr_eq(joined, socket));
                    drop(state);
                    if matches!(self.manners, Manners::Stubborn) {
                        // The server does not answer the close frame. It reads until the client
                        // ends the connection.
                        let mut ends: &TcpStream = socket;
                        while ends.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
                        break;
                    }
                }
                _ => {}
            }
        }
        self.state.lock().joined.retain(|joined| !Arc::ptr_eq(joined, socket));
    }

    /// Returns false if the server must end this client's connection.
    fn hear(&self, client: &mut WebSocket<Shared>, socket: &Arc<TcpStream>, text: &str) -> bool {
        self.state.lock().heard.push(text.to_owned());
        match &self.manners {
            Manners::Close(words, frame) if text.contains(words) => {
                self.state.lock().joined.retain(|joined| !Arc::ptr_eq(joined, socket));
                client.close(frame.clone()).ok();
            }
            Manners::Drop => return false,
            Manners::Ping(pings) => {
                for _ in 0..*pings {
                    self.send(socket, Frame::ping("still there?"));
                }
            }
            _ => {}
        }
        let times = if matches!(self.manners, Manners::Stutter) { 2 } else { 1 };
        let state = self.state.lock();
        for _ in 0..times {
            for joined in &state.joined {
                write(joined, Frame::message(text.to_owned(), OpCode::Data(Data::Text), true));
            }
        }
        true
    }

    fn send(&self, socket: &TcpStream, frame: Frame) {
        let _one_frame_at_a_time = self.state.lock();
        write(socket, frame);
    }
}

fn write(mut socket: &TcpStream, frame: Frame) {
    let mut bytes = Vec::new();
    frame.format(&mut bytes).unwrap();
    socket.write_all(&bytes).ok();
}

struct Shared(Arc<TcpStream>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_ref().read(buffer)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_ref().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
