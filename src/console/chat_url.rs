//! Parses the URL of a chat: `ws://host[:port]/path[?query]`, or the URL of a page, which the
//! server prints and people share. The same with `wss://` and `https://` speaks TLS. Behind
//! `#sha256=` there may be the fingerprint of the server's certificate.
//!
//! Owns: how such a URL is written. Only the look-up of the host name does I/O.
//! Must not know: sockets, WebSocket.
//!
//! Part: `console/mod.rs`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use data_encoding::HEXLOWER_PERMISSIVE;
use percent_encoding::percent_decode_str;

use super::trouble::ConsoleError;
use crate::base::tls::TrustedServer;
use crate::chat::escape;

/// The port of a `ws://` URL that has no port in it (RFC 6455 3).
const PORT_DEFAULT: u16 = 80;
/// The port of a `wss://` URL that has no port in it.
const SECURE_PORT_DEFAULT: u16 = 443;
/// What stands in front of the fingerprint of a certificate, in the part of the URL behind `#`.
const FINGERPRINT: &str = "sha256=";

/// The URL path of the WebSocket on a threadbare server.
const CHAT: &str = "/ws";

/// The ends of paths, besides `/r/ROOM`, for which an `http://` URL counts as the URL of a page. A
/// server may have a base path before them.
const PAGES: [&str; 5] = ["/rooms", "/settings", "/r", "/r/", "/"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChatUrl {
    /// A host name or an IP address. An IPv6 address has no brackets here.
    host: String,
    port: u16,
    /// The URL's path and query, as the client sends them in the handshake's request line. Begins
    /// with `/`.
    path_and_query: String,
    /// True if the scheme of the typed URL is `http` or `https`.
    is_of_browser: bool,
    /// `None`: the connection is plain.
    trusted: Option<TrustedServer>,
}

impl ChatUrl {
    /// Parses a `ws://` or `http://` URL, or a `wss://` or `https://` one. Without a scheme, it is
    /// an `http://` URL.
    ///
    /// # Errors
    /// The text is no URL of these kinds. If the program was built without TLS, `wss://` and
    /// `https://` have an error of their own.
    pub(super) fn parse(given: &str) -> Result<Self, ConsoleError> {
        let bad =
            |why: &str| ConsoleError::BadUrl { given: escape::strip(given), why: why.to_owned() };
        // People give each other addresses as `box.local:8080`.
        let (scheme, rest) = given.split_once("://").unwrap_or(("http", given));
        let scheme = scheme.to_ascii_lowercase();
        let is_secure = match scheme.as_str() {
            "ws" | "http" => false,
            "wss" | "https" if cfg!(feature = "tls") => true,
            "wss" | "https" => {
                return Err(ConsoleError::Encrypted { given: escape::strip(given) });
            }
            _ => {
                return Err(bad("only http:// and ws:// are spoken here, and https:// and wss://"));
            }
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(at);
        if authority.contains('@') {
            return Err(bad("a name and a password cannot be in it"));
        }
        let port_default = if is_secure { SECURE_PORT_DEFAULT } else { PORT_DEFAULT };
        let (host, port) = split_port(authority, port_default).map_err(bad)?;
        if host.is_empty() {
            return Err(bad("it has no host"));
        }
        // The part after `#` is never sent to a server.
        let (path_and_query, fragment) =
            path_and_query.split_once('#').unwrap_or((path_and_query, ""));
        let trusted = match (fragment.strip_prefix(FINGERPRINT), is_secure) {
            (None, false) => None,
            (None, true) => Some(TrustedServer::OfAuthority),
            (Some(_), false) => return Err(bad("a fingerprint needs https:// or wss://")),
            (Some(digits), true) => match fingerprint(digits) {
                Some(bytes) => Some(TrustedServer::WithFingerprint(bytes)),
                None => return Err(bad("a fingerprint is 32 pairs of digits, as AB:CD:12...")),
            },
        };
        if !path_and_query.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad("spaces and letters beyond ASCII must be written as %20 and the like"));
        }
        let slash = if path_and_query.starts_with('/') { "" } else { "/" };
        let path_and_query = format!("{slash}{path_and_query}");
        let is_of_browser = scheme.starts_with("http");
        Ok(Self { host: host.to_owned(), port, path_and_query, is_of_browser, trusted })
    }

    /// Returns the URL of the WebSocket to which this URL leads, and the room that it names. The
    /// URL of a page leads to the same server's WebSocket. Any other URL stays as it is. These URLs
    /// count as URLs of pages: an `http://` URL whose path ends with one of [`PAGES`], and any URL
    /// with `/r/ROOM` in its path. What stands before that is the server's base path. `None`: the
    /// path has no `/r/ROOM`.
    pub(super) fn into_chat(self) -> (Self, Option<String>) {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        let of_room = path
            .split_once("/r/")
            .map(|(base, behind)| (base, behind.split('/').next().unwrap_or_default()));
        let of_room = of_room.filter(|(_, room)| !room.is_empty());
        let room = of_room.map(|(_, room)| percent_decode_str(room).decode_utf8_lossy().into());
        let of_page = || PAGES.iter().find_map(|page| path.strip_suffix(page));
        let base = of_room.map(|(base, _)| base);
        match base.or_else(|| self.is_of_browser.then(of_page).flatten()) {
            Some(base) => (Self { path_and_query: format!("{base}{CHAT}"), ..self }, room),
            None => (self, None),
        }
    }

    /// Returns the server's password from the URL's query (`?password=`). `None`: the query has no
    /// password, or an empty one.
    pub(super) fn password(&self) -> Option<String> {
        self.parameter("password")
    }

    /// Returns this URL with the server's password in its query, where the classic format has it. A
    /// URL that has a password keeps its own.
    pub(super) fn with_password(&self, password: Option<&str>) -> Self {
        let Some(password) = password.filter(|_| self.password().is_none()) else {
            return self.clone();
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("password", password);
        let join = if self.path_and_query.contains('?') { '&' } else { '?' };
        let path_and_query = format!("{}{join}{}", self.path_and_query, query.finish());
        Self { path_and_query, ..self.clone() }
    }

    /// Returns the invite in this URL. `None`: it is not the URL of an invite to a room.
    pub(super) fn invite(&self) -> Option<String> {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        let is_invite = path.contains("/r/") && path.ends_with("/invite");
        self.parameter("code").filter(|_| is_invite)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let value = pairs.find(|(key, _)| key == name).map(|(_, text)| text.into_owned());
        value.filter(|value| !value.is_empty())
    }

    /// Returns which server a client believes at this URL; `None`: it does not ask, because the
    /// connection is plain.
    pub(super) fn trusted(&self) -> Option<&TrustedServer> {
        self.trusted.as_ref()
    }

    /// Returns the host name or the IP address.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Returns all socket addresses of the host, in the order in which the caller must try them.
    ///
    /// Blocks as long as the system's resolver does.
    ///
    /// # Errors
    /// The resolver failed, or found no IP address for the host.
    pub(super) fn look_up(&self) -> Result<Vec<SocketAddr>, ConsoleError> {
        // RFC 6761, 6.3. A small box may have no file with this name in it, and the resolver would
        // wait seconds for a server of names.
        if self.host == "localhost" {
            let here = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
            return Ok(here.map(|ip| SocketAddr::new(ip, self.port)).to_vec());
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        match found.map(Iterator::collect::<Vec<_>>) {
            Ok(addrs) if !addrs.is_empty() => Ok(addrs),
            other => {
                let source = other.err().unwrap_or_else(|| std::io::ErrorKind::NotFound.into());
                Err(ConsoleError::UnknownHost { host: self.host.clone(), source })
            }
        }
    }

    /// Returns the URL below which the server's pages are, without a `/` at its end: they are
    /// beside the WebSocket.
    pub(super) fn home(&self) -> String {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        let base = path.rsplit_once('/').map_or("", |(base, _)| base);
        let scheme = if self.trusted.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{base}", self.host_and_port())
    }

    /// Returns `host:port`. An IPv6 address stands in brackets.
    pub(super) fn host_and_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for ChatUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.trusted.is_some() { "wss" } else { "ws" };
        write!(formatter, "{scheme}://{}{}", self.host_and_port(), self.path_and_query)
    }
}

/// Reads 32 pairs of hexadecimal digits, with or without colons.
fn fingerprint(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.replace(':', "");
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?.try_into().ok()
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port` into host and port.
/// If it has no port, the port is `default`.
fn split_port(authority: &str, default: u16) -> Result<(&str, u16), &'static str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or("its [ has no ]")?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err("between [ and ] stands no IPv6 address");
        }
        if port.is_empty() {
            (host, None)
        } else {
            (host, Some(port.strip_prefix(':').ok_or("after ] comes a colon and the port")?))
        }
    } else {
        match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address stands between [ and ]");
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    let name_is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if !host.bytes().all(name_is_plain) {
        return Err("its host has letters that a host cannot have");
    }
    let port = match port {
        None => default,
        Some(digits) => match digits.parse() {
            Ok(port) if port > 0 && !digits.starts_with('+') => port,
            _ => return Err("its port is not a number from 1 to 65535"),
        },
    };
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::ChatUrl;
    use crate::base::tls::TrustedServer;
    use crate::console::trouble::ConsoleError;

    #[test]
    fn a_url_is_taken_apart() {
        for (given, host_and_port, url) in [
            ("ws://127.0.0.1:8888/chat", "127.0.0.1:8888", "ws://127.0.0.1:8888/chat"),
            ("ws://chat.example/ws", "chat.example:80", "ws://chat.example:80/ws"),
            ("WS://localhost:1/", "localhost:1", "ws://localhost:1/"),
            ("http://localhost:8080/ws", "localhost:8080", "ws://localhost:8080/ws"),
            ("ws://localhost:8080", "localhost:8080", "ws://localhost:8080/"),
            ("ws://localhost?id=1&token=x", "localhost:80", "ws://localhost:80/?id=1&token=x"),
            ("ws://h/ws?a=b#there", "h:80", "ws://h:80/ws?a=b"),
            ("ws://[::1]:8888/chat", "[::1]:8888", "ws://[::1]:8888/chat"),
            ("ws://[::1]/chat", "[::1]:80", "ws://[::1]:80/chat"),
        ] {
            let parsed = ChatUrl::parse(given).unwrap();
            assert_eq!(parsed.host_and_port(), host_and_port, "{given}");
            assert_eq!(parsed.to_string(), url, "{given}");
        }
    }

    #[test]
    fn the_url_of_a_rooms_page_leads_into_the_room() {
        let room = |given| {
            let (url, room) = ChatUrl::parse(given).unwrap().into_chat();
            (url.to_string(), room)
        };
        let kitchen = ("ws://box:80/ws".to_owned(), Some("kitchen".to_owned()));
        assert_eq!(room("http://box/r/kitchen"), kitchen);
        assert_eq!(room("http://box/r/kitchen?at=42#m42"), kitchen);
        assert_eq!(room("http://box/r/caf%C3%A9").1.as_deref(), Some("café"));
        assert_eq!(room("ws://box/ws?a=b"), ("ws://box:80/ws?a=b".to_owned(), None));
        assert_eq!(room("ws://box/r/"), ("ws://box:80/r/".to_owned(), None));
        assert_eq!(room("http://box/r/kitchen/stream").1.as_deref(), Some("kitchen"));
    }

    #[test]
    fn row_111_a_server_may_have_a_base_path() {
        let chat = |given| {
            let (url, room) = ChatUrl::parse(given).unwrap().into_chat();
            (url.to_string(), room)
        };
        let url = "ws://box:80/chat/ws".to_owned();
        assert_eq!(chat("http://box/chat/r/den?at=1"), (url.clone(), Some("den".to_owned())));
        for given in ["http://box/chat/", "http://box/chat/rooms", "http://box/chat/r/"] {
            assert_eq!(chat(given), (url.clone(), None), "{given}");
        }
        assert_eq!(chat("ws://box/chat/chat"), ("ws://box:80/chat/chat".to_owned(), None));
        for (url, home) in [
            ("ws://box/chat", "http://box:80"),
            ("ws://box/chat/chat?a=/b", "http://box:80/chat"),
            ("http://[::1]:8/a/b/r/den", "http://[::1]:8/a/b"),
        ] {
            assert_eq!(ChatUrl::parse(url).unwrap().into_chat().0.home(), home, "{url}");
        }
    }

    #[test]
    fn the_url_that_the_server_prints_leads_into_the_chat() {
        let url = |given| ChatUrl::parse(given).unwrap().into_chat().0.to_string();
        for given in ["http://box:8080/", "http://box:8080", "http://box:8080/?lang=zh#x"] {
            assert_eq!(url(given), "ws://box:8080/ws", "{given}");
        }
        for given in ["http://box/r/", "http://box/rooms"] {
            assert_eq!(url(given), "ws://box:80/ws", "{given}");
        }
        // A URL that is not that of a threadbare server's page stays as it is.
        assert_eq!(url("ws://box:8080/"), "ws://box:8080/");
        assert_eq!(url("http://box:8080/chat?a=b"), "ws://box:8080/chat?a=b");
    }

    #[test]
    fn the_url_of_a_page_may_have_the_server_s_password() {
        let password = |given| ChatUrl::parse(given).unwrap().password();
        let open = Some("open sesame".to_owned());
        assert_eq!(password("http://box/?password=open+sesame"), open);
        assert_eq!(password("http://box/r/den?at=1&password=open%20sesame#m1"), open);
        for given in ["http://box/", "http://box/?password=", "http://box/?at=1"] {
            assert_eq!(password(given), None, "{given}");
        }
        let invite = |given| ChatUrl::parse(given).unwrap().invite();
        assert_eq!(invite("http://box/r/den/invite?code=9f0c").as_deref(), Some("9f0c"));
        for given in ["http://box/r/den?code=9f0c", "http://box/r/den/invite", "http://box/"] {
            assert_eq!(invite(given), None, "{given}");
        }
        let (url, _) = ChatUrl::parse("http://box/?password=owl").unwrap().into_chat();
        assert_eq!((url.to_string().as_str(), url.password()), ("ws://box:80/ws", None));
    }

    #[test]
    fn a_bad_url_is_answered_with_how_one_looks() {
        for (given, why) in [
            ("", "no host"),
            ("ftp://h/", "only http:// and ws://"),
            ("ws://", "no host"),
            ("ws:///chat", "no host"),
            ("ws://:8888/chat", "no host"),
            ("ws://h:0/", "its port"),
            ("ws://h:65536/", "its port"),
            ("ws://h:/", "its port"),
            ("ws://h:+1/", "its port"),
            ("ws://me:secret@h/", "password"),
            ("ws://::1/chat", "between [ and ]"),
            ("ws://[::1/chat", "no ]"),
            ("ws://[::1]8888/chat", "a colon"),
            ("ws://[h]/chat", "no IPv6"),
            ("ws://a b/chat", "letters"),
            ("ws://h/a b", "%20"),
            ("ws://h/聊天", "%20"),
            ("ws://h/\r\nX: y", "%20"),
        ] {
            let said = ChatUrl::parse(given).unwrap_err().to_string();
            assert!(said.contains(why), "{given}: {said}");
            assert!(said.contains("looks like http://127.0.0.1:8080/"), "{given}: {said}");
        }
    }

    #[test]
    fn row_110_a_url_may_ask_for_tls_and_name_the_certificate() {
        if !cfg!(feature = "tls") {
            for given in ["wss://chat.example/ws", "https://chat.example/ws"] {
                let error = ChatUrl::parse(given).unwrap_err();
                assert!(matches!(error, ConsoleError::Encrypted { .. }), "{given}: {error}");
            }
            return;
        }
        let pairs = "0A:".repeat(31) + "ff";
        for (given, url, trusted) in [
            ("wss://h/ws", "wss://h:443/ws", TrustedServer::OfAuthority),
            ("https://h:8080/r/den", "wss://h:8080/ws", TrustedServer::OfAuthority),
            (&format!("https://h/#sha256={pairs}"), "wss://h:443/ws", {
                let mut bytes = [10; 32];
                bytes[31] = 255;
                TrustedServer::WithFingerprint(bytes)
            }),
        ] {
            let (chat, _) = ChatUrl::parse(given).unwrap().into_chat();
            assert_eq!((chat.to_string().as_str(), chat.trusted()), (url, Some(&trusted)));
            assert!(chat.home().starts_with("https://h:"), "{}", chat.home());
        }
        for given in ["http://h/#sha256=0a", "https://h/#sha256=0a", "wss://h/ws#sha256="] {
            let said = ChatUrl::parse(given).unwrap_err().to_string();
            assert!(said.contains("fingerprint"), "{given}: {said}");
        }
    }
}
