//! Many connections on one thread: sockets that do not block, and that can be cut after any byte.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::{Domain, Socket, Type};

use super::book::GuestNumber;

/// Identifies a connection. A later connection in the same place has another stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId {
    place: usize,
    stamp: u64,
    /// The life of the server in which the connection began. What arrives over it was said in that
    /// life, even if the test reads it later.
    pub life: u16,
}

/// What happened on a connection.
#[derive(Debug)]
pub enum News {
    /// The connection is established.
    Open,
    Bytes(Vec<u8>),
    /// The connection has ended: the server ended it, or it was cut.
    Ended,
}

/// How a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Reset,
    /// An orderly end of the socket, possibly in the middle of a message.
    Fin,
    /// The client is gone without telling the server: the socket stays open, and the client does
    /// not read it any more.
    Silent,
}

/// A cut that will happen later.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Whether `left` counts the bytes that the client sends; otherwise it counts the bytes that it
    /// receives.
    pub of_sent: bool,
    pub left: usize,
    pub how: How,
}

struct Connection {
    id: ConnectionId,
    socket: Socket,
    owner: GuestNumber,
    is_open: bool,
    out: Vec<u8>,
    cut: Option<Cut>,
    is_deaf: bool,
}

/// All connections.
pub struct Net {
    epoll: OwnedFd,
    events: Vec<Event>,
    bytes: Vec<u8>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    last_stamp: u64,
    /// The life of the server in which new connections begin.
    pub life: u16,
    /// Sockets of clients that are gone without telling the server, and the time until which they
    /// stay open.
    left_open: Vec<(Instant, Socket)>,
    /// Connections that ended during a send.
    ended: Vec<usize>,
    /// Guests whose next connection will be cut: where, and until when this holds.
    doomed: HashMap<GuestNumber, (Instant, Cut)>,
    /// How many cuts have happened.
    pub cuts: usize,
}

/// How long a socket stays open after its client is gone without telling the server.
const LEFT_OPEN: Duration = Duration::from_secs(20);

impl Net {
    pub fn new() -> Self {
        Self {
            epoll: epoll::create(CreateFlags::CLOEXEC).unwrap(),
            events: Vec::with_capacity(1024),
            bytes: vec![0; 64 * 1024],
            connections: Vec::new(),
            free: Vec::new(),
            last_stamp: 0,
            life: 0,
            left_open: Vec::new(),
            ended: Vec::new(),
            doomed: HashMap::new(),
            cuts: 0,
        }
    }

    /// Begins to connect, and sends `first` once connected; `None` if the system has no socket.
    pub fn dial(
        &mut self,
        owner: GuestNumber,
        to: SocketAddr,
        first: &[u8],
    ) -> Option<ConnectionId> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
        socket.set_nonblocking(true).ok()?;
        socket.set_tcp_nodelay(true).ok()?;
        let in_progress = rustix::io::Errno::INPROGRESS.raw_os_error();
        match socket.connect(&to.into()) {
            Err(error) if error.raw_os_error() != Some(in_progress) => return None,
            _ => {}
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        self.last_stamp += 1;
        let id = ConnectionId { place, stamp: self.last_stamp, life: self.life };
        let data = EventData::new_u64(place as u64);
        epoll::add(&self.epoll, &socket, data, EventFlags::IN | EventFlags::OUT).ok()?;
        let (out, is_open, is_deaf) = (first.to_vec(), false, false);
        let cut = self.doomed.remove(&owner).map(|(_, cut)| cut);
        self.connections[place] =
            Some(Connection { id, socket, owner, is_open, out, cut, is_deaf });
        Some(id)
    }

    fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(id.place)?.as_mut().filter(|connection| connection.id == id)
    }

    /// Sends these bytes, now or when the socket takes them. A connection that has ended reports
    /// that in its own turn.
    pub fn send(&mut self, id: ConnectionId, bytes: &[u8]) {
        let Some(connection) = self.connection(id) else { return };
        connection.out.extend_from_slice(bytes);
        if connection.is_open {
            self.flush(id.place);
        }
    }

    /// The client ends the connection by itself, and receives nothing more from it.
    pub fn close(&mut self, id: ConnectionId, how: How) {
        if self.connection(id).is_some() {
            self.end(id.place, how);
        }
    }

    /// The connection will be cut.
    pub fn cuts(&mut self, id: ConnectionId, cut: Cut) {
        if let Some(connection) = self.connection(id) {
            connection.cut = Some(cut);
        }
    }

    /// The next connection of this guest will be cut, if it begins within this time: in the middle
    /// of a request, or of its answer.
    pub fn cuts_the_next(&mut self, owner: GuestNumber, cut: Cut, within: Duration) {
        self.doomed.insert(owner, (Instant::now() + within, cut));
    }

    /// How many guests' next connections will be cut.
    pub fn doomed(&mut self) -> usize {
        let now = Instant::now();
        self.doomed.retain(|_, (until, _)| *until > now);
        self.doomed.len()
    }

    /// Cancels all cuts of next connections.
    pub fn spares_the_next(&mut self) {
        self.doomed.clear();
    }

    /// Cuts the connection now, if its cut has not happened yet. Its owner learns of it in the next
    /// turn.
    pub fn cuts_now(&mut self, id: ConnectionId) {
        let Some(connection) = self.connection(id).filter(|connection| connection.cut.is_some())
        else {
            return;
        };
        if let Some(cut) = &mut connection.cut {
            cut.left = 0;
        }
        self.ended.push(id.place);
    }

    /// Whether the connection exists and its cut has not happened yet.
    pub fn is_to_be_cut(&mut self, id: ConnectionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.cut.is_some())
    }

    /// The client stops reading, or begins to read again.
    pub fn deafens(&mut self, id: ConnectionId, is_deaf: bool) {
        if let Some(connection) = self.connection(id) {
            connection.is_deaf = is_deaf;
            self.watch(id.place);
        }
    }

    /// Waits for news, for `wait` at most.
    pub fn turn(&mut self, wait: Duration) -> Vec<(GuestNumber, ConnectionId, News)> {
        let now = Instant::now();
        self.left_open.retain(|(until, _)| *until > now);
        let mut news = Vec::new();
        let wait = if self.ended.is_empty() { wait } else { Duration::ZERO };
        let wait = Timespec::try_from(wait).unwrap();
        let mut events = std::mem::take(&mut self.events);
        match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => panic!("epoll: {error}"),
        }
        for event in events.drain(..) {
            let place = usize::try_from(event.data.u64()).unwrap();
            self.act(place, event.flags, &mut news);
        }
        self.events = events;
        for place in std::mem::take(&mut self.ended) {
            self.is_over(place, &mut news);
        }
        news
    }

    fn act(
        &mut self,
        place: usize,
        flags: EventFlags,
        news: &mut Vec<(GuestNumber, ConnectionId, News)>,
    ) {
        let Some(connection) = &mut self.connections[place] else { return };
        let id = connection.id;
        if !connection.is_open {
            if !matches!(connection.socket.take_error(), Ok(None))
                || flags.contains(EventFlags::HUP)
            {
                return self.is_over(place, news);
            }
            if !flags.contains(EventFlags::OUT) {
                return;
            }
            connection.is_open = true;
            news.push((connection.owner, id, News::Open));
        }
        self.flush(place);
        let Some(connection) = &mut self.connections[place] else { return };
        if connection.is_deaf && !flags.intersects(EventFlags::HUP | EventFlags::ERR) {
            return;
        }
        if !flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            return;
        }
        let most = match connection.cut {
            Some(Cut { of_sent: false, left, .. }) => left.min(self.bytes.len()),
            _ => self.bytes.len(),
        };
        if most == 0 {
            return self.is_over(place, news);
        }
        match recv(&connection.socket, &mut self.bytes[..most], RecvFlags::DONTWAIT) {
            Ok((0, _)) => self.is_over(place, news),
            Ok((count, _)) => {
                news.push((connection.owner, id, News::Bytes(self.bytes[..count].to_vec())));
                if let Some(cut) = connection.cut.as_mut().filter(|cut| !cut.of_sent) {
                    cut.left -= count;
                    if cut.left == 0 {
                        self.is_over(place, news);
                    }
                }
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(_) => self.is_over(place, news),
        }
    }

    /// Sends the waiting bytes, until the socket is full or the connection reaches its cut.
    fn flush(&mut self, place: usize) {
        let Some(connection) = &mut self.connections[place] else { return };
        while !connection.out.is_empty() {
            let most = match connection.cut {
                Some(Cut { of_sent: true, left, .. }) => left.min(connection.out.len()),
                _ => connection.out.len(),
            };
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            match if most == 0 {
                Ok(0)
            } else {
                send(&connection.socket, &connection.out[..most], flags)
            } {
                Ok(count) => {
                    connection.out.drain(..count);
                    if let Some(cut) = connection.cut.as_mut().filter(|cut| cut.of_sent) {
                        cut.left -= count;
                        if cut.left == 0 {
                            self.ended.push(place);
                            return;
                        }
                    }
                }
                Err(rustix::io::Errno::AGAIN) => break,
                Err(_) => {
                    // Received bytes may still wait in the socket. The kernel reports the end after
                    // them.
                    connection.out.clear();
                    break;
                }
            }
        }
        self.watch(place);
    }

    fn watch(&mut self, place: usize) {
        let Some(connection) = &self.connections[place] else { return };
        let mut flags = EventFlags::empty();
        if !connection.is_deaf {
            flags |= EventFlags::IN;
        }
        if !connection.out.is_empty() || !connection.is_open {
            flags |= EventFlags::OUT;
        }
        let data = EventData::new_u64(place as u64);
        epoll::modify(&self.epoll, &connection.socket, data, flags).unwrap();
    }

    /// The connection has ended; its owner gets the news.
    fn is_over(&mut self, place: usize, news: &mut Vec<(GuestNumber, ConnectionId, News)>) {
        let Some(connection) = &self.connections[place] else { return };
        let id = connection.id;
        news.push((connection.owner, id, News::Ended));
        let cut = connection.cut.filter(|cut| cut.left == 0);
        if cut.is_some() {
            self.cuts += 1;
        }
        self.end(place, cut.map_or(How::Fin, |cut| cut.how));
    }

    fn end(&mut self, place: usize, how: How) {
        let Some(connection) = self.connections[place].take() else { return };
        self.free.push(place);
        self.ended.retain(|ended| *ended != place);
        match how {
            How::Reset => connection.socket.set_linger(Some(Duration::ZERO)).unwrap_or_default(),
            How::Fin => {}
            How::Silent => {
                // Another connection may take this place, so no news of the old one may arrive.
                epoll::delete(&self.epoll, &connection.socket).ok();
                self.left_open.push((Instant::now() + LEFT_OPEN, connection.socket));
            }
        }
    }

    /// Closes the sockets of all clients that are gone without a word, so the server notices.
    pub fn lets_go(&mut self) {
        self.left_open.clear();
    }
}

/// Raises the limit of open files as far as the system allows.
pub fn raise_file_limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let hard = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: hard })?)
}
