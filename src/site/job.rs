//! The work that a route leaves to the door's thread: a page for which the hub must be asked
//! first.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: which answer turns its connection into a stream that saves a room.
//! Must not know: sockets, how a URL is read.
//!
//! Room: `site/mod.rs`.

use std::sync::Arc;

use crate::formats::Format;
use crate::formats::hello::stream::AdoptStream;
use crate::server::client::Clients;
use crate::server::http::response::Response;
use crate::server::http::verdict::{Job, Verdict};
use crate::site::pages::renderer::PageRenderer;
use crate::site::visit::page_request::PageRequest;

/// A page request, with the renderer that carries it out.
pub(super) struct PageJob {
    pub(super) renderer: Arc<PageRenderer>,
    pub(super) clients: Arc<Clients<Format>>,
    pub(super) wanted: PageRequest,
}

impl Job for PageJob {
    fn takes_a_place(&self) -> bool {
        self.wanted.waits()
    }

    fn run(self: Box<Self>) -> Response {
        let Self { renderer, clients, wanted } = *self;
        let mut response = renderer.serve(&wanted);
        // A file is streamed after its head. If there is no file, the answer is a page that
        // says why.
        if let Some(saver) = wanted.saver().filter(|_| response.status == 200) {
            response.verdict =
                Verdict::Adopt(Box::new(AdoptStream { clients, stream: Box::new(saver) }));
        }
        response
    }
}
