//! One canonical request, as a site sees it: the door has checked it and written it anew.
//!
//! Owns: how headers and parameters are looked up, and what counts as a handshake.
//! Must not know: tiny_http, which URLs there are.
//!
//! Part: `server/http/mod.rs`.

use std::net::SocketAddr;

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
    /// Returns the values of all headers with this name. Upper and lower case in the name are the
    /// same.
    pub fn all(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.headers.iter();
        headers.filter(move |header| header.0.eq_ignore_ascii_case(name)).map(|header| header.1)
    }

    /// Returns the target without its query.
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

    /// Returns the host name that the browser used for this server, or the IP address that it
    /// connected to; with the port, if there is one.
    pub fn host(&self) -> &'a str {
        self.all("Host").next().unwrap_or_default()
    }

    /// Returns whether the method is GET or HEAD. Such a request must not change anything on the
    /// server (RFC 9110 9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }

    /// Returns whether this is a WebSocket handshake. The door writes `Connection: upgrade` and
    /// `Upgrade: websocket` only into requests that ask for a WebSocket.
    pub fn is_upgrade(&self) -> bool {
        let says = |name, value: &str| self.all(name).any(|it| it.eq_ignore_ascii_case(value));
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
