//! The chat server, put together from its history, hub, pages and the part that knows only
//! connections and not the chat (`server/`).
//!
//! Owns: the order in which the parts of the chat start and stop, around the start and stop of
//! `server/`.
//! Must not know: flags, signals, what people say.
//!
//! Part: `site/mod.rs`.

use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::admission::{Admission, Budget};
use crate::assets::{BadAssets, FrontPage};
use crate::base::{base_path::link, limits, socket::PublicListener};
use crate::chat::config::ChatConfig;
use crate::chat::token::{Token, TokenDigest};
use crate::chat_rule;
use crate::chat_rule::gauges::HubNotes;
use crate::formats::Format;
use crate::formats::arrival::GreetingSettings;
use crate::formats::arrival::line_reader::LineDoor;
use crate::glass::{GlassSite, access::Viewers};
use crate::history::{self, HistoryThread, NoHistory};
use crate::html::qr_code;
use crate::mdns::{self, LocalName};
#[cfg(feature = "learn")]
use crate::recording::recorder::{self, NoRecording, RecorderThread};
use crate::server::accept::WayIn;
use crate::server::client::Clients;
use crate::server::config::ServerConfig;
use crate::server::control::AnswerCommand;
use crate::server::follow::FollowMark;
use crate::server::http::request::HttpRequest;
use crate::server::http::site::Site;
use crate::server::hub::HubHandle;
use crate::server::hub::health::HubHealth;
use crate::server::serve::{self, Service};
use crate::server::{RunningHub, Server, StartError};
use crate::site::ChatSite;
use crate::site::host_commands::HostCommands;
use crate::site::pages::packer::Packer;
use crate::site::pages::renderer::PageRenderer;
use crate::site::visit::VisitDesk;
use crate::site::visit::form_key::FormKey;
use crate::site::visit::page_request::SESSION_COOKIE;
use crate::status::StatusSource;

/// Why a chat cannot start. The text of each error says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ChatStartError {
    /// The folder with the operator's own pages (`--assets`) is not usable.
    #[error(transparent)]
    Assets(#[from] BadAssets),
    /// The history cannot be opened, or cannot be written.
    #[error(transparent)]
    History(#[from] NoHistory),
    /// The recording cannot begin.
    #[cfg(feature = "learn")]
    #[error(transparent)]
    Recording(#[from] NoRecording),
    /// The part of the server that handles connections (`server/`) cannot start, or the
    /// system refused to start a thread of the chat.
    #[error(transparent)]
    Server(#[from] StartError),
}

impl From<io::Error> for ChatStartError {
    fn from(error: io::Error) -> Self {
        StartError::NoThread(error).into()
    }
}

/// The sockets on which a chat listens.
#[derive(Debug, Default)]
pub struct ChatListeners {
    /// The listening sockets for pages and WebSockets.
    pub pages: Vec<PublicListener>,
    /// The listening sockets for clients that speak plain lines.
    pub lines: Vec<PublicListener>,
}

impl From<Vec<TcpListener>> for ChatListeners {
    fn from(pages: Vec<TcpListener>) -> Self {
        Self { pages: pages.into_iter().map(PublicListener::from).collect(), lines: Vec::new() }
    }
}

/// A running chat.
pub struct ChatServer {
    server: Server<Format>,
    hub: HubHandle<Format>,
    notes: HubNotes,
    history: Option<HistoryThread>,
    #[cfg(feature = "learn")]
    recorder: Option<RecorderThread>,
    folder: Option<PathBuf>,
    /// Where the server listens for browsers.
    open: Vec<SocketAddr>,
    why_no_history: Option<&'static str>,
    lines: Vec<SocketAddr>,
    line_files: Vec<PathBuf>,
    /// Answers for the name of the server, if the operator wants it.
    local_name: Option<LocalName>,
}

impl ChatServer {
    /// Starts the chat and its threads. The listeners must come from
    /// [`socket::listen`](crate::base::socket::listen), because accepted sockets inherit the
    /// listeners' options.
    ///
    /// # Errors
    /// See [`ChatStartError`]. The threads that were started before the error end.
    pub fn start(listeners: ChatListeners, config: ChatConfig) -> Result<Self, ChatStartError> {
        let front_page = FrontPage::of(config.server.assets.as_deref())?;
        let packer = Packer::start()?;
        let lines = serve::local(&listeners.lines);
        let line_files = serve::files(&listeners.lines);
        let open = serve::local(&listeners.pages);
        let folder = config.history.as_ref().map(|history| history.folder.clone());
        let (past, history) = match config.history.clone() {
            Some(history) => {
                let (past, thread) = history::start(history)?;
                (Some(past), Some(thread))
            }
            None => (None, None),
        };
        let notes = HubNotes::default();
        #[cfg(feature = "learn")]
        let (tap, recorder) = config.recording.as_ref().map(recorder::start).transpose()?.unzip();
        #[cfg(feature = "learn")]
        let tap = tap.unwrap_or_default();
        #[cfg(not(feature = "learn"))]
        let tap = chat_rule::tap::EventTap::default();
        let (hub, thread) = chat_rule::start(&config, past, notes.clone(), tap)?;
        let settings = GreetingSettings::of(&config);
        let hub_for_operator = hub.clone();
        let talk = RunningHub { hub: hub.clone(), thread, settings };
        let site = |clients: &Arc<Clients<Format>>| -> Arc<dyn Site> {
            let key = FormKey::of(folder.as_deref());
            let visits = VisitDesk::new(hub, clients.ids(), config.pace, key);
            let text_bytes_max = config.server.client.message_bytes_max;
            let renderer = PageRenderer::new(visits, packer, text_bytes_max, config.name_kept);
            let renderer = renderer.listening_on(open.clone(), config.server.door.scheme());
            let renderer = renderer.at_hotspot(config.server.door.hotspot.clone());
            let notes = notes.clone();
            let site = ChatSite::new(front_page, &config, notes, renderer, Arc::clone(clients));
            with_glass(Arc::new(site), &config.server, clients)
        };
        let server = Server::start(listeners.pages, &config.server, talk, site);
        let listening = server.and_then(|server| {
            let line_door = Arc::new(LineDoor::new(Arc::clone(server.clients())));
            server.listening_on(listeners.lines, &(line_door as Arc<dyn WayIn>))
        });
        match listening {
            Ok(server) => Ok(Self {
                local_name: config.mdns.then(|| answer_for_name(&open)).flatten(),
                server,
                hub: hub_for_operator,
                notes,
                history,
                #[cfg(feature = "learn")]
                recorder,
                folder,
                open,
                why_no_history: config.why_no_history,
                lines,
                line_files,
            }),
            Err(error) => {
                // The hub has ended, so the history thread ends, too.
                if let Some(history) = history {
                    history.join(Instant::now() + limits::STOP_WAIT);
                }
                Err(error.into())
            }
        }
    }

    /// Returns the number of clients.
    pub fn clients(&self) -> usize {
        self.server.client_count()
    }

    /// Stops the chat. It accepts no new clients, says goodbye to all, writes and stores everything
    /// that is left, and joins the threads. Blocks for at most [`STOP_WAIT`](limits::STOP_WAIT),
    /// even if that is too short for all this. Returns how many threads did not end in that time;
    /// the thread of the history does not count.
    pub fn stop(self) -> usize {
        let deadline = Instant::now() + limits::STOP_WAIT;
        drop(self.local_name);
        let left = self.server.stop(deadline);
        // The history stops after the hub, because the hub gives it a final batch when the hub
        // stops.
        if left == 0 && self.history.is_some_and(|history| !history.join(deadline)) {
            tracing::error!("the disk is too slow; the last messages may not be stored");
        }
        // The hub has ended, so the recorder gets no more events.
        #[cfg(feature = "learn")]
        if left == 0 && self.recorder.is_some_and(|recorder| !recorder.join(deadline)) {
            tracing::error!("the disk is too slow; the recording has no end");
        }
        left
    }
}

/// Answers for the name of the server from now on. `None`: that is not possible, and the log says
/// why; the chat goes on without a name.
fn answer_for_name(open: &[SocketAddr]) -> Option<LocalName> {
    let started = LocalName::start(open.to_vec());
    started.inspect_err(|error| tracing::warn!(%error, "no answers for {}", mdns::NAME)).ok()
}

impl ChatServer {
    /// Returns how somebody on this machine joins from a terminal, as a line of the greeting. Empty
    /// if only the operator knows the name of the certificate.
    fn for_terminals(&self, addr: SocketAddr) -> String {
        let page = link("/");
        let command = "From a terminal: threadbare join";
        match self.server.own_fingerprint() {
            Some(print) => format!("{command} https://{addr}{page} --fingerprint {print}\n"),
            None if self.server.is_tls_only() => String::new(),
            None => format!("{command} http://{addr}{page}\n"),
        }
    }

    /// Returns the QR code of the front page, for the cameras of phones. `None`: no other machine
    /// reaches the server.
    fn code_for_phones(&self) -> Option<String> {
        let address = serve::shared(&self.open)?;
        let page = format!("{}://{address}{}", self.server.scheme(), link("/"));
        qr_code::for_terminal(&page, true)
    }
}

/// Puts the glass box around the site, if the operator wants it.
fn with_glass(
    site: Arc<dyn Site>,
    config: &ServerConfig,
    clients: &Arc<Clients<Format>>,
) -> Arc<dyn Site> {
    let viewers =
        Viewers { on_this_machine: config.glass, with_password: config.glass_entrance.clone() };
    if !viewers.is_anybody() {
        return site;
    }
    let clients = Arc::clone(clients);
    let read = Arc::new(move || clients.readings());
    Arc::new(GlassSite::around(site, viewers, read, mark_of))
}

/// Returns by what the hub knows the person whose browser sends this request: the digest of the
/// session's token in the cookie. `None`: the browser has no session here.
fn mark_of(http: &HttpRequest<'_>) -> Option<FollowMark> {
    let token = Token::parse(http.cookie(SESSION_COOKIE)?)?;
    Some(TokenDigest::of(&token).bytes().to_vec())
}

impl Service for ChatServer {
    fn greeting(&self, here: Option<SocketAddr>) -> String {
        let mut words = String::new();
        if let Some(port) = self.local_name.as_ref().and(self.open.first()).map(SocketAddr::port) {
            let (scheme, page) = (self.server.scheme(), link("/"));
            words += &format!("By name: {scheme}://{}:{port}{page}\n", mdns::NAME);
        }
        if let Some(addr) = here {
            words += &self.for_terminals(addr);
        }
        if let Some(addr) = serve::nearest(&self.lines) {
            words += &format!("Plain lines: nc {} {}\n", addr.ip(), addr.port());
        }
        for file in &self.line_files {
            words += &format!("Plain lines: nc -U {}\n", file.display());
        }
        words += &match &self.folder {
            Some(folder) => format!("What is said is kept in {}\n", folder.display()),
            None => {
                let why = self.why_no_history.map(|why| format!("{why}, so nothing"));
                let nothing = why.unwrap_or_else(|| "Nothing".into());
                format!("{nothing} that is said outlives this server; with --data DIR it does.\n")
            }
        };
        if io::stdout().is_terminal() {
            words += &self.code_for_phones().unwrap_or_default();
        }
        if let Some(damage) = self.history.as_ref().and_then(HistoryThread::damage) {
            words += &format!("THE HISTORY WAS DAMAGED: {damage}. The log says more.\n");
        }
        words
    }

    fn scheme(&self) -> &'static str {
        self.server.scheme()
    }

    fn certificate_note(&self) -> String {
        self.server.certificate_note()
    }

    fn budget(&self) -> Budget {
        self.server.budget()
    }

    fn health(&self) -> &Arc<HubHealth> {
        &self.notes.health
    }

    fn admission(&self) -> &Arc<Admission> {
        self.server.admission()
    }

    fn commands(&self) -> Option<AnswerCommand> {
        let damage = self.history.as_ref().and_then(HistoryThread::damage);
        let source = StatusSource {
            clients: Arc::clone(self.server.clients()),
            notes: self.notes.clone(),
            open: self.open.clone(),
            folder: self.folder.clone(),
            damage: damage.map(str::to_owned),
        };
        let ids = self.server.clients().ids();
        let scheme = self.server.scheme();
        let hosts = HostCommands { hub: self.hub.clone(), ids, scheme };
        let status = source.commands();
        Some(Box::new(move |command| hosts.answer(command).or_else(|| status(command))))
    }

    fn stop(self) -> usize {
        Self::stop(self)
    }
}
