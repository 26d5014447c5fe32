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
use crate::classic::{BadAssets, Pages};
use crate::client::Clients;
use crate::config::{ClientConfig, Config, DoorConfig, FanOut, HistoryConfig};
use crate::door::Door;
use crate::greeting::line_door::LineDoor;
use crate::history::{self, HistoryThread, NoHistory};
use crate::http::site::Site;
use crate::http::{Http, HttpStartError};
use crate::hub::{HubHandle, pulse::Pulse};
use crate::limits;
use crate::pages::desk::Desk;
use crate::pages::packer::Packer;
use crate::site::ChatSite;
use crate::site::{BadAssets, ChatSite, Pages};
use crate::telling;
use crate::threads::Pool;
use crate::visit::Visits;
use crate::visit::form_key::FormKey;
use crate::wire::Format;

/// What stops a server from starting; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of `--assets`.
    #[error(transparent)]
    Assets(#[from] BadAssets),
    /// tiny_http or its private socket.
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
    talk: Talk,
    http: Arc<Http>,
    pool: Pool,
    budget: Budget,
}

impl Server {
    /// Starts history and hub, then HTTP, then an accept thread for each listener. Listeners
    /// come from [`socket::listen`](crate::socket::listen): their sockets inherit its options.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub fn start(listeners: Listeners, config: Config) -> Result<Self, StartError> {
        let pages = Pages::of(config.http.assets.as_deref())?;
        let budget = Budget::of_this_box()?.within(config.caps);
        let admission = Admission::new(budget, config.per_address);
        let (pool, pulse) = (Pool::new(), Arc::new(Pulse::default()));
        let (history, fan_out) = (config.history.clone(), config.fan_out);
        let talk = Talk::start(history, fan_out, &config.client, Arc::clone(&pulse))?;
        let (client, seats) = (config.client.clone(), Arc::clone(&admission));
        let clients = Clients::new(client, talk.hub.clone(), pool.clone(), seats, talk.last_guest);
        let clients = Arc::new(clients);
        let (http, site) = match open(pages, &config, &talk.hub, &clients, pulse) {
            Ok(opened) => opened,
            Err(error) => {
                talk.stop(&pool, Instant::now() + limits::STOP_WAIT);
                return Err(error);
            }
        };
        let rules = DoorConfig { exchanges_max: budget.exchanges_max, ..config.door };
        let (words, seats) = (config.language.words(), Arc::clone(&admission));
        let door = Arc::new(Door::new(rules, words, Arc::clone(&http), seats, site));
        let line_door = Arc::new(LineDoor::new(clients));
        let mut server = Self { acceptors: Vec::new(), admission, door, talk, http, pool, budget };
        let pages = listeners.pages.into_iter();
        let pages = pages.map(|one| (one, Arc::clone(&server.door) as Arc<dyn WayIn>));
        let lines = listeners.lines.into_iter();
        let lines = lines.map(|one| (one, Arc::clone(&line_door) as Arc<dyn WayIn>));
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
        self.talk.history.as_ref().and_then(HistoryThread::damage)
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
        let left = self.talk.stop(&self.pool, deadline);
        self.http.shut_down(deadline);
        left
    }
}

/// The hub, and the history that outlives it: they are there before the first request, and
/// stay until the last client has gone.
struct Talk {
    hub: HubHandle<Format>,
    hub_thread: JoinHandle<()>,
    history: Option<HistoryThread>,
    /// The largest number that a guest was called by.
    last_guest: u64,
}

impl Talk {
    fn start(
        history: Option<HistoryConfig>,
        fan_out: FanOut,
        client: &ClientConfig,
        pulse: Arc<Pulse>,
    ) -> Result<Self, StartError> {
        let (past, history) = match history {
            Some(history) => {
                let (past, thread) = history::start(history)?;
                (Some(past), Some(thread))
            }
            None => (None, None),
        };
        let last_guest = past.as_ref().map_or(0, |past| past.kept.last_guest());
        let (hub, hub_thread) = telling::start(fan_out, client, past, pulse)?;
        Ok(Self { hub, hub_thread, history, last_guest })
    }

    /// Says goodbye to all clients, and ends when they have gone and what they said is
    /// kept. Blocks until `deadline` at most, and answers how many threads of `pool` would
    /// not end in that time.
    fn stop(self, pool: &Pool, deadline: Instant) -> usize {
        self.hub.say_goodbye_to_everyone();
        let left = pool.shut_down(deadline);
        if left == 0 && self.hub_thread.join().is_err() {
            tracing::error!("the hub had panicked");
        }
        // After the hub, which gives it the last batch.
        if left == 0 && self.history.is_some_and(|history| !history.join(deadline)) {
            tracing::error!("the disk takes too long; what was said last may not be kept");
        }
        left
    }
}

/// tiny_http with the chat's pages, for visitors and clients of this hub.
fn open(
    pages: Pages,
    config: &Config,
    hub: &HubHandle<Format>,
    clients: &Arc<Clients<Format>>,
    pulse: Arc<Pulse>,
) -> Result<(Arc<Http>, Arc<dyn Site>), StartError> {
    let ClientConfig { pace, message_bytes_max, name_kept, .. } = config.client;
    let key = FormKey::of(config.history.as_ref().map(|history| history.folder.as_path()));
    let visits = Visits::new(hub.clone(), Arc::clone(clients), pace, key);
    let desk = Desk::new(visits, Packer::start()?, message_bytes_max, name_kept);
    let site = ChatSite::new(pages, config.http.clone(), pulse, desk, Arc::clone(clients));
    let site: Arc<dyn Site> = Arc::new(site);
    Ok((Http::start(Arc::clone(&site))?, site))
}
