//! Which pages may talk to us: the rule that stops one site speaking for the
//! visitors of another (B2 of the faults, cross-site WebSocket hijacking).
//!
//! A browser says where a page came from; nothing else does. So *no* `Origin`
//! is no browser and is admitted, one that equals `Host` is our own page, and
//! any other must be on the list. `null` (a sandbox, a file) equals nothing.
//!
//! Owns: how an origin is compared: scheme, host in lower case, port.
//! Must not know: sockets, requests.
//!
//! Next: `door/target.rs`.

use crate::door::host::Authority;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// `http` or `https`, with its port written out.
    Web { secure: bool, host: String, port: u16 },
    /// `null`, an extension, an app: only ever equal to itself.
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

    /// Whether a page with this origin was loaded from `host`. A proxy may have
    /// put TLS before us, so both schemes will do; each has its own port.
    fn is_at(&self, at: &Authority) -> bool {
        match self {
            Self::Web { secure, host, port } => {
                *host == at.host && *port == at.port.unwrap_or(own_port(*secure))
            }
            Self::Other(_) => false,
        }
    }
}

fn own_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// The origins that may talk to us beside our own.
#[derive(Debug)]
pub(super) struct OriginRule {
    listed: Vec<Origin>,
}

impl OriginRule {
    /// Our own origin is always in; `listed` are more.
    pub(super) fn new(listed: &[String]) -> Self {
        Self { listed: listed.iter().map(|text| Origin::parse(text)).collect() }
    }

    /// Whether a page of `origin` may talk to `host`.
    pub(super) fn admits(&self, origin: Option<&str>, host: Option<&Authority>) -> bool {
        let Some(origin) = origin.map(Origin::parse) else { return true };
        host.is_some_and(|host| origin.is_at(host)) || self.listed.contains(&origin)
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, OriginRule};

    fn admits(rule: &OriginRule, origin: &str, host: &str) -> bool {
        rule.admits(Some(origin), Authority::parse(host).as_ref())
    }

    #[test]
    fn b2_only_our_own_page_may_talk_to_us() {
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
    fn b2_no_origin_is_no_browser_and_is_admitted() {
        assert!(OriginRule::new(&[]).admits(None, Authority::parse("a").as_ref()));
        assert!(OriginRule::new(&[]).admits(None, None));
    }

    #[test]
    fn b2_a_listed_origin_is_admitted_and_nothing_like_it() {
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
