//! The port of the spine alone: accept, door, tiny_http, and the site of the classic chat.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use threadbare::accept::Acceptor;
use threadbare::admission::Admission;
use threadbare::classic::{ClassicSite, Pages};
use threadbare::client::Clients;
use threadbare::client::classic::Classic;
use threadbare::config::{DoorConfig, ServerConfig};
use threadbare::door::Door;
use threadbare::http::Http;
use threadbare::http::site::Site;
use threadbare::socket;
use threadbare::threads::Pool;
use threadbare::words::Language;

/// An open port on the loopback.
pub struct ClassicPort {
    pub addr: SocketAddr,
    acceptor: Acceptor,
    door: Arc<Door>,
    http: Arc<Http>,
    admission: Arc<Admission>,
}

impl ClassicPort {
    /// Whoever comes through it becomes one of these clients.
    pub fn open(clients: &Arc<Clients<Classic>>, admission: &Arc<Admission>, pool: &Pool) -> Self {
        let (config, language) = (ServerConfig::new(Language::English), Language::English);
        let site = ClassicSite::new(Pages::BuiltIn, &config, Arc::default(), Arc::clone(clients));
        let site: Arc<dyn Site> = Arc::new(site);
        let http = Http::start(Arc::clone(&site)).unwrap();
        let (rules, seats) = (DoorConfig::default(), Arc::clone(admission));
        let door = Door::new(rules, language.words(), Arc::clone(&http), seats, site);
        let door = Arc::new(door);
        let listener = socket::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let addr = listener.local_addr().unwrap();
        let (way_in, places) = (Arc::clone(&door), Arc::clone(admission));
        let acceptor = Acceptor::start(listener, way_in, places, pool.clone()).unwrap();
        Self { addr, acceptor, door, http, admission: Arc::clone(admission) }
    }

    /// Closes it in the order of a server that stops; `clients_go` ends the hub's.
    pub fn closes(self, clients_go: impl FnOnce()) {
        self.acceptor.stop();
        self.door.stop();
        self.admission.close_doors();
        clients_go();
        self.http.shut_down(Instant::now() + Duration::from_secs(10));
    }
}
