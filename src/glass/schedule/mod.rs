//! "Be the scheduler": a game on a page. Somebody decides which of two threads makes the next step,
//! until the small program is broken, and then tries the cured one.
//!
//! The address has the whole schedule, and each choice is a link to the next address. So the page
//! needs no script, and the server remembers nothing.
//!
//! Must not know: the running server.
//!
//! Part: this file is its entry.

mod game;
mod levels;
mod machine;
mod page;
#[cfg(test)]
mod tests;

use crate::base::base_path::link;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use game::ScheduleGame;

pub(super) const PATH: &str = "/glass/schedule";

/// Returns the URL of the level with this number.
fn address(number: &str) -> String {
    format!("{}?level={number}", link(PATH))
}

/// Returns the page for this address; with status 400 if the address has a fault. Does not wait.
pub(super) fn answer(request: &HttpRequest<'_>) -> Response {
    let [level, cured, run] = ["level", "cured", "run"].map(|name| request.parameter(name));
    let game = ScheduleGame::of(level.as_deref(), cured.as_deref(), run.as_deref());
    let status = if game.fault.is_some() { 400 } else { 200 };
    Response::new(status, page::shown(&game).into_bytes())
        .with_header("Content-Type", "text/html; charset=utf-8")
        .with_header("X-Content-Type-Options", "nosniff")
}
