//! One client from its welcome to its end, on the thread that was its door.
//!
//! Owns: that it is registered before it talks, unregistered once, that its last words
//! are out, and that both threads are gone.
//! Must not know: HTTP, who hears what.
//!
//! Next: `client/reader.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use tracing::Level;

use super::lines::{self, Line, Lines};
use super::reader::{Conversation, Ended, Way};
use super::stream::{self, Stream};
use super::{greeting, reader};
use crate::admission::{ClientPass, Home};
use crate::chat::request::{Hello, Place};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Asker;
use crate::chat::token::Token;
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::hub::core::{Aim, Greeting, Newcomer, Visit, Visitor, Whence};
use crate::hub::{Answer, ClientId, HubHandle, Registered};
use crate::limits;
use crate::outbox::{Berth, Rest};
use crate::rate;
use crate::socket::{self, linger::linger};
use crate::threads;
use crate::wire::{Format, plain};

/// A place among the clients, its writer thread ready; dropping it ends the
/// writer, and the place is free when that has gone too.
#[derive(Debug)]
pub struct Seat {
    pub(super) id: ClientId,
    pub(super) peer: SocketAddr,
    pub(super) socket: Arc<TcpStream>,
    pub(super) outbox: Berth,
    pub(super) hub: HubHandle,
    pub(super) config: Arc<ClientConfig>,
    pub(super) format: Format,
    /// Held by both threads: a place is free when both have gone.
    pub(super) pass: Arc<ClientPass>,
}

#[expect(clippy::boxed_local, reason = "by value it would be copied onto the client's stack")]
impl Seat {
    /// Turns the calling thread into the client's reader until the client ends.
    /// `arrived` holds bytes that came behind the request head.
    #[inline(never)]
    pub fn serve(self: Box<Self>, arrived: Vec<u8>) {
        let welcome = Answer::default();
        threads::set_name(&format!("r-{}", self.id.0));
        let mut socket =
            reader::open(&self.socket, &self.outbox, arrived, &self.config, self.format);
        let registered = self.register(&mut socket, welcome);
        let ended = match &registered {
            Ok(_) => self.talk(&mut socket),
            Err(ended) => ended.clone(),
        };
        self.end(ended, registered.ok());
    }

    /// Turns the calling thread into the reader of a client that only listens, until
    /// that ends.
    #[inline(never)]
    pub fn stream(self: Box<Self>, stream: Box<Stream>, arrived: &[u8]) {
        let welcome = Answer::default();
        threads::set_name(&format!("r-{}", self.id.0));
        let is_admitted = stream.is_admitted;
        let registered = if self.format.is_file() {
            self.save(stream.hello, is_admitted, welcome)
        } else {
            self.greet(stream.hello, is_admitted, welcome)
        };
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                stream::listen(&self.socket, arrived, self.config.pong_wait)
            }
            Err(reason) => *reason,
        };
        self.end_without_frames(reason, registered.ok());
    }

    /// Turns the calling thread into the reader of a client that types plain lines, until
    /// that ends.
    pub fn lines(self: Box<Self>) {
        let welcome = Answer::default();
        threads::set_name(&format!("r-{}", self.id.0));
        let mut lines = Lines::of(Arc::clone(&self.socket), self.config.message_bytes_max);
        let registered = self.register_lines(&mut lines, welcome);
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                lines::run(&self.way(), &mut lines)
            }
            Err(reason) => *reason,
        };
        self.end_without_frames(reason, registered.ok());
    }

    /// Whoever types lines is in the lobby under a guest's name, in a box with a password
    /// as soon as that was typed.
    #[inline(never)]
    fn register_lines(&self, lines: &mut Lines, welcome: Answer) -> Result<Registered, Disconnect> {
        let due = Instant::now() + limits::TYPED_PASSWORD_WAIT;
        let (entry, peer) = (&self.config.entry, self.peer.ip());
        let mut given = None;
        for _ in 0..limits::HELLO_TRIES_MAX {
            let Err(why) = entry.admits(peer, given.as_deref()) else {
                let rooms = vec![Place::of(RoomName::lobby())];
                let hello = Hello { rooms, ..Hello::default() };
                return self.greet(hello, true, welcome);
            };
            // Not registered yet, so nobody else pushes.
            self.outbox.push(&[plain::note(&greeting::not_admitted(why).text)]);
            let _stranger = self.pass.awaits_hello(&self.socket);
            given = match lines.next(Some(due))? {
                Line::Text(text) => Some(text),
                Line::TooLong | Line::Half => None,
                Line::OfHttp => return Err(Disconnect::ProtocolViolation),
            };
        }
        Err(Disconnect::HelloMissed)
    }

    /// The end of a line that has no frames to close it.
    fn end_without_frames(&self, reason: Disconnect, registered: Option<Registered>) {
        let goodbye = Box::new(self.format.close(reason));
        self.end(Ended { reason, goodbye }, registered);
    }

    fn end(&self, ended: Ended, registered: Option<Registered>) {
        let Ended { reason, goodbye } = ended;
        // Unregistered here, or by a panic above; by nobody else.
        match reason {
            // Nothing can be said any more, so nobody waits for the writer.
            Disconnect::LineBroken | Disconnect::PongMissed => {
                self.outbox.fail(reason);
                socket::hang_up(&self.socket);
            }
            // Whoever can still be told something hears its own last words
            // first, also if what came behind them was wrong.
            _ => {
                if let Some(registered) = registered {
                    registered.leave();
                }
                if self.format.is_cut_by(reason) {
                    self.outbox.fail(reason);
                } else {
                    self.outbox.close(reason, *goodbye, Rest::Send);
                }
                self.finish();
            }
        }
        self.log_end(self.outbox.end().unwrap_or(reason));
    }

    /// A classic client is in at once, a numbered one when it has said who it is.
    /// Apart, so that what it puts on the stack is gone when the client talks.
    #[inline(never)]
    fn register(&self, socket: &mut Conversation, welcome: Answer) -> Result<Registered, Ended> {
        let newcomer = match self.format {
            Format::Classic => Newcomer::Classic,
            Format::Webchat => Newcomer::Passing,
            _ => return self.register_numbered(socket, welcome),
        };
        Ok(self.come_in(newcomer, welcome)?)
    }

    /// Whoever names a session may come without the box's password; one that is nobody's is
    /// told to give it, and may say hello again.
    #[inline(never)]
    fn register_numbered(
        &self,
        socket: &mut Conversation,
        mut welcome: Answer,
    ) -> Result<Registered, Ended> {
        let mut tries = greeting::Tries::new();
        loop {
            let newcomer = self.hear_hello(&mut tries, socket)?;
            match self.come_in(newcomer, welcome) {
                Err(Disconnect::NotAdmitted) => {
                    greeting::ask_for_password(&self.outbox, &self.config);
                    welcome = Answer::default();
                }
                registered => return Ok(registered?),
            }
        }
    }

    /// A server that stops hangs up on those whose hello it waits for, and on nobody else:
    /// a client that the hub has welcomed gets its goodbye.
    #[inline(never)]
    fn hear_hello(
        &self,
        tries: &mut greeting::Tries,
        socket: &mut Conversation,
    ) -> Result<Newcomer, Ended> {
        let _stranger = self.pass.awaits_hello(&self.socket);
        let (config, peer) = (&self.config, self.peer.ip());
        greeting::receive(tries, &self.outbox, socket, config, peer, self.asker())
    }

    /// Whoever has no frames has said hello with its request, or by coming.
    #[inline(never)]
    fn greet(
        &self,
        hello: Hello,
        is_admitted: bool,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
        let greeting = Greeting { hello, fresh, is_admitted, looks_in: false, polls: false };
        self.come_in(Newcomer::Numbered(Box::new(greeting)), welcome)
    }

    /// Whoever wants all of a room comes as one who looks at it.
    #[inline(never)]
    fn save(
        &self,
        hello: Hello,
        is_admitted: bool,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        socket::begin_file(&self.socket).map_err(|_| Disconnect::LineBroken)?;
        let who = hello.token.map_or(Visitor::Stranger, Visitor::Known);
        let place = hello.rooms.into_iter().next();
        let (aim, fresh, is_shown) = (Aim::Save, None, true);
        let visit = Visit { who, is_admitted, place, aim, fresh, is_shown };
        self.come_in(Newcomer::Visitor(Box::new(visit)), welcome)
    }

    fn come_in(&self, newcomer: Newcomer, welcome: Answer) -> Result<Registered, Disconnect> {
        let home = self.home();
        let addr = self.config.show_addresses.then(|| self.peer.ip());
        let whence = Whence { home, addr };
        let line = (&self.outbox, &self.socket, self.format);
        self.hub.register(self.id, newcomer, whence, line, welcome)
    }

    /// From the welcome to the end.
    #[inline(never)]
    fn talk(&self, socket: &mut Conversation) -> Ended {
        self.log_joined();
        reader::run(&self.way(), socket, self.format)
    }

    fn way(&self) -> Way<'_> {
        let (hub, outbox, config) = (&self.hub, &*self.outbox, &*self.config);
        Way { id: self.id, hub, outbox, config, asker: self.asker() }
    }

    /// The address that is held to a pace.
    fn home(&self) -> Option<Home> {
        self.config.pace.holds_for(self.peer.ip()).then(|| self.pass.home())
    }

    /// Where its secrets come from.
    fn asker(&self) -> Asker {
        Asker::new(self.home().map(Home::bytes))
    }

    /// Lets the last words out, for a moment; then hangs up.
    fn finish(&self) {
        if self.outbox.wait_for_writer(Some(Instant::now() + limits::FINISH_WAIT)) {
            if self.format.is_file() {
                return;
            }
            linger(&self.socket);
        }
        socket::hang_up(&self.socket);
        // Only a hang-up shortens a write that is blocked, and it does at once.
        self.outbox.wait_for_writer(None);
    }

    fn log_joined(&self) {
        if rate::admits(Level::INFO, "client joined") {
            tracing::info!(client = self.id.0, peer = %self.peer, "client joined");
        }
    }

    /// Normal ends are news, not errors (B23).
    fn log_end(&self, reason: Disconnect) {
        let level = if reason.is_normal() { Level::INFO } else { Level::WARN };
        if !rate::admits(level, reason.log_word()) {
            return;
        }
        let words = self.config.language.words();
        let (client, peer) = (self.id.0, self.peer);
        let what = match reason {
            Disconnect::WriteFailed | Disconnect::WriteTimeout => words.write_failed,
            _ => words.client_left,
        };
        if reason.is_normal() {
            tracing::info!(client, %peer, %reason, "{what}: {peer}");
        } else {
            tracing::warn!(client, %peer, %reason, "{what}: {peer}");
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // After `serve` this changes nothing. Before it, or in a panic, it is
        // what ends the writer.
        self.outbox.fail(Disconnect::LineBroken);
        if !self.format.is_file() {
            socket::hang_up(&self.socket);
        }
    }
}
