//! The chat, put together: its history, its rule, its pages, on the spine.
//!
//! Owns: the order in which the chat's parts start and stop around the spine's.
//! Must not know: flags, signals, what people say.
//!
//! Next: `server.rs`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::accept::WayIn;
use crate::admission::Budget;
use crate::chat_config::ChatConfig;
use crate::classic::{BadAssets, Pages};
use crate::client::Clients;
use crate::greeting::GreetingSettings;
use crate::greeting::line_door::LineDoor;
use crate::history::{self, HistoryThread, NoHistory};
use crate::http::site::Site;
use crate::hub::{HubHandle, pulse::Pulse};
use crate::limits;
use crate::pages::desk::Desk;
use crate::pages::packer::Packer;
use crate::serve::{self, Service};
use crate::server::{Server, StartError, Talk};
use crate::site::ChatSite;
use crate::telling;
use crate::visit::Visits;
use crate::visit::form_key::FormKey;
use crate::wire::Format;

/// What stops a chat from starting; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ChatStartError {
    /// The folder of `--assets`.
    #[error(transparent)]
    Assets(#[from] BadAssets),
    /// What is to outlive the server.
    #[error(transparent)]
    History(#[from] NoHistory),
    /// The spine.
    #[error(transparent)]
    Server(#[from] StartError),
}

impl From<io::Error> for ChatStartError {
    /// The system has no thread to give.
    fn from(error: io::Error) -> Self {
        StartError::NoThread(error).into()
    }
}

/// Where a chat listens.
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

/// A running chat.
pub struct ChatServer {
    server: Server<Format>,
    history: Option<HistoryThread>,
    folder: Option<PathBuf>,
    lines: Vec<SocketAddr>,
}

impl ChatServer {
    /// Starts history and hub, then all the rest. Listeners come from
    /// [`socket::listen`](crate::socket::listen): their sockets inherit its options.
    ///
    /// # Errors
    /// See [`ChatStartError`]; nothing is left running.
    pub fn start(listeners: Listeners, config: ChatConfig) -> Result<Self, ChatStartError> {
        let pages = Pages::of(config.server.assets.as_deref())?;
        let packer = Packer::start()?;
        let lines = serve::local(&listeners.lines);
        let folder = config.history.as_ref().map(|history| history.folder.clone());
        let (past, history) = match config.history.clone() {
            Some(history) => {
                let (past, thread) = history::start(history)?;
                (Some(past), Some(thread))
            }
            None => (None, None),
        };
        let last_client = past.as_ref().map_or(0, |past| past.kept.last_guest());
        let pulse = Arc::new(Pulse::default());
        let (hub, thread) = telling::start(&config, past, Arc::clone(&pulse))?;
        let settings = GreetingSettings::of(&config);
        let talk = Talk { hub: hub.clone(), thread, settings, last_client };
        let site = |clients: &Arc<_>| site(pages, &config, packer, hub, clients, pulse);
        let server = Server::start(listeners.pages, &config.server, talk, site);
        let listening = server.and_then(|server| {
            let line_door = Arc::new(LineDoor::new(Arc::clone(server.its_clients())));
            server.listening_on(listeners.lines, &(line_door as Arc<dyn WayIn>))
        });
        match listening {
            Ok(server) => Ok(Self { server, history, folder, lines }),
            Err(error) => {
                // Its hub has ended, so it does.
                history.map(|history| history.join(Instant::now() + limits::STOP_WAIT));
                Err(error.into())
            }
        }
    }

    /// Clients that are here now.
    pub fn clients(&self) -> usize {
        self.server.clients()
    }

    /// Stops: nobody new, goodbye to all, everything written and kept, every thread
    /// joined. Blocks for [`STOP_WAIT`](limits::STOP_WAIT) at most, and answers
    /// how many threads would not end in that time.
    pub fn stop(self) -> usize {
        let deadline = Instant::now() + limits::STOP_WAIT;
        let left = self.server.stop(deadline);
        // After the hub, which gives it the last batch.
        if left == 0 && self.history.is_some_and(|history| !history.join(deadline)) {
            tracing::error!("the disk takes too long; what was said last may not be kept");
        }
        left
    }
}

impl Service for ChatServer {
    fn greeting(&self, here: Option<SocketAddr>) -> String {
        let mut words = String::new();
        if let Some(addr) = here {
            words += &format!("From a terminal: threadbare join ws://{addr}/chat\n");
        }
        if let Some(addr) = serve::nearest(&self.lines) {
            words += &format!("Plain lines: nc {} {}\n", addr.ip(), addr.port());
        }
        words += &match &self.folder {
            Some(folder) => format!("What is said is kept in {}\n", folder.display()),
            None => "Nothing that is said outlives this server; with --data DIR it does.\n".into(),
        };
        // What was taken over, if the history was damaged when the server started.
        if let Some(damage) = self.history.as_ref().and_then(HistoryThread::damage) {
            words += &format!("THE HISTORY WAS DAMAGED: {damage}. The log says more.\n");
        }
        words
    }

    fn budget(&self) -> Budget {
        self.server.budget()
    }

    fn stop(self) -> usize {
        Self::stop(self)
    }
}

/// The chat's pages, for visitors and clients of this hub.
fn site(
    pages: Pages,
    config: &ChatConfig,
    packer: Packer,
    hub: HubHandle<Format>,
    clients: &Arc<Clients<Format>>,
    pulse: Arc<Pulse>,
) -> Arc<dyn Site> {
    let key = FormKey::of(config.history.as_ref().map(|history| history.folder.as_path()));
    let visits = Visits::new(hub, Arc::clone(clients), config.pace, key);
    let text_bytes_max = config.server.client.message_bytes_max;
    let desk = Desk::new(visits, packer, text_bytes_max, config.name_kept);
    Arc::new(ChatSite::new(pages, config, pulse, desk, Arc::clone(clients)))
}
