//! What a route leaves to the door's thread: a page that the hub is asked for first.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: which answer makes its connection a saver's.
//! Must not know: sockets, how a URL is read.
//!
//! Next: `visit/mod.rs`.

use std::sync::Arc;

use crate::client::Clients;
use crate::greeting::stream::AdoptStream;
use crate::http::response::Response;
use crate::http::verdict::{Job, Verdict};
use crate::pages::desk::Desk;
use crate::visit::errand::Errand;
use crate::wire::Format;

/// An errand, and who carries it out.
pub(super) struct PageJob {
    pub(super) desk: Arc<Desk>,
    pub(super) clients: Arc<Clients<Format>>,
    pub(super) errand: Errand,
}

impl Job for PageJob {
    fn takes_a_place(&self) -> bool {
        self.errand.waits()
    }

    fn run(self: Box<Self>) -> Response {
        let Self { desk, clients, errand } = *self;
        let mut response = desk.serve(&errand);
        // A file goes on after its head; why there is none is a page.
        if let Some(saver) = errand.saver().filter(|_| response.status == 200) {
            response.verdict =
                Verdict::Adopt(Box::new(AdoptStream { clients, stream: Box::new(saver) }));
        }
        response
    }
}
