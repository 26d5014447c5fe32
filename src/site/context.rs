//! What the chat's routes have in addition to the request, and the answers that they can give: a
//! page, a redirect, a page for which the server must ask the hub first, a stream, a WebSocket.
//!
//! [`PageJob`] runs on thread `door`, and blocks as `site/visit/mod.rs` says.
//! Owns: the headers and the verdict of each kind of answer.
//! Must not know: which URLs there are, sockets.
//!
//! Part: `site/mod.rs`.

use std::sync::Arc;

use crate::admission::{entrance::Entrance, hotspot::Hotspot};
use crate::assets::FrontPage;
use crate::base::language::LocaleWords;
use crate::chat_rule::gauges::HubNotes;
use crate::formats::Format;
use crate::formats::arrival::stream_reader::{AdoptStream, Stream};
use crate::server::client::{AdoptSocket, Clients};
use crate::server::http::response::{Body, Response};
use crate::server::http::verdict::{Adopt, Job, Verdict};
use crate::site::metrics::Metrics;
use crate::site::pages::renderer::PageRenderer;
use crate::site::pages::reply_strip::ReplyStrip;
use crate::site::pages::{POLICY, REFERRER};
use crate::site::visit::page_request::{PageRequest, PageTask};

/// The content type of pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

pub(super) struct Context {
    pub(super) front_page: FrontPage,
    pub(super) notes: HubNotes,
    /// What `/metrics` tells; `None`: nothing (`--metrics`).
    pub(super) metrics: Option<Metrics>,
    pub(super) words: &'static LocaleWords,
    pub(super) entrance: Entrance,
    /// True if programs without a session may send messages and requests to a room (`--guests`).
    pub(super) guests: bool,
    /// The phones of the server's hotspot that stay; `None`: the server has none (`--hotspot`).
    pub(super) hotspot: Option<Hotspot>,
    pub(super) renderer: Arc<PageRenderer>,
    pub(super) clients: Arc<Clients<Format>>,
}

impl Context {
    /// Makes an answer for which the door's thread must first ask the hub. That thread makes the
    /// body of the answer afterwards.
    pub(super) fn answer_by_job(&self, request: PageRequest) -> Response {
        let mut response = page("");
        match request.task {
            PageTask::PostForProgram(_) | PageTask::SetCookie => {
                response.set("Content-Type", "text/plain; charset=utf-8")
            }
            PageTask::Poll(_) | PageTask::EnterForProgram(_) | PageTask::AskForProgram(_) => {
                response.set("Content-Type", "application/json");
            }
            _ => {}
        }
        let (renderer, clients) = (Arc::clone(&self.renderer), Arc::clone(&self.clients));
        response.verdict = Verdict::Job(Box::new(PageJob { renderer, clients, request }));
        response
    }

    /// Makes an answer after which the connection is a client that only receives. The body begins
    /// with `first`.
    pub(super) fn stream(&self, stream: Stream, content_type: &str, first: String) -> Response {
        begin_stream(Arc::clone(&self.clients), stream, content_type, first)
    }

    /// Makes an answer as [`stream`](Self::stream) does, with a page. If the session of `request`
    /// has ended, the answer is the page that `request` asks for: otherwise the hub would make a
    /// guest, to whom the reader's own session belongs from then on.
    pub(super) fn stream_of_session(
        &self,
        stream: Stream,
        first: String,
        request: PageRequest,
    ) -> Response {
        let (renderer, clients) = (Arc::clone(&self.renderer), Arc::clone(&self.clients));
        let mut response = page("");
        let job = StreamJob { renderer, clients, stream, first, request };
        response.verdict = Verdict::Job(Box::new(job));
        response
    }

    /// Makes the answer for the frame beside the form of a live page.
    pub(super) fn reply_strip(&self, strip: ReplyStrip, request: PageRequest) -> Response {
        let renderer = Arc::clone(&self.renderer);
        let mut response = page("");
        response.verdict = Verdict::Job(Box::new(StripJob { renderer, strip, request }));
        response
    }

    pub(super) fn adopt_socket(&self, format: Format) -> Box<dyn Adopt> {
        Box::new(AdoptSocket { clients: Arc::clone(&self.clients), format })
    }
}

fn begin_stream(
    clients: Arc<Clients<Format>>,
    stream: Stream,
    content_type: &str,
    first: String,
) -> Response {
    let mut response = Response::ok(content_type, first)
        .with_header("Cache-Control", "no-store, no-transform")
        // Tells a proxy not to wait for the end of the body.
        .with_header("X-Accel-Buffering", "no")
        .with_header("Referrer-Policy", REFERRER)
        .with_header("Content-Security-Policy", POLICY);
    let stream = Box::new(stream);
    response.verdict = Verdict::Stream(Box::new(AdoptStream { clients, stream }));
    response
}

/// Makes the answer for a page, with the status 200. Its `Content-Security-Policy` allows no
/// script.
pub(super) fn page(body: impl Into<Body>) -> Response {
    Response::ok(HTML, body)
        // The browser elinks needs `no-cache` in addition to `no-store`.
        .with_header("Cache-Control", "no-store, no-cache")
        .with_header("Referrer-Policy", REFERRER)
        .with_header("Content-Security-Policy", POLICY)
}

/// Lets the script of this server run on the page in `response`, and connect only to this server.
/// In old versions of Safari `'self'` does not include WebSockets, so the policy also lists the
/// origins `ws://host` and `wss://host`.
pub(super) fn with_script(mut response: Response, host: &str) -> Response {
    let policy = format!(
        "{POLICY}; script-src 'self'; connect-src 'self' ws://{host} wss://{host}; \
         manifest-src 'self'"
    );
    response.set("Content-Security-Policy", policy);
    response
}

pub(super) fn redirect(address: String) -> Response {
    let mut response = page("").with_header("Location", address);
    response.verdict = Verdict::Answer(303);
    response
}

struct PageJob {
    renderer: Arc<PageRenderer>,
    clients: Arc<Clients<Format>>,
    request: PageRequest,
}

impl Job for PageJob {
    fn takes_a_place(&self) -> bool {
        self.request.is_poll()
    }

    fn run(self: Box<Self>) -> Response {
        let Self { renderer, clients, request } = *self;
        let mut response = renderer.serve(&request);
        // With the status 200, the answer is the head of a file, and the file follows as a stream.
        // With any other status, the answer is a page that says why there is no file.
        if let Some(saver) = request.saver().filter(|_| response.status() == 200) {
            response.verdict =
                Verdict::Stream(Box::new(AdoptStream { clients, stream: Box::new(saver) }));
        }
        response
    }
}

struct StreamJob {
    renderer: Arc<PageRenderer>,
    clients: Arc<Clients<Format>>,
    stream: Stream,
    first: String,
    request: PageRequest,
}

impl Job for StreamJob {
    fn takes_a_place(&self) -> bool {
        false
    }

    fn run(self: Box<Self>) -> Response {
        let Self { renderer, clients, stream, first, request } = *self;
        if renderer.refuses_stream(&request) {
            return renderer.serve(&request);
        }
        begin_stream(clients, stream, HTML, first)
    }
}

struct StripJob {
    renderer: Arc<PageRenderer>,
    strip: ReplyStrip,
    request: PageRequest,
}

impl Job for StripJob {
    fn takes_a_place(&self) -> bool {
        false
    }

    fn run(self: Box<Self>) -> Response {
        self.renderer.reply_strip(self.strip, &self.request)
    }
}
