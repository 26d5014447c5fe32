//! Helpers that read a request: cookies, the fields of a form, and which page the browser comes
//! from.
//!
//! Owns: how these are found.
//! Must not know: what they are for.
//!
//! Part: `site/mod.rs`.

use crate::chat::entry::{Epoch, Seen, Seq};
use crate::html::address::with_query;
use crate::server::http::request::HttpRequest;

/// Returns the value of this cookie; `None` if the request has no such cookie.
pub(super) fn cookie<'a>(http: &HttpRequest<'a>, name: &str) -> Option<&'a str> {
    let pairs = http.all("Cookie").flat_map(|cookies| cookies.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Returns the first value of this field of the form; `None` if the form has no such field.
pub(super) fn field(http: &HttpRequest<'_>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(http.body);
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Reads how far a reader has seen a log: `EPOCH.SEQ`. `None`: the text is not of this form.
pub(super) fn seen(text: &str) -> Option<Seen> {
    let (epoch, seq) = text.split_once('.')?;
    Some(Seen { epoch: Epoch::parse(epoch)?, seq: Seq(seq.parse().ok()?) })
}

/// Returns the target without these parameters of its query; the other parameters stay as they are.
pub(super) fn target_without(http: &HttpRequest<'_>, names: &[&str]) -> String {
    let Some((path, query)) = http.target.split_once('?') else {
        return http.target.to_owned();
    };
    let is_it =
        |pair: &str| form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| names.contains(&&*key));
    let rest: Vec<_> = query.split('&').filter(|pair| !is_it(pair)).collect();
    with_query(path, &[Some(rest.join("&"))])
}

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

/// Returns whether the request perhaps comes from a link, a picture or a frame, and not from a
/// script of ours or a program. Such a request must not change anything.
pub(super) fn is_led_by_a_link(http: &HttpRequest<'_>) -> bool {
    let shows = |value: &str| ["text/html", "image/"].iter().any(|kind| value.contains(kind));
    comes_from_elsewhere(http) || http.all("Accept").any(shows)
}

/// Returns whether the browser accepts a body in gzip.
pub(super) fn accepts_gzip(http: &HttpRequest<'_>) -> bool {
    is_taken(http.all("Accept-Encoding"))
}

/// Returns whether these values of `Accept-Encoding` allow gzip (RFC 9110 12.5.3).
fn is_taken<'a>(accepted: impl Iterator<Item = &'a str>) -> bool {
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        name.trim().eq_ignore_ascii_case("gzip") && !weight.trim_matches(['0', '.']).is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::is_taken;

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
}
