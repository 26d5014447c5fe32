//! The classic chat as a program: it serves, and nothing else.
//!
//! Owns: that.
//! Must not know: how anything works.
//!
//! Next: `cli/flags.rs`.

use std::process::ExitCode;

use clap::Parser;

use super::flags::ServerFlags;
use super::serve_by;
use crate::classic::ClassicServer;
use crate::serve::ServeError;
use crate::words::Language;

/// The classic chat, made of nothing but threads: everybody hears everybody.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    server: ServerFlags,
}

impl Cli {
    /// The flags of any server.
    pub(super) fn server_flags(&mut self) -> &mut ServerFlags {
        &mut self.server
    }

    /// Serves.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub(super) fn act(self) -> anyhow::Result<ExitCode> {
        serve_by(&self.server, Language::from_environment(), |config, listeners| {
            let server = ClassicServer::start(listeners, &config);
            server.map_err(|error| ServeError::Start(error.into()))
        })
    }
}
