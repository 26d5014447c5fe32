//! Starts every thread in order, stops them in reverse.
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
use crate::admission::{Admission, Budget, TooLittleSpace};
use crate::client::Clients;
use crate::config::{Config, DoorConfig};
use crate::door::Door;
use crate::history::{self, HistoryThread, NoHistory};
use crate::http::{Http, HttpStartError};
use crate::hub::{self, HubHandle, pulse::Pulse};
use crate::limits;
use crate::lines::LineDoor;
use crate::pages::desk::Desk;
use crate::pages::packer::Packer;
use crate::threads::Pool;
use crate::visit::Visits;
use crate::visit::form_key::FormKey;
use crate::wire::Format;

/// What stops a server from starting; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The routes or their private socket.
    #[error(transparent)]
    Http(#[from] HttpStartError),
    /// What is to outlive the server.
    #[error(transparent)]
    History(#[from] NoHistory),
    /// Of address space.
    #[error(transparent)]
    TooLittleSpace(#[from] TooLittleSpace),
    /// The system has no thread to give.
    #[error("this box has no thread to give: {0}; look at `ulimit -u` and the pids limit")]
    NoThread(#[from] io::Error),
}

/// Where a server listens.
#[derive(Debug, Default)]
pub struct Listeners {
    /// For pages and WebSockets.
    pub pages: Vec<TcpListener>,
    /// For plain lines.
    pub lines: Vec<TcpListener>,
}

impl From<Vec<TcpListener>> for Listeners {
    fn from(pages: Vec<TcpListener>) -> Self {
        Self { pages, lines: Vec::new() }
    }
}

/// A running server.
pub struct Server {
    acceptors: Vec<Acceptor>,
    admission: Arc<Admission>,
    door: Arc<Door>,
    hub: HubHandle<Format>,
    hub_thread: JoinHandle<()>,
    history: Option<HistoryThread>,
    http: Arc<Http>,
    pool: Pool,
    budget: Budget,
}

impl Server {
    /// Starts hub, HTTP, and an accept thread for each listener. Listeners come
    /// from [`socket::listen`](crate::socket::listen): their sockets inherit
    /// its options.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub fn start(listeners: Listeners, config: Config) -> Result<Self, StartError> {
        let budget = Budget::of_this_box()?.within(config.caps);
        let admission = Admission::new(budget, config.per_address);
        let pool = Pool::new();
        let pulse = Arc::new(Pulse::default());
        let http = Http::start(config.http, Arc::clone(&pulse))?;
        let folder = config.history.as_ref().map(|history| history.folder.clone());
        let (past, history) = match config.history {
            Some(history) => {
                let (past, thread) = history::start(history)?;
                (Some(past), Some(thread))
            }
            None => (None, None),
        };
        let last_guest = past.as_ref().map_or(0, |past| past.kept.last_guest());
        let (hub, hub_thread) = hub::start(config.fan_out, &config.client, past, pulse)?;
        let (door_to, seats) = (hub.clone(), Arc::clone(&admission));
        let pace = config.client.pace;
        let (text_bytes_max, name_kept) =
            (config.client.message_bytes_max, config.client.name_kept);
        let clients = Clients::new(config.client, door_to, pool.clone(), seats, last_guest);
        let clients = Arc::new(clients);
        let desk = Desk::new(
            Visits::new(hub.clone(), Arc::clone(&clients), pace, FormKey::of(folder.as_deref())),
            Packer::start()?,
            text_bytes_max,
            name_kept,
        );
        let rules = DoorConfig { exchanges_max: budget.exchanges_max, ..config.door };
        let line_door = Arc::new(LineDoor::new(Arc::clone(&clients)));
        let door = Arc::new(Door::new(rules, Arc::clone(&http), clients, desk));
        let mut server = Self {
            acceptors: Vec::new(),
            admission,
            door,
            hub,
            hub_thread,
            history,
            http,
            pool,
            budget,
        };
        let pages = listeners.pages.into_iter();
        let pages = pages.map(|one| (one, WayIn::Door(Arc::clone(&server.door))));
        let lines = listeners.lines.into_iter();
        let lines = lines.map(|one| (one, WayIn::Lines(Arc::clone(&line_door))));
        for (listener, way_in) in pages.chain(lines).collect::<Vec<_>>() {
            let (admission, pool) = (Arc::clone(&server.admission), server.pool.clone());
            match Acceptor::start(listener, way_in, admission, pool) {
                Ok(acceptor) => server.acceptors.push(acceptor),
                Err(error) => {
                    server.stop();
                    return Err(error.into());
                }
            }
        }
        Ok(server)
    }

    /// What was taken over, for people, if the history was damaged when the server started.
    pub fn damage(&self) -> Option<&str> {
        self.history.as_ref().and_then(HistoryThread::damage)
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
    /// joined. Blocks for [`STOP_WAIT`](limits::STOP_WAIT) at most, and answers
    /// how many threads would not end in that time.
    pub fn stop(self) -> usize {
        let deadline = Instant::now() + limits::STOP_WAIT;
        for acceptor in self.acceptors {
            acceptor.stop();
        }
        self.door.stop();
        self.admission.close_doors();
        self.hub.say_goodbye_to_everyone();
        let left = self.pool.shut_down(deadline);
        if left == 0 && self.hub_thread.join().is_err() {
            tracing::error!("the hub had panicked");
        }
        // Behind the hub, which gives it the last batch.
        if left == 0 && self.history.is_some_and(|history| !history.join(deadline)) {
            tracing::error!("the disk takes too long; what was said last may not be kept");
        }
        self.http.shut_down(deadline);
        left
    }
}
