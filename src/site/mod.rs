//! Connection path, step 3 of the chat: what a URL means here, and what a refusal looks
//! like. It plugs into the spine (`http/site.rs`).
//!
//! A route reads what is wanted and never waits; what the hub is asked for is a job of the
//! door's thread (`site/job.rs`), and a client is adopted by it.
//!
//! Owns: what the spine asks of a site.
//! Must not know: sockets.
//!
//! Next: `site/route.rs`.

mod answers;
mod browser;
mod charset;
mod context;
mod job;
mod posted;
mod reading;
mod room;
mod route;
mod saved;
mod session;
mod settings;
mod shown;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
mod upgrade;

use std::sync::Arc;

use crate::assets::packed;
use crate::chat_config::ChatConfig;
use crate::classic::Pages;
use crate::client::Clients;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::http::site::Site;
use crate::hub::pulse::Pulse;
use crate::pages::desk::Desk;
use crate::pages::refused;
use crate::wire::Format;
use crate::zone;
use context::Context;

/// The chat's pages, files and streams.
pub struct ChatSite(Context);

impl ChatSite {
    /// A site with these pages, whose visitors `desk` sends to the hub, and whose clients
    /// are of `clients`.
    pub fn new(
        pages: Pages,
        config: &ChatConfig,
        pulse: Arc<Pulse>,
        desk: Desk,
        clients: Arc<Clients<Format>>,
    ) -> Self {
        packed::prepare();
        zone::prepare();
        let (words, desk) = (config.server.language.words(), Arc::new(desk));
        let (entry, guests) = (config.server.entry.clone(), config.guests);
        Self(Context { pages, pulse, words, entry, guests, desk, clients })
    }
}

impl Site for ChatSite {
    fn answer(&self, request: &HttpRequest<'_>) -> Response {
        route::route(&self.0, request)
    }

    fn refuse(&self, why: Refusal, head: &[u8], body: &[u8], people: usize) -> Option<Response> {
        let asker = browser::asker(head, body)?;
        Some(refused::answer(why, &asker, people))
    }

    fn shown(&self, target: &str, is_there: bool) -> String {
        shown::target(target, is_there)
    }
}
