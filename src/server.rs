//! Takes a hub that runs, and starts tiny_http and `accept`: for any rule, format and site. They
//! stop in this order: nobody new, the doors, the clients and the hub, tiny_http.
//!
//! Owns: the order of both, and the handles of all threads that live as long
//! as the server. Listeners are passed in, so tests bind port 0.
//! Must not know: flags, signals, what people say.
//!
//! Next: `accept.rs`.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::accept::{Acceptor, WayIn};
use crate::admission::{Admission, Budget, TooLittle};
use crate::client::{ClientFormat, Clients};
use crate::config::{DoorConfig, ServerConfig};
use crate::door::Door;
use crate::http::site::Site;
use crate::http::{Http, HttpStartError};
use crate::hub::HubHandle;
use crate::limits;
use crate::threads::Pool;

/// What stops the spine from starting; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// tiny_http or its private socket.
    #[error(transparent)]
    Http(#[from] HttpStartError),
    /// Of address space, or of open files.
    #[error(transparent)]
    TooLittle(#[from] TooLittle),
    /// The system has no thread to give.
    #[error("this box has no thread to give: {0}; look at `ulimit -u` and the pids limit")]
    NoThread(#[from] io::Error),
}

/// A hub that runs, and what its clients need to know.
pub struct Talk<F: ClientFormat> {
    /// The way to it.
    pub hub: HubHandle<F>,
    /// It ends with the last client, once it was told to stop.
    pub thread: JoinHandle<()>,
    /// What the clients' format needs to know of the server.
    pub settings: F::Settings,
    /// The last client number that was taken: the first client has the next.
    pub last_client: u64,
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
    /// Starts, for a hub that runs, HTTP with the site that `site` makes for these clients,
    /// and then an accept thread for each listener. Listeners come from
    /// [`socket::listen`](crate::socket::listen): their sockets inherit its options.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running, the hub neither.
    pub fn start(
        listeners: Vec<TcpListener>,
        config: &ServerConfig,
        talk: Talk<F>,
        site: impl FnOnce(&Arc<Clients<F>>) -> Arc<dyn Site>,
    ) -> Result<Self, StartError> {
        let Talk { hub, thread: hub_thread, settings, last_client } = talk;
        let pool = Pool::new();
        let open = || {
            let budget = Budget::of_this_box()?.within(config.caps);
            let admission = Admission::new(budget, config.per_address);
            let (client, seats) = (config.client.clone(), Arc::clone(&admission));
            let clients =
                Clients::new(client, settings, hub.clone(), pool.clone(), seats, last_client);
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
        let rules = DoorConfig { exchanges_max: budget.exchanges_max, ..config.door.clone() };
        let (words, seats) = (config.language.words(), Arc::clone(&admission));
        let door = Arc::new(Door::new(rules, words, Arc::clone(&http), seats, site));
        let acceptors = Vec::new();
        let way_in = Arc::clone(&door) as Arc<dyn WayIn>;
        let server =
            Self { acceptors, admission, door, http, clients, hub, hub_thread, pool, budget };
        server.listening_on(listeners, &way_in)
    }

    /// Starts an accept thread for each of these listeners as well, whose connections come in
    /// by `way_in`.
    ///
    /// # Errors
    /// The system has no thread to give; nothing is left running.
    pub fn listening_on(
        mut self,
        listeners: Vec<TcpListener>,
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

    /// What makes a client of a connection.
    pub fn its_clients(&self) -> &Arc<Clients<F>> {
        &self.clients
    }

    /// What this box allows.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Clients that are here now.
    pub fn clients(&self) -> usize {
        self.admission.clients()
    }

    /// Stops: nobody new, goodbye to all, everything written, every thread
    /// joined. Blocks until `deadline` at most, and answers
    /// how many threads would not end in that time.
    pub fn stop(self, deadline: Instant) -> usize {
        for acceptor in self.acceptors {
            acceptor.stop();
        }
        self.door.stop();
        self.admission.close_doors();
        let left = stop_hub(&self.hub, self.hub_thread, &self.pool, deadline);
        self.http.shut_down(deadline);
        left
    }
}

/// Says goodbye to all clients, and ends when they have gone. Blocks until `deadline` at most,
/// and answers how many threads of `pool` would not end in that time.
fn stop_hub<F: ClientFormat>(
    hub: &HubHandle<F>,
    thread: JoinHandle<()>,
    pool: &Pool,
    deadline: Instant,
) -> usize {
    hub.say_goodbye_to_everyone();
    let left = pool.shut_down(deadline);
    if left == 0 && thread.join().is_err() {
        tracing::error!("the hub had panicked");
    }
    left
}
