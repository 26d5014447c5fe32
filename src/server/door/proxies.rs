//! Connection path, step 2b, where a proxy passes requests on: whose request is it?
//!
//! A proxy in front of the server (nginx, Caddy) connects for everybody, so all requests come from
//! the proxy's address. The proxy writes into each request whom it speaks for. Anybody can write
//! such headers, so the door believes them only if the connection comes from a proxy that the
//! operator has named (`--trust-proxy`). Then the request counts as that person's: for the limits
//! of an address, and in the log.
//!
//! | header | what it says |
//! | --- | --- |
//! | `X-Forwarded-For: 203.0.113.9, 10.0.0.2` | the person, then each proxy but the last |
//! | `X-Forwarded-Proto: https` | the browser speaks TLS with the proxy |
//! | `X-Forwarded-Host: chat.example.org` | the name that the browser used |
//! | `Forwarded: for=203.0.113.9;proto=https;host=...` | the same (RFC 7239) |
//!
//! A person can send `X-Forwarded-For`, too, and the proxy adds to it at the end. So the door reads
//! the list from its end, and stops at the first address that is no trusted proxy. `Forwarded`
//! counts only where there is no `X-Forwarded-For`: most proxies write the second one, and pass the
//! first one on as it came.
//!
//! Owns: which headers of proxies count, and for how much.
//! Must not know: sockets, limits of an address.
//!
//! Part: `server/door/mod.rs`.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::host::Authority;
use super::request::Headers;
use crate::server::http::refusal::Refusal;

/// What the headers of a request say about the proxies on its way. It is true only if a trusted
/// proxy has sent the request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarding {
    /// The addresses on the way, the nearest one first. `None`: it is hidden or cannot be read.
    addresses: Vec<Option<IpAddr>>,
    /// Whether the browser speaks TLS. `None`: no proxy says it.
    is_secure: Option<bool>,
    /// The name by which the browser called this server. `Err`: it is no name.
    host: Option<Result<Authority, ()>>,
}

impl Forwarding {
    /// Reads these headers. The nearest proxy counts where a header has several values.
    pub(super) fn of(headers: &Headers<'_>) -> Self {
        let nearest = |name| list(headers, name).pop();
        let others = list(headers, "Forwarded");
        let last = others.last().map(String::as_str).unwrap_or_default();
        let mut addresses: Vec<_> =
            list(headers, "X-Forwarded-For").iter().map(|text| address(text)).collect();
        if addresses.is_empty() {
            let of = |text: &String| parameter(text, "for").and_then(|text| address(&text));
            addresses = others.iter().map(of).collect();
        }
        addresses.reverse();
        let scheme = nearest("X-Forwarded-Proto").or_else(|| parameter(last, "proto"));
        let host = nearest("X-Forwarded-Host").or_else(|| parameter(last, "host"));
        Self {
            addresses,
            is_secure: scheme.map(|scheme| scheme.eq_ignore_ascii_case("https")),
            host: host.map(|host| Authority::parse(&host).ok_or(())),
        }
    }
}

/// Returns the values of a header whose values are a list with commas, in their order.
fn list(headers: &Headers<'_>, name: &str) -> Vec<String> {
    let texts = headers.values(name).filter_map(|value| str::from_utf8(value).ok());
    let values = texts.flat_map(|text| text.split(',')).map(str::trim);
    values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Returns the value of a parameter of one element of `Forwarded` (RFC 7239 4), without quotes.
fn parameter(element: &str, name: &str) -> Option<String> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}

/// Reads an address, which may have a port and brackets, as `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let ip = bare.unwrap_or(text).parse().ok();
    let ip = ip.or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

/// Which proxies the door believes.
#[derive(Debug)]
pub(super) struct ProxyRule {
    trusted: Vec<IpNet>,
}

impl ProxyRule {
    pub(super) fn new(trusted: &[IpNet]) -> Self {
        Self { trusted: trusted.to_vec() }
    }

    /// Returns whether the door believes what this address says about a request.
    pub(super) fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&ip))
    }

    /// Returns the address and port from which a request comes that came over a connection from
    /// `from`, and whether the browser speaks TLS with the proxy; `None`: no trusted proxy says
    /// whether it does. If a trusted proxy says so, `hosts` becomes the name that the browser used.
    ///
    /// # Errors
    /// The trusted proxy says a name that is none.
    pub(super) fn see_through(
        &self,
        from: SocketAddr,
        said: Forwarding,
        hosts: &mut Vec<Authority>,
    ) -> Result<(SocketAddr, Option<bool>), Refusal> {
        if !self.trusts(from.ip()) {
            return Ok((from, None));
        }
        if let Some(host) = said.host {
            *hosts = vec![host.map_err(|()| Refusal::BadHost)?];
        }
        let mut person = from.ip();
        for address in said.addresses {
            let Some(address) = address else { break };
            person = address;
            if !self.trusts(person) {
                break;
            }
        }
        Ok((SocketAddr::new(person, from.port()), said.is_secure))
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::{Authority, Forwarding, ProxyRule, Refusal};
    use crate::server::door::request::ParsedRequest;

    type Seen = (String, Option<bool>, Vec<String>);

    fn seen(from: &str, headers: &[&str]) -> Result<Seen, Refusal> {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        let mut request = ParsedRequest::parse(head.as_bytes()).unwrap();
        let said = std::mem::take(&mut request.forwarding);
        let from = SocketAddr::new(from.parse().unwrap(), 7);
        let hosts = &mut request.hosts;
        let (peer, is_secure) = ProxyRule::new(&trusted).see_through(from, said, hosts)?;
        Ok((peer.ip().to_string(), is_secure, hosts.iter().map(Authority::text).collect()))
    }

    fn person(from: &str, headers: &[&str]) -> String {
        seen(from, headers).unwrap().0
    }

    #[test]
    fn row_110_a_stranger_who_writes_what_proxies_write_stays_who_it_is() {
        let all = ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: b"];
        let stranger = ("203.0.113.9".to_owned(), None, vec!["a".to_owned()]);
        assert_eq!(seen("203.0.113.9", &all), Ok(stranger));
    }

    #[test]
    fn row_110_a_trusted_proxy_says_for_whom_it_speaks_by_which_scheme_and_name() {
        let all = [
            "X-Forwarded-For: 203.0.113.9",
            "X-Forwarded-Proto: HTTPS",
            "X-Forwarded-Host: Chat.Example.org:8443",
        ];
        let person =
            ("203.0.113.9".to_owned(), Some(true), vec!["chat.example.org:8443".to_owned()]);
        assert_eq!(seen("127.0.0.1", &all), Ok(person.clone()));
        let standard = "Forwarded: for=192.0.2.7, \
                        for=\"203.0.113.9:99\";Proto=https;host=\"chat.example.org:8443\"";
        assert_eq!(seen("127.0.0.1", &[standard]), Ok(person));
    }

    #[test]
    fn row_110_the_nearest_address_that_is_no_proxy_counts_whatever_a_person_writes_before_it() {
        for (headers, is) in [
            (&["X-Forwarded-For: 1.2.3.4, 203.0.113.9"][..], "203.0.113.9"),
            (&["X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 203.0.113.9"], "203.0.113.9"),
            (&["X-Forwarded-For: 1.2.3.4, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
            (&["X-Forwarded-For: 10.9.9.9, 10.1.2.3"], "10.9.9.9"),
            (&["X-Forwarded-For: [2001:db8::1]:4711"], "2001:db8::1"),
            (&["X-Forwarded-For: 203.0.113.9:4711"], "203.0.113.9"),
            (&["X-Forwarded-For: ::ffff:203.0.113.9"], "203.0.113.9"),
            (&["X-Forwarded-For: 203.0.113.9, unknown"], "127.0.0.1"),
            (&["X-Forwarded-For: "], "127.0.0.1"),
            (&[], "127.0.0.1"),
            // The proxy has written the first header, and a person the second.
            (&["X-Forwarded-For: 203.0.113.9", "Forwarded: for=1.2.3.4"], "203.0.113.9"),
            (&["Forwarded: for=_hidden"], "127.0.0.1"),
            (&["Forwarded: for=\"[2001:db8::1]\";by=10.0.0.1"], "2001:db8::1"),
        ] {
            assert_eq!(person("127.0.0.1", headers), is, "{headers:?}");
        }
        assert_eq!(person("fd00::1", &["X-Forwarded-For: 203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn row_110_a_name_that_is_none_is_refused() {
        assert_eq!(seen("127.0.0.1", &["X-Forwarded-Host: a b"]), Err(Refusal::BadHost));
    }

    #[test]
    fn without_headers_of_proxies_there_is_nothing_to_say() {
        let request = ParsedRequest::parse(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert_eq!(request.forwarding, Forwarding::default());
    }
}
