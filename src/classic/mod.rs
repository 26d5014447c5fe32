//! Connection path, step 3 of the classic chat: what each URL means in a server without names,
//! rooms and history. This code implements the trait `Site` (`server/http/site.rs`) of the server
//! that all chats share. If a request opens a WebSocket, the answer carries an [`AdoptSocket`],
//! with which the door then makes the connection a client's.
//!
//! Runs on threads `http-<n>`; `loggable` also runs on threads `door`.
//! Blocks on: the disk, to read an operator's file.
//! Owns: the URL paths that the chats of WebSocket tutorials have, and the built-in page.
//! Must not know: sockets, names, rooms, history. The site with names and rooms is `site/mod.rs`.
//!
//! Next: `server/http/verdict.rs`.

pub mod everybody;
pub mod format;
mod server;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use server::{ClassicServer, ClassicStartError};

use crate::admission::entrance::Entrance;
use crate::assets::{FrontPage, content_type};
use crate::base::language::LocaleWords;
use crate::classic::format::Classic;
use crate::server::client::{AdoptSocket, Clients};
use crate::server::http::site::{Site, TargetState};
use crate::server::http::{handshake, refusal_log};
use crate::server::http::{refusal::Refusal, request::HttpRequest, response::Response};
use crate::server::hub::health::HubHealth;
use crate::server::{config::ServerConfig, metrics::MetricsText, status};

/// The URL paths that the server's log shows even if the request for one of them was refused.
const OURS: [&str; 7] = ["/", "/chat", "/classic.js", "/healthz", "/metrics", "/version", "/ws"];

/// The site of the classic chat: it knows what each of its URLs means.
pub struct ClassicSite {
    front_page: FrontPage,
    words: &'static LocaleWords,
    entrance: Entrance,
    health: Arc<HubHealth>,
    clients: Arc<Clients<Classic>>,
    has_metrics: bool,
}

impl ClassicSite {
    /// Makes a site with this page. `clients` makes clients out of the connections that open a
    /// WebSocket.
    pub fn new(
        front_page: FrontPage,
        config: &ServerConfig,
        health: Arc<HubHealth>,
        clients: Arc<Clients<Classic>>,
    ) -> Self {
        let (words, entrance) = (config.language.words(), config.entrance.clone());
        Self { front_page, words, entrance, health, clients, has_metrics: config.metrics }
    }

    fn choose(&self, asked: &HttpRequest<'_>) -> Result<Response, Refusal> {
        match asked.path() {
            "/ws" | "/chat" => self.upgrade(asked),
            // A WebSocket can be opened only at `/ws` and `/chat`.
            _ if asked.is_upgrade() => Err(Refusal::NotFound),
            path => {
                let found = self.show(path, asked.host()).ok_or(Refusal::NotFound)?;
                if asked.is_safe() { found } else { Err(Refusal::WrongMethod) }
            }
        }
    }

    fn upgrade(&self, asked: &HttpRequest<'_>) -> Result<Response, Refusal> {
        let adopt = AdoptSocket { clients: Arc::clone(&self.clients), format: Classic };
        let response = handshake::accept(asked, Box::new(adopt))?;
        self.entrance.admits(asked.peer.ip(), asked.parameter("password").as_deref())?;
        Ok(response)
    }

    /// Returns the answer for this URL path; `None`: the site has nothing there. The error: the
    /// path is `/healthz`, and the server is not healthy.
    fn show(&self, path: &str, host: &str) -> Option<Result<Response, Refusal>> {
        let response = match (path, &self.front_page) {
            ("/healthz", _) => {
                return Some(status::health(self.health.state(), self.health.is_unstored()));
            }
            ("/version", _) => Some(status::version()),
            ("/metrics", _) if self.has_metrics => {
                Some(MetricsText::of_spine(&self.clients.tally(), &self.health).answer())
            }
            ("/", FrontPage::Own(own)) => own.page(host),
            (_, FrontPage::Own(own)) => own.file(path, host),
            (_, FrontPage::BuiltIn) => built_in(path, host),
        };
        response.map(Ok)
    }
}

impl Site for ClassicSite {
    fn answer(&self, asked: &HttpRequest<'_>) -> Response {
        self.choose(asked).unwrap_or_else(|refusal| {
            refusal_log::log(self.words, asked, refusal, loggable);
            Response::refusal(refusal)
        })
    }

    fn loggable(&self, target: &str, state: TargetState) -> String {
        loggable(target, state)
    }
}

fn loggable(target: &str, state: TargetState) -> String {
    refusal_log::veiled(target, |path| {
        let is_known = state == TargetState::Served || path == "-" || OURS.contains(&path);
        if is_known { path.to_owned() } else { "/..".to_owned() }
    })
}

macro_rules! web {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $name))
    };
}

/// The files of the built-in page: the URL path, the file name and the bytes of each file.
const FILES: [(&str, &str, &[u8]); 4] = [
    ("/", "classic.html", web!("classic.html")),
    ("/classic.js", "classic.js", web!("classic.js")),
    ("/favicon.svg", "favicon.svg", web!("favicon.svg")),
    ("/favicon.ico", "favicon.ico", web!("favicon.ico")),
];

fn built_in(path: &str, host: &str) -> Option<Response> {
    let (_, name, bytes) = FILES.into_iter().find(|(address, ..)| *address == path)?;
    // With this Content-Security-Policy the browser lets the page's script run and connect to this
    // server, but to no other server. The policy also lists the URLs of this server's WebSockets,
    // because old versions of Safari do not include them in 'self'.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self'; \
         connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'"
    );
    // The page's URL can contain a password, so the browser must not send the URL to other sites as
    // the referrer.
    let mut file = Response::ok(content_type(name), bytes);
    file.add_header("Referrer-Policy", "no-referrer");
    file.add_header("Cache-Control", "no-cache");
    file.add_header("Content-Security-Policy", policy);
    Some(file)
}
