//! Connection path, step 2: one public socket, from its first byte until it
//! closes or becomes a chat client.
//!
//! tiny_http routes well and has no defences, so it never meets a stranger.
//! The door reads requests by deadlines and bounds, refuses what is wrong,
//! asks tiny_http in its own words, and writes the answer.
//!
//! Runs on thread `door`, one per public socket that is no client yet.
//! Blocks on: the public socket, the gate and the private socket, each until a
//! deadline of [`DoorConfig`]; a hang-up of the public socket wakes it.
//!
//! Owns: the rules for who may come in, and the turn of requests on a line.
//! Must not know: what a URL means, what a client says.
//!
//! Next: `door/line.rs`, or `http/mod.rs`, where the question goes.

mod adoption;
mod answer;
mod body;
mod browser;
mod canonical;
mod complaints;
mod exchange;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod head;
mod host;
mod line;
mod load;
mod origin;
pub mod refusal;
mod refusing;
mod request;
pub(crate) mod shown;
mod target;
pub mod ticket;

#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::Clients;
use crate::config::DoorConfig;
use crate::door::adoption::Adoption;
use crate::door::answer::{Answer, Connection};
use crate::door::exchange::{Question, exchange};
use crate::door::gate::Gate;
use crate::door::host::HostRule;
use crate::door::line::{Asked, Line, NoRequest};
use crate::door::load::Load;
use crate::door::origin::OriginRule;
use crate::door::refusal::Refusal;
use crate::door::request::Request;
use crate::door::ticket::Verdict;
use crate::http::Http;
use crate::limits;
use crate::pages::desk::Desk;
use crate::socket::{self, deadline::Deadline, linger::linger};
use crate::visit::errand::Errand;
use crate::wire::Format;

/// Shared by all door threads: the rules, the gate, and where a yes leads.
pub struct Door {
    config: DoorConfig,
    http: Arc<Http>,
    clients: Arc<Clients<Format>>,
    desk: Desk,
    hosts: HostRule,
    origins: OriginRule,
    load: Load,
    gate: Gate,
    stopping: AtomicBool,
}

/// What becomes of a line after one turn: it may be a client's, after an answer.
enum Next {
    Again,
    End,
    Adopt(Box<Answer>, Adoption),
}

impl Door {
    /// A door to `http`, and to `clients` for those whom it adopts.
    pub fn new(
        config: DoorConfig,
        http: Arc<Http>,
        clients: Arc<Clients<Format>>,
        desk: Desk,
    ) -> Self {
        // When it is needed, there may be no memory to make it of.
        Self::busy_answer();
        Self {
            hosts: HostRule::new(&config.hosts),
            origins: OriginRule::new(&config.origins),
            load: Load::new(config.cpu_permille_max),
            gate: Gate::new(config.exchanges_max),
            stopping: AtomicBool::new(false),
            config,
            http,
            clients,
            desk,
        }
    }

    /// Serves one public socket on the calling thread. Blocks until the socket
    /// is closed, or until that client has ended if it became one.
    pub fn serve(&self, socket: Arc<TcpStream>, peer: SocketAddr) {
        // Each step comes back here before the next, so that all use the same
        // stretch of the stack: what one has touched stays with the client.
        let mut line = Box::new(Line::new(socket, peer));
        let Some((answer, adoption)) = self.answer_requests(&mut line) else { return };
        let seat = self.adopt(&line, &answer, &adoption);
        let arrived = std::mem::take(&mut line.arrived);
        drop((line, answer));
        match (seat, adoption) {
            (Some(seat), Adoption::Socket(_)) => seat.serve(arrived),
            (Some(seat), Adoption::Stream(stream)) => seat.stream(stream, &arrived),
            (None, _) => {}
        }
    }

    /// One request after the other, until the line ends or is to be adopted;
    /// then the answer is the one that makes it a client.
    #[inline(never)]
    fn answer_requests(&self, line: &mut Line) -> Option<(Box<Answer>, Adoption)> {
        for turn in 1..=limits::REQUESTS_PER_CONNECTION_MAX {
            let first_byte_wait = match turn {
                1 => self.config.first_byte_wait,
                _ => self.config.first_byte_wait.min(limits::NEXT_REQUEST_WAIT),
            };
            let may_keep = turn < limits::REQUESTS_PER_CONNECTION_MAX;
            match self.turn(line, first_byte_wait, may_keep) {
                Next::Again => {}
                Next::End => break,
                Next::Adopt(answer, adoption) => return Some((answer, adoption)),
            }
        }
        // Others may hold the socket; the peer must see its end all the same.
        socket::hang_up(&line.socket);
        None
    }

    /// From now on every answer ends its connection. Doors that wait for a
    /// request end when the server hangs them up, or their peers go quiet.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// One request and its answer.
    fn turn(&self, line: &mut Line, first_byte_wait: Duration, may_keep: bool) -> Next {
        let (request, body) = match self.receive(line, first_byte_wait) {
            Ok(received) => received,
            Err(NoRequest::Gone) => return Next::End,
            Err(NoRequest::Refused(refusal)) => return self.refuse(line, refusal),
        };
        match self.ask(line, &request, &body) {
            Ok((it, Verdict::Adopt(format))) if it.status == 101 => {
                Next::Adopt(it, Adoption::Socket(format))
            }
            Ok((it, Verdict::Stream(stream))) if it.status == 200 => {
                Next::Adopt(it, Adoption::Stream(stream))
            }
            Ok((it, Verdict::Visit(errand))) if it.status != 101 => {
                // A full box has to tell a saver's browser so, in its language.
                if !errand.saves() {
                    line.head = Vec::new();
                }
                self.visit(line, *it, &errand)
            }
            Ok((answer, Verdict::None)) if answer.status != 101 => {
                let keep = may_keep
                    && request.keep_alive
                    && !answer.is_refusal()
                    && !self.clients.doors_are_scarce()
                    && !self.stopping.load(Ordering::Relaxed);
                self.answer(line, &answer, if keep { Connection::Keep } else { Connection::Close })
            }
            Ok((answer, verdict)) => {
                // Half an upgrade is none: nobody knows what the peer expects.
                complaints::disagreement(answer.status, &verdict);
                Next::End
            }
            Err(refusal) => self.refuse_with(line, refusal, 0, &body),
        }
    }

    /// Makes a page. Whoever comes for pages holds no thread between two of them.
    #[inline(never)]
    fn visit(&self, line: &Line, answer: Answer, errand: &Errand) -> Next {
        // Whoever waits long takes the place of a client meanwhile.
        let place = errand.waits().then(|| self.clients.place(&line.socket, line.peer));
        let place = match place.transpose() {
            Ok(place) => place,
            Err(reason) => return self.refuse_seat(line, &reason),
        };
        let answer = answer.with_page(self.desk.serve(errand));
        if let Some(place) = place {
            self.clients.gives_back(place, &line.socket);
        }
        match errand.saver().filter(|_| answer.status == 200) {
            None => self.answer(line, &answer, Connection::Close),
            Some(_) if line.asked.is_head() => self.answer(line, &answer, Connection::Stream),
            Some(saver) => Next::Adopt(Box::new(answer), Adoption::Stream(Box::new(saver))),
        }
    }

    /// The next request with its whole body, admitted by every rule.
    #[inline(never)]
    fn receive(
        &self,
        line: &mut Line,
        first_byte_wait: Duration,
    ) -> Result<(Box<Request>, Vec<u8>), NoRequest> {
        (line.asked, line.head) = (Asked::default(), Vec::new());
        let config = &self.config;
        let head = head::receive(line, first_byte_wait, config.head_wait);
        line.asked = Asked::of(head.as_ref().unwrap_or(&line.arrived));
        let refused = head.as_ref().err().copied();
        line.head = head.unwrap_or_else(|_| line.arrived.clone());
        refused.map_or(Ok(()), Err)?;
        let request = Request::parse(&line.head)?;
        if !request.hosts.iter().all(|host| self.hosts.admits(host)) {
            return Err(Refusal::ForeignHost.into());
        }
        if !self.origins.admits(request.origin.as_deref(), request.hosts.first()) {
            if request.upgrade {
                complaints::foreign_origin(line, &request, self.http.words());
            }
            return Err(Refusal::ForeignOrigin.into());
        }
        if self.load.is_over() {
            return Err(Refusal::Overloaded.into());
        }
        let body = body::receive(line, &request, config.body_wait)?;
        Ok((request, body))
    }

    #[inline(never)]
    fn ask(
        &self,
        line: &Line,
        request: &Request,
        body: &[u8],
    ) -> Result<(Box<Answer>, Verdict), Refusal> {
        let host = match request.hosts.first() {
            Some(host) => host.text(),
            // HTTP/1.0 without a name: the address it came to will do.
            None => line.socket.local_addr().map(|addr| addr.to_string()).unwrap_or_default(),
        };
        let until = Instant::now() + self.config.exchange_wait;
        // The place is given back before the browser gets a byte.
        let _place = self.gate.enter(until).ok_or(Refusal::GateFull)?;
        let question = Question { request, host: &host, body, peer: line.peer };
        exchange(&self.http, &question, Deadline::at(until))
    }

    fn answer(&self, line: &Line, answer: &Answer, connection: Connection) -> Next {
        line.log(answer.status, "answered");
        self.write(line, answer, connection)
    }

    fn write(&self, line: &Line, answer: &Answer, connection: Connection) -> Next {
        let stops = self.stopping.load(Ordering::Relaxed);
        let wait = if stops { limits::STOP_CLIENTS_WAIT } else { self.config.answer_wait };
        let deadline = Deadline::after(wait.min(self.config.answer_wait));
        let mut bytes = answer.head(connection);
        let body = if line.asked.is_head() { &[] } else { answer.body() };
        // A short answer is one packet; a long one is not copied.
        let written = if body.len() <= limits::DOOR_READ_BYTES {
            bytes.extend_from_slice(body);
            line.write(&bytes, deadline)
        } else {
            line.write(&bytes, deadline).and_then(|()| line.write(body, deadline))
        };
        match written {
            Ok(()) if connection == Connection::Keep => Next::Again,
            Ok(()) => {
                linger(&line.socket);
                Next::End
            }
            Err(error) => {
                tracing::debug!(peer = %line.peer, %error, "the answer was not taken");
                Next::End
            }
        }
    }
}
