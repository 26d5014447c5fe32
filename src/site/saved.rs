//! The address of a whole room as a file.
//!
//! Owns: how the file's form and the sender are read from the request.
//! Must not know: what is in the file. The door's thread asks the hub, and adopts the
//! connection.
//!
//! Room: `site/mod.rs`.

use super::posted::PostedForm;
use super::session::{named, session};
use crate::admission::entrance::Entrance;
use crate::formats::saved::Form;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::site::visit::page_request::PageTask;

/// Reads the request.
///
/// # Errors
/// There is no such form of file.
pub(super) fn read(asked: &HttpRequest<'_>, entry: &Entrance) -> Result<PostedForm, Refusal> {
    let form = asked.parameter("as").map_or(Some(Form::Text), |word| Form::parse(&word));
    let task = PageTask::Save(form.ok_or(Refusal::UnknownForm)?);
    let password = asked.parameter("password");
    let entry = entry.admits(asked.peer.ip(), password.as_deref());
    // A program that names its session openly follows no links.
    let is_open = asked.all("Authorization").next().is_some();
    let in_links = session(asked).1 && !is_open;
    Ok(PostedForm { task, token: named(asked), in_links, entry })
}
