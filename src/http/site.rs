//! What a URL means, and what a refusal looks like: all that the spine asks of whoever
//! has pages.
//!
//! Owns: those questions.
//! Must not know: which addresses there are.
//!
//! Next: `http/response.rs`; the smallest site is `classic/mod.rs`.

use super::refusal::Refusal;
use super::request::HttpRequest;
use super::response::Response;

/// Whatever answers requests.
pub trait Site: Send + Sync {
    /// The answer to a request. Runs on a thread `http-<n>`, of which there are a few for
    /// all pages: it never waits for anybody, and reserves nothing. What has to wait is a
    /// [`Verdict`](super::verdict::Verdict).
    fn answer(&self, request: &HttpRequest<'_>) -> Response;

    /// How the door says no to who sent this head and this body, whole or not, proper or
    /// not; `people` is how many are here, if that is why. `None`: in the plain words of
    /// the refusal. Runs on a door's thread, and never blocks.
    fn refuse(&self, why: Refusal, head: &[u8], body: &[u8], people: usize) -> Option<Response>;

    /// What the log may have of a target that somebody has typed: nobody's password.
    /// `is_there`: it was answered with something, so its path is no slip.
    fn shown(&self, target: &str, is_there: bool) -> String;
}
