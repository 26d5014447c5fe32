//! Connection path, step 2: one public socket, from its first byte until it closes or becomes a
//! chat client.
//!
//! The door reads requests within deadlines and bounds and refuses what is wrong. It writes each
//! request anew, in canonical form. tiny_http carries that request to a responder's thread and
//! frames the response. tiny_http has no defences, so no peer of a public port reaches it. The door
//! writes the answer to the browser. What a URL means, the site decides: tiny_http has no router.
//! An *exchange* is one request to tiny_http and its answer. Beside the answer, the door gets its
//! *verdict* (`server/http/verdict.rs`), which says what becomes of the connection.
//!
//! ```text
//!  socket ──▶ head ──▶ request ──▶ host, origin, load ──▶ body
//!                                                          │
//!         exchange place ──▶ canonical request ──▶ tiny_http (http/)
//!                                                          │
//!          ┌── Answer ── the next request ◀────────────────┤ answer, verdict
//!          ├── Job ───── run it here: another answer ◀─────┤
//!          └── Upgrade, Stream ─ reserve, register, run ◀──┘
//! ```
//!
//! Runs on thread `door`, one per connection to the port for pages that is no client yet.
//! Blocks on: the public socket, a place for an exchange, and the private socket, each until a
//! deadline of [`DoorConfig`]; at a connection's end a lingering close, for `LINGER_WAIT`. A
//! hang-up of the public socket wakes the thread if it waits for that socket. Each job's own file
//! says what the job blocks on, and `adopting.rs` what an adoption blocks on.
//!
//! Owns: the rules for who may come in, and the order of requests on a connection.
//! Must not know: what a URL means, what a job does, what a client says.
//!
//! Next: `server/door/head.rs`.

mod adopting;
mod answer;
mod door_places;
mod door_socket;
mod exchange;
#[cfg(fuzzing)]
pub mod fuzzing;
mod head;
mod host;
mod hotspot;
mod load;
mod proxies;
mod refusing;
mod request;
mod tls;
mod whole_answer;

#[cfg(test)]
pub(crate) mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::admission::Admission;
use crate::base::socket::{self, PublicSocket, deadline::Deadline, linger::linger};
use crate::base::{base_path, language::LocaleWords, limits, tls::ServerCertificate};
use crate::server::accept::{ClientRun, WayIn};
use crate::server::door::adopting::{Adoption, adopt};
use crate::server::door::door_socket::{DoorSocket, NoRequest, RequestLine};
use crate::server::door::exchange::{DoorRequest, exchange};
use crate::server::door::host::{HostRule, OriginRule};
use crate::server::door::proxies::ProxyRule;
use crate::server::door::refusing::{log_foreign_origin, refuse_client, refuse_request};
use crate::server::door::{door_places::DoorPlaces, load::Load, request::ParsedRequest};
use crate::server::http::refusal::Refusal;
use crate::server::http::response::{Header, Response};
use crate::server::http::site::{Site, TargetState};
use crate::server::http::verdict::{Job, Verdict};
use crate::server::{config::DoorConfig, http::Http};

/// The answer to `Expect: 100-continue`: the peer may send the body.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What all door threads share: the rules that a request must pass, tiny_http, the places for
/// exchanges, and the site.
pub struct Door {
    config: DoorConfig,
    words: &'static LocaleWords,
    http: Arc<Http>,
    admission: Arc<Admission>,
    site: Arc<dyn Site>,
    hosts: HostRule,
    origins: OriginRule,
    proxies: ProxyRule,
    load: Load,
    exchange_places: DoorPlaces,
    handshake_places: DoorPlaces,
    stopping: AtomicBool,
}

enum Next {
    Again,
    End,
    Adopt(Adoption),
}

impl WayIn for Door {
    fn serve(&self, socket: Arc<PublicSocket>, peer: SocketAddr) -> Option<ClientRun> {
        let mut connection = DoorSocket::new(socket, peer);
        tls::open(self, &mut connection)?;
        let adoption = self.answer_requests(&mut connection)?;
        let seat = adopt(self, &connection, adoption)?;
        Some(Box::new(move || seat.run(connection.arrived)))
    }

    fn busy_answer(&self) -> &'static [u8] {
        refusing::busy_answer()
    }
}

impl Door {
    /// Makes a door that gets its answers from `http`, at most `exchanges_max` of them at the same
    /// time. `site` makes the pages with which the door refuses requests. `words` has the texts
    /// that the door logs.
    pub fn new(
        config: DoorConfig,
        exchanges_max: usize,
        words: &'static LocaleWords,
        http: Arc<Http>,
        admission: Arc<Admission>,
        site: Arc<dyn Site>,
    ) -> Self {
        // Makes the busy answer now, because there may be no memory for it when it is needed.
        refusing::busy_answer();
        Self {
            hosts: HostRule::new(&config.hosts),
            origins: OriginRule::new(&config.origins),
            proxies: ProxyRule::new(&config.proxies),
            load: Load::new(config.cpu_permille_max),
            exchange_places: DoorPlaces::new(exchanges_max),
            handshake_places: DoorPlaces::new(tls::HANDSHAKES_MAX),
            stopping: AtomicBool::new(false),
            config,
            words,
            http,
            admission,
            site,
        }
    }

    /// Returns how the addresses of the page begin: see [`DoorConfig::scheme`].
    pub fn scheme(&self) -> &'static str {
        self.config.scheme()
    }

    /// Returns what people must know about the certificate: see [`ServerCertificate::note`].
    pub fn certificate_note(&self) -> &str {
        self.config.certificate.as_ref().map_or("", ServerCertificate::note)
    }

    /// See [`ServerCertificate::own_fingerprint`].
    pub fn own_fingerprint(&self) -> Option<String> {
        self.config.certificate.as_ref().and_then(ServerCertificate::own_fingerprint)
    }

    /// Returns whether a plain request is only sent to `https`.
    pub fn is_tls_only(&self) -> bool {
        self.config.tls_only
    }

    /// Stops the doors: from now on every answer ends its connection. Doors that wait for a request
    /// end when the server hangs up on them, or when their deadlines pass.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Answers the connection's requests, one after the other. Returns `None` when the connection
    /// has ended. If the connection is to become that of a client, returns the answer that makes it
    /// so, which has not been sent yet.
    fn answer_requests(&self, connection: &mut DoorSocket) -> Option<Adoption> {
        for turn in 1..=limits::REQUESTS_PER_CONNECTION_MAX {
            match self.serve_one(connection, turn) {
                Next::Again => {}
                Next::End => break,
                Next::Adopt(adoption) => return Some(adoption),
            }
        }
        // Other threads may still hold the socket. So dropping the socket here would not end the
        // connection for the peer.
        socket::hang_up(&connection.socket);
        None
    }

    /// Serves one request of the connection: the first one in turn 1.
    fn serve_one(&self, connection: &mut DoorSocket, turn: u32) -> Next {
        let first_byte_wait = match turn {
            1 => self.config.first_byte_wait,
            _ => self.config.first_byte_wait.min(limits::NEXT_REQUEST_WAIT),
        };
        let (request, body) = match self.receive(connection, first_byte_wait) {
            Ok(received) => received,
            Err(NoRequest::Gone) => return Next::End,
            Err(NoRequest::Refused(why)) => return refuse_request(self, connection, why, &[]),
            Err(NoRequest::OfHotspot(answer)) => return hotspot::send(self, connection, answer),
        };
        if self.config.tls_only && !connection.is_secure {
            let to_tls = tls::same_by_https(&request, connection);
            return self.carry_out_verdict(connection, to_tls, false);
        }
        let response = match self.fetch_response(connection, &request, &body) {
            Ok(response) => response,
            Err(refusal) => return refuse_request(self, connection, refusal, &body),
        };
        let may_keep = request.keep_alive && turn < limits::REQUESTS_PER_CONNECTION_MAX;
        drop((request, body));
        self.carry_out_verdict(connection, response, may_keep)
    }

    fn receive(
        &self,
        connection: &mut DoorSocket,
        first_byte_wait: Duration,
    ) -> Result<(ParsedRequest, Vec<u8>), NoRequest> {
        self.receive_head(connection, first_byte_wait)?;
        let mut request = ParsedRequest::parse(&connection.head)?;
        let said = std::mem::take(&mut request.forwarding);
        let (peer, said_secure) =
            self.proxies.see_through(connection.from, said, &mut request.hosts)?;
        let is_secure = said_secure.unwrap_or(connection.socket.is_tls());
        (connection.peer, connection.is_secure, request.is_secure) = (peer, is_secure, is_secure);
        request.needs_chunks = request.is_modern && !connection.socket.has_resets();
        if let Some(answer) = hotspot::answer(self, connection, &request) {
            return Err(NoRequest::OfHotspot(answer));
        }
        self.admit(connection, &request)?;
        let body = self.receive_body(connection, &request)?;
        Ok((request, body))
    }

    /// Receives the next request's head. Stores the head, or as much of it as came, in
    /// `connection`, for a refusal and for the server's log.
    fn receive_head(
        &self,
        connection: &mut DoorSocket,
        first_byte_wait: Duration,
    ) -> Result<(), NoRequest> {
        (connection.asked, connection.head) = (RequestLine::default(), Vec::new());
        (connection.peer, connection.is_secure) = (connection.from, connection.socket.is_tls());
        let received = head::receive(connection, first_byte_wait, self.config.head_wait);
        let (head, answer) = match received {
            Ok(head) => (head, Ok(())),
            Err(why) => (connection.arrived.clone(), Err(why)),
        };
        (connection.asked, connection.head) = (RequestLine::of(&head), head);
        answer
    }

    fn admit(&self, connection: &DoorSocket, request: &ParsedRequest) -> Result<(), Refusal> {
        if !request.hosts.iter().all(|host| self.hosts.admits(host)) {
            return Err(Refusal::ForeignHost);
        }
        if !request.is_of_own_page
            && !self.origins.admits(request.origin.as_deref(), request.hosts.first())
        {
            log_foreign_origin(self, connection, request);
            return Err(Refusal::ForeignOrigin);
        }
        if self.load.is_over() { Err(Refusal::Overloaded) } else { Ok(()) }
    }

    /// Receives the request's body whole. So only the door's thread waits for a slow sender, and
    /// tiny_http does not.
    fn receive_body(
        &self,
        connection: &mut DoorSocket,
        request: &ParsedRequest,
    ) -> Result<Vec<u8>, NoRequest> {
        let deadline = Deadline::after(self.config.body_wait);
        if request.expects_continue && connection.arrived.len() < request.body_bytes {
            connection.write(CONTINUE, deadline).map_err(|_| NoRequest::Gone)?;
        }
        while connection.arrived.len() < request.body_bytes {
            connection.read_more(deadline, Refusal::BodyTooSlow.into())?;
        }
        Ok(connection.take(request.body_bytes))
    }

    /// Returns tiny_http's answer to the request; or, for the base path without the `/` at its end,
    /// the way to the front page, because a browser could follow no relative link from there.
    /// Blocks until there is a place for the exchange,
    /// and then until the answer is whole; both waits together take at most `exchange_wait`.
    fn fetch_response(
        &self,
        connection: &DoorSocket,
        request: &ParsedRequest,
        body: &[u8],
    ) -> Result<Response, Refusal> {
        if let Some(front_page) = base_path::completed(&request.path)
            && !request.upgrade
            && matches!(request.method, "GET" | "HEAD")
        {
            return Ok(Response::new(303, "").with_header("Location", front_page));
        }
        let host = match request.hosts.first() {
            Some(host) => host.text(),
            // A request of HTTP/1.0 may name no host. Then the IP address that the peer connected
            // to is used as the host.
            None => connection.socket.local_host(),
        };
        let until = Instant::now() + self.config.exchange_wait;
        // The place for the exchange is given back when this function returns, before the browser
        // gets a byte. So a slow browser never holds a place.
        let _place = self.exchange_places.take(until).ok_or(Refusal::NoExchange)?;
        let asked = DoorRequest { request, host: &host, body, peer: connection.peer };
        exchange(&self.http, &asked, Deadline::at(until))
    }

    /// Carries out the verdict of this answer, which a route or a job has made. If the connection
    /// is to become a client's, stops before a seat is reserved. `may_keep`: the connection may
    /// have another request after this one; the verdict and the state of the server may still
    /// forbid it.
    fn carry_out_verdict(
        &self,
        connection: &mut DoorSocket,
        response: Response,
        may_keep: bool,
    ) -> Next {
        // A refusal (a status of 400 or more) ends the connection, with a lingering close.
        let keeps = may_keep
            && matches!(response.verdict, Verdict::Answer(..400))
            && !self.admission.doors_are_scarce()
            && !self.stopping.load(Ordering::Relaxed);
        let (status, mut head) =
            (response.status(), answer::head(&response, keeps, connection.is_secure));
        match response.verdict {
            Verdict::Job(job) => {
                // The job may wait long, and this head is not used, so its memory is freed now.
                drop(head);
                self.run_job(connection, job, response.headers)
            }
            Verdict::Upgrade(adopt) => Next::Adopt(Adoption { status, answer: head, adopt }),
            Verdict::Stream(adopt) if !connection.asked.is_head() => {
                head.extend_from_slice(response.body.sent());
                Next::Adopt(Adoption { status, answer: head, adopt })
            }
            Verdict::Answer(_) | Verdict::Stream(_) => {
                self.log_request(connection, status, "answered");
                self.write(connection, head, answer::body(&response), keeps)
            }
        }
    }

    /// Runs a job and carries out the verdict of its answer. `routed`: the headers of the route's
    /// answer; the job's answer gets those that it does not have. If the job needs one of the
    /// places for clients, the connection has one at least while the job runs. If none is free,
    /// refuses the request.
    fn run_job(&self, connection: &mut DoorSocket, job: Box<dyn Job>, routed: Vec<Header>) -> Next {
        let place = if job.takes_a_place() {
            // The job may wait long, so the memory of the request's head is freed now.
            connection.head = Vec::new();
            match self.admission.take_client_place(&connection.socket, connection.peer.ip()) {
                Ok(place) => Some(place),
                Err(reason) => return refuse_client(self, connection, &reason.into()),
            }
        } else {
            None
        };
        let response = job.run().over(routed);
        // Sending takes long if the peer reads nothing. Meanwhile this connection keeps its place
        // for a client, so it takes no place from new connections, which are doors. `takes_answer`
        // tells a server that stops to hang up on it.
        let _held = place.as_ref().map(|place| place.takes_answer(&connection.socket));
        // The answer of a job always ends its connection: a door that waited for another request
        // would keep a thread, and perhaps a client's place, after a page that may have waited
        // long.
        self.carry_out_verdict(connection, response, false)
    }

    /// Writes an answer to the browser. `keeps`: another request may follow. Otherwise a lingering
    /// close follows, if the browser has taken the answer.
    fn write(&self, connection: &DoorSocket, mut head: Vec<u8>, body: &[u8], keeps: bool) -> Next {
        let stops = self.stopping.load(Ordering::Relaxed);
        let wait = if stops { limits::STOP_CLIENTS_WAIT } else { self.config.answer_wait };
        let deadline = Deadline::after(wait.min(self.config.answer_wait));
        let body = if connection.asked.is_head() { &[] } else { body };
        // A short body is copied behind the head and sent with it in one write. A long body is not
        // copied, so it needs a second write.
        let written = if body.len() <= limits::DOOR_READ_BYTES {
            head.extend_from_slice(body);
            connection.write(&head, deadline)
        } else {
            connection.write(&head, deadline).and_then(|()| connection.write(body, deadline))
        };
        match written {
            Ok(()) if keeps => return Next::Again,
            Ok(()) => {
                connection.say_end(deadline);
                linger(&connection.socket);
            }
            Err(error) => {
                tracing::debug!(peer = %connection.peer, %error, "the answer was not taken");
            }
        }
        Next::End
    }

    fn log_request(&self, connection: &DoorSocket, status: u16, outcome: &'static str) {
        let RequestLine { method, path } = &connection.asked;
        let state = if status < 400 { TargetState::Served } else { TargetState::Unknown };
        let path = self.site.loggable(path, state);
        tracing::info!(peer = %connection.peer, %method, %path, status, outcome, "request");
    }
}
