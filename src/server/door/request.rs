//! Connection path, step 2b: turns a whole head into a request, or refuses it.
//!
//! This code does no I/O. httparse decides what is a header. Some heads are legal HTTP, but two
//! servers could read two different requests in them: those are refused here.
//!
//! Owns: the meaning of the headers that frame a request; the forms of a target (RFC 9112 3.2),
//! which all become the origin form; that a target has no base path from here on; the
//! percent-encoding of those bytes of a target that are not ASCII.
//! Must not know: sockets, tickets, what a path means.
//!
//! Next: `server/door/exchange.rs`.

use percent_encoding::{AsciiSet, percent_encode};

use crate::base::{base_path, limits};
use crate::server::door::{host::Authority, proxies::Forwarding};
use crate::server::http::refusal::Refusal;

#[derive(Debug)]
pub(super) struct ParsedRequest {
    pub(super) method: &'static str,
    /// The target in origin form (the path, with the query if there is one), in ASCII and without
    /// the base path.
    pub(super) path: String,
    /// All hosts that the request names: first the host in an absolute target, then the host in
    /// `Host`. Each must be a name of this server. Empty only for HTTP/1.0.
    pub(super) hosts: Vec<Authority>,
    pub(super) origin: Option<String>,
    pub(super) keep_alive: bool,
    /// Whether the request is HTTP/1.1, has the method GET and asks for a WebSocket. The
    /// `Sec-WebSocket-` headers are checked later.
    pub(super) upgrade: bool,
    pub(super) body_bytes: usize,
    /// `Expect: 100-continue`: the peer waits for a 100 before it sends the body.
    pub(super) expects_continue: bool,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The browser itself says that a page of the same origin sends the request
    /// (`Sec-Fetch-Site`). No page can make a browser say so.
    pub(super) is_of_own_page: bool,
    /// Whether the browser speaks TLS, with this server or with the proxy that passes the request
    /// on. The door sets it.
    pub(super) is_secure: bool,
    /// Whether the request is HTTP/1.1. Only such a peer understands chunks.
    pub(super) is_modern: bool,
    /// Whether an answer of unknown length must be sent in chunks. The door sets it.
    pub(super) needs_chunks: bool,
    /// What the headers of proxies say. They may be a stranger's.
    pub(super) forwarding: Forwarding,
}

/// The methods that the door passes to the routes. `TRACE` and `CONNECT` are not among them,
/// because they serve only attacks here: `TRACE` would let a page read headers that it must not
/// see, and `CONNECT` would let a stranger reach other servers.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The headers of a browser that routes may see. The door adds headers of its own to them.
const PASSED: [&str; 17] = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Cookie",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Origin",
    "Referer",
    "Sec-Fetch-Site",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
    "User-Agent",
];

/// The headers by which a proxy says that it passes on the request of somebody else. A route may
/// see that one of them is there. It does not see the value: anybody can write one.
const OF_PROXIES: [&str; 4] = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"];

impl ParsedRequest {
    /// Reads a whole head, which `head.rs` has checked. The error: why the door refuses the
    /// request.
    pub(super) fn parse(head: &[u8]) -> Result<Self, Refusal> {
        let line_end = head.iter().position(|&byte| byte == b'\r').ok_or(Refusal::Malformed)?;
        // The space for the headers is on the heap, because a thread keeps each page of its stack
        // that it has ever used, and this thread may become the reader of a client.
        let mut space = vec![httparse::EMPTY_HEADER; limits::HEAD_HEADERS_MAX];
        let headers = match httparse::parse_headers(&head[line_end + 2..], &mut space) {
            Ok(httparse::Status::Complete((_, headers))) => Headers(headers),
            _ => return Err(Refusal::Malformed),
        };
        let mut words = head[..line_end].split(|&byte| byte == b' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        let modern = version == Some(b"HTTP/1.1");
        let method = known(method.unwrap_or_default())?;
        let target = parse_target(target.unwrap_or_default())?;
        let host = headers.one("Host", Refusal::BadHost)?;
        let host = match host.map(|text| Authority::parse(text).ok_or(Refusal::BadHost)) {
            None if modern => return Err(Refusal::BadHost),
            other => other.transpose()?,
        };
        let expects = headers.one("Expect", Refusal::ExpectationFailed)?;
        if expects.is_some_and(|text| !text.eq_ignore_ascii_case("100-continue")) {
            return Err(Refusal::ExpectationFailed);
        }
        Ok(Self {
            method,
            path: base_path::without(&target.path).to_owned(),
            hosts: target.authority.into_iter().chain(host).collect(),
            origin: headers.one("Origin", Refusal::ForeignOrigin)?.map(str::to_owned),
            keep_alive: match modern {
                true => !headers.has_token("Connection", "close"),
                false => headers.has_token("Connection", "keep-alive"),
            },
            upgrade: modern
                && method == "GET"
                && headers.has_token("Connection", "upgrade")
                && headers.has_token("Upgrade", "websocket"),
            body_bytes: headers.body_bytes()?,
            // RFC 9110 10.1.1: a server must ignore `Expect: 100-continue` in a request of
            // HTTP/1.0.
            expects_continue: modern && expects.is_some(),
            headers: headers.passed(),
            is_of_own_page: headers.one("Sec-Fetch-Site", Refusal::ForeignOrigin)?
                == Some("same-origin"),
            is_secure: false,
            is_modern: modern,
            needs_chunks: false,
            forwarding: Forwarding::of(&headers),
        })
    }
}

fn known(method: &[u8]) -> Result<&'static str, Refusal> {
    let known = METHODS.into_iter().find(|known| known.as_bytes() == method);
    known.ok_or(Refusal::WrongMethod)
}

pub(super) struct Headers<'a>(&'a [httparse::Header<'a>]);

impl<'a> Headers<'a> {
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value.trim_ascii())
    }

    /// Returns the value of a header that a request may have only one time; `Ok(None)` if the
    /// request does not have it. If the request has the header two times or more, or the value is
    /// not ASCII, returns the error `twice`.
    fn one(&self, name: &str, twice: Refusal) -> Result<Option<&'a str>, Refusal> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        let text = str::from_utf8(value).ok().filter(|text| text.is_ascii());
        if values.next().is_some() { Err(twice) } else { text.ok_or(twice).map(Some) }
    }

    /// Returns whether the header `name`, a list with commas, contains `token`. Upper and lower
    /// case make no difference.
    fn has_token(&self, name: &str, token: &str) -> bool {
        let tokens = self.values(name).flat_map(|value| value.split(|&byte| byte == b','));
        tokens.map(<[u8]>::trim_ascii).any(|found| found.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Returns the length of the body, which is 0 if no header gives one. Refuses a length that is
    /// no number or comes twice, a body that is sent in chunks, and a body that is too large.
    fn body_bytes(&self) -> Result<usize, Refusal> {
        let length = self.one("Content-Length", Refusal::BadLength)?;
        let chunked = self.values("Transfer-Encoding").next().is_some();
        match (length, chunked) {
            (None, false) => Ok(0),
            (None, true) => Err(Refusal::LengthRequired),
            (Some(_), true) => Err(Refusal::BadLength),
            (Some(digits), false) => {
                let proper = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                if !proper {
                    return Err(Refusal::BadLength);
                }
                // A length with so many digits that it does not fit into a `usize` is also over
                // `BODY_BYTES_MAX`.
                let fits = digits.parse().ok().filter(|&count| count <= limits::BODY_BYTES_MAX);
                fits.ok_or(Refusal::BodyTooLarge)
            }
        }
    }

    /// Returns the headers that routes may see. A header whose value is not ASCII is left out,
    /// because tiny_http would end the connection. The request is not refused for such a value: it
    /// may be only the cookie of another server on the same host.
    fn passed(&self) -> Vec<(&'static str, String)> {
        let mut passed = Vec::new();
        for header in self.0 {
            let is_named = |name: &&str| name.eq_ignore_ascii_case(header.name);
            if let Some(name) = OF_PROXIES.into_iter().find(is_named) {
                passed.push((name, "-".to_owned()));
            }
            let name = PASSED.into_iter().find(is_named);
            let value = str::from_utf8(header.value.trim_ascii()).ok().filter(|it| it.is_ascii());
            if let (Some(name), Some(value)) = (name, value) {
                passed.push((name, value.to_owned()));
            }
        }
        passed
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Target {
    /// The path, with the query if there is one. It begins with `/` and is ASCII.
    path: String,
    /// The host in an absolute target; it overrides `Host` (RFC 9112 3.2.2).
    authority: Option<Authority>,
}

/// Reads a target: `/path?query`, or a whole URL with `http://` or `https://`.
fn parse_target(bytes: &[u8]) -> Result<Target, Refusal> {
    // A browser never sends the fragment of a URL (`#` and what follows), so a target with `#` is
    // wrong.
    if bytes.iter().any(|&byte| byte <= b' ' || byte == 0x7f || byte == b'#') {
        return Err(Refusal::Malformed);
    }
    if bytes.starts_with(b"/") {
        return Ok(Target { path: encode(bytes), authority: None });
    }
    let rest = [&b"http://"[..], b"https://"]
        .into_iter()
        .find_map(|scheme| strip_scheme(bytes, scheme))
        .ok_or(Refusal::Malformed)?;
    let path_at = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    let authority = str::from_utf8(authority).ok().and_then(Authority::parse);
    let slash = if path.starts_with(b"/") { "" } else { "/" };
    Ok(Target {
        path: format!("{slash}{}", encode(path)),
        authority: Some(authority.ok_or(Refusal::BadHost)?),
    })
}

fn strip_scheme<'a>(bytes: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = bytes.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Returns these bytes as ASCII text: a byte that is ASCII stays as it is, and any other is
/// percent-encoded. Programs such as curl send bytes that are not ASCII, and tiny_http ends the
/// connection without an answer when it meets one of them.
fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, &AsciiSet::EMPTY).to_string()
}

#[cfg(test)]
mod tests {
    use super::{ParsedRequest, parse_target};
    use crate::base::limits;
    use crate::server::http::refusal::Refusal;

    fn parse(head: &str) -> Result<ParsedRequest, Refusal> {
        ParsedRequest::parse(format!("{head}\r\n\r\n").as_bytes())
    }

    fn with(headers: &str) -> Result<ParsedRequest, Refusal> {
        parse(&format!("POST /x HTTP/1.1\r\nHost: a\r\n{headers}"))
    }

    #[test]
    fn a6_a_length_that_can_be_read_in_two_ways_is_refused() {
        use Refusal::{BadLength, BodyTooLarge, LengthRequired};
        for (headers, refusal) in [
            ("Content-Length: 1\r\nContent-Length: 1", BadLength),
            ("Content-Length: 1\r\nContent-Length: 2", BadLength),
            ("Content-Length: 1, 1", BadLength),
            ("Content-Length: abc", BadLength),
            ("Content-Length: -1", BadLength),
            ("Content-Length: +1", BadLength),
            ("Content-Length: 0x1", BadLength),
            ("Content-Length:", BadLength),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked", BadLength),
            ("Transfer-Encoding: chunked", LengthRequired),
            ("Transfer-Encoding: xchunked", LengthRequired),
            ("Content-Length: 65537", BodyTooLarge),
            ("Content-Length: 4000000000000000000", BodyTooLarge),
            ("Content-Length: 99999999999999999999999", BodyTooLarge),
        ] {
            assert_eq!(with(headers).unwrap_err(), refusal, "{headers}");
        }
        let most = with(&format!("Content-Length: {}", limits::BODY_BYTES_MAX));
        assert_eq!(most.unwrap().body_bytes, limits::BODY_BYTES_MAX);
    }

    #[test]
    fn a7_exactly_one_host_and_no_header_that_is_none() {
        use Refusal::{BadHost, Malformed};
        for (head, refusal) in [
            ("GET / HTTP/1.1", BadHost),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a", BadHost),
            ("GET / HTTP/1.1\r\nHost:", BadHost),
            ("GET / HTTP/1.1\r\nHost: a b", BadHost),
            ("GET / HTTP/1.1\r\nHost : a", Malformed),
            ("GET / HTTP/1.1\r\nHost: a\r\nb c: d", Malformed),
            ("GET / HTTP/1.1\r\nHost: a\r\n: d", Malformed),
            ("GET / HTTP/1.1\r\nHost: a\r\nd", Malformed),
        ] {
            assert_eq!(parse(head).unwrap_err(), refusal, "{head}");
        }
        assert!(parse("GET / HTTP/1.0").unwrap().hosts.is_empty());
    }

    #[test]
    fn a13_unknown_methods_are_refused() {
        for method in ["TRACE", "CONNECT", "get", "BREW", "M-SEARCH"] {
            let refusal = parse(&format!("{method} / HTTP/1.1\r\nHost: a")).unwrap_err();
            assert_eq!(refusal, Refusal::WrongMethod, "{method}");
        }
    }

    #[test]
    fn a_connection_is_kept_as_each_version_wants_it() {
        for (head, kept) in [
            ("GET / HTTP/1.1\r\nHost: a", true),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close", false),
            ("GET / HTTP/1.0", false),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive", true),
        ] {
            assert_eq!(parse(head).unwrap().keep_alive, kept, "{head}");
        }
    }

    #[test]
    fn only_a_modern_get_for_a_websocket_is_an_upgrade() {
        let ask = "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket";
        assert!(parse(&format!("GET / HTTP/1.1\r\n{ask}")).unwrap().upgrade);
        assert!(!parse(&format!("GET / HTTP/1.0\r\n{ask}")).unwrap().upgrade);
        assert!(!parse(&format!("POST / HTTP/1.1\r\n{ask}")).unwrap().upgrade);
        let other = "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c";
        assert!(!parse(&format!("GET / HTTP/1.1\r\n{other}")).unwrap().upgrade);
    }

    #[test]
    fn only_listed_ascii_headers_pass() {
        let request = with("X-Evil: 1\r\naccept: a\tb\r\nCookie: \u{e4}\r\nTE: x").unwrap();
        assert_eq!(request.headers, [("Accept", "a\tb".to_owned())]);
    }

    #[test]
    fn only_the_known_expectation_is_taken() {
        assert!(with("Expect: 100-Continue").unwrap().expects_continue);
        assert_eq!(with("Expect: more").unwrap_err(), Refusal::ExpectationFailed);
        assert!(!parse("GET / HTTP/1.0\r\nExpect: 100-continue").unwrap().expects_continue);
    }

    fn path(target: &[u8]) -> String {
        parse_target(target).unwrap().path
    }

    #[test]
    fn an_absolute_target_becomes_a_path_and_a_host() {
        assert_eq!(path(b"http://a.local:80/x?y=1"), "/x?y=1");
        assert_eq!(path(b"HTTPS://a.local?y"), "/?y");
        assert_eq!(path(b"http://a.local"), "/");
        let target = parse_target(b"http://A.local:81/").unwrap();
        assert_eq!(target.authority.unwrap().text(), "a.local:81");
    }

    #[test]
    fn bytes_that_are_not_ascii_are_percent_encoded() {
        assert_eq!(path("/grüße?ä".as_bytes()), "/gr%C3%BC%C3%9Fe?%C3%A4");
        assert_eq!(path(b"/\xff%20"), "/%FF%20");
    }

    #[test]
    fn a13_what_is_no_target_is_refused() {
        for target in [&b"x"[..], b"*", b"", b"/a#b", b"/a b", b"/\x7f", b"ftp://a/", b"a:443"] {
            assert_eq!(parse_target(target), Err(Refusal::Malformed), "{}", target.escape_ascii());
        }
        for target in [&b"http://a@b/"[..], b"http:///x", b"http://\xff/"] {
            assert_eq!(parse_target(target), Err(Refusal::BadHost), "{}", target.escape_ascii());
        }
    }
}
