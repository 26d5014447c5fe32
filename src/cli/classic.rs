//! The command line of a program that was built without the feature `chat`. Such a program can only
//! run the server of the classic chat; it has no other command.
//!
//! Must not know: how anything works.
//!
//! Part: `cli/mod.rs`.

use std::process::ExitCode;

use clap::Parser;

use super::{flags::ServerFlags, serve_by};
use crate::base::language::Language;
use crate::classic::ClassicServer;
use crate::server::serve::ServeError;

/// A chat server for small machines. Everyone hears everyone; there are no names, rooms or history.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    server: ServerFlags,
}

impl Cli {
    pub(super) fn server_flags(&mut self) -> &mut ServerFlags {
        &mut self.server
    }

    /// Runs the server until it ends.
    ///
    /// # Errors
    /// What went wrong, as a sentence for people.
    pub(super) fn act(self) -> anyhow::Result<ExitCode> {
        serve_by(&self.server, Language::from_environment(), None, |config, listeners| {
            let server = ClassicServer::start(listeners, &config);
            server.map_err(|error| ServeError::Start(error.into()))
        })
    }
}
