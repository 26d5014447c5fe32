//! What the answers of routes have in common: the headers of a page, of a page that the script
//! may take over, of a stream.
//!
//! Owns: those headers.
//! Must not know: routes.
//!
//! Room: `site/mod.rs`.

use super::context::Context;
use crate::formats::hello::stream::Stream;
use crate::server::http::response::{Body, Response};
use crate::site::pages::{POLICY, REFERRER};
use crate::site::visit::page_request::{PageRequest, PageTask};

/// A page without a script.
pub(super) fn page(body: impl Into<Body>) -> Response {
    Response::ok("text/html; charset=utf-8", body)
        // The second word is for elinks.
        .with("Cache-Control", "no-store, no-cache")
        .with("Referrer-Policy", REFERRER)
        .with("Content-Security-Policy", POLICY)
}

/// The same for a page that our script may take over: the script may run, and may connect only
/// to this server. Old versions of Safari do not count WebSockets as 'self', so the policy
/// names them.
pub(super) fn with_script(mut response: Response, host: &str) -> Response {
    let policy = format!(
        "{POLICY}; script-src 'self'; connect-src 'self' ws://{host} wss://{host}; \
         manifest-src 'self'"
    );
    response.set("Content-Security-Policy", policy);
    response
}

/// A redirect to another address on this server.
pub(super) fn elsewhere(address: String) -> Response {
    let mut response = page("").with("Location", address);
    response.status = 303;
    response
}

/// An answer for which the door's thread first asks the hub; the body is made after that.
pub(super) fn page_request(context: &Context, wanted: PageRequest) -> Response {
    let mut response = page("");
    match wanted.task {
        PageTask::Tell(_) | PageTask::Keep => {
            response.set("Content-Type", "text/plain; charset=utf-8")
        }
        PageTask::Poll(_) | PageTask::Hello(_) | PageTask::Ask(_) => {
            response.set("Content-Type", "application/json");
        }
        _ => {}
    }
    response.verdict = context.does(wanted);
    response
}

/// An answer that makes the connection a client that only receives. `first` is sent first.
pub(super) fn stream(
    context: &Context,
    stream: Stream,
    content_type: &str,
    first: String,
) -> Response {
    let mut response = Response::ok(content_type, first)
        .with("Cache-Control", "no-store, no-transform")
        // Tells a proxy not to wait for the end of the body.
        .with("X-Accel-Buffering", "no")
        .with("Referrer-Policy", REFERRER)
        .with("Content-Security-Policy", POLICY);
    response.verdict = context.adopts_stream(stream);
    response
}
