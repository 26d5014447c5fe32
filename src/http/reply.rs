//! What a route answers, and its way through tiny_http.
//!
//! Owns: the only place where headers for tiny_http are made. It prints a line
//! break in a value as it is, so such a value stops here.
//! Must not know: routes.
//!
//! Next: `http/upgrade.rs`.

use std::io;
use std::time::UNIX_EPOCH;

use tiny_http::{Header, Request, Response, StatusCode};

use crate::chat::entry::UnixMillis;
use crate::chat::moment;
use crate::client::stream::Stream;
use crate::door::refusal::Refusal;
use crate::door::ticket::{Decision, SharedBytes, Taken, Verdict};
use crate::pages::{POLICY, Page, REFERRER};
use crate::visit::errand::{Errand, Task};
use crate::wire::Format;

/// One answer of a route.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: SharedBytes,
    pub(super) verdict: Verdict,
    /// Set if the route says no.
    pub(super) refusal: Option<Refusal>,
}

impl Reply {
    /// A good answer with this body.
    pub(super) fn new(content_type: &str, body: SharedBytes) -> Self {
        let mut reply =
            Self { status: 200, headers: Vec::new(), body, verdict: Verdict::None, refusal: None };
        reply.header("Content-Type", content_type);
        reply.header("X-Content-Type-Options", "nosniff");
        reply
    }

    /// The whole request was in vain.
    pub(super) fn refuse(refusal: Refusal) -> Self {
        Self {
            status: refusal.status(),
            headers: refusal.headers(),
            body: SharedBytes::Static(refusal.text().as_bytes()),
            verdict: Verdict::None,
            refusal: Some(refusal),
        }
    }

    /// The same to a browser, as a page.
    pub(super) fn refuse_by(page: Page, refusal: Refusal) -> Self {
        let Page { status, headers, body } = page;
        let (body, verdict) = (SharedBytes::Counted(body.into()), Verdict::None);
        Self { status, headers, body, verdict, refusal: Some(refusal) }
    }

    /// The connection is a chat client's from here on, which speaks `format`; it
    /// has offered this subprotocol for it (RFC 6455 4.2.2: no other is named).
    pub(super) fn adopt(
        accept_key: String,
        format: Format,
        subprotocol: Option<&'static str>,
    ) -> Self {
        let mut headers = vec![("Sec-WebSocket-Accept", accept_key)];
        headers.extend(subprotocol.map(|name| ("Sec-WebSocket-Protocol", name.to_owned())));
        let (body, verdict) = (SharedBytes::Static(&[]), Verdict::Adopt(format));
        Self { status: 101, headers, body, verdict, refusal: None }
    }

    /// The hub must be asked first; the door's thread does that, and makes the body.
    pub(super) fn errand(errand: Errand) -> Self {
        let kind = match errand.task {
            Task::Tell(_) | Task::Keep => "text/plain; charset=utf-8",
            Task::Poll(_) | Task::Hello(_) | Task::Ask(_) => "application/json",
            _ => "text/html; charset=utf-8",
        };
        let mut reply = Self::page(SharedBytes::Static(&[])).of_type(kind);
        reply.verdict = Verdict::Visit(Box::new(errand));
        reply
    }

    /// The page is elsewhere, at an address of ours.
    pub(super) fn elsewhere(address: String) -> Self {
        let mut reply = Self::page(SharedBytes::Static(&[]));
        reply.status = 303;
        reply.header("Location", address);
        reply
    }

    /// The same for a page that our script may take over: it runs, and it talks to nobody
    /// but us. Old Safari does not count WebSockets to 'self', so they are named.
    pub(super) fn with_script(mut self, host: &str) -> Self {
        let policy = format!(
            "{POLICY}; script-src 'self'; connect-src 'self' ws://{host} wss://{host}; \
             manifest-src 'self'"
        );
        let of_policy = |(name, _): &&mut (&str, String)| *name == "Content-Security-Policy";
        self.headers.iter_mut().filter(of_policy).for_each(|(_, value)| value.clone_from(&policy));
        self
    }

    /// A page that needs no script.
    pub(super) fn page(body: SharedBytes) -> Self {
        let mut reply = Self::new("text/html; charset=utf-8", body);
        // The second word is elinks'.
        reply.header("Cache-Control", "no-store, no-cache");
        reply.header("Referrer-Policy", REFERRER);
        reply.header("Content-Security-Policy", POLICY);
        reply
    }

    fn of_type(mut self, content_type: &str) -> Self {
        let types = self.headers.iter_mut().filter(|(name, _)| *name == "Content-Type");
        types.for_each(|(_, value)| content_type.clone_into(value));
        self
    }

    /// The connection is a client's from here on that only listens; `first` is what it is
    /// told first.
    pub(super) fn stream(stream: Stream, content_type: &str, first: SharedBytes) -> Self {
        let mut reply = Self::new(content_type, first);
        reply.verdict = Verdict::Stream(Box::new(stream));
        reply.header("Cache-Control", "no-store, no-transform");
        // Whoever stands between is not to wait for an end that does not come.
        reply.header("X-Accel-Buffering", "no");
        reply.header("Referrer-Policy", REFERRER);
        reply.header("Content-Security-Policy", POLICY);
        reply
    }

    pub(super) fn header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }

    /// Turns a good answer into "you have it already", if the browser does.
    pub(super) fn unless_matched(mut self, etag: &str, if_none_match: Option<&str>) -> Self {
        self.header("ETag", etag);
        let mut known = if_none_match.unwrap_or_default().split(',').map(str::trim);
        if known.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag) {
            self.status = 304;
            self.body = SharedBytes::Static(&[]);
        }
        self
    }
}

/// Hands the answer to tiny_http, after the decision to the door.
///
/// Blocks for as long as a head takes to be written into a local socket that
/// the door reads at full speed.
pub(super) fn send(request: Request, ticket: Taken, reply: Reply) {
    let headers = reply.headers.iter().filter_map(|(name, value)| header(name, value));
    let headers = headers.chain(date()).collect();
    let response = Response::new(StatusCode(reply.status), headers, io::empty(), Some(0), None);
    let is_adoption = matches!(reply.verdict, Verdict::Adopt(_));
    let decision = Decision { verdict: reply.verdict, body: Some(reply.body) };
    if ticket.decide(decision).is_err() {
        // Nobody waits any more; above all, nobody gets a 101.
        return let_go(request);
    }
    if is_adoption {
        // The stream leads to the door, not to the client: it ends here.
        drop(request.upgrade("websocket", response));
    } else if let Err(error) = request.respond(response) {
        tracing::warn!(%error, "an answer did not reach the door");
    }
}

/// Nobody waits for an answer to this. Dropped, it would have one of tiny_http's own.
pub(super) fn let_go(request: Request) {
    let headers = date().into_iter().collect();
    let response = Response::new(StatusCode(500), headers, io::empty(), Some(0), None);
    request.respond(response).ok();
}

/// tiny_http panics over a clock before 1970 or behind 9999; with this it does not ask it.
fn date() -> Option<Header> {
    let since = UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    header("Date", &moment::http(UnixMillis(now)))
}

fn header(name: &str, value: &str) -> Option<Header> {
    let plain = value.bytes().all(|byte| byte == b'\t' || (b' '..0x7f).contains(&byte));
    let header = plain.then(|| Header::from_bytes(name, value).ok()).flatten();
    if header.is_none() {
        tracing::error!(name, ?value, "a header value that cannot be one was left out");
    }
    header
}

#[cfg(test)]
mod tests {
    use super::{Reply, SharedBytes, header};

    #[test]
    fn a_header_value_cannot_break_out_of_its_line() {
        assert!(header("X-A", "b\tc").is_some());
        for value in ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0", "ä"] {
            assert!(header("X-A", value).is_none(), "{value:?}");
        }
    }

    #[test]
    fn whoever_has_it_already_is_told_so() {
        let status = |asked: Option<&str>| {
            let page = Reply::new("text/html", SharedBytes::Static(b"x"));
            page.unless_matched("\"1\"", asked).status
        };
        for (asked, expected) in [
            (None, 200),
            (Some("\"1\""), 304),
            (Some("W/\"1\""), 304),
            (Some("\"0\", \"1\""), 304),
            (Some("*"), 304),
            (Some("\"2\""), 200),
            (Some("1"), 200),
        ] {
            assert_eq!(status(asked), expected, "{asked:?}");
        }
    }
}
