//! What a URL means, what a refusal looks like, and how much of a URL the log may show: all that
//! the server's common code asks of the code that has pages.
//!
//! Owns: those questions.
//! Must not know: which URLs there are.
//!
//! The smallest site is `classic/mod.rs`.
//!
//! Part: `server/http/mod.rs`.

use super::refusal::Refusal;
use super::request::HttpRequest;
use super::response::Response;

/// Answers requests.
pub trait Site: Send + Sync {
    /// Answers a request. Runs on a thread `http-<n>`. All pages share a few of these threads, so
    /// this call never waits and reserves nothing. Work that has to wait is left to the door, as
    /// the [`Verdict`](super::verdict::Verdict) of the answer.
    fn answer(&self, request: &HttpRequest<'_>) -> Response;

    /// Returns the answer that refuses a request with this head and this body; head and body may be
    /// incomplete or wrong. `people` is the number of clients (of the server or of the peer's IP
    /// address), if too many clients are the reason; otherwise 0. `None`: the door sends the plain
    /// words of the refusal. Runs on a door's thread, and never blocks.
    fn refuse(&self, why: Refusal, head: &[u8], body: &[u8], people: usize) -> Option<Response>;

    /// Returns what the log may show of a target that a person has typed: never a password.
    /// `is_there`: the server has something at this URL, so the path has no typing error.
    fn shown(&self, target: &str, is_there: bool) -> String;
}
