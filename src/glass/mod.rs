//! The glass box: a URL at which the running server shows its own threads, queues and counters.
//!
//! It is a site around a site: it answers `/glass`, `/glass/follow` (the way of one message of
//! whoever looks) and `/glass/schedule`, a game about schedules. It gives every other request to
//! the site that it has inside. So neither the spine nor a chat knows it. A look is a job on the
//! door's thread that asked for it. It has no thread of its own, and costs nothing while nobody
//! looks.
//!
//! Blocks on: reads of `/proc`, some 30 µs for each thread of the server; short locks.
//! Owns: which form of a look is asked for, and the headers of the page.
//! Must not know: which chat it shows.
//!
//! Part: this file is its entry.

pub mod access;
pub mod check;
mod follow;
mod json;
mod look;
mod page;
pub(crate) mod page_head;
mod page_tables;
mod role;
mod schedule;
mod syscall;
mod task;
mod text;

use std::ops::RangeInclusive;
use std::sync::Arc;

use access::Viewers;
pub use look::Look;
use look::Wanted;

use crate::server::follow::FollowMark;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::site::{Site, TargetState};
use crate::server::http::verdict::{Job, Verdict};
use crate::server::instruments::Readings;

/// Reads what the spine counts.
pub type ReadInstruments = Arc<dyn Fn() -> Readings + Send + Sync>;

/// Finds out whose browser sends a request; `None`: it has no session in the site inside.
pub type MarkOf = fn(&HttpRequest<'_>) -> Option<FollowMark>;

/// A site that also shows the server's own work.
pub struct GlassSite {
    viewers: Viewers,
    inside: Arc<dyn Site>,
    read: ReadInstruments,
    mark_of: MarkOf,
}

impl GlassSite {
    /// Puts the glass box around `inside`.
    pub fn around(
        inside: Arc<dyn Site>,
        viewers: Viewers,
        read: ReadInstruments,
        mark_of: MarkOf,
    ) -> Self {
        Self { viewers, inside, read, mark_of }
    }
}

impl Site for GlassSite {
    fn answer(&self, request: &HttpRequest<'_>) -> Response {
        let path = request.path();
        if ![PATH, schedule::PATH, follow::PATH].contains(&path) {
            return self.inside.answer(request);
        }
        if let Err(answer) = self.viewers.check(request) {
            return answer;
        }
        if path == follow::PATH {
            return with_headers(follow::answer(request, (self.mark_of)(request)));
        }
        if !request.is_safe() {
            return Response::refusal(Refusal::WrongMethod);
        }
        if path == schedule::PATH {
            return with_headers(schedule::answer(request));
        }
        let form = Form::of(request);
        let mut response = Response::ok(form.content_type(), "");
        response.verdict = Verdict::Job(Box::new(LookJob { read: Arc::clone(&self.read), form }));
        response
    }

    fn refusal_answer(&self, why: Refusal, head: &[u8], body: &[u8]) -> Option<Response> {
        self.inside.refusal_answer(why, head, body)
    }

    fn loggable(&self, target: &str, state: TargetState) -> String {
        self.inside.loggable(target, state)
    }
}

const PATH: &str = "/glass";

/// What the page may load: files of this server only, as on the chat's pages; and what its script
/// may ask for: looks, and that a message be followed. A form asks for the same.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Most threads that a look at a part reads.
const WANTED_MAX: usize = 256;

/// The page may reload itself after so many seconds, if its address says so.
const RELOAD_SECONDS: RangeInclusive<u16> = 2..=600;

/// The form of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// 80 columns of plain text.
    Text,
    /// JSON: of all, or of what is wanted.
    Json(Option<Wanted>),
    /// A page, which works without its script; with `every` it reloads itself after so many
    /// seconds in a browser without scripts.
    Page { every: Option<u16> },
}

impl Form {
    /// The address decides; without a word there, the browser's `Accept`. `curl` does not ask for
    /// HTML, and gets the text.
    fn of(request: &HttpRequest<'_>) -> Self {
        let every = request.parameter("every").and_then(|every| every.parse().ok());
        let every = every.filter(|seconds| RELOAD_SECONDS.contains(seconds));
        match request.parameter("as").as_deref() {
            Some("json") => Self::Json(wanted(request)),
            Some("page") => Self::Page { every },
            Some(_) => Self::Text,
            None if request.all("Accept").any(|kinds| kinds.contains("text/html")) => {
                Self::Page { every }
            }
            None => Self::Text,
        }
    }

    fn content_type(&self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json(_) => "application/json",
            Self::Page { .. } => "text/html; charset=utf-8",
        }
    }
}

/// Returns to which part of the process the request wants to look; `None`: to all of it.
fn wanted(request: &HttpRequest<'_>) -> Option<Wanted> {
    let tids = request.parameter("tids")?;
    let tids = tids.split(',').filter_map(|tid| tid.parse().ok()).take(WANTED_MAX).collect();
    let known = request.parameter("known").and_then(|known| known.parse().ok()).unwrap_or(0);
    Some(Wanted { tids, known })
}

/// One look, which runs on the door's thread.
struct LookJob {
    read: ReadInstruments,
    form: Form,
}

impl Job for LookJob {
    fn takes_a_place(&self) -> bool {
        false
    }

    fn run(self: Box<Self>) -> Response {
        let look = match &self.form {
            Form::Json(Some(wanted)) => Look::at(wanted, (self.read)()),
            _ => Look::now((self.read)()),
        };
        let body = match self.form {
            Form::Text => text::shown(&look),
            Form::Json(_) => json::shown(&look),
            Form::Page { every } => page::shown(&look, every),
        };
        with_headers(Response::ok(self.form.content_type(), body.into_bytes()))
            .with_header("Vary", "Accept")
    }
}

/// Adds what each page of the glass box has.
pub(crate) fn with_headers(response: Response) -> Response {
    response
        .with_header("Cache-Control", "no-store")
        // With `no-referrer` alone a browser sends a form with `Origin: null`, and the door refuses
        // such a form.
        .with_header("Referrer-Policy", "no-referrer, same-origin")
        .with_header("Content-Security-Policy", POLICY)
}

#[cfg(test)]
mod tests {
    use super::{Form, Wanted};
    use crate::server::http::request::HttpRequest;

    #[test]
    fn a_browser_gets_the_page_and_curl_the_text_unless_the_address_says_otherwise() {
        let form = |target, accept: &'static str| {
            Form::of(&HttpRequest::for_test("GET", target, &[("Accept", accept)]))
        };
        let page = |every| Form::Page { every };
        assert_eq!(form("/glass", "*/*"), Form::Text);
        assert_eq!(form("/glass", "text/html,application/xhtml+xml;q=0.9"), page(None));
        assert_eq!(form("/glass?as=text", "text/html"), Form::Text);
        assert_eq!(form("/glass?as=json", "text/html"), Form::Json(None));
        let wanted = Wanted { tids: vec![7, 9], known: 12 };
        assert_eq!(form("/glass?as=json&known=12&tids=7,x,9", "*/*"), Form::Json(Some(wanted)));
        assert_eq!(form("/glass?as=page&every=2", "*/*"), page(Some(2)));
        assert_eq!(form("/glass?every=1", "text/html"), page(None), "too often");
    }
}
