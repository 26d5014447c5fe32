//! Starts the server around a hub that already runs: tiny_http, then an accept thread for each
//! listener. The code works for any rule, format and site. The server stops in this order: accept
//! threads, doors, clients and hub, tiny_http.
//!
//! Owns: the order of start and of stop, and the handles of all threads that live as long as the
//! server. The caller passes the listeners in, so that tests can bind port 0.
//! Must not know: flags, signals, what messages say.
//!
//! Part: this file is its entry.

// The layers of the spine (what every server of this crate has in common), from the bottom up, as
// in `lib.rs`.

pub mod config;
pub mod follow;
pub mod instruments;
pub mod outbox;
pub mod probe;

pub mod accept;
pub mod http;

pub mod door;

pub mod hub;

pub mod client;

pub mod faults;
pub(crate) mod status;

pub(crate) mod metrics;

pub mod watchdog;

pub mod control;

pub mod serve;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::admission::{Admission, Budget, TooLittle};
use crate::base::{limits, socket::PublicListener, threads::Pool};
use crate::server::accept::{Acceptor, WayIn};
use crate::server::client::{ClientFormat, Clients};
use crate::server::config::ServerConfig;
use crate::server::http::{Http, HttpStartError, site::Site};
use crate::server::{door::Door, hub::HubHandle};

/// Why the server's common part (the spine) could not start. Each error's sentence says what the
/// operator can do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// tiny_http or its private socket failed.
    #[error(transparent)]
    Http(#[from] HttpStartError),
    /// The machine has too little address space, or allows too few open files.
    #[error(transparent)]
    TooLittle(#[from] TooLittle),
    /// The system refused to start a thread.
    #[error("this machine has no thread to give: {0}; look at `ulimit -u` and the pids limit")]
    NoThread(#[from] io::Error),
}

/// A hub that runs, and the settings of its clients' format.
pub struct RunningHub<F: ClientFormat> {
    /// The handle with which other threads put something into the hub's inboxes.
    pub hub: HubHandle<F>,
    /// The hub's thread. After a call of [`HubHandle::stop`], the thread ends when the last client
    /// has left.
    pub thread: JoinHandle<()>,
    /// What the clients' format needs to know about the server.
    pub settings: F::Settings,
}

/// A running server.
pub struct Server<F: ClientFormat> {
    acceptors: Vec<Acceptor>,
    admission: Arc<Admission>,
    door: Arc<Door>,
    http: Arc<Http>,
    clients: Arc<Clients<F>>,
    hub: HubHandle<F>,
    hub_thread: JoinHandle<()>,
    pool: Pool,
    budget: Budget,
}

impl<F: ClientFormat> Server<F> {
    /// Starts tiny_http with the site that `site` makes for the clients of this hub, and then an
    /// accept thread for each listener. Listeners come from
    /// [`socket::listen`](crate::base::socket::listen): the accepted sockets inherit their options.
    ///
    /// # Errors
    /// See [`StartError`]. The hub, and what has been started, is stopped again.
    pub fn start(
        listeners: Vec<PublicListener>,
        config: &ServerConfig,
        running: RunningHub<F>,
        site: impl FnOnce(&Arc<Clients<F>>) -> Arc<dyn Site>,
    ) -> Result<Self, StartError> {
        let RunningHub { hub, thread: hub_thread, settings } = running;
        let pool = Pool::new();
        // `open` may fail. Then the hub, which runs already, is stopped.
        let open = || {
            let speaks_tls = config.door.certificate.is_some();
            let budget = Budget::of_this_machine(config.caps.memory, speaks_tls)?;
            let budget = budget.within(config.caps);
            let admission = Admission::new(budget, config.per_network);
            let client = config.client.clone();
            let clients =
                Clients::new(client, settings, hub.clone(), pool.clone(), Arc::clone(&admission));
            let clients = Arc::new(clients);
            let site = site(&clients);
            let http = Http::start(Arc::clone(&site))?;
            Ok((budget, admission, clients, site, http))
        };
        let (budget, admission, clients, site, http) = match open() {
            Ok(opened) => opened,
            Err(error) => {
                stop_hub(&hub, hub_thread, &pool, Instant::now() + limits::STOP_WAIT);
                return Err(error);
            }
        };
        let door = Arc::new(Door::new(
            config.door.clone(),
            budget.exchanges_max,
            config.language.words(),
            Arc::clone(&http),
            Arc::clone(&admission),
            site,
        ));
        let acceptors = Vec::new();
        let way_in = Arc::clone(&door) as Arc<dyn WayIn>;
        let server =
            Self { acceptors, admission, door, http, clients, hub, hub_thread, pool, budget };
        server.listening_on(listeners, &way_in)
    }

    /// Starts one more accept thread for each of these listeners. Their connections are served by
    /// `way_in`.
    ///
    /// # Errors
    /// The system refused to start a thread. In that case the whole server is stopped.
    pub fn listening_on(
        mut self,
        listeners: Vec<PublicListener>,
        way_in: &Arc<dyn WayIn>,
    ) -> Result<Self, StartError> {
        for listener in listeners {
            let (admission, pool) = (Arc::clone(&self.admission), self.pool.clone());
            match Acceptor::start(listener, Arc::clone(way_in), admission, pool) {
                Ok(acceptor) => self.acceptors.push(acceptor),
                Err(error) => {
                    self.stop(Instant::now() + limits::STOP_WAIT);
                    return Err(error.into());
                }
            }
        }
        Ok(self)
    }

    /// Returns what turns connections into clients. A listener beside the door, such as that of
    /// plain lines, needs it.
    pub fn clients(&self) -> &Arc<Clients<F>> {
        &self.clients
    }

    /// Returns the count of the connections.
    pub fn admission(&self) -> &Arc<Admission> {
        &self.admission
    }

    /// Returns how the addresses of the page begin: `http`, or `https` if the server has a
    /// certificate.
    pub fn scheme(&self) -> &'static str {
        self.door.scheme()
    }

    /// Returns what people must know about the certificate, as lines; for most, nothing.
    pub fn certificate_note(&self) -> String {
        self.door.certificate_note().to_owned()
    }

    /// Returns the fingerprint of a certificate that the server has made for itself; `None`: it has
    /// none, or another one.
    pub fn own_fingerprint(&self) -> Option<String> {
        self.door.own_fingerprint()
    }

    /// Returns whether the server speaks nothing but TLS at the port for pages.
    pub fn is_tls_only(&self) -> bool {
        self.door.is_tls_only()
    }

    /// Returns how many clients, doors and exchanges the machine and the operator allow.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Returns how many places for clients are taken now. A client that is ending has its place
    /// until its writer has ended.
    pub fn client_count(&self) -> usize {
        self.admission.clients()
    }

    // Lesson 10 of the course: docs/course/10-stop
    /// Stops the server: closes the listeners and the doors, says goodbye to all clients, lets
    /// writers send what waits, and waits for the server's threads. The threads of doors and
    /// clients, and those that take requests from tiny_http, have time until `deadline`. When all
    /// threads of doors and clients have ended, the hub has no client left and ends, too. Returns
    /// how many threads of doors and clients had not ended by `deadline`.
    pub fn stop(self, deadline: Instant) -> usize {
        let keeps_port = self.acceptors.iter().any(Acceptor::is_shared);
        for acceptor in self.acceptors {
            acceptor.stop();
        }
        self.door.stop();
        if keeps_port {
            // These connections were accepted just before, and cannot go back to the port to wait
            // there for the next server. So their requests are answered, if they come at once.
            self.admission.await_doors(Instant::now() + limits::STOP_ARRIVALS_WAIT);
            self.admission.take_no_requests();
            self.admission.await_doors(Instant::now() + limits::STOP_ANSWERS_WAIT);
        }
        self.admission.close_doors();
        let left = stop_hub(&self.hub, self.hub_thread, &self.pool, deadline);
        self.http.shut_down(deadline);
        left
    }
}

/// Says goodbye to all clients, and waits until the hub and the threads of `pool` have ended. The
/// threads of `pool` have time until `deadline`. Returns how many of them had not ended by then; if
/// some had not, does not wait for the hub.
fn stop_hub<F: ClientFormat>(
    hub: &HubHandle<F>,
    thread: JoinHandle<()>,
    pool: &Pool,
    deadline: Instant,
) -> usize {
    hub.stop();
    let left = pool.shut_down(deadline);
    if left == 0 && thread.join().is_err() {
        tracing::error!("the hub had panicked");
    }
    left
}
