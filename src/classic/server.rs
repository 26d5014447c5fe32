//! Starts the classic chat: it connects the rule `Everybody`, the format `Classic` and the site
//! `ClassicSite` with the server that all chats share.
//!
//! Must not know: flags, signals; how the rule, the format and the site work.
//!
//! Part: `classic/mod.rs`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::never;

use super::ClassicSite;
use crate::admission::{Admission, Budget};
use crate::assets::{BadAssets, FrontPage};
use crate::base::{base_path::link, limits, socket::PublicListener};
use crate::classic::{everybody::Everybody, format::Classic};
use crate::server::http::site::Site;
use crate::server::hub::{self, health::HubHealth};
use crate::server::{RunningHub, Server, StartError, config::ServerConfig, serve::Service};

/// Why the classic chat could not start. Each error's sentence is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ClassicStartError {
    /// The folder of `--assets` cannot be served.
    #[error(transparent)]
    Assets(#[from] BadAssets),
    /// The server that all chats share could not start.
    #[error(transparent)]
    Server(#[from] StartError),
}

impl From<io::Error> for ClassicStartError {
    /// `error` is the operating system's reason for not starting a thread.
    fn from(error: io::Error) -> Self {
        StartError::NoThread(error).into()
    }
}

/// A running classic chat.
pub struct ClassicServer {
    server: Server<Classic>,
    health: Arc<HubHealth>,
}

impl ClassicServer {
    /// Starts the hub, then the other parts of the server. The caller must make the listeners with
    /// [`socket::listen`](crate::base::socket::listen), because accepted sockets inherit the
    /// options that `listen` sets.
    ///
    /// # Errors
    /// See [`ClassicStartError`]. What had been started is stopped again.
    pub fn start(
        listeners: Vec<PublicListener>,
        config: &ServerConfig,
    ) -> Result<Self, ClassicStartError> {
        let front_page = FrontPage::of(config.assets.as_deref())?;
        let health = Arc::new(HubHealth::default());
        let (way, outbox_max) = (config.fan_out, config.client.outbox_messages_max);
        let rule = |_| Everybody::new(way, outbox_max);
        let (hub, thread) = hub::spawn(rule, never(), Arc::clone(&health))?;
        let talk = RunningHub { hub, thread, settings: () };
        let server = Server::start(listeners, config, talk, |clients| {
            let health = Arc::clone(&health);
            let site = ClassicSite::new(front_page, config, health, Arc::clone(clients));
            Arc::new(site) as Arc<dyn Site>
        });
        Ok(Self { server: server?, health })
    }

    /// Returns how many places for clients are taken now.
    pub fn clients(&self) -> usize {
        self.server.client_count()
    }
}

impl Service for ClassicServer {
    fn greeting(&self, here: Option<SocketAddr>) -> String {
        let chat = here.map(|addr| format!("For programs: ws://{addr}{}\n", link("/chat")));
        chat.unwrap_or_default() + "Nothing that is said outlives this server.\n"
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
        &self.health
    }

    fn admission(&self) -> &Arc<Admission> {
        self.server.admission()
    }

    fn stop(self) -> usize {
        self.server.stop(Instant::now() + limits::STOP_WAIT)
    }
}
