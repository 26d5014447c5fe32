//! What a URL means, what a refusal looks like, and how much of a URL the server's log may show:
//! all that the server's common code asks of the code that has pages.
//!
//! Owns: the list of these three questions.
//! Must not know: which URLs there are.
//!
//! The smallest site is `classic/mod.rs`; the chat's site is `site/mod.rs`.
//!
//! Next: `classic/mod.rs`.
//! Part: `server/http/mod.rs`.

use super::{refusal::Refusal, request::HttpRequest, response::Response};

/// The part of a server that knows its pages: it answers requests and words refusals.
pub trait Site: Send + Sync {
    /// Answers a request. Runs on a thread `http-<n>`. All pages share a few of these threads, so
    /// this call never waits for a peer or for the hub, and reserves nothing. Work that has to wait
    /// is left to the door, as the [`Verdict`](super::verdict::Verdict) of the answer.
    fn answer(&self, request: &HttpRequest<'_>) -> Response;

    /// Returns the answer that refuses a request with this head and this body; head and body may be
    /// incomplete or wrong. `None`: the door sends the plain words of the refusal, which is enough
    /// for a site whose refusals are no pages. Runs on a door's thread, and never blocks.
    fn refusal_answer(&self, _why: Refusal, _head: &[u8], _body: &[u8]) -> Option<Response> {
        None
    }

    /// Returns what the server's log may show of a request's target, in which a person may have
    /// typed anything, such as a password. `state` says what has become of the request.
    fn loggable(&self, target: &str, state: TargetState) -> String;
}

/// What has become of the request for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// The request was not refused. So the path has no typing error, and the server's log may show
    /// it.
    Served,
    /// The request was refused. So the path may have a typing error. The server's log shows it only
    /// if it is one of the site's own paths.
    Unknown,
}
