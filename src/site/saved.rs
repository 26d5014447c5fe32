//! The address of all of a room as a file.
//!
//! Owns: which form is asked for, and by whom.
//! Must not know: what is in it; the door asks the hub, and adopts the line.
//!
//! Next: `pages/saved.rs`.

use super::posted::Wanted;
use super::session::{named, session};
use crate::admission::entrance::Entry;
use crate::export::Form;
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::visit::errand::Task;

/// Reads it off a request.
///
/// # Errors
/// There is no such form.
pub(super) fn read(asked: &HttpRequest<'_>, entry: &Entry) -> Result<Wanted, Refusal> {
    let form = asked.parameter("as").map_or(Some(Form::Text), |word| Form::parse(&word));
    let task = Task::Save(form.ok_or(Refusal::UnknownForm)?);
    let password = asked.parameter("password");
    let entry = entry.admits(asked.peer.ip(), password.as_deref());
    // A program names its session in the open, and follows no links.
    let is_open = asked.all("Authorization").next().is_some();
    let in_links = session(asked).1 && !is_open;
    Ok(Wanted { task, token: named(asked), in_links, entry })
}
