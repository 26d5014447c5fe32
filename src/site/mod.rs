//! Connection path, step 3: the chat as a site. It says what each URL means, and what page
//! answers a refused request. The server plugs it in through the trait in
//! `server/http/site.rs`.
//!
//! A route only reads the request and never waits for the hub. If the answer needs the hub, the
//! route returns a job, and the door's thread runs it (`site/context.rs`). If the connection
//! becomes a client, the job or the route asks the door to adopt it.
//!
//! Owns: what the chat does for the three calls of the trait `Site`: answer a request, refuse a
//! request, show a URL in the log.
//! Must not know: sockets.
//!
//! Part: this file is its entry.

pub mod pages;
pub mod server;
pub mod visit;

mod charset;
mod context;
mod device_route;
pub mod host_commands;
mod host_route;
mod invite_route;
mod log_target;
mod metrics;
mod origin;
mod reply_route;
mod room_post;
mod room_route;
mod route;
mod sender;
mod settings_route;
mod stay_route;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
mod upgrade;

use std::sync::Arc;

use crate::assets::FrontPage;
use crate::base::zone;
use crate::chat::config::ChatConfig;
use crate::chat_rule::gauges::HubNotes;
use crate::formats::Format;
use crate::server::client::Clients;
use crate::server::http::site::{Site, TargetState};
use crate::server::http::{refusal::Refusal, request::HttpRequest, response::Response};
use crate::site::pages::refusal_page::{self, RefusedBrowser};
use crate::site::pages::renderer::PageRenderer;
use context::Context;
use metrics::Metrics;

/// The site of the chat: its pages, files, streams and WebSockets.
pub struct ChatSite(Context);

impl ChatSite {
    /// Makes a site with this front page. `renderer` makes the pages for which the hub must be
    /// asked. `notes` is what the hub notes of its work. `clients` turns the site's WebSockets and
    /// streams into clients.
    pub fn new(
        front_page: FrontPage,
        config: &ChatConfig,
        notes: HubNotes,
        renderer: PageRenderer,
        clients: Arc<Clients<Format>>,
    ) -> Self {
        zone::prepare();
        let (words, renderer) = (config.server.language.words(), Arc::new(renderer));
        let (entrance, guests) = (config.server.entrance.clone(), config.guests);
        // Whoever has no history waits for none.
        let stores = config.history.is_some();
        let metrics = config.server.metrics.then_some(Metrics { stores });
        let hotspot = config.server.door.hotspot.clone();
        Self(Context {
            front_page,
            notes,
            metrics,
            words,
            entrance,
            guests,
            hotspot,
            renderer,
            clients,
        })
    }
}

impl Site for ChatSite {
    fn answer(&self, http: &HttpRequest<'_>) -> Response {
        route::route(&self.0, http)
    }

    fn refusal_answer(&self, why: Refusal, head: &[u8], body: &[u8]) -> Option<Response> {
        let browser = RefusedBrowser::of_bytes(head, body)?;
        Some(refusal_page::answer_browser(why, &browser))
    }

    fn loggable(&self, target: &str, state: TargetState) -> String {
        log_target::loggable(target, state)
    }
}
