//! What the chat's routes know besides the request, and the verdicts that they can return.
//!
//! Must not know: which addresses there are.
//!
//! Room: `site/mod.rs`.

use std::sync::Arc;

use super::job::PageJob;
use crate::admission::entrance::Entrance;
use crate::base::words::LogWords;
use crate::classic::ClassicPages;
use crate::formats::Format;
use crate::formats::hello::stream::{AdoptStream, Stream};
use crate::server::client::AdoptSocket;
use crate::server::client::Clients;
use crate::server::http::verdict::Verdict;
use crate::server::hub::health::HubHealth;
use crate::site::pages::renderer::PageRenderer;
use crate::site::visit::page_request::PageRequest;

/// Everything that the routes know besides the request.
pub(super) struct Context {
    pub(super) pages: ClassicPages,
    pub(super) pulse: Arc<HubHealth>,
    pub(super) words: &'static LogWords,
    pub(super) entry: Entrance,
    /// Whether programs without a session may say something.
    pub(super) guests: bool,
    pub(super) renderer: Arc<PageRenderer>,
    pub(super) clients: Arc<Clients<Format>>,
}

impl Context {
    /// Verdict: the door's thread first asks the hub, and then makes the body.
    pub(super) fn does(&self, wanted: PageRequest) -> Verdict {
        let (renderer, clients) = (Arc::clone(&self.renderer), Arc::clone(&self.clients));
        Verdict::Job(Box::new(PageJob { renderer, clients, wanted }))
    }

    /// Verdict: the connection becomes a client that speaks this format.
    pub(super) fn adopts_socket(&self, format: Format) -> Verdict {
        Verdict::Adopt(Box::new(AdoptSocket { clients: Arc::clone(&self.clients), format }))
    }

    /// Verdict: the connection becomes a client that only receives.
    pub(super) fn adopts_stream(&self, stream: Stream) -> Verdict {
        let (clients, stream) = (Arc::clone(&self.clients), Box::new(stream));
        Verdict::Adopt(Box::new(AdoptStream { clients, stream }))
    }
}
