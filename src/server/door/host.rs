//! Decides which requests this server answers: by the host name in a request, and by the site of
//! the page that made the browser send the request.
//!
//! A stranger can point their *own* host name at the IP address of this server, and then talk to
//! this server from a page in a visitor's browser: DNS rebinding. The stranger's name is then in
//! `Host`. So a `Host` that a stranger could own is refused.
//!
//! A page of another site can make its visitors' browsers send requests to this server: cross-site
//! WebSocket hijacking (CSWSH). A browser that opens a WebSocket or posts a form names the site of
//! its page in `Origin`. So a request *without* `Origin` is no such attack and is admitted. An
//! `Origin` that equals `Host` means a page of this server; any other origin must be one that the
//! operator has listed. `null` (the origin of a sandboxed page or a local file) never means a page
//! of this server.
//!
//! Owns: the form of `host[:port]` and the list of our names; how two origins are compared: by
//! scheme, host in lower case, and port.
//! Must not know: sockets, requests.
//!
//! Part: `server/door/mod.rs`.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A host and maybe a port, from a `Host` header, a target or an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    /// The host in lower case, without a final dot. An IPv6 address keeps its brackets.
    pub(super) host: String,
    /// The port; `None`: the text names no port, which means the default port of the scheme.
    pub(super) port: Option<u16>,
}

impl Authority {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let port_at = match text.strip_prefix('[') {
            Some(rest) => rest.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(port_at);
        let port = match rest.strip_prefix(':') {
            // "host:" is allowed (RFC 3986 3.2.3) and names no port.
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            None if rest.is_empty() => None,
            _ => return None,
        };
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        is_host(&host).then_some(Self { host, port })
    }

    /// Returns `host:port`, or only the host, as a URL has it. This text has only letters, digits
    /// and `-._:[]`, so it can go into a page or a header as it is.
    pub(super) fn text(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    fn is_address(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<Ipv4Addr>().is_ok()
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !host.is_empty() && !host.contains("..") && !host.starts_with('.') && host.bytes().all(allowed)
}

#[derive(Debug)]
pub(super) struct HostRule {
    names: Vec<String>,
}

impl HostRule {
    /// Makes the rule from the name of this machine and the operator's names `more`.
    pub(super) fn new(more: &[String]) -> Self {
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let names = more.iter().map(String::as_str).chain([machine.as_str()]);
        Self { names: names.filter_map(Authority::parse).map(|name| name.host).collect() }
    }

    /// Returns whether a stranger cannot own this name: it is an IP address, a name without a dot
    /// (which cannot be registered), an mDNS name, the name of this machine, or one that the
    /// operator has listed.
    pub(super) fn admits(&self, authority: &Authority) -> bool {
        let host = &authority.host;
        authority.is_address()
            || !host.contains('.')
            || host.ends_with(".local")
            || self.names.contains(host)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// An origin of the scheme `http`, or `https` if `secure`. If the text names no port, `port` is
    /// the default port of the scheme.
    Web { secure: bool, host: String, port: u16 },
    /// Any other origin, such as `null` or that of an app. It equals only an origin with the same
    /// text.
    Other(String),
}

impl Origin {
    fn parse(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        for (scheme, secure) in [("http://", false), ("https://", true)] {
            let authority = text.strip_prefix(scheme).and_then(Authority::parse);
            if let Some(Authority { host, port }) = authority {
                return Self::Web { secure, host, port: port.unwrap_or(own_port(secure)) };
            }
        }
        Self::Other(text)
    }

    /// Returns whether a page with this origin was loaded from the host `at`. A proxy in front of
    /// this server may speak TLS, so `http` and `https` are both right; each of the two has its own
    /// default port.
    fn is_at(&self, at: &Authority) -> bool {
        let Self::Web { secure, host, port } = self else { return false };
        *host == at.host && *port == at.port.unwrap_or(own_port(*secure))
    }
}

fn own_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

#[derive(Debug)]
pub(super) struct OriginRule {
    listed: Vec<Origin>,
}

impl OriginRule {
    /// Makes the rule from the operator's list. The origin of this server itself is always
    /// admitted.
    pub(super) fn new(listed: &[String]) -> Self {
        Self { listed: listed.iter().map(|text| Origin::parse(text)).collect() }
    }

    /// Returns whether a page of `origin` may send a request to `host`. A request without an origin
    /// is admitted, because a browser that opens a WebSocket or posts a form always sends an
    /// origin. If the request has an origin and names no host, the origin must be a listed one.
    pub(super) fn admits(&self, origin: Option<&str>, host: Option<&Authority>) -> bool {
        let Some(origin) = origin.map(Origin::parse) else { return true };
        host.is_some_and(|host| origin.is_at(host)) || self.listed.contains(&origin)
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, HostRule, OriginRule};

    #[test]
    fn a14_only_names_that_a_stranger_cannot_own_are_ours() {
        let rule = HostRule::new(&["Chat.Example.org:8080".to_owned()]);
        for (host, admitted) in [
            ("127.0.0.1", true),
            ("192.168.1.7:8080", true),
            ("[::1]", true),
            ("[fe80::1]:8080", true),
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("localhost.", true),
            ("raspberrypi", true),
            ("pi.local", true),
            ("PI.Local.:8080", true),
            ("chat.example.org", true),
            ("CHAT.example.ORG:1", true),
            ("evil.example", false),
            ("evil.example.", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("chat.example.org.evil.example", false),
            ("xchat.example.org", false),
            ("evil.localx", false),
            ("1.2.3", false),
        ] {
            let authority = Authority::parse(host).unwrap();
            assert_eq!(rule.admits(&authority), admitted, "{host}");
        }
    }

    #[test]
    fn this_machine_answers_to_its_own_name() {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        assert!(HostRule::new(&[]).admits(&Authority::parse(&name).unwrap()), "{name}");
    }

    #[test]
    fn a7_what_is_no_host_is_no_host() {
        for text in [
            "",
            ":80",
            "a b",
            "a/b",
            "a@b",
            "[::1",
            "::1",
            "[::1]x",
            "[::g]",
            "[fe80::1%eth0]",
            "a:99999",
            "a:8o",
            "a:-1",
            "a..b",
            ".a",
            "a\"b",
            "a<b",
            "ä",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
        assert_eq!(Authority::parse("A:").unwrap().text(), "a");
        assert_eq!(Authority::parse("[::1]:80").unwrap().text(), "[::1]:80");
    }

    fn admits(rule: &OriginRule, origin: &str, host: &str) -> bool {
        rule.admits(Some(origin), Authority::parse(host).as_ref())
    }

    #[test]
    fn street_b2_only_our_own_page_may_talk_to_us() {
        let rule = OriginRule::new(&[]);
        for (origin, host, admitted) in [
            ("http://chat.example", "chat.example", true),
            ("http://chat.example", "chat.example:80", true),
            ("http://chat.example:80", "chat.example", true),
            ("https://chat.example", "chat.example", true),
            ("https://chat.example", "chat.example:443", true),
            ("http://chat.example:8080", "chat.example:8080", true),
            ("HTTP://Chat.Example:8080", "chat.example:8080", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("http://chat.example", "chat.example:8080", false),
            ("http://chat.example:8080", "chat.example", false),
            ("http://chat.example:8081", "chat.example:8080", false),
            ("https://chat.example", "chat.example:80", false),
            ("http://chat.example.evil.example", "chat.example", false),
            ("http://evilchat.example", "chat.example", false),
            ("http://chat.example@evil.example", "chat.example", false),
            ("http://chat.example:80@evil.example", "chat.example", false),
            ("http://chat.example/", "chat.example", false),
            ("chat.example", "chat.example", false),
            ("ftp://chat.example", "chat.example", false),
            ("null", "chat.example", false),
            ("null", "null", false),
            ("", "chat.example", false),
        ] {
            assert_eq!(admits(&rule, origin, host), admitted, "{origin} at {host}");
        }
    }

    #[test]
    fn street_b2_no_origin_is_no_browser_and_is_admitted() {
        assert!(OriginRule::new(&[]).admits(None, Authority::parse("a").as_ref()));
        assert!(OriginRule::new(&[]).admits(None, None));
    }

    #[test]
    fn street_b2_a_listed_origin_is_admitted_and_nothing_like_it() {
        let listed = ["https://Club.example:443", "null", "capacitor://localhost"];
        let rule = OriginRule::new(&listed.map(str::to_owned));
        for origin in ["https://club.example", "null", "Capacitor://localhost"] {
            assert!(admits(&rule, origin, "chat.example"), "{origin}");
            assert!(rule.admits(Some(origin), None), "{origin}");
        }
        for origin in ["http://club.example", "https://club.example:444", "https://club.exampl"] {
            assert!(!admits(&rule, origin, "chat.example"), "{origin}");
        }
    }
}
