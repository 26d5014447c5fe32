//! What the chat's routes know besides the request, and what they can have done.
//!
//! Owns: that.
//! Must not know: which addresses there are.
//!
//! Next: `site/job.rs`.

use std::sync::Arc;

use super::job::PageJob;
use crate::admission::entrance::Entry;
use crate::classic::Pages;
use crate::client::AdoptSocket;
use crate::client::Clients;
use crate::greeting::stream::{AdoptStream, Stream};
use crate::http::verdict::Verdict;
use crate::hub::pulse::Pulse;
use crate::pages::desk::Desk;
use crate::visit::errand::Errand;
use crate::wire::Format;
use crate::words::Words;

/// Everything that routes know.
pub(super) struct Context {
    pub(super) pages: Pages,
    pub(super) pulse: Arc<Pulse>,
    pub(super) words: &'static Words,
    pub(super) entry: Entry,
    /// Programs may say something without a session.
    pub(super) guests: bool,
    pub(super) desk: Arc<Desk>,
    pub(super) clients: Arc<Clients<Format>>,
}

impl Context {
    /// The hub must be asked first; the door's thread does that, and makes the body.
    pub(super) fn does(&self, errand: Errand) -> Verdict {
        let (desk, clients) = (Arc::clone(&self.desk), Arc::clone(&self.clients));
        Verdict::Job(Box::new(PageJob { desk, clients, errand }))
    }

    /// The connection is a client's from here on, which speaks this.
    pub(super) fn adopts_socket(&self, format: Format) -> Verdict {
        Verdict::Adopt(Box::new(AdoptSocket { clients: Arc::clone(&self.clients), format }))
    }

    /// The connection is a client's from here on, which only listens.
    pub(super) fn adopts_stream(&self, stream: Stream) -> Verdict {
        let (clients, stream) = (Arc::clone(&self.clients), Box::new(stream));
        Verdict::Adopt(Box::new(AdoptStream { clients, stream }))
    }
}
