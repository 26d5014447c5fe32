//! Connection path, step 3: what a URL means.
//!
//! Owns: the addresses of the server, and the log's words for those that are
//! wrong (B31).
//! Must not know: sockets. A handler never waits and reserves nothing: what it
//! wants done to the connection is a verdict, and the door does it.
//!
//! Next: `http/reply.rs`.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::door::refusal::Refusal;
use crate::http::assets::Assets;
use crate::http::own::OwnPage;
use crate::http::reply::Reply;
use crate::http::{status, upgrade};
use crate::hub::pulse::Pulse;
use crate::words::Words;

/// Everything that routes know.
pub(super) struct Site {
    pub(super) pages: Pages,
    pub(super) pulse: Arc<Pulse>,
    pub(super) words: &'static Words,
}

/// Where the page comes from.
pub(super) enum Pages {
    /// Out of the program.
    BuiltIn(Assets),
    /// Out of a folder of the operator's.
    Own(OwnPage),
}

/// One canonical request.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// Begins with `/`; may have a query.
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) peer: SocketAddr,
}

impl<'a> Asked<'a> {
    /// Every value of a header.
    pub(super) fn all(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.headers.iter();
        headers.filter(move |header| header.0.eq_ignore_ascii_case(name)).map(|header| header.1)
    }

    /// The target without its query.
    fn path(&self) -> &'a str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    fn host(&self) -> &'a str {
        self.all("Host").next().unwrap_or_default()
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
        Self { method, target, headers: headers.to_vec(), peer }
    }
}

/// Decides about one request.
pub(super) fn route(site: &Site, asked: &Asked<'_>) -> Reply {
    let reply = choose(site, asked);
    if let Some(refusal) = reply.refusal {
        log(site.words, asked, refusal);
    }
    reply
}

fn choose(site: &Site, asked: &Asked<'_>) -> Reply {
    let found = match asked.path() {
        "/ws" | "/chat" => return upgrade::answer(asked),
        // A WebSocket begins there and nowhere else (B8).
        _ if asked.is_upgrade() => None,
        "/" => page(site, asked),
        "/healthz" => Some(status::health(site.pulse.state())),
        "/version" => Some(status::version()),
        #[cfg(test)]
        "/panic" => panic!("a route may panic"),
        path => match &site.pages {
            Pages::BuiltIn(assets) => assets.file(path),
            Pages::Own(own) => own.file(path),
        },
    };
    match found {
        None => Reply::refuse(Refusal::NotFound),
        Some(reply) if matches!(asked.method, "GET" | "HEAD") => reply,
        Some(_) => Reply::refuse(Refusal::WrongMethod),
    }
}

fn page(site: &Site, asked: &Asked<'_>) -> Option<Reply> {
    match &site.pages {
        Pages::BuiltIn(assets) => {
            Some(assets.page(asked.host(), asked.all("If-None-Match").next()))
        }
        Pages::Own(own) => own.page(asked.host()),
    }
}

/// The words of the classic chats for what went wrong. The door logs each
/// request beside this, with its status.
fn log(words: &Words, asked: &Asked<'_>, refusal: Refusal) {
    let (peer, method, path) = (asked.peer, asked.method, asked.target.escape_default());
    match refusal {
        Refusal::WrongMethod | Refusal::OnlyGet => {
            tracing::info!(%peer, %method, %path, "{}", words.wrong_method);
        }
        Refusal::NotFound => tracing::info!(%peer, %method, %path, "{}", words.wrong_path),
        Refusal::UpgradeRequired | Refusal::WrongSocketVersion | Refusal::BadHandshake => {
            tracing::warn!(%peer, %method, %path, "{}", words.upgrade_failed);
        }
        _ => {}
    }
}
