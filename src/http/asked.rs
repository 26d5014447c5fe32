//! One canonical request, as the routes see it.
//!
//! Owns: how headers are looked up, and what counts as a handshake.
//! Must not know: tiny_http, which addresses there are.
//!
//! Next: `http/route.rs`.

use std::net::SocketAddr;

use crate::http::{charset, packed, posted};
use crate::pages::address::with_query;

/// One canonical request.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// Begins with `/`; may have a query.
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) peer: SocketAddr,
    /// Whole, and bounded by the door; in UTF-8.
    pub(super) body: Vec<u8>,
    /// ... or in an encoding that cannot be read: then there is none.
    pub(super) is_unreadable: bool,
}

impl<'a> Asked<'a> {
    /// Every value of a header.
    pub(super) fn all(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.headers.iter();
        headers.filter(move |header| header.0.eq_ignore_ascii_case(name)).map(|header| header.1)
    }

    /// The same with what came as its body.
    pub(super) fn with_body(mut self, body: Vec<u8>) -> Self {
        let kind = self.all("Content-Type").next().unwrap_or_default().to_owned();
        self.body = body;
        let is_form = posted::is_form(&self);
        match charset::to_utf8(&kind, is_form, std::mem::take(&mut self.body)) {
            Ok(body) => Self { body, ..self },
            Err(charset::Unreadable) => Self { is_unreadable: true, ..self },
        }
    }

    /// The target without its query.
    pub(super) fn path(&self) -> &'a str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// The first value of a query's parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The target without these parameters of its query; no word of the others is changed.
    pub(super) fn without(&self, names: &[&str]) -> String {
        let Some((path, query)) = self.target.split_once('?') else {
            return self.target.to_owned();
        };
        let is_it = |pair: &str| {
            form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| names.contains(&&*key))
        };
        let rest: Vec<_> = query.split('&').filter(|pair| !is_it(pair)).collect();
        with_query(path, &[Some(rest.join("&"))])
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, name: &'a str) -> Option<&'a str> {
        let pairs = self.all("Cookie").flat_map(|cookies| cookies.split(';'));
        let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The first value of a form's field.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(&self.body);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Whether a body may be packed.
    pub(super) fn takes_gzip(&self) -> bool {
        packed::is_taken(self.all("Accept-Encoding"))
    }

    /// Where the browser thinks it is.
    pub(super) fn host(&self) -> &'a str {
        self.all("Host").next().unwrap_or_default()
    }

    /// How the browser writes where that is, `http://host:port`, if it says which of our
    /// pages it comes from. Only a browser knows it, for a proxy may have put TLS before us.
    pub(super) fn site(&self) -> Option<String> {
        let (scheme, rest) = self.all("Referer").next()?.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let is_ours = matches!(scheme, "http" | "https") && authority == self.host();
        is_ours.then(|| format!("{scheme}://{authority}"))
    }

    /// Whether a link on another site, or in another program's page, led here, as far as the
    /// browser says so. Where nothing is said it may be a link of ours, a bookmark, or what
    /// somebody typed.
    pub(super) fn comes_from_elsewhere(&self) -> bool {
        match self.all("Sec-Fetch-Site").next() {
            Some(site) => !matches!(site, "same-origin" | "none"),
            None => self.all("Referer").next().is_some() && self.site().is_none(),
        }
    }

    /// Whether a browser may have been led here by a link, a picture or a frame, and not by a
    /// script of ours or by a program: what it asks for then changes nothing.
    pub(super) fn is_led_by_a_link(&self) -> bool {
        let shows = |value: &str| ["text/html", "image/"].iter().any(|kind| value.contains(kind));
        self.comes_from_elsewhere() || self.all("Accept").any(shows)
    }

    /// Whether this is a handshake; the door marks those it takes for one.
    pub(super) fn is_upgrade(&self) -> bool {
        let says = |name, value: &str| self.all(name).any(|it| it.eq_ignore_ascii_case(value));
        says("Connection", "upgrade") && says("Upgrade", "websocket")
    }

    #[cfg(test)]
    pub(super) fn for_test(
        method: &'a str,
        target: &'a str,
        headers: &[(&'a str, &'a str)],
    ) -> Self {
        let peer = (std::net::Ipv4Addr::LOCALHOST, 7).into();
        Self {
            method,
            target,
            headers: headers.to_vec(),
            peer,
            body: Vec::new(),
            is_unreadable: false,
        }
    }
}
