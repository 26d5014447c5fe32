//! Finds the running server about which somebody asks.
//!
//! Blocks on: each server's answer, a few seconds at most.
//! Owns: which server is meant, and the words if it is none, or which one is not clear.
//! Must not know: how a status is shown.
//!
//! Part: `status/mod.rs`.

use std::io;
use std::path::{Path, PathBuf};

use super::{STATUS, ServerStatus};
use crate::server::control::asking::{ask, sockets};

/// Which server is meant.
#[derive(Clone, Debug, Default)]
pub struct Meant {
    /// The server with this control socket.
    pub at: Option<PathBuf>,
    /// The server that listens on this port.
    pub port: Option<u16>,
}

/// Why there is no status. The words say what to do.
#[derive(Debug, thiserror::Error)]
pub enum NoStatus {
    /// The kernel's list of sockets cannot be read, or no server is in it.
    #[error(
        "no server is running here. Start one with `threadbare`; if one is running, its log says \
         why it has no control socket (a container's server is asked inside the container)"
    )]
    NoServer,
    /// Servers run, but none on the port.
    #[error("no server on this machine listens on port {0}; without --port all are listed")]
    NotOnPort(u16),
    /// Servers run, and all of them are other people's.
    #[error(
        "the server at {} is another user's: ask as that user, or as root (sudo threadbare \
         status)",
        .0.display()
    )]
    NotOurs(PathBuf),
    /// Servers run, and their folders cannot be seen from here.
    #[error(
        "the server at {} has folders of its own, as in a container or with PrivateTmp: ask inside \
         it. A unit of systemd with RuntimeDirectory=threadbare can be asked from outside",
        .0.display()
    )]
    Elsewhere(PathBuf),
    /// A server does not answer.
    #[error(
        "the server at {} does not answer ({error}). If http://HOST:PORT/healthz does not say \
         `ok`, either, restart it",
        path.display()
    )]
    NoAnswer {
        /// Its control socket.
        path: PathBuf,
        /// What the socket said.
        error: io::Error,
    },
    /// Several servers run. The text has a line for each.
    #[error("{} servers are running; choose one with --port or --at:\n{}", .0.len(), .0.join("\n"))]
    Several(Vec<String>),
}

/// A status, and where it comes from.
type Found = (PathBuf, ServerStatus);

impl Meant {
    /// Asks the server that is meant for a status. Returns its control socket, too. Without a word
    /// about which one is meant, it is the only one that answers.
    ///
    /// # Errors
    /// See [`NoStatus`].
    pub fn find(&self) -> Result<Found, NoStatus> {
        if let Some(path) = &self.at {
            let answered = status_at(path).map(|status| (path.clone(), status));
            return answered.map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => NoStatus::NoServer,
                _ => refused(path.clone(), error),
            });
        }
        let (mut found, mut refusals) = (Vec::new(), Vec::new());
        for path in sockets().unwrap_or_default() {
            match status_at(&path) {
                Ok(status) => found.push((path, status)),
                Err(error) => refusals.push(refused(path, error)),
            }
        }
        if let Some(port) = self.port {
            let is_there =
                |(_, status): &Found| status.addresses.iter().any(|it| it.port() == port);
            let some_answer = !found.is_empty();
            found.retain(is_there);
            if found.is_empty() && some_answer {
                return Err(NoStatus::NotOnPort(port));
            }
        }
        if found.len() > 1 {
            return Err(NoStatus::Several(found.iter().map(one_line).collect()));
        }
        // A server that should answer, and does not, is the most important.
        refusals.sort_by_key(|why| match why {
            NoStatus::NotOurs(_) => 1,
            NoStatus::Elsewhere(_) => 2,
            _ => 0,
        });
        found.pop().ok_or_else(|| refusals.into_iter().next().unwrap_or(NoStatus::NoServer))
    }
}

/// Asks the server with this control socket for a status.
///
/// # Errors
/// Those of [`ask`]; or the answer is no status.
pub fn status_at(path: &Path) -> io::Result<ServerStatus> {
    serde_json::from_str(&ask(path, STATUS)?).map_err(io::Error::other)
}

fn refused(path: PathBuf, error: io::Error) -> NoStatus {
    match error.kind() {
        io::ErrorKind::PermissionDenied => NoStatus::NotOurs(path),
        // It is in the kernel's list, but not in our folders.
        io::ErrorKind::NotFound => NoStatus::Elsewhere(path),
        _ => NoStatus::NoAnswer { path, error },
    }
}

fn one_line((path, status): &Found) -> String {
    let addresses: Vec<_> = status.addresses.iter().take(2).map(ToString::to_string).collect();
    format!("  pid {} at {}: --at {}", status.pid, addresses.join(", "), path.display())
}
