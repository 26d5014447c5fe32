//! One canonical request, as a site sees it: the door has checked it and written it anew.
//!
//! Owns: how headers, cookies, parameters and the fields of a form are looked up, and what counts
//! as a handshake.
//! Must not know: tiny_http, which URLs there are.
//!
//! Part: `server/http/mod.rs`.

use std::net::{IpAddr, SocketAddr};

/// The header of a canonical request which says that the browser speaks TLS with the proxy in
/// front. Only the door writes it.
pub(crate) const SCHEME_HEADER: &str = "X-Forwarded-Proto";

/// The header of a canonical request which says that an answer of unknown length must be sent in
/// chunks. Only the door writes it.
pub(crate) const CHUNKS_HEADER: &str = "X-Threadbare-Chunks";

/// One request, which the door has checked and written anew.
#[derive(Clone, Debug)]
pub struct HttpRequest<'a> {
    /// The method: one of those that the door passes to routes, such as `GET`.
    pub method: &'a str,
    /// The path, with the query if there is one. It begins with `/` and is ASCII.
    pub target: &'a str,
    /// Names and values of all headers of the canonical request.
    pub headers: Vec<(&'a str, &'a str)>,
    /// The IP address and the port from which the request came to the door.
    pub peer: SocketAddr,
    /// The whole body, whose length the door has bounded.
    pub body: &'a [u8],
}

impl<'a> HttpRequest<'a> {
    /// Returns the values of all headers with this name. Upper and lower case in the name make no
    /// difference.
    pub fn all(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.headers.iter();
        headers.filter(move |header| header.0.eq_ignore_ascii_case(name)).map(|header| header.1)
    }

    /// Returns the target without its query. It is not decoded.
    pub fn path(&self) -> &'a str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// Returns the first value of this parameter in the query, decoded; `None` if the query does
    /// not have it.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Returns the value of this cookie; `None` if the request has no such cookie.
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        let pairs = self.all("Cookie").flat_map(|cookies| cookies.split(';'));
        let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Returns the first value of this field of the form in the body; `None` if the form has no
    /// such field.
    pub fn field(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.body);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Returns whether the browser accepts a body in gzip.
    pub fn accepts_gzip(&self) -> bool {
        is_taken(self.all("Accept-Encoding"))
    }

    /// Returns the host name that the browser used for this server, or the IP address that it
    /// connected to; with the port, if there is one.
    pub fn host(&self) -> &'a str {
        self.all("Host").next().unwrap_or_default()
    }

    /// Returns how this server's addresses begin for the browser: `https` if it speaks TLS, with
    /// this server or with a trusted proxy in front of it.
    pub fn scheme(&self) -> &'static str {
        if self.is_secure() { "https" } else { "http" }
    }

    /// Returns whether the browser speaks TLS, with this server or with a trusted proxy in front.
    pub fn is_secure(&self) -> bool {
        self.all(SCHEME_HEADER).any(|scheme| scheme == "https")
    }

    /// Returns whether an answer of unknown length must be sent in chunks, because the end of the
    /// connection would not show whether it is whole.
    pub fn needs_chunks(&self) -> bool {
        self.all(CHUNKS_HEADER).next().is_some()
    }

    /// Returns whether the browser's name for this server always means the machine on which the
    /// browser runs, such as `localhost`.
    pub fn is_for_this_machine(&self) -> bool {
        is_loopback(self.host())
    }

    /// Returns whether the method is GET or HEAD. Such a request must not change anything on the
    /// server (RFC 9110 9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }

    /// Returns whether this is a WebSocket handshake. The door writes `Connection: upgrade` and
    /// `Upgrade: websocket` only into requests that ask for a WebSocket.
    pub fn is_upgrade(&self) -> bool {
        let says = |name, value: &str| self.all(name).any(|text| text.eq_ignore_ascii_case(value));
        says("Connection", "upgrade") && says("Upgrade", "websocket")
    }

    #[cfg(test)]
    pub(crate) fn for_test(
        method: &'a str,
        target: &'a str,
        headers: &[(&'a str, &'a str)],
    ) -> Self {
        let peer = (std::net::Ipv4Addr::LOCALHOST, 7).into();
        Self { method, target, headers: headers.to_vec(), peer, body: &[] }
    }
}

/// Returns whether these values of `Accept-Encoding` allow gzip (RFC 9110 12.5.3).
fn is_taken<'a>(accepted: impl Iterator<Item = &'a str>) -> bool {
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        name.trim().eq_ignore_ascii_case("gzip") && !weight.trim_matches(['0', '.']).is_empty()
    })
}

/// Returns whether this `Host` always means the machine on which the browser runs, such as
/// `localhost`. It may have a port.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|sign| sign.is_ascii_digit()) => name,
        _ => host,
    };
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.map_or_else(|_| name == "localhost" || name.ends_with(".localhost"), |ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, is_taken};

    #[test]
    fn gzip_is_taken_by_who_says_so() {
        for (accepted, is) in [
            ("gzip", true),
            ("br, GZip;q=0.5", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("identity", false),
            ("", false),
        ] {
            assert_eq!(is_taken([accepted].into_iter()), is, "{accepted}");
        }
    }

    #[test]
    fn a_machine_reaches_itself_by_names_that_no_other_machine_can_use() {
        for host in [
            "localhost",
            "localhost:8080",
            "chat.localhost:1",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "192.168.1.5:8080",
            "box.local:8080",
            "[fd00::2]:8080",
            "localhost.example.org",
            "mylocalhost",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
