//! What the answers of routes have in common: the headers of a page, of one that our
//! script may take over, of one that goes on.
//!
//! Owns: those headers.
//! Must not know: routes.
//!
//! Next: `site/room.rs`.

use super::context::Context;
use crate::greeting::stream::Stream;
use crate::http::response::{Body, Response};
use crate::pages::{POLICY, REFERRER};
use crate::visit::errand::{Errand, Task};

/// A page that needs no script.
pub(super) fn page(body: impl Into<Body>) -> Response {
    Response::ok("text/html; charset=utf-8", body)
        // The second word is elinks'.
        .with("Cache-Control", "no-store, no-cache")
        .with("Referrer-Policy", REFERRER)
        .with("Content-Security-Policy", POLICY)
}

/// The same for a page that our script may take over: it runs, and it talks to nobody
/// but us. Old Safari does not count WebSockets to 'self', so they are named.
pub(super) fn with_script(mut response: Response, host: &str) -> Response {
    let policy = format!(
        "{POLICY}; script-src 'self'; connect-src 'self' ws://{host} wss://{host}; \
         manifest-src 'self'"
    );
    response.set("Content-Security-Policy", policy);
    response
}

/// The page is elsewhere, at an address of ours.
pub(super) fn elsewhere(address: String) -> Response {
    let mut response = page("").with("Location", address);
    response.status = 303;
    response
}

/// The hub must be asked first; the door's thread does that, and makes the body.
pub(super) fn errand(context: &Context, errand: Errand) -> Response {
    let mut response = page("");
    match errand.task {
        Task::Tell(_) | Task::Keep => response.set("Content-Type", "text/plain; charset=utf-8"),
        Task::Poll(_) | Task::Hello(_) | Task::Ask(_) => {
            response.set("Content-Type", "application/json");
        }
        _ => {}
    }
    response.verdict = context.does(errand);
    response
}

/// The connection is a client's from here on that only listens; `first` is what it is
/// told first.
pub(super) fn stream(
    context: &Context,
    stream: Stream,
    content_type: &str,
    first: String,
) -> Response {
    let mut response = Response::ok(content_type, first)
        .with("Cache-Control", "no-store, no-transform")
        // Whoever stands between is not to wait for an end that does not come.
        .with("X-Accel-Buffering", "no")
        .with("Referrer-Policy", REFERRER)
        .with("Content-Security-Policy", POLICY);
    response.verdict = context.adopts_stream(stream);
    response
}
