//! What the Autobahn suite talks to: the spine of the server (accept excepted), with a rule that
//! tells everybody what it said itself, whatever its type, its size or the number of its frames.
//!
//! Each message goes from reader to hub to outbox to writer, as one of a chat does.
//! `tests/autobahn/run` starts it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "its address is for the suite")]

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::never;
use threadbare::admission::{Admission, Budget, PerAddress};
use threadbare::client::reader::Conversation;
use threadbare::client::{ClientFormat, Clients, Peer, Seat};
use threadbare::config::{ClientConfig, FanOut};
use threadbare::disconnect::Disconnect;
use threadbare::hub::{self, Answer, Event, Now, Registered, Roster, Rule};
use threadbare::outbox::{Frame, Parcel, Pushed};
use threadbare::threads::Pool;
use threadbare::words::Language;
use tungstenite::handshake::derive_accept_key;

/// The suite sends 16 MiB.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// ... and thousands of messages before it reads one.
const OUTBOX_MESSAGES_MAX: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Echo;

impl ClientFormat for Echo {
    type Newcomer = ();
    type Request = Frame;
    type Settings = ();

    fn open(
        self,
        seat: &Seat<Self>,
        _: &mut Conversation,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        seat.register((), welcome)
    }

    fn read(self, text: &str, _: &Peer) -> Result<Option<Frame>, Disconnect> {
        Ok(Some(Frame::text(text)))
    }

    fn read_binary(self, bytes: &[u8], _: &Peer) -> Result<Option<Frame>, Disconnect> {
        Ok(Some(Frame::binary(bytes.to_vec())))
    }
}

/// Everybody hears itself.
struct Mirror(Roster<Echo>);

impl Rule for Mirror {
    type Format = Echo;
    type Signal = Infallible;

    fn roster(&mut self) -> &mut Roster<Echo> {
        &mut self.0
    }

    fn step(&mut self, _: Now, event: Event<Echo, Infallible>) {
        match event {
            Event::Registered(client, ()) => self.0.welcome(client),
            Event::Asked(client, frame) => {
                if self.0.push(client, &Parcel::of(frame)) == Pushed::Full {
                    self.0.end(client, Disconnect::SlowConsumer);
                }
            }
            Event::Left(client) => self.0.forget(client),
            // The suite ends the process.
            Event::Stopping | Event::AllAsked | Event::RoundEnds | Event::Drained(_) => {}
            Event::Signal(never) => match never {},
        }
    }

    fn is_over(&self) -> bool {
        false
    }
}

/// Answers the one handshake that the suite knows, as the door does, and serves.
fn serve(clients: &Clients<Echo>, mut socket: TcpStream, peer: SocketAddr) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let named = |line: &str| Some(line.split_once(':')?.1.trim().to_owned());
    let key = head.lines().find(|line| line.to_lowercase().starts_with("sec-websocket-key:"));
    let accept = derive_accept_key(key.and_then(named).unwrap_or_default().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    let socket = Arc::new(socket);
    let seat = clients.seat(&socket, peer, Echo).map_err(io::Error::other)?;
    (&*socket).write_all(answer.as_bytes())?;
    seat.serve(Vec::new());
    Ok(())
}

fn main() {
    let config = ClientConfig {
        message_bytes_max: MESSAGE_BYTES_MAX,
        // 16 MiB in pieces of 64 bytes take a debug build longer than a chat message may.
        message_parts_max: usize::MAX,
        message_wait: Duration::from_secs(120),
        pong_wait: Duration::from_secs(600),
        outbox_messages_max: OUTBOX_MESSAGES_MAX,
        ..ClientConfig::new(Language::English)
    };
    let rule = |_| Mirror(Roster::new(FanOut::Express, OUTBOX_MESSAGES_MAX));
    let (hub, _) = hub::spawn(rule, never(), Arc::default()).unwrap();
    let (pool, budget) = (Pool::new(), Budget::of_this_box().unwrap());
    let admission = Admission::new(budget, PerAddress::default());
    let clients = Arc::new(Clients::new(config, (), hub, pool.clone(), admission, 0));
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    println!("{}", listener.local_addr().unwrap());
    io::stdout().flush().unwrap();
    loop {
        let (socket, peer) = listener.accept().unwrap();
        let clients = Arc::clone(&clients);
        // Whoever says no more is of no interest.
        pool.run(move || drop(serve(&clients, socket, peer))).unwrap();
    }
}
