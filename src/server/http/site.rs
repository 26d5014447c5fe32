//! What a URL means, what a refusal looks like, and how much of a URL the log may show: all that
//! the server's common code asks of the code that has pages.
//!
//! Owns: the list of these three questions.
//! Must not know: which URLs there are.
//!
//! The smallest site is `classic/mod.rs`.
//!
//! Part: `server/http/mod.rs`.

use super::refusal::Refusal;
use super::request::HttpRequest;
use super::response::Response;

/// The part of a server that knows its pages: it answers requests and words refusals.
pub trait Site: Send + Sync {
    /// Answers a request. Runs on a thread `http-<n>`. All pages share a few of these threads, so
    /// this call never waits and reserves nothing. Work that has to wait is left to the door, as
    /// the [`Verdict`](super::verdict::Verdict) of the answer.
    fn answer(&self, request: &HttpRequest<'_>) -> Response;

    /// Returns the answer that refuses a request with this head and this body; head and body may be
    /// incomplete or wrong. `None`: the door sends the plain words of the refusal. Runs on a door's
    /// thread, and never blocks.
    fn refuse(&self, why: Refusal, head: &[u8], body: &[u8]) -> Option<Response>;

    /// Returns what the log may show of a target that a person has typed: never a password.
    fn loggable(&self, target: &str, state: TargetState) -> String;
}

/// Whether the server has something at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// The server has something at the target. So its path has no typing error, and the log may
    /// show the path.
    Served,
    /// The request was refused. So the path may have a typing error, and the log shows no unknown
    /// path.
    Unknown,
}
