//! Pages that work without a script: the hub's answers as HTML.
//!
//! All text goes through templates that are compiled with the program and that escape
//! everything. Each name and each text has its own text direction, whatever stands next to it.
//!
//! Owns: what is on a page, and the sentences for what went wrong.
//! Must not know: the hub, sockets.
//!
//! Which file to open for which question:
//!
//! - How does a page request become a page? `renderer.rs`; a form's command is in `run_command.rs`,
//!   coming in is in `enter_room.rs`, a program's answer is in `program.rs`. What a failed form
//!   has again is in `form_again.rs`.
//! - What is on a room's page? `room_page.rs` puts it together of `shown_room.rs` (who reads what),
//!   `room_header.rs`, `messages.rs`, `missing_lines.rs`, `people_list.rs`, `room_form.rs`,
//!   `room_updates.rs`, `search_fields.rs`, `private_talk.rs`, `room_news.rs`, `access_form.rs`,
//!   `outside.rs` (for whoever is not in the room), `keeping_page.rs` and `room_file.rs`.
//!   `room_script.rs` says whether the live page's script takes it over.
//! - What do all pages share? `layout.rs`, `shared_forms.rs`, `cookies.rs`, `packer.rs` (gzip).
//! - What does a page say when something went wrong? `error_text.rs`, `refusal_page.rs`.
//! - Each other page has its own file.
//!
//! Part: `site/mod.rs`.

mod access_form;
pub mod cookies;
mod desk_page;
pub mod devices_page;
mod enter_room;
mod error_text;
pub mod forget_page;
mod form_again;
mod host_page;
pub mod invite_page;
mod keeping_page;
pub mod layout;
mod messages;
mod missing_lines;
mod outside;
pub mod packer;
mod people_list;
mod poll;
mod private_talk;
mod program;
pub mod refusal_page;
pub mod renderer;
pub mod reply_strip;
mod room_file;
mod room_form;
mod room_header;
mod room_news;
mod room_notes;
mod room_page;
mod room_script;
mod room_updates;
mod rooms_page;
mod run_command;
mod search_fields;
pub mod settings_form;
mod shared_forms;
mod shown_room;
pub mod standalone;
pub mod stay_page;

use self::packer::Packer;
use crate::base::limits;
use crate::chat::refused::Refused;
use crate::html::reasons;
use crate::server::http::response::Response;

/// The content policy of a page without a script. With it the browser runs no script, even if a
/// person's message contains one.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
    base-uri 'none'; \
    form-action 'self'; frame-ancestors 'self'";

/// The URL of a page can contain a session, so browsers must not send that URL to other sites, but
/// may send it to this server. With `no-referrer` only, a browser sends a form with `Origin: null`,
/// and the server refuses the form. A browser uses the last policy in the list that it knows, so
/// one that does not know `same-origin` uses `no-referrer`.
pub const REFERRER: &str = "no-referrer, same-origin";

fn packed(mut page: Response, packer: &Packer) -> Response {
    if let Some(body) = packer.pack(page.body.sent()) {
        page.body = body.into();
        page.add_header("Content-Encoding", "gzip");
    }
    page.with_header("Vary", "Accept-Encoding")
}

/// Returns the page. If `refused` says how long to wait before the next attempt, the page gets the
/// header `Retry-After`.
fn asked_again_after(mut page: Response, refused: Option<&Refused>) -> Response {
    if let Some(refused) = refused.filter(|refused| refused.wait().is_some()) {
        page.add_header("Retry-After", reasons::seconds(refused));
    }
    page
}

/// Returns the page with the header `Retry-After`. It asks the sender to try again after
/// `limits::RETRY_AFTER`.
fn asked_again_later(page: Response) -> Response {
    page.with_header("Retry-After", limits::RETRY_AFTER.as_secs().to_string())
}
