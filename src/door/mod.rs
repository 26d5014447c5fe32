//! Connection path, step 2: one public socket, from its first byte until it
//! closes or becomes a chat client.
//!
//! tiny_http routes well and has no defences, so it never meets a stranger.
//! The door reads requests by deadlines and bounds, refuses what is wrong,
//! asks tiny_http in its own words, and writes the answer.
//!
//! ```text
//!  socket ──▶ head ──▶ request ──▶ host, origin, load ──▶ body
//!                                                          │
//!                    gate ──▶ canonical request ──▶ tiny_http (http/)
//!                                                          │
//!            ┌── None ── the next request ◀────────────────┤ answer, verdict
//!            ├── Job ─── run it here: another answer ◀─────┤
//!            └── Adopt ─ seat, enter, head, serve ◀────────┘
//! ```
//!
//! Runs on thread `door`, one per public socket that is no client yet.
//! Blocks on: the public socket, the gate and the private socket, each until a
//! deadline of [`DoorConfig`]; a hang-up of the public socket wakes it. A job
//! blocks on what it says itself. If the head of a client's answer cannot be written, giving its
//! seat back waits for the hub's answer.
//!
//! Owns: the rules for who may come in, the turn of requests on a line, and that a client has
//! all that it needs before its answer is written.
//! Must not know: what a URL means, what a job does, what a client says.
//!
//! Next: `door/line.rs`, or `http/mod.rs`, where the question goes.

mod answer;
mod body;
mod complaints;
mod exchange;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod head;
mod host;
mod line;
mod load;
mod refusing;
mod request;

#[cfg(test)]
pub(crate) mod tests;

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing::Level;

use crate::accept::{Stay, WayIn};
use crate::admission::{Admission, NoSeat};
use crate::config::DoorConfig;
use crate::door::exchange::{Question, exchange};
use crate::door::gate::Gate;
use crate::door::host::{HostRule, OriginRule};
use crate::door::line::{Line, NoRequest, RequestLine};
use crate::door::load::Load;
use crate::door::request::Request;
use crate::http::Http;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::http::site::Site;
use crate::http::verdict::{Adopt, Connection, Job, Seated, Verdict};
use crate::limits;
use crate::rate;
use crate::socket::{self, deadline::Deadline, linger::linger};
use crate::words::Words;

/// Shared by all door threads: the rules, the gate, and where a yes leads.
pub struct Door {
    config: DoorConfig,
    /// Of the log.
    words: &'static Words,
    http: Arc<Http>,
    admission: Arc<Admission>,
    site: Arc<dyn Site>,
    hosts: HostRule,
    origins: OriginRule,
    load: Load,
    gate: Gate,
    stopping: AtomicBool,
}

/// What becomes of a line after one turn: it may be a client's, after this answer.
enum Next {
    Again,
    End,
    Adopt(Response, Box<dyn Adopt>),
}

impl WayIn for Door {
    fn serve(&self, socket: Arc<TcpStream>, peer: SocketAddr) -> Option<Stay> {
        let mut line = Line::new(socket, peer);
        let (response, adopt) = self.answer_requests(&mut line)?;
        let seated = self.adopt(&line, &response, adopt)?;
        let arrived = std::mem::take(&mut line.arrived);
        Some(Box::new(move || seated.serve(arrived)))
    }

    fn busy_answer(&self) -> &'static [u8] {
        Self::busy_answer()
    }
}

impl Door {
    /// A door to `http`, whose answers are those of `site`; in the log it says `words`.
    pub fn new(
        config: DoorConfig,
        words: &'static Words,
        http: Arc<Http>,
        admission: Arc<Admission>,
        site: Arc<dyn Site>,
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
            words,
            http,
            admission,
            site,
        }
    }

    /// One request after the other, until the line ends or is to be adopted;
    /// then the answer is the one that makes it a client.
    fn answer_requests(&self, line: &mut Line) -> Option<(Response, Box<dyn Adopt>)> {
        for turn in 1..=limits::REQUESTS_PER_CONNECTION_MAX {
            let first_byte_wait = match turn {
                1 => self.config.first_byte_wait,
                _ => self.config.first_byte_wait.min(limits::NEXT_REQUEST_WAIT),
            };
            let may_keep = turn < limits::REQUESTS_PER_CONNECTION_MAX;
            match self.turn(line, first_byte_wait, may_keep) {
                Next::Again => {}
                Next::End => break,
                Next::Adopt(response, adopt) => return Some((response, adopt)),
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
        let mut response = match self.ask(line, &request, &body) {
            Ok(response) => response,
            Err(refusal) => return self.refuse_with(line, refusal, 0, &body),
        };
        let may_keep = may_keep && request.keep_alive;
        drop((request, body));
        match (response.status, std::mem::take(&mut response.verdict)) {
            (status, Verdict::Job(job)) if status != 101 => self.run(line, job, response),
            (_, verdict) => self.conclude(line, response, verdict, may_keep),
        }
    }

    /// Runs a job, whose answer says besides what its route has said already.
    fn run(&self, line: &mut Line, job: Box<dyn Job>, said: Response) -> Next {
        let place = if job.takes_a_place() {
            // For as long as it waits, nobody needs it; nor does who is told no here.
            line.head = Vec::new();
            match self.admission.seat(&line.socket, line.peer.ip()) {
                Ok(place) => Some(place),
                Err(reason) => return self.refuse_seat(line, &reason.into()),
            }
        } else {
            None
        };
        let mut response = job.run().over(said);
        if let Some(place) = place {
            // To take its answer takes a while, and a stopping server must find it.
            self.admission.is_a_door_again(&place, &line.socket);
        }
        let verdict = std::mem::take(&mut response.verdict);
        self.conclude(line, response, verdict, false)
    }

    /// Answers, and says what becomes of the line. Half an upgrade is none: nobody knows
    /// what the peer expects.
    fn conclude(&self, line: &Line, response: Response, verdict: Verdict, may_keep: bool) -> Next {
        let status = response.status;
        match verdict {
            Verdict::None if status != 101 => {
                // A refusal ends the connection, with a lingering close.
                let keep = may_keep
                    && status < 400
                    && !self.admission.doors_are_scarce()
                    && !self.stopping.load(Ordering::Relaxed);
                self.answer(
                    line,
                    &response,
                    if keep { Connection::Keep } else { Connection::Close },
                )
            }
            Verdict::Adopt(adopt) => match (status, adopt.connection()) {
                (200, Connection::Stream) if line.asked.is_head() => {
                    self.answer(line, &response, Connection::Stream)
                }
                (101, Connection::Upgrade) | (200, Connection::Stream) => {
                    Next::Adopt(response, adopt)
                }
                (_, connection) => complaints::disagreement(status, &connection),
            },
            verdict => complaints::disagreement(status, &verdict),
        }
    }

    /// The next request with its whole body, admitted by every rule.
    fn receive(
        &self,
        line: &mut Line,
        first_byte_wait: Duration,
    ) -> Result<(Request, Vec<u8>), NoRequest> {
        self.receive_head(line, first_byte_wait)?;
        let request = Request::parse(&line.head)?;
        self.admit(line, &request)?;
        let body = body::receive(line, &request, self.config.body_wait)?;
        Ok((request, body))
    }

    /// Notes the head in `line`, or what came of it: a refusal and the log show it.
    fn receive_head(&self, line: &mut Line, first_byte_wait: Duration) -> Result<(), NoRequest> {
        (line.asked, line.head) = (RequestLine::default(), Vec::new());
        let head = head::receive(line, first_byte_wait, self.config.head_wait);
        line.asked = RequestLine::of(head.as_ref().unwrap_or(&line.arrived));
        let refused = head.as_ref().err().copied();
        line.head = head.unwrap_or_else(|_| line.arrived.clone());
        refused.map_or(Ok(()), Err)
    }

    /// Whether the request may be asked here, and now.
    fn admit(&self, line: &Line, request: &Request) -> Result<(), Refusal> {
        if !request.hosts.iter().all(|host| self.hosts.admits(host)) {
            return Err(Refusal::ForeignHost);
        }
        if !self.origins.admits(request.origin.as_deref(), request.hosts.first()) {
            if request.upgrade {
                complaints::foreign_origin(line, request, self.words);
            }
            return Err(Refusal::ForeignOrigin);
        }
        if self.load.is_over() {
            return Err(Refusal::Overloaded);
        }
        Ok(())
    }

    fn ask(&self, line: &Line, request: &Request, body: &[u8]) -> Result<Response, Refusal> {
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

    /// Takes a seat and writes the answer. `None`: the line is over.
    fn adopt(
        &self,
        line: &Line,
        response: &Response,
        adopt: Box<dyn Adopt>,
    ) -> Option<Box<dyn Seated>> {
        let connection = adopt.connection();
        match adopt.take_seat(&line.socket, line.peer) {
            Ok(mut seated) => {
                seated.enter();
                self.log(line, response.status, "adopted");
                let deadline = Deadline::after(self.config.answer_wait);
                let mut bytes = answer::head(response, connection);
                bytes.extend_from_slice(answer::body(response));
                if line.write(&bytes, deadline).is_ok() {
                    return Some(seated);
                }
            }
            Err(reason) => drop(self.refuse_seat(line, &reason)),
        }
        socket::hang_up(&line.socket);
        None
    }

    fn refuse_seat(&self, line: &Line, reason: &NoSeat) -> Next {
        if rate::admits(Level::WARN, "upgrade failed") {
            tracing::warn!(peer = %line.peer, %reason, "{}", self.words.upgrade_failed);
        }
        let (refusal, people) = match reason {
            NoSeat::AddressFull(people) => (Refusal::AddressFull, *people),
            NoSeat::Full(people) => (Refusal::NoSeat, *people),
            NoSeat::NoThread(_) => (Refusal::NoSeat, self.admission.clients()),
            NoSeat::Stopping => (Refusal::NoAnswer, 0),
        };
        self.refuse_with(line, refusal, people, &[])
    }

    fn answer(&self, line: &Line, answer: &Response, connection: Connection) -> Next {
        self.log(line, answer.status, "answered");
        self.write(line, answer, connection)
    }

    fn write(&self, line: &Line, answer: &Response, connection: Connection) -> Next {
        let stops = self.stopping.load(Ordering::Relaxed);
        let wait = if stops { limits::STOP_CLIENTS_WAIT } else { self.config.answer_wait };
        let deadline = Deadline::after(wait.min(self.config.answer_wait));
        let mut bytes = answer::head(answer, connection);
        let body = if line.asked.is_head() { &[] } else { answer::body(answer) };
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

    /// One line in the log for one request.
    fn log(&self, line: &Line, status: u16, outcome: &'static str) {
        let RequestLine { method, path } = &line.asked;
        let path = self.site.shown(path, status < 400);
        tracing::info!(peer = %line.peer, %method, %path, status, outcome, "request");
    }
}
