//! One answer, made by a route on a thread `http-<n>`, by a job on the door's thread, or by a
//! refusal.
//!
//! Owns: the form of an answer. The door writes what the head says about the connection.
//! Must not know: sockets, which URLs there are.
//!
//! Part: `server/http/mod.rs`.

use std::borrow::Cow;
use std::sync::Arc;

use super::{refusal::Refusal, verdict::Verdict};

/// A header: its name and its value.
pub type Header = (Cow<'static, str>, String);

/// One whole answer.
#[derive(Debug)]
pub struct Response {
    /// All headers, except those about the connection and the body's length.
    pub headers: Vec<Header>,
    /// The bytes that come after the head.
    pub body: Body,
    /// The status, and what becomes of the connection.
    pub verdict: Verdict,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// Bytes that are compiled into the program.
    Static(&'static [u8]),
    /// Bytes that several answers share.
    Shared(Arc<[u8]>),
    /// Bytes that were made only for this answer.
    Own(Vec<u8>),
    /// No bytes, as in the answer to a HEAD. The value is the length in bytes that `Content-Length`
    /// gives.
    Head(usize),
}

impl Response {
    /// Makes an answer with this status and this body, and without headers.
    pub fn new(status: u16, body: impl Into<Body>) -> Self {
        Self { headers: Vec::new(), body: body.into(), verdict: Verdict::Answer(status) }
    }

    /// Makes an answer with status 200. A header tells the browser to believe this content type,
    /// and not to guess another one.
    pub fn ok(content_type: &str, body: impl Into<Body>) -> Self {
        Self::new(200, body)
            .with_header("Content-Type", content_type)
            .with_header("X-Content-Type-Options", "nosniff")
    }

    /// Makes the answer to a refused request. Its body is the plain words of the refusal.
    pub fn refusal(refusal: Refusal) -> Self {
        let headers = refusal.headers().into_iter().map(|(name, value)| (name.into(), value));
        Self { headers: headers.collect(), ..Self::new(refusal.status(), refusal.text()) }
    }

    /// Returns the HTTP status. For a job it is 200, although the job makes another answer.
    pub fn status(&self) -> u16 {
        self.verdict.status()
    }

    /// Adds a header. An answer may have several of one name; [`set`](Self::set) replaces the
    /// first.
    pub fn add_header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name.into(), value.into()));
    }

    /// Like [`add_header`](Self::add_header).
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.add_header(name, value);
        self
    }

    /// Replaces the first value of this header; adds the header if there is none.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        match self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, present)) => *present = value.into(),
            None => self.add_header(name, value),
        }
    }

    /// Returns the first value of this header; `None` if there is none.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Adds those of `headers` whose names this answer does not have, and returns the answer. Every
    /// `Set-Cookie` of `headers` is added, too.
    #[must_use]
    pub fn over(mut self, mut headers: Vec<Header>) -> Self {
        headers.retain(|(name, _)| {
            name.eq_ignore_ascii_case("set-cookie") || self.header(name).is_none()
        });
        headers.append(&mut self.headers);
        Self { headers, ..self }
    }
}

impl Body {
    /// Returns the value of `Content-Length`, in bytes. For [`Head`](Self::Head), fewer bytes are
    /// sent: none.
    pub fn content_length(&self) -> usize {
        match self {
            Self::Head(length) => *length,
            sent => sent.sent().len(),
        }
    }

    /// Returns the bytes that are sent after the head; none for [`Head`](Self::Head).
    pub fn sent(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes,
            Self::Head(_) => &[],
        }
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Static(bytes)
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Static(text.as_bytes())
    }
}

impl From<Arc<[u8]>> for Body {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self::Shared(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(mut bytes: Vec<u8>) -> Self {
        // If the browser is slow, the body stays in memory for a while. So the vector gives back
        // the memory that it does not use.
        bytes.shrink_to_fit();
        Self::Own(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::Response;

    #[test]
    fn what_a_response_says_itself_counts_and_every_cookie_is_kept() {
        let base = Response::new(200, "")
            .with_header("Content-Type", "text/html")
            .with_header("Cache-Control", "no-store")
            .with_header("Set-Cookie", "a=b");
        let over = Response::new(404, "none").with_header("content-type", "text/plain");
        let response = over.with_header("Set-Cookie", "c=d").over(base.headers);
        let headers: Vec<_> =
            response.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(response.status(), 404);
        assert_eq!(response.body.sent(), b"none");
        let expected = [
            ("Cache-Control", "no-store"),
            ("Set-Cookie", "a=b"),
            ("content-type", "text/plain"),
            ("Set-Cookie", "c=d"),
        ];
        assert_eq!(headers, expected);
    }

    #[test]
    fn a_header_is_set_where_it_stands_and_added_where_it_does_not() {
        let mut response = Response::new(200, "").with_header("A", "1").with_header("B", "2");
        response.set("a", "3");
        response.set("C", "4");
        assert_eq!([response.header("A"), response.header("c")], [Some("3"), Some("4")]);
        assert_eq!(response.headers.len(), 3);
    }
}
