//! Where a request comes from: one of our pages, another site, a link, a script.
//!
//! Owns: which headers of the browser say where a request comes from.
//! Must not know: what the site does with such a request.
//!
//! Part: `site/mod.rs`.

use std::net::IpAddr;

use crate::server::http::request::HttpRequest;

/// Returns this server's origin, `http://host:port`, if the browser says that the request comes
/// from one of our pages. `None`: the browser names no page, or one of another site. The server
/// cannot know its origin itself, because a proxy in front of it may add TLS.
pub(super) fn our_origin(http: &HttpRequest<'_>) -> Option<String> {
    let (scheme, rest) = http.all("Referer").next()?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_ours = matches!(scheme, "http" | "https") && authority == http.host();
    is_ours.then(|| format!("{scheme}://{authority}"))
}

/// Returns whether the request comes from a page of another site, as far as the browser says so. If
/// the browser says nothing, this returns false.
pub(super) fn comes_from_elsewhere(http: &HttpRequest<'_>) -> bool {
    match http.all("Sec-Fetch-Site").next() {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => http.all("Referer").next().is_some() && our_origin(http).is_none(),
    }
}

/// Returns whether the request perhaps comes from a page of another site, or from a link, a picture
/// or a frame. Such a request must not create a room. False for requests of our scripts and of most
/// programs.
pub(super) fn is_led_by_a_link(http: &HttpRequest<'_>) -> bool {
    let shows = |value: &str| ["text/html", "image/"].iter().any(|kind| value.contains(kind));
    comes_from_elsewhere(http) || http.all("Accept").any(shows)
}

/// Returns whether this `Host` always means the machine on which the browser runs, such as
/// `localhost`. It may have a port.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|sign| sign.is_ascii_digit()) => name,
        _ => host,
    };
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.map_or_else(|_| name == "localhost" || name.ends_with(".localhost"), |ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

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
