//! The classic chat, put together: the smallest rule, the smallest format and this site, on the
//! spine.
//!
//! Owns: that.
//! Must not know: flags, signals; how any of them works.
//!
//! Next: `server.rs`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::never;

use super::{BadAssets, ClassicSite, Pages};
use crate::admission::Budget;
use crate::client::classic::Classic;
use crate::config::ServerConfig;
use crate::http::site::Site;
use crate::hub::pulse::Pulse;
use crate::hub::{self, Everybody};
use crate::limits;
use crate::serve::Service;
use crate::server::{Server, StartError, Talk};

/// What stops it from starting; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClassicStartError {
    /// The folder of `--assets`.
    #[error(transparent)]
    Assets(#[from] BadAssets),
    /// The spine.
    #[error(transparent)]
    Server(#[from] StartError),
}

impl From<io::Error> for ClassicStartError {
    /// The system has no thread to give.
    fn from(error: io::Error) -> Self {
        StartError::NoThread(error).into()
    }
}

/// A running classic chat.
pub struct ClassicServer(Server<Classic>);

impl ClassicServer {
    /// Starts the hub, then all the rest. Listeners come from
    /// [`socket::listen`](crate::socket::listen): their sockets inherit its options.
    ///
    /// # Errors
    /// See [`ClassicStartError`]; nothing is left running.
    pub fn start(
        listeners: Vec<TcpListener>,
        config: &ServerConfig,
    ) -> Result<Self, ClassicStartError> {
        let pages = Pages::of(config.assets.as_deref())?;
        let pulse = Arc::new(Pulse::default());
        let (way, outbox_max) = (config.fan_out, config.client.outbox_messages_max);
        let rule = |_| Everybody::new(way, outbox_max);
        let (hub, thread) = hub::spawn(rule, never(), Arc::clone(&pulse))?;
        let talk = Talk { hub, thread, settings: (), last_client: 0 };
        let server = Server::start(listeners, config, talk, |clients| {
            let site = ClassicSite::new(pages, config, pulse, Arc::clone(clients));
            Arc::new(site) as Arc<dyn Site>
        });
        Ok(Self(server?))
    }

    /// Clients that are here now.
    pub fn clients(&self) -> usize {
        self.0.clients()
    }
}

impl Service for ClassicServer {
    fn greeting(&self, here: Option<SocketAddr>) -> String {
        let chat = here.map(|addr| format!("For programs: ws://{addr}/chat\n"));
        chat.unwrap_or_default() + "Nothing that is said outlives this server.\n"
    }

    fn budget(&self) -> Budget {
        self.0.budget()
    }

    fn stop(self) -> usize {
        self.0.stop(Instant::now() + limits::STOP_WAIT)
    }
}
